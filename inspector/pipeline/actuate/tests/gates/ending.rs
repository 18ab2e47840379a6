//! A job that ends while a gate works for its last part.

use super::*;
use crate::station::belt::BeltLimits;
use crate::station::position::{Reading, Reverse, Scale};
use crate::station::travel::BeltWay;

/// Both rests and closed gates since it was looked at last.
fn shut(log: &Log) -> bool {
    let did = took(log);
    did.iter()
        .any(|did| matches!(did, Did::Rest | Did::Close(_)))
}

/// After how many milliseconds the stage is done; it must be within a minute.
fn done_after(bench: &mut Bench) -> u64 {
    bench.triggers = None;
    for ms in 0..60_000 {
        if bench.stage.is_done() {
            return ms;
        }
        bench.run(1);
    }
    panic!("it is never done");
}

#[test]
fn a_job_that_ends_lets_the_gate_work_for_its_last_part() {
    // To the nearest gate, and to that which power has work for rejected parts: each has its own time.
    for (lane, part_ms, hold_ms) in [(NEAR, 505, 180), (SAFE, 1_305, 70)] {
        let log = Log::default();
        let mut bench = bench(&log);
        let no_sensors = AwaitPlan {
            answers_within: Some(MS * 100),
            ..AwaitPlan::NOTHING
        };
        bench.stage.awaiting = Awaiting::new(no_sensors, 16);
        bench.stage.with.line.holds[usize::from(lane.0)] = MS * hold_ms;
        match lane {
            SAFE => bench.undecided(1),
            _ => bench.part(1, lane),
        }
        bench.run(part_ms);
        assert_eq!(took(&log), [Did::Command(1, lane)]);
        // The device has only now done what it was told.
        bench.answer_of(1, Some(lane), None);
        assert_eq!(bench.rows().len(), 1);
        let ms = done_after(&mut bench);
        let hold_ms = u64::from(hold_ms);
        assert!((hold_ms - 2..=hold_ms).contains(&ms), "{lane:?}: {ms} ms");
        assert!(!shut(&log), "before that no gate is told to close");
    }
}

/// Ten counts a millimetre, of 1 m/s at most. Parts are 100 mm apart, the gate stands 500 mm behind the trigger and is open
/// for 50 mm.
pub(super) fn on_belt(log: &Log) -> Bench {
    let scale = Scale::new(10.0, 1_000.0, Reverse::Track).expect("above zero");
    let way = BeltWay::new(scale, 100.0, 500.0, 50.0).expect("it fits");
    let outputs = Outputs(Arc::clone(log));
    let mut bench = Bench::new(|line| {
        line.belt = Some(BeltPlan {
            way,
            limits: BeltLimits {
                silent_after: MS * 200,
                dead_after: MS * 50,
                starts_within: MS * 500,
            },
        });
        line.ejector = Box::new(outputs);
        line.lanes = lanes();
        line.gates = Gates::one(Behind::Counts(0));
        line.rejects_by_power = false;
        line.announcer = None;
    });
    bench.travel(0, 2_000);
    log.lock().expect("no panic").clear();
    bench
}

impl Bench {
    /// The belt travels from there to there, in counts, at a tenth of its speed; or it stands for a second.
    pub(super) fn travel(&mut self, from: i64, to: i64) {
        let steps = match from.abs_diff(to) {
            0 => 1_000,
            counts => counts,
        };
        let step = (to - from).signum();
        for n in 1..=i64::try_from(steps).expect("few") {
            let at = Instant::from_millis(self.ms);
            let counts = u32::try_from(from + n * step + 1_000_000).expect("above zero");
            let read = Reading::exact(counts, at);
            self.devices.positions.push(read).expect("there is room");
            self.run(1);
        }
    }
}

#[test]
fn a_job_that_ends_lets_a_belt_that_runs_take_its_last_part_through_the_gate() {
    let log = Log::default();
    let mut bench = on_belt(&log);
    bench.part(1, NEAR);
    bench.travel(2_000, 7_010);
    assert_eq!(took(&log), [Did::Command(1, NEAR)]);
    bench.answer_of(1, Some(NEAR), None);
    bench.triggers = None;
    bench.travel(7_010, 7_490);
    assert!(!bench.stage.is_done() && !shut(&log));
    bench.travel(7_490, 7_510);
    assert!(bench.stage.is_done());
    assert_eq!(took(&log), [Did::Close(GateNo(0))]);
}

#[test]
fn a_job_ends_though_the_gate_is_open_on_a_belt_that_stands() {
    let log = Log::default();
    let mut bench = on_belt(&log);
    bench.part(1, NEAR);
    bench.travel(2_000, 7_010);
    bench.answer_of(1, Some(NEAR), None);
    assert_eq!(took(&log), [Did::Command(1, NEAR)]);
    bench.triggers = None;
    bench.travel(7_010, 7_010);
    assert!(!bench.stage.is_done(), "it may go on");
    bench.travel(7_010, 7_010);
    bench.travel(7_010, 7_010);
    assert!(bench.stage.is_done());
}
