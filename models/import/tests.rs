//! Broken, hostile and unclear files, and what is said of them.

mod boxes;
mod bytes;
mod domains;
mod outputs;
mod polarity;
mod scores;
mod weights;

use super::facts::facts;
use super::*;
use crate::bundle::Bundle;
use crate::bundle::expected::Expected;
use crate::bundle::manifest::{Activation, Fit, Manifest, Provenance};
use crate::onnx::{Entry, Graph, Model, Node, Opset, Tensor, Value};
use crate::runtime::SessionOptions;
use crate::session::Session;
use std::fs;

/// Which operators, and the weights of a classifier of three classes for images of 8 × 8.
fn model() -> Model {
    let graph = Graph {
        name: Some("classifier".to_owned()),
        node: vec![
            Node::new("GlobalAveragePool", &["x"], "mean"),
            Node::new("Flatten", &["mean"], "flat"),
            Node::new("MatMul", &["flat", "w"], "y"),
        ],
        initializer: vec![Tensor::floats(
            "w",
            &[3, 3],
            &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        )],
        input: vec![Value::floats("x", &[1, 3, 8, 8].map(Some))],
        output: vec![Value::floats("y", &[1, 3].map(Some))],
        ..Graph::default()
    };
    Model {
        ir_version: Some(8),
        producer_name: Some("pytorch".to_owned()),
        graph: Some(graph),
        opset_import: vec![Opset {
            domain: None,
            version: Some(17),
        }],
        ..Model::default()
    }
}

fn entry(key: &str, value: &str) -> Entry {
    Entry {
        key: Some(key.to_owned()),
        value: Some(value.to_owned()),
    }
}

fn said() -> Asked {
    Asked {
        classes: Some(["good", "dent", "stain"].map(str::to_owned).to_vec()),
        good: Some(vec!["good".to_owned()]),
        preset: Some(Preset::Torchvision),
        ..Asked::default()
    }
}

/// What can be said of any graph of these tests but its answer.
fn fed() -> Asked {
    Asked {
        colour: Some(Colour::Rgb),
        normalisation: Some(Normalisation::UNIT),
        fit: Some(Fit::Stretch),
        ..Asked::default()
    }
}

/// The classifier with nodes behind it, which make `z` of its `y`.
fn ending(nodes: Vec<Node>, constants: Vec<Tensor>, sides: &[usize]) -> Model {
    let mut model = model();
    let graph = model.graph.as_mut().unwrap();
    graph.node.extend(nodes);
    graph.initializer.extend(constants);
    let sides: Vec<Option<usize>> = sides.iter().copied().map(Some).collect();
    graph.output = vec![Value::floats("z", &sides)];
    model
}

fn number(name: &str, value: f32) -> Tensor {
    Tensor::floats(name, &[], &[value])
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn import_bytes(&self, bytes: &[u8], asked: &Asked) -> Result<Imported, ImportError> {
        let file = self.0.path().join("model.onnx");
        fs::write(&file, bytes).unwrap();
        import(crate::runtime::init(None).unwrap(), &file, asked)
    }

    fn import(&self, model: &Model, asked: &Asked) -> Result<Imported, ImportError> {
        self.import_bytes(&model.encode_to_vec(), asked)
    }

    /// The words of the refusal.
    fn refused(&self, model: &Model) -> String {
        self.import(model, &said()).unwrap_err().to_string()
    }
}

/// What a bundle of it says of a grey image, as a station reads it.
fn answer(imported: &Imported) -> Expected {
    answer_to(imported, 128)
}

/// The same of an image of this grey level.
fn answer_to(imported: &Imported, grey: u8) -> Expected {
    let home = tempfile::tempdir().unwrap();
    let manifest = Manifest {
        name: "imported".to_owned(),
        task: imported.task,
        sha256: String::new(),
        input: imported.input.clone(),
        output: imported.output.clone(),
        place: None,
        provenance: Provenance {
            made_by: "a test".to_owned(),
            trained_on: "nothing".to_owned(),
            licence: "none".to_owned(),
            created: "2026-01-01".to_owned(),
        },
        references: None,
    };
    let bundle = Bundle::create(&home.path().join("bundle"), &manifest, &imported.model).unwrap();
    let runtime = crate::runtime::init(None).unwrap();
    let mut session = Session::new(runtime, &bundle, &SessionOptions::default()).unwrap();
    let input = &imported.input;
    let count = input.width as usize * input.height as usize * input.channels.count();
    session.load_resized(&vec![grey; count]).unwrap();
    Expected::of(&session.run().unwrap())
}

