//! What goes in: graphs that take bytes get bytes.

use super::*;
use crate::onnx::UINT8;
use crate::session::network::{Array, Network};

/// The classifier with this in front of it, which makes `x0` of its `x`.
fn beginning(nodes: Vec<Node>, constants: Vec<Tensor>) -> Model {
    let mut model = model();
    let graph = model.graph.as_mut().unwrap();
    graph.node[0].input = vec!["x0".to_owned()];
    graph.node.splice(0..0, nodes);
    graph.initializer.extend(constants);
    model
}

/// The classifier of bytes.
fn of_bytes() -> Model {
    let cast = Node::new("Cast", &["x"], "x0").int("to", 1);
    let mut model = beginning(vec![cast], Vec::new());
    let input = &mut model.graph.as_mut().unwrap().input[0];
    let kind = input.kind.as_mut().and_then(|kind| kind.tensor.as_mut());
    kind.unwrap().element = Some(UINT8);
    model
}

#[test]
fn a_graph_that_takes_bytes_gets_bytes_and_nothing_else() {
    let of_bytes = of_bytes();
    let divided = beginning(
        vec![Node::new("Div", &["x", "white"], "x0")],
        vec![number("white", 255.0)],
    );
    let multiplied = beginning(
        vec![
            Node::new("Identity", &["x"], "same"),
            Node::new("Mul", &["same", "part"], "x0"),
        ],
        vec![number("part", 1.0 / 127.5)],
    );
    let asked = |normalisation: Option<Normalisation>, preset: Option<Preset>| Asked {
        classes: said().classes,
        good: said().good,
        activation: Some(Activation::Sigmoid),
        normalisation,
        preset,
        ..fed()
    };
    for (model, mean) in [
        (&of_bytes, 64.0_f32),
        (&divided, 64.0 / 255.0),
        (&multiplied, 64.0 / 127.5),
    ] {
        for normalisation in [None, Some(Normalisation::BYTES)] {
            let imported = Folder::new()
                .import(model, &asked(normalisation, None))
                .unwrap();
            assert_eq!(
                (imported.input.scale, &imported.input.std[..]),
                (1.0, &[1.0; 3][..])
            );
            // Each class is the mean of a channel.
            is_near(
                answer_to(&imported, 64).classes[1],
                1.0 / (1.0 + (-mean).exp()),
            );
        }
        let others = [
            asked(Some(Normalisation::UNIT), None),
            asked(Some(Normalisation::IMAGENET), None),
            asked(Some(Normalisation::SYMMETRIC), Some(Preset::Torchvision)),
            asked(None, Some(Preset::Torchvision)),
            asked(None, Some(Preset::Ultralytics)),
        ];
        for other in others {
            let error = Folder::new().import(model, &other).unwrap_err().to_string();
            contains(
                &error,
                &["the graph takes bytes 0 to 255", "--normalisation bytes"],
            );
        }
        let overruled = asked(Some(Normalisation::BYTES), Some(Preset::Torchvision));
        assert!(Folder::new().import(model, &overruled).is_ok());
    }
    // What a graph does to values from 0 to 1 is its own affair.
    let centred = beginning(
        vec![Node::new("Sub", &["x", "level"], "x0")],
        vec![number("level", 0.45)],
    );
    Folder::new()
        .import(&centred, &asked(Some(Normalisation::UNIT), None))
        .unwrap();
}

#[test]
fn pixels_beyond_white_and_black_stay_white_and_black_in_bytes() {
    let of_bytes = of_bytes();
    let asked = Asked {
        classes: said().classes,
        good: said().good,
        activation: Some(Activation::Sigmoid),
        normalisation: None,
        ..fed()
    };
    let imported = Folder::new().import(&of_bytes, &asked).unwrap();
    let runtime = crate::runtime::init(None).unwrap();
    let mut network = Network::new(runtime, &imported.model, 1).unwrap();
    for (given, taken) in [(300.0, 255.0), (-20.0, 0.0), (12.4, 12.0)] {
        let image = Array {
            shape: vec![1, 3, 8, 8],
            values: vec![given; 192],
        };
        let found = network.run(&[("x", &image)]).expect("it runs");
        is_near(found[0].values[0], taken);
    }
}
