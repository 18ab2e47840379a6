//! What a file says of itself: what goes in, what comes out, and what its tool wrote beside the graph.

use super::ends::{self, End};
use super::metadata::Literal;
use crate::onnx::{BFLOAT16, DOUBLE, FLOAT, FLOAT16, Graph, INT8, INT64, Model, UINT8, Value};
use std::collections::BTreeMap;

/// An input or output as the file declares it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Port {
    pub(crate) name: String,
    /// Number of `TensorProto.DataType`.
    pub(crate) element: i32,
    /// `None` for a side that is free.
    pub(crate) sides: Vec<Option<i64>>,
    /// Of an output: what makes its values scores, where the graph does so itself.
    pub(crate) end: Option<End>,
    /// The same of scores that stand behind boxes.
    pub(crate) end_of_boxes: Option<End>,
}

impl Port {
    /// As messages say it: `name 1×3×?×?`.
    pub(crate) fn told(&self) -> String {
        format!("{} {}", self.name, self.shape())
    }

    /// As messages say it: `1×3×?×?`.
    pub(crate) fn shape(&self) -> String {
        let side = |side: &Option<i64>| side.map_or("?".to_owned(), |side| side.to_string());
        let sides: Vec<String> = self.sides.iter().map(side).collect();
        sides.join("×")
    }

    /// Of its elements, for people.
    pub(crate) fn element_name(&self) -> String {
        match self.element {
            FLOAT => "f32".to_owned(),
            FLOAT16 => "f16".to_owned(),
            BFLOAT16 => "bf16".to_owned(),
            DOUBLE => "f64".to_owned(),
            UINT8 => "u8".to_owned(),
            INT8 => "i8".to_owned(),
            INT64 => "i64".to_owned(),
            other => format!("TensorProto type {other}"),
        }
    }
}

/// Everything that a file says and that recognising takes.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) input: Port,
    pub(crate) outputs: Vec<Port>,
    pub(crate) metadata: BTreeMap<String, String>,
    /// Whether the graph normalises the input itself.
    pub(crate) has_own_front: bool,
    /// Why it takes bytes from 0 to 255 and nothing else, where it does.
    pub(crate) bytes_because: Option<String>,
}

/// Reads what the graph declares.
///
/// # Errors
/// When it does not take exactly one image.
pub(crate) fn facts(model: &Model) -> Result<Facts, String> {
    let graph = model
        .graph
        .as_ref()
        .ok_or("there is no graph in the file")?;
    let input = port(graph, only_input(graph)?)
        .ok_or("its input is no tensor with a shape; export it with a fixed input size")?;
    if let Some(bad) = input.sides.iter().flatten().find(|side| **side < 1) {
        return Err(format!(
            "its input {:?} has a side of length {bad}; export it anew",
            input.name
        ));
    }
    let outputs = graph.output.iter();
    let outputs: Vec<Port> = outputs.filter_map(|value| port(graph, value)).collect();
    if outputs.is_empty() {
        return Err("it has no output with a shape".to_owned());
    }
    let entries = model.metadata_props.iter();
    let metadata = entries
        .filter_map(|entry| Some((entry.key.clone()?, entry.value.clone()?)))
        .collect();
    let bytes_because = match input.element == UINT8 {
        true => Some("its input is u8".to_owned()),
        false => ends::bytes_because(graph, &input.name),
    };
    Ok(Facts {
        has_own_front: ends::has_own_front(graph, &input.name),
        bytes_because,
        input,
        outputs,
        metadata,
    })
}

/// The one input that is no weight: old files list their weights among the inputs.
fn only_input(graph: &Graph) -> Result<&Value, String> {
    let is_weight = |name: &str| {
        let mut tensors = graph.initializer.iter();
        tensors.any(|tensor| tensor.name.as_deref() == Some(name))
    };
    let inputs = graph.input.iter();
    let inputs: Vec<&Value> = inputs.filter(|value| !is_weight(value.name())).collect();
    match inputs[..] {
        [input] => Ok(input),
        _ => {
            let names: Vec<&str> = inputs.iter().map(|value| value.name()).collect();
            Err(format!(
                "expected one input, an image; found {} ({}). Export it with the image as its only input",
                names.len(),
                names.join(", ")
            ))
        }
    }
}

fn port(graph: &Graph, value: &Value) -> Option<Port> {
    let (element, sides) = value.tensor()?;
    let name = value.name().to_owned();
    Some(Port {
        end: ends::end_of(graph, &name, false),
        end_of_boxes: ends::end_of(graph, &name, true),
        name,
        element,
        sides,
    })
}

impl Facts {
    /// The output of this name.
    pub(crate) fn output(&self, name: &str) -> Option<&Port> {
        self.outputs.iter().find(|port| port.name == name)
    }

    /// A value of the metadata that is written as Python has it.
    pub(crate) fn literal(&self, key: &str) -> Option<Literal> {
        Literal::parse(self.metadata.get(key)?)
    }

    /// All outputs, for people.
    pub(crate) fn outputs_told(&self) -> String {
        let told: Vec<String> = self.outputs.iter().map(Port::told).collect();
        told.join(", ")
    }
}
