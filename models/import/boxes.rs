//! Boxes that are written as the station does not read them, brought to one way: a column for each box, with its centre
//! and size in pixels of the input and a score per class.

use super::asked::Layout;
use super::mend::{rename_value, without_name};
use super::plan::Plan;
use super::recognise::Kind;
use crate::onnx::{Graph, Model, Node, Tensor, Value};

/// Puts nodes behind the output of boxes, where they are written otherwise, and says so.
pub(crate) fn put_behind(model: &mut Model, plan: &Plan, mended: &mut Vec<String>) {
    let Some(graph) = &mut model.graph else {
        return;
    };
    let classes = plan.output.classes.len();
    let size = [plan.feeding.input.width, plan.feeding.input.height].map(|side| side as f32);
    let output = plan.output.name.as_str();
    let own = graph.node.len();
    let told = match (&plan.kind, plan.read.get(1)) {
        (Kind::Boxes(Layout::Rows), _) => {
            rows(graph, output, classes);
            "boxes one a row (transposed) became columns"
        }
        (Kind::Boxes(Layout::Shares), _) => {
            shares(graph, output, classes, size);
            "boxes as shares of the image became pixels, one a column"
        }
        (Kind::Boxes(Layout::SharesFinal), _) => {
            shares_final(graph, output, size);
            "centres and sizes as shares of the image became corners in pixels"
        }
        (Kind::Boxes(Layout::Objectness), _) => {
            objectness(graph, output, classes);
            "scores of classes were multiplied by the objectness of their box"
        }
        (Kind::Apart, Some(scores)) => {
            apart(graph, [output, scores], classes, size);
            "boxes as shares of the image, and scores in another output, became one output in pixels"
        }
        _ => return,
    };
    graph.node.iter_mut().skip(own).for_each(without_name);
    if plan.kind == Kind::Apart {
        graph.output.retain(|value| value.name() == output);
        graph.prune();
    }
    mended.push(format!("behind the graph {told}"));
}

/// Makes the output a new one of so many rows, a column for each box. Gives the name of what it was before.
fn behind(graph: &mut Graph, output: &str, rows: usize) -> String {
    let inner = format!("{output}.boxes");
    rename_value(graph, output, &inner);
    let value = graph.output.iter_mut().find(|value| value.name() == output);
    if let Some(value) = value {
        *value = Value::floats(output, &[Some(1), Some(rows), None]);
    }
    inner
}

fn transpose(from: &str, to: &str) -> Node {
    Node::new("Transpose", &[from], to).ints("perm", &[0, 2, 1])
}

fn rows(graph: &mut Graph, output: &str, classes: usize) {
    let inner = behind(graph, output, 4 + classes);
    graph.node.push(transpose(&inner, output));
}

fn shares(graph: &mut Graph, output: &str, classes: usize, [width, height]: [f32; 2]) {
    let inner = behind(graph, output, 4 + classes);
    let [columns, size] = ["columns", "size"].map(|what| format!("{output}.{what}"));
    let mut factors = vec![width, height, width, height];
    factors.resize(4 + classes, 1.0);
    let shape = [1, 4 + classes, 1];
    graph
        .initializer
        .push(Tensor::floats(&size, &shape, &factors));
    graph.node.extend([
        transpose(&inner, &columns),
        Node::new("Mul", &[&columns, &size], output),
    ]);
}

/// Corners are sums of centres and halves of sizes: one product, which leaves score and class as they are.
fn shares_final(graph: &mut Graph, output: &str, [width, height]: [f32; 2]) {
    let [inner, corners] = ["boxes", "corners"].map(|what| format!("{output}.{what}"));
    rename_value(graph, output, &inner);
    let (across, down) = (width / 2.0, height / 2.0);
    let rows = [
        [width, 0.0, width, 0.0, 0.0, 0.0],
        [0.0, height, 0.0, height, 0.0, 0.0],
        [-across, 0.0, across, 0.0, 0.0, 0.0],
        [0.0, -down, 0.0, down, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
    ];
    let matrix = Tensor::floats(&corners, &[6, 6], rows.as_flattened());
    graph.initializer.push(matrix);
    graph
        .node
        .push(Node::new("MatMul", &[&inner, &corners], output));
}

fn objectness(graph: &mut Graph, output: &str, classes: usize) {
    let inner = behind(graph, output, 4 + classes);
    let named = |what: &str| format!("{output}.{what}");
    let columns = named("columns");
    let parts: [(&str, Vec<i64>); 3] = [
        ("box", (0..4).collect()),
        ("objectness", vec![4]),
        ("classes", (5..5 + classes as i64).collect()),
    ];
    graph.node.push(transpose(&inner, &columns));
    for (what, rows) in parts {
        let index = named(&format!("{what}.rows"));
        graph.initializer.push(Tensor::integers(&index, &rows));
        let node = Node::new("Gather", &[&columns, &index], &named(what)).int("axis", 1);
        graph.node.push(node);
    }
    let [corner, whole, each, scores] = ["box", "objectness", "classes", "scores"].map(named);
    graph.node.extend([
        Node::new("Mul", &[&each, &whole], &scores),
        Node::new("Concat", &[&corner, &scores], output).int("axis", 1),
    ]);
}

fn apart(graph: &mut Graph, [boxes, scores]: [&str; 2], classes: usize, [width, height]: [f32; 2]) {
    let inner = behind(graph, boxes, 4 + classes);
    let named = |what: &str| format!("{boxes}.{what}");
    let [columns, size, pixels, all, first, index] =
        ["columns", "size", "pixels", "all", "scores", "classes"].map(named);
    let factors = [width, height, width, height];
    graph.initializer.extend([
        Tensor::floats(&size, &[1, 4, 1], &factors),
        Tensor::integers(&index, &(0..classes as i64).collect::<Vec<i64>>()),
    ]);
    graph.node.extend([
        transpose(&inner, &columns),
        Node::new("Mul", &[&columns, &size], &pixels),
        transpose(scores, &all),
        Node::new("Gather", &[&all, &index], &first).int("axis", 1),
        Node::new("Concat", &[&pixels, &first], boxes).int("axis", 1),
    ]);
}
