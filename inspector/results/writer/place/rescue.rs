//! Sees to it that what was acknowledged can be found again when the log is not in its place.

use super::refusal;
use super::trace::newest;
use crate::ports::log::LogError;
use crate::results::open::file_error;
use crate::results::whereabouts::Whereabouts;
use rusqlite::Connection;
use std::fs::File;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// Names that a copy of a deleted log may have, where earlier ones are taken.
const COPIES_MAX: u32 = 100;
/// Whoever reads an older state has so many looks to end before what lies in a deleted write-ahead log is copied.
const LOOKS_FOR_READERS: u32 = 4;
/// A copy that failed is tried again after so many looks.
const LOOKS_BETWEEN_COPIES: u32 = 10;

/// What was done for a log that is gone.
#[derive(Default)]
pub(super) struct Rescue {
    looks: u32,
    /// The write-ahead log holds nothing that is not in the database too.
    is_in_database: bool,
    /// A database of its own that holds everything.
    copy: Option<PathBuf>,
    /// Why there is none.
    failed: Option<(LogError, u32)>,
}

impl Rescue {
    /// Whether the write-ahead log holds nothing that is not elsewhere too.
    pub(super) fn is_elsewhere(&self, database: &Whereabouts) -> bool {
        self.copy.is_some() || self.is_in_database && !matches!(database, Whereabouts::Deleted(_))
    }

    /// Tries what is left to do, and says whether anything was tried. Takes as long as it takes.
    pub(super) fn go_on(
        &mut self,
        connection: &Connection,
        log: &Path,
        database: &Whereabouts,
    ) -> bool {
        if self.is_elsewhere(database) {
            return false;
        }
        self.looks += 1;
        if !self.is_in_database {
            // A reader that holds an older state keeps some of it back.
            let moved = connection.query_row("pragma wal_checkpoint", [], |row| {
                let (busy, all, done): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(busy == 0 && all == done)
            });
            self.is_in_database = moved.unwrap_or(false);
        }
        let is_deleted = matches!(database, Whereabouts::Deleted(_));
        if is_deleted || (!self.is_in_database && self.looks >= LOOKS_FOR_READERS) {
            self.copy(connection, log);
        }
        true
    }

    /// Copies what can still be read of a file that somebody else wrote into, and says what came of it.
    pub(super) fn salvage(&mut self, connection: &Connection, log: &Path) -> String {
        match copied(connection, log) {
            Ok(copy) => format!(
                ". What the station could still read is in {}: `inspector verify` says whether it is whole",
                copy.display()
            ),
            Err(error) => format!(". It could not be saved ({error})"),
        }
    }

    fn copy(&mut self, connection: &Connection, log: &Path) {
        let is_too_soon = self
            .failed
            .as_ref()
            .is_some_and(|(_, at)| self.looks < at + LOOKS_BETWEEN_COPIES);
        if is_too_soon {
            return;
        }
        match copied(connection, log) {
            Ok(copy) => self.copy = Some(copy),
            Err(error) => self.failed = Some((error, self.looks)),
        }
    }

    /// Where everything is now, in a sentence.
    pub(super) fn told(&self, log: &Path, files: &[PathBuf]) -> String {
        match (&self.copy, &self.failed) {
            (Some(copy), _) => format!(
                "Everything that was recorded until then is in {}: stop the station, rename it to {}, and start again",
                copy.display(),
                log.display()
            ),
            (None, Some((error, _))) => format!(
                "It could not be copied ({error}): make room on that disk, and the station tries again. Before the \
                 station is stopped, copy {} to another disk",
                named(files)
            ),
            (None, None) if self.is_in_database => String::new(),
            (None, None) => "The station is saving what it held; do not stop it yet".to_owned(),
        }
    }

    pub(super) fn is_in_database(&self) -> bool {
        self.is_in_database
    }

    pub(super) fn has_copy_or_failed(&self) -> bool {
        self.copy.is_some() || self.failed.is_some()
    }
}

fn named(files: &[PathBuf]) -> String {
    let names = ["results.sqlite", "results.sqlite-wal"];
    let files = files.iter().zip(names);
    let files: Vec<String> = files
        .map(|(path, name)| format!("{} as {name}", path.display()))
        .collect();
    files.join(" and ")
}

fn copied(connection: &Connection, log: &Path) -> Result<PathBuf, LogError> {
    let folder = log.parent().unwrap_or(Path::new("."));
    let failed = |error: Error| file_error(folder, &error);
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut names = (1..=COPIES_MAX).map(|n| match n {
        1 => folder.join("results-saved.sqlite"),
        n => folder.join(format!("results-saved-{n}.sqlite")),
    });
    let copy = names.find(|path| !path.exists());
    let copy = copy.ok_or_else(|| failed(ErrorKind::AlreadyExists.into()))?;
    let making = copy.with_extension("making");
    let made = make(connection, &making).and_then(|()| {
        std::fs::rename(&making, &copy)
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(failed)
    });
    if made.is_err() {
        // It would take the room that the next try needs.
        let _ = std::fs::remove_file(&making);
    }
    made.map(|()| copy)
}

fn make(connection: &Connection, making: &Path) -> Result<(), LogError> {
    let _ = std::fs::remove_file(making);
    let sql = |error: rusqlite::Error| refusal(connection, making, &error);
    let expected = newest(connection).map_err(sql)?;
    connection
        .execute("vacuum into ?1", [making.to_string_lossy()])
        .map_err(sql)?;
    let found = Connection::open(making).and_then(|copy| newest(&copy));
    if found.map_err(sql)? != expected {
        return Err(LogError::Damaged {
            message: format!("{}: the newest rows are not in it", making.display()),
        });
    }
    File::open(making)
        .and_then(|file| file.sync_all())
        .map_err(|error| file_error(making, &error))
}
