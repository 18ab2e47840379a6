//! Word of parts that have no rows of their own, because nobody followed them.

use super::ActuateStage;
use crate::station::result::{Gap, GapCause, Record};
use crate::station::time::Instant;
use std::time::Duration;

/// Looks that were too late are one gap as long as the next one comes within this time.
const JOINED_WITHIN: Duration = Duration::from_secs(10);
/// A gap that goes on is recorded so often.
const RECORDED_EVERY: Duration = Duration::from_secs(10);

/// A device is looked at too rarely, again and again.
pub(super) struct SlowGap {
    gap: Gap,
    /// When word of it came last, and when it was recorded last.
    heard_at: Instant,
    recorded_at: Instant,
    /// Whether it has grown since.
    has_grown: bool,
}

impl ActuateStage {
    /// Word has come of parts that nobody announced, or that were announced and not followed.
    pub(super) fn heard_of_gap(&mut self, gap: Gap) {
        self.reject_what_is_on_the_belt();
        if !self.is_told(&gap) {
            self.passed_unseen();
        }
        match gap.cause {
            GapCause::TriggerSlow => self.slow_again(gap),
            _ => self.record_gap(gap),
        }
    }

    fn record_gap(&mut self, gap: Gap) {
        self.with.stats.counts.gaps.add(1);
        self.emit(Record::Gap(gap));
    }

    fn slow_again(&mut self, gap: Gap) {
        let now = self.with.clock.now();
        if let Some(slow) = &mut self.slow {
            slow.gap.from = slow.gap.from.min(gap.from);
            slow.gap.to = slow.gap.to.max(gap.to);
            (slow.heard_at, slow.has_grown) = (now, true);
            return;
        }
        self.slow = Some(SlowGap {
            gap,
            heard_at: now,
            recorded_at: now,
            has_grown: false,
        });
        self.record_gap(gap);
    }

    /// Records what has grown of a gap that goes on: now and then, and when it is over.
    pub(super) fn watch_slow(&mut self) {
        let (now, is_end) = (self.with.clock.now(), self.with.triggers.is_closed());
        let Some(slow) = &mut self.slow else { return };
        let is_over = is_end || now.since(slow.heard_at) >= JOINED_WITHIN;
        let is_due = is_over || now.since(slow.recorded_at) >= RECORDED_EVERY;
        let gap = slow.gap;
        if is_due && std::mem::take(&mut slow.has_grown) {
            slow.recorded_at = now;
            self.emit(Record::Gap(gap));
        }
        if is_over {
            self.slow = None;
        }
    }
}
