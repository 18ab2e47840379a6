//! What is still to come after a command, and where the sensors of the lanes are.

use crate::station::gates::{Behind, Gates};
use crate::station::lane::{LANES_MAX, LaneNo};
use crate::station::position::Position;
use std::time::Duration;

/// Where behind the ejector a part is seen, counted from where it acts: earliest and latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// After so long.
    Time(Duration, Duration),
    /// After so many counts.
    Counts(i64, i64),
}

impl Window {
    fn of(self, act_at: Position) -> (Position, Position) {
        match (self, act_at) {
            (Window::Time(from, to), Position::Time(at)) => {
                (Position::Time(at + from), Position::Time(at + to))
            }
            (Window::Counts(from, to), Position::Counts(at)) => {
                (Position::Counts(at + from), Position::Counts(at + to))
            }
            (_, other) => (other, other),
        }
    }

    fn behind(self, behind: Behind) -> Self {
        match (self, behind) {
            (Window::Time(from, to), Behind::Time(time)) => Window::Time(from + time, to + time),
            (Window::Counts(from, to), Behind::Counts(counts)) => {
                Window::Counts(from + counts, to + counts)
            }
            (other, _) => other,
        }
    }
}

/// What is still to come after a command.
#[derive(Clone, Copy, Debug)]
pub struct AwaitPlan {
    /// Within which time each command is answered; `None` where none is.
    pub answers_within: Option<Duration>,
    /// Lanes with a sensor, by number.
    pub watched: [bool; LANES_MAX],
    /// Where the sensor of each lane is, counted from where parts are decided.
    pub windows: [Window; LANES_MAX],
}

impl AwaitPlan {
    /// Nothing is to come: a command that returned is carried out, and no lane has a sensor.
    pub const NOTHING: AwaitPlan = AwaitPlan {
        answers_within: None,
        watched: [false; LANES_MAX],
        windows: [Window::Time(Duration::ZERO, Duration::ZERO); LANES_MAX],
    };

    /// Every sensor stands so far behind where the way of its lane begins.
    #[must_use]
    pub fn seen_within(self, window: Window, gates: &Gates) -> Self {
        let lane = |at: usize| LaneNo(u8::try_from(at).unwrap_or(u8::MAX));
        Self {
            windows: std::array::from_fn(|at| window.behind(gates.begins(lane(at)))),
            ..self
        }
    }

    /// From where to where the sensor of this lane sees a part that is decided there.
    pub(super) fn window(&self, lane: LaneNo, decided_at: Position) -> (Position, Position) {
        self.windows[usize::from(lane.0).min(LANES_MAX - 1)].of(decided_at)
    }

    pub(super) fn is_watched(&self, lane: LaneNo) -> bool {
        self.watched
            .get(usize::from(lane.0))
            .copied()
            .unwrap_or(false)
    }
}
