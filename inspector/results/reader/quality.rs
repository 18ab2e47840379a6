//! What the log says of its parts as a whole: how many were rejected when, why, and how good parts score.
//!
//! Parts are counted on indexes alone, which hold no more than what is asked for: a million parts take some tenths of a
//! second, where reading their rows would take many. So time is cut where the first row of each stretch stands, and a
//! wall clock that was set back moves parts into the stretch before.

use super::Reader;
pub use super::series::Series;
use crate::station::calendar::Stretch;
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, params, params_from_iter};

/// The newest parts that are counted: what a question holds of them is 8 bytes each.
pub const PARTS_MAX: usize = 1_000_000;
/// Good parts whose rows are read in all, …
const READ_MAX: usize = 12_000;
/// … and of one stretch.
const READ_OF_STRETCH_MAX: usize = 100;
/// Things that happened, at most.
const HAPPENED_MAX: i64 = 400;

/// Which parts are counted. Challenge parts are none of production and never are.
#[derive(Clone, Debug, Default)]
pub struct Counting {
    /// At or after, microseconds since 1970.
    pub from_us: i64,
    /// Only before then.
    pub to_us: i64,
    /// Only of this style.
    pub style: Option<String>,
    /// IDs of challenge parts.
    pub challenge_parts: Vec<String>,
}

/// A name, and how many parts have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// A cause, a class or a style; none of parts without one.
    pub name: Option<String>,
    /// Those that were accepted; 0 where only rejects are counted.
    pub accepted: u64,
    /// Those that were rejected.
    pub rejected: u64,
}

/// Good parts of a stretch, as some of them are, evenly spread.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Good {
    /// Parts that were read and have a score.
    pub scored: u32,
    /// Mean of their scores; 0 of none.
    pub score: f64,
    /// Mean time from trigger to verdict, in microseconds; 0 of none.
    pub decided_us: f64,
}

/// A part by its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartAt {
    /// Row of the result.
    pub id: i64,
    /// Who it is.
    pub part_id: String,
    /// When it was triggered, microseconds since 1970.
    pub triggered_at_us: i64,
    /// Version of the recipe that judged it.
    pub version: Option<u32>,
}

/// Something that may explain a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// When it was, microseconds since 1970.
    pub at_us: i64,
    /// As in the catalogue of events.
    pub code: String,
    /// A sentence for the audit.
    pub message: String,
}

impl Reader {
    /// When the newest part was triggered, microseconds since 1970; none of an empty log.
    pub fn newest_us(&self) -> rusqlite::Result<Option<i64>> {
        let sql = "select max(triggered_at_us) from result";
        self.connection.query_row(sql, [], |row| row.get(0))
    }

    /// Rows from this one on, and before that one, are those of the time.
    pub fn rows_within(&self, from_us: i64, to_us: i64) -> rusqlite::Result<(i64, i64)> {
        Ok((self.row_at(from_us)?, self.row_at(to_us)?))
    }

    /// The first row that was triggered then or later; the largest number there is where none was.
    pub fn row_at(&self, at_us: i64) -> rusqlite::Result<i64> {
        let sql = "select id from result where triggered_at_us >= ?1 order by triggered_at_us, id limit 1";
        let found = self
            .connection
            .prepare_cached(sql)?
            .query_row([at_us], |row| row.get(0))
            .optional()?;
        Ok(found.unwrap_or(i64::MAX))
    }

    /// All parts that are counted.
    pub fn series(&self, counting: &Counting) -> rusqlite::Result<Series> {
        let (from, to) = self.rows_within(counting.from_us, counting.to_us)?;
        let mut series = Series {
            accepted: self.ids_of("accept", counting, from, to)?,
            rejected: self.ids_of("reject", counting, from, to)?,
            is_cut: false,
        };
        let challenges = self.challenges(counting)?;
        for ids in [&mut series.accepted, &mut series.rejected] {
            ids.reverse();
            ids.retain(|id| challenges.binary_search(id).is_err());
        }
        let too_many = series.parts().saturating_sub(PARTS_MAX);
        if let Some(first) = series.row(too_many).filter(|_| too_many > 0) {
            series.is_cut = true;
            for ids in [&mut series.accepted, &mut series.rejected] {
                ids.drain(..ids.partition_point(|id| *id < first));
            }
        }
        Ok(series)
    }

