//! What was recognised and what was said, put together; and what is still open.

use super::asked::{Asked, Layout, Preset};
use super::error::{ImportError, Missing, unusable};
use super::facts::Facts;
use super::feeding::{Feeding, feeding};
use super::layout::Shape;
use super::meaning::meaning;
use super::recognise::{self, Guess, Kind, Sureness};
use super::trial::Trial;
use crate::bundle::manifest::{Output, Task};

/// Everything that a manifest says of a graph, and what must be done to the graph so that it is true.
pub(crate) struct Plan {
    pub(crate) what: String,
    pub(crate) sureness: Sureness,
    pub(crate) task: Task,
    pub(crate) kind: Kind,
    pub(crate) feeding: Feeding,
    pub(crate) output: Output,
    /// Names of the graph's outputs that are read, before anything is put behind them.
    pub(crate) read: Vec<String>,
    pub(crate) notes: Vec<String>,
}

/// Puts together what is known, before the graph has run (`trial` is none) or after.
///
/// # Errors
/// When something is open or contradictory.
pub(crate) fn plan(
    facts: &Facts,
    asked: &Asked,
    trial: Option<&Trial>,
) -> Result<Plan, ImportError> {
    let mut guess = guess(facts, asked)?;
    let mut missing = Missing::new();
    let mut notes = Vec::new();
    if let Some(trial) = trial {
        settle_layout(facts, asked, &mut guess, trial, (&mut missing, &mut notes));
    }
    let feeding = feeding(facts, asked, &guess, &mut missing)?;
    let output = meaning(facts, asked, &mut guess, &mut missing, &mut notes)?;
    let what = format!("{} ({})", guess.what, sureness_text(guess.sureness));
    if !missing.is_empty() {
        return Err(ImportError::Open { what, missing });
    }
    let (Some(feeding), Some(output)) = (feeding, output) else {
        return unusable(format!("{what}: it is not clear how it is fed"));
    };
    let read = [Some(guess.output), guess.second];
    Ok(Plan {
        what: guess.what,
        sureness: guess.sureness,
        task: guess.task,
        kind: guess.kind,
        feeding,
        output,
        read: read.into_iter().flatten().collect(),
        notes,
    })
}

fn guess(facts: &Facts, asked: &Asked) -> Result<Guess, ImportError> {
    let found = recognise::guess(facts, asked).map_err(ImportError::Unusable)?;
    let is_kept = |guess: &Guess| {
        // One score is a classifier's too, where it tells two classes apart.
        let is_task =
            |task: Task| task == guess.task || task == Task::Classify && guess.kind == Kind::Score;
        asked.task.is_none_or(is_task)
            && asked
                .output
                .as_ref()
                .is_none_or(|output| *output == guess.output)
    };
    let guess = match found.filter(is_kept) {
        Some(guess) => guess,
        None => told(facts, asked)?,
    };
    match asked.layout {
        Some(layout) => with_layout(facts, asked, guess, layout),
        None => Ok(guess),
    }
}

/// What the model is, where that was said or there is no other way.
fn told(facts: &Facts, asked: &Asked) -> Result<Guess, ImportError> {
    let port = match &asked.output {
        Some(name) => match facts.output(name) {
            Some(port) => port,
            None => {
                return unusable(format!(
                    "--output {name}: it has no such output; found {}",
                    facts.outputs_told()
                ));
            }
        },
        None if facts.outputs.len() == 1 => &facts.outputs[0],
        None => {
            return Err(ImportError::Open {
                what: format!(
                    "a model with {} outputs: {}",
                    facts.outputs.len(),
                    facts.outputs_told()
                ),
                missing: vec![("--output NAME", "which of them is read".to_owned())],
            });
        }
    };
    let task = asked.task.or(asked.layout.map(|_| Task::Detect));
    if let Some(layout) = asked.layout.filter(|_| port.sides.len() != 3) {
        return unusable(format!(
            "--box-layout {}: {:?} is {}, and boxes have three sides",
            layout.name(),
            port.name,
            port.shape()
        ));
    }
    let Some(guess) = recognise::as_told(facts, port, task, asked) else {
        return unusable(format!(
            "not recognised: input {}, outputs {}. Expected an image in, and out: a map (batch × classes × \
             height × width), scores of classes (batch × classes), one score, boxes (with --task detect), or an \
             export of Anomalib, Ultralytics or RF-DETR",
            facts.input.told(),
            facts.outputs_told()
        ));
    };
    let sureness = match task {
        Some(_) => Sureness::Told,
        None => guess.sureness,
    };
    Ok(Guess { sureness, ..guess })
}

