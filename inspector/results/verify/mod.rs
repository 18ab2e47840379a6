//! Is what was promised there? Reads the whole log and every picture; changes nothing. A station may
//! run meanwhile: the log is looked at as it stood at the beginning.

mod gaps;
mod keys;
mod leaves;
mod pictures;
mod roots;
mod stamps;
mod witnesses;

pub use self::gaps::gaps;
use self::gaps::told_gaps;
use self::pictures::{later_pictures, pictures};
use self::roots::Roots;
use super::copy::{Last, MANIFEST, Manifest, hashed};
use super::open::{self, OpenError};
use super::proof::cosign::WitnessKey;
use super::proof::key;
use super::proof::note::Verifier;
use super::shape::Shape;
use super::upgrade;
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// Of each kind of problem, at most this many are named; the rest are counted.
const NAMED_MAX: usize = 20;

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Runs of the station.
    pub jobs: u64,
    /// Rows of parts in the log.
    pub results: u64,
    /// Pictures whose file is there and has its hash.
    pub pictures: u64,
    /// Pictures deleted to keep within the quota.
    pub deleted_by_quota: u64,
    /// Leaves of the log's tree: everything that was recorded.
    pub leaves: u64,
    /// Of them, those behind the last root that is signed.
    pub unsigned_leaves: u64,
    /// Signed roots whose signature is right.
    pub checkpoints: u64,
    /// Time stamps that the journal keeps.
    pub stamps: u64,
    /// What the newest of them says: over how much, when, by whom.
    pub newest_stamp: Option<String>,
    /// What witnesses cosigned whose keys were given, a sentence each.
    pub cosigned: Vec<String>,
    /// What the log itself says is missing, in sentences. Known, so no problem of the log.
    pub known_gaps: Vec<String>,
    /// What is worth knowing and breaks no promise.
    pub remarks: Vec<String>,
    /// Broken promises, in sentences. Empty when the log is whole.
    pub problems: Vec<String>,
    /// Those of the problems that a backup tells of itself: they were there when it was made.
    pub damaged_before: Vec<String>,
    /// Keys that are to be believed, of those that the journal names and those that were given.
    pub keys: Vec<Verifier>,
}

/// What to look at.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// Whether every picture is read and hashed.
    pub with_pictures: bool,
}

/// What an auditor has from elsewhere, by which he finds what somebody with access to everything here has changed.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    /// The station's keys, as they were told at commissioning and whenever one was replaced.
    pub keys: Vec<Verifier>,
    /// Keys of witnesses that are to have cosigned.
    pub witnesses: Vec<WitnessKey>,
    /// Checkpoints and where they were kept.
    pub checkpoints: Vec<(PathBuf, String)>,
    /// What the station signed last, as it lies beside its key: [`verify_against`] reads it.
    pub beside: Vec<(PathBuf, String)>,
}

/// As [`verify_against`], with nothing from elsewhere.
///
/// # Errors
/// When there is no log, or it cannot be read at all.
pub fn verify(data: &Path, scope: Scope) -> Result<Report, OpenError> {
    verify_against(data, scope, &Outside::default())
}

/// Looks at the log of a data folder and at its pictures.
///
/// # Errors
/// When there is no log, or it cannot be read at all.
pub fn verify_against(data: &Path, scope: Scope, outside: &Outside) -> Result<Report, OpenError> {
    let mut report = Report::default();
    // Before SQLite opens the file: to close it again would drop SQLite's locks on it.
    let manifest = manifest(data, &mut report);
    let was_written = open::is_written(data);
    // Before the log is read: a station that goes on signing makes it older than that, and never newer.
    let mut outside = outside.clone();
    outside.beside = key::kept(data).unwrap_or_else(|error| {
        report.problems.push(error.to_string());
        Vec::new()
    });
    let connection = open::readable(data)?;
    look(
        &connection,
        data,
        (scope, &outside),
        manifest.as_ref(),
        &mut report,
    )
    .and_then(|()| {
        let is_written = was_written || open::is_written(data);
        let last = Last::of(&connection)?;
        end(&last, manifest.as_ref(), is_written, &mut report);
        if !is_written {
            later_pictures(&last, data, &mut report);
        }
        Ok(())
    })
    .map_err(|error| OpenError::Log(open::log_error(&open::database(data), &error)))?;
    Ok(report)
}

