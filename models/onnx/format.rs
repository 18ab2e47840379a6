//! The ONNX file format (onnx.proto 1.19), as far as reading a network, mending it and adding nodes to it needs
//! it. Field numbers are those of the format. What is only handed on is kept as bytes; doc strings are dropped.

use prost::Message;

/// FLOAT, of `TensorProto.DataType` in onnx.proto.
pub(crate) const FLOAT: i32 = 1;
/// UINT8, of `TensorProto.DataType` in onnx.proto.
pub(crate) const UINT8: i32 = 2;
/// INT8, of `TensorProto.DataType` in onnx.proto.
pub(crate) const INT8: i32 = 3;
/// INT32, of `TensorProto.DataType` in onnx.proto.
pub(crate) const INT32: i32 = 6;
/// INT64, of `TensorProto.DataType` in onnx.proto.
pub(crate) const INT64: i32 = 7;
/// FLOAT16, of `TensorProto.DataType` in onnx.proto.
pub(crate) const FLOAT16: i32 = 10;

/// DOUBLE, of `TensorProto.DataType` in onnx.proto.
pub(crate) const DOUBLE: i32 = 11;
/// BFLOAT16, of `TensorProto.DataType` in onnx.proto.
pub(crate) const BFLOAT16: i32 = 16;

/// The length of a free side where a tool wrote one.
const FREE: i64 = -1;

/// An ONNX file (`ModelProto`).
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Model {
    #[prost(int64, optional, tag = "1")]
    pub(crate) ir_version: Option<i64>,
    #[prost(string, optional, tag = "2")]
    pub(crate) producer_name: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) producer_version: Option<String>,
    #[prost(message, optional, tag = "7")]
    pub(crate) graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    pub(crate) opset_import: Vec<Opset>,
    #[prost(message, repeated, tag = "14")]
    pub(crate) metadata_props: Vec<Entry>,
    #[prost(bytes = "vec", repeated, tag = "25")]
    pub(crate) functions: Vec<Vec<u8>>,
}

/// A key with its value.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Entry {
    #[prost(string, optional, tag = "1")]
    pub(crate) key: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) value: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Opset {
    #[prost(string, optional, tag = "1")]
    pub(crate) domain: Option<String>,
    #[prost(int64, optional, tag = "2")]
    pub(crate) version: Option<i64>,
}

