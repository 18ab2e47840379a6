//! What the API says of parts that are missing: those without a result, and challenge parts that are still to be brought.

use crate::results::reader;
use serde::Serialize;
use utoipa::ToSchema;

/// Parts without a result of their own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordedGap {
    /// Its place among results: the id that the result of its first part would have.
    pub place: i64,
    /// Number of the job.
    pub job: i64,
    /// The first part without a result, or the next one that came where nobody numbered them.
    pub first_part_no: i64,
    /// The last part without a result; null where nobody knows how many there were.
    #[schema(required)]
    pub last_part_no: Option<i64>,
    /// When the first came, or may have come.
    pub from_us: i64,
    /// When the last came, or may have come.
    pub to_us: i64,
    /// Why: `log_full`, `camera_gone`, `trigger_gone`, `trigger_slow`, `triggers_lost`, `overrun` or `crashed`.
    pub kind: String,
    /// A sentence for the audit, in English.
    pub message: String,
}

impl From<reader::RecordedGap> for RecordedGap {
    fn from(found: reader::RecordedGap) -> Self {
        Self {
            place: found.place(),
            job: found.job,
            first_part_no: found.first_part_no,
            last_part_no: found.last_part_no,
            from_us: found.from_us,
            to_us: found.to_us,
            kind: found.kind,
            message: found.message,
        }
    }
}

/// Challenge parts that are due.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChallengeStatus {
    /// Why: `start`, `recipe`, `interval`, `time` or `failed`.
    pub why: String,
    /// Since when they are due.
    pub since_us: i64,
    /// Until then parts are accepted without them.
    pub accepts_until_us: i64,
    /// Whether that time is over.
    pub is_overdue: bool,
    /// In the order of the settings.
    pub parts: Vec<ChallengePart>,
}

/// A part of known quality.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChallengePart {
    /// As in the settings.
    pub part_id: String,
    /// Whether it is a good one; else it must be called defective.
    pub must_pass: bool,
    /// Whether it was judged as expected since they are due.
    pub is_brought: bool,
}
