//! `inspector run`: wires the station, serves its page, and sees it through to a clean end.

use super::told::Told;
use super::{StationArgs, load_settings, wiring};
use crate::adapters::camera::sim::SimLine;
use crate::clock::{Clock, SystemClock};
use crate::control::clock_watch::ClockWatch;
use crate::control::handle::{CameraInfo, Handle, JobInfo, Window};
use crate::control::loaded::{self, Loaded};
use crate::control::recipes::{ModelLoader, RecipeService, Versions, sessions, unfinished};
use crate::control::teaching::TeachingService;
use crate::error::{Error, ErrorKind};
use crate::http;
use crate::pipeline::assembly::{Plan, assemble};
use crate::pipeline::threads::Running;
use crate::ports::log::ResultLog;
use crate::results::images::Images;
use crate::results::open;
use crate::results::writer::{Crashed, JobContext, Writer};
use crate::settings::station::EjectorKind;
use crate::settings::{StationSettings, TriggerSettings};
use crate::station::part::JobId;
use crate::station::recipe::Recipes;
use crate::station::truth::{Oracle, SimulatedTruth};
use crate::telemetry::catalogue::Code;
use crate::telemetry::{self};
use crate::tell;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// Arguments of `inspector run`.
#[derive(clap::Args)]
pub struct RunArgs {
    #[command(flatten)]
    station: StationArgs,
    /// Where to serve the page, instead of http.listen.
    #[arg(long)]
    listen: Option<SocketAddr>,
}

