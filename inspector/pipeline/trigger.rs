//! Hears the line, where parts are announced by something other than a camera.

use super::announce::Announcer;
use crate::ports::line::{TriggerError, TriggerSource};
use crate::telemetry::alarm::{AlarmSender, Condition};
use crate::telemetry::catalogue::Code;
use std::time::Duration;

/// The stage of the trigger source.
pub struct TriggerStage {
    source: Box<dyn TriggerSource>,
    announcer: Announcer,
    gone: Condition,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A part has come and was announced.
    Part,
    /// No part came within the time that was waited.
    Nothing,
    /// Nothing will ever come.
    Ended,
}

impl TriggerStage {
    /// Ready to step.
    pub fn new(source: Box<dyn TriggerSource>, announcer: Announcer, alarms: &AlarmSender) -> Self {
        Self {
            source,
            announcer,
            gone: alarms.condition(Code::TriggerGone, ""),
        }
    }

    /// Waits at most `timeout` for an arrival and announces it.
    pub fn step(&mut self, timeout: Duration) -> Heard {
        self.announcer.tell_gap();
        match self.source.wait(timeout) {
            Ok(arrival) => {
                self.gone.end();
                self.announcer.announce(&arrival);
                Heard::Part
            }
            Err(TriggerError::Timeout) => {
                // An idle line is heard.
                self.gone.end();
                Heard::Nothing
            }
            Err(TriggerError::Ended) => Heard::Ended,
            Err(TriggerError::Disconnected { reason }) => {
                self.gone
                    .raise(format!("the trigger source cannot be heard: {reason}"));
                Heard::Nothing
            }
        }
    }

    /// The announcer, to be asked whether everything was told.
    pub fn announcer(&mut self) -> &mut Announcer {
        &mut self.announcer
    }
}
