//! From checked settings to opened devices and warm models. Names adapters; decides nothing.

use crate::adapters::camera::absent::AbsentCamera;
use crate::adapters::camera::folder::FolderCamera;
use crate::adapters::camera::genicam;
use crate::adapters::camera::presence::PresenceCamera;
use crate::adapters::camera::sim::{SimCamera, SimLine};
use crate::adapters::camera::v4l2::V4l2Camera;
use crate::adapters::line::sim::{SimEjector, SimTriggerSource};
use crate::adapters::scoring::onnx::OnnxScorer;
use crate::clock::Clock;
use crate::control::loaded::Loaded;
use crate::control::recipes::sessions::Assignments;
use crate::error::{Error, ErrorKind};
use crate::pipeline::assembly::CameraPlan;
use crate::pipeline::scorers::Scorers;
use crate::ports::camera::{Camera, OpenError};
use crate::ports::line::{PartOutput, TriggerSource};
use crate::ports::scorer::Scorer;
use crate::settings::recipes;
use crate::settings::station::CameraSettings;
use crate::settings::{CameraKind, StationSettings, TriggerSettings};
use crate::station::frame::FrameShape;
use models::runtime::Runtime;
use std::sync::Arc;
use std::time::Duration;

/// The simulated line, where the settings use one.
pub fn sim_line(
    settings: &StationSettings,
    clock: &Arc<dyn Clock>,
    first_part: u64,
) -> Result<Option<Arc<SimLine>>, Error> {
    let uses_line = settings.trigger == TriggerSettings::Sim
        || settings
            .cameras
            .iter()
            .any(|camera| matches!(camera.kind, CameraKind::Sim { .. }));
    if !uses_line {
        return Ok(None);
    }
    let line = SimLine::new(settings.sim.clone(), clock.now(), first_part).map_err(|problems| {
        let lines = problems.iter().map(ToString::to_string).collect();
        Error::all(ErrorKind::Settings, lines)
    })?;
    // Drawing took its time; the first part comes after everything is warm.
    let start = clock.now() + Duration::from_millis(1_000);
    Ok(Some(line.restarted(start, first_part)))
}

/// Opens one camera.
pub fn camera_of(
    camera: &CameraSettings,
    line: Option<&Arc<SimLine>>,
    clock: &Arc<dyn Clock>,
) -> Result<Box<dyn Camera>, OpenError> {
    let clock = Arc::clone(clock);
    match (&camera.kind, line) {
        (CameraKind::Sim { view }, Some(line)) => {
            SimCamera::new(Arc::clone(line), *view, clock).map(|device| Box::new(device) as _)
        }
        (CameraKind::Sim { .. }, None) => Err(OpenError::NotFound {
            message: "there is no simulated line to look at".to_owned(),
        }),
        (CameraKind::Folder(folder), _) => {
            FolderCamera::open(folder.clone(), clock).map(|device| Box::new(device) as _)
        }
        (CameraKind::V4l2(v4l2), _) => {
            V4l2Camera::open(v4l2.clone(), clock).map(|device| Box::new(device) as _)
        }
        (CameraKind::Genicam(settings), _) => genicam::open((**settings).clone(), clock),
    }
}

/// What is done about a camera that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It is an error.
    Refused,
    /// It is awaited: gone until it answers. Its settings must say what its frames are.
    Awaited,
}

/// The shape that a camera's frames will have, where its settings say it.
fn shape_of(kind: &CameraKind) -> Option<FrameShape> {
    match kind {
        CameraKind::V4l2(v4l2) => v4l2.shape(),
        CameraKind::Genicam(genicam) => genicam.shape(),
        CameraKind::Sim { .. } | CameraKind::Folder(_) => None,
    }
}

/// In place of a camera that did not open, where that may change by itself.
///
/// # Errors
/// The same error, where it cannot be awaited, with what would have to be set.
fn awaited(
    camera: &CameraSettings,
    error: OpenError,
    clock: &Arc<dyn Clock>,
) -> Result<Box<dyn Camera>, OpenError> {
    let is_device = matches!(camera.kind, CameraKind::V4l2(_) | CameraKind::Genicam(_));
    if !is_device || matches!(error, OpenError::Unsupported { .. }) {
        return Err(error);
    }
    let Some(shape) = shape_of(&camera.kind) else {
        return Err(OpenError::NotFound {
            message: format!(
                "{error}; a station starts without a camera only where its settings say what its frames will be: width, \
                 height (genicam: region) and output"
            ),
        });
    };
    let (camera, clock) = (camera.clone(), Arc::clone(clock));
    let open = move || camera_of(&camera, None, &clock);
    Ok(Box::new(AbsentCamera::new(shape, &error, open)))
}

