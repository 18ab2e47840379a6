//! What gates and PLC do with the things that pass them.

use super::Sabotage;
use super::gates::at_rest;
use super::scenario::{HOLD_MM, TO_GATE_MM, Taking};
use super::thing::{Commanded, Thing};
use super::world::{REWORK, SAFE, SECOND, World, takes};
use crate::station::gates::GateNo;
use crate::station::lane::LaneNo;
use crate::station::outcome::Outcome;
use crate::station::part::PartNo;

impl World {
    /// As the station reckons it.
    pub(super) fn is_at_first_gate(&self, index: usize, on_mm: f64) -> bool {
        let thing = self.at(index);
        let way_ms = (TO_GATE_MM / self.scenario.speed_max_mm_s * 1e3) as u64;
        match self.scenario.taking {
            Taking::Time if thing.part_no.is_some() => self.ms >= thing.triggered_ms + way_ms,
            _ => on_mm >= TO_GATE_MM,
        }
    }

    /// A part is taken by the first gate that is open when it is there, and goes on behind the last one.
    pub(super) fn pass_gates(&mut self, index: usize, on_mm: f64) {
        // What the belt takes back comes to the gate once more.
        while let thing = self.at(index)
            && !thing.passed[1]
            && let Some(before) = thing.gates_passed.checked_sub(1)
            && on_mm < TO_GATE_MM + self.gates[before].behind_mm + HOLD_MM / 2.0
        {
            self.at_mut(index).gates_passed = before;
        }
        while let thing = self.at(index)
            && !thing.passed[1]
            && let Some(gate) = self.gates.get(thing.gates_passed)
            && on_mm >= TO_GATE_MM + gate.behind_mm + HOLD_MM / 2.0
        {
            let is_last = thing.gates_passed + 1 == self.gates.len();
            let went_to = match (self.scenario.taking, gate.until_ms) {
                (Taking::Plc, _) => Some(self.told(index)),
                (_, Some(_)) => Some(gate.leads_to),
                (_, None) => is_last.then(|| at_rest(self.scenario.by_power)),
            };
            let ms = self.ms;
            let thing = self.at_mut(index);
            thing.gates_passed += 1;
            if let Some(went_to) = went_to {
                thing.passed[1] = true;
                thing.went_to = went_to;
                thing.went = Some(takes(went_to));
                thing.went_ms = ms;
            }
        }
    }

    /// Where the PLC sends a thing.
    fn told(&self, index: usize) -> LaneNo {
        let part_no = self.at(index).part_no;
        let mut known = self.known.iter();
        let known = known.find(|(known, _)| Some(*known) == part_no);
        known.map_or(SAFE, |(_, lane)| *lane)
    }

    /// The gate was told to open or close, or the PLC was told what to do. Whether it took it.
    pub fn command(&mut self, outcome: &Outcome) -> bool {
        if self.scenario.challenge.is_some() && outcome.part_no != PartNo(0) {
            self.commanded.push(Commanded {
                ms: self.ms,
                part_no: outcome.part_no,
                disposition: outcome.disposition,
            });
        }
        let thing = |thing: &&Thing| thing.part_no == Some(outcome.part_no);
        let is_ignored = self
            .things
            .iter()
            .find(thing)
            .is_some_and(|thing| thing.coming.is_ignored);
        let mut lane = outcome.lane;
        // Behind power that takes parts out, only what has a gate before that of the safe lane can fail.
        let can_fail = !self.scenario.by_power || lane == SECOND || lane == REWORK;
        if is_ignored && can_fail {
            return false;
        }
        if self.breaks(Sabotage::EverythingAccepted) {
            lane = LaneNo(0);
        }
        if self.breaks(Sabotage::LanesMixedUp) && lane == REWORK {
            lane = SECOND;
        }
        if self.scenario.taking == Taking::Plc {
            let mut part_no = outcome.part_no;
            if self.breaks(Sabotage::PlcTakesThePartBefore) {
                part_no = PartNo(part_no.0 + 1);
            }
            self.known.push((part_no, lane));
            return true;
        }
        if !(is_ignored && lane == SAFE && self.breaks(Sabotage::SafeGateForgotten)) {
            self.open(lane);
        }
        self.stands(outcome);
        true
    }

    /// The gate of a lane opens, and leads nowhere else; that of the lane at rest is the last one, which closes.
    fn open(&mut self, lane: LaneNo) {
        let begins_mm = self.scenario.placed.of(lane);
        let mut gates = self.gates.iter_mut();
        let gate = gates.rfind(|gate| gate.behind_mm <= begins_mm);
        let Some(gate) = gate else { return };
        if lane == at_rest(self.scenario.by_power) {
            gate.until_ms = match self.sabotage {
                Some(Sabotage::GateStaysOpen) => gate.until_ms,
                _ => None,
            };
            return;
        }
        // Behind an encoder the station closes it; the device does too, if nobody comes.
        let slowest = match self.scenario.taking {
            Taking::Encoder => 10.0,
            _ => 1.0,
        };
        let hold_ms = HOLD_MM / self.scenario.speed_max_mm_s * 1e3 * slowest;
        gate.until_ms = Some(self.ms + hold_ms as u64);
        gate.leads_to = lane;
    }

    /// How far the part was from the gate of its lane when that was commanded.
    fn stands(&mut self, outcome: &Outcome) {
        let (belt_mm, begins_mm) = (self.belt_mm, self.scenario.placed.of(outcome.lane));
        let mut things = self.things.iter_mut();
        let thing = things.find(|thing| thing.part_no == Some(outcome.part_no));
        if let Some(thing) = thing {
            thing.commanded_mm = Some(belt_mm - thing.mm - TO_GATE_MM - begins_mm);
        }
    }

    /// Every gate closes, or the one with this number.
    pub fn close(&mut self, gate: Option<GateNo>) {
        if self.breaks(Sabotage::GateStaysOpen) {
            return;
        }
        let all = self.breaks(Sabotage::OneGateClosesAll);
        for (at, shut) in self.gates.iter_mut().enumerate() {
            if all || gate.is_none_or(|gate| usize::from(gate.0) == at) {
                shut.until_ms = None;
            }
        }
    }
}