/// The same with its boxes written as was said, whatever was recognised.
fn with_layout(
    facts: &Facts,
    asked: &Asked,
    guess: Guess,
    layout: Layout,
) -> Result<Guess, ImportError> {
    let port = facts.output(&guess.output);
    let is_possible = guess.kind.is_boxes() && guess.kind != Kind::Apart;
    let Some(port) = port.filter(|_| is_possible) else {
        return unusable(format!(
            "--box-layout {}: it is taken for {}, which has no boxes in one output",
            layout.name(),
            guess.what
        ));
    };
    let classes = asked.classes.as_ref().or(guess.classes.as_ref());
    let masks = guess.second.as_ref().and_then(|name| facts.output(name));
    let coefficients = masks.and_then(|port| *port.sides.get(1)?).unwrap_or(0);
    let shape = Shape::of(port, classes.map(Vec::len), coefficients);
    match shape {
        Some(shape) if shape.allows(layout) => Ok(Guess {
            kind: Kind::Boxes(layout),
            sureness: match guess.sureness {
                Sureness::Certain => Sureness::Certain,
                Sureness::Likely | Sureness::Told => Sureness::Told,
            },
            ..guess
        }),
        _ => unusable(format!(
            "--box-layout {}: expected an output of {}, {:?} is {}",
            layout.name(),
            shape.map_or("three sides".to_owned(), |shape| shape.expected(layout)),
            port.name,
            port.shape()
        )),
    }
}

/// Finds out by what the graph gave which of several layouts it is, or asks.
fn settle_layout(
    facts: &Facts,
    asked: &Asked,
    guess: &mut Guess,
    trial: &Trial,
    (missing, notes): (&mut Missing, &mut Vec<String>),
) {
    let Some(classes) = asked.classes.as_ref().or(guess.classes.as_ref()) else {
        return;
    };
    let shape = facts
        .output(&guess.output)
        .map_or(String::new(), |port| port.shape());
    if let Kind::Unclear(among) = &guess.kind {
        let rows = trial.rows(&guess.output, false);
        match rows.told(among, classes.len()) {
            Some(layout) => {
                notes.push(format!(
                    "by what it gave on trial images {:?} holds {}; --box-layout says otherwise",
                    guess.output,
                    told_of(layout)
                ));
                guess.kind = Kind::Boxes(layout);
                if matches!(layout, Layout::Shares | Layout::SharesFinal)
                    && guess.preset == Some(Preset::Ultralytics)
                {
                    guess.what = "Ultralytics RT-DETR, detect".to_owned();
                    guess.preset = Some(Preset::UltralyticsRtDetr);
                }
            }
            None => {
                let named: Vec<&str> = among.iter().map(|layout| layout.name()).collect();
                let told: Vec<String> = among.iter().map(|layout| told_of(*layout)).collect();
                missing.push((
                    "--box-layout LAYOUT",
                    format!(
                        "{}: {:?} ({shape}) can be {}, and what it gave on trial images does not tell",
                        named.join("|"),
                        guess.output,
                        told.join(", or ")
                    ),
                ));
            }
        }
    }
    if let Kind::Boxes(layout @ (Layout::Rows | Layout::Objectness)) = guess.kind
        && asked.layout != Some(layout)
    {
        missing.push((
            match layout {
                Layout::Rows => "--box-layout rows",
                _ => "--box-layout objectness",
            },
            format!(
                "if {:?} ({shape}) has {}, as it seems",
                guess.output,
                told_of(layout)
            ),
        ));
    }
}

/// A layout for whoever has never heard of it.
fn told_of(layout: Layout) -> String {
    match layout {
        Layout::Centre => "one box a column: centre, size, a score per class (YOLOv8, YOLO11)",
        Layout::Rows => {
            "one box a row, transposed: centre, size, a score per class (YOLOv8, YOLO11 as some tools turn them)"
        }
        Layout::Corners => {
            "final boxes by their corners: left, top, right, bottom, score, class (YOLOv10, YOLO26, nms=True)"
        }
        Layout::Shares => "centre and size as shares of the image, a score per class (RT-DETR)",
        Layout::SharesFinal => {
            "centre and size as shares of the image, score, class (RT-DETR by Ultralytics 8.4 and newer)"
        }
        Layout::Objectness => {
            "an objectness between box and scores: the format of YOLOv5 and YOLOv7"
        }
        Layout::Turned => "turned boxes: centre, size, a score per class, angle",
        Layout::TurnedFinal => "final turned boxes: centre, size, score, class, angle",
    }
    .to_owned()
}

fn sureness_text(sureness: Sureness) -> &'static str {
    match sureness {
        Sureness::Certain => "certain",
        Sureness::Likely => "likely, by its shapes",
        Sureness::Told => "as you say",
    }
}
