//! Makes one graph of a backbone and its memories: image in, map of how unlike a good part out.

pub(super) mod heads;

use super::Size;
use super::contrast::{constant, contrast, enlarge, resize, smooth};
use super::distance::distance;
use super::head::Head;
use super::memory::{Memory, Place};
use super::rule::Rule;
use super::weighing::{TOLD_MIN, VALUE_MIN};
use crate::onnx::{Graph, Model, Node, Tensor, Value};
use std::collections::HashSet;

/// The taught graph's input and output.
pub const INPUT: &str = "image";
pub const OUTPUT: &str = "anomaly";
/// The lowest version of the standard operators that the added nodes are written for.
const OPSET_MIN: i64 = 13;

/// How images come in, and what the backbone sees of them.
#[derive(Clone, Copy, Debug)]
pub struct Front {
    /// Size of the input.
    pub input: Size,
    /// Size that the backbone works at; images are enlarged to it where it differs.
    pub network: Size,
    /// For images of one channel: mean and std of each of the three that the backbone expects, which the
    /// graph makes of it. None for images of three, which come in normalised.
    pub grey: Option<Expected>,
}

/// Mean and std of red, green and blue.
pub type Expected = ([f32; 3], [f32; 3]);

impl Front {
    /// Channels of the images that come in: 1 or 3.
    pub fn channels(&self) -> usize {
        if self.grey.is_some() { 1 } else { 3 }
    }
}

/// A memory, and what its score counts.
#[derive(Clone, Debug)]
pub struct Detector {
    pub memory: Memory,
    /// What the logarithm of a good picture's largest value is on average.
    pub centre: f32,
    /// And its standard deviation.
    pub scale: f32,
    /// Weights of all detectors sum to 1.
    pub weight: f32,
}

/// The levels of an opened backbone as outputs, as they are and unpooled when `pooling` is empty.
pub fn features(opened: &Model, levels: &[String], pooling: &[usize]) -> Model {
    let mut model = opened.clone();
    let graph = model.graph.get_or_insert_default();
    graph.output.clear();
    for (n, level) in levels.iter().enumerate() {
        let name = pooled(n);
        graph.node.push(match pooling.get(n) {
            Some(stride) => pool(level, &name, *stride),
            None => Node::new("Identity", &[level], &name),
        });
        graph.output.push(Value::floats(&name, &[None; 4]));
    }
    graph.prune();
    model
}

/// Pooled levels in, out of each memory the logarithm of its map's largest value: `score-0`, `score-1` and so on.
pub fn scores(opset: i64, memories: &[Memory]) -> Model {
    let mut graph = Graph::default();
    for (n, memory) in memories.iter().enumerate() {
        take_level(&mut graph, memory.place);
        let logs = logs(&mut graph, opset, n, memory);
        give_score(&mut graph, opset, n, &logs);
    }
    alone(opset, graph)
}

/// Pooled levels in, out of each the logarithm of the largest contrast of how far a place is from the `nth` nearest of
/// several pictures, from 0 on: `score-0`, `score-1` and so on. Of each level, one memory per picture.
pub fn support(opset: i64, levels: &[Vec<Memory>], nth: usize) -> Model {
    let mut graph = Graph::default();
    let mut count = 0;
    for (n, memories) in levels.iter().enumerate() {
        let place = memories[0].place;
        take_level(&mut graph, place);
        let mut distances = Vec::new();
        for memory in memories {
            distances.push(distance(&mut graph, opset, count, memory));
            count += 1;
        }
        let distances: Vec<&str> = distances.iter().map(String::as_str).collect();
        let [all, nearest, which, last] =
            ["all", "nearest", "which", "last"].map(|what| format!("teach-support-{n}-{what}"));
        constant(
            &mut graph,
            Tensor::integers("teach-count", &[nth as i64 + 1]),
        );
        constant(&mut graph, Tensor::integers("teach-last", &[nth as i64]));
        let mut smallest = Node::new("TopK", &[&all, "teach-count"], &nearest)
            .int("axis", 1)
            .int("largest", 0);
        smallest.output.push(which);
        graph.node.extend([
            Node::new("Concat", &distances, &all).int("axis", 1),
            smallest,
            Node::new("Gather", &[&nearest, "teach-last"], &last).int("axis", 1),
        ]);
        let name = format!("teach-support-{n}");
        let logs = contrasted_logs(&mut graph, &name, &last, place.grid);
        give_score(&mut graph, opset, n, &logs);
    }
    alone(opset, graph)
}

