//! The index itself: what it holds, how far it has come, and what it finds.

use super::database;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params, params_from_iter};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// Grows with each change of the tables; an index of another version is made anew.
const VERSION: i64 = 1;
/// Rows of the feed that are carried on in one transaction.
const BATCH: i64 = 5_000;
/// Signs that the index has together.
const SIGNS: usize = 3;
/// So many pieces of three signs narrow the search enough; the rest of a long text is compared.
const PIECES_MAX: usize = 24;

const SCHEMA: &str = "create virtual table part using fts5 (part_id, tokenize = 'trigram', detail = 'none');
  create table come (one integer primary key check (one = 1), log text not null, seq integer not null, leaf blob);";

/// In whichever case: what the index holds, and what is looked for in it.
pub(in crate::results) fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// Teaches a connection the function `folded`.
pub(in crate::results) fn teach(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_UTF8;
    connection.create_scalar_function("folded", 1, flags, |context| {
        Ok(folded(context.get_raw(0).as_str().unwrap_or_default()))
    })
}

/// The index of a data folder.
pub(in crate::results) struct Index {
    connection: Connection,
}

impl Index {
    /// For looking; `None` where there is none that belongs to this log.
    pub(in crate::results) fn for_reading(data: &Path, log: &Connection) -> Option<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(database(data), flags).ok()?;
        connection.busy_timeout(Duration::from_millis(200)).ok()?;
        let index = Self { connection };
        index.is_of(log).ok()?.then_some(index)
    }

    /// For carrying on. Made anew where it does not belong to this log, or cannot be read.
    pub(super) fn for_writing(data: &Path, log: &Connection) -> rusqlite::Result<Self> {
        if let Ok(found) = Self::open(data)
            && matches!(found.is_of(log), Ok(true))
        {
            return Ok(found);
        }
        remove(data);
        let made = Self::open(data)?;
        made.connection.execute_batch(&format!(
            "begin; {SCHEMA} pragma user_version = {VERSION}; commit;"
        ))?;
        made.connection.execute(
            "insert into come (one, log, seq, leaf) select 1, ?1, 0, null",
            [crate::results::open::identity(log)?],
        )?;
        Ok(made)
    }

    fn open(data: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(database(data))?;
        connection.busy_timeout(Duration::from_secs(5))?;
        // What is lost with the power is made again from the log.
        connection.execute_batch("pragma journal_mode = wal; pragma synchronous = off;")?;
        Ok(Self { connection })
    }

    /// Whether it was made of this log, and of nothing that this log does not have.
    fn is_of(&self, log: &Connection) -> rusqlite::Result<bool> {
        let version: i64 = self
            .connection
            .query_row("pragma user_version", [], |row| row.get(0))?;
        if version != VERSION {
            return Ok(false);
        }
        let (identity, seq, leaf): (String, i64, Option<Vec<u8>>) =
            self.connection
                .query_row("select log, seq, leaf from come", [], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?;
        Ok(identity == crate::results::open::identity(log)? && leaf_of(log, seq)? == leaf)
    }

    /// Up to which number of the feed it has come.
    pub(in crate::results) fn seq(&self) -> rusqlite::Result<i64> {
        self.connection
            .query_row("select seq from come", [], |row| row.get(0))
    }

    /// Takes what comes next in the feed. Whether there was anything.
    pub(super) fn carry_on(&mut self, log: &Connection) -> rusqlite::Result<bool> {
        let seq = self.seq()?;
        let mut next = log.prepare_cached(
            "select feed.seq, feed.kind, result.id, result.part_id from feed
             left join result on feed.kind = 1 and result.id = feed.row_id
             where feed.seq > ?1 order by feed.seq limit ?2",
        )?;
        let mut rows = next.query(params![seq, BATCH])?;
        let transaction = self.connection.transaction()?;
        let mut last = seq;
        {
            let mut insert =
                transaction.prepare_cached("insert into part (rowid, part_id) values (?1, ?2)")?;
            while let Some(row) = rows.next()? {
                last = row.get(0)?;
                let found: (Option<i64>, Option<String>) = (row.get(2)?, row.get(3)?);
                if let (Some(id), Some(part_id)) = found {
                    insert.execute(params![id, folded(&part_id)])?;
                }
            }
        }
        if last == seq {
            return Ok(false);
        }
        transaction.execute(
            "update come set seq = ?1, leaf = ?2",
            params![last, leaf_of(log, last)?],
        )?;
        transaction.commit()?;
        Ok(true)
    }

    /// Rows of results whose ID has the piece, which is folded; `None` where they are more than `most`, or the piece is too
    /// short for the index.
    pub(in crate::results) fn find(
        &self,
        piece: &str,
        most: usize,
    ) -> rusqlite::Result<Option<Vec<i64>>> {
        let signs: Vec<char> = piece.chars().collect();
        if signs.len() < SIGNS {
            return Ok(None);
        }
        let pieces: BTreeSet<String> = signs
            .windows(SIGNS)
            .map(|three| three.iter().collect::<String>().replace('"', "\"\""))
            .collect();
        let wanted: Vec<String> = pieces
            .into_iter()
            .take(PIECES_MAX)
            .map(|piece| format!("\"{piece}\""))
            .collect();
        let limit = i64::try_from(most).unwrap_or(i64::MAX - 1) + 1;
        let values = [
            Value::from(wanted.join(" AND ")),
            Value::from(piece.to_owned()),
            Value::from(limit),
        ];
        let mut statement = self.connection.prepare_cached(
            "select rowid from part where part match ?1 and instr(part_id, ?2) > 0 order by rowid desc limit ?3",
        )?;
        let found: Vec<i64> = statement
            .query_map(params_from_iter(values), |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        Ok((found.len() <= most).then_some(found))
    }
}

/// The leaf of a place in the feed: what stands there now is what stood there when the index came to it.
fn leaf_of(log: &Connection, seq: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    log.query_row("select leaf from feed where seq = ?1", [seq], |row| {
        row.get(0)
    })
    .optional()
}

fn remove(data: &Path) {
    let path = database(data);
    for ending in ["", "-wal", "-shm"] {
        let mut name = path.clone().into_os_string();
        name.push(ending);
        // Where it cannot be removed it cannot be opened either, which is told then.
        drop(std::fs::remove_file(name));
    }
}
