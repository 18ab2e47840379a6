//! A flat field on disk: the mean frames as 16-bit PNG, so that anybody can look at them.

use crate::configuration_error::ConfigurationError;
use crate::view::{Channels, Size};
use std::io::Cursor;

/// Larger files are no mean frame of ours.
const BYTES_MAX: usize = 1 << 30;

/// # Errors
/// What the encoder says, which is not expected.
pub(crate) fn encode(
    values: &[u16],
    size: Size,
    channels: Channels,
) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.width, size.height);
    encoder.set_depth(png::BitDepth::Sixteen);
    encoder.set_color(match channels {
        Channels::Grey => png::ColorType::Grayscale,
        Channels::Rgb => png::ColorType::Rgb,
    });
    let big_endian: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect();
    let mut writer = encoder.write_header()?;
    writer
        .write_image_data(&big_endian)
        .and_then(|()| writer.finish())?;
    Ok(bytes)
}

pub(crate) fn decode(bytes: &[u8]) -> Result<(Vec<u16>, Size, Channels), ConfigurationError> {
    let wrong = |message: String| ConfigurationError::Content { message };
    let limits = png::Limits { bytes: BYTES_MAX };
    let decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    let mut reader = decoder
        .read_info()
        .map_err(|error| wrong(error.to_string()))?;
    let (color, depth) = reader.output_color_type();
    let channels = match (color, depth) {
        (png::ColorType::Grayscale, png::BitDepth::Sixteen) => Channels::Grey,
        (png::ColorType::Rgb, png::BitDepth::Sixteen) => Channels::Rgb,
        _ => {
            return Err(wrong(format!(
                "expected 16-bit grey or RGB, found {depth:?}-bit {color:?}"
            )));
        }
    };
    let size = Size::new(reader.info().width, reader.info().height);
    if !size.is_usable() {
        return Err(wrong(format!("a mean frame of {size} is none")));
    }
    let mut pixels = vec![0; size.area() * channels.count() * 2];
    reader
        .next_frame(&mut pixels)
        .map_err(|error| wrong(error.to_string()))?;
    let values = pixels
        .as_chunks::<2>()
        .0
        .iter()
        .map(|pair| u16::from_be_bytes(*pair));
    Ok((values.collect(), size, channels))
}
