//! When the log is signed, and whether it is as it should be. The thread that writes signs when it is told to, and says why
//! it cannot; here that becomes an alarm.

use super::shift_ends::ShiftEnds;
use crate::clock::Clock;
use crate::results::writer::{Unsigned, Writer};
use crate::station::calendar::Calendar;
use crate::station::time::Instant;
use crate::telemetry::alarm::AlarmChange;
use std::sync::Arc;
use std::time::Duration;

/// The root is signed so often while anything is recorded.
const SIGN_EVERY: Duration = Duration::from_secs(60);

/// Has roots signed each minute and at the end of each shift, and compares what keeps them from being signed from look to look.
pub struct SigningWatch {
    writer: Writer,
    told: Option<Unsigned>,
    clock: Arc<dyn Clock>,
    signed_at: Instant,
    ends: ShiftEnds,
}

impl SigningWatch {
    /// Of this log, from now on.
    pub fn new(writer: Writer, clock: Arc<dyn Clock>, calendar: Calendar) -> Self {
        Self {
            writer,
            told: None,
            signed_at: clock.now(),
            ends: ShiftEnds::new(calendar, clock.wall()),
            clock,
        }
    }

    /// Has the root signed where it is time, and says what has changed since the last look.
    pub fn look(&mut self) -> Vec<AlarmChange> {
        let now = self.clock.now();
        let is_shift_over = self.ends.look(self.clock.wall());
        if is_shift_over || now.since(self.signed_at) >= SIGN_EVERY {
            self.signed_at = now;
            self.writer.sign();
        }
        self.changed()
    }

    fn changed(&mut self) -> Vec<AlarmChange> {
        let found = self.writer.unsigned();
        if found == self.told {
            return Vec::new();
        }
        let change = |unsigned: &Unsigned, is_active| AlarmChange {
            code: unsigned.code,
            subject: String::new(),
            message: unsigned.message.clone(),
            is_active,
        };
        let (before, now) = (self.told.as_ref(), found.as_ref());
        let is_over = |before: &&Unsigned| now.is_none_or(|now| now.code != before.code);
        let over = before.filter(is_over).map(|before| change(before, false));
        let begun = now.map(|now| change(now, true));
        let changes = over.into_iter().chain(begun).collect();
        self.told = found;
        changes
    }
}
