//! A device of the line around any device with signals: commands become outputs, inputs become triggers, positions, parts'
//! IDs and feedback. Commands go first: a poll waits for them, and never the other way.

mod arrivals;
mod inputs;
pub(super) mod link;
mod outputs;

use super::kinds::Opening;
use super::wiring::{Device, OutputMeaning};
use crate::clock::Clock;
use crate::ports::line::{Feedback, LineDevice, Told};
use crate::ports::signal::{SignalDevice, SignalError};
use crate::queue::Outlet;
use crate::station::outcome::Outcome;
use crate::station::time::Instant;
use crate::station::verdict::Disposition;
use crate::telemetry::why_gone::WhyGone;
use inputs::Inputs;
use link::Link;
use outputs::Outputs;
use std::sync::Arc;
use std::time::Duration;

/// While a device does not prove that its outputs are safe, it is asked again so often.
const PROVE_EVERY: Duration = Duration::from_secs(1);
/// Outputs of lanes are read back so often.
const READ_BACK_EVERY: Duration = Duration::from_millis(50);
/// At the end of a job, parts that wait for their ID are given up so late, after the filter of the trigger.
const LAST_WITHIN: Duration = Duration::from_millis(500);
/// A wait that ends so much later than it should was no wait of ours: the whole computer stood still.
const OVERSLEPT: Duration = Duration::from_millis(5);

/// A device with signals, its wires, and the station's queues.
pub struct Exchange<D> {
    device: D,
    told: Outlet<Told>,
    clock: Arc<dyn Clock>,
    link: Link,
    inputs: Inputs,
    outputs: Outputs,
    period: Duration,
    next_poll: Instant,
    read_back_at: Instant,
    /// The queue held nothing at this time: whatever is in it now was told later.
    nothing_told_at: Instant,
    arming: Arming,
    /// The job ends, and was told to then: parts that came are still to be told.
    last_at: Option<Instant>,
}

/// Whether outputs may accept parts.
enum Arming {
    /// No lane depends on this device, or it needs no proof.
    NotAsked,
    /// It proved it.
    Proven,
    /// It has not, and is asked again then.
    Unproven { again_at: Instant },
}

impl Arming {
    fn is_armed(&self) -> bool {
        !matches!(self, Arming::Unproven { .. })
    }
}

impl<D: SignalDevice> Exchange<D> {
    /// Around a device that is still closed: the first turn opens it.
    pub fn new(device: D, from: Opening<'_>) -> Self {
        let now = from.clock.now();
        let link = Link::new(&from);
        let inputs = Inputs::new(&from, device.remembers());
        let outputs = Outputs::new(&from);
        let settings: &Device = from.settings();
        let drives_lanes = from
            .outputs()
            .any(|(_, output)| matches!(output.meaning, OutputMeaning::Lane { .. }));
        let is_asked = drives_lanes && settings.because.is_none() && settings.kind.proves();
        let arming = match is_asked {
            true => Arming::Unproven { again_at: now },
            false => Arming::NotAsked,
        };
        from.board.set_armed(from.device, arming.is_armed());
        Self {
            period: settings.period,
            device,
            told: from.told,
            clock: from.clock,
            link,
            inputs,
            outputs,
            next_poll: now,
            read_back_at: now,
            nothing_told_at: now,
            arming,
            last_at: None,
        }
    }

    /// Whether the device answers.
    pub fn is_connected(&self) -> bool {
        self.link.is_connected()
    }

    fn connect(&mut self, now: Instant) {
        if self.link.is_connected() || !self.link.is_due(now) {
            return;
        }
        let opened = self.device.reopen();
        let rested = opened.and_then(|()| {
            // What it was told before the connection broke is over: nothing of it is done now.
            self.outputs.forget();
            self.outputs.settle(&mut self.device, &*self.clock)?;
            let is_other = self.outputs.read_back(&mut self.device)?;
            match is_other {
                true => Err(SignalError::Gone {
                    why: WhyGone::SetByOthers,
                    reason:
                        "an output of a lane is on right after it was set off; see who else sets it"
                            .to_owned(),
                }),
                false => Ok(()),
            }
        });
        match rested {
            Ok(()) => {
                self.inputs.forget();
                self.next_poll = self.clock.now();
                if let Arming::Proven | Arming::Unproven { .. } = self.arming {
                    self.arming = Arming::Unproven {
                        again_at: self.next_poll,
                    };
                }
                self.link.made(self.next_poll);
            }
            Err(error) => self.link.lost(&error, self.clock.now()),
        }
    }

