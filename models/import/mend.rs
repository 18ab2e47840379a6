//! Graphs changed so that they take what the station gives: one image, f32, channels first, red first.

use crate::network::{Array, Network};
use crate::onnx::{FLOAT, FLOAT16, Graph, Model, Node, Tensor, UINT8, Value};
use crate::runtime::Runtime;
use prost::Message as _;

/// How far apart the answers of a graph and of the mended one may be.
const APART_MAX: f32 = 1e-4;

/// What is put between the station's input and the graph's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Front {
    /// The graph takes blue first.
    pub(crate) is_blue_first: bool,
    /// The graph takes the channels last.
    pub(crate) is_channels_last: bool,
    /// Element type that the graph takes, where that is not f32.
    pub(crate) element: Option<i32>,
}

impl Front {
    /// Whether anything is to be done.
    pub(crate) fn is_needed(self) -> bool {
        self != Self::default()
    }
}

/// Puts nodes before the graph's only input, which keeps its name and becomes f32, channels first.
pub(crate) fn put_before(graph: &mut Graph, input: &str, front: Front) {
    let inner = format!("{input}.given");
    rename_uses(graph, input, &inner);
    let mut nodes = Vec::new();
    let mut last = input.to_owned();
    let mut then =
        |kind: &str, more: &[&str], finish: &dyn Fn(Node) -> Node, nodes: &mut Vec<Node>| {
            let name = format!("{input}.{}", kind.to_lowercase());
            let inputs: Vec<&str> = [last.as_str()]
                .into_iter()
                .chain(more.iter().copied())
                .collect();
            nodes.push(finish(Node::new(kind, &inputs, &name)));
            last = name;
        };
    if front.is_blue_first {
        let order = format!("{input}.order");
        graph.initializer.push(Tensor::integers(&order, &[2, 1, 0]));
        then("Gather", &[&order], &|node| node.int("axis", 1), &mut nodes);
    }
    if front.is_channels_last {
        then(
            "Transpose",
            &[],
            &|node| node.ints("perm", &[0, 2, 3, 1]),
            &mut nodes,
        );
    }
    if let Some(element) = front.element {
        if element == UINT8 {
            then("Round", &[], &|node| node, &mut nodes);
        }
        then(
            "Cast",
            &[],
            &|node| node.int("to", i64::from(element)),
            &mut nodes,
        );
    }
    if let Some(last) = nodes.last_mut() {
        last.output = vec![inner];
    }
    nodes.append(&mut graph.node);
    graph.node = nodes;
    let value = graph.input.iter_mut().find(|value| value.name() == input);
    if let Some(value) = value
        && let Some((_, mut sides)) = value.tensor()
    {
        if front.is_channels_last && sides.len() == 4 {
            sides = vec![sides[0], sides[3], sides[1], sides[2]];
        }
        let sides: Vec<Option<usize>> = sides
            .iter()
            .map(|side| side.map(|side| side as usize))
            .collect();
        *value = Value::floats(input, &sides);
    }
}

/// Makes an output of 16-bit floats one of 32 bits.
pub(crate) fn widen(graph: &mut Graph, output: &str) {
    let Some(value) = graph.output.iter_mut().find(|value| value.name() == output) else {
        return;
    };
    let Some((FLOAT16, sides)) = value.tensor() else {
        return;
    };
    let sides: Vec<Option<usize>> = sides
        .iter()
        .map(|side| side.map(|side| side as usize))
        .collect();
    *value = Value::floats(output, &sides);
    let inner = format!("{output}.given");
    for node in &mut graph.node {
        for name in node.output.iter_mut().filter(|name| *name == output) {
            name.clone_from(&inner);
        }
    }
    rename_uses(graph, output, &inner);
    graph
        .node
        .push(Node::new("Cast", &[&inner], output).int("to", i64::from(FLOAT)));
}

fn rename_uses(graph: &mut Graph, from: &str, to: &str) {
    for node in &mut graph.node {
        for name in node.input.iter_mut().filter(|name| *name == from) {
            to.clone_into(name);
        }
        for attribute in &mut node.attribute {
            for graph in attribute.g.iter_mut().chain(&mut attribute.graphs) {
                rename_uses(graph, from, to);
            }
        }
    }
}

