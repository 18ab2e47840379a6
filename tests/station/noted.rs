//! Law 7, of exports: what a command takes out of a log is in its journal, although the command only reads it.

use super::log::{record, start};
use super::served::{SIM, Station, home};
use inspector::ports::log::ResultLog;
use inspector::results::copy::backup;
use inspector::results::left::LeftNotes;
use inspector::results::open;
use inspector::station::time::WallTime;
use rusqlite::Connection;
use std::path::Path;
use std::process::{Command, Output};

fn exported(data: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inspector"));
    let command = command.args(["export", "--data"]).arg(data).args(args);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

/// Message, actor and details of each export that the journal tells.
fn told(data: &Path) -> Vec<(String, String, serde_json::Value)> {
    let log = Connection::open(open::database(data)).unwrap();
    let mut told = log
        .prepare(
            "select message, actor, details from event where code = 'log_exported' order by id",
        )
        .unwrap();
    let rows = told.query_map([], |row| {
        let details: String = row.get(2)?;
        let details = serde_json::from_str(&details).unwrap();
        Ok((row.get(0)?, row.get(1)?, details))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

fn left(data: &Path) -> usize {
    std::fs::read_dir(data.join("to-journal")).map_or(0, Iterator::count)
}

#[test]
fn an_export_by_command_is_told_once_by_the_station_that_runs_next() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let (mut log, _) = start(data);
    log.append(&[record(1)]).unwrap();
    log.finish(WallTime(20), 1).unwrap();
    drop(log);
    let args = [
        "--format",
        "jsonl",
        "--style",
        "gear",
        "--from",
        "1970-01-01T00:00:00Z",
    ];
    exported(data, &args);
    // What says nothing of parts is no export of them.
    exported(data, &["--format", "checkpoint"]);
    assert_eq!((told(data).len(), left(data)), (0, 1));

    let (log, _) = start(data);
    let mut notes = LeftNotes::of(data);
    let folder = data.join("to-journal");
    let note = std::fs::read_dir(&folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = std::fs::read(&note).unwrap();
    assert_eq!(notes.take(&log, WallTime(30)).unwrap(), 1);
    assert_eq!(left(data), 0);
    // As of a station that was killed before it took the note away, or may not.
    std::fs::write(&note, text).unwrap();
    assert_eq!(notes.take(&log, WallTime(30)).unwrap(), 0);
    assert_eq!(left(data), 0);
    std::fs::write(folder.join("7-0.json"), "{\"by\": 5}").unwrap();
    assert_eq!(notes.take(&log, WallTime(30)).unwrap(), 1);
    log.finish(WallTime(40), 0).unwrap();
    drop(log);

    let found = told(data);
    assert_eq!(found.len(), 2, "{found:?}");
    let (message, actor, details) = &found[0];
    assert!(
        actor.starts_with("user ") && actor.ends_with(" at the terminal"),
        "{actor}"
    );
    assert_eq!(
        *message,
        format!("{actor} began to export the log as jsonl")
    );
    assert_eq!(details["style"], "gear");
    assert_eq!(details["from"], "1970-01-01T00:00:00Z");
    assert!(
        found[1].0.contains("found what cannot be read"),
        "{found:?}"
    );
}

#[test]
fn an_export_while_the_station_runs_is_told_by_it() {
    let home = home(SIM);
    let data = home.path().join("data");
    let station = Station::start(home.path());
    station.until("/api/status", |status| {
        status["counts"]["parts"].as_u64() > Some(0)
    });
    exported(&data, &["--format", "csv"]);
    for _ in 0..600 {
        if left(&data) == 0 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    station.stop();
    assert_eq!(told(&data).len(), 1);
}

#[test]
fn an_export_of_a_backup_is_told_by_nobody_and_changes_nothing_there() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    log.append(&[record(1)]).unwrap();
    log.finish(WallTime(20), 1).unwrap();
    drop(log);
    let copy = tempfile::tempdir().unwrap();
    backup(data.path(), copy.path(), WallTime(30)).unwrap();
    exported(copy.path(), &["--format", "csv"]);
    assert_eq!(left(copy.path()), 0);
    assert!(!copy.path().join("to-journal").exists());
}
