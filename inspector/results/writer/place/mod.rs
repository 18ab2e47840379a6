//! Whether the files that rows go into are those that the next start finds by the log's name.
//!
//! A file that was deleted, moved or replaced takes rows as before, and nobody finds them again. Files are asked for by
//! name and never opened: closing a descriptor of the database drops the locks that SQLite holds on it for this process
//! (POSIX; sqlite.org/howtocorrupt.html, section 2.2).

mod rescue;
mod trace;

use self::rescue::Rescue;
use self::trace::{Content, Index, Mark, Trace, is_of_contents};
use crate::ports::log::LogError;
use crate::results::open;
use crate::results::whereabouts::{Identity, Whereabouts};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};
use rustix::fs::Access;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

struct Watched {
    path: PathBuf,
    identity: Identity,
    /// As it was when it was known to be this log's; `None` for the index of the write-ahead log, which readers write too.
    mark: Option<Mark>,
}

impl Watched {
    /// A link to it is not it: the other files are looked for beside the file itself.
    fn is_in_place(&self) -> bool {
        let found = self.path.symlink_metadata();
        found.is_ok_and(|file| Identity::of(&file) == self.identity)
    }
}

/// The database, its write-ahead log, and the index of that.
pub(super) struct Place {
    /// As the settings name it.
    path: PathBuf,
    /// Where that led to at the start.
    real: PathBuf,
    /// `identity` in the table `log`.
    log: String,
    files: Vec<Watched>,
    index: Index,
    /// What `index` said when the marks were taken.
    trace: Option<Trace>,
    /// Of the database when its mark was taken; `None` where it was not settled then.
    content: Option<Content>,
    /// While the log is not as it should be.
    rescue: Option<Rescue>,
    /// What was found when somebody else had written over it, and all was done; nothing mends that.
    damaged: Option<LogError>,
}

