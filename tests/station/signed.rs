//! Law 7, at the station itself: what its key signed last lies beside the key, and a log that does not go on from there gets
//! no signature of that key.

use super::forged::outside;
use super::forger::{forge_in, station_key};
use super::log::{record, start};
use super::served::{SIM, Station, home};
use super::tampered::{SCOPE, forge, log};
use inspector::ports::log::ResultLog;
use inspector::results::copy::{backup, restore};
use inspector::results::open;
use inspector::results::proof::key;
use inspector::results::verify::{Report, verify, verify_against};
use inspector::results::writer::Writer;
use inspector::station::time::WallTime;
use inspector::telemetry::catalogue::Code;
use rusqlite::Connection;
use serde_json::json;
use std::path::Path;

type Told = (Code, String);

fn remarks(log: &Writer) -> Vec<Told> {
    let all = log.remarks().iter();
    all.map(|entry| (entry.code, entry.message.clone()))
        .collect()
}

fn alarm(log: &Writer) -> Option<Told> {
    log.unsigned()
        .map(|unsigned| (unsigned.code, unsigned.message))
}

fn report(data: &Path) -> Report {
    let key = station_key(data);
    verify_against(data, SCOPE, &outside(Some(key), None)).unwrap()
}

/// The station starts, judges a part and stops.
fn goes_on(data: &Path) -> (Vec<Told>, Option<Told>) {
    let (mut log, _) = start(data);
    let remarks = remarks(&log);
    log.append(&[record(1)]).unwrap();
    log.finish(WallTime(20_000_000), 1).unwrap();
    let alarm = alarm(&log);
    drop(log);
    (remarks, alarm)
}

fn changed(remarks: &[Told]) -> Option<&str> {
    let mut all = remarks.iter();
    let found = all.find(|remark| remark.0 == Code::SigningKeyChanged)?;
    Some(&found.1)
}

const CUT_BACK: &str = "delete from feed where seq > (select min(size) from checkpoint);
    delete from checkpoint where size > (select min(size) from checkpoint);
    delete from finding where result_id > 8589934592; delete from view_result where result_id > 8589934592;
    delete from simulated_truth; delete from result where job_id = 2; delete from late_verdict;
    delete from gap; delete from image; delete from recipe_view where job_id = 2; delete from event where job_id = 2;
    delete from job where id = 2; update sqlite_sequence set seq = 1 where name = 'job';
    update job set stopped_at_us = null, ended = null;";

#[test]
fn a_log_that_goes_on_as_it_was_signed_keeps_its_key() {
    let data = log();
    let before = station_key(data.path());
    let (remarks, alarm) = goes_on(data.path());
    assert_eq!((changed(&remarks), alarm), (None, None), "{remarks:?}");
    assert_eq!(station_key(data.path()), before);
    assert_eq!(report(data.path()).problems, Vec::<String>::new());
}

#[test]
fn a_log_that_was_written_anew_while_the_station_was_off_is_not_signed_by_its_key() {
    let data = log();
    let before = station_key(data.path());
    drop(forge_in(data.path()));
    let (remarks, alarm) = goes_on(data.path());
    let why = changed(&remarks).expect("a change of the key");
    assert!(why.contains("something was altered"), "{why}");
    let (code, message) = alarm.expect("an alarm");
    assert_eq!(code, Code::LogAltered, "{message}");
    assert!(message.contains("inspector verify"), "{message}");
    assert_ne!(station_key(data.path()), before);
    let given = outside(Some(before), None);
    let found = verify_against(data.path(), SCOPE, &given).unwrap();
    let found = found.problems.join("\n");
    assert!(
        found.contains(".signed, kept beside the key has another root"),
        "{found}"
    );
}

#[test]
fn a_log_that_was_cut_back_to_a_checkpoint_is_found_by_what_lies_beside_the_key() {
    let data = log();
    let before = station_key(data.path());
    forge(data.path(), CUT_BACK);
    std::fs::remove_dir_all(data.path().join("images")).unwrap();
    let found = report(data.path()).problems.join("\n");
    assert!(
        found.contains("journal.signed, kept beside the key is over"),
        "{found}"
    );
    assert!(found.contains("were removed"), "{found}");
    let (remarks, alarm) = goes_on(data.path());
    let why = changed(&remarks).expect("a change of the key");
    assert!(why.contains("the newest were removed"), "{why}");
    assert_eq!(alarm.map(|alarm| alarm.0), Some(Code::LogAltered));
    assert_ne!(station_key(data.path()), before);
    // The station leaves the evidence alone, and goes on saying so.
    let found = verify(data.path(), SCOPE).unwrap().problems.join("\n");
    assert!(found.contains(".signed, kept beside the key"), "{found}");
    let (remarks, alarm) = goes_on(data.path());
    assert_eq!(
        alarm.map(|alarm| alarm.0),
        Some(Code::LogAltered),
        "{remarks:?}"
    );
}

#[test]
fn another_log_beside_the_key_is_not_signed_by_it() {
    let data = log();
    let before = station_key(data.path());
    std::fs::remove_file(open::database(data.path())).unwrap();
    std::fs::remove_dir_all(data.path().join("images")).unwrap();
    let (remarks, alarm) = goes_on(data.path());
    assert!(changed(&remarks).is_some(), "{remarks:?}");
    assert_eq!(alarm.map(|alarm| alarm.0), Some(Code::LogAltered));
    assert_ne!(station_key(data.path()), before);
}