/// Makes a graph for `batch` images one for a single image, and shows on random images that it answers alike.
///
/// # Errors
/// Why that is not possible.
pub(crate) fn one_image(
    model: &Model,
    input: &str,
    batch: i64,
    runtime: &Runtime,
) -> Result<Model, String> {
    let mut mended = model.clone();
    let Some(graph) = &mut mended.graph else {
        return Err("it has no graph".to_owned());
    };
    graph.value_info.clear();
    for value in graph.input.iter_mut().chain(&mut graph.output) {
        if let Some((_, sides)) = value.tensor()
            && sides.first() == Some(&Some(batch))
        {
            value.set_side(0, 1);
        }
    }
    divide_shapes(graph, batch);
    let sides = graph
        .input
        .iter()
        .find(|value| value.name() == input)
        .and_then(Value::tensor);
    let sides = sides.map(|(_, sides)| sides).unwrap_or_default();
    let [_, Some(channels), Some(height), Some(width)] = sides[..] else {
        return Err("its input has free sides beside a fixed batch".to_owned());
    };
    let shape = [1, channels as usize, height as usize, width as usize];
    check(model, &mended, input, (batch as usize, shape), runtime)?;
    Ok(mended)
}

/// Shapes and indices that were written down for the whole batch.
fn divide_shapes(graph: &mut Graph, batch: i64) {
    let is_shape = |node: &Node| {
        matches!(
            node.op_type.as_deref(),
            Some("Reshape" | "Resize" | "Expand" | "ConstantOfShape" | "Tile")
        )
    };
    let shapes: Vec<String> = graph
        .node
        .iter()
        .filter(|node| is_shape(node))
        .filter_map(|node| node.input.last().cloned())
        .collect();
    let constants = graph
        .node
        .iter_mut()
        .filter(|node| node.op_type.as_deref() == Some("Constant"));
    let constants = constants.filter_map(|node| {
        let name = node.output.first()?.clone();
        Some((
            name,
            node.attribute
                .iter_mut()
                .find_map(|attribute| attribute.t.as_mut())?,
        ))
    });
    let named = graph
        .initializer
        .iter_mut()
        .map(|tensor| (tensor.name.clone().unwrap_or_default(), tensor));
    for (name, tensor) in named.chain(constants) {
        let Some(mut values) = tensor.whole_numbers() else {
            continue;
        };
        let is_count = tensor.dims.first() == Some(&batch)
            && tensor.dims[1..].iter().all(|side| *side == 1)
            && values.iter().zip(0..).all(|(value, index)| *value == index);
        if shapes.contains(&name) && tensor.dims.len() == 1 {
            match values.first_mut() {
                Some(first) if *first > 0 && *first % batch == 0 => *first /= batch,
                _ => continue,
            }
        } else if is_count && batch > 1 {
            // The numbers of the images, e.g. to gather one row of each.
            tensor.dims[0] = 1;
            values.truncate(1);
        } else {
            continue;
        }
        tensor.int64_data.clear();
        tensor.raw_data = Some(
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        );
    }
}

/// Whether two graphs answer alike, on random images: a batch for the first, one by one for the second.
///
/// # Errors
/// What differs.
pub(super) fn check(
    model: &Model,
    mended: &Model,
    input: &str,
    (batch, shape): (usize, [usize; 4]),
    runtime: &Runtime,
) -> Result<(), String> {
    let network = |model: &Model| {
        Network::new(runtime, &model.encode_to_vec(), 1).map_err(|error| error.to_string())
    };
    let (mut before, mut after) = (network(model)?, network(mended)?);
    let mut random = fastrand::Rng::with_seed(1);
    let values: usize = shape.iter().product();
    let images: Vec<f32> = (0..values * batch).map(|_| random.f32()).collect();
    let run = |network: &mut Network, images: &[f32], count: usize| {
        let array = Array {
            shape: vec![count, shape[1], shape[2], shape[3]],
            values: images.to_vec(),
        };
        network
            .run(&[(input, &array)])
            .map_err(|error| error.to_string())
    };
    let whole = run(&mut before, &images, batch)?;
    for (index, image) in images.chunks_exact(values).enumerate() {
        let single = run(&mut after, image, 1)?;
        for (whole, single) in whole.iter().zip(&single) {
            let length = whole.values.len() / batch;
            let expected = &whole.values[index * length..][..length];
            let is_same = single.values.len() == length
                && expected
                    .iter()
                    .zip(&single.values)
                    .all(|(a, b)| (a - b).abs() <= APART_MAX * a.abs().max(1.0));
            if !is_same {
                return Err("the mended graph gives other answers".to_owned());
            }
        }
    }
    Ok(())
}
