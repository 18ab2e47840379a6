//! The rules of the house that rustfmt and clippy do not know.
//!
//! Rooms import downward only. A new room must be added here, on purpose.

use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms it may name after `crate::`.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("station", &[]),
    ("telemetry", &["clock", "queue", "station"]),
    ("ports", &["station"]),
    (
        "pipeline",
        &[
            "clock",
            "ports",
            "priority",
            "queue",
            "station",
            "telemetry",
        ],
    ),
    ("adapters", &["clock", "ports", "station"]),
    ("settings", &["adapters", "hash", "priority", "station"]),
    (
        "results",
        &["clock", "hash", "ports", "settings", "station", "telemetry"],
    ),
    (
        "control",
        &[
            "adapters",
            "clock",
            "hash",
            "pipeline",
            "ports",
            "queue",
            "results",
            "settings",
            "station",
            "telemetry",
        ],
    ),
    ("export", &["results", "station"]),
    (
        "http",
        &[
            "control",
            "export",
            "queue",
            "results",
            "station",
            "telemetry",
        ],
    ),
    (
        "bench",
        &["clock", "pipeline", "ports", "priority", "station"],
    ),
    (
        "simulation",
        &[
            "clock",
            "pipeline",
            "ports",
            "queue",
            "results",
            "station",
            "telemetry",
        ],
    ),
];

const LINES_MAX: usize = 400;

#[test]
fn rooms_import_downward() {
    let mut untidy = Vec::new();
    for (room, allowed) in MAY_IMPORT {
        for file in files(&Path::new("inspector").join(room)) {
            let text = fs::read_to_string(&file).unwrap();
            for (number, line) in text.lines().enumerate() {
                for (at, _) in line.match_indices("crate::") {
                    if line.trim_start().starts_with("//") {
                        continue;
                    }
                    let rest = &line[at + "crate::".len()..];
                    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                    let target = &rest[..end.unwrap_or(rest.len())];
                    if !target.is_empty() && target != *room && !allowed.contains(&target) {
                        untidy.push(format!(
                            "{}:{}: {room} may not import {target}",
                            file.display(),
                            number + 1
                        ));
                    }
                }
            }
        }
    }
    assert!(untidy.is_empty(), "\n{}", untidy.join("\n"));
}

#[test]
fn every_room_is_known() {
    for entry in fs::read_dir("inspector").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let is_known = MAY_IMPORT.iter().any(|(room, _)| *room == name);
        // `cli` may name everything; `demo` holds no code.
        let is_free = name == "cli" || name == "demo";
        assert!(!path.is_dir() || is_known || is_free, "unknown room {name}");
    }
}

#[test]
fn files_stay_small_and_names_say_something() {
    for room in [
        "inspector",
        "models",
        "calibration",
        "ui",
        "tests",
        "benches",
    ] {
        for file in files(Path::new(room)) {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            assert!(lines <= LINES_MAX, "{}: {lines} lines", file.display());
            let stem = file.file_stem().unwrap().to_str().unwrap();
            let is_vague = ["utils", "util", "common", "helpers", "manager"].contains(&stem);
            assert!(!is_vague, "{}: says nothing", file.display());
        }
    }
}

#[test]
fn only_the_clock_reads_a_clock_and_every_queue_is_bounded() {
    for file in files(Path::new("inspector")) {
        let text = fs::read_to_string(&file).unwrap();
        if file.ends_with("clock.rs") {
            continue;
        }
        for forbidden in [
            "Instant::now",
            "SystemTime::now",
            "unbounded",
            "mpsc::channel()",
        ] {
            assert!(!text.contains(forbidden), "{}: {forbidden}", file.display());
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("node_modules"))
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect()
}
