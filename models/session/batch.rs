//! Graphs changed to take another number of images at once, and shown to answer alike on random images.

use super::network::{Array, Network};
use crate::bundle::Bundle;
use crate::onnx::{Graph, Model, Node, Tensor, Value};
use crate::runtime::Runtime;
use prost::Message as _;
use std::borrow::Cow;
use std::collections::HashSet;

/// How far apart the answers of a graph and of the changed one may be.
const APART_MAX: f32 = 1e-4;

/// The graph of a bundle, for so many images at once.
///
/// # Errors
/// Why that is not possible.
pub(crate) fn of_bundle<'a>(
    bundle: &'a Bundle,
    images: usize,
    runtime: &Runtime,
) -> Result<Cow<'a, [u8]>, String> {
    if images == 1 {
        return Ok(Cow::Borrowed(bundle.model()));
    }
    let model = Model::parse(bundle.model())?;
    let input = &bundle.manifest().input;
    let (height, width) = (input.height as usize, input.width as usize);
    let shape = [input.channels.count(), height, width];
    let changed = changed(&model, &input.name, [1, images], shape, runtime);
    let changed =
        changed.map_err(|why| format!("change it to take {images} images at once: {why}"))?;
    Ok(Cow::Owned(changed.encode_to_vec()))
}

/// Makes a graph for `from` images of `shape` at once one for `to`; one of both is 1. A graph that takes any number is
/// checked and left as it is.
///
/// # Errors
/// Why that is not possible.
pub(crate) fn changed(
    model: &Model,
    input: &str,
    [from, to]: [usize; 2],
    shape: [usize; 3],
    runtime: &Runtime,
) -> Result<Model, String> {
    let mut changed = model.clone();
    let graph = changed.graph.as_mut().ok_or("it has no graph")?;
    let value = graph.input.iter().find(|value| value.name() == input);
    let (_, sides) = value
        .and_then(Value::tensor)
        .ok_or("it has no such input")?;
    if sides.first() == Some(&Some(from as i64)) {
        graph.value_info.clear();
        let counts = [from as i64, to as i64];
        scale_constants(graph, input, counts);
        for value in graph.input.iter_mut().chain(&mut graph.output) {
            if let Some((_, sides)) = value.tensor()
                && sides.first() == Some(&Some(counts[0]))
            {
                value.set_side(0, counts[1]);
            }
        }
    }
    check([model, &changed], input, [from, to], shape, runtime)?;
    Ok(changed)
}

/// Every constant of a graph, by name.
fn constants(graph: &mut Graph) -> impl Iterator<Item = (String, &mut Tensor)> {
    let named = graph.initializer.iter_mut().map(|tensor| {
        let name = tensor.name.clone().unwrap_or_default();
        (name, tensor)
    });
    let nodes = graph.node.iter_mut();
    let nodes = nodes.filter(|node| node.op_type.as_deref() == Some("Constant"));
    let made = nodes.filter_map(|node| {
        let name = node.output.first()?.clone();
        let tensors = &mut node.attribute.iter_mut();
        Some((name, tensors.find_map(|attribute| attribute.t.as_mut())?))
    });
    named.chain(made)
}

/// Everything that depends on the input.
fn flow(graph: &Graph, input: &str) -> HashSet<String> {
    let mut known = HashSet::from([input.to_owned()]);
    for node in &graph.node {
        if node.input.iter().any(|name| known.contains(name)) {
            known.extend(node.output.iter().cloned());
        }
    }
    known
}

