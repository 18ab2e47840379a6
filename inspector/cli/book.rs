//! The recipes of a running station: what stands in the files, and how a new version is applied.

use super::wiring::{Loaded, camera_names};
use crate::http::{ApplyError, NewThresholds, RecipeBook};
use crate::pipeline::handle::Handle;
use crate::results::writer::{ConfigurationRow, RecipeRow, ViewRow, register_recipe};
use crate::settings::StationSettings;
use crate::settings::recipes::{self, RecipeFile};
use crate::station::recipe::Recipe;
use crate::station::verdict::{Score, Thresholds};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Applies new versions: file first, then log, then pipeline, so that no part is judged by a version
/// that is not on the disk.
pub struct Book {
    folder: PathBuf,
    data: PathBuf,
    cameras: Vec<String>,
    models: BTreeMap<String, ViewRow>,
    configurations: Vec<Option<ConfigurationRow>>,
    files: Mutex<Vec<RecipeFile>>,
    handle: Arc<Handle>,
}

fn model_rows(loaded: &Loaded) -> BTreeMap<String, ViewRow> {
    let rows = loaded.bundles.iter().filter_map(|(name, bundle)| {
        let (manifest, chosen) = (bundle.manifest(), loaded.chosen.get(name)?);
        let row = ViewRow {
            camera: String::new(),
            model: name.clone(),
            model_sha256: manifest.sha256.to_string(),
            task: manifest.task.name().to_owned(),
            provider: chosen.options.label(),
            acceptance: chosen.acceptance.clone(),
            classes: manifest.output.classes.clone(),
            configuration: None,
        };
        Some((name.clone(), row))
    });
    rows.collect()
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

impl Book {
    /// The recipes as loaded.
    pub fn new(settings: &StationSettings, loaded: &Loaded, handle: Arc<Handle>) -> Arc<Self> {
        Arc::new(Self {
            folder: settings.recipes.clone(),
            data: settings.data.clone(),
            cameras: camera_names(settings),
            models: model_rows(loaded),
            configurations: configuration_rows(loaded),
            files: Mutex::new(loaded.files.clone()),
            handle,
        })
    }
}

impl RecipeBook for Book {
    fn all(&self) -> Vec<Recipe> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.iter().map(|file| file.recipe.clone()).collect()
    }

    fn cameras(&self) -> &[String] {
        &self.cameras
    }

    fn apply(&self, new: &NewThresholds) -> Result<u32, ApplyError> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = files
            .iter()
            .filter(|file| file.recipe.style == new.style)
            .max_by_key(|file| file.recipe.version);
        let Some(newest) = newest else {
            return Err(ApplyError::NotFound);
        };
        if newest.recipe.version != new.based_on {
            return Err(ApplyError::Conflict {
                newest: newest.recipe.version,
            });
        }
        let mut recipe = newest.recipe.clone();
        recipe.version += 1;
        recipe.author = new.author.trim().to_owned();
        recipe.reason = new.reason.trim().to_owned();
        recipe.created_at = self.handle.wall();
        if recipe.author.is_empty() || recipe.reason.is_empty() {
            return Err(ApplyError::Invalid(
                "expected author and reason, found an empty one".to_owned(),
            ));
        }
        let thresholds = Score::new(new.accept_below)
            .zip(Score::new(new.reject_above))
            .and_then(|(accept, reject)| Thresholds::new(accept, reject));
        let (Some(thresholds), Some(view)) =
            (thresholds, recipe.views.get_mut(usize::from(new.view)))
        else {
            return Err(ApplyError::Invalid(format!(
                "expected 0 <= accept_below <= reject_above <= 1 and an existing view, found {} and \
                 {} for view {}",
                new.accept_below, new.reject_above, new.view
            )));
        };
        view.thresholds = thresholds;
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
        let (models, cameras) = (&self.models, &self.cameras);
        let row = row_of(models, cameras, &self.configurations, &recipe, &sha256);
        register_recipe(&self.data, self.handle.info().job, &row)
            .map_err(|error| failed(&error))?;
        let version = recipe.version;
        files.push(RecipeFile {
            recipe: recipe.clone(),
            sha256,
        });
        self.handle
            .use_recipe(Arc::new(recipe))
            .map_err(|_| ApplyError::Busy)?;
        Ok(version)
    }
}
