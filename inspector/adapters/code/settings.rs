//! What may be said of codes in the image.

use crate::ports::code::{CODES_MAX, CodeError, CodeFormat};
use crate::station::frame::FrameShape;
use serde::{Deserialize, Serialize};

/// Which codes are read, where, and with how much effort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CodeSettings {
    /// Symbologies to look for. The fewer, the faster, and the less is taken for a code that is none.
    pub formats: Vec<CodeFormat>,
    /// Where to look, `[left, top, width, height]` in pixels of the frame; the whole frame when absent.
    pub region: Option<[u32; 4]>,
    /// How many codes a part has. The search ends when so many were found.
    pub count: usize,
    /// Looks at every row and twice at blurred codes, when a quick look found too few.
    pub try_harder: bool,
    /// Looks for linear codes that stand upright, too.
    pub rotate: bool,
    /// Looks for light codes on dark ground, too, as lasers mark metal.
    pub invert: bool,
    /// Looks again at half and a third of the size, which helps with large, coarse or noisy codes.
    pub downscale: bool,
}

impl Default for CodeSettings {
    fn default() -> Self {
        Self {
            formats: vec![
                CodeFormat::QrCode,
                CodeFormat::DataMatrix,
                CodeFormat::Code128,
                CodeFormat::Ean13,
            ],
            region: None,
            count: 1,
            try_harder: true,
            rotate: true,
            invert: true,
            downscale: false,
        }
    }
}

impl CodeSettings {
    /// Sees to it that something can be found.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), CodeError> {
        let wrong = |message| Err(CodeError::Settings { message });
        if self.formats.is_empty() {
            let known = CodeFormat::ALL.map(CodeFormat::name).join(", ");
            return wrong(format!("formats: expected at least one of {known}"));
        }
        if self.count == 0 || self.count > CODES_MAX {
            let found = self.count;
            return wrong(format!(
                "count: expected 1 to {CODES_MAX} codes, found {found}"
            ));
        }
        if let Some([_, _, width, height]) = self.region
            && (width == 0 || height == 0)
        {
            return wrong(format!(
                "region: expected [left, top, width, height] with a width and a height, found {width}×{height}"
            ));
        }
        Ok(())
    }

    /// Left, top, width and height to look at in a frame of this shape.
    ///
    /// # Errors
    /// When the region reaches beyond the frame.
    pub fn region_in(&self, shape: FrameShape) -> Result<[u32; 4], CodeError> {
        let Some(region) = self.region else {
            return Ok([0, 0, shape.width, shape.height]);
        };
        let [left, top, width, height] = region.map(u64::from);
        if left + width > u64::from(shape.width) || top + height > u64::from(shape.height) {
            return Err(CodeError::Settings {
                message: format!(
                    "region: expected [left, top, width, height] within the frame of {}×{} pixels, found {region:?}",
                    shape.width, shape.height
                ),
            });
        }
        Ok(region)
    }
}
