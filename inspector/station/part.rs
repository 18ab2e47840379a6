//! What identifies a part. Fixed-size text, because the hot path does not allocate.

use super::lane::LaneNo;
use super::name::{self, NameError};
use super::result::Identity;
use super::time::{Instant, WallTime};
use arrayvec::ArrayString;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest part ID in bytes of UTF-8.
pub const PART_ID_BYTES_MAX: usize = 128;
/// The longest style name in bytes of UTF-8.
pub const STYLE_BYTES_MAX: usize = 32;

fn held<const N: usize>(text: &str) -> Result<ArrayString<N>, NameError> {
    ArrayString::from(text).map_err(|_| NameError::TooLong { bytes_max: N })
}

/// Identifies one physical item: from the PLC, a code reader, or our counter (OPC 40100 `PartId`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct PartId(ArrayString<PART_ID_BYTES_MAX>);

impl PartId {
    /// Refuses empty and over-long texts, and characters that cannot be seen.
    pub fn new(text: &str) -> Result<Self, NameError> {
        name::visible(text, PART_ID_BYTES_MAX)
            .and_then(held)
            .map(Self)
    }

    /// Our own counter, for lines whose parts carry no ID: `J<job>-<part>`.
    pub fn counted(job: u64, part_no: PartNo) -> Self {
        use std::fmt::Write;
        let mut text = ArrayString::new();
        let _ = write!(text, "J{job}-{:06}", part_no.0);
        Self(text)
    }

    /// As it was given: not empty, without control characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for PartId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = ArrayString::<PART_ID_BYTES_MAX>::deserialize(from)?;
        Self::new(&text).map_err(|error| D::Error::custom(format!("the part ID {error}")))
    }
}

impl fmt::Display for PartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The product variant of a part; selects the recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Style(ArrayString<STYLE_BYTES_MAX>);

impl Style {
    /// Refuses empty and over-long texts, characters that cannot be seen, and paths.
    pub fn new(text: &str) -> Result<Self, NameError> {
        name::style(text, STYLE_BYTES_MAX).and_then(held).map(Self)
    }

    /// Of a folder of recipes; see [`Style::folder`].
    pub fn of_folder(name: &str) -> Result<Self, NameError> {
        Self::new(&name::style_of_folder(name))
    }

    /// The name of its folder of recipes: its own, where signs that a folder cannot have are written as in URLs.
    pub fn folder(&self) -> String {
        name::folder_of_style(&self.0)
    }

    /// As it was given: not empty, without control characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Style {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = ArrayString::<STYLE_BYTES_MAX>::deserialize(from)?;
        Self::new(&text).map_err(|error| D::Error::custom(format!("the style {error}")))
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
    /// Where that came from.
    pub identity: Identity,
    /// What it is; `None` when the line did not say.
    pub style: Option<Style>,
    /// To which lane it is to go if that takes it; `None` where nobody told.
    pub lane: Option<LaneNo>,
    /// When, for deadlines.
    pub at: Instant,
    /// When, for people.
    pub wall: WallTime,
}
