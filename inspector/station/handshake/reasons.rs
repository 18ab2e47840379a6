//! What went wrong, why no triggers are taken, and what follows for the station.

use crate::station::identity::Identified;
use crate::station::part::{PartId, PartNo, Style};

/// Error codes of the handshake. Smaller ones are the station's alarms, by their place in the reference of events.
pub mod error {
    /// No job has the number in `Command`.
    pub const COMMAND: u16 = 1001;
    /// Part ID or style is no text that one can be.
    pub const USER_DATA: u16 = 1002;
    /// No part has the number that user data was for.
    pub const PART: u16 = 1003;
    /// The string command is not known, or names nothing that is there.
    pub const STRING: u16 = 1004;

    /// Every code with what it means.
    pub const ALL: &[(u16, &str)] = &[
        (COMMAND, "No job has the number in `Command`."),
        (USER_DATA, "Part ID or style is no text that one can be."),
        (PART, "No part has the number that user data was for."),
        (
            STRING,
            "The string command is not known, or names nothing that is there.",
        ),
    ];
}

/// Why the PLC counts as gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// No request of it came in time.
    Silent,
    /// Its requests come, but its heartbeat stands still.
    NoHeartbeat,
}

/// Why a result was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// So many waited for the PLC that one more had no place.
    Overrun,
    /// The PLC reset the handshake.
    Reset,
    /// The PLC is gone.
    PlcGone,
}

impl Failure {
    /// What happened and what to do.
    pub const fn explained(self) -> &'static str {
        match self {
            Failure::Overrun => {
                "the PLC did not acknowledge earlier results; it must set InspectionResultsAck faster, or BufferResultsEnable"
            }
            Failure::Reset => "the PLC reset the handshake (TriggerEnable off)",
            Failure::PlcGone => "the PLC is gone",
        }
    }
}

/// Why no triggers are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfflineReason {
    /// The station starts, stops, or its parts that decide do not answer.
    NotRunning = 1,
    /// The line is to stand still until a person restarts it.
    Stopped = 2,
    /// The PLC has set `SetOffline`.
    SetByPlc = 3,
    /// The PLC was not heard of.
    PlcGone = 4,
}

impl OfflineReason {
    /// All of them, with what they mean.
    pub const ALL: &[(OfflineReason, &str)] = &[
        (
            OfflineReason::NotRunning,
            "The station starts, stops or hangs.",
        ),
        (
            OfflineReason::Stopped,
            "The line stands still until a person restarts it.",
        ),
        (OfflineReason::SetByPlc, "SetOffline is on."),
        (
            OfflineReason::PlcGone,
            "The PLC was not heard of in time, or its heartbeat stood still.",
        ),
    ];
}

/// What the station is, as the PLC is told it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StationStatus {
    /// Whether parts are judged.
    pub is_online: bool,
    /// Whether every part is rejected unseen.
    pub is_rejecting: bool,
    /// Whether the line is to stand still.
    pub is_stopped: bool,
    /// The alarm's number; 0 for none.
    pub error_code: u16,
}

/// What follows from what the PLC did, for the station.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "boxing would allocate on the hot path"
)]
pub enum Effect {
    /// A part is at the camera.
    Arrival {
        /// Its ID, where the PLC said it.
        part_id: Option<PartId>,
        /// Its style, by user data or job.
        style: Option<Style>,
        /// Whether the station was not ready for it.
        is_missed: bool,
    },
    /// The PLC said who a part is, after its trigger.
    Identified(Identified),
    /// The PLC took this part's result; or the part was missed, which the PLC was told.
    Acknowledged(PartNo),
    /// The PLC will not take this part's result.
    Failed(PartNo, Failure),
    /// A soft event changed.
    SoftEvent {
        /// From 0 to 7.
        number: u8,
        /// Whether it is on.
        is_on: bool,
    },
    /// The PLC is gone.
    Gone(Absence),
    /// The PLC is back.
    Back,
}

/// Where effects go.
pub type Sink<'a> = &'a mut dyn FnMut(Effect);
