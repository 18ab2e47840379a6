//! Every matching part, however many there are, and every gap of that time, as the log was at one moment.
//!
//! No read transaction outlives a page: SQLite cannot reuse its write-ahead log while one looks at an older state of it,
//! so whoever took an export slowly would let that file grow without an end. What is recorded meanwhile has higher
//! numbers in the feed than the bound, and is left out by them.

use super::attached::Attached;
use super::filter::ROW;
use super::gaps::{GAPS_MAX, GapsWithin};
use super::list::{COLUMNS, FROM};
use super::{Filter, JudgedBy, PartSummary, Reader, RecordedGap};
use rusqlite::types::Value;
use rusqlite::{Transaction, params, params_from_iter};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Rows that one read transaction looks at, whether they match or not: some milliseconds.
const EXAMINED_MAX: i64 = 2_000;
/// Recipe versions whose models are remembered.
const REMEMBERED_MAX: usize = 256;
const RESULT: i64 = 1;

/// A part, what judged it and what was found on it.
#[derive(Clone, Debug)]
pub struct JudgedPart {
    /// As in a list, without its views.
    pub part: PartSummary,
    /// Findings and pictures.
    pub attached: Attached,
    /// The same for all parts of a recipe version and a job.
    pub judged_by: Arc<JudgedBy>,
}

/// What stands in one line of an export.
#[derive(Clone, Debug)]
pub enum Exported {
    /// A part that has a row.
    Part(Box<JudgedPart>),
    /// Parts without rows of their own.
    Gap(RecordedGap),
}

/// Matching parts of the log as it was, and gaps between them, oldest first.
pub struct Everything {
    reader: Reader,
    sql: String,
    values: Vec<Value>,
    /// Rows up to this one have been looked at.
    after: i64,
    first: i64,
    last: i64,
    until_seq: i64,
    gaps: GapsWithin,
    /// The feed has been looked at up to here for rows that came later than the bound, …
    checked_seq: i64,
    /// … and stand before the last one all the same.
    later: HashSet<i64>,
    judged_by: HashMap<(i64, Option<i64>), Arc<JudgedBy>>,
}

impl Reader {
    /// From now on; parts that are recorded later are not among them.
    pub fn everything(self, filter: &Filter) -> rusqlite::Result<Everything> {
        let now = self.connection.unchecked_transaction()?;
        let bound = "select coalesce((select max(seq) from feed), 0), coalesce((select max(id) from result), 0)";
        let (until_seq, last): (i64, i64) =
            now.query_row(bound, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (first, end) = self.ids(filter)?;
        let gaps = self.gaps_within(filter)?;
        now.finish()?;
        let (conditions, values) = filter.conditions(Some(ROW));
        let sql = format!(
            "select {COLUMNS} {FROM} where {conditions} and {ROW} > ? and {ROW} <= ? order by {ROW}"
        );
        Ok(Everything {
            reader: self,
            sql,
            values,
            after: first.saturating_sub(1).max(0),
            first: first.max(0),
            last: last.min(end.saturating_sub(1)),
            until_seq,
            gaps,
            checked_seq: until_seq,
            later: HashSet::new(),
            judged_by: HashMap::new(),
        })
    }
}

impl Everything {
    /// The number in the feed up to which parts are among them.
    pub const fn until_seq(&self) -> i64 {
        self.until_seq
    }

    /// Without results that were recorded after this number.
    pub fn until(mut self, seq: i64) -> Self {
        self.until_seq = self.until_seq.min(seq);
        self.checked_seq = self.until_seq;
        self
    }

    /// How far it has come, from 0 to 1, by the numbers of rows: these jump where a job ends.
    pub fn share(&self) -> f64 {
        let whole = self.last.saturating_sub(self.first).max(1);
        ((self.after - self.first) as f64 / whole as f64).clamp(0.0, 1.0)
    }

