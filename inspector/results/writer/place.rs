//! Whether the files that rows go into are those that the next start finds by the log's name.
//!
//! A file that was deleted, moved or replaced takes rows as before, and nobody finds them again. Files are asked for by
//! name and never opened: closing a descriptor of the database drops the locks that SQLite holds on it for this process
//! (POSIX; sqlite.org/howtocorrupt.html, section 2.2).

use crate::ports::log::LogError;
use crate::results::open;
use crate::results::whereabouts::{Identity, Whereabouts};
use rusqlite::{Connection, OpenFlags};
use rustix::fs::Access;
use std::fs::Metadata;
use std::io::{Error, ErrorKind};
use std::os::linux::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Names that a copy of a deleted log may have, where earlier ones are taken.
const COPIES_MAX: u32 = 100;

/// Changes with every write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    bytes: u64,
    modified: (i64, i64),
}

impl Mark {
    fn of(file: &Metadata) -> Self {
        Self {
            bytes: file.st_size(),
            modified: (file.st_mtime(), file.st_mtime_nsec()),
        }
    }
}

struct Watched {
    path: PathBuf,
    identity: Identity,
    /// As this process left it; `None` for the index of the write-ahead log, which readers write too.
    mark: Option<Mark>,
}

impl Watched {
    fn is_in_place(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|file| Identity::of(&file) == self.identity)
    }
}

/// The database, its write-ahead log, and the index of that.
pub(super) struct Place {
    /// As the settings name it.
    path: PathBuf,
    /// `identity` in the table `log`.
    log: String,
    files: Vec<Watched>,
    /// What became of a log that is gone.
    saved: Option<Saved>,
}

struct Saved {
    /// In a sentence, where there is something to say.
    told: String,
    /// Whether the write-ahead log holds nothing that is not elsewhere too.
    is_elsewhere: bool,
}

impl Place {
    /// As it is now that this connection has written into it.
    ///
    /// # Errors
    /// When it has gone already.
    pub(super) fn of(connection: &Connection, path: &Path) -> Result<Self, LogError> {
        let failed = |error: Error| open::file_error(path, &error);
        let real = path.canonicalize().map_err(failed)?;
        let beside = |ending: &str| {
            let mut name = real.clone().into_os_string();
            name.push(ending);
            PathBuf::from(name)
        };
        let mut files = Vec::new();
        let all = [
            (path.to_owned(), true),
            (beside("-wal"), true),
            (beside("-shm"), false),
        ];
        for (path, is_ours_alone) in all {
            // Where a file system cannot share memory SQLite writes without the two others.
            let Ok(file) = std::fs::metadata(&path) else {
                continue;
            };
            files.push(Watched {
                path,
                identity: Identity::of(&file),
                mark: is_ours_alone.then(|| Mark::of(&file)),
            });
        }
        let log = open::identity(connection).map_err(|error| open::log_error(path, &error))?;
        let mut place = Self {
            path: path.to_owned(),
            log,
            files,
            saved: None,
        };
        place.check()?;
        Ok(place)
    }

