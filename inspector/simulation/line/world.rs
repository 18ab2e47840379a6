//! The belt with everything on it: where parts are, what the gate does, what sensors see, what the encoder counts. Only
//! the devices of the simulated line look at it; the stages never do.

use super::Sabotage;
use super::gates::SimGate;
use super::naming::{READER_MM, challenge_id, id_of};
use super::scenario::{
    COUNTS_PER_MM, PITCH_MM, QUIET, Scenario, Span, TO_GATE_MM, TO_SENSOR_MM, paced_part,
};
use super::thing::{Commanded, Read, Thing};
use crate::station::guard::RestartBy;
use crate::station::lane::LaneNo;
use crate::station::part::{PartId, PartNo};
use crate::station::position::Reverse;
use crate::station::verdict::Disposition;
use fastrand::Rng;
use std::collections::VecDeque;

/// The lane to which the gate leads at rest.
pub const SAFE: LaneNo = LaneNo(1);
/// Of accepted parts that are not quite as good.
pub const SECOND: LaneNo = LaneNo(2);
/// Of rejected parts that can be mended.
pub const REWORK: LaneNo = LaneNo(3);

/// Which parts a lane takes.
pub fn takes(lane: LaneNo) -> Disposition {
    match lane {
        LaneNo(0) | SECOND => Disposition::Accept,
        _ => Disposition::Reject,
    }
}

/// The belt and what is on it.
pub struct World {
    /// What the seed says.
    pub scenario: Scenario,
    /// What is broken on purpose.
    pub sabotage: Option<Sabotage>,
    /// Milliseconds since the start.
    pub ms: u64,
    /// How far the belt has travelled.
    pub belt_mm: f64,
    /// What the encoder counted since the start.
    pub counted: f64,
    /// In the order of the belt; things that were put there by hand between them.
    pub things: VecDeque<Thing>,
    /// How many were there before these, and are forgotten.
    pub gone: usize,
    /// How many more things come, drawn from what.
    more: (u64, Rng),
    /// What readers told.
    pub reads: VecDeque<Read>,
    /// In the order in which parts come to them.
    pub gates: Vec<SimGate>,
    /// What the PLC knows of each part, by number.
    pub known: Vec<(PartNo, LaneNo)>,
    /// What was commanded, in order; kept where there are challenge parts.
    pub commanded: Vec<Commanded>,
    /// How a person had the line go on, and in which millisecond that is heard.
    pub restarts: Vec<(u64, RestartBy)>,
    /// Whether the belt moves.
    pub belt_runs: bool,
    /// Whether the line was told to stand still.
    pub is_stopped: bool,
    /// Whether that ever was so.
    pub was_stopped: bool,
    /// The next thing that has not been triggered, and the next that has not passed the reader before the trigger.
    pub next: [usize; 2],
}

/// What the sensors saw in one millisecond.
#[derive(Default)]
pub struct Seen {
    /// Things at the reader before the trigger, by index.
    pub read: Vec<usize>,
    /// Things at the trigger, by index.
    pub triggered: Vec<usize>,
    /// Whether something was right before the ejector.
    pub at_gate: bool,
    /// Lanes into which something came.
    pub lanes: Vec<LaneNo>,
    /// Whether the belt moved in the millisecond before, and in this one.
    pub belt_ran: bool,
    /// Whether the belt moved in this millisecond.
    pub belt_runs: bool,
}

impl World {
    /// Before anything has come.
    pub fn new(scenario: Scenario, sabotage: Option<Sabotage>) -> Self {
        let mut mm = 500.0;
        let left_over = scenario.left_over_mm.iter();
        let mut things: VecDeque<Thing> =
            left_over.map(|mm| Thing::new(*mm, QUIET, true)).collect();
        for coming in scenario.parts.clone() {
            mm += coming.gap_mm;
            things.push_back(Thing::new(mm, coming, false));
            if coming.is_followed {
                things.push_back(Thing::new(mm + PITCH_MM * 1.5, coming, true));
            }
        }
        Self {
            more: (scenario.more, Rng::with_seed(scenario.seed)),
            gates: SimGate::all(&scenario.placed, scenario.by_power),
            scenario,
            sabotage,
            ms: 0,
            belt_mm: 0.0,
            counted: 0.0,
            things,
            gone: 0,
            reads: VecDeque::new(),
            known: Vec::new(),
            commanded: Vec::new(),
            restarts: Vec::new(),
            belt_runs: false,
            is_stopped: false,
            was_stopped: false,
            next: [0; 2],
        }
    }

    /// A thing that is not forgotten.
    pub fn get(&self, index: usize) -> Option<&Thing> {
        self.things.get(index.checked_sub(self.gone)?)
    }

    /// A thing; panics where it is forgotten.
    pub fn at(&self, index: usize) -> &Thing {
        &self.things[index - self.gone]
    }

    /// A thing, to change it; panics where it is forgotten.
    pub fn at_mut(&mut self, index: usize) -> &mut Thing {
        &mut self.things[index - self.gone]
    }

    /// The ID of a thing, whether it is there or forgotten or never was.
    pub fn id_of(&self, index: usize) -> PartId {
        let challenge = self.get(index).and_then(|thing| thing.coming.challenge);
        challenge.map_or_else(|| id_of(index), challenge_id)
    }

