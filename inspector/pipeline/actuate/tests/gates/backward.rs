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

/// Codes, subjects and whether it is so, of what was told since it was asked last.
fn told(bench: &Bench) -> Vec<(Code, String, bool)> {
    let all = std::iter::from_fn(|| bench.alarms.pop());
    all.map(|it| (it.code, it.subject, it.is_active)).collect()
}

#[test]
fn a_part_for_which_its_gate_does_not_open_a_second_time_is_named_where_its_row_has_left() {
    for how in ["refused", "failed", "unanswered", "obeyed"] {
        for has_left in [true, false] {
            let log = Log::default();
            let mut bench = opened(&log);
            bench.answer_of(2, Some(NEAR), None);
            let rows = bench.rows();
            assert_eq!(rows.len(), 2, "nothing more is to come of them");
            if !has_left {
                let row = rows[1].clone();
                let at = Instant::from_millis(bench.ms);
                bench.stage.awaiting = Awaiting::new(watched(), 16);
                bench
                    .stage
                    .awaiting
                    .add(row, at, Some(Position::Counts(i64::MAX / 2)), at, true);
            }
            bench.travel(8_210, 7_600);
            told(&bench);
            if how == "refused" {
                bench.stage.with.line.ejector = Box::new(Refusing);
            }
            bench.travel(7_600, 8_210);
            match how {
                "failed" => bench.answer_of(2, Some(NEAR), Some("the cable is out")),
                "obeyed" => bench.answer_of(2, Some(NEAR), None),
                _ => {}
            }
            bench.run(150);
            let part_id = PartId::counted(1, PartNo(2)).to_string();
            let named: Vec<bool> = told(&bench)
                .into_iter()
                .filter(|(code, subject, _)| *code == Code::Ejector && *subject == part_id)
                .map(|(.., is_active)| is_active)
                .collect();
            let is_named = how != "obeyed" && has_left;
            let expected: &[bool] = if is_named { &[true, false] } else { &[] };
            assert_eq!(named, expected, "{how}, its row has left: {has_left}");
            if !has_left {
                let settled = bench
                    .stage
                    .awaiting
                    .next_settled(bench.stage.now(), None, true);
                let row = settled.expect("it waits for its sensor").result;
                let is_undone = row.cause == Some(Cause::EjectorFault);
                assert_eq!(is_undone, how != "obeyed", "{how}: {row:?}");
            }
        }
    }
}

/// Every lane has a sensor.
fn watched() -> AwaitPlan {
    AwaitPlan {
        watched: [true; LANES_MAX],
        answers_within: Some(MS * 100),
        ..AwaitPlan::NOTHING
    }
}

/// An output that takes nothing.
struct Refusing;

impl PartOutput for Refusing {
    fn command(&mut self, _: &crate::station::outcome::Outcome) -> Result<(), OutputError> {
        let message = "no answer from the output".to_owned();
        Err(OutputError { message })
    }

    fn rest(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn close(&mut self, _: GateNo) -> Result<(), OutputError> {
        Ok(())
    }

    fn answers_within(&self) -> Option<Duration> {
        Some(Duration::from_millis(100))
    }
}
