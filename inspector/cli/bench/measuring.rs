//! Runs a case.

use super::cases::Chosen;
use super::serving::{Ready, Workbench};
use super::{cold, end_to_end};
use crate::bench::case::{Case, Scenario};
use crate::bench::drive::{Load, Schedule, Seen, Watch, closed_loop, open_loop};
use crate::bench::report::{Energy, Figures, Mixed, Raw, Streams, StreamsTried};
use crate::bench::server::{BLOCK, Server, Styles};
use crate::bench::statistics::median_of;
use crate::bench::summary::{distribution, figures};
use crate::bench::surroundings::Surroundings;
use crate::clock::{Clock, SystemClock};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Turns of the whole and of the graph alone, in `saturate`: as many as take this long each, so that what the machine
/// does beside them meets both alike.
const TURN: Duration = Duration::from_millis(400);
const ROUNDS: RangeInclusive<u64> = 10..=100;

/// A queue that is busy longer grows sooner or later, even if it did not while it was looked at.
const BUSY_MAX: f64 = 0.95;

/// What was seen of a case, and its figures but for those of the machine.
///
/// # Errors
/// Why no time is told.
pub fn measure(bench: &Workbench, chosen: &Chosen, watch: Watch) -> Result<Figures, String> {
    match chosen.case.scenario {
        Scenario::Cold => cold::measure(bench, chosen, watch),
        Scenario::EndToEnd => end_to_end::measure(bench, chosen, watch),
        Scenario::Mixed => mixed(bench, chosen, watch),
        Scenario::Saturate => saturate(bench, chosen, watch),
        Scenario::Streams => streams(bench, chosen, watch),
        Scenario::Takt | Scenario::Burst | Scenario::Soak => {
            let ready = bench.ready(&chosen.subjects[0])?;
            let mut servers = servers(bench, chosen, &ready)?;
            let (seen, around) = sent(&mut servers, chosen, watch)?;
            let mut figures = figures(&chosen.case, &seen);
            around.end(seen.processor, chosen.case.batch, &mut figures);
            Ok(figures)
        }
    }
}

fn millis(ms: f64) -> Duration {
    Duration::from_secs_f64(ms / 1e3)
}

fn schedule(case: &Case) -> Schedule {
    let burst = match case.scenario {
        Scenario::Burst => case.width as u64,
        _ => 1,
    };
    Schedule {
        burst,
        ..Schedule::every(millis(case.takt_ms))
    }
}

fn servers(
    bench: &Workbench,
    chosen: &Chosen,
    ready: &[Ready],
) -> Result<Vec<Box<dyn Server>>, String> {
    let workers = 0..chosen.case.workers;
    let servers = workers.map(|_| bench.server(ready, chosen.case.batch));
    servers.collect()
}

fn warm_up(servers: &mut [Box<dyn Server>], queries: u64) -> Result<(), String> {
    for server in servers {
        for query in 0..queries {
            server.serve(query)?;
        }
    }
    Ok(())
}

/// Warms up, then sends the case's load.
fn sent(
    servers: &mut [Box<dyn Server>],
    chosen: &Chosen,
    watch: Watch,
) -> Result<(Seen, Surroundings), String> {
    warm_up(servers, chosen.case.warm_up)?;
    let load = Load {
        schedule: schedule(&chosen.case),
        queries: chosen.case.queries,
        keep_warm: Duration::from_millis(chosen.case.keep_warm_ms),
        gives_up_above: None,
        real_time: chosen.case.real_time,
    };
    let mut around = Surroundings::begin();
    let seen = open_loop(&SystemClock, servers, &load, &mut |done| {
        around.sample();
        watch(done)
    })?;
    Ok((seen, around))
}

