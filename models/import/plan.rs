//! What was recognised and what was said, put together; and what is still open.

use super::recognise::{self, Facts, Guess, Kind, Port, Preset, Sureness};
use super::{Asked, Colour, ImportError, Normalisation, is_castable};
use crate::manifest::{
    Activation, BoxLayout, Channels, Fit, Input, Output, OutputKind, Resize, SIDE_MAX, Task,
};

/// Grey beside an image, where Ultralytics puts it.
const PAD: f32 = 114.0;
/// Ultralytics' default.
const IOU: f32 = 0.7;

/// Everything that a manifest says of a graph.
pub(crate) struct Plan {
    pub(crate) what: String,
    pub(crate) sureness: Sureness,
    pub(crate) task: Task,
    pub(crate) input: Input,
    pub(crate) output: Output,
    pub(crate) is_blue_first: bool,
    pub(crate) is_channels_last: bool,
    pub(crate) notes: Vec<String>,
}

/// Flags that are still needed, with the reason of each.
type Missing = Vec<(&'static str, String)>;

pub(crate) fn plan(facts: &Facts, asked: &Asked) -> Result<Plan, ImportError> {
    let unusable = |message: String| Err(ImportError::Unusable(message));
    let mut guess = guess(facts, asked)?;
    let preset = asked.preset.or(guess.preset);
    let (is_channels_last, sides) = match layout(&facts.input) {
        Some(found) => found,
        None => {
            return unusable(format!(
                "expected an input of 1 or 3 channels, found {}",
                told(&facts.input)
            ));
        }
    };
    if !is_castable(facts.input.element) {
        return unusable(
            "expected an input of f32, f16 or u8; export it with one of them".to_owned(),
        );
    }
    let [channels, height, width] = sides;
    let mut missing = Missing::new();
    let mut notes = Vec::new();
    let size = size(width, height, asked.size.or(guess.size), &mut missing)?;
    let colour = colour(channels, asked, &guess, &mut missing)?;
    let normalisation = asked.normalisation.or(preset.map(normalisation_of));
    if normalisation.is_none() {
        missing.push((
            "--normalisation unit|imagenet|bytes|symmetric",
            "which values it learnt from (or --mean R,G,B --std R,G,B of values from 0 to 1)"
                .to_owned(),
        ));
    }
    let fit = asked.fit.or(preset.map(fit_of));
    if fit.is_none() {
        missing.push((
            "--fit stretch|letterbox|crop",
            "how images of another aspect were brought in when it learnt".to_owned(),
        ));
    }
    let resize = asked
        .resize
        .or(preset.map(resize_of))
        .unwrap_or(Resize::Area);
    let count = class_count(&guess, facts);
    let classes = classes(&mut guess, asked, count, &mut missing)?;
    let activation = activation(&guess, asked, preset, &mut missing);
    if !guess.is_in_range
        && guess.task == Task::Anomaly
        && asked.range.is_none()
        && activation == Some(Activation::None)
    {
        missing.push((
            "--range LOW,HIGH",
            "which of its scores stand for 0 and 1: it has no scale of its own (--range 0,1 if it has)".to_owned(),
        ));
    }
    let good = good(&guess, asked, &mut missing, &mut notes);
    let what = format!("{} ({})", guess.what, sureness_text(guess.sureness));
    if !missing.is_empty() {
        return Err(ImportError::Open { what, missing });
    }
    let (Some(normalisation), Some(fit), Some(activation)) = (normalisation, fit, activation)
    else {
        return unusable(format!("{what}: it is not clear how it is fed"));
    };
    if guess.is_in_range && guess.task == Task::Anomaly {
        notes.push("its scores have 0.5 where its trainer drew the line: a recipe may start with reject_above = 0.50".to_owned());
    }
    let input_channels = if colour == Colour::Mono {
        Channels::Mono
    } else {
        Channels::Rgb
    };
    Ok(Plan {
        what: guess.what.clone(),
        sureness: guess.sureness,
        task: guess.task,
        input: Input {
            name: facts.input.name.clone(),
            width: size.0,
            height: size.1,
            channels: input_channels,
            fit,
            resize,
            scale: normalisation.scale,
            mean: normalisation.mean[..input_channels.count()].to_vec(),
            std: normalisation.std[..input_channels.count()].to_vec(),
        },
        output: output(&guess, asked, activation, classes, good),
        is_blue_first: colour == Colour::Bgr,
        is_channels_last,
        notes,
    })
}

fn guess(facts: &Facts, asked: &Asked) -> Result<Guess, ImportError> {
    let outputs = || {
        facts
            .outputs
            .iter()
            .map(told)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let unusable = |message: String| ImportError::Unusable(message);
    let found = recognise::guess(facts).map_err(unusable)?;
    let is_kept = |guess: &Guess| {
        asked.task.is_none_or(|task| task == guess.task)
            && asked
                .output
                .as_ref()
                .is_none_or(|output| *output == guess.output)
    };
    if let Some(guess) = found.filter(is_kept) {
        return Ok(guess);
    }
    let port = match &asked.output {
        Some(name) => facts
            .outputs
            .iter()
            .find(|port| port.name == *name)
            .ok_or_else(|| {
                unusable(format!(
                    "--output {name}: it has no such output; found {}",
                    outputs()
                ))
            })?,
        None if facts.outputs.len() == 1 => &facts.outputs[0],
        None => {
            return Err(ImportError::Open {
                what: format!(
                    "a model with {} outputs: {}",
                    facts.outputs.len(),
                    outputs()
                ),
                missing: vec![("--output NAME", "which of them is read".to_owned())],
            });
        }
    };
    let guess = recognise::as_told(facts, port, asked.task).ok_or_else(|| {
        unusable(format!(
            "not recognised: input {}, outputs {}. Expected an image in, and out: a map (batch × classes × \
             height × width), scores of classes (batch × classes), boxes (with --task detect) or a score (with \
             --task anomaly); or an export of Anomalib or Ultralytics",
            told(&facts.input),
            outputs()
        ))
    })?;
    let sureness = if asked.task.is_some() {
        Sureness::Told
    } else {
        guess.sureness
    };
    Ok(Guess { sureness, ..guess })
}

/// Channels, height and width, and whether the channels come last.
fn layout(input: &Port) -> Option<(bool, [Option<i64>; 3])> {
    let is_colour = |side: Option<i64>| matches!(side, Some(1 | 3));
    match input.sides[..] {
        [_, channels, height, width] if is_colour(channels) => {
            Some((false, [channels, height, width]))
        }
        [_, height, width, channels] if is_colour(channels) => {
            Some((true, [channels, height, width]))
        }
        _ => None,
    }
}

fn size(
    width: Option<i64>,
    height: Option<i64>,
    wanted: Option<(u32, u32)>,
    missing: &mut Missing,
) -> Result<(u32, u32), ImportError> {
    let one = |side: Option<i64>, wanted: Option<u32>, what: &str| match (side, wanted) {
        (Some(side), Some(wanted)) if side != i64::from(wanted) => {
            Err(ImportError::Unusable(format!(
                "--size: the graph's input has a fixed {what} of {side}, asked for was {wanted}"
            )))
        }
        (Some(side), _) => Ok(u32::try_from(side).ok()),
        (None, wanted) => Ok(wanted),
    };
    let width = one(width, wanted.map(|size| size.0), "width")?;
    let height = one(height, wanted.map(|size| size.1), "height")?;
    let (Some(width), Some(height)) = (width, height) else {
        missing.push((
            "--size WIDTHxHEIGHT",
            "the graph takes any size; which one did it learn from?".to_owned(),
        ));
        return Ok((8, 8));
    };
    if [width, height]
        .iter()
        .any(|side| !(8..=SIDE_MAX).contains(side))
    {
        return Err(ImportError::Unusable(format!(
            "an input of {width}×{height}; expected sides of 8 to {SIDE_MAX} pixels"
        )));
    }
    Ok((width, height))
}

fn colour(
    channels: Option<i64>,
    asked: &Asked,
    guess: &Guess,
    missing: &mut Missing,
) -> Result<Colour, ImportError> {
    let is_mono = channels == Some(1);
    match (is_mono, asked.colour) {
        (true, None | Some(Colour::Mono)) => Ok(Colour::Mono),
        (true, Some(_)) => Err(ImportError::Unusable(
            "--colour: the graph takes one channel".to_owned(),
        )),
        (false, Some(Colour::Mono)) => Err(ImportError::Unusable(
            "--colour: the graph takes three channels".to_owned(),
        )),
        (false, Some(colour)) => Ok(colour),
        (false, None) if guess.channels == Some(Channels::Rgb) || asked.preset.is_some() => {
            Ok(Colour::Rgb)
        }
        (false, None) => {
            missing.push(("--colour rgb|bgr", "which channel comes first".to_owned()));
            Ok(Colour::Rgb)
        }
    }
}

fn normalisation_of(preset: Preset) -> Normalisation {
    match preset {
        Preset::Ultralytics | Preset::UltralyticsClassify | Preset::Anomalib => Normalisation::UNIT,
        Preset::Torchvision => Normalisation::IMAGENET,
    }
}

fn fit_of(preset: Preset) -> Fit {
    match preset {
        Preset::Ultralytics => Fit::Letterbox { pad: PAD },
        Preset::UltralyticsClassify => Fit::Crop { share: 1.0 },
        Preset::Anomalib => Fit::Stretch,
        Preset::Torchvision => Fit::Crop { share: 0.875 },
    }
}

fn resize_of(preset: Preset) -> Resize {
    match preset {
        Preset::Ultralytics => Resize::Linear,
        Preset::Anomalib => Resize::Triangle,
        Preset::UltralyticsClassify | Preset::Torchvision => Resize::Pillow,
    }
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

/// `name 1×3×?×?`.
fn told(port: &Port) -> String {
    let side = |side: &Option<i64>| side.map_or("?".to_owned(), |side| side.to_string());
    let sides: Vec<String> = port.sides.iter().map(side).collect();
    format!("{} {}", port.name, sides.join("×"))
}

fn sureness_text(sureness: Sureness) -> &'static str {
    match sureness {
        Sureness::Certain => "certain",
        Sureness::Likely => "likely, by its shapes",
        Sureness::Told => "as you say",
    }
}
