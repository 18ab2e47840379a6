//! What the API says of results in lists, and of what is counted over them.

use super::names;
use crate::results::reader;
use crate::station::challenge::Challenged;
use crate::station::result::{Confirm, Identity};
use crate::station::review::Reviewed;
use crate::station::verdict::{Cause, Disposition, Verdict};
use serde::Serialize;
use utoipa::ToSchema;

/// What a simulated line knows of a part.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Truth {
    /// Whether it has a defect.
    pub is_defective: bool,
    /// Only parts with a finding of this class.
    #[schema(required)]
    pub defect: Option<String>,
}

impl From<reader::Truth> for Truth {
    fn from(found: reader::Truth) -> Self {
        Self {
            is_defective: found.is_defective,
            defect: found.defect,
        }
    }
}

/// A view of a part in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ViewSummary {
    /// As the recipe calls the view.
    pub name: String,
    /// Whether its picture is stored.
    pub has_image: bool,
}

impl From<reader::ViewSummary> for ViewSummary {
    fn from(found: reader::ViewSummary) -> Self {
        Self {
            name: found.name,
            has_image: found.has_image,
        }
    }
}

/// A part in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartSummary {
    /// Row of the result; `null` until it is durable.
    #[schema(required)]
    pub id: Option<i64>,
    /// Number of the job.
    pub job: i64,
    /// Position in the job, from 1.
    pub part_no: i64,
    /// Who it is.
    pub part_id: String,
    /// What it is.
    #[schema(required)]
    pub style: Option<String>,
    /// What is known.
    #[schema(value_type = names::Verdict)]
    pub verdict: Verdict,
    /// Why it is not a pass.
    #[schema(required, value_type = Option<names::Cause>)]
    pub cause: Option<Cause>,
    /// What the ejector was told.
    #[schema(value_type = names::Disposition)]
    pub disposition: Disposition,
    /// The largest score of its views, 0 to 1.
    #[schema(required)]
    pub score: Option<f64>,
    /// Class name of the worst finding.
    #[schema(required)]
    pub defect: Option<String>,
    /// Microseconds since 1970.
    pub triggered_at_us: i64,
    /// Microseconds from the trigger to the last view's verdict.
    #[schema(required)]
    pub decided_after_us: Option<i64>,
    /// Microseconds from the trigger to the ejector's command.
    pub acted_after_us: i64,
    /// Where its ID came from; `null` in jobs of before version 0.3, as are the lane and why.
    #[schema(required, value_type = Option<names::Identity>)]
    pub identity: Option<Identity>,
    /// Name of the lane to which it was sent.
    #[schema(required)]
    pub lane: Option<String>,
    /// Why to that one.
    #[schema(required, value_type = Option<names::LaneBy>)]
    pub lane_by: Option<String>,
    /// Which sorting rule of its recipe version, from 1.
    #[schema(required)]
    pub lane_rule: Option<i64>,
    /// Microseconds from the trigger to the answer of the device or PLC; `null` where none is expected or none came.
    #[schema(required)]
    pub acknowledged_after_us: Option<i64>,
    /// What the sensor of the lane said; `null` where there is none.
    #[schema(required, value_type = Option<names::Confirm>)]
    pub confirm: Option<Confirm>,
    /// Microseconds from the trigger to the sensor that saw it, in whichever lane.
    #[schema(required)]
    pub confirmed_after_us: Option<i64>,
    /// What became of it as a challenge part; `null` of every other part.
    #[schema(required, value_type = Option<names::Challenged>)]
    pub challenge: Option<Challenged>,
    /// In the order of the recipe.
    pub views: Vec<ViewSummary>,
    /// On a simulated line.
    #[schema(required)]
    pub truth: Option<Truth>,
    /// What its reviews come to; `null` where there is none.
    #[schema(required, value_type = Option<names::Reviewed>)]
    pub review: Option<Reviewed>,
}

impl From<reader::PartSummary> for PartSummary {
    fn from(found: reader::PartSummary) -> Self {
        Self {
            id: found.id,
            job: found.job,
            part_no: found.part_no,
            part_id: found.part_id,
            style: found.style,
            verdict: found.verdict,
            cause: found.cause,
            disposition: found.disposition,
            score: found.score,
            defect: found.defect,
            triggered_at_us: found.triggered_at_us,
            decided_after_us: found.decided_after_us,
            acted_after_us: found.acted_after_us,
            identity: found.identity,
            lane: found.lane,
            lane_by: found.lane_by,
            lane_rule: found.lane_rule,
            acknowledged_after_us: found.acknowledged_after_us,
            confirm: found.confirm,
            confirmed_after_us: found.confirmed_after_us,
            challenge: found.challenge,
            views: found.views.into_iter().map(Into::into).collect(),
            truth: found.truth.map(Into::into),
            review: found.review,
        }
    }
}

