//! What identifies a part. Fixed-size text, because the hot path does not allocate.

use super::time::{Instant, WallTime};
use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest part ID in bytes of UTF-8.
pub const PART_ID_BYTES_MAX: usize = 48;
/// The longest style name in bytes of UTF-8.
pub const STYLE_BYTES_MAX: usize = 32;

/// Why a text cannot be a part ID or a style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// No text at all.
    Empty,
    /// More bytes than the type holds.
    TooLong {
        /// The largest size in bytes.
        bytes_max: usize,
    },
    /// A control character, which would break a log line or a label.
    ControlCharacter,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NameError::Empty => write!(f, "is empty"),
            NameError::TooLong { bytes_max } => write!(f, "is longer than {bytes_max} bytes"),
            NameError::ControlCharacter => write!(f, "contains a control character"),
        }
    }
}

impl std::error::Error for NameError {}

fn checked<const N: usize>(text: &str) -> Result<ArrayString<N>, NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.chars().any(char::is_control) {
        return Err(NameError::ControlCharacter);
    }
    ArrayString::from(text).map_err(|_| NameError::TooLong { bytes_max: N })
}

/// Identifies one physical item: from the PLC, a code reader, or our counter (OPC 40100 `PartId`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PartId(ArrayString<PART_ID_BYTES_MAX>);

impl PartId {
    /// Refuses empty, over-long and control-character texts.
    pub fn new(text: &str) -> Result<Self, NameError> {
        checked(text).map(Self)
    }

    /// Our own counter, for lines whose parts carry no ID: `J<job>-<part>`.
    pub fn counted(job: u64, part_no: PartNo) -> Self {
        use std::fmt::Write;
        let mut text = ArrayString::new();
        let _ = write!(text, "J{job}-{:06}", part_no.0);
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The product variant of a part; selects the recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Style(ArrayString<STYLE_BYTES_MAX>);

impl Style {
    /// Refuses empty, over-long and control-character texts.
    pub fn new(text: &str) -> Result<Self, NameError> {
        checked(text).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Position of a part in its job: 1, 2, 3, … without gaps.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct PartNo(pub u64);

/// A run of the station between start and stop (OPC 40100 `JobId`): 1, 2, 3, … over the life of
/// the result log.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct JobId(pub u64);

/// A part at the camera: from here on, a result for it is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// Position in the job.
    pub part_no: PartNo,
    /// Who it is.
    pub part_id: PartId,
    /// What it is; `None` when the line did not say.
    pub style: Option<Style>,
    /// When, for deadlines.
    pub at: Instant,
    /// When, for people.
    pub wall: WallTime,
}
