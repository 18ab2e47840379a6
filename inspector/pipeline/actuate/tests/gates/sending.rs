//! Who is sent on to the safe lane, and what is taken out on the way.

use super::*;

#[test]
fn a_part_that_its_lane_has_seen_is_not_sent_on_whatever_its_gate_answers() {
    for fails in [true, false] {
        let log = Log::default();
        let mut bench = bench(&log);
        bench.part(1, FAR);
        bench.run(1_105);
        bench.run(30);
        bench.sensed(FAR);
        if fails {
            bench.answer(1, Some("the reply was lost"));
        }
        bench.run(300);
        assert_eq!(took(&log), [Did::Command(1, FAR)], "fails: {fails}");
        let [row] = &bench.rows()[..] else {
            panic!("one row")
        };
        assert_eq!((row.lane, row.confirm), (FAR, Some(Confirm::Seen)));
        assert_eq!(row.disposition, Disposition::Reject, "nobody vouches");
    }
}

#[test]
fn a_late_answer_of_the_gate_that_a_part_passed_is_not_that_of_the_safe_one() {
    for reason in [None, Some("it timed out")] {
        let log = Log::default();
        let mut bench = bench(&log);
        bench.part(1, FAR);
        bench.run(1_305);
        let commands = [Did::Command(1, FAR), Did::Command(1, SAFE)];
        assert_eq!(took(&log), commands);
        bench.answer_of(1, Some(FAR), reason);
        bench.run(20);
        bench.sensed(SAFE);
        bench.run(20);
        assert_eq!(bench.rows().len(), 0, "the safe gate has not answered");
        bench.answer_of(1, Some(SAFE), None);
        bench.run(2);
        let [row] = &bench.rows()[..] else {
            panic!("one row")
        };
        let acknowledged_after = row.acknowledged_after_us.map(|us| us / 1_000);
        assert!(acknowledged_after >= Some(1_340), "{acknowledged_after:?}");
        assert_eq!((row.lane, row.confirm), (SAFE, Some(Confirm::Seen)));
        assert_eq!(row.cause, Some(Cause::NotAcknowledged));
        assert_eq!(bench.stage.watch.guard.rejects(), None);
    }
}

#[test]
fn what_is_taken_out_ahead_of_a_stranger_is_recorded_as_rejected() {
    let log = Log::default();
    let mut bench = bench(&log);
    bench.stage.with.line.has_gate_sensor = true;
    bench.part(1, END);
    bench.run(299);
    bench.part(2, END);
    bench.run(399);
    // Part 1 has passed the first gate, and part 2 comes to it later than the stranger.
    bench.senses(Sensor::Gate);
    assert_eq!(bench.stage.with.stats.counts.unknown_parts.get(), 1);
    bench.run(605);
    assert_eq!(
        took(&log),
        [Did::Close(GateNo(0)), Did::Command(1, SAFE)],
        "power takes out what comes to the last gate"
    );
    bench.answer(1, None);
    bench.run(25);
    bench.sensed(SAFE);
    bench.run(273);
    assert_eq!(took(&log), [Did::Command(2, END)]);
    bench.answer(2, None);
    bench.run(25);
    bench.sensed(END);
    bench.run(5);
    let told: Vec<_> = bench
        .rows()
        .iter()
        .map(|row| (row.part_no.0, row.lane, row.disposition))
        .collect();
    let expected = [
        (1, SAFE, Disposition::Reject),
        (2, END, Disposition::Accept),
    ];
    assert_eq!(told, expected);
}
