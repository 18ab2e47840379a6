//! A belt that runs backward and takes its parts along, while a gate is open for one of them.

use super::ending::on_belt;
use super::*;

/// Part 1 has passed the gate, which was at rest for it, and part 2 stands before the gate, which is open for it.
fn opened(log: &Log) -> Bench {
    let mut bench = on_belt(log);
    bench.undecided(1);
    bench.travel(2_000, 3_200);
    bench.part(2, NEAR);
    bench.travel(3_200, 7_010);
    bench.answer_of(1, Some(SAFE), None);
    bench.travel(7_010, 8_210);
    let commands = [Did::Command(1, SAFE), Did::Command(2, NEAR)];
    assert_eq!(took(log), commands);
    bench
}

#[test]
fn a_gate_does_not_stay_open_for_the_part_before_that_a_belt_brings_back() {
    let log = Log::default();
    let mut bench = opened(&log);
    bench.answer_of(2, Some(NEAR), None);
    // Part 2 is behind the gate once more, and may stand before it again: it is the next one in any case.
    bench.travel(8_210, 7_710);
    assert_eq!(took(&log), [], "part 1 is 50 mm past the gate, and more");
    bench.travel(7_710, 7_690);
    assert_eq!(took(&log), [Did::Close(GateNo(0))]);
    // Part 1 passes the closed gate again, backward and forward.
    bench.travel(7_690, 6_900);
    bench.travel(6_900, 8_190);
    assert_eq!(took(&log), []);
    bench.travel(8_190, 8_210);
    assert_eq!(took(&log), [Did::Command(2, NEAR)], "its part comes again");
    bench.travel(8_210, 8_710);
    assert_eq!(took(&log), [Did::Close(GateNo(0))]);
    let rows = bench.rows();
    assert_eq!(rows.len(), 2);
    assert_eq!(bench.stage.with.stats.counts.parts.get(), 2);
}

#[test]
fn a_gate_that_was_closed_behind_a_part_opens_for_it_only_if_nothing_is_wrong() {
    for doubts in ["failed", "unanswered", "bin full", "stranger"] {
        let log = Log::default();
        let mut bench = opened(&log);
        match doubts {
            "failed" => bench.answer(2, Some("no answer from the module")),
            "unanswered" => {}
            _ => bench.answer_of(2, Some(NEAR), None),
        }
        bench.travel(8_210, 7_600);
        assert_eq!(took(&log), [Did::Close(GateNo(0))], "{doubts}");
        match doubts {
            "bin full" => assert!(bench.stage.watch.guard.is(Trouble::BinFull, true)),
            "stranger" => bench.stage.reject_what_is_on_the_belt(),
            _ => {}
        }
        bench.travel(7_600, 8_800);
        let did = took(&log);
        assert!(!did.contains(&Did::Command(2, NEAR)), "{doubts}: {did:?}");
    }
}
