//! What models of a camera see of a whole picture: its region cut out, ignored places painted over, flat field and lens
//! corrected; to teach from.

use crate::adapters::scoring::onnx::channels;
use crate::adapters::scoring::place::PlaceProblem;
use crate::error::{ErrorKind, Sorted};
use crate::station::frame::FrameShape;
use calibration::{Configuration, Correction, FitError, Normalisation, Size, Window};
use models::{Cut, ImageView, InputError, Place};
use std::fmt;

/// Why a picture cannot be shown to a model.
#[derive(Debug)]
pub enum SeenError {
    /// The place is none in it.
    Place(PlaceProblem),
    /// It is not like the camera's frames.
    Input(InputError),
    /// The configuration is not for such frames.
    Configuration(FitError),
}

impl fmt::Display for SeenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SeenError::Place(problem) => problem.fmt(f),
            SeenError::Input(error) => error.fmt(f),
            SeenError::Configuration(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SeenError {}

impl Sorted for SeenError {
    fn kind(&self) -> ErrorKind {
        match self {
            SeenError::Place(problem) => problem.kind(),
            SeenError::Input(_) => ErrorKind::Settings,
            SeenError::Configuration(error) => error.kind(),
        }
    }
}

/// What is seen of the pixels, and its shape. RGB8 or Mono8, rows packed.
///
/// # Errors
/// When the place is none in such frames, or the configuration is not for them.
pub fn seen(
    configuration: Option<&Configuration>,
    shape: FrameShape,
    pixels: Vec<u8>,
    place: &Place,
) -> Result<(Vec<u8>, FrameShape), SeenError> {
    let frame = (shape.width, shape.height);
    let cut = Cut::new(place, frame, true).map_err(|error| SeenError::Place(error.into()))?;
    let (width, height) = cut.size();
    let seen = FrameShape {
        width,
        height,
        ..shape
    };
    let pixels = if cut.is_nothing() {
        pixels
    } else {
        let image = ImageView {
            pixels: &pixels,
            width: shape.width,
            height: shape.height,
            channels: channels(shape.pixel_format),
        };
        let mut into = Vec::new();
        cut.apply(&image, &mut into).map_err(SeenError::Input)?;
        into
    };
    let Some(configuration) = configuration else {
        return Ok((pixels, seen));
    };
    let whole = Size::new(shape.width, shape.height);
    let window = Window::new(whole, place.seen(frame), Some(configuration));
    let corrected = corrected(configuration, window, seen, pixels);
    Ok((corrected.map_err(SeenError::Configuration)?, seen))
}

/// The pixels corrected, or as they are where nothing is to be corrected.
fn corrected(
    configuration: &Configuration,
    window: Window,
    shape: FrameShape,
    pixels: Vec<u8>,
) -> Result<Vec<u8>, FitError> {
    let size = Size::new(shape.width, shape.height);
    let lanes = shape.pixel_format.bytes();
    let plain = Normalisation {
        gain: 1.0,
        offset: 0.0,
    };
    let mut correction = Correction::new(configuration, window, size, &vec![plain; lanes])?;
    if !correction.is_needed() {
        return Ok(pixels);
    }
    let area = size.area();
    let mut planes = vec![0.0; area * lanes];
    for (at, pixel) in pixels.chunks_exact(lanes).enumerate() {
        for (lane, value) in pixel.iter().enumerate() {
            planes[lane * area + at] = f32::from(*value);
        }
    }
    correction.apply(&mut planes);
    let mut out = pixels;
    for (at, pixel) in out.chunks_exact_mut(lanes).enumerate() {
        for (lane, value) in pixel.iter_mut().enumerate() {
            *value = (planes[lane * area + at] + 0.5).clamp(0.0, 255.0) as u8;
        }
    }
    Ok(out)
}
