//! Whether the wall clock goes on as it should: no step, and no time before the last result. Rows keep their order
//! whatever it says; their times do not.

use crate::clock::Clock;
use crate::ports::journal::Entry;
use crate::station::time::{CLOCK_STEP_MIN, Instant, WallTime};
use crate::telemetry::alarm::AlarmChange;
use crate::telemetry::catalogue::Code;
use std::sync::Arc;
use std::time::Duration;

/// So long after a step nobody needs to be told any more; the journal keeps it.
pub const STEPPED_FOR: Duration = Duration::from_secs(600);
/// Both clocks are read within this time, or again.
const READ_WITHIN: Duration = Duration::from_millis(50);
const READS_MAX: usize = 5;

/// Compares the two clocks from look to look.
pub struct ClockWatch {
    clock: Arc<dyn Clock>,
    /// Wall time minus monotonic time, in microseconds; only a step of the wall clock changes it, or a sleep of the
    /// computer, in which monotonic time stands still (clock_gettime(2)).
    offset_us: i64,
    /// The newest result's time, while the clock is before it.
    behind: Option<WallTime>,
    is_told_behind: bool,
    stepped_at: Option<Instant>,
}

/// What a look found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// For the journal.
    pub entry: Option<Entry>,
    /// For the board of alarms, in order.
    pub alarms: Vec<AlarmChange>,
}

impl ClockWatch {
    /// From now on. `newest` is when the newest thing in the log happened.
    pub fn new(clock: Arc<dyn Clock>, newest: Option<WallTime>) -> Self {
        let (now, wall) = both(&*clock).unwrap_or((clock.now(), clock.wall()));
        Self {
            offset_us: offset_us(now, wall),
            behind: newest.filter(|newest| micros_between(wall, *newest) >= step_min_us()),
            is_told_behind: false,
            stepped_at: None,
            clock,
        }
    }

    /// What has changed since the last look.
    pub fn look(&mut self) -> Looked {
        let mut looked = Looked::default();
        let Some((now, wall)) = both(&*self.clock) else {
            return looked;
        };
        let by_us = offset_us(now, wall) - self.offset_us;
        if by_us.abs() >= step_min_us() {
            self.offset_us += by_us;
            if self.stepped_at.replace(now).is_some() {
                // Each is an alarm of its own.
                looked.alarms.push(ended(Code::ClockStepped));
            }
            let from = WallTime(wall.0.saturating_sub(by_us));
            if by_us < 0 {
                self.behind = self.behind.max(Some(from));
                self.is_told_behind = false;
            }
            let message = stepped(from, wall, by_us);
            looked
                .alarms
                .push(raised(Code::ClockStepped, message.clone()));
            looked.entry = Some(Entry {
                message,
                details: vec![
                    ("from", from.to_string()),
                    ("to", wall.to_string()),
                    ("by_us", by_us.to_string()),
                ],
                ..Entry::of_station(wall, Code::ClockStepped)
            });
        } else if self
            .stepped_at
            .is_some_and(|at| now.since(at) >= STEPPED_FOR)
        {
            self.stepped_at = None;
            looked.alarms.push(ended(Code::ClockStepped));
        }
        match self.behind {
            Some(newest) if newest <= wall => {
                self.behind = None;
                looked.alarms.push(ended(Code::ClockBehind));
            }
            Some(newest) if !std::mem::replace(&mut self.is_told_behind, true) => {
                let message = format!(
                    "the clock says {wall}, and the log has results up to {newest}; new ones seem older than those. Set \
                     the clock right"
                );
                looked.alarms.push(raised(Code::ClockBehind, message));
            }
            _ => {}
        }
        looked
    }
}

fn stepped(from: WallTime, to: WallTime, by_us: i64) -> String {
    let by = Duration::from_micros(by_us.unsigned_abs());
    let (sign, why) = if by_us < 0 {
        ("back", "somebody, or the network time, set it")
    } else {
        (
            "forward",
            "somebody, or the network time, set it, or the computer slept",
        )
    };
    format!("the clock went {sign} by {by:.1?}, from {from} to {to}: {why}")
}

fn raised(code: Code, message: String) -> AlarmChange {
    AlarmChange {
        code,
        subject: String::new(),
        message,
        is_active: true,
    }
}

fn ended(code: Code) -> AlarmChange {
    AlarmChange {
        is_active: false,
        ..raised(code, String::new())
    }
}

