//! Every version of every recipe, and the models that versions of this job run: the one place in memory where they are.
//! What is in use, which models are loaded, what a class is called and what the log records is told from here.

use super::kept::{KeptModel, KeptModels};
use super::sessions::{self, Assignments, Chosen, ModelInfo};
use crate::control::loaded::{Loaded, camera_names};

use crate::results::writer::{ConfigurationRow, RecipeRow, ViewRow};
use crate::settings::StationSettings;
use crate::settings::recipes::newest;
use crate::station::lane::Lanes;
use crate::station::part::Style;
use crate::station::recipe::Recipe;
use models::{Assignment, Bundle};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A model as this job runs it.
#[derive(Clone, Debug)]
pub struct RunningModel {
    /// How it runs.
    pub info: ModelInfo,
    /// SHA-256 of its graph, in hex.
    pub sha256: String,
    /// As in model.toml: `segment`, `anomaly-map`.
    task: String,
    /// The provider as the log has it.
    provider: String,
    /// Names of its classes, in its own order.
    pub classes: Vec<String>,
}

impl RunningModel {
    pub(super) fn new(
        name: &str,
        bundle: &Bundle,
        chosen: &Chosen,
        assignment: &Assignment,
    ) -> Self {
        let manifest = bundle.manifest();
        Self {
            info: sessions::info(name, bundle, chosen, assignment),
            sha256: manifest.sha256.clone(),
            task: manifest.task.name().to_owned(),
            provider: chosen.options.label(),
            classes: manifest.output.classes.clone(),
        }
    }
}

/// One version of a recipe.
#[derive(Clone, Debug)]
pub(super) struct Version {
    /// Parts on their way hold it too; it stays here, so that no stage ever frees one.
    pub(super) recipe: Arc<Recipe>,
    /// By view; empty for versions from before this job, which ran other sessions.
    pub(super) models: Vec<Arc<RunningModel>>,
}

/// What calibration says of each camera.
#[derive(Clone, Debug)]
pub(super) struct Cameras {
    names: Vec<String>,
    configurations: Vec<Option<ConfigurationRow>>,
}

impl Cameras {
    /// What the log records of a version.
    pub(super) fn row(&self, version: &Version, sha256: &str) -> RecipeRow {
        let views = version.recipe.views.iter().zip(&version.models);
        let views = views.filter_map(|(view, model)| {
            let camera = usize::from(view.camera);
            Some(ViewRow {
                camera: self.names.get(camera)?.clone(),
                model: view.model.clone(),
                model_sha256: model.sha256.clone(),
                task: model.task.clone(),
                provider: model.provider.clone(),
                acceptance: model.info.acceptance.clone(),
                classes: model.classes.clone(),
                configuration: self.configurations.get(camera)?.clone(),
            })
        });
        RecipeRow {
            recipe: Recipe::clone(&version.recipe),
            sha256: sha256.to_owned(),
            views: views.collect(),
        }
    }
}

struct OfStyle {
    style: Style,
    /// Oldest first; the last is in use.
    versions: Vec<Version>,
}

/// See the module. The lock is held for moments only, and never by what decides.
pub struct Versions {
    pub(super) cameras: Cameras,
    pub(super) lanes: Lanes,
    /// In the order of the job's recipes, which results name by index.
    styles: Mutex<Vec<OfStyle>>,
}

