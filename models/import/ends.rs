//! What a graph does first with its input, and last before an output: whether it takes bytes, whether it gives scores.

use crate::onnx::{Graph, Node};

/// What a graph does last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It ends in a softmax: shares that sum to 1.
    Softmax,
    /// It ends in a sigmoid: scores from 0 to 1.
    Sigmoid,
}

impl End {
    /// As messages call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            End::Softmax => "softmax",
            End::Sigmoid => "sigmoid",
        }
    }
}

/// Deepest chain of nodes that is followed.
const NODES_MAX: usize = 64;

/// From this on a divisor, mean or deviation belongs to values from 0 to 255: none of values from 0 to 1 comes near.
const OF_BYTES_MIN: f32 = 40.0;

/// What makes an output's values scores, where the graph itself does. Nodes that only move or pick values are seen
/// through. Of boxes that are written beside their scores, the scores are looked at (`is_boxes`).
pub(crate) fn end_of(graph: &Graph, output: &str, is_boxes: bool) -> Option<End> {
    let mut name = output;
    for _ in 0..NODES_MAX {
        let mut nodes = graph.node.iter();
        let node = nodes.find(|node| node.output.iter().any(|given| given == name))?;
        if !is_standard(node) {
            return None;
        }
        match node.op_type.as_deref()? {
            "Softmax" => return Some(End::Softmax),
            "Sigmoid" | "HardSigmoid" => return Some(End::Sigmoid),
            "Concat" if is_boxes => name = node.input.last()?,
            "Identity" | "Cast" | "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Transpose"
            | "Dropout" | "Gather" | "Slice" | "Split" | "QuantizeLinear" | "DequantizeLinear" => {
                name = node.input.first()?;
            }
            kind => return written_out(graph, node, kind),
        }
    }
    None
}

/// A sigmoid or softmax written in single steps: 1 / (1 + e⁻ˣ), eˣ / Σ eˣ.
fn written_out(graph: &Graph, node: &Node, kind: &str) -> Option<End> {
    let is = |name: &String, kind: &str| {
        let mut nodes = graph.node.iter();
        let maker = nodes.find(|node| node.output.contains(name));
        maker.filter(|maker| maker.op_type.as_deref() == Some(kind))
    };
    let adds_power = |name: &String| {
        is(name, "Add").is_some_and(|add| add.input.iter().any(|name| is(name, "Exp").is_some()))
    };
    match (kind, &node.input[..]) {
        ("Reciprocal", [below]) if adds_power(below) => Some(End::Sigmoid),
        ("Div", [above, below]) if constant(graph, above).is_some() && adds_power(below) => {
            Some(End::Sigmoid)
        }
        ("Div", [above, below]) if is(above, "Exp").is_some() => {
            let sums = is(below, "ReduceSum")?;
            (sums.input.first() == Some(above)).then_some(End::Softmax)
        }
        _ => None,
    }
}

/// Whether the graph shifts or scales the values itself before anything else is done to them.
pub(crate) fn has_own_front(graph: &Graph, input: &str) -> bool {
    let mut reached = vec![input];
    for node in &graph.node {
        if !takes(node, &reached) {
            continue;
        }
        match node.op_type.as_deref() {
            Some("Sub" | "Div" | "Mul") => return true,
            Some("Reshape" | "Resize" | "Cast" | "Identity" | "Slice") => {
                reached.extend(node.output.iter().map(String::as_str));
            }
            _ => {}
        }
    }
    false
}

/// Why the values that go in must be bytes, where the graph itself brings bytes to the values that it learnt from.
pub(crate) fn bytes_because(graph: &Graph, input: &str) -> Option<String> {
    let mut reached = vec![input];
    for node in &graph.node {
        if !takes(node, &reached) || !is_standard(node) {
            continue;
        }
        let number = |at: usize| constant(graph, node.input.get(at)?);
        let all = |at: usize, is: fn(f32) -> bool| {
            number(at).is_some_and(|numbers| !numbers.is_empty() && numbers.into_iter().all(is))
        };
        let is_of_bytes = match node.op_type.as_deref()? {
            "Div" | "Sub" => all(1, |by| by >= OF_BYTES_MIN),
            "Mul" => all(1, |by| by > 0.0 && by <= 1.0 / OF_BYTES_MIN),
            "Add" => all(1, |by| by <= -OF_BYTES_MIN),
            "BatchNormalization" => all(3, |mean| mean >= OF_BYTES_MIN),
            "Reshape" | "Resize" | "Cast" | "Identity" | "Slice" | "Transpose" | "Gather"
            | "Squeeze" | "Unsqueeze" | "Pad" => {
                reached.extend(node.output.iter().map(String::as_str));
                continue;
            }
            _ => return None,
        };
        return is_of_bytes.then(|| "it divides or shifts such values itself first".to_owned());
    }
    None
}

fn takes(node: &Node, reached: &[&str]) -> bool {
    let first = node.input.first();
    first.is_some_and(|name| reached.contains(&name.as_str()))
}

fn is_standard(node: &Node) -> bool {
    matches!(node.domain.as_deref(), None | Some("" | "ai.onnx"))
}

/// The numbers of a constant.
fn constant(graph: &Graph, name: &str) -> Option<Vec<f32>> {
    let mut tensors = graph.initializer.iter();
    if let Some(tensor) = tensors.find(|tensor| tensor.name.as_deref() == Some(name)) {
        return tensor.numbers();
    }
    let is_it = |node: &&Node| {
        node.op_type.as_deref() == Some("Constant") && node.output.iter().any(|given| given == name)
    };
    let value = graph.node.iter().find(is_it)?.attribute("value")?;
    value.t.as_ref()?.numbers()
}
