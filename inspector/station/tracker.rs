//! Parts between the trigger and the ejector.

use super::identity::Who;
use super::lane::LaneNo;
use super::part::{PartId, PartNo, Trigger};
use super::position::{Now, Position};
use super::recipe::Recipe;
use super::result::{Identity, PartResult, RecipeRef, ViewResult};
use super::time::{Instant, micros};
use super::verdict::{Cause, Disposition, Score, Verdict};
use std::collections::VecDeque;
use std::sync::Arc;

/// A part in flight.
#[derive(Debug)]
struct Tracked {
    act_at: Position,
    triggered_at: Instant,
    recipe: Option<Arc<Recipe>>,
    who: Who,
    is_crowded: bool,
    /// Frames that have come or will not come, and of how many that is told.
    exposed: usize,
    frames: usize,
    /// Why it is not decided, whatever its views say.
    forced: Option<Cause>,
    /// The lane that came with its identity.
    told_lane: Option<LaneNo>,
    result: PartResult,
}

impl Tracked {
    /// How many views its recipe has; 0 when it has no recipe.
    fn views(&self) -> usize {
        self.recipe.as_ref().map_or(0, |recipe| recipe.views.len())
    }

    fn is_decided(&self) -> bool {
        let views = self.views();
        self.who != Who::Awaited && self.result.views.len() == views
    }

    fn leave(mut self, now: Instant) -> Due {
        let is_complete = self.recipe.is_some() && self.is_decided();
        conclude(&mut self.result, is_complete);
        let unknown = match self.who {
            Who::Known => None,
            Who::Awaited => Some(Cause::NoIdentity),
            Who::Unknown(cause) => Some(cause),
        };
        let forced = self.forced.or(unknown);
        if let (Some(cause), true) = (forced, self.result.verdict != Verdict::Fail) {
            self.result.verdict = Verdict::NotDecided;
            self.result.disposition = Disposition::Reject;
            self.result.cause = Some(cause);
        }
        self.result.acted_after_us = micros(now.since(self.triggered_at));
        Due {
            act_at: self.act_at,
            triggered_at: self.triggered_at,
            is_crowded: self.is_crowded,
            is_exposed: self.exposed >= self.frames,
            is_forced: forced.is_some(),
            told_lane: self.told_lane,
            recipe: self.recipe,
            result: self.result,
        }
    }
}

/// Every part in flight, in the order of their triggers.
#[derive(Debug)]
pub struct Tracker {
    parts: VecDeque<Tracked>,
    parts_max: usize,
    /// Parts that have left and are still on the belt.
    beyond: usize,
}

/// Why a part cannot be tracked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackError {
    /// The line is faster, or the belt longer, than the settings say.
    TooManyParts {
        /// How many can be in flight.
        parts_max: usize,
    },
}

/// What became of a view's verdict.
#[derive(Debug, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "boxing would allocate on the hot path"
)]
pub enum Decided {
    /// The part is still in flight.
    InTime,
    /// The part has left; here is the verdict back, to be recorded as late.
    Late(ViewResult),
}

impl Tracker {
    /// Room for `parts_max` parts, allocated now.
    pub fn new(parts_max: usize) -> Self {
        Self {
            parts: VecDeque::with_capacity(parts_max),
            parts_max,
            beyond: 0,
        }
    }

    /// So many parts that have left are still on the belt, and count as in flight.
    pub const fn beyond(&mut self, parts: usize) {
        self.beyond = parts;
    }

