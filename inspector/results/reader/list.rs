//! Lists of parts: filters, keyset pages, newest first.

use super::filter::{CONFIRM, DISPOSITION, EQUAL, PART_ID};
use super::pieces::Pieces;
use super::{Filter, Matched, PartSummary, Reader, ResultsPage, Truth, ViewSummary};
use crate::results::review::REVIEWED;
use crate::station::challenge::Challenged;
use crate::station::result::{Confirm, Identity};
use crate::station::review::Reviewed;
use crate::station::verdict::{Cause, Disposition, Verdict};
use rusqlite::types::Value;
use rusqlite::{Row, params, params_from_iter};

/// Counting stops here: a page that says "10,000 or more" opens at once.
const COUNT_MAX: i64 = 10_000;
const LIMIT_MAX: u32 = 500;
const LIMIT_DEFAULT: u32 = 50;

pub(super) const COLUMNS: &str = "result.id, result.job_id, result.part_no, result.part_id, result.style, \
    result.verdict, result.cause, result.disposition, result.score, result.defect, \
    result.triggered_at_us, result.decided_after_us, result.acted_after_us, \
    result.recipe_version_id, truth.is_defective, truth.defect, result.identity, result.lane, result.lane_by, \
    result.lane_rule, result.acknowledged_after_us, result.confirm, result.confirmed_after_us, \
    result.challenge";
pub(super) const FROM: &str =
    "from result left join simulated_truth truth on truth.result_id = result.id";

pub(super) fn verdict(evaluation: i64) -> Verdict {
    match evaluation {
        1 => Verdict::Pass,
        2 => Verdict::Fail,
        _ => Verdict::NotDecided,
    }
}

pub(super) fn cause(name: Option<String>) -> Option<Cause> {
    Cause::from_name(&name?)
}

/// What a page is looked for by. SQLite has no statistics of this log, and left alone would walk the
/// rejects of ten years for a part ID that two of them have, or sort every part for one page.
struct Search {
    /// The column whose index is used; the others are only compared. With none, every part in turn.
    by: Option<&'static str>,
    /// Rows before this one are certainly outside the filter's time, …
    first: i64,
    /// … and so are this one and those after it.
    end: i64,
}

impl Search {
    /// Conditions that bound the rows, and their values. None without need: SQLite takes any bound on
    /// the row id for a narrow one.
    fn bounds(&self) -> (String, Vec<Value>) {
        if self.first == i64::MIN {
            return (String::new(), Vec::new());
        }
        let id = self.id();
        (
            format!(" and {id} >= ? and {id} < ?"),
            vec![Value::from(self.first), Value::from(self.end)],
        )
    }

    /// The row id as the order of the page: not an index when parts are found by their ID.
    fn id(&self) -> &'static str {
        match self.by {
            Some(PART_ID | CONFIRM) => "+result.id",
            _ => "result.id",
        }
    }
}

/// As many parts are sorted and looked at one by one without anybody waiting.
const SORTED_MAX: i64 = 5_000;
/// The longest stretch of time, in parts, whose first and last row are looked for.
const BOUNDED_MAX: i64 = 200_000;

