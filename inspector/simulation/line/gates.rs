//! The gates of a simulated line: one for all lanes, or each lane with its own so far behind the first.

use super::scenario::{COUNTS_PER_MM, Taking};
use super::world::{REWORK, SAFE, SECOND};
use crate::station::gates::{Behind, Gates, LanePlace};
use crate::station::lane::LaneNo;
use fastrand::Rng;
use std::time::Duration;

/// Lanes of a simulated line.
pub const LANES: usize = 4;
/// The last gate is not farther behind the first than this, in millimetres.
const APART_MM_MAX: u32 = 700;

/// Where the gate of each lane stands behind the first gate, in millimetres. Without power the lane at rest has none, and
/// begins behind the last one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Placed {
    /// By the number of the lane.
    pub behind_mm: [f64; LANES],
}

/// The lane to which parts go when no gate takes them.
pub const fn at_rest(by_power: bool) -> LaneNo {
    match by_power {
        true => LaneNo(0),
        false => SAFE,
    }
}

impl Placed {
    /// Half of all lines whose gates the station drives have them apart.
    pub fn draw(seed: u64, taking: Taking, by_power: bool) -> Self {
        let rng = &mut Rng::with_seed(seed ^ 0x6A7E);
        if taking == Taking::Plc || rng.bool() {
            return Self::default();
        }
        let mut behind_mm = [(); LANES].map(|()| match rng.u8(..3) {
            0 => 0.0,
            _ => f64::from(rng.u32(5..APART_MM_MAX)),
        });
        let driven = match by_power {
            true => [SECOND, REWORK],
            false => [LaneNo(0), SECOND],
        };
        behind_mm[usize::from(driven[rng.usize(..2)].0)] = 0.0;
        // That of the safe lane is the last one, and so is the end of the belt.
        let rest = usize::from(at_rest(by_power).0);
        behind_mm[rest] = 0.0;
        if by_power {
            behind_mm[usize::from(SAFE.0)] = 0.0;
        }
        let last = behind_mm.into_iter().fold(0.0, f64::max);
        if by_power {
            behind_mm[usize::from(SAFE.0)] = last + f64::from(rng.u32(..3)) * 30.0;
        }
        behind_mm[rest] = behind_mm.into_iter().fold(0.0, f64::max);
        Self { behind_mm }
    }

    /// Of a lane.
    pub fn of(&self, lane: LaneNo) -> f64 {
        self.behind_mm[usize::from(lane.0) % LANES]
    }

    /// Of the last gate.
    pub fn last_mm(&self) -> f64 {
        self.behind_mm.into_iter().fold(0.0, f64::max)
    }

    /// Whether they are not all in one place.
    pub fn is_apart(&self) -> bool {
        self.last_mm() > 0.0
    }

    /// As a station's settings would have them.
    pub fn gates(&self, (taking, by_power): (Taking, bool), speed_max_mm_s: f64) -> Gates {
        let behind = |mm: f64| match taking {
            Taking::Encoder => Behind::Counts((mm * COUNTS_PER_MM).round() as i64),
            Taking::Time | Taking::Plc => {
                Behind::Time(Duration::from_secs_f64(mm / speed_max_mm_s))
            }
        };
        let place = |lane: u8| LanePlace {
            lane: LaneNo(lane),
            behind: Some(behind(self.of(LaneNo(lane)))),
            has_output: LaneNo(lane) != at_rest(by_power),
        };
        let places = [0, 1, 2, 3].map(place);
        let Ok(gates) = Gates::new(behind(0.0), &places, SAFE) else {
            unreachable!("{self:?}: they fit");
        };
        gates
    }
}

/// One gate of the world.
#[derive(Clone, Copy, Debug)]
pub struct SimGate {
    /// Where it stands behind the first.
    pub behind_mm: f64,
    /// Until when it stays open by itself; `None` while it is closed.
    pub until_ms: Option<u64>,
    /// To which lane it leads while it is open.
    pub leads_to: LaneNo,
}

impl SimGate {
    /// Those of a line, in the order in which parts come to them.
    pub fn all(placed: &Placed, by_power: bool) -> Vec<Self> {
        let lanes = (0_u8..).take(LANES).map(LaneNo);
        let driven = lanes.filter(|lane| *lane != at_rest(by_power));
        let mut at: Vec<f64> = driven.map(|lane| placed.of(lane)).collect();
        at.sort_by(f64::total_cmp);
        at.dedup();
        let gate = |behind_mm| Self {
            behind_mm,
            until_ms: None,
            leads_to: SAFE,
        };
        at.into_iter().map(gate).collect()
    }
}
