//! The way from the trigger to the ejector: so much time, or so much belt.

use super::budget::CycleBudget;
use super::position::{Now, Position, Scale};
use super::time::Instant;
use std::fmt;
use std::time::Duration;

/// Distances on a belt with an encoder, in counts. Holding one means that they fit together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BeltWay {
    scale: Scale,
    pitch_min: i64,
    to_gate: i64,
    hold: i64,
}

/// Why distances do not fit together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BeltWayError {
    /// Less than one count of the encoder.
    TooShort {
        /// The key in the settings.
        key: &'static str,
        /// What it is, in mm.
        mm: f64,
    },
    /// The gate would still be open for the next part.
    HoldExceedsPitch {
        /// `encoder.hold_mm`, as in the settings.
        hold_mm: f64,
        /// `encoder.pitch_mm_min`, as in the settings.
        pitch_mm_min: f64,
    },
}

impl fmt::Display for BeltWayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BeltWayError::TooShort { key, mm } => write!(
                f,
                "encoder.{key} is {mm} mm; expected a distance of at least one count of the encoder"
            ),
            BeltWayError::HoldExceedsPitch {
                hold_mm,
                pitch_mm_min,
            } => write!(
                f,
                "encoder.hold_mm is {hold_mm}; expected less than encoder.pitch_mm_min, which is {pitch_mm_min}, or the \
                 gate stands open for the next part"
            ),
        }
    }
}

impl std::error::Error for BeltWayError {}

impl BeltWay {
    /// In millimetres: the shortest distance between two parts; trigger to ejector; how far a part travels while the
    /// gate is open for it.
    ///
    /// # Errors
    /// Why they do not fit together.
    pub fn new(
        scale: Scale,
        pitch_mm_min: f64,
        distance_mm: f64,
        hold_mm: f64,
    ) -> Result<Self, BeltWayError> {
        for (key, mm) in [
            ("pitch_mm_min", pitch_mm_min),
            ("distance_mm", distance_mm),
            ("hold_mm", hold_mm),
        ] {
            if !(mm.is_finite() && scale.counts(mm) >= 1) {
                return Err(BeltWayError::TooShort { key, mm });
            }
        }
        if hold_mm >= pitch_mm_min {
            return Err(BeltWayError::HoldExceedsPitch {
                hold_mm,
                pitch_mm_min,
            });
        }
        Ok(Self {
            scale,
            pitch_min: scale.counts(pitch_mm_min),
            to_gate: scale.counts(distance_mm),
            hold: scale.counts(hold_mm),
        })
    }

    /// How counts become millimetres.
    pub const fn scale(&self) -> &Scale {
        &self.scale
    }

    /// The shortest distance between two parts, in counts.
    pub const fn pitch_min(&self) -> i64 {
        self.pitch_min
    }

    /// Trigger to ejector, in counts.
    pub const fn counts_to_gate(&self) -> i64 {
        self.to_gate
    }
}

/// How a part gets from the trigger to the ejector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Travel {
    /// In a fixed time.
    Time(CycleBudget),
    /// With the belt.
    Belt(BeltWay),
}

impl Travel {
    /// Where a part acts that was triggered at this time, with the belt there.
    pub fn act_at(&self, at: Instant, counts: i64) -> Position {
        match self {
            Travel::Time(budget) => Position::Time(at + budget.decide_by()),
            Travel::Belt(way) => Position::Counts(counts + way.to_gate),
        }
    }

    /// Where a part acts that is triggered one pitch after this time and place.
    pub fn act_at_after(&self, at: Instant, counts: i64) -> Position {
        match self {
            Travel::Time(_) => self.act_at(at, counts),
            Travel::Belt(way) => Position::Counts(counts + way.pitch_min + way.to_gate),
        }
    }

    /// Where the gate closes again that opens there.
    pub fn closes_at(&self, act_at: Position) -> Position {
        match (self, act_at) {
            (Travel::Time(budget), Position::Time(at)) => Position::Time(at + budget.accept_hold()),
            (Travel::Belt(way), Position::Counts(counts)) => Position::Counts(counts + way.hold),
            (_, other) => other,
        }
    }

