//! Recipes and their models while the station runs: what is in use, new versions, earlier ones again.

mod back;
mod book;
mod requests;
pub mod sessions;
mod workshop;

pub use self::book::{RecipeBook, recipe_row};
pub use self::requests::{ApplyError, GoBack, NewThresholds, NewUse};
pub use self::workshop::Workshop;
