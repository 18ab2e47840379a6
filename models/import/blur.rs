//! A blur that is written as one square kernel costs its area; as a column and a row it costs its sides.
//! Anomalib blurs its map with 33 × 33: a quarter of the whole run.

use crate::onnx::{Attribute, Graph, Node, Tensor};

/// Smaller ones are not worth a second pass.
const SIDE_MIN: i64 = 5;
/// How far a kernel may be from column times row, as a share of its largest value: the digits of an f32.
const APART_MAX: f32 = 1e-6;

/// Splits every kernel that is a column times a row; says which.
pub(super) fn split(graph: &mut Graph, _opset: i64) -> Vec<String> {
    let mut said = Vec::new();
    let mut nodes = Vec::with_capacity(graph.node.len());
    for node in std::mem::take(&mut graph.node) {
        match parts(&node, &graph.initializer) {
            Some(parts) => {
                let (width, height) = parts.size;
                said.push(format!(
                    "a blur of {width}×{height} became a row and a column"
                ));
                graph.initializer.extend(parts.kernels);
                nodes.extend(parts.nodes);
            }
            None => nodes.push(node),
        }
    }
    graph.node = nodes;
    said
}

struct Parts {
    size: (i64, i64),
    kernels: [Tensor; 2],
    nodes: [Node; 2],
}

/// Numbers of an attribute, or as many of another where it has none; none when it has more or fewer.
fn numbers<const N: usize>(node: &Node, name: &str, otherwise: i64) -> Option<[i64; N]> {
    let found = node.attribute(name);
    found.map_or(Some([otherwise; N]), |attribute| {
        attribute.ints[..].try_into().ok()
    })
}

/// Of a convolution of each channel by itself, when its kernel is a column times a row.
fn parts(node: &Node, initializers: &[Tensor]) -> Option<Parts> {
    let [image, kernel] = &node.input[..] else {
        return None;
    };
    if node.op_type.as_deref() != Some("Conv") {
        return None;
    }
    let output = node.output.first()?;
    let kernel = initializers
        .iter()
        .find(|tensor| tensor.name.as_ref() == Some(kernel))?;
    let [channels, 1, height, width] = kernel.dims[..] else {
        return None;
    };
    let group = node.attribute("group").and_then(|a| a.i).unwrap_or(1);
    let padded = node.attribute("auto_pad").map_or(&b""[..], Attribute::s);
    let is_padded_itself = matches!(padded, b"" | b"NOTSET");
    if group != channels || height < SIDE_MIN || width < SIDE_MIN || !is_padded_itself {
        return None;
    }
    let (columns, rows) = column_and_row(&kernel.numbers()?, height as usize, width as usize)?;
    let [top, left, bottom, right] = numbers(node, "pads", 0)?;
    let [down, along] = numbers(node, "strides", 1)?;
    let [far_down, far_along] = numbers(node, "dilations", 1)?;
    let count = channels as usize;
    let names = [format!("{output}.column"), format!("{output}.row")];
    let between = format!("{output}.columns");
    let conv = |image: &str,
                kernel: &str,
                output: &str,
                shape: [i64; 2],
                pads: [i64; 4],
                strides: [i64; 2],
                dilations: [i64; 2]| {
        Node::new("Conv", &[image, kernel], output)
            .int("group", group)
            .ints("kernel_shape", &shape)
            .ints("pads", &pads)
            .ints("strides", &strides)
            .ints("dilations", &dilations)
    };
    Some(Parts {
        size: (width, height),
        nodes: [
            conv(
                image,
                &names[0],
                &between,
                [height, 1],
                [top, 0, bottom, 0],
                [down, 1],
                [far_down, 1],
            ),
            conv(
                &between,
                &names[1],
                output,
                [1, width],
                [0, left, 0, right],
                [1, along],
                [1, far_along],
            ),
        ],
        kernels: [
            Tensor::floats(&names[0], &[count, 1, height as usize, 1], &columns),
            Tensor::floats(&names[1], &[count, 1, 1, width as usize], &rows),
        ],
    })
}

/// Of every channel, one after another: the column through the largest value, and the row through it over that
/// value. None when any kernel is not their product.
fn column_and_row(values: &[f32], height: usize, width: usize) -> Option<(Vec<f32>, Vec<f32>)> {
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    for kernel in values.chunks_exact(height * width) {
        let largest =
            (0..kernel.len()).max_by(|a, b| kernel[*a].abs().total_cmp(&kernel[*b].abs()))?;
        let (at_row, at_column, value) = (largest / width, largest % width, kernel[largest]);
        if !value.is_normal() {
            return None;
        }
        let column: Vec<f32> = (0..height).map(|y| kernel[y * width + at_column]).collect();
        let row: Vec<f32> = (0..width)
            .map(|x| kernel[at_row * width + x] / value)
            .collect();
        let is_product = kernel.iter().enumerate().all(|(index, found)| {
            (found - column[index / width] * row[index % width]).abs() <= APART_MAX * value.abs()
        });
        if !is_product {
            return None;
        }
        columns.extend(column);
        rows.extend(row);
    }
    Some((columns, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gauss(side: usize) -> Vec<f32> {
        let one = |at: usize| (-((at as f32 - side as f32 / 2.0 + 0.5) / 4.0).powi(2) / 2.0).exp();
        (0..side * side)
            .map(|at| one(at / side) * one(at % side))
            .collect()
    }

    #[test]
    fn a_gaussian_is_a_column_times_a_row_and_a_disc_is_not() {
        let (column, row) = column_and_row(&gauss(33), 33, 33).expect("it is");
        assert_eq!((column.len(), row.len()), (33, 33));
        assert!((row[16] - 1.0).abs() < 1e-6 && row[0] < 0.001);
        let disc =
            |at: usize| f32::from((at / 9).abs_diff(4).pow(2) + (at % 9).abs_diff(4).pow(2) <= 16);
        assert_eq!(
            column_and_row(&(0..81).map(disc).collect::<Vec<_>>(), 9, 9),
            None
        );
        assert_eq!(column_and_row(&[0.0; 25], 5, 5), None);
    }

    #[test]
    fn sides_strides_and_borders_go_with_their_direction() {
        let kernel = Tensor::floats("kernel", &[2, 1, 7, 5], &[0.1; 70]);
        let node = Node::new("Conv", &["image", "kernel"], "map")
            .int("group", 2)
            .ints("pads", &[3, 2, 1, 0])
            .ints("strides", &[2, 1]);
        let parts = parts(&node, std::slice::from_ref(&kernel)).expect("it is a product");
        let ints = |node: &Node, name: &str| {
            let found = node
                .attribute
                .iter()
                .find(|a| a.name.as_deref() == Some(name));
            found.expect("it is set").ints.clone()
        };
        let [column, row] = &parts.nodes;
        assert_eq!(
            (ints(column, "pads"), ints(row, "pads")),
            (vec![3, 0, 1, 0], vec![0, 2, 0, 0])
        );
        assert_eq!(
            (ints(column, "strides"), ints(row, "strides")),
            (vec![2, 1], vec![1, 1])
        );
        assert_eq!(
            (column.input[0].as_str(), row.output[0].as_str()),
            ("image", "map")
        );
        assert_eq!(parts.kernels[0].dims, [2, 1, 7, 1]);
        // Mixed channels are another thing.
        let mixing = Node::new("Conv", &["image", "kernel"], "map").int("group", 1);
        assert!(self::parts(&mixing, &[kernel]).is_none());
    }
}
