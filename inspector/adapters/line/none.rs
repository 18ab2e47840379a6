//! No ejector: verdicts are shown and recorded, and nothing is commanded.

use crate::ports::line::{OutputError, RejectOutput};
use crate::station::part::PartNo;
use crate::station::verdict::Disposition;

/// For a station that only looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEjector;

impl RejectOutput for NoEjector {
    fn set(&mut self, _part_no: PartNo, _disposition: Disposition) -> Result<(), OutputError> {
        Ok(())
    }

    fn rest(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}
