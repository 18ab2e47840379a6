//! The only place that reads a clock. Everything else is given the time, or a `Clock`.

use crate::station::time::{Instant, WallTime};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// Where time comes from.
pub trait Clock: Send + Sync {
    /// Monotonic time: how long, never when.
    fn now(&self) -> Instant;
    /// Wall time. May step.
    fn wall(&self) -> WallTime;
    /// Returns at `at` or later; at once when it has passed.
    fn sleep_until(&self, at: Instant);
}

/// `CLOCK_MONOTONIC` and `CLOCK_REALTIME`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        Instant(Duration::new(
            time.tv_sec.unsigned_abs(),
            u32::try_from(time.tv_nsec).unwrap_or(0),
        ))
    }

    fn wall(&self) -> WallTime {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
        WallTime(time.tv_sec * 1_000_000 + time.tv_nsec / 1_000)
    }

    fn sleep_until(&self, at: Instant) {
        let left = at.since(self.now());
        if !left.is_zero() {
            std::thread::sleep(left);
        }
    }
}

/// Monotonic time since a moment that stays the same while the machine runs.
pub fn monotonic() -> Duration {
    SystemClock.now().0
}

/// Time that all threads of this process have spent on processors.
pub fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// A clock that moves only when told to.
#[derive(Debug, Default)]
pub struct SimulatedClock {
    now_ns: AtomicU64,
    /// Wall time at the monotonic origin, in microseconds.
    wall_origin_us: AtomicI64,
}

impl SimulatedClock {
    /// A clock at its origin, whose wall time there is `wall`.
    pub fn new(wall: WallTime) -> Self {
        Self {
            now_ns: AtomicU64::new(0),
            wall_origin_us: AtomicI64::new(wall.0),
        }
    }

    /// Moves monotonic (and with it wall) time forward to `at`; never back.
    pub fn advance_to(&self, at: Instant) {
        let at_ns = u64::try_from(at.0.as_nanos()).unwrap_or(u64::MAX);
        self.now_ns.fetch_max(at_ns, Ordering::SeqCst);
    }

    /// Steps wall time, as NTP or a person would. Monotonic time does not notice.
    pub fn step_wall(&self, by_us: i64) {
        self.wall_origin_us.fetch_add(by_us, Ordering::SeqCst);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Instant {
        Instant(Duration::from_nanos(self.now_ns.load(Ordering::SeqCst)))
    }

    fn wall(&self) -> WallTime {
        let since_us =
            i64::try_from(self.now_ns.load(Ordering::SeqCst) / 1_000).unwrap_or(i64::MAX);
        WallTime(
            self.wall_origin_us
                .load(Ordering::SeqCst)
                .saturating_add(since_us),
        )
    }

    /// Simulated time is moved by the simulation, so nobody sleeps.
    fn sleep_until(&self, _at: Instant) {}
}
