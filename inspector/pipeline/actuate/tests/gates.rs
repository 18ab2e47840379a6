//! Parts on their way from where they are decided to a gate of their own.

mod backward;
mod ending;
mod sending;

use super::*;
use crate::pipeline::message::Announcement;
use crate::ports::line::Sensor;
use crate::station::awaiting::Window;
use crate::station::gates::{Behind, GateNo, Gates, LanePlace};
use crate::station::identity::Who;
use crate::station::lane::{LANES_MAX, Lane, LaneNo, Lanes};
use crate::station::part::{PartId, Trigger};
use crate::station::recipe::{Recipe, RecipeView};
use crate::station::result::{Confirm, Identity, RecipeRef, ViewResult};
use crate::station::verdict::{Disposition, Score, Thresholds};
use arrayvec::{ArrayString, ArrayVec};
use std::sync::Mutex;

const NEAR: LaneNo = LaneNo(0);
const FAR: LaneNo = LaneNo(1);
const SAFE: LaneNo = LaneNo(2);
/// Nothing leads there.
const END: LaneNo = LaneNo(3);

/// What outputs were told, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Did {
    Command(u64, LaneNo),
    Close(GateNo),
    Rest,
}

type Log = Arc<Mutex<Vec<Did>>>;

/// Answers to come by themselves, as those of a device.
struct Outputs(Log);

impl Outputs {
    fn did(&self, did: Did) {
        self.0.lock().expect("no panic").push(did);
    }
}

impl PartOutput for Outputs {
    fn command(&mut self, outcome: &crate::station::outcome::Outcome) -> Result<(), OutputError> {
        if outcome.part_no != PartNo(0) {
            self.did(Did::Command(outcome.part_no.0, outcome.lane));
        }
        Ok(())
    }

    fn rest(&mut self) -> Result<(), OutputError> {
        self.did(Did::Rest);
        Ok(())
    }

    fn close(&mut self, gate: GateNo) -> Result<(), OutputError> {
        self.did(Did::Close(gate));
        Ok(())
    }

    fn answers_within(&self) -> Option<Duration> {
        Some(Duration::from_millis(100))
    }
}

const MS: Duration = Duration::from_millis(1);

/// Parts are decided 500 ms after their trigger, where the gate of the near lane stands; that of the far lane stands 600 ms
/// behind it, and that of the safe lane, which power takes parts to, 800 ms.
fn bench(log: &Log) -> Bench {
    let kind = Behind::Time(Duration::ZERO);
    let place = |(lane, ms, has_output): (LaneNo, Option<u32>, bool)| LanePlace {
        lane,
        behind: ms.map(|ms| Behind::Time(MS * ms)),
        has_output,
    };
    let places = [
        (NEAR, None, true),
        (FAR, Some(600), true),
        (SAFE, Some(800), true),
        (END, None, false),
    ];
    let gates = Gates::new(kind, &places.map(place), SAFE).expect("they fit");
    let outputs = Outputs(Arc::clone(log));
    let mut bench = Bench::new(|line| {
        line.ejector = Box::new(outputs);
        line.lanes = lanes();
        line.budget = line.budget.leaving(MS * 800).expect("few are in flight");
        line.awaits = AwaitPlan {
            watched: [true; LANES_MAX],
            ..AwaitPlan::NOTHING
        }
        .seen_within(Window::Time(MS * 20, MS * 150), &gates);
        line.gates = gates;
        line.announcer = None;
    });
    bench.run(2_000);
    log.lock().expect("no panic").clear();
    bench
}

fn lanes() -> Lanes {
    let lane = |(name, takes)| Lane {
        name: ArrayString::from(name).expect("short"),
        takes,
    };
    let lanes = [
        ("near", Disposition::Accept),
        ("far", Disposition::Accept),
        ("scrap", Disposition::Reject),
        ("end", Disposition::Accept),
    ];
    Lanes::new(lanes.map(lane).into(), SAFE).expect("they fit")
}

