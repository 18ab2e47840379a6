//! Parts come, are decided, and leave.

use super::*;
use crate::station::part::{PartId, Style};
use crate::station::recipe::RecipeView;
use crate::station::result::Identity;
use crate::station::time::WallTime;
use crate::station::verdict::Thresholds;

fn recipe(views: u8) -> Option<(RecipeRef, Arc<Recipe>)> {
    let zero = Score::new(0.5).expect("a score");
    let view = |index| RecipeView {
        name: format!("{index}"),
        camera: index,
        model: "any".to_owned(),
        thresholds: Thresholds::new(zero, zero).expect("in order"),
        place: Default::default(),
    };
    let reference = RecipeRef {
        index: 0,
        version: 1,
    };
    let recipe = Recipe {
        style: Style::new("gear").expect("a name"),
        version: 1,
        author: "test".to_owned(),
        reason: "test".to_owned(),
        created_at: WallTime(0),
        rules: Default::default(),
        views: (0..views).map(view).collect(),
    };
    Some((reference, Arc::new(recipe)))
}

fn known(frames: u8) -> (Who, usize) {
    (Who::Known, usize::from(frames))
}

fn gate(ms: u64) -> Position {
    Position::Time(Instant::from_millis(ms))
}

fn now(ms: u64) -> Now {
    Now {
        at: Instant::from_millis(ms),
        counts: None,
    }
}

fn trigger(part_no: u64, at_ms: u64) -> Trigger {
    Trigger {
        part_no: PartNo(part_no),
        part_id: PartId::counted(1, PartNo(part_no)),
        identity: Identity::Counter,
        style: Style::new("gear").ok(),
        lane: None,
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
        .triggered(&trigger(1, 0), recipe(views), gate(80), known(views))
        .unwrap();
    tracker
}

fn due(tracker: &mut Tracker) -> PartResult {
    tracker.next_due(now(80)).unwrap().result
}

#[test]
fn a_part_without_a_verdict_is_rejected_on_time() {
    let mut tracker = tracked(1);
    assert!(tracker.next_due(now(79)).is_none());
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
        .triggered(&trigger(1, 0), None, gate(80), known(0))
        .unwrap();
    tracker.decided(PartNo(1), view(0, Verdict::Pass, None));
    assert_eq!(due(&mut tracker).cause, Some(Cause::UnknownStyle));
}

#[test]
fn a_part_is_known_as_soon_as_its_last_view_is() {
    let mut tracker = tracked(2);
    tracker
        .triggered(&trigger(2, 1), None, gate(90), known(0))
        .expect("there is room");
    let at = Instant::from_millis(10);
    let unknown = tracker.next_decided(at).expect("no recipe: nothing comes");
    assert_eq!(unknown.result.part_no, PartNo(2));
    assert!(tracker.next_decided(at).is_none());
    tracker.decided(PartNo(1), view(0, Verdict::Pass, None));
    assert!(tracker.next_decided(at).is_none());
    tracker.decided(PartNo(1), view(1, Verdict::Pass, None));
    let known = tracker.next_decided(at).expect("both views");
    assert_eq!(known.result.verdict, Verdict::Pass);
    assert_eq!(known.result.acted_after_us, 10_000);
}

#[test]
fn a_part_that_nobody_was_ready_for_is_not_decided() {
    let mut tracker = tracked(1);
    tracker.decided(PartNo(1), view(0, Verdict::Pass, None));
    tracker.undecide(PartNo(1), Cause::TriggerMissed);
    let result = due(&mut tracker);
    assert_eq!(result.cause, Some(Cause::TriggerMissed));
    assert_eq!(result.disposition, Disposition::Reject);
}

#[test]
fn more_parts_than_declared_are_refused() {
    let mut tracker = Tracker::new(1);
    tracker
        .triggered(&trigger(1, 0), recipe(1), gate(80), known(1))
        .unwrap();
    assert_eq!(
        tracker.triggered(&trigger(2, 1), recipe(1), gate(80), known(1)),
        Err(TrackError::TooManyParts { parts_max: 1 })
    );
}
