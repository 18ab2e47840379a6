//! The figures of one case on both sides, each with its interval and chance, not yet corrected.

use super::resample::{self, Effort, Found, Statistic};
use super::{Change, Finding, Shown};
use crate::bench::report::{Distribution, Figures, Quantile};

/// Unit of the one figure of which more is better.
pub(super) const PARTS_PER_S: &str = "parts/s";

/// Fewest parts of which blocks can be drawn: ten of ten.
const PARTS_MIN: usize = 100;
/// Neighbours that are drawn together at least.
const BLOCK_MIN: usize = 10;
/// Fewest slices that are drawn in the place of parts.
const SLICES_MIN: usize = 20;

/// Where a series has too few blocks to draw from.
const TOO_ALIKE: &str = "too few parts for how alike neighbours are";

/// How much wider an interval is than one of as many independent values.
const INDEPENDENT: f64 = 1.0;

pub(super) fn changes(a: &Figures, b: &Figures, effort: Effort) -> Vec<Change> {
    if a.cold.is_some() {
        // A few starts tell no noise; what they took is shown.
        return Vec::new();
    }
    let mut changes = latency(a, b, effort);
    // Single parts' times of the model are not kept; they are taken to be as correlated as the whole.
    let width = changes.first().and_then(|median| widening(a, b, median));
    for (figure, of) in [
        ("model p50", [&a.model, &b.model]),
        ("overhead p50", [&a.overhead, &b.overhead]),
    ] {
        let medians = of.map(|times| times.as_ref().and_then(|times| times.p50));
        if let [Some(of_a), Some(of_b)] = medians {
            changes.push(match width {
                Some(width) => median(figure, of_a, of_b, width),
                None => {
                    let both = [of_a.value_us, of_b.value_us];
                    let reason = "how alike neighbours are is not known";
                    untested(figure, "µs", both, reason.to_owned())
                }
            });
        }
    }
    if let (Some(of_a), Some(of_b)) = (a.parts_per_s, b.parts_per_s) {
        changes.push(rate(a, b, [of_a, of_b], effort));
    }
    changes
}

/// Figures of the latency: from single parts where both sides kept them, else from slices.
fn latency(a: &Figures, b: &Figures, effort: Effort) -> Vec<Change> {
    let (Some(of_a), Some(of_b)) = (&a.latency, &b.latency) else {
        return Vec::new();
    };
    let present = |quantile: fn(&Distribution) -> Option<Quantile>| {
        Some([quantile(of_a)?.value_us, quantile(of_b)?.value_us])
    };
    let wanted = [
        (
            "latency p50",
            Statistic::Quantile(0.5),
            present(|times| times.p50),
        ),
        (
            "latency p90",
            Statistic::Quantile(0.9),
            present(|times| times.p90),
        ),
        (
            "latency p99",
            Statistic::Quantile(0.99),
            present(|times| times.p99),
        ),
        (
            "latency mean",
            Statistic::Mean,
            Some([of_a.mean_us, of_b.mean_us]),
        ),
    ];
    let present = wanted
        .into_iter()
        .filter_map(|(figure, of, both)| Some((figure, of, both?)));
    let wanted: Vec<_> = present.collect();
    let series = [a, b].map(|side| -> Vec<f64> {
        // A time of nothing has no ratio.
        let times = side.latencies_us.iter();
        times.map(|time| f64::from((*time).max(1))).collect()
    });
    let are_kept = [a, b].map(|side| side.latencies_us.len() as u64 == side.queries);
    let is_enough = series.iter().all(|series| series.len() >= PARTS_MIN);
    let mut reason = match are_kept {
        [true, true] => format!("fewer than {PARTS_MIN} parts"),
        _ => "times of single parts were not kept".to_owned(),
    };
    if are_kept == [true; 2] && is_enough {
        let statistics: Vec<Statistic> = wanted.iter().map(|(_, of, _)| *of).collect();
        if let Some(found) =
            resample::compare(&series[0], &series[1], &statistics, BLOCK_MIN, effort)
        {
            let named = wanted.into_iter().zip(found);
            return named
                .map(|((name, ..), found)| tested(name, "µs", found))
                .collect();
        }
        reason = TOO_ALIKE.to_owned();
    }
    let not_told = wanted.into_iter().map(|(figure, statistic, [of_a, of_b])| {
        let by_slices = (statistic == Statistic::Quantile(0.5) && are_kept != [true; 2])
            .then(|| slices(a, b, effort))
            .flatten();
        let not_told = || untested(figure, "µs", [of_a, of_b], reason.clone());
        by_slices.unwrap_or_else(not_told)
    });
    not_told.collect()
}

