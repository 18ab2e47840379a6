//! A model from elsewhere made a bundle: recognised, mended where it must be, and never guessed about.

mod blur;
mod expectation;
mod external;
mod feeding;
mod meaning;
pub(crate) mod mend;
mod metadata;
mod plan;
mod recognise;
mod rewrite;

use crate::bundle::manifest::{Activation, Input, Output, Resize, Task};
use crate::bundle::{self, MODEL_BYTES_MAX};
use crate::onnx::{FLOAT, FLOAT16, Model, UINT8};
use crate::runtime::Runtime;
use crate::session::batch;
use mend::Front;
use prost::Message as _;
use recognise::{Facts, Port};
use rewrite::{Change, rewritten};
use std::fmt;
use std::path::Path;

pub use recognise::{Preset, Sureness};

/// Oldest and newest version of the standard operators taken.
const OPSETS: std::ops::RangeInclusive<i64> = 9..=26;
/// Sets of operators that ONNX Runtime has.
const DOMAINS: [&str; 4] = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft"];

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
    /// Order of the channels.
    pub colour: Option<Colour>,
    /// A value is `(pixel / scale - mean) / std`.
    pub normalisation: Option<Normalisation>,
    /// Width and height of the input, where the graph leaves them free.
    pub size: Option<(u32, u32)>,
    /// How an image of another aspect is brought in.
    pub fit: Option<crate::bundle::manifest::Fit>,
    /// How an image is resized.
    pub resize: Option<Resize>,
    /// What turns the output into scores.
    pub activation: Option<Activation>,
    /// Scores that stand for 0 and 1.
    pub range: Option<[f32; 2]>,
    /// Overlap from which on the weaker of two boxes is dropped.
    pub iou: Option<f32>,
    /// All of the above as a tool does it, where nothing else is said.
    pub preset: Option<Preset>,
}

/// Order of the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Red first.
    Rgb,
    /// Blue first, as OpenCV has it.
    Bgr,
    /// One channel.
    Mono,
}

/// A value is `(pixel / scale - mean) / std`, pixel being 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalisation {
    /// Above 0.
    pub scale: f32,
    /// Red, green, blue.
    pub mean: [f32; 3],
    /// Above 0.
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

/// A model that was understood.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What it is.
    pub what: String,
    /// How sure that is.
    pub sureness: Sureness,
    /// The graph with all its weights, as a file.
    pub model: Vec<u8>,
    /// For the manifest.
    pub task: Task,
    /// For the manifest.
    pub input: Input,
    /// For the manifest.
    pub output: Output,
    /// What was changed in the graph, in words.
    pub mended: Vec<String>,
    /// What should be known, in words.
    pub notes: Vec<String>,
    /// The program that wrote the file.
    pub made_by: String,
    /// What the file says of its licence.
    pub licence: Option<String>,
}

/// Understands a model's file.
///
/// # Errors
/// When the file is broken or hostile, is for something else, or leaves something open that was not said.
pub fn import(runtime: &Runtime, file: &Path, asked: &Asked) -> Result<Imported, ImportError> {
    let bytes = bundle::read(file, MODEL_BYTES_MAX)
        .map_err(|error| ImportError::File(error.to_string()))?;
    let mut model = parsed(&bytes)?;
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let weights = external::bring_in(&mut model, folder.unwrap_or(Path::new(".")))
        .map_err(ImportError::File)?;
    let mut mended: Vec<String> = weights
        .iter()
        .map(|(name, bytes)| {
            format!(
                "{name} ({} bytes of weights) was brought into the graph",
                bytes.len()
            )
        })
        .collect();
    let facts = recognise::facts(&model).map_err(ImportError::Unusable)?;
    let plan = plan::plan(&facts, asked)?;
    let model = mend_model(model, &facts, &plan, runtime, &mut mended)?;
    let changes: [Change; 2] = [blur::split, expectation::shorten];
    let model = changes.into_iter().fold(model, |model, change| {
        rewritten(model, &facts.input.name, change, runtime, &mut mended)
    });
    let producer = [&model.producer_name, &model.producer_version]
        .map(|text| text.clone().unwrap_or_default());
    let described = facts.metadata.get("description");
    let made_by = described
        .cloned()
        .unwrap_or_else(|| producer.join(" ").trim().to_owned());
    Ok(Imported {
        what: plan.what,
        sureness: plan.sureness,
        model: model.encode_to_vec(),
        task: plan.task,
        input: plan.feeding.input,
        output: plan.output,
        mended,
        notes: plan.notes,
        made_by,
        licence: facts.metadata.get("license").cloned(),
    })
}

