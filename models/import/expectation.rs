//! The mean of a distribution over channels, as YOLO tells where the sides of a box are (distribution focal loss, Li et
//! al., arXiv:2006.04388): a softmax over sixteen channels, then a convolution with their numbers. ONNX Runtime's
//! softmax across channels takes a sixth of YOLO11n's whole run in 8 bits.

use crate::onnx::{Graph, Node, Tensor};

/// From this version on `axes` is an input and `num_outputs` an attribute.
const OPSET_OF_INPUTS: i64 = 18;
/// Before this one a softmax took all sides from its axis on.
const OPSET_OF_AXIS: i64 = 13;

/// Divides the weighted sum of exponentials by their sum, in place of weighing the quotients; says so.
pub(super) fn shorten(graph: &mut Graph, opset: i64) -> Vec<String> {
    let mut said = Vec::new();
    if opset < OPSET_OF_AXIS {
        return said;
    }
    while let Some((softmax, mean, weights)) = found(graph) {
        let (nodes, tensors) = divided(&softmax.input[0], &mean.output[0], weights, opset);
        let outputs = [&softmax.output, &mean.output];
        graph.node.retain(|node| !outputs.contains(&&node.output));
        // Nodes stand after what they read and before what reads them.
        let reads = |node: &Node| node.input.contains(&mean.output[0]);
        let before = graph
            .node
            .iter()
            .position(reads)
            .unwrap_or(graph.node.len());
        graph.node.splice(before..before, nodes);
        graph.initializer.extend(tensors);
        graph.prune();
        said.push("a softmax and the mean of its channels became one quotient".to_owned());
    }
    said
}

/// A softmax over channels that nothing reads but a convolution of 1×1 to one channel, that, and its weights.
fn found(graph: &Graph) -> Option<(Node, Node, Vec<f32>)> {
    let kind = |node: &Node, kind: &str| node.op_type.as_deref() == Some(kind);
    let mut softmaxes = graph.node.iter().filter(|node| {
        kind(node, "Softmax") && node.attribute("axis").and_then(|axis| axis.i) == Some(1)
    });
    softmaxes.find_map(|softmax| {
        let output = softmax.output.first()?;
        let is_told = graph.output.iter().any(|value| value.name() == output);
        let mut readers = graph.node.iter().filter(|node| node.input.contains(output));
        let mean = readers.next()?;
        let is_only = readers.next().is_none() && !is_told;
        let weights = mean.input.get(1).filter(|_| mean.input.len() == 2)?;
        let mut tensors = graph.initializer.iter();
        let weights = tensors.find(|tensor| tensor.name.as_ref() == Some(weights))?;
        let is_mean = matches!(weights.dims[..], [1, _, 1, 1]);
        let is_found = kind(mean, "Conv") && is_only && is_mean;
        let weights = weights.numbers().filter(|_| is_found)?;
        Some((softmax.clone(), mean.clone(), weights))
    })
}

/// The nodes in place of both, and what they need.
fn divided(logits: &str, output: &str, weights: Vec<f32>, opset: i64) -> (Vec<Node>, Vec<Tensor>) {
    let at = |what: &str| format!("{output}.{what}");
    let [most, below, powers, axis, weighted, sums, above, whole] = [
        "most", "below", "powers", "axis", "weights", "sums", "above", "whole",
    ]
    .map(at);
    let ones = vec![1.0; weights.len()];
    let mut tensors = vec![Tensor::floats(
        &weighted,
        &[2, weights.len(), 1, 1],
        &[weights, ones].concat(),
    )];
    let most_node = if opset >= OPSET_OF_INPUTS {
        tensors.push(Tensor::integers(&axis, &[1]));
        Node::new("ReduceMax", &[logits, &axis], &most)
    } else {
        Node::new("ReduceMax", &[logits], &most).ints("axes", &[1])
    };
    let mut split = Node::new("Split", &[&sums], &above).int("axis", 1);
    split.output.push(whole.clone());
    if opset >= OPSET_OF_INPUTS {
        split = split.int("num_outputs", 2);
    }
    let nodes = vec![
        // Without it the powers of large numbers would be infinite.
        most_node.int("keepdims", 1),
        Node::new("Sub", &[logits, &most], &below),
        Node::new("Exp", &[&below], &powers),
        Node::new("Conv", &[&powers, &weighted], &sums).ints("kernel_shape", &[1, 1]),
        split,
        Node::new("Div", &[&above, &whole], output),
    ];
    (nodes, tensors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::{Model, Opset, Value};
    use crate::session::network::{Array, Network};
    use prost::Message as _;

    fn model(opset: i64) -> Model {
        let mean = Node::new("Conv", &["shares", "numbers"], "side").ints("kernel_shape", &[1, 1]);
        let graph = Graph {
            name: Some("expectation".to_owned()),
            node: vec![
                Node::new("Softmax", &["logits"], "shares").int("axis", 1),
                mean,
                Node::new("Relu", &["side"], "told"),
            ],
            initializer: vec![Tensor::floats(
                "numbers",
                &[1, 4, 1, 1],
                &[0.0, 1.0, 2.0, 3.0],
            )],
            input: vec![Value::floats("logits", &[1, 4, 2, 3].map(Some))],
            output: vec![Value::floats("told", &[1, 1, 2, 3].map(Some))],
            ..Graph::default()
        };
        Model {
            ir_version: Some(8),
            graph: Some(graph),
            opset_import: vec![Opset {
                domain: None,
                version: Some(opset),
            }],
            ..Model::default()
        }
    }

    #[test]
    fn a_quotient_is_the_mean_of_a_softmax_however_large_its_numbers() {
        let runtime = crate::runtime::init(None).expect("the library");
        let mut random = fastrand::Rng::with_seed(4);
        let values: Vec<f32> = (0..24).map(|_| (random.f32() - 0.5) * 900.0).collect();
        let logits = Array {
            shape: vec![1, 4, 2, 3],
            values,
        };
        for opset in [13, 17, 18, 20] {
            let before = model(opset);
            let mut after = before.clone();
            let graph = after.graph.as_mut().expect("it is there");
            assert_eq!(shorten(graph, opset).len(), 1);
            assert!(
                graph
                    .node
                    .iter()
                    .all(|node| node.op_type.as_deref() != Some("Softmax"))
            );
            let answers = [before, after].map(|model| {
                let mut network =
                    Network::new(runtime, &model.encode_to_vec(), 1).expect("it loads");
                let answers = network.run(&[("logits", &logits)]);
                answers.expect("it runs").remove(0).values
            });
            for (before, after) in answers[0].iter().zip(&answers[1]) {
                assert!((before - after).abs() < 1e-5, "{before} {after}");
            }
        }
    }

    #[test]
    fn a_softmax_that_others_read_too_stays() {
        let mut graph = model(18).graph.expect("it is there");
        graph.node.push(Node::new("Relu", &["shares"], "more"));
        assert!(shorten(&mut graph, 18).is_empty());
        assert!(shorten(&mut model(11).graph.expect("it is there"), 11).is_empty());
    }
}
