//! A part that is decided goes on to the gate of its lane, and is commanded when it is there: by what holds then, so that
//! a fault that comes meanwhile still sends it to the safe lane.

use super::{ActuateStage, BELT_NAP, TakenOutBy, undecide};
use crate::ports::line::Told;
use crate::station::gates::GateNo;
use crate::station::lane::{LaneBy, LaneNo};
use crate::station::outcome::Outcome;
use crate::station::part::PartNo;
use crate::station::position::{Now, Position};
use crate::station::sorting::lane_of;
use crate::station::time::{Instant, micros};
use crate::station::tracker::Due;
use crate::station::travel::{Travel, is_before};
use crate::station::underway::OnWay;
use crate::station::verdict::{Cause, Disposition, Verdict};
use std::time::Duration;

/// A gate that stands open for a part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    /// Where that part was decided.
    pub(super) decided_at: Position,
    /// Where it has to be closed again.
    pub(super) until: Position,
    /// What it is told once more if the belt takes its part back and brings it again; `None` where it is not certain that it
    /// ever was.
    pub(super) again: Option<Outcome>,
    /// Whether it was closed because the belt took its part back.
    pub(super) is_back: bool,
}

impl ActuateStage {
    pub(super) fn act_on_due(&mut self) {
        while self.with.line.taken_out_by == TakenOutBy::Plc {
            let Some(mut due) = self.tracker.next_decided(self.with.clock.now()) else {
                break;
            };
            let now = self.now();
            self.challenged(&mut due);
            let gate = self.sort(&mut due, now);
            self.arrive(OnWay::to(due, gate), now, false);
        }
        loop {
            let now = self.now();
            let Some(mut due) = self.tracker.next_due(now) else {
                break;
            };
            if let Position::Time(act_at) = due.act_at {
                let lateness = now.at.since(act_at);
                self.with.stats.stages.actuate.record(lateness);
            }
            self.challenged(&mut due);
            let gate = self.sort(&mut due, now);
            self.underway.add(OnWay::to(due, gate));
        }
        loop {
            let now = self.now();
            let Some(part) = self.underway.next_due(now) else {
                break;
            };
            self.arrive(part, now, true);
        }
        self.tracker.beyond(self.underway.len());
    }

    /// Why a part that passed is rejected all the same.
    fn doubt(&self, due: &Due) -> Option<Cause> {
        let crowded = due.is_crowded.then_some(Cause::Overrun);
        self.rejects_all().or(crowded)
    }

    /// Why every part is rejected now.
    pub(super) fn rejects_all(&self) -> Option<Cause> {
        if self.unrecorded.is_some() || self.is_undurable {
            Some(Cause::LogFull)
        } else if self.watch.guard.rejects().is_some() {
            Some(Cause::LineFault)
        } else {
            None
        }
    }

    /// Decides where a part goes, with what is known now; the gate to which it is sent.
    fn sort(&mut self, due: &mut Due, now: Now) -> GateNo {
        if !due.is_exposed {
            self.tell_devices(Told::Exposed(due.result.part_no));
        }
        self.watch_rejects(&due.result);
        let is_early = match self.reject_until {
            Some(until) => is_before(due.act_at, until),
            None => true,
        };
        due.is_crowded |= is_early;
        self.acted(due.act_at);
        let doubt = self.doubt(due);
        if let (Verdict::Pass, Some(cause)) = (due.result.verdict, doubt) {
            undecide(&mut due.result, cause);
        }
        due.result.acted_after_us = micros(now.at.since(due.triggered_at));
        let lanes = &self.with.line.lanes;
        let lane = match doubt.is_some() || due.is_forced {
            true => (lanes.safe(), LaneBy::Usual),
            false => {
                let rules = due.recipe.as_deref().map(|recipe| &recipe.rules);
                lane_of(&due.result, rules, due.told_lane, lanes)
            }
        };
        (due.result.lane, due.result.lane_by) = lane;
        match self.with.line.taken_out_by {
            TakenOutBy::Station => self.underway.gates().of(due.result.lane),
            TakenOutBy::Plc => GateNo(0),
        }
    }

