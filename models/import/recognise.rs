//! What a model is, by what its file says of itself and by the shapes of what it takes and gives.

use super::metadata::Literal;
use crate::bundle::manifest::{Activation, BoxLayout, Task};
use crate::image::Channels;
use crate::onnx::{Graph, Model};
use std::collections::BTreeMap;

/// An input or output as the file declares it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Port {
    pub(crate) name: String,
    /// Number of `TensorProto.DataType`.
    pub(crate) element: i32,
    /// `None` for a side that is free.
    pub(crate) sides: Vec<Option<i64>>,
}

impl Port {
    /// `name 1×3×?×?`.
    pub(crate) fn told(&self) -> String {
        let side = |side: &Option<i64>| side.map_or("?".to_owned(), |side| side.to_string());
        let sides: Vec<String> = self.sides.iter().map(side).collect();
        format!("{} {}", self.name, sides.join("×"))
    }
}

/// Everything that a file says and that recognising takes.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) input: Port,
    pub(crate) outputs: Vec<Port>,
    pub(crate) metadata: BTreeMap<String, String>,
    /// Whether the graph normalises the input itself.
    pub(crate) has_own_front: bool,
}

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sureness {
    /// The file says so itself, or its outputs have names that only one tool gives.
    Certain,
    /// The shapes are those of such a model.
    Likely,
    /// The person who imports it says so.
    Told,
}

/// What a model is taken for. What is `None` cannot be known from the file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Guess {
    pub(crate) what: String,
    pub(crate) sureness: Sureness,
    pub(crate) task: Task,
    pub(crate) kind: Kind,
    /// The output that is read.
    pub(crate) output: String,
    /// A second one: the score of the image, or the masks.
    pub(crate) second: Option<String>,
    pub(crate) classes: Option<Vec<String>>,
    pub(crate) activation: Option<Activation>,
    /// Whether the scores are known to go from 0 to 1.
    pub(crate) is_in_range: bool,
    pub(crate) size: Option<(u32, u32)>,
    pub(crate) channels: Option<Channels>,
    pub(crate) preset: Option<Preset>,
}

/// Which output it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Map,
    Score,
    Classes,
    Boxes(BoxLayout),
}

/// How a tool prepares images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Ultralytics: values from 0 to 1, letterbox with grey 114, linear.
    Ultralytics,
    /// Ultralytics' classifiers: values from 0 to 1, the middle, triangle.
    UltralyticsClassify,
    /// Anomalib: values from 0 to 1, stretched, triangle; normalised within the graph.
    Anomalib,
    /// torchvision's classifiers: ImageNet's mean and deviation, 7/8 of the middle, triangle.
    Torchvision,
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
    let is_weight = |name: &str| {
        graph
            .initializer
            .iter()
            .any(|tensor| tensor.name.as_deref() == Some(name))
    };
    let inputs: Vec<_> = graph
        .input
        .iter()
        .filter(|value| !is_weight(value.name()))
        .collect();
    let [input] = inputs[..] else {
        let names: Vec<&str> = inputs.iter().map(|value| value.name()).collect();
        return Err(format!(
            "expected one input, an image; found {} ({}). Export it with the image as its only input",
            names.len(),
            names.join(", ")
        ));
    };
    let port = |value: &crate::onnx::Value| {
        let (element, sides) = value.tensor()?;
        let name = value.name().to_owned();
        Some(Port {
            name,
            element,
            sides,
        })
    };
    let input = port(input)
        .ok_or("its input is no tensor with a shape; export it with a fixed input size")?;
    if let Some(bad) = input.sides.iter().flatten().find(|side| **side < 1) {
        return Err(format!(
            "its input {:?} has a side of length {bad}; export it anew",
            input.name
        ));
    }
    let outputs: Vec<Port> = graph.output.iter().filter_map(port).collect();
    if outputs.is_empty() {
        return Err("it has no output with a shape".to_owned());
    }
    let entries = model.metadata_props.iter();
    let metadata = entries
        .filter_map(|entry| Some((entry.key.clone()?, entry.value.clone()?)))
        .collect();
    let has_own_front = has_own_front(graph, &input.name);
    Ok(Facts {
        input,
        outputs,
        metadata,
        has_own_front,
    })
}

/// Whether the graph shifts or scales the values itself before anything else is done to them.
fn has_own_front(graph: &Graph, input: &str) -> bool {
    let mut reached = vec![input];
    for node in &graph.node {
        if !node
            .input
            .first()
            .is_some_and(|name| reached.contains(&name.as_str()))
        {
            continue;
        }
        match node.op_type.as_deref() {
            Some("Sub" | "Div" | "Mul") => return true,
            Some("Reshape" | "Resize" | "Cast" | "Identity" | "Slice") => {
                reached.extend(node.output.iter().map(String::as_str));
            }
            _ => {}
        }
    }
    false
}

impl Facts {
    fn output(&self, name: &str) -> Option<&Port> {
        self.outputs.iter().find(|port| port.name == name)
    }

    fn literal(&self, key: &str) -> Option<Literal> {
        Literal::parse(self.metadata.get(key)?)
    }
}

/// What the model is, without being told.
///
/// # Errors
/// When it is recognised as something that cannot be used.
pub(crate) fn guess(facts: &Facts) -> Result<Option<Guess>, String> {
    if let Some(guess) = ultralytics(facts)? {
        return Ok(Some(guess));
    }
    Ok(anomalib(facts).or_else(|| by_shape(facts)))
}

