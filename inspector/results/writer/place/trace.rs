//! What tells a checkpoint, which writes into the database, from somebody else who does.

use crate::results::open;
use crate::results::whereabouts::Identity;
use rusqlite::{Connection, ErrorCode};
use rustix::io::pread;
use std::fs::Metadata;
use std::os::fd::{BorrowedFd, RawFd};
use std::os::linux::fs::MetadataExt;
use std::path::Path;

/// Changes with every write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) bytes: u64,
    modified: (i64, i64),
    /// Of a move or of new permissions too; a copy can keep the other time, and not this one.
    changed: (i64, i64),
}

impl Mark {
    pub(super) fn of(file: &Metadata) -> Self {
        Self {
            bytes: file.st_size(),
            modified: (file.st_mtime(), file.st_mtime_nsec()),
            changed: (file.st_ctime(), file.st_ctime_nsec()),
        }
    }
}

/// Bytes of the index of the write-ahead log that matter: header, frames that are in the database, and frames that were
/// about to be (sqlite.org/walformat.html, section 2.1).
const INDEX_BYTES: usize = 132;
const HEADER: std::ops::Range<usize> = 0..48;
/// In the header: frames in the write-ahead log.
const FRAMES: std::ops::Range<usize> = 16..20;
const IN_DATABASE: std::ops::Range<usize> = 96..100;
const ATTEMPTED: std::ops::Range<usize> = 128..132;

/// The index of the write-ahead log, as SQLite has it open: it is never opened here, because closing it would drop
/// SQLite's locks on it.
pub(super) struct Index(Option<RawFd>);

impl Index {
    pub(super) fn of(identity: Option<Identity>) -> Self {
        Self(identity.and_then(Identity::descriptor))
    }

    pub(super) fn trace(&self) -> Option<Trace> {
        // SAFETY: SQLite keeps this descriptor open for as long as any connection of this process to the database is,
        // and the one that writes outlives its place. Reading at an offset changes nothing of it.
        let file = unsafe { BorrowedFd::borrow_raw(self.0?) };
        let mut bytes = [0; INDEX_BYTES];
        let read = pread(file, &mut bytes, 0).ok()?;
        (read == INDEX_BYTES).then(|| Trace {
            header: bytes[HEADER].to_vec(),
            in_database: bytes[IN_DATABASE].to_vec(),
            attempted: bytes[ATTEMPTED].to_vec(),
        })
    }
}

/// Differs from one before if something was written, or went from the write-ahead log into the database, since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trace {
    header: Vec<u8>,
    in_database: Vec<u8>,
    attempted: Vec<u8>,
}

impl Trace {
    /// Whether the database is a whole one by itself: nothing of the write-ahead log is in it, or everything. Between
    /// the two, as where a reader keeps frames back, it holds new pages beside old ones.
    pub(super) fn is_settled(&self) -> bool {
        let is_all = self.in_database == self.header[FRAMES];
        self.in_database == self.attempted && (is_all || self.in_database == [0; 4])
    }
}

/// What the file of the database says without its write-ahead log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    log: Option<String>,
    seq: Option<i64>,
    pages: i64,
    schema: i64,
}

impl Content {
    /// Opens the file, which must not be empty: SQLite would remove the write-ahead log.
    pub(super) fn of(path: &Path) -> rusqlite::Result<Self> {
        let connection = open::unchanging(path)?;
        Ok(Self {
            log: if_there(open::identity(&connection))?,
            seq: if_there(newest(&connection))?.flatten(),
            pages: open::pragma(&connection, "page_count")?,
            schema: open::pragma(&connection, "schema_version")?,
        })
    }

    /// Whether a checkpoint of this log can have made it of what was there before.
    pub(super) fn can_follow(&self, before: Option<&Self>, log: &str) -> bool {
        match (&self.log, before) {
            (Some(found), Some(before)) => {
                found == log && self.seq >= before.seq && self.pages >= before.pages
            }
            (Some(found), None) => found == log,
            (None, before) => before.is_none_or(|before| before.log.is_none()),
        }
    }
}

/// The newest place in the feed, which whatever is recorded gets.
pub(super) fn newest(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.query_row("select max(seq) from feed", [], |row| row.get(0))
}

/// Before the first checkpoint there are no tables.
fn if_there<T>(found: rusqlite::Result<T>) -> rusqlite::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether it says something of what the file holds, and not of a system that is short of something.
pub(super) fn is_of_contents(error: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(failure, _) = error else {
        return true;
    };
    failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHORT_READ
        || matches!(
            failure.code,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown
        )
}
