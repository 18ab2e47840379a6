//! Parts by any piece of their ID: those that the index names, or the newest looked through one by one.

use super::filter::ROW;
use super::{Filter, Reader};
use crate::results::search::{Index, folded};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, params};

/// So many parts that the index names are looked at one by one. Where it names more, the newest are found sooner without it.
const NAMED_MAX: usize = 5_000;
/// So many of the newest parts are looked through without the index: for a piece that is too short for it, one that most
/// IDs have, or what it has not come to.
const LOOKED_THROUGH_MAX: i64 = 100_000;

/// Where parts with a piece of an ID are looked for.
pub(super) enum Pieces {
    /// Nobody asks for one.
    NotAsked,
    /// Among these rows, a JSON array.
    Among(String),
    /// From this row on; `None` is everywhere.
    Newest(Option<i64>),
}

impl Pieces {
    /// The column by whose index other conditions may be looked for.
    pub(super) fn by(&self, otherwise: Option<&'static str>) -> Option<&'static str> {
        match self {
            Pieces::NotAsked => otherwise,
            Pieces::Among(_) | Pieces::Newest(_) => Some(ROW),
        }
    }

    /// A condition of SQL, and its values.
    pub(super) fn condition(&self) -> (&'static str, Vec<Value>) {
        match self {
            Pieces::Among(rows) => (
                " and result.id in (select value from json_each(?))",
                vec![Value::from(rows.clone())],
            ),
            Pieces::Newest(Some(from)) => (" and result.id >= ?", vec![Value::from(*from)]),
            Pieces::NotAsked | Pieces::Newest(None) => ("", Vec::new()),
        }
    }

    /// Whether there may be more than what was looked through.
    pub(super) fn is_bounded(&self) -> bool {
        matches!(self, Pieces::Newest(Some(_)))
    }
}

impl Reader {
    /// Where the parts are that the filter asks for by a piece of their ID.
    pub(super) fn pieces(&self, filter: &Filter) -> rusqlite::Result<Pieces> {
        let Some(piece) = filter.piece.as_ref().filter(|piece| !piece.is_empty()) else {
            return Ok(Pieces::NotAsked);
        };
        if let Some(rows) = self.named(&folded(piece))? {
            return Ok(Pieces::Among(rows));
        }
        let from = "select id from result order by id desc limit 1 offset ?1";
        let from: Option<i64> = self
            .connection
            .prepare_cached(from)?
            .query_row([LOOKED_THROUGH_MAX], |row| row.get(0))
            .optional()?;
        Ok(Pieces::Newest(from))
    }

    /// Those that the index names, and those of the newest that it has not come to. `None` where it is of no help: what is
    /// wrong with it is no fault of whoever asks.
    fn named(&self, piece: &str) -> rusqlite::Result<Option<String>> {
        let Some(index) = Index::for_reading(&self.data, &self.connection) else {
            return Ok(None);
        };
        let (Ok(seq), Ok(Some(mut rows))) = (index.seq(), index.find(piece, NAMED_MAX)) else {
            return Ok(None);
        };
        let last = "select coalesce(max(seq), 0) from feed";
        let last: i64 = self.connection.query_row(last, [], |row| row.get(0))?;
        if last - seq > LOOKED_THROUGH_MAX {
            return Ok(None);
        }
        let mut newest = self.connection.prepare_cached(
            "select result.id from feed cross join result on result.id = feed.row_id
             where feed.seq > ?1 and feed.kind = 1 and instr(folded(result.part_id), ?2) > 0",
        )?;
        for row in newest.query_map(params![seq, piece], |row| row.get(0))? {
            rows.push(row?);
        }
        Ok(serde_json::to_string(&rows).ok())
    }
}
