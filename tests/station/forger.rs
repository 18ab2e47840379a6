//! Law 7, against somebody who signs anew, takes signatures away, names keys, or lays a manifest beside the log. He has no
//! key of the station.

use super::forged::outside;
use super::log::{record, start};
use super::tampered::{Copy, SCOPE, forge, log, recorded};
use inspector::ports::log::ResultLog;
use inspector::results::copy::{MANIFEST, backup};
use inspector::results::open;
use inspector::results::proof::evidence::Evidence;
use inspector::results::proof::leaf::{self, Kind};
use inspector::results::proof::note::{Checkpoint, Signer, Verifier};
use inspector::results::proof::{hash, key, tree};
use inspector::results::verify::{Report, verify, verify_against};
use inspector::station::time::WallTime;
use rusqlite::{Connection, params};
use std::path::Path;

/// Every result becomes a pass that was accepted, each leaf that of its row, and nothing is signed any more. Ends of jobs are of
/// the kind that nobody asks a signature of.
fn forge_all(copy: &Copy) -> Connection {
    forge_in(copy.0.path())
}

pub fn forge_in(data: &Path) -> Connection {
    forge(
        data,
        "delete from finding; delete from checkpoint; delete from waiting;
         update view_result set verdict = 1, cause = null, findings_total = 0;
         update result set verdict = 1, cause = null, disposition = 'accept', defect = null;
         update job set ended = 'crashed' where ended is not null",
    );
    let log = Connection::open(open::database(data)).unwrap();
    leaves_again(&log);
    log
}

pub fn leaves_again(log: &Connection) {
    let mut all = log
        .prepare("select seq, kind, row_id, detail from feed where body is null")
        .unwrap();
    let mut rows = all.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let (seq, kind, row_id): (i64, i64, i64) = (
            row.get(0).unwrap(),
            row.get(1).unwrap(),
            row.get(2).unwrap(),
        );
        let detail: Option<String> = row.get(3).unwrap();
        let kind = Kind::of(kind).unwrap();
        let content = leaf::content(log, kind, row_id, detail.as_deref())
            .unwrap()
            .unwrap();
        log.execute(
            "update feed set leaf = ?1 where seq = ?2",
            params![hash::leaf(&content), seq],
        )
        .unwrap();
    }
}

/// As a station would whose key this is.
fn sign(log: &Connection, signer: &Signer) {
    let (size, root) = tree(log).unwrap();
    let origin = signer.verifier().name.clone();
    let checkpoint = Checkpoint { origin, size, root };
    log.execute(
        "insert into checkpoint (size, note) values (?1, ?2)",
        params![size as i64, signer.sign(&checkpoint.to_string())],
    )
    .unwrap();
}

fn name_key(log: &Connection, key: &Verifier) {
    log.execute(
        "insert into event select (select max(id) + 1 from event), job_id, at_us, 'warning', 'signing_key_changed', phase,
           subject, actor, message, json_set(details, '$.key', ?1) from event where code = 'signing_key_made'",
        [key.to_string()],
    )
    .unwrap();
    let id = log.last_insert_rowid();
    let content = leaf::content(log, Kind::Event, id, None).unwrap().unwrap();
    log.execute(
        "insert into feed (kind, row_id, leaf) values (4, ?1, ?2)",
        params![id, hash::leaf(&content)],
    )
    .unwrap();
}

fn other_key() -> Signer {
    Signer::new("inspector/abababababababababababababababab", [7; 32]).unwrap()
}

pub fn station_key(data: &Path) -> Verifier {
    key::read(data).unwrap().unwrap().verifier().clone()
}

fn problems(copy: &Copy, key: Option<&Verifier>) -> String {
    let report = verify_against(copy.0.path(), SCOPE, &outside(key.cloned(), None)).unwrap();
    report.problems.join("\n")
}

