//! What a witness is told of a log. What it cosigned is kept with the checkpoint, so that a restart knows where it stood.

use super::Kept;
use super::cosign::WitnessKey;
use super::hash::{self, Hash};
use super::note::Note;
use super::reading::Reading;
use super::stamps::Signed;
use crate::results::open::OpenError;
use std::path::Path;

/// So many of the newest checkpoints are looked through for a cosignature; a witness that has seen more says so itself.
const LOOKED_AT: u32 = 10_000;

/// The log as a witness is told of it.
pub struct Witnessed(Reading);

impl Witnessed {
    /// Of this data folder. It is opened when it is asked.
    pub fn of(data: &Path) -> Self {
        Self(Reading::of(data))
    }

    /// Whether the log is another file than at the last look, which the first one is.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn is_another(&mut self) -> Result<bool, OpenError> {
        self.0.is_another()
    }

    /// The newest checkpoint.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn newest(&self) -> Result<Option<Signed>, OpenError> {
        self.0.ask(Signed::newest)
    }

    /// How many leaves it cosigned, as the log knows; 0 where it knows none.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn cosigned_by(&self, key: &WitnessKey) -> Result<u64, OpenError> {
        self.0.ask(|log| {
            let newest = "select size, note from checkpoint order by size desc limit ?1";
            let mut statement = log.prepare_cached(newest)?;
            let mut rows = statement.query([LOOKED_AT])?;
            while let Some(row) = rows.next()? {
                let note: Option<Note> = row.get::<_, String>(1)?.parse().ok();
                if note.is_some_and(|note| matches!(key.has_cosigned(&note), Ok(Some(_)))) {
                    return Ok(row.get::<_, i64>(0)?.unsigned_abs());
                }
            }
            Ok(0)
        })
    }

    /// That the first `old` leaves are still what they were.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn grew(&self, old: u64, new: u64) -> Result<Vec<Hash>, OpenError> {
        self.0.ask(|log| hash::consistency(&Kept(log), old, new))
    }
}
