//! The devices of a line, opened while no station runs on them.

use super::super::line_wiring::{self, Wired};
use super::following::Following;
use crate::clock::{Clock, SystemClock};
use crate::control::handle::LineInfo;
use crate::error::{Error, ErrorKind};
use crate::ports::line::LineDevice;
use crate::results::open::{self, Lock, OpenError};
use crate::settings::StationSettings;
use std::sync::Arc;
use std::time::Duration;

/// A device that answers does so within this time; a PLC that asks has to ask within it.
pub(super) const TRIED_WITHIN: Duration = Duration::from_secs(3);

/// A line that nobody else talks to.
pub(super) struct Line {
    pub info: LineInfo,
    pub wired: Wired,
    pub clock: Arc<dyn Clock>,
    /// While it is held no station starts here.
    _lock: Lock,
}

/// Opens every device, closed: the first look connects.
///
/// # Errors
/// Where a station runs on these settings, or this computer cannot offer what a PLC is to connect to.
pub(super) fn open(settings: &StationSettings) -> Result<Line, Error> {
    let lock = open::lock(&settings.data).map_err(|error| refusal(settings, error))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let wired = line_wiring::open(settings, &clock)?;
    let none = || Error::new(ErrorKind::Settings, "no line is wired");
    let wired = wired.ok_or_else(none)?;
    let info = line_wiring::info(settings, Some(&wired)).ok_or_else(none)?;
    Ok(Line {
        info,
        wired,
        clock,
        _lock: lock,
    })
}

fn refusal(settings: &StationSettings, error: OpenError) -> Error {
    match error {
        OpenError::Locked { holder, .. } => Error::new(
            ErrorKind::Storage,
            format!(
                "{}: a station runs on these settings (process {holder}): two programs at the same devices would set \
                 outputs against each other. Stop it first; `inspector line` without a subcommand shows what it says",
                settings.file.display()
            ),
        ),
        other => Error::new(ErrorKind::Storage, other),
    }
}

impl Line {
    /// The device with this index, taken out: whoever has it asks and sets it alone.
    pub fn take(&mut self, device: u8) -> Box<dyn LineDevice> {
        self.wired.devices.remove(usize::from(device)).1
    }

    /// Every device is followed from now on, but those that were taken out.
    pub fn follow(&mut self, settings: &StationSettings) -> Following {
        Following::start(
            &settings.line,
            std::mem::take(&mut self.wired.devices),
            &self.info.board,
            &self.clock,
        )
    }
}
