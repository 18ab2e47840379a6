//! Law 7: whatever is changed in a log by somebody who can write to the disk is found and named.

use super::log::{context, late, record, recorded, start};
use inspector::clock::{Clock, SimulatedClock};
use inspector::ports::journal::{Entry, Journal};
use inspector::ports::log::{ImageStore, Picture, ResultLog};
use inspector::results::images::Images;
use inspector::results::open;
use inspector::results::proof::evidence::Evidence;
use inspector::results::proof::hash;
use inspector::results::proof::key;
use inspector::results::proof::leaf::{self, Kind};
use inspector::results::proof::note::Verifier;
use inspector::results::verify::{Outside, Report, Scope, verify, verify_against};
use inspector::results::writer::Writer;
use inspector::settings::station::{ImageFormat, ImageSettings};
use inspector::station::frame::{FrameShape, PixelFormat};
use inspector::station::part::PartNo;
use inspector::station::result::{Gap, GapCause, Record};
use inspector::station::time::WallTime;
use inspector::station::truth::SimulatedTruth;
use inspector::telemetry::catalogue::Code;
use rusqlite::Connection;
use rusqlite::types::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

const SCOPE: Scope = Scope {
    with_pictures: true,
};

fn gap(to: i64) -> Record {
    Record::Gap(Gap {
        first: PartNo(4),
        last: PartNo(5),
        from: WallTime(1),
        to: WallTime(to),
        cause: GapCause::LogFull,
    })
}

fn save(data: &Path, log: &Writer, parts: &[u64]) {
    let settings = ImageSettings {
        keep_passes: 1.0,
        format: ImageFormat::Png,
        quota_bytes: 1_000_000,
        free_bytes_min: 0,
    };
    let clock: Arc<dyn Clock> = Arc::new(SimulatedClock::new(WallTime(1)));
    let mut images = Images::open(data, log.clone(), settings, clock).unwrap();
    for part in parts {
        let pixels = [*part as u8; 64];
        let shape = FrameShape {
            width: 8,
            height: 8,
            pixel_format: PixelFormat::Mono8,
        };
        let picture = Picture {
            part_no: PartNo(*part),
            view: 0,
            pixels: &pixels,
            shape,
            map: &pixels,
            map_size: (8, 8),
        };
        images.save(&picture).unwrap();
    }
}

/// A log with a row of every kind: a job that was killed, and one that ended. No WAL is left.
fn log() -> TempDir {
    let data = tempfile::tempdir().unwrap();
    let (mut first, _) = start(data.path());
    first.append(&[record(1)]).unwrap();
    drop(first);
    let truth = Box::new(|_: &_| {
        Some(SimulatedTruth {
            is_defective: true,
            defect: Some("scratch".to_owned()),
        })
    });
    let start = Writer::start(data.path(), &context(), Some(truth), WallTime(9_000_000));
    let (mut log, _) = start.unwrap();
    log.append(&[record(1), record(2), late(1), gap(5)])
        .unwrap();
    log.append(&[gap(9), record(3)]).unwrap();
    save(data.path(), &log, &[1, 2]);
    let entry = Entry {
        actor: "Li".to_owned(),
        message: "threshold".to_owned(),
        details: vec![("from", "0.4".to_owned()), ("to", "0.5".to_owned())],
        ..Entry::of_station(WallTime(7), Code::RecipeApplied)
    };
    log.record(entry).unwrap();
    log.finish(WallTime(10_000_000), 5).unwrap();
    drop(log);
    let connection = Connection::open(open::database(data.path())).unwrap();
    connection
        .query_row("pragma journal_mode = delete", [], |_| Ok(()))
        .unwrap();
    data
}

/// A copy of the log's file alone, with a change.
struct Copy(TempDir);

impl Copy {
    fn of(data: &Path) -> Self {
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(open::database(data), open::database(copy.path())).unwrap();
        let images = data.join("images");
        std::os::unix::fs::symlink(images, copy.path().join("images")).unwrap();
        Self(copy)
    }

