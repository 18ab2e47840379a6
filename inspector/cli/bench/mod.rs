//! `inspector bench`: parses, loads, measures case by case, shows.

mod batch;
mod cases;
mod cold;
mod end_to_end;
mod known;
mod measuring;
mod over_modbus;
mod replay;
mod report_file;
mod scratch;
mod serving;
mod subject;
mod told;

use self::cases::Chosen;
use self::known::Known;
use self::report_file::ReportFile;
use self::serving::Workbench;
use self::subject::Measured;
use crate::bench::case::{Case, Scenario};
use crate::bench::plan::{Plan, Row};
use crate::bench::report::{CaseResult, Machine, Outcome};
use crate::bench::{machine, page, table};
use crate::cli::terminal::{self, Bar};
use crate::clock::{Clock, SystemClock};
use crate::control::teaching::bundle::now;
use crate::error::{Error, ErrorKind};
use crate::station::verdict::{Score, Thresholds};
use models::runtime::Runtime;
use models::{Bundle, Device, Provider};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Arguments of `inspector bench`.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BenchArgs {
    #[command(subcommand)]
    command: Option<BenchCommand>,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(clap::Subcommand)]
enum BenchCommand {
    /// Makes a page for people of a report, with plots; it needs nothing but the file.
    Report(told::ReportArgs),
    /// Says what changed from one report to another beyond noise.
    Compare(told::CompareArgs),
    /// Prints the JSON schema of reports.
    Schema,
    /// What `bench` itself starts, to time a start.
    #[command(hide = true)]
    FirstVerdict(cold::FirstVerdictArgs),
}

/// What to measure.
#[derive(clap::Args)]
struct RunArgs {
    /// Bundles to measure; `mixed` takes them all at once, as styles.
    bundles: Vec<PathBuf>,
    /// Measures what this station does, in place of bundles: each of its recipes as it runs them.
    #[arg(long, short, value_name = "STATION.TOML")]
    settings: Option<PathBuf>,
    /// Of --settings, the recipes of these styles only.
    #[arg(long = "style", value_name = "NAME", value_delimiter = ',')]
    styles: Vec<String>,
    /// quick (less than a minute), full, gpu, or a file of cases (docs/ref/bench.md). Without it the options below
    /// make one plan; those that list several values make a case of each.
    #[arg(long, value_name = "NAME|FILE")]
    plan: Option<String>,
    #[command(flatten)]
    row: Row,
    /// Folder of images, or of a folder for each camera; the references of each bundle unless given.
    #[arg(long, value_name = "DIR")]
    images: Option<PathBuf>,
    /// Scores at or above it are defects; recipes have their own. Verdicts must be those that the CPU gives in f32.
    /// [0.5]
    #[arg(long, value_name = "SCORE")]
    threshold: Option<f32>,
    /// Writes the report as JSON, at once and after every case.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Writes the report as a page for people, when all is measured.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Goes on with the report in --out: cases that have a result are left out.
    #[arg(long, requires = "out")]
    resume: bool,
}

/// Measures, or does what the subcommand says.
pub fn bench(args: &BenchArgs) -> Result<(), Error> {
    match &args.command {
        Some(BenchCommand::Report(args)) => told::report(args),
        Some(BenchCommand::Compare(args)) => told::compared(args),
        Some(BenchCommand::Schema) => {
            told::schema();
            Ok(())
        }
        Some(BenchCommand::FirstVerdict(args)) => cold::first_verdict(args),
        None => run(&args.run),
    }
}

fn model(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Model, error)
}

fn wrong(message: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Settings, message)
}

