//! Graphs changed so that they take and give what the station does: one image of f32, channels first, red first; f32
//! out.

use super::error::{ImportError, unusable};
use super::facts::{Facts, Port};
use super::plan::Plan;
use crate::bundle::manifest::is_name;
use crate::onnx::{BFLOAT16, DOUBLE, FLOAT, FLOAT16, Graph, Model, Node, Tensor, UINT8, Value};
use crate::runtime::Runtime;
use crate::session::batch;

/// What is put between the station's input and the graph's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Front {
    /// The graph takes blue first.
    is_blue_first: bool,
    /// The graph takes the channels last.
    is_channels_last: bool,
    /// Element type that the graph takes, where that is not f32.
    element: Option<i32>,
}

impl Front {
    /// Whether anything is to be done.
    fn is_needed(self) -> bool {
        self != Self::default()
    }
}

/// Puts nodes before the graph's only input, which keeps its name and becomes f32, channels first.
fn put_before(graph: &mut Graph, input: &str, front: Front) {
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
            // A pixel that was corrected may lie beyond, and the cast would begin anew at 0.
            for (kind, limit) in [("Max", 0.0), ("Min", 255.0)] {
                let name = format!("{input}.{}", if limit > 0.0 { "white" } else { "black" });
                graph.initializer.push(Tensor::floats(&name, &[], &[limit]));
                then(kind, &[&name], &|node| node, &mut nodes);
            }
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
    nodes.iter_mut().for_each(without_name);
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

/// Makes a graph one for the station, and says what was done.
///
/// # Errors
/// When it takes several images at once and cannot be made to take one.
pub(crate) fn for_station(
    model: Model,
    facts: &Facts,
    plan: &Plan,
    runtime: &Runtime,
    mended: &mut Vec<String>,
) -> Result<Model, ImportError> {
    let mut model = for_one_image(model, &facts.input, runtime, mended)?;
    let element = facts.input.element;
    let front = Front {
        is_blue_first: plan.feeding.is_blue_first,
        is_channels_last: plan.feeding.is_channels_last,
        element: (element != FLOAT).then_some(element),
    };
    let Some(graph) = &mut model.graph else {
        return Ok(model);
    };
    if front.is_needed() {
        put_before(graph, &facts.input.name, front);
        let told = [
            (front.is_blue_first, "red and blue are swapped"),
            (front.is_channels_last, "channels are put last"),
            (front.element.is_some(), "values are cast"),
        ];
        let told = told.iter().filter(|(is, _)| *is);
        let told: Vec<&str> = told.map(|(_, text)| *text).collect();
        mended.push(format!("before the graph {}", told.join(", ")));
    }
    for output in &plan.read {
        let port = facts.output(output);
        if let Some(port) = port.filter(|port| port.element != FLOAT) {
            widen(graph, output);
            let from = port.element_name();
            mended.push(format!("output {output} is made f32 from {from}"));
        }
    }
    Ok(model)
}

fn for_one_image(
    model: Model,
    input: &Port,
    runtime: &Runtime,
    mended: &mut Vec<String>,
) -> Result<Model, ImportError> {
    let Port { name, sides, .. } = input;
    let images = sides.first().copied().flatten().unwrap_or(1);
    if images <= 1 {
        return Ok(model);
    }
    let changed = match sides[..] {
        [_, Some(channels), Some(height), Some(width)] => {
            let shape = [channels, height, width].map(|side| side as usize);
            batch::changed(&model, name, [images as usize, 1], shape, runtime)
        }
        _ => Err("its input has free sides beside a fixed batch".to_owned()),
    };
    match changed {
        Ok(changed) => {
            mended.push(format!(
                "a batch of {images} became one image; answers on {images} random images are the same"
            ));
            Ok(changed)
        }
        Err(why) => unusable(format!(
            "it takes {images} images at once, and it could not be mended to take one: {why}. Export it with \
             a free batch: torch.onnx.export(…, dynamic_axes={{{name:?}: {{0: \"batch\"}}}}), for Anomalib \
             Engine.export without input_size, for Ultralytics batch=1"
        )),
    }
}

/// Whether a graph's input can be fed after a cast.
pub(crate) fn is_castable(element: i32) -> bool {
    [FLOAT, FLOAT16, UINT8].contains(&element)
}

/// Gives names that a manifest can hold to those inputs and outputs that have others.
pub(crate) fn name_ports(model: &mut Model, plan: &mut Plan, mended: &mut Vec<String>) {
    let Some(graph) = &mut model.graph else {
        return;
    };
    let mut settle = |name: &mut String, plain: &str| {
        if is_name(name) {
            return;
        }
        let is_taken = |plain: &str| {
            graph
                .node
                .iter()
                .any(|node| node.output.iter().any(|n| n == plain))
        };
        let mut new = plain.to_owned();
        while is_taken(&new) {
            new.push('_');
        }
        rename(graph, name, &new);
        mended.push(format!(
            "{name:?} is called {new}, for a manifest holds no such name"
        ));
        *name = new;
    };
    settle(&mut plan.feeding.input.name, "image");
    settle(&mut plan.output.name, "answer");
    if let Some(second) = plan.output.kind.second_mut() {
        settle(second, "second");
    }
}

/// Makes an output of other floats one of 32 bits.
fn widen(graph: &mut Graph, output: &str) {
    let Some(value) = graph.output.iter_mut().find(|value| value.name() == output) else {
        return;
    };
    let Some((FLOAT16 | BFLOAT16 | DOUBLE, sides)) = value.tensor() else {
        return;
    };
    let sides: Vec<Option<usize>> = sides
        .iter()
        .map(|side| side.map(|side| side as usize))
        .collect();
    *value = Value::floats(output, &sides);
    let inner = format!("{output}.given");
    rename_value(graph, output, &inner);
    let mut cast = Node::new("Cast", &[&inner], output).int("to", i64::from(FLOAT));
    without_name(&mut cast);
    graph.node.push(cast);
}

/// Gives a value that nodes make, and those that read it, another name. The graph's own inputs and outputs keep theirs.
pub(crate) fn rename_value(graph: &mut Graph, from: &str, to: &str) {
    for node in &mut graph.node {
        for name in node.output.iter_mut().filter(|name| *name == from) {
            to.clone_into(name);
        }
    }
    rename_uses(graph, from, to);
}

/// Gives a value another name everywhere.
fn rename(graph: &mut Graph, from: &str, to: &str) {
    rename_value(graph, from, to);
    let values = graph.input.iter_mut().chain(&mut graph.output);
    for value in values.filter(|value| value.name() == from) {
        value.name = Some(to.to_owned());
    }
}

/// Names of nodes are of no use, and a tool may have given the same to one of its own.
pub(crate) fn without_name(node: &mut Node) {
    node.name = None;
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
