//! `model.toml`: what a model takes, what it gives and where it comes from. `docs/ref/bundles.md`
//! explains every key. The threshold is never here: the recipe owns it.

use crate::image::Channels;
use std::ops::RangeInclusive;

pub use super::tables::Problem;

pub mod align;
pub mod place;
mod read;
mod text;

pub use self::place::{Place, PlaceError};

/// Widest and highest input taken, in pixels.
pub const SIDE_MAX: u32 = 4096;
/// Most classes a model may score.
pub const CLASSES_MAX: usize = 1024;
/// Longest name of a bundle, a class, an input or an output, in bytes.
pub const NAME_BYTES_MAX: usize = 64;
/// How many reference images a bundle has, where it has any.
pub const REFERENCE_COUNT: RangeInclusive<usize> = 3..=20;

/// Whether a text can be the name of a bundle, a class, an input or an output.
pub(crate) fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= NAME_BYTES_MAX && !text.chars().any(char::is_control)
}

/// A checked `model.toml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The bundle's own name.
    pub name: String,
    /// What kind of answer the model gives.
    pub task: Task,
    /// SHA-256 of `model.onnx`, lower-case hexadecimal.
    pub sha256: String,
    /// What goes in.
    pub input: Input,
    /// What comes out.
    pub output: Output,
    /// Where in the frame it learnt to look; `None` where it does not say, as models from elsewhere.
    pub place: Option<Place>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Images with the answers that it must give; without them it cannot be accepted.
    pub references: Option<References>,
}

/// What kind of answer a model gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// How unlike a good part the image is, with or without a map of where; exactly one class.
    Anomaly,
    /// Which places belong to which class: one map per class, or boxes with masks.
    Segment,
    /// Boxes, each with a class.
    Detect,
    /// A class of the whole image.
    Classify,
}

impl Task {
    /// As written in `model.toml`.
    pub const fn name(self) -> &'static str {
        match self {
            Task::Anomaly => "anomaly",
            Task::Segment => "segment",
            Task::Detect => "detect",
            Task::Classify => "classify",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Task::Anomaly, Task::Segment, Task::Detect, Task::Classify];
        all.into_iter().find(|task| task.name() == name)
    }
}

/// The model's one input: an `f32` tensor 1 × channels × height × width.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Name in the graph.
    pub name: String,
    /// Pixels a row; 8 to [`SIDE_MAX`].
    pub width: u32,
    /// Rows; 8 to [`SIDE_MAX`].
    pub height: u32,
    /// Colour channels of the tensor, which are also those of the images that are taken.
    pub channels: Channels,
    /// How an image of another aspect is brought in.
    pub fit: Fit,
    /// How an image of another size is brought to this one.
    pub resize: Resize,
    /// A value is `(pixel / scale - mean[c]) / std[c]`, with pixels from 0 to 255.
    pub scale: f32,
    /// One per channel.
    pub mean: Vec<f32>,
    /// One per channel, above 0.
    pub std: Vec<f32>,
}

impl Input {
    /// Gain and offset of a channel: a value is `gain · pixel + offset`, with pixels from 0 to 255.
    ///
    /// # Panics
    /// When there is no such channel.
    pub fn gain_and_offset(&self, channel: usize) -> (f32, f32) {
        let (mean, std) = (self.mean[channel], self.std[channel]);
        (1.0 / (self.scale * std), -mean / std)
    }
}

/// How an image of another aspect is brought into the input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fit {
    /// All of it, whatever its aspect.
    Stretch,
    /// All of it with its aspect kept, in the middle; the rest has this grey level, 0 to 255.
    Letterbox {
        /// Of the rest.
        pad: f32,
    },
    /// Its middle: as much of the shorter side as this share, above 0 and at most 1, fills the input.
    Crop {
        /// Of the shorter side.
        share: f32,
    },
}

/// How an image is resized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resize {
    /// Each cell is the mean of the source area it covers.
    Area,
    /// Each cell lies between the four nearest pixels, rounded to a grey level, as OpenCV's `INTER_LINEAR`;
    /// pixels may be skipped.
    Linear,
    /// A triangle as wide as two cells (or two pixels, where it enlarges), as torchvision's antialiased
    /// `bilinear` on tensors.
    Triangle,
    /// The same with each row, then each column rounded to grey levels, as Pillow's `BILINEAR` and torchvision
    /// on Pillow's images.
    Pillow,
}

