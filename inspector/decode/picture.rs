//! Picture files: PNG, JPEG, TIFF and BMP, upright as they say they are meant, with 8 bits a channel.
//!
//! What would be another picture than the one that is meant is refused with its reason: one that is cut or damaged, has
//! transparency or several pages, or values that 8 bits would blacken.

use super::{jpeg, tiff_pages};
use crate::station::frame::PixelFormat;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::fmt;
use std::io::Cursor;
use std::path::Path;

/// What is read, for messages.
pub const FORMATS: &str = "PNG, JPEG, TIFF, BMP";

/// Most bytes that decoding a file of a person's choice may take.
pub const MEMORY_BYTES_MAX: u64 = 2 << 30;
/// Most bytes of such a file.
const FILE_BYTES_MAX: u64 = 1 << 30;
/// Most bytes that reading its headers may take.
const HEADER_BYTES_MAX: u64 = 16 << 20;
/// Values of 16 bits that stay below this use at most 14 of them: cameras store 10 or 12 bits so.
const DEEP_MIN: u16 = 1 << 14;

/// Pixels of a file, upright, rows packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// `width × height × format.bytes()` bytes.
    pub pixels: Vec<u8>,
    /// Pixels a row.
    pub width: u32,
    /// Rows, as people see the picture.
    pub height: u32,
    /// Mono8 where the file holds grey.
    pub format: PixelFormat,
    /// Bits a channel has in the file: where there are 16, the upper 8 were taken.
    pub bits: u8,
}

/// What the headers of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureHeader {
    /// What it is.
    pub kind: ImageFormat,
    /// Pixels a row, upright.
    pub width: u32,
    /// Rows, as people see the picture.
    pub height: u32,
    /// Whether there is more than grey.
    pub has_colour: bool,
}

/// Why a file gives no pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PictureError {
    /// It is no picture at all.
    NotAPicture,
    /// It is one of a kind that is not read: which.
    Format(String),
    /// It is cut short or damaged: how that shows.
    Damaged(String),
    /// Its 16-bit values are so small that little of them would be left.
    Deep {
        /// The largest value of any channel.
        largest: u16,
        /// How many channels.
        is_grey: bool,
    },
    /// Its values are floating-point numbers, of which nobody knows which one is white.
    Float,
    /// Some of its pixels are transparent.
    Transparent {
        /// Whether the rest is grey.
        is_grey: bool,
    },
    /// It holds several pictures: their sizes.
    Pages(String),
    /// It takes too much memory.
    TooLarge(String),
    /// The file cannot be read: the system's reason.
    Unreadable(String),
}

