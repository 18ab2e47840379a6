//! The settings files that the guide gives integrators, each run as it stands, on the first day: no device answers.

use crate::served::{self, Station};
use std::path::{Path, PathBuf};
use std::time::Duration;

fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("docs/guide/wiring").unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// A copy that may listen and keep what it records, with one recipe of the demo's model.
fn home(file: &Path) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let models = Path::new("models/assets").canonicalize().unwrap();
    let settings = std::fs::read_to_string(file).unwrap();
    let settings = settings
        .replace("models = \"models\"", &format!("models = {models:?}"))
        // Where only a real network has an answer, this machine has none either, at once.
        .replace("192.168.1.5", "127.0.0.1:9")
        .replace("pinctrl-rp1", "no such chip")
        .replace("0.0.0.0:502", "127.0.0.1:0");
    std::fs::write(home.path().join("station.toml"), settings).unwrap();
    std::fs::write(home.path().join("styles.csv"), "part_id,style\nA-1,part\n").unwrap();
    served::recipe(home.path(), "part", "demo", 0.45);
    home
}

#[test]
fn every_settings_file_of_the_guide_runs_and_says_what_is_missing() {
    crate::accept_demo();
    let guide = std::fs::read_to_string("docs/guide/wiring.md").unwrap();
    let files = files();
    assert!(files.len() == 7, "{files:?}");
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(guide.contains(&format!("wiring/{name}")), "{name}");
        let text = std::fs::read_to_string(&file).unwrap();
        if text.contains("kind = \"genicam\"") && cfg!(not(feature = "genicam")) {
            eprintln!("SKIPPED: {name} needs the feature genicam");
            continue;
        }
        let home = home(&file);
        let station = Station::start(home.path());
        // Nobody may ask of a program that has not asked yet; everything else is missing, and is said to be.
        let asks_by_itself = text.contains("kind = \"http\"");
        let mut told = String::new();
        let is_told = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            let line = station.get("/api/line");
            let devices = line["devices"].as_array().unwrap();
            assert!(!devices.is_empty(), "{name}");
            let mut missing = devices.iter().filter(|device| device["kind"] != "http");
            let alarms = station.get("/api/alarms");
            let mut kinds = alarms.as_array().unwrap().iter();
            let is_camera_told = kinds.any(|alarm| alarm["kind"] == "camera_gone");
            told = format!("{line} {alarms}");
            is_camera_told && missing.all(|device| device["is_connected"] == false)
        });
        assert!(is_told, "{name}: {told}");
        let (status, _) = match asks_by_itself {
            // Without its camera it still answers, and never to accept.
            true => station.send("POST", "/api/line/robot/parts", "application/json", b"{}"),
            false => (0, Vec::new()),
        };
        if asks_by_itself {
            assert_eq!(status, 200, "{name}");
            let rejected = (0..100).any(|_| {
                std::thread::sleep(Duration::from_millis(50));
                let page = station.get("/api/results?limit=5");
                page["items"][0]["disposition"] == "reject"
            });
            assert!(rejected, "{name}");
            continue;
        }
        let page = station.get("/api/results?limit=5");
        assert!(
            page["items"].as_array().unwrap().is_empty(),
            "{name}: nothing came"
        );
    }
}
