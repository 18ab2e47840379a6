//! New versions of recipes at a running station. A version is all or nothing: its file, its row in the log and the
//! pipeline that judges by it, whatever fails and whenever the station is killed.
//!
//! The commit of the log decides. Before it, the file lies durable under a name that nobody loads (`5.tmp`), and the
//! pipeline was seen to have room; after it nothing is given up any more: a file that cannot be renamed yet is renamed by
//! the next start ([`super::unfinished`]), which knows by the log that it belongs there.

use super::loader::ModelLoader;
use super::requests::{ApplyError, NewThresholds, NewUse};
use super::versions::{RunningModel, Version, Versions};
use crate::clock::Clock;
use crate::control::recipes::kept::KeptModel;
use crate::error::Error;
use crate::pipeline::announce::Command;
use crate::pipeline::entrance::{Entrance, NewModel};
use crate::pipeline::scorers::NewScorer;
use crate::ports::journal::Entry;
use crate::ports::scorer::Scorer;
use crate::queue::{Outlet, Queue};
use crate::results::reader::Reader;
use crate::results::writer::Writer;
use crate::settings::recipe_files::{self, prepare};
use crate::station::part::Style;
use crate::station::place::ViewPlace;
use crate::station::recipe::{Recipe, RecipeView};
use crate::station::sorting::LaneRules;
use crate::station::verdict::{Score, Thresholds};
use crate::telemetry::catalogue::Code;
use arrayvec::ArrayVec;
use models::Assignment;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where versions enter the pipeline, and where models come back from it.
pub struct Gate {
    /// To whoever announces parts.
    pub commands: Queue<Command>,
    /// To each inspect thread.
    pub scorers: Vec<Queue<NewScorer>>,
    /// From them: models that are needed no more.
    pub retired: Outlet<Box<dyn Scorer>>,
}

/// What may be asked of the recipes of a running station.
pub struct RecipeService {
    pub(super) versions: Arc<Versions>,
    pub(super) loader: Arc<ModelLoader>,
    pub(super) data: PathBuf,
    folder: PathBuf,
    gate: Gate,
    writer: Writer,
    clock: Arc<dyn Clock>,
    /// Held while a version is made, so that the one on which it is based stays the newest.
    changing: Mutex<()>,
}

/// A model that was loaded behind a camera, for every thread that inspects.
pub(super) struct LoadedModel {
    scorers: Vec<Box<dyn Scorer>>,
    pub(super) running: Arc<RunningModel>,
}

/// A version that is about to be made: one model for each view, and those among them that come with it.
pub(super) struct Draft {
    pub(super) recipe: Recipe,
    pub(super) models: Vec<Arc<RunningModel>>,
    pub(super) brought: Vec<(u8, LoadedModel)>,
}

