//! A scorer: corrected pixels to a score, findings and a map. One per view of a recipe and thread.

use crate::station::frame::FrameShape;
use crate::station::result::{FINDINGS_MAX, Finding};
use crate::station::verdict::{Cause, Score};
use arrayvec::ArrayVec;
use std::fmt;

/// Cells that every buffer for a map has at least: room for the maps of models that come later.
pub const MAP_CELLS: usize = 320 * 320;

/// What a model said of one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewScore {
    /// The largest value of the map, or the image score.
    pub score: Score,
    /// Regions at or above the threshold, worst first.
    pub findings: ArrayVec<Finding, FINDINGS_MAX>,
    /// How many regions there were.
    pub findings_total: u32,
    /// Microseconds: correction, preprocessing, the model's own run, findings.
    pub times_us: [u32; 4],
}

/// Why there is no score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScoreError {
    /// The model could not be run.
    Run {
        /// The runtime's own words.
        message: String,
    },
    /// The part is not where the view looks for it.
    NotAligned {
        /// What was expected and found.
        message: String,
    },
    /// It ran, and its answer is no score.
    Output {
        /// What was found, e.g. `NaN at 17`.
        message: String,
    },
}

impl ScoreError {
    /// The cause to record.
    pub fn cause(&self) -> Cause {
        match self {
            ScoreError::NotAligned { .. } => Cause::NotAligned,
            ScoreError::Run { .. } => Cause::ModelError,
            ScoreError::Output { .. } => Cause::ModelOutput,
        }
    }
}

impl fmt::Display for ScoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScoreError::NotAligned { message } => write!(f, "the part was not aligned: {message}"),
            ScoreError::Run { message } => write!(f, "the model could not be run: {message}"),
            ScoreError::Output { message } => {
                write!(f, "the model's answer is no score: {message}")
            }
        }
    }
}

impl std::error::Error for ScoreError {}

/// Scores frames of one shape. Does not allocate after its first call.
pub trait Scorer: Send {
    /// Width and height of the score map in cells; `(0, 0)` when the model gives none.
    fn map_size(&self) -> (u32, u32);

    /// Scores one frame. `findings_from` is the threshold from which a cell belongs to a finding.
    /// `map` receives the score map as bytes (0 = score 0, 255 = score 1), row by row, and has
    /// room for `map_size()`, or is empty when the map is not wanted.
    fn score(
        &mut self,
        pixels: &[u8],
        shape: FrameShape,
        findings_from: Score,
        map: &mut [u8],
    ) -> Result<ViewScore, ScoreError>;

    /// Runs on nothing, so that a device does not fall asleep between parts. Does nothing where that costs
    /// nothing.
    ///
    /// # Errors
    /// As [`score`](Self::score); the next part will say so too.
    fn keep_warm(&mut self) -> Result<(), ScoreError> {
        Ok(())
    }
}
