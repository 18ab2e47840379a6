//! Where the gates of the lanes stand behind the camera. A part is decided at one place for all of them, and goes on from
//! there to the gate of its lane.

use super::lane::{LANES_MAX, LaneNo};
use super::position::{Position, Scale};
use arrayvec::ArrayVec;
use std::time::Duration;

/// How far behind the place where parts are decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Behind {
    /// A part takes so long.
    Time(Duration),
    /// The belt counts so far.
    Counts(i64),
}

impl Behind {
    const fn nothing(self) -> Self {
        match self {
            Behind::Time(_) => Behind::Time(Duration::ZERO),
            Behind::Counts(_) => Behind::Counts(0),
        }
    }

    /// So much farther; where they differ in kind, the first.
    #[must_use]
    pub fn and(self, more: Self) -> Self {
        match (self, more) {
            (Behind::Time(time), Behind::Time(more)) => Behind::Time(time + more),
            (Behind::Counts(counts), Behind::Counts(more)) => Behind::Counts(counts + more),
            (other, _) => other,
        }
    }

    /// The shortest time in which a part gets so far; without a scale counts are no time.
    pub fn time_min(self, scale: Option<&Scale>) -> Duration {
        match (self, scale) {
            (Behind::Time(time), _) => time,
            (Behind::Counts(counts), Some(scale)) => scale.time_min(counts),
            (Behind::Counts(_), None) => Duration::ZERO,
        }
    }
}

impl Position {
    /// So far behind it; where they differ in kind, it itself.
    pub fn behind(self, behind: Behind) -> Self {
        match (self, behind) {
            (Position::Time(at), Behind::Time(time)) => Position::Time(at + time),
            (Position::Counts(at), Behind::Counts(counts)) => Position::Counts(at + counts),
            (other, _) => other,
        }
    }
}

/// Number of a gate, in the order in which parts come to them. Outputs of several lanes may be one gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GateNo(pub u8);

/// The gates of all lanes. Holding one means that the gate of the safe lane is the last, so that a part which its own gate
/// did not take can still be sent there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gates {
    /// In the order in which parts come to them.
    gates: ArrayVec<Behind, LANES_MAX>,
    of_lane: [GateNo; LANES_MAX],
    /// Where the way of each lane begins: its gate, or for one without an output what the settings say.
    begins: [Behind; LANES_MAX],
}

/// Where the gate of a lane stands, as the settings have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LanePlace {
    /// Of which lane.
    pub lane: LaneNo,
    /// `None` for where parts are decided, or behind every gate for a lane without an output.
    pub behind: Option<Behind>,
    /// Whether an output leads there.
    pub has_output: bool,
}

/// Why gates do not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatesError {
    /// A part would come to the gate of the safe lane before it comes to this one's.
    BehindSafe(LaneNo),
    /// This lane has no output, and begins before the last gate.
    BeginsBefore(LaneNo),
}

impl Gates {
    /// One gate for all lanes, where parts are decided. `kind` is what positions are.
    pub fn one(kind: Behind) -> Self {
        Self {
            gates: ArrayVec::from_iter([kind.nothing()]),
            of_lane: [GateNo(0); LANES_MAX],
            begins: [kind.nothing(); LANES_MAX],
        }
    }

