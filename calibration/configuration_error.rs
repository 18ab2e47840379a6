//! Why a camera's configuration cannot be read or written.

use crate::flat_field::FlatFieldError;
use std::fmt;
use std::path::PathBuf;

/// Why a configuration cannot be read or written.
#[derive(Debug)]
pub enum ConfigurationError {
    /// A file or folder cannot be read or written.
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// What stands in it is no configuration.
    Content {
        /// Expected and found.
        message: String,
    },
    /// The mean frames are no flat field.
    FlatField(FlatFieldError),
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigurationError::File { path, error } => write!(f, "{}: {error}", path.display()),
            ConfigurationError::Content { message } => f.write_str(message),
            ConfigurationError::FlatField(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ConfigurationError {}
