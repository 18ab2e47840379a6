//! Models that Ultralytics exported, by what it writes beside the graph.

use super::asked::{Asked, Layout, Preset};
use super::facts::{Facts, Port};
use super::layout::Shape;
use super::metadata::Literal;
use super::recognise::{Guess, Kind, Sureness};
use crate::bundle::manifest::{Activation, Task};
use crate::image::Channels;

/// What the model's own name says of how it writes boxes. Exporters before 8.4 do not say it otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    /// RT-DETR, whose boxes are shares of the image.
    RtDetr,
    /// YOLOv10 and YOLO26, whose boxes are final.
    EndToEnd,
    /// Older ones, whose boxes are final only where the export was told so.
    Plain,
    /// Any: the model has a name of its own.
    Unknown,
}

/// What the file says it is.
///
/// # Errors
/// When that is nothing that can be used.
pub(crate) fn guess(facts: &Facts, asked: &Asked) -> Result<Option<Guess>, String> {
    let has = |key: &str| facts.metadata.contains_key(key);
    let author = facts.metadata.get("author");
    let is_theirs = author.is_some_and(|author| author == "Ultralytics");
    if !(is_theirs || has("names") && has("stride")) {
        return Ok(None);
    }
    let family = family(facts);
    let task = facts.metadata.get("task").map_or("detect", String::as_str);
    let ours = match task {
        "detect" | "obb" => Task::Detect,
        "segment" => Task::Segment,
        "classify" => Task::Classify,
        other => {
            return Err(format!(
                "an Ultralytics model for {other}; expected one for detect, segment, classify or obb"
            ));
        }
    };
    let classes = facts.literal("names").and_then(|names| names.names());
    let first = &facts.outputs[0];
    let masks = facts.outputs.get(1).filter(|_| ours == Task::Segment);
    let kind = if ours == Task::Classify {
        Kind::Classes
    } else {
        let known = asked.classes.as_ref().or(classes.as_ref()).map(Vec::len);
        let layouts = layouts(facts, task, family, is_theirs);
        boxes(first, masks, known, &layouts, task)?
    };
    let name = match (family, is_theirs) {
        (Family::RtDetr, _) => "Ultralytics RT-DETR",
        (_, true) => "Ultralytics YOLO",
        (_, false) => "YOLO (YOLOv5 or YOLOv7)",
    };
    Ok(Some(Guess {
        what: format!("{name}, {task}"),
        sureness: Sureness::Certain,
        task: ours,
        kind,
        output: first.name.clone(),
        second: masks.map(|port| port.name.clone()),
        classes,
        activation: Some(Activation::None),
        is_in_range: true,
        has_known_polarity: true,
        size: size(facts),
        channels: channels(facts),
        preset: Some(match (family, ours) {
            (Family::RtDetr, _) => Preset::UltralyticsRtDetr,
            (_, Task::Classify) => Preset::UltralyticsClassify,
            _ => Preset::Ultralytics,
        }),
    }))
}

/// The name of the model stands in its description: `Ultralytics YOLOv10n model trained on parts.yaml`. Ultralytics 8.4
/// also names its head.
fn family(facts: &Facts) -> Family {
    match facts.metadata.get("head").map(String::as_str) {
        Some("RTDETRDecoder") => return Family::RtDetr,
        Some("v10Detect") => return Family::EndToEnd,
        _ => {}
    }
    let said = facts.metadata.get("description").map_or("", String::as_str);
    let name = said.split(" model").next().unwrap_or(said).to_lowercase();
    let has = |names: &[&str]| names.iter().any(|one| name.contains(one));
    if has(&["rtdetr", "rt-detr"]) {
        Family::RtDetr
    } else if has(&["yolov10", "yolo26", "yoloe-26"]) {
        Family::EndToEnd
    } else if has(&[
        "yolo1", "yolov1", "yolov3", "yolov5", "yolov6", "yolov8", "yolov9",
    ]) {
        Family::Plain
    } else {
        Family::Unknown
    }
}

/// The ways in which such a model may write its boxes.
fn layouts(facts: &Facts, task: &str, family: Family, is_theirs: bool) -> Vec<Layout> {
    let args = facts.literal("args");
    let has_nms = args
        .as_ref()
        .and_then(|args| args.get("nms"))
        .is_some_and(Literal::is_true);
    let is_final = facts.literal("end2end").map(|value| value.is_true());
    let (many, last) = match task {
        "obb" => (Layout::Turned, Layout::TurnedFinal),
        _ => (Layout::Centre, Layout::Corners),
    };
    match (family, is_final, has_nms) {
        (Family::RtDetr, ..) => vec![Layout::Shares, Layout::SharesFinal],
        (_, Some(true), _) | (_, _, true) => vec![last],
        (Family::EndToEnd, ..) => vec![many, last],
        (..) if task != "detect" => vec![many, last],
        (Family::Plain, ..) => vec![many, last, Layout::Rows],
        (Family::Unknown, ..) if is_theirs => {
            vec![
                many,
                last,
                Layout::Rows,
                Layout::Shares,
                Layout::SharesFinal,
            ]
        }
        (Family::Unknown, ..) => vec![Layout::Objectness, many, last, Layout::Rows],
    }
}

fn boxes(
    first: &Port,
    masks: Option<&Port>,
    classes: Option<usize>,
    layouts: &[Layout],
    task: &str,
) -> Result<Kind, String> {
    let coefficients = masks.and_then(|port| *port.sides.get(1)?).unwrap_or(0);
    let Some(shape) = Shape::of(first, classes, coefficients) else {
        return Err(format!(
            "an Ultralytics model for {task} whose output {:?} has {} sides; expected 3. Export it with \
             Ultralytics 8 or newer",
            first.name,
            first.sides.len()
        ));
    };
    // Only YOLOv5 and YOLOv7 may have it, and then it is theirs.
    match layouts.first() {
        Some(Layout::Objectness) if shape.allows(Layout::Objectness) && classes.is_some() => {
            Ok(Kind::Boxes(Layout::Objectness))
        }
        _ => Ok(Kind::of_boxes(shape, layouts)),
    }
}

fn size(facts: &Facts) -> Option<(u32, u32)> {
    match facts.literal("imgsz")?.counts()?[..] {
        [side] => Some((side, side)),
        [height, width] => Some((width, height)),
        _ => None,
    }
}

fn channels(facts: &Facts) -> Option<Channels> {
    let said = facts.literal("channels").and_then(|value| value.counts());
    match said.as_deref() {
        Some([1]) => Some(Channels::Mono),
        _ => Some(Channels::Rgb),
    }
}
