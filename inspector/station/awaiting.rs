//! Parts that were commanded and of which a word is still to come: the answer of the device or the PLC, and the sensor of
//! the lane to which the part was sent. Rows leave in the order of the triggers, each when nothing more is to come.

mod plan;

pub use self::plan::{AwaitPlan, Window};
use super::lane::LaneNo;
use super::part::PartNo;
use super::position::{Now, Position};
use super::result::{Confirm, PartResult};
use super::time::{Instant, micros};
use super::tracker::Due;
use super::underway::Underway;
use super::verdict::{Cause, Disposition, Verdict};
use std::collections::VecDeque;

#[derive(Debug)]
struct Waiting {
    result: PartResult,
    triggered_at: Instant,
    /// By when the answer must have come; `None` where it has, or none comes.
    answer_by: Option<Instant>,
    /// Where it was decided; `None` for one that no sensor is asked of.
    decided_at: Option<Position>,
    is_told: bool,
}

impl Waiting {
    /// From where to where the sensor of the lane to which it was sent sees it.
    fn window(&self, plan: &AwaitPlan) -> Option<(Position, Position)> {
        let decided_at = self.decided_at?;
        Some(plan.window(self.result.lane, decided_at))
    }

    /// Where a part was decided that is still on the belt if its command was not carried out.
    fn goes_on(&self) -> Option<Position> {
        let is_open = self.answer_by.is_some() && self.result.confirm.is_none();
        self.decided_at.filter(|_| is_open)
    }
}

/// What a sensor of a lane means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// A part that was sent there came.
    Confirmed(PartNo),
    /// A part came that was sent to another lane.
    Elsewhere {
        /// Which part it must be.
        part_no: PartNo,
        /// What it should have been told: whether it was to go on or to be taken out.
        disposition: Disposition,
    },
    /// No part can be there.
    Unexpected,
}

/// A part of which nothing more is to come.
#[derive(Debug)]
pub struct Settled {
    /// The row to record.
    pub result: PartResult,
    /// Whether an answer was due and did not come.
    pub is_unanswered: bool,
    /// Whether the sensor of its lane saw nothing in time.
    pub is_missing: bool,
}

/// Every part of which a word is to come, in the order of their triggers.
#[derive(Debug)]
pub struct Awaiting {
    plan: AwaitPlan,
    parts: VecDeque<Waiting>,
    parts_max: usize,
}

impl Awaiting {
    /// Room for `parts_max` parts, allocated now.
    pub fn new(plan: AwaitPlan, parts_max: usize) -> Self {
        Self {
            plan,
            parts: VecDeque::with_capacity(parts_max),
            parts_max,
        }
    }

    /// A part was commanded that was decided there; `None` for one that no sensor is asked of. `is_answered` where it is
    /// known already whether the device took it.
    pub fn add(
        &mut self,
        result: PartResult,
        triggered_at: Instant,
        decided_at: Option<Position>,
        now: Instant,
        is_answered: bool,
    ) {
        let after = |part: &Waiting| part.result.part_no < result.part_no;
        let place = self.parts.partition_point(after);
        let within = self.plan.answers_within.filter(|_| !is_answered);
        let waiting = Waiting {
            triggered_at,
            answer_by: within.map(|within| now + within),
            decided_at,
            is_told: within.is_none(),
            result,
        };
        self.parts.insert(place, waiting);
    }

    /// Whether one more part would have to grow what was allocated.
    pub fn is_full(&self) -> bool {
        self.parts.len() >= self.parts_max
    }

    fn place_of(&self, part_no: PartNo) -> Option<usize> {
        let by = |part: &Waiting| part.result.part_no;
        self.parts.binary_search_by_key(&part_no, by).ok()
    }

    fn find(&mut self, part_no: PartNo) -> Option<&mut Waiting> {
        let index = self.place_of(part_no)?;
        self.parts.get_mut(index)
    }

