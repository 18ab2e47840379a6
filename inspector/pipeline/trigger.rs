//! Hears the line, where parts are announced by something other than a camera.

use super::announce::Announcer;
use crate::ports::line::{TriggerError, TriggerSource};
use crate::telemetry::alarm::{AlarmBell, AlarmKind};
use std::time::Duration;

/// The stage of the trigger source.
pub struct TriggerStage {
    source: Box<dyn TriggerSource>,
    announcer: Announcer,
    alarms: AlarmBell,
    is_gone: bool,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A part.
    Part,
    /// Nothing.
    Nothing,
    /// Nothing will ever come.
    Ended,
}

impl TriggerStage {
    /// Ready to step.
    pub fn new(source: Box<dyn TriggerSource>, announcer: Announcer, alarms: AlarmBell) -> Self {
        Self {
            source,
            announcer,
            alarms,
            is_gone: false,
        }
    }

    /// Waits at most `timeout` for an arrival and announces it.
    pub fn step(&mut self, timeout: Duration) -> Heard {
        self.announcer.tell_gap();
        match self.source.wait(timeout) {
            Ok(arrival) => {
                if std::mem::take(&mut self.is_gone) {
                    self.alarms.clear(AlarmKind::TriggerGone, "");
                }
                self.announcer.announce(&arrival);
                Heard::Part
            }
            Err(TriggerError::Timeout) => Heard::Nothing,
            Err(TriggerError::Ended) => Heard::Ended,
            Err(TriggerError::Disconnected { reason }) => {
                if !std::mem::replace(&mut self.is_gone, true) {
                    let message = format!("the trigger source cannot be heard: {reason}");
                    self.alarms.raise(AlarmKind::TriggerGone, "", message);
                }
                Heard::Nothing
            }
        }
    }

    /// The announcer, to be asked whether everything was told.
    pub fn announcer(&mut self) -> &mut Announcer {
        &mut self.announcer
    }
}