/// Both at one moment; none where this thread was set aside each time.
fn both(clock: &dyn Clock) -> Option<(Instant, WallTime)> {
    (0..READS_MAX).find_map(|_| {
        let before = clock.now();
        let wall = clock.wall();
        let after = clock.now();
        (after.since(before) <= READ_WITHIN).then_some((after, wall))
    })
}

fn offset_us(now: Instant, wall: WallTime) -> i64 {
    let now_us = i64::try_from(now.0.as_micros()).unwrap_or(i64::MAX);
    wall.0.saturating_sub(now_us)
}

fn micros_between(from: WallTime, to: WallTime) -> i64 {
    to.0.saturating_sub(from.0)
}

fn step_min_us() -> i64 {
    i64::try_from(CLOCK_STEP_MIN.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SimulatedClock;

    const START: WallTime = WallTime(1_700_000_000_000_000);
    const SECOND_US: i64 = 1_000_000;

    fn watch(newest: Option<WallTime>) -> (Arc<SimulatedClock>, ClockWatch) {
        let clock = Arc::new(SimulatedClock::new(START));
        let watch = ClockWatch::new(Arc::clone(&clock) as _, newest);
        (clock, watch)
    }

    fn alarms(looked: &Looked) -> Vec<(Code, bool)> {
        let all = looked.alarms.iter();
        all.map(|change| (change.code, change.is_active)).collect()
    }

    fn details(looked: &Looked) -> Vec<&str> {
        let entry = looked.entry.as_ref().expect("an entry");
        assert_eq!(entry.code, Code::ClockStepped);
        entry
            .details
            .iter()
            .map(|(_, value)| value.as_str())
            .collect()
    }

    #[test]
    fn a_clock_that_goes_on_is_not_told_of_and_small_corrections_are_when_they_add_up() {
        let (clock, mut watch) = watch(Some(START));
        for second in 1..100 {
            clock.advance_to(Instant::from_millis(second * 1_000));
            assert_eq!(watch.look(), Looked::default());
        }
        for _ in 0..3 {
            clock.step_wall(300_000);
            assert_eq!(watch.look(), Looked::default());
        }
        clock.step_wall(300_000);
        assert_eq!(details(&watch.look())[2], "1200000");
    }

    #[test]
    fn a_step_forward_is_told_with_from_to_and_by_how_much_and_its_alarm_ends() {
        let (clock, mut watch) = watch(None);
        clock.step_wall(3_600 * SECOND_US);
        let looked = watch.look();
        assert_eq!(alarms(&looked), [(Code::ClockStepped, true)]);
        assert_eq!(
            details(&looked),
            [
                "2023-11-14T22:13:20.000Z",
                "2023-11-14T23:13:20.000Z",
                "3600000000"
            ]
        );
        assert!(looked.alarms[0].message.contains("forward by 3600.0s"));
        assert_eq!(watch.look(), Looked::default(), "told once");
        clock.advance_to(Instant(STEPPED_FOR));
        assert_eq!(alarms(&watch.look()), [(Code::ClockStepped, false)]);
        assert_eq!(watch.look(), Looked::default());
    }

    #[test]
    fn after_a_step_back_results_seem_older_until_the_clock_has_caught_up() {
        let (clock, mut watch) = watch(None);
        clock.advance_to(Instant::from_millis(10_000));
        clock.step_wall(-60 * SECOND_US);
        let looked = watch.look();
        assert_eq!(
            alarms(&looked),
            [(Code::ClockStepped, true), (Code::ClockBehind, true)]
        );
        assert_eq!(details(&looked)[2], "-60000000");
        clock.advance_to(Instant::from_millis(69_000));
        assert_eq!(watch.look(), Looked::default());
        clock.advance_to(Instant::from_millis(70_000));
        assert_eq!(alarms(&watch.look()), [(Code::ClockBehind, false)]);
    }

    #[test]
    fn a_clock_that_is_years_behind_at_the_start_is_an_alarm_until_it_is_set() {
        let year_us = 365 * 86_400 * SECOND_US;
        let (clock, mut watch) = watch(Some(WallTime(START.0 + 3 * year_us)));
        assert_eq!(alarms(&watch.look()), [(Code::ClockBehind, true)]);
        assert_eq!(watch.look(), Looked::default(), "told once");
        clock.step_wall(4 * year_us);
        assert_eq!(
            alarms(&watch.look()),
            [(Code::ClockStepped, true), (Code::ClockBehind, false)]
        );
    }
}