impl RecipeService {
    /// The service of a running job. `folder` holds the recipes, `data` the log.
    pub fn new(
        versions: Arc<Versions>,
        loader: Arc<ModelLoader>,
        (folder, data): (PathBuf, PathBuf),
        gate: Gate,
        writer: Writer,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            versions,
            loader,
            data,
            folder,
            gate,
            writer,
            clock,
            changing: Mutex::new(()),
        }
    }

    /// The versions in use, in the order of the job's recipes.
    pub fn in_use(&self) -> Vec<Arc<Recipe>> {
        self.versions.in_use()
    }

    /// Whether no style has a recipe: then every part is rejected.
    pub fn is_without(&self) -> bool {
        self.versions.is_empty()
    }

    /// Every version of every style, oldest first.
    pub fn all(&self) -> Vec<Arc<Recipe>> {
        self.versions.all()
    }

    /// Names of the station's cameras, in order.
    pub fn cameras(&self) -> &[String] {
        self.versions.cameras()
    }

    /// The models that are loaded, by name.
    pub fn models(&self) -> Vec<KeptModel> {
        self.versions.models()
    }

    /// Makes a new version and judges parts by it from the next trigger on. Returns its number.
    ///
    /// # Errors
    /// See [`ApplyError`]; nothing has changed then.
    pub fn apply(&self, new: &NewThresholds) -> Result<u32, ApplyError> {
        let thresholds = thresholds(new.accept_below, new.reject_above)?;
        let _changing = self.changing();
        let newest = self.existing(new.style, new.based_on)?;
        let mut recipe = Recipe::clone(&newest.recipe);
        let Some(view) = recipe.views.get_mut(usize::from(new.view)) else {
            return Err(ApplyError::Invalid(format!(
                "expected an existing view, found number {}",
                new.view
            )));
        };
        let before = std::mem::replace(&mut view.thresholds, thresholds);
        let details = vec![
            ("view", view.name.clone()),
            ("from", told(before)),
            ("to", told(thresholds)),
        ];
        let draft = Draft {
            recipe,
            models: newest.models,
            brought: Vec::new(),
        };
        self.publish(draft, (&new.author, &new.reason), details)
    }

    /// The same with another model, which is loaded while the station runs.
    ///
    /// # Errors
    /// As [`RecipeService::apply`].
    pub fn use_model(&self, new: &NewUse) -> Result<u32, ApplyError> {
        let thresholds = thresholds(new.accept_below, new.reject_above)?;
        let camera = self.cameras().iter().position(|name| *name == new.camera);
        let Some(camera) = camera.and_then(|index| u8::try_from(index).ok()) else {
            return Err(ApplyError::Invalid(format!(
                "expected camera to be one of {:?}, found {:?}",
                self.cameras(),
                new.camera
            )));
        };
        let loaded = self.loaded(&new.model, camera, &new.place)?;
        let _changing = self.changing();
        let newest = self.based_on(new.style, new.based_on)?;
        let (mut recipe, mut models) = match newest {
            Some(newest) => (Recipe::clone(&newest.recipe), newest.models),
            None => (self.first(new.style), Vec::new()),
        };
        let used = RecipeView {
            name: new.camera.clone(),
            camera,
            model: new.model.clone(),
            thresholds,
            place: new.place.clone(),
        };
        let view = recipe.view_of(camera).unwrap_or(recipe.views.len() as u8);
        let mut details = vec![
            ("view", used.name.clone()),
            ("to", format!("{} {}", used.model, loaded.running.sha256)),
            ("thresholds", told(thresholds)),
            ("place", used.place.to_string()),
        ];
        match recipe.views.get_mut(usize::from(view)) {
            Some(old) => {
                let before = self.versions.sha256_of(&old.model).unwrap_or_default();
                details.push(("from", format!("{} {before}", old.model)));
                *old = RecipeView {
                    name: old.name.clone(),
                    ..used
                };
                models[usize::from(view)] = Arc::clone(&loaded.running);
            }
            // As many views as cameras are allowed, and each looks through another one.
            None => {
                recipe.views.push(used);
                models.push(Arc::clone(&loaded.running));
            }
        }
        let draft = Draft {
            recipe,
            models,
            brought: vec![(view, loaded)],
        };
        self.publish(draft, (&new.author, &new.reason), details)
    }

    fn first(&self, style: Style) -> Recipe {
        Recipe {
            style,
            version: 0,
            author: String::new(),
            reason: String::new(),
            created_at: self.clock.wall(),
            rules: LaneRules::default(),
            views: ArrayVec::new(),
        }
    }
}

impl RecipeService {
    pub(super) fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest version of a style, if it is the one that the new one was thought out on; 0 for none.
    pub(super) fn based_on(
        &self,
        style: Style,
        based_on: u32,
    ) -> Result<Option<Version>, ApplyError> {
        let newest = self.versions.newest(style);
        let version = newest.as_ref().map_or(0, |newest| newest.recipe.version);
        match version == based_on {
            true => Ok(newest),
            false => Err(ApplyError::Conflict { newest: version }),
        }
    }

    /// The same for a style that must be there.
    pub(super) fn existing(&self, style: Style, based_on: u32) -> Result<Version, ApplyError> {
        if self.versions.newest(style).is_none() {
            return Err(ApplyError::NotFound);
        }
        self.based_on(style, based_on)?.ok_or(ApplyError::NotFound)
    }

    /// Loads a model behind a camera, which takes seconds: nobody else needs to wait for it.
    pub(super) fn loaded(
        &self,
        name: &str,
        camera: u8,
        place: &ViewPlace,
    ) -> Result<LoadedModel, ApplyError> {
        let load = || -> Result<_, Error> {
            let bundle = self.loader.bundle(name)?;
            let chosen = self.loader.choose(&bundle)?;
            let mut assignment = Assignment::default();
            let mut scorers: Vec<Box<dyn Scorer>> = Vec::new();
            for _ in 0..self.gate.scorers.len() {
                let scorer = (self.loader).scorer_of(&bundle, &chosen.options, (camera, place))?;
                assignment = scorer.assignment().clone();
                scorers.push(Box::new(scorer));
            }
            let running = RunningModel::new(name, &bundle, &chosen, &assignment);
            Ok((scorers, running))
        };
        let (scorers, running) = load().map_err(|error| ApplyError::of_model(&error))?;
        let known = self.versions.sha256_of(name);
        if known.is_some_and(|known| known != running.sha256) {
            return Err(ApplyError::Invalid(format!(
                "model {name:?}: this run knows another one of this name; restart the station, or teach \
                 under another name"
            )));
        }
        Ok(LoadedModel {
            scorers,
            running: Arc::new(running),
        })
    }

