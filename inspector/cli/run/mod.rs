//! `inspector run`: wires the station, serves its page, and sees it through to a clean end.

mod begin;
mod end;
mod service;

use super::line_wiring::{self, Wired};
use super::load_settings_of;
use super::told::{LockWatch, Told};
use super::wiring::{self, Missing};
use crate::adapters::camera::sim::SimLine;
use crate::clock::{Clock, SystemClock};
use crate::control::accounts::file::AccountsFile;
use crate::control::accounts::{self, Accounts};
use crate::control::clock_watch::ClockWatch;
use crate::control::handle::{CameraInfo, Handle, JobInfo, Window};
use crate::control::loaded::{self, Loaded};
use crate::control::outsiders::{Clients, Outsiders};
use crate::control::recipes::{ModelLoader, RecipeService, Versions, sessions, unfinished};
use crate::control::review::ReviewService;
use crate::control::signing_watch::SigningWatch;
use crate::control::teaching::TeachingService;
use crate::control::tls::Tls;
use crate::error::{Error, ErrorKind};
use crate::http;
use crate::pipeline::assembly::{CameraPlan, Plan, assemble};
use crate::pipeline::identify::IdentityPlan;
use crate::pipeline::scorers::Scorers;
use crate::pipeline::threads::Running;
use crate::priority::Priority;
use crate::results::images::Images;
use crate::results::open;
use crate::results::search::Follower;
use crate::results::writer::Writer;
use crate::settings::station::TlsSettings;
use crate::settings::{StationSettings, TriggerSettings};
use crate::station::frame::FrameShape;
use crate::station::part::{JobId, Style};
use crate::station::recipe::Recipes;
use crate::station::review::Draw;
use crate::station::time::WallTime;
use crate::station::truth::{Oracle, SimulatedTruth};
use crate::telemetry::catalogue::Code;
use crate::telemetry::{self};
use crate::tell;
use jiff::tz::TimeZone;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Arguments of `inspector run`.
#[derive(clap::Args)]
pub struct RunArgs {
    /// The station settings: `station.toml` in this folder where nothing is named, which a folder that is empty gets.
    #[arg(long, short)]
    settings: Option<PathBuf>,
    /// Where to serve the page, instead of http.listen.
    #[arg(long)]
    listen: Option<SocketAddr>,
}

/// Runs the station. Nobody prints from here on: a terminal that takes nothing must stop nobody.
pub fn run(args: &RunArgs) -> Result<(), Error> {
    let mut settings = load_settings_of(&begin::settings_file(args)?)?;
    if let Some(listen) = args.listen {
        settings.http.listen = listen;
    }
    let descriptors = http::raise_descriptors();
    let log = telemetry::log::install(settings.log.format, &settings.log.levels);
    let lock = open::lock(&settings.data).map_err(storage)?;
    let lock = Arc::new(Mutex::new(lock));
    log.write_into(&telemetry::file::folder_in(&settings.data));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let begun = clock.now();
    // Before there is a job: what is wrong with whom it asks is no reason for an empty one.
    let clients = Clients::open(&settings.proof)?;
    let opened = opened(&settings, &clock)?;
    // Before there is a job: an address in use is no reason for an empty one.
    let listener = begin::listen(&settings)?;
    let tls = Tls::open(&settings.http, &settings.data, Arc::clone(&clock))?;
    let (writer, images, draw) = begin::open_log(&settings, &opened, &clock)?;
    let job = writer.job();
    let Started {
        running,
        handle,
        loader,
    } = start(&settings, opened, (&writer, images, draw), &clock)?;
    tell_started(&settings, job, clock.now().since(begun));
    let watch = ClockWatch::new(Arc::clone(&clock), writer.newest_before());
    let lock_watch = LockWatch::new(&lock, &settings.data);
    let signing = SigningWatch::new(writer.clone(), Arc::clone(&clock), settings.days.calendar());
    let watches = (watch, lock_watch, signing);
    let told = Told::start(writer.clone(), Arc::clone(&handle), watches)?;
    let outsiders = Outsiders::start(clients, &settings, &writer, &clock, &handle)?;
    let search = Follower::start(&settings.data, || drop(Priority::Background.take()));
    let services = services(&settings, (&handle, loader), &writer, &clock)?;
    let app = app(&settings, &handle, services.clone());
    service::ready(&running);
    let until = end::told_or_over(&running);
    let served = http::serve(listener, (app, tls), descriptors, until)
        .map_err(|error| Error::new(ErrorKind::Network, error));
    service::stopping();
    running.stop();
    tell!(
        Code::StationStopping,
        "stopping: parts in flight are seen through"
    );
    let is_recorded = end::see_through(&handle, &running);
    services.0.close();
    drop(search);
    let stopped = running.join_within(end::PATIENCE);
    told.end();
    let ended = end::is_whole(&settings, &writer, is_recorded, stopped)
        .and_then(|()| end::finish(&writer, &handle, &*clock));
    // In any case: what holds the log open leaves its write-ahead log beside it.
    outsiders.end();
    ended?;
    served
}

