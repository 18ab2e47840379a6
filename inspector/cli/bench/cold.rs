//! From process start to the first verdict: this program is started again and again, and its steps are timed
//! from outside.

use super::cases::Chosen;
use super::scratch::Scratch;
use super::serving::{Ready, Workbench};
use crate::adapters::scoring::onnx::OnnxScorer;
use crate::bench::drive::Watch;
use crate::bench::report::{Cold, ColdStep, Energy, Figures};
use crate::bench::statistics::median_of;
use crate::bench::summary::distribution;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use crate::path_error::At;
use crate::ports::scorer::Scorer;
use crate::priority::Priority;
use crate::station::frame::FrameShape;
use crate::station::place::ViewPlace;
use crate::station::verdict::{Score, Thresholds, Verdict, judge};
use calibration::Configuration;
use models::runtime::Runtime;
use models::{Bundle, Device, Precision, Provider, SessionOptions};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Arguments of the process that is started. Not for people.
#[derive(clap::Args)]
pub struct FirstVerdictArgs {
    /// JSON of all [`FirstView`]s.
    views: PathBuf,
}

/// What the process that is started does for one view.
#[derive(Serialize, Deserialize)]
struct FirstView {
    bundle: PathBuf,
    provider: String,
    device: String,
    precision: String,
    threads: usize,
    real_time: bool,
    is_required: bool,
    engines: Option<PathBuf>,
    /// Folder of configurations, and name of the camera.
    configuration: Option<(PathBuf, String)>,
    shape: FrameShape,
    place: Option<ViewPlace>,
    /// File of pixels, as they lie in memory.
    frame: PathBuf,
    accept_below: Score,
    reject_above: Score,
}

/// Steps, in order; each is a line that the process prints when it is done.
const STEPS: [&str; 4] = ["program", "ONNX Runtime", "model", "first verdict"];
/// Runs after the first.
const LATER: usize = 9;

impl FirstView {
    fn options(&self) -> Result<SessionOptions, Error> {
        let device = Device::named(&self.device).unwrap_or_default();
        let provider = Provider::named(&self.provider, device);
        let (provider, precision) = provider
            .zip(Precision::named(&self.precision))
            .ok_or_else(unexpected)?;
        Ok(SessionOptions {
            provider,
            precision,
            threads: self.threads,
            real_time: self.real_time,
            is_required: self.is_required,
            engines: self.engines.clone(),
        })
    }

    fn scorer(&self, runtime: &Runtime) -> Result<OnnxScorer, Error> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let bundle = Bundle::load(&self.bundle).map_err(model)?;
        let configuration = match &self.configuration {
            Some((folder, camera)) => Configuration::load(folder, camera).map_err(model)?,
            None => None,
        };
        let configuration = configuration
            .as_ref()
            .map(|(configuration, _)| configuration);
        let (options, shape) = (self.options()?, self.shape);
        let seen = (configuration, self.place.as_ref());
        OnnxScorer::new(runtime, &bundle, &options, shape, seen, clock).map_err(model)
    }
}

fn model(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Model, error)
}

fn unexpected() -> Error {
    Error::new(
        ErrorKind::Settings,
        "expected what `inspector bench` passes on",
    )
}

/// Does what a station does before its first verdict, and says how far it is.
pub fn first_verdict(args: &FirstVerdictArgs) -> Result<(), Error> {
    say!("{}", STEPS[0]);
    let views = std::fs::read(&args.views).map_err(|_| unexpected())?;
    let views: Vec<FirstView> = serde_json::from_slice(&views).map_err(|_| unexpected())?;
    let runtime = models::runtime::init(None).map_err(model)?;
    say!("{}", STEPS[1]);
    calibration::use_one_opencv_thread().map_err(model)?;
    let scorers = views.iter().map(|view| view.scorer(runtime));
    let mut scorers = scorers.collect::<Result<Vec<_>, _>>()?;
    say!("{}", STEPS[2]);
    if views.iter().any(|view| view.real_time) {
        Priority::Verdict.take().map_err(model)?;
    }
    let frames = views
        .iter()
        .map(|view| std::fs::read(&view.frame).at("read", &view.frame));
    let frames = frames.collect::<Result<Vec<_>, _>>().map_err(model)?;
    let mut times = Vec::new();
    for run in 0..=LATER {
        let (mut verdict, mut run_us) = (Verdict::Pass, 0);
        for ((view, scorer), pixels) in views.iter().zip(&mut scorers).zip(&frames) {
            let limits = Thresholds::new(view.accept_below, view.reject_above);
            let limits = limits.ok_or_else(unexpected)?;
            let (width, height) = scorer.map_size();
            let mut map = vec![0; width as usize * height as usize];
            let scored = scorer.score(pixels, view.shape, limits.reject_above(), &mut map);
            let scored = scored.map_err(model)?;
            verdict = verdict.worst(judge(scored.score, limits));
            run_us += scored.times_us[2];
        }
        if run == 0 {
            say!("{}", STEPS[3]);
            say!("{verdict:?}");
        }
        times.push(run_us);
    }
    say!("{} {}", times[0], times[LATER]);
    Ok(())
}

