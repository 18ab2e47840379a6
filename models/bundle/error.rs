//! Why a bundle was refused, in words for whoever made or copied it.

use super::manifest::Problem;
use std::path::PathBuf;
use std::{fmt, io};

/// Why a bundle was refused.
#[derive(Debug)]
pub enum BundleError {
    /// A file of the bundle cannot be read.
    Read {
        /// The file that was wanted.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is larger than any sensible one.
    TooLarge {
        /// The file, of which no more was read than is allowed.
        path: PathBuf,
        /// Most bytes that are read of such a file.
        bytes_max: u64,
    },
    /// A file or folder of a new bundle cannot be written.
    Write {
        /// The file or folder that was to be written.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There are no reference images, or some already.
    References {
        /// The bundle's folder.
        folder: PathBuf,
        /// Whether there are some.
        is_there: bool,
    },
    /// `model.toml` has problems.
    Manifest {
        /// The `model.toml` with problems.
        path: PathBuf,
        /// All of them, by line.
        problems: Vec<Problem>,
    },
    /// `model.onnx` is not the file that the manifest describes.
    Hash {
        /// The `model.onnx`, or the folder of the reference images.
        path: PathBuf,
        /// What `model.toml` says.
        expected: String,
        /// What the file has.
        found: String,
    },
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BundleError::Read { path, source } => {
                write!(
                    f,
                    "read {}: {source}; a bundle is a folder with model.toml and model.onnx",
                    path.display()
                )
            }
            BundleError::Write { path, source } => {
                write!(f, "write the bundle {}: {source}", path.display())
            }
            BundleError::References {
                folder,
                is_there: true,
            } => write!(
                f,
                "{}: it has reference images already; to make others, delete its folder references and the \
                 table [references] of its model.toml",
                folder.display()
            ),
            BundleError::References {
                folder,
                is_there: false,
            } => write!(
                f,
                "{}: it has no reference images; make them with `inspector model references`, where the \
                 model is known to be right",
                folder.display()
            ),
            BundleError::TooLarge { path, bytes_max } => {
                write!(
                    f,
                    "read {}: the file is larger than {bytes_max} bytes",
                    path.display()
                )
            }
            BundleError::Manifest { path, problems } => {
                for (index, problem) in problems.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "\n" };
                    let Problem { line, message } = problem;
                    write!(f, "{separator}{}:{line}: {message}", path.display())?;
                }
                Ok(())
            }
            BundleError::Hash {
                path,
                expected,
                found,
            } => write!(
                f,
                "check {}: model.toml expects SHA-256 {expected}, the file has {found}; \
                 restore the file, or make the bundle anew if the model was meant to change",
                path.display()
            ),
        }
    }
}

impl std::error::Error for BundleError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BundleError::Read { source, .. } | BundleError::Write { source, .. } => Some(source),
            _ => None,
        }
    }
}