impl Place {
    /// As it is now that this connection has written into it.
    ///
    /// # Errors
    /// When it has gone already.
    pub(super) fn of(connection: &Connection, path: &Path) -> Result<Self, LogError> {
        let failed = |error: Error| open::file_error(path, &error);
        let real = path.canonicalize().map_err(failed)?;
        let mut files = Vec::new();
        for (path, is_ours_alone) in [
            (real.clone(), true),
            (beside(&real, "-wal"), true),
            (beside(&real, "-shm"), false),
        ] {
            // Where a file system cannot share memory SQLite writes without the two others.
            let Ok(file) = path.symlink_metadata() else {
                continue;
            };
            files.push(Watched {
                path,
                identity: Identity::of(&file),
                mark: is_ours_alone.then(|| Mark::of(&file)),
            });
        }
        let sql = |error: rusqlite::Error| open::log_error(path, &error);
        let shared = files.iter().find(|file| file.mark.is_none());
        let index = Index::of(shared.map(|file| file.identity));
        let mut place = Self {
            path: path.to_owned(),
            log: open::identity(connection).map_err(sql)?,
            trace: index.trace(),
            content: settled(&index, &real).map_err(sql)?,
            real,
            files,
            index,
            rescue: None,
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
        self.is_in_place()?;
        self.is_unharmed()?;
        self.rescue = None;
        Ok(())
    }

    fn is_in_place(&self) -> Result<(), LogError> {
        if let Ok(real) = self.path.canonicalize()
            && real != self.real
        {
            return Err(self.gone(&self.files[0], &format!("a link to {}", real.display())));
        }
        for file in &self.files {
            match file.path.symlink_metadata() {
                Ok(found) if Identity::of(&found) == file.identity => {}
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
        }
        // The folder too: the next start makes files in it.
        let folder = self.real.parent();
        for path in self
            .files
            .iter()
            .map(|file| file.path.as_path())
            .chain(folder)
        {
            if let Err(error) = rustix::fs::access(path, Access::WRITE_OK) {
                return Err(denied(path, &error.into()));
            }
        }
        Ok(())
    }

    /// Whether nobody else wrote into the files. The write-ahead log is written by [`Place::written`], and the database
    /// by checkpoints alone, which leave their trace in the index.
    fn is_unharmed(&mut self) -> Result<(), LogError> {
        // Asked on both sides of the marks: a checkpoint of another program may be between them.
        let trace = self.index.trace();
        let marks = self.files.iter().map(|file| file.path.symlink_metadata());
        let found: Vec<Option<Mark>> = marks.map(|file| Some(Mark::of(&file.ok()?))).collect();
        let now = self.index.trace();
        let has_trace = now.is_some() && now != self.trace;
        let mut marks = Vec::new();
        for (file, found) in self.files.iter().zip(found) {
            if let (Some(before), Some(now)) = (file.mark, found)
                && now.bytes < before.bytes
                // A checkpoint that was asked to cuts the write-ahead log; nobody cuts the database.
                && (self.is_database(file) || !has_trace)
            {
                let (before, now) = (before.bytes, now.bytes);
                return Err(
                    self.damaged(&file.path, &format!("expected {before} bytes, found {now}"))
                );
            }
            marks.push(file.mark.and(found));
        }
        if self.files[0].mark != marks[0] && !self.is_ours(has_trace)? {
            // The next look asks again.
            return Ok(());
        }
        for (file, mark) in self.files.iter_mut().zip(marks) {
            file.mark = mark;
        }
        self.trace = trace;
        Ok(())
    }

    /// Whether what stands in the database is known to be this log's, now that it was written to, or moved, or given other
    /// permissions.
    ///
    /// # Errors
    /// When it is known to be another's.
    fn is_ours(&mut self, has_trace: bool) -> Result<bool, LogError> {
        let found = match settled(&self.index, &self.real) {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(false),
            Err(error) if is_of_contents(&error) => {
                return Err(self.damaged(&self.path, &error.to_string()));
            }
            // It says nothing of what is in it.
            Err(error) => return Err(open::log_error(&self.path, &error)),
        };
        let is_ours = match &self.content {
            Some(before) if !has_trace => found == *before,
            before => found.can_follow(before.as_ref(), &self.log),
        };
        if !is_ours {
            let expected = format!("expected log {} as this job left it", self.log);
            return Err(self.damaged(&self.path, &format!("{expected}, found other content")));
        }
        self.content = Some(found);
        Ok(true)
    }

    /// What is in the write-ahead log now was written by this process, unless it was cut.
    pub(super) fn written(&mut self) {
        let database = self.files[0].identity;
        for file in &mut self.files {
            if file.identity != database
                && let Some(before) = file.mark
                && let Ok(found) = file.path.symlink_metadata()
                && Identity::of(&found) == file.identity
                && found.len() >= before.bytes
            {
                file.mark = Some(Mark::of(&found));
            }
        }
    }

    /// Sees to it that everything that was acknowledged can be found: the write-ahead log goes into the database,
    /// wherever that is now, and a database that has no name any more is copied. Again with each look until it is done.
    /// Whether anything was tried.
    pub(super) fn save(&mut self, connection: &Connection, found: &LogError) -> bool {
        let database = Whereabouts::of(self.files[0].identity);
        match found {
            LogError::Gone { .. } => {
                let rescue = self.rescue.get_or_insert_default();
                let has_tried = rescue.go_on(connection, &self.path, &database);
                if has_tried && matches!(database, Whereabouts::Deleted(_)) {
                    self.clear();
                }
                has_tried
            }
            LogError::Damaged { message } if self.damaged.is_none() => {
                let rescue = self.rescue.get_or_insert_default();
                let told = rescue.salvage(connection, &self.path);
                self.set_aside(connection);
                self.damaged = Some(LogError::Damaged {
                    message: format!("{message}{told}"),
                });
                true
            }
            _ => false,
        }
    }

    /// Takes the write-ahead log away where its database has left it: SQLite would play it into whatever database is
    /// put there next, which it does not fit (sqlite.org/howtocorrupt.html, section 1.4).
    pub(super) fn clear(&self) {
        let database = &self.files[0];
        let now = Whereabouts::of(database.identity);
        let is_elsewhere = self
            .rescue
            .as_ref()
            .is_some_and(|rescue| rescue.is_elsewhere(&now));
        if is_elsewhere && !database.is_in_place() {
            for file in self.files[1..].iter().filter(|file| file.is_in_place()) {
                // Where it stays, the copy can be put back all the same after it was removed by hand.
                let _ = std::fs::remove_file(&file.path);
            }
        }
    }

    fn gone(&self, file: &Watched, found: &str) -> LogError {
        let nothing = Rescue::default();
        let rescue = self.rescue.as_ref().unwrap_or(&nothing);
        let told = || rescue.told(&self.path, &self.sources());
        let now = match Whereabouts::of(file.identity) {
            Whereabouts::Moved(to) => {
                let beside = match self.files.get(1) {
                    Some(wal) if self.is_database(file) && wal.is_in_place() => {
                        format!(
                            "; its newest rows may be in {}, so keep that",
                            wal.path.display()
                        )
                    }
                    _ => String::new(),
                };
                format!(
                    "it was moved to {}. Move it back, and the station goes on by itself{beside}",
                    to.display()
                )
            }
            Whereabouts::Deleted(_) if self.is_database(file) => {
                format!("it was deleted. {}", told())
            }
            Whereabouts::Deleted(_) if rescue.is_in_database() => format!(
                "it was deleted. What it held is in {} now. Stop the station, and start it again",
                self.path.display()
            ),
            Whereabouts::Deleted(_) if rescue.has_copy_or_failed() => {
                format!("it was deleted. {}", told())
            }
            Whereabouts::Deleted(_) => format!(
                "it was deleted. What it held is not all in {} yet, because a program reads that; the station tries \
                 again. Close that program, and do not stop the station yet",
                self.path.display()
            ),
            Whereabouts::Unknown => "stop the station, and put a copy back".to_owned(),
        };
        LogError::Gone {
            message: format!(
                "{}: expected the file that this job writes, found {found}; {now}",
                file.path.display()
            ),
        }
    }

    /// How the database and its write-ahead log can be read as long as this process lives.
    fn sources(&self) -> Vec<PathBuf> {
        let files = self.files.iter().filter(|file| file.mark.is_some());
        files
            .map(|file| match Whereabouts::of(file.identity) {
                Whereabouts::Moved(path) | Whereabouts::Deleted(path) => path,
                Whereabouts::Unknown => file.path.clone(),
            })
            .collect()
    }

    fn is_database(&self, file: &Watched) -> bool {
        file.path == self.real
    }

    fn damaged(&self, path: &Path, found: &str) -> LogError {
        LogError::Damaged {
            message: format!(
                "{}: {found}: somebody else wrote into it. Stop the station, and put the newest copy in its place",
                path.display()
            ),
        }
    }

    /// Another log's file must not meet what is left of this one: SQLite would play the write-ahead log into it, when
    /// this process ends or when the next begins.
    fn set_aside(&self, connection: &Connection) {
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

/// What the database holds by itself; `None` while it is none by itself, and when that changed as it was read.
fn settled(index: &Index, path: &Path) -> rusqlite::Result<Option<Content>> {
    let before = index.trace();
    if before.as_ref().is_some_and(|trace| !trace.is_settled()) {
        return Ok(None);
    }
    let found = Content::of(path);
    match index.trace() == before {
        true => found.map(Some),
        false => Ok(None),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(ending);
    name.into()
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