/// One start: when each step was done, the times of the first and a later run.
struct Start {
    done: Vec<Duration>,
    first_us: f64,
    later_us: f64,
}

/// Starts the program again and again.
///
/// # Errors
/// Why no time is told.
pub fn measure(bench: &Workbench, chosen: &Chosen, watch: Watch) -> Result<Figures, String> {
    let ready = bench.ready(&chosen.subjects[0])?;
    let scratch = Scratch::new()?;
    let views = ready.iter().enumerate();
    let views = views.map(|(index, ready)| first_view(&scratch, index, ready));
    let views = views.collect::<Result<Vec<_>, _>>()?;
    let views = serde_json::to_vec(&views).map_err(|error| error.to_string())?;
    let views = scratch.write("views.json", &views)?;
    let expected = ready.iter().map(|ready| ready.expected(0));
    let expected = format!("{:?}", expected.fold(Verdict::Pass, Verdict::worst));
    let mut starts = Vec::new();
    for count in 0..chosen.case.queries {
        if watch(count).is_break() {
            break;
        }
        starts.push(start(&views, &expected)?);
    }
    let of = |step: usize| starts.iter().map(move |start| start.done[step]);
    let millis = |times: Vec<f64>| (median_of(&times).0, times);
    let steps = STEPS.iter().enumerate().map(|(index, name)| {
        let (done_ms, all) = millis(of(index).map(|at| at.as_secs_f64() * 1e3).collect());
        ColdStep {
            name: (*name).to_owned(),
            done_ms,
            min_ms: all.iter().copied().fold(f64::INFINITY, f64::min),
            max_ms: all.iter().copied().fold(0.0, f64::max),
        }
    });
    let median =
        |of: fn(&Start) -> f64| median_of(&starts.iter().map(of).collect::<Vec<_>>()).0 / 1e3;
    Ok(Figures {
        queries: starts.len() as u64,
        span_s: of(STEPS.len() - 1).map(|at| at.as_secs_f64()).sum(),
        latency: distribution(of(STEPS.len() - 1)),
        cold: (!starts.is_empty()).then(|| Cold {
            starts: starts.len(),
            steps: steps.collect(),
            first_run_ms: median(|start| start.first_us),
            later_run_ms: median(|start| start.later_us),
        }),
        energy: Energy::NotMeasurable("it is told of running, not of starting".to_owned()),
        ..Figures::default()
    })
}

fn first_view(scratch: &Scratch, index: usize, ready: &Ready) -> Result<FirstView, String> {
    let (view, picture) = (&ready.view, ready.pictures.first());
    let picture = picture.ok_or("there is no image")?;
    let options = &view.options;
    let configured = view.configured.as_ref().map(|found| found.folder.clone());
    Ok(FirstView {
        bundle: view.bundle.folder().to_owned(),
        provider: options.provider.key().to_owned(),
        device: options.provider.device().to_lowercase(),
        precision: options.precision.name().to_owned(),
        threads: options.threads,
        real_time: options.real_time,
        is_required: options.is_required,
        engines: options.engines.clone(),
        configuration: configured.zip(view.camera.clone()),
        shape: view.shape,
        place: view.place.clone(),
        frame: scratch.write(&format!("{index}.frame"), &picture.pixels)?,
        accept_below: view.thresholds.accept_below(),
        reject_above: view.thresholds.reject_above(),
    })
}

fn start(views: &Path, expected: &str) -> Result<Start, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(["bench", "first-verdict"]).arg(views);
    let clock = SystemClock;
    let started = clock.now();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("start this program again: {error}"))?;
    let (mut done, mut said) = (Vec::new(), Vec::new());
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            match STEPS.get(done.len()) {
                Some(step) if *step == line => done.push(clock.now().since(started)),
                _ => said.push(line),
            }
        }
    }
    let ended = child
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    let times: Vec<f64> = said.last().map_or(Vec::new(), |line| {
        line.split(' ')
            .filter_map(|time| time.parse().ok())
            .collect()
    });
    match (&times[..], said.first().map(String::as_str)) {
        ([first_us, later_us], Some(found)) if found == expected && done.len() == STEPS.len() => {
            Ok(Start {
                done,
                first_us: *first_us,
                later_us: *later_us,
            })
        }
        (_, Some(found)) if done.len() == STEPS.len() && found != expected => {
            Err(format!("expected the verdict {expected}, found {found}"))
        }
        _ => Err(format!(
            "the started program ended ({}) after {:?}: {}",
            ended.status,
            said,
            String::from_utf8_lossy(&ended.stderr).trim()
        )),
    }
}
