//! Where a part can go: one of several lanes behind the station. Accept and reject are the case with two.

use super::verdict::Disposition;
use arrayvec::{ArrayString, ArrayVec};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most lanes of a station.
pub const LANES_MAX: usize = 16;
/// The longest name of a lane in bytes of UTF-8.
pub const LANE_BYTES_MAX: usize = 32;

/// Index into the station's lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LaneNo(pub u8);

/// Why a part goes to its lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LaneBy {
    /// The usual one of its disposition, or the safe one.
    #[default]
    Usual,
    /// It was told with the part's identity.
    LookUp,
    /// This rule of the recipe, counted from 1.
    Rule(u8),
}

impl LaneBy {
    /// The stable name, as in SQL and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            LaneBy::Usual => "usual",
            LaneBy::LookUp => "look_up",
            LaneBy::Rule(_) => "rule",
        }
    }

    /// Number of the rule, where one says so.
    pub const fn rule(self) -> Option<u8> {
        match self {
            LaneBy::Rule(number) => Some(number),
            LaneBy::Usual | LaneBy::LookUp => None,
        }
    }
}

/// One way behind the station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Its name, unique in the station.
    pub name: ArrayString<LANE_BYTES_MAX>,
    /// Which parts may go there: accepted ones, or rejected ones. No part ever goes to a lane of the other kind.
    pub takes: Disposition,
}

/// Every lane of a station. Holding one means that it has a safe lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lanes {
    lanes: ArrayVec<Lane, LANES_MAX>,
    safe: LaneNo,
    accept: LaneNo,
}

/// Why lanes do not fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LanesError {
    /// Fewer than two, or more than [`LANES_MAX`].
    Number(usize),
    /// Two have this name.
    Twice(ArrayString<LANE_BYTES_MAX>),
    /// No lane takes accepted parts, so that nothing could pass.
    NoneAccepts,
    /// The safe lane takes accepted parts, so that a fault would let defective ones through.
    SafeAccepts(ArrayString<LANE_BYTES_MAX>),
}

impl fmt::Display for LanesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LanesError::Number(found) => {
                write!(f, "expected 2 to {LANES_MAX} lanes, found {found}")
            }
            LanesError::Twice(name) => write!(f, "lane {name:?} is there twice; names must differ"),
            LanesError::NoneAccepts => write!(
                f,
                "no lane takes accepted parts; expected one with takes = \"accept\""
            ),
            LanesError::SafeAccepts(name) => write!(
                f,
                "the safe lane {name:?} takes accepted parts; expected one with takes = \"reject\", because parts go \
                 there under every fault"
            ),
        }
    }
}

impl std::error::Error for LanesError {}

impl Lanes {
    /// `safe` is where parts go under every fault, and rejected ones unless a rule says otherwise. Accepted parts go
    /// to the first lane that takes them unless a rule says otherwise.
    ///
    /// # Errors
    /// Why they do not fit together.
    pub fn new(lanes: Vec<Lane>, safe: LaneNo) -> Result<Self, LanesError> {
        let found = lanes.len();
        if !(2..=LANES_MAX).contains(&found) || usize::from(safe.0) >= found {
            return Err(LanesError::Number(found));
        }
        for (at, lane) in lanes.iter().enumerate() {
            if lanes[..at].iter().any(|before| before.name == lane.name) {
                return Err(LanesError::Twice(lane.name));
            }
        }
        let resting = &lanes[usize::from(safe.0)];
        if resting.takes == Disposition::Accept {
            return Err(LanesError::SafeAccepts(resting.name));
        }
        let mut all = lanes.iter();
        let accept = all.position(|lane| lane.takes == Disposition::Accept);
        let accept = accept.ok_or(LanesError::NoneAccepts)?;
        Ok(Self {
            lanes: lanes.into_iter().collect(),
            safe,
            accept: LaneNo(u8::try_from(accept).unwrap_or(0)),
        })
    }

