//! Where a log ends.

use rusqlite::Connection;

/// The end of a log, by which a copy is held against what was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::results) struct Last {
    /// The newest job; 0 for none.
    pub job: i64,
    /// Its last part that has a result; 0 for none.
    pub part_no: i64,
    /// Whether it has not ended.
    pub is_open: bool,
    /// The last number of the feed.
    pub feed_end: i64,
    /// Of all jobs.
    pub results: u64,
}

impl Last {
    pub(in crate::results) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let job = number("select coalesce(max(id), 0) from job")?;
        Ok(Self {
            job,
            part_no: connection.query_row(
                "select coalesce(max(part_no), 0) from result where job_id = ?1",
                [job],
                |row| row.get(0),
            )?,
            is_open: connection.query_row(
                "select count(*) from job where id = ?1 and ended is null",
                [job],
                |row| row.get::<_, i64>(0),
            )? > 0,
            feed_end: number("select coalesce(max(seq), 0) from feed")?,
            results: number("select count(*) from result")?.unsigned_abs(),
        })
    }
}
