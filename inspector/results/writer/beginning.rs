//! What is out of order when a job begins: pictures that the log does not know, and a clock before its last result.

use crate::ports::journal::Entry;
use crate::results::images::strays::pictured;
use crate::results::open::{self, OpenError};
use crate::results::refusal::JOBS_AHEAD_MAX;
use crate::station::time::{CLOCK_STEP_MIN, WallTime};
use crate::telemetry::catalogue::Code;
use rusqlite::{OptionalExtension, Transaction};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a job begins with.
#[derive(Clone, Debug, Default)]
pub(super) struct Beginning {
    /// Jobs that have pictures, oldest first.
    pub(super) pictured: Vec<u64>,
}

impl Beginning {
    /// Looks at the data folder before a log is opened or made there.
    ///
    /// # Errors
    /// When what is left of a log lies there without it, or cannot be looked at.
    pub(super) fn of(data: &Path) -> Result<Self, OpenError> {
        let pictured = pictured(data).map_err(OpenError::Log)?;
        let path = open::database(data);
        // SQLite would remove a write-ahead log without its database, or beside an empty one, with the rows in it.
        let wal = path.with_extension("sqlite-wal");
        let has_rows = wal.metadata().is_ok_and(|file| file.len() > 0);
        let bytes = path.metadata().map_or(0, |file| file.len());
        let beginning = Self { pictured };
        if bytes == 0 {
            if let Some(refused) = beginning.orphans(data)? {
                return Err(refused);
            }
            if has_rows {
                let found = format!("{} holds rows", wal.display());
                return Err(orphans(path, found, BACK));
            }
        }
        let is_link = path.symlink_metadata().is_ok_and(|file| file.is_symlink());
        match path.canonicalize() {
            Ok(real) if is_link && has_rows => Err(OpenError::Apart { path, real }),
            _ => Ok(beginning),
        }
    }

    /// As [`Beginning::of`], for a log that is there and has never had a job, as a start leaves it that was refused.
    pub(super) fn refused(&self, data: &Path, last_job: u64) -> Result<(), OpenError> {
        if last_job == 0 {
            return self.orphans(data)?.map_or(Ok(()), Err);
        }
        let last = self.pictured.last().copied().unwrap_or(0);
        if last > last_job + JOBS_AHEAD_MAX {
            let path = data.join("images").join(last.to_string());
            return Err(OpenError::Numbered { path, last_job });
        }
        Ok(())
    }

    /// What belongs to another log than the one that would begin.
    fn orphans(&self, data: &Path) -> Result<Option<OpenError>, OpenError> {
        let path = open::database(data);
        if let Some((name, remedy)) = left_over(data)? {
            let found = format!("{} is there", data.join(name).display());
            return Ok(Some(orphans(path, found, remedy)));
        }
        let (Some(first), Some(last)) = (self.pictured.first(), self.pictured.last()) else {
            return Ok(None);
        };
        let found = format!("images/ holds pictures of jobs {first} to {last}");
        Ok(Some(orphans(path, found, BACK)))
    }

    /// The number of the next job where it is not the next after the last, and what the journal says of that.
    pub(super) fn skips_to(&self, last_job: u64, wall: WallTime) -> Option<(u64, Entry)> {
        let unknown = self.pictured.iter().copied().find(|job| *job > last_job)?;
        let last = self.pictured.last().copied()?;
        let entry = Entry {
            message: format!(
                "the log ends with job {last_job}, and there are pictures of jobs {unknown} to {last}: their results are \
                 not in this log. Jobs are numbered from {} on",
                last + 1
            ),
            details: vec![
                ("last_job", last_job.to_string()),
                ("pictures_from_job", unknown.to_string()),
                ("pictures_to_job", last.to_string()),
            ],
            ..Entry::of_station(wall, Code::JobNumbersSkipped)
        };
        Some((last + 1, entry))
    }
}

const BACK: &str = "put the log back, from results-saved.sqlite or a backup, or move what is left of it out of the \
                    folder, with journal.key and journal.signed, to begin another";

fn orphans(path: PathBuf, found: String, remedy: &str) -> OpenError {
    OpenError::Orphans {
        path,
        found,
        remedy: remedy.to_owned(),
    }
}

/// What was saved of a log, or not finished, and what to do with it.
fn left_over(data: &Path) -> Result<Option<(String, &'static str)>, OpenError> {
    let failed = |error: io::Error| OpenError::Log(open::file_error(data, &error));
    let entries = match std::fs::read_dir(data) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        entries => entries.map_err(failed)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        let name = name.to_string_lossy().into_owned();
        let is_saved = name.starts_with("results-saved");
        let remedy = match Path::new(&name)
            .extension()
            .and_then(|ending| ending.to_str())
        {
            Some("sqlite") if is_saved => {
                "everything that a station recorded before its log was deleted is in it; rename it to results.sqlite, or \
                 move it out of the folder to begin another"
            }
            Some("making") if is_saved => {
                "it is a copy of a deleted log that was not finished; put a backup in the log's place, or move the file \
                 out of the folder to begin another"
            }
            Some("restoring") if name == "results.sqlite.restoring" => {
                "`inspector restore` was broken off; run it again, or move what it left out of the folder to begin another"
            }
            _ => continue,
        };
        found.push((remedy.starts_with("everything"), name, remedy));
    }
    // Whole copies before others.
    found.sort_unstable();
    Ok(found.pop().map(|(_, name, remedy)| (name, remedy)))
}

/// The last number that the log has given to a job, whether or not the job is still there.
pub(super) fn last_job(transaction: &Transaction<'_>) -> rusqlite::Result<u64> {
    let last: Option<i64> = transaction
        .query_row(
            "select seq from sqlite_sequence where name = 'job'",
            [],
            |row| row.get(0),
        )
        .optional()?;
    Ok(last.unwrap_or(0).unsigned_abs())
}

/// When the newest thing in the log happened, by the clock of then. The newest by order, not by time: a clock that was
/// years ahead for an hour must not be told for years.
pub(super) fn newest(transaction: &Transaction<'_>) -> rusqlite::Result<Option<WallTime>> {
    let newest: Option<i64> = transaction.query_row(
        "select max(at) from (
           select (select triggered_at_us from result order by id desc limit 1) as at
           union all select (select at_us from event order by id desc limit 1)
           union all select (select coalesce(stopped_at_us, started_at_us) from job order by id desc limit 1))",
        [],
        |row| row.get(0),
    )?;
    Ok(newest.map(WallTime))
}

/// What the journal says of a clock that is before the newest thing in the log.
pub(super) fn behind(newest: Option<WallTime>, wall: WallTime) -> Option<Entry> {
    let newest = newest?;
    let by = Duration::from_micros(u64::try_from(newest.0.saturating_sub(wall.0)).ok()?);
    (by >= CLOCK_STEP_MIN).then(|| Entry {
        message: format!(
            "the clock says {wall}, and the last result in the log is from {newest}: {by:.1?} later"
        ),
        details: vec![
            ("last", newest.to_string()),
            ("now", wall.to_string()),
            ("by_us", by.as_micros().to_string()),
        ],
        ..Entry::of_station(wall, Code::ClockBehind)
    })
}
