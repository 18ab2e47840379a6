//! What the graph's answer means: classes, what turns values into scores, which classes are no defect, which end of a
//! score is the defect.

use super::asked::{Asked, HighIs, Layout, Preset};
use super::ends::End;
use super::error::{ImportError, Missing, unusable};
use super::facts::{Facts, Port};
use super::layout::Shape;
use super::names;
use super::recognise::{Guess, Kind};
use crate::bundle::manifest::{Activation, BoxLayout, Output, OutputKind, Task};
use crate::onnx::{BFLOAT16, DOUBLE, FLOAT, FLOAT16};

/// Overlap from which on Ultralytics drops the weaker of two boxes.
const IOU: f32 = 0.7;
/// The same of YOLOv5.
const IOU_OF_YOLOV5: f32 = 0.45;
/// Of boxes that their network has made final: none is dropped.
const IOU_OF_FINAL: f32 = 1.0;

/// What is known of it; what is not is `missing`, and then there may be none.
pub(crate) fn meaning(
    facts: &Facts,
    asked: &Asked,
    guess: &mut Guess,
    missing: &mut Missing,
    notes: &mut Vec<String>,
) -> Result<Option<Output>, ImportError> {
    check_elements(facts, guess)?;
    check_flags(asked, guess)?;
    let classes = match guess.task {
        Task::Anomaly => names::of_anomaly(asked, missing)?,
        _ => names::of_classes(facts, asked, guess, class_count(guess, facts), missing)?,
    };
    let end = end(guess, facts);
    let activation = activation(guess, asked, end, missing, notes)?;
    if activation == Some(Activation::Softmax) && (guess.kind.is_boxes() || classes.len() == 1) {
        return unusable(
            "--activation softmax: a softmax is over classes of an image or of a cell; here say none or sigmoid"
                .to_owned(),
        );
    }
    let range = range(guess, asked, activation, end, missing, notes);
    let good = names::of_good(guess, asked, &classes, missing, notes)?;
    if guess.is_in_range && guess.task == Task::Anomaly {
        notes.push("its scores have 0.5 where its trainer drew the line: a recipe may start with reject_above = 0.50".to_owned());
    }
    Ok(activation.map(|activation| Output {
        name: guess.output.clone(),
        kind: kind(guess, asked),
        activation,
        range,
        classes,
        good,
    }))
}

/// Whether the outputs that are read hold numbers.
fn check_elements(facts: &Facts, guess: &Guess) -> Result<(), ImportError> {
    let read = [Some(&guess.output), guess.second.as_ref()];
    let ports = read.into_iter().flatten();
    let ports = ports.filter_map(|name| facts.output(name));
    let is_number = |port: &&Port| [FLOAT, FLOAT16, BFLOAT16, DOUBLE].contains(&port.element);
    match ports.into_iter().find(|port| !is_number(port)) {
        Some(port) => unusable(format!(
            "output {:?} is of {}; expected f32, f16, bf16 or f64",
            port.name,
            port.element_name()
        )),
        None => Ok(()),
    }
}

/// A flag that says nothing of such a model is a mistake, and none is passed over in silence.
fn check_flags(asked: &Asked, guess: &Guess) -> Result<(), ImportError> {
    let is_boxes = guess.kind.is_boxes();
    if asked.iou.is_some() && !is_boxes {
        return unusable("--iou: the model gives no boxes".to_owned());
    }
    if asked.range.is_some() && is_boxes {
        return unusable("--range: scores of boxes are taken as they are".to_owned());
    }
    if asked.high_is.is_some() && guess.task != Task::Anomaly {
        return unusable(
            "--high-is: the model scores several classes; name those that are no defect with --good".to_owned(),
        );
    }
    if asked.high_is == Some(HighIs::Good) && guess.has_known_polarity {
        return unusable(format!(
            "--high-is good: it is taken for {}, whose scores are high for defects",
            guess.what
        ));
    }
    Ok(())
}

/// How many classes the output's shape has room for, where it tells.
fn class_count(guess: &Guess, facts: &Facts) -> Option<usize> {
    let port = facts.output(&guess.output)?;
    let side = match (&guess.kind, &port.sides[..]) {
        (Kind::Map, [_, classes, _, _]) => (*classes)?,
        (Kind::Classes, [_, sides @ ..]) => {
            let mut sides = sides.iter().copied();
            sides.try_fold(1_i64, |product, side| product.checked_mul(side?))?
        }
        (Kind::Boxes(layout), _) => shape(guess, port, facts)?.classes_of(*layout)?,
        (Kind::Unclear(layouts), _) => {
            let shape = shape(guess, port, facts).filter(Shape::has_columns)?;
            shape.classes_of(*layouts.first()?)?
        }
        (Kind::Apart, _) => {
            let scores = facts.output(guess.second.as_ref()?)?;
            (*scores.sides.get(2)?)?
        }
        (Kind::Score, _) => 1,
        (Kind::Map | Kind::Classes | Kind::Unfit(_), _) => return None,
    };
    usize::try_from(side).ok()
}

