//! Which room may name which. Imports point down, so that there can be no circle.

use super::page::PAGE_MAY_IMPORT;
use super::source::files;
use std::fs;
use std::path::Path;

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
        &[
            "clock",
            "decode",
            "error",
            "hash",
            "lists",
            "ports",
            "queue",
            "station",
            "telemetry",
        ],
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
    ("statistics", &[]),
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
            "error",
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
    ("export", &["ports", "results", "station"]),
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
            "statistics",
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

/// The rooms of the package `calibration`, as those of `models`.
const CALIBRATION_MAY_IMPORT: &[(&str, &[&str])] = &[
    ("opencv_error", &[]),
    ("view", &[]),
    ("board", &[]),
    ("options", &[]),
    ("saddle", &[]),
    ("finding", &["board"]),
    ("grid", &["finding"]),
    ("align", &["opencv_error", "view"]),
    ("geometry", &["view"]),
    ("flat_field", &["view"]),
    ("table", &["view"]),
    ("regions", &["opencv_error", "view"]),
    ("lens_fault", &["geometry", "opencv_error", "view"]),
    ("refusal", &["lens_fault", "opencv_error", "view"]),
    ("report", &["board", "geometry", "refusal", "view"]),
    ("solution", &["board", "finding", "geometry", "view"]),
    ("lens_change", &["board", "finding", "solution", "view"]),
    (
        "quality",
        &[
            "board",
            "lens_fault",
            "options",
            "refusal",
            "solution",
            "view",
        ],
    ),
    (
        "detection",
        &[
            "board",
            "finding",
            "grid",
            "opencv_error",
            "refusal",
            "saddle",
            "view",
        ],
    ),
    (
        "solve",
        &[
            "board",
            "detection",
            "finding",
            "geometry",
            "lens_change",
            "lens_fault",
            "opencv_error",
            "options",
            "quality",
            "refusal",
            "report",
            "solution",
            "view",
        ],
    ),
    (
        "live",
        &[
            "detection",
            "finding",
            "opencv_error",
            "quality",
            "refusal",
            "solve",
            "view",
        ],
    ),
    (
        "configuration",
        &["board", "flat_field", "geometry", "report", "view"],
    ),
    ("configuration_error", &["flat_field"]),
    ("file", &["configuration_error"]),
    ("flat_field_file", &["configuration_error", "view"]),
    (
        "configuration_file",
        &[
            "configuration",
            "configuration_error",
            "file",
            "flat_field",
            "flat_field_file",
            "geometry",
            "view",
        ],
    ),
    ("window", &["configuration", "view"]),
    (
        "surface",
        &["configuration", "geometry", "table", "view", "window"],
    ),
    (
        "correction",
        &["configuration", "flat_field", "table", "view", "window"],
    ),
];

#[test]
fn rooms_import_downward() {
    check_imports("inspector", MAY_IMPORT);
    check_imports("models", MODELS_MAY_IMPORT);
    check_imports("calibration", CALIBRATION_MAY_IMPORT);
}

#[test]
fn rooms_stand_on_those_before_them() {
    for rooms in [MODELS_MAY_IMPORT, CALIBRATION_MAY_IMPORT, PAGE_MAY_IMPORT] {
        for (index, (room, allowed)) in rooms.iter().enumerate() {
            for below in *allowed {
                let is_before = rooms[..index].iter().any(|(earlier, _)| earlier == below);
                assert!(
                    is_before,
                    "{room} may import {below}, which stands above it"
                );
            }
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
    // `cli` may name everything; `demo` and `package` hold no code.
    for room in rooms_of("inspector", &["cli", "demo", "package"]) {
        let is_known = MAY_IMPORT.iter().any(|(known, _)| *known == room);
        let is_alone = Path::new("inspector")
            .join(&room)
            .with_extension("rs")
            .exists();
        assert!(is_known || is_alone, "inspector: unknown room {room}");
    }
    // `lib` names everything; the others hold no code of the library.
    let no_rooms = ["lib", "assets", "benches", "build", "python", "tests"];
    for (package, known) in [
        ("models", MODELS_MAY_IMPORT),
        ("calibration", CALIBRATION_MAY_IMPORT),
    ] {
        for room in rooms_of(package, &no_rooms) {
            let is_known = known.iter().any(|(known, _)| *known == room);
            assert!(is_known, "{package}: unknown room {room}");
        }
    }
}

/// Folders, and files of Rust that stand beside them.
fn rooms_of(package: &str, no_rooms: &[&str]) -> Vec<String> {
    let entries = fs::read_dir(package).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let code = paths.filter(|path| path.is_dir() || path.extension().is_some_and(|it| it == "rs"));
    code.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|room| !no_rooms.contains(&&**room))
        .collect()
}