fn run(args: &RunArgs) -> Result<(), Error> {
    is_clear(args)?;
    let (name, rows) = rows(args)?;
    let runtime = models::runtime::init(None)?;
    let measured = measured(args, runtime)?;
    let rows = match (&measured, Plan::is_shipped(&name)) {
        (Measured::Station(station), true) => of_settings(rows, station.recipes.len()),
        _ => rows,
    };
    calibration::use_one_opencv_thread()?;
    let cases = cases::of(&rows, &measured, runtime)
        .map_err(|problems| Error::all(ErrorKind::Settings, problems))?;
    args.html
        .as_deref()
        .map_or(Ok(()), report_file::try_write)?;
    let station = match &measured {
        Measured::Station(station) => Some(station),
        Measured::Bundles { .. } => None,
    };
    let mut output = ReportFile::open(
        args.out.as_deref(),
        args.resume,
        &name,
        station.map(|station| station.name.as_str()),
        machine(runtime),
    )?;
    let bench = Workbench {
        runtime,
        images: args.images.clone(),
        budget: station.map(|station| station.budget),
        accepted: Known::default(),
        verdicts: Known::default(),
    };
    let stop = told_to_stop()?;
    let is_complete = measure_all(&bench, &cases, &mut output, &stop)?;
    output.close(is_complete)?;
    terminal::answer(&table::table(&output.report));
    if let Some(file) = &args.html {
        report_file::write(file, &page::html(&output.report))?;
        say!("\nwrote {}", file.display());
    }
    if !is_complete {
        remark!("stopped; --resume goes on with what is left");
    }
    let refused = |result: &&CaseResult| matches!(result.outcome, Outcome::Refused(_));
    match output.report.results.iter().filter(refused).count() {
        0 => Ok(()),
        count => Err(model(format!(
            "{count} of {} cases gave no time; the table says why",
            output.report.results.len()
        ))),
    }
}

/// Whether the arguments say one thing to measure.
fn is_clear(args: &RunArgs) -> Result<(), Error> {
    match (&args.settings, args.bundles.is_empty()) {
        (None, true) => Err(wrong(
            "expected a bundle or --settings to measure, found none; as in: inspector bench --plan quick models/assets/demo",
        )),
        (Some(settings), false) => Err(wrong(format!(
            "expected bundles or --settings, found both: {} and --settings {}",
            args.bundles[0].display(),
            settings.display()
        ))),
        (Some(_), true) if args.threshold.is_some() => Err(wrong(
            "--threshold: expected none beside --settings, whose recipes have their own",
        )),
        (Some(_), true) if args.plan.as_deref() == Some("gpu") => Err(wrong(
            "--plan gpu: expected quick, full or a file beside --settings, whose [inspect] says what computes",
        )),
        (None, false) if !args.styles.is_empty() => Err(wrong(
            "--style: expected --settings beside it, whose recipes have styles; bundles have none",
        )),
        _ => Ok(()),
    }
}

/// What is to be measured, loaded.
fn measured(args: &RunArgs, runtime: &Runtime) -> Result<Measured, Error> {
    if let Some(settings) = &args.settings {
        let station = subject::of_station(settings, &args.styles, runtime)?;
        return Ok(Measured::Station(station));
    }
    let threshold = args.threshold.unwrap_or(0.5);
    let thresholds = Score::new(threshold).and_then(|score| Thresholds::new(score, score));
    let thresholds = thresholds
        .ok_or_else(|| wrong(format!("--threshold: expected 0 to 1, found {threshold}")))?;
    let load = |folder: &PathBuf| Bundle::load(folder).map(Arc::new).map_err(model);
    Ok(Measured::Bundles {
        bundles: args.bundles.iter().map(load).collect::<Result<_, _>>()?,
        thresholds,
    })
}

/// A shipped plan for a station with so many recipes: one alone cannot be mixed.
fn of_settings(rows: Vec<Row>, recipes: usize) -> Vec<Row> {
    let rows = rows.into_iter().map(|mut row| {
        row.scenarios
            .retain(|scenario| recipes > 1 || *scenario != Scenario::Mixed);
        row.of_settings()
    });
    rows.collect()
}

/// The plan's name and rows.
fn rows(args: &RunArgs) -> Result<(String, Vec<Row>), Error> {
    let Some(name) = &args.plan else {
        let mut row = args.row.clone();
        if row.scenarios.is_empty() {
            row.scenarios.push(Scenario::Takt);
        }
        return Ok(("arguments".to_owned(), vec![row]));
    };
    if args.row != Row::default() {
        return Err(wrong(
            "--plan: expected only bundles or --settings, --style, --images, --threshold, --out, --html and --resume \
             beside it; put the rest into a plan file (docs/ref/bench.md)",
        ));
    }
    let plan = match Plan::shipped(name) {
        Some(plan) => plan,
        None => {
            let text = std::fs::read_to_string(name).map_err(|error| {
                wrong(format!(
                    "--plan {name}: expected quick, full, gpu or a file: {error}"
                ))
            })?;
            Plan::parse(&text)
        }
    };
    let plan = plan.map_err(|problem| wrong(format!("plan {name}: {problem}")))?;
    Ok((name.clone(), plan.rows))
}

