//! Whether the graph in `model.onnx` is the one that `model.toml` describes, and why a bundle does not
//! become a session.

use crate::bundle::manifest::{BoxLayout, Manifest, Output, OutputKind};
use crate::runtime::assignment::Assignment;
use ort::value::{Outlet, TensorElementType, ValueType};
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

/// Most cells a side of a score map.
const MAP_SIDE_MAX: i64 = 4096;
/// Longest side of any output.
const SIDE_MAX: i64 = 1 << 20;

/// Where manifest and graph differ, in words for the person who made the bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Which input or output.
    pub what: String,
    /// By the manifest.
    pub expected: String,
    /// In the graph.
    pub found: String,
}

/// The shape of one image's part of what belongs to `images` images.
pub(crate) fn of_one(shape: &[i64], images: usize) -> Vec<i64> {
    let mut shape = shape.to_vec();
    if let Some(first) = shape.first_mut()
        && *first == images as i64
    {
        *first = 1;
    }
    shape
}

/// Checks everything the graph says before it has run, when it takes `images` at once.
pub(crate) fn check(
    inputs: &[Outlet],
    outputs: &[Outlet],
    manifest: &Manifest,
    images: usize,
) -> Result<(), Mismatch> {
    let input = &manifest.input;
    let sides = [i64::from(input.height), i64::from(input.width)];
    let shape = [1, input.channels.count() as i64, sides[0], sides[1]];
    let expected = format!("\"{}\" f32 {} and no other", input.name, shape_text(&shape));
    let mismatch = |what: &str, expected, found: &[Outlet]| {
        Err(Mismatch {
            what: what.to_owned(),
            expected,
            found: outlets_text(found),
        })
    };
    let is_as_expected = |outlet: &Outlet, name: &str, expected: &[i64]| {
        outlet.name() == name
            && outlet.dtype().tensor_type() == Some(TensorElementType::Float32)
            && outlet
                .dtype()
                .tensor_shape()
                .is_some_and(|found| fits(&of_one(found, images), expected))
    };
    match inputs {
        [only] if is_as_expected(only, &input.name, &shape) => {}
        _ => return mismatch("input", expected, inputs),
    }
    for (name, shapes) in expected_outputs(&manifest.output) {
        let found = outputs.iter().find(|outlet| outlet.name() == name);
        let is_good = |outlet: &Outlet| {
            shapes
                .iter()
                .any(|shape| is_as_expected(outlet, name, shape))
        };
        if !found.is_some_and(is_good) {
            return mismatch(
                "output",
                output_text(name, &shapes[0], &manifest.output),
                outputs,
            );
        }
    }
    Ok(())
}

/// Names of the outputs that are read, the one of the manifest first.
pub(crate) fn outputs_read(output: &Output) -> Vec<&str> {
    expected_outputs(output)
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

/// The outputs that are read, each with the shapes that it may have; -1 is any length.
fn expected_outputs(output: &Output) -> Vec<(&str, Vec<Vec<i64>>)> {
    let classes = output.classes.len() as i64;
    let one = vec![vec![1], vec![1, 1], vec![], vec![1, 1, 1], vec![1, 1, 1, 1]];
    let name = output.name.as_str();
    match &output.kind {
        OutputKind::ScoreMap { score } => {
            let mut maps = vec![vec![1, classes, -1, -1]];
            if classes == 1 {
                maps.push(vec![1, -1, -1]);
            }
            let map = (name, maps);
            match score {
                Some(score) => vec![map, (score, one)],
                None => vec![map],
            }
        }
        OutputKind::Score => vec![(name, one)],
        OutputKind::ClassScores => {
            // As a plain row, or with the sides that a convolution leaves behind.
            let rows = vec![
                vec![1, classes],
                vec![1, classes, 1, 1],
                vec![1, 1, 1, classes],
                vec![classes],
            ];
            vec![(name, rows)]
        }
        OutputKind::Boxes { layout, masks, .. } => {
            let numbers = |own: i64| if masks.is_some() { -1 } else { own };
            let shape = match layout {
                BoxLayout::Centre => vec![1, numbers(4 + classes), -1],
                BoxLayout::Turned => vec![1, numbers(5 + classes), -1],
                BoxLayout::Corners => vec![1, -1, numbers(6)],
                BoxLayout::TurnedFinal => vec![1, -1, 7],
            };
            let boxes = (name, vec![shape]);
            match masks {
                Some(masks) => vec![boxes, (masks, vec![vec![1, -1, -1, -1]])],
                None => vec![boxes],
            }
        }
    }
}

/// Checks the shapes of what a run gave, in the order of [`outputs_read`].
pub(crate) fn check_shapes(found: &[Vec<i64>], output: &Output) -> Result<(), Mismatch> {
    let expected = expected_outputs(output);
    for (shape, (name, shapes)) in found.iter().zip(&expected) {
        let is_sized = shape.iter().all(|side| (1..=SIDE_MAX).contains(side));
        if !is_sized || !shapes.iter().any(|expected| fits(shape, expected)) {
            return Err(Mismatch {
                what: "output".to_owned(),
                expected: output_text(name, &shapes[0], output),
                found: format!("\"{name}\" f32 {} from a run", shape_text(shape)),
            });
        }
    }
    // Each box has as many coefficients as there are planes to mix.
    if let (
        OutputKind::Boxes {
            layout,
            masks: Some(masks),
            ..
        },
        [boxes, planes],
    ) = (&output.kind, found)
    {
        let classes = output.classes.len() as i64;
        let coefficients = match layout {
            BoxLayout::Centre => boxes[1] - 4 - classes,
            BoxLayout::Turned => boxes[1] - 5 - classes,
            BoxLayout::Corners => boxes[2] - 6,
            BoxLayout::TurnedFinal => 0,
        };
        if coefficients != planes[1] || planes[2..].iter().any(|side| *side > MAP_SIDE_MAX) {
            return Err(Mismatch {
                what: "output".to_owned(),
                expected: format!("\"{masks}\" f32 {}", shape_text(&[1, coefficients, -1, -1])),
                found: format!("\"{masks}\" f32 {} from a run", shape_text(planes)),
            });
        }
    }
    if matches!(output.kind, OutputKind::ScoreMap { .. })
        && found[0]
            .iter()
            .rev()
            .take(2)
            .any(|side| *side > MAP_SIDE_MAX)
    {
        return Err(Mismatch {
            what: "output".to_owned(),
            expected: format!("a map of at most {MAP_SIDE_MAX} cells a side"),
            found: shape_text(&found[0]),
        });
    }
    Ok(())
}

fn output_text(name: &str, shape: &[i64], output: &Output) -> String {
    format!(
        "\"{name}\" f32 {}, which is what kind = \"{}\" and {} in model.toml call for",
        shape_text(shape),
        output.kind.name(),
        match output.classes.len() {
            1 => "1 class".to_owned(),
            count => format!("{count} classes"),
        }
    )
}

/// Whether a shape with free sides (-1) on either hand can be the other.
fn fits(found: &[i64], expected: &[i64]) -> bool {
    found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|(found, expected)| *found < 0 || *expected < 0 || found == expected)
}