/// What is read of the graph's outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Name in the graph.
    pub name: String,
    /// What it is.
    pub kind: OutputKind,
    /// What is still to be done to the values.
    pub activation: Activation,
    /// Values that stand for scores of 0 and 1, where the graph gives others; what lies beyond is cut. The first is the
    /// higher one where high values stand for good parts. `[1, 0]` only turns scores round, and cuts nothing.
    pub range: Option<[f32; 2]>,
    /// Names of what is scored, in order.
    pub classes: Vec<String>,
    /// Those of them that are no defect.
    pub good: Vec<String>,
}

impl Output {
    /// Whether a class is a defect.
    pub fn is_defect(&self, class: usize) -> bool {
        self.classes
            .get(class)
            .is_some_and(|name| !self.good.contains(name))
    }
}

/// What an output is, always `f32`.
#[derive(Clone, Debug, PartialEq)]
pub enum OutputKind {
    /// 1 × classes × h × w, h and w being the model's own.
    ScoreMap {
        /// An output of one value that is the score of the image; else it is the largest of the map.
        score: Option<String>,
    },
    /// One value, the score of the image.
    Score,
    /// Boxes with their classes, found in the image.
    Boxes {
        /// How they are written.
        layout: BoxLayout,
        /// An output 1 × m × h × w, of which each box has m coefficients: together they make its mask.
        masks: Option<String>,
        /// From this overlap (intersection over union) on the weaker of two boxes of a class is dropped.
        iou: f32,
    },
    /// 1 × classes.
    ClassScores,
}

impl OutputKind {
    /// As written in `model.toml`.
    pub const fn name(&self) -> &'static str {
        match self {
            OutputKind::ScoreMap { .. } => "score-map",
            OutputKind::Score => "score",
            OutputKind::Boxes { .. } => "boxes",
            OutputKind::ClassScores => "class-scores",
        }
    }

    /// Name in the graph of a second output that is read.
    pub(crate) fn second_mut(&mut self) -> Option<&mut String> {
        match self {
            OutputKind::ScoreMap { score: second } | OutputKind::Boxes { masks: second, .. } => {
                second.as_mut()
            }
            OutputKind::Score | OutputKind::ClassScores => None,
        }
    }
}

/// How boxes are written, in pixels of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoxLayout {
    /// 1 × (4 + classes + m) × n: centre x, centre y, width, height, a score per class, coefficients.
    Centre,
    /// As `Centre`, with the angle in radians at the end.
    Turned,
    /// 1 × n × (6 + m): left, top, right, bottom, score, class, coefficients; nothing overlaps any more.
    Corners,
    /// 1 × n × 7: centre x, centre y, width, height, score, class, angle in radians; nothing overlaps any more.
    TurnedFinal,
}

impl BoxLayout {
    /// As written in `model.toml`.
    pub const fn name(self) -> &'static str {
        match self {
            BoxLayout::Centre => "centre",
            BoxLayout::Turned => "turned",
            BoxLayout::Corners => "corners",
            BoxLayout::TurnedFinal => "turned-final",
        }
    }
}

/// What turns the graph's output into scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing: the graph gives scores.
    None,
    /// 1 / (1 + e⁻ˣ), done here: the graph gives logits.
    Sigmoid,
    /// eˣ / Σ eˣ over the classes, done here: the graph gives logits.
    Softmax,
}

impl Activation {
    /// As written in `model.toml`.
    pub const fn name(self) -> &'static str {
        match self {
            Activation::None => "none",
            Activation::Sigmoid => "sigmoid",
            Activation::Softmax => "softmax",
        }
    }
}

/// The reference images in the folder `references`.
#[derive(Clone, Debug, PartialEq)]
pub struct References {
    /// How many images, see [`REFERENCE_COUNT`].
    pub count: u32,
    /// Of all their files.
    pub sha256: String,
    /// How far a cell of a map may be off.
    pub tolerance: f32,
    /// What gave the answers.
    pub made_by: String,
}

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Program and version, or person.
    pub made_by: String,
    /// Which images it learnt from, in words.
    pub trained_on: String,
    /// SPDX expression, or a description.
    pub licence: String,
    /// Day on which it was made, `YYYY-MM-DD`.
    pub created: String,
}
