//! Graphs changed so that they take what the station gives: f32, channels first, red first.

use crate::onnx::{FLOAT, FLOAT16, Graph, Node, Tensor, UINT8, Value};

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
