//! From process start to the first verdict: this program is started again and again, and its steps are timed
//! from outside.

use super::cases::Chosen;
use super::serving::{Workbench, shape_of};
use crate::bench::drive::Watch;
use crate::bench::report::{Cold, ColdStep, Energy, Figures};
use crate::bench::statistics::median_of;
use crate::bench::summary::distribution;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use crate::ports::scorer::Scorer;
use crate::station::verdict::{Score, Thresholds, judge};
use models::{Bundle, Device, Precision, Provider, SessionOptions};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Arguments of the process that is started. Not for people.
#[derive(clap::Args)]
pub struct FirstVerdictArgs {
    bundle: PathBuf,
    #[arg(long)]
    provider: String,
    #[arg(long)]
    device: String,
    #[arg(long)]
    precision: String,
    #[arg(long)]
    threads: usize,
    #[arg(long)]
    spinning: bool,
    #[arg(long)]
    width: u32,
    #[arg(long)]
    height: u32,
    /// Pixels, as they lie in memory.
    #[arg(long)]
    frame: PathBuf,
    #[arg(long)]
    accept_below: f32,
    #[arg(long)]
    reject_above: f32,
}

/// Steps, in order; each is a line that the process prints when it is done.
const STEPS: [&str; 4] = ["program", "ONNX Runtime", "model", "first verdict"];
/// Runs after the first.
const LATER: usize = 9;

/// Does what a station does before its first verdict, and says how far it is.
pub fn first_verdict(args: &FirstVerdictArgs) -> Result<(), Error> {
    let model = |error: &dyn std::fmt::Display| Error::new(ErrorKind::Model, error);
    let wrong = || {
        Error::new(
            ErrorKind::Settings,
            "expected what `inspector bench` passes on",
        )
    };
    println!("{}", STEPS[0]);
    let runtime = models::runtime::init(None).map_err(|error| model(&error))?;
    println!("{}", STEPS[1]);
    let device = Device::named(&args.device).unwrap_or_default();
    let options = SessionOptions {
        provider: Provider::named(&args.provider, device).ok_or_else(wrong)?,
        precision: Precision::named(&args.precision).ok_or_else(wrong)?,
        threads: args.threads,
        is_spinning: args.spinning,
        ..SessionOptions::default()
    };
    let bundle = Bundle::load(&args.bundle).map_err(|error| model(&error))?;
    let shape = shape_of(&bundle, [args.width, args.height]);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let scorer =
        crate::scoring::onnx::OnnxScorer::new(runtime, &bundle, &options, shape, None, clock);
    let mut scorer = scorer.map_err(|error| model(&error))?;
    println!("{}", STEPS[2]);
    let pixels = std::fs::read(&args.frame).map_err(|error| model(&error))?;
    let limits = Score::new(args.accept_below).zip(Score::new(args.reject_above));
    let limits = limits
        .and_then(|(below, above)| Thresholds::new(below, above))
        .ok_or_else(wrong)?;
    let (width, height) = scorer.map_size();
    let mut map = vec![0; width as usize * height as usize];
    let mut times = Vec::new();
    for run in 0..=LATER {
        let view = scorer.score(&pixels, shape, limits.reject_above(), &mut map);
        let view = view.map_err(|error| model(&error))?;
        if run == 0 {
            println!("{}", STEPS[3]);
            println!("{:?}", judge(view.score, limits));
        }
        times.push(view.times_us[2]);
    }
    println!("{} {}", times[0], times[LATER]);
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
    let ready = bench.ready(chosen, chosen.bundles[0])?;
    let picture = ready.pictures.first().ok_or("there is no image")?;
    let frame = bench
        .scratch
        .join(format!("inspector-bench-{}.frame", std::process::id()));
    std::fs::write(&frame, &picture.pixels)
        .map_err(|error| format!("{}: {error}", frame.display()))?;
    let mut starts = Vec::new();
    let mut trouble = None;
    for count in 0..chosen.case.queries {
        if watch(count).is_break() {
            break;
        }
        match start(bench, chosen, &frame, &format!("{:?}", picture.expected)) {
            Ok(start) => starts.push(start),
            Err(why) => {
                trouble = Some(why);
                break;
            }
        }
    }
    // What could not be removed lies in the folder for such things.
    let _ = std::fs::remove_file(&frame);
    trouble.map_or(Ok(()), Err)?;
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

fn start(
    bench: &Workbench,
    chosen: &Chosen,
    frame: &PathBuf,
    expected: &str,
) -> Result<Start, String> {
    let case = &chosen.case;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let limits = bench.thresholds;
    let mut command = Command::new(program);
    command
        .args(["bench", "first-verdict"])
        .arg(bench.bundles[chosen.bundles[0]].folder());
    command.args(["--provider", &case.provider, "--device", &case.device]);
    command.args([
        "--precision",
        &case.precision,
        "--threads",
        &case.threads.to_string(),
    ]);
    command.args([
        "--width",
        &case.image[0].to_string(),
        "--height",
        &case.image[1].to_string(),
    ]);
    command.arg("--frame").arg(frame);
    command.args(["--accept-below", &limits.accept_below().get().to_string()]);
    command.args(["--reject-above", &limits.reject_above().get().to_string()]);
    if case.is_spinning {
        command.arg("--spinning");
    }
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