/// Runs the station. Nobody prints from here on: a terminal that takes nothing must stop nobody.
pub fn run(args: &RunArgs) -> Result<(), Error> {
    let mut settings = load_settings(&args.station)?;
    if let Some(listen) = args.listen {
        settings.http.listen = listen;
    }
    let descriptors = http::raise_descriptors();
    let log = telemetry::log::install(settings.log.format, &settings.log.levels);
    let _lock = open::lock(&settings.data).map_err(storage)?;
    log.write_into(&telemetry::file::folder_in(&settings.data));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let begun = clock.now();
    let runtime =
        models::runtime::init(None).map_err(|error| Error::new(ErrorKind::Model, error))?;
    settle_unfinished(&settings)?;
    let mut loaded =
        loaded::load(&settings).map_err(|problems| Error::all(ErrorKind::Settings, problems))?;
    sessions::settle(&settings, &mut loaded, runtime)
        .map_err(|problems| Error::all(ErrorKind::Model, problems))?;
    let line = wiring::sim_line(&settings, &clock, first_part(&*clock))
        .map_err(|message| Error::new(ErrorKind::Settings, message))?;
    let cameras = wiring::cameras(&settings, line.as_ref(), &clock)
        .map_err(|problems| Error::all(ErrorKind::Device, problems))?;
    let shapes: Vec<_> = cameras.iter().map(|camera| camera.device.shape()).collect();
    let (scorers, assignments) = wiring::scorers(&settings, &loaded, &shapes, runtime, &clock)
        .map_err(|problems| Error::all(ErrorKind::Model, problems))?;
    tell_models(&settings, &loaded, &assignments);
    let versions = Versions::of(&settings, &loaded, &assignments);
    // Before there is a job: an address in use is no reason for an empty one.
    let listener = listen(&settings)?;
    let truth = line.clone().map(truth_of);
    let context = JobContext {
        settings_sha256: settings.sha256.clone(),
        is_simulated: settings.is_simulated(),
        recipes: versions.rows(&loaded),
    };
    let (writer, crashed) =
        Writer::start(&settings.data, &context, truth, clock.wall()).map_err(storage)?;
    let job = writer.job();
    tell_beginning(&writer, crashed);
    let images = Images::open(
        &settings.data,
        writer.clone(),
        settings.images,
        Arc::clone(&clock),
    )
    .map_err(storage)?;
    let window = Window::new(Arc::clone(&versions));
    let oracle: Option<Oracle> = line.clone().map(truth_of);
    let plan = Plan {
        job,
        recipes: Recipes::new(versions.in_use()),
        budget: settings.budget,
        durability: settings.durability,
        settles_for: match settings.ejector.kind {
            EjectorKind::None => Duration::ZERO,
            EjectorKind::Sim => settings.budget.pitch_min(),
        },
        default_style: match &settings.trigger {
            TriggerSettings::Camera { style, .. } => *style,
            TriggerSettings::Sim => None,
        },
        trigger: wiring::trigger(&settings, line.as_ref(), &clock),
        ejector: wiring::ejector(&settings),
        scorers,
        keep_one_pass_in: one_in(settings.images.keep_passes),
        keep_warm: settings.inspect.keep_warm,
        log: Box::new(writer.clone()),
        audience: window.audience(oracle),
        store: Box::new(images),
        preview: window.preview(),
        clock: Arc::clone(&clock),
        cameras,
    };
    let info = info(&settings, job, &*clock, &shapes);
    let (running, controls) = assemble(plan)
        .start(&clock, settings.inspect.is_real_time())
        .map_err(|error| Error::new(ErrorKind::Internal, error))?;
    let loader = ModelLoader::new(&settings, &loaded, shapes, runtime, Arc::clone(&clock));
    let recipes = |versions, gate| {
        RecipeService::new(
            versions,
            Arc::clone(&loader),
            (settings.recipes.clone(), settings.data.clone()),
            gate,
            writer.clone(),
            Arc::clone(&clock),
        )
    };
    let handle = Arc::new(window.open(info, controls, recipes, Arc::clone(&clock)));
    tell!(
        Code::StationStarted,
        job = job.0,
        version = env!("CARGO_PKG_VERSION"),
        "{}: job {} runs after {} ms; http://{}",
        settings.name,
        job.0,
        clock.now().since(begun).as_millis(),
        settings.http.listen
    );
    let watch = ClockWatch::new(Arc::clone(&clock), writer.newest_before());
    let told = Told::start(writer.clone(), Arc::clone(&handle), watch)?;
    let teaching = Arc::new(TeachingService::open(
        Arc::clone(&handle),
        loader as _,
        Arc::clone(&clock),
        (&settings.data, &settings.models),
        settings.images.free_bytes_min,
    ));
    let app = http::App::new(
        Arc::clone(&handle),
        settings.data.clone(),
        Arc::clone(&teaching),
        http::Access::new(
            settings.http.listen.ip().is_loopback(),
            settings.http.hosts.clone(),
            settings.http.insecure_because.clone(),
        ),
    );
    let until = async {
        tokio::select! {
            () = told_to_stop() => {}
            () = ended(&running) => {}
        }
    };
    let served = http::serve(listener, app, descriptors, until)
        .map_err(|error| Error::new(ErrorKind::Network, error));
    running.stop();
    tell!(
        Code::StationStopping,
        "stopping: parts in flight are seen through"
    );
    let is_recorded = see_through(&handle, &running);
    teaching.close();
    let stopped = running.join_within(END_PATIENCE);
    told.end();
    let parts = &handle.stats().counts;
    let (announced, rejected, not_decided) = (
        parts.announced.get(),
        parts.rejected.get(),
        parts.not_decided.get(),
    );
    if stopped.is_some_and(|stopped| stopped.has_panicked) {
        // The job stays open in the log, so the next start reports what may be missing.
        tell!(
            Code::ThreadDied,
            job = job.0,
            "a thread of the pipeline died; the panic before says where"
        );
        return Err(Error::new(
            ErrorKind::Internal,
            "a thread of the pipeline died; the next start reports what may be missing",
        ));
    }
    if !is_recorded || stopped.is_none() {
        // As above.
        return Err(not_recorded(writer, &settings));
    }
    writer
        .finish(clock.wall(), announced)
        .map_err(|error| Error::new(ErrorKind::Storage, error))?;
    tell!(
        Code::StationStopped,
        job = job.0,
        parts = announced,
        rejected,
        not_decided,
        "job {}: {announced} parts, {rejected} rejected, {not_decided} not decided",
        job.0
    );
    served
}

fn not_recorded(mut writer: Writer, settings: &StationSettings) -> Error {
    let message = match writer.check() {
        Err(error) => format!("the newest results were not recorded: {error}"),
        Ok(()) => format!(
            "{}: results were not durable when the station stopped; the next start reports the gap. See to the disk",
            open::database(&settings.data).display()
        ),
    };
    Error::new(ErrorKind::Storage, message)
}

/// How long threads may take to end when everything they had to do is done, or was given up.
const END_PATIENCE: Duration = Duration::from_secs(2);

fn tell_beginning(writer: &Writer, crashed: Vec<Crashed>) {
    for crash in crashed {
        let (job, last) = (crash.job.0, crash.last.0);
        tell!(
            Code::JobInterrupted,
            job,
            last,
            "job {job} did not stop by itself: parts after number {last} may have passed without a record"
        );
    }
    // The clock is told as long as it is behind, by its alarm.
    let remarks = writer.remarks().iter();
    for remark in remarks.filter(|remark| !remark.code.is_alarm()) {
        tell!(remark.code, "{}", remark.message);
    }
}

