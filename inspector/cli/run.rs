//! `inspector run`: wires the station, serves its page, and sees it through to a clean end.

use super::{StationArgs, load_settings, wiring};
use crate::adapters::camera::sim::SimLine;
use crate::clock::{Clock, SystemClock};
use crate::control::handle::{CameraInfo, Handle, JobInfo, LeftPart, Window};
use crate::control::loaded::{self, Loaded};
use crate::control::recipes::{self as book, RecipeBook, Workshop, sessions};
use crate::control::teaching::Desk;
use crate::error::{Error, ErrorKind};
use crate::http;
use crate::pipeline::assembly::{Plan, assemble};
use crate::pipeline::threads::Running;
use crate::results::events::Events;
use crate::results::images::Images;
use crate::results::open;
use crate::results::writer::{JobContext, Writer, finish_job};
use crate::settings::recipes;
use crate::settings::station::EjectorKind;
use crate::settings::{StationSettings, TriggerSettings};
use crate::station::part::JobId;
use crate::station::recipe::{Recipe, Recipes};
use crate::station::truth::{Oracle, SimulatedTruth};
use crate::station::verdict::Disposition;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
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

/// Runs the station.
pub fn run(args: &RunArgs) -> Result<(), Error> {
    let mut settings = load_settings(&args.station)?;
    if let Some(listen) = args.listen {
        settings.listen = listen;
    }
    let descriptors = http::raise_descriptors();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let begun = clock.now();
    let runtime =
        models::runtime::init(None).map_err(|error| Error::new(ErrorKind::Model, error))?;
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
    for line in sessions::lines(&settings.inspect, &loaded, &assignments) {
        println!("{line}");
    }
    let newest: Vec<Arc<Recipe>> = recipes::newest(&loaded.files)
        .into_iter()
        .map(|file| Arc::new(file.recipe.clone()))
        .collect();
    let classes = classes(&newest, &loaded);
    // Before there is a job: an address in use is no reason for an empty one.
    let listener = listen(&settings)?;
    let _lock = open::lock(&settings.data).map_err(storage)?;
    let truth = line.clone().map(truth_of);
    let context = context(&settings, &loaded);
    let (log, crashed) =
        Writer::start(&settings.data, &context, truth, clock.wall()).map_err(storage)?;
    let job = log.job();
    for crash in crashed {
        println!(
            "job {} did not stop by itself: parts after number {} may have passed without a record",
            crash.job.0, crash.last.0
        );
    }
    let images =
        Images::open(&settings.data, job, settings.images, Arc::clone(&clock)).map_err(storage)?;
    let window = Window::new();
    let oracle: Option<Oracle> = line.clone().map(truth_of);
    let plan = Plan {
        job,
        recipes: Recipes::new(newest.clone()),
        budget: settings.budget,
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
        log: Box::new(log),
        audience: window.audience(classes, oracle, Box::new(say)),
        store: Box::new(images),
        preview: window.preview(),
        clock: Arc::clone(&clock),
        cameras,
    };
    let models = sessions::infos(&newest, &loaded, &assignments);
    let info = info(&settings, job, &*clock, &shapes);
    let (running, controls) = assemble(plan)
        .start(&clock, settings.inspect.is_real_time())
        .map_err(|error| Error::new(ErrorKind::Internal, error))?;
    let handle = Arc::new(window.open(info, controls, newest, models, Arc::clone(&clock)));
    println!(
        "{}: job {} runs after {} ms; http://{}",
        settings.name,
        job.0,
        clock.now().since(begun).as_millis(),
        settings.listen
    );
    let events = Events::open(&settings.data, job).map_err(storage)?;
    let (stop_events, events) = record_events(events, Arc::clone(&handle))?;
    let workshop = Workshop::new(&settings, &loaded, shapes, runtime, Arc::clone(&clock));
    let desk = Arc::new(Desk::open(
        Arc::clone(&handle),
        Arc::clone(&workshop) as _,
        Arc::clone(&clock),
        (&settings.data, &settings.models),
        settings.images.free_bytes_min,
    ));
    let app = http::App::new(
        Arc::clone(&handle),
        settings.data.clone(),
        RecipeBook::new(&settings, &loaded, Arc::clone(&handle), workshop),
        Arc::clone(&desk),
        settings.listen.ip().is_loopback(),
    );
    let told = async {
        tokio::select! {
            () = told_to_stop() => {}
            () = ended(&running) => {}
        }
    };
    let served = http::serve(listener, app, descriptors, told)
        .map_err(|error| Error::new(ErrorKind::Network, error));
    running.stop();
    println!("stopping: parts in flight are seen through");
    let is_recorded = see_through(&handle, &running);
    desk.close();
    let has_panicked = running.join().has_panicked;
    drop(stop_events);
    // Should it have died, the alarms were still shown.
    let _ = events.join();
    let parts = &handle.stats().parts;
    println!(
        "job {}: {} parts, {} rejected, {} not decided",
        job.0,
        parts.parts.get(),
        parts.rejected.get(),
        parts.not_decided.get()
    );
    if has_panicked {
        // The job stays open in the log, so the next start reports what may be missing.
        return Err(Error::new(
            ErrorKind::Internal,
            "a thread of the pipeline died; the next start reports what may be missing",
        ));
    }
    if !is_recorded {
        // As above.
        return Err(Error::new(
            ErrorKind::Storage,
            "results were not durable when the station stopped; the next start reports the gap",
        ));
    }
    let announced = parts.announced.get();
    finish_job(&settings.data, job, clock.wall(), announced).map_err(storage)?;
    served
}

