//! What a number of values allows to say.

use hdrhistogram::Histogram;

/// Confidence of every interval.
pub const CONFIDENCE: f64 = 0.95;

/// Ranks, from 1, of the ordered values between which a quantile lies with 95 % confidence, whatever the
/// distribution (order statistics; David and Nagaraja 2003, 7.1). None of `count` values may be above it:
/// then the upper rank is none.
pub fn bounds(count: u64, share: f64) -> (u64, Option<u64>) {
    // The number of values at or below the quantile is binomial.
    let (first, chances) = binomial(count, share);
    let tail = (1.0 - CONFIDENCE) / 2.0;
    // The lowest rank l with P(N ≥ l) ≥ 1 - tail, that is P(N < l) ≤ tail.
    let mut below = 0.0;
    let mut low = first;
    for chance in &chances {
        if below + chance > tail {
            break;
        }
        below += chance;
        low += 1;
    }
    // The smallest rank u with P(N < u) ≥ 1 - tail.
    let mut below = 0.0;
    let mut high = first;
    for chance in &chances {
        if below >= 1.0 - tail {
            break;
        }
        below += chance;
        high += 1;
    }
    (
        low.max(1),
        (high <= count && below >= 1.0 - tail).then_some(high),
    )
}

/// Fewest values with which a quantile has an upper bound.
pub fn values_needed(share: f64) -> u64 {
    // All of them lie at or below it with a chance of share^count.
    (((1.0 - CONFIDENCE) / 2.0).ln() / share.ln()).ceil() as u64
}

/// Chances of a binomial number, from `first` on, as far as they matter.
fn binomial(count: u64, share: f64) -> (u64, Vec<f64>) {
    const NEGLIGIBLE: f64 = 1e-18;
    let mode = (((count + 1) as f64 * share) as u64).min(count);
    let odds = share / (1.0 - share);
    let mut up = vec![1.0];
    let mut chance = 1.0;
    for k in mode..count {
        chance *= (count - k) as f64 / (k + 1) as f64 * odds;
        if chance < NEGLIGIBLE {
            break;
        }
        up.push(chance);
    }
    let mut down = Vec::new();
    chance = 1.0;
    for k in (1..=mode).rev() {
        chance *= k as f64 / (count - k + 1) as f64 / odds;
        if chance < NEGLIGIBLE {
            break;
        }
        down.push(chance);
    }
    let first = mode - down.len() as u64;
    let mut chances: Vec<f64> = down.into_iter().rev().chain(up).collect();
    let total: f64 = chances.iter().sum();
    chances.iter_mut().for_each(|chance| *chance /= total);
    (first, chances)
}

/// Median of values, and between which two of them it lies with 95 % confidence; the smallest and the largest
/// where they are too few to say.
pub fn median_of(values: &[f64]) -> (f64, [f64; 2]) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len();
    if count == 0 {
        return (0.0, [0.0; 2]);
    }
    let middle = f64::midpoint(sorted[(count - 1) / 2], sorted[count / 2]);
    let (low, high) = bounds(count as u64, 0.5);
    let high = high.map_or(count, |high| high as usize);
    (middle, [sorted[low as usize - 1], sorted[high - 1]])
}

/// Slope of values over places, by least squares, with its 95 % interval. None of fewer than three.
pub fn slope(points: &[(f64, f64)]) -> Option<(f64, [f64; 2])> {
    let count = points.len() as f64;
    if points.len() < 3 {
        return None;
    }
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let spread: f64 = points.iter().map(|p| (p.0 - x).powi(2)).sum();
    if spread == 0.0 {
        return None;
    }
    let slope = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>() / spread;
    let left: f64 = points
        .iter()
        .map(|p| (p.1 - y - slope * (p.0 - x)).powi(2))
        .sum();
    let error = (left / (count - 2.0) / spread).sqrt();
    let t = models::teach::student_t(1.0 - (1.0 - CONFIDENCE) / 2.0, count - 2.0);
    Some((slope, [slope - t * error, slope + t * error]))
}

/// The value that a share of those in the histogram does not exceed, by rank.
pub fn at_rank(histogram: &Histogram<u64>, rank: u64) -> u64 {
    // By rank, because a share that is divided and multiplied again may fall short of it by one.
    let mut seen = 0;
    for step in histogram.iter_recorded() {
        seen += step.count_since_last_iteration();
        if seen >= rank {
            return step.value_iterated_to().min(histogram.max());
        }
    }
    histogram.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_tables() {
        // R: qbinom(c(.025, .975), n, p), ranks as in Hahn and Meeker, Statistical Intervals, table A.15.
        assert_eq!(bounds(10, 0.5), (2, Some(9)));
        assert_eq!(bounds(100, 0.5), (40, Some(61)));
        assert_eq!(bounds(100, 0.9), (84, Some(96)));
    }

    #[test]
    fn a_tail_is_bounded_only_by_enough_values() {
        for (share, needed) in [(0.9, 36), (0.99, 368), (0.999, 3_688)] {
            assert_eq!(values_needed(share), needed);
            assert_eq!(bounds(needed - 1, share).1, None, "{share}");
            assert_eq!(bounds(needed, share).1, Some(needed), "{share}");
        }
        assert_eq!(bounds(500, 0.999).1, None);
    }

    #[test]
    fn bounds_hold_the_quantile_as_often_as_they_say() {
        let mut rng = fastrand::Rng::with_seed(3);
        let (low, high) = bounds(1_000, 0.99);
        let high = high.expect("there are enough");
        let repetitions = 1_000;
        let held = (0..repetitions).filter(|_| {
            let mut values: Vec<f64> = (0..1_000).map(|_| rng.f64()).collect();
            values.sort_by(f64::total_cmp);
            values[low as usize - 1] <= 0.99 && 0.99 <= values[high as usize - 1]
        });
        let share = held.count() as f64 / f64::from(repetitions);
        assert!((0.94..0.985).contains(&share), "{share}");
    }

    #[test]
    fn bounds_of_millions_are_near_those_of_the_normal_distribution() {
        let (low, high) = bounds(10_000_000, 0.999);
        let spread = 1.96 * (1e7_f64 * 0.999 * 0.001).sqrt();
        assert!((low as f64 - (9_990_000.0 - spread)).abs() < 3.0, "{low}");
        assert!((high.unwrap_or(0) as f64 - (9_990_000.0 + spread)).abs() < 3.0);
    }

    #[test]
    fn a_leak_has_a_slope_and_noise_has_none() {
        let mut rng = fastrand::Rng::with_seed(5);
        let mut points = |slope: f64| -> Vec<(f64, f64)> {
            let at = (0..200).map(f64::from);
            at.map(|x| (x, slope * x + rng.f64() * 10.0)).collect()
        };
        let (_, noise) = slope(&points(0.0)).expect("points");
        assert!(noise[0] < 0.0 && noise[1] > 0.0, "{noise:?}");
        let (_, leak) = slope(&points(0.5)).expect("points");
        assert!(leak[0] < 0.5 && leak[1] > 0.5 && leak[0] > 0.4, "{leak:?}");
    }

    #[test]
    fn the_median_lies_between_values() {
        assert_eq!(median_of(&[3.0, 1.0, 2.0]), (2.0, [1.0, 3.0]));
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!(median_of(&ten), (5.5, [2.0, 9.0]));
    }
}
