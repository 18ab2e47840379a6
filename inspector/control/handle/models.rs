//! New versions of recipes, with or without models of their own, for the running job.

use super::{Handle, lock};
use crate::pipeline::entrance::{Entrance, NewModel, UseError};
use crate::station::recipe::Recipe;
use std::sync::Arc;

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