/// The whole and the graph alone, in turns.
fn saturate(bench: &Workbench, chosen: &Chosen, watch: Watch) -> Result<Figures, String> {
    let ready = bench.ready(&chosen.subjects[0])?;
    let mut whole = servers(bench, chosen, &ready)?;
    let workers = 0..chosen.case.workers;
    let raw = workers.map(|_| bench.raw(&ready, chosen.case.batch));
    let mut raw = raw.collect::<Result<Vec<_>, _>>()?;
    warm_up(&mut whole, chosen.case.warm_up)?;
    warm_up(&mut raw, chosen.case.warm_up)?;
    // `queries` is milliseconds here.
    let whole_run = Duration::from_millis(chosen.case.queries);
    let fitting = (whole_run.as_millis() / (2 * TURN.as_millis())) as u64;
    let rounds = fitting.clamp(*ROUNDS.start(), *ROUNDS.end()) as u32;
    let turn = whole_run / (2 * rounds);
    let (mut all, mut runs) = (Seen::default(), 0);
    let (mut raw_span, mut shares) = (Duration::ZERO, Vec::new());
    let (around, mut processor) = (Surroundings::begin(), Duration::ZERO);
    let mut is_stopped = false;
    for round in 0..rounds {
        let mut look = |done: u64| {
            let flow = watch(((turn * (2 * round)).as_millis() as u64) + done.min(1));
            is_stopped |= flow.is_break();
            flow
        };
        // Who goes first changes, so that a drift meets both alike.
        let mut one = |servers: &mut [Box<dyn Server>]| {
            closed_loop(
                &SystemClock,
                servers,
                turn,
                chosen.case.real_time,
                &mut look,
            )
        };
        let (seen, alone) = if round % 2 == 0 {
            let seen = one(&mut whole)?;
            (seen, one(&mut raw)?)
        } else {
            let alone = one(&mut raw)?;
            (one(&mut whole)?, alone)
        };
        if is_stopped {
            break;
        }
        let rate = |seen: &Seen| seen.samples.len() as f64 / seen.span.as_secs_f64().max(1e-9);
        shares.push(rate(&seen) / rate(&alone).max(1e-9));
        runs += alone.samples.len() * chosen.case.batch;
        raw_span += alone.span;
        processor += alone.processor + seen.processor;
        append(&mut all, seen);
    }
    let mut figures = figures(&chosen.case, &all);
    let parts = all.samples.len() * chosen.case.batch;
    figures.parts_per_s = Some(parts as f64 / all.span.as_secs_f64().max(1e-9));
    around.end(processor, chosen.case.batch, &mut figures);
    figures.energy = Energy::NotMeasurable("the graph alone was run in turns with it".to_owned());
    let (share, share_interval) = median_of(&shares);
    figures.raw = Some(Raw {
        runs_per_s: runs as f64 / raw_span.as_secs_f64().max(1e-9),
        share,
        share_interval,
        rounds: shares.len(),
    });
    Ok(figures)
}

/// One after another, as if nothing lay between.
fn append(all: &mut Seen, mut next: Seen) {
    for sample in &mut next.samples {
        sample.came_after += all.span;
    }
    all.memory.extend(
        next.memory
            .into_iter()
            .map(|(at, bytes)| (at + all.span, bytes)),
    );
    all.samples.append(&mut next.samples);
    all.span += next.span;
    all.processor += next.processor;
}

