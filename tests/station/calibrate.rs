//! `inspector calibrate` as a person uses it, and a station that measures with what it wrote.

#[path = "../../calibration/tests/scene/mod.rs"]
mod scene;

use calibration::Board;
use inspector::results::reader::{Filter, Reader};
use scene::{FRAME, LENS, Pose, chessboard, picture, poses};
use std::path::Path;
use std::process::{Command, Output};

fn board() -> Board {
    Board::new(9, 6, 10.0).expect("a board")
}

fn save(path: &Path, pixels: &[u8]) {
    let (width, height) = (FRAME.width, FRAME.height);
    image::save_buffer(path, pixels, width, height, image::ExtendedColorType::L8).expect("written");
}

fn shots(folder: &Path, poses: &[Pose]) {
    std::fs::create_dir_all(folder).expect("a folder");
    for (i, pose) in poses.iter().enumerate() {
        let pixels = picture(&LENS, pose, FRAME, |x, y| chessboard(&board(), x, y));
        save(&folder.join(format!("{i:02}.png")), &pixels);
    }
}

fn inspector(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(args)
        .current_dir(folder)
        .output()
        .expect("it runs")
}

/// From here, where ONNX Runtime is found.
fn with_station(at: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(args)
        .arg("--settings")
        .arg(at.join("station.toml"))
        .output()
        .expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_folder_of_board_images_becomes_a_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    shots(&at.join("boards"), &poses(&board()));
    std::fs::create_dir_all(at.join("flat")).expect("a folder");
    let white: Vec<u8> = (0..FRAME.area())
        .map(|i| 200 - (i as u32 % FRAME.width / 10) as u8)
        .collect();
    save(&at.join("flat/1.png"), &white);
    let arguments = ["calibrate", "--board", "9x6", "--square-mm", "10", "boards"];
    let done = inspector(
        at,
        &[&arguments[..], &["--plane", "00.png", "--flat", "flat"]].concat(),
    );
    let said = text(&done.stdout);
    assert!(done.status.success(), "{said}{}", text(&done.stderr));
    assert!(said.contains("00.png: used: 0."), "{said}");
    assert!(said.contains("mm per pixel"), "{said}");
    assert!(said.contains("light uneven by a factor of 1.4"), "{said}");
    let written = calibration::Configuration::load(&at.join("configuration"), "camera");
    let (configuration, _) = written.expect("readable").expect("there");
    let evidence = configuration.evidence.expect("from images");
    assert!(evidence.reprojection_error_px < 0.06, "{evidence:?}");
    assert_eq!(evidence.images.len(), 9);
    assert!(configuration.flat_field.is_some());
}

#[test]
fn a_bad_set_is_refused_with_the_reason_of_each_image() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    shots(&at.join("boards"), &poses(&board())[..2]);
    save(&at.join("boards/dark.png"), &vec![3; FRAME.area()]);
    let done = inspector(
        at,
        &["calibrate", "--board", "9x6", "--square-mm", "10", "boards"],
    );
    let said = text(&done.stderr);
    assert_eq!(done.status.code(), Some(3), "{said}");
    assert!(said.contains("dark.png: refused: no contrast"), "{said}");
    assert!(
        said.contains("2 usable images, expected at least 5"),
        "{said}"
    );
    assert!(!at.join("configuration/camera.toml").exists());
}

#[test]
fn wrong_arguments_say_what_is_expected() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    std::fs::create_dir_all(at.join("empty")).expect("a folder");
    for (args, expected) in [
        (&["calibrate"][..], "nothing to calibrate from"),
        (
            &["calibrate", "empty"],
            "--board and --square-mm are needed",
        ),
        (
            &["calibrate", "empty", "--board", "9", "--square-mm", "10"],
            "COLUMNSxROWS",
        ),
        (
            &["calibrate", "empty", "--board", "9x6", "--square-mm", "10"],
            "expected images",
        ),
        (
            &["calibrate", "absent", "--board", "9x6", "--square-mm", "10"],
            "absent",
        ),
        (
            &["calibrate", "live", "--board", "9x6", "--square-mm", "10"],
            "station settings",
        ),
        (
            &[
                "calibrate",
                "empty",
                "--camera",
                "../top",
                "--flat",
                "empty",
            ],
            "letters and digits of every script are allowed",
        ),
    ] {
        let done = inspector(at, args);
        let said = text(&done.stderr);
        assert!(
            !done.status.success() && said.contains(expected),
            "{args:?}: {said}"
        );
    }
}

