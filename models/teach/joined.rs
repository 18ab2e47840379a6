//! Several networks as one: one input, and the levels of all, named `network.level`.

use super::TeachError;
use super::backbone::{Backbone, Level};
use crate::onnx::{Attribute, Graph, Model, Node, Opset, Tensor, Value};
use std::collections::HashSet;

/// Input of the network that comes out.
const INPUT: &str = "image";
/// Operators that mean the same in all versions from 13 to 18 of the standard ones.
const UNCHANGED: [&str; 15] = [
    "Add",
    "Clip",
    "Concat",
    "Constant",
    "Conv",
    "Div",
    "GlobalAveragePool",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "MaxPool",
    "Mul",
    "Relu",
    "Sigmoid",
    "Sub",
];
/// What a backbone's levels are called that see the picture at half its size, and those that see all of it.
const LOOKS: [(&str, usize); 2] = [("far", 2), ("near", 1)];
/// Versions among which they are.
const VERSIONS: std::ops::RangeInclusive<i64> = 13..=18;

/// One of the networks that are joined.
struct Part<'a> {
    name: &'a str,
    backbone: &'a Backbone,
    /// How many times smaller than what comes in is what it sees.
    shrunk: usize,
    /// Those that are used.
    levels: Vec<&'a Level>,
}

impl Backbone {
    /// One backbone of several, each under a name of its own. Networks that err differently find more together
    /// than the best of them alone.
    ///
    /// # Errors
    /// When two have one name, or their operators cannot stand in one graph.
    pub fn joined(networks: Vec<(String, Backbone)>) -> Result<Self, TeachError> {
        let mut networks = networks;
        if networks.len() == 1 {
            return Ok(networks.remove(0).1);
        }
        let parts = networks.iter().map(|(name, backbone)| Part {
            name,
            backbone,
            shrunk: 1,
            levels: backbone.levels().iter().collect(),
        });
        joined(&parts.collect::<Vec<_>>())
    }

    /// The same networks looking twice: at all that comes in, where those levels are used that `near` says, and at half
    /// its size. From near small defects are seen, from far large ones.
    ///
    /// # Errors
    /// When the operators cannot stand in a graph twice.
    pub(super) fn twice(&self, near: &[bool]) -> Result<Self, TeachError> {
        let parts = LOOKS.map(|(name, shrunk)| {
            let levels = self.levels().iter().zip(near);
            let used = levels.filter(|(_, near)| shrunk > 1 || **near);
            Part {
                name,
                backbone: self,
                shrunk,
                levels: used.map(|(level, _)| level).collect(),
            }
        });
        joined(&parts)
    }
}

fn joined(parts: &[Part]) -> Result<Backbone, TeachError> {
    let wrong = |message: String| TeachError::Backbone { message };
    let newest = parts.iter().map(|part| part.backbone.model().opset()).max();
    let newest =
        newest.ok_or_else(|| wrong("expected one network or more, found none".to_owned()))?;
    let mut all = Graph {
        name: Some("networks".to_owned()),
        input: vec![Value::floats(INPUT, &[None, Some(3), None, None])],
        ..Graph::default()
    };
    let (mut levels, mut known) = (Vec::new(), Vec::new());
    for part in parts {
        let name = part.name;
        if known.contains(&name) {
            return Err(wrong(format!(
                "expected networks of different names, found \"{name}\" twice; rename one of the files"
            )));
        }
        known.push(name);
        if let Some(reason) = misfit(part.backbone, newest) {
            let message = format!("{name} cannot stand beside the others: {reason}");
            return Err(wrong(message));
        }
        take(&mut all, part);
        levels.extend(part.levels.iter().map(|level| Level {
            name: format!("{name}.{}", level.name),
            shrunk: level.shrunk * part.shrunk,
        }));
    }
    all.output = levels
        .iter()
        .map(|level| Value::floats(&level.name, &[None; 4]))
        .collect();
    let mut known = HashSet::new();
    if let Some(twice) = levels.iter().find(|level| !known.insert(&level.name)) {
        let name = &twice.name;
        return Err(wrong(format!(
            "two outputs would be called {name}; rename one of the files"
        )));
    }
    let mut model = Model {
        ir_version: parts
            .iter()
            .filter_map(|part| part.backbone.model().ir_version)
            .max(),
        producer_name: Some("inspector teach".to_owned()),
        ..Model::default()
    };
    model.opset_import.push(Opset {
        domain: Some(String::new()),
        version: Some(newest),
    });
    model.graph = Some(all);
    Ok(Backbone::of(model, levels, [0.0; 3], [1.0; 3]))
}

