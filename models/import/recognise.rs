//! What a model is, by what its file says of itself and by the shapes of what it takes and gives.

use super::asked::{Asked, Layout, Preset};
use super::facts::{Facts, Port};
use super::layout::Shape;
use super::ultralytics;
use crate::bundle::manifest::{Activation, Task};
use crate::image::Channels;

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
    /// A second one: the score of the image, the masks, or the scores of boxes.
    pub(crate) second: Option<String>,
    pub(crate) classes: Option<Vec<String>>,
    pub(crate) activation: Option<Activation>,
    /// Whether the scores are known to go from 0 to 1.
    pub(crate) is_in_range: bool,
    /// Whether high scores are known to stand for defects.
    pub(crate) has_known_polarity: bool,
    pub(crate) size: Option<(u32, u32)>,
    pub(crate) channels: Option<Channels>,
    pub(crate) preset: Option<Preset>,
}

/// Which output it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Map,
    Score,
    Classes,
    Boxes(Layout),
    /// Boxes in one of several ways, which the shape does not tell apart.
    Unclear(Vec<Layout>),
    /// Boxes in none of the ways known for so many classes: what the shape would have to be, or how many classes it
    /// has room for.
    Unfit(String),
    /// Boxes as shares of the image in one output, scores for each class in a second one (DETR and its kin).
    Apart,
}

impl Kind {
    /// Boxes of this shape, in one of these ways.
    pub(crate) fn of_boxes(shape: Shape, layouts: &[Layout]) -> Self {
        match &shape.allowed(layouts)[..] {
            [only] => Self::Boxes(*only),
            [] => {
                let room = layouts.first().and_then(|layout| shape.classes_of(*layout));
                let room = room.filter(|room| *room > 0 && shape.has_columns());
                let expected = layouts
                    .iter()
                    .map(|layout| format!("{} ({})", shape.expected(*layout), layout.name()));
                Self::Unfit(match room {
                    Some(room) => format!("has room for {room}"),
                    None => format!(
                        "is none that boxes of so many classes are written as: expected {}",
                        expected.collect::<Vec<_>>().join(" or ")
                    ),
                })
            }
            several => Self::Unclear(several.to_vec()),
        }
    }

    /// Whether these are boxes, however they are written.
    pub(crate) fn is_boxes(&self) -> bool {
        !matches!(self, Self::Map | Self::Score | Self::Classes)
    }
}

/// What the model is, without being told.
///
/// # Errors
/// When it is recognised as something that cannot be used.
pub(crate) fn guess(facts: &Facts, asked: &Asked) -> Result<Option<Guess>, String> {
    if let Some(guess) = ultralytics::guess(facts, asked)? {
        return Ok(Some(guess));
    }
    Ok(anomalib(facts)
        .or_else(|| detr(facts))
        .or_else(|| by_shape(facts, asked)))
}

fn anomalib(facts: &Facts) -> Option<Guess> {
    let map = facts.output("anomaly_map");
    let score = facts.output("pred_score");
    let output = map.or(score)?.name.clone();
    // What its post-processor adds comes with scores brought to 0..1.
    let is_in_range = facts.output("pred_label").is_some();
    let parts = [(map, ", map"), (score, ", score of the image")];
    let parts = parts
        .iter()
        .filter_map(|(port, what)| port.map(|_| *what))
        .collect::<String>();
    Some(Guess {
        what: format!("Anomalib{parts}"),
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
        has_known_polarity: true,
        size: None,
        channels: Some(Channels::Rgb),
        preset: facts.has_own_front.then_some(Preset::Anomalib),
    })
}

/// Boxes and their scores in two outputs: RF-DETR by the names that it gives them, others by their shapes.
fn detr(facts: &Facts) -> Option<Guess> {
    let is_boxes = |port: &&Port| matches!(port.sides[..], [_, _, Some(4)]);
    let boxes = facts.outputs.iter().find(is_boxes)?;
    let is_scores = |port: &&Port| match (&port.sides[..], &boxes.sides[..]) {
        ([_, count, _], [_, boxed, _]) => port.name != boxes.name && count == boxed,
        _ => false,
    };
    let mut scores = facts.outputs.iter().filter(is_scores);
    let (scores, None) = (scores.next()?, scores.next()) else {
        return None;
    };
    let is_rf = (boxes.name.as_str(), scores.name.as_str()) == ("dets", "labels");
    Some(Guess {
        what: match is_rf {
            true => "RF-DETR, boxes and logits in two outputs".to_owned(),
            false => "a DETR, boxes and scores in two outputs".to_owned(),
        },
        sureness: match is_rf {
            true => Sureness::Certain,
            false => Sureness::Likely,
        },
        task: Task::Detect,
        kind: Kind::Apart,
        output: boxes.name.clone(),
        second: Some(scores.name.clone()),
        classes: None,
        activation: is_rf.then_some(Activation::Sigmoid),
        is_in_range: false,
        has_known_polarity: true,
        size: None,
        channels: is_rf.then_some(Channels::Rgb),
        preset: is_rf.then_some(Preset::RfDetr),
    })
}

fn by_shape(facts: &Facts, asked: &Asked) -> Option<Guess> {
    let [only] = &facts.outputs[..] else {
        return None;
    };
    let task = asked.layout.map(|_| Task::Detect);
    as_told(facts, only, task, asked)
}

/// What an output of this shape is, for a task that was told.
pub(crate) fn as_told(
    facts: &Facts,
    port: &Port,
    task: Option<Task>,
    asked: &Asked,
) -> Option<Guess> {
    if facts.input.sides.len() != 4 {
        return None;
    }
    let long = |side: Option<i64>| side.is_none_or(|side| side > 1);
    let behind_batch = port.sides.get(1..).unwrap_or_default();
    let is_one = behind_batch.iter().all(|side| *side == Some(1));
    let (what, task, kind) = match (task, &port.sides[..]) {
        (None | Some(Task::Classify | Task::Anomaly), _) if is_one => {
            ("one score of the image", Task::Anomaly, Kind::Score)
        }
        (
            None | Some(Task::Classify),
            [_, classes] | [_, classes, Some(1), Some(1)] | [_, Some(1), Some(1), classes],
        ) if long(*classes) => (
            "a classifier of whole images",
            Task::Classify,
            Kind::Classes,
        ),
        (Some(Task::Anomaly), [_, Some(1) | None, _, _] | [_, _, _]) => {
            ("a map of anomalies", Task::Anomaly, Kind::Map)
        }
        (None | Some(Task::Segment), [_, _, height, width]) if long(*height) && long(*width) => {
            ("a map for each class", Task::Segment, Kind::Map)
        }
        (Some(Task::Detect), [_, _, _]) => ("boxes", Task::Detect, boxes(port, asked)?),
        _ => return None,
    };
    Some(Guess {
        what: what.to_owned(),
        sureness: Sureness::Likely,
        task,
        kind,
        output: port.name.clone(),
        second: None,
        classes: None,
        activation: None,
        is_in_range: false,
        has_known_polarity: task != Task::Anomaly,
        size: None,
        channels: None,
        preset: None,
    })
}

/// Boxes that nothing tells of but their shape.
fn boxes(port: &Port, asked: &Asked) -> Option<Kind> {
    let shape = Shape::of(port, asked.classes.as_ref().map(Vec::len), 0)?;
    let upright = [
        Layout::Centre,
        Layout::Corners,
        Layout::Rows,
        Layout::Shares,
        Layout::SharesFinal,
        Layout::Objectness,
    ];
    Some(Kind::of_boxes(shape, &upright))
}
