//! Lists of parts: filters, keyset pages, newest first.

use super::{Filter, Matched, PartSummary, Reader, ResultsPage, Truth, ViewSummary};
use crate::station::verdict::{Cause, Disposition, Verdict};
use rusqlite::types::Value;
use rusqlite::{Row, params, params_from_iter};

/// Counting stops here: a page that says "10,000 or more" opens at once.
const COUNT_MAX: i64 = 10_000;
const LIMIT_MAX: u32 = 500;
const LIMIT_DEFAULT: u32 = 50;

const COLUMNS: &str = "result.id, result.job_id, result.part_no, result.part_id, result.style, \
    result.verdict, result.cause, result.disposition, result.score, result.defect, \
    result.triggered_at_us, result.decided_after_us, result.acted_after_us, \
    result.recipe_version_id, truth.is_defective, truth.defect";
const FROM: &str = "from result left join simulated_truth truth on truth.result_id = result.id";

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

impl Filter {
    /// SQL conditions and their values, in order; paging left out.
    fn conditions(&self) -> (String, Vec<Value>) {
        let mut sql = String::from("1");
        let mut values = Vec::new();
        let mut and = |condition: &str, value: Value| {
            sql.push_str(" and ");
            sql.push_str(condition);
            values.push(value);
        };
        if let Some(disposition) = self.disposition {
            let name = match disposition {
                Disposition::Accept => "accept",
                Disposition::Reject => "reject",
            };
            and("result.disposition = ?", Value::from(name.to_owned()));
        }
        if let Some(verdict) = self.verdict {
            let evaluation = i64::from(verdict.evaluation());
            and("result.verdict = ?", Value::from(evaluation));
        }
        if let Some(style) = &self.style {
            and("result.style = ?", Value::from(style.clone()));
        }
        if let Some(cause) = self.cause {
            and("result.cause = ?", Value::from(cause.name().to_owned()));
        }
        if let Some(defect) = &self.defect {
            and("result.defect = ?", Value::from(defect.clone()));
        }
        if let Some(prefix) = self.part_id.as_ref().filter(|prefix| !prefix.is_empty()) {
            and("result.part_id >= ?", Value::from(prefix.clone()));
            // U+10FFFF sorts after every character that can follow.
            and(
                "result.part_id < ?",
                Value::from(format!("{prefix}\u{10FFFF}")),
            );
        }
        if let Some(from_us) = self.from_us {
            and("result.triggered_at_us >= ?", Value::from(from_us));
        }
        if let Some(to_us) = self.to_us {
            and("result.triggered_at_us < ?", Value::from(to_us));
        }
        (sql, values)
    }
}

impl Reader {
    /// One page.
    pub fn list(&self, filter: &Filter) -> rusqlite::Result<ResultsPage> {
        let limit = filter.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
        let (conditions, values) = filter.conditions();
        let mut paged = values.clone();
        paged.push(Value::from(filter.before.unwrap_or(i64::MAX)));
        paged.push(Value::from(i64::from(limit) + 1));
        let sql = format!(
            "select {COLUMNS} {FROM} where {conditions} and result.id < ?
             order by result.id desc limit ?"
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
            matched: self.count(&conditions, values)?,
        })
    }

    fn count(&self, conditions: &str, mut values: Vec<Value>) -> rusqlite::Result<Matched> {
        values.push(Value::from(COUNT_MAX));
        let sql = format!("select count(*) from (select 1 from result where {conditions} limit ?)");
        let count: i64 = self
            .connection
            .prepare_cached(&sql)?
            .query_row(params_from_iter(values), |row| row.get(0))?;
        Ok(Matched {
            count,
            is_capped: count >= COUNT_MAX,
        })
    }

    /// Calls `each` for every matching part, oldest first, whatever their number.
    pub fn each(
        &self,
        filter: &Filter,
        mut each: impl FnMut(PartSummary) -> bool,
    ) -> rusqlite::Result<()> {
        let (conditions, values) = filter.conditions();
        let sql = format!("select {COLUMNS} {FROM} where {conditions} order by result.id");
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            if !each(self.summary(row)?) {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn one(&self, id: i64) -> rusqlite::Result<PartSummary> {
        let sql = format!("select {COLUMNS} {FROM} where result.id = ?1");
        self.connection
            .prepare_cached(&sql)?
            .query_row([id], |row| self.summary(row))
    }

    fn summary(&self, row: &Row<'_>) -> rusqlite::Result<PartSummary> {
        let (job, part_no): (i64, i64) = (row.get(1)?, row.get(2)?);
        let disposition: String = row.get(7)?;
        let version: Option<i64> = row.get(13)?;
        let is_defective: Option<bool> = row.get(14)?;
        let defect: Option<String> = row.get(15)?;
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
            views: self.views(job, part_no, version)?,
            truth: is_defective.map(|is_defective| Truth {
                is_defective,
                defect,
            }),
        })
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
