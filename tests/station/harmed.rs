//! What a running station does when somebody puts something else in the place of its log, or writes into it.

use super::anew::refused;
use super::gone::{
    active, beside, exit_code, is_over, is_told, rename, rows, running, written_back,
};
use super::log::{record, start};
use super::quota::{NOBODY, as_somebody_else};
use inspector::ports::log::{LogError, ResultLog};
use inspector::results::open;
use inspector::results::writer::Writer;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::time::Duration;

/// Until so many rows more are there.
fn more_rows(data: &Path, count: i64) -> i64 {
    let before = rows(data).0;
    while rows(data).0 < before + count {
        std::thread::sleep(Duration::from_millis(100));
    }
    rows(data).0
}

/// Rows of the newest job in a log of another name.
fn rows_of(saved: &Path) -> i64 {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy(saved, open::database(folder.path())).expect("copied");
    rows(folder.path()).0
}

#[test]
fn a_link_in_the_place_of_the_log_is_told_and_its_rows_are_not_left_beside_it() {
    let (home, station) = running();
    let data = home.path().join("data");
    let log = open::database(&data);
    let other = home.path().join("disk2/results.sqlite");
    std::fs::create_dir(home.path().join("disk2")).expect("made");
    let before = rows(&data).0;
    rename(&log, &other);
    symlink("../disk2/results.sqlite", &log).expect("linked");
    let message = is_told(&station, "log_gone");
    assert!(message.contains("found a link to"), "{message}");
    assert!(message.contains("results.sqlite-wal"), "{message}");
    std::fs::remove_file(&log).expect("removed");
    rename(&other, &log);
    is_over(&station, "log_gone");
    // A killed station looks nowhere any more.
    station.kill();
    rename(&log, &other);
    symlink("../disk2/results.sqlite", &log).expect("linked");
    let (code, said) = refused(home.path());
    assert_eq!(code, Some(6), "{said}");
    assert!(said.contains("Remove the link"), "{said}");
    std::fs::remove_file(&log).expect("removed");
    rename(&other, &log);
    assert!(rows(&data).0 > before);
}

#[test]
fn an_older_copy_of_the_log_written_over_it_is_told_and_left_as_it_is() {
    let (home, station) = running();
    let data = home.path().join("data");
    let log = open::database(&data);
    written_back(&log);
    let mut older = std::fs::read(&log).expect("read");
    more_rows(&data, 3);
    written_back(&log);
    more_rows(&data, 2);
    // Which log it is, and its size, say nothing.
    let bytes = log.metadata().expect("a log").len();
    older.resize(usize::try_from(bytes).expect("a size"), 0);
    let file = std::fs::File::options().write(true).open(&log);
    std::os::unix::fs::FileExt::write_all_at(&file.expect("the log"), &older, 0).expect("written");
    let message = is_told(&station, "log_gone");
    assert!(message.contains("somebody else wrote into it"), "{message}");
    let (code, _) = exit_code(home.path(), station);
    assert_eq!(code, Some(6));
    assert!(
        std::fs::read(&log).expect("read") == older,
        "nothing is mixed into it"
    );
    assert!(
        log.with_extension("sqlite-aside").exists(),
        "the newest rows"
    );
}

#[test]
fn a_log_that_was_touched_is_still_this_one() {
    let (home, station) = running();
    let log = open::database(&home.path().join("data"));
    let file = std::fs::File::options()
        .write(true)
        .open(&log)
        .expect("the log");
    file.set_modified(std::time::SystemTime::now())
        .expect("touched");
    more_rows(&home.path().join("data"), 4);
    assert!(active(&station.get("/api/status"), "log_gone").is_none());
    station.stop();
}

#[test]
fn a_log_that_is_emptied_is_saved_from_what_the_station_still_has() {
    let (home, station) = running();
    let data = home.path().join("data");
    let before = rows(&data).0;
    drop(std::fs::File::create(open::database(&data)).expect("emptied"));
    let message = is_told(&station, "log_gone");
    assert!(message.contains("found 0: somebody else"), "{message}");
    assert!(message.contains("results-saved.sqlite"), "{message}");
    station.kill();
    assert!(rows_of(&data.join("results-saved.sqlite")) >= before);
    let (code, said) = refused(home.path());
    assert_eq!(code, Some(6), "{said}");
    assert!(said.contains("results-saved.sqlite"), "{said}");
}

#[test]
fn a_log_that_came_back_and_is_deleted_later_is_saved_all_the_same() {
    let (home, station) = running();
    let data = home.path().join("data");
    let log = open::database(&data);
    let aside = home.path().join("aside");
    rename(&log, &aside);
    is_told(&station, "log_gone");
    rename(&aside, &log);
    is_over(&station, "log_gone");
    let before = more_rows(&data, 2);
    std::fs::remove_file(&log).expect("removed");
    // What the copy is made under is taken.
    let making = data.join("results-saved.making");
    std::fs::create_dir(&making).expect("made");
    let message = is_told(&station, "log_gone");
    if message.contains("could not be copied") {
        let (database, wal) = ("as results.sqlite and /", "-wal as results.sqlite-wal");
        assert!(
            message.contains(database) && message.contains(wal),
            "{message}"
        );
    }
    let _ = std::fs::remove_dir(&making);
    station.until("/api/status", |reply| {
        active(reply, "log_gone").is_some_and(|message| message.contains("is in "))
    });
    station.kill();
    assert!(rows_of(&data.join("results-saved.sqlite")) >= before);
}

#[test]
fn rows_of_a_deleted_write_ahead_log_that_a_reader_keeps_back_are_copied() {
    let (home, station) = running();
    let data = home.path().join("data");
    let reader = open::readable(&data).expect("the log");
    reader
        .execute_batch("begin; select count(*) from result")
        .expect("an older state");
    let before = more_rows(&data, 2);
    std::fs::remove_file(beside(&open::database(&data), "-wal")).expect("removed");
    let told = station.until("/api/status", |reply| {
        active(reply, "log_gone").is_some_and(|message| message.contains("results-saved.sqlite"))
    });
    let message = active(&told, "log_gone").expect("told");
    assert!(!message.contains("What it held is in"), "{message}");
    station.kill();
    assert!(rows_of(&data.join("results-saved.sqlite")) >= before);
}

#[test]
fn a_folder_that_is_made_read_only_is_told_by_its_name() {
    let data = tempfile::tempdir().expect("a folder");
    let permit = |mode: u32| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(data.path(), mode).expect("permitted");
    };
    permit(0o755);
    if rustix::process::getuid().is_root() {
        chown(data.path(), Some(NOBODY), Some(NOBODY)).expect("given away");
    }
    let mut log: Writer = as_somebody_else(|| start(data.path()).0);
    log.append(&[record(1)]).expect("recorded");
    permit(0o555);
    let error = log
        .append(&[record(2)])
        .expect_err("the next start makes files in it");
    assert!(matches!(error, LogError::ReadOnly { .. }), "{error:?}");
    let path = data.path().canonicalize().expect("a path");
    let said = error.to_string();
    assert!(
        said.starts_with(&format!("{}: it was made read-only", path.display())),
        "{said}"
    );
    permit(0o755);
    log.append(&[record(2)]).expect("it goes on");
}
