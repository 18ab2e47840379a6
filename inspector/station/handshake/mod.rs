//! The handshake between station and PLC about each part: one state machine, after Cognex In-Sight's signals and rules.
//! No thread, no clock, no I/O, nothing allocated: an adapter hands over what the PLC has set and what the station tells,
//! shows the PLC [`Status`], and sends [`Effect`]s on.
//!
//! A result is taken for its own part and no other: it becomes valid only after the PLC has dropped its acknowledgement of
//! the one before, stays as it is until it is acknowledged, carries the number that `AcquisitionID` had when its trigger was
//! acknowledged, and its words are zero again as soon as it is not valid any more.

mod acquisition;
mod delivery;
pub mod map;
mod presence;
mod reasons;
mod requests;
mod signals;
mod waiting;

use self::acquisition::{Acquisition, Announced, Triggered};
use self::delivery::Delivery;
pub use self::delivery::RESULTS_MAX;
use self::presence::Presence;
pub use self::presence::STATION_SILENT_MAX;
pub use self::reasons::*;
use self::requests::{Command, Requests};
pub use self::requests::{JOBS_MAX, Jobs};
pub use self::signals::*;
pub use self::waiting::{Awaited, Waiting};
use crate::station::outcome::Outcome;
use crate::station::part::PartNo;
use crate::station::time::Instant;
use std::time::Duration;

/// How long `TriggerEnable` is off for a full reset. A PLC that only toggles it clears `MissedAcq`.
pub const RESET_AFTER: Duration = Duration::from_millis(500);
/// Parts of which is known whether they get a result; more are never between trigger and result.
const PARTS_KNOWN: usize = 4096;

/// How the handshake is set up.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Without a request for so long, the PLC is gone.
    pub plc_timeout: Duration,
    /// Without a change of its heartbeat for so long, the PLC is gone; `None` where it has no heartbeat.
    pub plc_heartbeat_max: Option<Duration>,
    /// How often the station's heartbeat counts.
    pub heartbeat_period: Duration,
    /// The jobs that the PLC can choose.
    pub jobs: Jobs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Result,
    Missed,
    Void,
}

/// The state machine.
#[derive(Clone, Debug)]
pub struct Handshake {
    acquisition: Acquisition,
    delivery: Delivery,
    requests: Requests,
    presence: Presence,
    due: Box<[Due]>,
    newest: PartNo,
    in_flight: u32,
    off_since: Option<Instant>,
    is_reset: bool,
    is_set_offline: bool,
    error_code: u16,
    status: Status,
}

impl Handshake {
    /// Before anything was heard of the PLC, which counts as gone.
    pub fn new(limits: Limits) -> Self {
        Self {
            acquisition: Acquisition::new(),
            delivery: Delivery::new(),
            requests: Requests::new(limits.jobs),
            presence: Presence::new(
                limits.plc_timeout,
                limits.plc_heartbeat_max,
                limits.heartbeat_period,
            ),
            due: vec![Due::Result; PARTS_KNOWN].into_boxed_slice(),
            newest: PartNo(0),
            in_flight: 0,
            off_since: None,
            is_reset: false,
            is_set_offline: false,
            error_code: 0,
            status: Status::default(),
        }
    }

    /// What the PLC is to see now.
    pub const fn status(&self) -> &Status {
        &self.status
    }

    /// Whether the PLC is there.
    pub const fn is_plc_there(&self) -> bool {
        self.presence.is_there()
    }

    /// The PLC asked or answered something.
    pub fn heard(&mut self, now: Instant) {
        self.presence.heard(now);
    }

    /// Looks at what the PLC has set, and at the time. To be called with everything that the PLC sets, in its order, and
    /// from time to time without.
    pub fn step(&mut self, now: Instant, controls: &Controls, sink: Sink<'_>) {
        self.presence.beat(now, controls.heartbeat);
        match self.presence.step(now) {
            Some(Ok(())) => sink(Effect::Back),
            Some(Err(absence)) => self.plc_gone(absence, sink),
            None => {}
        }
        if self.presence.is_there() {
            self.look(now, controls, sink);
        }
        self.refresh(now);
    }

    fn look(&mut self, now: Instant, controls: &Controls, sink: Sink<'_>) {
        self.is_set_offline = controls.has(Control::SetOffline);
        self.delivery.is_buffered = controls.has(Control::BufferResultsEnable);
        let is_camera_free = self.acquisition.is_idle();
        let failed = self
            .requests
            .step(now, controls, self.newest, is_camera_free, sink);
        self.error_code = failed.unwrap_or(self.error_code);
        if controls.has(Control::ClearError) {
            self.error_code = 0;
            self.delivery.is_overrun = false;
        }
        // The PLC acted on what it was shown; what it did in the same moment counts too.
        let was_shown = self.status.has(Flag::TriggerReady);
        let is_ready = was_shown && self.offline(now).is_none();
        if let Some(triggered) = self.acquisition.step(now, controls, is_ready) {
            let (who, failed) = self.requests.triggered(controls);
            self.error_code = failed.unwrap_or(self.error_code);
            sink(Effect::Arrival {
                part_id: who.part_id,
                style: who.style,
                is_missed: triggered == Triggered::Missed,
            });
        }
        self.reset_if_asked(now, controls, sink);
        let is_ack = controls.has(Control::InspectionResultsAck);
        self.delivery.step(now, is_ack, sink);
    }