    /// From here on, a result for this part is certain. `frames` is how many come of it.
    ///
    /// # Errors
    /// When there is no room; the part is not tracked then.
    pub fn triggered(
        &mut self,
        trigger: &Trigger,
        recipe: Option<(RecipeRef, Arc<Recipe>)>,
        act_at: Position,
        (who, frames): (Who, usize),
    ) -> Result<(), TrackError> {
        if self.parts.len() + self.beyond >= self.parts_max {
            return Err(TrackError::TooManyParts {
                parts_max: self.parts_max,
            });
        }
        let (reference, recipe) = recipe.unzip();
        self.parts.push_back(Tracked {
            act_at,
            triggered_at: trigger.at,
            recipe,
            who,
            is_crowded: false,
            exposed: 0,
            frames: frames.max(1),
            forced: None,
            told_lane: trigger.lane,
            result: PartResult::of(trigger, reference),
        });
        Ok(())
    }

    /// Takes the word of one view. A second word of the same view can only make the part worse.
    pub fn decided(&mut self, part_no: PartNo, view: ViewResult) -> Decided {
        let Ok(index) = self
            .parts
            .binary_search_by_key(&part_no, |part| part.result.part_no)
        else {
            return Decided::Late(view);
        };
        let views = &mut self.parts[index].result.views;
        match views.iter_mut().find(|known| known.view == view.view) {
            Some(known) if view.verdict > known.verdict => *known = view,
            Some(_) => {}
            // A part has at most VIEWS_MAX views, so this push cannot fail.
            None => drop(views.try_push(view)),
        }
        Decided::InTime
    }

    /// This part has a neighbour closer than the gate can tell apart. Forgotten once it has left.
    pub fn crowd(&mut self, part_no: PartNo) {
        let found = self
            .parts
            .binary_search_by_key(&part_no, |part| part.result.part_no);
        if let Ok(index) = found {
            self.parts[index].is_crowded = true;
        }
    }

    /// Parts that reach the ejector nearer to this place than so many counts cannot be told from one that does there:
    /// whether there are any.
    pub fn crowd_near(&mut self, act_at: Position, counts_min: i64) -> bool {
        let mut is_near = false;
        for part in &mut self.parts {
            if act_at.is_near(part.act_at, counts_min) {
                part.is_crowded = true;
                is_near = true;
            }
        }
        is_near
    }

    /// Where the next part reaches the ejector.
    pub fn next_act_at(&self) -> Option<Position> {
        self.parts.front().map(|part| part.act_at)
    }

    /// The number of the oldest part in flight.
    pub fn oldest(&self) -> Option<PartNo> {
        self.parts.front().map(|part| part.result.part_no)
    }

    /// The next part that has reached the ejector, with the verdict that is there.
    pub fn next_due(&mut self, now: Now) -> Option<Due> {
        let part = self
            .parts
            .pop_front_if(|part| part.act_at.is_reached(now))?;
        Some(part.leave(now.at))
    }

    /// The oldest part, wherever it is: as when nobody knows any more where parts are.
    pub fn next(&mut self, now: Instant) -> Option<Due> {
        Some(self.parts.pop_front()?.leave(now))
    }

    /// The oldest part of which everything is known before it has reached the ejector.
    pub fn next_decided(&mut self, now: Instant) -> Option<Due> {
        let index = self.parts.iter().position(Tracked::is_decided)?;
        Some(self.parts.remove(index)?.leave(now))
    }

    /// A frame of this part has come or will not come. Whether it was the last one.
    pub fn exposed(&mut self, part_no: PartNo) -> bool {
        let by = |part: &Tracked| part.result.part_no;
        let Ok(index) = self.parts.binary_search_by_key(&part_no, by) else {
            return false;
        };
        let part = &mut self.parts[index];
        part.exposed += 1;
        part.exposed == part.frames
    }

    /// It became known who this part is, or that nobody will know. Forgotten once it has left.
    pub fn identified(
        &mut self,
        trigger: &Trigger,
        recipe: Option<(RecipeRef, Arc<Recipe>)>,
        who: Who,
    ) {
        let by = |part: &Tracked| part.result.part_no;
        let Ok(index) = self.parts.binary_search_by_key(&trigger.part_no, by) else {
            return;
        };
        let part = &mut self.parts[index];
        let (reference, recipe) = recipe.unzip();
        part.who = who;
        part.recipe = recipe;
        part.told_lane = trigger.lane;
        part.result.recipe = reference;
        part.result.part_id = trigger.part_id;
        part.result.identity = trigger.identity;
        part.result.style = trigger.style;
    }

