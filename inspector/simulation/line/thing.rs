//! What lies on the belt of a simulated line, and what readers told of it.

use super::scenario::Coming;
use super::world::SAFE;
use crate::station::lane::LaneNo;
use crate::station::part::{PartId, PartNo};
use crate::station::verdict::Disposition;

/// A thing on the belt.
#[derive(Clone, Debug)]
pub struct Thing {
    /// Where on the belt it lies: it is at the trigger when the belt has travelled so far.
    pub mm: f64,
    /// Whether it must not be accepted.
    pub is_defective: bool,
    /// Its number, once it was triggered; none for one that somebody put there.
    pub part_no: Option<PartNo>,
    /// Its number before, where the belt took it back and it was triggered again.
    pub before: Option<PartNo>,
    /// When it was triggered, in milliseconds since the start.
    pub triggered_ms: u64,
    /// What happens to it.
    pub coming: Coming,
    /// To which kind of lane it went, once it has passed the ejector.
    pub went: Option<Disposition>,
    /// To which lane, then.
    pub went_to: LaneNo,
    /// Whether somebody took it off.
    pub is_off: bool,
    /// Whether somebody put it there, behind the trigger.
    pub is_stray: bool,
    /// Whether it came while whoever announces parts was away.
    pub is_unannounced: bool,
    /// When it passed the ejector, in milliseconds since the start.
    pub went_ms: u64,
    /// Whether it has passed the sensor before the first gate, left the belt or the last gate, and passed the sensor of
    /// its lane.
    pub passed: [bool; 3],
    /// When it was at the first gate, or would have been, in milliseconds since the start.
    pub first_gate_ms: Option<u64>,
    /// How many gates it has passed.
    pub gates_passed: usize,
    /// How far behind the gate of the lane to which it was sent it was when that was commanded last.
    pub commanded_mm: Option<f64>,
}

impl Thing {
    /// Before it is triggered.
    pub fn new(mm: f64, coming: Coming, is_stray: bool) -> Self {
        Self {
            mm,
            is_defective: is_stray || coming.is_defective,
            part_no: None,
            before: None,
            triggered_ms: 0,
            coming,
            went: None,
            went_to: SAFE,
            is_off: false,
            is_stray,
            is_unannounced: false,
            went_ms: 0,
            passed: [false; 3],
            first_gate_ms: None,
            gates_passed: 0,
            commanded_mm: None,
        }
    }

    /// It is at the trigger, and nobody announces it. One that the belt took back may be known from before.
    pub fn pass_unseen(&mut self) {
        self.is_unannounced = self.part_no.is_none();
    }

    /// What the models find in it, by its place on the belt. Every third part is one of second choice, or one that can be
    /// mended; what is good of one style is not of the other.
    pub fn score(&self, index: usize) -> f32 {
        let is_found = self.is_defective != self.coming.is_misjudged;
        match (
            index.is_multiple_of(3),
            is_found,
            self.coming.named.is_other,
        ) {
            (false, false, _) => 0.1,
            (true, false, false) => 0.3,
            (true, false, true) | (true, true, false) => 0.6,
            (true, true, true) => 0.7,
            (false, true, _) => 0.9,
        }
    }
}

/// What the gate or the PLC was told of a part.
#[derive(Clone, Copy, Debug)]
pub struct Commanded {
    /// When, in milliseconds since the start.
    pub ms: u64,
    /// Of which part.
    pub part_no: PartNo,
    /// Whether it was to go on.
    pub disposition: Disposition,
}

/// What a reader told.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    /// When, in milliseconds since the start.
    pub ms: u64,
    /// Which thing was at the reader, by its place on the belt.
    pub of: usize,
    /// The ID; `None` where it could read none.
    pub part_id: Option<PartId>,
    /// Whether it told the number of the part too.
    pub is_numbered: bool,
}