fn outlets_text(outlets: &[Outlet]) -> String {
    let mut text = String::new();
    for (index, outlet) in outlets.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        let _ = write!(text, "{separator}\"{}\" ", outlet.name());
        let _ = match outlet.dtype() {
            ValueType::Tensor { ty, shape, .. } => write!(text, "{ty} {}", shape_text(shape)),
            other => write!(text, "{other}"),
        };
    }
    if text.is_empty() {
        "none".to_owned()
    } else {
        text
    }
}

/// `1×3×192×256`, with `?` for a side that is free.
fn shape_text(shape: &[i64]) -> String {
    if shape.is_empty() {
        return "a single value".to_owned();
    }
    let sides = shape.iter().map(|side| {
        if *side < 0 {
            "?".to_owned()
        } else {
            side.to_string()
        }
    });
    sides.collect::<Vec<_>>().join("×")
}

/// Why a bundle did not become a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// The provider is not in the library, or cannot work on this machine.
    Provider {
        /// The `model.onnx` that was to be loaded.
        path: PathBuf,
        /// What is missing, and what to do.
        message: String,
    },
    /// The provider left all of the graph to the processor, or a part of it where that is not allowed.
    FellBack {
        /// The `model.onnx` that was to be loaded.
        path: PathBuf,
        /// What was asked for.
        wanted: String,
        /// What runs where.
        assignment: Assignment,
    },
    /// ONNX Runtime cannot build or run the graph.
    Runtime {
        /// The `model.onnx` that was to be loaded.
        path: PathBuf,
        /// Its own words.
        message: String,
    },
    /// The graph is not the one that the manifest describes.
    Mismatch {
        /// The `model.onnx` that was to be loaded.
        path: PathBuf,
        /// Where they differ.
        mismatch: Mismatch,
    },
}

impl LoadError {
    /// The same of another file: the one that a bundle is being made of, where its own folder will not stay.
    #[must_use]
    pub fn of_file(mut self, file: &Path) -> Self {
        let (LoadError::Provider { path, .. }
        | LoadError::FellBack { path, .. }
        | LoadError::Runtime { path, .. }
        | LoadError::Mismatch { path, .. }) = &mut self;
        file.clone_into(path);
        self
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Provider { path, message } => {
                write!(f, "load model {}: {message}", path.display())
            }
            LoadError::FellBack {
                path,
                wanted,
                assignment,
            } => write!(
                f,
                "load model {}: expected {wanted} to run the whole graph, it runs {assignment}; export the \
                 model without these operators, choose another provider or device, or, where a part may run \
                 on the CPU, leave out `required`",
                path.display()
            ),
            LoadError::Runtime { path, message } => {
                write!(
                    f,
                    "load model {}: ONNX Runtime refuses it: {message}",
                    path.display()
                )
            }
            LoadError::Mismatch { path, mismatch } => write!(
                f,
                "load model {}: model.toml expects {} {}, the graph has {}; correct model.toml or \
                 export the model anew",
                path.display(),
                mismatch.what,
                mismatch.expected,
                mismatch.found
            ),
        }
    }
}

impl std::error::Error for LoadError {}