/// A pooled level as input, once.
fn take_level(graph: &mut Graph, place: Place) {
    let name = pooled(place.level);
    let (width, height) = place.grid;
    let sides = [1, place.channels, height, width].map(Some);
    if graph.input.iter().all(|input| input.name() != name) {
        graph.input.push(Value::floats(&name, &sides));
    }
}

/// The largest value of a map as output.
fn give_score(graph: &mut Graph, opset: i64, n: usize, map: &str) {
    let name = format!("score-{n}");
    largest(graph, opset, map, &name);
    graph.output.push(Value::floats(&name, &[None; 4]));
}

/// A graph without a backbone.
fn alone(opset: i64, mut graph: Graph) -> Model {
    graph.name = Some("scores".to_owned());
    let mut model = Model {
        ir_version: Some(8),
        graph: Some(graph),
        ..Model::default()
    };
    model.opset_import.push(crate::onnx::Opset {
        domain: Some(String::new()),
        version: Some(opset),
    });
    model
}

/// The whole model, of an opened backbone. What lies at the threshold has a score of 0.5.
pub fn anomaly(
    opened: &Model,
    levels: &[String],
    (detectors, heads): (&[Detector], &[Head]),
    map: Size,
    rule: &Rule,
) -> Model {
    let opset = opened.opset();
    let mut model = opened.clone();
    model.producer_name = Some("inspector teach".to_owned());
    let graph = model.graph.get_or_insert_default();
    let mut pools = HashSet::new();
    let (mut scores, mut maps) = (Vec::new(), Vec::new());
    for (n, detector) in detectors.iter().enumerate() {
        let Place { level, stride, .. } = detector.memory.place;
        if pools.insert(level) {
            graph
                .node
                .push(pool(&levels[level], &pooled(level), stride));
        }
        let logs = logs(graph, opset, n, &detector.memory);
        let name = format!("teach-{n}");
        let counted = (&*name, Counts::from(detector));
        let (score, cells) = told(graph, opset, counted, &logs, map);
        scores.push(score);
        maps.push(cells);
    }
    let score = sum(graph, &scores, "teach-score");
    let mut cells = sum(graph, &maps, "teach-cells");
    let mut margin = above(graph, &score, "teach-margin", rule.half);
    if let Some(joined) = &rule.joined {
        let pools = (levels, &mut pools);
        let (more, places) = heads::joined(graph, opset, (heads, joined), pools, map);
        let both = sum(graph, &[score, more], "teach-both");
        let both = above(graph, &both, "teach-both-margin", joined.half);
        let higher = Node::new("Max", &[&margin, &both], "teach-higher");
        graph.node.push(higher);
        "teach-higher".clone_into(&mut margin);
        cells = sum(graph, &[cells, places], "teach-both-cells");
    }
    told_from_0_to_1(graph, opset, &cells, &margin);
    graph.output = vec![Value::floats(OUTPUT, &[1, 1, map.1, map.0].map(Some))];
    graph.prune();
    model
}

/// How far a score lies above a threshold.
fn above(graph: &mut Graph, score: &str, to: &str, threshold: f32) -> String {
    let half = format!("{to}-half");
    constant(graph, Tensor::floats(&half, &[1], &[threshold]));
    graph.node.push(Node::new("Sub", &[score, &half], to));
    to.to_owned()
}

