//! Whether the graph in `model.onnx` is the one that `model.toml` describes, and why a bundle does not
//! become a session.

use crate::manifest::{Manifest, Output};
use ort::value::{Outlet, TensorElementType, ValueType};
use std::fmt::{self, Write as _};
use std::path::PathBuf;

/// Most cells a side of a score map.
const MAP_SIDE_MAX: i64 = 4096;

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

/// Checks everything the graph says before it has run.
pub(crate) fn check(
    inputs: &[Outlet],
    outputs: &[Outlet],
    manifest: &Manifest,
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
                .is_some_and(|found| fits(found, expected))
    };
    match inputs {
        [only] if is_as_expected(only, &input.name, &shape) => {}
        _ => return mismatch("input", expected, inputs),
    }
    // Height and width are the model's own and are known once it has run.
    let classes = manifest.output.classes.len() as i64;
    let shape = [1, classes, -1, -1];
    match outputs
        .iter()
        .find(|outlet| outlet.name() == manifest.output.name)
    {
        Some(outlet) if is_as_expected(outlet, &manifest.output.name, &shape) => Ok(()),
        _ => mismatch("output", output_text(&manifest.output), outputs),
    }
}

/// Checks the shape of what a run gave. Returns height and width of the map.
pub(crate) fn check_map(shape: &[i64], output: &Output) -> Result<(usize, usize), Mismatch> {
    if let [1, classes, height, width] = *shape
        && classes == output.classes.len() as i64
        && (1..=MAP_SIDE_MAX).contains(&height)
        && (1..=MAP_SIDE_MAX).contains(&width)
    {
        return Ok((height as usize, width as usize));
    }
    let found = format!("\"{}\" f32 {} from a run", output.name, shape_text(shape));
    Err(Mismatch {
        what: "output".to_owned(),
        expected: output_text(output),
        found,
    })
}

fn output_text(output: &Output) -> String {
    let shape = shape_text(&[1, output.classes.len() as i64, -1, -1]);
    format!(
        "\"{}\" f32 {shape}, one channel per class of model.toml",
        output.name
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
    /// The library has no such provider.
    Provider {
        /// The model.
        path: PathBuf,
        /// The provider asked for.
        wanted: &'static str,
        /// The library's.
        found: String,
    },
    /// ONNX Runtime cannot build or run the graph.
    Runtime {
        /// The model.
        path: PathBuf,
        /// Its own words.
        message: String,
    },
    /// The graph is not the one that the manifest describes.
    Mismatch {
        /// The model.
        path: PathBuf,
        /// Where they differ.
        mismatch: Mismatch,
    },
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Provider {
                path,
                wanted,
                found,
            } => write!(
                f,
                "load model {}: expected an ONNX Runtime with {wanted}, found one with {found}; set \
                 ORT_DYLIB_PATH to a build that has it",
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