    /// The command for this part was carried out. `false` where no answer was to come any more.
    pub fn acknowledged(&mut self, part_no: PartNo, at: Instant) -> bool {
        let Some(part) = self.find(part_no) else {
            return false;
        };
        let is_awaited = part.answer_by.take().is_some();
        if is_awaited {
            part.result.acknowledged_after_us = Some(micros(at.since(part.triggered_at)));
        }
        is_awaited
    }

    /// It is not certain that the command for this part was carried out.
    pub fn failed(&mut self, part_no: PartNo) -> bool {
        let Some(part) = self.find(part_no) else {
            return false;
        };
        let is_awaited = part.answer_by.take().is_some();
        if is_awaited {
            undecide(&mut part.result, Cause::EjectorFault);
        }
        is_awaited
    }

    /// A gate did not open for it once more. `false` where its row has left.
    pub fn undone(&mut self, part_no: PartNo) -> bool {
        let part = self.find(part_no);
        part.map(|part| undecide(&mut part.result, Cause::EjectorFault))
            .is_some()
    }

    /// Whether the newest command for this part was to that lane; an answer to one before it says nothing of it.
    pub fn is_commanded(&self, part_no: PartNo, lane: Option<LaneNo>) -> bool {
        let part = self
            .place_of(part_no)
            .map(|index| &self.parts[index].result);
        part.is_some_and(|part| lane.is_none_or(|lane| lane == part.lane))
    }

    /// Takes a part out whose command failed, so that it can be sent on to another gate. `None` where no answer was to
    /// come any more, nobody knows where it is, or a sensor of a lane saw it leave.
    pub fn untaken(&mut self, part_no: PartNo, cause: Cause) -> Option<Due> {
        let index = self.place_of(part_no)?;
        let decided_at = self.parts[index].goes_on()?;
        let mut part = self.parts.remove(index)?;
        undecide(&mut part.result, cause);
        Some(Due::left(part.result, part.triggered_at, decided_at))
    }

    /// To which lane a part was sent that would go on if its gate did not take it.
    pub fn lane_of(&self, part_no: PartNo) -> Option<LaneNo> {
        let index = self.place_of(part_no)?;
        let part = &self.parts[index];
        part.goes_on().map(|_| part.result.lane)
    }

    /// Parts of which the answer is overdue, and nobody was told so yet.
    pub fn overdue(&self, now: Instant) -> impl Iterator<Item = PartNo> {
        let is_overdue =
            move |part: &&Waiting| !part.is_told && part.answer_by.is_some_and(|by| by <= now);
        let parts = self.parts.iter().filter(is_overdue);
        parts.map(|part| part.result.part_no)
    }

    /// The sensor of a lane saw a part; `underway` are those that may have left the belt before their own gate.
    pub fn seen(&mut self, lane: LaneNo, now: Now, underway: &mut Underway) -> Sighting {
        let plan = self.plan;
        let is_there = |decided_at: Option<Position>, result: &PartResult| {
            let window = decided_at.map(|at| plan.window(lane, at));
            let is_in = window.is_some_and(|(from, to)| from.is_reached(now) && !is_past(to, now));
            is_in && result.confirm.is_none()
        };
        let waiting = self.parts.iter_mut().map(|part| {
            let row = &mut part.result;
            (part.decided_at, part.triggered_at, row)
        });
        let on_way = underway.iter_mut().map(|part| {
            let due = &mut part.due;
            (Some(due.act_at), due.triggered_at, &mut due.result)
        });
        let mut other: Option<(Instant, &mut PartResult)> = None;
        let mut own = None;
        for (decided_at, triggered_at, row) in waiting.chain(on_way) {
            if !is_there(decided_at, row) {
                continue;
            }
            let is_older = |than: &PartResult| row.part_no < than.part_no;
            if row.lane == lane {
                own = Some((triggered_at, row));
                break;
            }
            if other.as_ref().is_none_or(|(_, than)| is_older(than)) {
                other = Some((triggered_at, row));
            }
        }
        let Some((triggered_at, row)) = own.or(other) else {
            return Sighting::Unexpected;
        };
        row.confirmed_after_us = Some(micros(now.at.since(triggered_at)));
        if row.lane == lane {
            row.confirm = Some(Confirm::Seen);
            return Sighting::Confirmed(row.part_no);
        }
        row.confirm = Some(Confirm::Elsewhere);
        Sighting::Elsewhere {
            part_no: row.part_no,
            disposition: row.disposition,
        }
    }

