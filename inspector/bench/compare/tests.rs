//! Comparisons of series whose distributions are known.

use super::resample::Effort;
use super::*;
use crate::bench::case::{Output, Scenario};
use crate::bench::report::{Distribution, Machine, Quantile, SCHEMA, Slice, Streams};
use crate::bench::sample;

/// Fewer than for people, so that many repetitions take seconds. Holm's correction over six figures asks for a
/// chance of 1 in 120.
const QUICK: Effort = Effort {
    bootstraps: 199,
    permutations: 299,
};

fn case(scenario: Scenario) -> Case {
    Case {
        scenario,
        subjects: vec![sample::subject("demo-parts")],
        workers: 1,
        real_time: false,
        batch: 1,
        takt_ms: 420.0,
        budget_ms: 420.0,
        width: 1,
        queries: 1_000,
        warm_up: 20,
        output: Output::Sim,
        keep_warm_ms: 0,
    }
}

/// Quantiles as the summary gives them, with bounds of independent values.
fn distribution(times: &[u32]) -> Distribution {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let count = sorted.len() as f64;
    let at = |rank: f64| f64::from(sorted[(rank.max(1.0) as usize).min(sorted.len()) - 1]);
    let quantile = |share: f64| {
        let spread = 1.96 * (count * share * (1.0 - share)).sqrt();
        let rank = share * count;
        (rank + spread < count).then(|| Quantile {
            value_us: at(rank.ceil()),
            low_us: at((rank - spread).floor()),
            high_us: at((rank + spread).ceil() + 1.0),
        })
    };
    Distribution {
        count: times.len() as u64,
        mean_us: times.iter().map(|time| f64::from(*time)).sum::<f64>() / count,
        p50: quantile(0.5),
        p90: quantile(0.9),
        p99: quantile(0.99),
        max_us: at(count),
        ..Distribution::default()
    }
}

fn report(scenario: Scenario, figures: Figures) -> Report {
    Report {
        schema: SCHEMA,
        made_by: "inspector 0.1.0".to_owned(),
        started_at: "2026-11-20T08:00:00Z".to_owned(),
        ended_at: "2026-11-20T09:00:00Z".to_owned(),
        plan: "default".to_owned(),
        station: None,
        is_complete: true,
        machine: Machine {
            processor: "a processor".to_owned(),
            cores: 4,
            ..Machine::default()
        },
        results: vec![CaseResult {
            case: case(scenario),
            started_at: "2026-11-20T08:00:00Z".to_owned(),
            wall_s: 420.0,
            outcome: Outcome::Measured(Box::new(figures)),
        }],
    }
}

fn of_latencies(latencies_us: Vec<u32>) -> Report {
    let times = distribution(&latencies_us);
    let figures = Figures {
        queries: latencies_us.len() as u64,
        model: Some(times.clone()),
        latency: Some(times),
        latencies_us,
        ..Figures::default()
    };
    report(Scenario::Takt, figures)
}

/// Lognormal latencies around 20 ms, of which neighbours are correlated by `share`.
fn latencies(rng: &mut fastrand::Rng, count: usize, share: f64) -> Vec<u32> {
    let mut deviate = 0.0;
    let mut next = || {
        // A sum of twelve is normal enough here.
        let fresh = (0..12).map(|_| rng.f64()).sum::<f64>() - 6.0;
        deviate = share * deviate + (1.0_f64 - share * share).sqrt() * fresh;
        (20_000.0 * (0.15 * deviate).exp()) as u32
    };
    (0..count).map(|_| next()).collect()
}

fn findings(comparison: &Comparison) -> Vec<(&str, &Finding)> {
    let changes = comparison.pairs.iter().flat_map(|pair| &pair.changes);
    changes
        .map(|change| (change.figure.as_str(), &change.finding))
        .collect()
}

