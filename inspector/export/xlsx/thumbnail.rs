//! A small picture of a stored one.

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageReader};
use rust_xlsxwriter::Image;
use std::path::Path;

/// Of a thumbnail, at most, in pixels.
pub const HEIGHT: u32 = 96;
const WIDTH: u32 = 160;
const QUALITY: u8 = 80;

/// `None` where it cannot be read, as one that was damaged.
pub fn of(file: &Path) -> Option<Image> {
    let picture = ImageReader::open(file).ok()?.decode().ok()?;
    let small = picture.thumbnail(WIDTH, HEIGHT);
    let small = DynamicImage::ImageRgb8(small.to_rgb8());
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    small.write_with_encoder(encoder).ok()?;
    Image::new_from_buffer(&jpeg).ok()
}
