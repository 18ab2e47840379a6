//! A borrowed image, the layout of its pixels, and why one cannot be preprocessed.

use std::fmt;

/// Colour channels of an image or an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// One byte a pixel.
    Mono,
    /// Red, green, blue, in this order.
    Rgb,
}

impl Channels {
    /// 1 or 3.
    pub const fn count(self) -> usize {
        match self {
            Channels::Mono => 1,
            Channels::Rgb => 3,
        }
    }

    /// As written in `model.toml`.
    pub const fn name(self) -> &'static str {
        match self {
            Channels::Mono => "Mono",
            Channels::Rgb => "RGB",
        }
    }
}

/// Somebody else's pixels: rows from the top, without padding, 8 bits a channel.
#[derive(Clone, Copy, Debug)]
pub struct ImageView<'a> {
    /// `width * height * channels.count()` bytes.
    pub pixels: &'a [u8],
    /// Pixels a row.
    pub width: u32,
    /// Rows of pixels.
    pub height: u32,
    /// Layout of a pixel.
    pub channels: Channels,
}

/// Why an image was not taken. The session's input is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputError {
    /// The pixels are not as many as the size says.
    Length {
        /// Bytes that width, height and channels make.
        expected: usize,
        /// Bytes that there are.
        found: usize,
    },
    /// The model takes other channels. Converting is the caller's decision.
    Channels {
        /// Those that the model takes.
        expected: Channels,
        /// Those that the image has.
        found: Channels,
    },
    /// No pixel, or too many for this model: a side is at most [`SOURCE_SIDE_MAX`] pixels and 64
    /// times the model's.
    Size {
        /// Width and height in pixels.
        found: (u32, u32),
        /// The largest width and height that this model takes.
        max: (u32, u32),
    },
    /// It is of another size than the frames that the session looks at a place of.
    Frame {
        /// Width and height of those.
        expected: (u32, u32),
        /// Those of the image, in pixels.
        found: (u32, u32),
    },
    /// It is too long for its middle to fill the input.
    Aspect {
        /// Width and height in pixels.
        found: (u32, u32),
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
            InputError::Size { found, max } => write!(
                f,
                "preprocess: expected 1×1 to {}×{} pixels, found {}×{}",
                max.0, max.1, found.0, found.1
            ),
            InputError::Frame { expected, found } => write!(
                f,
                "preprocess: `region` and `ignore` are for images of {}×{} pixels, found {}×{}",
                expected.0, expected.1, found.0, found.1
            ),
            InputError::Aspect { found } => write!(
                f,
                "preprocess: the model takes the middle of an image, and {}×{} pixels are too long for that",
                found.0, found.1
            ),
        }
    }
}

impl std::error::Error for InputError {}
