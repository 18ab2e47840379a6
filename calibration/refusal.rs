//! Why an image, or a whole set of images, is not good enough to calibrate from.

use crate::lens_fault::LensFault;
use crate::opencv_error::OpencvError;
use crate::view::Size;
use std::fmt;

/// Why one image was left out. Each says what to do about it.
#[derive(Clone, Debug, PartialEq)]
pub enum ImageRefusal {
    /// No chessboard was seen, nor a part of one.
    NoBoard,
    /// No corner of a chessboard can be placed, because much of the picture is as bright as it can be.
    BurntOut {
        /// Share of the pixels that are, 0 to 1.
        found: f64,
    },
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
    /// Part of the board is seen, and more corners beside it, but not all.
    Covered {
        /// Inner corners seen, columns and rows.
        found: (u32, u32),
        /// Inner corners of the board.
        expected: (u32, u32),
    },
    /// A whole board of another size was seen.
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
        /// Width and height of this image.
        found: Size,
        /// Width and height of the first image.
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
            ImageRefusal::NoBoard => f.write_str(
                "no chessboard is seen; bring the whole board into the frame, with its white border",
            ),
            ImageRefusal::BurntOut { found } => write!(
                f,
                "overexposed: {:.0} % of the pixels are as bright as can be, which hides the board's corners; \
                 shorten the exposure",
                found * 100.0
            ),
            ImageRefusal::NoContrast { found, mean } => write!(
                f,
                "no contrast: brightness varies by {found} of 255 around {mean}; {}",
                match mean {
                    0..64 => "the picture is dark: lengthen the exposure",
                    64..192 => "the picture shows an even surface: bring the board into it",
                    192.. => "the picture is overexposed: shorten the exposure",
                }
            ),
            ImageRefusal::CutByEdge { found, expected } => write!(
                f,
                "board cut by the edge of the frame: {}x{} of {}x{} inner corners seen; move it inside",
                found.0, found.1, expected.0, expected.1
            ),
            ImageRefusal::Covered { found, expected } => write!(
                f,
                "board partly covered: {}x{} of {}x{} inner corners seen whole; uncover it",
                found.0, found.1, expected.0, expected.1
            ),
            ImageRefusal::OtherBoard { found, expected } => write!(
                f,
                "another board: {}x{} inner corners seen, expected {}x{}; correct --board (inner \
                 corners, one fewer than squares)",
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
                "corners do not fit the lens that the other images agree on: {found_px:.2} px rms, at \
                 most {limit_px:.2} is taken; take it again"
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
    /// The images up to some point show one lens, and those after it another.
    LensChanged {
        /// The last image with the one, and the first with the other.
        names: [String; 2],
        /// Focal length with the one and with the other, in pixels.
        focal_px: [f64; 2],
    },
    /// Without a lens asked for, straight lines of the board are not straight.
    NotStraight {
        /// Root mean square distance of the corners from a straight grid, in pixels.
        found_px: f64,
        /// The most that is taken.
        limit_px: f64,
    },
    /// The solution is no lens.
    NoLens(LensFault),
    /// No image has the name that the plane image is to have.
    NoPlaneImage {
        /// The name asked for.
        name: String,
        /// Those of the images that there are.
        known: Vec<String>,
    },
    /// The image named as the plane is refused itself.
    PlaneImageRefused {
        /// The name asked for.
        name: String,
        /// What is wrong with the image.
        refusal: ImageRefusal,
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
    /// OpenCV failed where it was not expected to.
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
                "no lens puts the corners of a flat board where they were found: {found_px:.2} px rms, at \
                 most {limit_px:.2} is taken; mount the board on something stiff and flat"
            ),
            SetRefusal::LensChanged { names, focal_px } => write!(
                f,
                "the lens was changed between {:?} and {:?}: focal length {:.1} px before, {:.1} px \
                 after; take all images with the same zoom and focus",
                names[0], names[1], focal_px[0], focal_px[1]
            ),
            SetRefusal::NotStraight { found_px, limit_px } => write!(
                f,
                "the lens bends straight lines: corners are {found_px:.2} px rms from a straight grid, at \
                 most {limit_px:.2} is taken with --plane-only; calibrate the lens too, from several images"
            ),
            SetRefusal::NoLens(fault) => write!(
                f,
                "the images do not give a lens: {fault}; take more images, tilted and in all corners"
            ),
            SetRefusal::NoPlaneImage { name, known } => write!(
                f,
                "no image is called {name:?}, which is to show the part plane; expected one of {}",
                known.join(", ")
            ),
            SetRefusal::PlaneImageRefused { name, refusal } => write!(
                f,
                "{name:?}, which is to show the part plane, is refused: {refusal}"
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
