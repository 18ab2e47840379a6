//! How long results may wait to be durable.

use std::fmt;
use std::time::Duration;

/// Two limits in order; holding them means that they have been checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DurabilityLimits {
    alarm_after: Duration,
    reject_after: Duration,
}

/// Limits that make no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitsError {
    /// As given, in milliseconds.
    pub alarm_after_ms: u64,
    /// As given, in milliseconds.
    pub reject_after_ms: u64,
}

impl fmt::Display for LimitsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "expected 100 <= record.alarm_after_ms <= record.reject_after_ms <= 600000, found {} and {}",
            self.alarm_after_ms, self.reject_after_ms
        )
    }
}

impl std::error::Error for LimitsError {}

impl DurabilityLimits {
    /// Checks that parts are not rejected before somebody was told.
    ///
    /// # Errors
    /// When they are not in order, or not between a tenth of a second and ten minutes.
    pub fn new(alarm_after_ms: u64, reject_after_ms: u64) -> Result<Self, LimitsError> {
        let is_in_order = 100 <= alarm_after_ms && alarm_after_ms <= reject_after_ms;
        if !is_in_order || reject_after_ms > 600_000 {
            return Err(LimitsError {
                alarm_after_ms,
                reject_after_ms,
            });
        }
        Ok(Self {
            alarm_after: Duration::from_millis(alarm_after_ms),
            reject_after: Duration::from_millis(reject_after_ms),
        })
    }

    /// A result that waits for longer is an alarm.
    pub const fn alarm_after(self) -> Duration {
        self.alarm_after
    }

    /// While a result waits for longer, every part is rejected.
    pub const fn reject_after(self) -> Duration {
        self.reject_after
    }
}

impl Default for DurabilityLimits {
    /// 2 s and 10 s.
    fn default() -> Self {
        Self {
            alarm_after: Duration::from_secs(2),
            reject_after: Duration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_rejected_before_somebody_was_told() {
        assert!(DurabilityLimits::new(2_000, 10_000).is_ok());
        for (alarm, reject) in [(2_000, 1_999), (99, 1_000), (2_000, 600_001)] {
            assert!(
                DurabilityLimits::new(alarm, reject).is_err(),
                "{alarm} {reject}"
            );
        }
    }
}