/// Why a network cannot stand in one graph with others whose operators are of this version.
fn misfit(backbone: &Backbone, newest: i64) -> Option<String> {
    let model = backbone.model();
    let graph = model.graph.as_ref();
    let nodes = || graph.iter().flat_map(|graph| &graph.node);
    let has_branches = |a: &Attribute| a.g.is_some() || !a.graphs.is_empty();
    if let Some(node) = nodes().find(|node| node.attribute.iter().any(has_branches)) {
        return Some(format!("{} holds graphs of its own", node.op_type()));
    }
    let count = graph.map_or(0, |graph| graph.fed().count());
    if count != 1 {
        return Some(format!("expected one input, found {count}"));
    }
    let is_made = |level: &Level| nodes().any(|node| node.output.contains(&level.name));
    if let Some(level) = backbone.levels().iter().find(|level| !is_made(level)) {
        return Some(format!("no operator gives its output {}", level.name));
    }
    let is_standard = |domain: &&str| matches!(*domain, "" | "ai.onnx");
    let imported = model.opset_import.iter();
    let mut domains = imported.map(|opset| opset.domain.as_deref().unwrap_or_default());
    if let Some(domain) = domains.find(|domain| !is_standard(domain)) {
        return Some(format!(
            "expected standard operators only, found those of \"{domain}\""
        ));
    }
    let own = model.opset();
    let is_known = VERSIONS.contains(&own) && VERSIONS.contains(&newest);
    let mut operators = nodes().map(Node::op_type);
    let changed = operators.find(|op| !UNCHANGED.contains(op));
    let changed = changed.or((!is_known).then_some("its operators"));
    let op = changed.filter(|_| own != newest)?;
    Some(format!(
        "{op} may differ between versions {own} and {newest} of the operators; export all networks with the same \
         opset_version"
    ))
}

/// Adds a network that fits, its names after its own.
fn take(all: &mut Graph, part: &Part) {
    let (name, backbone) = (part.name, part.backbone);
    let graph = backbone.model().graph.clone().unwrap_or_default();
    let input = graph.fed().next().map_or("", Value::name).to_owned();
    let seen = normalised(all, name, backbone);
    let seen = shrunk(all, name, seen, part.shrunk);
    let renamed = |old: &str| match old {
        "" => String::new(),
        old if old == input => seen.clone(),
        old if backbone.levels().iter().any(|level| level.name == old) => format!("{name}.{old}"),
        old => format!("{name}/{old}"),
    };
    for mut tensor in graph.initializer {
        tensor.name = tensor.name.as_deref().map(renamed);
        all.initializer.push(tensor);
    }
    for mut node in graph.node {
        node.name = node.name.as_deref().map(|own| format!("{name}/{own}"));
        for tensor in node.input.iter_mut().chain(&mut node.output) {
            *tensor = renamed(tensor);
        }
        all.node.push(node);
    }
}

/// What the network sees, so many times smaller: the mean of as many pixels in a square.
fn shrunk(all: &mut Graph, name: &str, seen: String, times: usize) -> String {
    if times == 1 {
        return seen;
    }
    let to = format!("{name}/joined-shrunk");
    let sides = [times as i64; 2];
    all.node.push(
        Node::new("AveragePool", &[&seen], &to)
            .ints("kernel_shape", &sides)
            .ints("strides", &sides),
    );
    to
}

/// What the network sees, where it expects a mean and std of its own.
fn normalised(all: &mut Graph, name: &str, backbone: &Backbone) -> String {
    let (mean, std) = backbone.mean_and_std();
    if mean == [0.0; 3] && std == [1.0; 3] {
        return INPUT.to_owned();
    }
    let [means, stds, centred, seen] =
        ["mean", "std", "centred", "seen"].map(|what| format!("{name}/joined-{what}"));
    all.initializer
        .push(Tensor::floats(&means, &[1, 3, 1, 1], &mean));
    all.initializer
        .push(Tensor::floats(&stds, &[1, 3, 1, 1], &std));
    all.node.push(Node::new("Sub", &[INPUT, &means], &centred));
    all.node.push(Node::new("Div", &[&centred, &stds], &seen));
    seen
}
