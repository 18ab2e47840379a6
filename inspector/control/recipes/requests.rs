//! What may be asked of the recipes of a running station, and why it is refused.

use crate::error::{Error, ErrorKind};
use crate::ports::log::LogError;
use crate::results::open::{OpenError, database, file_error, log_error};
use crate::results::writer::WriteError;
use crate::settings::recipe_files::FileError;
use crate::station::part::Style;
use crate::station::place::ViewPlace;
use crate::station::sorting::LaneRules;
use std::path::Path;

/// Thresholds to apply as a new version.
#[derive(Clone, Debug)]
pub struct NewThresholds {
    /// Whose recipe is to change.
    pub style: Style,
    /// The version they were chosen on.
    pub based_on: u32,
    /// Index of the view.
    pub view: u8,
    /// From here on it fails.
    pub reject_above: f32,
    /// Below it passes.
    pub accept_below: f32,
    /// Who wants it, for the log.
    pub author: String,
    /// Why, for the log; not empty.
    pub reason: String,
}

/// A model to be used for one style, as a new version.
#[derive(Clone, Debug)]
pub struct NewUse {
    /// Whose recipe is to change.
    pub style: Style,
    /// The version it was thought out on; 0 when the style has none.
    pub based_on: u32,
    /// Name of the camera that the model looks through.
    pub camera: String,
    /// Name of the model.
    pub model: String,
    /// Where it looks in the camera's frames.
    pub place: ViewPlace,
    /// From here on it fails.
    pub reject_above: f32,
    /// Below it passes.
    pub accept_below: f32,
    /// Who wants it, for the log.
    pub author: String,
    /// Why, for the log; not empty.
    pub reason: String,
}

/// Rules by which parts of one style are sorted from now on, as a new version.
#[derive(Clone, Debug)]
pub struct NewRules {
    /// Whose recipe is to change.
    pub style: Style,
    /// The version they were chosen on.
    pub based_on: u32,
    /// All of them, in order.
    pub rules: LaneRules,
    /// Who wants it, for the log.
    pub author: String,
    /// Why, for the log; not empty.
    pub reason: String,
}

/// An earlier version to be used again, as a new one.
#[derive(Clone, Debug)]
pub struct GoBack {
    /// Whose recipe is to change.
    pub style: Style,
    /// The version whose models and thresholds are wanted.
    pub to: u32,
    /// The newest version, when that was decided.
    pub based_on: u32,
    /// Who wants it, for the log.
    pub author: String,
    /// Why, for the log; not empty.
    pub reason: String,
}

/// Why a version was not made. Nothing has changed then: not the files, not the log, not what judges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyError {
    /// No recipe for this style.
    NotFound,
    /// Somebody was faster.
    Conflict {
        /// The newest version.
        newest: u32,
    },
    /// Expected and found.
    Invalid(String),
    /// The model is as it was said, and could not be read or loaded all the same.
    Failed(String),
    /// The pipeline takes no command now.
    Busy,
    /// The disk, or the log, said no.
    Storage(LogError),
}

impl ApplyError {
    /// Another model can be asked for; a disk that cannot be read is nobody's request.
    pub(super) fn of_model(error: &Error) -> Self {
        let message = error.to_string();
        match error.kind {
            ErrorKind::Settings | ErrorKind::Model | ErrorKind::Verification => {
                ApplyError::Invalid(message)
            }
            ErrorKind::Device | ErrorKind::Storage | ErrorKind::Network | ErrorKind::Internal => {
                ApplyError::Failed(message)
            }
        }
    }

    pub(super) fn of_file(error: FileError) -> Self {
        ApplyError::Storage(file_error(&error.path, &error.error))
    }

    pub(super) fn of_open(error: OpenError) -> Self {
        ApplyError::Storage(error.into_log_error())
    }

    pub(super) fn of_sql(data: &Path, error: &rusqlite::Error) -> Self {
        ApplyError::Storage(log_error(&database(data), error))
    }

    pub(super) fn of_write(error: WriteError) -> Self {
        ApplyError::Storage(error.into_log_error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_cannot_be_read_is_nobodys_wrong_request() {
        let of = |kind| ApplyError::of_model(&Error::new(kind, "why"));
        let invalid = ApplyError::Invalid("why".to_owned());
        assert_eq!(of(ErrorKind::Model), invalid);
        assert_eq!(of(ErrorKind::Settings), invalid);
        let failed = ApplyError::Failed("why".to_owned());
        assert_eq!(of(ErrorKind::Storage), failed);
        assert_eq!(of(ErrorKind::Internal), failed);
    }
}
