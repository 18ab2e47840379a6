//! Weights that stand in files beside the graph, brought into it.

use crate::bundle::MODEL_BYTES_MAX;
use crate::onnx::{Attribute, Graph, Model, Tensor};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

/// Files that were read, by their name beside the graph.
pub(crate) type Read = BTreeMap<String, Vec<u8>>;

/// Brings all values that stand in other files into the model. Only files in the model's own folder or below it
/// are opened.
///
/// # Errors
/// What is wrong with a file or with what the model says of it.
pub(crate) fn bring_in(model: &mut Model, folder: &Path) -> Result<Read, String> {
    let mut files = Read::new();
    if let Some(graph) = &mut model.graph {
        in_graph(graph, folder, &mut files)?;
    }
    Ok(files)
}

fn in_graph(graph: &mut Graph, folder: &Path, files: &mut Read) -> Result<(), String> {
    for tensor in &mut graph.initializer {
        one(tensor, folder, files)?;
    }
    for attribute in graph.node.iter_mut().flat_map(|node| &mut node.attribute) {
        let Attribute { t, g, graphs, .. } = attribute;
        if let Some(tensor) = t {
            one(tensor, folder, files)?;
        }
        for graph in g.iter_mut().chain(graphs) {
            in_graph(graph, folder, files)?;
        }
    }
    Ok(())
}

fn one(tensor: &mut Tensor, folder: &Path, files: &mut Read) -> Result<(), String> {
    if tensor.data_location != Some(1) {
        return Ok(());
    }
    let name = tensor.name.clone().unwrap_or_default();
    let entry = |key: &str| {
        let found = tensor
            .external_data
            .iter()
            .find(|entry| entry.key.as_deref() == Some(key));
        found.and_then(|entry| entry.value.clone())
    };
    let number = |key: &str| match entry(key) {
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|_| format!("tensor {name}: {key} is {text:?}")),
        None => Ok(None),
    };
    let location =
        entry("location").ok_or_else(|| format!("tensor {name}: its file is not named"))?;
    let (offset, length): (Option<usize>, Option<usize>) = (number("offset")?, number("length")?);
    if !files.contains_key(&location) {
        let room = MODEL_BYTES_MAX - files.values().map(|bytes| bytes.len() as u64).sum::<u64>();
        files.insert(location.clone(), read(&path_of(&location, folder)?, room)?);
    }
    let bytes = &files[&location];
    let start = offset.unwrap_or(0);
    let end = length.map_or(Some(bytes.len()), |length| start.checked_add(length));
    let values = end.and_then(|end| bytes.get(start..end)).ok_or_else(|| {
        format!(
            "tensor {name}: expected {} bytes from byte {start} of {location}, which has {}; the file was cut \
             short or belongs to another model",
            length.map_or("some".to_owned(), |length| length.to_string()),
            bytes.len()
        )
    })?;
    tensor.raw_data = Some(values.to_vec());
    tensor.data_location = None;
    tensor.external_data.clear();
    Ok(())
}

/// The file in the model's folder; nothing above it, nothing that a link leads out to.
fn path_of(location: &str, folder: &Path) -> Result<PathBuf, String> {
    let outside =
        || format!("external data {location:?}: expected a file in the model's folder or below it");
    let relative = Path::new(location);
    let is_below = relative
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if location.is_empty() || !is_below {
        return Err(outside());
    }
    let path = folder.join(relative);
    let failed = |error: std::io::Error| {
        format!(
            "external data {}: {error}; copy it beside the model, it holds the weights",
            path.display()
        )
    };
    let real = path.canonicalize().map_err(failed)?;
    let folder = folder.canonicalize().map_err(failed)?;
    if real.starts_with(folder) {
        Ok(real)
    } else {
        Err(outside())
    }
}

fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("external data {}: {error}", path.display());
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(bytes_max + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        return Err(format!(
            "external data {}: larger than {MODEL_BYTES_MAX} bytes in all",
            path.display()
        ));
    }
    Ok(bytes)
}
