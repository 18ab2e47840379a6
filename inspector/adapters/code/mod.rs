//! Codes in the image, as part IDs. The reader is zxing-cpp, where this build has it (cargo feature `codes`).

pub mod settings;
pub mod text;
#[cfg(feature = "codes")]
mod zxing;

use crate::clock::Clock;
use crate::ports::code::{CodeError, CodeReader};
pub use settings::CodeSettings;
use std::sync::Arc;

/// Whether this build can read codes.
pub const IS_BUILT: bool = cfg!(feature = "codes");

/// A reader with these settings.
///
/// # Errors
/// When the settings cannot be met, or this build has no reader.
pub fn open(
    settings: CodeSettings,
    clock: Arc<dyn Clock>,
) -> Result<Box<dyn CodeReader>, CodeError> {
    settings.check()?;
    #[cfg(feature = "codes")]
    {
        Ok(Box::new(zxing::ZxingReader::new(settings, clock)))
    }
    #[cfg(not(feature = "codes"))]
    {
        drop(clock);
        Err(CodeError::NotBuilt {
            message: "this build cannot read codes in images; releases can, and so can `cargo build --release --features \
                      full`"
                .to_owned(),
        })
    }
}
