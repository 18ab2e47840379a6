//! JPEG: whether every block of a file or frame is there, and its pixels.
//!
//! Decoders make up what is missing, so that a person sees something; a station must know instead. Before a JPEG is
//! decoded, its entropy-coded data are walked through to the end: every block must decode, every restart marker must
//! come in its turn, and hardly anything may be left over. Allowed is what real cameras do to whole frames: fill bytes
//! and a few others before a marker, two starts, no Huffman tables (the tables of ITU-T T.81 K.3.3 are meant then) and
//! anything behind the end.
//!
//! What cannot be known from the outside: a bit that turned into another valid value of the same length.

mod bits;
mod frame;
mod headers;
mod huffman;
mod progressive;
mod scan;
#[cfg(test)]
mod tests;

use self::headers::Reader;
use crate::station::frame::PixelFormat;
use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};

/// Most bytes that may stand before a marker though nothing asks for them. Cameras leave up to nine (Logitech C910), or
/// align to eight; frames with a lost packet leave hundreds, or too few.
const LEFT_OVER_BYTES_MAX: usize = 16;

/// Why a JPEG gives no pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JpegError {
    /// It does not begin as one.
    NotAJpeg,
    /// It is one of a kind that is not read.
    Unsupported(&'static str),
    /// Something of it is missing or has been changed.
    Damaged(Damage),
}

/// What is wrong with a damaged JPEG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Headers end, or say what cannot be.
    Header(&'static str),
    /// A Huffman table has more codes than fit.
    HuffmanTable,
    /// Bits that are no code, or one that no block of 8-bit samples has.
    Code,
    /// A block with more than 64 coefficients.
    BlockOverflow,
    /// A mean that no 8-bit samples have: bits before it are missing or changed.
    DcOverflow,
    /// The data of a scan or restart interval end before its blocks do.
    EndsEarly,
    /// More data than the blocks of a scan or restart interval need.
    LeftOver,
    /// A restart marker is missing, or another one came.
    Restart,
    /// Some scan is missing.
    ScanMissing,
    /// There is no end.
    NoEnd,
    /// The decoder found what was overlooked here.
    Decoder,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::Header(what) => write!(f, "damaged headers ({what})"),
            Damage::HuffmanTable => f.write_str("an impossible Huffman table"),
            Damage::Code => f.write_str("data that are no image, as where a piece is missing"),
            Damage::BlockOverflow => {
                f.write_str("a block with too many values, as where a piece is missing")
            }
            Damage::DcOverflow => {
                f.write_str("brightness beyond black or white, as where a piece is missing")
            }
            Damage::EndsEarly => f.write_str("it ends in the middle of the image"),
            Damage::LeftOver => {
                f.write_str("more data than its blocks need, as where a piece is missing")
            }
            Damage::Restart => {
                f.write_str("a restart marker out of turn, as where a piece is missing")
            }
            Damage::ScanMissing => f.write_str("a part of its scans is missing"),
            Damage::NoEnd => f.write_str("it has no end: the rest is missing"),
            Damage::Decoder => f.write_str("it cannot be decoded"),
        }
    }
}

impl fmt::Display for JpegError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JpegError::NotAJpeg => f.write_str("not a JPEG"),
            JpegError::Unsupported(what) => write!(f, "a JPEG of a kind that is not read: {what}"),
            JpegError::Damaged(damage) => damage.fmt(f),
        }
    }
}

impl std::error::Error for JpegError {}

/// What the headers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JpegHeader {
    /// Pixels a row, as stored: a note of its orientation is not heeded.
    pub width: u32,
    /// Rows, as the frame header says.
    pub height: u32,
    /// Whether there is more than grey.
    pub has_colour: bool,
    /// Where Exif's data lie, if there are any: they say how the picture is to be turned.
    pub exif: Option<Range<usize>>,
}

thread_local! {
    /// Tables and buffers are kept, so that a camera's thread does not allocate for every frame.
    static READER: RefCell<Box<Reader>> = RefCell::new(Box::new(Reader::new()));
}

/// What the headers say; nothing behind them is looked at.
///
/// # Errors
/// When there are none that can be read.
pub fn header(data: &[u8]) -> Result<JpegHeader, JpegError> {
    READER.with_borrow_mut(|reader| reader.header(data))
}

/// Looks at every block.
///
/// # Errors
/// When something is missing.
pub fn check(data: &[u8]) -> Result<JpegHeader, JpegError> {
    READER.with_borrow_mut(|reader| reader.check(data))
}

/// Pixels of a JPEG that is whole and of this size, rows packed, into `pixels`, which has
/// `width × height × format.bytes()` bytes. Grey is the Y of the JPEG. Nothing is rotated.
///
/// # Errors
/// When something is missing, or the size is another one (`Damage::Header`); `pixels` means nothing then.
pub fn decode_into(
    data: &[u8],
    (width, height): (usize, usize),
    format: PixelFormat,
    pixels: &mut [u8],
) -> Result<(), JpegError> {
    READER.with_borrow_mut(|reader| {
        let header = reader.check(data)?;
        if (header.width as usize, header.height as usize) != (width, height) {
            return Err(JpegError::Damaged(Damage::Header("another size")));
        }
        if reader.is_rgb && header.has_colour && format == PixelFormat::Mono8 {
            return Err(JpegError::Unsupported("brightness not apart from colours"));
        }
        let space = match format {
            PixelFormat::Mono8 => ColorSpace::Luma,
            PixelFormat::Rgb8 => ColorSpace::RGB,
        };
        // Its limits stand for hostile files; sizes are the caller's matter here.
        let options = DecoderOptions::default()
            .set_max_width(usize::from(u16::MAX))
            .set_max_height(usize::from(u16::MAX))
            .set_strict_mode(true)
            .jpeg_set_out_colorspace(space);
        let mended = reader.mended(data);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(mended), options);
        // A panic of the decoder must not end a camera's thread.
        let decoded = catch_unwind(AssertUnwindSafe(|| decoder.decode_into(pixels).is_ok()));
        match decoded {
            Ok(true) => Ok(()),
            _ => Err(JpegError::Damaged(Damage::Decoder)),
        }
    })
}
