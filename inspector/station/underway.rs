//! Parts that are decided and have not come to the gate of their lane: on a line whose gates stand apart, several of them,
//! each on its way to its own.

use super::gates::{GateNo, Gates};
use super::part::PartNo;
use super::position::{Now, Position};
use super::tracker::Due;
use std::collections::VecDeque;

/// A part on its way to a gate.
#[derive(Debug)]
pub struct OnWay {
    /// What is known of it; `result.lane` is where it goes. `act_at` is where it was decided.
    pub due: Due,
    /// The gate it is sent to.
    pub gate: GateNo,
    /// Whether it was commanded and counted before, at a gate that may not have taken it.
    pub is_counted: bool,
}

impl OnWay {
    /// A part that was just decided.
    pub const fn to(due: Due, gate: GateNo) -> Self {
        Self {
            due,
            gate,
            is_counted: false,
        }
    }
}

/// Every such part, in the order of their triggers.
#[derive(Debug)]
pub struct Underway {
    gates: Gates,
    parts: VecDeque<OnWay>,
    parts_max: usize,
}

impl Underway {
    /// Room for `parts_max` parts, allocated now.
    pub fn new(gates: Gates, parts_max: usize) -> Self {
        Self {
            gates,
            parts: VecDeque::with_capacity(parts_max),
            parts_max,
        }
    }

    /// Where the gates stand.
    pub const fn gates(&self) -> &Gates {
        &self.gates
    }

    /// Whether one more part would have to grow what was allocated.
    pub fn is_full(&self) -> bool {
        self.parts.len() >= self.parts_max
    }

    /// A part goes on to the gate of its lane.
    pub fn add(&mut self, part: OnWay) {
        let after = |before: &OnWay| before.due.result.part_no < part.due.result.part_no;
        let place = self.parts.partition_point(after);
        self.parts.insert(place, part);
    }

    /// The oldest part that has come to its gate.
    pub fn next_due(&mut self, now: Now) -> Option<OnWay> {
        let gates = &self.gates;
        let is_there = |part: &OnWay| gates.at(part.due.act_at, part.gate).is_reached(now);
        let index = self.parts.iter().position(is_there)?;
        self.parts.remove(index)
    }

    /// The oldest part, wherever it is.
    pub fn pop(&mut self) -> Option<OnWay> {
        self.parts.pop_front()
    }

    /// Where each part comes to its gate.
    pub fn positions(&self) -> impl Iterator<Item = Position> {
        let gates = &self.gates;
        let at = |part: &OnWay| gates.at(part.due.act_at, part.gate);
        self.parts.iter().map(at)
    }

    /// Whether a part that goes on stands before this gate, behind the one for which it opened: the gate is open for the
    /// wrong part.
    pub fn passes(&self, gate: GateNo, opened_for: Position, now: Now) -> bool {
        self.parts.iter().any(|part| {
            let is_behind = super::travel::is_before(opened_for, part.due.act_at);
            let here = self.gates.at(part.due.act_at, gate);
            part.gate > gate && is_behind && here.is_reached(now)
        })
    }

    /// Nothing on the belt is to be accepted: something that nobody tracks may be among these parts.
    pub fn doubt_all(&mut self) {
        for part in &mut self.parts {
            part.due.is_crowded = true;
        }
    }

    /// The gate works for something that nobody tracks until parts decided at this limit come to it; for ever where that is
    /// `None`. It takes out what comes to it before.
    pub fn doubt_at(&mut self, gate: GateNo, until: Option<Position>) {
        let is_before = |part: &OnWay| {
            until.is_none_or(|until| super::travel::is_before(part.due.act_at, until))
        };
        for part in &mut self.parts {
            part.due.is_crowded |= part.gate == gate && is_before(part);
        }
    }

    /// This part has a neighbour closer than a gate can tell apart.
    pub fn crowd(&mut self, part_no: PartNo) {
        let by = |part: &OnWay| part.due.result.part_no;
        if let Ok(index) = self.parts.binary_search_by_key(&part_no, by) {
            self.parts[index].due.is_crowded = true;
        }
    }

    /// Parts decided nearer to this place than so many counts cannot be told from one that is there: whether there are
    /// any.
    pub fn crowd_near(&mut self, act_at: Position, counts_min: i64) -> bool {
        let mut is_near = false;
        for part in &mut self.parts {
            if act_at.is_near(part.due.act_at, counts_min) {
                part.due.is_crowded = true;
                is_near = true;
            }
        }
        is_near
    }

    /// All of them, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &OnWay> {
        self.parts.iter()
    }

    /// All of them, to change them, the oldest first.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut OnWay> {
        self.parts.iter_mut()
    }

    /// The number of the oldest.
    pub fn oldest(&self) -> Option<PartNo> {
        self.parts.front().map(|part| part.due.result.part_no)
    }

    /// So many parts.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// None is underway.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}
