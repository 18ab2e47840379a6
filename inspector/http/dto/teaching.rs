//! What the API says of a lesson, and of files that are not taken into it.
//!
//! `lesson.json` has the same fields now; it is a file, and may change without the API.

use super::taught::TaughtModel;
use crate::control::teaching::{asked, lesson, picture};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an image of a lesson is to show.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImageKind {
    /// A good part.
    Good,
    /// A part with a true defect.
    Defect,
}

impl From<ImageKind> for lesson::ImageKind {
    fn from(found: ImageKind) -> Self {
        match found {
            ImageKind::Good => Self::Good,
            ImageKind::Defect => Self::Defect,
        }
    }
}

/// How far a lesson is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Images are copied as parts pass.
    Capturing,
    /// Images are copied from the station's history.
    Recalling,
    /// There are images; nothing goes on.
    Collected,
    /// A model is being made.
    Teaching,
    /// There is a model.
    Taught,
}

impl From<lesson::Phase> for Phase {
    fn from(found: lesson::Phase) -> Self {
        match found {
            lesson::Phase::Capturing => Self::Capturing,
            lesson::Phase::Recalling => Self::Recalling,
            lesson::Phase::Collected => Self::Collected,
            lesson::Phase::Teaching => Self::Teaching,
            lesson::Phase::Taught => Self::Taught,
        }
    }
}

/// What a person should know about how the last step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// Somebody stopped it.
    Stopped,
    /// The station was restarted, or the line ended, in the middle of it.
    Restarted,
    /// An image could not be written.
    Storage,
    /// Nothing was taught.
    Failed,
    /// The station's history holds fewer such images than were wanted.
    Few,
    /// The station's history holds no rejected part that is not here yet.
    NoDefects,
    /// The camera gave one black or plain frame after the other.
    NoContrast,
    /// The camera gave frames, one after the other, that are here already.
    Twice,
}

impl From<lesson::NoteKind> for NoteKind {
    fn from(found: lesson::NoteKind) -> Self {
        match found {
            lesson::NoteKind::Stopped => Self::Stopped,
            lesson::NoteKind::Restarted => Self::Restarted,
            lesson::NoteKind::Storage => Self::Storage,
            lesson::NoteKind::Failed => Self::Failed,
            lesson::NoteKind::Few => Self::Few,
            lesson::NoteKind::NoDefects => Self::NoDefects,
            lesson::NoteKind::NoContrast => Self::NoContrast,
            lesson::NoteKind::Twice => Self::Twice,
        }
    }
}

/// What a person should know of the last step.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Note {
    /// What happened, for programs.
    pub kind: NoteKind,
    /// The step in which it happened.
    pub phase: Phase,
    /// In the station's own words, where there are any.
    pub message: String,
}

impl From<lesson::Note> for Note {
    fn from(found: lesson::Note) -> Self {
        Self {
            kind: found.kind.into(),
            phase: found.phase.into(),
            message: found.message,
        }
    }
}

/// One image, of a part that was seen or of a file that was uploaded.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LessonImage {
    /// Number of the image in this lesson; never used twice.
    pub n: u32,
    /// The part, where the station saw it.
    #[schema(required)]
    pub part_id: Option<String>,
    /// Its result, where the station saw it.
    #[schema(required)]
    pub result: Option<i64>,
    /// Name of the file, where it was uploaded.
    #[schema(required)]
    pub file: Option<String>,
    /// SHA-256 of its pixels, in hex, so that none is taken twice; null in lessons of older versions.
    #[schema(required)]
    pub sha256: Option<String>,
    /// What it is.
    #[schema(required)]
    pub style: Option<String>,
    /// When it was copied or uploaded, or its part triggered.
    pub at_us: i64,
    /// Whether the model that ran then passed it; null where none saw it. If not, and it is to be a good
    /// part, a person should look at it twice.
    #[schema(required)]
    pub is_passed: Option<bool>,
}

impl From<lesson::LessonImage> for LessonImage {
    fn from(found: lesson::LessonImage) -> Self {
        Self {
            n: found.n,
            part_id: found.part_id,
            result: found.result,
            file: found.file,
            sha256: found.sha256,
            style: found.style,
            at_us: found.at_us,
            is_passed: found.is_passed,
        }
    }
}

