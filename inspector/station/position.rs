//! Where a part is on the belt: by the time, or by an encoder's counts. A part acts at a position (Gocator
//! `DelayDomain`), so a belt that stops, creeps or reverses takes its parts along.

use super::time::Instant;
use std::fmt;
use std::time::Duration;

/// One look at the encoder. The count wraps at 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// As the device has it.
    pub counts: u32,
    /// When it was so; of a device that is asked, when it was asked.
    pub at: Instant,
    /// The latest time at which it can have been so: when the device had answered.
    pub known_at: Instant,
}

impl Reading {
    /// Of which the time is known exactly.
    pub const fn exact(counts: u32, at: Instant) -> Self {
        Self {
            counts,
            at,
            known_at: at,
        }
    }
}

/// What a belt that runs backward does to the parts on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reverse {
    /// They go back too, and have to come forward again (Gocator *Track Backward*).
    #[default]
    Track,
    /// They stand meanwhile, and move on with it as soon as it runs forward again (*Ignore Backward*).
    Ignore,
    /// They move on: the encoder counts down as well as up (*Bi-directional*).
    Both,
}

/// How counts become millimetres. Holding one means that the numbers are above zero and finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    counts_per_mm: f64,
    speed_max_mm_s: f64,
    reverse: Reverse,
}

/// Why a scale is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScaleError {
    /// Not above zero, or not finite.
    Number {
        /// The key in the settings.
        key: &'static str,
        /// What it is.
        found: f64,
    },
}

impl fmt::Display for ScaleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ScaleError::Number { key, found } = self;
        write!(f, "{key} is {found}; expected a number above 0")
    }
}

impl std::error::Error for ScaleError {}

impl Scale {
    /// Counts of the encoder per millimetre of belt; the fastest that the belt can run, in mm/s; what backward means.
    ///
    /// # Errors
    /// Where a number is not above zero.
    pub fn new(
        counts_per_mm: f64,
        speed_max_mm_s: f64,
        reverse: Reverse,
    ) -> Result<Self, ScaleError> {
        for (key, found) in [
            ("encoder.counts_per_mm", counts_per_mm),
            ("encoder.speed_max_mm_s", speed_max_mm_s),
        ] {
            if !(found.is_finite() && found > 0.0) {
                return Err(ScaleError::Number { key, found });
            }
        }
        Ok(Self {
            counts_per_mm,
            speed_max_mm_s,
            reverse,
        })
    }

    /// A distance in counts, rounded.
    pub fn counts(&self, mm: f64) -> i64 {
        (mm * self.counts_per_mm).round() as i64
    }

    /// A number of counts in millimetres.
    pub fn mm(&self, counts: i64) -> f64 {
        counts as f64 / self.counts_per_mm
    }

    /// The shortest time in which the belt can travel so far.
    pub fn time_min(&self, counts: i64) -> Duration {
        Duration::from_secs_f64((self.mm(counts.max(0)) / self.speed_max_mm_s).min(1e9))
    }

    /// What a belt that runs backward does.
    pub const fn reverse(&self) -> Reverse {
        self.reverse
    }

    /// The most counts that can come in this time.
    pub fn counts_max(&self, time: Duration) -> f64 {
        time.as_secs_f64() * self.speed_max_mm_s * self.counts_per_mm
    }
}

/// When a part acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// At this time.
    Time(Instant),
    /// When the belt has travelled so far, in counts since the start.
    Counts(i64),
}

/// What is known of time and belt at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The time, as it was read.
    pub at: Instant,
    /// How far the belt has travelled; `None` without an encoder, or while it is not to be trusted.
    pub counts: Option<i64>,
}

impl Position {
    /// Whether it has been reached.
    pub fn is_reached(self, now: Now) -> bool {
        match (self, now.counts) {
            (Position::Time(at), _) => at <= now.at,
            (Position::Counts(at), Some(counts)) => at <= counts,
            (Position::Counts(_), None) => false,
        }
    }

    /// Whether both are on the belt and nearer to each other than so many counts.
    pub fn is_near(self, other: Position, counts_min: i64) -> bool {
        match (self, other) {
            (Position::Counts(here), Position::Counts(there)) => (there - here).abs() < counts_min,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    #[test]
    fn positions_are_reached_by_time_or_counts() {
        let now = |ms, counts| Now { at: at(ms), counts };
        assert!(Position::Time(at(5)).is_reached(now(5, None)));
        assert!(!Position::Time(at(5)).is_reached(now(4, Some(9))));
        assert!(Position::Counts(7).is_reached(now(0, Some(7))));
        assert!(!Position::Counts(7).is_reached(now(9, Some(6))));
        assert!(!Position::Counts(7).is_reached(now(9, None)));
    }

    #[test]
    fn a_scale_of_nothing_is_refused() {
        for (counts, speed) in [(0.0, 1.0), (f64::NAN, 1.0), (1.0, -1.0)] {
            assert!(Scale::new(counts, speed, Reverse::Track).is_err());
        }
        let scale = Scale::new(2.5, 500.0, Reverse::Track).expect("above zero");
        assert_eq!(scale.counts(100.0), 250);
        assert_eq!(scale.time_min(250), MS * 200);
    }
}
