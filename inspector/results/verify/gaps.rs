//! What the log itself says is missing.

use crate::results::open::{self, OpenError};
use crate::station::time::WallTime;
use rusqlite::Connection;
use std::path::Path;

/// Tells where parts may have passed without a result, as the station wrote it down, between these times in microseconds
/// since 1970; one sentence each, oldest first.
///
/// # Errors
/// When the log cannot be read.
pub fn gaps(
    data: &Path,
    between_us: (i64, i64),
    tell: &mut dyn FnMut(String),
) -> Result<(), OpenError> {
    let told = told_gaps(&open::readable(data)?, between_us, tell);
    told.map_err(|error| OpenError::Log(open::log_error(&open::database(data), &error)))
}

pub(super) fn told_gaps(
    connection: &Connection,
    (from_us, to_us): (i64, i64),
    tell: &mut dyn FnMut(String),
) -> Result<(), rusqlite::Error> {
    let mut gaps = connection.prepare(
        "select job_id, first_part_no, last_part_no, kind, message, from_at_us, to_at_us from gap
         where to_at_us >= ?1 and from_at_us < ?2 order by job_id, first_part_no",
    )?;
    let rows = gaps.query_map([from_us, to_us], |row| {
        let (job, first): (i64, i64) = (row.get(0)?, row.get(1)?);
        let last: Option<i64> = row.get(2)?;
        let (kind, message): (String, String) = (row.get(3)?, row.get(4)?);
        let parts = match last {
            Some(last) => format!("parts {first} to {last}"),
            None => format!("from part {first} on"),
        };
        let (from, to) = (WallTime(row.get(5)?), WallTime(row.get(6)?));
        Ok(format!(
            "job {job}, {parts}: {kind}: {message}; {from} to {to}"
        ))
    })?;
    for row in rows {
        tell(row?);
    }
    Ok(())
}