fn shape(guess: &Guess, port: &Port, facts: &Facts) -> Option<Shape> {
    let masks = guess.second.as_ref().and_then(|name| facts.output(name));
    let coefficients = masks.and_then(|port| *port.sides.get(1)?).unwrap_or(0);
    Shape::of(port, None, coefficients)
}

/// What makes the values scores within the graph.
fn end(guess: &Guess, facts: &Facts) -> Option<End> {
    let port = facts.output(&guess.output)?;
    match guess.kind {
        Kind::Apart => facts.output(guess.second.as_ref()?)?.end,
        Kind::Map | Kind::Score | Kind::Classes => port.end,
        Kind::Boxes(_) | Kind::Unclear(_) | Kind::Unfit(_) => port.end_of_boxes,
    }
}

fn activation(
    guess: &Guess,
    asked: &Asked,
    end: Option<End>,
    missing: &mut Missing,
    notes: &mut Vec<String>,
) -> Result<Option<Activation>, ImportError> {
    let preset = asked.preset.or(guess.preset);
    let by_preset = (preset == Some(Preset::Torchvision)).then_some(Activation::Softmax);
    let implied = guess.activation.or(by_preset);
    match (asked.activation, end) {
        (Some(said), Some(end)) if said != Activation::None => unusable(format!(
            "--activation {}: the graph ends in a {} itself, so its values are scores already; say --activation none",
            said.name(),
            end.name()
        )),
        (None, Some(end)) => {
            if implied.is_some_and(|implied| implied != Activation::None) {
                notes.push(format!(
                    "the graph ends in a {} itself: its values are scores already, and no other is added",
                    end.name()
                ));
            }
            Ok(Some(Activation::None))
        }
        (said, _) => {
            let found = said.or(implied);
            if found.is_none() {
                missing.push((
                    "--activation none|sigmoid|softmax",
                    "what turns its output into scores; none when they are scores already"
                        .to_owned(),
                ));
            }
            Ok(found)
        }
    }
}

/// Values that stand for scores of 0 and 1; the higher first where it stands for a good part.
fn range(
    guess: &Guess,
    asked: &Asked,
    activation: Option<Activation>,
    end: Option<End>,
    missing: &mut Missing,
    notes: &mut Vec<String>,
) -> Option<[f32; 2]> {
    if guess.task == Task::Anomaly && !guess.has_known_polarity && asked.high_is.is_none() {
        missing.push((
            "--high-is good|defect",
            format!(
                "whether a high value of {:?} means a good or a defective part (Keras: the class that comes last in \
                 the alphabet)",
                guess.output
            ),
        ));
    }
    let has_scale = guess.is_in_range || guess.task != Task::Anomaly || end.is_some();
    if !has_scale && asked.range.is_none() && activation == Some(Activation::None) {
        missing.push((
            "--range LOW,HIGH",
            "which of its scores stand for 0 and 1: it has no scale of its own (--range 0,1 if it has)".to_owned(),
        ));
    }
    // Scores from 0 to 1 that were said to be so are checked, not cut.
    let range = asked.range.filter(|range| *range != [0.0, 1.0]);
    if asked.high_is == Some(HighIs::Good) {
        notes.push("high values stand for good parts: scores are turned round".to_owned());
        let [low, high] = range.unwrap_or([0.0, 1.0]);
        return Some([high, low]);
    }
    range
}

fn kind(guess: &Guess, asked: &Asked) -> OutputKind {
    match &guess.kind {
        Kind::Map => OutputKind::ScoreMap {
            score: guess.second.clone(),
        },
        Kind::Score => OutputKind::Score,
        Kind::Classes => OutputKind::ClassScores,
        Kind::Apart => boxes(BoxLayout::Centre, None, asked.iou.unwrap_or(IOU_OF_FINAL)),
        Kind::Boxes(layout) => {
            let (written, iou) = match layout {
                Layout::Centre | Layout::Rows => (BoxLayout::Centre, IOU),
                Layout::Objectness => (BoxLayout::Centre, IOU_OF_YOLOV5),
                Layout::Shares => (BoxLayout::Centre, IOU_OF_FINAL),
                Layout::Corners | Layout::SharesFinal => (BoxLayout::Corners, IOU),
                Layout::Turned => (BoxLayout::Turned, IOU),
                Layout::TurnedFinal => (BoxLayout::TurnedFinal, IOU),
            };
            boxes(written, guess.second.clone(), asked.iou.unwrap_or(iou))
        }
        // Not known before the graph has run.
        Kind::Unclear(_) | Kind::Unfit(_) => boxes(BoxLayout::Corners, None, IOU),
    }
}

fn boxes(layout: BoxLayout, masks: Option<String>, iou: f32) -> OutputKind {
    OutputKind::Boxes { layout, masks, iou }
}
