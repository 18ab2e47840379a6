//! `inspector run`: wires the station, serves its page, and sees it through to a clean end.

use super::{StationArgs, load_settings, wiring};
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use crate::pipeline::assembly::{Plan, assemble};
use crate::pipeline::handle::{CameraInfo, JobInfo, LeftPart, Oracle, SimulatedTruth, Window};
use crate::settings::recipes;
use crate::settings::{StationSettings, TriggerSettings};
use crate::station::part::JobId;
use crate::station::recipe::{Recipe, Recipes};
use crate::station::verdict::Disposition;
use std::net::SocketAddr;
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

struct NullLog;
impl crate::ports::log::ResultLog for NullLog {
    fn append(
        &mut self,
        _batch: &[crate::station::result::Record],
    ) -> Result<(), crate::ports::log::LogError> {
        Ok(())
    }
}
impl crate::ports::log::ImageStore for NullLog {
    fn save(
        &mut self,
        _p: &crate::ports::log::Picture<'_>,
    ) -> Result<(), crate::ports::log::LogError> {
        Ok(())
    }
}

/// Runs the station.
pub fn run(args: &RunArgs) -> Result<(), Error> {
    let mut settings = load_settings(&args.station)?;
    if let Some(listen) = args.listen {
        settings.listen = listen;
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let begun = clock.now();
    let runtime =
        models::runtime::init(None).map_err(|error| Error::new(ErrorKind::Model, error))?;
    let loaded =
        wiring::load(&settings).map_err(|problems| Error::all(ErrorKind::Settings, problems))?;
    let line = wiring::sim_line(&settings, &clock, first_part(&*clock))
        .map_err(|message| Error::new(ErrorKind::Settings, message))?;
    let cameras = wiring::cameras(&settings, line.as_ref(), &clock)
        .map_err(|problems| Error::all(ErrorKind::Device, problems))?;
    let shapes: Vec<_> = cameras.iter().map(|camera| camera.device.shape()).collect();
    let scorers = wiring::scorers(&settings, &loaded, &shapes, runtime, &clock)
        .map_err(|problems| Error::all(ErrorKind::Model, problems))?;
    let newest: Vec<Arc<Recipe>> = recipes::newest(&loaded.files)
        .into_iter()
        .map(|file| Arc::new(file.recipe.clone()))
        .collect();
    let classes = classes(&newest, &loaded);
    let window = Window::new();
    let oracle = line.clone().map(|line| -> Oracle {
        Box::new(move |part| {
            let truth = line.truth_of(part)?;
            Some(SimulatedTruth {
                is_defective: truth.is_defective,
                defect: truth.defect.map(|class| class.name().to_owned()),
            })
        })
    });
    let job = JobId(1);
    let plan = Plan {
        job,
        recipes: Recipes::new(newest.clone()),
        budget: settings.budget,
        default_style: match &settings.trigger {
            TriggerSettings::Camera { style, .. } => *style,
            TriggerSettings::Sim => None,
        },
        trigger: wiring::trigger(&settings, line.as_ref(), &clock),
        ejector: wiring::ejector(&settings),
        scorers,
        keep_one_pass_in: one_in(settings.images.keep_passes),
        log: Box::new(NullLog),
        audience: window.audience(classes.clone(), oracle, Box::new(say)),
        store: Box::new(NullLog),
        preview: window.preview(),
        clock: Arc::clone(&clock),
        cameras,
    };
    let info = info(&settings, job, &*clock, &shapes, classes);
    let (running, controls) = assemble(plan)
        .start(&clock)
        .map_err(|error| Error::new(ErrorKind::Internal, error))?;
    let handle = Arc::new(window.open(info, controls, newest, Arc::clone(&clock)));
    println!(
        "{}: job {} runs after {} ms; http://{}",
        settings.name,
        job.0,
        clock.now().since(begun).as_millis(),
        settings.listen
    );
    for _ in 0..20 {
        std::thread::sleep(Duration::from_secs(1));
        if running.has_ended() {
            break;
        }
    }
    running.stop();
    for stage in handle.stats().stages.all() {
        println!("{} {:?}", stage.name, stage.quantiles());
    }
    println!("{:?} {:?}", handle.stats().parts, handle.agreement());
    println!("{:?}", handle.alarms());
    running.join();
    Ok(())
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

fn classes(recipes: &[Arc<Recipe>], loaded: &wiring::Loaded) -> Vec<Vec<Vec<String>>> {
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
    classes: Vec<Vec<Vec<String>>>,
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
        budget: settings.budget,
        cameras,
        classes,
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
