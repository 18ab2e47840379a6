//! `model.toml`: what a model takes, what it gives and where it comes from. `docs/bundles.md`
//! explains every key. The threshold is never here: the recipe owns it.

use crate::references::COUNT;
use crate::tables::{Problems, Table, number};
use toml::de::{DeTable, DeValue};

pub use crate::tables::Problem;

mod text;

/// Widest and highest input taken, in pixels.
pub const SIDE_MAX: u32 = 4096;
/// Most classes a model may score.
pub const CLASSES_MAX: usize = 64;
/// Longest name of a bundle, a class, an input or an output, in bytes.
pub const NAME_BYTES_MAX: usize = 64;
const TEXT_BYTES_MAX: usize = 4096;

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
    /// Where it comes from.
    pub provenance: Provenance,
    /// Images with the answers that it must give; without them it cannot be accepted.
    pub references: Option<References>,
}

/// What kind of answer a model gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// One map per class of defect.
    Segment,
    /// One map that says how unlike a good part each place is; exactly one class.
    AnomalyMap,
}

impl Task {
    /// As written in `model.toml`.
    pub const fn name(self) -> &'static str {
        match self {
            Task::Segment => "segment",
            Task::AnomalyMap => "anomaly-map",
        }
    }
}

/// Colour channels of an image or an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// One byte a pixel.
    Mono,
    /// Red, green, blue, in this order.
    Rgb,
}

impl Channels {
    /// 1 or 3.
    pub const fn count(self) -> usize {
        match self {
            Channels::Mono => 1,
            Channels::Rgb => 3,
        }
    }

    /// As written in `model.toml`.
    pub const fn name(self) -> &'static str {
        match self {
            Channels::Mono => "Mono",
            Channels::Rgb => "RGB",
        }
    }
}

/// The model's one input: an `f32` tensor 1 × channels × height × width.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Name in the graph.
    pub name: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Colour channels.
    pub channels: Channels,
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

/// The output that is read: an `f32` tensor 1 × classes × h × w, h and w being the model's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Name in the graph.
    pub name: String,
    /// What is still to be done to the values.
    pub activation: Activation,
    /// Name of each channel of the map, in order.
    pub classes: Vec<String>,
}

/// What turns the graph's output into scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing: the graph gives scores from 0 to 1.
    None,
    /// 1 / (1 + e⁻ˣ), done here: the graph gives logits.
    Sigmoid,
}

/// The reference images in the folder `references`.
#[derive(Clone, Debug, PartialEq)]
pub struct References {
    /// How many.
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
    /// Which images.
    pub trained_on: String,
    /// SPDX expression, or a description.
    pub licence: String,
    /// `YYYY-MM-DD`.
    pub created: String,
}

impl Manifest {
    /// Reads the text of a `model.toml`.
    ///
    /// # Errors
    /// Every problem at once, by line: bad TOML, missing and unknown keys, values out of range.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::new(text);
        let (document, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            for error in errors {
                problems.at(
                    error.span().map_or(0, |span| span.start),
                    error.message().to_owned(),
                );
            }
            return Err(problems.into_sorted());
        }
        let manifest = read(Table::document(&document), &mut problems);
        let found = problems.into_sorted();
        manifest.filter(|_| found.is_empty()).ok_or(found)
    }
}

fn read(mut root: Table, problems: &mut Problems) -> Option<Manifest> {
    let name = root.string("name", NAME_EXPECTED, problems, name);
    let task = root.string(
        "task",
        "\"segment\" or \"anomaly-map\"",
        problems,
        |text| match text {
            "segment" => Some(Task::Segment),
            "anomaly-map" => Some(Task::AnomalyMap),
            _ => None,
        },
    );
    let sha256 = root.string("sha256", SHA256_EXPECTED, problems, sha256);
    let input = input(root.table("input", problems), problems);
    let output = output(root.table("output", problems), task, problems);
    let provenance = provenance(root.table("provenance", problems), problems);
    let references = match root.optional_table("references", problems) {
        Some(table) => references(table, problems).map(Some),
        None => Some(None),
    };
    root.finish(problems);
    Some(Manifest {
        name: name?,
        task: task?,
        sha256: sha256?,
        input: input?,
        output: output?,
        provenance: provenance?,
        references: references?,
    })
}