    /// Whatever is found, this part is not decided, for this cause.
    pub fn undecide(&mut self, part_no: PartNo, cause: Cause) {
        let found = self
            .parts
            .binary_search_by_key(&part_no, |part| part.result.part_no);
        if let Ok(index) = found {
            self.parts[index].forced = Some(cause);
        }
    }

    /// What was taken for this part's may be another's: it is not decided. Where that is its ID, it has none but that of our
    /// own counter. Forgotten once it has left.
    pub fn doubted(&mut self, part_no: PartNo, counted: Option<PartId>, cause: Cause) {
        let by = |part: &Tracked| part.result.part_no;
        if let Ok(index) = self.parts.binary_search_by_key(&part_no, by) {
            let part = &mut self.parts[index];
            part.forced = Some(cause);
            if let Some(counted) = counted {
                part.result.part_id = counted;
                part.result.identity = Identity::Counter;
            }
        }
    }

    /// Every part in flight, and where it is decided.
    pub fn places(&self) -> impl Iterator<Item = (PartNo, Position)> {
        self.parts
            .iter()
            .map(|part| (part.result.part_no, part.act_at))
    }

    /// Where parts in flight reach the ejector.
    pub fn positions(&self) -> impl Iterator<Item = Position> {
        self.parts.iter().map(|part| part.act_at)
    }

    /// Parts in flight.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// None in flight.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

/// A part at the ejector.
#[derive(Debug)]
pub struct Due {
    /// Where that is.
    pub act_at: Position,
    /// When its trigger came.
    pub triggered_at: Instant,
    /// Whether a neighbour is closer than the declared pitch.
    pub is_crowded: bool,
    /// Whether all its frames have come or will not come.
    pub is_exposed: bool,
    /// Whether something went wrong with it, whatever its views say.
    pub is_forced: bool,
    /// The lane that came with its identity.
    pub told_lane: Option<LaneNo>,
    /// What it was judged by; `None` when its style has no recipe.
    pub recipe: Option<Arc<Recipe>>,
    /// What is known of it.
    pub result: PartResult,
}

impl Due {
    /// A part that was acted on already: nothing more is decided about it.
    pub fn left(result: PartResult, triggered_at: Instant, act_at: Position) -> Self {
        Self {
            act_at,
            triggered_at,
            is_crowded: false,
            is_exposed: true,
            is_forced: false,
            told_lane: None,
            recipe: None,
            result,
        }
    }
}

/// The part's verdict is the worst of its views; a view that said nothing is a missed deadline.
fn conclude(result: &mut PartResult, is_complete: bool) {
    let (mut verdict, mut cause) = match (result.recipe, is_complete) {
        (None, _) => (Verdict::NotDecided, Some(Cause::UnknownStyle)),
        (Some(_), false) => (Verdict::NotDecided, Some(Cause::Deadline)),
        (Some(_), true) => (Verdict::Pass, None),
    };
    let mut score: Option<Score> = None;
    for view in &result.views {
        let says_more = cause == Some(Cause::Deadline) && view.verdict == Verdict::NotDecided;
        if view.verdict > verdict || says_more {
            (verdict, cause) = (view.verdict, view.cause);
        }
        score = match (score, view.score) {
            (Some(a), Some(b)) => Some(if b > a { b } else { a }),
            (a, b) => a.or(b),
        };
    }
    result.verdict = verdict;
    result.cause = cause;
    result.score = score;
    result.disposition = verdict.disposition();
    let last = result
        .views
        .iter()
        .map(|view| view.times.decided_after_us)
        .max();
    result.decided_after_us = if is_complete { last } else { None };
}

#[cfg(test)]
mod tests;
