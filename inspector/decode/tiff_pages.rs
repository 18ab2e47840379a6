//! What a TIFF holds besides the first picture, and what of it decoders get wrong.

use super::picture::PictureError;
use std::fmt::Write;
use std::io::Cursor;
use tiff::decoder::Decoder;
use tiff::tags::Tag;

/// Pages that are looked at; a message about more names no more.
const PAGES_MAX: usize = 32;

/// JPEG in TIFF, old and new (TIFF 6.0 section 22; technical note 2). Its decoder makes up what is missing.
const JPEG: [u64; 2] = [6, 7];
/// IEEE floating point (TIFF 6.0, `SampleFormat`).
const FLOAT: u64 = 3;

/// Sees to it that the first page is the only one, thumbnails behind it aside, and of a kind that is read.
pub(super) fn check(bytes: &[u8]) -> Result<(), PictureError> {
    let damaged = |error: tiff::TiffError| PictureError::Damaged(error.to_string());
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut sizes = String::new();
    let (mut pages, mut whole, mut is_first_whole) = (0, 0, false);
    loop {
        let (width, height) = decoder.dimensions().map_err(damaged)?;
        let kind = decoder
            .find_tag_unsigned::<u64>(Tag::NewSubfileType)
            .map_err(damaged)?;
        let is_reduced = kind.unwrap_or(0) & 1 == 1;
        let comma = if pages == 0 { "" } else { ", " };
        // Writing to a string does not fail.
        let _ = write!(sizes, "{comma}{width} × {height}");
        if pages == 0 {
            is_first_whole = !is_reduced;
            first(&mut decoder)?;
        }
        pages += 1;
        whole += usize::from(!is_reduced);
        if !decoder.more_images() || pages == PAGES_MAX {
            break;
        }
        decoder.next_image().map_err(damaged)?;
    }
    if pages == 1 || (is_first_whole && whole == 1) {
        return Ok(());
    }
    Err(PictureError::Pages(sizes))
}

fn first(decoder: &mut Decoder<Cursor<&[u8]>>) -> Result<(), PictureError> {
    let damaged = |error: tiff::TiffError| PictureError::Damaged(error.to_string());
    let formats = decoder
        .find_tag_unsigned_vec::<u64>(Tag::SampleFormat)
        .map_err(damaged)?;
    if formats.is_some_and(|formats| formats.contains(&FLOAT)) {
        return Err(PictureError::Float);
    }
    let compression = decoder
        .find_tag_unsigned::<u64>(Tag::Compression)
        .map_err(damaged)?;
    if compression.is_some_and(|kind| JPEG.contains(&kind)) {
        return Err(PictureError::Format("TIFF with JPEG inside".to_owned()));
    }
    Ok(())
}
