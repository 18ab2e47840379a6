//! What a settings file may say of a GenICam camera.

use crate::ports::camera::{AcquisitionSettings, Output};
use crate::ports::feature::Features;
use crate::station::frame::FrameShape;
use serde::Deserialize;

/// Which camera, and how it is set. `None` leaves what the device has.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenicamSettings {
    /// Its address, serial number, MAC address or ID, as `inspector cameras` lists them.
    pub device: String,
    /// What the device sends, by its PFNC name: `Mono8`, `BayerRG12p`.
    #[serde(default)]
    pub pixel_format: Option<String>,
    /// What the station is given; the nearest to what the device sends when absent.
    #[serde(default)]
    pub output: Option<Output>,
    /// Part of the sensor that is read, `[left, top, width, height]` in pixels.
    #[serde(default)]
    pub region: Option<[u32; 4]>,
    /// What exposes a frame: `off` (the camera itself, without end), `software` (the station), or a line of the camera
    /// by its name, as `Line1`.
    #[serde(default)]
    pub trigger: Trigger,
    /// At which change of the line: `RisingEdge` (the default), `FallingEdge`, `AnyEdge`, `LevelHigh`, `LevelLow`.
    #[serde(default)]
    pub trigger_activation: Option<String>,
    /// SFNC `ExposureTime`, microseconds; switches automatic exposure off.
    #[serde(default)]
    pub exposure_time_us: Option<u32>,
    /// SFNC `Gain`, in decibels where the device has them, else in its own unit; switches automatic gain off.
    #[serde(default)]
    pub gain: Option<f32>,
    /// SFNC `AcquisitionFrameRate`, Hz.
    #[serde(default)]
    pub frame_rate_hz: Option<f32>,
    /// Bytes of a packet; the largest that arrives is found out when absent. GigE Vision only.
    #[serde(default)]
    pub packet_size: Option<u32>,
    /// Whether lost packets are asked for again. GigE Vision only.
    #[serde(default = "yes")]
    pub resend: bool,
    /// Whether packets are taken from below the network stack where this program may (`CAP_NET_RAW`): far fewer are lost.
    #[serde(default = "yes")]
    pub packet_socket: bool,
    /// Frames that wait for the station, 2 to 64.
    #[serde(default = "eight")]
    pub buffers: u32,
    /// The chunk with the encoder's count at the exposure, as `ChunkEncoderValue` or `ChunkCounterValue`.
    #[serde(default)]
    pub counts_chunk: Option<String>,
    /// The chunk with the levels of the lines at the exposure, as `ChunkLineStatusAll`.
    #[serde(default)]
    pub lines_chunk: Option<String>,
    /// Any other feature of the device by its own name, set in this order before everything above: a table, or a list
    /// of tables where a selector is needed twice.
    #[serde(default)]
    pub features: Features,
}

const fn yes() -> bool {
    true
}

const fn eight() -> u32 {
    8
}

impl GenicamSettings {
    /// The shape of its frames, where the settings say all of it.
    pub fn shape(&self) -> Option<FrameShape> {
        let [_, _, width, height] = self.region?;
        Some(FrameShape {
            width,
            height,
            pixel_format: self.output?.into(),
        })
    }

    /// A device with everything else as it is.
    pub fn of(device: &str) -> Self {
        Self {
            device: device.to_owned(),
            pixel_format: None,
            output: None,
            region: None,
            trigger: Trigger::Off,
            trigger_activation: None,
            exposure_time_us: None,
            gain: None,
            frame_rate_hz: None,
            packet_size: None,
            resend: yes(),
            packet_socket: yes(),
            buffers: eight(),
            counts_chunk: None,
            lines_chunk: None,
            features: Features::default(),
        }
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

/// What exposes a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Trigger {
    /// The camera by itself, one after the other.
    #[default]
    Off,
    /// The station, by `Camera::trigger`.
    Software,
    /// A line of the camera, or another source by the camera's own name.
    Line(String),
}

impl From<String> for Trigger {
    fn from(text: String) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "off" => Trigger::Off,
            "software" => Trigger::Software,
            _ => Trigger::Line(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::feature::FeatureValue;

    #[test]
    fn features_stay_in_the_order_of_the_file() {
        let text = r#"
            device = "192.168.7.3"
            trigger = "Line1"
            [features]
            LineSelector = "Line1"
            LineInverter = true
            Gamma = 0.5
            BlackLevelRaw = 3
        "#;
        let settings: GenicamSettings = toml::from_str(text).unwrap();
        assert_eq!(settings.trigger, Trigger::Line("Line1".to_owned()));
        let expected = [
            ("LineSelector", FeatureValue::Text("Line1".to_owned())),
            ("LineInverter", FeatureValue::Bool(true)),
            ("Gamma", FeatureValue::Float(0.5)),
            ("BlackLevelRaw", FeatureValue::Int(3)),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(settings.features.0, expected);
    }

    #[test]
    fn a_selector_may_be_set_twice() {
        let text = r#"
            device = "GV01"
            features = [
                { LineSelector = "Line2", LineMode = "Output" },
                { LineSelector = "Line1", LineMode = "Input" },
            ]
        "#;
        let settings: GenicamSettings = toml::from_str(text).unwrap();
        let names: Vec<&str> = settings
            .features
            .0
            .iter()
            .map(|(name, _)| &name[..])
            .collect();
        assert_eq!(
            names,
            ["LineSelector", "LineMode", "LineSelector", "LineMode"]
        );
    }
}