fn parsed(bytes: &[u8]) -> Result<Model, ImportError> {
    let broken = |why: String| {
        ImportError::File(format!(
            "expected an ONNX file: {why}. It was cut short, is a pointer of Git LFS, or is another format \
             (.pt, .safetensors, .xml): export it as ONNX"
        ))
    };
    let model = Model::parse(bytes).map_err(broken)?;
    if model
        .graph
        .as_ref()
        .is_none_or(|graph| graph.node.is_empty())
    {
        return Err(broken("there is no graph in it".to_owned()));
    }
    let opset = model.opset();
    if !OPSETS.contains(&opset) {
        return Err(ImportError::Unusable(format!(
            "operators of version {opset}; expected {} to {}. Export it anew with opset_version=18",
            OPSETS.start(),
            OPSETS.end()
        )));
    }
    let domains = model
        .opset_import
        .iter()
        .map(|opset| opset.domain.as_deref().unwrap_or_default());
    let local = !model.functions.is_empty();
    let strange: Vec<&str> = domains
        .filter(|domain| !DOMAINS.contains(domain) && !local)
        .collect();
    if !strange.is_empty() {
        return Err(ImportError::Unusable(format!(
            "it needs operators that ONNX Runtime does not have ({}); export it with standard operators only",
            strange.join(", ")
        )));
    }
    Ok(model)
}

fn mend_model(
    mut model: Model,
    facts: &Facts,
    plan: &plan::Plan,
    runtime: &Runtime,
    mended: &mut Vec<String>,
) -> Result<Model, ImportError> {
    let Port {
        name,
        element,
        sides,
    } = &facts.input;
    let batch = sides.first().copied().flatten().unwrap_or(1);
    if batch > 1 {
        let changed = match sides[..] {
            [_, Some(channels), Some(height), Some(width)] => {
                let shape = [channels, height, width].map(|side| side as usize);
                batch::changed(&model, name, [batch as usize, 1], shape, runtime)
            }
            _ => Err("its input has free sides beside a fixed batch".to_owned()),
        };
        model = changed.map_err(|why| {
            ImportError::Unusable(format!(
                "it takes {batch} images at once, and it could not be mended to take one: {why}. Export it with \
                 a free batch: torch.onnx.export(…, dynamic_axes={{{name:?}: {{0: \"batch\"}}}}), for Anomalib \
                 Engine.export without input_size, for Ultralytics batch=1"
            ))
        })?;
        mended.push(format!(
            "a batch of {batch} became one image; answers on {batch} random images are the same"
        ));
    }
    let front = Front {
        is_blue_first: plan.feeding.is_blue_first,
        is_channels_last: plan.feeding.is_channels_last,
        element: (*element != FLOAT).then_some(*element),
    };
    if let Some(graph) = &mut model.graph {
        if front.is_needed() {
            mend::put_before(graph, name, front);
            let told = [
                (front.is_blue_first, "red and blue are swapped"),
                (front.is_channels_last, "channels are put last"),
                (front.element.is_some(), "values are cast"),
            ];
            let told: Vec<&str> = told
                .iter()
                .filter(|(is, _)| *is)
                .map(|(_, text)| *text)
                .collect();
            mended.push(format!("before the graph {}", told.join(", ")));
        }
        for output in crate::session::graph::outputs_read(&plan.output) {
            let is_half = facts
                .outputs
                .iter()
                .any(|port| port.name == output && port.element == FLOAT16);
            if is_half {
                mend::widen(graph, output);
                mended.push(format!("output {output} is made 32 bits wide"));
            }
        }
    }
    Ok(model)
}

/// Whether a graph's input can be fed after a cast.
fn is_castable(element: i32) -> bool {
    [FLOAT, FLOAT16, UINT8].contains(&element)
}

/// Why a model did not become a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportError {
    /// The file, or one beside it.
    File(String),
    /// It was read, and is nothing that can be used.
    Unusable(String),
    /// It leaves open what nobody said: flags to give, each with its reason.
    Open {
        /// What the model is taken for.
        what: String,
        /// Flag and reason.
        missing: Vec<(&'static str, String)>,
    },
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImportError::File(message) | ImportError::Unusable(message) => f.write_str(message),
            ImportError::Open { what, missing } => {
                write!(f, "{what}. The file does not tell, so please say:")?;
                for (flag, reason) in missing {
                    write!(f, "\n  {flag:<42} {reason}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for ImportError {}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
