//! What a simulated line knows of its parts. No verdict reads it.

use super::part::PartId;

/// What a simulated line knows of a part. Never used to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedTruth {
    /// Whether it has a defect.
    pub is_defective: bool,
    /// Which class, in the model's words.
    pub defect: Option<String>,
}

/// Tells the truth about simulated parts.
pub type Oracle = Box<dyn Fn(&PartId) -> Option<SimulatedTruth> + Send>;
