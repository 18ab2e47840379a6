//! One image and what the camera says of it, in the words of GigE Vision and PFNC.

use super::part::{PartId, Style};
use super::time::Instant;
use serde::{Deserialize, Serialize};

/// Pixel layout after the adapter's copy, under its PFNC name. Adapters convert what the device
/// sends (Bayer, YUV, 10–16 bit, MJPG) into one of these while copying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PixelFormat {
    /// One byte a pixel.
    Mono8,
    /// Red, green, blue; three bytes a pixel, rows without padding.
    #[serde(rename = "RGB8")]
    Rgb8,
}

impl PixelFormat {
    /// Bytes a pixel: 1 or 3.
    pub const fn bytes(self) -> usize {
        match self {
            PixelFormat::Mono8 => 1,
            PixelFormat::Rgb8 => 3,
        }
    }

    /// The PFNC name.
    pub const fn name(self) -> &'static str {
        match self {
            PixelFormat::Mono8 => "Mono8",
            PixelFormat::Rgb8 => "RGB8",
        }
    }
}

/// Width, height and layout of every frame of an opened camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameShape {
    /// Pixels a row.
    pub width: u32,
    /// Number of rows, in pixels.
    pub height: u32,
    /// Layout of a pixel in memory.
    pub pixel_format: PixelFormat,
}

impl FrameShape {
    /// Bytes of one frame, rows packed.
    pub const fn bytes(&self) -> usize {
        self.width as usize * self.height as usize * self.pixel_format.bytes()
    }
}

/// What came with a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameMeta {
    /// The device's frame counter, widened by the adapter so that it never wraps or repeats while
    /// the camera stays open: a difference of n + 1 between neighbours means n frames were lost.
    pub block_id: u64,
    /// Raw device or kernel timestamp in nanoseconds, as sent; for the record only.
    pub device_timestamp_ns: Option<u64>,
    /// When the frame was exposed, on our monotonic clock; arrival time where the device's
    /// timestamp cannot be trusted.
    pub exposed_at: Instant,
    /// Shape of the pixels written.
    pub shape: FrameShape,
    /// What the source itself knows of the part (chunk data, a manifest beside image files).
    pub part_id: Option<PartId>,
    /// Likewise its style.
    pub style: Option<Style>,
    /// Counts of an encoder that is wired to the camera, as the camera latched them at the exposure. They roll over.
    pub counts: Option<u32>,
    /// Levels of the camera's own lines at the exposure, one bit a line.
    pub lines: Option<u32>,
}
