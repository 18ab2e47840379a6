//! From what was seen to figures.

use super::case::{Case, Scenario};
use super::drive::{Sample, Seen};
use super::report::{Deadline, Distribution, Figures, Quantile, Slice, Slope, Usage, Verdicts};
use super::statistics::{at_rank, bounds, slope};
use crate::station::verdict::Verdict;
use hdrhistogram::Histogram;
use std::time::Duration;

/// Slices of a timeline.
const SLICES_MAX: usize = 240;
/// Latencies that are kept one by one.
const LATENCIES_MAX: usize = 100_000;
/// Of a histogram: nanoseconds up to an hour, three significant digits.
const LONGEST_NS: u64 = 3_600_000_000_000;
const DIGITS: u8 = 3;

/// The figures of a run whose verdicts were all as expected.
pub fn figures(case: &Case, seen: &Seen) -> Figures {
    let samples = &seen.samples[..];
    let latency = distribution(samples.iter().map(|s| s.latency));
    let is_open = !matches!(case.scenario, Scenario::Saturate | Scenario::Cold);
    let overtime = samples.iter().filter(|s| s.is_overtime).count() as u64;
    let slices = timeline(seen);
    Figures {
        queries: samples.len() as u64,
        span_s: seen.span.as_secs_f64(),
        verdicts: verdicts(samples),
        // Parts of a burst, or of several cameras, meet anyway.
        overtime: (is_open && !matches!(case.scenario, Scenario::Burst | Scenario::Streams))
            .then_some(overtime),
        deadline: latency
            .as_ref()
            .filter(|_| is_open)
            .map(|latency| deadline(case, samples, latency)),
        model: distribution(samples.iter().map(|s| s.model)),
        overhead: distribution(samples.iter().map(|s| s.latency.saturating_sub(s.model))),
        latency,
        usage: usage(seen, case.scenario == Scenario::Soak, case.batch),
        latencies_us: kept(samples),
        timeline: slices,
        ..Figures::default()
    }
}

fn verdicts(samples: &[Sample]) -> Verdicts {
    let count = |verdict| {
        samples
            .iter()
            .filter(|s| s.verdict == Some(verdict))
            .count() as u64
    };
    Verdicts {
        pass: count(Verdict::Pass),
        fail: count(Verdict::Fail),
        not_decided: count(Verdict::NotDecided),
    }
}

fn deadline(case: &Case, samples: &[Sample], latency: &Distribution) -> Deadline {
    let budget = Duration::from_secs_f64(case.budget_ms / 1e3);
    let missed = samples.iter().filter(|s| s.latency > budget).count();
    Deadline {
        missed: missed as u64,
        missed_share_at_most: models::teach::share_at_most(missed, samples.len()),
        headroom: case.budget_ms * 1e3 / latency.tail().1.max(1.0),
    }
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}

/// Of times; none of none.
pub fn distribution(times: impl Iterator<Item = Duration>) -> Option<Distribution> {
    let mut histogram = Histogram::<u64>::new_with_bounds(1, LONGEST_NS, DIGITS).ok()?;
    let (mut sum, mut least, mut most) = (0.0, Duration::MAX, Duration::ZERO);
    for time in times {
        histogram.saturating_record(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(1));
        sum += micros(time);
        (least, most) = (least.min(time), most.max(time));
    }
    let count = histogram.len();
    if count == 0 {
        return None;
    }
    let quantile = |share: f64| {
        let (low, high) = bounds(count, share);
        let at = |rank| at_rank(&histogram, rank) as f64 / 1e3;
        let rank = (share * count as f64).ceil() as u64;
        Some(Quantile {
            value_us: at(rank).min(micros(most)),
            low_us: at(low),
            high_us: at(high?).min(micros(most)),
        })
    };
    let steps = histogram.iter_recorded();
    Some(Distribution {
        count,
        mean_us: sum / count as f64,
        min_us: micros(least),
        p50: quantile(0.5),
        p90: quantile(0.9),
        p99: quantile(0.99),
        p999: quantile(0.999),
        max_us: micros(most),
        histogram: steps
            .map(|s| {
                (
                    s.value_iterated_to() as f64 / 1e3,
                    s.count_since_last_iteration(),
                )
            })
            .collect(),
    })
}

fn kept(samples: &[Sample]) -> Vec<u32> {
    if samples.len() > LATENCIES_MAX {
        return Vec::new();
    }
    let micros = samples
        .iter()
        .map(|s| u32::try_from(s.latency.as_micros()).unwrap_or(u32::MAX));
    micros.collect()
}

/// Equal times, and what came in each.
fn timeline(seen: &Seen) -> Vec<Slice> {
    let span_s = seen.span.as_secs_f64();
    let count = (seen.samples.len() / 5).clamp(1, SLICES_MAX);
    let width_s = (span_s / count as f64).max(1e-9);
    let of = |at: Duration| ((at.as_secs_f64() / width_s) as usize).min(count - 1);
    let mut latencies: Vec<Vec<f64>> = vec![Vec::new(); count];
    for sample in &seen.samples {
        latencies[of(sample.came_after)].push(micros(sample.latency));
    }
    let mut memory_at = seen.memory.iter().peekable();
    let mut memory_bytes = 0;
    let slices = latencies
        .into_iter()
        .enumerate()
        .map(|(index, mut latencies)| {
            let end_s = (index + 1) as f64 * width_s;
            while let Some((_, bytes)) = memory_at.next_if(|(at, _)| at.as_secs_f64() <= end_s) {
                memory_bytes = *bytes;
            }
            latencies.sort_by(f64::total_cmp);
            Slice {
                at_s: index as f64 * width_s,
                queries: latencies.len() as u64,
                p50_us: latencies.get(latencies.len() / 2).copied().unwrap_or(0.0),
                max_us: latencies.last().copied().unwrap_or(0.0),
                memory_bytes,
            }
        });
    slices.collect()
}