/// Opens every camera.
pub fn cameras(
    settings: &StationSettings,
    line: Option<&Arc<SimLine>>,
    clock: &Arc<dyn Clock>,
    missing: Missing,
) -> Result<Vec<CameraPlan>, Error> {
    let mut plans = Vec::new();
    let mut problems = Vec::new();
    for (index, camera) in settings.cameras.iter().enumerate() {
        let leads = matches!(settings.trigger,
            TriggerSettings::Camera { camera, .. } if camera == index);
        let gated = camera.presence.clone().filter(|_| leads);
        let device = camera_of(camera, line, clock).or_else(|error| match missing {
            Missing::Refused => Err(error),
            Missing::Awaited => awaited(camera, error, clock),
        });
        let device = device.and_then(|device| match gated {
            Some(presence) => {
                PresenceCamera::new(device, presence, Arc::clone(clock)).map(|it| Box::new(it) as _)
            }
            None => Ok(device),
        });
        match device {
            Ok(device) => plans.push(CameraPlan {
                name: camera.name.clone(),
                device,
                leads,
            }),
            Err(error) => {
                let message = format!("camera {:?}: {error}", camera.name);
                problems.push(Error::new(ErrorKind::Device, message));
            }
        }
    }
    Error::none_of(problems, plans)
}

/// One warm scorer per inspect thread, recipe and view, in the order of the newest recipes, and how much of
/// each model its provider runs.
pub fn scorers(
    settings: &StationSettings,
    loaded: &Loaded,
    shapes: &[FrameShape],
    runtime: &Runtime,
    clock: &Arc<dyn Clock>,
) -> Result<(Vec<Scorers>, Assignments), Error> {
    let mut threads = Vec::new();
    let mut assignments = Assignments::new();
    let mut problems = Vec::new();
    // Regions and corrections are small; threads of OpenCV's own would take the cores from the model.
    calibration::use_one_opencv_thread()?;
    for _ in 0..settings.inspect.threads {
        let mut recipes = Vec::new();
        for file in recipes::newest(&loaded.files) {
            let mut views: Vec<Box<dyn Scorer>> = Vec::new();
            for view in &file.recipe.views {
                let camera = usize::from(view.camera);
                let configuration = loaded.configurations[camera].as_ref();
                let scorer = OnnxScorer::new(
                    runtime,
                    &loaded.bundles[&view.model],
                    &loaded.chosen[&view.model].options,
                    shapes[camera],
                    (
                        configuration.map(|(configuration, _)| configuration),
                        Some(&view.place),
                    ),
                    Arc::clone(clock),
                );
                match scorer {
                    Ok(scorer) => {
                        assignments.insert(view.model.clone(), scorer.assignment().clone());
                        views.push(Box::new(scorer));
                    }
                    Err(error) => problems.push(Error::from(error).of(format_args!(
                        "recipe {} version {}, view {}, model {}",
                        file.recipe.style, file.recipe.version, view.name, view.model
                    ))),
                }
            }
            recipes.push(views);
        }
        threads.push(recipes);
    }
    Error::none_of(problems, (threads, assignments))
}

/// The trigger source, unless a camera leads.
pub fn trigger(
    settings: &StationSettings,
    line: Option<&Arc<SimLine>>,
    clock: &Arc<dyn Clock>,
) -> Option<Box<dyn TriggerSource>> {
    match (&settings.trigger, line) {
        (TriggerSettings::Sim, Some(line)) => {
            let line = Arc::clone(line);
            let plan = move |part| Some(line.arrival(part));
            Some(Box::new(SimTriggerSource::new(plan, Arc::clone(clock))))
        }
        _ => None,
    }
}

/// The simulated line's output.
pub fn sim_ejector() -> Box<dyn PartOutput> {
    Box::new(SimEjector::new())
}
