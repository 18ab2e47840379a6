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

    /// Whether one ended since the last look. It goes by the clock as it is: one that was ahead by mistake and is set back ends
    /// shifts from then on, and some of them for the second time, which signs and stamps once more than needed.
    pub fn look(&mut self, now: WallTime) -> bool {
        let before = std::mem::replace(&mut self.looked_at, now);
        now > before && self.calendar.has_end(before.0, now.0)
    }
}
