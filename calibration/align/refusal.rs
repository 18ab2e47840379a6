//! Why a part was not aligned, or cannot be by such a reference.

use crate::opencv_error::OpencvError;
use crate::view::{Size, ViewError};
use std::fmt;

/// Why a part cannot be said to lie anywhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NotAligned {
    /// There is nothing to be seen.
    Blank {
        /// Deviation of the edges where the feature was looked for.
        contrast: f64,
    },
    /// Nothing looks like the reference.
    Unlike {
        /// Likeness of the best place.
        quality: f64,
        /// Least that is taken.
        expected: f64,
    },
    /// Two places look like it.
    Ambiguous {
        /// Likeness of both.
        quality: [f64; 2],
        /// How far the second lies from the first, in pixels.
        apart_px: f64,
    },
    /// It is there, and moved farther than its limit.
    Beyond {
        /// Key of the limit.
        limit: &'static str,
        /// In the limit's unit.
        expected: f64,
        /// As the part lies.
        found: f64,
    },
    /// What is looked at of the part lies partly outside of the picture.
    Cut {
        /// How far its outermost corner lies outside, in pixels.
        outside_px: f64,
    },
    /// Too much of it lies outside of the picture.
    Outside {
        /// Share of the feature that is seen.
        within: f64,
        /// Least that is taken.
        expected: f64,
    },
}

impl fmt::Display for NotAligned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotAligned::Blank { contrast } => write!(
                f,
                "nothing is to be seen where the part is looked for: its edges differ by {contrast:.2} grey values"
            ),
            NotAligned::Unlike { quality, expected } => write!(
                f,
                "nothing looks like the reference: expected a likeness of at least {expected}, found {quality:.2}"
            ),
            NotAligned::Ambiguous { quality, apart_px } => write!(
                f,
                "two places {apart_px:.0} pixels apart look like the reference: likeness {:.2} and {:.2}",
                quality[0], quality[1]
            ),
            NotAligned::Beyond {
                limit,
                expected,
                found,
            } => write!(
                f,
                "the part moved too far: expected {limit} = {expected} at most, found {found:.3}"
            ),
            NotAligned::Cut { outside_px } => write!(
                f,
                "the region that is looked at left the picture with the part: {outside_px:.0} pixels of it lie outside"
            ),
            NotAligned::Outside { within, expected } => write!(
                f,
                "{:.0} % of the feature lies within the picture, expected at least {:.0} %",
                within * 100.0,
                expected * 100.0
            ),
        }
    }
}

impl std::error::Error for NotAligned {}

/// Why a place of a picture cannot be a reference.
#[derive(Clone, Debug, PartialEq)]
pub enum ReferenceError {
    /// The region reaches beyond the picture.
    Region {
        /// Left, top, width and height.
        region: [u32; 4],
        /// Of the picture.
        frame: Size,
    },
    /// It has too few pixels, or is too long for its width.
    Small {
        /// Left, top, width and height.
        region: [u32; 4],
    },
    /// A limit is none.
    Limit(super::limits::LimitMistake),
    /// There is nothing to be seen in it.
    Flat {
        /// Deviation of the edges.
        contrast: f64,
        /// Least that is taken.
        expected: f64,
    },
    /// Looking for it takes too long.
    Slow {
        /// Left, top, width and height.
        region: [u32; 4],
        /// As the most that is taken.
        times: f64,
    },
    /// It would be found there as well as in its place.
    Elsewhere {
        /// Likeness to itself there.
        likeness: f64,
        /// How it would be moved.
        at: String,
    },
    /// It looks the same moved so.
    Same {
        /// How it was moved.
        moved: &'static str,
        /// Likeness to itself.
        likeness: f64,
        /// What to do.
        remedy: &'static str,
    },
    /// OpenCV failed where it was not expected to.
    Opencv(OpencvError),
}

impl From<OpencvError> for ReferenceError {
    fn from(error: OpencvError) -> Self {
        ReferenceError::Opencv(error)
    }
}

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReferenceError::Region {
                region: [left, top, width, height],
                frame,
            } => write!(
                f,
                "`region`: expected a place within the reference picture of {frame} pixels, found {width}x{height} at \
                 ({left}, {top})"
            ),
            ReferenceError::Small {
                region: [_, _, width, height],
            } => write!(
                f,
                "`region`: expected 12 pixels a side at least, and sides that differ by a factor of 8 at most; found \
                 {width}x{height}"
            ),
            ReferenceError::Limit(mistake) => mistake.fmt(f),
            ReferenceError::Flat { contrast, expected } => write!(
                f,
                "`region`: edges differ by {contrast:.2} grey values there, expected {expected:.2} at least, more than noise \
                 makes; choose a place with edges"
            ),
            ReferenceError::Slow {
                region: [_, _, width, height],
                times,
            } => write!(
                f,
                "`region`: to look for {width}x{height} pixels within these limits takes {times:.1} times as long as is \
                 taken; choose a larger place, or set a smaller shift_px_max or turn_deg_max"
            ),
            ReferenceError::Elsewhere { likeness, at } => write!(
                f,
                "`region`: it would be found elsewhere too, {at}: likeness {likeness:.2}; choose a place that is there \
                 once, a larger one, or smaller limits"
            ),
            ReferenceError::Same {
                moved,
                likeness,
                remedy,
            } => write!(
                f,
                "`region`: {moved} it looks the same, likeness {likeness:.3}; {remedy}"
            ),
            ReferenceError::Opencv(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ReferenceError {}

/// Why a frame gave no alignment.
#[derive(Clone, Debug, PartialEq)]
pub enum AlignError {
    /// The part is not to be found.
    Part(NotAligned),
    /// The frame has another size than the reference picture.
    Size {
        /// Of the reference picture.
        expected: Size,
        /// Of the frame.
        found: Size,
    },
    /// The frame's bytes are not those of its shape.
    View(ViewError),
    /// OpenCV failed where it was not expected to.
    Opencv(OpencvError),
}

impl From<ViewError> for AlignError {
    fn from(error: ViewError) -> Self {
        AlignError::View(error)
    }
}

impl From<NotAligned> for AlignError {
    fn from(refusal: NotAligned) -> Self {
        AlignError::Part(refusal)
    }
}

impl From<OpencvError> for AlignError {
    fn from(error: OpencvError) -> Self {
        AlignError::Opencv(error)
    }
}

impl fmt::Display for AlignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AlignError::Part(refusal) => refusal.fmt(f),
            AlignError::Size { expected, found } => write!(
                f,
                "the reference picture is of {expected} pixels, the frame of {found}; teach the reference again, or set \
                 the camera's size back"
            ),
            AlignError::View(error) => error.fmt(f),
            AlignError::Opencv(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AlignError {}
