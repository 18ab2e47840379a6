//! Which levels of a backbone are remembered, and what their edges say.

use super::*;

fn remembered(levels: &[&str]) -> Vec<String> {
    let levels = levels.iter().map(|level| (*level).to_owned()).collect();
    let backbone = Backbone::parse(&backbone(18), levels, [0.4; 3], [0.3; 3]).unwrap();
    let taught = taught_by(&backbone, 4, &options()).unwrap();
    let names = taught.weights.iter().map(|weight| weight.name.clone());
    let mut names: Vec<String> = names.collect();
    names.dedup();
    names
}

/// A backbone of one level, `level`, of these nodes.
fn of_nodes(node: Vec<Node>, initializer: Vec<Tensor>) -> Model {
    let graph = crate::onnx::Graph {
        name: Some("one level".to_owned()),
        node,
        initializer,
        input: vec![Value::floats("picture", &[None, Some(3), None, None])],
        output: vec![Value::floats("level", &[None; 4])],
        ..crate::onnx::Graph::default()
    };
    Model {
        ir_version: Some(8),
        graph: Some(graph),
        opset_import: vec![Opset {
            domain: None,
            version: Some(18),
        }],
        ..Model::default()
    }
}

#[test]
fn every_level_is_remembered_unless_some_are_named() {
    assert_eq!(remembered(&[]), ["fine", "coarse"]);
    assert_eq!(remembered(&["coarse"]), ["coarse"]);
}

#[test]
fn a_level_finer_than_a_quarter_is_pooled_to_it() {
    let model = of_nodes(vec![Node::new("Relu", &["picture"], "level")], Vec::new());
    let bytes = prost::Message::encode_to_vec(&model);
    let backbone = Backbone::parse(&bytes, Vec::new(), [0.0; 3], [1.0; 3]).unwrap();
    let front = graph::Front {
        input: (96, 64),
        network: (96, 64),
        grey: None,
    };
    let eye =
        crate::teach::backbone::Eye::new(runtime::init(None).unwrap(), &backbone, front, 1, &[]);
    let place = eye.unwrap().places[0];
    assert_eq!((place.stride, place.grid), (4, (24, 16)));
}

/// Features that are 9 everywhere: the mean of 3×3 cells of which 3 or 5 lie beyond the edge is 6 or 4.
#[test]
fn what_lies_beyond_the_edge_counts_as_nothing() {
    let nodes = vec![
        Node::new("MaxPool", &["picture"], "small")
            .ints("kernel_shape", &[8, 8])
            .ints("strides", &[8, 8]),
        Node::new("Clip", &["small", "nine", "nine"], "level"),
    ];
    let model = of_nodes(nodes, vec![Tensor::floats("nine", &[], &[9.0])]);
    let front = graph::Front {
        input: (32, 32),
        network: (32, 32),
        grey: None,
    };
    let levels = ["level".to_owned()];
    let opened = graph::opened(&model, front, &levels).unwrap();
    let pooled = graph::features(&opened, &levels, &[1]);
    let bytes = prost::Message::encode_to_vec(&pooled);
    let mut network = Network::new(runtime::init(None).unwrap(), &bytes, 1).unwrap();
    let image = Array {
        shape: vec![1, 3, 32, 32],
        values: vec![0.5; 3 * 32 * 32],
    };
    let found = network.run(&[(graph::INPUT, &image)]).unwrap();
    assert_eq!(found[0].values[..4], [4.0, 6.0, 6.0, 4.0]);
    assert_eq!(found[0].values[4..8], [6.0, 9.0, 9.0, 6.0]);
}
