//! What the API says of reviews.

use super::names;
use super::results::{PartSummary, Truth, ViewSummary};
use crate::control::review;
use crate::results::reader;
use crate::station::challenge::Challenged;
use crate::station::result::{Confirm, Identity};
use crate::station::review::{Judgement, Reviewed, Why};
use crate::station::verdict::{Cause, Disposition, Verdict};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A wall time as RFC 3339 in UTC, to the microsecond.
pub fn utc(at_us: i64) -> String {
    Timestamp::from_microsecond(at_us).map_or_else(|_| String::new(), |at| format!("{at:.6}"))
}

/// A box on the picture of a view.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewRegion {
    /// As the recipe calls the view.
    pub view: String,
    /// Left edge, in pixels of the picture.
    pub x: u32,
    /// Top edge, in pixels of the picture.
    pub y: u32,
    /// How wide it is, in pixels.
    pub width: u32,
    /// How high it is, in pixels.
    pub height: u32,
}

/// That a review was taken back.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewUndone {
    /// When it was said, in UTC.
    #[schema(format = DateTime)]
    pub at: String,
    /// Who said so.
    pub author: String,
    /// Why it is so.
    #[schema(required)]
    pub reason: Option<String>,
}

/// What somebody said of a part.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Review {
    /// Number of the review.
    pub id: i64,
    /// When it was said, in UTC.
    #[schema(format = DateTime)]
    pub at: String,
    /// Who said so.
    pub author: String,
    /// What was said of the part.
    #[schema(value_type = names::Judgement)]
    pub judgement: Judgement,
    /// Which class of defect.
    #[schema(required)]
    pub class: Option<String>,
    /// Where it is.
    #[schema(required)]
    pub region: Option<ReviewRegion>,
    /// Why it is so.
    #[schema(required)]
    pub reason: Option<String>,
    /// That it was taken back.
    #[schema(required)]
    pub undone: Option<ReviewUndone>,
}

impl From<reader::RecordedReview> for Review {
    fn from(found: reader::RecordedReview) -> Self {
        Self {
            id: found.id,
            at: utc(found.at_us),
            author: found.author,
            judgement: found.judgement,
            class: found.class,
            region: found.region.map(|(region, view)| {
                let [x, y, width, height] = region.area;
                ReviewRegion {
                    view,
                    x,
                    y,
                    width,
                    height,
                }
            }),
            reason: found.reason,
            undone: found.undone.map(|back| ReviewUndone {
                at: utc(back.at_us),
                author: back.author,
                reason: back.reason,
            }),
        }
    }
}

/// A part that waits for a review: the fields of `PartSummary`, and what it waits for.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[allow(missing_docs, reason = "explained in PartSummary")]
pub struct WaitingPart {
    #[schema(required)]
    pub id: Option<i64>,
    pub job: i64,
    pub part_no: i64,
    pub part_id: String,
    #[schema(required)]
    pub style: Option<String>,
    #[schema(value_type = names::Verdict)]
    pub verdict: Verdict,
    #[schema(required, value_type = Option<names::Cause>)]
    pub cause: Option<Cause>,
    #[schema(value_type = names::Disposition)]
    pub disposition: Disposition,
    #[schema(required)]
    pub score: Option<f64>,
    #[schema(required)]
    pub defect: Option<String>,
    pub triggered_at_us: i64,
    #[schema(required)]
    pub decided_after_us: Option<i64>,
    pub acted_after_us: i64,
    #[schema(required, value_type = Option<names::Identity>)]
    pub identity: Option<Identity>,
    #[schema(required)]
    pub lane: Option<String>,
    #[schema(required, value_type = Option<names::LaneBy>)]
    pub lane_by: Option<String>,
    #[schema(required)]
    pub lane_rule: Option<i64>,
    #[schema(required)]
    pub acknowledged_after_us: Option<i64>,
    #[schema(required, value_type = Option<names::Confirm>)]
    pub confirm: Option<Confirm>,
    #[schema(required)]
    pub confirmed_after_us: Option<i64>,
    #[schema(required, value_type = Option<names::Challenged>)]
    pub challenge: Option<Challenged>,
    pub views: Vec<ViewSummary>,
    #[schema(required)]
    pub truth: Option<Truth>,
    #[schema(required, value_type = Option<names::Reviewed>)]
    pub review: Option<Reviewed>,
    /// The first of these that it is: rejected, not decided, drawn at random, near its threshold.
    #[schema(value_type = names::Why)]
    pub why: Why,
}

impl From<reader::WaitingPart> for WaitingPart {
    fn from(found: reader::WaitingPart) -> Self {
        let part = PartSummary::from(found.part);
        Self {
            id: part.id,
            job: part.job,
            part_no: part.part_no,
            part_id: part.part_id,
            style: part.style,
            verdict: part.verdict,
            cause: part.cause,
            disposition: part.disposition,
            score: part.score,
            defect: part.defect,
            triggered_at_us: part.triggered_at_us,
            decided_after_us: part.decided_after_us,
            acted_after_us: part.acted_after_us,
            identity: part.identity,
            lane: part.lane,
            lane_by: part.lane_by,
            lane_rule: part.lane_rule,
            acknowledged_after_us: part.acknowledged_after_us,
            confirm: part.confirm,
            confirmed_after_us: part.confirmed_after_us,
            challenge: part.challenge,
            views: part.views,
            truth: part.truth,
            review: part.review,
            why: found.why,
        }
    }
}

/// How many parts wait, by what they wait for.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct WaitingCounts {
    /// They were called defective.
    pub reject: i64,
    /// Rejected without a verdict.
    pub not_decided: i64,
    /// Passed, with a score near the threshold.
    pub near: i64,
    /// Passed, and drawn at random.
    pub drawn: i64,
}

/// The parts that wait for a review, the oldest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WaitingPage {
    /// How many wait in all, of the style that was asked for.
    pub waiting: WaitingCounts,
    /// When the oldest of them came, in UTC.
    #[schema(required, format = DateTime)]
    pub oldest_at: Option<String>,
    /// Those of this page.
    pub items: Vec<WaitingPart>,
    /// `after` of the next page; `null` on the last.
    #[schema(required)]
    pub next: Option<i64>,
}

impl From<reader::WaitingPage> for WaitingPage {
    fn from(found: reader::WaitingPage) -> Self {
        let [reject, not_decided, drawn, near] = found.counts;
        Self {
            waiting: WaitingCounts {
                reject,
                not_decided,
                near,
                drawn,
            },
            oldest_at: found.oldest_at_us.map(utc),
            items: found.items.into_iter().map(WaitingPart::from).collect(),
            next: found.next,
        }
    }
}

/// That a review was recorded, or taken back.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ReviewCame {
    /// Number of the review.
    pub id: i64,
    /// The result that it is about.
    pub result_id: i64,
}

impl From<review::ReviewCame> for ReviewCame {
    fn from(came: review::ReviewCame) -> Self {
        Self {
            id: came.id,
            result_id: came.result_id,
        }
    }
}

/// What was recorded.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewRecorded {
    /// Number of the review.
    pub id: i64,
    /// When it was said, in UTC.
    #[schema(format = DateTime)]
    pub at: String,
}

impl From<review::ReviewCame> for ReviewRecorded {
    fn from(came: review::ReviewCame) -> Self {
        Self {
            id: came.id,
            at: utc(came.at.0),
        }
    }
}
