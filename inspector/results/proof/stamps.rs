//! Which checkpoints were stamped, and which is to be: a stamp is an entry of the journal, and so a leaf itself. The queue of
//! what is to be stamped is the log: whoever asks begins with its newest checkpoint, also after a restart.

use super::evidence::Unproven;
use super::note::{self, Checkpoint, Note};
use super::reading::Reading;
use super::stamp::Stamp;
use crate::ports::journal::Entry;
use crate::results::open::OpenError;
use crate::station::time::WallTime;
use crate::telemetry::catalogue::Code;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;

/// A checkpoint of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Leaves that it covers.
    pub size: u64,
    /// As the station signed it: these bytes are stamped.
    pub note: String,
}

impl Signed {
    pub(super) fn of(size: u64, note: &str) -> Option<Self> {
        let note = note::as_signed(note)?.to_owned();
        Some(Self { size, note })
    }

    /// The log's newest checkpoint.
    pub(super) fn newest(connection: &Connection) -> rusqlite::Result<Option<Self>> {
        let newest: Option<(i64, String)> = connection
            .prepare_cached("select size, note from checkpoint order by size desc limit 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(newest.and_then(|(size, note)| Self::of(size.unsigned_abs(), &note)))
    }

    /// The entry that keeps a stamp over it.
    ///
    /// # Errors
    /// When it is no checkpoint.
    pub fn entry(&self, at: WallTime, stamp: &Stamp, answer: &[u8]) -> Result<Entry, Unproven> {
        let note: Note = self.note.parse()?;
        let checkpoint: Checkpoint = note.text.parse()?;
        let message = format!(
            "the checkpoint over {} leaves was stamped at {} by {}",
            self.size, stamp.at, stamp.by
        );
        Ok(Entry {
            message,
            details: vec![
                ("size", self.size.to_string()),
                ("root", STANDARD.encode(checkpoint.root)),
                ("at", stamp.at.clone()),
                ("by", stamp.by.clone()),
                ("token", STANDARD.encode(answer)),
            ],
            ..Entry::of_station(at, Code::CheckpointStamped)
        })
    }
}

/// A stamp that the journal keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptStamp {
    /// Row of its entry.
    pub event: i64,
    /// The checkpoint that it is over; `None` where the log has it no more.
    pub signed: Option<Signed>,
    /// Leaves that the checkpoint covers, as the entry says.
    pub size: u64,
    /// The server's answer, as DER (TimeStampResp): what openssl calls a .tsr file.
    pub answer: Vec<u8>,
}

impl KeptStamp {
    /// What the stamp says, where it is over the checkpoint.
    ///
    /// # Errors
    /// When it is over something else, is none, or its checkpoint is gone.
    pub fn check(&self) -> Result<Stamp, Unproven> {
        let gone = || Unproven("the checkpoint that it is over was removed".to_owned());
        let signed = self.signed.as_ref().ok_or_else(gone)?;
        let stamp = Stamp::read(&self.answer)?;
        stamp.check(signed.note.as_bytes(), None)?;
        Ok(stamp)
    }
}

/// All stamps of a log, in their order; `take` is given each.
///
/// # Errors
/// When the log cannot be read.
pub fn each(connection: &Connection, mut take: impl FnMut(KeptStamp)) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(
        "select event.id, cast(json_extract(details, '$.size') as integer), json_extract(details, '$.token'), note
         from event left join checkpoint on size = cast(json_extract(details, '$.size') as integer)
         where code = ?1 order by event.id",
    )?;
    let mut rows = statement.query([Code::CheckpointStamped.name()])?;
    while let Some(row) = rows.next()? {
        let (size, token): (Option<i64>, Option<String>) = (row.get(1)?, row.get(2)?);
        let size = size.unwrap_or(0).unsigned_abs();
        let note: Option<String> = row.get(3)?;
        take(KeptStamp {
            event: row.get(0)?,
            signed: note.and_then(|note| Signed::of(size, &note)),
            size,
            answer: STANDARD
                .decode(token.unwrap_or_default())
                .unwrap_or_default(),
        });
    }
    Ok(())
}

/// Finds what is to be stamped.
pub struct Stamps {
    log: Reading,
    /// Leaves of the newest checkpoint that was stamped.
    stamped: u64,
}

/// What there is to be stamped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The newest checkpoint, where it covers something new beside stamps.
    pub signed: Option<Signed>,
    /// Leaves that the newest checkpoint covers; 0 where there is none.
    pub size: u64,
}

/// Entries that come of stamps and cosignatures themselves: nothing new.
const OWN: [Code; 4] = [
    Code::CheckpointStamped,
    Code::StampingFailed,
    Code::WitnessFailed,
    Code::WitnessRefused,
];

impl Stamps {
    /// Of this data folder. It is opened when it is asked.
    pub fn of(data: &Path) -> Self {
        Self {
            log: Reading::of(data),
            stamped: 0,
        }
    }

    /// The log as it is now; where it is another file, with what was stamped of that.
    fn look(&mut self) -> Result<&Reading, OpenError> {
        if self.log.is_another()? {
            let stamped: Option<i64> = self.log.ask(|log| {
                log.query_row(
                    "select cast(json_extract(details, '$.size') as integer) from event where code = ?1 order by id desc limit 1",
                    [Code::CheckpointStamped.name()],
                    |row| row.get(0),
                )
                .optional()
            })?;
            self.stamped = stamped.unwrap_or(0).unsigned_abs();
        }
        Ok(&self.log)
    }

    /// How many leaves the log has now, signed or not.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn leaves(&mut self) -> Result<u64, OpenError> {
        let leaves: i64 = self.look()?.ask(|log| {
            log.query_row("select coalesce(max(seq), 0) from feed", [], |row| {
                row.get(0)
            })
        })?;
        Ok(leaves.unsigned_abs())
    }

    /// What there is to be stamped.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn due(&mut self) -> Result<Due, OpenError> {
        let newest = self.look()?.ask(Signed::newest)?;
        let Some(newest) = newest else {
            return Ok(Due {
                signed: None,
                size: 0,
            });
        };
        let between = (self.stamped as i64, newest.size as i64);
        let is_new = self.log.ask(|log| is_new(log, between))?;
        Ok(Due {
            size: newest.size,
            signed: is_new.then_some(newest),
        })
    }

    /// This one has its stamp.
    pub fn stamped(&mut self, signed: &Signed) {
        self.stamped = self.stamped.max(signed.size);
    }
}

/// Whether a leaf of these is no entry that comes of stamps and cosignatures.
fn is_new(log: &Connection, (after, until): (i64, i64)) -> rusqlite::Result<bool> {
    log.prepare_cached(
        "select exists (select 1 from feed left join event on kind = 4 and event.id = row_id
         where seq > ?1 and seq <= ?2 and (kind <> 4 or code not in (?3, ?4, ?5, ?6)))",
    )?
    .query_row(
        params![
            after,
            until,
            OWN[0].name(),
            OWN[1].name(),
            OWN[2].name(),
            OWN[3].name()
        ],
        |row| row.get(0),
    )
}
