//! What is being taught: the images collected so far, of good parts and of defects, and what was made of
//! them. It is kept as `lesson.json` beside the images, so that it outlives the station's run.

use super::evidence::Evidence;
use crate::station::place::ViewPlace;
use serde::{Deserialize, Serialize};

/// Fewest and most images of good parts that are collected for one lesson.
pub const WANTED: std::ops::RangeInclusive<u32> = 10..=50;
/// Fewest images of defects that teaching uses, and most that a lesson holds.
pub const DEFECTS: std::ops::RangeInclusive<u32> = models::teach::BAD_MIN as u32..=50;

/// What an image of a lesson is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageKind {
    /// A good part.
    Good,
    /// A part with a true defect.
    Defect,
}

impl ImageKind {
    /// Most images of this kind in one lesson.
    pub const fn images_max(self) -> u32 {
        match self {
            ImageKind::Good => *WANTED.end(),
            ImageKind::Defect => *DEFECTS.end(),
        }
    }
}

/// How far a lesson is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// What a person should know about how the last step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// What a person should know of the last step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What happened, for programs.
    pub kind: NoteKind,
    /// The step in which it happened.
    pub phase: Phase,
    /// In the station's own words, where there are any.
    pub message: String,
}

/// One image, of a part that was seen or of a file that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonImage {
    /// Number of the image in this lesson; never used twice.
    pub n: u32,
    /// The part, where the station saw it.
    pub part_id: Option<String>,
    /// Its result, where the station saw it.
    #[serde(default)]
    pub result: Option<i64>,
    /// Name of the file, where it was uploaded.
    #[serde(default)]
    pub file: Option<String>,
    /// SHA-256 of its pixels, in hex, so that none is taken twice; null in lessons of older versions.
    #[serde(default)]
    pub sha256: Option<String>,
    /// What it is.
    pub style: Option<String>,
    /// When it was copied or uploaded, or its part triggered.
    pub at_us: i64,
    /// Whether the model that ran then passed it; null where none saw it. If not, and it is to be a good
    /// part, a person should look at it twice.
    pub is_passed: Option<bool>,
}

/// A part that the station rejected before, and what the taught model says of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RejectScore {
    /// Row of its result in the log.
    pub id: i64,
    /// Index of the view.
    pub view: u8,
    /// As the line called the part.
    pub part_id: String,
    /// 0 to 1.
    pub score: f64,
}

/// A good image, and what a model says of it that had not seen it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// Number of the image.
    pub n: u32,
    /// 0 to 1.
    pub score: f64,
}

/// How well images that were held out are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToldApart {
    /// Area under the ROC curve, 0 to 1.
    pub auroc: f64,
    /// Defects that the threshold, chosen without them, rejects.
    pub caught: u32,
    /// Good images that it rejects.
    pub rejected: u32,
}

/// What the lesson's defects changed, told on images of both kinds that were held out, in at most five groups.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DefectsTold {
    /// How many good images were held out.
    pub good: u32,
    /// Images of defects.
    pub defects: u32,
    /// From good images alone.
    pub without: ToldApart,
    /// Taught from good images and defects.
    pub with: ToldApart,
    /// Whether the model uses them: only where more is found with them.
    pub is_used: bool,
}

/// How finely a model looks at images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    /// Width and height that its networks see of an image, one look each, the closest first.
    pub sizes: Vec<[u32; 2]>,
    /// The most that a run was allowed to take.
    pub budget_us: u64,
    /// What more time would buy. None where it buys nothing.
    pub closer: Option<CloserLook>,
}

/// A closer look, from which defects half as large are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloserLook {
    /// Width and height that the networks would see.
    pub size: [u32; 2],
    /// What a run would take.
    pub takes_us: u64,
}

/// What was taught, for the person who decides about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Where in the camera's frames it learnt to look.
    #[serde(default)]
    pub place: ViewPlace,
    /// Size of the graph.
    pub bytes: u64,
    /// Features that the memory keeps.
    pub remembered: u64,
    /// How finely it looks; none in lessons of older versions.
    #[serde(default)]
    pub sight: Option<Sight>,
    /// Score of each good image by a model that had not seen it.
    pub held_out: Vec<HeldOut>,
    /// Numbers of good images that are unlike all the others. Nothing was learnt from them.
    #[serde(default)]
    pub odd: Vec<u32>,
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
    /// Parts that the station rejected before, newest first, but for those that a person has looked at as
    /// defects of this lesson.
    pub rejects: Vec<RejectScore>,
    /// Numbers of the images of defects that there were.
    #[serde(default)]
    pub defects: Vec<u32>,
    /// What they changed; null where there were too few to use.
    #[serde(default)]
    pub told: Option<DefectsTold>,
    /// What is known of its thresholds; null in lessons of older versions.
    #[serde(default)]
    pub evidence: Option<Evidence>,
    /// Styles that use it since, as `style version`.
    pub used_by: Vec<String>,
}

/// One camera's images and what was made of them. There is one lesson at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lesson {
    /// Tells lessons apart: when it began, microseconds since 1970.
    pub id: i64,
    /// Name of the camera.
    pub camera: String,
    /// Only parts of this style; null takes any.
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
    pub note: Option<Note>,
    /// Of good parts, oldest first.
    pub images: Vec<LessonImage>,
    /// Of defects, oldest first.
    #[serde(default)]
    pub defects: Vec<LessonImage>,
    /// Results whose images were thrown out: they are not taken from the history again.
    #[serde(default)]
    pub thrown_out: Vec<i64>,
    /// Images ever taken in, those thrown out included.
    pub numbered: u32,
    /// Whether images that are unlike all the others are learnt from, too.
    #[serde(default)]
    pub keeps_odd: bool,
    /// Where in the camera's frames a model made of it looks.
    #[serde(default)]
    pub place: ViewPlace,
    /// The newest model made of it.
    pub taught: Option<TaughtModel>,
}

impl Lesson {
    /// The images of one kind.
    pub fn of(&self, kind: ImageKind) -> &[LessonImage] {
        match kind {
            ImageKind::Good => &self.images,
            ImageKind::Defect => &self.defects,
        }
    }

    pub(super) fn of_mut(&mut self, kind: ImageKind) -> &mut Vec<LessonImage> {
        match kind {
            ImageKind::Good => &mut self.images,
            ImageKind::Defect => &mut self.defects,
        }
    }

    /// Images of both kinds.
    pub fn all(&self) -> impl Iterator<Item = &LessonImage> {
        self.images.iter().chain(&self.defects)
    }

    /// The image of either kind with these pixels, by their SHA-256.
    pub(super) fn twin(&self, sha256: &str) -> Option<&LessonImage> {
        self.all()
            .find(|image| image.sha256.as_deref() == Some(sha256))
    }

    /// How many more images of a kind it may hold.
    pub fn room(&self, kind: ImageKind) -> usize {
        (kind.images_max() as usize).saturating_sub(self.of(kind).len())
    }

    /// Results that are here already, or that a person has thrown out.
    pub(super) fn known_results(&self) -> std::collections::BTreeSet<i64> {
        let here = self.all().filter_map(|image| image.result);
        here.chain(self.thrown_out.iter().copied()).collect()
    }

    /// Whether something goes on.
    pub fn is_at_work(&self) -> bool {
        match self.phase {
            Phase::Capturing | Phase::Recalling | Phase::Teaching => true,
            Phase::Collected | Phase::Taught => false,
        }
    }

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
        if self.is_at_work() {
            let phase = self.phase;
            self.settle(Some(Note {
                kind: NoteKind::Restarted,
                phase,
                message: String::new(),
            }));
        }
    }
}
