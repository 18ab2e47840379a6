//! What is known of the line while a job runs.

use crate::station::lane::Lanes;
use crate::station::position::Scale;
use crate::telemetry::signals::SignalBoard;
use std::sync::Arc;

/// The line of a station, as far as it is shown.
#[derive(Clone, Debug)]
pub struct LineInfo {
    /// Where its devices show their signals.
    pub board: Arc<SignalBoard>,
    /// Where parts can go.
    pub lanes: Lanes,
    /// How counts become millimetres, where there is an encoder.
    pub scale: Option<Scale>,
    /// Index of the device that announces parts.
    pub announcer: Option<u8>,
    /// Index of the device that takes parts out.
    pub ejector: Option<u8>,
}