/// Why nobody can say whether the log is there to its end, for whoever hands it on; `None` where it is, as far as the log
/// knows.
///
/// # Errors
/// When there is no log, or it cannot be read at all.
pub fn doubt(data: &Path) -> Result<Option<String>, OpenError> {
    let was_written = open::is_written(data);
    let last = Last::of(&open::readable(data)?)
        .map_err(|error| OpenError::Log(open::log_error(&open::database(data), &error)))?;
    let is_known = !last.is_open || was_written || open::is_written(data);
    Ok((!is_known && !data.join(MANIFEST).exists()).then(|| not_ended(&last)))
}

fn not_ended(Last { job, part_no, .. }: &Last) -> String {
    format!(
        "job {job} has not ended, and no station runs here: the log ends with part {part_no}, and nobody can say \
         whether parts after it are missing. A copy that was made by hand while a station ran lacks what was in \
         results.sqlite-wal: copy with `inspector backup`. A station that was killed: start it, which writes down \
         from where on parts may be missing"
    )
}

/// What a backup says of itself, and whether its log is the one that was made.
fn manifest(data: &Path, report: &mut Report) -> Option<Manifest> {
    let manifest = match Manifest::read(data) {
        Ok(manifest) => manifest?,
        Err(error) => {
            report.problems.push(error.to_string());
            return None;
        }
    };
    let log = open::database(data);
    let (expected, path) = (&manifest.log_sha256, log.display());
    match hashed(&log) {
        Ok((bytes, found)) if found == *expected => {
            let said = manifest.log_bytes;
            if bytes != said {
                let problem = format!("{MANIFEST}: log_bytes: expected {bytes}, found {said}");
                report.problems.push(problem);
            }
        }
        Ok((_, found)) => report.problems.push(format!(
            "{path}: changed since the backup was made: expected SHA-256 {expected}, found {found}"
        )),
        Err(error) => report.problems.push(format!("{path}: {error}")),
    }
    Some(manifest)
}

fn look(
    connection: &Connection,
    data: &Path,
    (scope, outside): (Scope, &Outside),
    manifest: Option<&Manifest>,
    report: &mut Report,
) -> rusqlite::Result<()> {
    // One view of the log, however much is written meanwhile.
    connection.execute_batch("begin")?;
    structure(connection, report)?;
    schema(connection, report)?;
    jobs(connection, report)?;
    sequence(connection, report)?;
    let roots = Roots::of(connection, outside, report)?;
    report.keys = leaves::leaves(connection, roots, report)?;
    stamps::stamps(connection, report)?;
    witnesses::witnesses(connection, outside, report)?;
    let known = &mut report.known_gaps;
    told_gaps(connection, (i64::MIN, i64::MAX), &mut |gap| known.push(gap))?;
    let bytes = pictures(connection, data, scope, manifest, report)?;
    if let Some(manifest) = manifest {
        counted(connection, manifest, bytes, report)?;
    }
    Ok(())
}

/// Whether a backup holds what it says.
fn counted(
    connection: &Connection,
    manifest: &Manifest,
    bytes: u64,
    report: &mut Report,
) -> rusqlite::Result<()> {
    let log = open::identity(connection)?;
    if log != manifest.log {
        let problem = format!("{MANIFEST}: log: expected {log}, found {:?}", manifest.log);
        report.problems.push(problem);
    }
    let counts = [
        ("jobs", report.jobs, manifest.jobs),
        ("pictures", report.pictures, manifest.pictures),
        ("picture_bytes", bytes, manifest.picture_bytes),
    ];
    let wrong = counts
        .iter()
        .filter(|(_, expected, found)| expected != found);
    report.problems.extend(wrong.map(|(name, expected, found)| {
        format!("{MANIFEST}: {name}: expected {expected}, as there are, found {found}")
    }));
    Ok(())
}

/// Whether the newest job is there to its end, as far as anybody can know.
fn end(last: &Last, manifest: Option<&Manifest>, is_written: bool, report: &mut Report) {
    let (job, part) = (last.job, last.part_no);
    let Some(manifest) = manifest else {
        if !last.is_open {
            return;
        }
        if is_written {
            report.remarks.push(format!(
                "job {job} is running; the log is as of part {part}"
            ));
        } else {
            report.problems.push(not_ended(last));
        }
        return;
    };
    let expected = Last {
        job: manifest.last_job,
        part_no: manifest.last_part_no,
        is_open: manifest.is_job_open,
        feed_end: manifest.feed_end,
        results: manifest.results,
    };
    if *last != expected {
        report.problems.push(format!(
            "{MANIFEST} says that the backup ends with part {} of job {} and has {} results; found part {part} of job \
             {job} and {} results",
            expected.part_no, expected.job, expected.results, last.results
        ));
    } else if last.is_open {
        report.remarks.push(format!(
            "a backup of {}, made while job {job} was running: it ends with part {part}",
            manifest.made_at
        ));
    }
}

