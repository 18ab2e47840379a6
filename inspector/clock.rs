//! The one place where time is read.

use crate::station::time::{Instant, WallTime};

/// Where time comes from.
pub trait Clock: Send + Sync {
    /// Monotonic time.
    fn now(&self) -> Instant;
    /// Wall time.
    fn wall(&self) -> WallTime;
    /// Waits until `at`; returns at once when it has passed.
    fn sleep_until(&self, at: Instant);
}
