//! A reader of codes in the image: pixels to the texts of part IDs.

use crate::station::frame::FrameShape;
use crate::station::part::PartId;
use arrayvec::ArrayVec;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// The most codes told of one frame.
pub const CODES_MAX: usize = 8;

/// A symbology, under its usual name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is its own name, see `name`")]
pub enum CodeFormat {
    #[serde(rename = "QRCode")]
    QrCode,
    #[serde(rename = "MicroQRCode")]
    MicroQrCode,
    #[serde(rename = "rMQRCode")]
    RmQrCode,
    DataMatrix,
    Aztec,
    #[serde(rename = "PDF417")]
    Pdf417,
    #[serde(rename = "MicroPDF417")]
    MicroPdf417,
    MaxiCode,
    Code128,
    Code39,
    Code93,
    Codabar,
    #[serde(rename = "ITF")]
    Itf,
    #[serde(rename = "EAN13")]
    Ean13,
    #[serde(rename = "EAN8")]
    Ean8,
    #[serde(rename = "UPCA")]
    UpcA,
    #[serde(rename = "UPCE")]
    UpcE,
    DataBar,
    DataBarExpanded,
}

impl CodeFormat {
    /// Every format, those of two dimensions first.
    pub const ALL: [CodeFormat; 19] = [
        CodeFormat::QrCode,
        CodeFormat::MicroQrCode,
        CodeFormat::RmQrCode,
        CodeFormat::DataMatrix,
        CodeFormat::Aztec,
        CodeFormat::Pdf417,
        CodeFormat::MicroPdf417,
        CodeFormat::MaxiCode,
        CodeFormat::Code128,
        CodeFormat::Code39,
        CodeFormat::Code93,
        CodeFormat::Codabar,
        CodeFormat::Itf,
        CodeFormat::Ean13,
        CodeFormat::Ean8,
        CodeFormat::UpcA,
        CodeFormat::UpcE,
        CodeFormat::DataBar,
        CodeFormat::DataBarExpanded,
    ];

    /// The name in settings and answers.
    pub const fn name(self) -> &'static str {
        match self {
            CodeFormat::QrCode => "QRCode",
            CodeFormat::MicroQrCode => "MicroQRCode",
            CodeFormat::RmQrCode => "rMQRCode",
            CodeFormat::DataMatrix => "DataMatrix",
            CodeFormat::Aztec => "Aztec",
            CodeFormat::Pdf417 => "PDF417",
            CodeFormat::MicroPdf417 => "MicroPDF417",
            CodeFormat::MaxiCode => "MaxiCode",
            CodeFormat::Code128 => "Code128",
            CodeFormat::Code39 => "Code39",
            CodeFormat::Code93 => "Code93",
            CodeFormat::Codabar => "Codabar",
            CodeFormat::Itf => "ITF",
            CodeFormat::Ean13 => "EAN13",
            CodeFormat::Ean8 => "EAN8",
            CodeFormat::UpcA => "UPCA",
            CodeFormat::UpcE => "UPCE",
            CodeFormat::DataBar => "DataBar",
            CodeFormat::DataBarExpanded => "DataBarExpanded",
        }
    }
}

impl fmt::Display for CodeFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One code that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its text. Characters that cannot be seen stand by their names: a group separator of GS1 as `<GS>`.
    pub part_id: PartId,
    /// Which symbology it is of.
    pub format: CodeFormat,
    /// Its corners in the frame, `[x, y]` in pixels, clockwise from what the code calls its upper left.
    pub corners: [[i32; 2]; 4],
}

/// A code that was read, and whose content cannot be a part ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Its text has so many bytes; a part ID has fewer.
    TooLong {
        /// Bytes of the text.
        bytes: usize,
    },
    /// It holds bytes that are no text, or none at all.
    NotText,
}

/// What one frame holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodesRead {
    /// Different codes, the most certain first.
    pub codes: ArrayVec<Code, CODES_MAX>,
    /// Codes beside them that cannot be part IDs.
    pub unusable: ArrayVec<Unusable, CODES_MAX>,
    /// How long it took.
    pub took: Duration,
}

/// Why nothing was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// This build of the program has no reader.
    NotBuilt {
        /// How to get one.
        message: String,
    },
    /// The settings cannot be met, or the region lies outside of the frame.
    Settings {
        /// Expected, found, and what to do.
        message: String,
    },
    /// The reader failed.
    Read {
        /// In its own words.
        message: String,
    },
}

impl fmt::Display for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (CodeError::NotBuilt { message }
        | CodeError::Settings { message }
        | CodeError::Read { message }) = self;
        f.write_str(message)
    }
}

impl std::error::Error for CodeError {}

/// Reads the codes of frames. It takes longest on frames without a code; how long is bounded by their size and the
/// settings, not by a deadline: what must be decided in time does not wait for it.
pub trait CodeReader: Send {
    /// The codes in `pixels`, which are `shape.bytes()` bytes. No code is no error.
    ///
    /// # Errors
    /// When nothing could be looked for.
    fn read(&mut self, pixels: &[u8], shape: FrameShape) -> Result<CodesRead, CodeError>;
}
