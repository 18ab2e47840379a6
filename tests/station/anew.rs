//! A job that begins where something is out of order: pictures of jobs that the log does not know, or a clock before its
//! last result.

use crate::served::{SIM, Station, home};
use inspector::ports::log::ResultLog;
use inspector::results::open;
use inspector::results::writer::Writer;
use inspector::station::time::WallTime;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Of every file below the folder, its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => contents(&path),
            false => BTreeMap::from([(path.clone(), std::fs::read(&path).expect("read"))]),
        })
        .collect()
}

/// One job with a few pictures.
fn job(home: &Path) {
    let station = Station::start(home);
    station.until("/api/status", |reply| {
        reply["counts"]["parts"].as_u64() >= Some(3)
    });
    station.stop();
}

/// Exit code and what was said, of a start that is refused.
pub fn refused(home: &Path) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["run", "--listen", "127.0.0.1:0", "--settings"])
        .arg(home.join("station.toml"))
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), said)
}

fn entry(data: &Path, code: &str) -> Option<(String, String, String)> {
    let connection = open::readable(data).expect("the log");
    let newest = "select phase, message, details from event where code = ?1 and details is not null
        order by id desc limit 1";
    connection
        .query_row(newest, [code], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .ok()
}

fn remove_log(data: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(data.join(format!("results.sqlite{ending}")));
    }
}

#[test]
fn a_log_that_was_deleted_between_two_runs_is_not_begun_anew_over_its_pictures() {
    let home = home(SIM);
    let data = home.path().join("data");
    job(home.path());
    job(home.path());
    let pictures = contents(&data.join("images"));
    assert!(pictures.len() >= 6, "{pictures:?}");
    remove_log(&data);
    for _ in 0..2 {
        let (code, said) = refused(home.path());
        assert_eq!(code, Some(6), "{said}");
        assert!(said.contains("pictures of jobs 1 to 2"), "{said}");
        assert!(said.contains("put the log back"), "{said}");
        assert!(!open::database(&data).exists(), "no empty log in its place");
    }
    // One that has never had a job is none.
    drop(open::writable(&data).expect("an empty log"));
    let (code, said) = refused(home.path());
    assert_eq!(code, Some(6), "{said}");
    assert_eq!(contents(&data.join("images")), pictures);
    // Whoever wants another moves away what is left of the one before.
    remove_log(&data);
    std::fs::rename(data.join("images"), home.path().join("old")).expect("moved");
    job(home.path());
    assert!(data.join("images/1").is_dir());
}

#[test]
fn rows_without_their_database_are_not_thrown_away() {
    let home = home(SIM);
    let data = home.path().join("data");
    let station = Station::start(home.path());
    station.until("/api/status", |reply| {
        reply["counts"]["parts"].as_u64() >= Some(2)
    });
    station.kill();
    std::fs::remove_dir_all(data.join("images")).expect("removed");
    std::fs::rename(open::database(&data), home.path().join("aside")).expect("moved");
    let (code, said) = refused(home.path());
    assert_eq!(code, Some(6), "{said}");
    assert!(said.contains("results.sqlite-wal holds rows"), "{said}");
    std::fs::rename(home.path().join("aside"), open::database(&data)).expect("moved");
    job(home.path());
}

#[test]
fn what_was_saved_of_a_log_is_not_passed_over() {
    for name in [
        "results-saved.sqlite",
        "results-saved-2.making",
        "results.sqlite.restoring",
    ] {
        let home = home(SIM);
        let data = home.path().join("data");
        std::fs::create_dir_all(&data).expect("made");
        std::fs::write(data.join(name), "rows").expect("written");
        let (code, said) = refused(home.path());
        assert_eq!(code, Some(6), "{said}");
        assert!(
            said.contains(name) && said.contains("to begin another"),
            "{said}"
        );
        assert!(!open::database(&data).exists(), "no other log is begun");
    }
}

#[test]
fn a_folder_that_would_use_up_the_job_numbers_is_refused_by_its_name() {
    let home = home(SIM);
    let data = home.path().join("data");
    job(home.path());
    let far = data.join("images/2147483646");
    std::fs::create_dir(&far).expect("made");
    std::fs::write(far.join("1-0.png"), "a picture").expect("written");
    for _ in 0..2 {
        let (code, said) = refused(home.path());
        assert_eq!(code, Some(6), "{said}");
        assert!(said.contains("images/2147483646: expected"), "{said}");
    }
    std::fs::rename(&far, home.path().join("old")).expect("moved");
    job(home.path());
    assert!(data.join("images/2").is_dir());
    // What cannot be read is not empty.
    std::fs::rename(data.join("images"), home.path().join("aside")).expect("moved");
    std::os::unix::fs::symlink("images", data.join("images")).expect("linked");
    let (code, said) = refused(home.path());
    assert_eq!(code, Some(6), "{said}");
    assert!(said.contains("data/images: Too many levels"), "{said}");
}