#[test]
fn a_log_from_which_every_signature_was_taken_away_is_found() {
    let data = log();
    let key = station_key(data.path());
    let copy = Copy::of(data.path());
    let log = forge_all(&copy);
    let found = problems(&copy, Some(&key));
    assert!(
        found.contains("nothing that is there is signed by a key that was given"),
        "{found}"
    );
    // In a job of more than two minutes also without the key.
    log.execute_batch("update result set triggered_at_us = part_no * 100000000")
        .unwrap();
    leaves_again(&log);
    let found = problems(&copy, None);
    assert!(
        found.contains("are not signed, and a station signs each minute"),
        "{found}"
    );
    // Whoever says that there was no key is believed by nobody who has it.
    log.execute_batch(
        "insert into event select (select max(id) + 1 from event), 2, at_us, 'warning', 'signing_key_unusable', phase, subject,
           actor, message, '{}' from event limit 1",
    )
    .unwrap();
    recorded(copy.0.path(), Kind::Event, log.last_insert_rowid(), None);
    assert_eq!(problems(&copy, None), "");
    let found = problems(&copy, Some(&key));
    assert!(
        found.contains("are not signed, and a station signs each minute"),
        "{found}"
    );
    // A job that ended by itself, whatever the end is called.
    log.execute_batch("update job set ended = 'fault'").unwrap();
    leaves_again(&log);
    let found = problems(&copy, Some(&key));
    assert!(found.contains("a job ended by itself"), "{found}");
}

#[test]
fn a_key_that_somebody_named_is_not_hidden_by_naming_the_right_one_again() {
    let data = log();
    let key = station_key(data.path());
    let other = other_key();
    let copy = Copy::of(data.path());
    let log = forge_all(&copy);
    name_key(&log, other.verifier());
    sign(&log, &other);
    name_key(&log, &key);
    let found = problems(&copy, Some(&key));
    assert!(
        found.contains("for which the one before it did not sign"),
        "{found}"
    );
    assert!(
        found.contains("nothing that is there is signed by a key that was given"),
        "{found}"
    );
    // Beside checkpoints that are right, too.
    let copy = Copy::of(data.path());
    let log = Connection::open(open::database(copy.0.path())).unwrap();
    name_key(&log, other.verifier());
    sign(&log, &other);
    name_key(&log, &key);
    let found = problems(&copy, Some(&key));
    assert!(
        found.contains("for which the one before it did not sign"),
        "{found}"
    );
    assert!(found.contains("are signed by other keys alone"), "{found}");
    let report = copy.report();
    assert!(
        report.remarks.join("\n").contains("did not sign"),
        "{report:?}"
    );
}

#[test]
fn the_former_key_hands_the_log_over_to_the_one_that_replaces_it() {
    let data = log();
    let before = station_key(data.path());
    key::make(data.path()).unwrap();
    let (mut log, _) = start(data.path());
    log.append(&[record(1)]).unwrap();
    log.finish(WallTime(20_000_000), 1).unwrap();
    drop(log);
    let after = station_key(data.path());
    assert_ne!(before, after);
    for key in [&before, &after] {
        let given = outside(Some(key.clone()), None);
        let report = verify_against(data.path(), SCOPE, &given).unwrap();
        assert_eq!(
            (report.problems, report.unsigned_leaves),
            (vec![], 0),
            "{key}"
        );
        assert!(report.remarks.join("\n").contains("gave the log"));
    }
    assert_eq!(Evidence::open(data.path()).unwrap().key, after);
}

/// A backup of the log, its manifest, and the files of its first picture with their sizes.
struct BackedUp {
    folder: tempfile::TempDir,
    manifest: serde_json::Value,
    files: [String; 2],
    bytes: [u64; 2],
}

impl BackedUp {
    fn of(data: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path();
        backup(data, into, WallTime(11_000_000)).unwrap();
        assert_eq!(verify(into, SCOPE).unwrap().problems, Vec::<String>::new());
        let of_part_1 = "select path, map_path from image where job_id = 2 and part_no = 1";
        let log = Connection::open(open::database(data)).unwrap();
        let files: [String; 2] = log
            .query_row(of_part_1, [], |row| Ok([row.get(0)?, row.get(1)?]))
            .unwrap();
        let text = std::fs::read_to_string(into.join(MANIFEST)).unwrap();
        let bytes = files.each_ref();
        let bytes = bytes.map(|path| std::fs::metadata(into.join(path)).unwrap().len());
        Self {
            manifest: serde_json::from_str(&text).unwrap(),
            folder,
            files,
            bytes,
        }
    }

    /// The manifest with one picture less, and so many bytes.
    fn without_one(&self, field: &str, paths: &[String], less: u64) -> serde_json::Value {
        let mut changed = self.manifest.clone();
        changed["pictures"] = (changed["pictures"].as_u64().unwrap() - 1).into();
        changed["picture_bytes"] = (changed["picture_bytes"].as_u64().unwrap() - less).into();
        changed[field] = paths.to_vec().into();
        changed
    }
}

fn verified_with(folder: &Path, manifest: &serde_json::Value) -> Report {
    std::fs::write(folder.join(MANIFEST), manifest.to_string()).unwrap();
    verify(folder, SCOPE).unwrap()
}