fn machine(runtime: &Runtime) -> Machine {
    let providers = [
        Provider::Cpu,
        Provider::OpenVino(Device::Cpu),
        Provider::Cuda,
        Provider::TensorRt,
    ];
    let has = |provider: &Provider| {
        runtime
            .providers()
            .iter()
            .any(|name| name == provider.name())
    };
    let told = |provider: Provider| match runtime.behind(provider) {
        Ok(behind) if behind.is_empty() => provider.name().to_owned(),
        Ok(behind) => format!("{}: {behind}", provider.name()),
        Err(why) => format!("{}: not here: {why}", provider.name()),
    };
    let told = providers.into_iter().filter(has).map(told).collect();
    machine::read(Path::new("/"), runtime.build(), told)
}

/// Set by Ctrl-C; a second one ends at once.
fn told_to_stop() -> Result<Arc<AtomicBool>, Error> {
    let internal = |error| Error::new(ErrorKind::Internal, error);
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    let signals = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build();
    let signals = signals.map_err(internal)?;
    let wait = move || {
        while signals.block_on(tokio::signal::ctrl_c()).is_ok() {
            if told.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
            remark!("\nstopping after this part; Ctrl-C again ends at once");
        }
    };
    let thread = std::thread::Builder::new().name("signals".to_owned());
    thread.spawn(wait).map_err(internal)?;
    Ok(stop)
}

/// Whether all cases have a result.
fn measure_all(
    bench: &Workbench,
    cases: &[Chosen],
    output: &mut ReportFile,
    stop: &AtomicBool,
) -> Result<bool, Error> {
    let left: Vec<&Chosen> = cases
        .iter()
        .filter(|chosen| !output.has(&chosen.case))
        .collect();
    let known = cases.len() - left.len();
    if known > 0 {
        remark!("{known} of {} cases have a result already", cases.len());
    }
    let mut bar = Bar::new();
    for (index, chosen) in left.iter().enumerate() {
        let what = format!("{}/{} {}", known + index + 1, cases.len(), chosen.case);
        let later_s: f64 = left[index + 1..]
            .iter()
            .map(|later| expected_s(&later.case))
            .sum();
        let total = chosen.case.queries.max(1) as f64;
        bar.draw(&what, 0.0, "");
        let clock = SystemClock;
        let (started, started_at) = (clock.now(), now(&clock).to_string());
        let mut watch = |done: u64| {
            let share = (done as f64 / total).min(1.0);
            let left_s = expected_s(&chosen.case) * (1.0 - share) + later_s;
            bar.draw(&what, share, &format!("about {} left", told_s(left_s)));
            if stop.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let measured = measuring::measure(bench, chosen, &mut watch);
        bar.clear();
        let is_stopped = stop.load(Ordering::Relaxed);
        // Half a case would be another case; but hours of a soak are worth having, however many they are.
        if is_stopped && chosen.case.scenario != Scenario::Soak {
            return Ok(false);
        }
        let result = CaseResult {
            case: chosen.case.clone(),
            started_at,
            wall_s: clock.now().since(started).as_secs_f64(),
            outcome: match measured {
                Ok(figures) => Outcome::Measured(Box::new(figures)),
                Err(why) => Outcome::Refused(why),
            },
        };
        terminal::note(&table::row(&result));
        output.add(result)?;
        if is_stopped {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Seconds that a case will take, about.
fn expected_s(case: &Case) -> f64 {
    match case.scenario {
        Scenario::Cold => case.queries as f64 * 0.5,
        Scenario::Saturate => case.queries as f64 / 1e3,
        // Twelve numbers of cameras are tried.
        Scenario::Streams => case.planned_ms() * 12.0 / 1e3,
        _ => case.planned_ms() / 1e3 + 1.0,
    }
}

fn told_s(seconds: f64) -> String {
    match seconds {
        ..90.0 => format!("{seconds:.0} s"),
        ..5400.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3_600.0),
    }
}
