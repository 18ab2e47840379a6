//! A borrowed image. What the pixels show is not this module's matter.

use opencv::boxed_ref::BoxedRef;
use opencv::core::{Mat, Vec3b};
use std::fmt;

/// Longest side of an image, in pixels. OpenCV's fixed-point tables hold 16-bit coordinates.
pub const SIDE_MAX: u32 = 16_384;

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Pixels a row.
    pub width: u32,
    /// Number of rows, in pixels.
    pub height: u32,
}

impl Size {
    /// Width, then height.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Width times height, in pixels.
    pub const fn area(self) -> usize {
        self.width as usize * self.height as usize
    }

    /// Whether both sides are in `1..=SIDE_MAX`.
    pub const fn is_usable(self) -> bool {
        self.width >= 1 && self.height >= 1 && self.width <= SIDE_MAX && self.height <= SIDE_MAX
    }

    pub(crate) fn diagonal_px(self) -> f64 {
        f64::from(self.width).hypot(f64::from(self.height))
    }

    pub(crate) fn opencv(self) -> opencv::core::Size {
        // Sides are at most `SIDE_MAX`, which a view has checked.
        opencv::core::Size::new(self.width as i32, self.height as i32)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// Layout of a pixel, 8 bits a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channels {
    /// One byte a pixel: brightness.
    Grey,
    /// Red, green, blue, interleaved.
    Rgb,
}

impl Channels {
    /// Bytes a pixel.
    pub const fn count(self) -> usize {
        match self {
            Channels::Grey => 1,
            Channels::Rgb => 3,
        }
    }
}

/// Somebody else's pixels: rows from the top, without padding, 8 bits a channel.
#[derive(Clone, Copy, Debug)]
pub struct ImageView<'a> {
    pixels: &'a [u8],
    size: Size,
    channels: Channels,
}

/// Pixels that do not fill the size they come with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewError {
    /// A side is 0 or over [`SIDE_MAX`].
    Size {
        /// Width and height as given.
        found: Size,
    },
    /// Too few or too many bytes.
    Length {
        /// Bytes for this size.
        expected: usize,
        /// How many were given.
        found: usize,
    },
}

impl fmt::Display for ViewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ViewError::Size { found } => write!(
                f,
                "image of {found} pixels: expected sides of 1 to {SIDE_MAX}"
            ),
            ViewError::Length { expected, found } => {
                write!(
                    f,
                    "image: expected {expected} bytes of pixels, found {found}"
                )
            }
        }
    }
}

impl std::error::Error for ViewError {}

/// Whether `found` bytes fill an image of that shape.
pub(crate) fn check(size: Size, channels: Channels, found: usize) -> Result<(), ViewError> {
    if !size.is_usable() {
        return Err(ViewError::Size { found: size });
    }
    let expected = size.area() * channels.count();
    if found != expected {
        return Err(ViewError::Length { expected, found });
    }
    Ok(())
}

impl<'a> ImageView<'a> {
    /// `pixels` holds `size.area() * channels.count()` bytes.
    ///
    /// # Errors
    /// When it does not, or a side is 0 or too long.
    pub fn new(pixels: &'a [u8], size: Size, channels: Channels) -> Result<Self, ViewError> {
        check(size, channels, pixels.len())?;
        Ok(Self {
            pixels,
            size,
            channels,
        })
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Layout of a pixel.
    pub fn channels(&self) -> Channels {
        self.channels
    }

    /// Rows from the top, without padding.
    pub fn pixels(&self) -> &'a [u8] {
        self.pixels
    }
}

/// A matrix that borrows the bytes of a checked image.
pub(crate) fn matrix(
    pixels: &[u8],
    size: Size,
    channels: Channels,
) -> opencv::Result<BoxedRef<'_, Mat>> {
    let (rows, columns) = (size.height as i32, size.width as i32);
    match channels {
        Channels::Grey => Mat::new_rows_cols_with_bytes::<u8>(rows, columns, pixels),
        Channels::Rgb => Mat::new_rows_cols_with_bytes::<Vec3b>(rows, columns, pixels),
    }
}