fn ultralytics(facts: &Facts) -> Result<Option<Guess>, String> {
    let is_theirs = facts
        .metadata
        .get("author")
        .is_some_and(|author| author == "Ultralytics")
        || (facts.metadata.contains_key("names") && facts.metadata.contains_key("stride"));
    if !is_theirs {
        return Ok(None);
    }
    let task = facts.metadata.get("task").map_or("detect", String::as_str);
    let first = &facts.outputs[0];
    let args = facts.literal("args");
    let is_set = |key: &str| {
        args.as_ref()
            .and_then(|args| args.get(key))
            .is_some_and(Literal::is_true)
    };
    let is_final = facts
        .literal("end2end")
        .is_some_and(|value| value.is_true())
        || is_set("nms");
    let (ours, kind) = match task {
        "detect" | "segment" | "obb" if first.sides.len() != 3 => {
            return Err(format!(
                "an Ultralytics model for {task} whose output {:?} has {} sides; expected 3. Export it with \
                 Ultralytics 8 or newer, YOLOv5's own export is another format",
                first.name,
                first.sides.len()
            ));
        }
        "detect" | "segment" => {
            let layout = if is_final {
                BoxLayout::Corners
            } else {
                BoxLayout::Centre
            };
            (
                if task == "detect" {
                    Task::Detect
                } else {
                    Task::Segment
                },
                Kind::Boxes(layout),
            )
        }
        "obb" => {
            let layout = if is_final {
                BoxLayout::TurnedFinal
            } else {
                BoxLayout::Turned
            };
            (Task::Detect, Kind::Boxes(layout))
        }
        "classify" => (Task::Classify, Kind::Classes),
        other => {
            return Err(format!(
                "an Ultralytics model for {other}; expected one for detect, segment, classify or obb"
            ));
        }
    };
    let size = facts.literal("imgsz").and_then(|value| value.counts());
    let size = size.and_then(|size| match size[..] {
        [side] => Some((side, side)),
        [height, width] => Some((width, height)),
        _ => None,
    });
    let channels = facts.literal("channels").and_then(|value| value.counts());
    Ok(Some(Guess {
        what: format!("Ultralytics YOLO, {task}"),
        sureness: Sureness::Certain,
        task: ours,
        kind,
        output: first.name.clone(),
        second: (ours == Task::Segment)
            .then(|| facts.outputs.get(1).map(|port| port.name.clone()))
            .flatten(),
        classes: facts.literal("names").and_then(|names| names.names()),
        activation: Some(Activation::None),
        is_in_range: true,
        size,
        channels: match channels.as_deref() {
            Some([1]) => Some(Channels::Mono),
            _ => Some(Channels::Rgb),
        },
        preset: Some(match ours {
            Task::Classify => Preset::UltralyticsClassify,
            _ => Preset::Ultralytics,
        }),
    }))
}

fn anomalib(facts: &Facts) -> Option<Guess> {
    let map = facts.output("anomaly_map");
    let score = facts.output("pred_score");
    let output = map.or(score)?.name.clone();
    // What its post-processor adds comes with scores brought to 0..1.
    let is_in_range = facts.output("pred_label").is_some();
    Some(Guess {
        what: format!(
            "Anomalib{}{}",
            if map.is_some() { ", map" } else { "" },
            if score.is_some() {
                ", score of the image"
            } else {
                ""
            }
        ),
        sureness: Sureness::Certain,
        task: Task::Anomaly,
        kind: if map.is_some() {
            Kind::Map
        } else {
            Kind::Score
        },
        output,
        second: map.and(score).map(|port| port.name.clone()),
        classes: Some(vec!["anomaly".to_owned()]),
        activation: is_in_range.then_some(Activation::None),
        is_in_range,
        size: None,
        channels: Some(Channels::Rgb),
        preset: facts.has_own_front.then_some(Preset::Anomalib),
    })
}

fn by_shape(facts: &Facts) -> Option<Guess> {
    let [only] = &facts.outputs[..] else {
        return None;
    };
    as_told(facts, only, None)
}

/// What an output of this shape is, for a task that was told.
pub(crate) fn as_told(facts: &Facts, port: &Port, task: Option<Task>) -> Option<Guess> {
    let long = |side: Option<i64>| side.is_none_or(|side| side > 1);
    let (what, task, kind) = match (task, &port.sides[..]) {
        (None | Some(Task::Classify), [_, classes]) if long(*classes) => (
            "a classifier of whole images",
            Task::Classify,
            Kind::Classes,
        ),
        (Some(Task::Anomaly), [_] | [] | [_, Some(1)]) => {
            ("a score of the image", Task::Anomaly, Kind::Score)
        }
        (Some(Task::Anomaly), [_, Some(1) | None, _, _] | [_, _, _]) => {
            ("a map of anomalies", Task::Anomaly, Kind::Map)
        }
        (None | Some(Task::Segment), [_, _, height, width]) if long(*height) && long(*width) => {
            ("a map for each class", Task::Segment, Kind::Map)
        }
        (Some(Task::Detect), [_, _, Some(6)]) => (
            "boxes by their corners",
            Task::Detect,
            Kind::Boxes(BoxLayout::Corners),
        ),
        (Some(Task::Detect), [_, _, _]) => (
            "boxes by their centres",
            Task::Detect,
            Kind::Boxes(BoxLayout::Centre),
        ),
        _ => return None,
    };
    Some(Guess {
        what: what.to_owned(),
        sureness: Sureness::Likely,
        task,
        kind,
        output: port.name.clone(),
        second: None,
        classes: (task == Task::Anomaly).then(|| vec!["anomaly".to_owned()]),
        activation: None,
        is_in_range: false,
        size: None,
        channels: None,
        preset: None,
    })
    .filter(|_| facts.input.sides.len() == 4)
}
