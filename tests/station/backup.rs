//! Law 4 for copies of the log: a backup is whole, and a copy that lacks something is told.

use super::log::{record, start};
use crate::served::{SIM, Station, home};
use inspector::ports::log::ResultLog;
use inspector::results::copy::MANIFEST;
use inspector::results::open;
use inspector::results::writer::Writer;
use inspector::station::result::Record;
use inspector::station::time::WallTime;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub fn inspector(args: &[&str], paths: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(args)
        .args(paths)
        .output()
        .expect("it runs")
}

/// Exit code and everything that was printed.
pub fn told(output: &Output) -> (Option<i32>, String) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

fn verified(data: &Path) -> (Option<i32>, String) {
    told(&inspector(&["verify", "--data"], &[data]))
}

/// Parts, in order; the gap in which a job ends that was running has no id and is left out.
fn exported(data: &Path) -> Vec<String> {
    let done = inspector(&["export", "--data"], &[data]);
    assert!(done.status.success(), "{done:?}");
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    let parts = text.lines().skip(1).filter(|line| !line.starts_with(','));
    parts
        .map(|line| line.split(',').take(4).collect())
        .collect()
}

pub fn all_files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                // Names whoever held it last.
                false if path.ends_with("station.lock") => {}
                false => found.push((path.clone(), std::fs::read(&path).expect("a file"))),
            }
        }
    }
    found.sort();
    found
}

/// By another process: to close the file of an open log in this one would drop SQLite's locks on it.
pub fn copied(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-r").args([from, to]).status();
    assert!(done.expect("cp runs").success());
}

/// A log of so many parts in a job that has ended.
pub fn parts(data: &Path, count: u64) {
    let (_lock, mut log) = running(data);
    let batch: Vec<Record> = (1..=count).map(record).collect();
    log.append(&batch).expect("recorded");
    log.finish(WallTime(6), count).expect("finished");
}

/// As a station that runs holds them.
pub fn running(data: &Path) -> (open::Lock, Writer) {
    (open::lock(data).expect("nobody else"), start(data).0)
}

/// More results than these, however many they are.
fn wait_for(station: &Station, data: &Path, more_than: usize) {
    station.until("/api/status", |_| {
        let connection = open::readable(data).expect("a log");
        let count = "select count(*) from result";
        let count: i64 = connection
            .query_row(count, [], |row| row.get(0))
            .expect("a number");
        count as usize > more_than
    });
}

#[test]
fn a_running_station_is_backed_up_whole_and_put_back() {
    let home = home(SIM);
    let at = |name: &str| home.path().join(name);
    let station = Station::start(home.path());
    wait_for(&station, &at("data"), 5);
    let settings = at("station.toml");
    let made = inspector(
        &["backup", "--settings"],
        &[&settings, &at("backups/first")],
    );
    let (code, said) = told(&made);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("which was running"), "{said}");
    let (code, said) = verified(&at("backups/first"));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("a backup of"), "{said}");
    // It is a file by itself, and what came later is not in it.
    let backed_up = exported(&at("backups/first"));
    assert!(backed_up.len() > 5, "{backed_up:?}");
    wait_for(&station, &at("data"), backed_up.len() + 2);
    station.stop();
    let whole = exported(&at("data"));
    assert!(whole.len() > backed_up.len());
    let newest_first: Vec<&String> = whole.iter().filter(|row| backed_up.contains(row)).collect();
    assert_eq!(newest_first, backed_up.iter().collect::<Vec<_>>());

    let (code, said) = told(&inspector(
        &["restore", "--data"],
        &[&at("other"), &at("backups/first")],
    ));
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = verified(&at("other"));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("what came after it is not here"), "{said}");
    assert_eq!(exported(&at("other")), backed_up);
    let of_backup = all_files(&at("backups/first/images"));
    let restored = all_files(&at("other/images"));
    let contents =
        |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|file| file.1.clone()).collect::<Vec<_>>();
    assert_eq!(contents(&of_backup), contents(&restored));
    // A station goes on there, and says so.
    let text = std::fs::read_to_string(&settings).expect("settings");
    std::fs::write(
        &settings,
        text.replace("data = \"data\"", "data = \"other\""),
    )
    .expect("written");
    let station = Station::start(home.path());
    wait_for(&station, &at("other"), backed_up.len() + 1);
    station.stop();
    let (code, said) = verified(&at("other"));
    assert_eq!(code, Some(0), "{said}");
    let connection = open::readable(&at("other")).expect("a log");
    let events = "select actor, message from event where code = 'log_restored'";
    let (actor, message): (String, String) = connection
        .query_row(events, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("one event");
    assert!(actor.starts_with("user "), "{actor}");
    assert!(
        message.starts_with("restored from the backup of "),
        "{message}"
    );
    // The original has another identity now: its cursors do not fit.
    let identity = |data: &Path| -> String {
        let connection = open::readable(data).expect("a log");
        connection
            .query_row("select identity from log", [], |row| row.get(0))
            .expect("one")
    };
    assert_ne!(identity(&at("data")), identity(&at("other")));
}

