//! What is measured, loaded: bundles by themselves, or the recipes of a station's settings as that station runs
//! them.

use crate::bench::case;
use crate::bench::plan::Defaults;
use crate::cli::{load_settings_of, wiring};
use crate::clock::{Clock, SystemClock};
use crate::control::loaded::{self, Loaded};
use crate::control::recipes::sessions;
use crate::error::{Error, ErrorKind};
use crate::settings::StationSettings;
use crate::settings::recipes::{self, RecipeFile};
use crate::station::budget::CycleBudget;
use crate::station::frame::{FrameShape, PixelFormat};
use crate::station::place::ViewPlace;
use crate::station::recipe::RecipeView;
use crate::station::verdict::Thresholds;
use calibration::Configuration;
use models::runtime::Runtime;
use models::{Bundle, Channels, SessionOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything that a call measures.
pub enum Measured {
    /// Bundles by themselves, with images of any size, run in any way.
    Bundles {
        /// All of them.
        bundles: Vec<Arc<Bundle>>,
        /// Limits of every verdict.
        thresholds: Thresholds,
    },
    /// What a station does.
    Station(Station),
}

/// What the settings of a station say.
pub struct Station {
    /// How it is called.
    pub name: String,
    /// The newest version of each style that is asked for.
    pub recipes: Vec<Arc<Subject>>,
    /// The station's times and limits.
    pub budget: CycleBudget,
    /// What rows leave open.
    pub defaults: Defaults,
}

/// A bundle by itself, or a recipe as its station runs it.
pub struct Subject {
    /// Name of the bundle, or the recipe's style.
    pub name: String,
    /// Of the recipe.
    pub version: Option<u32>,
    /// One after another; one of a bundle.
    pub views: Vec<View>,
}

/// A camera's images, and the model that scores them.
#[derive(Clone)]
pub struct View {
    /// Name of the camera; none where a bundle is measured by itself.
    pub camera: Option<String>,
    /// The model that is measured.
    pub bundle: Arc<Bundle>,
    /// How it runs.
    pub options: SessionOptions,
    /// Of every image.
    pub shape: FrameShape,
    /// Limits of the verdict.
    pub thresholds: Thresholds,
    /// What the camera was calibrated to.
    pub configured: Option<Arc<Configured>>,
    /// Where the recipe looks; images of a bundle by itself are what it sees already.
    pub place: Option<ViewPlace>,
}

/// A camera's configuration.
pub struct Configured {
    /// What the camera was calibrated to.
    pub configuration: Configuration,
    /// SHA-256 of its file, in hex.
    pub sha256: String,
    /// Where its file lies.
    pub folder: PathBuf,
}

impl Subject {
    /// A bundle by itself.
    pub fn of_bundle(
        bundle: &Arc<Bundle>,
        options: &SessionOptions,
        [width, height]: [u32; 2],
        thresholds: Thresholds,
    ) -> Self {
        let pixel_format = match bundle.manifest().input.channels {
            Channels::Rgb => PixelFormat::Rgb8,
            Channels::Mono => PixelFormat::Mono8,
        };
        let view = View {
            camera: None,
            bundle: Arc::clone(bundle),
            options: options.clone(),
            shape: FrameShape {
                width,
                height,
                pixel_format,
            },
            thresholds,
            configured: None,
            place: None,
        };
        Self {
            name: bundle.manifest().name.clone(),
            version: None,
            views: vec![view],
        }
    }

    /// The same in real time, or with a normal priority.
    pub fn at(&self, real_time: bool) -> Self {
        let mut views = self.views.clone();
        for view in &mut views {
            view.options.real_time = real_time;
        }
        Self {
            name: self.name.clone(),
            version: self.version,
            views,
        }
    }

    /// For the report.
    pub fn told(&self) -> case::Subject {
        case::Subject {
            name: self.name.clone(),
            version: self.version,
            views: self.views.iter().map(View::told).collect(),
        }
    }
}

impl View {
    /// What the camera was calibrated to.
    pub fn configuration(&self) -> Option<&Configuration> {
        self.configured.as_ref().map(|found| &found.configuration)
    }

    fn told(&self) -> case::SubjectView {
        let (manifest, device) = (self.bundle.manifest(), self.options.provider.device());
        case::SubjectView {
            camera: self.camera.clone(),
            model: manifest.name.clone(),
            model_sha256: manifest.sha256.clone(),
            provider: self.options.provider.key().to_owned(),
            device: if device.is_empty() {
                "cpu".to_owned()
            } else {
                device.to_lowercase()
            },
            precision: self.options.precision.name().to_owned(),
            threads: self.options.threads,
            image: [self.shape.width, self.shape.height],
            pixel_format: self.shape.pixel_format.name().to_owned(),
            configuration_sha256: self.configured.as_ref().map(|found| found.sha256.clone()),
        }
    }
}

/// The recipes of a station's settings, of these styles where any are named.
///
/// # Errors
/// Everything for which the station would not start, and a style that it does not have.
pub fn of_station(file: &Path, styles: &[String], runtime: &Runtime) -> Result<Station, Error> {
    let settings = load_settings_of(file)?;
    let mut loaded = loaded::load(&settings)?;
    if loaded.files.is_empty() {
        let message = format!(
            "{}: no recipe found, so there is nothing to measure; expected files <style>/<version>.toml, as bracket/1.toml",
            settings.recipes.display()
        );
        return Err(Error::new(ErrorKind::Settings, message));
    }
    let newest = recipes::newest(&loaded.files);
    let known: Vec<&str> = newest.iter().map(|one| one.recipe.style.as_str()).collect();
    if let Some(style) = styles.iter().find(|style| !known.contains(&style.as_str())) {
        let known = known.join(", ");
        return Err(Error::new(
            ErrorKind::Settings,
            format!("--style: expected one of {known}, found {style:?}"),
        ));
    }
    sessions::settle(&settings, &mut loaded, runtime)?;
    let shapes = shapes(&settings)?;
    let is_asked = |file: &&RecipeFile| {
        let style = file.recipe.style.as_str();
        styles.is_empty() || styles.iter().any(|asked| asked == style)
    };
    let asked = recipes::newest(&loaded.files).into_iter().filter(is_asked);
    let asked: Vec<RecipeFile> = asked.cloned().collect();
    let views = Views::new(&settings, loaded, &shapes);
    let subject = |file: &RecipeFile| {
        Arc::new(Subject {
            name: file.recipe.style.to_string(),
            version: Some(file.recipe.version),
            views: file
                .recipe
                .views
                .iter()
                .map(|view| views.of(view))
                .collect(),
        })
    };
    // Settings have whole milliseconds.
    let millis = |time: std::time::Duration| time.as_millis() as f64;
    Ok(Station {
        name: settings.name,
        recipes: asked.iter().map(subject).collect(),
        budget: settings.budget,
        defaults: Defaults {
            takt_ms: millis(settings.budget.pitch_min()),
            budget_ms: Some(millis(settings.budget.decide_by())),
            workers: settings.inspect.threads,
            real_time: settings.inspect.is_real_time(),
            keep_warm_ms: settings.inspect.keep_warm.as_millis() as u64,
        },
    })
}

/// Frames of every camera, which is opened for that.
fn shapes(settings: &StationSettings) -> Result<Vec<FrameShape>, Error> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let line = wiring::sim_line(settings, &clock, 0)?;
    let cameras = wiring::cameras(settings, line.as_ref(), &clock, wiring::Missing::Refused)?;
    Ok(cameras.iter().map(|camera| camera.device.shape()).collect())
}

