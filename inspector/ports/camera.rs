//! A camera: one stream of frames of one shape.

use crate::station::frame::{FrameMeta, FrameShape, PixelFormat};
use crate::station::part::{PartId, Style};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// What is set on the device, in SFNC terms. `None` leaves the device's own value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcquisitionSettings {
    /// SFNC `ExposureTime`, microseconds. Setting it switches automatic exposure off.
    pub exposure_time_us: Option<u32>,
    /// SFNC `Gain`, decibels where the device has them, else the device's own unit.
    pub gain: Option<f32>,
    /// SFNC `AcquisitionFrameRate`, Hz.
    pub frame_rate_hz: Option<f32>,
}

/// The layout handed to the station.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// One byte a pixel.
    Mono8,
    /// Three bytes a pixel.
    Rgb8,
}

impl From<Output> for PixelFormat {
    fn from(output: Output) -> Self {
        match output {
            Output::Mono8 => PixelFormat::Mono8,
            Output::Rgb8 => PixelFormat::Rgb8,
        }
    }
}

/// Why no frame came. Each variant asks the caller for something different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcquireError {
    /// No frame arrived in time. Normal on an idle line.
    Timeout,
    /// The camera sent an incomplete or damaged image; the next one may be fine.
    Incomplete {
        /// Its block id, where the device gave one.
        block_id: Option<u64>,
        /// Bytes that came.
        received: usize,
        /// Bytes a whole frame has.
        expected: usize,
        /// What the source itself knows of the part.
        part_id: Option<PartId>,
        /// Likewise its style.
        style: Option<Style>,
    },
    /// The camera is gone, or its stream is broken. Call [`Camera::reopen`].
    Disconnected {
        /// What the device said.
        reason: String,
    },
    /// A source with an end (files played once) has reached it.
    Ended,
}

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AcquireError::Timeout => write!(f, "no frame in time"),
            AcquireError::Incomplete {
                received, expected, ..
            } => write!(
                f,
                "incomplete frame: expected {expected} bytes, received {received}"
            ),
            AcquireError::Disconnected { reason } => write!(f, "camera disconnected: {reason}"),
            AcquireError::Ended => write!(f, "no more images"),
        }
    }
}

impl std::error::Error for AcquireError {}

/// Why a camera could not be opened, reopened or set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// Nothing answers at this address or path. Retrying may help.
    NotFound {
        /// What was looked for, and what to do.
        message: String,
    },
    /// It is there, and we may not use it.
    Permission {
        /// Which permission is missing, and how to grant it.
        message: String,
    },
    /// It is there, and in use by somebody else.
    Busy {
        /// Who, if known.
        message: String,
    },
    /// It cannot do what the settings ask. Retrying will not help.
    Unsupported {
        /// Expected, found, and what to do.
        message: String,
    },
    /// Anything else the device said.
    Device {
        /// The device's own words.
        message: String,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (OpenError::NotFound { message }
        | OpenError::Permission { message }
        | OpenError::Busy { message }
        | OpenError::Unsupported { message }
        | OpenError::Device { message }) = self;
        f.write_str(message)
    }
}

impl std::error::Error for OpenError {}

/// A stream of frames. Constructing an adapter opens the device and starts the stream.
///
/// Contract (checked by `tests/station/conformance.rs` on every adapter):
/// - `acquire` fills exactly `shape().bytes()` bytes of `pixels`, or returns an error and what is in
///   `pixels` means nothing; a damaged frame is never returned as a good one.
/// - It returns within `timeout` plus a scheduling delay, and any number of time-outs changes nothing.
/// - `block_id` grows strictly while the camera stays open, and by more than one exactly when frames
///   were lost.
/// - After `Disconnected`, every further `acquire` says `Disconnected` until `reopen` succeeds; block
///   ids may start anew then. `reopen` applies every setting again.
/// - After the first frames, `acquire` does not allocate.
pub trait Camera: Send {
    /// The shape of every frame until the camera is reopened.
    fn shape(&self) -> FrameShape;

    /// Fills `pixels` with the next frame.
    fn acquire(&mut self, pixels: &mut [u8], timeout: Duration) -> Result<FrameMeta, AcquireError>;

    /// Whether each frame is exposed by [`Self::trigger`], and none without.
    fn waits_for_trigger(&self) -> bool {
        false
    }

    /// Exposes one frame, where the camera waits for the station to say so. Returns at once: the frame comes by `acquire`.
    ///
    /// # Errors
    /// `Unsupported` where frames come by themselves, `Busy` while the trigger before this one is on its way.
    fn trigger(&mut self) -> Result<(), OpenError> {
        Err(OpenError::Unsupported {
            message: "this camera takes its frames by itself".to_owned(),
        })
    }

    /// The next frame as [`Self::acquire`] gives it, exposed for this call where the camera waits for its trigger.
    fn take(&mut self, pixels: &mut [u8], timeout: Duration) -> Result<FrameMeta, AcquireError> {
        if self.waits_for_trigger() {
            match self.trigger() {
                // The frame of the trigger before is on its way.
                Ok(()) | Err(OpenError::Busy { .. }) => {}
                Err(error) => {
                    let reason = error.to_string();
                    return Err(AcquireError::Disconnected { reason });
                }
            }
        }
        self.acquire(pixels, timeout)
    }

    /// Applies what it can, and says what the device actually did.
    fn apply(&mut self, settings: &AcquisitionSettings) -> Result<AcquisitionSettings, OpenError>;

    /// Opens the device anew after it was gone and re-applies every setting. One attempt; the caller
    /// retries. A shape other than before is `Unsupported`.
    fn reopen(&mut self) -> Result<(), OpenError>;
}
