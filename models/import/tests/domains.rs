//! Sets of operators: those that nodes are of count, those that a file merely lists do not.

use super::*;
use crate::onnx::{Attribute, Function};

fn opset(domain: &str, version: i64) -> Opset {
    Opset {
        domain: Some(domain.to_owned()),
        version: Some(version),
    }
}

/// The sets that ONNX Runtime lists in every file that it saves, and one of a version that it does not take.
fn listed() -> Vec<Opset> {
    let all = [
        "ai.onnx.training",
        "ai.onnx.preview.training",
        "com.microsoft",
        "com.microsoft.experimental",
        "com.microsoft.nchwc",
        "org.pytorch.aten",
        "pkg.onnxscript.torch_lib.common",
    ];
    let all = all.map(|domain| opset(domain, 1));
    all.into_iter().chain([opset("ai.onnx.ml", 99)]).collect()
}

fn of(domain: &str, kind: &str, input: &str, output: &str) -> Node {
    Node {
        domain: Some(domain.to_owned()),
        ..Node::new(kind, &[input], output)
    }
}

/// The model with a node of this set behind its first one.
fn with_node(node: Node) -> Model {
    let mut model = model();
    let graph = model.graph.as_mut().unwrap();
    graph.node[1].input = node.output.clone();
    graph.node.insert(1, node);
    model.opset_import.extend(listed());
    model
}

#[test]
fn sets_that_no_node_is_of_do_not_count() {
    let mut listing = model();
    listing.opset_import.extend(listed());
    let imported = Folder::new().import(&listing, &said()).unwrap();
    contains(
        &imported.mended[0],
        &["were left out", "org.pytorch.aten", "ai.onnx.ml"],
    );
    let kept = Model::decode(&imported.model[..]).unwrap().opset_import;
    assert_eq!(kept, model().opset_import);
    let plain = Folder::new().import(&model(), &said()).unwrap();
    assert_eq!(answer(&imported), answer(&plain));
    assert!(plain.mended.is_empty(), "{:?}", plain.mended);
}

#[test]
fn nodes_that_onnx_runtime_does_not_have_are_named_with_how_they_came_there() {
    let cases = [
        ("com.microsoft.nchwc", "ReorderInput", "ORT_ENABLE_ALL"),
        ("ai.onnx.training", "Adam", "a graph for training"),
        ("org.pytorch.aten", "ATen", "OperatorExportTypes.ONNX"),
        ("ai.onnx.contrib", "DecodeImage", "onnxruntime-extensions"),
        ("my.ops", "Magic", "standard operators only"),
    ];
    for (domain, kind, cause) in cases {
        let text = Folder::new().refused(&with_node(of(domain, kind, "mean", "strange")));
        contains(&text, &[kind, domain, cause]);
        let others = cases.iter().filter(|(other, ..)| *other != domain);
        for (other, ..) in others {
            assert!(!text.contains(other), "{other} is not to blame: {text}");
        }
    }
}

#[test]
fn nodes_within_branches_and_functions_count() {
    let branch = |name: &str| Attribute {
        name: Some(name.to_owned()),
        kind: Some(5),
        g: Some(Graph {
            name: Some(name.to_owned()),
            node: vec![of("my.ops", "Magic", "mean", "chosen")],
            output: vec![Value::floats("chosen", &[None, None, None, None])],
            ..Graph::default()
        }),
        ..Attribute::default()
    };
    let either = Node {
        attribute: vec![branch("then_branch"), branch("else_branch")],
        ..Node::new("If", &["yes"], "either")
    };
    let text = Folder::new().refused(&with_node(either));
    contains(&text, &["Magic of \"my.ops\""]);
    let mut calling = with_node(of("mine", "Twice", "mean", "twice"));
    calling.opset_import.push(opset("mine", 1));
    calling.functions = vec![function(of("my.ops", "Magic", "p", "q"))];
    contains(&Folder::new().refused(&calling), &["Magic of \"my.ops\""]);
}

/// A function of one node, as files have it.
fn function(node: Node) -> Vec<u8> {
    let function = Function {
        name: Some("Twice".to_owned()),
        domain: Some("mine".to_owned()),
        input: vec!["p".to_owned()],
        output: vec!["q".to_owned()],
        node: vec![node],
        opset_import: vec![opset("", 17), opset("my.ops", 1)],
    };
    function.encode_to_vec()
}

#[test]
fn functions_of_the_file_itself_are_operators_and_those_that_nothing_calls_are_not() {
    let double = function(Node::new("Add", &["p", "p"], "q"));
    let mut calling = with_node(of("mine", "Twice", "mean", "twice"));
    calling.opset_import.push(opset("mine", 1));
    calling.functions = vec![double];
    let scaleless = Asked {
        activation: Some(Activation::None),
        normalisation: Some(Normalisation::UNIT),
        ..said()
    };
    let imported = Folder::new().import(&calling, &scaleless).unwrap();
    // Each class is the mean of a channel, 0.25 of which became 0.5.
    is_near(answer_to(&imported, 64).classes[1], 2.0 * 64.0 / 255.0);
    let mut idle = model();
    idle.opset_import.push(opset("my.ops", 1));
    idle.functions = vec![function(of("my.ops", "Magic", "p", "q"))];
    let imported = Folder::new().import(&idle, &said()).unwrap();
    let kept = Model::decode(&imported.model[..]).unwrap();
    assert!(kept.functions.is_empty());
}

#[test]
fn a_length_of_minus_one_is_a_free_side_and_no_other_is() {
    let with_sides = |sides: [i64; 4]| {
        let mut model = model();
        let graph = model.graph.as_mut().unwrap();
        for (side, length) in sides.into_iter().enumerate() {
            graph.input[0].set_side(side, length);
        }
        graph.output[0].set_side(0, sides[0]);
        model
    };
    let sized = Asked {
        size: Some((8, 8)),
        ..said()
    };
    for sides in [[-1, 3, 8, 8], [-1, 3, -1, -1], [1, 3, -1, 8]] {
        let imported = Folder::new().import(&with_sides(sides), &sized).unwrap();
        let fixed = Folder::new().import(&model(), &said()).unwrap();
        assert_eq!(answer(&imported), answer(&fixed));
        let kept = Model::decode(&imported.model[..]).unwrap();
        let dims = &kept.graph.unwrap().input[0].kind.clone().unwrap();
        let dims = &dims.tensor.as_ref().unwrap().shape.as_ref().unwrap().dim;
        assert!(dims.iter().all(|dim| dim.value != Some(-1)), "{dims:?}");
    }
    let open = Folder::new().refused(&with_sides([-1, 3, -1, -1]));
    contains(&open, &["--size WIDTHxHEIGHT"]);
    for sides in [[0, 3, 8, 8], [-2, 3, 8, 8], [1, 3, -7, 8]] {
        contains(
            &Folder::new().refused(&with_sides(sides)),
            &["a side of length"],
        );
    }
}
