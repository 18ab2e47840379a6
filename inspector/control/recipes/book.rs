//! The recipes of a running station: what stands in the files, and how a new version is applied.

use super::requests::{ApplyError, NewThresholds, NewUse};
use super::sessions;
use super::workshop::Workshop;
use crate::control::handle::Handle;
use crate::control::loaded::{Loaded, camera_names};
use crate::pipeline::entrance::{ModelInfo, NewModel, UseError};
use crate::ports::journal::Entry;
use crate::ports::scorer::Scorer;
use crate::results::writer::{ConfigurationRow, RecipeRow, ViewRow, Writer};
use crate::settings::StationSettings;
use crate::settings::recipes::{self, RecipeFile};
use crate::station::part::Style;
use crate::station::recipe::{Recipe, RecipeView};
use crate::station::verdict::{Score, Thresholds};
use crate::telemetry::catalogue::Code;
use arrayvec::ArrayVec;
use models::{Assignment, Bundle};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Applies new versions: file first, then log, then pipeline, so that no part is judged by a version
/// that is not on the disk.
pub struct RecipeBook {
    folder: PathBuf,
    pub(super) data: PathBuf,
    cameras: Vec<String>,
    models: Mutex<BTreeMap<String, ViewRow>>,
    configurations: Vec<Option<ConfigurationRow>>,
    pub(super) files: Mutex<Vec<RecipeFile>>,
    handle: Arc<Handle>,
    workshop: Arc<Workshop>,
    writer: Writer,
}

/// A model that was loaded behind a camera, and what the log records of it.
pub(super) struct LoadedModel {
    scorers: Vec<Box<dyn Scorer>>,
    info: ModelInfo,
    row: ViewRow,
}

fn model_rows(loaded: &Loaded) -> BTreeMap<String, ViewRow> {
    let rows = loaded.bundles.iter().filter_map(|(name, bundle)| {
        let chosen = loaded.chosen.get(name)?;
        let (provider, acceptance) = (chosen.options.label(), chosen.acceptance.clone());
        Some((name.clone(), model_row(name, bundle, provider, acceptance)))
    });
    rows.collect()
}

fn model_row(name: &str, bundle: &Bundle, provider: String, acceptance: String) -> ViewRow {
    let manifest = bundle.manifest();
    ViewRow {
        camera: String::new(),
        model: name.to_owned(),
        model_sha256: manifest.sha256.clone(),
        task: manifest.task.name().to_owned(),
        provider,
        acceptance,
        classes: manifest.output.classes.clone(),
        configuration: None,
    }
}

fn configuration_rows(loaded: &Loaded) -> Vec<Option<ConfigurationRow>> {
    let row = |(configuration, sha256): &(calibration::Configuration, String)| {
        let evidence = configuration.evidence.as_ref();
        ConfigurationRow {
            sha256: sha256.clone(),
            mm_per_px: evidence.map(|evidence| evidence.mm_per_px),
            reprojection_error_px: evidence.map(|evidence| evidence.reprojection_error_px),
        }
    };
    let all = loaded.configurations.iter();
    all.map(|found| found.as_ref().map(row)).collect()
}

fn row_of(
    models: &BTreeMap<String, ViewRow>,
    cameras: &[String],
    configurations: &[Option<ConfigurationRow>],
    recipe: &Recipe,
    sha256: &str,
) -> RecipeRow {
    let views = recipe.views.iter().filter_map(|view| {
        let camera = usize::from(view.camera);
        Some(ViewRow {
            camera: cameras.get(camera)?.clone(),
            configuration: configurations.get(camera)?.clone(),
            ..models.get(&view.model)?.clone()
        })
    });
    RecipeRow {
        recipe: recipe.clone(),
        sha256: sha256.to_owned(),
        views: views.collect(),
    }
}

/// What the log records of a recipe version.
pub fn recipe_row(
    settings: &StationSettings,
    loaded: &Loaded,
    recipe: &Recipe,
    sha256: &str,
) -> RecipeRow {
    let (models, cameras) = (model_rows(loaded), camera_names(settings));
    row_of(
        &models,
        &cameras,
        &configuration_rows(loaded),
        recipe,
        sha256,
    )
}

