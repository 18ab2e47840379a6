//! Which results a list has, as conditions of SQL.

use crate::results::review::{REVIEWED, STANDS};
use crate::results::search::folded;
use crate::station::result::Confirm;
use crate::station::review::Reviewed;
use crate::station::verdict::{Cause, Disposition, Verdict};
use rusqlite::types::Value;

/// Which results are wanted; every condition must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// `accept` or `reject`.
    pub disposition: Option<Disposition>,
    /// `pass`, `fail`, `not_decided`.
    pub verdict: Option<Verdict>,
    /// The style, exactly.
    pub style: Option<String>,
    /// The cause, by its stable name.
    pub cause: Option<Cause>,
    /// Class name of the worst finding.
    pub defect: Option<String>,
    /// Name of the lane to which they were sent.
    pub lane: Option<String>,
    /// Only those that the sensor of their lane did not see, or saw elsewhere.
    pub is_unconfirmed: bool,
    /// The beginning of a part ID.
    pub part_id: Option<String>,
    /// Any piece of a part ID, in whichever case.
    pub piece: Option<String>,
    /// The largest score of the part is at least this, …
    pub score_from: Option<f64>,
    /// … and at most this.
    pub score_to: Option<f64>,
    /// Judged by this version of its style's recipe.
    pub recipe_version: Option<i64>,
    /// Of which this person said something that was not taken back.
    pub reviewer: Option<String>,
    /// Whether anybody did.
    pub is_reviewed: Option<bool>,
    /// What its reviews come to.
    pub judgement: Option<Reviewed>,
    /// Triggered at or after, microseconds since 1970.
    pub from_us: Option<i64>,
    /// Triggered before, microseconds since 1970.
    pub to_us: Option<i64>,
    /// Results before this id (older), for paging.
    pub before: Option<i64>,
    /// At most so many, 1 to 500; default 50.
    pub limit: Option<u32>,
}

pub(super) const PART_ID: &str = "result.part_id";
/// Only rows of lanes with a sensor are in its index.
pub(super) const CONFIRM: &str = "result.confirm";
/// Every part in turn, whatever is asked of it.
pub(super) const ROW: &str = "result.id";
/// Columns that filters compare for equality, each with an index after the disposition.
pub(super) const EQUAL: [&str; 5] = [
    "result.style",
    "result.cause",
    "result.defect",
    "result.verdict",
    "result.lane",
];
pub(super) const DISPOSITION: &str = "result.disposition";
const SCORE: &str = "result.score";
/// Whatever is asked of other tables.
const REVIEW: &str = "review";

impl Filter {
    /// SQL conditions and their values, in order; paging left out.
    pub(super) fn conditions(&self, by: Option<&'static str>) -> (String, Vec<Value>) {
        self.conditions_on(by, |_| true)
    }

    /// Only those on the wanted columns.
    pub(super) fn conditions_on(
        &self,
        by: Option<&'static str>,
        is_wanted: impl Fn(&str) -> bool,
    ) -> (String, Vec<Value>) {
        let mut sql = String::from("1");
        let mut values = Vec::new();
        let mut and = |column: &str, operator: &str, value: Value| {
            if !is_wanted(column) {
                return;
            }
            // A unary plus keeps a column's index out of the plan. Every index but those of part IDs and
            // confirms begins with the disposition.
            let is_of_disposition = !matches!(by, Some(PART_ID | CONFIRM | ROW));
            let uses_index = by == Some(column) || (column == DISPOSITION && is_of_disposition);
            let plus = if uses_index { "" } else { "+" };
            sql.push_str(&format!(" and {plus}{column} {operator} ?"));
            values.push(value);
        };
        if let Some(disposition) = self.disposition {
            let name = match disposition {
                Disposition::Accept => "accept",
                Disposition::Reject => "reject",
            };
            and(DISPOSITION, "=", Value::from(name.to_owned()));
        }
        if let Some(verdict) = self.verdict {
            let evaluation = i64::from(verdict.evaluation());
            and("result.verdict", "=", Value::from(evaluation));
        }
        if let Some(style) = &self.style {
            and("result.style", "=", Value::from(style.clone()));
        }
        if let Some(cause) = self.cause {
            and("result.cause", "=", Value::from(cause.name().to_owned()));
        }
        if let Some(defect) = &self.defect {
            and("result.defect", "=", Value::from(defect.clone()));
        }
        if let Some(lane) = &self.lane {
            and("result.lane", "=", Value::from(lane.clone()));
        }
        if self.is_unconfirmed {
            and(CONFIRM, ">", Value::from(String::new()));
            and(CONFIRM, "<>", Value::from(Confirm::Seen.name().to_owned()));
        }
        if let Some(prefix) = self.part_id.as_ref().filter(|prefix| !prefix.is_empty()) {
            and(PART_ID, ">=", Value::from(prefix.clone()));
            // U+10FFFF sorts after every character that can follow.
            let end = format!("{prefix}\u{10FFFF}");
            and(PART_ID, "<", Value::from(end));
        }
        self.between(&mut and);
        if is_wanted(REVIEW) {
            self.of_reviews(&mut sql, &mut values);
        }
        (sql, values)
    }

    /// Times and scores.
    fn between(&self, and: &mut impl FnMut(&str, &str, Value)) {
        if let Some(from_us) = self.from_us {
            and("result.triggered_at_us", ">=", Value::from(from_us));
        }
        if let Some(to_us) = self.to_us {
            and("result.triggered_at_us", "<", Value::from(to_us));
        }
        if let Some(from) = self.score_from {
            and(SCORE, ">=", Value::from(from));
        }
        if let Some(to) = self.score_to {
            and(SCORE, "<=", Value::from(to));
        }
    }

    /// What is asked of other tables than of results.
    fn of_reviews(&self, sql: &mut String, values: &mut Vec<Value>) {
        if let Some(piece) = self.piece.as_ref().filter(|piece| !piece.is_empty()) {
            sql.push_str(" and instr(folded(result.part_id), ?) > 0");
            values.push(Value::from(folded(piece)));
        }
        if let Some(version) = self.recipe_version {
            sql.push_str(" and +result.recipe_version_id in (select id from recipe_version where version = ?)");
            values.push(Value::from(version));
        }
        if let Some(reviewer) = &self.reviewer {
            let ids = format!("select result_id from review where author = ? and {STANDS}");
            sql.push_str(&format!(" and result.id in ({ids})"));
            values.push(Value::from(reviewer.clone()));
        }
        if let Some(is_reviewed) = self.is_reviewed {
            let not = if is_reviewed { "" } else { "not " };
            sql.push_str(&format!(
                " and result.id {not}in (select result_id from review where {STANDS})"
            ));
        }
        if let Some(judgement) = self.judgement {
            sql.push_str(&format!(
                " and result.id in (select result_id from review) and {REVIEWED} = ?"
            ));
            values.push(Value::from(judgement.name().to_owned()));
        }
    }
}
