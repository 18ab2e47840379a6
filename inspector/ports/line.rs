//! The production line: parts arrive (`TriggerSource`), and are told to stay or go (`RejectOutput`).

use crate::station::part::{PartId, PartNo, Style};
use crate::station::time::Instant;
use crate::station::verdict::Disposition;
use std::fmt;
use std::time::Duration;

/// A part is at the camera, says the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Its ID, where the line knows it; else the station counts.
    pub part_id: Option<PartId>,
    /// Its style, where the line knows it.
    pub style: Option<Style>,
    /// When it was at the camera.
    pub at: Instant,
}

/// Why no arrival came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerError {
    /// None in time. Normal on an idle line.
    Timeout,
    /// The line cannot be heard. The source keeps trying; call again.
    Disconnected {
        /// What went wrong.
        reason: String,
    },
    /// A line with an end has reached it.
    Ended,
}

/// Where triggers come from.
pub trait TriggerSource: Send {
    /// The next arrival, in order; waits at most `timeout`.
    fn wait(&mut self, timeout: Duration) -> Result<Arrival, TriggerError>;
}

/// The ejector did not take a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputError {
    /// Which output, what happened, what to do.
    pub message: String,
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for OutputError {}

/// The ejector. Its resting state rejects, so that dead software accepts nothing: an `Accept` opens the
/// gate for one part and the device closes it again by itself after `ejector.hold_ms`.
pub trait RejectOutput: Send {
    /// Commands the ejector for the part now in front of it. Must not block for longer than the
    /// device's own write.
    fn set(&mut self, part_no: PartNo, disposition: Disposition) -> Result<(), OutputError>;

    /// Goes to the resting state, and stays there until the next `set`.
    fn rest(&mut self) -> Result<(), OutputError>;
}