impl Reader {
    /// One page of results, newest first.
    pub fn list(&self, filter: &Filter) -> rusqlite::Result<ResultsPage> {
        let limit = filter.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
        let pieces = self.pieces(filter)?;
        let mut search = self.search(filter)?;
        search.by = pieces.by(search.by);
        let (conditions, values) = filter.conditions(search.by);
        let id = match &pieces {
            Pieces::Among(_) => "+result.id",
            Pieces::NotAsked | Pieces::Newest(_) => search.id(),
        };
        let (bounds, limits) = search.bounds();
        let (within, rows) = pieces.condition();
        let conditions = format!("{conditions}{bounds}{within}");
        let values = [values, limits, rows].concat();
        let mut paged = values.clone();
        paged.push(Value::from(filter.before.unwrap_or(i64::MAX)));
        paged.push(Value::from(i64::from(limit) + 1));
        let sql = format!(
            "select {COLUMNS} {FROM} where {conditions} and {id} < ?
             order by {id} desc limit ?"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut items: Vec<PartSummary> = statement
            .query_map(params_from_iter(paged), |row| self.summary(row))?
            .collect::<Result<_, _>>()?;
        let has_more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next_before = has_more
            .then(|| items.last().and_then(|item| item.id))
            .flatten();
        Ok(ResultsPage {
            items,
            next_before,
            matched: self.count(&conditions, values, pieces.is_bounded())?,
        })
    }

    fn search(&self, filter: &Filter) -> rusqlite::Result<Search> {
        let (first, end) = self.ids(filter)?;
        let mut search = Search {
            by: None,
            first,
            end,
        };
        for by in [PART_ID, CONFIRM] {
            let found = self.at_most(filter, by, |column| column == by, SORTED_MAX)?;
            if found.is_some_and(|found| found < SORTED_MAX) {
                search.by = Some(by);
                return Ok(search);
            }
        }
        // The other indexes begin with the disposition, and are of no use without it.
        let mut fewest = i64::MAX;
        for by in EQUAL.into_iter().filter(|_| filter.disposition.is_some()) {
            let is_wanted = |column: &str| column == by || column == DISPOSITION;
            match self.at_most(filter, by, is_wanted, COUNT_MAX)? {
                Some(found) if found < fewest => {
                    fewest = found;
                    search.by = Some(by);
                }
                _ => {}
            }
        }
        Ok(search)
    }

    /// How many parts the wanted conditions leave; `None` when column `by` has no condition.
    fn at_most(
        &self,
        filter: &Filter,
        by: &'static str,
        is_wanted: impl Fn(&str) -> bool,
        max: i64,
    ) -> rusqlite::Result<Option<i64>> {
        let (conditions, mut values) = filter.conditions_on(Some(by), is_wanted);
        if !conditions.contains(by) {
            return Ok(None);
        }
        values.push(Value::from(max));
        let sql = format!("select count(*) from (select 1 from result where {conditions} limit ?)");
        self.connection
            .prepare_cached(&sql)?
            .query_row(params_from_iter(values), |row| row.get(0))
            .map(Some)
    }

    /// The first row of the filter's time, and the end of it. Rows grow with time, but for a wall clock
    /// that was set back, so this bounds them closely.
    pub(super) fn ids(&self, filter: &Filter) -> rusqlite::Result<(i64, i64)> {
        let everything = (i64::MIN, i64::MAX);
        if filter.from_us.is_none() && filter.to_us.is_none() {
            return Ok(everything);
        }
        let sql = "select count(*), min(id), max(id) from (
               select id from result where triggered_at_us >= ? and triggered_at_us < ? limit ?)";
        let from = filter.from_us.unwrap_or(i64::MIN);
        let to = filter.to_us.unwrap_or(i64::MAX);
        let (found, first, last): (i64, Option<i64>, Option<i64>) = self
            .connection
            .prepare_cached(sql)?
            .query_row(params![from, to, BOUNDED_MAX], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        Ok(match (first, last) {
            (Some(first), Some(last)) if found < BOUNDED_MAX => (first, last + 1),
            (None, None) => (0, 0),
            _ => everything,
        })
    }

    fn count(
        &self,
        conditions: &str,
        mut values: Vec<Value>,
        is_bounded: bool,
    ) -> rusqlite::Result<Matched> {
        values.push(Value::from(COUNT_MAX));
        let sql = format!("select count(*) from (select 1 from result where {conditions} limit ?)");
        let count: i64 = self
            .connection
            .prepare_cached(&sql)?
            .query_row(params_from_iter(values), |row| row.get(0))?;
        Ok(Matched {
            count,
            is_capped: is_bounded || count >= COUNT_MAX,
        })
    }

    pub(in crate::results) fn one(&self, id: i64) -> rusqlite::Result<PartSummary> {
        let sql = format!("select {COLUMNS} {FROM} where result.id = ?1");
        self.connection
            .prepare_cached(&sql)?
            .query_row([id], |row| self.summary(row))
    }

    pub(super) fn summary(&self, row: &Row<'_>) -> rusqlite::Result<PartSummary> {
        let mut part = Self::summary_alone(row)?;
        part.views = self.views(part.job, part.part_no, row.get(13)?)?;
        part.review = self.reviewed(row.get(0)?)?;
        Ok(part)
    }

    /// Without its views and reviews, which are questions of their own.
    pub(super) fn summary_alone(row: &Row<'_>) -> rusqlite::Result<PartSummary> {
        let (job, part_no): (i64, i64) = (row.get(1)?, row.get(2)?);
        let disposition: String = row.get(7)?;
        let is_defective: Option<bool> = row.get(14)?;
        let defect: Option<String> = row.get(15)?;
        let challenge: Option<String> = row.get(23)?;
        let (identity, confirm): (Option<String>, Option<String>) = (row.get(16)?, row.get(21)?);
        Ok(PartSummary {
            id: Some(row.get(0)?),
            job,
            part_no,
            part_id: row.get(3)?,
            style: row.get(4)?,
            verdict: verdict(row.get(5)?),
            cause: cause(row.get(6)?),
            disposition: if disposition == "accept" {
                Disposition::Accept
            } else {
                Disposition::Reject
            },
            score: row.get(8)?,
            defect: row.get(9)?,
            triggered_at_us: row.get(10)?,
            decided_after_us: row.get(11)?,
            acted_after_us: row.get(12)?,
            identity: identity.and_then(|name| Identity::from_name(&name)),
            lane: row.get(17)?,
            lane_by: row.get(18)?,
            lane_rule: row.get(19)?,
            acknowledged_after_us: row.get(20)?,
            confirm: confirm.and_then(|name| Confirm::from_name(&name)),
            confirmed_after_us: row.get(22)?,
            challenge: challenge.and_then(|name| Challenged::from_name(&name)),
            views: Vec::new(),
            truth: is_defective.map(|is_defective| Truth {
                is_defective,
                defect,
            }),
            review: None,
        })
    }

    /// What its reviews come to.
    fn reviewed(&self, id: i64) -> rusqlite::Result<Option<Reviewed>> {
        let sql = format!("select {REVIEWED} from (select ?1 as id) result");
        let found: Option<String> = self
            .connection
            .prepare_cached(&sql)?
            .query_row([id], |row| row.get(0))?;
        Ok(found.and_then(|name| Reviewed::from_name(&name)))
    }

    fn views(
        &self,
        job: i64,
        part_no: i64,
        version: Option<i64>,
    ) -> rusqlite::Result<Vec<ViewSummary>> {
        let mut statement = self.connection.prepare_cached(
            "select recipe_view.name, coalesce(image.state = 'stored', 0) from recipe_view
             left join image on image.job_id = recipe_view.job_id and image.part_no = ?2
               and image.view = recipe_view.view
             where recipe_view.job_id = ?1 and recipe_version_id = ?3 order by recipe_view.view",
        )?;
        statement
            .query_map(params![job, part_no, version], |row| {
                Ok(ViewSummary {
                    name: row.get(0)?,
                    has_image: row.get(1)?,
                })
            })?
            .collect()
    }
}
