//! What a station that was killed while it made a version left behind. The log says which way it goes: a version whose
//! row is there was made, and its file is put in its place; of one without a row nobody was ever told, and it goes.

use crate::results::open::database;
use crate::results::reader::Reader;
use crate::settings::recipe_files::{self, FileError, Prepared};
use std::fmt;
use std::path::{Path, PathBuf};

/// What became of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It was made, and its file is in its place now.
    Finished {
        /// The recipe file.
        file: PathBuf,
    },
    /// It was not made.
    Discarded {
        /// The file under its preliminary name.
        file: PathBuf,
    },
}

/// Why a version is neither.
#[derive(Debug)]
pub enum Unsettled {
    /// A file could not be read, renamed or removed.
    File(FileError),
    /// The log could not be asked.
    Log {
        /// What was said.
        message: String,
    },
}

impl fmt::Display for Unsettled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsettled::File(error) => error.fmt(f),
            Unsettled::Log { message } => write!(
                f,
                "a version of a recipe was being made when the station was killed, and the result log does \
                 not say whether it was: {message}"
            ),
        }
    }
}

impl std::error::Error for Unsettled {}

/// Settles all of them, before recipes are loaded and while no station runs on this folder.
///
/// # Errors
/// When one of them stays as it is.
pub fn settle(folder: &Path, data: &Path) -> Result<Vec<Settled>, Unsettled> {
    let unfinished = recipe_files::unfinished(folder).map_err(Unsettled::File)?;
    if unfinished.is_empty() {
        return Ok(Vec::new());
    }
    let said = |error: &dyn fmt::Display| Unsettled::Log {
        message: error.to_string(),
    };
    let reader = match database(data).exists() {
        true => Some(Reader::open(data).map_err(|error| said(&error))?),
        false => None,
    };
    let mut settled = Vec::new();
    for prepared in unfinished {
        let known = match (&reader, prepared.number()) {
            (Some(reader), Some((style, version))) => reader
                .recipe_sha256(style.as_str(), version)
                .map_err(|error| said(&error))?,
            _ => None,
        };
        settled.push(
            match known.is_some_and(|known| known == prepared.sha256()) {
                true => finished(prepared)?,
                false => {
                    let file = prepared.path().to_owned();
                    prepared.discard();
                    Settled::Discarded { file }
                }
            },
        );
    }
    Ok(settled)
}

fn finished(prepared: Prepared) -> Result<Settled, Unsettled> {
    let file = prepared.target().to_owned();
    prepared.publish().map_err(Unsettled::File)?;
    Ok(Settled::Finished { file })
}
