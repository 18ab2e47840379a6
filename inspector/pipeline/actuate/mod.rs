//! Tracks every part and commands the ejector when it gets there, with whatever verdict is there then; or tells a PLC
//! that takes parts out, as soon as it is known. Sends one result per part on to be recorded, when nothing more is to
//! come of it.

mod again;
mod challenge;
mod flush;
mod gaps;
mod line;
mod plan;
mod rows;
mod sending;
mod shown;
#[cfg(test)]
mod tests;
mod track;
mod watch;

use self::again::{AGAIN_MAX, Again};
use self::flush::Flushed;
use self::gaps::SlowGap;
pub use self::plan::{AnnouncedBy, BeltPlan, LinePlan, TakenOutBy};
use self::sending::Open;
use self::watch::LineWatch;
use super::message::{Decision, Emitted, Inbound, PartDisposition};
use crate::clock::Clock;
use crate::ports::line::Told;
use crate::queue::{Outlet, Queue};
use crate::station::awaiting::{AwaitPlan, Awaiting};
use crate::station::guard::RestartBy;
use crate::station::lane::LaneBy;
use crate::station::part::PartNo;
use crate::station::position::{Now, Position};
use crate::station::result::{Gap, PartResult};
use crate::station::review::Draw;
use crate::station::time::Instant;
use crate::station::tracker::{Due, Tracker};
use crate::station::travel::Travel;
use crate::station::underway::Underway;
use crate::station::verdict::{Cause, Disposition, Verdict};
use crate::telemetry::alarm::{AlarmSender, Condition};
use crate::telemetry::catalogue::Code;
use crate::telemetry::stats::Stats;
use arrayvec::ArrayVec;
use std::sync::Arc;
use std::time::Duration;

/// What an actuate stage is made of.
pub struct ActuateSetup {
    /// The line behind the camera.
    pub line: LinePlan,
    /// From trigger or acq.
    pub triggers: Outlet<Inbound>,
    /// From inspect and acq.
    pub decisions: Outlet<Decision>,
    /// A person lets the line go on.
    pub restarts: Outlet<RestartBy>,
    /// A frame of this part has come or will not come.
    pub exposures: Outlet<PartNo>,
    /// Rows, to the `record` stage.
    pub results: Queue<Emitted>,
    /// What became of each part, to the `images` stage.
    pub dispositions: Queue<PartDisposition>,
    /// Which passes nearly failed.
    pub draw: Draw,
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
    travel: Travel,
    tracker: Tracker,
    underway: Underway,
    awaiting: Awaiting,
    watch: LineWatch,
    /// No part that acts before this is accepted: untracked parts are on the belt. `None` until the belt was heard of.
    reject_until: Option<Position>,
    /// When everything that was on the belt at the start has left it, where the time decides.
    settled_at: Instant,
    /// The newest command for what nobody tracks, where power takes parts out.
    flushed: Option<Flushed>,
    /// The device that announces parts is looked at too rarely.
    slow: Option<SlowGap>,
    /// By the number of the gate.
    open: Vec<Option<Open>>,
    /// Gates that were opened once more, and of which the answer is still to come.
    again: ArrayVec<Again, AGAIN_MAX>,
    /// Until when a gate works by itself for the newest parts, as far as the time decides.
    works_until: Instant,
    /// Parts whose rows the result log could not take. While there are any, every part is rejected.
    unrecorded: Option<Gap>,
    /// Whether `record` has ended before this, so that nobody will take them.
    is_record_gone: bool,
    /// Whether results have waited so long to be durable that every part is rejected.
    is_undurable: bool,
    conditions: Conditions,
    /// Trigger time, place and number of the newest part, to see whether the next one follows too closely.
    newest: Option<(Instant, i64, PartNo)>,
    /// When no more parts were announced, on a belt that may never bring the last ones to the ejector.
    closed_at: Option<Instant>,
}

/// What this stage watches.
struct Conditions {
    ejector: Condition,
    log_full: Condition,
    not_durable: Condition,
    line_too_fast: Condition,
    trigger_missed: Condition,
    not_acknowledged: Condition,
    /// When a part came too soon after another, last.
    too_fast_at: Instant,
    /// When a part came while the station was not ready, last.
    missed_at: Instant,
}

/// So long after the last part that came too soon, the line is no longer too fast.
const TOO_FAST_FOR: Duration = Duration::from_secs(10);
/// Parts on a belt that stands are given up so long after the end, on top of twice the shortest way to the ejector.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(1);
/// An encoder is looked at so often while parts are on the belt, though no reading wakes this stage.
const BELT_NAP: Duration = Duration::from_micros(500);

