//! What a running station does when its log, its pictures or its folder are deleted, moved, replaced or made read-only.

use crate::served::{SIM, Station, home};
use inspector::results::open;
use rusqlite::Connection;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A station whose parts pass, whatever the model says of these small pictures, and that rejects soon.
pub fn running() -> (TempDir, Station) {
    let home = lenient("");
    let station = Station::start(home.path());
    passes(&station);
    (home, station)
}

pub fn passes(station: &Station) {
    let is_busy = |reply: &Value| reply["counts"]["pass"].as_u64() >= Some(3);
    station.until("/api/status", is_busy);
}

/// The folder that it lies in.
pub fn lenient(images: &str) -> TempDir {
    let limits = "[record]\nalarm_after_ms = 300\nreject_after_ms = 900\n";
    let line = SIM.replace("\"bracket\", \"cap\"", "\"bracket\"");
    let home = home(&format!("{images}{line}{limits}"));
    let recipe = home.path().join("recipes/bracket/1.toml");
    let text = std::fs::read_to_string(&recipe).expect("a recipe");
    let lenient: Vec<&str> = text
        .lines()
        .map(|line| match line.split(' ').next() {
            Some("reject_above") => "reject_above = 1.0",
            Some("accept_below") => "accept_below = 1.0",
            _ => line,
        })
        .collect();
    std::fs::write(&recipe, lenient.join("\n")).expect("written");
    home
}

pub fn active(reply: &Value, code: &str) -> Option<String> {
    let alarms = reply["alarms"].as_array()?;
    let mut of_code = alarms
        .iter()
        .filter(|alarm| alarm["code"] == code && alarm["ended_us"].is_null());
    Some(of_code.next()?["message"].as_str()?.to_owned())
}

/// The alarm comes with its reason, `/ready` says so, and good parts are rejected.
pub fn is_told(station: &Station, code: &str) -> String {
    let told = station.until("/api/status", |reply| active(reply, code).is_some());
    let (status, ready) = station.ask("GET", "/ready", &Value::Null);
    assert_eq!(status, 503, "{ready}");
    let reasons = ready["reasons"].as_array().expect("reasons");
    let is_reason = |reason: &Value| reason["duty"] == "recording" && reason["code"] == code;
    assert!(reasons.iter().any(is_reason), "{ready}");
    // Those on their way when the limit was reached may still pass.
    station.until("/api/status", |reply| {
        active(reply, "not_durable").is_some()
    });
    let count = |reply: &Value, name: &str| reply["counts"][name].as_u64().expect("a number");
    let rejected = count(&told, "rejected");
    let then = station.until("/api/status", |reply| {
        count(reply, "rejected") >= rejected + 3
    });
    let later = station.until("/api/status", |reply| {
        count(reply, "rejected") >= count(&then, "rejected") + 2
    });
    assert_eq!(
        count(&later, "pass"),
        count(&then, "pass"),
        "every part is rejected"
    );
    // Those that were taken out of the queue wait too.
    let backlog = later["storage"]["result_backlog"].as_u64();
    assert!(backlog >= Some(5), "{}", later["storage"]);
    active(&later, code).expect("it lasts")
}

/// It goes on by itself: ready, and parts pass.
pub fn is_over(station: &Station, code: &str) {
    let over = station.until("/api/status", |reply| {
        active(reply, code).is_none() && active(reply, "not_durable").is_none()
    });
    let (status, ready) = station.ask("GET", "/ready", &Value::Null);
    assert_eq!(status, 200, "{ready}");
    let passed = |reply: &Value| reply["counts"]["pass"].as_u64();
    station.until("/api/status", |reply| passed(reply) > passed(&over));
}