fn finding<'a>(comparison: &'a Comparison, figure: &str) -> &'a Finding {
    let found = findings(comparison)
        .into_iter()
        .find(|(name, _)| *name == figure);
    found.expect("the figure is there").1
}

/// Share of repetitions in which something is said to have changed, of equal distributions.
fn false_alarms(share: f64) -> f64 {
    let mut rng = fastrand::Rng::with_seed(11);
    let repetitions = 200;
    let alarms = (0..repetitions).filter(|_| {
        let [a, b] = [0, 1].map(|_| of_latencies(latencies(&mut rng, 1_000, share)));
        let comparison = compare_with(&a, &b, QUICK);
        assert_eq!(comparison.pairs[0].changes.len(), 5);
        let mut found = findings(&comparison).into_iter();
        found.any(|(_, finding)| *finding != Finding::NoChange)
    });
    alarms.count() as f64 / f64::from(repetitions)
}

#[test]
fn equal_distributions_raise_few_alarms() {
    let alarms = false_alarms(0.0);
    assert!(alarms <= 0.07, "{alarms}");
}

#[test]
fn equal_distributions_of_like_neighbours_raise_few_alarms() {
    for share in [0.5, 0.8] {
        let alarms = false_alarms(share);
        assert!(alarms <= 0.07, "{share}: {alarms}");
    }
}

#[test]
fn a_tenth_more_is_slower_and_a_tenth_less_is_faster() {
    let mut rng = fastrand::Rng::with_seed(12);
    let repetitions = 100;
    let held = (0..repetitions).filter(|_| {
        let a = latencies(&mut rng, 1_000, 0.3);
        let b = latencies(&mut rng, 1_000, 0.3);
        let b = b.iter().map(|time| time * 11 / 10).collect();
        let [a, b] = [a, b].map(of_latencies);
        let there = compare_with(&a, &b, QUICK);
        let back = compare_with(&b, &a, QUICK);
        for figure in ["latency p50", "latency mean", "model p50"] {
            assert_eq!(*finding(&there, figure), Finding::Slower, "{figure}");
            assert_eq!(*finding(&back, figure), Finding::Faster, "{figure}");
        }
        let [low, high] = there.pairs[0].changes[0].interval.expect("it was tested");
        low <= 1.1 && 1.1 <= high
    });
    let share = held.count() as f64 / f64::from(repetitions);
    assert!(share >= 0.88, "intervals of 95 % held the ratio in {share}");
}

#[test]
fn a_tail_that_grows_is_found_in_the_tail_only() {
    let mut rng = fastrand::Rng::with_seed(13);
    let a = latencies(&mut rng, 4_000, 0.3);
    let mut b = latencies(&mut rng, 4_000, 0.3);
    for at in (0..b.len())
        .filter(|_| rng.u32(..100) < 3)
        .collect::<Vec<_>>()
    {
        b[at] *= 2;
    }
    let comparison = compare_with(&of_latencies(a), &of_latencies(b), QUICK);
    assert_eq!(*finding(&comparison, "latency p99"), Finding::Slower);
    assert_eq!(*finding(&comparison, "latency p50"), Finding::NoChange);
}

#[test]
fn a_small_change_that_is_certain_is_not_told() {
    let mut rng = fastrand::Rng::with_seed(14);
    let a: Vec<u32> = (0..2_000).map(|_| rng.u32(20_000..20_100)).collect();
    let b = a.iter().map(|time| time + 200).collect();
    let comparison = compare_with(&of_latencies(a), &of_latencies(b), QUICK);
    let median = &comparison.pairs[0].changes[0];
    assert!(median.chance < Some(0.01) && median.ratio > 1.005);
    assert_eq!(median.finding, Finding::NoChange);
}

