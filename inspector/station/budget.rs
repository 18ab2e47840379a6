//! Limits that follow from the line: how long a decision may take, how many parts are in flight.

use std::fmt;
use std::time::Duration;

/// Times that fit together. Holding one means they have been checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CycleBudget {
    pitch_min: Duration,
    decide_by: Duration,
    leave_by: Duration,
    frame_window: Duration,
    accept_hold: Duration,
}

/// Why times do not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetError {
    /// Parts cannot follow each other at once.
    PitchIsZero,
    /// A frame of a part can only come before the part has left.
    FrameWindowExceedsDeadline {
        /// `timing.frame_window_ms`, as in the settings.
        frame_window_ms: u64,
        /// `timing.decide_by_ms`, as in the settings.
        decide_by_ms: u64,
    },
    /// The gate would still stand open for the next part.
    HoldExceedsPitch {
        /// `ejector.hold_ms`, as in the settings.
        hold_ms: u64,
        /// `timing.pitch_ms_min`, as in the settings.
        pitch_ms_min: u64,
    },
    /// More parts in flight than a station can mean.
    TooManyParts {
        /// What would follow from the times.
        parts: u64,
        /// The largest number allowed.
        parts_max: u64,
    },
}

/// More than this between trigger and ejector is a typing error.
const PARTS_IN_FLIGHT_MAX: u64 = 1_000;

impl fmt::Display for BudgetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BudgetError::PitchIsZero => {
                write!(
                    f,
                    "timing.pitch_ms_min is 0; expected the shortest time between two parts"
                )
            }
            BudgetError::FrameWindowExceedsDeadline {
                frame_window_ms,
                decide_by_ms,
            } => write!(
                f,
                "timing.frame_window_ms is {frame_window_ms}; expected less than \
                 timing.decide_by_ms, which is {decide_by_ms}"
            ),
            BudgetError::HoldExceedsPitch {
                hold_ms,
                pitch_ms_min,
            } => write!(
                f,
                "ejector.hold_ms is {hold_ms}; expected less than timing.pitch_ms_min, which is \
                 {pitch_ms_min}, or the gate stands open for the next part"
            ),
            BudgetError::TooManyParts { parts, parts_max } => write!(
                f,
                "timing.decide_by_ms / timing.pitch_ms_min means {parts} parts in flight; expected \
                 at most {parts_max}"
            ),
        }
    }
}

impl std::error::Error for BudgetError {}

impl CycleBudget {
    /// Milliseconds: shortest time between two parts; trigger to ejector; trigger to exposure at the
    /// latest; how long the gate stands open for one part.
    pub fn new(
        pitch_ms_min: u64,
        decide_by_ms: u64,
        frame_window_ms: u64,
        hold_ms: u64,
    ) -> Result<Self, BudgetError> {
        if pitch_ms_min == 0 {
            return Err(BudgetError::PitchIsZero);
        }
        if frame_window_ms >= decide_by_ms {
            return Err(BudgetError::FrameWindowExceedsDeadline {
                frame_window_ms,
                decide_by_ms,
            });
        }
        if hold_ms >= pitch_ms_min {
            return Err(BudgetError::HoldExceedsPitch {
                hold_ms,
                pitch_ms_min,
            });
        }
        in_flight(decide_by_ms, pitch_ms_min)?;
        Ok(Self {
            pitch_min: Duration::from_millis(pitch_ms_min),
            decide_by: Duration::from_millis(decide_by_ms),
            leave_by: Duration::from_millis(decide_by_ms),
            frame_window: Duration::from_millis(frame_window_ms),
            accept_hold: Duration::from_millis(hold_ms),
        })
    }

    /// With parts that come to where the way of the farthest lane begins so long after they are decided.
    ///
    /// # Errors
    /// Where too many parts would be in flight.
    pub fn leaving(self, behind: Duration) -> Result<Self, BudgetError> {
        let leave_by = self.decide_by + behind;
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        in_flight(ms(leave_by), ms(self.pitch_min))?;
        Ok(Self { leave_by, ..self })
    }

    /// Shortest time between two parts.
    pub const fn pitch_min(&self) -> Duration {
        self.pitch_min
    }

    /// Trigger to where parts are decided: the ejector, or the first of several gates.
    pub const fn decide_by(&self) -> Duration {
        self.decide_by
    }

    /// Trigger to the last gate, or to where the way of a lane without one begins behind it.
    pub const fn leave_by(&self) -> Duration {
        self.leave_by
    }

    /// A frame exposed within this time after a trigger may belong to it.
    pub const fn frame_window(&self) -> Duration {
        self.frame_window
    }

    /// How long the gate stands open for an accepted part.
    pub const fn accept_hold(&self) -> Duration {
        self.accept_hold
    }

    /// How late a command to accept may come: it must still meet its part, and the gate must be
    /// closed again when the next part can be there.
    pub fn act_late_max(&self) -> Duration {
        self.accept_hold.min(self.pitch_min - self.accept_hold)
    }

    /// Bound of everything that holds parts in flight: what the times say, twice, and some, so that
    /// a short burst is tracked and judged instead of being a fault.
    pub fn parts_max(&self) -> usize {
        let parts = self
            .leave_by
            .as_millis()
            .div_ceil(self.pitch_min.as_millis().max(1));
        2 * usize::try_from(parts).unwrap_or(usize::MAX / 4) + 8
    }

    /// Bound of what holds parts of which a word is still to come: whatever is in flight, and as many again behind the
    /// ejector.
    pub fn awaited_max(&self) -> usize {
        self.parts_max() * 2
    }
}

/// How many parts can be in flight that follow each other so closely on so long a way.
fn in_flight(way_ms: u64, pitch_ms_min: u64) -> Result<u64, BudgetError> {
    let parts = way_ms.div_ceil(pitch_ms_min.max(1));
    match parts > PARTS_IN_FLIGHT_MAX {
        true => Err(BudgetError::TooManyParts {
            parts,
            parts_max: PARTS_IN_FLIGHT_MAX,
        }),
        false => Ok(parts),
    }
}
