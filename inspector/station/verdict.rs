//! What we know about a part, and what the line does with it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What we know. Recorded as OPC 40001-101 `ResultEvaluation`: 1 OK, 2 NotOK, 3 NotDecidable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No reason to reject was found.
    Pass,
    /// Could not be decided; the cause says why.
    NotDecided,
    /// A defect was found.
    Fail,
}

/// What the ejector is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Let the part go on.
    Accept,
    /// Take the part out.
    Reject,
}

impl Verdict {
    /// An undecided part is rejected: a good part costs less than a bad one shipped.
    pub fn disposition(self) -> Disposition {
        match self {
            Verdict::Pass => Disposition::Accept,
            Verdict::Fail | Verdict::NotDecided => Disposition::Reject,
        }
    }

    /// A part is as bad as its worst view: `Fail`, then `NotDecided`, then `Pass`.
    pub fn worst(self, other: Verdict) -> Verdict {
        self.max(other)
    }

    /// The number recorded for it (OPC 40001-101 `ResultEvaluation`).
    pub const fn evaluation(self) -> u8 {
        match self {
            Verdict::Pass => 1,
            Verdict::Fail => 2,
            Verdict::NotDecided => 3,
        }
    }
}

/// Why a part did not pass. Stable names: they stand in the log, the API and the filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The model found a defect (with `Fail`). All others go with `NotDecided`.
    Defect,
    /// The score lies between `accept_below` and `reject_above`.
    Uncertain,
    /// No verdict when the part reached the ejector.
    Deadline,
    /// No buffer or no room in the queue: the station was behind.
    Overrun,
    /// The camera took no frame of this part, or lost it.
    FrameLost,
    /// The camera sent a damaged or partial frame.
    FrameIncomplete,
    /// One frame, two parts it could belong to.
    FrameAmbiguous,
    /// The camera was not connected.
    CameraGone,
    /// The line named a style for which no recipe is loaded, or none.
    UnknownStyle,
    /// The model could not be run on this frame.
    ModelError,
    /// The model answered with something that is no score (NaN, infinite, out of range).
    ModelOutput,
    /// The station was stopping.
    ShutDown,
    /// The result log could take no more, so the station rejected unseen.
    LogFull,
    /// The ejector did not take the command to accept.
    EjectorFault,
    /// Nobody could read or tell the part's ID, or its style by the look-up, in time.
    NoIdentity,
    /// The PLC did not acknowledge the result in time.
    NotAcknowledged,
    /// It was announced while the station was not ready.
    TriggerMissed,
    /// The encoder was not to be trusted, so nobody knew where the part was.
    PositionLost,
    /// A fault of the line has everything rejected, or stopped it, until a person lets it go on.
    LineFault,
    /// The part was not found where a view that aligns looks for it.
    NotAligned,
}

impl Cause {
    /// Every cause, for tables, filters and tests.
    pub const ALL: [Cause; 20] = [
        Cause::Defect,
        Cause::Uncertain,
        Cause::Deadline,
        Cause::Overrun,
        Cause::FrameLost,
        Cause::FrameIncomplete,
        Cause::FrameAmbiguous,
        Cause::CameraGone,
        Cause::UnknownStyle,
        Cause::ModelError,
        Cause::ModelOutput,
        Cause::ShutDown,
        Cause::LogFull,
        Cause::EjectorFault,
        Cause::NoIdentity,
        Cause::NotAcknowledged,
        Cause::TriggerMissed,
        Cause::PositionLost,
        Cause::LineFault,
        Cause::NotAligned,
    ];

