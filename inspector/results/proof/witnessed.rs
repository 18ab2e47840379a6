//! What a witness is told of a log. What it cosigned is kept with the checkpoint, so that a restart knows where it stood.

use super::Kept;
use super::cosign::WitnessKey;
use super::hash::{self, Hash};
use super::note::Note;
use super::stamps::Signed;
use crate::results::open::{self, OpenError};
use rusqlite::Connection;
use std::path::Path;

/// So many of the newest checkpoints are looked through for a cosignature; a witness that has seen more says so itself.
const LOOKED_AT: u32 = 10_000;

/// The log as a witness is told of it.
pub struct Witnessed(Connection);

impl Witnessed {
    /// Of this data folder.
    ///
    /// # Errors
    /// When the log cannot be opened.
    pub fn open(data: &Path) -> Result<Self, OpenError> {
        open::readable(data).map(Self)
    }

    /// The newest checkpoint.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn newest(&self) -> rusqlite::Result<Option<Signed>> {
        Signed::newest(&self.0)
    }

    /// How many leaves it cosigned, as the log knows; 0 where it knows none.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn cosigned_by(&self, key: &WitnessKey) -> rusqlite::Result<u64> {
        let mut statement = self
            .0
            .prepare_cached("select size, note from checkpoint order by size desc limit ?1")?;
        let mut rows = statement.query([LOOKED_AT])?;
        while let Some(row) = rows.next()? {
            let note: Option<Note> = row.get::<_, String>(1)?.parse().ok();
            if note.is_some_and(|note| matches!(key.has_cosigned(&note), Ok(Some(_)))) {
                return Ok(row.get::<_, i64>(0)?.unsigned_abs());
            }
        }
        Ok(0)
    }

    /// That the first `old` leaves are still what they were.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn grew(&self, old: u64, new: u64) -> rusqlite::Result<Vec<Hash>> {
        hash::consistency(&Kept(&self.0), old, new)
    }
}
