use super::*;
use crate::onnx::{Attribute, Graph, Node, Opset, Tensor, Value, is_quantised};
use crate::runtime;
use fastrand::Rng;

const SIDE: usize = 16;

fn numbers(rng: &mut Rng, count: usize) -> Vec<f32> {
    (0..count).map(|_| rng.f32() - 0.4).collect()
}

fn model(opset: i64, node: Vec<Node>, initializer: Vec<Tensor>, output: &[&str]) -> Model {
    let graph = Graph {
        name: Some("net".to_owned()),
        node,
        initializer,
        input: vec![Value::floats("image", &[1, 3, SIDE, SIDE].map(Some))],
        output: output
            .iter()
            .map(|name| Value::floats(name, &[None; 4]))
            .collect(),
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

fn padded(node: Node) -> Node {
    node.ints("pads", &[1; 4])
}

fn constant(name: &str, value: f32) -> Node {
    let tensor = Attribute {
        name: Some("value".to_owned()),
        t: Some(Tensor::floats(name, &[], &[value])),
        kind: Some(4),
        ..Attribute::default()
    };
    Node {
        attribute: vec![tensor],
        ..Node::new("Constant", &[], name)
    }
}

/// Every kind of node that is taken: `c0` goes into the skip, `c1` is clipped, `s0` and `s1` are halves.
fn every_kind() -> Model {
    let mut rng = Rng::with_seed(3);
    let nodes = vec![
        // One bound of the clip is a constant, the other the output of a node.
        constant("low", 0.0),
        padded(Node::new("Conv", &["image", "w0", "b0"], "c0")),
        Node::new("Relu", &["c0"], "r0"),
        padded(Node::new("Conv", &["r0", "w1", "b1"], "c1")),
        Node::new("Clip", &["c1", "low", "six"], "r1"),
        Node::new("Add", &["r0", "r1"], "sum"),
        Node::new("MaxPool", &["sum"], "pool")
            .ints("kernel_shape", &[2, 2])
            .ints("strides", &[2, 2]),
        Node::new("Sigmoid", &["pool"], "gate"),
        Node::new("Mul", &["pool", "gate"], "silu"),
        Node {
            output: vec!["s0".to_owned(), "s1".to_owned()],
            ..Node::new("Split", &["silu", "halves"], "s0").int("axis", 1)
        },
        Node::new("Concat", &["s1", "s0"], "joined").int("axis", 1),
        Node::new("Conv", &["joined", "w2"], "c2"),
        Node::new("Relu", &["c2"], "r2"),
        Node::new("Conv", &["r2", "w3"], "last"),
        Node::new("Reshape", &["r2", "rows"], "flat"),
        Node::new("Transpose", &["bank"], "columns").ints("perm", &[1, 0]),
        Node::new("MatMul", &["flat", "columns"], "product"),
    ];
    let mut random = |name: &str, dims: &[usize]| {
        Tensor::floats(name, dims, &numbers(&mut rng, dims.iter().product()))
    };
    let mut tensors = vec![
        random("w0", &[8, 3, 3, 3]),
        random("b0", &[8]),
        random("w1", &[8, 8, 3, 3]),
        random("b1", &[8]),
        random("w2", &[16, 8, 1, 1]),
        random("w3", &[4, 16, 1, 1]),
        random("bank", &[32, 64]),
    ];
    tensors.extend([
        Tensor::floats("zero", &[], &[0.0]),
        Tensor::floats("six", &[], &[6.0]),
        Tensor::integers("halves", &[4, 4]),
        Tensor::integers("rows", &[1, 1, 16, 64]),
    ]);
    fold::transposes(model(17, nodes, tensors, &["last", "product"]))
}

fn image(rng: &mut Rng) -> Array {
    Array {
        shape: vec![1, 3, SIDE, SIDE],
        values: (0..3 * SIDE * SIDE)
            .map(|_| f32::from(rng.u8(..)) / 255.0)
            .collect(),
    }
}

fn network(model: &Model, threads: usize) -> Network {
    let runtime = runtime::init(None).unwrap();
    Network::new(runtime, &model.encode_to_vec(), threads).unwrap()
}

fn quantised(model: &Model) -> (Plan, Model) {
    let plan = Plan::of(model);
    let mut watching = network(&plan.watching(model), 1);
    let mut ranges = Ranges::default();
    let mut rng = Rng::with_seed(4);
    for _ in 0..8 {
        ranges
            .look(&mut watching, &plan, ("image", &image(&mut rng)))
            .unwrap();
    }
    let quantised = plan.rewrite(model, &ranges).unwrap();
    (plan, quantised)
}

fn count(model: &Model, op: &str) -> usize {
    let nodes = &model.graph.as_ref().unwrap().node;
    nodes.iter().filter(|node| node.op_type() == op).count()
}

#[test]
fn a_graph_of_every_kind_of_node_answers_almost_as_before() {
    let before = every_kind();
    let (plan, after) = quantised(&before);
    let told = [&before, &after].map(|model| is_quantised(&model.encode_to_vec()));
    assert_eq!(told, [false, true], "by their nodes");
    // All but the last convolution, and the product.
    assert_eq!((plan.count(), plan.total()), (4, 5));
    // Two activations are done by the rounding of what is before them, and one by that of the third convolution.
    assert_eq!(
        (
            count(&after, "Relu"),
            count(&after, "Clip"),
            count(&after, "Conv")
        ),
        (0, 0, 4)
    );
    let mut rng = Rng::with_seed(5);
    for _ in 0..4 {
        let image = image(&mut rng);
        let expected = network(&before, 1).run(&[("image", &image)]).unwrap();
        let found = network(&after, 1).run(&[("image", &image)]).unwrap();
        for (expected, found) in expected.iter().zip(&found) {
            assert_eq!(expected.shape, found.shape);
            let largest = expected
                .values
                .iter()
                .fold(0.0f32, |most, value| most.max(value.abs()));
            let off = expected
                .values
                .iter()
                .zip(&found.values)
                .map(|(a, b)| (a - b).abs());
            let off = off.fold(0.0, f32::max) / largest;
            assert!(off < 0.04, "{off}");
            assert!(off > 0.0, "nothing was rounded");
        }
    }
}

#[test]
fn threads_change_nothing() {
    let (_, model) = quantised(&every_kind());
    let image = image(&mut Rng::with_seed(6));
    let one = network(&model, 1).run(&[("image", &image)]).unwrap();
    let two = network(&model, 2).run(&[("image", &image)]).unwrap();
    assert_eq!(one, two);
}

#[test]
fn a_convolution_is_the_sum_of_whole_numbers_that_the_file_says() {
    // What ONNX Runtime computes with its whole numbers, held against the definition.
    let mut rng = Rng::with_seed(8);
    let (w0, b0) = (numbers(&mut rng, 24), numbers(&mut rng, 8));
    let tensors = vec![
        Tensor::floats("w0", &[8, 3, 1, 1], &w0),
        Tensor::floats("b0", &[8], &b0),
        Tensor::floats("w1", &[4, 8, 1, 1], &numbers(&mut rng, 32)),
    ];
    let nodes = vec![
        Node::new("Conv", &["image", "w0", "b0"], "inner"),
        Node::new("Conv", &["inner", "w1"], "last"),
    ];
    let (_, mut model) = quantised(&model(17, nodes, tensors, &["last"]));
    model.graph.as_mut().unwrap().output = vec![Value::floats("inner", &[None; 4])];
    let graph = model.graph.as_ref().unwrap();
    let tensor = |name: &str| {
        graph
            .initializer
            .iter()
            .find(|t| t.name.as_deref() == Some(name))
            .unwrap()
    };
    let number = |name: &str| tensor(name).numbers().unwrap()[0];
    let byte = |name: &str| f32::from(tensor(name).raw_data.as_ref().unwrap()[0]);
    let weights = tensor("w0/whole/int8").raw_data.as_ref().unwrap();
    assert!(
        weights
            .iter()
            .all(|weight| weight.cast_signed().unsigned_abs() <= 64)
    );
    let weight_steps = tensor("w0/whole/step").numbers().unwrap();
    let (in_step, in_zero) = (number("image/taken/step"), byte("image/taken/zero"));
    let (step, zero) = (number("inner/grid/step"), byte("inner/grid/zero"));
    let image = image(&mut rng);
    let found = network(&model, 1)
        .run(&[("image", &image)])
        .unwrap()
        .remove(0);
    let cells = SIDE * SIDE;
    for (index, found) in found.values.iter().enumerate() {
        let (channel, cell) = (index / cells, index % cells);
        let sum: f32 = (0..3)
            .map(|from| {
                let whole =
                    (image.values[from * cells + cell] / in_step + in_zero).round_ties_even();
                (whole - in_zero) * f32::from(weights[channel * 3 + from].cast_signed())
            })
            .sum();
        let bias_step = weight_steps[channel] * in_step;
        let exact = (sum + (b0[channel] / bias_step).round()) * bias_step;
        let rounded = ((exact / step + zero).round_ties_even().clamp(0.0, 255.0) - zero) * step;
        // A sum just between two steps may go either way.
        assert!((found - rounded).abs() <= step * 1.001, "{found} {rounded}");
    }
}

#[test]
fn what_would_not_gain_stays_as_it_is_and_says_why() {
    let blur = || Tensor::floats("w", &[1, 3, 3, 3], &[0.1; 27]);
    let one = |opset, tensor: Tensor| {
        let nodes = vec![padded(Node::new("Conv", &["image", "w"], "out"))];
        planned(&model(opset, nodes, vec![tensor], &["out"]))
            .unwrap_err()
            .to_string()
    };
    assert!(one(17, blur()).contains("found none that would gain"));
    // The only convolution is the last.
    let last = Tensor::floats("w", &[8, 3, 3, 3], &[0.1; 216]);
    assert!(one(17, last.clone()).contains("found none that would gain"));
    assert!(one(12, last).contains("opset_version=13"));
}

#[test]
fn what_nothing_takes_any_more_is_dropped() {
    let (_, model) = quantised(&every_kind());
    let names: Vec<&str> = model
        .graph
        .as_ref()
        .unwrap()
        .initializer
        .iter()
        .filter_map(|t| t.name.as_deref())
        .collect();
    for gone in ["w0", "b0", "w1", "w2", "columns", "zero", "six", "bank"] {
        assert!(!names.contains(&gone), "{gone} is still there: {names:?}");
    }
    assert!(names.contains(&"w3"));
}