fn usage(seen: &Seen, is_soak: bool, batch: usize) -> Usage {
    let bytes = |at: Option<&(Duration, u64)>| at.map_or(0, |(_, bytes)| *bytes);
    let parts = (seen.samples.len().max(1) * batch) as f64;
    Usage {
        cores_busy: seen.processor.as_secs_f64() / seen.span.as_secs_f64().max(1e-9),
        processor_ms_per_part: seen.processor.as_secs_f64() * 1e3 / parts,
        memory_start_bytes: bytes(seen.memory.first()),
        memory_end_bytes: bytes(seen.memory.last()),
        memory_max_bytes: seen
            .memory
            .iter()
            .map(|(_, bytes)| *bytes)
            .max()
            .unwrap_or(0),
        memory_slope_bytes_per_h: is_soak.then(|| memory_slope(seen)).flatten(),
        tail_drift: is_soak.then(|| tail_drift(&seen.samples)).flatten(),
    }
}

/// Over the second half: the first fills caches and arenas.
fn memory_slope(seen: &Seen) -> Option<Slope> {
    let points: Vec<(f64, f64)> = seen
        .memory
        .iter()
        .filter(|(at, _)| *at >= seen.span / 2)
        .map(|(at, bytes)| (at.as_secs_f64() / 3_600.0, *bytes as f64))
        .collect();
    let (value, interval) = slope(&points)?;
    Some(Slope { value, interval })
}

/// Last quarter's p99 over that of the second quarter, where both have one.
fn tail_drift(samples: &[Sample]) -> Option<f64> {
    let quarter = samples.len() / 4;
    let p99 = |of: &[Sample]| Some(distribution(of.iter().map(|s| s.latency))?.p99?.value_us);
    let (second, last) = (&samples[quarter..2 * quarter], &samples[3 * quarter..]);
    Some(p99(last)? / p99(second)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponential(count: usize, mean_us: f64) -> impl Iterator<Item = Duration> {
        let mut rng = fastrand::Rng::with_seed(11);
        (0..count).map(move |_| Duration::from_secs_f64(-mean_us * 1e-6 * (1.0 - rng.f64()).ln()))
    }

    #[test]
    fn quantiles_are_those_of_a_known_distribution() {
        let mean_us = 1_000.0;
        let found = distribution(exponential(100_000, mean_us)).expect("values");
        let quantiles = [
            (found.p50, 0.5),
            (found.p90, 0.9),
            (found.p99, 0.99),
            (found.p999, 0.999),
        ];
        for (quantile, share) in quantiles {
            let quantile = quantile.expect("there are enough");
            let truth = -mean_us * (1.0_f64 - share).ln();
            assert!(
                (quantile.value_us / truth - 1.0).abs() < 0.05,
                "{share}: {quantile:?}"
            );
            assert!(
                quantile.low_us <= truth && truth <= quantile.high_us,
                "{share}: {quantile:?}"
            );
        }
        assert!((found.mean_us / mean_us - 1.0).abs() < 0.02);
    }

    #[test]
    fn no_tail_is_told_from_too_few_parts() {
        let found = distribution(exponential(500, 1_000.0)).expect("values");
        assert!(found.p99.is_some() && found.p999.is_none());
        assert_eq!(found.tail().0, "p99");
        let found = distribution(exponential(20, 1_000.0)).expect("values");
        assert!(found.p50.is_some() && found.p90.is_none());
        assert_eq!(found.tail(), ("max", found.max_us));
    }

    #[test]
    fn the_timeline_shows_when_it_stalled_and_how_memory_grew() {
        let ms = Duration::from_millis;
        let samples = (0..1_000).map(|query| Sample {
            came_after: ms(10 * query),
            latency: if query == 700 { ms(300) } else { ms(4) },
            ..Sample::default()
        });
        let seen = Seen {
            samples: samples.collect(),
            span: ms(10_000),
            processor: ms(5_000),
            memory: (0..50)
                .map(|n| (ms(200 * n), 1_000_000 + n * 1_000))
                .collect(),
        };
        let slices = timeline(&seen);
        let stalled: Vec<&Slice> = slices.iter().filter(|s| s.max_us > 100_000.0).collect();
        assert_eq!(stalled.len(), 1);
        assert!((stalled[0].at_s - 7.0).abs() < 0.1);
        assert_eq!(slices.iter().map(|s| s.queries).sum::<u64>(), 1_000);
        let usage = usage(&seen, true, 1);
        assert!(
            (usage.cores_busy - 0.5).abs() < 1e-9
                && (usage.processor_ms_per_part - 5.0).abs() < 1e-9
        );
        let slope = usage.memory_slope_bytes_per_h.expect("points");
        assert!((slope.value - 18e6).abs() < 1e3, "{slope:?}");
    }
}