    /// Whether what is written now will be found again. A few questions to the system, no answer from the disk.
    pub(super) fn check(&mut self) -> Result<(), LogError> {
        let mut is_touched = false;
        for file in &self.files {
            match std::fs::metadata(&file.path) {
                Ok(found) if Identity::of(&found) == file.identity => {
                    is_touched |= file.mark.is_some_and(|mark| mark != Mark::of(&found));
                }
                Ok(_) => return Err(self.gone(file, "another file")),
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                    return Err(denied(&file.path, &error));
                }
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
                {
                    return Err(self.gone(file, "nothing"));
                }
                Err(error) => return Err(self.gone(file, &error.to_string())),
            }
            if let Err(error) = rustix::fs::access(&file.path, Access::WRITE_OK) {
                return Err(denied(&file.path, &error.into()));
            }
        }
        if is_touched {
            self.still_ours()?;
            self.written();
        }
        Ok(())
    }

    /// What is there now was written by this process.
    pub(super) fn written(&mut self) {
        for file in self.files.iter_mut().filter(|file| file.mark.is_some()) {
            if let Ok(found) = std::fs::metadata(&file.path)
                && Identity::of(&found) == file.identity
            {
                file.mark = Some(Mark::of(&found));
            }
        }
    }

    /// Whether [`Place::save`] has done what it can.
    pub(super) fn is_saved(&self) -> bool {
        self.saved.is_some()
    }

    /// Sees to it that everything that was acknowledged can be found: the write-ahead log goes into the database,
    /// wherever that is now, and a database that has no name any more is copied. Once; takes as long as it takes.
    pub(super) fn save(&mut self, connection: &Connection) {
        // A reader that holds an older state keeps some of it back.
        let moved = connection.query_row("pragma wal_checkpoint", [], |row| {
            let (busy, all, done): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(busy == 0 && all == done)
        });
        let mut saved = Saved {
            told: String::new(),
            is_elsewhere: moved.unwrap_or(false),
        };
        let database = self.files.first().map(|file| file.identity);
        if let Some(Whereabouts::Deleted(until_then)) = database.map(Whereabouts::of) {
            let copied = self.copy(connection);
            saved.is_elsewhere = copied.is_ok();
            saved.told = match copied {
                Ok(copy) => format!(
                    ". Everything that was recorded until then is in {}: stop the station, rename it to {}, \
                     and start again",
                    copy.display(),
                    self.path.display()
                ),
                Err(error) => format!(
                    ". It could not be copied ({error}): copy {} to another disk before the station is stopped",
                    until_then.display()
                ),
            };
            self.saved = Some(saved);
            self.clear();
        } else {
            self.saved = Some(saved);
        }
    }

    /// Takes the write-ahead log away where its database has left it: SQLite would play it into whatever database is
    /// put there next, which it does not fit (sqlite.org/howtocorrupt.html, section 1.4).
    pub(super) fn clear(&self) {
        let is_elsewhere = self.saved.as_ref().is_some_and(|saved| saved.is_elsewhere);
        let mut files = self.files.iter();
        let is_left = files.next().is_some_and(|database| !database.is_in_place());
        if is_elsewhere && is_left {
            for file in files.filter(|file| file.is_in_place()) {
                // Where it stays, the copy can be put back all the same after it was removed by hand.
                let _ = std::fs::remove_file(&file.path);
            }
        }
    }

    fn copy(&self, connection: &Connection) -> Result<PathBuf, String> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        let mut names = (1..=COPIES_MAX).map(|n| match n {
            1 => folder.join("results-saved.sqlite"),
            n => folder.join(format!("results-saved-{n}.sqlite")),
        });
        let copy = names
            .find(|path| !path.exists())
            .ok_or("there are too many copies already")?;
        let making = copy.with_extension("making");
        let _ = std::fs::remove_file(&making);
        connection
            .execute("vacuum into ?1", [making.to_string_lossy()])
            .map_err(|error| error.to_string())?;
        std::fs::File::open(&making)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&making, &copy))
            .and_then(|()| std::fs::File::open(folder)?.sync_all())
            .map_err(|error| error.to_string())?;
        Ok(copy)
    }

    fn gone(&self, file: &Watched, found: &str) -> LogError {
        let path = file.path.display();
        let now = match Whereabouts::of(file.identity) {
            Whereabouts::Moved(to) => format!(
                "it was moved to {}. Move it back, and the station goes on by itself",
                to.display()
            ),
            Whereabouts::Deleted(_) if self.is_database(file) => "it was deleted".to_owned(),
            Whereabouts::Deleted(_) => format!(
                "it was deleted. What it held is in {} now. Stop the station, and start it again",
                self.path.display()
            ),
            Whereabouts::Unknown => "stop the station, and put a copy back".to_owned(),
        };
        let saved = self.saved.as_ref().map_or("", |saved| &saved.told);
        LogError::Gone {
            message: format!(
                "{path}: expected the file that this job writes, found {found}; {now}{saved}"
            ),
        }
    }

    fn is_database(&self, file: &Watched) -> bool {
        file.path == self.path
    }

    /// Somebody else wrote into the files: another log may stand in them now.
    fn still_ours(&self) -> Result<(), LogError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        // Another connection: this one need not look at what it has in memory.
        let found = Connection::open_with_flags(&self.path, flags)
            .and_then(|connection| open::identity(&connection));
        let found = match found {
            Ok(found) if found == self.log => return Ok(()),
            Ok(found) => format!("found log {found}"),
            Err(error) => error.to_string(),
        };
        Err(LogError::Damaged {
            message: format!(
                "{}: expected log {}, {found}: somebody else wrote into it. Stop the station, keep the file, and start \
                 with a restored copy",
                self.path.display(),
                self.log
            ),
        })
    }
}

fn denied(path: &Path, error: &Error) -> LogError {
    LogError::ReadOnly {
        message: format!(
            "{}: it was made read-only while the station runs ({error}). Let the station's user write to the file and \
             its folder, and see whether the disk was mounted read-only; the station goes on by itself",
            path.display()
        ),
    }
}

/// What the storage said, by what a person must see to: SQLite calls an I/O error what the system tells apart.
pub(super) fn refusal(connection: &Connection, path: &Path, error: &rusqlite::Error) -> LogError {
    let told = open::log_error(path, error);
    let is_from_system = matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::SystemIoFailure | rusqlite::ErrorCode::CannotOpen)
    );
    if !is_from_system {
        return told;
    }
    // SAFETY: the handle lives as long as the connection, which is borrowed here; the call reads a number.
    let number = unsafe { rusqlite::ffi::sqlite3_system_errno(connection.handle()) };
    match open::file_error(path, &Error::from_raw_os_error(number)) {
        LogError::Storage { .. } => told,
        known => known,
    }
}
