//! What is out of order when a job begins: pictures that the log does not know, and a clock before its last result.

use crate::ports::journal::Entry;
use crate::results::images::strays::pictured;
use crate::results::open::{self, OpenError};
use crate::station::time::{CLOCK_STEP_MIN, WallTime};
use crate::telemetry::catalogue::Code;
use rusqlite::{OptionalExtension, Transaction};
use std::path::Path;
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
    /// When what is left of a log lies there without it.
    pub(super) fn of(data: &Path) -> Result<Self, OpenError> {
        let pictured = pictured(data);
        let path = open::database(data);
        // A write-ahead log without its database: SQLite would remove it, with the rows in it.
        let wal = path.with_extension("sqlite-wal");
        let has_rows = wal.metadata().is_ok_and(|file| file.len() > 0);
        let is_missing = !path.exists();
        let found = match (pictured.first(), pictured.last()) {
            (Some(first), Some(last)) if is_missing => {
                Some(format!("images/ holds pictures of jobs {first} to {last}"))
            }
            _ if is_missing && has_rows => Some(format!("{} holds rows", wal.display())),
            _ => None,
        };
        match found {
            Some(found) => Err(OpenError::Orphans { path, found }),
            None => Ok(Self { pictured }),
        }
    }

    /// As [`Beginning::of`], for a log that is there and has never had a job, as a start leaves it that was refused.
    pub(super) fn refused(&self, data: &Path, last_job: u64) -> Option<OpenError> {
        let (first, last) = (self.pictured.first()?, self.pictured.last()?);
        (last_job == 0).then(|| OpenError::Orphans {
            path: open::database(data),
            found: format!("images/ holds pictures of jobs {first} to {last}"),
        })
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