fn input(mut table: Table, problems: &mut Problems) -> Option<Input> {
    let name = table.string("name", NAME_EXPECTED, problems, name);
    let width = table.integer("width", 8..=SIDE_MAX, problems);
    let height = table.integer("height", 8..=SIDE_MAX, problems);
    let channels = table.string(
        "channels",
        "\"RGB\" or \"Mono\"",
        problems,
        |text| match text {
            "RGB" => Some(Channels::Rgb),
            "Mono" => Some(Channels::Mono),
            _ => None,
        },
    );
    table.string("layout", "\"NCHW\"", problems, |text| {
        (text == "NCHW").then_some(())
    });
    table.string("dtype", "\"f32\"", problems, |text| {
        (text == "f32").then_some(())
    });
    let scale = table.positive("scale", problems);
    let mean = table.list("mean", "one number per channel", problems, number);
    let std = table.list("std", "one number above 0 per channel", problems, |value| {
        number(value).filter(|number| *number > 0.0)
    });
    if let Some(channels) = channels {
        for (key, list) in [("mean", &mean), ("std", &std)] {
            if let Some((start, list)) = list
                && list.len() != channels.count()
            {
                let expected = channels.count();
                let message = format!(
                    "expected {expected} numbers because channels is \"{}\", found {}",
                    channels.name(),
                    list.len()
                );
                table.problem(key, *start, &message, problems);
            }
        }
    }
    table.finish(problems);
    Some(Input {
        name: name?,
        width: width?,
        height: height?,
        channels: channels?,
        scale: scale?,
        mean: mean?.1,
        std: std?.1,
    })
}

fn output(mut table: Table, task: Option<Task>, problems: &mut Problems) -> Option<Output> {
    let output_name = table.string("name", NAME_EXPECTED, problems, name);
    table.string("kind", "\"score-map\"", problems, |text| {
        (text == "score-map").then_some(())
    });
    let activation =
        table.string(
            "activation",
            "\"none\" or \"sigmoid\"",
            problems,
            |text| match text {
                "none" => Some(Activation::None),
                "sigmoid" => Some(Activation::Sigmoid),
                _ => None,
            },
        );
    let expected = "a list of names of 1 to 64 bytes";
    let classes = table.list("classes", expected, problems, |value| match value {
        DeValue::String(text) => name(text),
        _ => None,
    });
    if let Some((start, classes)) = &classes {
        let count = classes.len();
        if !(1..=CLASSES_MAX).contains(&count) {
            let message = format!("expected 1 to {CLASSES_MAX} classes, found {count}");
            table.problem("classes", *start, &message, problems);
        } else if task == Some(Task::AnomalyMap) && count != 1 {
            let message =
                format!("expected 1 class because task is \"anomaly-map\", found {count}");
            table.problem("classes", *start, &message, problems);
        }
        for (index, class) in classes.iter().enumerate() {
            if classes[..index].contains(class) {
                table.problem(
                    "classes",
                    *start,
                    &format!("\"{class}\" is there twice"),
                    problems,
                );
            }
        }
    }
    table.finish(problems);
    Some(Output {
        name: output_name?,
        activation: activation?,
        classes: classes?.1,
    })
}

fn provenance(mut table: Table, problems: &mut Problems) -> Option<Provenance> {
    let mut text = |key, problems: &mut Problems| {
        table.string(key, "a text that says so", problems, |text| {
            let is_sensible = !text.trim().is_empty() && text.len() <= TEXT_BYTES_MAX;
            is_sensible.then(|| text.to_owned())
        })
    };
    let made_by = text("made_by", problems);
    let trained_on = text("trained_on", problems);
    let licence = text("licence", problems);
    let created = table.string("created", "a date \"YYYY-MM-DD\"", problems, date);
    table.finish(problems);
    Some(Provenance {
        made_by: made_by?,
        trained_on: trained_on?,
        licence: licence?,
        created: created?,
    })
}

fn references(mut table: Table, problems: &mut Problems) -> Option<References> {
    let (least, most) = (*COUNT.start() as u32, *COUNT.end() as u32);
    let count = table.integer("count", least..=most, problems);
    let sha256 = table.string("sha256", SHA256_EXPECTED, problems, sha256);
    let tolerance = table.positive("tolerance", problems);
    let made_by = table.string("made_by", "a text that says so", problems, name);
    table.finish(problems);
    Some(References {
        count: count?,
        sha256: sha256?,
        tolerance: tolerance?,
        made_by: made_by?,
    })
}

const SHA256_EXPECTED: &str = "64 lower-case hexadecimal digits";

fn sha256(text: &str) -> Option<String> {
    let is_hex = text
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (text.len() == 64 && is_hex).then(|| text.to_owned())
}

const NAME_EXPECTED: &str = "a name of 1 to 64 bytes";

fn name(text: &str) -> Option<String> {
    let is_sensible = !text.trim().is_empty()
        && text.len() <= NAME_BYTES_MAX
        && !text.chars().any(char::is_control);
    is_sensible.then(|| text.to_owned())
}

fn date(text: &str) -> Option<String> {
    let is_date = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let within = |range: std::ops::Range<usize>, max: u8| {
        text.get(range)
            .and_then(|digits| digits.parse().ok())
            .is_some_and(|n: u8| n >= 1 && n <= max)
    };
    (is_date && within(5..7, 12) && within(8..10, 31)).then(|| text.to_owned())
}