    /// As whoever can write to the file: no check of the schema stands in his way.
    fn forge(&self, sql: &str) {
        let log = Connection::open(open::database(self.0.path())).unwrap();
        log.execute_batch(
            "pragma foreign_keys = off; pragma ignore_check_constraints = on; pragma synchronous = off;",
        )
        .unwrap();
        log.execute_batch(sql).unwrap();
    }

    /// The leaf is made that of the row as it is now.
    fn leaf_again(&self, kind: Kind, row_id: i64, detail: Option<&str>) {
        let log = Connection::open(open::database(self.0.path())).unwrap();
        let content = leaf::content(&log, kind, row_id, detail).unwrap().unwrap();
        log.execute(
            "update feed set leaf = ?1 where kind = ?2 and row_id = ?3",
            rusqlite::params![hash::leaf(&content), kind as i64, row_id],
        )
        .unwrap();
    }

    fn report(&self) -> Report {
        verify(self.0.path(), SCOPE).unwrap()
    }

    fn problems(&self) -> Vec<String> {
        verify(self.0.path(), SCOPE)
            .map_or_else(|error| vec![error.to_string()], |found| found.problems)
    }
}

fn tables(log: &Connection) -> Vec<String> {
    let mut all = log
        .prepare("select name from sqlite_schema where type = 'table' order by name")
        .unwrap();
    let names = all.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

/// Columns of a table, and a condition for each of its rows.
fn rows(log: &Connection, table: &str) -> (Vec<String>, Vec<(String, Vec<Value>)>) {
    let mut all = log.prepare(&format!("select * from {table}")).unwrap();
    let columns: Vec<String> = all.column_names().into_iter().map(str::to_owned).collect();
    let count = columns.len();
    let rows = all
        .query_map([], |row| (0..count).map(|at| row.get(at)).collect())
        .unwrap();
    let rows = rows.map(|row: rusqlite::Result<Vec<Value>>| {
        let values = row.unwrap();
        let cells = columns.iter().zip(&values);
        let conditions: Vec<String> = cells
            .map(|(column, value)| format!("\"{column}\" is {}", literal(value)))
            .collect();
        (conditions.join(" and "), values)
    });
    let rows = rows.collect();
    (columns, rows)
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Blob(bytes) => format!("x'{}'", inspector::hash::hex(bytes)),
    }
}

/// A value that is another, of a type that the column takes.
fn other(value: &Value, declared: &str) -> Value {
    match value {
        Value::Null if declared == "text" => Value::Text("x".to_owned()),
        Value::Null => Value::Integer(1),
        Value::Integer(number) => Value::Integer(number + 1),
        Value::Real(number) => Value::Real(number + 0.0625),
        Value::Text(text) => {
            let mut signs: Vec<char> = text.chars().collect();
            let middle = signs.len() / 2;
            match signs.get_mut(middle) {
                Some(sign) => *sign = if *sign == 'a' { 'b' } else { 'a' },
                None => signs.push('a'),
            }
            Value::Text(signs.into_iter().collect())
        }
        Value::Blob(bytes) => {
            let mut bytes = bytes.clone();
            bytes[0] ^= 1;
            Value::Blob(bytes)
        }
    }
}

#[test]
fn a_log_that_nobody_touched_has_no_problems_and_is_signed_to_its_end() {
    let data = log();
    let report = verify(data.path(), SCOPE).unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    assert_eq!(
        (report.unsigned_leaves, report.checkpoints),
        (0, 2),
        "{report:?}"
    );
    assert!(report.leaves > 20, "{report:?}");
    let copy = Copy::of(data.path());
    assert_eq!(copy.problems(), Vec::<String>::new());
}

