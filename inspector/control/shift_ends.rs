//! When a shift ends, as whoever looks now and then finds out.

use crate::station::calendar::Calendar;
use crate::station::time::WallTime;

/// The ends of shifts.
pub struct ShiftEnds {
    calendar: Calendar,
    looked_at: WallTime,
}

impl ShiftEnds {
    /// Those from now on.
    pub fn new(calendar: Calendar, now: WallTime) -> Self {
        Self {
            calendar,
            looked_at: now,
        }
    }

    /// Whether one ended since the last look. A clock that was set back ends none twice before it has caught up.
    pub fn look(&mut self, now: WallTime) -> bool {
        if now <= self.looked_at {
            return false;
        }
        let has_ended = self.calendar.has_end(self.looked_at.0, now.0);
        self.looked_at = now;
        has_ended
    }
}