impl fmt::Display for PictureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PictureError::NotAPicture => {
                write!(f, "expected an image ({FORMATS}), found none: its contents are something else")
            }
            PictureError::Format(found) => {
                write!(f, "expected {FORMATS}, found {found}; convert it, best to PNG")
            }
            PictureError::Damaged(how) => {
                write!(f, "the file is cut short or damaged: {how}; copy it again")
            }
            PictureError::Deep { largest, .. } => write!(
                f,
                "16 bits a channel, of which only {} are used (the largest value is {largest} of 65535): it would be \
                 nearly black; save it with 8 bits a channel, white as 255",
                16 - largest.leading_zeros()
            ),
            PictureError::Float => f.write_str(
                "its values are floating-point numbers, which do not say what is white; save it with 8 bits a channel",
            ),
            PictureError::Transparent { .. } => {
                f.write_str("some of its pixels are transparent; save it without transparency")
            }
            PictureError::Pages(sizes) => write!(
                f,
                "it holds several pictures ({sizes}); save the one that is meant in a file of its own"
            ),
            PictureError::TooLarge(found) => write!(f, "it is too large: {found}"),
            PictureError::Unreadable(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for PictureError {}

impl Picture {
    /// As an image of its own layout.
    pub fn into_image(self) -> DynamicImage {
        let (width, height) = (self.width, self.height);
        let image = match self.format {
            PixelFormat::Mono8 => {
                image::GrayImage::from_raw(width, height, self.pixels).map(DynamicImage::from)
            }
            PixelFormat::Rgb8 => {
                image::RgbImage::from_raw(width, height, self.pixels).map(DynamicImage::from)
            }
        };
        // There are as many pixels as the size says.
        image.unwrap_or_default()
    }

    /// Pixels in this layout: grey is the brightness of colours (ITU-R BT.709, as the file's decoder has it).
    pub fn into_pixels(self, wanted: PixelFormat) -> Vec<u8> {
        match (self.format, wanted) {
            (PixelFormat::Mono8, PixelFormat::Rgb8) => {
                self.pixels.iter().flat_map(|grey| [*grey; 3]).collect()
            }
            (PixelFormat::Rgb8, PixelFormat::Mono8) => self.into_image().into_luma8().into_raw(),
            _ => self.pixels,
        }
    }
}

/// Reads and decodes a file.
///
/// # Errors
/// Why it gives no pixels; the path is for the caller to name.
pub fn open(path: &Path) -> Result<Picture, PictureError> {
    decode(&read(path)?, MEMORY_BYTES_MAX)
}

/// Reads a file as far as its headers go.
///
/// # Errors
/// As [`open`], for what the headers show.
pub fn open_header(path: &Path) -> Result<PictureHeader, PictureError> {
    header(&read(path)?)
}

fn read(path: &Path) -> Result<Vec<u8>, PictureError> {
    let unreadable = |error: std::io::Error| PictureError::Unreadable(error.to_string());
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    if bytes > FILE_BYTES_MAX {
        let message = format!("{bytes} bytes, expected at most {FILE_BYTES_MAX}");
        return Err(PictureError::TooLarge(message));
    }
    std::fs::read(path).map_err(unreadable)
}

/// What the headers of a file say.
///
/// # Errors
/// When it is of a kind that is not read, or damaged so far.
pub fn header(bytes: &[u8]) -> Result<PictureHeader, PictureError> {
    let kind = kind(bytes)?;
    if kind == ImageFormat::Jpeg {
        let header = jpeg::header(bytes).map_err(of_jpeg)?;
        let (width, height) = upright((header.width, header.height), orientation(bytes, &header));
        return Ok(PictureHeader {
            kind,
            width,
            height,
            has_colour: header.has_colour,
        });
    }
    let mut limits = Limits::no_limits();
    // A colour profile may unpack to more than the picture.
    limits.max_alloc = Some(HEADER_BYTES_MAX);
    let mut decoder = decoder(bytes, kind, limits)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let (width, height) = upright(decoder.dimensions(), orientation);
    Ok(PictureHeader {
        kind,
        width,
        height,
        has_colour: decoder.color_type().has_color(),
    })
}

/// Decodes the bytes of a file. What decoding takes is bounded by `memory_bytes_max`.
///
/// # Errors
/// Why it gives no pixels.
pub fn decode(bytes: &[u8], memory_bytes_max: u64) -> Result<Picture, PictureError> {
    let kind = kind(bytes)?;
    if kind == ImageFormat::Jpeg {
        return decode_jpeg(bytes, memory_bytes_max);
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(memory_bytes_max);
    let mut decoder = decoder(bytes, kind, limits)?;
    if decoder.total_bytes() > memory_bytes_max {
        return Err(too_large(decoder.dimensions()));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(|error| of_image(&error))?;
    fitted(image, orientation)
}

fn too_large((width, height): (u32, u32)) -> PictureError {
    PictureError::TooLarge(format!("{width} × {height} pixels"))
}

/// By its first bytes; what another decoder reads no further than is told here, too.
fn kind(bytes: &[u8]) -> Result<ImageFormat, PictureError> {
    let kind = image::guess_format(bytes).map_err(|_| PictureError::NotAPicture)?;
    let odd = |found: &str| Err(PictureError::Format(found.to_owned()));
    match kind {
        ImageFormat::Jpeg => Ok(kind),
        ImageFormat::Png if is_animated(bytes) => odd("animated PNG"),
        ImageFormat::Png => Ok(kind),
        // Behind the file header of 14 bytes: how pixels are packed. Where runs end early, decoders fill up.
        ImageFormat::Bmp if matches!(bytes.get(30..34), Some([1 | 2, 0, 0, 0])) => {
            odd("BMP with run-length coding")
        }
        ImageFormat::Bmp => Ok(kind),
        ImageFormat::Tiff => tiff_pages::check(bytes).map(|()| kind),
        other => {
            let ending = other.extensions_str().first().copied().unwrap_or("?");
            odd(&ending.to_uppercase())
        }
    }
}

/// Whether a chunk `acTL` stands before the first data (PNG third edition, 11.3.6.1).
fn is_animated(bytes: &[u8]) -> bool {
    let mut at = 8;
    while let Some(head) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let [a, b, c, d, name @ ..] = *head;
        match &name {
            b"acTL" => return true,
            b"IDAT" => return false,
            _ => at = at.saturating_add(u32::from_be_bytes([a, b, c, d]) as usize + 12),
        }
    }
    false
}

fn decoder(
    bytes: &[u8],
    kind: ImageFormat,
    limits: Limits,
) -> Result<impl ImageDecoder, PictureError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), kind);
    reader.limits(limits);
    reader.into_decoder().map_err(|error| of_image(&error))
}