/// One camera's images and what was made of them. There is one lesson at a time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Lesson {
    /// Tells lessons apart: when it began, microseconds since 1970.
    pub id: i64,
    /// Name of the camera.
    pub camera: String,
    /// Only parts of this style; null takes any.
    #[schema(required)]
    pub style: Option<String>,
    /// Whether only parts are taken whose view passed.
    pub only_passes: bool,
    /// Who began it, or went on with it.
    pub author: String,
    /// How many images are to be collected.
    pub wanted: u32,
    /// How far it is.
    pub phase: Phase,
    /// How the last step ended, where that is worth a word.
    #[schema(required)]
    pub note: Option<Note>,
    /// Of good parts, oldest first.
    pub images: Vec<LessonImage>,
    /// Of defects, oldest first.
    #[schema(required)]
    pub defects: Vec<LessonImage>,
    /// Results whose images were thrown out: they are not taken from the history again.
    #[schema(required)]
    pub thrown_out: Vec<i64>,
    /// Images ever taken in, those thrown out included.
    pub numbered: u32,
    /// The newest model made of it.
    #[schema(required)]
    pub taught: Option<TaughtModel>,
}

impl From<lesson::Lesson> for Lesson {
    fn from(found: lesson::Lesson) -> Self {
        Self {
            id: found.id,
            camera: found.camera,
            style: found.style,
            only_passes: found.only_passes,
            author: found.author,
            wanted: found.wanted,
            phase: found.phase.into(),
            note: found.note.map(Into::into),
            images: found.images.into_iter().map(Into::into).collect(),
            defects: found.defects.into_iter().map(Into::into).collect(),
            thrown_out: found.thrown_out,
            numbered: found.numbered,
            taught: found.taught.map(Into::into),
        }
    }
}

/// What is done while a model is made, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
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

impl From<asked::StudyStage> for StudyStage {
    fn from(found: asked::StudyStage) -> Self {
        match found {
            asked::StudyStage::Reading => Self::Reading,
            asked::StudyStage::Features => Self::Features,
            asked::StudyStage::Weighing => Self::Weighing,
            asked::StudyStage::Scoring => Self::Scoring,
            asked::StudyStage::Accepting => Self::Accepting,
            asked::StudyStage::Trying => Self::Trying,
        }
    }
}

/// How far teaching has come.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Study {
    /// What is being done.
    pub stage: StudyStage,
    /// Steps done of `total`.
    pub done: u64,
    /// Steps of this stage.
    pub total: u64,
}

impl From<asked::Study> for Study {
    fn from(found: asked::Study) -> Self {
        Self {
            stage: found.stage.into(),
            done: found.done,
            total: found.total,
        }
    }
}

/// Why a file is not taken into a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusedFor {
    /// It is not an image.
    NotAnImage,
    /// It is an image of a kind that is not read.
    Format,
    /// It is cut short or damaged.
    Damaged,
    /// It is not as large as the camera's frames.
    Size,
    /// Its channels are not those of the camera's frames.
    Channels,
    /// It shows nothing: it is black, or all of one brightness.
    NoContrast,
    /// The file has more bytes than any such image needs.
    TooManyBytes,
    /// The same image is here already.
    Twice,
    /// The lesson holds as many as it may.
    LessonFull,
    /// The disk did not take it.
    Storage,
}

impl From<picture::RefusedFor> for RefusedFor {
    fn from(found: picture::RefusedFor) -> Self {
        match found {
            picture::RefusedFor::NotAnImage => Self::NotAnImage,
            picture::RefusedFor::Format => Self::Format,
            picture::RefusedFor::Damaged => Self::Damaged,
            picture::RefusedFor::Size => Self::Size,
            picture::RefusedFor::Channels => Self::Channels,
            picture::RefusedFor::NoContrast => Self::NoContrast,
            picture::RefusedFor::TooManyBytes => Self::TooManyBytes,
            picture::RefusedFor::Twice => Self::Twice,
            picture::RefusedFor::LessonFull => Self::LessonFull,
            picture::RefusedFor::Storage => Self::Storage,
        }
    }
}

/// Why a file is not taken, with what was expected and found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FileRefused {
    /// Why, for programs.
    pub reason: RefusedFor,
    /// In figures and names that are alike in every language; may be empty.
    pub expected: String,
    /// What was found in its place.
    pub found: String,
}

impl From<picture::FileRefused> for FileRefused {
    fn from(found: picture::FileRefused) -> Self {
        Self {
            reason: found.reason.into(),
            expected: found.expected,
            found: found.found,
        }
    }
}
