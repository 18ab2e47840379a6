//! Answers and sensors come, or do not.

use super::*;
use crate::station::gates::{Behind, Gates};
use crate::station::lane::LANES_MAX;
use crate::station::part::{PartId, Trigger};
use crate::station::result::Identity;
use crate::station::time::WallTime;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

fn plan() -> AwaitPlan {
    let mut watched = [false; LANES_MAX];
    watched[1] = true;
    AwaitPlan {
        answers_within: Some(MS * 100),
        watched,
        ..AwaitPlan::NOTHING
    }
    .seen_within(Window::Time(MS * 50, MS * 150), &Gates::one(TIME))
}

const TIME: Behind = Behind::Time(Duration::ZERO);

fn nothing_underway() -> Underway {
    Underway::new(Gates::one(TIME), 1)
}

fn row(part_no: u64, verdict: Verdict, lane: u8) -> PartResult {
    let trigger = Trigger {
        part_no: PartNo(part_no),
        part_id: PartId::counted(1, PartNo(part_no)),
        identity: Identity::Counter,
        style: None,
        lane: None,
        at: Instant::default(),
        wall: WallTime(0),
    };
    let mut result = PartResult::of(&trigger, None);
    result.verdict = verdict;
    result.cause = (verdict == Verdict::Fail).then_some(Cause::Defect);
    result.disposition = verdict.disposition();
    result.lane = LaneNo(lane);
    result
}

fn now(ms: u64) -> Now {
    Now {
        at: Instant::from_millis(ms),
        counts: None,
    }
}

/// Parts 1, 2, … act at 1000, 1200, … ms.
fn awaiting(parts: &[(Verdict, u8)]) -> Awaiting {
    let mut all = Awaiting::new(plan(), 8);
    for (index, (verdict, lane)) in (0u64..).zip(parts) {
        let at = Instant::from_millis(1_000 + 200 * index);
        let result = row(index + 1, *verdict, *lane);
        all.add(
            result,
            Instant::default(),
            Some(Position::Time(at)),
            at,
            false,
        );
    }
    all
}

fn answered(all: &mut Awaiting, at: Instant) -> Option<(PartNo, Disposition)> {
    let result = all.next_answered(at)?;
    Some((result.part_no, result.disposition))
}

#[test]
fn an_accepted_part_that_nobody_acknowledged_is_not_decided() {
    let mut all = awaiting(&[(Verdict::Pass, 0), (Verdict::Fail, 0)]);
    assert!(all.next_settled(now(1_099), None, false).is_none());
    assert_eq!(
        answered(&mut all, Instant::from_millis(1_100)),
        Some((PartNo(1), Disposition::Reject))
    );
    let settled = all
        .next_settled(now(1_100), None, false)
        .expect("time is up");
    assert_eq!(settled.result.cause, Some(Cause::NotAcknowledged));
    assert!(settled.is_unanswered && !settled.is_missing);
    let settled = all
        .next_settled(now(1_400), None, false)
        .expect("time is up");
    assert_eq!(
        settled.result.verdict,
        Verdict::Fail,
        "a defect stays a defect"
    );
}

#[test]
fn a_sensor_confirms_the_part_whose_window_it_falls_into() {
    let mut all = awaiting(&[(Verdict::Fail, 1), (Verdict::Fail, 1)]);
    assert!(all.acknowledged(PartNo(1), Instant::from_millis(1_001)));
    assert!(all.acknowledged(PartNo(2), Instant::from_millis(1_201)));
    assert!(!all.acknowledged(PartNo(2), Instant::from_millis(1_202)));
    assert_eq!(
        all.seen(LaneNo(1), now(1_040), &mut nothing_underway()),
        Sighting::Unexpected,
        "too soon"
    );
    assert_eq!(
        all.seen(LaneNo(1), now(1_300), &mut nothing_underway()),
        Sighting::Confirmed(PartNo(2))
    );
    let first = all
        .next_settled(now(1_300), None, false)
        .expect("its window is over");
    assert!(first.is_missing && first.result.confirm == Some(Confirm::Missing));
    let second = all
        .next_settled(now(1_300), None, false)
        .expect("it is confirmed");
    assert_eq!(second.result.confirm, Some(Confirm::Seen));
    assert_eq!(second.result.confirmed_after_us, Some(1_300_000));
}

#[test]
fn a_part_in_the_wrong_lane_is_named() {
    let mut all = awaiting(&[(Verdict::Fail, 1)]);
    assert_eq!(
        all.seen(LaneNo(0), now(1_100), &mut nothing_underway()),
        Sighting::Elsewhere {
            part_no: PartNo(1),
            disposition: Disposition::Reject
        }
    );
}

#[test]
fn rows_leave_in_the_order_of_triggers() {
    let mut all = awaiting(&[(Verdict::Pass, 0), (Verdict::Pass, 0)]);
    for part_no in [2, 1] {
        assert!(all.acknowledged(PartNo(part_no), Instant::from_millis(1_210)));
    }
    assert!(
        all.next_settled(now(1_210), Some(PartNo(0)), false)
            .is_none(),
        "one before them is on its way"
    );
    let order: Vec<_> = std::iter::from_fn(|| all.next_settled(now(1_210), Some(PartNo(9)), false))
        .map(|settled| settled.result.part_no.0)
        .collect();
    assert_eq!(order, [1, 2]);
}

#[test]
fn an_answer_that_is_due_behind_an_older_part_is_looked_for_in_time() {
    let mut all = awaiting(&[(Verdict::Pass, 0), (Verdict::Pass, 0)]);
    assert!(all.acknowledged(PartNo(1), Instant::from_millis(1_020)));
    assert!(all.next_answered(now(1_020).at).is_some());
    assert_eq!(
        all.next_at(None),
        Some(Instant::from_millis(1_300)),
        "of part 2"
    );
    assert_eq!(
        answered(&mut all, now(1_300).at),
        Some((PartNo(2), Disposition::Reject))
    );
    assert_eq!(
        all.next_at(None),
        None,
        "told, and held back by an older one"
    );
}

#[test]
fn what_a_part_in_flight_holds_back_waits_for_no_time() {
    let mut all = awaiting(&[(Verdict::Fail, 1)]);
    assert!(all.acknowledged(PartNo(1), Instant::from_millis(1_010)));
    let sensor = Instant::from_millis(1_150);
    assert_eq!(all.next_at(None), Some(sensor));
    assert_eq!(all.next_at(Some(PartNo(2))), Some(sensor), "a younger one");
    // The sensor's time is over, and the row cannot leave before that of a part that is on its way.
    let older = Some(PartNo(0));
    assert!(all.next_settled(now(1_200), older, false).is_none());
    assert_eq!(all.next_at(older), None);
    // It was seen: nothing is waited for but its turn.
    let seen = all.seen(LaneNo(1), now(1_100), &mut nothing_underway());
    assert_eq!(seen, Sighting::Confirmed(PartNo(1)));
    assert_eq!(all.next_at(None), None);
}
