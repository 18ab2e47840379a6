//! What the API says of a lesson, and what it is asked to do with one.

use super::dto::{Lesson, Place, Study};
use super::text::{Name, Person, Reason};
use crate::control::teaching::asked::{Shown, Source};
use crate::control::teaching::lesson::{DEFECTS, WANTED};
use crate::control::teaching::picture::file_bytes_max;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the page opens with.
const WANTED_FIRST: u32 = 30;

/// What files can be uploaded into the lesson.
#[derive(Serialize, ToSchema)]
pub struct FilesTaken {
    /// Pixels a row, as the camera gives.
    pub width: u32,
    /// Rows of the camera's frames.
    pub height: u32,
    /// PFNC name: Mono8 or RGB8.
    pub pixel_format: String,
    /// Bytes of the largest file.
    pub bytes_max: u64,
}

/// The lesson and what goes on.
#[derive(Serialize, ToSchema)]
pub struct TeachingStatus {
    /// The lesson, if there is one.
    #[schema(required)]
    pub lesson: Option<Lesson>,
    /// While a model is made.
    #[schema(required)]
    pub study: Option<Study>,
    /// Images of this capture that found no room in the queue, because the disk was slow.
    pub images_dropped: u64,
    /// Whether the lesson's camera is connected.
    pub is_connected: bool,
    /// What files it takes, where there is a lesson.
    #[schema(required)]
    pub files: Option<FilesTaken>,
    /// Fewest images of defects that teaching uses.
    pub defects_min: u32,
    /// Most images of defects of a lesson.
    pub defects_max: u32,
    /// Fewest images of a lesson.
    pub images_min: u32,
    /// Most images of a lesson.
    pub images_max: u32,
    /// What is sensible.
    pub images_first: u32,
}

impl From<Shown> for TeachingStatus {
    fn from(shown: Shown) -> Self {
        Self {
            lesson: shown.lesson.map(Into::into),
            study: shown.study.map(Into::into),
            images_dropped: shown.dropped,
            is_connected: shown.is_connected,
            files: shown.shape.map(|shape| FilesTaken {
                width: shape.width,
                height: shape.height,
                pixel_format: shape.pixel_format.name().to_owned(),
                bytes_max: file_bytes_max(shape),
            }),
            defects_min: *DEFECTS.start(),
            defects_max: *DEFECTS.end(),
            images_min: *WANTED.start(),
            images_max: *WANTED.end(),
            images_first: WANTED_FIRST,
        }
    }
}

/// Where images come from.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceName {
    /// The next parts.
    Line,
    /// Passes whose pictures are stored, the newest first.
    History,
}

impl From<SourceName> for Source {
    fn from(name: SourceName) -> Self {
        match name {
            SourceName::Line => Source::Line,
            SourceName::History => Source::History,
        }
    }
}

/// A lesson to begin.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LessonBegun {
    /// Name of the camera.
    pub camera: Name,
    /// Only parts of this style; null takes any.
    #[schema(required)]
    pub style: Option<Name>,
    /// Whether only parts are taken whose view passed.
    pub only_passes: bool,
    /// Who does it, for the log: only where the station has no accounts.
    pub author: Option<Person>,
    /// How many images.
    pub wanted: u32,
    /// From where; null collects nothing yet, as where images will be uploaded.
    #[schema(required)]
    pub source: Option<SourceName>,
}

/// More images for a lesson.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoreImages {
    /// Id of the lesson that is meant.
    pub lesson: i64,
    /// Who does it, for the log: only where the station has no accounts.
    pub author: Option<Person>,
    /// How many images there shall be in all.
    pub wanted: u32,
    /// Where the images come from.
    pub source: SourceName,
}

/// Rejected parts of the history, as images of defects.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectsWanted {
    /// For which lesson.
    pub lesson: i64,
    /// Who does it, for the log: only where the station has no accounts.
    pub author: Option<Person>,
    /// How many at most.
    pub count: u32,
}

/// A model to make.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelWanted {
    /// Of which lesson.
    pub lesson: i64,
    /// Its name: letters, digits, '-', '_' and '.'.
    pub name: Name,
    /// Who does it, for the log: only where the station has no accounts.
    pub author: Option<Person>,
    /// Whether images that are unlike all the others are learnt from, too. Otherwise they are left out.
    #[serde(default)]
    pub keeps_odd: bool,
    /// Where in the camera's frames it looks; null, or left out, is all of them.
    #[serde(default)]
    #[schema(required = false)]
    pub place: Option<Place>,
}

/// Which lesson is meant, so that nobody stops or discards another one.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LessonMeant {
    /// Id of the lesson that is meant.
    pub lesson: i64,
}

/// The taught model to be used.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaughtUse {
    /// Of which lesson.
    pub lesson: i64,
    /// For parts of this style.
    pub style: Name,
    /// The newest version of its recipe; 0 when it has none yet.
    pub based_on: u32,
    /// From here on it fails.
    pub reject_above: f32,
    /// Below it passes.
    pub accept_below: f32,
    /// Who does it, for the log: only where the station has no accounts.
    pub author: Option<Person>,
    /// Why, for the log.
    pub reason: Reason,
}
