//! Folders and files of a copy.

use super::CopyError;
use crate::ports::log::LogError;
use crate::results::open::file_error;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

const CHUNK_BYTES: usize = 256 * 1024;

pub(super) fn failed(path: &Path) -> impl FnOnce(io::Error) -> LogError + '_ {
    |error| file_error(path, &error)
}

/// Which side a copy broke off on.
enum Broken {
    Reading(io::Error),
    Writing(io::Error),
}

/// Bytes and SHA-256 of what is read, in hex, which is handed on.
fn pump(
    from: &mut impl Read,
    mut into: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<(u64, String), Broken> {
    let mut hash = Sha256::new();
    let mut bytes = 0;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Broken::Reading(error)),
        };
        hash.update(&chunk[..read]);
        into(&chunk[..read]).map_err(Broken::Writing)?;
        bytes += read as u64;
    }
    Ok((bytes, models::bundle::hex(&hash.finalize())))
}

/// An ordinary file: to open anything else may wait for ever.
fn opened(path: &Path) -> io::Result<File> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("expected an ordinary file"));
    }
    File::open(path)
}

/// Bytes and SHA-256 of a file, in hex. Never of a log that this process has open: closing the file would drop SQLite's
/// locks on it.
pub(in crate::results) fn hashed(path: &Path) -> io::Result<(u64, String)> {
    pump(&mut opened(path)?, |_| Ok(())).map_err(|broken| match broken {
        Broken::Reading(error) | Broken::Writing(error) => error,
    })
}

/// What became of a file that was to be copied.
pub(super) enum Source {
    /// Its bytes and SHA-256, in hex.
    Copied(u64, String),
    Missing,
    /// Why; nothing of it is in the target.
    Unreadable(io::Error),
}

/// Copies a file to where none is.
///
/// # Errors
/// When the target cannot be written.
pub(super) fn copied(from: &Path, to: &Path) -> Result<Source, LogError> {
    let mut source = match opened(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Source::Missing),
        Err(error) => return Ok(Source::Unreadable(error)),
        Ok(source) => source,
    };
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
    }
    let mut target = File::options()
        .write(true)
        .create_new(true)
        .open(to)
        .map_err(failed(to))?;
    match pump(&mut source, |chunk| target.write_all(chunk)) {
        Ok((bytes, sha256)) => Ok(Source::Copied(bytes, sha256)),
        Err(Broken::Reading(error)) => {
            std::fs::remove_file(to).map_err(failed(to))?;
            Ok(Source::Unreadable(error))
        }
        Err(Broken::Writing(error)) => Err(file_error(to, &error)),
    }
}

/// Everything that was written below a folder is on its disk.
pub(super) fn synced(folder: &Path) -> Result<(), LogError> {
    let file = File::open(folder).map_err(failed(folder))?;
    rustix::fs::syncfs(&file).map_err(|error| file_error(folder, &error.into()))
}

/// Refuses a folder on whose disk there are fewer bytes free.
pub(super) fn has_room(folder: &Path, needed: u64) -> Result<(), CopyError> {
    let free = rustix::fs::statvfs(folder)
        .map(|stat| stat.f_bavail * stat.f_frsize)
        .map_err(|error| file_error(folder, &error.into()))?;
    if free < needed {
        return Err(CopyError::NoRoom {
            path: folder.to_owned(),
            needed,
            free,
        });
    }
    Ok(())
}

/// The first thing that lies in a folder.
pub(super) fn first_in(folder: &Path) -> Result<Option<PathBuf>, LogError> {
    let mut entries = std::fs::read_dir(folder).map_err(failed(folder))?;
    entries
        .next()
        .transpose()
        .map(|entry| entry.map(|entry| entry.path()))
        .map_err(failed(folder))
}

/// Whether one of two folders, which exist, lies in the other or is the other.
pub(super) fn are_nested(a: &Path, b: &Path) -> Result<bool, LogError> {
    let a = a.canonicalize().map_err(failed(a))?;
    let b = b.canonicalize().map_err(failed(b))?;
    Ok(a.starts_with(&b) || b.starts_with(&a))
}
