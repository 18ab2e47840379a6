//! Kernel frame counters and timestamps, as they are, made into ones that can be trusted.

use crate::station::time::Instant;
use std::time::Duration;

/// Widens the kernel's 32-bit sequence number.
#[derive(Debug, Default)]
pub struct BlockIds {
    last: Option<(u32, u64)>,
}

impl BlockIds {
    /// The block id of the frame with this sequence number. A number that repeats or steps back (a
    /// driver that restarts, or sends 0 twice) counts as the next frame: no loss can be told from it.
    pub fn next(&mut self, sequence: u32) -> u64 {
        let id = match self.last {
            None => u64::from(sequence),
            Some((last, id)) => {
                let step = sequence.wrapping_sub(last);
                id + if step == 0 || step > u32::MAX / 2 {
                    1
                } else {
                    u64::from(step)
                }
            }
        };
        self.last = Some((sequence, id));
        id
    }
}

/// A kernel timestamp in nanoseconds, unless it is negative or overflows.
pub fn timestamp_ns(seconds: i64, micros: i64) -> Option<u64> {
    let seconds = u64::try_from(seconds).ok()?;
    let micros = u64::try_from(micros).ok()?;
    seconds
        .checked_mul(1_000_000_000)?
        .checked_add(micros.checked_mul(1_000)?)
}

/// When the frame was exposed: the kernel's monotonic timestamp when it lies between the start of
/// the stream and the arrival, else the arrival. A frame may be as old as the stream: the driver
/// keeps the oldest ones while nobody asks.
pub fn exposed_at(
    monotonic: bool,
    timestamp_ns: Option<u64>,
    started: Instant,
    arrived: Instant,
) -> Instant {
    match timestamp_ns.map(|ns| Instant(Duration::from_nanos(ns))) {
        Some(at) if monotonic && at >= started && at <= arrived => at,
        _ => arrived,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(sequence: &[u32]) -> Vec<u64> {
        let mut ids = BlockIds::default();
        sequence.iter().map(|&s| ids.next(s)).collect()
    }

    #[test]
    fn a_wrapped_sequence_goes_on_growing() {
        assert_eq!(
            ids(&[u32::MAX - 1, u32::MAX, 0, 2]),
            [4294967294, 4294967295, 4294967296, 4294967298]
        );
    }

    #[test]
    fn a_repeated_or_restarted_sequence_is_no_loss() {
        assert_eq!(ids(&[0, 0, 1, 5, 0, 1]), [0, 1, 2, 6, 7, 8]);
    }

    #[test]
    fn an_absurd_timestamp_gives_the_arrival() {
        let (start, now) = (Instant::from_millis(1_000), Instant::from_millis(2_000));
        let at = |monotonic, ns| exposed_at(monotonic, ns, start, now);
        assert_eq!(at(true, Some(1_500_000_000)), Instant::from_millis(1_500));
        assert_eq!(at(false, Some(1_500_000_000)), now);
        assert_eq!(at(true, Some(9_223_372_020_000_000_000)), now);
        assert_eq!(at(true, Some(500_000_000)), now);
        assert_eq!(at(true, None), now);
        assert_eq!(timestamp_ns(i64::MAX, 0), None);
        assert_eq!(timestamp_ns(-1, 0), None);
    }
}
