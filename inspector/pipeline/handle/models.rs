//! New versions of recipes, with or without models of their own, for the running job.

use super::{Handle, ModelInfo, lock};
use crate::pipeline::announce::Command;
use crate::pipeline::queue::Queue;
use crate::pipeline::scorers::NewScorer;
use crate::ports::scorer::Scorer;
use crate::station::recipe::Recipe;
use crate::station::result::RecipeRef;
use std::sync::Arc;

/// A model that the job does not run yet.
pub struct NewModel {
    /// Index of the recipe's view that it scores.
    pub view: u8,
    /// How it runs.
    pub info: ModelInfo,
    /// Loaded and warm, one per inspect thread.
    pub scorers: Vec<Box<dyn Scorer>>,
    /// Names of its classes.
    pub classes: Vec<String>,
}

/// Why a version is not in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UseError {
    /// The pipeline takes no command now.
    Busy,
    /// The job runs this version of the style, or a newer one.
    NotNewer,
    /// A new style, or a view that had none, needs its model with it.
    NoModel,
}

/// Where new versions enter the pipeline.
pub struct Entrance<'a> {
    /// To each inspect thread.
    pub scorers: &'a [Queue<NewScorer>],
    /// To whoever announces parts.
    pub commands: &'a Queue<Command>,
}

impl Entrance<'_> {
    /// Whether a version with so many models would be taken; certain only for the one thread that brings them.
    pub fn has_room(&self, models: usize) -> bool {
        let mut queues = self.scorers.iter();
        queues.all(|queue| queue.room() >= models) && self.commands.has_room()
    }

    /// Sends a version in, its models first, so that they are there before a part is announced with it.
    /// `index` is its style's place among the job's recipes.
    ///
    /// # Errors
    /// `Busy` without room; see [`Entrance::has_room`].
    pub fn bring(
        &self,
        index: u16,
        recipe: &Arc<Recipe>,
        models: Vec<NewModel>,
    ) -> Result<(), UseError> {
        let recipe_ref = RecipeRef {
            index,
            version: recipe.version,
        };
        for model in models {
            for (queue, scorer) in self.scorers.iter().zip(model.scorers) {
                let new = NewScorer {
                    recipe: recipe_ref,
                    view: model.view,
                    scorer,
                };
                queue.push(new).map_err(|_| UseError::Busy)?;
            }
        }
        let command = Command::UseRecipe(Arc::clone(recipe));
        self.commands.push(command).map_err(|_| UseError::Busy)
    }
}

impl Handle {
    /// Threads that inspect: each needs a scorer of its own.
    pub fn inspect_threads(&self) -> usize {
        self.scorers.len()
    }

    /// Judges parts by this version from the next trigger on. The models that it brings reach the threads
    /// before the first part that needs them. On an error nothing has changed.
    pub fn use_recipe(&self, recipe: Arc<Recipe>, models: Vec<NewModel>) -> Result<(), UseError> {
        // Freed here, where there is time for it.
        while self.retired.pop().is_some() {}
        // The lock makes this the only place that pushes, so what has room now has room below.
        let mut recipes = lock(&self.recipes);
        let place = recipes.iter().position(|old| old.style == recipe.style);
        let views_before = place.map_or(0, |place| recipes[place].views.len());
        let before = place.map(|place| recipes[place].version);
        if before.is_some_and(|version| version >= recipe.version) {
            return Err(UseError::NotNewer);
        }
        let is_brought = |view: usize| {
            let of_view = models.iter().find(|model| usize::from(model.view) == view);
            of_view.is_some_and(|model| model.scorers.len() == self.scorers.len())
        };
        if !(views_before..recipe.views.len()).all(is_brought) {
            return Err(UseError::NoModel);
        }
        let entrance = Entrance {
            scorers: &self.scorers,
            commands: &self.commands,
        };
        if !entrance.has_room(models.len()) {
            return Err(UseError::Busy);
        }
        let index = u16::try_from(place.unwrap_or(recipes.len())).map_err(|_| UseError::Busy)?;
        for model in &models {
            let names = model.classes.clone();
            lock(&self.classes).add(index, model.view, recipe.version, names);
        }
        lock(&self.kept).push(Arc::clone(&recipe));
        let infos = models.iter().map(|model| (model.view, model.info.clone()));
        let infos = infos.collect();
        entrance.bring(index, &recipe, models)?;
        lock(&self.models).bring(index, before, &recipe, infos);
        match place {
            Some(place) => recipes[place] = recipe,
            None => recipes.push(recipe),
        }
        Ok(())
    }
}
