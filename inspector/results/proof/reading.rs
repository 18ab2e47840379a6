//! A log that is read now and then for as long as a station runs. The file may be replaced meanwhile: what was opened before
//! would say for ever what it said then.

use crate::ports::log::LogError;
use crate::results::open::{self, OpenError};
use crate::results::whereabouts::Identity;
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// The log of a data folder, opened anew where it is another file.
pub struct Reading {
    data: PathBuf,
    opened: Option<(Identity, Connection)>,
}

impl Reading {
    /// Of this data folder. Nothing is opened yet.
    pub fn of(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            opened: None,
        }
    }

    /// Looks whether the log is another file than at the last look, which the first one is, and opens that.
    ///
    /// # Errors
    /// When it is not there or cannot be opened: then the next look opens it.
    pub fn is_another(&mut self) -> Result<bool, OpenError> {
        let path = open::database(&self.data);
        // What is opened is what was looked at, or the next look finds another.
        let found = path.metadata().map(|file| Identity::of(&file));
        if let (Some((before, _)), Ok(found)) = (&self.opened, &found)
            && before == found
        {
            return Ok(false);
        }
        self.opened = None;
        let connection = open::readable(&self.data)?;
        let found = found.map_err(|error| OpenError::Log(open::file_error(&path, &error)))?;
        self.opened = Some((found, connection));
        Ok(true)
    }

    /// Asks the log, as it was opened at the last look.
    ///
    /// # Errors
    /// When it was not opened, or cannot be read.
    pub fn ask<T>(
        &self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, OpenError> {
        let path = open::database(&self.data);
        let Some((_, connection)) = &self.opened else {
            let message = format!("{}: the log was not opened", path.display());
            return Err(OpenError::Log(LogError::Storage { message }));
        };
        ask(connection).map_err(|error| OpenError::Log(open::log_error(&path, &error)))
    }
}