#[test]
fn every_cell_of_every_row_that_is_changed_is_found() {
    let data = log();
    let whole = Connection::open(open::database(data.path())).unwrap();
    let mut missed = Vec::new();
    for table in tables(&whole) {
        let (columns, rows) = rows(&whole, &table);
        for (condition, values) in &rows {
            for (column, value) in columns.iter().zip(values) {
                let declared: String = whole
                    .query_row(
                        "select lower(type) from pragma_table_info(?1) where name = ?2",
                        [&table, column],
                        |row| row.get(0),
                    )
                    .unwrap();
                let copy = Copy::of(data.path());
                let changed = literal(&other(value, &declared));
                copy.forge(&format!(
                    "update or replace {table} set \"{column}\" = {changed} where {condition}"
                ));
                if copy.problems().is_empty() {
                    missed.push(format!("{table}.{column} = {changed} where {condition}"));
                }
            }
        }
    }
    assert!(missed.is_empty(), "\n{}", missed.join("\n"));
}

#[test]
fn every_row_that_is_removed_is_found() {
    let data = log();
    let whole = Connection::open(open::database(data.path())).unwrap();
    for table in tables(&whole) {
        let rows = rows(&whole, &table).1;
        let newest_checkpoint = (table == "checkpoint").then(|| rows.len() - 1);
        for (at, (condition, _)) in rows.iter().enumerate() {
            let copy = Copy::of(data.path());
            copy.forge(&format!("delete from {table} where {condition}"));
            let is_older_checkpoint = newest_checkpoint.is_some_and(|newest| at < newest);
            let problems = copy.problems();
            // What it covered is covered by those after it.
            assert_eq!(
                problems.is_empty(),
                is_older_checkpoint,
                "{table} where {condition}: {problems:?}"
            );
        }
    }
}

#[test]
fn every_row_that_is_put_in_twice_or_new_is_found() {
    let data = log();
    let copy = Copy::of(data.path());
    copy.forge(
        "insert into event select 999, job_id, at_us, severity, code, phase, subject, actor, message, details
           from event limit 1;
         insert into result select id + 100, job_id, part_no + 100, part_id, style, recipe_version_id, verdict, cause,
           disposition, score, defect, triggered_at_us, decided_after_us, acted_after_us, identity, lane,
           acknowledged_after_us, confirm, confirmed_after_us, lane_by, lane_rule, challenge from result limit 1;",
    );
    let problems = copy.problems().join("\n");
    assert!(
        problems.contains("event of the journal, row 999: was put in"),
        "{problems}"
    );
    assert!(
        problems.contains("a result, row 4294967397: was put in"),
        "{problems}"
    );
    // With a place of its own: behind everything that is signed, which the end of the job was.
    recorded(copy.0.path(), Kind::Event, 999, None);
    let report = copy.report();
    assert_eq!(report.unsigned_leaves, 1, "{report:?}");
}

/// Leaf and row fit each other again: only what was signed says that they are others.
#[test]
fn a_fail_that_became_a_pass_with_its_leaf_is_found_by_the_signature() {
    let data = log();
    let part_2 = 2 << 32 | 2;
    let copy = Copy::of(data.path());
    copy.forge(&format!(
        "delete from finding where result_id = {part_2};
         update view_result set verdict = 1, cause = null where result_id = {part_2};
         update result set verdict = 1, cause = null, disposition = 'accept', defect = null where id = {part_2}"
    ));
    let problems = copy.problems();
    let named = "the result of job 2, part 2 (row 8589934594): is not as it was recorded";
    assert_eq!(problems, [named]);
    copy.leaf_again(Kind::Result, part_2, None);
    let problems = copy.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].contains("another root than what is there"),
        "{problems:?}"
    );
    assert!(
        problems[0].contains("from the gap \"crashed\" of job 1"),
        "{problems:?}"
    );
}

