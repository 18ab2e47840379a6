//! From the pooled levels of the backbone to how far every place is from what a memory holds.
//!
//! Places are rows here and what is remembered columns, so that the search is one matrix product and a least value
//! along rows: ONNX Runtime looks for the least value across channels five times as slowly.

use super::contrast::constant;
use super::graph::pooled;
use super::memory::{Memory, Place};
use crate::onnx::{Graph, Node, Tensor};

/// Distance to the nearest that is remembered. Returns the name of the map, 1 × 1 × height × width.
pub fn distance(graph: &mut Graph, opset: i64, n: usize, memory: &Memory) -> String {
    let at = |what: &str| format!("teach-{n}-{what}");
    let grid = memory.place.grid;
    let mut x = rows(graph, memory);
    if let Some(positions) = memory.positions() {
        let sides = [positions.len(), 2];
        let numbers = positions.as_flattened();
        graph
            .initializer
            .push(Tensor::floats(&at("positions"), &sides, numbers));
        let placed = at("placed");
        graph
            .node
            .push(Node::new("Concat", &[&x, &at("positions")], &placed).int("axis", 1));
        x = placed;
    }
    // |x - m|² = |x|² - 2 x·m + |m|²: a product with all remembered features at once.
    let length = memory.length();
    let weights: Vec<f32> = memory.bank.iter().map(|value| -2.0 * value).collect();
    let squares: Vec<f32> = memory
        .bank
        .chunks_exact(length)
        .map(|feature| feature.iter().map(|value| value * value).sum())
        .collect();
    let count = squares.len();
    graph.initializer.extend([
        Tensor::floats(&at("bank"), &[count, length], &weights),
        Tensor::floats(&at("squares"), &[count], &squares),
    ]);
    graph.node.extend([
        Node::new("Gemm", &[&x, &at("bank"), &at("squares")], &at("near")).int("transB", 1),
        Node::new("Mul", &[&x, &x], &at("xx")),
    ]);
    reduce_rows(graph, opset, "ReduceMin", &at("near"), &at("least"));
    reduce_rows(graph, opset, "ReduceSum", &at("xx"), &at("own"));
    let map = format!("teach-map-{}x{}", grid.0, grid.1);
    constant(
        graph,
        Tensor::integers(&map, &[1, 1, grid.1 as i64, grid.0 as i64]),
    );
    graph.node.extend([
        Node::new("Add", &[&at("least"), &at("own")], &at("squared")),
        Node::new("Relu", &[&at("squared")], &at("positive")),
        Node::new("Sqrt", &[&at("positive")], &at("root")),
        Node::new("Reshape", &[&at("root"), &map], &at("distance")),
    ]);
    at("distance")
}

/// The descriptions of a memory's level, which memories of one level share: a row of numbers per place. Returns
/// their name.
fn rows(graph: &mut Graph, memory: &Memory) -> String {
    let Place { level, grid, .. } = memory.place;
    let projection = &memory.projection;
    let [described, axes, offset, shape, last, rows] =
        ["described", "axes", "offset", "shape", "last", "rows"]
            .map(|what| format!("teach-level-{level}-{what}"));
    if graph.node.iter().any(|node| node.output.contains(&rows)) {
        return rows;
    }
    let sides = [projection.numbers, projection.channels, 1, 1];
    constant(graph, Tensor::floats(&axes, &sides, &projection.axes));
    constant(
        graph,
        Tensor::floats(&offset, &[projection.numbers], &projection.offset),
    );
    let cells = grid.0 * grid.1;
    let sides = [cells, projection.numbers].map(|side| side as i64);
    constant(graph, Tensor::integers(&shape, &sides));
    graph.node.extend([
        Node::new("Conv", &[&pooled(level), &axes, &offset], &described),
        Node::new("Transpose", &[&described], &last).ints("perm", &[0, 2, 3, 1]),
        Node::new("Reshape", &[&last, &shape], &rows),
    ]);
    rows
}

/// The least value, or the sum, of each row.
fn reduce_rows(graph: &mut Graph, opset: i64, op: &str, from: &str, to: &str) {
    let axis = "teach-axis";
    let has_input = op == "ReduceSum" || opset >= 18;
    let node = if has_input {
        constant(graph, Tensor::integers(axis, &[1]));
        Node::new(op, &[from, axis], to)
    } else {
        Node::new(op, &[from], to).ints("axes", &[1])
    };
    graph.node.push(node.int("keepdims", 1));
}
