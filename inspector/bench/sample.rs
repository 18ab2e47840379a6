//! A report of every scenario, for tests, with figures such as a small PC gives.

use super::case::{Case, Output, Scenario, Subject, SubjectView};
use super::report::*;
use std::collections::BTreeMap;

/// One case of each scenario, and one that was refused.
pub(super) fn report() -> Report {
    let mut results: Vec<CaseResult> = Scenario::ALL.into_iter().map(measured).collect();
    let mut refused = measured(Scenario::Takt);
    let view = &mut refused.case.subjects[0].views[0];
    (view.provider, view.device) = ("cuda".to_owned(), "gpu".to_owned());
    refused.outcome = Outcome::Refused("ONNX Runtime was built without CUDA".to_owned());
    results.push(refused);
    Report {
        schema: SCHEMA,
        made_by: "inspector 0.1.0".to_owned(),
        started_at: "2026-11-20T08:00:00Z".to_owned(),
        ended_at: "2026-11-20T13:41:07Z".to_owned(),
        plan: "default".to_owned(),
        station: Some("Line 1".to_owned()),
        is_complete: true,
        machine: Machine {
            processor: "Intel(R) Core(TM) i5-13500".to_owned(),
            cores: 8,
            instructions: ["avx2", "fma", "f16c", "avx_vnni"]
                .map(str::to_owned)
                .into(),
            is_virtual: false,
            clock_mhz: Some([800.0, 4_800.0]),
            governor: Some("powersave".to_owned()),
            memory_bytes: 16_707_960_832,
            kernel: "Linux 6.12.48-amd64".to_owned(),
            system: "Debian GNU/Linux 13 (trixie)".to_owned(),
            load: Some(0.21),
            gpus: Vec::new(),
            onnxruntime: "1.24.1".to_owned(),
            providers: vec!["cpu".to_owned(), "openvino 2025.4".to_owned()],
        },
        results,
    }
}

pub(super) fn measured(scenario: Scenario) -> CaseResult {
    let case = case(scenario);
    let figures = figures(&case);
    CaseResult {
        case,
        started_at: "2026-11-20T08:00:00Z".to_owned(),
        wall_s: figures.span_s + 9.5,
        outcome: Outcome::Measured(Box::new(figures)),
    }
}

fn case(scenario: Scenario) -> Case {
    let (queries, width) = match scenario {
        Scenario::Cold => (7, 1),
        Scenario::Burst => (2_000, 4),
        Scenario::Mixed => (10_000, 12),
        Scenario::Soak => (40_000, 1),
        Scenario::EndToEnd => (1_000, 2),
        _ => (10_000, 1),
    };
    let styles = if scenario == Scenario::Mixed { 12 } else { 1 };
    let subjects = (0..styles).map(|style| match style {
        0 => subject("demo-parts"),
        style => subject(&format!("style-{style}")),
    });
    Case {
        scenario,
        subjects: subjects.collect(),
        workers: 1,
        real_time: true,
        batch: 1,
        takt_ms: 420.0,
        budget_ms: 420.0,
        width,
        queries,
        warm_up: 20,
        output: Output::Sim,
        keep_warm_ms: 0,
    }
}

/// A bundle by itself.
pub(super) fn subject(name: &str) -> Subject {
    Subject {
        name: name.to_owned(),
        version: None,
        views: vec![SubjectView {
            camera: None,
            model: name.to_owned(),
            model_sha256: "5e".repeat(32),
            provider: "cpu".to_owned(),
            device: "cpu".to_owned(),
            precision: "f32".to_owned(),
            threads: 4,
            image: [1_280, 960],
            pixel_format: "RGB8".to_owned(),
            configuration_sha256: None,
        }],
    }
}

