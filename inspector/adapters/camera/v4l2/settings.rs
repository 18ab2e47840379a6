//! What a settings file may say of a V4L2 camera.

use crate::ports::camera::{AcquisitionSettings, Output};
use crate::ports::feature::Features;
use crate::station::frame::FrameShape;
use serde::Deserialize;

/// Which camera, and how it is set. `None` leaves what the device has.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct V4l2Settings {
    /// A path (`/dev/video0`, `/dev/v4l/by-id/…`), a bus (`usb-0000:00:14.0-1`) or a card name.
    pub device: String,
    /// Pixels a row.
    #[serde(default)]
    pub width: Option<u32>,
    /// Rows of a frame.
    #[serde(default)]
    pub height: Option<u32>,
    /// What the device sends: a PFNC name (`Mono8`, `BayerRG8`) or a FourCC (`GREY`, `YUYV`).
    #[serde(default)]
    pub pixel_format: Option<String>,
    /// What the station is given; the nearest to what the device sends when absent.
    #[serde(default)]
    pub output: Option<Output>,
    /// SFNC `ExposureTime`, microseconds; switches automatic exposure off.
    #[serde(default)]
    pub exposure_time_us: Option<u32>,
    /// SFNC `Gain`, in the device's own unit.
    #[serde(default)]
    pub gain: Option<f32>,
    /// SFNC `AcquisitionFrameRate`, Hz.
    #[serde(default)]
    pub frame_rate_hz: Option<f32>,
    /// Any other control of the driver by its name, set in this order before exposure and gain: its trigger, so that
    /// frames come with parts.
    #[serde(default)]
    pub controls: Features,
    /// Buffers shared with the driver, 2 to 32.
    #[serde(default = "four")]
    pub buffers: u32,
}

fn four() -> u32 {
    4
}

impl V4l2Settings {
    /// A device with everything else as it is.
    pub fn of(device: &str) -> Self {
        Self {
            device: device.to_owned(),
            width: None,
            height: None,
            pixel_format: None,
            output: None,
            exposure_time_us: None,
            gain: None,
            frame_rate_hz: None,
            controls: Features::default(),
            buffers: four(),
        }
    }

    /// The shape of its frames, where the settings say all of it.
    pub fn shape(&self) -> Option<FrameShape> {
        Some(FrameShape {
            width: self.width?,
            height: self.height?,
            pixel_format: self.output?.into(),
        })
    }

    /// The part of the settings that every camera has.
    pub fn acquisition(&self) -> AcquisitionSettings {
        AcquisitionSettings {
            exposure_time_us: self.exposure_time_us,
            gain: self.gain,
            frame_rate_hz: self.frame_rate_hz,
        }
    }
}
