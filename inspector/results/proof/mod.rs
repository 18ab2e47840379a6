//! The log proves itself: a C2SP tiled log (c2sp.org/tlog-tiles) whose leaves are what was recorded, in the order of the
//! feed, and whose root a station signs. `docs/ref/formats.md` has the forms, for whoever checks them with other tools.
//!
//! Here: hashes, the canonical form of a leaf, notes and keys. What is appended when is in `append.rs` and `writer/`.

pub mod evidence;
pub mod hash;
pub mod key;
pub mod leaf;
pub mod note;
pub mod table;

use self::hash::{Hash, Hashes, TILE};
use self::note::{Checkpoint, Signer};
use rusqlite::{Connection, params};

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
        self.0
            .prepare_cached("select hash from tile where level = ?1 and tile = ?2")?
            .query_row([i64::from(level), index], |row| row.get(0))
    }
}

/// Keeps the hash of each tile that is full with the newest of `size` leaves, so that no root needs more than 255 hashes
/// of each level.
///
/// # Errors
/// When the log cannot be read or written.
pub(super) fn fill_tiles(connection: &Connection, size: u64) -> rusqlite::Result<()> {
    let (mut level, mut tiles) = (0_u8, size);
    while tiles > 0 && tiles.is_multiple_of(TILE) {
        tiles /= TILE;
        let hash = hash::tile(&Kept(connection), level, tiles - 1)?;
        level += 1;
        connection
            .prepare_cached("insert into tile (level, tile, hash) values (?1, ?2, ?3)")?
            .execute(params![i64::from(level), (tiles - 1) as i64, hash])?;
    }
    Ok(())
}

/// How many leaves the log has, and the root over all of them.
///
/// # Errors
/// When the log cannot be read.
pub fn tree(connection: &Connection) -> rusqlite::Result<(u64, Hash)> {
    let size: i64 = connection
        .prepare_cached("select coalesce(max(seq), 0) from feed")?
        .query_row([], |row| row.get(0))?;
    let size = size.unsigned_abs();
    Ok((size, hash::root(&Kept(connection), size)?))
}

/// Signs the root, unless the last checkpoint is over as many leaves.
///
/// # Errors
/// When the log cannot be read or written.
pub(super) fn sign(connection: &Connection, signer: &Signer) -> rusqlite::Result<()> {
    let (size, root) = tree(connection)?;
    let signed: i64 = connection
        .prepare_cached("select coalesce(max(size), 0) from checkpoint")?
        .query_row([], |row| row.get(0))?;
    if size == signed.unsigned_abs() {
        return Ok(());
    }
    let checkpoint = Checkpoint {
        origin: signer.verifier().name.clone(),
        size,
        root,
    };
    connection
        .prepare_cached("insert into checkpoint (size, note) values (?1, ?2)")?
        .execute(params![size as i64, signer.sign(&checkpoint.to_string())])
        .map(drop)
}
