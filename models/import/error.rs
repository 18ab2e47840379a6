//! Why a model did not become a bundle.

use std::fmt;

/// Why a model did not become a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportError {
    /// The file, or one beside it.
    File(String),
    /// It was read, and is nothing that can be used, or not as was said.
    Unusable(String),
    /// It leaves open what nobody said: flags to give, each with its reason.
    Open {
        /// What the model is taken for.
        what: String,
        /// Flag and reason.
        missing: Missing,
    },
}

/// Flags that are still needed, with the reason of each.
pub(crate) type Missing = Vec<(&'static str, String)>;

/// It was read, and is nothing that can be used.
pub(crate) fn unusable<T>(message: String) -> Result<T, ImportError> {
    Err(ImportError::Unusable(message))
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImportError::File(message) | ImportError::Unusable(message) => f.write_str(message),
            ImportError::Open { what, missing } => {
                write!(f, "{what}. The file does not tell, so please say:")?;
                for (flag, reason) in missing {
                    write!(f, "\n  {flag:<42} {reason}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for ImportError {}