#[test]
fn two_results_that_changed_places_are_found() {
    let data = log();
    let copy = Copy::of(data.path());
    let swap = |column: &str| {
        format!(
            "update feed set {column} = (select {column} from feed as other where other.kind = 1 and other.seq <> feed.seq
               and other.row_id & 4294967295 < 3 and other.row_id > 8589934592)
             where kind = 1 and row_id & 4294967295 < 3 and row_id > 8589934592;"
        )
    };
    // Rows keep their leaves, and stand in another order.
    copy.forge(&(swap("leaf") + "update feed set row_id = case row_id & 4294967295 when 1 then row_id + 1 else row_id - 1 end
      where kind = 1 and row_id & 4294967295 < 3 and row_id > 8589934592;"));
    let problems = copy.problems();
    assert!(
        problems.len() == 1 && problems[0].contains("moved"),
        "{problems:?}"
    );
}

#[test]
fn pictures_that_changed_places_are_found_even_with_their_rows() {
    let data = log();
    let copy = Copy::of(data.path());
    copy.forge(
        "update image set (path, sha256, map_path, map_sha256) =
           (select path, sha256, map_path, map_sha256 from image as other where other.part_no <> image.part_no)",
    );
    let problems = copy.problems();
    let expected = [1, 2].map(|part| {
        format!("the picture of job 2, part {part}, view 0: is not as it was recorded")
    });
    assert_eq!(problems, expected);
    let (one, two) = (
        data.path().join("images/2/1-0.png"),
        data.path().join("images/2/2-0.png"),
    );
    let (first, second) = (std::fs::read(&one).unwrap(), std::fs::read(&two).unwrap());
    std::fs::write(&one, second).unwrap();
    std::fs::write(&two, first).unwrap();
    let problems = verify(data.path(), SCOPE).unwrap().problems;
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("job 2, part 1: ") && problems[0].contains("expected SHA-256"));
}

fn outside(key: Option<Verifier>, checkpoint: Option<&str>) -> Outside {
    Outside {
        key,
        checkpoints: checkpoint
            .map(|text| (PathBuf::from("kept"), text.to_owned()))
            .into_iter()
            .collect(),
    }
}

#[test]
fn a_log_that_was_cut_or_written_anew_is_found_by_what_was_kept_elsewhere() {
    let data = log();
    let evidence = Evidence::open(data.path()).unwrap();
    let (checkpoint, key) = (evidence.checkpoint.clone(), evidence.key.clone());
    let kept = outside(Some(key.clone()), Some(&checkpoint));
    let found = verify_against(data.path(), SCOPE, &kept).unwrap();
    assert_eq!((found.problems, found.remarks), (vec![], vec![]));

    // Everything after the first job's end is gone, with the checkpoint that covered it.
    let copy = Copy::of(data.path());
    copy.forge(
        "delete from feed where seq > (select min(size) from checkpoint);
         delete from checkpoint where size > (select min(size) from checkpoint);
         delete from finding where result_id > 8589934592; delete from view_result where result_id > 8589934592;
         delete from simulated_truth; delete from result where job_id = 2; delete from late_verdict;
         delete from gap; delete from image; delete from recipe_view where job_id = 2; delete from event where job_id = 2;
         delete from job where id = 2; update sqlite_sequence set seq = 1 where name = 'job';
         update job set stopped_at_us = null, ended = null;",
    );
    // Its pictures are another matter.
    let without = tempfile::tempdir().unwrap();
    std::fs::copy(
        open::database(copy.0.path()),
        open::database(without.path()),
    )
    .unwrap();
    let cut = verify_against(without.path(), SCOPE, &kept)
        .unwrap()
        .problems
        .join("\n");
    assert!(cut.contains("kept, kept elsewhere is over"), "{cut}");
    assert!(cut.contains("were removed"), "{cut}");

    // Another log with another key, in its place: by itself it is whole.
    let other = log();
    let by_itself = verify(other.path(), SCOPE).unwrap();
    assert_eq!(by_itself.problems, Vec::<String>::new());
    let by_key = verify_against(other.path(), SCOPE, &outside(Some(key), None)).unwrap();
    assert!(
        by_key.problems[0].contains("not signed by the key that was given"),
        "{by_key:?}"
    );
    let by_checkpoint =
        verify_against(other.path(), SCOPE, &outside(None, Some(&checkpoint))).unwrap();
    assert!(
        by_checkpoint.problems[0].contains("no right signature"),
        "{by_checkpoint:?}"
    );
}