pub fn rename(from: &Path, to: &Path) {
    std::fs::rename(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
}

pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Rows of the newest job, how many parts it had, and whether none is missing.
pub fn rows(data: &Path) -> (i64, Option<i64>) {
    let connection = open::readable(data).expect("the log");
    let count = "select (select count(*) from result where job_id = job.id), parts from job order by id desc limit 1";
    connection
        .query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("a job")
}

pub fn entries(data: &Path, code: &str) -> i64 {
    let connection = open::readable(data).expect("the log");
    let count = "select count(*) from event where code = ?1";
    connection
        .query_row(count, [code], |row| row.get(0))
        .expect("a count")
}

pub fn exit_code(home: &Path, station: Station) -> (Option<i32>, String) {
    let pid = station.id();
    let sent = Command::new("kill")
        .args(["-TERM", &pid.to_string()])
        .status();
    assert!(sent.expect("kill runs").success());
    let code = station.wait();
    let log = home.join("data/log/events.jsonl");
    (code, std::fs::read_to_string(log).unwrap_or_default())
}

#[test]
fn a_log_that_is_moved_or_replaced_is_told_and_nothing_is_lost_when_it_is_put_back() {
    let (home, station) = running();
    let data = home.path().join("data");
    let log = open::database(&data);
    let aside = home.path().join("aside");

    for file in [log.clone(), beside(&log, "-wal"), data.clone()] {
        rename(&file, &aside);
        let message = is_told(&station, "log_gone");
        assert!(
            message.contains("was moved to") && message.contains("/aside"),
            "{message}"
        );
        assert!(message.contains("Move it back"), "{message}");
        if file != log {
            assert!(!file.exists(), "nothing is made in its place");
        }
        rename(&aside, &file);
        is_over(&station, "log_gone");
    }

    // Another log in its place.
    rename(&log, &aside);
    let other = tempfile::tempdir().expect("a folder");
    drop(open::writable(other.path()).expect("another log"));
    std::fs::copy(open::database(other.path()), &log).expect("copied");
    let message = is_told(&station, "log_gone");
    assert!(message.contains("found another file"), "{message}");
    rename(&aside, &log);
    is_over(&station, "log_gone");

    station.stop();
    let (rows, parts) = rows(&data);
    assert_eq!(Some(rows), parts, "triggers = rows");
    assert_eq!(entries(&data, "log_gone"), 8, "each began and ended, once");
}

#[test]
fn what_a_deleted_log_held_is_saved_and_the_station_goes_on_with_it() {
    let (home, station) = running();
    let data = home.path().join("data");
    let log = open::database(&data);
    let before = rows(&data).0;
    std::fs::remove_file(&log).expect("removed");
    let message = is_told(&station, "log_gone");
    let saved = data.join("results-saved.sqlite");
    assert!(message.contains("it was deleted"), "{message}");
    assert!(message.contains("results-saved.sqlite"), "{message}");
    let (code, told) = exit_code(home.path(), station);
    assert_eq!(code, Some(6));
    assert!(told.contains("were not recorded"), "{told}");
    rename(&saved, &log);
    assert!(
        !beside(&log, "-wal").exists(),
        "it would be played into the copy, and does not fit"
    );
    assert!(rows(&data).0 >= before, "{before} rows were acknowledged");
    let station = Station::start(home.path());
    station.until("/api/status", |reply| {
        reply["counts"]["pass"].as_u64() >= Some(1)
    });
    station.stop();
    let jobs: Vec<(i64, Option<String>)> = {
        let connection = open::readable(&data).expect("the log");
        let mut all = connection
            .prepare("select id, ended from job")
            .expect("jobs");
        let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.expect("jobs").map(|row| row.expect("a job")).collect()
    };
    let ended = |text: &str| Some(text.to_owned());
    assert_eq!(jobs, [(1, ended("crashed")), (2, ended("finished"))]);
    let connection = open::readable(&data).expect("the log");
    let check: String = connection
        .query_row("pragma integrity_check", [], |row| row.get(0))
        .expect("a check");
    assert_eq!(check, "ok");
}

#[test]
fn a_log_that_is_moved_for_good_holds_what_was_recorded_where_it_is_now() {
    let (home, station) = running();
    let log = open::database(&home.path().join("data"));
    let before = rows(&home.path().join("data")).0;
    let elsewhere = home.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("made");
    rename(&log, &open::database(&elsewhere));
    is_told(&station, "log_gone");
    let (code, told) = exit_code(home.path(), station);
    assert_eq!(code, Some(6));
    assert!(told.contains("was moved to"), "{told}");
    assert!(
        rows(&elsewhere).0 >= before,
        "{before} rows were acknowledged"
    );
    assert!(
        !beside(&log, "-wal").exists(),
        "it would be played into whatever is put here next"
    );
}

#[test]
fn rows_of_a_deleted_write_ahead_log_outlive_the_station() {
    let (home, station) = running();
    let data = home.path().join("data");
    let log = open::database(&data);
    let before = rows(&data).0;
    std::fs::remove_file(beside(&log, "-wal")).expect("removed");
    let message = is_told(&station, "log_gone");
    assert!(message.contains("start it again"), "{message}");
    station.kill();
    assert!(rows(&data).0 >= before, "{before} rows were acknowledged");
}

/// Until all that was recorded is in the database, and new rows alone in the write-ahead log.
pub fn written_back(log: &Path) {
    let connection = Connection::open(log).expect("the log");
    connection
        .query_row("pragma wal_checkpoint(restart)", [], |_| Ok(()))
        .expect("done");
}

#[test]
fn another_log_written_over_the_one_in_use_is_told_and_left_as_it_is() {
    let (home, station) = running();
    let log = open::database(&home.path().join("data"));
    written_back(&log);
    let other = tempfile::tempdir().expect("a folder");
    drop(open::writable(other.path()).expect("another log"));
    // The same file by its number, as `cp` leaves it.
    let bytes = std::fs::read(open::database(other.path())).expect("read");
    std::fs::write(&log, &bytes).expect("written");
    let message = is_told(&station, "log_gone");
    assert!(message.contains("somebody else wrote into it"), "{message}");
    let (code, _) = exit_code(home.path(), station);
    assert_eq!(code, Some(6));
    // Rows of the log before would make neither of the two.
    assert!(std::fs::read(&log).expect("read") == bytes);
    assert!(!beside(&log, "-wal").exists() && log.with_extension("sqlite-aside").exists());
}

#[test]
fn a_write_ahead_log_that_is_cut_is_told() {
    let (home, station) = running();
    let log = open::database(&home.path().join("data"));
    written_back(&log);
    let before = rows(&home.path().join("data")).0;
    while rows(&home.path().join("data")).0 < before + 2 {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    std::fs::write(beside(&log, "-wal"), "").expect("cut");
    let message = is_told(&station, "log_gone");
    assert!(message.contains("somebody else wrote into it"), "{message}");
    station.kill();
    assert!(
        rows(&home.path().join("data")).0 >= before,
        "what was in the database stays"
    );
}

#[test]
fn pictures_that_are_moved_away_are_told_and_results_go_on() {
    let (home, station) = running();
    let data = home.path().join("data");
    let (images, aside) = (data.join("images"), data.join("old"));
    rename(&images, &aside);
    let told = station.until("/api/status", |reply| {
        active(reply, "image_store").is_some()
    });
    let message = active(&told, "image_store").expect("told");
    assert!(
        message.contains("was moved to") && message.contains("/old"),
        "{message}"
    );
    let passed = |reply: &Value| reply["counts"]["pass"].as_u64();
    station.until("/api/status", |reply| {
        passed(reply) > passed(&told).map(|n| n + 3)
    });
    assert!(!images.exists(), "no other is begun in its place");
    assert_eq!(station.ask("GET", "/ready", &Value::Null).0, 200);
    rename(&aside, &images);
    let is_over = |reply: &Value| active(reply, "image_store").is_none();
    station.until("/api/status", is_over);
    // The folder of the job alone.
    rename(&images.join("1"), &aside);
    station.until("/api/status", |reply| !is_over(reply));
    assert!(!images.join("1").exists(), "no other is begun in its place");
    rename(&aside, &images.join("1"));
    station.until("/api/status", is_over);
    station.stop();
    let verified = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["verify", "--data"])
        .arg(&data)
        .output()
        .expect("it runs");
    assert!(verified.status.success(), "{verified:?}");
}
