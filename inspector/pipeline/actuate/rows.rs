//! What leaves: rows to be recorded, each when nothing more is to come of its part, and what was counted.

use super::{ActuateStage, TOO_FAST_FOR, TakenOutBy, undecide};
use crate::pipeline::message::{Emitted, PartDisposition};
use crate::ports::line::Told;
use crate::queue::PushError;
use crate::station::guard::Trouble;
use crate::station::lane::LaneBy;
use crate::station::outcome::Outcome;
use crate::station::part::PartNo;
use crate::station::position::Position;
use crate::station::result::{Gap, GapCause, PartResult, Record};
use crate::station::state::State;
use crate::station::time::Instant;
use crate::station::verdict::{Cause, Disposition, Verdict};
use std::time::Duration;

impl ActuateStage {
    /// A disk that hangs in the middle of a write tells nobody, so what waits is looked at from here.
    pub(super) fn watch_durability(&mut self) {
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

    pub(super) fn calm_down(&mut self) {
        let since = self.with.clock.now().since(self.conditions.too_fast_at);
        if self.conditions.line_too_fast.is_active() && since >= TOO_FAST_FOR {
            self.conditions.line_too_fast.end();
        }
    }

    pub(super) fn too_fast(&mut self, message: String) {
        self.conditions.too_fast_at = self.with.clock.now();
        self.conditions.line_too_fast.raise(message);
    }

    pub(super) fn ejector_failed(&mut self, message: &str) {
        self.conditions
            .ejector
            .raise(format!("ejector: {message}; parts stay rejected"));
    }

    pub(super) fn command_failed(&mut self, result: &mut PartResult, message: &str) {
        self.ejector_failed(message);
        (result.lane, result.lane_by) = (self.with.line.lanes.safe(), LaneBy::Usual);
        if result.disposition == Disposition::Accept {
            undecide(result, Cause::EjectorFault);
        } else {
            self.output_failed(message);
        }
    }

    /// A part has passed the ejector before its command was known.
    pub(super) fn command_late(&mut self, result: &PartResult) {
        if result.disposition == Disposition::Reject && self.with.line.rejects_by_power {
            let message = format!(
                "part {} was to be taken out and had passed the ejector when that was known; take it out by hand",
                result.part_no.0
            );
            self.watch.trouble(Trouble::CommandLate, message);
        }
    }

    pub(super) fn tell_disposition(&mut self, result: &PartResult) {
        self.tell_disposed(PartDisposition::of(result, &self.with.draw));
    }

    fn tell_disposed(&mut self, disposed: PartDisposition) {
        // Without it, parked pictures of this part age out and are counted as dropped.
        drop(self.with.dispositions.push(disposed));
    }

    /// A part of which nobody knows where it is: whoever waits for its pictures or takes parts out waits no longer.
    pub(super) fn tell_lost(&mut self, result: &PartResult, is_exposed: bool) {
        if !is_exposed {
            self.tell_devices(Told::Exposed(result.part_no));
        }
        if self.with.line.taken_out_by == TakenOutBy::Plc {
            let outcome = Outcome::of(result, result.lane, None);
            if let Err(error) = self.with.line.ejector.command(&outcome) {
                self.ejector_failed(&error.message);
            }
        }
    }

    /// The part was commanded; its row waits for what is still to come.
    pub(super) fn await_word(
        &mut self,
        result: PartResult,
        (triggered_at, decided_at): (Instant, Position),
        now: Instant,
        is_answered: bool,
    ) {
        if self.awaiting.is_full() {
            // Rows must not be held back without bound: this one goes as it is.
            return self.emit(Record::Result(result));
        }
        let decided_at = Some(decided_at);
        self.awaiting
            .add(result, triggered_at, decided_at, now, is_answered);
    }

    /// A row of which nothing more is to come leaves in its turn.
    pub(super) fn hand_over(&mut self, result: PartResult, triggered_at: Instant) {
        if self.awaiting.is_full() {
            return self.emit(Record::Result(result));
        }
        let now = self.with.clock.now();
        self.awaiting.add(result, triggered_at, None, now, true);
    }

    /// Rows leave of which nothing more is to come.
    pub(super) fn settle(&mut self) {
        let now = self.now();
        self.open_no_more(None, now.at);
        self.divert_unanswered(now.at);
        while let Some(result) = self.awaiting.next_answered(now.at) {
            let disposed = PartDisposition::of(result, &self.with.draw);
            self.tell_disposed(disposed);
        }
        let is_blind = self.with.line.belt.is_some() && now.counts.is_none();
        let is_forced = is_blind || self.has_given_up(now.at);
        loop {
            let in_flight = self.oldest_in_flight();
            let Some(settled) = self.awaiting.next_settled(now, in_flight, is_forced) else {
                break;
            };
            let part_no = settled.result.part_no.0;
            if settled.is_unanswered {
                self.unanswered(part_no);
                self.output_failed("the output did not answer");
            }
            if settled.is_missing {
                self.with.stats.counts.confirm_faults.add(1);
                self.missing(&settled.result);
            }
            self.emit(Record::Result(settled.result));
        }
    }

    pub(super) fn oldest_in_flight(&self) -> Option<PartNo> {
        let oldest = [self.tracker.oldest(), self.underway.oldest()];
        oldest.into_iter().flatten().min()
    }

    fn unanswered(&mut self, part_no: u64) {
        self.conditions.not_acknowledged.raise(format!(
            "part {part_no}: the answer to its command did not come in time"
        ));
    }

    /// Where the gate of the safe lane is still to come, a part goes there whose own gate did not answer.
    fn divert_unanswered(&mut self, now: Instant) {
        loop {
            let mut overdue = self.awaiting.overdue(now);
            let before_safe = overdue.find(|part_no| self.can_divert(*part_no));
            let Some(part_no) = before_safe else { break };
            drop(overdue);
            if !self.divert_untaken(part_no, Cause::NotAcknowledged) {
                break;
            }
            self.unanswered(part_no.0);
        }
    }

    fn missing(&mut self, result: &PartResult) {
        let lane = self.with.line.lanes.get(result.lane);
        let message = format!(
            "part {} was sent to lane {:?} and did not come there; look where it is",
            result.part_no.0,
            lane.map_or("?", |lane| &lane.name)
        );
        self.watch.trouble(Trouble::ConfirmMissing, message);
    }

    pub(super) fn count(&self, result: &PartResult) {
        if let Some(answers) = &self.with.line.answers {
            let outcome = Outcome::of(result, result.lane, None);
            // One that takes nothing any more is told by its own alarm, and answers in time by itself.
            drop(answers.push(Told::Decided(outcome)));
        }
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
    pub(super) fn emit(&mut self, record: Record) {
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
        let lost = match &record {
            Record::Result(result) => Gap {
                first: result.part_no,
                last: result.part_no,
                from: result.triggered_at,
                to: result.triggered_at,
                accepted: u64::from(result.disposition == Disposition::Accept),
                cause: GapCause::LogFull,
            },
            Record::Gap(gap) => *gap,
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
        match &mut self.unrecorded {
            Some(gap) => {
                gap.last = gap.last.max(lost.last);
                gap.to = lost.to;
                gap.accepted += lost.accepted;
            }
            none => {
                *none = Some(Gap {
                    cause: GapCause::LogFull,
                    ..lost
                });
            }
        }
    }

    pub(super) fn tell_unrecorded(&mut self) {
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
}
