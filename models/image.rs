//! A borrowed image, and why one cannot be preprocessed.

use crate::manifest::Channels;
use std::fmt;

/// Somebody else's pixels: rows from the top, without padding, 8 bits a channel.
#[derive(Clone, Copy, Debug)]
pub struct ImageView<'a> {
    /// `width * height * channels.count()` bytes.
    pub pixels: &'a [u8],
    /// Pixels a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Layout of a pixel.
    pub channels: Channels,
}

/// Why an image was not taken. The session's input is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputError {
    /// The pixels are not as many as the size says.
    Length {
        /// Bytes.
        expected: usize,
        /// Bytes.
        found: usize,
    },
    /// The model takes other channels. Converting is the caller's decision.
    Channels {
        /// The model's.
        expected: Channels,
        /// The image's.
        found: Channels,
    },
    /// No pixel, or a side longer than [`SOURCE_SIDE_MAX`].
    Size {
        /// Pixels a row.
        width: u32,
        /// Rows.
        height: u32,
    },
}

/// Longest side of an image that is preprocessed, in pixels.
pub const SOURCE_SIDE_MAX: u32 = 16_384;

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InputError::Length { expected, found } => {
                write!(
                    f,
                    "preprocess: expected {expected} bytes of pixels, found {found}"
                )
            }
            InputError::Channels { expected, found } => write!(
                f,
                "preprocess: the model takes {} images, found {}; set the camera's pixel format \
                 or take another model",
                expected.name(),
                found.name()
            ),
            InputError::Size { width, height } => write!(
                f,
                "preprocess: expected sides from 1 to {SOURCE_SIDE_MAX} pixels, found {width}×{height}"
            ),
        }
    }
}

impl std::error::Error for InputError {}