    /// Two lanes: `accept` (0) and `reject` (1), which is the safe one.
    pub fn two() -> Self {
        let lane = |name: &str, takes| Lane {
            name: ArrayString::from(name).unwrap_or_default(),
            takes,
        };
        Self {
            lanes: ArrayVec::from_iter([
                lane("accept", Disposition::Accept),
                lane("reject", Disposition::Reject),
            ]),
            safe: LaneNo(1),
            accept: LaneNo(0),
        }
    }

    /// Where parts go under every fault.
    pub const fn safe(&self) -> LaneNo {
        self.safe
    }

    /// Where a part goes of which no rule says more.
    pub const fn usual(&self, disposition: Disposition) -> LaneNo {
        match disposition {
            Disposition::Accept => self.accept,
            Disposition::Reject => self.safe,
        }
    }

    /// The lane with this number.
    pub fn get(&self, lane: LaneNo) -> Option<&Lane> {
        self.lanes.get(usize::from(lane.0))
    }

    /// The number of the lane with this name.
    pub fn find(&self, name: &str) -> Option<LaneNo> {
        let at = self.lanes.iter().position(|lane| &lane.name == name)?;
        u8::try_from(at).ok().map(LaneNo)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (LaneNo, &Lane)> {
        let number = |at| LaneNo(u8::try_from(at).unwrap_or(u8::MAX));
        let lanes = self.lanes.iter().enumerate();
        lanes.map(move |(at, lane)| (number(at), lane))
    }

    /// Whether parts of this disposition may go there; `false` for no lane of the station.
    pub fn takes(&self, lane: LaneNo, disposition: Disposition) -> bool {
        self.get(lane)
            .is_some_and(|found| found.takes == disposition)
    }

    /// This lane for a part of this disposition; the safe one where the lane is none or takes other parts.
    pub fn allowed(&self, lane: LaneNo, disposition: Disposition) -> LaneNo {
        match self.get(lane) {
            Some(found) if found.takes == disposition => lane,
            _ => self.safe,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(name: &str, takes: Disposition) -> Lane {
        Lane {
            name: ArrayString::from(name).expect("short"),
            takes,
        }
    }

    #[test]
    fn a_fault_leads_to_a_lane_for_rejected_parts() {
        let lanes = vec![
            lane("a", Disposition::Accept),
            lane("b", Disposition::Accept),
            lane("rework", Disposition::Reject),
            lane("scrap", Disposition::Reject),
        ];
        let all = Lanes::new(lanes.clone(), LaneNo(3)).expect("they fit");
        assert_eq!(all.usual(Disposition::Accept), LaneNo(0));
        assert_eq!(all.usual(Disposition::Reject), LaneNo(3));
        assert_eq!(all.find("rework"), Some(LaneNo(2)));
        assert_eq!(all.allowed(LaneNo(2), Disposition::Reject), LaneNo(2));
        for (lane, disposition) in [
            (0, Disposition::Reject),
            (2, Disposition::Accept),
            (9, Disposition::Accept),
        ] {
            assert_eq!(all.allowed(LaneNo(lane), disposition), LaneNo(3));
        }
        let wrong = Lanes::new(lanes, LaneNo(0));
        assert!(matches!(wrong, Err(LanesError::SafeAccepts(_))));
        let only = vec![
            lane("x", Disposition::Reject),
            lane("y", Disposition::Reject),
        ];
        assert_eq!(Lanes::new(only, LaneNo(0)), Err(LanesError::NoneAccepts));
        assert_eq!(
            Lanes::new(
                vec![
                    lane("x", Disposition::Accept),
                    lane("x", Disposition::Reject)
                ],
                LaneNo(1)
            ),
            Err(LanesError::Twice(ArrayString::from("x").expect("short")))
        );
        assert_eq!(Lanes::two().find("reject"), Some(Lanes::two().safe()));
    }
}