const STATION: &str = r#"
[station]
name = "t"
data = "data"
recipes = "recipes"
models = "MODELS"
[timing]
pitch_ms_min = 60
decide_by_ms = 2000
frame_window_ms = 50
[trigger]
source = "camera"
style = "part"
[ejector]
kind = "none"
resting = "energise-to-accept"
hold_ms = 20
[[camera]]
name = "top"
kind = "folder"
path = "boards"
manifest = "twice.csv"
interval_ms = 100
"#;

const RECIPE: &str = r#"
[recipe]
author = "a"
reason = "r"
created = "2026-01-01T00:00:00Z"
[[view]]
name = "top"
camera = "top"
model = "demo"
reject_above = 0.45
"#;

/// A station whose camera shows each board twice, as one held still would be seen.
fn station(at: &Path) {
    shots(&at.join("boards"), &poses(&board()));
    let mut manifest = "file\n".to_owned();
    for i in 0..poses(&board()).len() {
        manifest.push_str(&format!("{i:02}.png\n{i:02}.png\n"));
    }
    std::fs::write(at.join("boards/twice.csv"), manifest).expect("written");
    crate::accept_demo();
    let models = std::env::current_dir()
        .expect("a folder")
        .join("models/assets");
    let settings = STATION.replace("MODELS", &models.display().to_string());
    std::fs::write(at.join("station.toml"), settings).expect("written");
    std::fs::create_dir_all(at.join("recipes/part")).expect("a folder");
    std::fs::write(at.join("recipes/part/1.toml"), RECIPE).expect("written");
}

#[test]
fn a_station_measures_with_what_was_taken_live() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    station(at);
    let done = inspector(
        at,
        &[
            "calibrate",
            "live",
            "--board",
            "9x6",
            "--square-mm",
            "10",
            "--count",
            "9",
        ],
    );
    let said = text(&done.stdout);
    assert!(done.status.success(), "{said}{}", text(&done.stderr));
    assert!(said.contains("hold the board still"), "{said}");
    assert!(said.contains("live-09.png: taken, 0 to go"), "{said}");
    assert!(at.join("configuration/top-images/live-09.png").exists());
    let checked = with_station(at, &["check"]);
    let said = text(&checked.stdout);
    assert!(
        said.contains("mm per pixel"),
        "{said}{}",
        text(&checked.stderr)
    );
    let ran = with_station(at, &["run", "--listen", "127.0.0.1:0"]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let reader = Reader::open(&at.join("data")).expect("a log");
    let page = reader.list(&Filter::default()).expect("a page");
    let ids = page.items.iter().filter_map(|item| item.id);
    let views = ids.flat_map(|id| {
        let detail = reader.detail(id).expect("readable").expect("there");
        detail.view_results
    });
    let mut measured = 0;
    for view in views {
        let used = view.configuration.expect("the camera is calibrated");
        assert_eq!(used.camera, "top");
        assert!(
            used.mm_per_px
                .is_some_and(|scale| (0.23..0.26).contains(&scale)),
            "{used:?}"
        );
        assert!(
            view.times_us.correct.is_some_and(|us| us > 0),
            "{:?}",
            view.times_us
        );
        for finding in view.findings {
            let area = finding.area_mm2.expect("measured");
            let [_, _, width, height] = finding.box_mm.expect("measured");
            assert!(area > 0.0 && area <= width * height * 1.2, "{finding:?}");
            // A pixel is about 0.06 mm² all over the frame.
            assert!(
                (0.04..0.09).contains(&(area / finding.area_px)),
                "{finding:?}"
            );
            measured += 1;
        }
    }
    assert!(measured > 0, "boards are no good parts");
}

#[test]
fn a_configuration_for_other_frames_is_refused_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    station(at);
    let other = calibration::Configuration::new("top", "then", calibration::Size::new(1280, 960));
    other.save(&at.join("configuration")).expect("written");
    let ran = with_station(at, &["run", "--listen", "127.0.0.1:0"]);
    let said = text(&ran.stderr);
    assert!(!ran.status.success());
    assert!(
        said.contains("1280x960") && said.contains("640x480"),
        "{said}"
    );
    assert!(said.contains("calibrate again"), "{said}");
}
