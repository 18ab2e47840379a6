//! Going back: a new version of a recipe that looks as an earlier one did, with the models of then.

use super::book::RecipeBook;
use super::requests::{ApplyError, GoBack};
use crate::results::reader::Reader;
use crate::station::recipe::{Recipe, RecipeView};
use std::collections::BTreeMap;
use std::sync::PoisonError;

impl RecipeBook {
    /// Makes the next version of a style's recipe with the views, models and thresholds of an earlier one.
    ///
    /// # Errors
    /// `NotFound` and `Conflict` as for any new version; `Invalid` when a model of then is gone, is another
    /// one now, or is not accepted on this machine. Nothing has changed then.
    pub fn go_back(&self, back: &GoBack) -> Result<u32, ApplyError> {
        let (earlier, newest) = self.earlier_and_newest(back)?;
        let ran = self.ran(&earlier)?;
        let mut loaded = Vec::new();
        for (index, view) in (0..).zip(&earlier.views) {
            let is_same = |now: &&RecipeView| now.model == view.model && now.camera == view.camera;
            let now = newest.views.get(usize::from(index));
            let sha256 = if now.as_ref().is_some_and(is_same) {
                self.known_sha256(&view.model)
            } else {
                let model = self.loaded(&view.model, view.camera)?;
                let sha256 = model.sha256().to_owned();
                loaded.push((index, model));
                Some(sha256)
            };
            let expected = ran.get(&view.model);
            if let (Some(expected), Some(found)) = (expected, &sha256)
                && expected != found
            {
                return Err(ApplyError::Invalid(format!(
                    "model {:?}: version {} ran with another graph of this name ({}..., found {}...); \
                     copy the bundle of then back into the models folder",
                    view.model,
                    back.to,
                    &expected[..12.min(expected.len())],
                    &found[..12.min(found.len())]
                )));
            }
        }
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked at again: loading took its time.
        Self::newest(&files, back.style, back.based_on)?;
        let models = loaded
            .into_iter()
            .map(|(view, model)| self.announced(model, view));
        let models = models.collect::<Result<Vec<_>, _>>()?;
        let recipe = Recipe {
            version: newest.version,
            ..earlier
        };
        self.publish(&mut files, recipe, (&back.author, &back.reason), models)
    }

    fn earlier_and_newest(&self, back: &GoBack) -> Result<(Recipe, Recipe), ApplyError> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if !files.iter().any(|file| file.recipe.style == back.style) {
            return Err(ApplyError::NotFound);
        }
        let Some(newest) = Self::newest(&files, back.style, back.based_on)? else {
            return Err(ApplyError::NotFound);
        };
        let mut recipes = files.iter().map(|file| &file.recipe);
        let earlier = recipes
            .find(|recipe| recipe.style == back.style && recipe.version == back.to)
            .filter(|recipe| recipe.version < newest.version);
        let Some(earlier) = earlier else {
            return Err(ApplyError::Invalid(format!(
                "expected an earlier version of {} than {}, found {}",
                back.style, newest.version, back.to
            )));
        };
        Ok((earlier.clone(), newest.clone()))
    }

    /// SHA-256 of the models that a version ran with, by name, as the log has it.
    fn ran(&self, recipe: &Recipe) -> Result<BTreeMap<String, String>, ApplyError> {
        let failed = |error: &dyn std::fmt::Display| ApplyError::Storage(error.to_string());
        let reader = Reader::open(&self.data).map_err(|error| failed(&error))?;
        let ran = reader.models_of(recipe.style.as_str(), recipe.version);
        Ok(ran.map_err(|error| failed(&error))?.into_iter().collect())
    }
}
