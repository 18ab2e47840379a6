//! The stable names of the station's enumerations, for the API's document only: `station` itself knows
//! nothing of documents. A test holds the two together.

#![allow(dead_code, reason = "only their descriptions are used")]

use serde::Serialize;
use utoipa::ToSchema;

/// What is known of a part.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "explained in station::verdict")]
pub enum Verdict {
    Pass,
    Fail,
    NotDecided,
}

/// What the ejector was told.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "explained in station::verdict")]
pub enum Disposition {
    Accept,
    Reject,
}

/// Where a part's ID came from.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "explained in station::result")]
pub enum Identity {
    Counter,
    Trigger,
    Reader,
}

/// What became of a challenge part.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "explained in station::challenge")]
pub enum Challenged {
    Passed,
    Failed,
}

/// Why a part went to its lane.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "explained in station::lane")]
pub enum LaneBy {
    Usual,
    LookUp,
    Rule,
}

/// What the sensor of a lane said of a part that was sent there.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "explained in station::result")]
pub enum Confirm {
    Seen,
    Missing,
    Elsewhere,
}

/// What became of a picture.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "explained in schema.sql")]
pub enum ImageState {
    Stored,
    Dropped,
    NotKept,
    DeletedByQuota,
    None,
}

/// What somebody says of a part after looking at it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "explained in station::review")]
pub enum Judgement {
    Defect,
    Good,
    CannotTell,
}

/// What all reviews of a part come to that were not taken back.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "explained in station::review")]
pub enum Reviewed {
    Defect,
    Good,
    CannotTell,
    Disputed,
}

/// Why a part waits for a review.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "explained in station::review")]
pub enum Why {
    Reject,
    NotDecided,
    Drawn,
    Near,
}

/// Why a part did not pass.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "explained in station::verdict")]
pub enum Cause {
    Defect,
    Uncertain,
    Deadline,
    Overrun,
    FrameLost,
    FrameIncomplete,
    FrameAmbiguous,
    CameraGone,
    UnknownStyle,
    ModelError,
    ModelOutput,
    ShutDown,
    LogFull,
    EjectorFault,
    NoIdentity,
    NotAcknowledged,
    TriggerMissed,
    PositionLost,
    LineFault,
    NotAligned,
}