    fn prove(&mut self, now: Instant) {
        let Arming::Unproven { again_at } = self.arming else {
            return;
        };
        if !self.link.is_connected() || now < again_at {
            return;
        }
        match self.device.prove() {
            Ok(()) => {
                self.arming = Arming::Proven;
                self.link.proven();
            }
            Err(SignalError::Refused { reason }) => {
                self.arming = Arming::Unproven {
                    again_at: self.clock.now() + PROVE_EVERY,
                };
                self.link.unproven(reason);
            }
            Err(error) => self.lost(&error),
        }
    }

    fn lost(&mut self, error: &SignalError) {
        // What came before it was gone is told before that.
        self.inputs.unknown();
        self.link.lost(error, self.clock.now());
        self.outputs.unknown();
    }

    /// Everything that was told by now.
    fn take(&mut self) {
        while let Some(told) = self.told.pop() {
            self.heed(told);
        }
        self.nothing_told_at = self.clock.now();
    }

    fn heed(&mut self, told: Told) {
        let now = self.clock.now();
        match told {
            Told::Outcome(outcome) => self.command(&outcome, now),
            Told::Rest => self.outputs.rest_lanes(),
            Told::Close(gate) => self.outputs.close(gate),
            Told::Status(status) => self.outputs.status(status, now),
            Told::Last => {
                self.last_at = Some(now);
                self.next_poll = now;
            }
            Told::Numbered(_) | Told::Exposed(_) | Told::Decided(_) => {}
        }
        if !matches!(told, Told::Outcome(_)) {
            self.settle();
        }
    }

    fn settle(&mut self) {
        if !self.link.is_connected() {
            return;
        }
        if let Err(error) = self.outputs.settle(&mut self.device, &*self.clock) {
            self.lost(&error);
        }
    }

    fn command(&mut self, outcome: &Outcome, now: Instant) {
        if !self.outputs.has_lanes() {
            return;
        }
        if let Some(reason) = self.refusal(outcome, now) {
            return self.failed(outcome, reason);
        }
        let commanded = self
            .outputs
            .command(outcome, &mut self.device, &*self.clock);
        self.tell_overtaken(now);
        match commanded {
            Ok(true) => self.link.feedback(Feedback::Acknowledged {
                part_no: outcome.part_no,
                lane: Some(outcome.lane),
                at: self.clock.now(),
            }),
            Ok(false) => {}
            Err(error) => {
                self.failed(outcome, error.to_string());
                if matches!(error, SignalError::Gone { .. }) {
                    self.lost(&error);
                }
            }
        }
    }

    /// Pulses that were to begin after the one before, and never will.
    fn tell_overtaken(&mut self, at: Instant) {
        for (part_no, lane) in self.outputs.overtaken() {
            let (name, of) = (self.link.name(), part_no.0);
            let reason = format!(
                "device {name:?}: the pulse of part {of} was to begin after the one before, and another command or a fault \
                 came first; nothing was set for it"
            );
            self.link.feedback(Feedback::Failed {
                part_no,
                lane: Some(lane),
                at,
                reason,
            });
        }
    }

    /// Why a command is certainly not carried out.
    fn refusal(&self, outcome: &Outcome, now: Instant) -> Option<String> {
        let name = self.link.name();
        if !self.link.is_connected() {
            return Some(format!(
                "device {name:?} does not answer: expected it to take part {} out",
                outcome.part_no.0
            ));
        }
        if let Some(act_by) = outcome.act_by
            && now > act_by
        {
            let late = now.since(act_by);
            return Some(format!(
                "device {name:?}: the command is {late:?} too late; nothing was set"
            ));
        }
        let age_max = now.since(self.nothing_told_at);
        if outcome.act_by.is_none() && age_max > self.outputs.hold_max() {
            return Some(format!(
                "device {name:?}: the command waited up to {age_max:?}, longer than an output is on; nothing was set"
            ));
        }
        if outcome.disposition == Disposition::Accept && !self.arming.is_armed() {
            return Some(format!(
                "device {name:?} has not proved that its outputs are safe; parts are rejected"
            ));
        }
        None
    }