impl Bench {
    /// A part that passes, and is told to go to this lane.
    fn part(&mut self, part_no: u64, lane: LaneNo) {
        self.announced(part_no, lane);
        let decision = Decision {
            part_no: PartNo(part_no),
            view: ViewResult {
                verdict: Verdict::Pass,
                cause: None,
                ..ViewResult::not_decided(0, Cause::Deadline)
            },
        };
        self.decisions.push(decision).expect("there is room");
        self.run(1);
    }

    /// A part of which nothing is known in time.
    fn undecided(&mut self, part_no: u64) {
        self.announced(part_no, NEAR);
        self.run(1);
    }

    fn announced(&mut self, part_no: u64, lane: LaneNo) {
        let line = Score::new(0.5).expect("a score");
        let recipe = Recipe {
            style: crate::station::part::Style::new("cap").expect("a style"),
            version: 1,
            author: "t".to_owned(),
            reason: "t".to_owned(),
            created_at: WallTime(0),
            rules: crate::station::sorting::LaneRules::default(),
            views: ArrayVec::from_iter([RecipeView {
                name: "top".to_owned(),
                camera: 0,
                model: "any".to_owned(),
                thresholds: Thresholds::new(line, line).expect("in order"),
                place: Default::default(),
            }]),
        };
        let trigger = Trigger {
            part_no: PartNo(part_no),
            part_id: PartId::counted(1, PartNo(part_no)),
            identity: Identity::Counter,
            style: Some(recipe.style),
            lane: Some(lane),
            at: Instant::from_millis(self.ms),
            wall: WallTime(WALL_US + self.ms as i64 * 1_000),
        };
        let reference = RecipeRef {
            index: 0,
            version: 1,
        };
        let part = Inbound::Part(Announcement {
            trigger,
            recipe: Some((reference, Arc::new(recipe))),
            who: Who::Known,
            frames: 1,
            counts: None,
            is_missed: false,
            act_at: None,
        });
        let triggers = self.triggers.as_ref().expect("it is open");
        triggers.push(part).expect("there is room");
    }

    fn answer(&mut self, part_no: u64, reason: Option<&str>) {
        self.answer_of(part_no, None, reason);
    }

    /// To the command that sent the part to this lane.
    fn answer_of(&mut self, part_no: u64, lane: Option<LaneNo>, reason: Option<&str>) {
        let (part_no, at) = (PartNo(part_no), Instant::from_millis(self.ms));
        let told = match reason {
            None => Feedback::Acknowledged { part_no, lane, at },
            Some(reason) => Feedback::Failed {
                part_no,
                lane,
                at,
                reason: reason.to_owned(),
            },
        };
        self.devices.feedback.push(told).expect("there is room");
        self.run(1);
    }

    fn sensed(&mut self, lane: LaneNo) {
        self.senses(Sensor::Lane(lane));
    }

    fn senses(&mut self, sensor: Sensor) {
        let sensed = Feedback::Sensed {
            sensor,
            is_on: true,
            at: Instant::from_millis(self.ms),
        };
        self.devices.feedback.push(sensed).expect("there is room");
        self.run(1);
    }

    fn rows(&self) -> Vec<crate::station::result::PartResult> {
        let all = std::iter::from_fn(|| self.results.pop());
        all.filter_map(|emitted| match emitted.record {
            Record::Result(result) => Some(result),
            _ => None,
        })
        .collect()
    }
}

fn took(log: &Log) -> Vec<Did> {
    std::mem::take(&mut *log.lock().expect("no panic"))
}

