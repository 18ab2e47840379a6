//! A whole line under faults drawn from a seed: a belt that stops, creeps and reverses, an encoder that rolls over, dies and
//! jumps, parts that people take off or put there, sensors that miss, a gate and a PLC that do not obey. The stages are
//! the station's own.

mod away;
mod camera;
mod challenge_laws;
mod challenging;
mod confirm_laws;
mod driver;
mod gates;
mod identity_laws;
mod laws;
mod naming;
pub mod pace;
mod passing;
mod plan;
mod scenario;
mod stages;
mod start;
mod thing;
mod world;

use crate::station::position::Reverse;
pub use driver::run;
use std::collections::BTreeMap;

/// A deliberate break, to show that the laws notice it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// The encoder loses one count in seven.
    EncoderSlips,
    /// The gate opens for whatever it is told.
    EverythingAccepted,
    /// The lane of parts to be mended leads to that of second choice.
    LanesMixedUp,
    /// The gate does not close.
    GateStaysOpen,
    /// The station takes all gates to stand where the first does.
    GatesTakenForOne,
    /// Whoever closes one gate closes the others too.
    OneGateClosesAll,
    /// A part is not sent on to the safe lane whose own gate did not take it.
    SafeGateForgotten,
    /// The sensor before the gate sees nothing.
    GateBlind,
    /// The PLC takes the result of the part before for this one's.
    PlcTakesThePartBefore,
    /// The line runs on when it is stopped.
    LineRunsOn,
    /// The reader tells the ID of the next part.
    IdsOfTheNextPart,
    /// The station does not know that power takes parts out.
    PowerForgotten,
    /// The station rejects parts that come close though whoever takes them out knows each by its number.
    PitchKept,
    /// The station takes a camera that something else triggers for one that it triggers itself.
    CameraMistaken,
    /// A row is lost.
    RowForgotten,
    /// The station does not know which parts are challenge parts, nor when they are due.
    ChallengeForgotten,
    /// What challenge parts show is told, and nothing follows from it.
    ChallengeOnlyTold,
    /// The station does not know who announces parts.
    AnnouncerForgotten,
    /// What locked the station in a job before is forgotten.
    LockForgotten,
    /// A key switch does what a name is asked for.
    KeyForName,
    /// The station takes a belt of this kind for one of another.
    ReverseMistaken(Reverse),
}

/// What a run that kept every law came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Parts on the belt.
    pub parts: u64,
    /// Parts recorded as accepted.
    pub accepted: u64,
    /// Simulated time, in milliseconds.
    pub simulated_ms: u64,
    /// Causes and alarms by name.
    pub tally: BTreeMap<&'static str, u64>,
}

impl Outcome {
    /// As of the other simulation.
    pub fn plain(self) -> super::Outcome {
        super::Outcome {
            parts: self.parts,
            accepted: self.accepted,
            untouched: 0,
            simulated_ms: self.simulated_ms,
            tally: self.tally,
            ..super::Outcome::default()
        }
    }
}
