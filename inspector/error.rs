//! What went wrong, sorted by what the caller should do. Decides the exit code.

use calibration::{ConfigurationError, FitError, OpencvError};
use models::acceptance::{AcceptError, NotAccepted};
use models::quantise::QuantiseError;
use models::runtime::RuntimeError;
use models::tuned::NoteError;
use models::{BundleError, TeachError};
use std::{fmt, io};

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
    /// A bug of this program.
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
    /// What to do about it.
    pub kind: ErrorKind,
    /// One line each: the thing, what was expected, what was found, what to do.
    pub messages: Vec<String>,
}

impl Error {
    /// With one message.
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

    /// The same error of a thing that its own words do not name: `thing: message`.
    #[must_use]
    pub fn of(mut self, thing: impl fmt::Display) -> Self {
        for message in &mut self.messages {
            *message = format!("{thing}: {message}");
        }
        self
    }

    /// `value` where nothing went wrong; else everything that did, of the first one's kind.
    ///
    /// # Errors
    /// All of `errors` in one.
    pub fn none_of<T>(errors: Vec<Error>, value: T) -> Result<T, Error> {
        let mut errors = errors.into_iter();
        let Some(mut first) = errors.next() else {
            return Ok(value);
        };
        first
            .messages
            .extend(errors.flat_map(|error| error.messages));
        Err(first)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.messages.join("\n"))
    }
}

impl std::error::Error for Error {}

/// What our own libraries refuse, sorted by what to do about it.
pub trait Sorted: fmt::Display {
    /// What to do about it.
    fn kind(&self) -> ErrorKind;
}

impl<E: Sorted> From<E> for Error {
    fn from(error: E) -> Self {
        Error::new(error.kind(), error)
    }
}

/// A file that is not there, or is another thing, is for who named it; everything else is the disk's doing.
fn of_disk(error: &io::Error, named: ErrorKind) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::NotFound
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::InvalidData => named,
        _ => ErrorKind::Storage,
    }
}

impl Sorted for BundleError {
    fn kind(&self) -> ErrorKind {
        match self {
            BundleError::Read { source, .. } => of_disk(source, ErrorKind::Model),
            BundleError::Write { .. } => ErrorKind::Storage,
            BundleError::TooLarge { .. }
            | BundleError::References { .. }
            | BundleError::Manifest { .. }
            | BundleError::Hash { .. } => ErrorKind::Model,
        }
    }
}

impl Sorted for AcceptError {
    fn kind(&self) -> ErrorKind {
        match self {
            AcceptError::Bundle(error) => error.kind(),
            AcceptError::Load(_)
            | AcceptError::Input { .. }
            | AcceptError::Run { .. }
            | AcceptError::Size { .. }
            | AcceptError::Provider { .. }
            | AcceptError::Different { .. } => ErrorKind::Model,
        }
    }
}

impl Sorted for NotAccepted {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Model
    }
}

impl Sorted for NoteError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Model
    }
}

impl Sorted for RuntimeError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Model
    }
}

impl Sorted for TeachError {
    fn kind(&self) -> ErrorKind {
        match self {
            TeachError::Few { .. }
            | TeachError::FewBad { .. }
            | TeachError::Size { .. }
            | TeachError::Channels { .. }
            | TeachError::NetworkSize { .. } => ErrorKind::Settings,
            TeachError::Backbone { .. } => ErrorKind::Model,
            TeachError::Stopped => ErrorKind::Internal,
        }
    }
}

impl Sorted for QuantiseError {
    fn kind(&self) -> ErrorKind {
        match self {
            QuantiseError::Image { .. } => ErrorKind::Settings,
            QuantiseError::Graph(_) | QuantiseError::Run(_) => ErrorKind::Model,
        }
    }
}

impl Sorted for ConfigurationError {
    fn kind(&self) -> ErrorKind {
        match self {
            ConfigurationError::File { error, .. } => of_disk(error, ErrorKind::Settings),
            ConfigurationError::Content { .. } | ConfigurationError::FlatField(_) => {
                ErrorKind::Settings
            }
        }
    }
}

/// The configuration is for other frames: calibrate again, or set the camera as it was.
impl Sorted for FitError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Settings
    }
}

impl Sorted for OpencvError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Internal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_for_who_named_it_and_what_cannot_be_read_is_the_disks_doing() {
        let read = |kind: io::ErrorKind| {
            let error = BundleError::Read {
                path: "models/a/model.toml".into(),
                source: kind.into(),
            };
            Error::from(AcceptError::Bundle(error)).kind
        };
        assert_eq!(read(io::ErrorKind::NotFound), ErrorKind::Model);
        assert_eq!(read(io::ErrorKind::PermissionDenied), ErrorKind::Storage);
        assert_eq!(read(io::ErrorKind::Other), ErrorKind::Storage);
        let configured = |kind: io::ErrorKind| {
            let error = ConfigurationError::File {
                path: "configuration/top.toml".into(),
                error: kind.into(),
            };
            Error::from(error).kind
        };
        assert_eq!(configured(io::ErrorKind::StorageFull), ErrorKind::Storage);
        assert_eq!(configured(io::ErrorKind::IsADirectory), ErrorKind::Settings);
    }

    #[test]
    fn several_errors_are_told_at_once_and_the_first_says_what_to_do() {
        let errors = vec![
            Error::new(ErrorKind::Model, "no file").of("model a"),
            Error::all(ErrorKind::Settings, vec!["b".to_owned(), "c".to_owned()]).of("recipe d"),
        ];
        let all = Error::none_of(errors, ()).expect_err("two errors");
        assert_eq!(all.kind, ErrorKind::Model);
        let expected = ["model a: no file", "recipe d: b", "recipe d: c"];
        assert_eq!(all.messages, expected);
        assert_eq!(Error::none_of(Vec::new(), 1), Ok(1));
    }
}
