//! What the API says of quality: counts, charts, since when, and what may have got through.

use crate::statistics::Counted;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Parts are put together by this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// Full hours of the station's time zone.
    #[default]
    Hour,
    /// Shifts of the settings; days where there are none.
    Shift,
    /// From the first shift to that of the next day.
    Day,
    /// So many parts, one after the other.
    Parts,
}

/// How limits of the chart of rejects are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// As wide as chance alone makes shares vary.
    P,
    /// By σz wider: the mean of |z - z before| divided by d2 = 2 / √π.
    Laney,
}

/// Why something cannot be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Fewer than 50 parts.
    FewParts,
    /// Fewer than 5 rejects, or fewer than 5 parts that were not rejected.
    FewRejects,
    /// Fewer than 8 groups with scored good parts.
    FewGroups,
    /// Scores of several styles cannot be put together.
    SeveralStyles,
    /// Scores of good parts do not vary at all.
    NoVariation,
    /// No passed part was looked at by a person.
    NoAudit,
}

/// So many rejects of so many parts.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct RejectShare {
    /// Every one that was counted.
    pub parts: u64,
    /// Those that were rejected, for whatever cause.
    pub rejected: u64,
    /// The share of rejects of all such parts is at least this, with 95 % confidence (Clopper and Pearson, two-sided).
    pub low: f64,
    /// And at most this.
    pub high: f64,
}

impl From<Counted> for RejectShare {
    fn from(counted: Counted) -> Self {
        let (low, high) = counted.interval();
        Self {
            parts: counted.of as u64,
            rejected: counted.count as u64,
            low,
            high,
        }
    }
}

/// A cause or a class, and its rejects.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NamedCount {
    /// Its stable name.
    pub name: String,
    /// Rejects that have it.
    pub rejected: u64,
}

/// A style or a shift, and its rejects.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NamedShare {
    /// Null of parts whose style is not known.
    #[schema(required)]
    pub name: Option<String>,
    /// Rejects of its parts.
    pub share: RejectShare,
}

/// Good parts of a group: at most 100 of them, evenly spread.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GoodPoint {
    /// How many were read.
    pub scored: u32,
    /// Mean of their scores.
    pub score: f64,
    /// Mean time from trigger to verdict, in microseconds.
    pub decided_us: f64,
    /// Exponentially weighted moving average with this group; null where the chart cannot be drawn.
    #[schema(required)]
    pub average: Option<f64>,
    /// Lower limit of the average.
    #[schema(required)]
    pub low: Option<f64>,
    /// Upper limit of the average.
    #[schema(required)]
    pub high: Option<f64>,
    /// Whether the average lies beyond a limit.
    pub is_outside: bool,
}

/// Parts that are counted together.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GroupPoint {
    /// Its beginning, microseconds since 1970.
    pub from_us: i64,
    /// Its end, which is not in it.
    pub to_us: i64,
    /// Name of its shift, where shifts were asked for.
    #[schema(required)]
    pub shift: Option<String>,
    /// All of them.
    pub parts: u64,
    /// Those that were rejected.
    pub rejected: u64,
    /// Lower limit of the share of rejects; null of a group without parts.
    #[schema(required)]
    pub low: Option<f64>,
    /// Upper limit of the share of rejects.
    #[schema(required)]
    pub high: Option<f64>,
    /// Whether its share lies beyond a limit.
    pub is_outside: bool,
    /// What was accepted in it; null where none of it was read.
    #[schema(required)]
    pub good: Option<GoodPoint>,
}

/// The chart of rejects, group by group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RejectChart {
    /// How its limits are drawn.
    pub kind: ChartKind,
    /// All rejects by all parts of its groups; null without a part.
    #[schema(required)]
    pub centre: Option<f64>,
    /// How much more than chance groups vary from one to the next; null where that cannot be said.
    #[schema(required)]
    pub sigma_z: Option<f64>,
    /// Oldest first, at most 400: the newest.
    pub points: Vec<GroupPoint>,
    /// Whether older ones are left out.
    pub is_shortened: bool,
}

