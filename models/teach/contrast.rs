//! From the distances of cells to how far a place stands out from its surroundings.
//!
//! Other light or another pose makes a good part less usual over wide regions; a defect is less usual than
//! what is around it. So the score of a place is its distance less the mean distance around it.

use super::Size;
use crate::onnx::{Graph, Node, Tensor};

/// Standard deviation of the Gaussian that smooths distances: this share of the map's shorter side, and at least so
/// many cells.
const SMOOTH: (f32, f32) = (1.0 / 64.0, 0.8);
/// That of the surroundings, as a share of the map's shorter side: 5 cells of 32.
const SURROUNDINGS: f32 = 0.16;

/// Adds nodes that make a map of this size from one of any size.
pub fn resize(graph: &mut Graph, from: &str, to: &str, size: Size) {
    let name = format!("teach-size-{}x{}", size.0, size.1);
    constant(
        graph,
        Tensor::integers(&name, &[1, 1, size.1 as i64, size.0 as i64]),
    );
    graph.node.push(enlarge(from, to, &name));
}

pub fn enlarge(from: &str, to: &str, size: &str) -> Node {
    Node::new("Resize", &[from, "", "", size], to)
        .text("mode", "linear")
        .text("coordinate_transformation_mode", "half_pixel")
}

/// Adds nodes that smooth a map.
pub fn smooth(graph: &mut Graph, from: &str, to: &str, map: Size) {
    let (share, least) = SMOOTH;
    blur(graph, from, to, (share * shorter(map)).max(least));
}

/// Adds nodes that take its surroundings from a smooth map.
pub fn contrast(graph: &mut Graph, smooth: &str, to: &str, map: Size) {
    let around = format!("{to}-around");
    let wide = (SURROUNDINGS * shorter(map)).max(SMOOTH.1 * 1.5);
    blur(graph, smooth, &around, wide);
    graph.node.push(Node::new("Sub", &[smooth, &around], to));
}

fn shorter(map: Size) -> f32 {
    map.0.min(map.1) as f32
}

/// A Gaussian, first along rows and then along columns; beyond the edge the map goes on as it ends.
fn blur(graph: &mut Graph, from: &str, to: &str, deviation: f32) {
    let reach = (deviation * 3.0).ceil() as i64;
    let weight = |d: i64| (-0.5 * (d as f32 / deviation).powi(2)).exp();
    let total: f32 = (-reach..=reach).map(weight).sum();
    let kernel: Vec<f32> = (-reach..=reach).map(|d| weight(d) / total).collect();
    let length = kernel.len();
    let [row, column, pads] =
        ["row", "column", "pads"].map(|what| format!("teach-{what}-{deviation}"));
    constant(graph, Tensor::floats(&row, &[1, 1, 1, length], &kernel));
    constant(graph, Tensor::floats(&column, &[1, 1, length, 1], &kernel));
    constant(
        graph,
        Tensor::integers(&pads, &[0, 0, reach, reach, 0, 0, reach, reach]),
    );
    let (padded, along) = (format!("{to}-padded"), format!("{to}-along"));
    graph.node.extend([
        Node::new("Pad", &[from, &pads], &padded).text("mode", "edge"),
        Node::new("Conv", &[&padded, &row], &along),
        Node::new("Conv", &[&along, &column], to),
    ]);
}

/// Adds a constant unless there is one of its name.
pub fn constant(graph: &mut Graph, tensor: Tensor) {
    if graph
        .initializer
        .iter()
        .all(|known| known.name != tensor.name)
    {
        graph.initializer.push(tensor);
    }
}