fn storage(error: open::OpenError) -> Error {
    Error::new(ErrorKind::Storage, error)
}

fn listen(settings: &StationSettings) -> Result<TcpListener, Error> {
    let bound = TcpListener::bind(settings.listen)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
    bound.map_err(|error| {
        let message = format!(
            "cannot serve the page at {}: {error}; stop the other program, or choose another address \
             with http.listen or --listen",
            settings.listen
        );
        Error::new(ErrorKind::Network, message)
    })
}

async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// On a thread of its own, because the disk may stand still; it ends when the sender is dropped.
fn record_events(
    mut events: Events,
    handle: Arc<Handle>,
) -> Result<(SyncSender<()>, JoinHandle<()>), Error> {
    let (stop, stopped) = sync_channel(1);
    let thread = std::thread::Builder::new().name("events".to_owned());
    let body = move || {
        let every = Duration::from_millis(500);
        while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
            events.record(handle.alarm_changes());
        }
        events.record(handle.alarm_changes());
    };
    let thread = thread
        .spawn(body)
        .map_err(|error| Error::new(ErrorKind::Internal, error))?;
    Ok((stop, thread))
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
            for alarm in handle.alarms() {
                println!("alarm: {}", alarm.message);
            }
            println!("rows that are not durable are given up; the next start reports the gap");
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

fn context(settings: &StationSettings, loaded: &Loaded) -> JobContext {
    JobContext {
        settings_sha256: settings.sha256.clone(),
        is_simulated: settings.is_simulated(),
        recipes: recipes::newest(&loaded.files)
            .into_iter()
            .map(|file| book::recipe_row(settings, loaded, &file.recipe, &file.sha256))
            .collect(),
    }
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

fn classes(recipes: &[Arc<Recipe>], loaded: &Loaded) -> Vec<Vec<Vec<String>>> {
    let of_view = |model: &String| {
        let bundle = loaded.bundles.get(model);
        bundle.map_or(Vec::new(), |bundle| {
            bundle.manifest().output.classes.clone()
        })
    };
    recipes
        .iter()
        .map(|recipe| {
            recipe
                .views
                .iter()
                .map(|view| of_view(&view.model))
                .collect()
        })
        .collect()
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

/// One line per reject.
fn say(part: &LeftPart) {
    let result = &part.result;
    if result.disposition == Disposition::Accept {
        return;
    }
    let at = jiff::Timestamp::from_microsecond(result.triggered_at.0).unwrap_or_default();
    let cause = result.cause.map_or("", |cause| cause.name());
    println!(
        "reject {at:.3}  {}  {}  {}  score {}",
        result.part_id,
        result
            .style
            .map_or("no style".to_owned(), |style| style.to_string()),
        part.defect.as_deref().unwrap_or(cause),
        result
            .score
            .map_or("-".to_owned(), |score| format!("{:.2}", score.get())),
    );
}