    /// The oldest part whose answer has come, or will not come any more, and of which that was not told yet: what is
    /// done with it will not change.
    pub fn next_answered(&mut self, now: Instant) -> Option<&PartResult> {
        let is_ripe = |part: &&mut Waiting| {
            !part.is_told && part.answer_by.is_none_or(|answer_by| answer_by <= now)
        };
        let part = self.parts.iter_mut().find(is_ripe)?;
        part.is_told = true;
        if part.answer_by.is_some() {
            undecide(&mut part.result, Cause::NotAcknowledged);
        }
        Some(&part.result)
    }

    /// The oldest part, if nothing more is to come of it and none before it is in flight. `is_forced` where nothing is
    /// waited for any more.
    pub fn next_settled(
        &mut self,
        now: Now,
        in_flight: Option<PartNo>,
        is_forced: bool,
    ) -> Option<Settled> {
        let part = self.parts.front()?;
        if in_flight.is_some_and(|oldest| oldest < part.result.part_no) {
            return None;
        }
        let is_unanswered = match part.answer_by {
            Some(answer_by) if answer_by > now.at && !is_forced => return None,
            answer_by => answer_by.is_some(),
        };
        let window = part
            .window(&self.plan)
            .filter(|_| self.plan.is_watched(part.result.lane));
        let is_missing = match window {
            Some((_, to)) if part.result.confirm.is_none() && !is_forced => {
                if !is_past(to, now) {
                    return None;
                }
                true
            }
            _ => false,
        };
        let mut result = self.parts.pop_front()?.result;
        if is_unanswered {
            undecide(&mut result, Cause::NotAcknowledged);
        }
        if is_missing {
            result.confirm = Some(Confirm::Missing);
        }
        Some(Settled {
            result,
            is_unanswered,
            is_missing,
        })
    }

    /// When there is something to do even if nothing comes, as far as the time decides. What waits for a part in flight
    /// waits for no time.
    pub fn next_at(&self, in_flight: Option<PartNo>) -> Option<Instant> {
        let part = self.parts.front()?;
        let is_held = in_flight.is_some_and(|oldest| oldest < part.result.part_no);
        let is_awaited = part.result.confirm.is_none() && self.plan.is_watched(part.result.lane);
        let window = match part.window(&self.plan) {
            Some((_, Position::Time(at))) if is_awaited && !is_held => Some(at),
            _ => None,
        };
        let untold = self.parts.iter().filter(|part| !part.is_told);
        let answers = untold.filter_map(|part| part.answer_by);
        answers.chain(window).min()
    }

    /// Parts that were sent to a lane whose sensor has not seen them yet, and where each was decided.
    pub fn places(&self) -> impl Iterator<Item = (PartNo, Position, LaneNo)> {
        self.parts.iter().filter_map(|part| {
            let row = &part.result;
            let is_to_come = row.confirm.is_none() && self.plan.is_watched(row.lane);
            let decided_at = part.decided_at.filter(|_| is_to_come)?;
            Some((row.part_no, decided_at, row.lane))
        })
    }

    /// No part of which a word is to come.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// So many parts.
    pub fn len(&self) -> usize {
        self.parts.len()
    }
}

fn is_past(limit: Position, now: Now) -> bool {
    match (limit, now.counts) {
        (Position::Time(limit), _) => now.at > limit,
        (Position::Counts(limit), Some(counts)) => counts > limit,
        (Position::Counts(_), None) => false,
    }
}

/// A part that nobody vouches for any more. What was found to be defective stays so.
fn undecide(result: &mut PartResult, cause: Cause) {
    if result.verdict == Verdict::Pass {
        result.verdict = Verdict::NotDecided;
        result.disposition = Disposition::Reject;
        result.cause = Some(cause);
    }
}

#[cfg(test)]
mod tests;