fn tell_models(settings: &StationSettings, loaded: &Loaded, assignments: &sessions::Assignments) {
    for line in sessions::models(loaded, assignments) {
        tell!(Code::ModelLoaded, "{line}");
    }
    let priority = sessions::priority(&settings.inspect);
    if settings.inspect.is_real_time() {
        tell!(Code::PriorityRealTime, "priority: {priority}");
    } else {
        tell!(Code::PriorityNormal, "priority: {priority}");
    }
}

/// What was being made of recipes when the station was killed is made, or was never.
fn settle_unfinished(settings: &StationSettings) -> Result<(), Error> {
    let settled = unfinished::settle(&settings.recipes, &settings.data)
        .map_err(|error| Error::new(ErrorKind::Storage, error))?;
    for each in settled {
        match each {
            unfinished::Settled::Finished { file } => tell!(
                Code::RecipeFinished,
                "{}: was being written when the station was killed, and is in use now",
                file.display()
            ),
            unfinished::Settled::Discarded { file } => tell!(
                Code::RecipeDiscarded,
                "{}: was being written when the station was killed, before anybody was told; removed",
                file.display()
            ),
        }
    }
    Ok(())
}

fn storage(error: open::OpenError) -> Error {
    Error::new(ErrorKind::Storage, error)
}

fn listen(settings: &StationSettings) -> Result<TcpListener, Error> {
    let bound = TcpListener::bind(settings.http.listen)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
    bound.map_err(|error| {
        let message = format!(
            "cannot serve the page at {}: {error}; stop the other program, or choose another address \
             with http.listen or --listen",
            settings.http.listen
        );
        Error::new(ErrorKind::Network, message)
    })
}

/// Ctrl-C, SIGTERM, and SIGHUP: a terminal that is closed stops the station as a person would.
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut hang_up)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}

async fn ended(running: &Running) {
    while !running.has_ended() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits for every part in flight and every row, and says whether all are durable. A disk that takes
/// none is given ten seconds.
fn see_through(handle: &Handle, running: &Running) -> bool {
    const PATIENCE: Duration = Duration::from_secs(10);
    const LOOK_EVERY: Duration = Duration::from_millis(20);
    let mut waited = Duration::ZERO;
    while !running.is_finished() {
        std::thread::sleep(LOOK_EVERY);
        waited += LOOK_EVERY;
        if waited >= PATIENCE {
            let active = handle
                .alarms()
                .into_iter()
                .filter(|alarm| alarm.is_active());
            let names: Vec<&str> = active.map(|alarm| alarm.code.name()).collect();
            tell!(
                Code::StationStopping,
                "results that are not durable are given up; the next start reports the gap. Alarms: {}",
                names.join(", ")
            );
            running.give_up_recording();
            return false;
        }
    }
    true
}

fn truth_of(line: Arc<SimLine>) -> Oracle {
    Box::new(move |part| {
        let truth = line.truth_of(part)?;
        Some(SimulatedTruth {
            is_defective: truth.is_defective,
            defect: truth.defect.map(|class| class.name().to_owned()),
        })
    })
}

/// Simulated parts of a later run are other parts.
fn first_part(clock: &dyn Clock) -> u64 {
    const START_OF_2026_S: i64 = 1_767_225_600;
    const PARTS_PER_SECOND_MAX: i64 = 4;
    let since_s = clock.wall().0 / 1_000_000 - START_OF_2026_S;
    u64::try_from(since_s * PARTS_PER_SECOND_MAX).unwrap_or(0)
}

fn one_in(share: f64) -> u64 {
    if share > 0.0 {
        (1.0 / share).round().max(1.0) as u64
    } else {
        0
    }
}

fn info(
    settings: &StationSettings,
    job: JobId,
    clock: &dyn Clock,
    shapes: &[crate::station::frame::FrameShape],
) -> JobInfo {
    let cameras = settings
        .cameras
        .iter()
        .zip(shapes)
        .map(|(camera, shape)| CameraInfo {
            name: camera.name.clone(),
            kind: camera.kind.name(),
            shape: *shape,
        })
        .collect();
    JobInfo {
        station_name: settings.name.clone(),
        job,
        started_at: clock.wall(),
        is_simulated: settings.is_simulated(),
        is_real_time: settings.inspect.is_real_time(),
        budget: settings.budget,
        cameras,
        images_quota_bytes: settings.images.quota_bytes,
    }
}
