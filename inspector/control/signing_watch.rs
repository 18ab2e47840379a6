//! Whether the log is signed as it should be. The thread that writes says why it is not; here that becomes an alarm.

use crate::results::writer::{Unsigned, Writer};
use crate::telemetry::alarm::AlarmChange;

/// Compares what keeps roots from being signed from look to look.
pub struct SigningWatch {
    writer: Writer,
    told: Option<Unsigned>,
}

impl SigningWatch {
    /// Of this log.
    pub fn new(writer: Writer) -> Self {
        Self { writer, told: None }
    }

    /// What has changed since the last look.
    pub fn look(&mut self) -> Vec<AlarmChange> {
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
