//! What is handed to somebody who checks it with tools of his own: checkpoint, leaves, proofs.

use super::Kept;
use super::hash::{self, Hash};
use super::leaf::{self, Kind};
use super::note::{self, Checkpoint, Malformed, Note, Verifier};
use super::stamps::{self, KeptStamp};
use crate::results::open::{self, OpenError};
use crate::telemetry::catalogue::Code;
use rusqlite::{Connection, OptionalExtension, params};
use std::cell::Cell;
use std::fmt;
use std::path::Path;

/// Why there is no evidence.
#[derive(Debug)]
pub enum EvidenceError {
    /// The log cannot be opened or read.
    Open(OpenError),
    /// Nothing was signed yet, or there is no key.
    Unsigned,
    /// A checkpoint or key of the log is none.
    Malformed(Malformed),
    /// A row is not there, which `verify` tells of.
    Gone {
        /// Index of its leaf.
        leaf: u64,
    },
    /// What takes it said no.
    Write(std::io::Error),
}

impl fmt::Display for EvidenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EvidenceError::Open(error) => error.fmt(f),
            EvidenceError::Unsigned => write!(
                f,
                "nothing in the log is signed yet: expected a checkpoint, which a station with a key makes within a minute"
            ),
            EvidenceError::Malformed(error) => write!(f, "the log holds: {error}"),
            EvidenceError::Gone { leaf } => write!(
                f,
                "the row of leaf {leaf} was removed; see `inspector verify`"
            ),
            EvidenceError::Write(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for EvidenceError {}

impl From<Malformed> for EvidenceError {
    fn from(error: Malformed) -> Self {
        EvidenceError::Malformed(error)
    }
}

/// Why something that was signed does not hold, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unproven(pub String);

impl fmt::Display for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Unproven {}

impl From<Malformed> for Unproven {
    fn from(error: Malformed) -> Self {
        Self(error.to_string())
    }
}

/// A leaf and that it is in the log.
pub struct Proven {
    /// Index of the leaf, from 0.
    pub index: u64,
    /// Its canonical form, as it was hashed.
    pub content: Vec<u8>,
    /// The text of a proof as c2sp.org/tlog-proof@v1 has it.
    pub proof: String,
}

/// The log of a data folder as it was when it was signed last.
pub struct Evidence {
    connection: Connection,
    path: std::path::PathBuf,
    /// The newest checkpoint, a signed note.
    pub checkpoint: String,
    /// The key that signed it, as the journal names it.
    pub key: Verifier,
    /// Leaves that the checkpoint covers.
    pub size: u64,
    /// Whether it was made out where the leaves of each part are.
    has_places: Cell<bool>,
}

impl Evidence {
    /// Opens the log.
    ///
    /// # Errors
    /// `Unsigned` where it has no checkpoint.
    pub fn open(data: &Path) -> Result<Self, EvidenceError> {
        let connection = open::readable(data).map_err(EvidenceError::Open)?;
        let path = open::database(data);
        let sql = |error| EvidenceError::Open(OpenError::Log(open::log_error(&path, &error)));
        let newest = "select note from checkpoint order by size desc limit 1";
        let checkpoint: Option<String> = connection
            .query_row(newest, [], |row| row.get(0))
            .optional()
            .map_err(sql)?;
        let checkpoint = checkpoint.ok_or(EvidenceError::Unsigned)?;
        Self::by(connection, data, checkpoint)
    }

    /// Opens the log for what was triggered in this time, microseconds since 1970. Of the newest checkpoints that cover as much of
    /// it as the newest does, it is by the one that most witnesses cosigned.
    ///
    /// # Errors
    /// As [`Evidence::open`].
    pub fn of_time(data: &Path, between_us: (i64, i64)) -> Result<Self, EvidenceError> {
        let evidence = Self::open(data)?;
        let chosen = evidence.cosigned(between_us);
        let chosen = chosen.map_err(|error| evidence.sql(error))?;
        match chosen {
            Some(checkpoint) if checkpoint != evidence.checkpoint => {
                Self::by(evidence.connection, data, checkpoint)
            }
            _ => Ok(evidence),
        }
    }

    /// How many witnesses cosigned the checkpoint, as it says: whoever has their keys can tell whether they did.
    pub fn cosignatures(&self) -> usize {
        cosignatures(&self.checkpoint)
    }

    /// Whether another of the newest checkpoints has a cosignature, so that this one may get one too.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn has_witness(&self) -> Result<bool, EvidenceError> {
        let newest = self.newest().map_err(|error| self.sql(error))?;
        Ok(newest.iter().any(|(_, note)| cosignatures(note) > 0))
    }

    fn newest(&self) -> rusqlite::Result<Vec<(i64, String)>> {
        let newest = "select size, note from checkpoint order by size desc limit 100";
        let mut newest = self.connection.prepare_cached(newest)?;
        let rows = newest.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }

    fn cosigned(&self, (from_us, to_us): (i64, i64)) -> rusqlite::Result<Option<String>> {
        // Gaps, reviews, and what parts, their late verdicts and their pictures say.
        let covered = "select coalesce(max(seq), 0) from feed left join result on result.id = row_id
             where seq <= ?1 and (kind in (3, 12) or (kind in (1, 2, 5, 6) and triggered_at_us >= ?2 and triggered_at_us < ?3))";
        let bounds = params![self.size as i64, from_us, to_us];
        let needed: i64 = self
            .connection
            .query_row(covered, bounds, |row| row.get(0))?;
        let newest = self.newest()?.into_iter();
        let enough = newest.filter(|(size, _)| *size >= needed);
        let best = enough.max_by_key(|(size, note)| (cosignatures(note), *size));
        Ok(best.map(|(_, note)| note))
    }

    fn by(connection: Connection, data: &Path, checkpoint: String) -> Result<Self, EvidenceError> {
        let path = open::database(data);
        let sql = |error| EvidenceError::Open(OpenError::Log(open::log_error(&path, &error)));
        let note: Note = checkpoint.parse()?;
        let size = note.text.parse::<Checkpoint>()?.size;
        let codes = [Code::SigningKeyMade.name(), Code::SigningKeyChanged.name()];
        // The newest, or the one before it, which signs that it gave the log to the newest.
        let keys = connection
            .prepare(
                "select json_extract(details, '$.key') from feed join event on event.id = row_id
                 where kind = 4 and code in (?1, ?2) and seq <= ?3 order by seq desc limit 2",
            )
            .and_then(|mut statement| {
                let found = params![codes[0], codes[1], size as i64];
                let rows = statement.query_map(found, |row| row.get::<_, String>(0))?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            });
        let keys = keys.map_err(sql)?;
        let keys: Result<Vec<Verifier>, Malformed> = keys.iter().map(|key| key.parse()).collect();
        let mut keys = keys?;
        let at = keys.iter().position(|key| key.has_signed(&note));
        if keys.is_empty() {
            return Err(EvidenceError::Unsigned);
        }
        let key = keys.swap_remove(at.unwrap_or(0));
        Ok(Self {
            connection,
            path,
            checkpoint,
            key,
            size,
            has_places: Cell::new(false),
        })
    }

    fn sql(&self, error: rusqlite::Error) -> EvidenceError {
        EvidenceError::Open(OpenError::Log(open::log_error(&self.path, &error)))
    }

    /// Gives every leaf that the checkpoint covers, in order; how many they are.
    ///
    /// # Errors
    /// When one is not there, or `take` fails.
    pub fn leaves(
        &self,
        mut take: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<u64, EvidenceError> {
        for index in 0..self.size {
            take(&self.content(index)?).map_err(EvidenceError::Write)?;
        }
        Ok(self.size)
    }

    fn content(&self, index: u64) -> Result<Vec<u8>, EvidenceError> {
        self.try_content(index)
            .map_err(|error| self.sql(error))?
            .ok_or(EvidenceError::Gone { leaf: index })
    }

    fn try_content(&self, index: u64) -> rusqlite::Result<Option<Vec<u8>>> {
        type Row = (i64, i64, Option<String>, Option<String>);
        let place: Option<Row> = self
            .connection
            .prepare_cached("select kind, row_id, detail, body from feed where seq = ?1 + 1")?
            .query_row([index as i64], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        match place {
            None => Ok(None),
            Some((_, _, _, Some(body))) => Ok(Some(body.into_bytes())),
            Some((kind, row_id, detail, None)) => match Kind::of(kind) {
                None => Ok(None),
                Some(kind) => leaf::content(&self.connection, kind, row_id, detail.as_deref()),
            },
        }
    }

    /// What the log has of a part: its result, then pictures, late verdicts and reviews, each with a proof. What is not signed yet
    /// is left out.
    ///
    /// # Errors
    /// When the log cannot be read, or a row was removed.
    pub fn of_part(&self, id: i64) -> Result<Vec<Proven>, EvidenceError> {
        let places = self.places(id).map_err(|error| self.sql(error))?;
        self.proven(places)
    }

    fn places(&self, id: i64) -> rusqlite::Result<Vec<i64>> {
        if !self.has_places.replace(true) {
            // The feed is in the order of what was recorded: without this, each part would be looked for in all of it.
            self.connection.execute(
                "create temp table place as
                   select row_id as result_id, seq from feed where kind in (1, 2, 5, 6) and seq <= ?1
                   union all select result_id, seq from feed join review on review.id = row_id where kind = 12 and seq <= ?1",
                [self.size as i64],
            )?;
            self.connection
                .execute_batch("create index temp.place_of on place (result_id, seq)")?;
        }
        let mut places = self
            .connection
            .prepare_cached("select seq from temp.place where result_id = ?1 order by seq")?;
        let rows = places.query_map([id], |row| row.get(0))?;
        rows.collect()
    }

    /// Gaps, jobs, and recipes with their views as jobs ran them, each with a proof, and the number of its row: few, however
    /// many parts there are.
    ///
    /// # Errors
    /// When the log cannot be read, or a row was removed.
    pub fn of_jobs(&self) -> Result<Vec<(i64, Proven)>, EvidenceError> {
        let places: rusqlite::Result<Vec<(i64, i64)>> = self
            .connection
            .prepare_cached(
                "select seq, row_id from feed where kind in (3, 7, 8, 9, 10) and seq <= ?1 order by seq",
            )
            .and_then(|mut statement| {
                let rows = statement.query_map([self.size as i64], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
                rows.collect()
            });
        let places = places.map_err(|error| self.sql(error))?;
        let (seqs, rows): (Vec<i64>, Vec<i64>) = places.into_iter().unzip();
        Ok(rows.into_iter().zip(self.proven(seqs)?).collect())
    }

    /// A time stamp, and that what was stamped grew into the checkpoint: the first that covers so many leaves, which says best
    /// when they were there, or the newest; `None` where there is none.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn stamp(&self, leaves: u64) -> Result<Option<(KeptStamp, Vec<Hash>)>, EvidenceError> {
        let mut found: Option<KeptStamp> = None;
        stamps::each(&self.connection, |kept| {
            let is_enough = found.as_ref().is_some_and(|found| found.size >= leaves);
            if !is_enough && kept.size <= self.size && kept.check().is_ok() {
                found = Some(kept);
            }
        })
        .map_err(|error| self.sql(error))?;
        let Some(found) = found else { return Ok(None) };
        let grew = hash::consistency(&Kept(&self.connection), found.size, self.size);
        let grew = grew.map_err(|error| self.sql(error))?;
        Ok(Some((found, grew)))
    }

    fn proven(&self, places: Vec<i64>) -> Result<Vec<Proven>, EvidenceError> {
        let proven = places.into_iter().map(|seq| {
            let index = seq.unsigned_abs() - 1;
            let path = hash::inclusion(&Kept(&self.connection), index, self.size);
            let path = path.map_err(|error| self.sql(error))?;
            Ok(Proven {
                index,
                content: self.content(index)?,
                proof: note::proof(index, &path, &self.checkpoint),
            })
        });
        proven.collect()
    }
}

/// How many timed signatures (c2sp.org/tlog-cosignature) a checkpoint has: eight bytes of time before those of Ed25519.
fn cosignatures(checkpoint: &str) -> usize {
    let Ok(note) = checkpoint.parse::<Note>() else {
        return 0;
    };
    let timed = note.signatures.iter().filter(|one| one.bytes.len() == 72);
    timed.count()
}

/// Holds a leaf and its proof against a key.
///
/// # Errors
/// What is wrong with them.
pub fn check(content: &[u8], proof: &str, key: &Verifier) -> Result<Checkpoint, Unproven> {
    let wrong = || Unproven("expected a proof as c2sp.org/tlog-proof@v1 has it".to_owned());
    let (head, checkpoint) = proof.split_once("\n\n").ok_or_else(wrong)?;
    let mut lines = head.lines();
    if lines.next() != Some("c2sp.org/tlog-proof@v1") {
        return Err(wrong());
    }
    let index = lines.next().and_then(|line| line.strip_prefix("index "));
    let index: u64 = index.and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
    let path: Option<Vec<Hash>> = lines.map(note::hash_of).collect();
    let path = path.ok_or_else(wrong)?;
    let note: Note = checkpoint.parse()?;
    let checkpoint: Checkpoint = note.text.parse()?;
    if checkpoint.origin != key.name || !key.has_signed(&note) {
        let why = format!("its checkpoint has no right signature of {key}");
        return Err(Unproven(why));
    }
    let found = hash::root_of(index, checkpoint.size, hash::leaf(content), &path);
    match found == Some(checkpoint.root) {
        true => Ok(checkpoint),
        false => Err(Unproven(
            "its leaf is not the one that was signed".to_owned(),
        )),
    }
}
