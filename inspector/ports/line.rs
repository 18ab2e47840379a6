//! The production line: what announces parts, what takes them out, and what tells of it. A device of the line (PLC, I/O
//! module, scanner) has a thread of its own; messages in bounded queues lead there and back, so that nothing that decides
//! ever waits for a socket.

use super::signal::SignalDevice;
use crate::station::gates::GateNo;
use crate::station::lane::LaneNo;
use crate::station::outcome::Outcome;
use crate::station::part::{PartId, PartNo, Style};
use crate::station::time::Instant;
use crate::telemetry::catalogue::Severity;
use std::fmt;
use std::time::Duration;

/// A part is at the camera, says the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Its ID, where the line knows it by now.
    pub part_id: Option<PartId>,
    /// Its style, where the line knows it by now.
    pub style: Option<Style>,
    /// When it was at the camera.
    pub at: Instant,
    /// The encoder's count then, where the device latched it.
    pub counts: Option<u32>,
    /// Whether it was announced while the station was not ready for it: it is recorded and rejected.
    pub is_missed: bool,
}

impl Arrival {
    /// A part of which only the time is known.
    pub const fn at(at: Instant) -> Self {
        Self {
            part_id: None,
            style: None,
            at,
            counts: None,
            is_missed: false,
        }
    }
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
        /// When it was heard last: parts may have come unseen since then.
        since: Instant,
    },
    /// More parts came than there was room for: so many are lost.
    Lost(u64),
    /// The line was looked at more rarely than a part shows: some may have come unseen between these times.
    Unseen {
        /// When it was looked at before.
        since: Instant,
        /// When it was looked at again.
        until: Instant,
        /// Whether nobody told how long a part shows, so that it may have shown for longer.
        is_guess: bool,
    },
    /// A line with an end has reached it.
    Ended,
}

/// Where triggers come from.
pub trait TriggerSource: Send {
    /// The next arrival, in order; waits at most `timeout`.
    fn wait(&mut self, timeout: Duration) -> Result<Arrival, TriggerError>;

    /// No part that comes from now on is wanted: [`Self::wait`] tells what came until now, and then says `Ended`. Within
    /// which time it does; `None` where nothing is held back.
    fn close(&mut self) -> Option<Duration> {
        None
    }
}

/// A device that announces parts, to the stage that numbers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A part is at the camera.
    Arrival(Arrival),
    /// The device cannot be heard: parts may pass unseen.
    Gone {
        /// What went wrong, and what to do.
        reason: String,
        /// When it was heard last.
        since: Instant,
    },
    /// It is heard again.
    Back,
    /// It was asked more rarely than a part shows: some may have come unseen between these times.
    Unseen {
        /// When it was asked before.
        since: Instant,
        /// When it was asked again.
        until: Instant,
        /// Whether nobody told how long a part shows, so that it may have shown for longer.
        is_guess: bool,
    },
    /// Everything that came was told, and nothing more will be: it was told [`Told::Last`].
    Ended,
}

/// The output did not take a command.
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

/// What takes parts out. Its resting state rejects, so that dead software accepts nothing: a command to accept opens the
/// gate for one part and the device closes it again by itself after `ejector.hold_ms`.
pub trait PartOutput: Send {
    /// Commands what happens to a part: when it is in front of the ejector, or, where a PLC takes parts out, as soon as
    /// it is known. Returns at once. Where a device has to answer, its answer comes as [`Feedback`].
    ///
    /// # Errors
    /// Where it is certain that the command will not be carried out.
    fn command(&mut self, outcome: &Outcome) -> Result<(), OutputError>;

    /// Goes to the resting state, and stays there until the next command.
    ///
    /// # Errors
    /// Where it did not.
    fn rest(&mut self) -> Result<(), OutputError>;

    /// Closes one gate; what stands open at others stays so. Of an output with one gate that is its rest.
    ///
    /// # Errors
    /// Where it did not.
    fn close(&mut self, gate: GateNo) -> Result<(), OutputError> {
        debug_assert_eq!(gate, GateNo(0), "there are no others");
        self.rest()
    }

    /// Within which time each command is answered by a [`Feedback::Acknowledged`] or [`Feedback::Failed`]; `None` where
    /// a command that returned is carried out.
    fn answers_within(&self) -> Option<Duration> {
        None
    }
}