/// Latencies in microseconds: most near 22 ms, some stalls of which the longest are missed in bursts.
fn latencies(case: &Case) -> Vec<u32> {
    let mut rng = fastrand::Rng::with_seed(case.scenario as u64 + 7);
    let mut slow = 0.0_f64;
    let mut next = |at: u64| {
        let deviate = (0..12).map(|_| rng.f64()).sum::<f64>() - 6.0;
        slow *= 0.6;
        if rng.u32(..2_000) == 0 {
            slow += 90_000.0 * rng.f64();
        }
        let place = if case.scenario == Scenario::Burst {
            at % 4
        } else {
            0
        };
        let scale = if case.scenario == Scenario::Burst {
            95_000.0
        } else {
            22_000.0
        };
        (scale * (1.0 + place as f64) * (0.06 * deviate).exp() + slow) as u32
    };
    (0..case.queries).map(&mut next).collect()
}

/// As the summary makes it, but for the bounds, which are those of the normal distribution.
pub(super) fn distribution(times: &[u32]) -> Distribution {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let count = sorted.len() as f64;
    let at = |rank: f64| f64::from(sorted[(rank.max(1.0) as usize).min(sorted.len()) - 1]);
    let quantile = |share: f64| {
        let spread = 1.96 * (count * share * (1.0 - share)).sqrt();
        let high = (share * count + spread).ceil() + 1.0;
        (high <= count).then(|| Quantile {
            value_us: at((share * count).ceil()),
            low_us: at((share * count - spread).floor()),
            high_us: at(high),
        })
    };
    let mut histogram: BTreeMap<u32, u64> = BTreeMap::new();
    for time in &sorted {
        let step = 10_u32.pow(time.max(&1).ilog10().saturating_sub(2));
        *histogram.entry(time / step * step).or_default() += 1;
    }
    Distribution {
        count: sorted.len() as u64,
        mean_us: (sorted.iter().map(|time| f64::from(*time)).sum::<f64>() / count).round(),
        min_us: at(1.0),
        p50: quantile(0.5),
        p90: quantile(0.9),
        p99: quantile(0.99),
        p999: quantile(0.999),
        max_us: at(count),
        histogram: histogram
            .into_iter()
            .map(|(us, count)| (f64::from(us), count))
            .collect(),
    }
}

fn figures(case: &Case) -> Figures {
    let scenario = case.scenario;
    let has_takt = !matches!(scenario, Scenario::Cold | Scenario::Saturate);
    let comes_singly = has_takt && !matches!(scenario, Scenario::Burst | Scenario::Streams);
    let span_s = match scenario {
        Scenario::Saturate | Scenario::Cold => 240.0,
        _ => case.planned_ms() / 1e3,
    };
    let base = Figures {
        queries: case.queries,
        span_s,
        usage: usage(scenario),
        energy: energy(),
        disturbance: disturbance(scenario),
        ..Figures::default()
    };
    if scenario == Scenario::Cold {
        return Figures {
            cold: Some(cold()),
            ..base
        };
    }
    let times = latencies(case);
    let latency = distribution(&times);
    let missed = times
        .iter()
        .filter(|time| f64::from(**time) > case.budget_ms * 1e3)
        .count() as u64;
    let (_, tail_us) = latency.tail();
    let share = |share: f64| -> Vec<u32> {
        times
            .iter()
            .map(|time| (f64::from(*time) * share) as u32)
            .collect()
    };
    Figures {
        verdicts: Verdicts {
            pass: case.queries - 40,
            fail: 37,
            not_decided: 3,
        },
        overtime: comes_singly.then_some(0),
        deadline: has_takt.then(|| Deadline {
            missed,
            missed_share_at_most: (missed as f64 + 3.0) / case.queries as f64,
            headroom: (case.budget_ms * 10_000.0 / tail_us).round() / 10.0,
        }),
        model: Some(distribution(&share(0.8))),
        overhead: Some(distribution(&share(0.2))),
        parts_per_s: (scenario == Scenario::Saturate).then_some(41.7),
        raw: (scenario == Scenario::Saturate).then_some(Raw {
            runs_per_s: 45.3,
            share: 0.92,
            share_interval: [0.911, 0.932],
            rounds: 20,
        }),
        streams: (scenario == Scenario::Streams).then(streams),
        mixed: (scenario == Scenario::Mixed).then(|| mixed(&times)),
        end_to_end: (scenario == Scenario::EndToEnd).then(|| end_to_end(&share(0.01))),
        timeline: timeline(&times, span_s),
        latency: Some(latency),
        latencies_us: times,
        ..base
    }
}

