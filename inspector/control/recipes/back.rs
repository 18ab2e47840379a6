//! Going back: a new version of a recipe that looks as an earlier one did, with the models of then.

use super::requests::{ApplyError, GoBack};
use super::service::{Draft, LoadedModel, RecipeService};
use super::versions::Version;
use crate::results::reader::Reader;
use crate::station::recipe::{Recipe, RecipeView};
use std::collections::BTreeMap;
use std::sync::Arc;

impl RecipeService {
    /// Makes the next version of a style's recipe with the views, models and thresholds of an earlier one.
    ///
    /// # Errors
    /// `NotFound` and `Conflict` as for any new version; `Invalid` when a model of then is gone, is another
    /// one now, or is not accepted on this machine. Nothing has changed then.
    pub fn go_back(&self, back: &GoBack) -> Result<u32, ApplyError> {
        let (earlier, newest) = self.earlier_and_newest(back)?;
        let ran = self.ran(&earlier)?;
        let mut loaded: BTreeMap<u8, LoadedModel> = BTreeMap::new();
        for (index, view) in (0..).zip(&earlier.views) {
            let sha256 = match running(&newest, index, view) {
                Some(model) => model.sha256.clone(),
                None => {
                    let model = self.loaded(&view.model, view.camera, &view.place)?;
                    let sha256 = model.running.sha256.clone();
                    loaded.insert(index, model);
                    sha256
                }
            };
            let expected = ran.get(&view.model);
            if let Some(expected) = expected.filter(|expected| **expected != sha256) {
                return Err(ApplyError::Invalid(format!(
                    "model {:?}: version {} ran with another graph of this name ({}..., found {}...); \
                     copy the bundle of then back into the models folder",
                    view.model,
                    back.to,
                    &expected[..12.min(expected.len())],
                    &sha256[..12.min(sha256.len())]
                )));
            }
        }
        let _changing = self.changing();
        // Looked at again: loading took its time.
        let newest = self.existing(back.style, back.based_on)?;
        let views = (0..).zip(&earlier.views);
        let models = views.map(|(index, view)| match loaded.get(&index) {
            Some(model) => Some(Arc::clone(&model.running)),
            None => running(&newest, index, view),
        });
        let models = models.collect::<Option<Vec<_>>>().ok_or(ApplyError::Busy)?;
        let recipe = Recipe {
            version: newest.recipe.version,
            ..Recipe::clone(&earlier)
        };
        let draft = Draft {
            recipe,
            models,
            brought: loaded.into_iter().collect(),
        };
        let details = vec![("back_to", back.to.to_string())];
        self.publish(draft, (&back.author, &back.reason), details)
    }

    fn earlier_and_newest(&self, back: &GoBack) -> Result<(Arc<Recipe>, Version), ApplyError> {
        let newest = self.existing(back.style, back.based_on)?;
        let earlier = self.versions.version(back.style, back.to);
        let earlier = earlier.filter(|earlier| earlier.version < newest.recipe.version);
        let Some(earlier) = earlier else {
            return Err(ApplyError::Invalid(format!(
                "expected an earlier version of {} than {}, found {}",
                back.style, newest.recipe.version, back.to
            )));
        };
        Ok((earlier, newest))
    }

    /// SHA-256 of the models that a version ran with, by name, as the log has it.
    fn ran(&self, recipe: &Recipe) -> Result<BTreeMap<String, String>, ApplyError> {
        let reader = Reader::open(&self.data).map_err(ApplyError::of_open)?;
        let ran = reader.models_of(recipe.style.as_str(), recipe.version);
        let ran = ran.map_err(|error| ApplyError::of_sql(&self.data, &error))?;
        Ok(ran.into_iter().collect())
    }
}

/// The model that runs for this view now, where it is the same one behind the same camera.
fn running(
    newest: &Version,
    index: u8,
    view: &RecipeView,
) -> Option<Arc<super::versions::RunningModel>> {
    let now = newest.recipe.views.get(usize::from(index))?;
    let is_same = now.model == view.model && now.camera == view.camera && now.place == view.place;
    let model = newest.models.get(usize::from(index))?;
    is_same.then(|| Arc::clone(model))
}