    /// The next ones; `None` when there are no more.
    pub fn page(&mut self) -> rusqlite::Result<Option<Vec<Exported>>> {
        while self.after < self.last {
            let page = self.examined()?;
            if !page.is_empty() {
                return Ok(Some(page));
            }
        }
        let mut rest = Vec::new();
        while rest.len() < GAPS_MAX as usize
            && let Some(gap) = self.gaps.pop(&self.reader.connection, i64::MAX)?
        {
            rest.push(Exported::Gap(gap));
        }
        Ok((!rest.is_empty()).then_some(rest))
    }

    /// What matches of the rows of one read transaction.
    fn examined(&mut self) -> rusqlite::Result<Vec<Exported>> {
        let reader = &self.reader;
        let now = reader.connection.unchecked_transaction()?;
        let later = &mut self.later;
        self.checked_seq = came_later(&now, self.checked_seq, self.last, later)?;
        let end = "select max(id) from (select id from result where id > ? and id <= ? order by id limit ?)";
        let end: Option<i64> = now
            .prepare_cached(end)?
            .query_row(params![self.after, self.last, EXAMINED_MAX], |row| {
                row.get(0)
            })?;
        let end = end.unwrap_or(self.last);
        let bounds = [Value::from(self.after), Value::from(end)];
        let values = self.values.iter().cloned().chain(bounds);
        let mut page = Vec::new();
        let mut statement = now.prepare_cached(&self.sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            if later.contains(&row.get(0)?) {
                continue;
            }
            let (job, version): (i64, Option<i64>) = (row.get(1)?, row.get(13)?);
            if self.judged_by.len() >= REMEMBERED_MAX {
                self.judged_by.clear();
            }
            let judged_by = match self.judged_by.entry((job, version)) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(Arc::new(reader.judged_by(job, version)?)),
            };
            let id: i64 = row.get(0)?;
            while let Some(gap) = self.gaps.pop(&now, id)? {
                page.push(Exported::Gap(gap));
            }
            page.push(Exported::Part(Box::new(JudgedPart {
                part: Reader::summary_alone(row)?,
                attached: Attached::default(),
                judged_by: Arc::clone(judged_by),
            })));
        }
        drop(rows);
        drop(statement);
        reader.attach(&mut page)?;
        now.finish()?;
        self.after = end;
        Ok(page)
    }
}

/// Notes the rows up to `last` that were recorded after `seq`. Returns up to where that is known.
fn came_later(
    now: &Transaction<'_>,
    seq: i64,
    last: i64,
    later: &mut HashSet<i64>,
) -> rusqlite::Result<i64> {
    let sql = "select row_id from feed where seq > ? and kind = ? and row_id <= ?";
    let mut statement = now.prepare_cached(sql)?;
    let mut rows = statement.query(params![seq, RESULT, last])?;
    while let Some(row) = rows.next()? {
        later.insert(row.get(0)?);
    }
    let newest = "select coalesce(max(seq), 0) from feed";
    now.query_row(newest, [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::station::verdict::{Disposition, Verdict};

    #[test]
    fn rows_are_found_by_their_number_whatever_the_filter() {
        let folder = tempfile::tempdir().expect("a folder");
        drop(crate::results::open::writable(folder.path()).expect("a log"));
        let filter = Filter {
            disposition: Some(Disposition::Reject),
            verdict: Some(Verdict::Fail),
            style: Some("gear".to_owned()),
            part_id: Some("A".to_owned()),
            from_us: Some(1),
            ..Filter::default()
        };
        let reader = Reader::open(folder.path()).expect("it opens");
        let everything = reader.everything(&filter).expect("read");
        let bounds = [Value::from(1), Value::from(2)];
        let values = everything.values.iter().cloned().chain(bounds);
        let sql = format!("explain query plan {}", everything.sql);
        let mut statement = everything.reader.connection.prepare(&sql).expect("SQL");
        let plan: Vec<String> = statement
            .query_map(params_from_iter(values), |row| row.get(3))
            .and_then(Iterator::collect)
            .expect("a plan");
        let plan = plan.join("; ");
        let wanted = "SEARCH result USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)";
        assert!(
            plan.contains(wanted) && !plan.contains("TEMP B-TREE"),
            "{plan}"
        );
    }
}
