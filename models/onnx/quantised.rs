//! Whether a graph computes in 8-bit whole numbers, whoever made it so: told by its nodes, which are what runs.
//! Weights that are merely kept in 8 bits do not count: what is computed with them is not in 8 bits.

use super::format::{INT8, UINT8};
use prost::Message;
use std::collections::HashMap;

/// An ONNX file, as far as it tells; all else is skipped unread, the weights above all.
#[derive(Clone, PartialEq, Message)]
struct File {
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "25")]
    functions: Vec<Function>,
}

#[derive(Clone, PartialEq, Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    node: Vec<Node>,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<Constant>,
}

#[derive(Clone, PartialEq, Message)]
struct Function {
    #[prost(message, repeated, tag = "7")]
    node: Vec<Node>,
}

#[derive(Clone, PartialEq, Message)]
struct Node {
    #[prost(string, repeated, tag = "1")]
    input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    output: Vec<String>,
    #[prost(string, optional, tag = "4")]
    op_type: Option<String>,
    #[prost(message, repeated, tag = "5")]
    attribute: Vec<Attribute>,
}

#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
    #[prost(int64, optional, tag = "3")]
    i: Option<i64>,
    #[prost(message, optional, tag = "5")]
    t: Option<Constant>,
    #[prost(message, optional, tag = "6")]
    g: Option<Graph>,
}

#[derive(Clone, PartialEq, Message)]
struct Constant {
    #[prost(int32, optional, tag = "2")]
    data_type: Option<i32>,
    #[prost(string, optional, tag = "8")]
    name: Option<String>,
}

/// Operators that compute in 8-bit whole numbers whatever goes in; those whose names begin with `QLinear` as well.
const WHOLE: [&str; 8] = [
    "ConvInteger",
    "DynamicQuantizeLinear",
    "DynamicQuantizeLSTM",
    "DynamicQuantizeMatMul",
    "MatMulInteger",
    "MatMulIntegerToFloat",
    "QAttention",
    "QGemm",
];

/// Whether a part of the graph in this file runs in 8-bit whole numbers. A file that is none is not: whoever
/// loads it is told what is wrong with it.
pub(crate) fn is_quantised(model: &[u8]) -> bool {
    let Ok(file) = File::decode(model) else {
        return false;
    };
    let functions = file.functions.iter();
    file.graph.as_ref().is_some_and(of_graph)
        || functions.map(|each| &each.node).any(|node| of(node, &[]))
}

fn of_graph(graph: &Graph) -> bool {
    of(&graph.node, &graph.initializer)
}

fn of(nodes: &[Node], constants: &[Constant]) -> bool {
    let mut types: HashMap<&str, i32> = constants
        .iter()
        .filter_map(|each| Some((each.name.as_deref()?, each.data_type?)))
        .collect();
    for node in nodes {
        let value = node.attribute.iter().find_map(|each| each.t.as_ref());
        let name = node.output.first();
        if let ("Constant", Some(value), Some(name)) = (node.op_type(), value, name) {
            types.insert(name, value.data_type());
        }
    }
    nodes.iter().any(|node| {
        let mut inner = node.attribute.iter().filter_map(|each| each.g.as_ref());
        node.is_whole(&types) || inner.any(of_graph)
    })
}

impl Node {
    /// `types` are those of constants, by name.
    fn is_whole(&self, types: &HashMap<&str, i32>) -> bool {
        match self.op_type() {
            // Its zero says in which numbers; without one it is 8 bits, unless an attribute (0: unsaid) says otherwise.
            "QuantizeLinear" => {
                let zero = self.input.get(2).and_then(|name| types.get(name.as_str()));
                let said = self
                    .attribute
                    .iter()
                    .find(|each| each.name() == "output_dtype")
                    .and_then(|each| i32::try_from(each.i()).ok())
                    .filter(|said| *said != 0);
                let is_8_bits = |found: i32| [INT8, UINT8].contains(&found);
                zero.copied().or(said).is_none_or(is_8_bits)
            }
            other => other.starts_with("QLinear") || WHOLE.contains(&other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::format as onnx;

    fn file(nodes: Vec<onnx::Node>, initializer: Vec<onnx::Tensor>) -> Vec<u8> {
        let graph = onnx::Graph {
            node: nodes,
            initializer,
            ..onnx::Graph::default()
        };
        let model = onnx::Model {
            graph: Some(graph),
            ..onnx::Model::default()
        };
        model.encode_to_vec()
    }

    fn zero(data_type: i32) -> onnx::Tensor {
        onnx::Tensor {
            data_type: Some(data_type),
            ..onnx::Tensor::byte("zero", 0)
        }
    }

    #[test]
    fn a_graph_that_rounds_what_it_computes_to_8_bits_is_quantised() {
        let rounds = || onnx::Node::new("QuantizeLinear", &["x", "step", "zero"], "y");
        const UINT16: i32 = 4;
        const FLOAT8: i32 = 17;
        for (data_type, expected) in [
            (UINT8, true),
            (INT8, true),
            (UINT16, false),
            (FLOAT8, false),
        ] {
            let model = file(vec![rounds()], vec![zero(data_type)]);
            assert_eq!(is_quantised(&model), expected, "{data_type}");
        }
        let without_zero = onnx::Node::new("QuantizeLinear", &["x", "step"], "y");
        assert!(is_quantised(&file(vec![without_zero.clone()], Vec::new())));
        let in_16_bits = without_zero.int("output_dtype", i64::from(UINT16));
        assert!(!is_quantised(&file(vec![in_16_bits], Vec::new())));
        let value = onnx::Attribute {
            t: Some(zero(UINT16)),
            ..onnx::Attribute::default()
        };
        let constant = onnx::Node {
            attribute: vec![value],
            ..onnx::Node::new("Constant", &[], "zero")
        };
        assert!(!is_quantised(&file(vec![constant, rounds()], Vec::new())));
    }

    #[test]
    fn whole_number_operators_count_wherever_they_stand() {
        for whole in ["QLinearConv", "MatMulInteger", "DynamicQuantizeLinear"] {
            let node = onnx::Node::new(whole, &["x"], "y");
            assert!(is_quantised(&file(vec![node.clone()], Vec::new())));
            let branch = onnx::Attribute {
                g: Some(onnx::Graph {
                    node: vec![node],
                    ..onnx::Graph::default()
                }),
                ..onnx::Attribute::default()
            };
            let either = onnx::Node {
                attribute: vec![branch],
                ..onnx::Node::new("If", &["x"], "y")
            };
            assert!(is_quantised(&file(vec![either], Vec::new())));
        }
    }

    #[test]
    fn weights_that_are_only_kept_in_8_bits_do_not_count() {
        let kept = onnx::Node::new("DequantizeLinear", &["w8", "step", "zero"], "w");
        let conv = onnx::Node::new("Conv", &["x", "w"], "y");
        assert!(!is_quantised(&file(vec![kept, conv], vec![zero(INT8)])));
        assert!(!is_quantised(b"no graph"));
    }
}
