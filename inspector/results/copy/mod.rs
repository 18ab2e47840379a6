//! Copies of a log that somebody can rely on: made while the station runs, whole or not there, and put back.

mod backup;
mod files;
mod last;
mod manifest;
mod restore;

pub use self::backup::{Copied, backup};
pub(super) use self::files::hashed;
pub(super) use self::last::Last;
pub use self::manifest::{MANIFEST, Manifest};
pub use self::restore::{Restored, restore};

use super::open::OpenError;
use crate::ports::log::LogError;
use std::fmt;
use std::path::PathBuf;

/// Why there is no copy, or why it was not put back.
#[derive(Debug)]
pub enum CopyError {
    /// The log of the source cannot be opened.
    Open(OpenError),
    /// A file or the log could not be read or written.
    Storage(LogError),
    /// The target holds something already.
    NotEmpty {
        /// The folder that is meant.
        path: PathBuf,
        /// What lies there.
        found: String,
    },
    /// One of the two folders lies in the other.
    Inside {
        /// The data folder.
        data: PathBuf,
        /// The folder of the copy.
        copy: PathBuf,
    },
    /// The target's disk has too little room.
    NoRoom {
        /// The folder that is meant.
        path: PathBuf,
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The folder holds no finished copy.
    NoBackup {
        /// The folder that is meant.
        path: PathBuf,
        /// Why it was not done.
        message: String,
    },
    /// The copy is not what it was when it was made.
    Broken {
        /// The folder that is meant.
        path: PathBuf,
        /// What is wrong, in sentences.
        problems: Vec<String>,
    },
}

impl fmt::Display for CopyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CopyError::Open(error) => error.fmt(f),
            CopyError::Storage(error) => error.fmt(f),
            CopyError::NotEmpty { path, found } => write!(
                f,
                "{}: expected an empty folder, found {found}; choose another one: nothing is overwritten",
                path.display()
            ),
            CopyError::Inside { data, copy } => write!(
                f,
                "{}: expected a folder apart from the data folder {}; choose one on another disk",
                copy.display(),
                data.display()
            ),
            CopyError::NoRoom { path, needed, free } => write!(
                f,
                "{}: expected {needed} bytes free, found {free}; make room, or choose another disk",
                path.display()
            ),
            CopyError::NoBackup { path, message } => write!(
                f,
                "{}: expected a folder that inspector backup made: {message}",
                path.display()
            ),
            CopyError::Broken { path, problems } => write!(
                f,
                "{}: the copy is not whole, and nothing was restored:\n{}",
                path.display(),
                problems.join("\n")
            ),
        }
    }
}

impl std::error::Error for CopyError {}

impl From<OpenError> for CopyError {
    fn from(error: OpenError) -> Self {
        CopyError::Open(error)
    }
}

impl From<LogError> for CopyError {
    fn from(error: LogError) -> Self {
        CopyError::Storage(error)
    }
}
