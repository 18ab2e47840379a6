//! Where new versions of recipes, with or without models of their own, enter a running job. The control plane and
//! the simulator bring them in by the same steps.

use super::announce::Command;
use super::scorers::NewScorer;
use crate::ports::scorer::Scorer;
use crate::queue::Queue;
use crate::station::recipe::Recipe;
use crate::station::result::RecipeRef;
use std::sync::Arc;

/// A model that the job does not run yet.
pub struct NewModel {
    /// Index of the recipe's view that it scores.
    pub view: u8,
    /// Loaded and warm, one per inspect thread.
    pub scorers: Vec<Box<dyn Scorer>>,
}

/// The pipeline takes no command now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRoom;

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
    /// Without room; see [`Entrance::has_room`].
    pub fn bring(
        &self,
        index: u16,
        recipe: &Arc<Recipe>,
        models: Vec<NewModel>,
    ) -> Result<(), NoRoom> {
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
                queue.push(new).map_err(|_| NoRoom)?;
            }
        }
        let command = Command::UseRecipe(Arc::clone(recipe));
        self.commands.push(command).map_err(|_| NoRoom)
    }
}