/// Shapes, indices and values that were written down for all images at once.
fn scale_constants(graph: &mut Graph, input: &str, [from, to]: [i64; 2]) {
    let flow = flow(graph, input);
    let is_of = |node: &&Node, kinds: &[&str]| {
        let kind = node.op_type.as_deref().unwrap_or_default();
        kinds.contains(&kind) && node.input.iter().any(|name| flow.contains(name))
    };
    let is_shape = |node: &&Node| {
        let is_repeated = from > 1 && is_of(node, &["Tile", "ConstantOfShape"]);
        is_of(node, &["Reshape", "Resize", "Expand"]) || is_repeated
    };
    let nodes = graph.node.iter();
    let shapes: HashSet<String> = nodes
        .filter(is_shape)
        .filter_map(|node| node.input.last().cloned())
        .collect();
    let is_beside = |node: &&Node| {
        let axis = node.attribute("axis").and_then(|attribute| attribute.i);
        is_of(node, &["Concat"]) && axis != Some(0)
    };
    let nodes = graph.node.iter();
    let beside: HashSet<String> = nodes
        .filter(is_beside)
        .flat_map(|node| node.input.clone())
        .collect();
    for (name, tensor) in constants(graph) {
        if beside.contains(&name) && to % from == 0 {
            repeat(tensor, to / from);
            continue;
        }
        let Some(mut values) = tensor.whole_numbers() else {
            continue;
        };
        let is_count = tensor.dims.first() == Some(&from)
            && tensor.dims[1..].iter().all(|side| *side == 1)
            && values.iter().zip(0..).all(|(value, index)| *value == index);
        if shapes.contains(&name) && tensor.dims.len() == 1 {
            match values.first_mut() {
                Some(first) if *first > 0 && *first % from == 0 => *first = *first / from * to,
                _ => continue,
            }
        } else if is_count && from > 1 {
            // The numbers of the images, e.g. to gather one row of each.
            tensor.dims[0] = to;
            values.truncate(to as usize);
        } else {
            continue;
        }
        tensor.int64_data.clear();
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        tensor.raw_data = Some(bytes.collect());
    }
}

/// The same for each image, one after another.
fn repeat(tensor: &mut Tensor, times: i64) {
    if let Some(first) = tensor.dims.first_mut() {
        *first *= times;
        let times = times as usize;
        tensor.raw_data = tensor.raw_data.as_ref().map(|bytes| bytes.repeat(times));
        tensor.float_data = tensor.float_data.repeat(times);
        tensor.int64_data = tensor.int64_data.repeat(times);
    }
}

/// Whether two graphs answer alike, on random images of `shape`, each shown as many at once as it takes.
///
/// # Errors
/// What differs.
pub(crate) fn check(
    models: [&Model; 2],
    input: &str,
    counts: [usize; 2],
    shape: [usize; 3],
    runtime: &Runtime,
) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(1);
    let length: usize = shape.iter().product();
    let images = counts[0].max(counts[1]);
    let values: Vec<f32> = (0..length * images).map(|_| random.f32()).collect();
    let mut answers = Vec::new();
    for (model, count) in models.into_iter().zip(counts) {
        let failed = |error: ort::Error| error.to_string();
        let mut network = Network::new(runtime, &model.encode_to_vec(), 1).map_err(failed)?;
        let mut all: Vec<Vec<f32>> = Vec::new();
        for values in values.chunks_exact(length * count) {
            let array = Array {
                shape: vec![count, shape[0], shape[1], shape[2]],
                values: values.to_vec(),
            };
            let outputs = network.run(&[(input, &array)]).map_err(failed)?;
            all.resize(outputs.len().max(all.len()), Vec::new());
            for (all, output) in all.iter_mut().zip(outputs) {
                all.extend(output.values);
            }
        }
        answers.push(all);
    }
    let is_near = |(a, b): (&f32, &f32)| (a - b).abs() <= APART_MAX * a.abs().max(1.0);
    let is_same =
        |(a, b): (&Vec<f32>, &Vec<f32>)| a.len() == b.len() && a.iter().zip(b).all(is_near);
    let [before, after] = &answers[..] else {
        return Ok(());
    };
    if before.len() == after.len() && before.iter().zip(after).all(is_same) {
        Ok(())
    } else {
        Err("the changed graph gives other answers".to_owned())
    }
}