    /// Newest first, at most one more than are counted.
    fn ids_of(
        &self,
        disposition: &str,
        counting: &Counting,
        from: i64,
        to: i64,
    ) -> rusqlite::Result<Vec<i64>> {
        let (index, of_style) = match counting.style {
            Some(_) => ("result_style", " and style = ?5"),
            None => ("result_disposition", ""),
        };
        let sql = format!(
            "select id from result indexed by {index} where disposition = ?1{of_style} and id >= ?2 and id < ?3
             order by id desc limit ?4"
        );
        let mut values = vec![
            Value::from(disposition.to_owned()),
            Value::from(from),
            Value::from(to),
            Value::from(PARTS_MAX as i64 + 1),
        ];
        values.extend(counting.style.clone().map(Value::from));
        let mut statement = self.connection.prepare_cached(&sql)?;
        statement
            .query_map(params_from_iter(values), |row| row.get(0))?
            .collect()
    }

    /// Rows of challenge parts, whenever they came.
    fn challenges(&self, counting: &Counting) -> rusqlite::Result<Vec<i64>> {
        let sql = "select id from result where part_id = ?1 and challenge is not null";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = Vec::new();
        for part in &counting.challenge_parts {
            for id in statement.query_map([part], |row| row.get(0))? {
                rows.push(id?);
            }
        }
        rows.sort_unstable();
        Ok(rows)
    }

    /// Rejects by cause or class, or all parts by `style`, the most rejects first. Challenge parts are among them.
    pub fn by_name(&self, column: NamedBy, counting: &Counting) -> rusqlite::Result<Vec<Named>> {
        let (from, to) = self.rows_within(counting.from_us, counting.to_us)?;
        let facets = self.facets()?;
        let names = match column {
            NamedBy::Cause => facets.causes,
            NamedBy::Defect => facets.defects,
            NamedBy::Style => facets.styles,
        };
        let mut found = Vec::new();
        let all = names.into_iter().map(Some);
        for name in all.chain((column == NamedBy::Style).then_some(None)) {
            let count = |disposition: &str| {
                self.count_named(column, name.as_deref(), disposition, counting, (from, to))
            };
            let accepted = match column {
                NamedBy::Style => count("accept")?,
                NamedBy::Cause | NamedBy::Defect => 0,
            };
            let rejected = count("reject")?;
            if accepted + rejected > 0 {
                found.push(Named {
                    name,
                    accepted,
                    rejected,
                });
            }
        }
        found.sort_by_key(|named| std::cmp::Reverse(named.rejected));
        Ok(found)
    }

    fn count_named(
        &self,
        column: NamedBy,
        name: Option<&str>,
        disposition: &str,
        counting: &Counting,
        (from, to): (i64, i64),
    ) -> rusqlite::Result<u64> {
        let (column, index) = match column {
            NamedBy::Cause => ("cause", "result_cause"),
            NamedBy::Defect => ("defect", "result_defect"),
            NamedBy::Style => ("style", "result_style"),
        };
        let of_style = match counting.style {
            Some(_) => " and +style = ?5",
            None => "",
        };
        let sql = format!(
            "select count(*) from result indexed by {index} where disposition = ?1 and {column} is ?2
             and id >= ?3 and id < ?4{of_style}"
        );
        let mut values = vec![
            Value::from(disposition.to_owned()),
            Value::from(name.map(str::to_owned)),
            Value::from(from),
            Value::from(to),
        ];
        values.extend(counting.style.clone().map(Value::from));
        self.connection
            .prepare_cached(&sql)?
            .query_row(params_from_iter(values), |row| row.get::<_, i64>(0))
            .map(i64::cast_unsigned)
    }

    /// The first row of each stretch, and the end of the last; they never fall.
    pub fn bounds(&self, stretches: &[Stretch]) -> rusqlite::Result<Vec<i64>> {
        let mut bounds = Vec::new();
        let mut last = i64::MIN;
        let ends = stretches.last().map(|stretch| stretch.to_us);
        for at_us in stretches.iter().map(|stretch| stretch.from_us).chain(ends) {
            last = last.max(self.row_at(at_us)?);
            bounds.push(last);
        }
        Ok(bounds)
    }

