//! The rules of the house that rustfmt and clippy do not know.
//!
//! A list of exceptions may only shrink: what keeps the rule by now must leave its list.

use std::fs;
use std::path::Path;

#[path = "tidy/functions.rs"]
mod functions;
#[path = "tidy/kinds.rs"]
mod kinds;
#[path = "tidy/page.rs"]
mod page;
#[path = "tidy/rooms.rs"]
mod rooms;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/terminal.rs"]
mod terminal;
#[path = "tidy/words.rs"]
mod words;

use source::files;

const LINES_MAX: usize = 400;

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
    for room in source::EVERYWHERE {
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

#[test]
fn what_the_api_says_is_described_by_the_room_that_answers() {
    for file in files(Path::new("inspector")) {
        let code = source::code(&fs::read_to_string(&file).unwrap());
        let is_described = code.contains("utoipa") || code.contains("ToSchema");
        let is_http = file.starts_with("inspector/http");
        assert!(
            is_http || !is_described,
            "{}: describes the API",
            file.display()
        );
    }
}
