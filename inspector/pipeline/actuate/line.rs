//! What the line tells of itself: the belt, the answers to commands, the sensors; and what follows from it.

use super::ActuateStage;
use super::watch::{ACTED_MAX, code};
use crate::ports::line::{Feedback, LineStatus, Sensor, Told};
use crate::queue::Outlet;
use crate::station::awaiting::Sighting;
use crate::station::gates::GateNo;
use crate::station::guard::{Reaction, RestartBy, StillSo, Trouble};
use crate::station::lane::LaneNo;
use crate::station::position::{Now, Position, Reading};
use crate::station::time::Instant;
use crate::station::travel::later;
use crate::station::verdict::{Cause, Disposition};
use crate::telemetry::alarm::Condition;
use crate::telemetry::catalogue::{Code, Severity};
use crate::telemetry::line_state::{EncoderState, number};
use std::time::Duration;

/// A trouble that only happens, and only alarms, is over so long after it was seen last.
const OVER_AFTER: Duration = Duration::from_secs(10);
/// Devices are told what the station is at least so often: a sign of life.
const STATUS_EVERY: Duration = Duration::from_millis(100);

impl ActuateStage {
    /// Takes in what the devices of the line have sent.
    pub(super) fn hear_line(&mut self) {
        let ends = self.with.line.ends.as_ref();
        if let Some((positions, feedback)) =
            ends.map(|ends| (ends.positions.clone(), ends.feedback.clone()))
        {
            self.hear_devices(&positions, &feedback);
        }
        while let Some(by) = self.with.restarts.pop() {
            self.restart(by);
        }
        self.look_at_line();
        self.look_at_challenge();
    }

    fn hear_devices(&mut self, positions: &Outlet<Reading>, feedback: &Outlet<Feedback>) {
        while let Some(reading) = positions.pop() {
            let Some(belt) = &mut self.watch.belt else {
                continue;
            };
            belt.read(reading);
            if self.reject_until.is_none()
                && let Some(counts) = belt.counts()
            {
                // Whatever is between trigger and ejector now came before anybody looked.
                let ahead = self.travel.act_at_after(self.settled_at, counts);
                self.reject_until = Some(ahead);
            }
        }
        while let Some(heard) = feedback.pop() {
            self.heard(heard);
        }
    }

    fn heard(&mut self, feedback: Feedback) {
        match feedback {
            Feedback::Acknowledged { part_no, lane, at } => {
                self.again_answered(part_no, lane);
                let is_newest = self.awaiting.is_commanded(part_no, lane);
                if is_newest && self.awaiting.acknowledged(part_no, at) {
                    self.conditions.ejector.end();
                    self.conditions.not_acknowledged.end();
                    if let Some(lane) = lane {
                        self.works_from(at, lane);
                    }
                }
            }
            Feedback::Failed {
                part_no,
                lane,
                reason,
                ..
            } => self.not_carried_out(part_no, lane, &reason),
            Feedback::Sensed { sensor, is_on, at } => self.sensed(sensor, is_on, at),
            Feedback::Connected {
                device,
                is_connected,
            } => {
                let bit = 1_u32 << (device % 32);
                match is_connected {
                    true => self.watch.gone &= !bit,
                    false => self.watch.gone |= bit,
                }
            }
        }
    }

    /// Where power takes parts out, one that it did not take out has passed.
    pub(super) fn output_failed(&mut self, message: &str) {
        if self.with.line.rejects_by_power {
            let message = format!("a part may have passed that was to be taken out: {message}");
            self.watch.trouble(Trouble::Output, message);
        }
    }

    fn sensed(&mut self, sensor: Sensor, is_on: bool, at: Instant) {
        match sensor {
            Sensor::Lane(lane) if is_on => self.seen(lane, at),
            Sensor::Gate if is_on => self.at_the_gate(),
            Sensor::Lane(_) | Sensor::Gate => {}
            Sensor::BinFull => self.level(Trouble::BinFull, is_on, "the bin of rejects is full"),
            Sensor::LowAir => self.level(Trouble::LowAir, is_on, "the air pressure is too low"),
            Sensor::BinOpen => self.watch.guard.bin(is_on, at),
            Sensor::BeltRuns => {
                self.watch.belt_runs = Some((is_on, at));
                self.watch.guard.belt(at);
            }
            Sensor::Restart if is_on => self.restart(RestartBy::Key),
            Sensor::Restart => {}
        }
    }

    pub(super) fn level(&mut self, trouble: Trouble, is_so: bool, message: &str) {
        self.watch.guard.is(trouble, is_so);
        match is_so {
            true => self.watch.troubles[trouble as usize].raise(message.to_owned()),
            false if self.watch.guard.reaction(trouble) == Reaction::Alarm => {
                self.watch.troubles[trouble as usize].end();
            }
            // Until a person restarts.
            false => {}
        }
    }