/// The median of the slices' medians, where single parts are not kept.
fn slices(a: &Figures, b: &Figures, effort: Effort) -> Option<Change> {
    let [of_a, of_b] = [a, b].map(|side| -> Vec<f64> {
        let with_parts = side.timeline.iter().filter(|slice| slice.queries > 0);
        with_parts.map(|slice| slice.p50_us).collect()
    });
    let is_enough = of_a.len().min(of_b.len()) >= SLICES_MIN;
    let wanted = [Statistic::Quantile(0.5)];
    let found = is_enough.then(|| resample::compare(&of_a, &of_b, &wanted, 1, effort))??;
    let found = *found.first()?;
    Some(tested("latency p50 (of slices)", "µs", found))
}

/// Parts per second, of slices: the last one of each side is left out, because it may be a short one.
fn rate(a: &Figures, b: &Figures, both: [f64; 2], effort: Effort) -> Change {
    let [of_a, of_b] = [a, b].map(|side| -> Vec<f64> {
        let width = match side.timeline[..] {
            [first, second, ..] => second.at_s - first.at_s,
            _ => 1.0,
        };
        let whole = side.timeline.iter().rev().skip(1);
        whole.map(|slice| slice.queries as f64 / width).collect()
    });
    if of_a.len().min(of_b.len()) < SLICES_MIN || both.contains(&0.0) {
        let reason = format!("fewer than {SLICES_MIN} slices of time");
        return untested(PARTS_PER_S, PARTS_PER_S, both, reason);
    }
    let Some(found) = resample::compare(&of_a, &of_b, &[Statistic::Mean], 1, effort) else {
        return untested(PARTS_PER_S, PARTS_PER_S, both, TOO_ALIKE.to_owned());
    };
    let mut change = tested(PARTS_PER_S, PARTS_PER_S, found[0]);
    // Shown as reported: whole slices leave out some parts.
    [change.a, change.b] = both;
    change.ratio = both[1] / both[0];
    change
}

/// By how much correlation widened the interval of the latency's median, which is known with and without it.
fn widening(a: &Figures, b: &Figures, latency: &Change) -> Option<f64> {
    let medians = [a, b].map(|side| side.latency.as_ref().and_then(|times| times.p50));
    let [low, high] = latency.interval?;
    let [free_low, free_high] = median("", medians[0]?, medians[1]?, INDEPENDENT).interval?;
    let wider = (high / low).ln() / (free_high / free_low).ln();
    // Both are of no width where all values are equal.
    Some(if wider.is_finite() {
        wider.max(INDEPENDENT)
    } else {
        INDEPENDENT
    })
}

/// Two medians with their bounds: the interval of their ratio by recovering each one's variance from its bounds
/// (Zou and Donner 2008, "Construction of confidence limits about effect measures", equation 4, of logarithms),
/// and the chance from the same width by the normal distribution.
fn median(figure: &str, a: Quantile, b: Quantile, width: f64) -> Change {
    let both = [a.value_us, b.value_us];
    if [a.low_us, a.value_us, b.low_us, b.value_us]
        .iter()
        .any(|time| *time <= 0.0)
    {
        return untested(figure, "µs", both, "too short to measure".to_owned());
    }
    let ratio = b.value_us / a.value_us;
    let up = |of: Quantile| (of.high_us / of.value_us).ln();
    let down = |of: Quantile| (of.value_us / of.low_us).ln();
    let below = width * down(b).hypot(up(a));
    let above = width * up(b).hypot(down(a));
    let interval = [ratio * (-below).exp(), ratio * above.exp()];
    // 1.96 deviations make 95 %.
    let deviation = if ratio > 1.0 { below } else { above } / 1.96;
    let chance = match ratio.ln().abs() {
        0.0 => 1.0,
        distance => two_sided(distance / deviation),
    };
    let [a, b] = both;
    tested(
        figure,
        "µs",
        Found {
            a,
            b,
            interval,
            chance,
        },
    )
}

