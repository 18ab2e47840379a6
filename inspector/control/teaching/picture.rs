//! From the bytes of an image file to pixels like the camera's frames, or why they are none.

use super::contrast::Contrast;
use crate::decode::picture::{self, Picture, PictureError};
use crate::station::frame::{FrameShape, PixelFormat};
use image::ImageFormat;
use std::fmt;
use std::path::Path;

/// What a file may need beyond its pixels: headers, colour profiles, a small picture within.
const BESIDE_PIXELS_BYTES: u64 = 1 << 20;
/// Bytes a pixel of the most wasteful file: a BMP of 32 bits.
const FILE_BYTES_PER_PIXEL: u64 = 4;
/// Times the pixels' bytes that decoding may take: the pixels, and a copy for the decoder.
const DECODING_FACTOR: u64 = 4;

/// Bytes of the largest file that can be a frame of this shape.
pub fn file_bytes_max(shape: FrameShape) -> u64 {
    u64::from(shape.width) * u64::from(shape.height) * FILE_BYTES_PER_PIXEL + BESIDE_PIXELS_BYTES
}

/// Why a file is not taken into a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedFor {
    /// It is not an image.
    NotAnImage,
    /// It is an image of a kind that is not read.
    Format,
    /// It is cut short or damaged.
    Damaged,
    /// It is not as large as the camera's frames.
    Size,
    /// Its channels are not those of the camera's frames.
    Channels,
    /// It shows nothing: it is black, or all of one brightness.
    NoContrast,
    /// The file has more bytes than any such image needs.
    TooManyBytes,
    /// The same image is here already.
    Twice,
    /// The lesson holds as many as it may.
    LessonFull,
    /// The disk did not take it.
    Storage,
}

/// Why a file is not taken, with what was expected and found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRefused {
    /// Why, for programs.
    pub reason: RefusedFor,
    /// In figures and names that are alike in every language; may be empty.
    pub expected: String,
    /// What was found in its place.
    pub found: String,
}

impl FileRefused {
    /// Of this reason.
    pub fn new(reason: RefusedFor, expected: impl fmt::Display, found: impl fmt::Display) -> Self {
        Self {
            reason,
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }
}

impl fmt::Display for FileRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (expected, found) = (&self.expected, &self.found);
        match self.reason {
            RefusedFor::NotAnImage => write!(f, "expected an image ({expected}), found none"),
            RefusedFor::Format => write!(f, "expected {expected}, found {found}; convert it"),
            RefusedFor::Damaged => write!(f, "the file is damaged: {found}; copy it again"),
            RefusedFor::Size => write!(
                f,
                "expected {expected} pixels, as the camera gives, found {found}; take images of this \
                 camera, neither cut nor scaled"
            ),
            RefusedFor::Channels => write!(
                f,
                "expected {expected}, as the camera gives, found {found}; take images of this camera, \
                 saved with 8 bits a channel and without transparency"
            ),
            RefusedFor::NoContrast => write!(
                f,
                "the image shows nothing (values {found}); take one that shows a part"
            ),
            RefusedFor::TooManyBytes => write!(
                f,
                "expected at most {expected} bytes, found {found}; take images as the camera gives them"
            ),
            RefusedFor::Twice => write!(f, "the same image is here already, as {found}"),
            RefusedFor::LessonFull => write!(
                f,
                "expected at most {expected} such images in a lesson; throw out others first"
            ),
            RefusedFor::Storage => f.write_str(found),
        }
    }
}

const READ: &str = "PNG, JPEG, BMP";

/// Pixels of an uploaded file, upright, rows packed. The file's size is looked at before it is decoded, and what
/// decoding may allocate is bounded.
///
/// # Errors
/// Why it cannot be a frame of this shape, or shows nothing.
pub fn uploaded(file: &[u8], shape: FrameShape) -> Result<Vec<u8>, FileRefused> {
    use FileRefused as No;
    let bytes_max = file_bytes_max(shape);
    if file.len() as u64 > bytes_max {
        return Err(No::new(RefusedFor::TooManyBytes, bytes_max, file.len()));
    }
    let header = picture::header(file).map_err(|error| of_picture(error, shape))?;
    if header.kind == ImageFormat::Tiff {
        return Err(No::new(RefusedFor::Format, READ, "TIFF"));
    }
    let (expected, found) = ((shape.width, shape.height), (header.width, header.height));
    if found != expected {
        return Err(No::new(RefusedFor::Size, by(expected), by(found)));
    }
    let pixels = u64::from(shape.width) * u64::from(shape.height);
    let memory = pixels * FILE_BYTES_PER_PIXEL * DECODING_FACTOR + BESIDE_PIXELS_BYTES;
    let picture = picture::decode(file, memory).map_err(|error| of_picture(error, shape))?;
    let pixels = fitted(picture, shape.pixel_format)
        .map_err(|found| No::new(RefusedFor::Channels, shape.pixel_format.name(), found))?;
    let contrast = Contrast::of(&pixels, shape.pixel_format);
    if contrast.is_enough().is_err() {
        let found = format!("{}–{} / 255", contrast.dark, contrast.bright);
        return Err(No::new(RefusedFor::NoContrast, "", found));
    }
    Ok(pixels)
}

