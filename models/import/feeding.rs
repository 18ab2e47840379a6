//! How images go in: size, order of channels, values, fit.

use super::asked::{Asked, Colour, Normalisation, Preset};
use super::error::{ImportError, Missing, unusable};
use super::facts::{Facts, Port};
use super::mend::is_castable;
use super::recognise::Guess;
use crate::bundle::manifest::{Fit, Input, Resize, SIDE_MAX};
use crate::image::Channels;

/// Grey beside an image, where Ultralytics puts it.
const PAD: f32 = 114.0;

/// How images go in.
pub(crate) struct Feeding {
    pub(crate) input: Input,
    pub(crate) is_blue_first: bool,
    pub(crate) is_channels_last: bool,
}

/// What is known of it; what is not is `missing`, and then there may be none.
pub(crate) fn feeding(
    facts: &Facts,
    asked: &Asked,
    guess: &Guess,
    missing: &mut Missing,
) -> Result<Option<Feeding>, ImportError> {
    let input = &facts.input;
    let preset = asked.preset.or(guess.preset);
    let Some((is_channels_last, [channels, height, width])) = layout(input) else {
        return unusable(format!(
            "expected an input of 1 or 3 channels, found {}",
            input.told()
        ));
    };
    if !is_castable(input.element) {
        return unusable(
            "expected an input of f32, f16 or u8; export it with one of them".to_owned(),
        );
    }
    let size = size(width, height, asked.size.or(guess.size), missing)?;
    let colour = colour(channels, asked, guess, missing)?;
    let normalisation = normalisation(facts, asked, preset)?;
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
    let (Some(normalisation), Some(fit)) = (normalisation, fit) else {
        return Ok(None);
    };
    let channels = if colour == Colour::Mono {
        Channels::Mono
    } else {
        Channels::Rgb
    };
    Ok(Some(Feeding {
        input: Input {
            name: input.name.clone(),
            width: size.0,
            height: size.1,
            channels,
            fit,
            resize,
            scale: normalisation.scale,
            mean: normalisation.mean[..channels.count()].to_vec(),
            std: normalisation.std[..channels.count()].to_vec(),
        },
        is_blue_first: colour == Colour::Bgr,
        is_channels_last,
    }))
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

/// Which values go in. A graph that takes bytes gets bytes: others would be rounded to nothing, or be normalised twice.
fn normalisation(
    facts: &Facts,
    asked: &Asked,
    preset: Option<Preset>,
) -> Result<Option<Normalisation>, ImportError> {
    let said = asked.normalisation;
    let Some(why) = &facts.bytes_because else {
        return Ok(said.or(preset.map(normalisation_of)));
    };
    let takes = format!("the graph takes bytes 0 to 255 ({why})");
    match (said, asked.preset) {
        (Some(said), _) if said != Normalisation::BYTES => unusable(format!(
            "--normalisation, --mean, --std: {takes}; say --normalisation bytes, or nothing"
        )),
        (None, Some(preset)) if normalisation_of(preset) != Normalisation::BYTES => {
            unusable(format!(
                "--preset {} brings pixels to other values, but {takes}; say --normalisation bytes beside it",
                preset.name()
            ))
        }
        _ => Ok(Some(Normalisation::BYTES)),
    }
}

fn normalisation_of(preset: Preset) -> Normalisation {
    match preset {
        Preset::Ultralytics
        | Preset::UltralyticsClassify
        | Preset::UltralyticsRtDetr
        | Preset::Anomalib => Normalisation::UNIT,
        Preset::Torchvision | Preset::RfDetr => Normalisation::IMAGENET,
    }
}

fn fit_of(preset: Preset) -> Fit {
    match preset {
        Preset::Ultralytics => Fit::Letterbox { pad: PAD },
        Preset::UltralyticsClassify => Fit::Crop { share: 1.0 },
        Preset::Anomalib | Preset::UltralyticsRtDetr | Preset::RfDetr => Fit::Stretch,
        Preset::Torchvision => Fit::Crop { share: 0.875 },
    }
}

fn resize_of(preset: Preset) -> Resize {
    match preset {
        Preset::Ultralytics | Preset::UltralyticsRtDetr => Resize::Linear,
        Preset::Anomalib | Preset::RfDetr => Resize::Triangle,
        Preset::UltralyticsClassify | Preset::Torchvision => Resize::Pillow,
    }
}
