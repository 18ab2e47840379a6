//! Parts between the trigger and the ejector.

use super::part::{PartNo, Trigger};
use super::result::{PartResult, RecipeRef, ViewResult};
use super::time::{Instant, micros};
use super::verdict::{Cause, Score, Verdict};
use std::collections::VecDeque;

/// A part in flight.
#[derive(Debug)]
pub struct Tracked {
    /// When it reaches the ejector.
    pub act_at: Instant,
    /// When its trigger came.
    pub triggered_at: Instant,
    /// How many views its recipe has; 0 when it has no recipe.
    views: u8,
    is_crowded: bool,
    result: PartResult,
}

/// Every part in flight, in the order of their triggers.
#[derive(Debug)]
pub struct Tracker {
    parts: VecDeque<Tracked>,
    parts_max: usize,
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
        }
    }

    /// From here on, a result for this part is certain. `views` is the number of views its recipe has.
    pub fn triggered(
        &mut self,
        trigger: &Trigger,
        recipe: Option<RecipeRef>,
        views: u8,
        act_at: Instant,
    ) -> Result<(), TrackError> {
        if self.parts.len() == self.parts_max {
            return Err(TrackError::TooManyParts {
                parts_max: self.parts_max,
            });
        }
        self.parts.push_back(Tracked {
            act_at,
            triggered_at: trigger.at,
            views: if recipe.is_some() { views } else { 0 },
            is_crowded: false,
            result: PartResult::of(trigger, recipe),
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

    /// When the next part reaches the ejector.
    pub fn next_act_at(&self) -> Option<Instant> {
        self.parts.front().map(|part| part.act_at)
    }

    /// The next part that has reached the ejector at `now`, with the verdict that is there.
    pub fn next_due(&mut self, now: Instant) -> Option<Due> {
        let part = self.parts.pop_front_if(|part| part.act_at <= now)?;
        let mut result = part.result;
        conclude(&mut result, part.views);
        result.acted_after_us = micros(now.since(part.triggered_at));
        Some(Due {
            act_at: part.act_at,
            is_crowded: part.is_crowded,
            result,
        })
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
    /// When it got there.
    pub act_at: Instant,
    /// Whether a neighbour is closer than the declared pitch.
    pub is_crowded: bool,
    /// What is known of it.
    pub result: PartResult,
}

/// The part's verdict is the worst of its views; a view that said nothing is a missed deadline.
fn conclude(result: &mut PartResult, views: u8) {
    let is_complete = result.recipe.is_some() && result.views.len() == usize::from(views);
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
mod tests {
    use super::*;
    use crate::station::part::{PartId, Style};
    use crate::station::time::WallTime;
    use crate::station::verdict::Disposition;

    const RECIPE: Option<RecipeRef> = Some(RecipeRef {
        index: 0,
        version: 1,
    });

    fn trigger(part_no: u64, at_ms: u64) -> Trigger {
        Trigger {
            part_no: PartNo(part_no),
            part_id: PartId::counted(1, PartNo(part_no)),
            style: Style::new("gear").ok(),
            at: Instant::from_millis(at_ms),
            wall: WallTime(0),
        }
    }

    fn view(view: u8, verdict: Verdict, cause: Option<Cause>) -> ViewResult {
        ViewResult {
            verdict,
            cause,
            ..ViewResult::not_decided(view, Cause::Deadline)
        }
    }

    fn tracked(views: u8) -> Tracker {
        let mut tracker = Tracker::new(4);
        tracker
            .triggered(&trigger(1, 0), RECIPE, views, Instant::from_millis(80))
            .unwrap();
        tracker
    }

    fn due(tracker: &mut Tracker) -> PartResult {
        tracker.next_due(Instant::from_millis(80)).unwrap().result
    }

    #[test]
    fn a_part_without_a_verdict_is_rejected_on_time() {
        let mut tracker = tracked(1);
        assert!(tracker.next_due(Instant::from_millis(79)).is_none());
        let result = due(&mut tracker);
        assert_eq!(result.disposition, Disposition::Reject);
        assert_eq!(result.cause, Some(Cause::Deadline));
        let late = view(0, Verdict::Pass, None);
        assert_eq!(
            tracker.decided(PartNo(1), late.clone()),
            Decided::Late(late)
        );
    }

    #[test]
    fn a_part_passes_only_when_every_view_passed() {
        let mut tracker = tracked(2);
        tracker.decided(PartNo(1), view(0, Verdict::Pass, None));
        assert_eq!(due(&mut tracker).cause, Some(Cause::Deadline));

        let mut tracker = tracked(2);
        tracker.decided(PartNo(1), view(0, Verdict::Pass, None));
        tracker.decided(PartNo(1), view(1, Verdict::Pass, None));
        let result = due(&mut tracker);
        assert_eq!((result.verdict, result.cause), (Verdict::Pass, None));
        assert_eq!(result.disposition, Disposition::Accept);
    }

    #[test]
    fn a_lost_frame_is_named_rather_than_the_deadline_it_caused() {
        let mut tracker = tracked(2);
        tracker.decided(PartNo(1), ViewResult::not_decided(0, Cause::FrameLost));
        assert_eq!(due(&mut tracker).cause, Some(Cause::FrameLost));
    }

    #[test]
    fn one_failed_view_is_enough() {
        let mut tracker = tracked(2);
        tracker.decided(PartNo(1), view(1, Verdict::Fail, Some(Cause::Defect)));
        let result = due(&mut tracker);
        assert_eq!(
            (result.verdict, result.cause),
            (Verdict::Fail, Some(Cause::Defect))
        );
        assert_eq!(result.decided_after_us, None);
    }

    #[test]
    fn a_second_word_of_a_view_can_only_make_the_part_worse() {
        let mut tracker = tracked(1);
        tracker.decided(PartNo(1), view(0, Verdict::Fail, Some(Cause::Defect)));
        tracker.decided(PartNo(1), view(0, Verdict::Pass, None));
        assert_eq!(due(&mut tracker).verdict, Verdict::Fail);
    }

    #[test]
    fn a_part_without_a_recipe_is_never_accepted() {
        let mut tracker = Tracker::new(4);
        tracker
            .triggered(&trigger(1, 0), None, 1, Instant::from_millis(80))
            .unwrap();
        tracker.decided(PartNo(1), view(0, Verdict::Pass, None));
        assert_eq!(due(&mut tracker).cause, Some(Cause::UnknownStyle));
    }

    #[test]
    fn more_parts_than_declared_are_refused() {
        let mut tracker = Tracker::new(1);
        let at = Instant::from_millis(80);
        tracker.triggered(&trigger(1, 0), RECIPE, 1, at).unwrap();
        assert_eq!(
            tracker.triggered(&trigger(2, 1), RECIPE, 1, at),
            Err(TrackError::TooManyParts { parts_max: 1 })
        );
    }
}
