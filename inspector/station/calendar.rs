//! Hours, shifts and days as the people at the station count them.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// The most shifts of a day.
pub const SHIFTS_MAX: usize = 12;

/// One shift of each day: from this time of the day until the next shift begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// What people call it.
    pub name: String,
    /// Seconds since midnight by the clock on the wall.
    pub from_s: u32,
}

/// A time zone and the shifts of its days.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    /// In the order of the day.
    shifts: Vec<Shift>,
}

/// A stretch of time, in microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its beginning, …
    pub from_us: i64,
    /// … and its end, which is not in it.
    pub to_us: i64,
    /// Which shift it is, where shifts were asked for.
    pub shift: Option<usize>,
}

/// What time is cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Full hours by the clock on the wall.
    Hour,
    /// A shift; it belongs to the day on which it begins. Without shifts, a day.
    Shift,
    /// From the beginning of the first shift to that of the next day, from midnight to midnight without shifts.
    Day,
}

impl Calendar {
    /// Shifts in any order.
    pub fn new(zone: TimeZone, mut shifts: Vec<Shift>) -> Self {
        shifts.sort_by_key(|shift| shift.from_s);
        Self { zone, shifts }
    }

    /// In the order of the day.
    pub fn shifts(&self) -> &[Shift] {
        &self.shifts
    }

    /// The name of the zone, as `Asia/Shanghai`; none of one that has no name.
    pub fn zone_name(&self) -> Option<&str> {
        self.zone.iana_name()
    }

    /// Cuts a time into its units; the first and the last are as long as they are within it. At most `most`, the last ones.
    ///
    /// A time of the day that a change to summer time leaves out is the one as much later; of one that comes twice it is
    /// the first. So a night in which the clock is set has a shift that is an hour shorter or longer.
    pub fn stretches(&self, from_us: i64, to_us: i64, unit: Unit, most: usize) -> Vec<Stretch> {
        let (Ok(from), Ok(to)) = (
            Timestamp::from_microsecond(from_us),
            Timestamp::from_microsecond(to_us),
        ) else {
            return Vec::new();
        };
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut end = to;
        while end > from && stretches.len() < most {
            let Some((start, shift)) = self.before(end, unit) else {
                break;
            };
            stretches.push(Stretch {
                from_us: start.max(from).as_microsecond(),
                to_us: end.as_microsecond(),
                shift,
            });
            end = start;
        }
        stretches.reverse();
        stretches
    }

    /// Whether a shift ended after the first of these times, in microseconds since 1970, and not after the second.
    pub fn has_end(&self, from_us: i64, to_us: i64) -> bool {
        let to_us = to_us.saturating_add(1);
        !self.shifts.is_empty() && self.stretches(from_us, to_us, Unit::Shift, 2).len() > 1
    }

    /// The last beginning of a unit before this time.
    fn before(&self, time: Timestamp, unit: Unit) -> Option<(Timestamp, Option<usize>)> {
        if unit == Unit::Hour {
            let just_before = time.checked_sub(SignedDuration::from_micros(1)).ok()?;
            let clock = just_before.to_zoned_datetime(self.zone.clone());
            let since = i64::from(clock.minute()) * 60 + i64::from(clock.second());
            let start = just_before
                .checked_sub(SignedDuration::from_secs(since))
                .ok()?;
            let whole = start.as_microsecond().div_euclid(1_000_000) * 1_000_000;
            return Some((Timestamp::from_microsecond(whole).ok()?, None));
        }
        let midnight = [0];
        let times: Vec<u32> = match (unit, self.shifts.as_slice()) {
            (_, []) => midnight.to_vec(),
            (Unit::Day, [first, ..]) => vec![first.from_s],
            (_, shifts) => shifts.iter().map(|shift| shift.from_s).collect(),
        };
        let has_shifts = unit == Unit::Shift && !self.shifts.is_empty();
        let today = time.to_zoned_datetime(self.zone.clone()).date();
        let days = [today.checked_sub(1.day()).ok()?, today];
        let beginnings = days.iter().flat_map(|day| {
            times
                .iter()
                .enumerate()
                .map(move |(index, from_s)| (day, index, *from_s))
        });
        beginnings
            .filter_map(|(day, index, from_s)| {
                Some((self.at(*day, from_s)?, has_shifts.then_some(index)))
            })
            .filter(|(start, _)| *start < time)
            .max_by_key(|(start, _)| *start)
    }