fn of_image(error: &image::ImageError) -> PictureError {
    match error {
        image::ImageError::Limits(error) => PictureError::TooLarge(error.to_string()),
        image::ImageError::Unsupported(error) => PictureError::Format(error.to_string()),
        other => PictureError::Damaged(other.to_string()),
    }
}

fn of_jpeg(error: jpeg::JpegError) -> PictureError {
    match error {
        jpeg::JpegError::Unsupported(what) => PictureError::Format(format!("JPEG with {what}")),
        other => PictureError::Damaged(other.to_string()),
    }
}

fn decode_jpeg(bytes: &[u8], memory_bytes_max: u64) -> Result<Picture, PictureError> {
    let header = jpeg::header(bytes).map_err(of_jpeg)?;
    let format = if header.has_colour {
        PixelFormat::Rgb8
    } else {
        PixelFormat::Mono8
    };
    let (width, height) = (header.width, header.height);
    let size = u64::from(width) * u64::from(height) * format.bytes() as u64;
    if size > memory_bytes_max {
        return Err(too_large((width, height)));
    }
    let mut pixels = vec![0; size as usize];
    let sides = (width as usize, height as usize);
    jpeg::decode_into(bytes, sides, format, &mut pixels).map_err(of_jpeg)?;
    let picture = Picture {
        pixels,
        width,
        height,
        format,
        bits: 8,
    };
    fitted(picture.into_image(), orientation(bytes, &header))
}

fn orientation(bytes: &[u8], header: &jpeg::JpegHeader) -> Orientation {
    let exif = header.exif.clone().and_then(|place| bytes.get(place));
    let told = exif.and_then(Orientation::from_exif_chunk);
    told.unwrap_or(Orientation::NoTransforms)
}

fn upright((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    match orientation {
        Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}

/// Upright, with 8 bits a channel, if it stays the picture that is meant.
fn fitted(mut image: DynamicImage, orientation: Orientation) -> Result<Picture, PictureError> {
    let color = image.color();
    let is_grey = !color.has_color();
    let bits = color.bits_per_pixel() / u16::from(color.channel_count());
    if bits > 16 {
        return Err(PictureError::Float);
    }
    if color.has_alpha() && !is_opaque(&image) {
        return Err(PictureError::Transparent { is_grey });
    }
    if bits == 16 {
        let largest = largest(&image);
        if largest < DEEP_MIN {
            return Err(PictureError::Deep { largest, is_grey });
        }
    }
    image.apply_orientation(orientation);
    let (width, height) = (image.width(), image.height());
    let (format, pixels) = match is_grey {
        true => (PixelFormat::Mono8, image.into_luma8().into_raw()),
        false => (PixelFormat::Rgb8, image.into_rgb8().into_raw()),
    };
    Ok(Picture {
        pixels,
        width,
        height,
        format,
        bits: bits as u8,
    })
}

fn is_opaque(image: &DynamicImage) -> bool {
    match image {
        DynamicImage::ImageLumaA8(all) => all.pixels().all(|pixel| pixel.0[1] == u8::MAX),
        DynamicImage::ImageRgba8(all) => all.pixels().all(|pixel| pixel.0[3] == u8::MAX),
        DynamicImage::ImageLumaA16(all) => all.pixels().all(|pixel| pixel.0[1] == u16::MAX),
        DynamicImage::ImageRgba16(all) => all.pixels().all(|pixel| pixel.0[3] == u16::MAX),
        _ => true,
    }
}

/// The largest value of a picture of 16 bits, transparency aside.
fn largest(image: &DynamicImage) -> u16 {
    let of = |channels: usize, values: &[u16], colours: usize| {
        let pixels = values.chunks_exact(channels);
        pixels.flat_map(|pixel| &pixel[..colours]).max().copied()
    };
    let found = match image {
        DynamicImage::ImageLuma16(all) => of(1, all, 1),
        DynamicImage::ImageLumaA16(all) => of(2, all, 1),
        DynamicImage::ImageRgb16(all) => of(3, all, 3),
        DynamicImage::ImageRgba16(all) => of(4, all, 3),
        _ => None,
    };
    found.unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;
