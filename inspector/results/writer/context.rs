//! What is recorded once per job: by which recipes, models and configurations its parts are judged.

use crate::station::lane::Lanes;
use crate::station::part::{JobId, PartNo};
use crate::station::recipe::Recipe;
use crate::station::review::Draw;

/// What a view of a recipe uses.
#[derive(Clone, Debug)]
pub struct ViewRow {
    /// Name of the camera.
    pub camera: String,
    /// Name of the model.
    pub model: String,
    /// SHA-256 of the model's graph, in hex.
    pub model_sha256: String,
    /// As in model.toml: `segment`, `anomaly-map`.
    pub task: String,
    /// The provider that runs it.
    pub provider: String,
    /// Id of its acceptance on this machine.
    pub acceptance: String,
    /// Class names, in the model's order.
    pub classes: Vec<String>,
    /// What the camera was calibrated to; `None` when it is not.
    pub configuration: Option<ConfigurationRow>,
}

/// The configuration of a camera.
#[derive(Clone, Debug)]
pub struct ConfigurationRow {
    /// SHA-256 of its file, in hex.
    pub sha256: String,
    /// Scale at the centre; `None` when only the flat field is calibrated.
    pub mm_per_px: Option<f64>,
    /// How well lens and plane fit.
    pub reprojection_error_px: Option<f64>,
}

/// A recipe version of the job.
#[derive(Clone, Debug)]
pub struct RecipeRow {
    /// The version that judges.
    pub recipe: Recipe,
    /// SHA-256 of its file, in hex.
    pub sha256: String,
    /// One per view.
    pub views: Vec<ViewRow>,
}

/// What is recorded once per job.
#[derive(Clone, Debug)]
pub struct JobContext {
    /// SHA-256 of station.toml, in hex.
    pub settings_sha256: String,
    /// Whether anything is simulated.
    pub is_simulated: bool,
    /// Where parts can go.
    pub lanes: Lanes,
    /// Name of the device that announces parts, where one does.
    pub announcer: Option<String>,
    /// Whether a part goes on as an accepted one for which no command comes.
    pub passes_unasked: bool,
    /// Which passes are put before people.
    pub draw: Draw,
    /// In the order of `RecipeRef::index`.
    pub recipes: Vec<RecipeRow>,
}

/// A job before this one that did not end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crashed {
    /// Number of that job.
    pub job: JobId,
    /// Its last durable part.
    pub last: PartNo,
}