/// The sorting rule by which a part went to its lane: the first of its recipe that it fits.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleUsed {
    /// Counts from 1 in each version.
    pub rule: i64,
    /// Name of the lane that it sends parts to.
    pub lane: String,
    /// Only parts with this verdict.
    #[schema(required, value_type = Option<names::Verdict>)]
    pub verdict: Option<Verdict>,
    /// Only parts whose worst finding is of this class.
    #[schema(required)]
    pub class: Option<String>,
    /// Only parts with at least this score.
    #[schema(required)]
    pub score_from: Option<f64>,
    /// Only parts with a lower score.
    #[schema(required)]
    pub score_below: Option<f64>,
}

impl From<reader::RuleUsed> for RuleUsed {
    fn from(found: reader::RuleUsed) -> Self {
        Self {
            rule: found.rule,
            lane: found.lane,
            verdict: found.verdict,
            class: found.class,
            score_from: found.score_from,
            score_below: found.score_below,
        }
    }
}

/// An alarm that came or was over.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordedEvent {
    /// Its row; grows with time.
    pub id: i64,
    /// The job it belongs to.
    #[schema(required)]
    pub job: Option<i64>,
    /// Microseconds since 1970.
    pub at_us: i64,
    /// `info` when an alarm is over, else `warning`, or `error` where parts are rejected for it.
    pub severity: String,
    /// As in `StationStatus.alarms`.
    pub kind: String,
    /// A sentence for people.
    pub message: String,
}

impl From<reader::RecordedEvent> for RecordedEvent {
    fn from(found: reader::RecordedEvent) -> Self {
        Self {
            id: found.id,
            job: found.job,
            at_us: found.at_us,
            severity: found.severity,
            kind: found.kind,
            message: found.message,
        }
    }
}

/// How many results match, counted up to a cap.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Matched {
    /// At least so many.
    pub count: i64,
    /// Whether counting stopped.
    pub is_capped: bool,
}

impl From<reader::Matched> for Matched {
    fn from(found: reader::Matched) -> Self {
        Self {
            count: found.count,
            is_capped: found.is_capped,
        }
    }
}

/// One page, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ResultsPage {
    /// The parts of this page, newest first.
    pub items: Vec<PartSummary>,
    /// `before` of the next page; null on the last.
    #[schema(required)]
    pub next_before: Option<i64>,
    /// How many match.
    pub matched: Matched,
}

impl From<reader::ResultsPage> for ResultsPage {
    fn from(found: reader::ResultsPage) -> Self {
        Self {
            items: found.items.into_iter().map(Into::into).collect(),
            next_before: found.next_before,
            matched: found.matched.into(),
        }
    }
}

/// Values that occur, for filters.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Facets {
    /// Styles that occur, by name.
    pub styles: Vec<String>,
    /// Causes that occur, by name.
    pub causes: Vec<String>,
    /// Only parts with a finding of this class.
    pub defects: Vec<String>,
    /// Lanes that occur, by name.
    pub lanes: Vec<String>,
    /// Whether a sensor confirms where parts went, or did.
    pub has_confirms: bool,
}

impl From<reader::Facets> for Facets {
    fn from(found: reader::Facets) -> Self {
        Self {
            styles: found.styles,
            causes: found.causes,
            defects: found.defects,
            lanes: found.lanes,
            has_confirms: found.has_confirms,
        }
    }
}

/// Scores of past parts of one recipe view, by verdict; bin i counts scores from i/100 to (i+1)/100.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HistogramCounts {
    /// Passes, by bin of the score.
    pub pass: Vec<i64>,
    /// Fails, by bin of the score.
    pub fail: Vec<i64>,
    /// Those not decided, by bin of the score.
    pub not_decided: Vec<i64>,
}

impl From<reader::HistogramCounts> for HistogramCounts {
    fn from(found: reader::HistogramCounts) -> Self {
        Self {
            pass: found.pass,
            fail: found.fail,
            not_decided: found.not_decided,
        }
    }
}

/// A past part that other thresholds would judge otherwise.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChangedPart {
    /// The part as the list shows it.
    pub part: PartSummary,
    /// Its view's verdict.
    #[schema(value_type = names::Verdict)]
    pub from: Verdict,
    /// What it would be.
    #[schema(value_type = names::Verdict)]
    pub to: Verdict,
}

impl From<reader::ChangedPart> for ChangedPart {
    fn from(found: reader::ChangedPart) -> Self {
        Self {
            part: found.part.into(),
            from: found.from,
            to: found.to,
        }
    }
}

/// What other thresholds would change.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WouldChange {
    /// Scored parts looked at.
    pub examined: i64,
    /// Passes that would fail.
    pub pass_to_fail: i64,
    /// Fails that would pass.
    pub fail_to_pass: i64,
    /// Decided parts that would not be.
    pub to_not_decided: i64,
    /// Undecided parts that would be.
    pub from_not_decided: i64,
    /// The newest of them.
    pub items: Vec<ChangedPart>,
}

impl From<reader::WouldChange> for WouldChange {
    fn from(found: reader::WouldChange) -> Self {
        Self {
            examined: found.examined,
            pass_to_fail: found.pass_to_fail,
            fail_to_pass: found.fail_to_pass,
            to_not_decided: found.to_not_decided,
            from_not_decided: found.from_not_decided,
            items: found.items.into_iter().map(Into::into).collect(),
        }
    }
}
