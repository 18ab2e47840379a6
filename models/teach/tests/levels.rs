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

#[test]
fn levels_finer_than_an_eighth_are_left_out_unless_there_is_nothing_else_or_they_were_named() {
    assert_eq!(remembered(&[]), ["coarse"]);
    assert_eq!(remembered(&["fine"]), ["fine"]);
    assert_eq!(remembered(&["fine", "coarse"]), ["fine", "coarse"]);
}

/// Features that are 9 everywhere: the mean of 3×3 cells of which 3 or 5 lie beyond the edge is 6 or 4.
#[test]
fn what_lies_beyond_the_edge_counts_as_nothing() {
    let graph = crate::onnx::Graph {
        name: Some("nine".to_owned()),
        node: vec![
            Node::new("MaxPool", &["picture"], "small")
                .ints("kernel_shape", &[8, 8])
                .ints("strides", &[8, 8]),
            Node::new("Clip", &["small", "nine", "nine"], "level"),
        ],
        initializer: vec![Tensor::floats("nine", &[], &[9.0])],
        input: vec![Value::floats("picture", &[None, Some(3), None, None])],
        output: vec![Value::floats("level", &[None; 4])],
        ..crate::onnx::Graph::default()
    };
    let model = Model {
        ir_version: Some(8),
        graph: Some(graph),
        opset_import: vec![Opset {
            domain: None,
            version: Some(18),
        }],
        ..Model::default()
    };
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
