//! The handshake in a PLC's addresses: what is set there becomes messages to the station, and what the station tells is
//! shown there. Used by the server, and by the client that polls. Nothing is allocated but for faults.

use crate::adapters::line::listeners::Listeners;
use crate::adapters::line::presence::Presence;
use crate::clock::Clock;
use crate::ports::line::{Arrival, Feedback, Heard, LineStatus, Sensor, Told};
use crate::queue::Outlet;
use crate::station::handshake::map::{ByteOrder, Memory, Preset};
use crate::station::handshake::{
    Absence, Effect, Handshake, JOBS_MAX, Jobs, Limits, StationStatus,
};
use crate::station::name::NameError;
use crate::station::part::Style;
use crate::station::time::Instant;
use crate::telemetry::signals::{HandshakeNumbers, SignalBoard};
use crate::telemetry::why_gone::WhyGone;
use serde::Deserialize;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a soft event of the PLC is to the station.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SoftEvent {
    /// A part is right before the ejector.
    Gate,
    /// The bin of rejected parts is full.
    BinFull,
    /// The bin of rejected parts is open.
    BinOpen,
    /// The air pressure is too low.
    LowAir,
    /// The belt runs.
    BeltRuns,
    /// A person restarts the line.
    Restart,
    /// It means nothing.
    Unused,
}

impl SoftEvent {
    const fn sensor(self) -> Option<Sensor> {
        match self {
            SoftEvent::Gate => Some(Sensor::Gate),
            SoftEvent::BinFull => Some(Sensor::BinFull),
            SoftEvent::BinOpen => Some(Sensor::BinOpen),
            SoftEvent::LowAir => Some(Sensor::LowAir),
            SoftEvent::BeltRuns => Some(Sensor::BeltRuns),
            SoftEvent::Restart => Some(Sensor::Restart),
            SoftEvent::Unused => None,
        }
    }
}

/// The most soft events that there are.
pub const SOFT_EVENTS_MAX: usize = 8;

/// How a device is joined to the station.
pub struct Joined {
    /// Its name in the settings, for messages.
    pub name: String,
    /// Its index in the settings.
    pub device: u8,
    /// What the station tells it.
    pub told: Outlet<Told>,
    /// Where it sends what it hears.
    pub listeners: Listeners,
    /// Where it shows its handshake.
    pub board: Arc<SignalBoard>,
    /// The time that the station goes by.
    pub clock: Arc<dyn Clock>,
}

/// What both kinds of device have in their settings.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Which addresses there are.
    pub preset: Preset,
    /// Order of bytes and words.
    pub order: ByteOrder,
    /// Without a request or answer for so long, the PLC is gone.
    pub plc_timeout: Duration,
    /// Without a heartbeat for so long, the PLC is gone.
    pub plc_heartbeat_max: Option<Duration>,
    /// How often the station's heartbeat counts.
    pub heartbeat_period: Duration,
    /// Styles that the PLC chooses by number.
    pub jobs: Jobs,
    /// What its soft events mean, from event 0 on.
    pub soft_events: Vec<SoftEvent>,
}

/// The names of jobs as styles.
///
/// # Errors
/// What is wrong with which of them.
pub fn jobs(names: &[String]) -> Result<Jobs, JobsError> {
    let mut jobs = Jobs::new();
    for name in names {
        let wrong = |error| JobsError::Name(name.clone(), error);
        let style = Style::new(name).map_err(wrong)?;
        let many = |_| JobsError::Many(names.len());
        jobs.try_push(style).map_err(many)?;
    }
    Ok(jobs)
}

/// Names that are no jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobsError {
    /// This one is no style.
    Name(String, NameError),
    /// There are so many.
    Many(usize),
}

impl fmt::Display for JobsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JobsError::Name(name, error) => write!(f, "jobs: {name:?}: {error}"),
            JobsError::Many(found) => {
                write!(f, "jobs: expected at most {JOBS_MAX}, found {found}")
            }
        }
    }
}

impl std::error::Error for JobsError {}

