//! What came of a set of images, and of each of them.

use crate::board::Board;
use crate::geometry::{Lens, Plane};
use crate::refusal::{ImageRefusal, SetRefusal};
use crate::view::Size;
use std::fmt;

/// What became of one image.
#[derive(Clone, Debug, PartialEq)]
pub enum ImageOutcome {
    /// The board was found; the set has not been solved.
    Found,
    /// The solution rests on it.
    Used {
        /// Root mean square reprojection error, in pixels.
        rms_px: f64,
        /// Largest reprojection error, in pixels.
        max_px: f64,
        /// Angle between the board's normal and the optical axis; `None` without a lens.
        tilt_deg: Option<f64>,
    },
    /// The solution does not rest on it, and why.
    Refused(ImageRefusal),
}

/// One image and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageReport {
    /// The name it was added by.
    pub name: String,
    /// What became of it.
    pub outcome: ImageOutcome,
    /// Pixels an edge takes from dark to bright, where a board was found.
    pub edge_px: Option<f64>,
}

/// A lens and a plane.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// The board that the images show.
    pub board: Board,
    /// Width and height of every image used.
    pub image_size: Size,
    /// `None` from [`Method::PlaneOnly`].
    pub lens: Option<Lens>,
    /// The part plane, for undistorted pixels.
    pub plane: Plane,
    /// The image the plane is from.
    pub plane_image: String,
    /// At the frame's centre.
    pub mm_per_px: f64,
    /// Root mean square reprojection error over all images used, in pixels.
    pub rms_px: f64,
    /// The largest, in pixels.
    pub max_px: f64,
    /// Share of the frame that the boards cover together, 0 to 1.
    pub coverage: f64,
    /// Angle between the two boards that differ most; 0 without a lens.
    pub tilt_deg: f64,
    /// Standard deviation of the focal length as the solver estimates it; `None` without a lens.
    pub focal_deviation_px: Option<f64>,
    /// How many images the solution rests on.
    pub images_used: usize,
    /// One for each image that was given, in order.
    pub images: Vec<ImageReport>,
}

/// A refused set, with what was found of each image.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Why the set as a whole is refused.
    pub reason: SetRefusal,
    /// One for each image that was given, in order.
    pub images: Vec<ImageReport>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "calibration refused: {}", self.reason)
    }
}

impl std::error::Error for Refusal {}