#[test]
fn a_key_that_is_gone_is_told_and_replaced_and_all_stays_verified() {
    let data = log();
    let before = key::read(data.path()).unwrap().unwrap();
    std::fs::remove_file(key::path(data.path())).unwrap();
    let (mut log, _) = start(data.path());
    let told: Vec<&str> = log
        .remarks()
        .iter()
        .map(|entry| entry.code.name())
        .collect();
    assert!(told.contains(&"signing_key_changed"), "{told:?}");
    log.append(&[record(1)]).unwrap();
    log.finish(WallTime(20_000_000), 1).unwrap();
    drop(log);
    let report = verify(data.path(), SCOPE).unwrap();
    assert_eq!((report.problems, report.unsigned_leaves), (vec![], 0));
    let after = key::read(data.path()).unwrap().unwrap();
    assert_ne!(before.verifier(), after.verifier());
    let given = outside(Some(before.verifier().clone()), None);
    let report = verify_against(data.path(), SCOPE, &given).unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    assert!(
        report
            .remarks
            .iter()
            .any(|line| line.contains("signed by another key")),
        "{report:?}"
    );

    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(key::path(data.path()))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    // One that nobody can use stops no station.
    std::fs::write(key::path(data.path()), "no key").unwrap();
    let (mut log, _) = start(data.path());
    let told: Vec<&str> = log
        .remarks()
        .iter()
        .map(|entry| entry.code.name())
        .collect();
    assert!(told.contains(&"signing_key_unusable"), "{told:?}");
    log.append(&[record(1)]).unwrap();
    log.finish(WallTime(30_000_000), 1).unwrap();
    drop(log);
    let report = verify(data.path(), SCOPE).unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    assert!(report.unsigned_leaves > 0, "{report:?}");
}

/// All that the tables hold, as text.
fn dump(path: &Path) -> rusqlite::Result<String> {
    let log = Connection::open(path)?;
    let mut text = String::new();
    let mut names =
        log.prepare("select name from sqlite_schema where type = 'table' order by name")?;
    let names: Vec<String> = names
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for table in names {
        let mut all = log.prepare(&format!("select * from \"{table}\" not indexed"))?;
        let count = all.column_count();
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            for at in 0..count {
                text.push_str(&literal(&row.get(at)?));
                text.push(' ');
            }
            text.push('\n');
        }
    }
    Ok(text)
}

/// Every so many bytes of the file one is turned over: what verifies then still says the same as before.
#[test]
fn bytes_that_are_changed_anywhere_are_found_where_they_say_anything() {
    const EVERY: usize = 173;
    let data = log();
    let path = open::database(data.path());
    let (whole, bytes) = (dump(&path).unwrap(), std::fs::read(&path).unwrap());
    let (mut found, mut harmless) = (0, 0);
    for at in (0..bytes.len()).step_by(EVERY) {
        let copy = Copy::of(data.path());
        let mut changed = bytes.clone();
        changed[at] ^= 0x11;
        let path = open::database(copy.0.path());
        std::fs::write(&path, changed).unwrap();
        if !copy.problems().is_empty() {
            found += 1;
            continue;
        }
        harmless += 1;
        assert_eq!(dump(&path).as_deref(), Ok(whole.as_str()), "byte {at}");
    }
    assert!(
        found > harmless / 4,
        "{found} found, {harmless} without an effect"
    );
}