/// State machine and addresses of one device.
pub struct Exchange {
    machine: Handshake,
    /// What the PLC reads and writes.
    pub memory: Memory,
    joined: Joined,
    soft_events: Vec<SoftEvent>,
    presence: Presence,
    /// What a soft event says that lasts, while nobody could be told of it.
    untold: [Option<(Sensor, bool, Instant)>; SOFT_EVENTS_MAX],
    /// The job has ended: what comes is no part of it.
    has_ended: bool,
    /// The longest that the PLC may be away before that is noticed.
    unnoticed: Duration,
}

impl Exchange {
    /// Before anything was heard of the PLC.
    pub fn new(terms: Terms, joined: Joined) -> Self {
        let memory = Memory::new(terms.preset, terms.order);
        if let Some(shown) = joined.board.handshake(joined.device) {
            let [plc, station] = terms.preset.map().bits();
            shown.set_known(plc, station);
        }
        let machine = Handshake::new(Limits {
            plc_timeout: terms.plc_timeout,
            plc_heartbeat_max: terms.plc_heartbeat_max,
            heartbeat_period: terms.heartbeat_period,
            jobs: terms.jobs,
        });
        let (feedback, triggers) = (&joined.listeners.feedback, &joined.listeners.triggers);
        let presence = Presence::of(joined.device, feedback.clone(), Some(triggers.clone()));
        Self {
            machine,
            memory,
            joined,
            soft_events: terms.soft_events,
            presence,
            untold: [None; SOFT_EVENTS_MAX],
            has_ended: false,
            unnoticed: terms
                .plc_timeout
                .max(terms.plc_heartbeat_max.unwrap_or_default()),
        }
    }

    /// The station's time.
    pub fn now(&self) -> Instant {
        self.joined.clock.now()
    }

    /// The device's name in the settings.
    pub fn name(&self) -> &str {
        &self.joined.name
    }

    /// What the handshake has come to.
    pub const fn machine(&self) -> &Handshake {
        &self.machine
    }

    /// The PLC asked or answered.
    pub fn heard(&mut self) {
        self.machine.heard(self.now());
    }

    /// Takes what the station told, then looks at what the PLC has set, and shows it what is so now.
    pub fn step(&mut self) {
        let now = self.now();
        let machine = &mut self.machine;
        let mut sending = Sending {
            joined: &self.joined,
            soft_events: &self.soft_events,
            presence: &mut self.presence,
            untold: &mut self.untold,
            has_ended: self.has_ended,
            unnoticed: self.unnoticed,
            now,
            is_unheard: false,
        };
        sending.tell_states();
        let mut is_last = false;
        while let Some(told) = self.joined.told.pop() {
            let mut sink = |effect| sending.send(effect);
            match told {
                Told::Numbered(part_no) => machine.numbered(now, part_no),
                Told::Exposed(part_no) => machine.exposed(now, part_no),
                Told::Outcome(outcome) => machine.outcome(now, &outcome, &mut sink),
                Told::Last => is_last = true,
                // A PLC's rest is that no result is valid; whether parts are judged is told by the status.
                Told::Rest | Told::Close(_) | Told::Decided(_) => {}
                Told::Status(status) => machine.station(now, station(status)),
            }
        }
        machine.step(now, self.memory.controls(), &mut |effect| {
            sending.send(effect)
        });
        if sending.is_unheard {
            machine.unheard(now);
        }
        if is_last {
            self.has_ended = true;
            self.presence.ended();
        }
        self.presence.tell();
        if !self.machine.is_plc_there() {
            self.memory.forget_controls();
        }
        self.memory.show(self.machine.status());
        self.show(now);
    }

    /// For whoever looks at the handshake.
    fn show(&self, now: Instant) {
        let Some(shown) = self.joined.board.handshake(self.joined.device) else {
            return;
        };
        let (status, controls) = (self.machine.status(), self.memory.controls());
        let numbers = HandshakeNumbers {
            acquisition_id: status.acquisition_id,
            inspection_id: status.result.inspection_id,
            error_code: status.error_code,
            current_job: status.current_job,
            plc_heartbeat: controls.heartbeat,
            heartbeat: status.heartbeat,
        };
        let bits = [controls.bits, status.bits];
        shown.show(bits, numbers, self.machine.waiting(), now);
    }