#[test]
fn a_log_that_was_copied_by_hand_from_a_running_station_is_no_whole_log() {
    let home = tempfile::tempdir().expect("a folder");
    let data = home.path().join("data");
    parts(&data, 3);
    let (_lock, mut log) = running(&data);
    let batch: Vec<Record> = (1..=5).map(record).collect();
    log.append(&batch).expect("recorded");
    // While it runs nothing is missing.
    let (code, said) = verified(&data);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("job 2 is running"), "{said}");
    let copy = home.path().join("copy");
    std::fs::create_dir(&copy).expect("a folder");
    for name in ["results.sqlite", "results.sqlite-wal"] {
        copied(&data.join(name), &copy);
    }
    // With its WAL the rows are there, and yet nobody knows what came after them.
    let (code, said) = verified(&copy);
    assert_eq!(code, Some(8), "{said}");
    let expected = "job 2 has not ended, and no station runs here: the log ends with part 5";
    assert!(said.contains(expected), "{said}");
    assert!(said.contains("inspector backup"), "{said}");
    // Whoever exports it is told, too; nobody is of the station's own.
    let exported = |data: &Path| {
        let done = inspector(&["export", "--data"], &[data]);
        assert!(done.status.success(), "{done:?}");
        String::from_utf8_lossy(&done.stderr).into_owned()
    };
    assert!(exported(&copy).contains("but job 2 has not ended"));
    assert!(!exported(&data).contains("has not ended"));
    log.finish(WallTime(9), 5).expect("finished");
}

#[test]
fn a_log_whose_rows_are_all_in_its_wal_is_told_as_such() {
    let home = tempfile::tempdir().expect("a folder");
    let data = home.path().join("data");
    std::fs::create_dir(&data).expect("a folder");
    // As logs are between their making and their first checkpoint.
    let log = open::writable(&data).expect("made");
    let copy = home.path().join("copy");
    std::fs::create_dir(&copy).expect("a folder");
    copied(&data.join("results.sqlite"), &copy);
    let before = std::fs::read(copy.join("results.sqlite")).expect("a file");
    for command in ["verify", "export"] {
        let (code, said) = told(&inspector(&[command, "--data"], &[&copy]));
        assert_eq!(code, Some(6), "{said}");
        assert!(said.contains("results.sqlite-wal"), "{said}");
        assert!(said.contains("inspector backup"), "{said}");
        assert!(!said.contains("found 0"), "{said}");
    }
    // Nothing was begun in it.
    let is_same = |name: &str| std::fs::read(copy.join(name)).expect("a file") == before;
    assert!(is_same("results.sqlite"));
    drop(log);
}

#[test]
fn a_backup_overwrites_nothing_and_only_a_whole_one_is_put_back() {
    let home = tempfile::tempdir().expect("a folder");
    let at = |name: &str| home.path().join(name);
    parts(&at("data"), 6);
    let backup =
        |data: &str, into: &str| told(&inspector(&["backup", "--data"], &[&at(data), &at(into)]));
    let restore =
        |from: &str, data: &str| told(&inspector(&["restore", "--data"], &[&at(data), &at(from)]));
    let (code, said) = backup("data", "data/backup");
    assert_eq!(code, Some(3), "{said}");
    std::fs::create_dir(at("full")).expect("a folder");
    std::fs::write(at("full/notes.txt"), "mine").expect("written");
    let (code, said) = backup("data", "full");
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("notes.txt"), "{said}");
    assert_eq!(all_files(&at("full")).len(), 1);

    let (code, said) = backup("data", "good");
    assert_eq!(code, Some(0), "{said}");
    // Over a log that is there: nothing.
    let before = all_files(&at("data"));
    let (code, said) = restore("good", "data");
    assert_eq!(code, Some(3), "{said}");
    assert!(all_files(&at("data")) == before);
    // No station writes to a backup.
    let (code, said) = restore("good", "good");
    assert_ne!(code, Some(0), "{said}");
    assert!(matches!(
        open::lock(&at("good")),
        Err(open::OpenError::Backup { .. })
    ));

    // Copies of the backup, each with a fault.
    let with = |name: &str, fault: &dyn Fn(&Path)| {
        copied(&at("good"), &at(name));
        fault(&at(name));
        let (code, said) = restore(name, &format!("from-{name}"));
        let log = at(&format!("from-{name}")).join("results.sqlite");
        assert!(!log.exists(), "{name}: {said}");
        (code, said)
    };
    let (code, said) = with("unfinished", &|folder| {
        std::fs::remove_file(folder.join(MANIFEST)).expect("removed");
    });
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains(MANIFEST), "{said}");
    let (code, said) = with("changed", &|folder| {
        let log = rusqlite::Connection::open(folder.join("results.sqlite")).expect("opened");
        log.execute_batch("update result set score = 0.1 where part_no = 2")
            .expect("changed");
    });
    assert_eq!(code, Some(8), "{said}");
    assert!(said.contains("changed since the backup was made"), "{said}");
    let (code, said) = with("cut", &|folder| {
        let log = rusqlite::Connection::open(folder.join("results.sqlite")).expect("opened");
        log.execute_batch("pragma foreign_keys = off; delete from result where part_no = 6")
            .expect("changed");
    });
    assert_eq!(code, Some(8), "{said}");
    let (code, said) = with("newer", &|folder| {
        let text = std::fs::read_to_string(folder.join(MANIFEST)).expect("a manifest");
        std::fs::write(
            folder.join(MANIFEST),
            text.replace("\"format\": 1", "\"format\": 2"),
        )
        .expect("written");
    });
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("expected format 1, found 2"), "{said}");
    let (code, said) = restore("good", "fresh");
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_disk_that_ends_leaves_no_backup_that_looks_finished() {
    let home = tempfile::tempdir().expect("a folder");
    let at = |name: &str| home.path().join(name);
    parts(&at("data"), 500);
    let script = "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"";
    let output = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_inspector")])
        .args(["backup", "--data"])
        .args([at("data"), at("backup")])
        .output()
        .expect("it runs");
    let (code, said) = told(&output);
    assert_eq!(code, Some(6), "{said}");
    assert!(said.contains("backup/results.sqlite"), "{said}");
    assert!(!at("backup").join(MANIFEST).exists());
    let (code, said) = told(&inspector(
        &["restore", "--data"],
        &[&at("other"), &at("backup")],
    ));
    assert_eq!(code, Some(3), "{said}");
}
