//! Parts without a row of their own: from when to when, how many where that is known, and why.

use super::{Filter, Reader};
use rusqlite::{Connection, Row, params};
use std::collections::VecDeque;

/// The most of one answer.
pub const GAPS_MAX: u32 = 500;

const COLUMNS: &str =
    "job_id, first_part_no, last_part_no, from_at_us, to_at_us, kind, message from gap";

/// A gap as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedGap {
    /// Number of the job.
    pub job: i64,
    /// The first part without a row, or the next one that came where nobody numbered them.
    pub first_part_no: i64,
    /// The last part without a row; `None` where nobody knows how many there were.
    pub last_part_no: Option<i64>,
    /// Microseconds since 1970.
    pub from_us: i64,
    /// Microseconds since 1970.
    pub to_us: i64,
    /// The cause, by its stable name, or `crashed`.
    pub kind: String,
    /// A sentence for the audit.
    pub message: String,
}

impl RecordedGap {
    /// The id that the result of its first part would have.
    pub const fn place(&self) -> i64 {
        self.job << 32 | self.first_part_no
    }

    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            job: row.get(0)?,
            first_part_no: row.get(1)?,
            last_part_no: row.get(2)?,
            from_us: row.get(3)?,
            to_us: row.get(4)?,
            kind: row.get(5)?,
            message: row.get(6)?,
        })
    }
}

impl Reader {
    /// The newest gaps before a place, newest first; of the last place every kind, even where those are more than `limit`.
    pub fn gaps(&self, before: Option<i64>, limit: u32) -> rusqlite::Result<Vec<RecordedGap>> {
        let before = before.unwrap_or(i64::MAX);
        let sql = format!(
            "select {COLUMNS} where (job_id, first_part_no) < (?1, ?2)
             order by job_id desc, first_part_no desc, kind limit ?3"
        );
        let mut gaps = self.connection.prepare_cached(&sql)?;
        let bounds = params![before >> 32, before & 0xFFFF_FFFF, limit.min(GAPS_MAX)];
        let gaps = gaps.query_map(bounds, RecordedGap::of)?;
        let mut page = gaps.collect::<rusqlite::Result<Vec<_>>>()?;
        if let Some(last) = page.last() {
            let sql = format!(
                "select {COLUMNS} where job_id = ?1 and first_part_no = ?2 and kind > ?3 order by kind"
            );
            let mut rest = self.connection.prepare_cached(&sql)?;
            let place = params![last.job, last.first_part_no, last.kind];
            let rest = rest.query_map(place, RecordedGap::of)?;
            let rest = rest.collect::<rusqlite::Result<Vec<_>>>()?;
            page.extend(rest);
        }
        Ok(page)
    }

    /// Gaps that reach into the time of the filter, of those that are recorded now, in the order of the parts; nobody knows
    /// what else those parts were.
    pub(super) fn gaps_within(&self, filter: &Filter) -> rusqlite::Result<GapsWithin> {
        let newest = "select coalesce(max(job_id << 32 | first_part_no), 0) from gap";
        Ok(GapsWithin {
            page: VecDeque::new(),
            after: None,
            until: self.connection.query_row(newest, [], |row| row.get(0))?,
            from_us: filter.from_us.unwrap_or(i64::MIN),
            to_us: filter.to_us.unwrap_or(i64::MAX),
        })
    }
}

/// Gaps of some time, read page by page. One that grows meanwhile is told as it is when it is read.
pub(super) struct GapsWithin {
    page: VecDeque<RecordedGap>,
    /// The last one that was read; `None` before the first.
    after: Option<(i64, i64, String)>,
    /// Where the last one is.
    until: i64,
    from_us: i64,
    to_us: i64,
}

impl GapsWithin {
    /// The next one, where its place is not behind this one.
    pub(super) fn pop(
        &mut self,
        connection: &Connection,
        place: i64,
    ) -> rusqlite::Result<Option<RecordedGap>> {
        if self.page.is_empty() && self.until > 0 {
            self.read(connection)?;
        }
        Ok(self.page.pop_front_if(|gap| gap.place() <= place))
    }

    fn read(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let sql = format!(
            "select {COLUMNS} where (job_id, first_part_no, kind) > (?1, ?2, ?3) and (job_id, first_part_no) <= (?4, ?5)
             and to_at_us >= ?6 and from_at_us < ?7 order by job_id, first_part_no, kind limit ?8"
        );
        let (job, first, kind) = self.after.clone().unwrap_or_default();
        let (until_job, until) = (self.until >> 32, self.until & 0xFFFF_FFFF);
        let mut gaps = connection.prepare_cached(&sql)?;
        let bounds = params![
            job,
            first,
            kind,
            until_job,
            until,
            self.from_us,
            self.to_us,
            GAPS_MAX
        ];
        for gap in gaps.query_map(bounds, RecordedGap::of)? {
            self.page.push_back(gap?);
        }
        match self.page.back() {
            Some(gap) => self.after = Some((gap.job, gap.first_part_no, gap.kind.clone())),
            None => self.until = 0,
        }
        Ok(())
    }
}
