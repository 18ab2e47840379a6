//! Station settings and recipes: files to checked types. Raw shapes live beside what they become.
//! `default.toml` explains every key.

pub mod document;
pub mod fresh;
pub mod recipe_files;
mod recipe_text;
pub mod recipes;
pub mod station;

pub use document::Problem;
pub use station::{CameraKind, CameraSettings, StationSettings, TriggerSettings};

/// The reference of every key, with its default, as `inspector settings` prints it.
pub const DEFAULT: &str = include_str!("default.toml");
