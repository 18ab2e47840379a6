//! What is decided about a part, as outputs and PLCs are told it.

use super::lane::LaneNo;
use super::part::{PartId, PartNo, Style};
use super::result::PartResult;
use super::time::Instant;
use super::verdict::{Cause, Disposition, Score, Verdict};

/// What happens to one part, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Position in the job.
    pub part_no: PartNo,
    /// Who it is.
    pub part_id: PartId,
    /// What it is, where that is known.
    pub style: Option<Style>,
    /// What is known of it.
    pub verdict: Verdict,
    /// Why it is not `Pass`.
    pub cause: Option<Cause>,
    /// Whether it goes on or is taken out.
    pub disposition: Disposition,
    /// To which lane it goes, one that takes parts of this disposition.
    pub lane: LaneNo,
    /// The largest score of its views; `None` when no model ran in time.
    pub score: Option<Score>,
    /// Index of the worst finding's class in its model; `None` when nothing was found.
    pub class: Option<u16>,
    /// By when whoever takes it out must have acted; `None` where that depends on the belt alone.
    pub act_by: Option<Instant>,
}

impl Outcome {
    /// Of a row, as it stands.
    pub fn of(result: &PartResult, lane: LaneNo, act_by: Option<Instant>) -> Self {
        let findings = result.views.iter().filter_map(|view| view.findings.first());
        let worst = findings.max_by(|a, b| a.score.get().total_cmp(&b.score.get()));
        Self {
            part_no: result.part_no,
            part_id: result.part_id,
            style: result.style,
            verdict: result.verdict,
            cause: result.cause,
            disposition: result.disposition,
            lane,
            score: result.score,
            class: worst.map(|finding| finding.class),
            act_by,
        }
    }
}
