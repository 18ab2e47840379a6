//! When somebody outside is asked who may be away: never too often, ever more rarely while no answer comes.

use crate::station::time::Instant;
use std::time::Duration;

/// Whoever gave no answer is asked again after so long, …
const AGAIN_FIRST: Duration = Duration::from_secs(10);
/// … then after twice as long each time, up to this.
const AGAIN_LAST: Duration = Duration::from_secs(600);
/// Without an answer for so long it is an alarm.
const ALARM_AFTER: Duration = Duration::from_secs(300);
/// So soon it is looked again where there was nothing to ask for, and after the end of a shift, whose root is signed then.
const SOON: Duration = Duration::from_secs(5);

/// When somebody is asked.
pub(super) struct Pace {
    every: Duration,
    due: Instant,
    /// Sooner than else, for the end of a shift; what else is due stays due then.
    hurried: Option<Instant>,
    again: Duration,
    /// Since when no answer has come.
    failing_since: Option<Instant>,
}

impl Pace {
    pub(super) fn new(every: Duration, now: Instant) -> Self {
        Self {
            every,
            due: now,
            hurried: None,
            again: AGAIN_FIRST,
            failing_since: None,
        }
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        now >= self.due || self.hurried.is_some_and(|at| now >= at)
    }

    /// Whether it is due by itself, and not for the end of a shift alone.
    pub(super) fn is_regular(&self, now: Instant) -> bool {
        now >= self.due
    }

    /// A shift ended, or what was signed then is not there yet: sooner than else.
    pub(super) fn hurry(&mut self, now: Instant) {
        self.hurried = Some(now + SOON);
    }

    /// There was nothing to ask for. Where it was only looked for because of a shift's end, the next is due when it was.
    pub(super) fn idle(&mut self, now: Instant) {
        self.hurried = None;
        if now >= self.due {
            self.due = now + SOON;
        }
    }

    /// What was asked for came.
    pub(super) fn came(&mut self, now: Instant) {
        *self = Self {
            due: now + self.every,
            ..Self::new(self.every, now)
        };
    }

    /// Whether it is an alarm by now.
    pub(super) fn failed(&mut self, now: Instant) -> bool {
        self.hurried = None;
        self.due = now + self.again;
        self.again = (self.again * 2).min(AGAIN_LAST);
        now.since(*self.failing_since.get_or_insert(now)) >= ALARM_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_away_is_asked_ever_more_rarely_and_is_an_alarm_after_a_while() {
        let mut now = Instant::from_millis(0);
        let mut pace = Pace::new(Duration::from_secs(3_600), now);
        let mut waits = Vec::new();
        let mut alarm_at = None;
        for _ in 0..9 {
            assert!(pace.is_due(now));
            if pace.failed(now) {
                alarm_at.get_or_insert(now);
            }
            waits.push(pace.due.since(now).as_secs());
            now = pace.due;
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 600, 600, 600]);
        assert_eq!(alarm_at, Some(Instant::from_millis(310_000)));
        pace.came(now);
        assert!(!pace.is_due(now + Duration::from_secs(3_599)));
        assert!(pace.is_due(now + Duration::from_secs(3_600)));
        pace.hurry(now);
        assert!(pace.is_due(now + SOON));
        assert!(!pace.failed(now), "it is counted anew");
    }

    #[test]
    fn the_end_of_a_shift_at_which_nothing_is_new_makes_nothing_else_due_sooner() {
        let now = Instant::from_millis(0);
        let mut pace = Pace::new(Duration::from_secs(3_600), now);
        pace.came(now);
        pace.hurry(now);
        let after = now + SOON;
        assert!(pace.is_due(after));
        pace.idle(after);
        assert!(!pace.is_due(now + Duration::from_secs(3_599)));
        let due = now + Duration::from_secs(3_600);
        assert!(pace.is_due(due));
        pace.idle(due);
        assert!(!pace.is_due(due));
        assert!(pace.is_due(due + SOON), "it is looked again soon");
    }
}
