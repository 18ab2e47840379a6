//! Constants that a graph computes from others.

use super::plan::Names;
use crate::onnx::{Model, Node, Tensor};

/// Turned constants become constants, so that products with them are seen to be such.
pub(super) fn transposes(mut model: Model) -> Model {
    let Some(graph) = &mut model.graph else {
        return model;
    };
    let original = graph.clone();
    let names = Names::of(&original);
    for node in &original.node {
        let Some(turned) = turned(node, &names) else {
            continue;
        };
        graph.node.retain(|kept| kept.output != node.output);
        graph.initializer.push(turned);
    }
    model
}

/// What a node gives, when it turns rows into columns.
fn turned(node: &Node, names: &Names) -> Option<Tensor> {
    let permutation = node.attribute("perm");
    let is_turn = permutation.is_none_or(|attribute| attribute.ints == [1, 0]);
    if node.op_type() != "Transpose" || !is_turn {
        return None;
    }
    let tensor = names.constant(node.input.first()?)?;
    let [rows, columns] = tensor.dims[..] else {
        return None;
    };
    let (rows, columns) = (usize::try_from(rows).ok()?, usize::try_from(columns).ok()?);
    let numbers = tensor.numbers()?;
    let column = |at: usize| numbers.iter().skip(at).step_by(columns).copied();
    let turned: Vec<f32> = (0..columns).flat_map(column).collect();
    Some(Tensor::floats(
        node.output.first()?,
        &[columns, rows],
        &turned,
    ))
}