fn tell_started(settings: &StationSettings, job: JobId, after: Duration) {
    tell!(
        Code::StationStarted,
        job = job.0,
        version = env!("CARGO_PKG_VERSION"),
        "{}: job {} runs after {} ms; {}://{}",
        settings.name,
        job.0,
        after.as_millis(),
        settings.http.scheme(),
        settings.http.listen
    );
}

/// Whatever a job needs, opened and warm.
struct Opened {
    runtime: &'static models::runtime::Runtime,
    loaded: Loaded,
    versions: Arc<Versions>,
    line: Option<Arc<SimLine>>,
    cameras: Vec<CameraPlan>,
    shapes: Vec<FrameShape>,
    scorers: Vec<Scorers>,
    wired: Option<Wired>,
    identity: Option<IdentityPlan>,
    zone: Option<TimeZone>,
}

fn opened(settings: &StationSettings, clock: &Arc<dyn Clock>) -> Result<Opened, Error> {
    let runtime = models::runtime::init(None)?;
    settle_unfinished(settings)?;
    // Before there is a job.
    begin::may_be_reached(&settings.http, &AccountsFile::read(&settings.data)?)?;
    let zone = line_wiring::time_zone(settings)?;
    let mut loaded = loaded::load(settings)?;
    sessions::settle(settings, &mut loaded, runtime)?;
    let line = wiring::sim_line(settings, clock, first_part(&**clock))?;
    let cameras = wiring::cameras(settings, line.as_ref(), clock, Missing::Awaited)?;
    let shapes: Vec<_> = cameras.iter().map(|camera| camera.device.shape()).collect();
    let (scorers, assignments) = wiring::scorers(settings, &loaded, &shapes, runtime, clock)?;
    tell_models(settings, &loaded, &assignments);
    let wired = line_wiring::open(settings, clock)?;
    Ok(Opened {
        runtime,
        versions: Versions::of(settings, &loaded, &assignments),
        loaded,
        line,
        cameras,
        shapes,
        scorers,
        identity: line_wiring::identity(settings, wired.as_ref(), clock)?,
        wired,
        zone,
    })
}

/// A job whose threads run.
struct Started {
    running: Running,
    handle: Arc<Handle>,
    loader: Arc<ModelLoader>,
}

