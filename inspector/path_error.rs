//! Errors of the system that say which file they are about: "No such file or directory" alone helps nobody.

use std::path::{Path, PathBuf};
use std::{fmt, io};

/// What the system said, of which file, and what was tried.
#[derive(Debug)]
pub struct PathError {
    doing: &'static str,
    path: PathBuf,
    error: io::Error,
}

impl PathError {
    /// What kind of failure, for callers that act on it.
    pub fn kind(&self) -> io::ErrorKind {
        self.error.kind()
    }
}

impl fmt::Display for PathError {
    /// The path from the root on: where a relative one was looked for is what people get wrong.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = std::path::absolute(&self.path);
        let path = path.as_deref().unwrap_or(&self.path);
        write!(f, "{} {}: {}", self.doing, path.display(), self.error)
    }
}

impl std::error::Error for PathError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// Of the same kind, and with the path in its words.
impl From<PathError> for io::Error {
    fn from(error: PathError) -> Self {
        io::Error::new(error.kind(), error)
    }
}

/// Gives what the system said the path that it was said of.
pub trait At<T> {
    /// `doing` is a verb: `read`, `write`, `create`.
    ///
    /// # Errors
    /// The same, with verb and path.
    fn at(self, doing: &'static str, path: &Path) -> Result<T, PathError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, doing: &'static str, path: &Path) -> Result<T, PathError> {
        self.map_err(|error| PathError {
            doing,
            path: path.to_owned(),
            error,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_told_from_the_root_on_and_the_kind_is_kept() {
        let read = std::fs::read("no/such/file").at("read", Path::new("no/such/file"));
        let error = io::Error::from(read.expect_err("there is none"));
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let here = std::env::current_dir().expect("a folder");
        let expected = format!("read {}: ", here.join("no/such/file").display());
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}