    /// Whether now lies in this span.
    pub fn is_in(&self, span: Option<Span>) -> bool {
        span.is_some_and(|(from, to)| from <= self.ms && self.ms < to)
    }

    fn speed(&self) -> f64 {
        let scenario = &self.scenario;
        if self.is_stopped || self.is_in(scenario.stands_ms) {
            return 0.0;
        }
        let speeds = &scenario.speeds;
        let share = speeds[(self.ms / 1_000) as usize % speeds.len()];
        let speed = share * scenario.speed_max_mm_s;
        match self.is_in(scenario.backward_ms) {
            true => -speed,
            false => speed,
        }
    }

    /// What the encoder shows.
    pub fn counts(&self) -> u32 {
        let counted = self.counted.floor() as i64;
        self.scenario.counts_first.wrapping_add(counted as u32)
    }

    /// The first thing, which has left, is forgotten with what was known of it.
    pub fn forget(&mut self) {
        let Some(thing) = self.things.pop_front() else {
            return;
        };
        self.gone += 1;
        self.known
            .retain(|(part_no, _)| Some(*part_no) > thing.part_no);
        self.reads.retain(|read| read.of >= self.gone);
    }

    /// More things come, on a line at a pace.
    fn bring(&mut self) {
        let (left, rng) = &mut self.more;
        while *left > 0 {
            let last = self.things.back();
            let last_mm = last.map_or(self.belt_mm + 500.0, |thing| thing.mm);
            if last_mm > self.belt_mm + TO_GATE_MM && last.is_some() {
                break;
            }
            *left -= 1;
            let coming = paced_part(rng, self.scenario.naming.as_ref());
            let thing = Thing::new(last_mm + coming.gap_mm, coming, false);
            self.things.push_back(thing);
        }
    }

    /// One millisecond goes by.
    pub fn tick(&mut self) -> Seen {
        self.ms += 1;
        self.bring();
        for gate in &mut self.gates {
            gate.until_ms = gate.until_ms.filter(|until| *until > self.ms);
        }
        let moved_mm = self.speed() / 1e3;
        let belt_ran = std::mem::replace(&mut self.belt_runs, moved_mm != 0.0);
        // What a belt that runs backward does to the parts on it.
        self.belt_mm += match self.scenario.reverse {
            Reverse::Track => moved_mm,
            Reverse::Ignore => moved_mm.max(0.0),
            Reverse::Both => moved_mm.abs(),
        };
        if !self.is_in(self.scenario.dead_ms) {
            let slips = match self.breaks(Sabotage::EncoderSlips) {
                true => 0.85,
                false => 1.0,
            };
            self.counted += moved_mm * COUNTS_PER_MM * slips;
        }
        if self.scenario.jump_at_ms == Some(self.ms) {
            self.counted += 70_000.0;
        }
        Seen {
            belt_ran,
            belt_runs: self.belt_runs,
            ..self.look()
        }
    }

    /// Whether the world breaks in this way.
    pub fn breaks(&self, sabotage: Sabotage) -> bool {
        self.sabotage == Some(sabotage)
    }

    fn look(&mut self) -> Seen {
        let mut seen = Seen::default();
        let [mut next, mut read] = self.next;
        // What the belt has taken back comes to the trigger once more.
        while let Some(thing) = next.checked_sub(1).and_then(|last| self.get(last))
            && thing.mm > self.belt_mm
            && !thing.is_stray
            && !thing.is_off
            && !thing.passed[0]
        {
            next -= 1;
        }
        while let Some(thing) = self.get(read)
            && thing.mm - READER_MM <= self.belt_mm
        {
            if !thing.is_stray {
                seen.read.push(read);
            }
            read += 1;
        }
        while let Some(thing) = self.get(next)
            && thing.mm <= self.belt_mm
        {
            if !thing.is_stray {
                seen.triggered.push(next);
            }
            next += 1;
        }
        self.next = [next, read];
        for index in self.gone..next {
            self.pass(index, &mut seen);
        }
        seen
    }

    fn pass(&mut self, index: usize, seen: &mut Seen) {
        let on_mm = self.belt_mm - self.at(index).mm;
        let ms = self.ms;
        if self.is_at_first_gate(index, on_mm) {
            self.at_mut(index).first_gate_ms.get_or_insert(ms);
        }
        let thing = self.at_mut(index);
        if thing.is_off || thing.passed[2] {
            return;
        }
        if thing.coming.is_taken_off && !thing.is_stray && on_mm >= TO_GATE_MM / 2.0 {
            thing.is_off = true;
            return;
        }
        if on_mm >= TO_GATE_MM && !thing.passed[0] {
            thing.passed[0] = true;
            seen.at_gate = true;
        }
        self.pass_gates(index, on_mm);
        let begins_mm = self.scenario.placed.of(self.at(index).went_to);
        let thing = self.at_mut(index);
        if thing.passed[1] && on_mm >= TO_GATE_MM + begins_mm + TO_SENSOR_MM {
            thing.passed[2] = true;
            if !thing.coming.is_overlooked {
                seen.lanes.push(thing.went_to);
            }
        }
    }
}