    fn failed(&mut self, outcome: &Outcome, reason: String) {
        self.link.feedback(Feedback::Failed {
            part_no: outcome.part_no,
            lane: Some(outcome.lane),
            at: self.clock.now(),
            reason,
        });
    }

    fn poll(&mut self, now: Instant) {
        if !self.link.is_connected() || now < self.next_poll {
            return;
        }
        let (inputs, clock) = (&mut self.inputs, &*self.clock);
        let polled = self
            .device
            .poll(&mut |input, value, at| inputs.heard(input, value, (at, clock.now())));
        let now = self.clock.now();
        self.next_poll = (self.next_poll + self.period).max(now);
        // What was heard before an error holds.
        if let Some(unseen) = self.inputs.unseen() {
            self.link
                .unseen(unseen.since, unseen.until, unseen.is_guess);
        }
        if let Some(is_alive) = self.inputs.tell(now) {
            self.link.alive(is_alive);
        }
        if let Err(error) = polled {
            return self.lost(&error);
        }
        self.link.answered(now);
        self.end();
        self.read_back(now);
    }

    /// Where the job ends: tells what has come, once everything is read of it or nothing more will be.
    fn end(&mut self) {
        let Some(told_at) = self.last_at else {
            return;
        };
        let is_over = self.clock.now().since(told_at) >= self.inputs.told_within(LAST_WITHIN);
        if !self.link.is_connected() || !self.inputs.is_waiting() || is_over {
            self.last_at = None;
            self.inputs.end();
            self.link.ended();
        }
    }

    /// A device that hung carries out what it was told before: that is seen here and undone.
    fn read_back(&mut self, now: Instant) {
        if now < self.read_back_at {
            return;
        }
        self.read_back_at = now + READ_BACK_EVERY;
        match self.outputs.read_back(&mut self.device) {
            Ok(true) => self.settle(),
            Ok(false) => {}
            Err(error) => self.lost(&error),
        }
    }

    /// When the next thing is to be done unless something is told before.
    fn next(&self) -> Instant {
        let next = match self.link.is_connected() {
            true => self.next_poll,
            false => return self.link.again_at(),
        };
        self.outputs.next().map_or(next, |timed| timed.min(next))
    }

    fn wait(&mut self, patience: Duration) {
        let now = self.clock.now();
        let nap = self.next().since(now).min(patience);
        if nap.is_zero() {
            return;
        }
        let Some(told) = self.told.pop_waiting(nap) else {
            self.nothing_told_at = self.clock.now();
            return;
        };
        let woke = self.clock.now();
        // Nothing was there when the wait began, so this was told a moment ago.
        self.nothing_told_at = match woke.since(now) > nap + OVERSLEPT {
            true => now,
            false => woke,
        };
        self.heed(told);
    }
}

impl<D: SignalDevice> LineDevice for Exchange<D> {
    fn turn(&mut self, patience: Duration) {
        self.take();
        let now = self.clock.now();
        self.connect(now);
        self.prove(now);
        self.outputs.turn(now);
        self.settle();
        for ((part_no, lane), at) in self.outputs.carried_out() {
            let lane = Some(lane);
            let done = Feedback::Acknowledged { part_no, lane, at };
            self.link.feedback(done);
        }
        self.tell_overtaken(now);
        self.poll(now);
        if !self.link.is_connected() {
            self.end();
        }
        self.link.tell();
        self.wait(patience);
    }

    fn rest(&mut self) {
        self.outputs.rest_all();
        self.settle();
    }

    fn signals(&mut self) -> Option<&mut dyn SignalDevice> {
        Some(&mut self.device)
    }
}