/// The map that comes out: the worst place has what the picture lies above the threshold, the others as much less as
/// they have in the mean of the maps.
fn told_from_0_to_1(graph: &mut Graph, opset: i64, cells: &str, margin: &str) {
    largest(graph, opset, cells, "teach-peak");
    constant(graph, Tensor::floats("teach-middle", &[1], &[0.5]));
    graph.node.extend([
        Node::new("Sub", &[margin, "teach-peak"], "teach-shift"),
        Node::new("Add", &[cells, "teach-shift"], "teach-above"),
        // Never quite 0 or 1, and in the order of the scores.
        Node::new("Softsign", &["teach-above"], "teach-sign"),
        Node::new("Mul", &["teach-sign", "teach-middle"], "teach-share"),
        Node::new("Add", &["teach-share", "teach-middle"], OUTPUT),
    ]);
}

/// The logarithms of a memory's map: how much farther each place is than its surroundings.
fn logs(graph: &mut Graph, opset: i64, n: usize, memory: &Memory) -> String {
    let distance = distance(graph, opset, n, memory);
    contrasted_logs(graph, &format!("teach-{n}"), &distance, memory.place.grid)
}

/// The logarithms of how much farther each place of a map is than its surroundings.
fn contrasted_logs(graph: &mut Graph, name: &str, distance: &str, grid: Size) -> String {
    let [even, contrasted, positive, logs] =
        ["smooth", "contrast", "positive-contrast", "log"].map(|what| format!("{name}-{what}"));
    smooth(graph, distance, &even, grid);
    contrast(graph, &even, &contrasted, grid);
    constant(graph, Tensor::floats("teach-least", &[1], &[VALUE_MIN]));
    graph.node.extend([
        Node::new("Max", &[&contrasted, "teach-least"], &positive),
        Node::new("Log", &[&positive], &logs),
    ]);
    logs
}

/// What is usual of a map's largest value, and what it counts.
struct Counts {
    centre: f32,
    scale: f32,
    weight: f32,
}

impl From<&Detector> for Counts {
    fn from(detector: &Detector) -> Self {
        Self {
            centre: detector.centre,
            scale: detector.scale,
            weight: detector.weight,
        }
    }
}

/// A map's part of the picture's score, and of the map that comes out: its values in standard deviations of good
/// pictures, times its weight.
fn told(
    graph: &mut Graph,
    opset: i64,
    (name, counts): (&str, Counts),
    values: &str,
    map: Size,
) -> (String, String) {
    let gain = counts.weight / counts.scale;
    let offset = -counts.centre * gain;
    let [gains, offsets, floor, gained, all, score, floored, cells] = [
        "gain", "offset", "floor", "gained", "all", "score", "floored", "cells",
    ]
    .map(|what| format!("{name}-{what}"));
    constant(graph, Tensor::floats(&gains, &[1], &[gain]));
    constant(graph, Tensor::floats(&offsets, &[1], &[offset]));
    let least = counts.weight * TOLD_MIN;
    constant(graph, Tensor::floats(&floor, &[1], &[least]));
    graph.node.extend([
        Node::new("Mul", &[values, &gains], &gained),
        Node::new("Add", &[&gained, &offsets], &all),
        Node::new("Max", &[&all, &floor], &floored),
    ]);
    largest(graph, opset, &floored, &score);
    resize(graph, &floored, &cells, map);
    (score, cells)
}

/// The sum of values of one shape.
fn sum(graph: &mut Graph, of: &[String], to: &str) -> String {
    let of: Vec<&str> = of.iter().map(String::as_str).collect();
    graph.node.push(Node::new("Sum", &of, to));
    to.to_owned()
}

/// The largest value of a map.
fn largest(graph: &mut Graph, opset: i64, from: &str, to: &str) {
    let node = if opset >= 18 {
        constant(graph, Tensor::integers("teach-sides", &[2, 3]));
        Node::new("ReduceMax", &[from, "teach-sides"], to)
    } else {
        Node::new("ReduceMax", &[from], to).ints("axes", &[2, 3])
    };
    graph.node.push(node.int("keepdims", 1));
}

