//! Reviews in SQL: which stand, what they come to, and which parts wait for one.

use crate::station::review::Judgement;
use crate::station::time::WallTime;
use std::fmt;

/// Of a row of `review`: whether it says something that nobody took back.
pub(super) const STANDS: &str = "review.judgement is not null
  and not exists (select 1 from review back where back.undoes = review.id)";

/// Of a row of `result`: what its reviews come to, as `station::review::Reviewed` names it, or null.
pub(super) const REVIEWED: &str = "(select case count(distinct review.judgement) when 0 then null
    when 1 then min(review.judgement) else 'disputed' end from review
  where review.result_id = result.id and review.judgement is not null
    and not exists (select 1 from review back where back.undoes = review.id))";

/// Of a row of `waiting`: whether its pictures are kept for the review. Those that were drawn are all that the share of defective
/// parts that get away is estimated from.
pub(super) const KEEPS_PICTURES: &str = "waiting.why in ('reject', 'not_decided', 'drawn')";

/// The rows that table `waiting` has. Challenge parts are none of the production, and what they are is known.
pub(super) const WAITING: &str = "select id as result_id, case verdict when 2 then 'reject' when 3 then 'not_decided'
    else iif(drawn is not null, 'drawn', 'near') end as why, style
  from result where challenge is null and (verdict <> 1 or drawn is not null or near is not null)
  and not exists (select 1 from review where review.result_id = result.id and review.judgement is not null
    and not exists (select 1 from review back where back.undoes = review.id))";

/// A box that somebody drew on the picture of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Index of the view.
    pub view: u8,
    /// Left, top, width and height, in pixels of the picture.
    pub area: [u32; 4],
}

/// What somebody says of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReview {
    /// Row of the result.
    pub result_id: i64,
    /// When it was said.
    pub at: WallTime,
    /// Who said so.
    pub author: String,
    /// What was said of the part.
    pub judgement: Judgement,
    /// Which class of defect.
    pub class: Option<String>,
    /// Where it is.
    pub region: Option<Region>,
    /// Why it is so.
    pub reason: Option<String>,
}

/// That somebody takes back what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenBack {
    /// Row of the review.
    pub review: i64,
    /// When it was taken back.
    pub at: WallTime,
    /// Who said so.
    pub author: String,
    /// Why it is so.
    pub reason: Option<String>,
}

/// Why a review was not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewRefusal {
    /// There is no such result.
    NoResult(i64),
    /// There is no such review.
    NoReview(i64),
    /// Somebody took it back before.
    TakenBackAlready(i64),
    /// It takes a review back itself.
    IsTakingBack(i64),
}

impl fmt::Display for ReviewRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReviewRefusal::NoResult(id) => write!(f, "there is no result {id}"),
            ReviewRefusal::NoReview(id) => write!(f, "there is no review {id}"),
            ReviewRefusal::TakenBackAlready(id) => {
                write!(
                    f,
                    "review {id} was taken back already; look at the part again"
                )
            }
            ReviewRefusal::IsTakingBack(id) => write!(
                f,
                "row {id} takes a review back, which cannot be taken back; say anew what the part is"
            ),
        }
    }
}