    /// `kind` is what positions are; a lane that is not among the places has its gate where parts are decided.
    ///
    /// # Errors
    /// Which lane does not fit.
    pub fn new(kind: Behind, places: &[LanePlace], safe: LaneNo) -> Result<Self, GatesError> {
        let nothing = kind.nothing();
        let outputs = places.iter().filter(|place| place.has_output);
        let mut gates: Vec<Behind> = outputs
            .map(|place| place.behind.unwrap_or(nothing))
            .collect();
        gates.sort_unstable();
        gates.dedup();
        let last = gates.last().copied().unwrap_or(nothing);
        let mut all = Self::one(kind);
        if !gates.is_empty() {
            all.gates = gates.into_iter().take(LANES_MAX).collect();
        }
        for place in places {
            let begins = match (place.behind, place.has_output) {
                (Some(behind), _) => behind,
                (None, true) => nothing,
                (None, false) => last,
            };
            // What is sent nowhere is let through by the last gate.
            let acts = if place.has_output { begins } else { last };
            if begins < acts {
                return Err(GatesError::BeginsBefore(place.lane));
            }
            let at = usize::from(place.lane.0).min(LANES_MAX - 1);
            let number = all.gates.iter().position(|gate| *gate == acts).unwrap_or(0);
            all.of_lane[at] = GateNo(u8::try_from(number).unwrap_or(0));
            all.begins[at] = begins;
        }
        let mut outputs = places.iter().filter(|place| place.has_output);
        if let Some(behind) = outputs.find(|place| all.of(place.lane) > all.of(safe)) {
            return Err(GatesError::BehindSafe(behind.lane));
        }
        Ok(all)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.gates.len()
    }

    /// The gate at which parts for this lane leave the belt, or pass the last one that could have taken them.
    pub fn of(&self, lane: LaneNo) -> GateNo {
        self.of_lane[usize::from(lane.0).min(LANES_MAX - 1)]
    }

    /// The last one that a part comes to.
    pub fn last(&self) -> GateNo {
        GateNo(u8::try_from(self.gates.len().saturating_sub(1)).unwrap_or(0))
    }

    /// How far a gate stands behind the place where parts are decided.
    pub fn behind(&self, gate: GateNo) -> Behind {
        self.gates[usize::from(gate.0).min(self.gates.len() - 1)]
    }

    /// Where the way of a lane begins, from which its sensor is counted.
    pub fn begins(&self, lane: LaneNo) -> Behind {
        self.begins[usize::from(lane.0).min(LANES_MAX - 1)]
    }

    /// Where a part comes to this gate that is decided there.
    pub fn at(&self, decided_at: Position, gate: GateNo) -> Position {
        decided_at.behind(self.behind(gate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Behind = Behind::Counts(0);

    fn place(lane: u8, counts: Option<i64>, has_output: bool) -> LanePlace {
        LanePlace {
            lane: LaneNo(lane),
            behind: counts.map(Behind::Counts),
            has_output,
        }
    }

    #[test]
    fn parts_come_to_gates_in_the_order_of_their_distances() {
        let places = [
            place(0, Some(3_000), true),
            place(1, None, false),
            place(2, None, true),
            place(3, Some(1_000), true),
            place(4, Some(3_000), true),
        ];
        let gates = Gates::new(KIND, &places, LaneNo(1)).expect("they fit");
        assert_eq!(gates.count(), 3);
        let of = [0, 1, 2, 3, 4].map(|lane| gates.of(LaneNo(lane)).0);
        assert_eq!(of, [2, 2, 0, 1, 2], "without power behind the last one");
        assert_eq!(gates.begins(LaneNo(1)), Behind::Counts(3_000));
        let decided = Position::Counts(500);
        let at = [0, 1, 2].map(|gate| gates.at(decided, GateNo(gate)));
        assert_eq!(at, [500, 1_500, 3_500].map(Position::Counts));
    }

    #[test]
    fn the_safe_lane_is_behind_every_gate() {
        let places = [
            place(0, None, false),
            place(1, Some(1_000), true),
            place(2, Some(2_000), true),
        ];
        let found = Gates::new(KIND, &places, LaneNo(1));
        assert_eq!(found, Err(GatesError::BehindSafe(LaneNo(2))));
        assert!(Gates::new(KIND, &places, LaneNo(2)).is_ok());
        let early = [place(0, Some(10), true), place(1, Some(5), false)];
        let found = Gates::new(KIND, &early, LaneNo(1));
        assert_eq!(found, Err(GatesError::BeginsBefore(LaneNo(1))));
    }
}
