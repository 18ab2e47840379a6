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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::station::calendar::Shift;
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    /// Early from 6, late from 14, night from 22, where the clock is set on 29 March and 25 October 2026.
    fn ends(now: &str) -> ShiftEnds {
        let shift = |(name, hour): (&str, u32)| Shift {
            name: name.to_owned(),
            from_s: hour * 3_600,
        };
        let shifts = [("early", 6), ("late", 14), ("night", 22)].map(shift);
        let zone = TimeZone::get("Europe/Berlin").expect("it is known");
        ShiftEnds::new(Calendar::new(zone, shifts.into()), wall(now))
    }

    fn wall(text: &str) -> WallTime {
        let time: Timestamp = text.parse().expect("a time");
        WallTime(time.as_microsecond())
    }

    /// How many shifts end within so many hours, looked at each minute of the clock.
    fn within(ends: &mut ShiftEnds, from: &str, hours: i64) -> usize {
        let from = wall(from).0;
        let minutes = 0..=hours * 60;
        minutes
            .filter(|minute| ends.look(WallTime(from + minute * 60_000_000)))
            .count()
    }

    #[test]
    fn each_shift_ends_once_where_the_clock_is_set_for_summer_or_winter() {
        for (from, hours) in [("2026-03-28T12:00:00Z", 47), ("2026-10-24T12:00:00Z", 49)] {
            assert_eq!(within(&mut ends(from), from, hours), 6, "{from}");
        }
    }

    #[test]
    fn a_clock_that_jumps_by_days_ends_a_shift_once_and_goes_on() {
        // Forward by five days: one look finds that shifts have ended.
        let mut forward = ends("2026-05-04T09:00:00Z");
        assert!(forward.look(wall("2026-05-09T09:00:00Z")));
        assert_eq!(within(&mut forward, "2026-05-09T09:01:00Z", 24), 3);
        // It was wrong, and is set back: the next shifts end where they should, not in five days.
        assert!(!forward.look(wall("2026-05-05T09:00:00Z")));
        assert_eq!(within(&mut forward, "2026-05-05T09:01:00Z", 24), 3);
        // Back by minutes over the end of a shift: that is signed once more.
        let mut back = ends("2026-05-04T11:55:00Z");
        assert_eq!(within(&mut back, "2026-05-04T11:56:00Z", 0), 0);
        assert!(back.look(wall("2026-05-04T12:01:00Z")));
        assert_eq!(within(&mut back, "2026-05-04T11:50:00Z", 1), 1);
    }
}
