//! What can be asked of the service, and what it answers.

use super::lesson::{Lesson, WANTED};
use super::picture::FileRefused;
use crate::adapters::scoring::align::PartAligner;
use crate::error::Error;
use crate::ports::scorer::Scorer;
use crate::station::frame::FrameShape;
use crate::station::name;
use crate::station::place::ViewPlace;
use models::runtime::Runtime;
use models::{Bundle, Place};
use std::io;

/// Longest name of a person in bytes.
const AUTHOR_BYTES_MAX: usize = 100;

/// What the wiring lends: it alone knows models with cameras and their configurations.
pub trait Tools: Send + Sync {
    /// The loaded ONNX Runtime.
    fn runtime(&self) -> &Runtime;
    /// A place in pixels of a camera's frames.
    fn place(&self, camera: u8, view: &ViewPlace) -> Result<Place, Error>;
    /// What puts parts of a camera's frames in their place; `None` where they lie still.
    fn aligner(&self, camera: u8, place: &Place) -> Result<Option<PartAligner>, Error>;
    /// Pixels of a camera, of a part in its place, as a model that looks at this place of its frames sees them, flat field and lens corrected; and
    /// their shape.
    fn seen(
        &self,
        camera: u8,
        pixels: Vec<u8>,
        place: &Place,
    ) -> Result<(Vec<u8>, FrameShape), Error>;
    /// Whether models run on the processor by ONNX Runtime itself, where whole numbers of 8 bits are faster.
    fn gains_in_8_bits(&self) -> bool;
    /// Threads that a run of a model has that nobody has tuned.
    fn threads(&self) -> usize;
    /// A model, loaded and warm, as the station would run it behind this camera for such a view.
    fn scorer(
        &self,
        bundle: &Bundle,
        camera: u8,
        place: &ViewPlace,
    ) -> Result<Box<dyn Scorer>, Error>;
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeachingError {
    /// There is no such thing.
    NotFound(String),
    /// Somebody else is at it, or it is there already.
    Conflict(String),
    /// Expected and found.
    Invalid(String),
    /// The disk said no.
    Storage(String),
    /// The disk has no room.
    Full(String),
    /// The system has no more threads.
    Internal(String),
    /// An uploaded file is not taken.
    Refused(FileRefused),
}

impl TeachingError {
    pub(super) fn of_disk(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                TeachingError::Full(error.to_string())
            }
            _ => TeachingError::Storage(error.to_string()),
        }
    }
}

/// Where the images come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The next parts that pass.
    Line,
    /// Passes whose pictures are stored.
    History,
}

/// A lesson to begin.
#[derive(Clone, Debug)]
pub struct NewLesson {
    /// Name of the camera.
    pub camera: String,
    /// Only parts of this style.
    pub style: Option<String>,
    /// Only parts that pass.
    pub only_passes: bool,
    /// Who begins it, for the log.
    pub author: String,
    /// How many images.
    pub wanted: u32,
    /// From where; nothing is collected yet where images will be uploaded.
    pub source: Option<Source>,
}

/// What is done while a model is made, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StudyStage {
    /// Images are read.
    Reading,
    /// They become features.
    Features,
    /// Memories are weighed on held-out images.
    Weighing,
    /// Held-out images are scored.
    Scoring,
    /// The bundle is written and accepted.
    Accepting,
    /// It is tried on parts that were rejected before.
    Trying,
}

/// How far teaching has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Study {
    /// What is being done.
    pub stage: StudyStage,
    /// Steps done of `total`.
    pub done: u64,
    /// Steps of this stage.
    pub total: u64,
}

impl Study {
    pub(super) fn at(stage: StudyStage, done: usize, total: usize) -> Self {
        Self {
            stage,
            done: done as u64,
            total: total as u64,
        }
    }
}

/// What a page shows.
#[derive(Clone, Debug)]
pub struct Shown {
    /// `None` before the first one.
    pub lesson: Option<Lesson>,
    /// While a model is made.
    pub study: Option<Study>,
    /// Images that found no room in this capture.
    pub dropped: u64,
    /// Whether the lesson's camera is connected.
    pub is_connected: bool,
    /// Of the lesson's camera's frames.
    pub shape: Option<FrameShape>,
}

pub(super) fn checked_name(name: &str) -> Result<&str, TeachingError> {
    name::file_name(name)
        .map_err(|error| TeachingError::Invalid(format!("the model's name {name:?} {error}")))
}

pub(super) fn checked_author(author: &str) -> Result<String, TeachingError> {
    let author = name::visible(author.trim(), AUTHOR_BYTES_MAX)
        .map_err(|error| TeachingError::Invalid(format!("the author's name {author:?} {error}")))?;
    Ok(author.to_owned())
}

pub(super) fn checked_wanted(wanted: u32) -> Result<u32, TeachingError> {
    let (least, most) = (WANTED.start(), WANTED.end());
    if WANTED.contains(&wanted) {
        return Ok(wanted);
    }
    Err(TeachingError::Invalid(format!(
        "expected {least} to {most} images, found {wanted}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path_error::At;
    use std::path::Path;

    #[test]
    fn a_full_disk_stays_a_full_disk_with_its_path() {
        let of = |kind: io::ErrorKind| {
            let written: io::Result<()> = Err(kind.into());
            let error = written.at("write", Path::new("teaching/0001.png"));
            TeachingError::of_disk(&error.expect_err("an error").into())
        };
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded] {
            let TeachingError::Full(message) = of(kind) else {
                panic!("{kind:?} is lost");
            };
            assert!(message.contains("teaching/0001.png"), "{message}");
        }
        let other = of(io::ErrorKind::PermissionDenied);
        assert!(matches!(other, TeachingError::Storage(_)), "{other:?}");
    }
}