#[test]
fn a_picture_that_was_changed_is_not_excused_by_a_manifest() {
    let data = log();
    let made = BackedUp::of(data.path());
    let file = &made.files[..1];
    let mut damaged = made.without_one("damaged_pictures", file, made.bytes[0]);
    damaged["picture_bytes"] = (damaged["picture_bytes"].as_u64().unwrap() + 7).into();
    std::fs::write(made.folder.path().join(&file[0]), "another").unwrap();
    let report = verified_with(made.folder.path(), &damaged);
    assert_eq!(report.problems.len(), 1, "{report:?}");
    assert!(
        report.problems[0].contains("expected SHA-256"),
        "{report:?}"
    );
    assert_eq!(report.damaged_before, report.problems);
    // In a station's own folder as well.
    std::fs::write(data.path().join(&file[0]), "another").unwrap();
    let report = verified_with(data.path(), &damaged);
    assert!(
        report.problems.join("\n").contains("expected SHA-256"),
        "{report:?}"
    );
}

#[test]
fn a_picture_that_is_gone_is_excused_by_what_the_stations_key_signed_alone() {
    let data = log();
    let made = BackedUp::of(data.path());
    let (folder, files) = (made.folder.path(), &made.files);
    let mut deleted = made.without_one("deleted_pictures", files, made.bytes.iter().sum());
    for path in files {
        std::fs::remove_file(folder.join(path)).unwrap();
    }
    let report = verified_with(folder, &deleted);
    assert_eq!(report.problems.len(), 2, "{report:?}");
    assert!(
        report.problems[0].contains("the file is missing"),
        "{report:?}"
    );
    let (sha256, paths) = (
        made.manifest["log_sha256"].as_str().unwrap(),
        files.join("\n"),
    );
    let said = format!("pictures deleted while a backup was made\n{sha256}\n{paths}\n");
    deleted["deleted_note"] = other_key().sign(&said).into();
    assert_eq!(verified_with(folder, &deleted).problems.len(), 2);
    let station = key::read(data.path()).unwrap().unwrap();
    deleted["deleted_note"] = station.sign(&said).into();
    let report = verified_with(folder, &deleted);
    assert_eq!(report.problems, Vec::<String>::new());
    assert!(
        report
            .remarks
            .join("\n")
            .contains("were deleted for the quota"),
        "{report:?}"
    );
}

#[test]
fn an_upgrade_is_always_told_and_none_comes_after_a_key() {
    let data = log();
    let copy = Copy::of(data.path());
    let log = Connection::open(open::database(copy.0.path())).unwrap();
    let body: String = log
        .query_row(
            "select json_set(body, '$.row.found_version', 8) from feed where kind = 11",
            [],
            |row| row.get(0),
        )
        .unwrap();
    log.execute(
        "insert into feed (kind, row_id, leaf, body) values (11, 1, ?1, ?2)",
        params![hash::leaf(body.as_bytes()), body],
    )
    .unwrap();
    let report = copy.report();
    assert!(
        report
            .remarks
            .join("\n")
            .contains("upgraded from version 8"),
        "{report:?}"
    );
    let found = report.problems.join("\n");
    assert!(
        found.contains("a log of an older form was put in its place"),
        "{found}"
    );
}

#[test]
fn a_key_that_others_can_read_is_refused_and_one_that_cannot_be_replaced_stays() {
    use std::os::unix::fs::PermissionsExt;
    let data = tempfile::tempdir().unwrap();
    let first = key::make(data.path()).unwrap();
    let path = key::path(data.path());
    let mode = |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
    for open in [0o644, 0o640, 0o604] {
        mode(open);
        let why = key::read(data.path()).map(|_| ()).unwrap_err().to_string();
        assert!(why.contains("chmod 600"), "{why}");
    }
    mode(0o600);
    let in_the_way = data.path().join("journal.key.tmp");
    std::fs::create_dir(&in_the_way).unwrap();
    let why = key::make(data.path()).map(|_| ()).unwrap_err().to_string();
    assert!(why.contains("journal.key.tmp"), "{why}");
    assert_eq!(&station_key(data.path()), first.verifier());
    std::fs::remove_dir(&in_the_way).unwrap();
    let second = key::make(data.path()).unwrap();
    assert_eq!(&station_key(data.path()), second.verifier());
    let former = key::former(data.path(), first.verifier()).unwrap();
    assert_eq!(former.verifier(), first.verifier());
}