    /// A part is before the gate to which it was sent, or a PLC that takes it out can be told.
    fn arrive(&mut self, mut part: OnWay, now: Now, is_reached: bool) {
        let gates = self.underway.gates();
        let at = gates.at(part.due.act_at, part.gate);
        // It has passed the gate, which was at rest.
        let is_gone = is_reached && self.travel.is_gone(at, now);
        let doubt = self.doubt(&part.due).or(is_gone.then_some(Cause::Deadline));
        let result = &mut part.due.result;
        if let (Verdict::Pass, Some(cause)) = (result.verdict, doubt) {
            undecide(result, cause);
        }
        let safe = self.with.line.lanes.safe();
        if doubt.is_some() && result.lane != safe {
            (result.lane, result.lane_by) = (safe, LaneBy::Usual);
            if is_reached && self.underway.gates().of(safe) > part.gate {
                return self.divert(part);
            }
        }
        if is_gone {
            self.command_late(&part.due.result);
        }
        self.command(part, at, now);
    }

    fn command(&mut self, mut part: OnWay, at: Position, now: Now) {
        let (triggered_at, decided_at) = (part.due.triggered_at, part.due.act_at);
        let result = &mut part.due.result;
        result.acted_after_us = micros(now.at.since(triggered_at));
        let act_by = match at {
            Position::Time(at) => Some(at + self.with.line.budget.act_late_max()),
            Position::Counts(_) => None,
        };
        let outcome = Outcome::of(result, result.lane, act_by);
        let commanded = self.with.line.ejector.command(&outcome);
        if let (Err(error), true) = (&commanded, self.is_before_safe(part.gate)) {
            self.ejector_failed(&error.message);
            if part.due.result.disposition == Disposition::Accept {
                undecide(&mut part.due.result, Cause::EjectorFault);
            }
            return self.divert(part);
        }
        let OnWay {
            due: Due { mut result, .. },
            gate,
            is_counted,
        } = part;
        match &commanded {
            Ok(()) => self.conditions.ejector.end(),
            Err(error) => self.command_failed(&mut result, &error.message),
        }
        let is_taken = commanded.is_ok();
        if is_taken {
            self.works_from(now.at, result.lane);
        }
        if let Some(open) = self.open.get_mut(usize::from(gate.0)) {
            let opens = is_taken && result.lane != self.with.line.lanes.safe();
            *open = opens.then(|| Open {
                decided_at,
                until: self.travel.closes_at(at),
                again: Some(outcome),
                is_back: false,
            });
        }
        if !is_counted {
            self.count(&result);
        }
        let is_answered = !is_taken || self.with.line.ejector.answers_within().is_none();
        if is_answered {
            self.tell_disposition(&result);
        }
        self.await_word(result, (triggered_at, decided_at), now.at, is_answered);
    }

    /// Whether a part at this gate comes to that of the safe lane later.
    fn is_before_safe(&self, gate: GateNo) -> bool {
        let gates = self.underway.gates();
        let is_ours = self.with.line.taken_out_by == TakenOutBy::Station;
        is_ours && gate < gates.of(self.with.line.lanes.safe())
    }

    /// To the gate of the safe lane, which is still to come.
    fn divert(&mut self, mut part: OnWay) {
        let safe = self.with.line.lanes.safe();
        (part.due.result.lane, part.due.result.lane_by) = (safe, LaneBy::Usual);
        part.gate = self.underway.gates().of(safe);
        self.underway.add(part);
    }

    /// Whether the gate of the safe lane is still to come for a part that was commanded at its own.
    pub(super) fn can_divert(&self, part_no: PartNo) -> bool {
        let lane = self.awaiting.lane_of(part_no);
        let is_before = lane.is_some_and(|lane| {
            let gate = self.underway.gates().of(lane);
            self.is_before_safe(gate)
        });
        is_before && !self.underway.is_full()
    }

    /// It is not certain that the command for a part was carried out: whether it was sent on to the gate of the safe lane.
    pub(super) fn divert_untaken(&mut self, part_no: PartNo, cause: Cause) -> bool {
        if !self.can_divert(part_no) {
            return false;
        }
        let Some(untaken) = self.awaiting.untaken(part_no, cause) else {
            return false;
        };
        self.divert(OnWay {
            due: untaken,
            gate: GateNo(0),
            is_counted: true,
        });
        true
    }

    /// It is not certain that a gate was opened for this part, or for those whose answer is overdue: it is not opened for them
    /// once more.
    pub(super) fn open_no_more(&mut self, failed: Option<PartNo>, now: Instant) {
        let awaiting = &self.awaiting;
        let is_certain =
            |part_no| failed != Some(part_no) && !awaiting.overdue(now).any(|it| it == part_no);
        for open in self.open.iter_mut().flatten() {
            open.again = open.again.filter(|again| is_certain(again.part_no));
        }
    }

