//! The reader of zxing-cpp. First a quick look, which finds what is large and sharp in a tenth of the time; then, where
//! that found too little, a thorough one.

use super::settings::CodeSettings;
use super::text;
use crate::clock::Clock;
use crate::ports::code::{CODES_MAX, Code, CodeError, CodeFormat, CodeReader, CodesRead, Unusable};
use crate::station::frame::{FrameShape, PixelFormat};
use crate::station::name::NameError;
use crate::station::part::PartId;
use arrayvec::ArrayVec;
use std::sync::Arc;
use zxingcpp::{
    Barcode, BarcodeFormat, BarcodeReader, ContentType, ImageFormat, ImageView, TextMode,
};

/// What zxing-cpp calls each format.
const NAMES: [(CodeFormat, BarcodeFormat); 19] = [
    (CodeFormat::QrCode, BarcodeFormat::QRCode),
    (CodeFormat::MicroQrCode, BarcodeFormat::MicroQRCode),
    (CodeFormat::RmQrCode, BarcodeFormat::RMQRCode),
    (CodeFormat::DataMatrix, BarcodeFormat::DataMatrix),
    (CodeFormat::Aztec, BarcodeFormat::Aztec),
    (CodeFormat::Pdf417, BarcodeFormat::PDF417),
    (CodeFormat::MicroPdf417, BarcodeFormat::MicroPDF417),
    (CodeFormat::MaxiCode, BarcodeFormat::MaxiCode),
    (CodeFormat::Code128, BarcodeFormat::Code128),
    (CodeFormat::Code39, BarcodeFormat::Code39),
    (CodeFormat::Code93, BarcodeFormat::Code93),
    (CodeFormat::Codabar, BarcodeFormat::Codabar),
    (CodeFormat::Itf, BarcodeFormat::ITF),
    (CodeFormat::Ean13, BarcodeFormat::EAN13),
    (CodeFormat::Ean8, BarcodeFormat::EAN8),
    (CodeFormat::UpcA, BarcodeFormat::UPCA),
    (CodeFormat::UpcE, BarcodeFormat::UPCE),
    (CodeFormat::DataBar, BarcodeFormat::DataBar),
    (CodeFormat::DataBarExpanded, BarcodeFormat::DataBarExp),
];

/// Options of zxing-cpp: plain memory that belongs to nobody's thread.
struct Options(BarcodeReader);

// SAFETY: the options are one heap object that only this value points to, and zxing-cpp keeps nothing of a thread in it.
unsafe impl Send for Options {}

/// Reads codes with zxing-cpp.
pub struct ZxingReader {
    settings: CodeSettings,
    clock: Arc<dyn Clock>,
    looks: ArrayVec<Options, 2>,
}

impl ZxingReader {
    /// With settings that were checked.
    pub fn new(settings: CodeSettings, clock: Arc<dyn Clock>) -> Self {
        let look = |is_thorough: bool| {
            let formats: Vec<BarcodeFormat> = NAMES
                .into_iter()
                .filter_map(|(format, theirs)| settings.formats.contains(&format).then_some(theirs))
                .collect();
            let reader = BarcodeReader::new()
                .formats(formats)
                .try_harder(is_thorough && settings.try_harder)
                .try_rotate(is_thorough && settings.rotate)
                .try_invert(is_thorough && settings.invert)
                .try_downscale(is_thorough && settings.downscale)
                .max_number_of_symbols(CODES_MAX as i32)
                .text_mode(TextMode::Plain);
            Options(reader)
        };
        let mut looks = ArrayVec::new();
        looks.push(look(false));
        if settings.try_harder || settings.rotate || settings.invert || settings.downscale {
            looks.push(look(true));
        }
        Self {
            settings,
            clock,
            looks,
        }
    }
}

impl CodeReader for ZxingReader {
    fn read(&mut self, pixels: &[u8], shape: FrameShape) -> Result<CodesRead, CodeError> {
        let began = self.clock.now();
        let region = self.settings.region_in(shape)?;
        if pixels.len() != shape.bytes() {
            let (expected, found) = (shape.bytes(), pixels.len());
            return Err(CodeError::Read {
                message: format!("expected a frame of {expected} bytes, found {found}"),
            });
        }
        let format = match shape.pixel_format {
            PixelFormat::Mono8 => ImageFormat::Lum,
            PixelFormat::Rgb8 => ImageFormat::RGB,
        };
        let failed = |error: zxingcpp::Error| CodeError::Read {
            message: format!("reading codes: {error}"),
        };
        let [left, top, width, height] = region.map(|side| i32::try_from(side).unwrap_or(i32::MAX));
        let image = ImageView::from_slice(pixels, shape.width, shape.height, format)
            .map_err(failed)?
            .cropped(left, top, width, height);
        let mut read = CodesRead {
            codes: ArrayVec::new(),
            unusable: ArrayVec::new(),
            took: std::time::Duration::ZERO,
        };
        for look in &self.looks {
            (read.codes, read.unusable) = (ArrayVec::new(), ArrayVec::new());
            for found in look.0.from(&image).map_err(failed)? {
                take(&found, [left, top], &mut read);
            }
            if read.codes.len() + read.unusable.len() >= self.settings.count {
                break;
            }
        }
        read.took = self.clock.now().since(began);
        Ok(read)
    }
}

fn take(found: &Barcode, [left, top]: [i32; 2], read: &mut CodesRead) {
    let (format, symbology) = (found.format(), found.symbology());
    let named = |theirs: BarcodeFormat| {
        let of = NAMES.iter().find(|(_, name)| *name == theirs);
        of.map(|(format, _)| *format)
    };
    let Some(format) = named(format).or(named(symbology)) else {
        return;
    };
    let text = text::visible(&found.text());
    // The text ends at a byte 0, so what holds one was cut.
    let is_text = !matches!(
        found.content_type(),
        ContentType::Binary | ContentType::UnknownECI
    ) && !found.bytes().contains(&0);
    let unusable = match PartId::new(&text) {
        Ok(part_id) if is_text => {
            if read.codes.iter().any(|code| code.part_id == part_id) {
                return;
            }
            let at = found.position();
            let corner = |x: i32, y: i32| [x + left, y + top];
            let code = Code {
                part_id,
                format,
                corners: [
                    corner(at.top_left.x, at.top_left.y),
                    corner(at.top_right.x, at.top_right.y),
                    corner(at.bottom_right.x, at.bottom_right.y),
                    corner(at.bottom_left.x, at.bottom_left.y),
                ],
            };
            // More codes than anybody can choose from are as many as too many.
            let _ = read.codes.try_push(code);
            return;
        }
        Err(NameError::TooLong { .. }) if is_text => Unusable::TooLong { bytes: text.len() },
        _ => Unusable::NotText,
    };
    let _ = read.unusable.try_push(unusable);
}
