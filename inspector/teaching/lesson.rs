//! What is being taught: the images of good parts collected so far, and what was made of them. It is
//! kept as `lesson.json` beside the images, so that it outlives the station's run.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Fewest and most images that are collected for one lesson.
pub const WANTED: std::ops::RangeInclusive<u32> = 10..=50;

/// How far a lesson is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Images are copied as parts pass.
    Capturing,
    /// There are images; nothing goes on.
    Collected,
    /// A model is being made.
    Teaching,
    /// There is a model.
    Taught,
}

/// What a person should know about how the last step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
}

/// See [`NoteKind`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Note {
    /// What happened.
    pub kind: NoteKind,
    /// Which step.
    pub phase: Phase,
    /// In the station's own words, where there are any.
    pub message: String,
}

/// One image of a good part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GoodImage {
    /// Number of the image in this lesson; never used twice.
    pub n: u32,
    /// The part.
    pub part_id: String,
    /// What it is.
    #[schema(required)]
    pub style: Option<String>,
    /// When it was copied, or its part triggered.
    pub at_us: i64,
    /// Whether the model that runs now passed it. If not, a person should look at it twice.
    pub is_passed: bool,
}

/// A part that the station rejected before, and what the taught model says of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RejectScore {
    /// Its result.
    pub id: i64,
    /// Index of the view.
    pub view: u8,
    /// The part.
    pub part_id: String,
    /// 0 to 1.
    pub score: f64,
}

/// A good image, and what a model says of it that had not seen it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HeldOut {
    /// Number of the image.
    pub n: u32,
    /// 0 to 1.
    pub score: f64,
}

/// What was taught, for the person who decides about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TaughtModel {
    /// Name of the model.
    pub name: String,
    /// SHA-256 of its graph, in hex.
    pub sha256: String,
    /// Id of its acceptance on this machine.
    pub acceptance: String,
    /// Who had it taught.
    pub author: String,
    /// When it was done.
    pub at_us: i64,
    /// How long it took.
    pub seconds: f64,
    /// Size of the graph.
    pub bytes: u64,
    /// Features remembered.
    pub remembered: u64,
    /// Score of each good image by a model that had not seen it.
    pub held_out: Vec<HeldOut>,
    /// Proposed: scores at or above it are rejected.
    pub threshold: f64,
    /// The share of good parts that the proposal aims to reject.
    pub target: f64,
    /// How many of the good images it rejects.
    pub rejected: u32,
    /// With 95 % confidence it rejects at most this share of good parts.
    pub at_most: f64,
    /// Good images, none rejected, that would show the target.
    pub images_needed: u32,
    /// Good images, none rejected, that would show at most 5 %.
    pub images_needed_for_5: u32,
    /// One run as the station does it, median.
    pub run_us: u64,
    /// Parts that the station rejected before, newest first.
    pub rejects: Vec<RejectScore>,
    /// Styles that use it since, as `style version`.
    pub used_by: Vec<String>,
}

/// One camera's good parts and what was made of them. There is one lesson at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
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
    /// Oldest first.
    pub images: Vec<GoodImage>,
    /// Images ever taken in, those thrown out included.
    pub numbered: u32,
    /// The newest model made of it.
    #[schema(required)]
    pub taught: Option<TaughtModel>,
}

impl Lesson {
    /// Ends the step that goes on.
    pub(super) fn settle(&mut self, note: Option<Note>) {
        self.phase = match self.taught {
            Some(_) => Phase::Taught,
            None => Phase::Collected,
        };
        self.note = note;
    }

    /// After a restart: nothing goes on any more, and a person is told.
    pub(super) fn found_again(&mut self) {
        if matches!(self.phase, Phase::Capturing | Phase::Teaching) {
            let phase = self.phase;
            self.settle(Some(Note {
                kind: NoteKind::Restarted,
                phase,
                message: String::new(),
            }));
        }
    }
}