fn is_near(found: f32, expected: f32) {
    assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
}

fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "expected {part:?} in: {text}");
    }
}

#[test]
fn a_plain_classifier_is_taken_as_it_was_said() {
    let imported = Folder::new().import(&model(), &said()).unwrap();
    assert_eq!(imported.task, Task::Classify);
    assert_eq!(imported.sureness, Sureness::Likely);
    assert_eq!((imported.input.width, imported.input.height), (8, 8));
    assert_eq!(imported.output.activation, Activation::Softmax);
    assert_eq!(imported.made_by, "pytorch");
}

#[test]
fn what_the_file_does_not_tell_is_asked_for_all_at_once() {
    let error = Folder::new().import(&model(), &Asked::default());
    let text = error.unwrap_err().to_string();
    let flags = [
        "--classes",
        "--good",
        "--colour",
        "--normalisation",
        "--fit",
        "--activation",
    ];
    contains(&text, &flags);
    contains(&text, &["names of its 3 classes", "likely, by its shapes"]);
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    let (folder, bytes) = (Folder::new(), model().encode_to_vec());
    for length in 0..bytes.len() - 1 {
        // The last fields may be lost without being missed: the version of the operators is one.
        let found = folder.import_bytes(&bytes[..length], &said());
        let text = found.expect_err("no model").to_string();
        assert!(
            text.contains("expected an ONNX file") || text.contains("operators of version"),
            "{length}: {text}"
        );
    }
}

#[test]
fn other_files_are_named_for_what_they_are() {
    let folder = Folder::new();
    for bytes in [
        &b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"[..],
        b"PK\x03\x04 a pickled checkpoint",
        b"",
        b"<?xml version=\"1.0\"?><net/>",
    ] {
        let text = folder.import_bytes(bytes, &said()).unwrap_err().to_string();
        contains(&text, &["expected an ONNX file", "Git LFS"]);
    }
    let missing = folder.0.path().join("missing.onnx");
    let found = import(crate::runtime::init(None).unwrap(), &missing, &said());
    contains(&found.unwrap_err().to_string(), &["missing.onnx"]);
}

#[test]
fn a_huge_file_is_not_read_to_its_end() {
    let folder = Folder::new();
    let file = folder.0.path().join("model.onnx");
    let made = fs::File::create(&file).unwrap();
    made.set_len(1 << 40).unwrap();
    let error = import(crate::runtime::init(None).unwrap(), &file, &said()).unwrap_err();
    contains(&error.to_string(), &["larger than 536870912 bytes"]);
}

#[test]
fn operators_that_nobody_has_are_refused() {
    for version in [0, 8, 99, -3] {
        let mut model = model();
        model.opset_import[0].version = Some(version);
        contains(
            &Folder::new().refused(&model),
            &["operators of version", "expected 9 to 26", "opset_version"],
        );
    }
}

#[test]
fn shapes_that_cannot_be_fed_are_refused() {
    let with_input = |sides: &[Option<usize>]| {
        let mut model = model();
        if let Some(graph) = &mut model.graph {
            graph.input = vec![Value::floats("x", sides)];
        }
        model
    };
    let cases: [(&[Option<usize>], &str); 6] = [
        (&[Some(1), Some(3), Some(0), Some(8)], "a side of length 0"),
        (&[Some(1), Some(3), Some(9000), Some(8)], "9000"),
        (&[Some(1), Some(3), Some(4), Some(4)], "4×4"),
        (&[Some(1), Some(7), Some(8), Some(8)], "1 or 3 channels"),
        (&[Some(1), Some(192)], "not recognised"),
        (&[None, Some(3), None, None], "--size WIDTHxHEIGHT"),
    ];
    for (sides, expected) in cases {
        contains(&Folder::new().refused(&with_input(sides)), &[expected]);
    }
    let mut double = model();
    let mut none = model();
    let mut two = model();
    if let (Some(double), Some(none), Some(two)) =
        (&mut double.graph, &mut none.graph, &mut two.graph)
    {
        let kind = double.input[0]
            .kind
            .as_mut()
            .and_then(|kind| kind.tensor.as_mut());
        kind.unwrap().element = Some(11);
        none.output.clear();
        two.input.push(Value::floats("mask", &[Some(1)]));
    }
    contains(&Folder::new().refused(&double), &["f32, f16 or u8"]);
    contains(&Folder::new().refused(&none), &["no output"]);
    contains(
        &Folder::new().refused(&two),
        &["expected one input", "x, mask"],
    );
}