fn of_picture(error: PictureError, shape: FrameShape) -> FileRefused {
    let expected = shape.pixel_format.name();
    let refused = |reason, expected: &str, found: String| FileRefused::new(reason, expected, found);
    match error {
        PictureError::NotAPicture => refused(RefusedFor::NotAnImage, READ, String::new()),
        PictureError::Format(found) => refused(RefusedFor::Format, READ, found),
        PictureError::Pages(sizes) => refused(
            RefusedFor::Format,
            READ,
            format!("several pictures: {sizes}"),
        ),
        PictureError::Deep { is_grey, .. } => {
            let found = if is_grey { "Mono16" } else { "RGB16" };
            refused(RefusedFor::Channels, expected, found.to_owned())
        }
        PictureError::Float => refused(RefusedFor::Channels, expected, "32 bit".to_owned()),
        PictureError::Transparent { is_grey } => {
            let found = if is_grey { "Mono8 + alpha" } else { "RGBa8" };
            refused(RefusedFor::Channels, expected, found.to_owned())
        }
        PictureError::Damaged(how) => refused(RefusedFor::Damaged, "", how),
        PictureError::TooLarge(how) | PictureError::Unreadable(how) => {
            refused(RefusedFor::Damaged, "", how)
        }
    }
}

fn by((width, height): (u32, u32)) -> String {
    format!("{width} × {height}")
}

/// Pixels of this layout, if nothing is lost by it: a grey image may be stored as colours.
fn fitted(picture: Picture, wanted: PixelFormat) -> Result<Vec<u8>, &'static str> {
    match (picture.bits, picture.format, wanted) {
        (16, PixelFormat::Mono8, _) => Err("Mono16"),
        (16, PixelFormat::Rgb8, _) => Err("RGB16"),
        (_, PixelFormat::Mono8, PixelFormat::Rgb8) => Err("Mono8"),
        (_, PixelFormat::Rgb8, PixelFormat::Mono8) => {
            let (pixels, _) = picture.pixels.as_chunks::<3>();
            let is_grey = pixels.iter().all(|[r, g, b]| r == g && g == b);
            let grey = || pixels.iter().map(|[grey, ..]| *grey).collect();
            is_grey.then(grey).ok_or("RGB8")
        }
        _ => Ok(picture.pixels),
    }
}

