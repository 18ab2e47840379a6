//! What a calibration is asked for, and how good it must be.

/// What is solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Lens from all images, plane from one of them.
    LensAndPlane,
    /// Scale and perspective from one image; the lens is taken to be without distortion.
    PlaneOnly,
}

/// Which image shows the board lying on the part plane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaneChoice {
    /// The one that faces the camera most squarely; refused when another could be meant.
    MostParallel,
    /// The last that can be used.
    Last,
    /// The image of this name.
    Named(String),
}

/// What is asked for, and how good it must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// What is solved.
    pub method: Method,
    /// Which image is the plane.
    pub plane: PlaneChoice,
    /// Fewest usable images for a lens.
    pub images_min: usize,
    /// Least angle between the two boards that differ most, in degrees.
    pub tilt_min_deg: f64,
    /// Least share of the frame that the boards cover together.
    pub coverage_min: f64,
    /// Largest root mean square reprojection error of the set, in pixels.
    pub rms_max_px: f64,
    /// An image with more than this, and three times the others' median, is left out.
    pub image_rms_max_px: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            method: Method::LensAndPlane,
            plane: PlaneChoice::MostParallel,
            images_min: 5,
            tilt_min_deg: 15.0,
            coverage_min: 0.4,
            rms_max_px: 0.5,
            image_rms_max_px: 0.5,
        }
    }
}
