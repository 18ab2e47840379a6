//! Why an image, or a whole set of images, is not good enough to calibrate from.

use crate::OpencvError;
use crate::report::ImageReport;
use crate::view::Size;
use std::fmt;

/// Why one image was left out. Each says what to do about it.
#[derive(Clone, Debug, PartialEq)]
pub enum ImageRefusal {
    /// No chessboard was seen.
    NoBoard,
    /// Brightness hardly varies: covered, dark, or burnt out.
    NoContrast {
        /// Difference between the darkest and brightest thousandth of the pixels, 0 to 255.
        found: u8,
        /// Mean brightness, 0 to 255.
        mean: u8,
    },
    /// Part of the board is outside the frame.
    CutByEdge {
        /// Inner corners seen, columns and rows.
        found: (u32, u32),
        /// Inner corners of the board.
        expected: (u32, u32),
    },
    /// A whole board of another size was seen, or part of the board is covered.
    OtherBoard {
        /// Inner corners seen, columns and rows.
        found: (u32, u32),
        /// Inner corners of the board.
        expected: (u32, u32),
    },
    /// Edges between squares are too soft to place a corner.
    Blurred {
        /// Pixels an edge takes from dark to bright.
        found_px: f64,
        /// The most that is taken.
        limit_px: f64,
    },
    /// The squares are so small in the frame that their corners cannot be told apart well.
    TooSmall {
        /// Smallest distance between neighbouring corners, in pixels.
        found_px: f64,
        /// The least that is taken.
        limit_px: f64,
    },
    /// Another frame size than the first image.
    OtherSize {
        /// This image.
        found: Size,
        /// The first image.
        expected: Size,
    },
    /// The board lies where it lay in an earlier image, which says nothing new.
    SamePose {
        /// The earlier image.
        as_image: String,
        /// Mean distance between the corners of both, in pixels.
        found_px: f64,
    },
    /// The corners do not fit the lens that the other images agree on.
    Misfit {
        /// Root mean square reprojection error, in pixels.
        found_px: f64,
        /// The most that is taken.
        limit_px: f64,
    },
    /// Found, but not wanted: only the plane image counts for a scale without a lens.
    NotThePlane,
}

impl fmt::Display for ImageRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImageRefusal::NoBoard => write!(
                f,
                "no board found; expected the whole board in the frame, with a white border, lit evenly"
            ),
            ImageRefusal::NoContrast { found, mean } => write!(
                f,
                "no contrast: brightness varies by {found} of 255 around {mean}; set the exposure or the light"
            ),
            ImageRefusal::CutByEdge { found, expected } => write!(
                f,
                "board cut by the edge of the frame: {}x{} of {}x{} inner corners seen; move it inside",
                found.0, found.1, expected.0, expected.1
            ),
            ImageRefusal::OtherBoard { found, expected } => write!(
                f,
                "{}x{} inner corners seen, expected {}x{}; check --board (inner corners, one fewer \
                 than squares) and that nothing covers the board",
                found.0, found.1, expected.0, expected.1
            ),
            ImageRefusal::Blurred { found_px, limit_px } => write!(
                f,
                "blurred: edges {found_px:.1} px wide, at most {limit_px:.1} are taken; focus, hold \
                 the board still, or shorten the exposure"
            ),
            ImageRefusal::TooSmall { found_px, limit_px } => write!(
                f,
                "squares only {found_px:.1} px wide, at least {limit_px:.0} are needed; bring the \
                 board closer or use larger squares"
            ),
            ImageRefusal::OtherSize { found, expected } => write!(
                f,
                "frame of {found}, expected {expected} as in the first image; take all images with \
                 the same settings"
            ),
            ImageRefusal::SamePose { as_image, found_px } => write!(
                f,
                "same pose as {as_image} (corners {found_px:.1} px apart); move or tilt the board"
            ),
            ImageRefusal::Misfit { found_px, limit_px } => write!(
                f,
                "corners do not fit the other images: {found_px:.2} px rms, at most {limit_px:.2} is \
                 taken; the board may be bent or have moved"
            ),
            ImageRefusal::NotThePlane => {
                write!(f, "not used: a scale alone comes from the plane image")
            }
        }
    }
}

/// Why a whole set was refused.
#[derive(Clone, Debug, PartialEq)]
pub enum SetRefusal {
    /// Too few images are left.
    TooFewImages {
        /// Images that can be used.
        found: usize,
        /// The least that is needed.
        expected: usize,
    },
    /// The boards lie almost parallel, so focal length cannot be told from distance.
    TooLittleTilt {
        /// Largest angle between two boards, in degrees.
        found_deg: f64,
        /// The least that is needed.
        limit_deg: f64,
    },
    /// The boards together leave too much of the frame unseen.
    TooLittleCoverage {
        /// Share of the frame, 0 to 1.
        found: f64,
        /// The least that is needed.
        limit: f64,
    },
    /// The lens model does not explain the corners.
    ErrorTooLarge {
        /// Root mean square reprojection error, in pixels.
        found_px: f64,
        /// The most that is taken.
        limit_px: f64,
    },
    /// The solution is no lens.
    NoLens {
        /// What is wrong with it.
        message: String,
    },
    /// The image named as the plane is not among those that can be used.
    PlaneImage {
        /// As named.
        name: String,
    },
    /// Two images could be the plane and would give different scales.
    PlaneAmbiguous {
        /// The image that would be chosen, and another.
        names: [String; 2],
        /// Millimetres per pixel in each.
        mm_per_px: [f64; 2],
    },
    /// The plane cannot be mapped to millimetres over the whole frame.
    NoPlane {
        /// The plane image.
        name: String,
    },
    /// OpenCV failed.
    Opencv(OpencvError),
}

impl fmt::Display for SetRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SetRefusal::TooFewImages { found, expected } => write!(
                f,
                "{found} usable images, expected at least {expected}; see the reason at each image"
            ),
            SetRefusal::TooLittleTilt {
                found_deg,
                limit_deg,
            } => write!(
                f,
                "the boards differ by at most {found_deg:.1} degrees of tilt, expected at least \
                 {limit_deg:.0}; tilt the board to all four sides"
            ),
            SetRefusal::TooLittleCoverage { found, limit } => write!(
                f,
                "the boards cover {:.0} % of the frame, expected at least {:.0} %; bring the board \
                 into every corner",
                found * 100.0,
                limit * 100.0
            ),
            SetRefusal::ErrorTooLarge { found_px, limit_px } => write!(
                f,
                "reprojection error {found_px:.2} px rms, at most {limit_px:.2} is taken; check that \
                 the board is flat and its corners are as given"
            ),
            SetRefusal::NoLens { message } => write!(
                f,
                "the images do not give a lens: {message}; take more images, tilted and in all corners"
            ),
            SetRefusal::PlaneImage { name } => write!(
                f,
                "the plane image {name:?} is not among the usable images; see the reason at it, or \
                 name another"
            ),
            SetRefusal::PlaneAmbiguous { names, mm_per_px } => write!(
                f,
                "which image shows the board on the part plane? {:?} gives {:.5} mm per pixel, {:?} \
                 {:.5}; name it with --plane",
                names[0], mm_per_px[0], names[1], mm_per_px[1]
            ),
            SetRefusal::NoPlane { name } => write!(
                f,
                "the board in {name:?} is seen too flatly to map the whole frame; lay it on the part \
                 plane, facing the camera"
            ),
            SetRefusal::Opencv(error) => error.fmt(f),
        }
    }
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
