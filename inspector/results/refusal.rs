//! Why a result log is not opened, and what to do.

use super::open::SCHEMA_VERSION;
use crate::ports::log::LogError;
use std::fmt;
use std::path::PathBuf;

/// Pictures of jobs that the log does not know move the next number on by no more than this.
pub(super) const JOBS_AHEAD_MAX: u64 = 1_000_000;

/// Why a result log cannot be opened.
#[derive(Debug)]
pub enum OpenError {
    /// Another station writes it.
    Locked {
        /// The lock file.
        path: PathBuf,
        /// What that process wrote into it.
        holder: String,
    },
    /// It is not a result log.
    Foreign {
        /// The file or folder that is meant.
        path: PathBuf,
        /// What it is instead.
        found: &'static str,
    },
    /// Nothing is in the file: what there is lies in the WAL, or was never written.
    Empty {
        /// The file or folder that is meant.
        path: PathBuf,
    },
    /// There is none, but what belongs to one: another would number its jobs over it.
    Orphans {
        /// Where the log should be.
        path: PathBuf,
        /// What lies there, from which jobs.
        found: String,
        /// What to do.
        remedy: String,
    },
    /// Its name is a link, and rows lie beside the name, where nobody looks for them.
    Apart {
        /// Its name in the data folder, which is a link.
        path: PathBuf,
        /// Where the database is.
        real: PathBuf,
    },
    /// A folder of pictures has a number that no job of this log comes near.
    Numbered {
        /// The folder of pictures with that number.
        path: PathBuf,
        /// The last job of the log.
        last_job: u64,
    },
    /// The folder is a backup, which no station writes to.
    Backup {
        /// The file or folder that is meant.
        path: PathBuf,
    },
    /// Rows lie in the WAL, and reading them needs a file beside it that may not be written.
    NotBeside {
        /// The file or folder that is meant.
        path: PathBuf,
    },
    /// It was written by a newer version.
    Newer {
        /// The file or folder that is meant.
        path: PathBuf,
        /// Its schema version.
        found: i64,
    },
    /// It was written by an older version and has not been upgraded.
    Older {
        /// The file or folder that is meant.
        path: PathBuf,
        /// Its schema version.
        found: i64,
    },
    /// A recipe file was edited in place after results had been judged by it.
    RecipeChanged {
        /// Style of the recipe.
        style: String,
        /// Of its schema, `user_version`.
        version: u32,
    },
    /// The disk, or SQLite, said no.
    Log(LogError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Locked { path, holder } => write!(
                f,
                "{}: another station (process {holder}) writes to this folder; stop it, or set \
                 station.data to another folder",
                path.display()
            ),
            OpenError::Foreign { path, found } => write!(
                f,
                "{}: expected a result log, found {found}; name another data folder",
                path.display()
            ),
            OpenError::Empty { path } => write!(
                f,
                "{}: expected a result log, found a file without any table: it was copied without \
                 results.sqlite-wal while a station ran; copy with `inspector backup`, or the whole folder while the \
                 station is stopped",
                path.display()
            ),
            OpenError::Orphans { .. } | OpenError::Apart { .. } | OpenError::Numbered { .. } => {
                self.belongs_elsewhere(f)
            }
            OpenError::Backup { path } => write!(
                f,
                "{}: this is a backup, and a station that wrote to it would spoil it; `inspector restore` puts it into \
                 a data folder",
                path.display()
            ),
            OpenError::NotBeside { path } => write!(
                f,
                "{0}: rows of it are in {0}-wal, and reading them needs {0}-shm, which may not be written here; copy \
                 the whole folder to where you may write, or read as the station's user",
                path.display()
            ),
            OpenError::Newer { path, found } => write!(
                f,
                "{}: expected schema version {SCHEMA_VERSION} or older, found {found}; a newer \
                 inspector wrote it, so run that one",
                path.display()
            ),
            OpenError::Older { path, found } => write!(
                f,
                "{}: expected schema version {SCHEMA_VERSION}, found {found}; start the station once, \
                 which upgrades it",
                path.display()
            ),
            OpenError::RecipeChanged { style, version } => recipe_changed(f, style, *version),
            OpenError::Log(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OpenError {}

impl OpenError {
    /// What lies in the data folder and belongs to another log, or to another place.
    fn belongs_elsewhere(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Orphans {
                path,
                found,
                remedy,
            } => write!(
                f,
                "{}: there is no result log, but {found}. A log that begins anew would number its jobs over them: \
                 {remedy}",
                path.display()
            ),
            OpenError::Apart { path, real } => write!(
                f,
                "{0}: expected the result log, found a link to {1}, and rows of it in {0}-wal, where they are not looked \
                 for. Remove the link, and move {1} back to {0}",
                path.display(),
                real.display()
            ),
            OpenError::Numbered { path, last_job } => write!(
                f,
                "{}: expected pictures of a job within {JOBS_AHEAD_MAX} of the last one in the log, {last_job}: jobs are \
                 numbered on behind them, and no numbers would be left. Move the folder elsewhere",
                path.display()
            ),
            _ => Ok(()),
        }
    }

    /// For whoever only needs to know what the storage said.
    pub fn into_log_error(self) -> LogError {
        match self {
            OpenError::Log(error) => error,
            other => LogError::Storage {
                message: other.to_string(),
            },
        }
    }
}

pub(super) fn recipe_changed(f: &mut fmt::Formatter<'_>, style: &str, version: u32) -> fmt::Result {
    write!(
        f,
        "recipe {style} version {version} is in the log with another content; recipes are immutable: set \
         the file back, and put the change into version {}",
        version + 1
    )
}