    fn reset_if_asked(&mut self, now: Instant, controls: &Controls, sink: Sink<'_>) {
        if controls.has(Control::TriggerEnable) {
            self.off_since = None;
            self.is_reset = false;
            return;
        }
        let since = *self.off_since.get_or_insert(now);
        if !self.is_reset && now.since(since) >= RESET_AFTER {
            self.is_reset = true;
            self.void(Failure::Reset, sink);
            self.requests.reset();
            self.error_code = 0;
        }
    }

    /// Parts under way get no result any more.
    fn void(&mut self, failure: Failure, sink: Sink<'_>) {
        self.acquisition.reset();
        self.delivery.give_up(failure, sink);
        for due in &mut self.due {
            if *due == Due::Result {
                *due = Due::Void;
            }
        }
        self.in_flight = 0;
    }

    fn plc_gone(&mut self, absence: Absence, sink: Sink<'_>) {
        sink(Effect::Gone(absence));
        self.void(Failure::PlcGone, sink);
        self.acquisition.plc_gone();
        self.requests.plc_gone();
        self.off_since = None;
        self.is_reset = false;
    }

    /// The station could not take the newest arrival.
    pub fn unheard(&mut self, now: Instant) {
        self.acquisition.unheard();
        self.refresh(now);
    }

    /// The station has numbered the oldest arrival that had no number.
    pub fn numbered(&mut self, now: Instant, part_no: PartNo) {
        self.newest = part_no;
        let due = match self.acquisition.numbered(now, part_no) {
            Some(Announced::Missed) => Due::Missed,
            Some(Announced::Void) => Due::Void,
            Some(Announced::Taken) | None => Due::Result,
        };
        self.due[slot(part_no)] = due;
        self.in_flight += u32::from(due == Due::Result);
        self.refresh(now);
    }

    /// Every picture of this part was taken, or will not be taken any more.
    pub fn exposed(&mut self, now: Instant, part_no: PartNo) {
        self.acquisition.exposed(part_no);
        self.refresh(now);
    }

    /// What is decided about a part.
    pub fn outcome(&mut self, now: Instant, outcome: &Outcome, sink: Sink<'_>) {
        let part_no = outcome.part_no;
        self.acquisition.exposed(part_no);
        let due = self.due[slot(part_no)];
        match (self.presence.is_there(), due) {
            (false, _) => sink(Effect::Failed(part_no, Failure::PlcGone)),
            (true, Due::Missed) => sink(Effect::Acknowledged(part_no)),
            (true, Due::Void) => sink(Effect::Failed(part_no, Failure::Reset)),
            (true, Due::Result) => self.delivery.outcome(now, outcome, sink),
        }
        self.in_flight = self.in_flight.saturating_sub(u32::from(due == Due::Result));
        self.refresh(now);
    }

    /// What the station is; also its sign of life.
    pub fn station(&mut self, now: Instant, station: StationStatus) {
        self.presence.told(now, station);
        self.refresh(now);
    }

    fn offline(&self, now: Instant) -> Option<OfflineReason> {
        self.presence.offline(now, self.is_set_offline)
    }

    /// Puts together what the PLC is to see.
    fn refresh(&mut self, now: Instant) {
        if self.presence.station.error_code != 0 {
            self.error_code = self.presence.station.error_code;
        }
        let offline = self.offline(now);
        let reason = offline.map_or(0, |reason| reason as u32);
        let command = self.requests.command;
        let acquisition = &self.acquisition;
        let is_ready = offline.is_none()
            && acquisition.is_enabled()
            && acquisition.is_idle()
            && !acquisition.is_trigger()
            && !acquisition.is_ack();
        let is_executing = matches!(command, Command::Executing(_));
        let is_busy = self.in_flight > 0 || !acquisition.is_idle() || is_executing;
        let flags = [
            (Flag::TriggerReady, is_ready),
            (Flag::TriggerAck, acquisition.is_ack()),
            (Flag::MissedAcq, acquisition.is_missed),
            (Flag::Online, offline.is_none()),
            (Flag::SystemBusy, is_busy),
            (Flag::InspectionCompleted, self.delivery.is_completed),
            (Flag::ResultsBufferOverrun, self.delivery.is_overrun),
            (Flag::ResultsValid, self.delivery.is_valid()),
            (Flag::CommandExecuting, is_executing),
            (
                Flag::CommandCompleted,
                matches!(command, Command::Completed(_)),
            ),
            (Flag::CommandFailed, matches!(command, Command::Failed(_))),
            (Flag::Error, self.error_code != 0),
            (Flag::SetUserDataAck, self.requests.is_user_data_ack),
            (Flag::StringCmdAck, self.requests.is_string_ack),
            (Flag::StringCmdError, self.requests.string_code != 0),
            (Flag::ExposureComplete, acquisition.is_exposure_complete),
            (Flag::JobPass, self.delivery.shown.is_accept()),
        ];
        let on = flags.into_iter().filter(|(_, is_on)| *is_on);
        self.status.bits = on.fold(0, |bits, (flag, _)| bits | flag.mask())
            | reason << Flag::OfflineReason0 as u32
            | self.requests.soft_events << SOFT_EVENTS_AT;
        self.status.current_job = self.requests.job;
        self.status.error_code = self.error_code;
        self.status.acquisition_id = acquisition.acquisition_id;
        self.status.heartbeat = self.presence.heartbeat;
        self.status.result = self.delivery.shown;
        self.status.string_code = self.requests.string_code;
        self.status.string_answer = self.requests.string_answer;
    }
}

fn slot(part_no: PartNo) -> usize {
    (part_no.0 % PARTS_KNOWN as u64) as usize
}

#[cfg(test)]
mod tests;