    fn seen(&mut self, lane: LaneNo, at: Instant) {
        let now = Now {
            at,
            counts: self.watch.counts(),
        };
        let name = |lane| {
            let known = self.with.line.lanes.get(lane);
            known.map_or("?", |lane: &crate::station::lane::Lane| &lane.name)
        };
        let counts = &self.with.stats.counts;
        match self.awaiting.seen(lane, now, &mut self.underway) {
            Sighting::Confirmed(_) => counts.confirmed.add(1),
            Sighting::Unexpected => {
                counts.confirm_faults.add(1);
                let message = format!(
                    "the sensor of lane {:?} saw a part, and none was sent there",
                    name(lane)
                );
                self.watch.trouble(Trouble::ConfirmUnexpected, message);
            }
            Sighting::Elsewhere {
                part_no,
                disposition,
            } => {
                counts.confirm_faults.add(1);
                let takes = self
                    .with
                    .line
                    .lanes
                    .get(lane)
                    .map_or(Disposition::Accept, |lane| lane.takes);
                let is_escape = disposition == Disposition::Reject && takes == Disposition::Accept;
                let message = format!(
                    "part {} was sent elsewhere and came to lane {:?}; look through the parts that went there since \
                     the last one that was confirmed",
                    part_no.0,
                    name(lane)
                );
                let trouble = match is_escape {
                    true => Trouble::WrongLane,
                    false => Trouble::ConfirmUnexpected,
                };
                self.watch.trouble(trouble, message);
            }
        }
    }

    /// A part is right before the ejector: one that nobody announced must not slip through with another.
    fn at_the_gate(&mut self) {
        let now = self.now();
        let near = |act_at: Position| {
            let closes = self.travel.closes_at(act_at);
            match (act_at, closes, now.counts) {
                (Position::Time(at), Position::Time(to), _) => {
                    let hold = to.since(at);
                    at - hold <= now.at && now.at <= to
                }
                (Position::Counts(at), Position::Counts(to), Some(counts)) => {
                    at - (to - at) <= counts && counts <= to
                }
                _ => false,
            }
        };
        let is_expected =
            self.tracker.positions().any(near) || self.watch.acted.iter().copied().any(near);
        if is_expected || !self.with.line.has_gate_sensor {
            return;
        }
        let here = match now.counts {
            Some(counts) => Position::Counts(counts),
            None => Position::Time(now.at),
        };
        let closes = self.travel.closes_at(here);
        self.reject_until = self.reject_until.map(|until| later(until, closes));
        // The sensor stands before the first gate. What it saw is at no other one while that is open for its own part.
        self.close(GateNo(0));
        self.with.stats.counts.unknown_parts.add(1);
        self.watch.trouble(
            Trouble::UnknownPart,
            "a part came to the ejector that no trigger announced".to_owned(),
        );
    }

    /// A person lets the line go on.
    fn restart(&mut self, by: RestartBy) {
        let now = self.with.clock.now();
        if self.watch.guard.rejects().is_none() {
            return;
        }
        let restarted = self.watch.guard.restart(now, by);
        if let Some(belt) = &mut self.watch.belt {
            belt.trust();
        }
        // What is on the belt was rejected by the trouble, or may have been moved by hand.
        self.reject_what_is_on_the_belt();
        self.newest = None;
        let guard = &self.watch.guard;
        let is_over = |trouble: &Trouble| !guard.is_so(*trouble) && !guard.is_latched(*trouble);
        for trouble in Trouble::ALL.into_iter().filter(is_over) {
            self.watch.troubles[trouble as usize].end();
        }
        if guard.stops().is_none() {
            self.watch.stopped.end();
        }
        if let Err(StillSo(trouble)) = restarted {
            let name = trouble.name();
            let message = match trouble {
                Trouble::ChallengeFailed | Trouble::ChallengeOverdue => format!(
                    "{name}: bring the challenge parts, then acknowledge this on the page; a key switch does not do"
                ),
                _ => format!("{name} is still so: see to it, then restart again"),
            };
            self.watch.troubles[trouble as usize].raise(message);
        }
    }

