//! A folder for the files of one case, which is gone afterwards, whatever came of the case.

use std::path::{Path, PathBuf};

/// Removed when dropped, with all that was put into it.
pub struct Scratch(PathBuf);

impl Scratch {
    /// An empty one, in the folder that the system has for such things.
    ///
    /// # Errors
    /// Why it cannot be made.
    pub fn new() -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("inspector-bench-{}", std::process::id()));
        // Of a process with the same number that was killed.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).map_err(|error| told(&folder, &error))?;
        Ok(Self(folder))
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Puts a file into it.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, String> {
        let file = self.0.join(name);
        std::fs::write(&file, bytes).map_err(|error| told(&file, &error))?;
        Ok(file)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What could not be removed lies in the folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What was wrong with a file, and what to do.
pub fn told(file: &Path, error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    // Many errors name the file by themselves.
    let name = file.display().to_string();
    let named = if text.contains(&name) {
        text
    } else {
        format!("{name}: {text}")
    };
    format!(
        "{named}; expected a folder for temporary files with some megabytes of room: set TMPDIR to one"
    )
}