/// The chart of good parts' scores.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GoodChart {
    /// Weight of the newest group.
    pub weight: f64,
    /// Its limits lie so many standard deviations of the average from the centre.
    pub width: f64,
    /// Groups at the beginning by which centre and spread are told.
    pub baseline_groups: u32,
    /// Mean score of these groups; null where the chart cannot be drawn.
    #[schema(required)]
    pub centre: Option<f64>,
    /// Why it cannot be drawn.
    #[schema(required)]
    pub missing: Option<Missing>,
}

/// A part that something began with.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SuspectPart {
    /// Row of the result.
    pub id: i64,
    /// Who it is.
    pub part_id: String,
    /// When it was triggered, microseconds since 1970.
    pub triggered_at_us: i64,
    /// Version of the recipe that judged it.
    #[schema(required)]
    pub version: Option<u32>,
}

/// Something that happened near a change.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Happened {
    /// When it was, microseconds since 1970.
    pub at_us: i64,
    /// `recipe_applied`, `job_started`, the code of an alarm, …
    pub code: String,
    /// A sentence for the audit.
    pub message: String,
}

/// The one moment at which the share of rejects changed most.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Change {
    /// The first part after the change: the most likely one.
    pub first: SuspectPart,
    /// The change may be as early as this part: splits before it are less than a twentieth as likely.
    pub earliest: SuspectPart,
    /// Version of the recipe that judged the part before the first.
    #[schema(required)]
    pub version_before: Option<u32>,
    /// Rejects before the first part.
    pub before: RejectShare,
    /// Rejects from it on.
    pub after: RejectShare,
    /// Chance alone shows as large a change at most so often.
    pub chance: f64,
    /// Parts from the earliest on.
    pub suspects: u64,
    /// What happened nearest to the first part, in its order.
    pub happened: Vec<Happened>,
}

/// How many parts more show what.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct AuditClaim {
    /// At most this share of passed parts is defective, with 95 % confidence.
    pub share: f64,
    /// So many passed parts more are to be looked at, none of them with a defect; 0 where it is shown.
    pub more: u64,
}

/// A single sampling plan of ISO 2859-1, general level II, normal inspection.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct SamplingPlan {
    /// Acceptable quality limit in percent.
    pub aql: f64,
    /// Code letter of the sample size.
    pub letter: char,
    /// So many parts are looked at.
    pub sample: u64,
    /// With so many defective ones the lot is still accepted.
    pub accept: u64,
}

/// What passed although it is defective, as far as people looked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Escapes {
    /// Parts that passed.
    pub passed: u64,
    /// Those of them that a person looked at, drawn at random, and could judge.
    pub audited: u64,
    /// Those of these that have a defect.
    pub defects: u64,
    /// At most this share of passed parts is defective, with 95 % confidence; null without an audited part.
    #[schema(required)]
    pub at_most: Option<f64>,
    /// Why nothing can be said.
    #[schema(required)]
    pub missing: Option<Missing>,
    /// What more audited parts would show.
    pub claims: Vec<AuditClaim>,
    /// With the passed parts of the time as the lot; none of a lot of fewer than 2.
    pub plans: Vec<SamplingPlan>,
}

/// What is known of the parts of a time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Quality {
    /// At or after, microseconds since 1970.
    pub from_us: i64,
    /// Only before then: just after the newest part unless told.
    pub to_us: i64,
    /// Name of the station's time zone; null where it has none.
    #[schema(required)]
    pub zone: Option<String>,
    /// Whether shifts are set.
    pub has_shifts: bool,
    /// Whether older parts of the time are left out: a million are counted at most.
    pub is_cut: bool,
    /// All of them. Challenge parts are not counted.
    pub total: RejectShare,
    /// Why parts were rejected, the most frequent first.
    pub causes: Vec<NamedCount>,
    /// Class of the worst finding of rejects, the most frequent first.
    pub defects: Vec<NamedCount>,
    /// The one with the most rejects first.
    pub styles: Vec<NamedShare>,
    /// In the order of the day; none without shifts.
    pub shifts: Vec<NamedShare>,
    /// Rejects group by group.
    pub chart: RejectChart,
    /// Scores of good parts group by group.
    pub good: GoodChart,
    /// Since when it is otherwise; null where it is not, or nothing can be said.
    #[schema(required)]
    pub change: Option<Change>,
    /// Why nothing can be said of a change.
    #[schema(required)]
    pub change_missing: Option<Missing>,
    /// What may have got through.
    pub escapes: Escapes,
}
