//! Pixels to millimetres: lens, plane, flat field, regions.
//!
//! What belongs here: finding a chessboard in images, solving the lens and the part plane from it,
//! the configuration file that keeps the answer, the tables that correct a frame on the hot path,
//! and the connected regions of a score map. `opencv` is named nowhere else.
//!
//! Deliberately absent: parts, cameras, models, thresholds, files other than the configuration and
//! its flat field, and clocks. Callers lend pixels ([`ImageView`]) and get this crate's own types.

// Tests inside and outside of the crate share a scene.
#[cfg(test)]
extern crate self as calibration;

pub mod board;
pub mod configuration;
pub mod correction;
mod detection;
mod file;
mod finding;
pub mod flat_field;
mod flat_field_file;
pub mod geometry;
mod grid;
mod lens_change;
pub mod lens_fault;
pub mod live;
pub mod options;
mod quality;
pub mod refusal;
pub mod regions;
pub mod report;
mod saddle;
mod solution;
pub mod solve;
pub mod surface;
mod table;
pub mod view;

pub use board::{Board, BoardSize};
pub use configuration::{Configuration, ConfigurationError};
pub use correction::{Correction, FitError, Normalisation};
pub use flat_field::{FlatField, FlatFieldError, FrameMean};
pub use geometry::{Lens, Plane};
pub use lens_fault::LensFault;
pub use live::{Offer, Offers};
pub use options::{Method, Options, PlaneChoice};
pub use refusal::{ImageRefusal, Refusal, SetRefusal};
pub use regions::{Region, Regions};
pub use report::{Calibration, ImageOutcome, ImageReport};
pub use solve::BoardImages;
pub use surface::{Extent, Surface};
pub use view::{Channels, ImageView, Size, ViewError};

/// What OpenCV itself said when it failed. Not expected: the inputs were checked before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpencvError(pub String);

impl From<opencv::Error> for OpencvError {
    fn from(error: opencv::Error) -> Self {
        Self(error.to_string())
    }
}

impl std::fmt::Display for OpencvError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenCV: {}", self.0)
    }
}

impl std::error::Error for OpencvError {}

/// Keeps OpenCV from starting threads of its own, in the whole process. Call it once at start, before
/// any other thread uses this crate: a correction then takes the same time whatever else runs.
///
/// # Errors
/// What OpenCV says, which it does not do for one thread.
pub fn use_one_opencv_thread() -> Result<(), OpencvError> {
    Ok(opencv::core::set_num_threads(1)?)
}
