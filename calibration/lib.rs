//! Pixels to millimetres: lens, plane, flat field, regions; and where a part lies.
//!
//! What belongs here: finding a chessboard in images, solving the lens and the part plane from it,
//! the configuration file that keeps the answer, the tables that correct a frame on the hot path,
//! the connected regions of a score map, and aligning a frame with a taught reference. `opencv` is named nowhere else.
//!
//! Deliberately absent: parts, cameras, models, thresholds, files other than the configuration and
//! its flat field, and clocks. Callers lend pixels ([`ImageView`]) and get this crate's own types.

// Tests inside and outside of the crate share a scene.
#[cfg(test)]
extern crate self as calibration;

pub mod align;
pub mod board;
pub mod configuration;
pub mod configuration_error;
mod configuration_file;
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
pub mod opencv_error;
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
pub mod window;

pub use align::{
    AlignError, AlignLimits, Aligner, Alignment, Beyond, Distinctness, LimitMistake, NotAligned,
    Pose, ReferenceError, Straightener,
};
pub use board::{Board, BoardSize};
pub use configuration::Configuration;
pub use configuration_error::ConfigurationError;
pub use correction::{Correction, FitError, Normalisation};
pub use flat_field::{FlatField, FlatFieldError, FrameMean};
pub use geometry::{Lens, Plane};
pub use lens_fault::LensFault;
pub use live::{Offer, Offers};
pub use opencv_error::OpencvError;
pub use options::{Method, Options, PlaneChoice};
pub use refusal::{ImageRefusal, SetRefusal};
pub use regions::{Region, Regions};
pub use report::{Calibration, ImageOutcome, ImageReport, Refusal};
pub use solve::BoardImages;
pub use surface::{Extent, Surface};
pub use view::{Channels, ImageView, Size, ViewError};
pub use window::Window;

/// Keeps OpenCV from starting threads of its own, in the whole process. Call it once at start, before
/// any other thread uses this crate: a correction then takes the same time whatever else runs.
///
/// # Errors
/// What OpenCV says, which it does not do for one thread.
pub fn use_one_opencv_thread() -> Result<(), OpencvError> {
    Ok(opencv::core::set_num_threads(1)?)
}
