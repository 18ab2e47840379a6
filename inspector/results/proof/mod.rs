//! The log proves itself: a C2SP tiled log (c2sp.org/tlog-tiles) whose leaves are what was recorded, in the order of the
//! feed, and whose root a station signs. `docs/ref/formats.md` has the forms, for whoever checks them with other tools.
//!
//! Here: hashes, the canonical form of a leaf, notes and keys. What is appended when is in `append.rs` and `writer/`.

pub mod cosign;
pub mod evidence;
pub mod hash;
pub mod key;
pub mod leaf;
pub mod note;
pub(super) mod reading;
pub mod stamp;
pub mod stamps;
pub mod table;
pub mod witnessed;

use self::hash::{Hash, Hashes, TILE};
use self::note::{Checkpoint, Signer};
use rusqlite::{Connection, OptionalExtension, params};
use std::fmt;

/// Leaf hashes and those of full tiles, as the log keeps them.
pub struct Kept<'a>(pub &'a Connection);

impl Hashes for Kept<'_> {
    type Error = rusqlite::Error;

    fn at(&self, level: u8, index: u64) -> rusqlite::Result<Hash> {
        let index = index as i64;
        if level == 0 {
            return self
                .0
                .prepare_cached("select leaf from feed where seq = ?1 + 1")?
                .query_row([index], |row| row.get(0));
        }
        let kept = self
            .0
            .prepare_cached("select hash from tile where level = ?1 and tile = ?2")?
            .query_row([i64::from(level), index], |row| row.get(0))
            .optional()?;
        // Full since the last root was signed, or lost: computed from what is below.
        kept.map_or_else(|| hash::tile(self, level - 1, index.unsigned_abs()), Ok)
    }
}

/// Keeps the hash of each tile that `size` leaves fill, so that no root needs more than 255 hashes of each level.
///
/// # Errors
/// When the log cannot be read or written.
pub(super) fn fill_tiles(connection: &Connection, size: u64) -> rusqlite::Result<()> {
    let mut full = size / TILE;
    for level in 1_u8.. {
        if full == 0 {
            break;
        }
        let next: i64 = connection
            .prepare_cached("select coalesce(max(tile), -1) + 1 from tile where level = ?1")?
            .query_row([i64::from(level)], |row| row.get(0))?;
        for tile in next.unsigned_abs()..full {
            let hash = hash::tile(&Kept(connection), level - 1, tile)?;
            connection
                .prepare_cached("insert into tile (level, tile, hash) values (?1, ?2, ?3)")?
                .execute(params![i64::from(level), tile as i64, hash])?;
        }
        full /= TILE;
    }
    Ok(())
}

fn size(connection: &Connection) -> rusqlite::Result<u64> {
    let size: i64 = connection
        .prepare_cached("select coalesce(max(seq), 0) from feed")?
        .query_row([], |row| row.get(0))?;
    Ok(size.unsigned_abs())
}

/// How many leaves the log has, and the root over all of them.
///
/// # Errors
/// When the log cannot be read.
pub fn tree(connection: &Connection) -> rusqlite::Result<(u64, Hash)> {
    let size = size(connection)?;
    Ok((size, hash::root(&Kept(connection), size)?))
}

/// Why a root was not signed.
#[derive(Debug)]
pub(super) enum SignError {
    /// The log cannot be read or written.
    Sql(rusqlite::Error),
    /// The log is not one that goes on from what was signed last.
    Differs(Differs),
}

impl From<rusqlite::Error> for SignError {
    fn from(error: rusqlite::Error) -> Self {
        SignError::Sql(error)
    }
}

/// How a log differs from what was signed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Differs {
    /// It has fewer leaves.
    CutBack {
        /// Leaves that were signed.
        signed: u64,
        /// Leaves that are there.
        found: u64,
    },
    /// Among so many first leaves one is another.
    Altered {
        /// Leaves that were signed.
        signed: u64,
    },
}

impl fmt::Display for Differs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Differs::CutBack { signed, found } => write!(
                f,
                "{signed} leaves were signed last, and the log has {found}: the newest were removed, or an older copy of the log \
                 was put in its place"
            ),
            Differs::Altered { signed } => write!(
                f,
                "among the first {signed} leaves, which were signed, something was altered, removed, put in or moved"
            ),
        }
    }
}

/// Whether a log goes on from what was signed last.
///
/// # Errors
/// When it does not, or cannot be read.
pub(super) fn goes_on(connection: &Connection, last: &Checkpoint) -> Result<(), SignError> {
    let found = size(connection)?;
    let signed = last.size;
    if found < signed {
        return Err(SignError::Differs(Differs::CutBack { signed, found }));
    }
    match hash::root(&Kept(connection), signed)? == last.root {
        true => Ok(()),
        false => Err(SignError::Differs(Differs::Altered { signed })),
    }
}

/// Signs the root, and gives the note; `None` where the last one is over as many leaves.
///
/// # Errors
/// When the log cannot be read or written, or does not go on from `last`. Nothing is signed then.
pub(super) fn sign(
    connection: &Connection,
    signer: &Signer,
    last: Option<&Checkpoint>,
) -> Result<Option<(Checkpoint, String)>, SignError> {
    if let Some(last) = last {
        goes_on(connection, last)?;
    }
    fill_tiles(connection, size(connection)?)?;
    let (size, root) = tree(connection)?;
    let newest: i64 = connection
        .prepare_cached("select coalesce(max(size), 0) from checkpoint")?
        .query_row([], |row| row.get(0))?;
    if size == newest.unsigned_abs() {
        return Ok(None);
    }
    let checkpoint = Checkpoint {
        origin: signer.verifier().name.clone(),
        size,
        root,
    };
    let note = signer.sign(&checkpoint.to_string());
    connection
        .prepare_cached("insert into checkpoint (size, note) values (?1, ?2)")?
        .execute(params![size as i64, note])?;
    Ok(Some((checkpoint, note)))
}