    fn at(&self, day: Date, from_s: u32) -> Option<Timestamp> {
        let (hours, minutes) = (
            i8::try_from(from_s / 3_600).ok()?,
            i8::try_from(from_s / 60 % 60).ok()?,
        );
        let time = Time::new(hours, minutes, 0, 0).ok()?;
        Some(
            day.to_datetime(time)
                .to_zoned_datetime(self.zone.clone())
                .ok()?
                .timestamp(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(zone: &str, shifts: &[(&str, u32)]) -> Calendar {
        let shifts = shifts.iter().map(|(name, hour)| Shift {
            name: (*name).to_owned(),
            from_s: hour * 3_600,
        });
        Calendar::new(TimeZone::get(zone).expect("a zone"), shifts.collect())
    }

    fn us(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("a time").as_microsecond()
    }

    fn hours(stretches: &[Stretch]) -> Vec<i64> {
        let length = |it: &Stretch| (it.to_us - it.from_us) / 3_600_000_000;
        stretches.iter().map(length).collect()
    }

    const THREE: [(&str, u32); 3] = [("late", 14), ("night", 22), ("early", 6)];

    /// In Berlin the clock goes from 02:00 to 03:00 on 29 March 2026, and from 03:00 to 02:00 on 25 October.
    #[test]
    fn the_night_in_which_the_clock_is_set_is_shorter_or_longer() {
        let calendar = calendar("Europe/Berlin", &THREE);
        let of = |from, to| calendar.stretches(us(from), us(to), Unit::Shift, 100);
        let spring = of("2026-03-28T05:00:00Z", "2026-03-29T20:00:00Z");
        assert_eq!(hours(&spring), [8, 8, 7, 8, 8]);
        let shifts: Vec<_> = spring.iter().map(|it| it.shift).collect();
        assert_eq!(shifts, [Some(0), Some(1), Some(2), Some(0), Some(1)]);
        let autumn = of("2026-10-24T20:00:00Z", "2026-10-25T13:00:00Z");
        assert_eq!(hours(&autumn), [9, 8]);
        assert_eq!(autumn[0].shift, Some(2));
    }

    #[test]
    fn days_begin_with_the_first_shift_and_keep_together_at_a_change_of_the_clock() {
        let with_shifts = calendar("Europe/Berlin", &THREE);
        let days = with_shifts.stretches(
            us("2026-03-28T05:00:00Z"),
            us("2026-03-30T04:00:00Z"),
            Unit::Day,
            9,
        );
        assert_eq!(hours(&days), [23, 24]);
        let without = calendar("Asia/Shanghai", &[]);
        let days = without.stretches(
            us("2026-03-27T16:00:00Z"),
            us("2026-03-28T18:00:00Z"),
            Unit::Shift,
            9,
        );
        assert_eq!((hours(&days), days[0].shift), (vec![24, 2], None));
    }

    #[test]
    fn hours_are_those_of_the_clock_on_the_wall() {
        // 5 h 30 min before UTC.
        let calendar = calendar("Asia/Kolkata", &[]);
        let found = calendar.stretches(
            us("2026-01-01T00:10:00Z"),
            us("2026-01-01T02:10:00Z"),
            Unit::Hour,
            9,
        );
        let ends: Vec<i64> = found
            .iter()
            .map(|it| (it.to_us - us("2026-01-01T00:00:00Z")) / 60_000_000)
            .collect();
        assert_eq!(ends, [30, 90, 130]);
        assert_eq!(found[0].from_us, us("2026-01-01T00:10:00Z"));
    }

    #[test]
    fn a_shift_that_begins_in_the_missing_hour_begins_when_there_is_a_time_again() {
        let calendar = calendar("Europe/Berlin", &[("a", 2), ("b", 12)]);
        let found = calendar.stretches(
            us("2026-03-28T11:00:00Z"),
            us("2026-03-29T10:00:00Z"),
            Unit::Shift,
            9,
        );
        assert_eq!(found[1].from_us, us("2026-03-29T01:00:00Z"));
        assert_eq!(hours(&found), [14, 9]);
    }

    #[test]
    fn only_the_last_ones_are_told_where_there_are_too_many() {
        let calendar = calendar("UTC", &[]);
        let found = calendar.stretches(0, us("2026-01-01T00:00:00Z"), Unit::Hour, 24);
        assert_eq!(found.len(), 24);
        assert_eq!(found[23].to_us, us("2026-01-01T00:00:00Z"));
        assert_eq!(calendar.stretches(5, 5, Unit::Hour, 9), []);
    }
}