fn timeline(times: &[u32], span_s: f64) -> Vec<Slice> {
    let parts = (times.len() / 240).max(1);
    let slice = |(at, times): (usize, &[u32])| {
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        Slice {
            at_s: (at as f64 * span_s * 100.0 / 240.0).round() / 100.0,
            queries: times.len() as u64,
            p50_us: f64::from(sorted[sorted.len() / 2]),
            max_us: f64::from(sorted[sorted.len() - 1]),
            memory_bytes: 431_000_000 + 4_096 * (at as u64 / 7),
        }
    };
    times
        .chunks(parts)
        .enumerate()
        .take(240)
        .map(slice)
        .collect()
}

fn usage(scenario: Scenario) -> Usage {
    let is_soak = scenario == Scenario::Soak;
    Usage {
        cores_busy: 0.213,
        processor_ms_per_part: 89.5,
        memory_start_bytes: 431_000_000,
        memory_end_bytes: 431_139_264,
        memory_max_bytes: 433_500_160,
        memory_slope_bytes_per_h: is_soak.then_some(Slope {
            value: 12_000.0,
            interval: [-30_000.0, 54_000.0],
        }),
        tail_drift: is_soak.then_some(1.012),
    }
}

fn energy() -> Energy {
    Energy::Measured(vec![Drawn {
        counter: "RAPL package-0".to_owned(),
        joules_per_part: 2.13,
        watts: 5.07,
    }])
}

fn disturbance(scenario: Scenario) -> Disturbance {
    let others = if scenario == Scenario::Mixed {
        0.12
    } else {
        0.004
    };
    Disturbance {
        others_share: Some(others),
        stolen_share: Some(0.0),
        throttled: Some(0),
        gpu_slowed: Vec::new(),
        clock_mhz: Some([800.0, 4_500.0]),
    }
}

fn cold() -> Cold {
    let steps = [
        ("program", 12.0),
        ("ONNX Runtime", 95.0),
        ("model", 610.0),
        ("first verdict", 688.0),
    ];
    let step = |(name, done_ms): (&str, f64)| ColdStep {
        name: name.to_owned(),
        done_ms,
        min_ms: done_ms * 0.9375,
        max_ms: done_ms * 1.125,
    };
    Cold {
        starts: 7,
        steps: steps.into_iter().map(step).collect(),
        first_run_ms: 71.5,
        later_run_ms: 22.25,
    }
}

fn streams() -> Streams {
    let tried = [
        (1, 0, 27.0),
        (2, 0, 49.0),
        (4, 0, 98.0),
        (8, 0, 201.0),
        (16, 3, 466.0),
        (32, 812, 2_400.0),
    ];
    let tried = tried.map(|(cameras, missed, max_ms)| StreamsTried {
        cameras,
        queries: 400 * cameras as u64,
        missed,
        max_us: max_ms * 1e3,
        busy_share: cameras as f64 * 0.0625,
    });
    Streams {
        cameras: 8,
        tried: tried.into(),
    }
}

fn mixed(times: &[u32]) -> Mixed {
    Mixed {
        styles: 12,
        load_s: 3.5,
        single: distribution(times),
        ratio: 1.023,
        ratio_interval: [1.011, 1.034],
    }
}

fn end_to_end(late: &[u32]) -> EndToEnd {
    let stage = |name: &str, p50_us, max_us| Stage {
        name: name.to_owned(),
        p50_us,
        max_us,
    };
    EndToEnd {
        cameras: 2,
        output_late: distribution(late),
        over_modbus: None,
        stages: vec![
            stage("frame", 4_100, 9_000),
            stage("inspect", 22_000, 81_000),
            stage("act", 35, 410),
        ],
        not_decided: vec![("deadline".to_owned(), 1)],
    }
}
