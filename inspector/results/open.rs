//! Opens the result log: creates it, refuses what is not one, and lets only one process write.

use super::upgrade;
use crate::ports::log::LogError;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use rustix::fs::{FlockOperation, flock};
use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The schema of this version.
pub const SCHEMA: &str = include_str!("schema.sql");
pub(super) const SCHEMA_VERSION: i64 = 6;
const APPLICATION_ID: i64 = 0x494E_5350;

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
        /// The file.
        path: PathBuf,
    },
    /// It was written by a newer version.
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
    },
    /// It was written by an older version and has not been upgraded.
    Older {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
    },
    /// A recipe file was edited in place after results had been judged by it.
    RecipeChanged {
        /// Style of the recipe.
        style: String,
        /// Its version.
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
            OpenError::Foreign { path } => write!(
                f,
                "{}: expected a result log, found another SQLite file; set station.data to another \
                 folder",
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

/// Held as long as a station writes; released by the system when the process ends, however.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// The database file of a data folder.
pub fn database(data: &Path) -> PathBuf {
    data.join("results.sqlite")
}

/// Takes the lock of a data folder, which is created if it is not there.
pub fn lock(data: &Path) -> Result<Lock, OpenError> {
    let storage = |path: &Path, error: std::io::Error| OpenError::Log(file_error(path, &error));
    std::fs::create_dir_all(data).map_err(|error| storage(data, error))?;
    let path = data.join("station.lock");
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .map_err(|error| storage(&path, error))?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        let mut holder = String::new();
        let _ = file.read_to_string(&mut holder);
        return Err(OpenError::Locked {
            path,
            holder: holder.trim().to_owned(),
        });
    }
    let written = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()));
    written.map_err(|error| storage(&path, error))?;
    Ok(Lock { _file: file })
}

/// A connection that may write: WAL, every commit on the disk before it is acknowledged.
pub fn writable(data: &Path) -> Result<Connection, OpenError> {
    let path = database(data);
    let storage = |error: rusqlite::Error| OpenError::Log(log_error(&path, &error));
    let connection = Connection::open(&path).map_err(storage)?;
    connection
        .busy_timeout(Duration::from_secs(10))
        .map_err(storage)?;
    check(&connection, &path)?;
    connection
        .execute_batch(
            "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;",
        )
        .map_err(storage)?;
    upgrade::bring_up(&connection).map_err(storage)?;
    Ok(connection)
}

/// A connection that only reads, and never makes a writer wait.
pub fn readable(data: &Path) -> Result<Connection, OpenError> {
    let path = database(data);
    let storage = |error: rusqlite::Error| OpenError::Log(log_error(&path, &error));
    if !path.exists() {
        let message = format!(
            "{}: there is no result log; expected the data folder of a station that has run",
            path.display()
        );
        return Err(OpenError::Log(LogError::Storage { message }));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags).map_err(storage)?;
    connection
        .busy_timeout(Duration::from_secs(2))
        .map_err(storage)?;
    check(&connection, &path)?;
    let found = pragma(&connection, "user_version").map_err(storage)?;
    if found < SCHEMA_VERSION {
        return Err(OpenError::Older { path, found });
    }
    Ok(connection)
}

pub(super) fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.query_row(&format!("pragma {name}"), [], |row| row.get(0))
}

fn check(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let foreign = |_| OpenError::Foreign {
        path: path.to_owned(),
    };
    let application = pragma(connection, "application_id").map_err(foreign)?;
    let version = pragma(connection, "user_version").map_err(foreign)?;
    let tables: i64 = connection
        .query_row("select count(*) from sqlite_schema", [], |row| row.get(0))
        .map_err(foreign)?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(foreign(rusqlite::Error::InvalidQuery));
    }
    if version > SCHEMA_VERSION {
        return Err(OpenError::Newer {
            path: path.to_owned(),
            found: version,
        });
    }
    Ok(())
}

/// Which log this is; the same for its copies.
pub(super) fn identity(connection: &Connection) -> rusqlite::Result<String> {
    connection.query_row("select identity from log", [], |row| row.get(0))
}

/// What the caller of the log should know of a failed write.
pub fn log_error(path: &Path, error: &rusqlite::Error) -> LogError {
    let path = path.display();
    let message = format!("{path}: {error}");
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => LogError::Full { message },
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => LogError::ReadOnly {
            message: format!(
                "{message}; let the station's user write to the file and its folder, and see whether the \
                 disk was mounted read-only"
            ),
        },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => LogError::Damaged {
            message: format!(
                "{message}; stop the station, keep the file, and start with a restored copy"
            ),
        },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LogError::Busy {
            message: format!("{path}: another program holds the result log; close it ({error})"),
        },
        _ => LogError::Storage { message },
    }
}

/// The same for files beside the log.
pub fn file_error(path: &Path, error: &std::io::Error) -> LogError {
    use std::io::ErrorKind;
    let message = format!("{}: {error}", path.display());
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => LogError::Full { message },
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
            LogError::ReadOnly { message }
        }
        _ => LogError::Storage { message },
    }
}