    /// The stable name, as in SQL, JSON and the UI's text keys.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Defect => "defect",
            Cause::Uncertain => "uncertain",
            Cause::Deadline => "deadline",
            Cause::Overrun => "overrun",
            Cause::FrameLost => "frame_lost",
            Cause::FrameIncomplete => "frame_incomplete",
            Cause::FrameAmbiguous => "frame_ambiguous",
            Cause::CameraGone => "camera_gone",
            Cause::UnknownStyle => "unknown_style",
            Cause::ModelError => "model_error",
            Cause::ModelOutput => "model_output",
            Cause::ShutDown => "shut_down",
            Cause::LogFull => "log_full",
            Cause::EjectorFault => "ejector_fault",
            Cause::NoIdentity => "no_identity",
            Cause::NotAcknowledged => "not_acknowledged",
            Cause::TriggerMissed => "trigger_missed",
            Cause::PositionLost => "position_lost",
            Cause::LineFault => "line_fault",
            Cause::NotAligned => "not_aligned",
        }
    }

    /// The cause with this stable name.
    pub fn from_name(name: &str) -> Option<Cause> {
        Cause::ALL.into_iter().find(|cause| cause.name() == name)
    }
}

/// A score between 0 (like good parts) and 1. Never NaN.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f32", into = "f32")]
pub struct Score(f32);

/// A number that is no score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NotAScore(pub f32);

impl fmt::Display for NotAScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected a score from 0 to 1, found {}", self.0)
    }
}

impl std::error::Error for NotAScore {}

impl Score {
    /// `None` for NaN and anything outside 0..=1.
    pub fn new(value: f32) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    /// The number, from 0 to 1.
    pub const fn get(self) -> f32 {
        self.0
    }
}

impl TryFrom<f32> for Score {
    type Error = NotAScore;
    fn try_from(value: f32) -> Result<Self, NotAScore> {
        Score::new(value).ok_or(NotAScore(value))
    }
}

impl From<Score> for f32 {
    fn from(score: Score) -> f32 {
        score.0
    }
}

/// Where a recipe draws the lines. `accept_below <= reject_above`, checked by [`Thresholds::new`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    accept_below: Score,
    reject_above: Score,
}

impl Thresholds {
    /// `None` when `accept_below` lies above `reject_above`.
    pub fn new(accept_below: Score, reject_above: Score) -> Option<Self> {
        (accept_below <= reject_above).then_some(Self {
            accept_below,
            reject_above,
        })
    }

    /// Scores below this pass.
    pub const fn accept_below(self) -> Score {
        self.accept_below
    }

    /// Scores from this on fail.
    pub const fn reject_above(self) -> Score {
        self.reject_above
    }
}

/// Scores between the two thresholds are measurement noise, so we do not decide on them.
pub fn judge(score: Score, limits: Thresholds) -> Verdict {
    if score >= limits.reject_above {
        Verdict::Fail
    } else if score < limits.accept_below {
        Verdict::Pass
    } else {
        Verdict::NotDecided
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_between_the_thresholds_are_not_decided() {
        let score = |value| Score::new(value).unwrap();
        let limits = Thresholds::new(score(0.3), score(0.7)).unwrap();
        for (value, want) in [
            (0.0, Verdict::Pass),
            (0.29, Verdict::Pass),
            (0.3, Verdict::NotDecided),
            (0.69, Verdict::NotDecided),
            (0.7, Verdict::Fail),
            (1.0, Verdict::Fail),
        ] {
            assert_eq!(judge(score(value), limits), want, "score {value}");
        }
    }

    #[test]
    fn what_is_no_score_cannot_be_held() {
        for value in [f32::NAN, f32::INFINITY, -0.01, 1.01] {
            assert_eq!(Score::new(value), None, "{value}");
        }
        let score = |value| Score::new(value).unwrap();
        assert_eq!(Thresholds::new(score(0.7), score(0.3)), None);
    }

    #[test]
    fn a_part_is_as_bad_as_its_worst_view() {
        use Verdict::*;
        assert_eq!(Pass.worst(NotDecided), NotDecided);
        assert_eq!(NotDecided.worst(Fail), Fail);
        assert_eq!(Pass.worst(Pass), Pass);
    }

    #[test]
    fn cause_names_lead_back_to_their_causes() {
        for cause in Cause::ALL {
            assert_eq!(Cause::from_name(cause.name()), Some(cause));
        }
    }
}