/// Chance of a normal deviate at least so far from 0 (Abramowitz and Stegun 7.1.26; off by 1.5e-7 at most).
fn two_sided(deviate: f64) -> f64 {
    let x = deviate.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let terms = [
        1.061_405_429,
        -1.453_152_027,
        1.421_413_741,
        -0.284_496_736,
        0.254_829_592,
    ];
    let sum = terms.iter().fold(0.0, |sum, term| (sum + term) * t);
    (sum * (-x * x).exp()).clamp(0.0, 1.0)
}

fn tested(figure: &str, unit: &str, found: Found) -> Change {
    Change {
        figure: figure.to_owned(),
        unit: unit.to_owned(),
        a: found.a,
        b: found.b,
        ratio: found.b / found.a,
        interval: Some(found.interval),
        chance: Some(found.chance),
        chance_corrected: None,
        finding: Finding::NoChange,
    }
}

fn untested(figure: &str, unit: &str, [a, b]: [f64; 2], reason: String) -> Change {
    Change {
        figure: figure.to_owned(),
        unit: unit.to_owned(),
        a,
        b,
        ratio: if a > 0.0 { b / a } else { 1.0 },
        interval: None,
        chance: None,
        chance_corrected: None,
        finding: Finding::NotComparable(reason),
    }
}

/// Counts and single numbers, of which one run tells no noise.
pub(super) fn shown(a: &Figures, b: &Figures) -> Vec<Shown> {
    let of = Some([a.queries, b.queries]);
    let mut shown = Vec::new();
    let mut show = |figure: &str, unit: &str, both: [Option<f64>; 2], of| {
        if let [Some(a), Some(b)] = both {
            let (figure, unit) = (figure.to_owned(), unit.to_owned());
            shown.push(Shown {
                figure,
                unit,
                a,
                b,
                of,
            });
        }
    };
    let missed = |side: &Figures| Some(side.deadline?.missed as f64);
    let overtime = |side: &Figures| Some(side.overtime? as f64);
    let cameras = |side: &Figures| Some(side.streams.as_ref()?.cameras as f64);
    let ready_ms = |side: &Figures| Some(side.cold.as_ref()?.steps.last()?.done_ms);
    let styles = |side: &Figures| Some(side.mixed.as_ref()?.ratio);
    show("missed the budget", "parts", [missed(a), missed(b)], of);
    show("overtime", "parts", [overtime(a), overtime(b)], of);
    show("cameras served", "cameras", [cameras(a), cameras(b)], None);
    show(
        "first verdict after start",
        "ms",
        [ready_ms(a), ready_ms(b)],
        None,
    );
    show("mixed styles to one", "×", [styles(a), styles(b)], None);
    let memory_mib = |side: &Figures| {
        let bytes = side.usage.memory_max_bytes;
        (bytes > 0).then_some(bytes as f64 / f64::from(1 << 20))
    };
    show(
        "memory, at most",
        "MiB",
        [memory_mib(a), memory_mib(b)],
        None,
    );
    shown
}

#[cfg(test)]
mod tests {
    use super::two_sided;

    #[test]
    fn chances_are_those_of_the_normal_distribution() {
        assert!((two_sided(1.96) - 0.05).abs() < 1e-4);
        assert!((two_sided(3.29) - 0.001).abs() < 1e-5);
        assert!((two_sided(0.0) - 1.0).abs() < 1e-6);
        assert!(two_sided(f64::INFINITY) < 1e-6);
    }
}
