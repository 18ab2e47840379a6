//! The lock of the data folder, as long as a station runs. A file that is deleted locks nobody out, and deleting a lock
//! is what people try first.

use super::open::{self, Lock, OpenError};
use super::whereabouts::Identity;
use std::path::Path;

impl Lock {
    /// Takes the lock again where its file was deleted or replaced, and says whether it was.
    ///
    /// # Errors
    /// When another station has it meanwhile, or the file cannot be made.
    pub fn keep(&mut self, data: &Path) -> Result<bool, OpenError> {
        let held = self.file.metadata().map(|file| Identity::of(&file));
        let found = std::fs::metadata(data.join("station.lock"));
        let is_ours = match (held, found) {
            (Ok(held), Ok(found)) => held == Identity::of(&found),
            _ => false,
        };
        // Where the log is not there either the whole folder has gone, and no other may be made in its place.
        if is_ours || !open::database(data).exists() {
            return Ok(false);
        }
        *self = open::lock(data)?;
        Ok(true)
    }
}