fn structure(connection: &Connection, report: &mut Report) -> rusqlite::Result<()> {
    name(report, open::damage(connection)?);
    let mut check = connection.prepare("pragma foreign_key_check")?;
    let rows = check.query_map([], |row| {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        Ok(format!(
            "a row of {table} names a row of {parent} that is not there"
        ))
    })?;
    let rows: Vec<String> = rows.collect::<Result<_, _>>()?;
    name(report, rows);
    Ok(())
}

/// A check of the schema that was taken away would let rows in that the program never reads back as what they are.
fn schema(connection: &Connection, report: &mut Report) -> rusqlite::Result<()> {
    let fresh = Connection::open_in_memory()?;
    upgrade::bring_up(&fresh)?;
    let is_ours = Shape::of(connection)? == Shape::of(&fresh)?;
    if !is_ours {
        report.problems.push(
            "the tables of the log are not those that this version makes: their definitions were changed".to_owned(),
        );
    }
    Ok(())
}

fn jobs(connection: &Connection, report: &mut Report) -> rusqlite::Result<()> {
    let mut open_jobs = connection.prepare("select id, ended is null from job order by id")?;
    let rows = open_jobs.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
    let rows: Vec<(i64, bool)> = rows.collect::<Result<_, _>>()?;
    report.jobs = rows.len() as u64;
    for (at, (job, is_open)) in rows.iter().enumerate() {
        if !is_open {
            continue;
        }
        if at + 1 < rows.len() {
            report
                .problems
                .push(format!("job {job} never ended, and others came after it"));
        }
    }
    Ok(())
}

/// Part numbers of a job are 1, 2, 3, … but for what its gaps say.
fn sequence(connection: &Connection, report: &mut Report) -> rusqlite::Result<()> {
    let count = connection.query_row("select count(*) from result", [], |row| row.get(0));
    report.results = count.map(i64::unsigned_abs)?;
    let mut holes = connection.prepare(
        "select job_id, before, part_no from (
           select job_id, part_no,
             coalesce(lag(part_no) over (partition by job_id order by part_no), 0) as before
           from result)
         where part_no <> before + 1 order by job_id, part_no",
    )?;
    let rows = holes.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let rows: Vec<(i64, i64, i64)> = rows.collect::<Result<_, _>>()?;
    let mut known = connection.prepare(
        "select first_part_no, last_part_no from gap
         where job_id = ?1 and last_part_no is not null order by first_part_no",
    )?;
    let mut missing = Vec::new();
    for (job, before, part) in rows {
        let gaps = known.query_map([job], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let gaps: Vec<(i64, i64)> = gaps.collect::<Result<_, _>>()?;
        let mut next = before + 1;
        for (first, last) in gaps {
            if first <= next && last >= next {
                next = last + 1;
            }
        }
        if next < part {
            missing.push(format!(
                "job {job}: no result for parts {next} to {}, and no gap says why",
                part - 1
            ));
        }
    }
    missing.append(&mut cut_short(connection)?);
    name(report, missing);
    Ok(())
}

/// The last part of a finished job has the number that the job ended with.
fn cut_short(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut ends = connection.prepare(
        "select id, parts, last from (
           select id, parts, max(
             coalesce((select max(part_no) from result where job_id = job.id), 0),
             coalesce((select max(last_part_no) from gap where job_id = job.id), 0)) as last
           from job where parts is not null)
         where parts <> last order by id",
    )?;
    let rows = ends.query_map([], |row| {
        let (job, parts, last): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(format!(
            "job {job} ended after {parts} parts, and the log has it to part {last}"
        ))
    })?;
    rows.collect()
}

fn name(report: &mut Report, mut problems: Vec<String>) {
    let count = problems.len();
    problems.truncate(NAMED_MAX);
    report.problems.append(&mut problems);
    if count > NAMED_MAX {
        report
            .problems
            .push(format!("and {} more of this kind", count - NAMED_MAX));
    }
}