    /// As the last thing: offline, with no result valid.
    pub fn rest(&mut self) {
        let now = self.now();
        self.machine.station(now, StationStatus::default());
        self.memory.show(self.machine.status());
    }
}

const fn station(status: LineStatus) -> StationStatus {
    StationStatus {
        is_online: status.is_online,
        is_rejecting: status.is_rejecting,
        is_stopped: status.is_stopped,
        error_code: status.error_code,
    }
}

/// Where the effects of one step go.
struct Sending<'a> {
    joined: &'a Joined,
    soft_events: &'a [SoftEvent],
    presence: &'a mut Presence,
    untold: &'a mut [Option<(Sensor, bool, Instant)>; SOFT_EVENTS_MAX],
    has_ended: bool,
    unnoticed: Duration,
    now: Instant,
    /// The station did not take a part.
    is_unheard: bool,
}

impl Sending<'_> {
    fn send(&mut self, effect: Effect) {
        let (joined, now) = (self.joined, self.now);
        match effect {
            Effect::Arrival {
                part_id,
                style,
                is_missed,
            } => {
                let arrival = Arrival {
                    part_id,
                    style,
                    is_missed,
                    ..Arrival::at(now)
                };
                let triggers = &joined.listeners.triggers;
                let is_taken = !self.has_ended && triggers.push(Heard::Arrival(arrival)).is_ok();
                self.is_unheard |= !is_taken;
            }
            Effect::Identified(who) => drop(joined.listeners.identities.push(who)),
            Effect::Acknowledged(part_no) => {
                self.feedback(Feedback::Acknowledged {
                    part_no,
                    lane: None,
                    at: now,
                });
            }
            Effect::Failed(part_no, failure) => self.feedback(Feedback::Failed {
                part_no,
                lane: None,
                at: now,
                reason: format!("{}: {}", joined.name, failure.explained()),
            }),
            Effect::SoftEvent { number, is_on } => self.sensed(usize::from(number), is_on, now),
            Effect::Gone(absence) => {
                let reason = gone(joined, absence, now);
                self.presence.gone(reason, now - self.unnoticed);
            }
            Effect::Back => {
                joined.board.connected(joined.device, now);
                self.presence.back();
            }
        }
    }

    fn feedback(&self, feedback: Feedback) {
        // A full queue counts the loss in its gauge; a command without an answer has failed.
        let _ = self.joined.listeners.feedback.push(feedback);
    }

    /// What there was no room for is told once there is: a soft event may last.
    fn sensed(&mut self, number: usize, is_on: bool, at: Instant) {
        let meaning = self.soft_events.get(number);
        let Some(sensor) = meaning.and_then(|it| it.sensor()) else {
            return;
        };
        let feedback = Feedback::Sensed { sensor, is_on, at };
        let pushed = self.joined.listeners.feedback.push(feedback);
        if let Some(untold) = self.untold.get_mut(number) {
            *untold = pushed.is_err().then_some((sensor, is_on, at));
        }
    }

    fn tell_states(&mut self) {
        for number in 0..SOFT_EVENTS_MAX {
            if let Some((_, is_on, at)) = self.untold[number] {
                self.sensed(number, is_on, at);
            }
        }
    }
}

/// Shown to whoever looks at the line. Says what is told to whoever numbers parts.
fn gone(joined: &Joined, absence: Absence, now: Instant) -> String {
    let (why, found) = match absence {
        Absence::Silent => (
            WhyGone::PlcSilent,
            "asks or answers nothing; check its power, cable, address and program",
        ),
        Absence::NoHeartbeat => (
            WhyGone::PlcStill,
            "does not change its heartbeat; check that its program runs",
        ),
    };
    let reason = format!("{}: the PLC {found}", joined.name);
    joined.board.lost(joined.device, (why, &reason), now);
    reason
}
