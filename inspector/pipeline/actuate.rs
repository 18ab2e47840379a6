//! Tracks every part and commands the ejector when it gets there, with whatever verdict is there then.
//! Sends one result per part on to be recorded.

use super::message::{Announcement, Decision, Emitted, Inbound, PartDisposition};
use crate::clock::Clock;
use crate::ports::line::PartOutput;
use crate::queue::{Outlet, PushError, Queue};
use crate::station::budget::CycleBudget;
use crate::station::durability::DurabilityLimits;
use crate::station::lane::Lanes;
use crate::station::outcome::Outcome;
use crate::station::part::PartNo;
use crate::station::result::{Gap, LateVerdict, PartResult, Record};
use crate::station::state::State;
use crate::station::time::Instant;
use crate::station::tracker::{Decided, Due, Tracker};
use crate::station::verdict::{Cause, Disposition, Verdict};
use crate::telemetry::alarm::{AlarmSender, Condition};
use crate::telemetry::catalogue::Code;
use crate::telemetry::stats::Stats;
use std::sync::Arc;
use std::time::Duration;

/// How the line behind the camera is made.
pub struct LinePlan {
    /// Times and limits.
    pub budget: CycleBudget,
    /// No part is accepted that was triggered within this time of the start: one from before, which
    /// nobody tracks, may follow it too closely for the gate. The smallest pitch; zero without a gate.
    pub settles_for: Duration,
    /// How long results may wait to be durable before somebody must see to it, and before parts are rejected.
    pub durability: DurabilityLimits,
    /// Where parts can go.
    pub lanes: Lanes,
    /// What is told to accept or reject each part.
    pub ejector: Box<dyn PartOutput>,
}

/// What an actuate stage is made of.
pub struct ActuateSetup {
    /// The line behind the camera.
    pub line: LinePlan,
    /// From trigger or acq.
    pub triggers: Outlet<Inbound>,
    /// From inspect and acq.
    pub decisions: Outlet<Decision>,
    /// Rows, to the `record` stage.
    pub results: Queue<Emitted>,
    /// What became of each part, to the `images` stage.
    pub dispositions: Queue<PartDisposition>,
    /// Where parts, misses and late verdicts are counted.
    pub stats: Arc<Stats>,
    /// Where conditions that a person must see to are raised and ended.
    pub alarms: AlarmSender,
    /// Reads the monotonic time that parts are tracked by.
    pub clock: Arc<dyn Clock>,
}

/// The stage between belt and ejector.
pub struct ActuateStage {
    with: ActuateSetup,
    tracker: Tracker,
    /// No part is accepted before this: untracked parts are on the belt.
    reject_until: Instant,
    /// Parts whose rows the result log could not take. While there are any, every part is rejected.
    unrecorded: Option<Gap>,
    /// Whether `record` has ended before this, so that nobody will take them.
    is_record_gone: bool,
    /// Whether results have waited so long to be durable that every part is rejected.
    is_undurable: bool,
    conditions: Conditions,
    /// Trigger time and number of the newest part, to see whether the next one follows too closely.
    newest: Option<(Instant, PartNo)>,
}

/// What this stage watches.
struct Conditions {
    ejector: Condition,
    log_full: Condition,
    not_durable: Condition,
    line_too_fast: Condition,
    /// When a part came too soon after another, last.
    too_fast_at: Instant,
}

/// So long after the last part that came too soon, the line is no longer too fast.
const TOO_FAST_FOR: Duration = Duration::from_secs(10);

impl ActuateStage {
    /// Puts the ejector to rest and is ready to step.
    pub fn new(mut with: ActuateSetup) -> Self {
        let tracker = Tracker::new(with.line.budget.parts_max());
        let rested = with.line.ejector.rest();
        let settled_at = with.clock.now() + with.line.settles_for;
        let condition = |code| with.alarms.condition(code, "");
        let conditions = Conditions {
            ejector: condition(Code::Ejector),
            log_full: condition(Code::LogFull),
            not_durable: condition(Code::NotDurable),
            line_too_fast: condition(Code::LineTooFast),
            too_fast_at: Instant::default(),
        };
        let mut stage = Self {
            tracker,
            reject_until: settled_at + with.line.budget.decide_by(),
            with,
            unrecorded: None,
            is_record_gone: false,
            is_undurable: false,
            conditions,
            newest: None,
        };
        if let Err(error) = rested {
            stage.ejector_failed(&error.message);
        }
        stage
    }

