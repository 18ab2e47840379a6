//! Why nothing was taught.

use super::{BAD_MIN, IMAGES_MIN, Size};
use crate::image::Channels;
use std::fmt;

/// Why nothing was taught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeachError {
    /// Too few pictures.
    Few {
        /// How many there are.
        found: usize,
    },
    /// Too few reviewed defects.
    FewBad {
        /// How many there are.
        found: usize,
    },
    /// A picture is not like the first one.
    Size {
        /// Which, from 0.
        index: usize,
        /// Of the first: width and height.
        expected: (u32, u32),
        /// Of this one.
        found: (u32, u32),
    },
    /// A picture has other channels than the first one.
    Channels {
        /// Which, from 0.
        index: usize,
        /// Of the first.
        expected: Channels,
        /// Of this one.
        found: Channels,
    },
    /// The size asked for is none that a network can see.
    NetworkSize {
        /// Width and height.
        found: Size,
    },
    /// Whoever watched said to stop.
    Stopped,
    /// The backbone cannot be used.
    Backbone {
        /// What ONNX Runtime or the graph lacks.
        message: String,
    },
}

impl fmt::Display for TeachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TeachError::Few { found } => write!(
                f,
                "teach: expected at least {IMAGES_MIN} pictures of good parts, found {found}; 30 or more \
                 are sensible"
            ),
            TeachError::FewBad { found } => write!(
                f,
                "teach: expected at least {BAD_MIN} pictures of defects, found {found}; with fewer nothing \
                 can be said about what they change, so leave them out"
            ),
            TeachError::Size {
                index,
                expected,
                found,
            } => write!(
                f,
                "teach: picture {} is {}×{} pixels, the first is {}×{}; take all with one camera and \
                 setting",
                index + 1,
                found.0,
                found.1,
                expected.0,
                expected.1
            ),
            TeachError::Channels {
                index,
                expected,
                found,
            } => write!(
                f,
                "teach: picture {} is {}, the first is {}; take all with one camera and setting",
                index + 1,
                found.name(),
                expected.name()
            ),
            TeachError::NetworkSize { found } => write!(
                f,
                "teach: expected a size of 32 to 2048 pixels a side, found {}×{}",
                found.0, found.1
            ),
            TeachError::Stopped => f.write_str("teach: stopped before it was done"),
            TeachError::Backbone { message } => write!(f, "use the backbone: {message}"),
        }
    }
}

impl std::error::Error for TeachError {}

#[allow(clippy::needless_pass_by_value)]
pub(super) fn failed(error: ort::Error) -> TeachError {
    TeachError::Backbone {
        message: error.message().to_owned(),
    }
}
