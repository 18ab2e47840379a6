//! The settings of a new station: one camera, whose frames are parts, and nothing that takes parts out yet.

/// Style of the parts of a station of which nothing is known yet.
pub const STYLE: &str = "part";

/// A camera that was found, or that is awaited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreshCamera {
    /// As `kind` in the settings: `v4l2` or `genicam`.
    pub kind: &'static str,
    /// By which its adapter finds it: a path, a bus, an address or an ID.
    pub device: String,
    /// Width and height in pixels, where they are known.
    pub size: Option<(u32, u32)>,
    /// As the adapter names it; empty leaves the choice to the camera.
    pub pixel_format: String,
    /// `mono8` or `rgb8`.
    pub output: &'static str,
}

impl FreshCamera {
    /// One that is awaited where none was found: the first of the computer, with the size that most cameras know.
    pub fn awaited() -> Self {
        Self {
            kind: "v4l2",
            device: "/dev/video0".to_owned(),
            size: Some((640, 480)),
            pixel_format: String::new(),
            output: "rgb8",
        }
    }

    /// Its table in `station.toml`, without a name.
    fn lines(&self) -> String {
        let mut lines = format!(
            "kind = \"{}\"\ndevice = {}\n",
            self.kind,
            quoted(&self.device)
        );
        if !self.pixel_format.is_empty() {
            lines += &format!("pixel_format = {}\n", quoted(&self.pixel_format));
        }
        match (self.size, self.kind) {
            (Some((width, height)), "genicam") => {
                lines += &format!("region = [0, 0, {width}, {height}]\n");
            }
            (Some((width, height)), _) => lines += &format!("width = {width}\nheight = {height}\n"),
            (None, _) => {}
        }
        lines += &format!("output = \"{}\"\n", self.output);
        lines
    }
}

/// The text of `station.toml` for a station with this name and camera.
pub fn station(name: &str, camera: &FreshCamera) -> String {
    format!(
        "\
# The settings of this station. `inspector settings` prints every key and what it means; `inspector check` says
# whether they are in order. They count from the next start on.

[station]
name = {name}
data = \"data\"                    # result log and pictures
recipes = \"recipes\"
models = \"models\"
configuration = \"configuration\"  # calibration of the cameras

[timing]
pitch_ms_min = 400               # shortest time between two parts: measure it on your line
decide_by_ms = 450               # trigger to ejector: without a pass by then, rejected
frame_window_ms = 100

[trigger]
source = \"camera\"                # every frame is a part, until a trigger is wired (docs/guide/wire.md)
style = {style}

[ejector]
kind = \"none\"                    # nothing takes parts out, until that is wired
resting = \"energise-to-accept\"
hold_ms = 150

[[camera]]
name = \"top\"
{camera}",
        name = quoted(name),
        style = quoted(STYLE),
        camera = camera.lines(),
    )
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{CameraKind, StationSettings};
    use std::path::Path;

    #[test]
    fn a_new_station_has_settings_that_are_taken_whatever_it_is_called() {
        for name in ["Line 1", "三号线 \"A\"", "back\\slash"] {
            let text = station(name, &FreshCamera::awaited());
            let settings = StationSettings::parse(Path::new("/x/station.toml"), &text);
            let settings = settings.expect("in order");
            assert_eq!(settings.name, name);
            let CameraKind::V4l2(camera) = &settings.cameras[0].kind else {
                panic!("expected a V4L2 camera");
            };
            // Only so can it be awaited.
            assert!(camera.shape().is_some());
        }
    }

    #[test]
    fn a_camera_of_the_network_is_asked_for_the_whole_of_its_sensor() {
        let camera = FreshCamera {
            kind: "genicam",
            device: "Aravis-GV01".to_owned(),
            size: Some((512, 256)),
            pixel_format: "Mono8".to_owned(),
            output: "mono8",
        };
        let text = station("Line 1", &camera);
        let settings = StationSettings::parse(Path::new("/x/station.toml"), &text);
        let settings = settings.expect("in order");
        let CameraKind::Genicam(camera) = &settings.cameras[0].kind else {
            panic!("expected a GenICam camera");
        };
        assert!(camera.shape().is_some());
    }
}