    /// Takes in what has come, then acts on every part that has reached the ejector.
    pub fn step(&mut self) {
        self.tell_unrecorded();
        self.watch_durability();
        self.calm_down();
        // Parts first: a decision is always sent after its part was announced.
        self.take_triggers();
        while let Some(decision) = self.with.decisions.pop() {
            self.take_triggers();
            self.decided(decision);
        }
        loop {
            let now = self.with.clock.now();
            let Some(due) = self.tracker.next_due(now) else {
                break;
            };
            self.act(due, now);
        }
    }

    /// When there will be something to do even if nothing comes in.
    pub fn next_act_at(&self) -> Option<Instant> {
        self.tracker.next_act_at()
    }

    /// Whether every part has left and every row was handed over, unless nobody takes it any more.
    pub fn is_done(&self) -> bool {
        let is_told = self.unrecorded.is_none() || self.is_record_gone;
        self.with.triggers.is_closed() && self.tracker.is_empty() && is_told
    }

    /// Whether rows are waiting for room in the result log.
    pub fn has_unrecorded(&self) -> bool {
        self.unrecorded.is_some()
    }

    /// To the resting state, as the last thing.
    pub fn rest(&mut self) {
        if let Err(error) = self.with.line.ejector.rest() {
            self.ejector_failed(&error.message);
        }
    }

    /// A disk that hangs in the middle of a write tells nobody, so what waits is looked at from here.
    fn watch_durability(&mut self) {
        let limits = self.with.line.durability;
        let waiting = self
            .with
            .stats
            .oldest_waiting
            .get()
            .map_or(Duration::ZERO, |since| self.with.clock.now().since(since));
        self.is_undurable = waiting >= limits.reject_after();
        if waiting < limits.alarm_after() {
            self.conditions.not_durable.end();
        } else if !self.conditions.not_durable.is_active() {
            self.conditions.not_durable.raise(format!(
                "nothing could be stored for {:.1} s; after {:.1} s every part is rejected",
                waiting.as_secs_f64(),
                limits.reject_after().as_secs_f64()
            ));
        }
    }

    fn calm_down(&mut self) {
        let since = self.with.clock.now().since(self.conditions.too_fast_at);
        if self.conditions.line_too_fast.is_active() && since >= TOO_FAST_FOR {
            self.conditions.line_too_fast.end();
        }
    }

    fn too_fast(&mut self, message: String) {
        self.conditions.too_fast_at = self.with.clock.now();
        self.conditions.line_too_fast.raise(message);
    }

    fn take_triggers(&mut self) {
        while let Some(inbound) = self.with.triggers.pop() {
            match inbound {
                Inbound::Part(part) => self.track(&part),
                Inbound::Gap(gap) => {
                    self.reject_until = self
                        .reject_until
                        .max(self.with.clock.now() + self.with.line.budget.decide_by());
                    self.with.stats.counts.gaps.add(1);
                    self.emit(Record::Gap(gap));
                }
            }
        }
    }

    fn track(&mut self, part: &Announcement) {
        let (reference, views) = match &part.recipe {
            Some((reference, recipe)) => (Some(*reference), recipe.views.len()),
            None => (None, 0),
        };
        let views = u8::try_from(views).unwrap_or(u8::MAX);
        let at = part.trigger.at;
        // Parts closer than the declared pitch cannot be told apart at the gate: neither is accepted.
        let crowds = self
            .newest
            .replace((at, part.trigger.part_no))
            .filter(|(before, _)| at.since(*before) < self.with.line.budget.pitch_min());
        if let Some((_, before)) = crowds {
            self.tracker.crowd(before);
        }
        let tracked = self
            .tracker
            .triggered(&part.trigger, reference, views, part.act_at);
        if let Err(error) = tracked {
            let crate::station::tracker::TrackError::TooManyParts { parts_max } = error;
            // It is on the belt all the same: nothing is accepted until it has passed.
            let hold = self.with.line.budget.accept_hold();
            self.reject_until = self.reject_until.max(part.act_at + hold);
            let mut result = PartResult::of(&part.trigger, reference);
            result.cause = Some(Cause::Overrun);
            self.count(&result);
            self.emit(Record::Result(result));
            let message = format!(
                "more than {parts_max} parts in flight: the line is faster than \
                 timing.pitch_ms_min says; parts are rejected until it has emptied"
            );
            self.too_fast(message);
        } else if crowds.is_some() {
            self.tracker.crowd(part.trigger.part_no);
            let message = format!(
                "part {} came sooner after the one before than timing.pitch_ms_min says; the gate \
                 cannot tell them apart, so both are rejected",
                part.trigger.part_no.0
            );
            self.too_fast(message);
        }
    }