impl RecipeBook {
    /// The recipes as loaded.
    pub fn new(
        settings: &StationSettings,
        loaded: &Loaded,
        handle: Arc<Handle>,
        workshop: Arc<Workshop>,
        writer: Writer,
    ) -> Arc<Self> {
        Arc::new(Self {
            folder: settings.recipes.clone(),
            data: settings.data.clone(),
            cameras: camera_names(settings),
            models: Mutex::new(model_rows(loaded)),
            configurations: configuration_rows(loaded),
            files: Mutex::new(loaded.files.clone()),
            handle,
            workshop,
            writer,
        })
    }

    /// The newest version of a style, if it is the one that the new one was thought out on; 0 for none.
    pub(super) fn newest(
        files: &[RecipeFile],
        style: Style,
        based_on: u32,
    ) -> Result<Option<&Recipe>, ApplyError> {
        let of_style = files.iter().map(|file| &file.recipe);
        let newest = of_style
            .filter(|recipe| recipe.style == style)
            .max_by_key(|recipe| recipe.version);
        let version = newest.map_or(0, |recipe| recipe.version);
        if version != based_on {
            return Err(ApplyError::Conflict { newest: version });
        }
        Ok(newest)
    }

    /// File first, then log, then pipeline.
    pub(super) fn publish(
        &self,
        files: &mut Vec<RecipeFile>,
        mut recipe: Recipe,
        (author, reason): (&str, &str),
        models: Vec<NewModel>,
    ) -> Result<u32, ApplyError> {
        recipe.version += 1;
        recipe.author = author.trim().to_owned();
        recipe.reason = reason.trim().to_owned();
        recipe.created_at = self.handle.wall();
        if recipe.author.is_empty() || recipe.reason.is_empty() {
            return Err(ApplyError::Invalid(
                "expected author and reason, found an empty one".to_owned(),
            ));
        }
        let failed = |error: &dyn std::fmt::Display| ApplyError::Storage(error.to_string());
        let sha256 = match recipes::write(&self.folder, &recipe, &self.cameras) {
            Ok(sha256) => sha256,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(ApplyError::Conflict {
                    newest: recipe.version,
                });
            }
            Err(error) => return Err(failed(&error)),
        };
        let known = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        let row = row_of(
            &known,
            &self.cameras,
            &self.configurations,
            &recipe,
            &sha256,
        );
        drop(known);
        let entry = Entry {
            subject: recipe.style.to_string(),
            actor: recipe.author.clone(),
            message: recipe.reason.clone(),
            ..Entry::of_station(recipe.created_at, Code::RecipeApplied)
        };
        self.writer
            .register_recipe(row, entry)
            .map_err(|error| failed(&error))?;
        let version = recipe.version;
        files.push(RecipeFile {
            recipe: recipe.clone(),
            sha256,
        });
        let used = self.handle.use_recipe(Arc::new(recipe), models);
        used.map_err(|error| match error {
            UseError::Busy => ApplyError::Busy,
            // The job runs something else than the files say.
            UseError::NotNewer | UseError::NoModel => ApplyError::Busy,
        })?;
        Ok(version)
    }
}

impl RecipeBook {
    /// Loads a model behind a camera, which takes seconds: nobody else needs to wait for it.
    pub(super) fn loaded(&self, name: &str, camera: u8) -> Result<LoadedModel, ApplyError> {
        let load = || {
            let bundle = self.workshop.bundle(name)?;
            let chosen = self.workshop.choose(&bundle)?;
            let mut assignment = Assignment::default();
            let mut scorers: Vec<Box<dyn Scorer>> = Vec::new();
            for _ in 0..self.handle.inspect_threads() {
                let scorer = self.workshop.scorer_of(&bundle, &chosen.options, camera)?;
                assignment = scorer.assignment().clone();
                scorers.push(Box::new(scorer));
            }
            let info = sessions::info(name, &bundle, &chosen, &assignment);
            let row = model_row(name, &bundle, chosen.options.label(), chosen.acceptance);
            Ok(LoadedModel { scorers, info, row })
        };
        load().map_err(ApplyError::Invalid)
    }

