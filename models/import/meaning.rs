//! What the graph's answer means: classes, what turns values into scores, which classes are no defect.

use super::plan::Missing;
use super::recognise::{Facts, Guess, Kind, Preset};
use super::{Asked, ImportError};
use crate::bundle::manifest::{Activation, BoxLayout, Output, OutputKind, Task};

/// Ultralytics' default.
const IOU: f32 = 0.7;

/// What is known of it; what is not is `missing`, and then there may be none.
pub(crate) fn meaning(
    facts: &Facts,
    asked: &Asked,
    guess: &mut Guess,
    missing: &mut Missing,
    notes: &mut Vec<String>,
) -> Result<Option<Output>, ImportError> {
    let preset = asked.preset.or(guess.preset);
    let count = class_count(guess, facts);
    let classes = classes(guess, asked, count, missing)?;
    let activation = activation(guess, asked, preset, missing);
    let has_no_scale = !guess.is_in_range && guess.task == Task::Anomaly;
    if has_no_scale && asked.range.is_none() && activation == Some(Activation::None) {
        missing.push((
            "--range LOW,HIGH",
            "which of its scores stand for 0 and 1: it has no scale of its own (--range 0,1 if it has)".to_owned(),
        ));
    }
    let good = good(guess, asked, missing, notes);
    if guess.is_in_range && guess.task == Task::Anomaly {
        notes.push("its scores have 0.5 where its trainer drew the line: a recipe may start with reject_above = 0.50".to_owned());
    }
    Ok(activation.map(|activation| output(guess, asked, activation, classes, good)))
}

/// How many classes the output's shape has room for, where it tells.
fn class_count(guess: &Guess, facts: &Facts) -> Option<usize> {
    let port = facts
        .outputs
        .iter()
        .find(|port| port.name == guess.output)?;
    let side = match (guess.kind, &port.sides[..]) {
        (Kind::Map, [_, classes, _, _]) | (Kind::Classes, [_, classes]) => (*classes)?,
        (Kind::Boxes(BoxLayout::Centre), [_, numbers, _]) if guess.task == Task::Detect => {
            (*numbers)? - 4
        }
        (Kind::Boxes(BoxLayout::Turned), [_, numbers, _]) => (*numbers)? - 5,
        (Kind::Map, [_, _, _]) | (Kind::Score, _) => 1,
        _ => return None,
    };
    usize::try_from(side).ok()
}

fn classes(
    guess: &mut Guess,
    asked: &Asked,
    count: Option<usize>,
    missing: &mut Missing,
) -> Result<Vec<String>, ImportError> {
    let Some(classes) = asked.classes.clone().or(guess.classes.take()) else {
        let count = count.map_or("some".to_owned(), |count| count.to_string());
        missing.push((
            "--classes NAME,NAME,…",
            format!("the names of its {count} classes, in its order"),
        ));
        return Ok(Vec::new());
    };
    match count {
        Some(count) if count != classes.len() => Err(ImportError::Unusable(format!(
            "{} names of classes ({}), but the output {:?} has room for {count}",
            classes.len(),
            classes.join(", "),
            guess.output
        ))),
        _ => Ok(classes),
    }
}

fn activation(
    guess: &Guess,
    asked: &Asked,
    preset: Option<Preset>,
    missing: &mut Missing,
) -> Option<Activation> {
    let by_preset = (preset == Some(Preset::Torchvision)).then_some(Activation::Softmax);
    let found = asked.activation.or(guess.activation).or(by_preset);
    if found.is_none() {
        missing.push((
            "--activation none|sigmoid|softmax",
            "what turns its output into scores; none when they are scores already".to_owned(),
        ));
    }
    found
}

fn good(
    guess: &Guess,
    asked: &Asked,
    missing: &mut Missing,
    notes: &mut Vec<String>,
) -> Vec<String> {
    match (&asked.good, guess.task) {
        (Some(good), _) => good.clone(),
        (None, Task::Classify) => {
            missing.push((
                "--good NAME,NAME,…",
                "which of the classes are no defect".to_owned(),
            ));
            Vec::new()
        }
        (None, Task::Anomaly) => Vec::new(),
        (None, Task::Detect | Task::Segment) => {
            notes.push(
                "every class counts as a defect; name those that are none with --good".to_owned(),
            );
            Vec::new()
        }
    }
}

fn output(
    guess: &Guess,
    asked: &Asked,
    activation: Activation,
    classes: Vec<String>,
    good: Vec<String>,
) -> Output {
    let kind = match guess.kind {
        Kind::Map => OutputKind::ScoreMap {
            score: guess.second.clone(),
        },
        Kind::Score => OutputKind::Score,
        Kind::Classes => OutputKind::ClassScores,
        Kind::Boxes(layout) => OutputKind::Boxes {
            layout,
            masks: guess.second.clone(),
            iou: asked.iou.unwrap_or(IOU),
        },
    };
    let name = guess.output.clone();
    // Scores from 0 to 1 that were said to be so are checked, not cut.
    let range = asked.range.filter(|range| *range != [0.0, 1.0]);
    Output {
        name,
        kind,
        activation,
        range,
        classes,
        good,
    }
}
