//! Whether the files that rows go into are those that the next start finds by the log's name.
//!
//! A file that was deleted, moved or replaced takes rows as before, and nobody finds them again. Files are asked for by
//! name and never opened: closing a descriptor of the database drops the locks that SQLite holds on it for this process
//! (POSIX; sqlite.org/howtocorrupt.html, section 2.2).

use crate::ports::log::LogError;
use crate::results::open;
use crate::results::whereabouts::{Identity, Whereabouts};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use rustix::fs::Access;
use std::fs::{File, Metadata};
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
    /// What was found when somebody else had written over it; nothing mends that.
    damaged: Option<LogError>,
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
            damaged: None,
        };
        place.check()?;
        Ok(place)
    }

    /// Whether what is written now will be found again. A few questions to the system, no answer from the disk.
    pub(super) fn check(&mut self) -> Result<(), LogError> {
        if let Some(damaged) = &self.damaged {
            return Err(damaged.clone());
        }
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

    fn copy(&self, connection: &Connection) -> Result<PathBuf, LogError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let failed = |error: Error| open::file_error(folder, &error);
        std::fs::create_dir_all(folder).map_err(failed)?;
        let mut names = (1..=COPIES_MAX).map(|n| match n {
            1 => folder.join("results-saved.sqlite"),
            n => folder.join(format!("results-saved-{n}.sqlite")),
        });
        let copy = names.find(|path| !path.exists());
        let copy = copy.ok_or_else(|| failed(ErrorKind::AlreadyExists.into()))?;
        let making = copy.with_extension("making");
        let _ = std::fs::remove_file(&making);
        connection
            .execute("vacuum into ?1", [making.to_string_lossy()])
            .map_err(|error| refusal(connection, &making, &error))?;
        File::open(&making)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&making, &copy))
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(failed)?;
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

    /// Somebody else wrote into the files: another log may stand in them now, or less than this process wrote.
    fn still_ours(&mut self) -> Result<(), LogError> {
        let found = match self.newest() {
            Ok(found) if found == self.log => return Ok(()),
            Ok(found) => format!("found log {found}"),
            Err(error) if is_of_contents(&error) => {
                format!("found rows missing or unreadable ({error})")
            }
            Err(error) => return Err(open::log_error(&self.path, &error)),
        };
        let damaged = LogError::Damaged {
            message: format!(
                "{}: expected log {}, {found}: somebody else wrote into it. Stop the station, and put the newest copy in \
                 its place",
                self.path.display(),
                self.log
            ),
        };
        self.damaged = Some(damaged.clone());
        Err(damaged)
    }

    /// Which log another connection finds there, with its newest rows: this one need not look at what it has in memory.
    fn newest(&self) -> rusqlite::Result<String> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        let newest = "select (select max(id) from job), (select max(id) from result), (select max(id) from event)";
        connection.query_row(newest, [], |_| Ok(()))?;
        open::identity(&connection)
    }

    /// Another log's file must not meet what is left of this one: SQLite would play the write-ahead log into it, when
    /// this process ends or when the next begins.
    pub(super) fn set_aside(&self, connection: &Connection) {
        let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        for file in self.files.iter().skip(1).filter(|file| file.is_in_place()) {
            let aside = file.path.with_extension("sqlite-aside");
            let _ = match file.mark {
                Some(_) => std::fs::rename(&file.path, aside),
                None => std::fs::remove_file(&file.path),
            };
        }
    }
}

/// Whether it says something of what the file holds, and not of a system that is short of something.
fn is_of_contents(error: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(failure, _) = error else {
        return true;
    };
    let is_cut = failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHORT_READ;
    is_cut
        || matches!(
            failure.code,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown
        )
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
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen)
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