impl Versions {
    /// As loaded, with how the models of the newest versions run.
    pub fn of(settings: &StationSettings, loaded: &Loaded, assignments: &Assignments) -> Arc<Self> {
        let newest = newest(&loaded.files);
        let model = |name: &String| {
            let assignment = assignments.get(name).cloned().unwrap_or_default();
            let (bundle, chosen) = (&loaded.bundles[name], &loaded.chosen[name]);
            Arc::new(RunningModel::new(name, bundle, chosen, &assignment))
        };
        let styles = newest.iter().map(|newest| {
            let style = newest.recipe.style;
            let of_style = loaded
                .files
                .iter()
                .filter(|file| file.recipe.style == style);
            let versions = of_style.map(|file| Version {
                recipe: Arc::new(file.recipe.clone()),
                models: match file.recipe.version == newest.recipe.version {
                    true => file
                        .recipe
                        .views
                        .iter()
                        .map(|view| model(&view.model))
                        .collect(),
                    false => Vec::new(),
                },
            });
            OfStyle {
                style,
                versions: versions.collect(),
            }
        });
        Arc::new(Self {
            cameras: Cameras {
                names: camera_names(settings),
                configurations: configuration_rows(loaded),
            },
            lanes: settings.line.lanes.clone(),
            styles: Mutex::new(styles.collect()),
        })
    }

    /// What the log records of the versions that the job begins with.
    pub fn rows(&self, loaded: &Loaded) -> Vec<RecipeRow> {
        let styles = self.lock();
        let newest = newest(&loaded.files).into_iter().zip(&*styles);
        let rows = newest.filter_map(|(file, of_style)| {
            let version = of_style.versions.last()?;
            Some(self.cameras.row(version, &file.sha256))
        });
        rows.collect()
    }

    /// Whether no style has a version.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// The versions in use, in the order of the job's recipes.
    pub fn in_use(&self) -> Vec<Arc<Recipe>> {
        let styles = self.lock();
        let newest = styles
            .iter()
            .filter_map(|of_style| of_style.versions.last());
        newest.map(|version| Arc::clone(&version.recipe)).collect()
    }

    /// Every version of every style, oldest first.
    pub fn all(&self) -> Vec<Arc<Recipe>> {
        let styles = self.lock();
        let versions = styles.iter().flat_map(|of_style| &of_style.versions);
        versions
            .map(|version| Arc::clone(&version.recipe))
            .collect()
    }

    /// Names of the station's cameras, in order.
    pub fn cameras(&self) -> &[String] {
        &self.cameras.names
    }

    /// The models that are loaded, by name.
    pub fn models(&self) -> Vec<KeptModel> {
        let mut kept = KeptModels::default();
        for (index, of_style) in (0..).zip(&*self.lock()) {
            let mut before: Option<&Version> = None;
            for version in of_style
                .versions
                .iter()
                .filter(|version| !version.models.is_empty())
            {
                let views = (0..).zip(&version.models);
                let brought = views.filter(|(view, model)| {
                    let old = before.and_then(|before| before.models.get(usize::from(*view)));
                    !old.is_some_and(|old| Arc::ptr_eq(old, model))
                });
                let brought = brought.map(|(view, model): (u8, _)| (view, model.info.clone()));
                let number = before.map(|before| before.recipe.version);
                kept.bring(index, number, &version.recipe, brought.collect());
                before = Some(version);
            }
        }
        kept.all()
    }

    /// What a class of the model is called that judged parts of this version.
    pub fn class(&self, recipe: u16, version: u32, view: u8, class: u16) -> Option<String> {
        let styles = self.lock();
        let versions = &styles.get(usize::from(recipe))?.versions;
        let judged_by = versions
            .iter()
            .rev()
            .find(|known| known.recipe.version == version)?;
        let model = judged_by.models.get(usize::from(view))?;
        model.classes.get(usize::from(class)).cloned()
    }

    /// The newest version of a style, and its place among the job's recipes.
    pub(super) fn newest(&self, style: Style) -> Option<Version> {
        let styles = self.lock();
        let of_style = styles.iter().find(|of_style| of_style.style == style)?;
        of_style.versions.last().cloned()
    }

    /// One version of a style.
    pub(super) fn version(&self, style: Style, version: u32) -> Option<Arc<Recipe>> {
        let styles = self.lock();
        let of_style = styles.iter().find(|of_style| of_style.style == style)?;
        let mut versions = of_style.versions.iter();
        let found = versions.find(|known| known.recipe.version == version)?;
        Some(Arc::clone(&found.recipe))
    }