    /// Good parts of each group of rows; some of each, evenly spread.
    pub fn good(&self, groups: &[&[i64]]) -> rusqlite::Result<Vec<Good>> {
        let each = (READ_MAX / groups.len().max(1)).clamp(1, READ_OF_STRETCH_MAX);
        let sql = "select score, decided_after_us from result where id = ?1 and score is not null";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut of = |rows: &&[i64]| -> rusqlite::Result<Good> {
            let step = rows.len().div_ceil(each).max(1);
            let mut good = Good::default();
            let mut decided = 0_u32;
            for id in rows.iter().step_by(step) {
                let read = statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)));
                let Some((score, after)): Option<(f64, Option<f64>)> = read.optional()? else {
                    continue;
                };
                good.scored += 1;
                good.score += score;
                decided += u32::from(after.is_some());
                good.decided_us += after.unwrap_or(0.0);
            }
            good.score /= f64::from(good.scored.max(1));
            good.decided_us /= f64::from(decided.max(1));
            Ok(good)
        };
        groups.iter().map(&mut of).collect()
    }

    /// Who the part of a row is.
    pub fn part_at(&self, id: i64) -> rusqlite::Result<Option<PartAt>> {
        let sql = "select result.id, part_id, triggered_at_us, version from result
             left join recipe_version on recipe_version.id = recipe_version_id where result.id = ?1";
        let read = self.connection.prepare_cached(sql)?.query_row([id], |row| {
            Ok(PartAt {
                id: row.get(0)?,
                part_id: row.get(1)?,
                triggered_at_us: row.get(2)?,
                version: row.get(3)?,
            })
        });
        read.optional()
    }

    /// What may explain a change: recipes that were made, jobs that started, alarms that began; the ones nearest to the
    /// moment, in their order.
    pub fn happened(
        &self,
        from_us: i64,
        to_us: i64,
        near_us: i64,
        most: usize,
    ) -> rusqlite::Result<Vec<Happened>> {
        let sql = "select at_us, code, message from (select at_us, code, iif(subject = '', '', subject || ': ') || message as message
               from event where at_us >= ?1 and at_us < ?2 and (phase = 'began' or code in ('recipe_applied', 'settings_changed',
                 'model_taught', 'line_restarted'))
             union all
             select started_at_us, 'job_started', 'job ' || id from job where started_at_us >= ?1 and started_at_us < ?2)
             order by abs(at_us - ?3) limit ?4";
        let mut statement = self.connection.prepare_cached(sql)?;
        let most = (most as i64).min(HAPPENED_MAX);
        let read = statement.query_map(params![from_us, to_us, near_us, most], |row| {
            Ok(Happened {
                at_us: row.get(0)?,
                code: row.get(1)?,
                message: row.get(2)?,
            })
        })?;
        let mut happened: Vec<Happened> = read.collect::<Result<_, _>>()?;
        happened.sort_by_key(|each| each.at_us);
        Ok(happened)
    }
}

/// By what parts are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// Why they were rejected.
    Cause,
    /// Class name of the worst finding.
    Defect,
    /// What they are.
    Style,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without them a question would take many times as long.
    #[test]
    fn parts_are_counted_on_indexes_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        drop(crate::results::open::writable(folder.path()).expect("a log"));
        let reader = Reader::open(folder.path()).expect("it opens");
        for (index, more) in [
            ("result_style", " and style = 'a'"),
            ("result_disposition", ""),
        ] {
            let sql = format!(
                "explain query plan select id from result indexed by {index} where disposition = 'accept'{more}
                 and id >= 1 and id < 9 order by id desc limit 5"
            );
            let plan: String = reader
                .connection
                .query_row(&sql, [], |row| row.get(3))
                .expect("a plan");
            assert!(
                plan.contains("COVERING INDEX") && plan.contains("rowid<?"),
                "{plan}"
            );
        }
    }
}
