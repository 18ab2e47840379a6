//! No ejector: verdicts are shown and recorded, and nothing is commanded.

use crate::ports::line::{OutputError, PartOutput};
use crate::station::outcome::Outcome;

/// For a station that only looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEjector;

impl PartOutput for NoEjector {
    fn command(&mut self, _outcome: &Outcome) -> Result<(), OutputError> {
        Ok(())
    }

    fn rest(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}