    /// SHA-256 of a model of this name that this job runs or ran.
    pub(super) fn sha256_of(&self, model: &str) -> Option<String> {
        let styles = self.lock();
        let versions = styles.iter().flat_map(|of_style| &of_style.versions);
        let mut models = versions.flat_map(|version| &version.models);
        let found = models.find(|known| known.info.name == model)?;
        Some(found.sha256.clone())
    }

    /// Takes a version into use, and gives its style's place among the job's recipes.
    pub(super) fn push(&self, version: Version) -> usize {
        let mut styles = self.lock();
        let style = version.recipe.style;
        match styles.iter().position(|of_style| of_style.style == style) {
            Some(place) => {
                styles[place].versions.push(version);
                place
            }
            None => {
                styles.push(OfStyle {
                    style,
                    versions: vec![version],
                });
                styles.len() - 1
            }
        }
    }

    /// How many recipes the job has.
    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<OfStyle>> {
        // A thread that died holding it leaves whole versions: each is pushed in one step.
        self.styles.lock().unwrap_or_else(PoisonError::into_inner)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::station::recipe::RecipeView;
    use crate::station::time::WallTime;
    use crate::station::verdict::{Score, Thresholds};

    fn version(number: u32, models: &[&Arc<RunningModel>]) -> Version {
        let half = Score::new(0.5).expect("a score");
        let view = |(camera, model): (u8, &&Arc<RunningModel>)| RecipeView {
            name: format!("view {camera}"),
            camera,
            model: model.info.name.clone(),
            thresholds: Thresholds::new(half, half).expect("in order"),
            place: Default::default(),
        };
        Version {
            recipe: Arc::new(Recipe {
                style: Style::new("cap").expect("a style"),
                version: number,
                author: String::new(),
                reason: String::new(),
                created_at: WallTime(0),
                rules: Default::default(),
                views: (0..).zip(models).map(view).collect(),
            }),
            models: models.iter().map(|model| Arc::clone(model)).collect(),
        }
    }

    fn model(name: &str, classes: &[&str]) -> Arc<RunningModel> {
        Arc::new(RunningModel {
            info: ModelInfo {
                name: name.to_owned(),
                ..ModelInfo::default()
            },
            sha256: name.repeat(64),
            task: "segment".to_owned(),
            provider: "cpu".to_owned(),
            classes: classes.iter().map(|class| (*class).to_owned()).collect(),
        })
    }

    #[test]
    fn a_class_is_named_by_the_model_of_its_version_and_a_model_is_shown_from_there_on() {
        let versions = Versions {
            cameras: Cameras {
                names: Vec::new(),
                configurations: Vec::new(),
            },
            lanes: Lanes::two(),
            styles: Mutex::default(),
        };
        let (old, new) = (model("m", &["dent", "crack"]), model("n", &["anomaly"]));
        assert_eq!(versions.push(version(2, &[&old])), 0);
        versions.push(version(3, &[&new]));
        versions.push(version(5, &[&new]));
        let class = |version, class| versions.class(0, version, 0, class);
        assert_eq!(class(2, 1).as_deref(), Some("crack"));
        assert_eq!(class(5, 0).as_deref(), Some("anomaly"));
        assert_eq!(
            (class(3, 1), class(4, 0), versions.class(1, 2, 0, 0)),
            (None, None, None)
        );
        let used: Vec<(String, u32, Option<u32>)> = versions
            .models()
            .into_iter()
            .map(|kept| {
                let used = &kept.used_by[0];
                (kept.info.name, used.from_version, used.to_version)
            })
            .collect();
        assert_eq!(
            used,
            [("m".to_owned(), 2, Some(2)), ("n".to_owned(), 3, None)]
        );
        assert_eq!(versions.in_use()[0].version, 5);
        assert_eq!(versions.sha256_of("m").map(|sha256| sha256.len()), Some(64));
    }
}
