//! What is known of the line while a job runs.

use crate::control::parts::PartRequests;
use crate::station::gates::Behind;
use crate::station::lane::Lanes;
use crate::station::position::Scale;
use crate::telemetry::signals::SignalBoard;
use std::sync::Arc;

/// Where a lane begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LaneWay {
    /// From the trigger.
    pub from_trigger: Behind,
    /// Whether an output leads there; without one parts come there behind the last gate.
    pub has_gate: bool,
}

/// The line of a station, as far as the control plane sees it.
#[derive(Clone, Debug)]
pub struct LineInfo {
    /// Where its devices show their signals.
    pub board: Arc<SignalBoard>,
    /// Where parts can go.
    pub lanes: Lanes,
    /// Where each lane begins, by its number; empty where nobody here sends parts into them.
    pub ways: Vec<LaneWay>,
    /// How counts become millimetres, where there is an encoder.
    pub scale: Option<Scale>,
    /// Index of the device that announces parts.
    pub announcer: Option<u8>,
    /// Index of the device that takes parts out.
    pub ejector: Option<u8>,
    /// Where programs ask for parts.
    pub requests: PartRequests,
}
