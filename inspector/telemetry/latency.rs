//! Where the time goes: one histogram a stage, written by one thread and read by any.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// 16 buckets for every doubling, so a quantile is at most 6.3 % above the truth.
const SUB_BITS: u32 = 5;
const SUB: usize = 1 << SUB_BITS;
/// Up to 2^32 µs, more than an hour.
const BUCKETS: usize = SUB * (32 - SUB_BITS as usize + 1);

/// A histogram of microseconds in log-linear buckets (as HdrHistogram), without locks or allocation.
#[derive(Debug)]
pub struct Latency {
    /// The stage's name, as in the API.
    pub name: &'static str,
    buckets: Box<[AtomicU64]>,
    count: AtomicU64,
    sum_us: AtomicU64,
    max_us: AtomicU64,
}

/// What a histogram says. Microseconds; zeros when nothing was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantiles {
    /// How many were measured.
    pub count: u64,
    /// The median, in microseconds.
    pub p50_us: u64,
    /// 99 of 100 were no slower.
    pub p99_us: u64,
    /// 999 of 1,000 were no slower.
    pub p999_us: u64,
    /// The slowest, exactly.
    pub max_us: u64,
}

impl Latency {
    /// An empty histogram.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            count: AtomicU64::new(0),
            sum_us: AtomicU64::new(0),
            max_us: AtomicU64::new(0),
        }
    }

    /// Counts one measurement.
    pub fn record(&self, took: Duration) {
        self.record_us(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    /// Counts one measurement in microseconds.
    pub fn record_us(&self, us: u64) {
        self.buckets[bucket_of(us)].fetch_add(1, Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
        self.max_us.fetch_max(us, Ordering::Relaxed);
    }

    /// The sum of all measurements in microseconds, and how many fell above the bound before and not above each of
    /// these (ascending, in microseconds), then above the last. What is less than a sixteenth below a bound may be
    /// counted above it.
    pub fn buckets(&self, bounds_us: &[u64]) -> (u64, Vec<u64>) {
        let mut counts = vec![0; bounds_us.len() + 1];
        for (bucket, counted) in self.buckets.iter().enumerate() {
            let place = bounds_us.partition_point(|bound| *bound < upper_bound(bucket));
            counts[place] += counted.load(Ordering::Relaxed);
        }
        (self.sum_us.load(Ordering::Relaxed), counts)
    }

    /// What has been measured so far.
    pub fn quantiles(&self) -> Quantiles {
        let count = self.count.load(Ordering::Relaxed);
        let max_us = self.max_us.load(Ordering::Relaxed);
        if count == 0 {
            return Quantiles::default();
        }
        let at = |per_mille: u64| {
            let rank = (count * per_mille).div_ceil(1_000);
            let mut seen = 0;
            for (bucket, counted) in self.buckets.iter().enumerate() {
                seen += counted.load(Ordering::Relaxed);
                if seen >= rank {
                    return upper_bound(bucket).min(max_us);
                }
            }
            max_us
        };
        Quantiles {
            count,
            p50_us: at(500),
            p99_us: at(990),
            p999_us: at(999),
            max_us,
        }
    }
}

fn bucket_of(us: u64) -> usize {
    let us = us.min(u64::from(u32::MAX));
    let magnitude = (63 - (us | 1).leading_zeros()).saturating_sub(SUB_BITS - 1);
    if magnitude == 0 {
        return us as usize;
    }
    // The top SUB_BITS bits select the bucket inside the doubling; the first of them is always 1.
    let top = (us >> magnitude) as usize;
    (magnitude as usize + 1) * (SUB / 2) + (top - SUB / 2)
}

/// The largest value that falls into this bucket.
fn upper_bound(bucket: usize) -> u64 {
    if bucket < SUB {
        return bucket as u64;
    }
    let magnitude = bucket / (SUB / 2) - 1;
    let top = bucket % (SUB / 2) + SUB / 2;
    ((top as u64 + 1) << magnitude) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_falls_into_the_bucket_that_bounds_it() {
        for us in (0..5_000).chain((0..32).map(|bit| 1_u64 << bit)) {
            let bucket = bucket_of(us);
            assert!(upper_bound(bucket) >= us, "{us}");
            assert!(bucket == 0 || upper_bound(bucket - 1) < us, "{us}");
            assert!(upper_bound(bucket) as f64 <= us as f64 * 1.07 + 1.0, "{us}");
        }
        assert!(bucket_of(u64::MAX) < BUCKETS);
    }

    #[test]
    fn quantiles_are_those_of_a_known_distribution() {
        let latency = Latency::new("test");
        for us in 1..=10_000 {
            latency.record_us(us);
        }
        let q = latency.quantiles();
        assert_eq!((q.count, q.max_us), (10_000, 10_000));
        for (found, want) in [
            (q.p50_us, 5_000.0),
            (q.p99_us, 9_900.0),
            (q.p999_us, 9_990.0),
        ] {
            let ratio = found as f64 / want;
            assert!((1.0..1.07).contains(&ratio), "{found} for {want}");
        }
    }
}