/// A graph that gives these numbers whatever it sees, under these names.
fn constant(outputs: &[(&str, &[usize], &[f32])]) -> Model {
    let mut model = model();
    let graph = model.graph.as_mut().unwrap();
    graph.node = vec![
        Node::new("ReduceMean", &["x"], "mean").int("keepdims", 0),
        Node::new("Mul", &["mean", "nothing"], "zero"),
    ];
    graph.initializer = vec![Tensor::floats("nothing", &[], &[0.0])];
    graph.output.clear();
    for (name, shape, values) in outputs {
        let mut values = values.to_vec();
        values.resize(shape.iter().product(), 0.0);
        let given = format!("{name}.values");
        graph
            .initializer
            .push(Tensor::floats(&given, shape, &values));
        graph.node.push(Node::new("Add", &[&given, "zero"], name));
        let sides: Vec<Option<usize>> = shape.iter().copied().map(Some).collect();
        graph.output.push(Value::floats(name, &sides));
    }
    model
}

/// A model as Ultralytics would write it, for boxes of two classes.
fn ultralytics(entries: &[(&str, &str)]) -> Model {
    let mut model = constant(&[("output0", &[1, 6, 84], &[])]);
    let own = [
        ("author", "Ultralytics"),
        ("task", "detect"),
        ("stride", "32"),
    ];
    model.metadata_props = own
        .iter()
        .chain(entries)
        .map(|(key, value)| entry(key, value))
        .collect();
    model
}

#[test]
fn metadata_is_taken_where_it_fits_and_asked_for_where_it_does_not() {
    let good = ultralytics(&[("names", "{0: 'dent', 1: 'screw'}"), ("imgsz", "[8, 8]")]);
    let imported = Folder::new().import(&good, &Asked::default()).unwrap();
    assert_eq!(imported.sureness, Sureness::Certain);
    assert_eq!(imported.output.classes, ["dent", "screw"]);
    let deep = "[".repeat(100_000);
    for names in [
        "{0: 'dent'",
        "{0: 'dent', 2: 'screw'}",
        "__import__('os')",
        &deep,
    ] {
        let error = Folder::new().import(&ultralytics(&[("names", names)]), &Asked::default());
        contains(&error.unwrap_err().to_string(), &["--classes NAME"]);
    }
    let three = ultralytics(&[("names", "{0: 'a', 1: 'b', 2: 'c'}")]);
    let error = Folder::new().import(&three, &Asked::default()).unwrap_err();
    contains(&error.to_string(), &["3 names", "has room for 2"]);
    let pose = ultralytics(&[("task", "pose")]);
    let error = Folder::new().import(&pose, &Asked::default()).unwrap_err();
    contains(&error.to_string(), &["an Ultralytics model for pose"]);
    let other_size = ultralytics(&[
        ("names", "{0: 'dent', 1: 'screw'}"),
        ("imgsz", "[999999, 8]"),
    ]);
    let error = Folder::new()
        .import(&other_size, &Asked::default())
        .unwrap_err();
    contains(&error.to_string(), &["fixed height of 8"]);
}

#[test]
fn a_batch_that_cannot_be_mended_says_how_to_export_again() {
    let mut model = model();
    let graph = model.graph.as_mut().unwrap();
    graph.input = vec![Value::floats("x", &[4, 3, 8, 8].map(Some))];
    graph.output = vec![Value::floats("y", &[4, 3].map(Some))];
    // Each image's answer is made of all images.
    graph
        .node
        .push(Node::new("CumSum", &["y0", "first"], "y").int("exclusive", 0));
    graph.node[2].output = vec!["y0".to_owned()];
    graph.initializer.push(Tensor::integers("first", &[0]));
    let text = Folder::new().refused(&model);
    contains(&text, &["4 images at once", "dynamic_axes", "Anomalib"]);
    let graph = model.graph.as_mut().unwrap();
    graph.node.pop();
    graph.node[2].output = vec!["y".to_owned()];
    let imported = Folder::new().import(&model, &said()).unwrap();
    contains(&imported.mended[0], &["a batch of 4 became one image"]);
    let mended = Model::decode(&imported.model[..]).unwrap();
    let sides = facts(&mended).unwrap().input.sides;
    assert_eq!(sides, [1, 3, 8, 8].map(Some));
}