    /// Makes the version, while `changing` is held.
    pub(super) fn publish(
        &self,
        draft: Draft,
        (author, reason): (&str, &str),
        details: Vec<(&'static str, String)>,
    ) -> Result<u32, ApplyError> {
        let Draft {
            mut recipe,
            models,
            brought,
        } = draft;
        recipe.author = author.trim().to_owned();
        recipe.reason = reason.trim().to_owned();
        if recipe.author.is_empty() || recipe.reason.is_empty() {
            return Err(ApplyError::Invalid(
                "expected author and reason, found an empty one".to_owned(),
            ));
        }
        let classes: Vec<&[String]> = models.iter().map(|model| &model.classes[..]).collect();
        let fit = recipe.rules.bind(&self.versions.lanes, &classes);
        fit.map_err(|error| ApplyError::Invalid(error.to_string()))?;
        let entrance = Entrance {
            scorers: &self.gate.scorers,
            commands: &self.gate.commands,
        };
        // Freed here, where there is time for it.
        while self.gate.retired.pop().is_some() {}
        // `changing` makes this the only place that pushes, so what has room now has room below.
        if !entrance.has_room(brought.len()) || self.versions.count() >= usize::from(u16::MAX) {
            return Err(ApplyError::Busy);
        }
        let before = recipe.version;
        recipe.version = self.next_version(&recipe)?;
        recipe.created_at = self.clock.wall();
        let prepared =
            prepare(&self.folder, &recipe, self.cameras()).map_err(ApplyError::of_file)?;
        let version = Version {
            recipe: Arc::new(recipe),
            models,
        };
        let row = self.versions.cameras.row(&version, prepared.sha256());
        let entry = applied(&version.recipe, before, prepared.sha256(), details);
        if let Err(error) = self.writer.register_recipe(row, entry) {
            prepared.discard();
            return Err(ApplyError::of_write(error));
        }
        if let Err(error) = prepared.publish() {
            crate::tell!(
                Code::RecipeUnfinished,
                "{error}; the version is in use, and the next start finishes its file"
            );
        }
        let recipe = Arc::clone(&version.recipe);
        let place = self.versions.push(version);
        let brought = brought.into_iter().map(|(view, loaded)| NewModel {
            view,
            scorers: loaded.scorers,
        });
        // With room, it fails only where the pipeline has ended: no part comes that could be judged otherwise.
        let _ = entrance.bring(place as u16, &recipe, brought.collect());
        Ok(recipe.version)
    }

    /// Above every number that was ever taken: by a version, by a row that outlived its file, or by a file that somebody
    /// put there. A number that is in the way would block every later change.
    fn next_version(&self, recipe: &Recipe) -> Result<u32, ApplyError> {
        let style = recipe.style.as_str();
        let reader = Reader::open(&self.data).map_err(ApplyError::of_open)?;
        let in_log = reader
            .newest_version(style)
            .map_err(|error| ApplyError::of_sql(&self.data, &error))?;
        let in_folder =
            recipe_files::newest_number(&self.folder, recipe.style).map_err(ApplyError::of_file)?;
        Ok(recipe.version.max(in_log).max(in_folder) + 1)
    }
}

fn applied(
    recipe: &Recipe,
    before: u32,
    sha256: &str,
    mut details: Vec<(&'static str, String)>,
) -> Entry {
    details.extend([
        ("based_on", before.to_string()),
        ("version", recipe.version.to_string()),
        ("sha256", sha256.to_owned()),
        ("reason", recipe.reason.clone()),
    ]);
    Entry {
        subject: recipe.style.to_string(),
        actor: recipe.author.clone(),
        message: format!(
            "recipe {} version {} was made",
            recipe.style, recipe.version
        ),
        details,
        ..Entry::of_station(recipe.created_at, Code::RecipeApplied)
    }
}

fn told(thresholds: Thresholds) -> String {
    format!(
        "accept_below {}, reject_above {}",
        thresholds.accept_below().get(),
        thresholds.reject_above().get()
    )
}

fn thresholds(accept_below: f32, reject_above: f32) -> Result<Thresholds, ApplyError> {
    let checked = Score::new(accept_below)
        .zip(Score::new(reject_above))
        .and_then(|(accept, reject)| Thresholds::new(accept, reject));
    checked.ok_or_else(|| {
        ApplyError::Invalid(format!(
            "expected 0 <= accept_below <= reject_above <= 1, found accept_below = {accept_below}, \
             reject_above = {reject_above}"
        ))
    })
}