fn start(
    settings: &StationSettings,
    opened: Opened,
    (writer, images, draw): (&Writer, Images, Draw),
    clock: &Arc<dyn Clock>,
) -> Result<Started, Error> {
    let Opened {
        runtime,
        loaded,
        versions,
        line,
        cameras,
        shapes,
        scorers,
        wired,
        identity,
        zone,
    } = opened;
    let window = Window::new(Arc::clone(&versions));
    let info = info(settings, (writer.job(), clock.wall()), &shapes, &wired);
    let trigger = line_wiring::trigger(settings, wired.as_ref());
    let (mut line_plan, devices) = line_wiring::plan(settings, wired, zone);
    line_plan.left_open = line_wiring::left_open(settings)?;
    let plan = Plan {
        job: writer.job(),
        recipes: Recipes::new(versions.in_use()),
        line: line_plan,
        devices,
        identity,
        tells_repeated: line_wiring::tells_repeated(settings),
        default_style: default_style(settings),
        trigger: trigger.or_else(|| wiring::trigger(settings, line.as_ref(), clock)),
        scorers,
        keep_one_pass_in: one_in(settings.images.keep_passes),
        draw,
        keep_warm: settings.inspect.keep_warm,
        log: Box::new(writer.clone()),
        audience: window.audience(line.map(truth_of)),
        store: Box::new(images),
        preview: window.preview(),
        clock: Arc::clone(clock),
        cameras,
    };
    let (running, controls) = assemble(plan)
        .start(settings.inspect.is_real_time())
        .map_err(|error| Error::new(ErrorKind::Internal, error))?;
    let loader = ModelLoader::new(settings, &loaded, shapes, runtime, Arc::clone(clock));
    let recipes = |versions, gate| {
        let folders = (settings.recipes.clone(), settings.data.clone());
        let (loader, clock) = (Arc::clone(&loader), Arc::clone(clock));
        RecipeService::new(versions, loader, folders, gate, writer.clone(), clock)
    };
    Ok(Started {
        running,
        handle: Arc::new(window.open(info, controls, recipes, Arc::clone(clock))),
        loader,
    })
}

fn default_style(settings: &StationSettings) -> Option<Style> {
    match &settings.trigger {
        TriggerSettings::Camera { style, .. } | TriggerSettings::Line { style } => *style,
        TriggerSettings::Sim => None,
    }
}

type Services = (Arc<TeachingService>, Arc<ReviewService>, Arc<Accounts>);

fn services(
    settings: &StationSettings,
    (handle, loader): (&Arc<Handle>, Arc<ModelLoader>),
    writer: &Writer,
    clock: &Arc<dyn Clock>,
) -> Result<Services, Error> {
    let teaching = TeachingService::open(
        Arc::clone(handle),
        loader as _,
        Arc::clone(clock),
        (&settings.data, &settings.models),
        settings.images.free_bytes_min,
    );
    let reviews = ReviewService::new(settings.data.clone(), writer.clone(), Arc::clone(clock));
    let lasting = accounts::Lasting {
        idle: settings.http.session_idle,
        absolute: settings.http.session_max,
    };
    let journal = Arc::new(writer.clone());
    let had_accounts = begin::had_accounts(&settings.data)?;
    let clock = Arc::clone(clock);
    let accounts = Accounts::open(&settings.data, had_accounts, lasting, clock, journal)?;
    Ok((Arc::new(teaching), Arc::new(reviews), Arc::new(accounts)))
}

fn app(
    settings: &StationSettings,
    handle: &Arc<Handle>,
    (teaching, reviews, accounts): Services,
) -> http::App {
    let access = http::Access::new(
        (
            settings.http.listen.ip().is_loopback(),
            settings.http.tls != TlsSettings::Off,
        ),
        settings.http.hosts.clone(),
        settings.http.insecure_because.clone(),
    );
    http::App::new(
        Arc::clone(handle),
        settings.data.clone(),
        (teaching, reviews),
        (access, accounts),
    )
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
    (job, started_at): (JobId, WallTime),
    shapes: &[FrameShape],
    wired: &Option<Wired>,
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
        challenge: settings.challenge.clone(),
        calendar: settings.days.calendar(),
        station_name: settings.name.clone(),
        job,
        started_at,
        is_simulated: settings.is_simulated(),
        is_real_time: settings.inspect.is_real_time(),
        budget: settings.budget,
        cameras,
        line: line_wiring::info(settings, wired.as_ref()),
        images_quota_bytes: settings.images.quota_bytes,
    }
}
