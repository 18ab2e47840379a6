//! Heat maps as pictures: transparent where the score is low, then yellow, orange, red.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageResult};

/// Red, green, blue and alpha of one cell of the map.
fn colour(value: u8) -> [u8; 4] {
    let t = f32::from(value) / 255.0;
    let alpha = ((t - 0.1) / 0.5).clamp(0.0, 1.0) * 220.0;
    let green = 230.0 * (1.0 - t).powf(0.8);
    [255, green as u8, (40.0 * (1.0 - t)) as u8, alpha as u8]
}

/// A score map (0 = score 0, 255 = score 1) as RGBA PNG of the same size.
pub fn png(map: &[u8], (width, height): (u32, u32)) -> ImageResult<Vec<u8>> {
    let pixels: Vec<u8> = map.iter().flat_map(|value| colour(*value)).collect();
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Up).write_image(
        &pixels,
        width,
        height,
        ExtendedColorType::Rgba8,
    )?;
    Ok(bytes)
}