/// A function of the file's own (`FunctionProto`), as far as what it is called and what it calls.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Function {
    #[prost(string, optional, tag = "1")]
    pub(crate) name: Option<String>,
    #[prost(string, repeated, tag = "4")]
    pub(crate) input: Vec<String>,
    #[prost(string, repeated, tag = "5")]
    pub(crate) output: Vec<String>,
    #[prost(message, repeated, tag = "7")]
    pub(crate) node: Vec<Node>,
    #[prost(message, repeated, tag = "9")]
    pub(crate) opset_import: Vec<Opset>,
    #[prost(string, optional, tag = "10")]
    pub(crate) domain: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Graph {
    #[prost(message, repeated, tag = "1")]
    pub(crate) node: Vec<Node>,
    #[prost(string, optional, tag = "2")]
    pub(crate) name: Option<String>,
    #[prost(message, repeated, tag = "5")]
    pub(crate) initializer: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    pub(crate) input: Vec<Value>,
    #[prost(message, repeated, tag = "12")]
    pub(crate) output: Vec<Value>,
    /// Shapes in between.
    #[prost(bytes = "vec", repeated, tag = "13")]
    pub(crate) value_info: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "14")]
    pub(crate) quantization_annotation: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "15")]
    pub(crate) sparse_initializer: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Node {
    #[prost(string, repeated, tag = "1")]
    pub(crate) input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(crate) output: Vec<String>,
    #[prost(string, optional, tag = "3")]
    pub(crate) name: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(crate) op_type: Option<String>,
    #[prost(message, repeated, tag = "5")]
    pub(crate) attribute: Vec<Attribute>,
    #[prost(string, optional, tag = "7")]
    pub(crate) domain: Option<String>,
    #[prost(string, optional, tag = "8")]
    pub(crate) overload: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Attribute {
    #[prost(string, optional, tag = "1")]
    pub(crate) name: Option<String>,
    #[prost(float, optional, tag = "2")]
    pub(crate) f: Option<f32>,
    #[prost(int64, optional, tag = "3")]
    pub(crate) i: Option<i64>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(crate) s: Option<Vec<u8>>,
    #[prost(message, optional, tag = "5")]
    pub(crate) t: Option<Tensor>,
    #[prost(message, optional, tag = "6")]
    pub(crate) g: Option<Graph>,
    #[prost(float, repeated, packed = "false", tag = "7")]
    pub(crate) floats: Vec<f32>,
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub(crate) ints: Vec<i64>,
    #[prost(bytes = "vec", repeated, tag = "9")]
    pub(crate) strings: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "10")]
    pub(crate) tensors: Vec<Vec<u8>>,
    #[prost(message, repeated, tag = "11")]
    pub(crate) graphs: Vec<Graph>,
    #[prost(bytes = "vec", optional, tag = "14")]
    pub(crate) type_proto: Option<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "15")]
    pub(crate) type_protos: Vec<Vec<u8>>,
    #[prost(string, optional, tag = "21")]
    pub(crate) ref_attr_name: Option<String>,
    #[prost(bytes = "vec", optional, tag = "22")]
    pub(crate) sparse_tensor: Option<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "23")]
    pub(crate) sparse_tensors: Vec<Vec<u8>>,
    /// 1 FLOAT, 2 INT, 3 STRING, 4 TENSOR, 5 GRAPH, 6 FLOATS, 7 INTS, 8 STRINGS.
    #[prost(int32, optional, tag = "20")]
    pub(crate) kind: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Tensor {
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub(crate) dims: Vec<i64>,
    #[prost(int32, optional, tag = "2")]
    pub(crate) data_type: Option<i32>,
    #[prost(float, repeated, tag = "4")]
    pub(crate) float_data: Vec<f32>,
    #[prost(int32, repeated, tag = "5")]
    pub(crate) int32_data: Vec<i32>,
    #[prost(bytes = "vec", repeated, tag = "6")]
    pub(crate) string_data: Vec<Vec<u8>>,
    #[prost(int64, repeated, tag = "7")]
    pub(crate) int64_data: Vec<i64>,
    #[prost(string, optional, tag = "8")]
    pub(crate) name: Option<String>,
    #[prost(bytes = "vec", optional, tag = "9")]
    pub(crate) raw_data: Option<Vec<u8>>,
    #[prost(double, repeated, tag = "10")]
    pub(crate) double_data: Vec<f64>,
    #[prost(uint64, repeated, tag = "11")]
    pub(crate) uint64_data: Vec<u64>,
    /// Which file, and where in it: `location`, `offset`, `length`.
    #[prost(message, repeated, tag = "13")]
    pub(crate) external_data: Vec<Entry>,
    /// 1 when the values stand in another file.
    #[prost(int32, optional, tag = "14")]
    pub(crate) data_location: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Value {
    #[prost(string, optional, tag = "1")]
    pub(crate) name: Option<String>,
    #[prost(message, optional, tag = "2")]
    pub(crate) kind: Option<ValueType>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ValueType {
    #[prost(message, optional, tag = "1")]
    pub(crate) tensor: Option<TensorType>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(crate) sequence: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub(crate) map: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "8")]
    pub(crate) sparse_tensor: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "9")]
    pub(crate) optional: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TensorType {
    #[prost(int32, optional, tag = "1")]
    pub(crate) element: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(crate) shape: Option<Shape>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Shape {
    #[prost(message, repeated, tag = "1")]
    pub(crate) dim: Vec<Dim>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Dim {
    #[prost(int64, optional, tag = "1")]
    pub(crate) value: Option<i64>,
    #[prost(string, optional, tag = "2")]
    pub(crate) param: Option<String>,
}

impl Graph {
    /// What has to be fed in: inputs that are not constants.
    pub(crate) fn fed(&self) -> impl Iterator<Item = &Value> {
        let is_constant = |value: &&Value| self.initializer.iter().any(|t| t.name == value.name);
        self.input.iter().filter(move |value| !is_constant(value))
    }
}

impl Model {
    /// Reads a file.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        Self::decode(bytes).map_err(|error| error.to_string())
    }

    /// Version of the standard operators.
    pub(crate) fn opset(&self) -> i64 {
        let standard =
            |opset: &&Opset| matches!(opset.domain.as_deref(), None | Some("" | "ai.onnx"));
        let found = self.opset_import.iter().find(standard);
        found.and_then(|opset| opset.version).unwrap_or(1)
    }
}

impl Tensor {
    /// Numbers, when it holds `f32` and nothing else.
    pub(crate) fn numbers(&self) -> Option<Vec<f32>> {
        if self.data_type != Some(FLOAT) || self.data_location == Some(1) {
            return None;
        }
        let raw = self.raw_data.as_ref().map(|raw| raw.as_chunks::<4>().0);
        let values = match raw {
            Some(raw) => raw.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
            None => self.float_data.clone(),
        };
        let mut dims = self.dims.iter();
        let count = dims.try_fold(1_i64, |count, dim| count.checked_mul(*dim));
        (count == Some(values.len() as i64)).then_some(values)
    }

    /// Whole numbers, when it holds such and nothing else.
    pub(crate) fn whole_numbers(&self) -> Option<Vec<i64>> {
        if self.data_type != Some(INT64) || self.data_location == Some(1) {
            return None;
        }
        let raw = self.raw_data.as_ref().map(|raw| raw.as_chunks::<8>().0);
        Some(match raw {
            Some(raw) => raw.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect(),
            None => self.int64_data.clone(),
        })
    }
}

impl Value {
    /// Type of its elements and its sides, `None` for one that is free; nothing when it is no tensor.
    pub(crate) fn tensor(&self) -> Option<(i32, Vec<Option<i64>>)> {
        let tensor = self.kind.as_ref()?.tensor.as_ref()?;
        let dims = &tensor.shape.as_ref()?.dim;
        let sides = dims
            .iter()
            .map(|dim| dim.value.filter(|side| *side != FREE));
        Some((tensor.element?, sides.collect()))
    }

    /// Writes sides of length -1 (as Paddle2ONNX does for a side that is free) as ONNX has it: without a length.
    pub(crate) fn free_sides(&mut self) {
        let tensor = self.kind.as_mut().and_then(|kind| kind.tensor.as_mut());
        let shape = tensor.and_then(|tensor| tensor.shape.as_mut());
        let dims = shape.map_or(&mut [][..], |shape| &mut shape.dim);
        dims.iter_mut()
            .filter(|dim| dim.value == Some(FREE))
            .for_each(|dim| dim.value = None);
    }

    /// Sets one side.
    pub(crate) fn set_side(&mut self, side: usize, length: i64) {
        let tensor = self.kind.as_mut().and_then(|kind| kind.tensor.as_mut());
        let shape = tensor.and_then(|tensor| tensor.shape.as_mut());
        if let Some(dim) = shape.and_then(|shape| shape.dim.get_mut(side)) {
            *dim = Dim {
                value: Some(length),
                param: None,
            };
        }
    }
}

impl Node {
    /// By its name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attribute.iter().find(|a| a.name() == name)
    }
}