    fn decided(&mut self, decision: Decision) {
        let Decision { part_no, view } = decision;
        if let Decided::Late(view) = self.tracker.decided(part_no, view) {
            self.late(part_no, view);
        }
    }

    fn late(&mut self, part_no: PartNo, view: crate::station::result::ViewResult) {
        // A part that never had a frame has no verdict that could be late.
        if view.score.is_some() {
            self.with.stats.counts.late_verdicts.add(1);
            self.emit(Record::Late(LateVerdict { part_no, view }));
        }
    }

    fn act(&mut self, due: Due, now: Instant) {
        let Due {
            act_at,
            is_crowded,
            mut result,
        } = due;
        let lateness = now.since(act_at);
        self.with.stats.stages.actuate.record(lateness);
        let is_gone = lateness > self.with.line.budget.act_late_max();
        if result.verdict == Verdict::Pass {
            if self.unrecorded.is_some() || self.is_undurable {
                undecide(&mut result, Cause::LogFull);
            } else if is_crowded || act_at < self.reject_until {
                undecide(&mut result, Cause::Overrun);
            } else if is_gone {
                // It has passed the gate, which was at rest and so rejected it.
                undecide(&mut result, Cause::Deadline);
            }
        }
        let lane = self.with.line.lanes.usual(result.disposition);
        match self
            .with
            .line
            .ejector
            .command(&Outcome::of(&result, lane, None))
        {
            Ok(()) => self.conditions.ejector.end(),
            Err(error) => {
                self.ejector_failed(&error.message);
                if result.disposition == Disposition::Accept {
                    undecide(&mut result, Cause::EjectorFault);
                }
            }
        }
        self.count(&result);
        let disposed = PartDisposition {
            part_no: result.part_no,
            disposition: result.disposition,
        };
        // Without it, parked pictures of this part age out and are counted as dropped.
        drop(self.with.dispositions.push(disposed));
        self.emit(Record::Result(result));
    }

    fn count(&self, result: &PartResult) {
        let parts = &self.with.stats.counts;
        parts.parts.add(1);
        match result.verdict {
            Verdict::Pass => parts.pass.add(1),
            Verdict::Fail => parts.fail.add(1),
            Verdict::NotDecided => parts.not_decided.add(1),
        }
        if result.disposition == Disposition::Reject {
            parts.rejected.add(1);
        }
        if result.cause == Some(Cause::Deadline) {
            parts.deadline_misses.add(1);
        }
    }

    /// Hands a row over. Where the log has no room, the part joins a gap and was or will be rejected.
    fn emit(&mut self, record: Record) {
        if self.unrecorded.is_none() {
            let at = self.with.clock.now();
            match self.with.results.push(Emitted { at, record }) {
                Ok(()) => {}
                Err(error) => self.overrun(error.into_inner().record),
            }
        } else {
            self.overrun(record);
        }
    }

    fn overrun(&mut self, record: Record) {
        let (first, last, from, to) = match &record {
            Record::Result(result) => {
                let at = result.triggered_at;
                (result.part_no, result.part_no, at, at)
            }
            Record::Gap(gap) => (gap.first, gap.last, gap.from, gap.to),
            // Changes nothing, so nothing is lost that a row would have told of the part's disposition.
            Record::Late(_) => return,
        };
        if self.unrecorded.is_none() {
            self.with.stats.state.set(State::Error);
            let message =
                "the result log takes no more: every part is rejected until it does. Free \
                           disk space or replace the disk"
                    .to_owned();
            self.conditions.log_full.raise(message);
        }
        let gap = self.unrecorded.get_or_insert(Gap {
            first,
            last,
            from,
            to,
            cause: Cause::LogFull,
        });
        gap.last = gap.last.max(last);
        gap.to = to;
    }

    fn tell_unrecorded(&mut self) {
        let Some(gap) = self.unrecorded else { return };
        let at = self.with.clock.now();
        let record = Record::Gap(gap);
        match self.with.results.push(Emitted { at, record }) {
            Ok(()) => {
                self.unrecorded = None;
                self.with.stats.counts.gaps.add(1);
                self.with.stats.state.set(State::ContinuousExecution);
                self.conditions.log_full.end();
            }
            Err(PushError::Closed(_)) => self.is_record_gone = true,
            Err(PushError::Overrun(_) | PushError::Dropped(_)) => {}
        }
    }

    fn ejector_failed(&mut self, message: &str) {
        self.conditions
            .ejector
            .raise(format!("ejector: {message}; parts stay rejected"));
    }
}

fn undecide(result: &mut PartResult, cause: Cause) {
    result.verdict = Verdict::NotDecided;
    result.disposition = Disposition::Reject;
    result.cause = Some(cause);
}