impl ActuateStage {
    /// Puts the ejector to rest and is ready to step.
    pub fn new(mut with: ActuateSetup) -> Self {
        let parts_max = with.line.budget.parts_max();
        let awaited_max = with.line.budget.awaited_max();
        let rested = with.line.ejector.rest();
        let settled_at = with.clock.now() + with.line.settles_for;
        let condition = |code| with.alarms.condition(code, "");
        let conditions = Conditions {
            ejector: condition(Code::Ejector),
            log_full: condition(Code::LogFull),
            not_durable: condition(Code::NotDurable),
            line_too_fast: condition(Code::LineTooFast),
            trigger_missed: condition(Code::TriggerMissed),
            not_acknowledged: condition(Code::NotAcknowledged),
            too_fast_at: Instant::default(),
            missed_at: Instant::default(),
        };
        let travel = with.line.travel();
        let gates = with.line.gates.clone();
        let awaits = AwaitPlan {
            answers_within: with.line.ejector.answers_within(),
            ..with.line.awaits
        };
        let mut stage = Self {
            travel,
            tracker: Tracker::new(parts_max),
            underway: Underway::new(gates.clone(), parts_max),
            awaiting: Awaiting::new(awaits, awaited_max),
            watch: LineWatch::new(&mut with),
            reject_until: match travel {
                Travel::Time(_) => Some(travel.act_at(settled_at, 0)),
                Travel::Belt(_) => None,
            },
            settled_at,
            with,
            flushed: None,
            slow: None,
            open: vec![None; gates.count()],
            again: ArrayVec::new(),
            works_until: Instant::default(),
            unrecorded: None,
            is_record_gone: false,
            is_undurable: false,
            conditions,
            newest: None,
            closed_at: None,
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
        self.hear_line();
        // Parts first: a decision is always sent after its part was announced.
        self.take_triggers();
        while let Some(part_no) = self.with.exposures.pop() {
            self.take_triggers();
            if self.tracker.exposed(part_no) {
                self.tell_devices(Told::Exposed(part_no));
            }
        }
        while let Some(decision) = self.with.decisions.pop() {
            self.take_triggers();
            self.decided(decision);
        }
        self.act_on_due();
        self.close_gates();
        self.watch_again();
        self.watch_announcer();
        self.flush();
        self.give_up();
        self.watch_slow();
        self.settle();
        self.tell_status();
    }

    fn now(&self) -> Now {
        Now {
            at: self.with.clock.now(),
            counts: self.watch.counts(),
        }
    }

    /// How long nothing needs to be done if nothing comes in; `None` where nothing is to be done at all.
    pub fn quiet_for(&self) -> Option<Duration> {
        let now = self.now();
        let gates = self.gates_quiet_for(now);
        let settle = self.awaiting.next_at(self.oldest_in_flight());
        let settle = settle.map(|at| at.since(now.at));
        let waits = [gates, settle, self.flush_nap()];
        waits.into_iter().flatten().min()
    }

    /// Whether every part has left, no gate works for one any more, and every row was handed over, unless nobody takes it.
    pub fn is_done(&self) -> bool {
        let is_told = self.slow.is_none() && self.unrecorded.is_none() || self.is_record_gone;
        let is_on_way = !self.tracker.is_empty() || !self.underway.is_empty();
        let is_empty = !is_on_way && self.awaiting.is_empty();
        self.with.triggers.is_closed() && is_empty && is_told && !self.is_at_work()
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

    /// At the end of a job, parts on a belt that stands would never reach the ejector.
    fn give_up(&mut self) {
        if matches!(self.travel, Travel::Time(_)) || !self.with.triggers.is_closed() {
            return;
        }
        let now = self.with.clock.now();
        self.closed_at.get_or_insert(now);
        if self.has_given_up(now) {
            self.drain(Cause::ShutDown);
        }
    }

    /// Whether the job has ended so long ago that nothing more is waited for on a belt with an encoder.
    fn has_given_up(&self, now: Instant) -> bool {
        let patience = self.with.line.budget.leave_by() * 2 + GIVEN_UP_AFTER;
        self.closed_at
            .is_some_and(|closed_at| now.since(closed_at) >= patience)
    }

    /// Nobody knows any more where parts are: all in flight are rejected, with every gate at rest.
    fn drain(&mut self, cause: Cause) {
        self.rest_gates();
        let now = self.with.clock.now();
        while let Some(part) = self.underway.pop() {
            self.lose(part.due, cause, part.is_counted);
        }
        while let Some(due) = self.tracker.next(now) {
            self.lose(due, cause, false);
        }
        self.tracker.beyond(0);
    }

    fn lose(&mut self, due: Due, cause: Cause, is_counted: bool) {
        let mut result = due.result;
        if result.verdict == Verdict::Pass || result.cause == Some(Cause::Deadline) {
            undecide(&mut result, cause);
        }
        (result.lane, result.lane_by) = (self.with.line.lanes.safe(), LaneBy::Usual);
        if !is_counted {
            self.count(&result);
        }
        self.tell_lost(&result, due.is_exposed);
        self.tell_disposition(&result);
        self.hand_over(result, due.triggered_at);
    }
}

fn undecide(result: &mut PartResult, cause: Cause) {
    result.verdict = Verdict::NotDecided;
    result.disposition = Disposition::Reject;
    result.cause = Some(cause);
}