fn of_slices(rng: &mut fastrand::Rng, factor: f64) -> Figures {
    let slice = |at: usize| Slice {
        at_s: at as f64 * 2.0,
        queries: (factor * f64::from(rng.u32(95..105))) as u64,
        p50_us: f64::from(rng.u32(19_000..21_000)) / factor,
        ..Slice::default()
    };
    let timeline: Vec<Slice> = (0..200).map(slice).collect();
    let queries = timeline.iter().map(|slice| slice.queries).sum();
    let times = [20_000; 1_000].map(|time| (f64::from(time) / factor) as u32);
    Figures {
        queries,
        latency: Some(distribution(&times)),
        parts_per_s: Some(queries as f64 / 400.0),
        timeline,
        ..Figures::default()
    }
}

#[test]
fn slices_stand_in_for_parts_that_were_not_kept() {
    let mut rng = fastrand::Rng::with_seed(15);
    let a = report(Scenario::Saturate, of_slices(&mut rng, 1.0));
    let b = report(Scenario::Saturate, of_slices(&mut rng, 1.2));
    let comparison = compare_with(&a, &b, QUICK);
    assert_eq!(
        *finding(&comparison, "latency p50 (of slices)"),
        Finding::Faster
    );
    assert_eq!(*finding(&comparison, "parts/s"), Finding::Faster);
    let tail = finding(&comparison, "latency p99");
    assert!(matches!(tail, Finding::NotComparable(_)), "{tail:?}");
    let again = compare_with(&a, &a, QUICK);
    assert_eq!(*finding(&again, "parts/s"), Finding::NoChange);
}

#[test]
fn latencies_of_other_numbers_of_cameras_are_not_compared() {
    let mut rng = fastrand::Rng::with_seed(17);
    let a = of_latencies(latencies(&mut rng, 200, 0.0));
    let cameras = |cameras| {
        let mut report = a.clone();
        if let Outcome::Measured(figures) = &mut report.results[0].outcome {
            figures.streams = Some(Streams {
                cameras,
                ..Streams::default()
            });
        }
        report
    };
    let pair = &compare_with(&cameras(4), &cameras(8), QUICK).pairs[0];
    assert!(
        pair.changes.is_empty() && pair.remarks.len() == 1,
        "{pair:?}"
    );
    assert!(
        pair.shown
            .iter()
            .any(|shown| (shown.a, shown.b) == (4.0, 8.0))
    );
    assert!(
        !compare_with(&cameras(4), &cameras(4), QUICK).pairs[0]
            .changes
            .is_empty()
    );
}

#[test]
fn cases_of_one_side_machines_and_models_that_differ_are_told() {
    let mut rng = fastrand::Rng::with_seed(16);
    let mut a = of_latencies(latencies(&mut rng, 200, 0.0));
    let mut b = a.clone();
    b.results[0].case.subjects[0].views[0].model_sha256 = "bb".to_owned();
    b.machine.processor = "another processor".to_owned();
    b.machine.load = Some(3.0);
    let mut refused = a.results[0].clone();
    refused.case.subjects[0].views[0].threads = 1;
    refused.outcome = Outcome::Refused("needs two threads".to_owned());
    a.results.push(refused.clone());
    b.results.push(refused.clone());
    refused.case.scenario = Scenario::Burst;
    b.results.push(refused);
    let comparison = compare_with(&a, &b, QUICK);
    assert_eq!(
        comparison.differences.len(),
        1,
        "a load of one side only is no difference"
    );
    assert_eq!(comparison.only_a.len(), 0);
    assert_eq!(comparison.only_b.len(), 1);
    assert!(serde_json::to_string(&comparison).is_ok());
    let text = text(&comparison);
    for part in [
        "a processor  →  another processor",
        "of machines, not of versions",
        "the model differs",
        "refused in B: needs two threads",
        "In B only:\n  burst demo-parts",
        "no change beyond noise",
        ONE_RUN,
    ] {
        assert!(text.contains(part), "{part} in:\n{text}");
    }
    assert_eq!(
        comparison,
        compare_with(&a, &b, QUICK),
        "the same files, the same answer"
    );
}