/// What views of recipes are made of.
struct Views {
    /// With how each runs, by the name that recipes give it.
    models: std::collections::BTreeMap<String, (Arc<Bundle>, SessionOptions)>,
    /// Of each camera, in order.
    cameras: Vec<(String, FrameShape, Option<Arc<Configured>>)>,
}

impl Views {
    fn new(settings: &StationSettings, loaded: Loaded, shapes: &[FrameShape]) -> Self {
        let chosen = loaded.chosen;
        let models = loaded.bundles.into_iter().map(|(name, bundle)| {
            let options = chosen[&name].options.clone();
            (name, (Arc::new(bundle), options))
        });
        let cameras = settings
            .cameras
            .iter()
            .zip(shapes)
            .zip(loaded.configurations);
        let cameras = cameras.map(|((camera, shape), found)| {
            let configured = found.map(|(configuration, sha256)| {
                Arc::new(Configured {
                    configuration,
                    sha256,
                    folder: settings.configuration.clone(),
                })
            });
            (camera.name.clone(), *shape, configured)
        });
        Self {
            models: models.collect(),
            cameras: cameras.collect(),
        }
    }

    fn of(&self, view: &RecipeView) -> View {
        let (camera, shape, configured) = &self.cameras[usize::from(view.camera)];
        let (bundle, options) = &self.models[&view.model];
        View {
            camera: Some(camera.clone()),
            bundle: Arc::clone(bundle),
            options: options.clone(),
            shape: *shape,
            thresholds: view.thresholds,
            configured: configured.clone(),
            place: Some(view.place.clone()),
        }
    }
}
