//! RecipeService and their models while the station runs: what is in use, new versions, earlier ones again.

mod back;
mod kept;
mod loader;
mod requests;
mod service;
pub mod sessions;
mod sort;
pub mod unfinished;
mod versions;

pub use self::kept::{KeptModel, ModelUse};
pub use self::loader::ModelLoader;
pub use self::requests::{ApplyError, GoBack, NewRules, NewThresholds, NewUse};
pub use self::service::{Gate, RecipeService};
pub use self::versions::Versions;