/// Pixels of an image that the station wrote, rows packed.
///
/// # Errors
/// When it cannot be read, or is not of this shape any more.
pub fn opened(path: &Path, shape: FrameShape) -> Result<Vec<u8>, String> {
    let picture = picture::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (found, expected) = ((picture.width, picture.height), (shape.width, shape.height));
    if found != expected {
        return Err(format!(
            "{}: expected {} pixels, as the camera gives now, found {}; begin another lesson",
            path.display(),
            by(expected),
            by(found)
        ));
    }
    Ok(picture.into_pixels(shape.pixel_format))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, GrayImage, ImageEncoder, RgbImage, RgbaImage};
    use std::io::Cursor;

    fn shape(pixel_format: PixelFormat) -> FrameShape {
        FrameShape {
            width: 48,
            height: 32,
            pixel_format,
        }
    }

    fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).expect("written");
        bytes.into_inner()
    }

    fn colours(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x * 5) as u8, (y * 7) as u8, (x ^ y) as u8])
        })
    }

    fn greys() -> GrayImage {
        GrayImage::from_fn(48, 32, |x, y| image::Luma([(x * 5 + y) as u8]))
    }

    fn reason(file: &[u8], format: PixelFormat) -> (RefusedFor, String, String) {
        let refused = uploaded(file, shape(format)).expect_err("refused");
        assert!(!refused.to_string().is_empty());
        (refused.reason, refused.expected, refused.found)
    }

    #[test]
    fn images_of_every_kind_that_is_read_become_the_cameras_pixels() {
        let colours = colours(48, 32);
        let image = DynamicImage::from(colours.clone());
        for format in [ImageFormat::Png, ImageFormat::Bmp] {
            let pixels = uploaded(&written(&image, format), shape(PixelFormat::Rgb8));
            assert_eq!(pixels.as_deref(), Ok(&colours.as_raw()[..]), "{format:?}");
        }
        let jpeg = written(&image, ImageFormat::Jpeg);
        let pixels = uploaded(&jpeg, shape(PixelFormat::Rgb8)).expect("pixels");
        assert_eq!(pixels.len(), 48 * 32 * 3);
        let opaque = DynamicImage::from(image.to_rgba8());
        let pixels = uploaded(
            &written(&opaque, ImageFormat::Png),
            shape(PixelFormat::Rgb8),
        );
        assert_eq!(pixels.as_deref(), Ok(&colours.as_raw()[..]));
        // Grey, as itself and as a BMP, which knows colours only.
        let grey = DynamicImage::from(greys());
        for format in [ImageFormat::Png, ImageFormat::Bmp] {
            let pixels = uploaded(&written(&grey, format), shape(PixelFormat::Mono8));
            assert_eq!(pixels.as_deref(), Ok(&greys().as_raw()[..]), "{format:?}");
        }
    }

    #[test]
    fn what_is_no_frame_of_this_camera_is_refused_with_what_was_expected_and_found() {
        use PixelFormat::{Mono8, Rgb8};
        let said = |reason, expected: &str, found: &str| (reason, expected.into(), found.into());
        let of = |image: DynamicImage| written(&image, ImageFormat::Png);
        let size = reason(&of(colours(64, 48).into()), Rgb8);
        assert_eq!(size, said(RefusedFor::Size, "48 × 32", "64 × 48"));
        let mono = reason(&of(greys().into()), Rgb8);
        assert_eq!(mono, said(RefusedFor::Channels, "RGB8", "Mono8"));
        let colour = reason(&of(colours(48, 32).into()), Mono8);
        assert_eq!(colour, said(RefusedFor::Channels, "Mono8", "RGB8"));
        let glass = reason(&of(RgbaImage::new(48, 32).into()), Rgb8);
        assert_eq!(glass, said(RefusedFor::Channels, "RGB8", "RGBa8"));
        let deep = DynamicImage::from(colours(48, 32)).into_rgb16();
        let deep = reason(&of(deep.into()), Rgb8);
        assert_eq!(deep, said(RefusedFor::Channels, "RGB8", "RGB16"));
        let text = reason(b"not an image at all", Rgb8);
        assert_eq!(text, said(RefusedFor::NotAnImage, READ, ""));
        assert_eq!(reason(b"", Rgb8).0, RefusedFor::NotAnImage);
        let gif = reason(b"GIF89a......................", Rgb8);
        assert_eq!(gif, said(RefusedFor::Format, READ, "GIF"));
        let long = vec![0; file_bytes_max(shape(Rgb8)) as usize + 1];
        assert_eq!(reason(&long, Rgb8).0, RefusedFor::TooManyBytes);
        let black = reason(&of(GrayImage::new(48, 32).into()), Mono8);
        assert_eq!(black, said(RefusedFor::NoContrast, "", "0–0 / 255"));
        let page = reason(&written(&greys().into(), ImageFormat::Tiff), Mono8);
        assert_eq!(page, said(RefusedFor::Format, READ, "TIFF"));
    }

    #[test]
    fn a_file_that_is_cut_short_anywhere_is_refused() {
        let image = DynamicImage::from(colours(48, 32));
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Bmp] {
            let whole = written(&image, format);
            // The last bytes of a PNG hold nothing of the image.
            for bytes in (1..whole.len() - 16).step_by(7) {
                let refused = uploaded(&whole[..bytes], shape(PixelFormat::Rgb8));
                assert!(refused.is_err(), "{format:?}: {bytes} of {}", whole.len());
            }
        }
    }

    #[test]
    fn a_small_file_that_says_it_is_huge_is_refused_before_it_is_unpacked() {
        let mut bomb = Vec::new();
        let wide = vec![0; 20_000 * 20_000 / 8];
        let mut encoder = png::Encoder::new(&mut bomb, 20_000, 20_000);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(&wide).expect("written");
        writer.finish().expect("an end");
        bomb.truncate(1 << 16);
        let refused = reason(&bomb, PixelFormat::Mono8);
        assert_eq!(
            (refused.0, refused.2.as_str()),
            (RefusedFor::Size, "20000 × 20000")
        );
        // A profile that unpacks to far more than the image.
        let mut profile = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut profile);
        let _ = encoder.set_icc_profile(vec![0; 256 << 20]);
        let pixels = colours(48, 32);
        let written = encoder.write_image(&pixels, 48, 32, image::ExtendedColorType::Rgb8);
        written.expect("written");
        assert!(profile.len() < file_bytes_max(shape(PixelFormat::Rgb8)) as usize);
        let taken = uploaded(&profile, shape(PixelFormat::Rgb8));
        // Whether it is taken is the decoder's matter; it must not unpack the profile to look.
        assert!(taken.is_err() || taken == Ok(pixels.into_raw()));
    }
}