#[test]
fn the_former_key_gives_an_altered_log_to_nobody() {
    let data = log();
    let before = station_key(data.path());
    drop(forge_in(data.path()));
    key::make(data.path()).unwrap();
    let (remarks, alarm) = goes_on(data.path());
    assert_eq!(
        alarm.map(|alarm| alarm.0),
        Some(Code::LogAltered),
        "{remarks:?}"
    );
    let given = outside(Some(before), None);
    let found = verify_against(data.path(), SCOPE, &given).unwrap();
    let found = found.problems.join("\n");
    assert!(
        found.contains(".signed, kept beside the key has another root"),
        "{found}"
    );
}

#[test]
fn a_restored_log_is_not_held_against_what_was_signed_before() {
    let data = log();
    let copy = tempfile::tempdir().unwrap();
    backup(data.path(), copy.path(), WallTime(11_000_000)).unwrap();
    let (remarks, _) = goes_on(data.path());
    assert_eq!(changed(&remarks), None);
    std::fs::remove_file(open::database(data.path())).unwrap();
    std::fs::remove_dir_all(data.path().join("images")).unwrap();
    restore(copy.path(), data.path(), WallTime(30_000_000), "Li").unwrap();
    assert_eq!(
        verify(data.path(), SCOPE).unwrap().problems,
        Vec::<String>::new()
    );
    let (remarks, alarm) = goes_on(data.path());
    assert!(
        changed(&remarks).is_some_and(|why| why.contains("restored")),
        "{remarks:?}"
    );
    assert_eq!(alarm, None);
    assert_eq!(report(data.path()).problems, Vec::<String>::new());
}

#[test]
fn a_log_that_is_changed_while_the_station_runs_is_not_signed_any_more() {
    let data = log();
    let (mut log, _) = start(data.path());
    forge(
        data.path(),
        "update feed set leaf = zeroblob(32) where seq = 3",
    );
    log.append(&[record(1)]).unwrap();
    log.finish(WallTime(20_000_000), 1).unwrap();
    let (code, message) = alarm(&log).expect("an alarm");
    assert_eq!(code, Code::LogAltered, "{message}");
    drop(log);
    let found = report(data.path());
    assert!(
        found.unsigned_leaves > 0 || !found.problems.is_empty(),
        "{found:?}"
    );
}

#[test]
fn a_place_that_is_missing_keeps_roots_from_being_signed_and_no_part_from_being_recorded() {
    let data = log();
    // Not among what was signed: nothing of that is another.
    let (mut log, _) = start(data.path());
    log.append(&[record(1)]).unwrap();
    let newest = "delete from feed where seq = (select max(seq) from feed) - 1";
    forge(data.path(), newest);
    log.append(&[record(2)]).unwrap();
    log.finish(WallTime(20_000_000), 2).unwrap();
    let (code, message) = alarm(&log).expect("an alarm");
    assert_eq!(code, Code::SigningFailed, "{message}");
    drop(log);
    let rows = Connection::open(open::database(data.path())).unwrap();
    let rows: i64 = rows
        .query_row("select count(*) from result where job_id = 3", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(rows, 2);
}

#[test]
fn what_was_signed_last_is_missed_when_it_is_gone() {
    let data = log();
    let before = station_key(data.path());
    std::fs::remove_file(key::signed(data.path())).unwrap();
    let (remarks, alarm) = goes_on(data.path());
    assert!(
        remarks
            .iter()
            .any(|remark| remark.0 == Code::SignedNoteGone),
        "{remarks:?}"
    );
    assert_eq!((changed(&remarks), alarm), (None, None));
    assert_eq!(station_key(data.path()), before);
    assert_eq!(
        key::kept(data.path()).unwrap().len(),
        1,
        "it is there again"
    );
}

#[test]
fn a_station_that_is_killed_leaves_a_log_that_is_proven_and_what_was_answered_is_in_it() {
    let home = home(SIM);
    let data = home.path().join("data");
    let station = Station::start(home.path());
    let body = station.until("/api/results?limit=20", |body| {
        body["items"]
            .as_array()
            .is_some_and(|items| items.len() >= 4)
    });
    let path = format!("/api/results/{}/reviews", body["items"][0]["id"]);
    let review = json!({"judgement": "cannot_tell", "class": null, "region": null, "reason": null, "author": "Li"});
    let (status, said) = station.ask("POST", &path, &review);
    assert_eq!(status, 201, "{said}");
    station.kill();
    let key = station_key(&data);

    let station = Station::start(home.path());
    station.until("/api/results?limit=1", |body| body["items"][0]["job"] == 2);
    station.stop();
    assert_eq!(station_key(&data), key);
    let found = report(&data);
    assert_eq!((found.problems, found.unsigned_leaves), (vec![], 0));
    let log = Connection::open(open::database(&data)).unwrap();
    let authors: String = log
        .query_row("select group_concat(author) from review", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(authors, "Li");
}