#[test]
fn each_part_is_commanded_where_its_own_gate_stands_with_others_between() {
    let log = Log::default();
    let mut bench = bench(&log);
    // Two parts for the far lane are on their way to it when one for the near lane comes to its own.
    for (part_no, lane) in [(1, FAR), (2, FAR), (3, NEAR)] {
        bench.part(part_no, lane);
        bench.run(249);
    }
    bench.run(248);
    assert_eq!(took(&log), [], "at 998 ms nobody is at a gate");
    bench.run(5);
    assert_eq!(took(&log), [Did::Command(3, NEAR)]);
    bench.answer(3, None);
    bench.run(30);
    bench.sensed(NEAR);
    bench.run(67);
    assert_eq!(took(&log), [Did::Command(1, FAR)], "at 1100 ms");
    bench.answer(1, None);
    bench.run(30);
    bench.sensed(FAR);
    assert!(bench.stage.awaiting.len() == 1 && !bench.stage.underway.is_empty());
    bench.run(220);
    assert_eq!(took(&log), [Did::Command(2, FAR)], "at 1350 ms");
    bench.answer(2, None);
    bench.run(30);
    bench.sensed(FAR);
    bench.run(10);
    let rows = bench.rows();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.part_no.0, row.lane, row.confirm))
        .collect();
    let seen = Some(Confirm::Seen);
    assert_eq!(told, [(1, FAR, seen), (2, FAR, seen), (3, NEAR, seen)]);
    let acted: Vec<u32> = rows.iter().map(|row| row.acted_after_us / 1_000).collect();
    assert_eq!(acted, [1_100, 1_100, 500], "when each was commanded");
    assert_eq!(bench.stage.with.stats.counts.parts.get(), 3);
}

#[test]
fn a_fault_between_decision_and_gate_sends_the_part_to_the_safe_lane() {
    let log = Log::default();
    let mut bench = bench(&log);
    bench.part(1, FAR);
    bench.run(800);
    bench.stage.watch.guard.is(Trouble::BinFull, true);
    bench.run(400);
    assert_eq!(took(&log), [], "its own gate is not opened");
    bench.run(110);
    assert_eq!(took(&log), [Did::Command(1, SAFE)]);
    bench.answer(1, None);
    bench.run(30);
    bench.sensed(SAFE);
    bench.run(10);
    let [row] = &bench.rows()[..] else {
        panic!("one row")
    };
    assert_eq!((row.lane, row.cause), (SAFE, Some(Cause::LineFault)));
    assert_eq!(row.disposition, Disposition::Reject);
    assert_eq!(row.confirm, Some(Confirm::Seen));
}

#[test]
fn a_part_whose_gate_fails_or_does_not_answer_goes_to_the_safe_lane_behind_it() {
    for fails in [true, false] {
        let log = Log::default();
        let mut bench = bench(&log);
        bench.part(1, FAR);
        bench.run(1_105);
        assert_eq!(took(&log), [Did::Command(1, FAR)]);
        if fails {
            bench.answer(1, Some("no answer from the module"));
        }
        bench.run(210);
        assert_eq!(took(&log), [Did::Command(1, SAFE)], "fails: {fails}");
        bench.answer(1, None);
        bench.run(30);
        bench.sensed(SAFE);
        bench.run(10);
        let [row] = &bench.rows()[..] else {
            panic!("one row")
        };
        let cause = match fails {
            true => Cause::EjectorFault,
            false => Cause::NotAcknowledged,
        };
        assert_eq!((row.lane, row.cause), (SAFE, Some(cause)));
        assert_eq!(
            (row.acted_after_us / 1_000, row.confirm),
            (1_300, Some(Confirm::Seen))
        );
        let counts = &bench.stage.with.stats.counts;
        assert_eq!((counts.parts.get(), counts.confirmed.get()), (1, 1));
    }
}

#[test]
fn a_part_that_leaves_at_the_wrong_gate_is_told_by_its_number() {
    let log = Log::default();
    let mut bench = bench(&log);
    bench.part(1, FAR);
    bench.run(549);
    // The gate of the near lane stands open, and its sensor sees a part that was to go on.
    bench.sensed(NEAR);
    bench.run(560);
    bench.answer(1, None);
    bench.run(300);
    let [row] = &bench.rows()[..] else {
        panic!("one row")
    };
    assert_eq!(row.cause, None);
    assert_eq!((row.lane, row.confirm), (FAR, Some(Confirm::Elsewhere)));
    assert_eq!(bench.stage.with.stats.counts.confirm_faults.get(), 1);
}