/// Doubles the cameras until a part misses the budget, then halves the step.
fn streams(bench: &Workbench, chosen: &Chosen, watch: Watch) -> Result<Figures, String> {
    let case = &chosen.case;
    let ready = bench.ready(&chosen.subjects[0])?;
    let mut servers = servers(bench, chosen, &ready)?;
    warm_up(&mut servers, case.warm_up)?;
    let budget = millis(case.budget_ms);
    let (mut best, mut tried) = (None, Vec::new());
    let (mut held, mut failed, mut cameras) = (0, case.width + 1, 1);
    let mut is_stopped = false;
    let (around, mut processor) = (Surroundings::begin(), Duration::ZERO);
    while held + 1 < failed && !is_stopped {
        let load = Load {
            schedule: Schedule {
                cameras: cameras as u64,
                ..schedule(case)
            },
            queries: case.queries * cameras as u64,
            keep_warm: Duration::from_millis(case.keep_warm_ms),
            gives_up_above: Some(budget),
            real_time: case.real_time,
        };
        let seen = open_loop(&SystemClock, &mut servers, &load, &mut |_| {
            let flow = watch(tried.len() as u64);
            is_stopped |= flow.is_break();
            flow
        })?;
        if is_stopped {
            break;
        }
        processor += seen.processor;
        let missed = seen
            .samples
            .iter()
            .filter(|sample| sample.latency > budget)
            .count();
        let slowest = seen
            .samples
            .iter()
            .map(|sample| sample.latency)
            .max()
            .unwrap_or_default();
        let served: Duration = seen.samples.iter().map(|sample| sample.service).sum();
        let takts = millis(case.takt_ms).as_secs_f64() * seen.samples.len() as f64;
        let busy_share =
            served.as_secs_f64() * cameras as f64 / takts.max(1e-9) / case.workers as f64;
        tried.push(StreamsTried {
            cameras,
            queries: seen.samples.len() as u64,
            missed: missed as u64,
            max_us: slowest.as_secs_f64() * 1e6,
            busy_share,
        });
        if missed == 0 && busy_share <= BUSY_MAX {
            held = cameras;
            best = Some(seen);
        } else {
            failed = cameras;
        }
        cameras = if failed > case.width {
            (held * 2).min(case.width)
        } else {
            held.midpoint(failed)
        };
    }
    let mut figures = figures(case, &best.unwrap_or_default());
    around.end(processor, 1, &mut figures);
    figures.energy = Energy::NotMeasurable("several numbers of cameras were tried".to_owned());
    figures.streams = Some(Streams {
        cameras: held,
        tried,
    });
    Ok(figures)
}

/// Styles in turn, in turns with a single one.
fn mixed(bench: &Workbench, chosen: &Chosen, watch: Watch) -> Result<Figures, String> {
    let case = &chosen.case;
    let ready = chosen.subjects.iter().map(|subject| bench.ready(subject));
    let ready = ready.collect::<Result<Vec<_>, _>>()?;
    let started = SystemClock.now();
    let all_styles = |_| -> Result<Box<dyn Server>, String> {
        let styles = (0..case.width).map(|style| bench.server(&ready[style % ready.len()], 1));
        let styles = styles.collect::<Result<Vec<_>, String>>()?;
        Ok(Box::new(Styles(styles)))
    };
    let servers = (0..case.workers).map(all_styles);
    let mut servers = servers.collect::<Result<Vec<_>, String>>()?;
    let load_s = SystemClock.now().since(started).as_secs_f64();
    let (seen, around) = sent(&mut servers, chosen, watch)?;
    let is_mixed = |query: usize| Styles::is_mixed(query as u64);
    let part = |wanted: bool| {
        let samples = seen.samples.iter().enumerate();
        samples
            .filter(move |(query, _)| is_mixed(*query) == wanted)
            .map(|(_, sample)| *sample)
    };
    let single = distribution(part(false).map(|sample| sample.latency)).unwrap_or_default();
    let blocks: Vec<f64> = seen
        .samples
        .chunks_exact(BLOCK as usize)
        .map(|block| {
            let latencies: Vec<f64> = block
                .iter()
                .map(|sample| sample.latency.as_secs_f64())
                .collect();
            median_of(&latencies).0
        })
        .collect();
    let ratios: Vec<f64> = blocks
        .chunks_exact(2)
        .map(|pair| pair[0] / pair[1])
        .collect();
    let (ratio, ratio_interval) = median_of(&ratios);
    let only_mixed = Seen {
        samples: part(true).collect(),
        ..seen.clone()
    };
    let mut figures = figures(case, &only_mixed);
    around.end(seen.processor, 1, &mut figures);
    // Single parts drew too.
    figures.energy =
        Energy::NotMeasurable("parts of a single style came in turns with it".to_owned());
    figures.mixed = Some(Mixed {
        styles: case.width,
        load_s,
        single,
        ratio,
        ratio_interval,
    });
    Ok(figures)
}