    /// Makes a loaded model known, for a view of the version that is about to come.
    pub(super) fn announced(&self, loaded: LoadedModel, view: u8) -> Result<NewModel, ApplyError> {
        let LoadedModel { scorers, info, row } = loaded;
        let (name, classes) = (row.model.clone(), row.classes.clone());
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        let known = models.get(&name);
        if known.is_some_and(|known| known.model_sha256 != row.model_sha256) {
            return Err(ApplyError::Invalid(format!(
                "model {name:?}: this run knows another one of this name; restart the station, or teach \
                 under another name"
            )));
        }
        models.insert(name, row);
        Ok(NewModel {
            view,
            info,
            scorers,
            classes,
        })
    }

    /// SHA-256 of a model that this run has loaded, in hex.
    pub(super) fn known_sha256(&self, name: &str) -> Option<String> {
        let models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        models.get(name).map(|row| row.model_sha256.clone())
    }
}

impl LoadedModel {
    pub(super) fn sha256(&self) -> &str {
        &self.row.model_sha256
    }
}

fn thresholds(accept_below: f32, reject_above: f32) -> Result<Thresholds, ApplyError> {
    let thresholds = Score::new(accept_below)
        .zip(Score::new(reject_above))
        .and_then(|(accept, reject)| Thresholds::new(accept, reject));
    thresholds.ok_or_else(|| {
        ApplyError::Invalid(format!(
            "expected 0 <= accept_below <= reject_above <= 1, found {accept_below} and {reject_above}"
        ))
    })
}

impl RecipeBook {
    /// Every version of every style, oldest first.
    pub fn all(&self) -> Vec<Recipe> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.iter().map(|file| file.recipe.clone()).collect()
    }

    /// Names of the station's cameras, in order.
    pub fn cameras(&self) -> &[String] {
        &self.cameras
    }

    /// Makes a new version and judges parts by it from the next trigger on. Returns its number.
    ///
    /// # Errors
    /// See [`ApplyError`]; nothing has changed then, but for `Busy`.
    pub fn apply(&self, new: &NewThresholds) -> Result<u32, ApplyError> {
        let thresholds = thresholds(new.accept_below, new.reject_above)?;
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if !files.iter().any(|file| file.recipe.style == new.style) {
            return Err(ApplyError::NotFound);
        }
        let Some(newest) = Self::newest(&files, new.style, new.based_on)? else {
            return Err(ApplyError::NotFound);
        };
        let mut recipe = newest.clone();
        let Some(view) = recipe.views.get_mut(usize::from(new.view)) else {
            return Err(ApplyError::Invalid(format!(
                "expected an existing view, found number {}",
                new.view
            )));
        };
        view.thresholds = thresholds;
        self.publish(&mut files, recipe, (&new.author, &new.reason), Vec::new())
    }

    /// The same with another model, which is loaded while the station runs.
    ///
    /// # Errors
    /// As [`RecipeBook::apply`].
    pub fn use_model(&self, new: &NewUse) -> Result<u32, ApplyError> {
        let thresholds = thresholds(new.accept_below, new.reject_above)?;
        let camera = self.cameras.iter().position(|name| *name == new.camera);
        let Some(camera) = camera.and_then(|index| u8::try_from(index).ok()) else {
            return Err(ApplyError::Invalid(format!(
                "expected camera to be one of {:?}, found {:?}",
                self.cameras, new.camera
            )));
        };
        let loaded = self.loaded(&new.model, camera)?;
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = Self::newest(&files, new.style, new.based_on)?;
        let mut recipe = newest.cloned().unwrap_or_else(|| Recipe {
            style: new.style,
            version: 0,
            author: String::new(),
            reason: String::new(),
            created_at: self.handle.wall(),
            views: ArrayVec::new(),
        });
        let used = RecipeView {
            name: new.camera.clone(),
            camera,
            model: new.model.clone(),
            thresholds,
        };
        let view = recipe.view_of(camera).unwrap_or(recipe.views.len() as u8);
        match recipe.views.get_mut(usize::from(view)) {
            Some(old) => {
                *old = RecipeView {
                    name: old.name.clone(),
                    ..used
                }
            }
            // As many views as cameras are allowed, and each looks through another one.
            None => recipe.views.push(used),
        }
        let model = self.announced(loaded, view)?;
        self.publish(&mut files, recipe, (&new.author, &new.reason), vec![model])
    }
}
