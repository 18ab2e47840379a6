//! A model's file, read and checked before anything is made of it.

use super::domains;
use super::error::{ImportError, unusable};
use super::external;
use crate::bundle::{self, BundleError, MODEL_BYTES_MAX};
use crate::onnx::Model;
use std::path::Path;

/// Oldest and newest version of the standard operators taken.
const OPSETS: std::ops::RangeInclusive<i64> = 9..=26;

/// The graph with all its weights, and what was changed in it.
pub(crate) fn model(file: &Path) -> Result<(Model, Vec<String>), ImportError> {
    let bytes = bundle::read(file, MODEL_BYTES_MAX).map_err(|error| {
        ImportError::File(match error {
            // Without its advice, which is for whoever wanted a bundle.
            BundleError::Read { path, source } => format!("read {}: {source}", path.display()),
            other => other.to_string(),
        })
    })?;
    let (mut model, mut mended) = parsed(&bytes)?;
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let weights = external::bring_in(&mut model, folder.unwrap_or(Path::new(".")))
        .map_err(ImportError::File)?;
    mended.extend(weights.iter().map(|(name, bytes)| {
        let count = bytes.len();
        format!("{name} ({count} bytes of weights) was brought into the graph")
    }));
    Ok((model, mended))
}

/// Reads a file's bytes, with nothing in them that no node needs.
pub(crate) fn parsed(bytes: &[u8]) -> Result<(Model, Vec<String>), ImportError> {
    let broken = |why: String| {
        ImportError::File(format!(
            "expected an ONNX file: {why}. It was cut short, is a pointer of Git LFS, or is another format \
             (.pt, .safetensors, .xml): export it as ONNX"
        ))
    };
    let mut model = Model::parse(bytes).map_err(broken)?;
    if model
        .graph
        .as_ref()
        .is_none_or(|graph| graph.node.is_empty())
    {
        return Err(broken("there is no graph in it".to_owned()));
    }
    let opset = model.opset();
    if !OPSETS.contains(&opset) {
        return unusable(format!(
            "operators of version {opset}; expected {} to {}. Export it anew with opset_version=18",
            OPSETS.start(),
            OPSETS.end()
        ));
    }
    let unused = domains::settle(&mut model)?;
    if let Some(graph) = &mut model.graph {
        let values = graph.input.iter_mut().chain(&mut graph.output);
        values.for_each(|value| value.free_sides());
    }
    let mended = match unused.is_empty() {
        true => Vec::new(),
        false => vec![format!(
            "operator sets that no node is of were left out ({})",
            unused.join(", ")
        )],
    };
    Ok((model, mended))
}
