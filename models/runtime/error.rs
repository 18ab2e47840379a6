//! Why ONNX Runtime is not loaded, in words for the person who installed it.

use super::version::{FILE_NAME, MINOR_VERSION_MIN, PINNED_VERSION};
use std::fmt;
use std::path::PathBuf;

/// Why ONNX Runtime is not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuntimeError {
    /// There is no such file.
    NotFound {
        /// Every place looked at.
        looked: Vec<String>,
    },
    /// The file cannot be loaded, or is something else.
    NoLibrary {
        /// The file that was found or named.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The library is older than what this program needs.
    TooOld {
        /// The library that was loaded.
        path: PathBuf,
        /// The version that it says it has.
        found: String,
    },
    /// The library was loaded and would not start.
    Start {
        /// The library that was loaded.
        path: PathBuf,
        /// Its own words.
        message: String,
    },
    /// A process can load one library only, and another is loaded.
    OtherLoaded {
        /// The file asked for.
        asked: PathBuf,
        /// The file that is loaded.
        loaded: PathBuf,
    },
}

impl fmt::Display for RuntimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RuntimeError::NotFound { looked } => {
                write!(f, "load ONNX Runtime: {FILE_NAME} was not found; looked at")?;
                for place in looked {
                    write!(f, "\n  {place}")?;
                }
                write!(
                    f,
                    "\nrun `make onnxruntime`, or set ORT_DYLIB_PATH to the library's path"
                )
            }
            RuntimeError::NoLibrary { path, reason } => write!(
                f,
                "load ONNX Runtime from {}: {reason}; run `make onnxruntime` to fetch it anew, or \
                 set ORT_DYLIB_PATH to another file",
                path.display()
            ),
            RuntimeError::TooOld { path, found } => write!(
                f,
                "load ONNX Runtime from {}: expected version 1.{MINOR_VERSION_MIN} or newer, found \
                 {found:?}; run `make onnxruntime` to fetch {PINNED_VERSION}",
                path.display()
            ),
            RuntimeError::Start { path, message } => {
                write!(f, "start ONNX Runtime from {}: {message}", path.display())
            }
            RuntimeError::OtherLoaded { asked, loaded } => write!(
                f,
                "load ONNX Runtime from {}: {} is already loaded, and a process loads one only",
                asked.display(),
                loaded.display()
            ),
        }
    }
}

impl std::error::Error for RuntimeError {}
