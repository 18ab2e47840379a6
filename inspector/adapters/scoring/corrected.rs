//! A whole picture with flat field and lens corrected, as the models of its camera see it; to teach from.

use crate::station::frame::FrameShape;
use calibration::{Configuration, Correction, FitError, Normalisation, Size};

/// The pixels corrected, or as they are where nothing is to be corrected. RGB8 or Mono8, rows packed.
///
/// # Errors
/// When the configuration is not for such frames.
pub fn corrected(
    configuration: &Configuration,
    shape: FrameShape,
    pixels: Vec<u8>,
) -> Result<Vec<u8>, FitError> {
    let size = Size::new(shape.width, shape.height);
    let lanes = shape.pixel_format.bytes();
    let plain = Normalisation {
        gain: 1.0,
        offset: 0.0,
    };
    let mut correction = Correction::new(configuration, size, size, &vec![plain; lanes])?;
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
