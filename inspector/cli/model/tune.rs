//! `inspector model tune`: every way of running a model on this machine, measured and shown to answer as it
//! should; the best is noted in the bundle, where a station finds it.

use super::accept::now;
use crate::cli::{images, place};
use crate::clock::{Clock, SystemClock, processor_time};
use crate::error::{Error, ErrorKind};
use crate::priority::{self, Priority};
use models::acceptance::{self, Compared};
use models::runtime::Runtime;
use models::tuned::{self, Trial};
use models::{Bundle, Channels, Session, SessionOptions};
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `inspector model tune`.
#[derive(clap::Args)]
pub struct TuneArgs {
    /// Folder with model.toml and model.onnx.
    bundle: PathBuf,
    /// Folder of images to run; its reference images unless given.
    #[arg(long, value_name = "DIR")]
    images: Option<PathBuf>,
    /// Seconds spent on each way of running it, most of them idle.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Idle time before each run, in milliseconds; a line has a part only now and then.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    gap_ms: u64,
    /// Whether it runs with real-time priority, as in a station with inspect.real_time. [where the system allows it]
    #[arg(long, value_name = "BOOL")]
    real_time: Option<bool>,
    /// Most threads of a run; all cores unless given.
    #[arg(long)]
    threads: Option<usize>,
}

/// Images as a camera gives them.
struct Images {
    channels: Channels,
    /// Pixels, width, height.
    all: Vec<(Vec<u8>, u32, u32)>,
}

/// One way of running the model that works here.
struct Candidate {
    options: SessionOptions,
    session: Session,
    /// Why it is not accepted.
    rejected: Option<String>,
    /// Of runs after an idle gap and back to back, in milliseconds; sorted once all are there.
    after_gap_ms: Vec<f64>,
    back_to_back_ms: Vec<f64>,
    /// Of all runs after a gap, with what threads burn in the gap.
    processor: Duration,
}

fn model(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Model, error)
}

/// Measures, prints and notes.
pub fn tune(args: &TuneArgs) -> Result<(), Error> {
    let bundle = Bundle::load(&args.bundle)?;
    let runtime = models::runtime::init(None)?;
    let images = images_of(&bundle, args)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    say!(
        "{}: ONNX Runtime {} from {}, {cores} cores",
        args.bundle.display(),
        runtime.version(),
        runtime.path().display()
    );
    let real_time = args
        .real_time
        .unwrap_or_else(priority::is_real_time_allowed);
    let mut candidates = candidates(
        runtime,
        &bundle,
        &images,
        (args.threads.unwrap_or(cores), real_time),
    )?;
    let seconds = args.seconds.max(1);
    let total_s = candidates.len() as u64 * seconds * 5 / 4;
    say!(
        "  {} ways of running it, about {total_s} s",
        candidates.len()
    );
    let gap = Duration::from_millis(args.gap_ms);
    let rounds = (Duration::from_secs(seconds).as_millis() / gap.as_millis()).max(3);
    run_after_gaps(&mut candidates, &images, gap, rounds)?;
    if real_time {
        // Nothing else would get a turn, and kernels set real-time threads aside that never sleep.
        Priority::Normal.take().map_err(model)?;
    }
    run_back_to_back(&mut candidates, &images, Duration::from_secs(seconds) / 4)?;
    for candidate in &mut candidates {
        candidate.after_gap_ms.sort_by(f64::total_cmp);
        candidate.back_to_back_ms.sort_by(f64::total_cmp);
    }
    print(&candidates, args.gap_ms);
    let trials: Vec<Trial> = candidates.iter().map(trial).collect();
    let Some(best) = tuned::best(&trials) else {
        return Err(model(format!(
            "{}: no way of running it gives its reference answers here; make the bundle anew",
            args.bundle.display()
        )));
    };
    let path = tuned::note(runtime, &bundle, best, &now())?;
    say!(
        "taken: {}; noted in {}",
        best.options,
        path.strip_prefix(&args.bundle).unwrap_or(&path).display()
    );
    say!("a station uses it unless its settings name inspect.provider or inspect.model_threads");
    Ok(())
}

/// The ways of running it that work here. Takes real-time priority where that is asked for.
fn candidates(
    runtime: &Runtime,
    bundle: &Bundle,
    images: &Images,
    (threads, real_time): (usize, bool),
) -> Result<Vec<Candidate>, Error> {
    let (options, missing) = tuned::candidates(runtime, threads);
    for (provider, reason) in missing {
        say!("  not here: {provider}: {reason}");
    }
    let mut candidates = Vec::new();
    if real_time {
        let refused = |error| {
            let message =
                format!("--real-time true: {error}; docs/guide/install.md says how to allow it");
            Error::new(ErrorKind::Settings, message)
        };
        Priority::Verdict.take().map_err(refused)?;
    }
    for mut options in options {
        options.real_time = real_time;
        match candidate(runtime, bundle, images, &options) {
            Ok(candidate) => candidates.push(candidate),
            Err(reason) => say!("  does not run: {options}: {reason}"),
        }
    }
    Ok(candidates)
}

fn images_of(bundle: &Bundle, args: &TuneArgs) -> Result<Images, Error> {
    let channels = bundle.manifest().input.channels;
    // Without them nothing can be accepted, so nothing could be taken.
    let references = bundle.references()?;
    let mut all = Vec::new();
    match &args.images {
        Some(folder) => {
            let files = images::files(folder)?;
            for file in &files {
                all.push(images::loaded(file, channels)?);
            }
            place::cut_as_taught(bundle, &files, &mut all)?;
        }
        None => {
            for reference in &references {
                let view = reference.view();
                all.push((view.pixels.to_vec(), view.width, view.height));
            }
        }
    }
    Ok(Images { channels, all })
}