/// What a sensor of the line watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sensor {
    /// A part in this lane, behind the ejector: reject-confirm, or the exit for accepted parts.
    Lane(LaneNo),
    /// A part right before the ejector.
    Gate,
    /// The bin of rejected parts is full.
    BinFull,
    /// The bin of rejected parts is open.
    BinOpen,
    /// The air pressure is too low.
    LowAir,
    /// The belt runs.
    BeltRuns,
    /// A person restarts the line, by a key switch or a button.
    Restart,
}

/// What a device tells of commands and sensors, to the stage that commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feedback {
    /// The command for this part is carried out: written to the output, or acknowledged by the PLC.
    Acknowledged {
        /// Of the command.
        part_no: PartNo,
        /// To which lane the command was; `None` where the device answers for the part alone, which has one command.
        lane: Option<LaneNo>,
        /// When that was known.
        at: Instant,
    },
    /// It is not certain that it was carried out.
    Failed {
        /// Of the command.
        part_no: PartNo,
        /// As of one that was carried out.
        lane: Option<LaneNo>,
        /// When that was known.
        at: Instant,
        /// Which device, what was expected, what was found.
        reason: String,
    },
    /// A sensor changed.
    Sensed {
        /// What it watches.
        sensor: Sensor,
        /// Whether it is so now.
        is_on: bool,
        /// When it changed.
        at: Instant,
    },
    /// A device on which outputs depend is gone, or back.
    Connected {
        /// Index of the device in the station settings.
        device: u8,
        /// Whether it answers.
        is_connected: bool,
    },
}

/// What the station is, as lamps, heartbeats and PLCs are told it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineStatus {
    /// Whether parts are judged.
    pub is_online: bool,
    /// Whether every part is rejected unseen, by a fault.
    pub is_rejecting: bool,
    /// Whether the line is to stand still until a person restarts it.
    pub is_stopped: bool,
    /// The most urgent active alarm.
    pub severity: Option<Severity>,
    /// Number of the alarm that stopped the line or has it reject: its place in the catalogue from 1; 0 for none.
    pub error_code: u16,
}

/// What the station tells a device of the line.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "boxing would allocate on the hot path"
)]
pub enum Told {
    /// This part was numbered; `part_no` counts the triggers of the device where it announces parts.
    Numbered(PartNo),
    /// Every frame of this part has come, or will not come.
    Exposed(PartNo),
    /// What is decided about a part: act on it.
    Outcome(Outcome),
    /// What became of a part that this device announced and somebody else takes out.
    Decided(Outcome),
    /// Go to the resting state.
    Rest,
    /// Close one gate, and leave the others as they are.
    Close(GateNo),
    /// The job ends: the device that announces parts tells those that came until now, then [`Heard::Ended`], and announces
    /// none any more.
    Last,
    /// The station is this from now on. Told on every change, and once a second as a sign of life.
    Status(LineStatus),
}

/// A device of the line, with its own thread around it.
pub trait LineDevice: Send {
    /// Takes what it was told, exchanges with the device and sends on what it heard; connects again where it has to.
    /// Waits at most about `patience` for something to do, and never longer than a transaction takes to time out.
    fn turn(&mut self, patience: Duration);

    /// Outputs to their resting state, as the last thing.
    fn rest(&mut self);

    /// Its inputs and outputs themselves, for whoever tries them by hand while no station runs and never calls
    /// [`Self::turn`]; `None` where it has none.
    fn signals(&mut self) -> Option<&mut dyn SignalDevice> {
        None
    }
}

/// What a program that asked for a part is told of it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "boxing would allocate on the hot path"
)]
pub enum PartWord {
    /// It is announced, and this is its number; more is told.
    Taken(PartNo),
    /// What is decided about it, and when that was told.
    Decided(Outcome, Instant),
    /// It came while the station was not ready: it is recorded and rejected.
    Missed(PartNo),
    /// So many are on their way: nothing was announced.
    TooMany(usize),
    /// The station did not hear of it: nothing was announced.
    Unheard,
    /// Nothing was decided in time; its result tells.
    Late(PartNo),
}

/// A program asks for a part that is at the camera.
pub struct PartRequest {
    /// Its ID, where the program knows it.
    pub part_id: Option<PartId>,
    /// Its style, where the program knows it.
    pub style: Option<Style>,
    /// When it was asked for.
    pub at: Instant,
    /// Tells the program, without waiting; whether it still listens.
    pub tell: Box<dyn FnMut(PartWord) -> bool + Send>,
}
