//! What heads add to the graph: of each level a map of how far each place lies along the head's direction.

use super::{Counts, Detector, Size};
use super::{alone, constant, give_score, pool, pooled, resize, smooth, sum, take_level, told};
use crate::onnx::{Graph, Model, Node, Tensor, Value};
use crate::teach::head::Head;
use crate::teach::memory::Place;
use crate::teach::rule::Joined;
use std::collections::HashSet;

/// Pooled levels in, out of each head its map's largest value: `score-0`, `score-1` and so on.
pub fn head_scores(opset: i64, heads: &[Head]) -> Model {
    let mut graph = Graph::default();
    for (n, head) in heads.iter().enumerate() {
        take_level(&mut graph, head.place);
        let along = along(&mut graph, n, head);
        give_score(&mut graph, opset, n, &along);
    }
    alone(opset, graph)
}

/// Pooled levels in, out the mean of the detectors' maps, at the size of each of these places: `cells-0`, `cells-1` and
/// so on.
pub fn cells(opset: i64, detectors: &[Detector], map: Size, places: &[Place]) -> Model {
    let mut graph = Graph::default();
    let mut maps = Vec::new();
    for (n, detector) in detectors.iter().enumerate() {
        take_level(&mut graph, detector.memory.place);
        let logs = super::logs(&mut graph, opset, n, &detector.memory);
        let name = format!("teach-{n}");
        let counted = (&*name, Counts::from(detector));
        maps.push(told(&mut graph, opset, counted, &logs, map).1);
    }
    let all = sum(&mut graph, &maps, "teach-cells");
    for (n, place) in places.iter().enumerate() {
        let name = format!("cells-{n}");
        resize(&mut graph, &all, &name, place.grid);
        graph.output.push(Value::floats(&name, &[None; 4]));
    }
    alone(opset, graph)
}

/// Adds what the heads say: of the picture and, in the map's size, of each place, times `gain`. Never below 0.
pub fn joined(
    graph: &mut Graph,
    opset: i64,
    (heads, joined): (&[Head], &Joined),
    (levels, pools): (&[String], &mut HashSet<usize>),
    map: Size,
) -> (String, String) {
    let (mut scores, mut maps) = (Vec::new(), Vec::new());
    for (n, (head, usual)) in heads.iter().zip(&joined.usual).enumerate() {
        let Place { level, stride, .. } = head.place;
        if pools.insert(level) {
            let pooled = pool(&levels[level], &pooled(level), stride);
            graph.node.push(pooled);
        }
        let along = along(graph, n, head);
        let counts = Counts {
            centre: usual.centre,
            scale: usual.scale,
            weight: 1.0 / heads.len() as f32,
        };
        let name = format!("teach-head-{n}");
        let (score, cells) = told(graph, opset, (&name, counts), &along, map);
        scores.push(score);
        maps.push(cells);
    }
    let scores = sum(graph, &scores, "teach-heads-score");
    let maps = sum(graph, &maps, "teach-heads-cells");
    let mut counted = |from: &str, to: &str| counted(graph, joined, from, to);
    (
        counted(&scores, "teach-joined-score"),
        counted(&maps, "teach-joined-cells"),
    )
}

/// What counts of what the heads say.
fn counted(graph: &mut Graph, joined: &Joined, from: &str, to: &str) -> String {
    let constants = [
        ("teach-heads-unit", joined.gain / joined.spread),
        ("teach-heads-least", -joined.least * joined.gain),
        ("teach-heads-none", 0.0),
    ];
    for (name, value) in constants {
        constant(graph, Tensor::floats(name, &[1], &[value]));
    }
    let [gained, above] = ["gained", "above"].map(|what| format!("{to}-{what}"));
    graph.node.extend([
        Node::new("Mul", &[from, "teach-heads-unit"], &gained),
        Node::new("Add", &[&gained, "teach-heads-least"], &above),
        Node::new("Max", &[&above, "teach-heads-none"], to),
    ]);
    to.to_owned()
}

/// How far each place of a level lies along a head's direction, smoothed as the memories' maps are.
fn along(graph: &mut Graph, n: usize, head: &Head) -> String {
    let [axis, offset, raw, even] =
        ["axis", "start", "raw", "even"].map(|what| format!("teach-head-{n}-{what}"));
    let channels = head.place.channels;
    constant(
        graph,
        Tensor::floats(&axis, &[1, channels, 1, 1], &head.axis),
    );
    constant(graph, Tensor::floats(&offset, &[1], &[head.offset]));
    let level = pooled(head.place.level);
    graph
        .node
        .push(Node::new("Conv", &[&level, &axis, &offset], &raw));
    smooth(graph, &raw, &even, head.place.grid);
    even
}