#[test]
fn behind_an_older_log_jobs_are_numbered_after_the_pictures_that_it_does_not_know() {
    let home = home(SIM);
    let data = home.path().join("data");
    job(home.path());
    let older = home.path().join("older");
    std::fs::copy(open::database(&data), &older).expect("copied");
    job(home.path());
    job(home.path());
    let pictures = contents(&data.join("images"));
    remove_log(&data);
    std::fs::copy(&older, open::database(&data)).expect("copied");
    // What a person put there is no job.
    std::fs::create_dir_all(data.join("images/20261127")).expect("made");
    std::fs::write(data.join("images/20261127/notes.txt"), "Li").expect("written");
    job(home.path());
    let jobs: Vec<i64> = {
        let connection = open::readable(&data).expect("the log");
        let mut all = connection.prepare("select id from job").expect("jobs");
        let rows = all.query_map([], |row| row.get(0)).expect("jobs");
        rows.map(|row| row.expect("a job")).collect()
    };
    assert_eq!(jobs, [1, 4]);
    let now = contents(&data.join("images"));
    assert!(
        pictures
            .iter()
            .all(|(path, bytes)| now.get(path) == Some(bytes))
    );
    assert!(data.join("images/4").is_dir());
    let (phase, message, details) = entry(&data, "job_numbers_skipped").expect("told");
    assert_eq!(phase, "happened");
    assert!(message.contains("pictures of jobs 2 to 3"), "{message}");
    let details: Value = serde_json::from_str(&details).expect("JSON");
    assert_eq!(
        (&details["last_job"], &details["pictures_to_job"]),
        (&"1".into(), &"3".into())
    );
    let lines = std::fs::read_to_string(data.join("log/events.jsonl")).expect("lines");
    assert!(lines.contains("job_numbers_skipped"), "{lines}");
    // Told once: the next job is the next.
    job(home.path());
    assert!(data.join("images/5").is_dir());
}

/// A log whose newest row is so many seconds after now, by the clock of this computer.
fn log_from(data: &Path, seconds: i64) -> WallTime {
    use inspector::clock::{Clock, SystemClock};
    std::fs::create_dir_all(data).expect("made");
    let at = WallTime(SystemClock.wall().0 + seconds * 1_000_000);
    let (mut log, _): (Writer, _) =
        Writer::start(data, &super::log::context(), None, at).expect("a log");
    log.append(&[super::log::record_at(1, at)]).expect("a row");
    log.finish(at, 1).expect("finished");
    at
}

fn is_active(reply: &Value, code: &str) -> bool {
    let alarms = reply["alarms"].as_array();
    alarms.is_some_and(|all| {
        all.iter()
            .any(|alarm| alarm["code"] == code && alarm["ended_us"].is_null())
    })
}

#[test]
fn a_clock_years_before_the_last_result_is_told_recorded_and_an_alarm_until_the_next_start() {
    let home = home(SIM);
    let data = home.path().join("data");
    let at = log_from(&data, 3 * 365 * 86_400);
    let station = Station::start(home.path());
    station.until("/api/status", |reply| is_active(reply, "clock_behind"));
    assert_eq!(station.ask("GET", "/ready", &Value::Null).0, 200);
    station.until("/api/status", |reply| {
        reply["counts"]["parts"].as_u64() >= Some(2)
    });
    station.stop();
    let (_, message, details) = entry(&data, "clock_behind").expect("recorded");
    assert!(message.contains(&at.to_string()), "{message}");
    let details: Value = serde_json::from_str(&details).expect("JSON");
    assert_eq!(details["last"], at.to_string());
    let by_us: i64 = details["by_us"]
        .as_str()
        .and_then(|by| by.parse().ok())
        .expect("a number");
    assert!(
        (by_us - 3 * 365 * 86_400 * 1_000_000).abs() < 60_000_000,
        "{by_us}"
    );
    let rows: Vec<(i64, i64)> = {
        let connection = open::readable(&data).expect("the log");
        let order = "select id, triggered_at_us from result order by id";
        let mut all = connection.prepare(order).expect("rows");
        let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.expect("rows").map(|row| row.expect("a row")).collect()
    };
    assert!(
        rows.len() >= 3 && rows[1].1 < rows[0].1,
        "in order, with the clock's times: {rows:?}"
    );
    // The newest result is one of the right clock by now.
    let station = Station::start(home.path());
    station.until("/api/status", |reply| {
        reply["counts"]["parts"].as_u64() >= Some(2)
    });
    assert!(!is_active(&station.get("/api/status"), "clock_behind"));
    station.stop();
}

#[test]
fn a_clock_seconds_before_the_last_result_is_an_alarm_until_it_has_caught_up() {
    let home = home(SIM);
    let data = home.path().join("data");
    log_from(&data, 20);
    let station = Station::start(home.path());
    station.until("/api/status", |reply| is_active(reply, "clock_behind"));
    station.until("/api/status", |reply| !is_active(reply, "clock_behind"));
    station.stop();
    let connection = open::readable(&data).expect("the log");
    let phases = "select group_concat(phase, ' ') from event where code = 'clock_behind'";
    let phases: String = connection
        .query_row(phases, [], |row| row.get(0))
        .expect("phases");
    assert_eq!(phases, "happened began ended");
}
