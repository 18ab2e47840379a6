//! What went wrong, sorted by what the caller should do. Decides the exit code.

use std::fmt;

/// Sorted by what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Correct the settings, recipes or arguments.
    Settings,
    /// See to a camera or another device.
    Device,
    /// See to the model or ONNX Runtime.
    Model,
    /// See to the disk or the result log.
    Storage,
    /// See to the network address.
    Network,
    /// A promise was found broken: results are missing, a law did not hold.
    Verification,
    /// A bug.
    Internal,
}

impl ErrorKind {
    /// The exit code of the process, as documented in docs/ref/exit-codes.md. 2 is clap's, for wrong arguments.
    pub const fn exit_code(self) -> u8 {
        match self {
            ErrorKind::Internal => 1,
            ErrorKind::Settings => 3,
            ErrorKind::Device => 4,
            ErrorKind::Model => 5,
            ErrorKind::Storage => 6,
            ErrorKind::Network => 7,
            ErrorKind::Verification => 8,
        }
    }
}

/// One or more things to tell the person who called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind.
    pub kind: ErrorKind,
    /// One line each: the thing, what was expected, what was found, what to do.
    pub messages: Vec<String>,
}

impl Error {
    /// One message.
    pub fn new(kind: ErrorKind, message: impl fmt::Display) -> Self {
        Self {
            kind,
            messages: vec![message.to_string()],
        }
    }

    /// Several at once.
    pub fn all(kind: ErrorKind, messages: Vec<String>) -> Self {
        Self { kind, messages }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.messages.join("\n"))
    }
}

impl std::error::Error for Error {}