    /// A device tells that; `lane` is that of the command.
    pub(super) fn not_carried_out(&mut self, part_no: PartNo, lane: Option<LaneNo>, reason: &str) {
        // Number 0 is no part: the ejector was to work for those that nobody tracks.
        let is_nobody = part_no == PartNo(0);
        if self.again_failed(part_no, lane, reason) {
            return;
        }
        if !is_nobody && !self.awaiting.is_commanded(part_no, lane) {
            return;
        }
        self.open_no_more(Some(part_no), self.with.clock.now());
        let message = format!("part {}: {reason}", part_no.0);
        if self.divert_untaken(part_no, Cause::EjectorFault) {
            self.ejector_failed(&message);
        } else if is_nobody || self.awaiting.failed(part_no) {
            self.ejector_failed(&message);
            self.output_failed(&message);
        }
    }

    /// On a belt with an encoder a gate stays open for a distance, not for a time. And none stays open for a part that goes
    /// on to another.
    pub(super) fn close_gates(&mut self) {
        let now = self.now();
        let is_belt = matches!(self.travel, Travel::Belt(_));
        for at in 0..self.open.len() {
            let Some(open) = self.open[at] else { continue };
            let gate = GateNo(u8::try_from(at).unwrap_or(u8::MAX));
            let is_over = open.until.is_reached(now);
            let is_lost = is_belt && now.counts.is_none();
            if !is_over && !is_lost && !self.underway.passes(gate, open.decided_at, now) {
                self.follow(gate, open, now);
                continue;
            }
            self.open[at] = None;
            if is_over && !is_belt {
                // It has closed by itself.
                continue;
            }
            self.close(gate);
        }
    }

    /// A belt that runs backward may bring the part before to a gate that is open for this one, so it is closed until this one
    /// comes again.
    fn follow(&mut self, gate: GateNo, open: Open, now: Now) {
        let at = self.underway.gates().at(open.decided_at, gate);
        let is_back = self.travel.is_taken_back(at, now);
        if is_back && !open.is_back {
            self.close(gate);
            self.open[usize::from(gate.0)] = Some(Open {
                is_back: true,
                ..open
            });
        } else if open.is_back && at.is_reached(now) {
            self.open_again(gate, open);
        }
    }

    /// The gate of this lane works from then on for a part, as long as its device has it do so. With an encoder the belt says
    /// how long one stands open.
    pub(super) fn works_from(&mut self, at: Instant, lane: LaneNo) {
        let is_ours = self.with.line.taken_out_by == TakenOutBy::Station;
        let is_by_time =
            matches!(self.travel, Travel::Time(_)) || lane == self.with.line.lanes.safe();
        let hold = self.with.line.holds.get(usize::from(lane.0));
        if let (Some(hold), true) = (hold, is_ours && is_by_time) {
            self.works_until = self.works_until.max(at + *hold);
        }
    }

    /// Whether a part may still be before a gate that works for it. Nobody waits for a belt that stands after the end.
    pub(super) fn is_at_work(&self) -> bool {
        let now = self.with.clock.now();
        let is_open = self.open.iter().any(Option::is_some) && !self.has_given_up(now);
        is_open || now < self.works_until
    }

    pub(super) fn close(&mut self, gate: GateNo) {
        self.flushed = None;
        if let Some(open) = self.open.get_mut(usize::from(gate.0)) {
            *open = None;
        }
        if let Err(error) = self.with.line.ejector.close(gate) {
            self.ejector_failed(&error.message);
        }
    }

    /// Every gate to rest: nobody knows what is before them.
    pub(super) fn rest_gates(&mut self) {
        if let Err(error) = self.with.line.ejector.rest() {
            self.ejector_failed(&error.message);
        }
        self.flushed = None;
        self.open.fill(None);
    }

    /// How long nothing comes to a gate and none has to be closed.
    pub(super) fn gates_quiet_for(&self, now: Now) -> Option<Duration> {
        let next = self.tracker.next_act_at();
        let positions = next.into_iter().chain(self.underway.positions());
        let quiet = positions.map(|at| self.travel.quiet_for(at, now)).min();
        let is_belt = matches!(self.travel, Travel::Belt(_));
        let quiet = quiet.map(|quiet| match is_belt {
            true => quiet.max(BELT_NAP),
            false => quiet,
        });
        let closes = is_belt || self.open.len() > 1;
        let is_open = closes && self.open.iter().any(Option::is_some);
        let close = is_open.then_some(BELT_NAP);
        [quiet, close].into_iter().flatten().min()
    }
}
