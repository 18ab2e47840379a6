//! Where new versions of recipes, with or without models of their own, enter a running job. The control plane and
//! the simulator bring them in by the same steps.

use super::announce::Command;
use super::scorers::NewScorer;
use crate::ports::scorer::Scorer;
use crate::queue::Queue;
use crate::station::recipe::Recipe;
use crate::station::result::RecipeRef;
use std::sync::Arc;

/// How one model runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelInfo {
    /// Name of its bundle.
    pub name: String,
    /// What computes, e.g. `OpenVINO on CPU`.
    pub provider: String,
    /// With which numbers: `f32`, `bf16`, `f16`.
    pub precision: &'static str,
    /// Whether its graph runs in 8-bit whole numbers where it spends its time, and only the rest in `precision`.
    pub is_quantised: bool,
    /// Threads of one run.
    pub threads: usize,
    /// Nodes of its graph.
    pub nodes: usize,
    /// Nodes that the provider left to the processor.
    pub nodes_fallen_back: usize,
    /// Their kinds.
    pub operators_fallen_back: Vec<String>,
    /// Whether it was tuned to run so, and not set.
    pub is_tuned: bool,
    /// Id of the acceptance.
    pub acceptance: String,
}

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
