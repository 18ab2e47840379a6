//! Law 7: whatever is changed in a log by somebody who can write to the disk is found and named.

use super::log::{context, late, record, start};
use inspector::clock::{Clock, SimulatedClock};
use inspector::ports::journal::{Entry, Journal};
use inspector::ports::log::{ImageStore, Picture, ResultLog};
use inspector::results::images::Images;
use inspector::results::open;
use inspector::results::proof::hash;
use inspector::results::proof::leaf::{self, Kind};
use inspector::results::result_id;
use inspector::results::review::{NewReview, Region, TakenBack};
use inspector::results::verify::{Report, Scope, verify};
use inspector::results::writer::Writer;
use inspector::settings::station::{ImageFormat, ImageSettings};
use inspector::station::frame::{FrameShape, PixelFormat};
use inspector::station::part::PartNo;
use inspector::station::result::{Gap, GapCause, Record};
use inspector::station::review::Judgement;
use inspector::station::time::WallTime;
use inspector::station::truth::SimulatedTruth;
use inspector::telemetry::catalogue::Code;
use rusqlite::Connection;
use rusqlite::types::Value;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

pub const SCOPE: Scope = Scope {
    with_pictures: true,
};

fn gap(to: i64) -> Record {
    Record::Gap(Gap {
        first: PartNo(4),
        last: PartNo(5),
        from: WallTime(1),
        to: WallTime(to),
        accepted: 0,
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

/// Two people say different things of one part, and one of them takes it back; of another nobody says anything any more.
fn reviewed(log: &Writer) {
    let review = |part: u64, author: &str, judgement| NewReview {
        result_id: result_id(log.job(), PartNo(part)),
        at: WallTime(11),
        author: author.to_owned(),
        judgement,
        class: (judgement == Judgement::Defect).then(|| "scratch".to_owned()),
        region: Some(Region {
            view: 0,
            area: [1, 2, 3, 4],
        }),
        reason: Some("seen by eye".to_owned()),
    };
    let back = |review| TakenBack {
        review,
        at: WallTime(12),
        author: "Li".to_owned(),
        reason: None,
    };
    log.review(review(1, "Wang", Judgement::Defect)).unwrap();
    let first = log.review(review(1, "Li", Judgement::Good)).unwrap();
    log.take_back(back(first)).unwrap();
    let of_another = log.review(review(2, "Li", Judgement::CannotTell));
    log.take_back(back(of_another.unwrap())).unwrap();
}

/// A log with a row of every kind: a job that was killed, and one that ended. No WAL is left.
pub fn log() -> TempDir {
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
    reviewed(&log);
    log.finish(WallTime(10_000_000), 5).unwrap();
    drop(log);
    let connection = Connection::open(open::database(data.path())).unwrap();
    connection
        .query_row("pragma journal_mode = delete", [], |_| Ok(()))
        .unwrap();
    data
}

/// Changes the log of a data folder.
pub fn forge(data: &Path, sql: &str) {
    let log = Connection::open(open::database(data)).unwrap();
    log.execute_batch(
        "pragma foreign_keys = off; pragma ignore_check_constraints = on; pragma synchronous = off;",
    )
    .unwrap();
    log.execute_batch(sql).unwrap();
}

/// A copy of the log's file alone, with a change.
pub struct Copy(pub TempDir);

impl Copy {
    pub fn of(data: &Path) -> Self {
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(open::database(data), open::database(copy.path())).unwrap();
        let images = data.join("images");
        std::os::unix::fs::symlink(images, copy.path().join("images")).unwrap();
        Self(copy)
    }

    /// As whoever can write to the file: no check of the schema stands in his way.
    pub fn forge(&self, sql: &str) {
        forge(self.0.path(), sql);
    }

    /// The leaf is made that of the row as it is now.
    pub fn leaf_again(&self, kind: Kind, row_id: i64, detail: Option<&str>) {
        let log = Connection::open(open::database(self.0.path())).unwrap();
        let content = leaf::content(&log, kind, row_id, detail).unwrap().unwrap();
        log.execute(
            "update feed set leaf = ?1 where kind = ?2 and row_id = ?3",
            rusqlite::params![hash::leaf(&content), kind as i64, row_id],
        )
        .unwrap();
    }

    pub fn report(&self) -> Report {
        verify(self.0.path(), SCOPE).unwrap()
    }

    pub fn problems(&self) -> Vec<String> {
        verify(self.0.path(), SCOPE)
            .map_or_else(|error| vec![error.to_string()], |found| found.problems)
    }
}

/// Gives a row that somebody put in beside the station its place and its leaf, as whoever can write to the disk could.
pub fn recorded(data: &Path, kind: Kind, row_id: i64, detail: Option<&str>) {
    let log = rusqlite::Connection::open(open::database(data)).unwrap();
    let content = leaf::content(&log, kind, row_id, detail).unwrap().unwrap();
    log.execute(
        "insert into feed (kind, row_id, detail, leaf) values (?1, ?2, ?3, ?4)",
        rusqlite::params![kind as i64, row_id, detail, hash::leaf(&content)],
    )
    .unwrap();
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
    let columns: Vec<String> = all.column_names().map(str::to_owned).collect();
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
           acknowledged_after_us, confirm, confirmed_after_us, lane_by, lane_rule, challenge, drawn, near from result limit 1;",
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
    // Most of a small log is room that nothing uses yet.
    assert!(found > 50, "{found} found, {harmless} without an effect");
}
