//! What the person who imports a model says of it.

use crate::bundle::manifest::{Activation, Fit, Resize, Task};

/// What the person who imports a model says of it; `None` where nothing was said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// What kind of answer it gives.
    pub task: Option<Task>,
    /// Which output is read.
    pub output: Option<String>,
    /// Names of the classes, in the graph's order.
    pub classes: Option<Vec<String>>,
    /// Those that are no defect.
    pub good: Option<Vec<String>>,
    /// What a high value of a single score means.
    pub high_is: Option<HighIs>,
    /// How boxes are written, whatever the file and its shapes look like.
    pub layout: Option<Layout>,
    /// Order of the channels.
    pub colour: Option<Colour>,
    /// A value is `(pixel / scale - mean) / std`.
    pub normalisation: Option<Normalisation>,
    /// Width and height of the input, where the graph leaves them free.
    pub size: Option<(u32, u32)>,
    /// How an image of another aspect is brought in.
    pub fit: Option<Fit>,
    /// How an image is resized.
    pub resize: Option<Resize>,
    /// What turns the output into scores.
    pub activation: Option<Activation>,
    /// Scores that stand for 0 and 1.
    pub range: Option<[f32; 2]>,
    /// Overlap from which on the weaker of two boxes is dropped.
    pub iou: Option<f32>,
    /// Colour, values, fit and resizing as a tool has them, where nothing else is said.
    pub preset: Option<Preset>,
}

/// Order of the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Red first, as Pillow has it.
    Rgb,
    /// Blue first, as OpenCV has it.
    Bgr,
    /// One channel: grey images.
    Mono,
}

/// Which end of a single score is the defect. A graph does not tell: Keras, for one, gives 1 to whichever class comes
/// last in the alphabet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HighIs {
    /// High values stand for good parts; scores are turned round.
    Good,
    /// High values stand for defects, as the station has it.
    Defect,
}

/// How a graph writes boxes. `n` boxes; sides in pixels of the input unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// 1 × (4 + classes) × n: centre, size, a score per class (YOLOv8, YOLO11).
    Centre,
    /// 1 × n × (4 + classes): the same transposed, one box a row.
    Rows,
    /// 1 × n × 6: left, top, right, bottom, score, class (YOLOv10, YOLO26, any YOLO with `nms=True`).
    Corners,
    /// 1 × n × (4 + classes): centre and size as shares of the image, a score per class (RT-DETR).
    Shares,
    /// 1 × n × 6: centre and size as shares of the image, score, class (RT-DETR by Ultralytics 8.4 and newer).
    SharesFinal,
    /// 1 × n × (5 + classes): centre, size, objectness, a score per class (YOLOv5, YOLOv7).
    Objectness,
    /// 1 × (5 + classes) × n: centre, size, a score per class, angle (YOLO obb).
    Turned,
    /// 1 × n × 7: centre, size, score, class, angle (YOLO26 obb).
    TurnedFinal,
}

impl Layout {
    /// Every layout, the commonest first.
    pub const ALL: [Layout; 8] = [
        Layout::Centre,
        Layout::Rows,
        Layout::Corners,
        Layout::Shares,
        Layout::SharesFinal,
        Layout::Objectness,
        Layout::Turned,
        Layout::TurnedFinal,
    ];

    /// As said on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Layout::Centre => "centre",
            Layout::Rows => "rows",
            Layout::Corners => "corners",
            Layout::Shares => "shares",
            Layout::SharesFinal => "shares-final",
            Layout::Objectness => "objectness",
            Layout::Turned => "turned",
            Layout::TurnedFinal => "turned-final",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.name() == name)
    }
}

/// A value is `(pixel / scale - mean) / std`, pixel being 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalisation {
    /// What a pixel is divided by first; above 0.
    pub scale: f32,
    /// Red, green, blue.
    pub mean: [f32; 3],
    /// Red, green, blue; each above 0.
    pub std: [f32; 3],
}

impl Normalisation {
    /// Values from 0 to 1.
    pub const UNIT: Self = Self {
        scale: 255.0,
        mean: [0.0; 3],
        std: [1.0; 3],
    };
    /// Values from 0 to 255.
    pub const BYTES: Self = Self {
        scale: 1.0,
        mean: [0.0; 3],
        std: [1.0; 3],
    };
    /// Values from -1 to 1.
    pub const SYMMETRIC: Self = Self {
        scale: 255.0,
        mean: [0.5; 3],
        std: [0.5; 3],
    };
    /// Mean and deviation of ImageNet's images.
    pub const IMAGENET: Self = Self {
        scale: 255.0,
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
    };
}

/// How a tool prepares images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Ultralytics: values from 0 to 1, letterbox with grey 114, linear.
    Ultralytics,
    /// Ultralytics' classifiers: values from 0 to 1, the middle, triangle.
    UltralyticsClassify,
    /// Ultralytics' RT-DETR: values from 0 to 1, stretched, linear.
    UltralyticsRtDetr,
    /// Anomalib: values from 0 to 1, stretched, triangle; normalised within the graph.
    Anomalib,
    /// torchvision's classifiers: ImageNet's mean and deviation, 7/8 of the middle, triangle.
    Torchvision,
    /// RF-DETR: ImageNet's mean and deviation, stretched, triangle.
    RfDetr,
}

impl Preset {
    /// As said on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Preset::Ultralytics | Preset::UltralyticsClassify => "ultralytics",
            Preset::UltralyticsRtDetr => "rtdetr",
            Preset::Anomalib => "anomalib",
            Preset::Torchvision => "torchvision",
            Preset::RfDetr => "rfdetr",
        }
    }
}