    /// What nobody sends: an encoder that is silent or dead, a bin that is open, parts that do not come.
    fn look_at_line(&mut self) {
        let now = self.with.clock.now();
        if let Some(belt) = &mut self.watch.belt {
            let runs = self.watch.belt_runs.filter(|(is_running, _)| *is_running);
            belt.look(now, runs.map(|(_, since)| since));
        }
        self.watch_encoder();
        let is_running = self
            .watch
            .belt_runs
            .is_none_or(|(is_running, _)| is_running);
        for (trouble, is_so) in self.watch.guard.look(now, is_running) {
            let condition = &self.watch.troubles[trouble as usize];
            match (is_so, condition.is_active(), trouble) {
                (true, false, Trouble::BinOpen) => {
                    self.level(
                        trouble,
                        true,
                        "the bin of rejects has been open for too long",
                    );
                }
                (true, false, _) => {
                    self.level(
                        trouble,
                        true,
                        "the belt runs and no part has come for too long",
                    );
                }
                (false, true, _) => self.level(trouble, false, ""),
                _ => {}
            }
        }
        self.end_what_is_over(now);
        let stops = self.watch.guard.stops();
        if let (Some(trouble), false) = (stops, self.watch.stopped.is_active()) {
            self.watch.stopped.raise(format!(
                "the line was stopped by {}; see to it, then restart",
                trouble.name()
            ));
        }
    }

    fn watch_encoder(&mut self) {
        let Some(belt) = &self.watch.belt else { return };
        let (fault, scale) = (belt.fault(), *belt.scale());
        // The alarm lasts until a person restarts, and the encoder may be lost again before that.
        let was_lost = std::mem::replace(&mut self.watch.is_lost, fault.is_some());
        match fault {
            Some(fault) if !was_lost => {
                let message = fault.told(&scale);
                self.level(Trouble::Encoder, true, &message);
                self.drain(Cause::PositionLost);
            }
            None if was_lost => {
                self.level(Trouble::Encoder, false, "");
                let now = self.now();
                let counts = now.counts.unwrap_or(0);
                self.reject_until = Some(self.travel.act_at_after(now.at, counts));
                self.newest = None;
            }
            _ => {}
        }
    }

    /// What only happens and only alarms is over when it was not seen for a while.
    fn end_what_is_over(&mut self, now: Instant) {
        for trouble in Trouble::ALL {
            let at = trouble as usize;
            let is_over = self.watch.guard.reaction(trouble) == Reaction::Alarm
                && !trouble.is_level()
                && trouble != Trouble::PartsMissing;
            let condition = &mut self.watch.troubles[at];
            if !condition.is_active() {
                self.watch.told_at[at] = now;
            } else if is_over && now.since(self.watch.told_at[at]) >= OVER_AFTER {
                condition.end();
            }
        }
    }

    /// Tells every device what the station is, on every change and as a sign of life.
    pub(super) fn tell_status(&mut self) {
        if self.with.line.ends.is_none() {
            return;
        }
        let now = self.with.clock.now();
        let guard = &self.watch.guard;
        let rejects = self.rejects_because();
        let is_rejecting = rejects.is_some();
        let shown = &self.with.stats.line;
        shown.guarded(rejects, guard.stops().map(code), now);
        if let Some(belt) = &self.watch.belt {
            let state = EncoderState::of(belt.counts(), belt.fault());
            shown.moved(state, belt.counts(), now);
        }
        let trouble = guard.stops().or(guard.rejects());
        let status = LineStatus {
            is_online: true,
            is_rejecting,
            is_stopped: guard.stops().is_some(),
            severity: match is_rejecting {
                true => Some(Severity::Error),
                false if self.watch.troubles.iter().any(Condition::is_active) => {
                    Some(Severity::Warning)
                }
                false => None,
            },
            error_code: trouble.map_or(0, |trouble| number(code(trouble))),
        };
        let is_due = self
            .watch
            .status
            .is_none_or(|(before, at)| before != status || now.since(at) >= STATUS_EVERY);
        self.show_parts(STATUS_EVERY);
        if is_due {
            self.watch.status = Some((status, now));
            self.tell_devices(Told::Status(status));
        }
    }

    /// The alarm because of which every part is rejected.
    fn rejects_because(&self) -> Option<Code> {
        let guard = &self.watch.guard;
        let trouble = guard.stops().or(guard.rejects()).map(code);
        let log = self.unrecorded.is_some().then_some(Code::LogFull);
        let durable = self.is_undurable.then_some(Code::NotDurable);
        // Without a lamp or a scanner parts are judged as ever; without the ejector's device none is accepted.
        let ejector = self.with.line.ejector_device;
        let is_gone = ejector.is_some_and(|device| self.watch.gone & (1 << (device % 32)) != 0);
        let gone = is_gone.then_some(Code::LineDeviceGone);
        trouble.or(log).or(durable).or(gone)
    }

    /// Tells every device. One that takes nothing any more is told by its own alarm.
    pub(super) fn tell_devices(&self, told: Told) {
        let ends = self.with.line.ends.iter();
        for device in ends.flat_map(|ends| &ends.told) {
            drop(device.push(told));
        }
    }

    pub(super) fn acted(&mut self, act_at: Position) {
        let acted = &mut self.watch.acted;
        if acted.len() == ACTED_MAX {
            acted.pop_front();
        }
        acted.push_back(act_at);
    }
}
