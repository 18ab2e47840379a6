//! Nodes, constants and values put together.

use super::format::{
    Attribute, Dim, FLOAT, INT8, INT32, INT64, Node, Shape, Tensor, TensorType, UINT8, Value,
    ValueType,
};

impl Tensor {
    fn raw(name: &str, data_type: i32, dims: Vec<i64>, raw: Vec<u8>) -> Self {
        Self {
            dims,
            data_type: Some(data_type),
            name: Some(name.to_owned()),
            raw_data: Some(raw),
            ..Self::default()
        }
    }

    /// Numbers of a shape.
    pub(crate) fn floats(name: &str, dims: &[usize], values: &[f32]) -> Self {
        let raw = values.iter().flat_map(|value| value.to_le_bytes());
        let dims = dims.iter().map(|dim| *dim as i64).collect();
        Self::raw(name, FLOAT, dims, raw.collect())
    }

    /// A list of whole numbers.
    pub(crate) fn integers(name: &str, values: &[i64]) -> Self {
        let raw = values.iter().flat_map(|value| value.to_le_bytes());
        Self::raw(name, INT64, vec![values.len() as i64], raw.collect())
    }

    /// A list of whole numbers of 32 bits.
    pub(crate) fn integers_32(name: &str, values: &[i32]) -> Self {
        let raw = values.iter().flat_map(|value| value.to_le_bytes());
        Self::raw(name, INT32, vec![values.len() as i64], raw.collect())
    }

    /// Whole numbers of 8 bits.
    pub(crate) fn integers_8(name: &str, dims: &[i64], values: &[i8]) -> Self {
        let raw = values.iter().map(|value| value.cast_unsigned());
        Self::raw(name, INT8, dims.to_vec(), raw.collect())
    }

    /// One number from 0 to 255.
    pub(crate) fn byte(name: &str, value: u8) -> Self {
        Self::raw(name, UINT8, Vec::new(), vec![value])
    }
}

impl Value {
    /// A tensor of numbers; `None` for a side that is free.
    pub(crate) fn floats(name: &str, dims: &[Option<usize>]) -> Self {
        let dim = |dim: &Option<usize>| Dim {
            value: dim.map(|dim| dim as i64),
            param: None,
        };
        Self {
            name: Some(name.to_owned()),
            kind: Some(ValueType {
                tensor: Some(TensorType {
                    element: Some(FLOAT),
                    shape: Some(Shape {
                        dim: dims.iter().map(dim).collect(),
                    }),
                }),
                ..ValueType::default()
            }),
        }
    }
}

impl Node {
    /// An operator of the standard set.
    pub(crate) fn new(op_type: &str, input: &[&str], output: &str) -> Self {
        Self {
            input: input.iter().map(|name| (*name).to_owned()).collect(),
            output: vec![output.to_owned()],
            name: Some(output.to_owned()),
            op_type: Some(op_type.to_owned()),
            ..Self::default()
        }
    }

    /// With a whole number as attribute.
    #[must_use]
    pub(crate) fn int(mut self, name: &str, value: i64) -> Self {
        self.attribute.push(Attribute {
            name: Some(name.to_owned()),
            i: Some(value),
            kind: Some(2),
            ..Attribute::default()
        });
        self
    }

    /// With a list of whole numbers as attribute.
    #[must_use]
    pub(crate) fn ints(mut self, name: &str, values: &[i64]) -> Self {
        self.attribute.push(Attribute {
            name: Some(name.to_owned()),
            ints: values.to_vec(),
            kind: Some(7),
            ..Attribute::default()
        });
        self
    }

    /// With a text as attribute.
    #[must_use]
    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        self.attribute.push(Attribute {
            name: Some(name.to_owned()),
            s: Some(value.as_bytes().to_vec()),
            kind: Some(3),
            ..Attribute::default()
        });
        self
    }
}