    /// Whether a command now would miss a part that acts there: it has passed, or the gate would still be open for
    /// the next.
    pub fn is_gone(&self, act_at: Position, now: Now) -> bool {
        match (self, act_at) {
            (Travel::Time(budget), Position::Time(at)) => now.at.since(at) > budget.act_late_max(),
            (Travel::Belt(way), Position::Counts(at)) => {
                let late_max = way.hold.min(way.pitch_min - way.hold);
                now.counts.is_none_or(|counts| counts - at > late_max)
            }
            _ => true,
        }
    }

    /// Whether the belt has taken a part that acts there back so far that the one before it may be there.
    pub fn is_taken_back(&self, act_at: Position, now: Now) -> bool {
        match (self, act_at, now.counts) {
            (Travel::Belt(way), Position::Counts(at), Some(counts)) => {
                at - counts > way.pitch_min - way.hold
            }
            _ => false,
        }
    }

    /// How long nothing needs to be looked at, if the belt runs as fast as it can.
    pub fn quiet_for(&self, act_at: Position, now: Now) -> Duration {
        match (self, act_at, now.counts) {
            (_, Position::Time(at), _) => at.since(now.at),
            (Travel::Belt(way), Position::Counts(at), Some(counts)) => {
                way.scale.time_min(at - counts)
            }
            _ => Duration::MAX,
        }
    }
}

/// The later of two positions of one kind; the first where they differ in kind.
pub fn later(a: Position, b: Position) -> Position {
    match (a, b) {
        (Position::Time(a), Position::Time(b)) => Position::Time(a.max(b)),
        (Position::Counts(a), Position::Counts(b)) => Position::Counts(a.max(b)),
        _ => a,
    }
}

/// Whether a part that acts there comes before this limit; not where they differ in kind.
pub fn is_before(act_at: Position, limit: Position) -> bool {
    match (act_at, limit) {
        (Position::Time(at), Position::Time(limit)) => at < limit,
        (Position::Counts(at), Position::Counts(limit)) => at < limit,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::station::position::Reverse;

    fn way() -> BeltWay {
        let scale = Scale::new(10.0, 1_000.0, Reverse::Track).expect("above zero");
        BeltWay::new(scale, 100.0, 500.0, 30.0).expect("it fits")
    }

    #[test]
    fn a_part_on_a_belt_acts_so_many_counts_after_its_trigger() {
        let travel = Travel::Belt(way());
        let act_at = travel.act_at(Instant::default(), 40);
        assert_eq!(act_at, Position::Counts(5_040));
        assert_eq!(travel.closes_at(act_at), Position::Counts(5_340));
        let now = |counts| Now {
            at: Instant::from_millis(3_600_000),
            counts,
        };
        assert!(
            !travel.is_gone(act_at, now(Some(5_040))),
            "an hour on a belt that stood"
        );
        assert!(
            !travel.is_gone(act_at, now(Some(5_340))),
            "30 mm late still meets it"
        );
        assert!(travel.is_gone(act_at, now(Some(5_341))));
        assert!(
            travel.is_gone(act_at, now(None)),
            "nobody knows where it is"
        );
        assert_eq!(
            travel.quiet_for(act_at, now(Some(40))),
            Duration::from_millis(500)
        );
    }

    #[test]
    fn distances_that_do_not_fit_are_refused() {
        let scale = *way().scale();
        assert!(matches!(
            BeltWay::new(scale, 100.0, 500.0, 100.0),
            Err(BeltWayError::HoldExceedsPitch { .. })
        ));
        for (pitch, distance, hold) in [
            (0.0, 1.0, 1.0),
            (1.0, f64::NAN, 0.5),
            (1.0, 1.0, 0.01),
            (-5.0, 1.0, 1.0),
        ] {
            let found = BeltWay::new(scale, pitch, distance, hold);
            assert!(
                matches!(found, Err(BeltWayError::TooShort { .. })),
                "{found:?}"
            );
        }
    }
}
