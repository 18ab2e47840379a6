//! What a file of results is called after: whose log it is, and from when to when.

use super::filter::ROW;
use super::{Filter, Reader};
use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};

impl Reader {
    /// When the first and the last part of the filter's time were triggered, in microseconds since 1970, whatever else is
    /// filtered; `None` where there is none.
    pub fn span(&self, filter: &Filter) -> rusqlite::Result<Option<(i64, i64)>> {
        let sql = "select min(triggered_at_us), max(triggered_at_us) from result
                   where triggered_at_us >= ?1 and triggered_at_us < ?2";
        let (from, to) = (filter.from_us, filter.to_us);
        let bounds = params![from.unwrap_or(i64::MIN), to.unwrap_or(i64::MAX)];
        let mut found = self.connection.prepare_cached(sql)?;
        found.query_row(bounds, |row| {
            let (first, last): (Option<i64>, Option<i64>) = (row.get(0)?, row.get(1)?);
            Ok(first.zip(last))
        })
    }

    /// How many results the filter lets through, counted up to `most`.
    pub fn matching(&self, filter: &Filter, most: i64) -> rusqlite::Result<i64> {
        let (conditions, mut values) = filter.conditions(Some(ROW));
        values.push(Value::from(most));
        let sql = format!("select count(*) from (select 1 from result where {conditions} limit ?)");
        let mut found = self.connection.prepare_cached(&sql)?;
        found.query_row(params_from_iter(values), |row| row.get(0))
    }

    /// Which log this is: 32 hexadecimal digits, the same in a copy.
    pub fn identity(&self) -> Result<String, rusqlite::Error> {
        let sql = "select identity from log";
        self.connection.query_row(sql, [], |row| row.get(0))
    }
}
