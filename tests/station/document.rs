//! The API's document is committed, and says what the server says.

use inspector::station::verdict::Cause;

#[test]
fn the_committed_document_is_the_servers_own() {
    let committed = std::fs::read_to_string("ui/openapi.json").unwrap();
    assert!(
        committed == inspector::http::openapi_json(),
        "ui/openapi.json is out of date: run `inspector openapi > ui/openapi.json` and `npm run types`"
    );
}

#[test]
fn the_document_and_the_log_know_every_cause() {
    let document = inspector::http::openapi_json();
    let schema = std::fs::read_to_string("inspector/results/schema.sql").unwrap();
    for cause in Cause::ALL {
        assert!(
            document.contains(&format!("\"{}\"", cause.name())),
            "{cause:?}"
        );
        assert!(schema.contains(&format!("'{}'", cause.name())), "{cause:?}");
    }
}

#[test]
fn the_reference_of_the_settings_is_itself_valid() {
    let file = std::path::Path::new("default.toml");
    let parsed = inspector::settings::StationSettings::parse(file, inspector::settings::DEFAULT);
    assert!(parsed.is_ok(), "{parsed:?}");
}

#[test]
fn every_mistake_in_the_settings_is_reported_at_once_with_its_line() {
    let text = inspector::settings::DEFAULT
        .replace("pitch_ms_min = 400 ", "pitch_ms_min = \"x\" ")
        .replace("hold_ms = 150", "hold = 150")
        .replace(
            "kind = \"sim\"                     # required; \"sim\", \"folder\"",
            "kind = \"usb\" #",
        )
        + "\n[unknown]\n";
    let file = std::path::Path::new("station.toml");
    let problems = inspector::settings::StationSettings::parse(file, &text).unwrap_err();
    let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let all = all.join("\n");
    for expected in ["pitch_ms_min", "hold", "usb", "unknown"] {
        assert!(all.contains(expected), "{expected} is not in:\n{all}");
    }
    let with_line = problems.iter().filter(|problem| problem.line.is_some());
    assert!(with_line.count() >= 4, "{all}");
}

/// A camera of a kind that this build lacks is told as that, with how to get it.
#[test]
fn a_genicam_camera_is_read_or_said_to_be_missing_from_this_build() {
    use inspector::adapters::camera::genicam;
    use inspector::settings::{CameraKind, StationSettings};
    let genicam_camera = "kind = \"genicam\"\ndevice = \"169.254.3.7\"\ntrigger = \"Line1\"\n\
                          features = { ExposureAuto = \"Off\", Gamma = 0.5 }\n\
                          [[camera]]\nname = \"side\"\nkind = \"sim\"";
    let (before, cameras) = inspector::settings::DEFAULT
        .split_once("\n[[camera]]")
        .expect("there is a camera");
    let cameras = cameras.replacen("kind = \"sim\" ", &format!("{genicam_camera} "), 1);
    let text = format!("{before}\n[[camera]]{cameras}");
    let file = std::path::Path::new("station.toml");
    match StationSettings::parse(file, &text) {
        Ok(settings) => {
            let CameraKind::Genicam(camera) = &settings.cameras[0].kind else {
                panic!("{:?}", settings.cameras[0]);
            };
            assert_eq!(camera.device, "169.254.3.7");
            assert_eq!(camera.features.0.len(), 2);
            assert_eq!(genicam::IS_BUILT, cfg!(feature = "genicam"));
        }
        Err(problems) => {
            let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
            assert!(
                !genicam::IS_BUILT && all[0].contains("make release"),
                "{all:?}"
            );
            assert_eq!(all.len(), 1, "{all:?}");
        }
    }
}