impl Images {
    fn load_into(&self, session: &mut Session, index: usize) -> Result<(), Error> {
        let image = &self.all[index % self.all.len()];
        let view = images::view(image, self.channels);
        session.preprocess(&view).map_err(model)
    }
}

/// A warm session, and whether its answers are accepted. `Err` says why there is none.
fn candidate(
    runtime: &Runtime,
    bundle: &Bundle,
    images: &Images,
    options: &SessionOptions,
) -> Result<Candidate, String> {
    let compared =
        acceptance::compare(runtime, bundle, options).map_err(|error| error.to_string())?;
    let accepted = acceptance::accept(runtime, bundle, options, &compared, &now());
    let tolerance = bundle.manifest().references.as_ref();
    let tolerance = tolerance.map_or(0.0, |said| said.tolerance);
    let rejected = accepted.err().map(|_| worst(&compared, tolerance));
    let mut session = Session::new(runtime, bundle, options).map_err(|error| error.to_string())?;
    for index in 0..images.all.len() {
        let loaded = images.load_into(&mut session, index);
        loaded.map_err(|error| error.messages.join("; "))?;
        session.run().map_err(|error| error.to_string())?;
    }
    Ok(Candidate {
        options: options.clone(),
        session,
        rejected,
        after_gap_ms: Vec::new(),
        back_to_back_ms: Vec::new(),
        processor: Duration::ZERO,
    })
}

/// The reference image that is farthest off, in words.
fn worst(compared: &[Compared], tolerance: f32) -> String {
    let off = |one: &Compared| one.difference.max(one.unsteadiness);
    let worst = compared.iter().max_by(|a, b| off(a).total_cmp(&off(b)));
    worst.map_or(String::new(), |worst| {
        format!(
            "image {} is off by {:.4} and differs from run to run by {:.4}; {tolerance} is allowed",
            worst.name, worst.difference, worst.unsteadiness
        )
    })
}

/// In turns, so that what else the machine does meets all alike.
fn run_after_gaps(
    candidates: &mut [Candidate],
    images: &Images,
    gap: Duration,
    rounds: u128,
) -> Result<(), Error> {
    std::thread::sleep(gap);
    for round in 0..rounds {
        for candidate in candidates.iter_mut() {
            images.load_into(&mut candidate.session, round as usize)?;
            let burnt = processor_time();
            let started = SystemClock.now();
            let ran = candidate.session.run();
            let took = SystemClock.now().since(started);
            ran.map_err(|error| model(format!("{}: {error}", candidate.options)))?;
            candidate.after_gap_ms.push(took.as_secs_f64() * 1e3);
            // The gap before the next one's run. What threads burn in it, waiting for more, is this one's.
            std::thread::sleep(gap);
            candidate.processor += processor_time().saturating_sub(burnt);
        }
    }
    Ok(())
}

fn run_back_to_back(
    candidates: &mut [Candidate],
    images: &Images,
    time: Duration,
) -> Result<(), Error> {
    for candidate in candidates {
        let mut spent = Duration::ZERO;
        for index in 0.. {
            images.load_into(&mut candidate.session, index)?;
            let started = SystemClock.now();
            let ran = candidate.session.run();
            let took = SystemClock.now().since(started);
            ran.map_err(|error| model(format!("{}: {error}", candidate.options)))?;
            candidate.back_to_back_ms.push(took.as_secs_f64() * 1e3);
            spent += took;
            if spent >= time {
                break;
            }
        }
    }
    Ok(())
}

/// The value that a share of the sorted ones does not exceed.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    let index = rank.clamp(1, sorted.len().max(1)) - 1;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}

fn trial(candidate: &Candidate) -> Trial {
    let runs = candidate.after_gap_ms.len();
    let share = if runs < 100 { 1.0 } else { 0.99 };
    Trial {
        options: candidate.options.clone(),
        rejected: candidate.rejected.clone(),
        slow_ms: quantile(&candidate.after_gap_ms, share),
        processor_ms: candidate.processor.as_secs_f64() * 1e3 / runs.max(1) as f64,
    }
}

fn print(candidates: &[Candidate], gap_ms: u64) {
    say!(
        "{:<34} {:>9} {:>8} {:>8} {:>8} {:>6} {:>9} {:>8} {:>8} {:>6}  nodes",
        format!("after {gap_ms} ms idle, then back to back"),
        "accepted",
        "p50 ms",
        "p99 ms",
        "max ms",
        "runs",
        "core ms",
        "p50 ms",
        "p99 ms",
        "runs"
    );
    for candidate in candidates {
        let (gap, block) = (&candidate.after_gap_ms, &candidate.back_to_back_ms);
        // Of fewer than a hundred the 99th percentile is the slowest, which stands beside it.
        let p99 = |times: &[f64]| match times.len() {
            0..100 => "-".to_owned(),
            _ => format!("{:.2}", quantile(times, 0.99)),
        };
        say!(
            "{:<34} {:>9} {:>8.2} {:>8} {:>8.2} {:>6} {:>9.2} {:>8.2} {:>8} {:>6}  {}",
            candidate.options.to_string(),
            if candidate.rejected.is_none() {
                "yes"
            } else {
                "no"
            },
            quantile(gap, 0.5),
            p99(gap),
            quantile(gap, 1.0),
            gap.len(),
            candidate.processor.as_secs_f64() * 1e3 / gap.len().max(1) as f64,
            quantile(block, 0.5),
            p99(block),
            block.len(),
            candidate.session.assignment()
        );
    }
    for candidate in candidates {
        if let Some(reason) = &candidate.rejected {
            say!("rejected: {}: {reason}", candidate.options);
        }
    }
}