/// The input of a level in the graph of [`scores`], and its output in that of `features`.
pub fn pooled(level: usize) -> String {
    format!("pooled-{level}")
}

/// The mean of 3×3 cells. Beyond the edge is 0, which counts: cells at the edge describe half of what the part
/// looks like and half of what the backbone filled in, and vary more than others. Drawn towards 0 they are no
/// longer the most unusual place of a good part.
fn pool(from: &str, to: &str, stride: usize) -> Node {
    Node::new("AveragePool", &[from], to)
        .ints("kernel_shape", &[3, 3])
        .ints("pads", &[1, 1, 1, 1])
        .ints("strides", &[stride as i64, stride as i64])
        .int("count_include_pad", 1)
}

/// The backbone with an input of this size and our name, and nothing but the levels as outputs.
pub fn opened(backbone: &Model, front: Front, levels: &[String]) -> Result<Model, String> {
    let opset = backbone.opset();
    if opset < OPSET_MIN {
        return Err(format!(
            "expected operators of version {OPSET_MIN} or newer, found {opset}; export it again with \
             opset_version={OPSET_MIN} or more"
        ));
    }
    let mut model = backbone.clone();
    let graph = model.graph.as_mut().ok_or("the file holds no graph")?;
    let inputs: Vec<&Value> = graph.fed().collect();
    let [only] = inputs[..] else {
        return Err(format!("expected one input, found {}", inputs.len()));
    };
    let old = only.name.clone().unwrap_or_default();
    for value in graph.node.iter_mut().flat_map(|node| &mut node.input) {
        if *value == old {
            "teach-seen".clone_into(value);
        }
    }
    let (width, height) = front.input;
    let channels = front.channels();
    graph.input = vec![Value::floats(
        INPUT,
        &[1, channels, height, width].map(Some),
    )];
    let mut first = Vec::new();
    let whole = match front.grey {
        Some(_) => "teach-grey",
        None => "teach-seen",
    };
    first.push(if front.input == front.network {
        Node::new("Identity", &[INPUT], whole)
    } else {
        let (width, height) = front.network;
        let sides = [1, channels as i64, height as i64, width as i64];
        graph
            .initializer
            .push(Tensor::integers("teach-seen-size", &sides));
        enlarge(INPUT, whole, "teach-seen-size")
    });
    if let Some(expected) = front.grey {
        colour(graph, &mut first, whole, expected);
    }
    graph.node.splice(0..0, first);
    let levels = levels.iter();
    graph.output = levels
        .map(|level| Value::floats(level, &[None; 4]))
        .collect();
    graph.prune();
    Ok(model)
}

/// Makes `teach-seen`, of three channels as the backbone expects them, of one.
fn colour(graph: &mut Graph, nodes: &mut Vec<Node>, grey: &str, (mean, std): Expected) {
    let [three, gained] = ["teach-three", "teach-gained"];
    let is_plain = mean == [0.0; 3] && std == [1.0; 3];
    let to = if is_plain { "teach-seen" } else { three };
    nodes.push(Node::new("Concat", &[grey, grey, grey], to).int("axis", 1));
    if is_plain {
        return;
    }
    let gain = std.map(|std| 1.0 / std);
    let offset: Vec<f32> = mean
        .iter()
        .zip(std)
        .map(|(mean, std)| -mean / std)
        .collect();
    graph.initializer.extend([
        Tensor::floats("teach-gain", &[1, 3, 1, 1], &gain),
        Tensor::floats("teach-offset", &[1, 3, 1, 1], &offset),
    ]);
    nodes.extend([
        Node::new("Mul", &[three, "teach-gain"], gained),
        Node::new("Add", &[gained, "teach-offset"], "teach-seen"),
    ]);
}
