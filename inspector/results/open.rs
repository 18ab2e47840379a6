//! Opens the result log: creates it, refuses what is not one, and lets only one process write.

use super::copy::MANIFEST;
pub use super::refusal::OpenError;
pub(super) use super::refusal::recipe_changed;
use super::{search, upgrade, uri};
use crate::ports::log::LogError;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The schema of this version.
pub const SCHEMA: &str = include_str!("schema.sql");
pub(super) const SCHEMA_VERSION: i64 = 11;
const APPLICATION_ID: i64 = 0x494E_5350;
/// Whoever holds the lock only to see whether it is held lets go at once: so often, …
const LOCK_TRIES: u32 = 5;
/// … after so long, it is tried again.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Held as long as a station writes; released by the system when the process ends, however.
#[derive(Debug)]
pub struct Lock {
    pub(super) file: File,
}

/// The database file of a data folder.
pub fn database(data: &Path) -> PathBuf {
    data.join("results.sqlite")
}

/// Takes the lock of a data folder, which is created if it is not there.
pub fn lock(data: &Path) -> Result<Lock, OpenError> {
    let storage = |path: &Path, error: std::io::Error| OpenError::Log(file_error(path, &error));
    std::fs::create_dir_all(data).map_err(|error| storage(data, error))?;
    if data.join(MANIFEST).exists() {
        return Err(OpenError::Backup {
            path: data.to_owned(),
        });
    }
    let path = data.join("station.lock");
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .map_err(|error| storage(&path, error))?;
    let mut tries = LOCK_TRIES;
    while flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        tries -= 1;
        if tries > 0 {
            // `is_written` holds it for a moment.
            std::thread::sleep(LOCK_PAUSE);
            continue;
        }
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
    Ok(Lock { file })
}

/// Whether a station writes to a data folder now.
pub fn is_written(data: &Path) -> bool {
    File::open(data.join("station.lock")).is_ok_and(|file| {
        flock(&file, FlockOperation::NonBlockingLockShared) == Err(Errno::WOULDBLOCK)
    })
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

/// A connection that only reads, and never makes a writer wait. Where nothing may be written beside the log, as on a
/// disc or in a folder of somebody else, it is read as a file that nobody changes.
pub fn readable(data: &Path) -> Result<Connection, OpenError> {
    let path = database(data);
    let storage = |error: rusqlite::Error| OpenError::Log(log_error(&path, &error));
    may_read(&path)?;
    let connection = match plain(&path) {
        Err(error) if needs_a_file_beside(&error) => {
            // A WAL that holds something, or that cannot be looked at.
            let wal = path.with_extension("sqlite-wal").metadata();
            let is_empty = match wal {
                Ok(wal) => wal.len() == 0,
                Err(error) => error.kind() == std::io::ErrorKind::NotFound,
            };
            if !is_empty {
                return Err(OpenError::NotBeside { path });
            }
            unchanging(&path).map_err(storage)?
        }
        opened => opened.map_err(storage)?,
    };
    let found = check(&connection, &path)?;
    if found == 0 {
        return Err(OpenError::Empty { path });
    }
    if found < SCHEMA_VERSION {
        return Err(OpenError::Older { path, found });
    }
    search::teach(&connection).map_err(storage)?;
    Ok(connection)
}

/// Asked of the system, and not by opening the file: closing it would drop SQLite's locks on it.
fn may_read(path: &Path) -> Result<(), OpenError> {
    use rustix::fs::{Access, access};
    // SQLite removes the WAL beside an empty file, with the rows in it, whoever opens it.
    if path.metadata().is_ok_and(|file| file.len() == 0) {
        return Err(OpenError::Empty {
            path: path.to_owned(),
        });
    }
    access(path, Access::READ_OK).map_err(|error| {
        let message = match error {
            Errno::NOENT => format!(
                "{}: there is no result log; expected the data folder of a station that has run",
                path.display()
            ),
            error => format!("{}: {}", path.display(), std::io::Error::from(error)),
        };
        OpenError::Log(LogError::Storage { message })
    })
}

const READS: OpenFlags = OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

fn plain(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, READS)?;
    connection.busy_timeout(Duration::from_secs(2))?;
    // Opening looks at nothing yet.
    match pragma(&connection, "schema_version") {
        Err(error) if needs_a_file_beside(&error) => Err(error),
        _ => Ok(connection),
    }
}

fn needs_a_file_beside(error: &rusqlite::Error) -> bool {
    use ErrorCode::{CannotOpen, PermissionDenied, ReadOnly};
    let code = error.sqlite_error_code();
    code.is_some_and(|code| [CannotOpen, PermissionDenied, ReadOnly].contains(&code))
}

/// What the file alone holds, without the rows that lie in the WAL.
pub(super) fn unchanging(path: &Path) -> rusqlite::Result<Connection> {
    let flags = READS.union(OpenFlags::SQLITE_OPEN_URI);
    Connection::open_with_flags(uri::of_unchanging(path), flags)
}

/// What SQLite finds wrong with the database itself, a sentence each.
pub(super) fn damage(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut check = connection.prepare("pragma integrity_check")?;
    let lines = check.query_map([], |row| row.get::<_, String>(0))?;
    let lines: Vec<String> = lines.collect::<Result<_, _>>()?;
    let bad = lines.into_iter().filter(|line| line != "ok");
    Ok(bad.map(|line| format!("database: {line}")).collect())
}

pub(super) fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.query_row(&format!("pragma {name}"), [], |row| row.get(0))
}

/// Refuses what is no log, or a newer one; gives the schema version.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<i64, OpenError> {
    let foreign = |found| OpenError::Foreign {
        path: path.to_owned(),
        found,
    };
    let facts = || {
        let tables = "select count(*) from sqlite_schema";
        let tables: i64 = connection.query_row(tables, [], |row| row.get(0))?;
        let application = pragma(connection, "application_id")?;
        Ok((application, tables, pragma(connection, "user_version")?))
    };
    let (application, tables, version) =
        facts().map_err(|error: rusqlite::Error| match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => foreign("a file that is not SQLite's"),
            _ => OpenError::Log(log_error(path, &error)),
        })?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(foreign("another program's SQLite file"));
    }
    if version > SCHEMA_VERSION {
        return Err(OpenError::Newer {
            path: path.to_owned(),
            found: version,
        });
    }
    Ok(version)
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
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            LogError::Full { message }
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
            LogError::ReadOnly { message }
        }
        _ => LogError::Storage { message },
    }
}
