//! The rules of the house that rustfmt and clippy do not know.
//!
//! Rooms import downward only. A new room must be added here, on purpose.

use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms it may name after `crate::`.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("station", &[]),
    ("telemetry", &["clock", "queue", "station"]),
    ("ports", &["station", "telemetry"]),
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
    ("decode", &["station"]),
    ("lists", &[]),
    (
        "adapters",
        &["clock", "decode", "lists", "ports", "station"],
    ),
    (
        "settings",
        &[
            "adapters",
            "hash",
            "path_error",
            "priority",
            "station",
            "telemetry",
        ],
    ),
    (
        "results",
        &["clock", "hash", "ports", "settings", "station", "telemetry"],
    ),
    (
        "control",
        &[
            "adapters",
            "clock",
            "decode",
            "hash",
            "path_error",
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
            "decode",
            "export",
            "priority",
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

/// The rooms of the package `models`, from the ground up: each may name only rooms that stand before it, so that there
/// can be no circle.
const MODELS_MAY_IMPORT: &[(&str, &[&str])] = &[
    ("answer", &[]),
    ("image", &[]),
    ("onnx", &[]),
    ("bundle", &["answer", "image", "onnx"]),
    ("runtime", &[]),
    ("prepare", &["bundle", "image"]),
    (
        "session",
        &["answer", "bundle", "image", "onnx", "prepare", "runtime"],
    ),
    (
        "accept",
        &["answer", "bundle", "image", "runtime", "session"],
    ),
    (
        "quantise",
        &["bundle", "image", "onnx", "runtime", "session"],
    ),
    ("import", &["bundle", "image", "onnx", "runtime", "session"]),
    (
        "teach",
        &[
            "accept", "answer", "bundle", "image", "onnx", "prepare", "quantise", "runtime",
            "session",
        ],
    ),
];

const LINES_MAX: usize = 400;

#[test]
fn rooms_import_downward() {
    check_imports("inspector", MAY_IMPORT);
    check_imports("models", MODELS_MAY_IMPORT);
}

#[test]
fn the_rooms_of_models_stand_on_those_before_them() {
    for (index, (room, allowed)) in MODELS_MAY_IMPORT.iter().enumerate() {
        let before = &MODELS_MAY_IMPORT[..index];
        for below in *allowed {
            let is_before = before.iter().any(|(earlier, _)| earlier == below);
            assert!(
                is_before,
                "{room} may import {below}, which stands above it"
            );
        }
    }
}

/// Names every file of a room that names a room after `crate::` that it may not.
fn check_imports(package: &str, may_import: &[(&str, &[&str])]) {
    let mut untidy = Vec::new();
    for (room, allowed) in may_import {
        let folder = Path::new(package).join(room);
        let alone = folder.with_extension("rs");
        for file in files(&folder)
            .into_iter()
            .chain(alone.exists().then_some(alone))
        {
            let text = fs::read_to_string(&file).unwrap();
            for (number, line) in text.lines().enumerate() {
                for (at, _) in line.match_indices("crate::") {
                    if line.trim_start().starts_with("//") {
                        continue;
                    }
                    let rest = &line[at + "crate::".len()..];
                    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                    let target = match rest.starts_with('{') {
                        true => "several rooms at once",
                        false => match &rest[..end.unwrap_or(rest.len())] {
                            // A macro stands at the top of the crate, wherever it is written.
                            "tell" => "telemetry",
                            target => target,
                        },
                    };
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
    for entry in fs::read_dir("models").unwrap() {
        let path = entry.unwrap().path();
        let is_code = path.is_dir() || path.extension().is_some_and(|ending| ending == "rs");
        let name = path.file_stem().unwrap().to_str().unwrap();
        let is_known = MODELS_MAY_IMPORT.iter().any(|(room, _)| *room == name);
        // `lib` names everything; the others hold no code of the library.
        let is_free = ["lib", "assets", "benches", "python", "tests"].contains(&name);
        assert!(
            !is_code || is_known || is_free,
            "models: unknown room {name}"
        );
    }
}

/// A line without a code cannot be looked up, and the data plane tells by alarms and counters.
#[test]
fn every_line_of_the_log_has_a_code_and_no_stage_writes_one() {
    for file in files(Path::new("inspector")) {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.display().to_string();
        if !name.contains("/telemetry/") {
            let is_bare = ["tracing::info!", "tracing::warn!", "tracing::error!"];
            let found = is_bare.iter().find(|bare| text.contains(**bare));
            assert!(found.is_none(), "{name}: {found:?} has no code; use tell!");
        }
        let is_data_plane = ["/pipeline/", "/station/", "/ports/"];
        if is_data_plane.iter().any(|room| name.contains(room)) {
            assert!(!text.contains("tell!("), "{name}: a stage writes a line");
        }
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

/// Rooms whose documentation says something wherever it stands. The list grows until it holds all of them.
const SAYS_SOMETHING: [&str; 4] = [
    "calibration",
    "inspector/pipeline",
    "inspector/ports",
    "inspector/station",
];

#[test]
fn documentation_of_one_or_two_words_is_refused() {
    for file in SAYS_SOMETHING
        .iter()
        .flat_map(|room| files(Path::new(room)))
    {
        let text = fs::read_to_string(&file).unwrap();
        let mut words = 0;
        for (number, line) in text.lines().enumerate() {
            match line.trim_start().strip_prefix("///") {
                Some(said) => words += said.split_whitespace().count(),
                None => {
                    let is_said = words == 0 || words > 2;
                    assert!(is_said, "{}:{number}: says nothing", file.display());
                    words = 0;
                }
            }
        }
    }
}
