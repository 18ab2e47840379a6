//! Which side waits for what, for whoever puts the two together.

use super::{Flag, Handshake};

/// Who has to do something next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// The program of the PLC.
    Plc(&'static str),
    /// This station, by itself.
    Station(&'static str),
}

/// What happens next in both halves of the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// About the next trigger.
    pub trigger: WaitsFor,
    /// Of results; `None` where none is there.
    pub result: Option<WaitsFor>,
}

impl Handshake {
    /// Which side waits for what.
    pub fn waiting(&self) -> Waiting {
        let has = |flag| self.status.has(flag);
        let trigger = if !self.presence.is_there() {
            WaitsFor::Plc("connect and ask, and let its heartbeat run where one is set")
        } else if self.is_set_offline {
            WaitsFor::Plc("drop SetOffline")
        } else if !has(Flag::Online) {
            WaitsFor::Station("go online")
        } else if has(Flag::MissedAcq) && self.acquisition.is_trigger() {
            WaitsFor::Plc("reject the part that was missed, and drop Trigger")
        } else if has(Flag::TriggerAck) {
            WaitsFor::Plc("drop Trigger")
        } else if !self.acquisition.is_idle() {
            WaitsFor::Station("take the pictures of the part")
        } else if !self.acquisition.is_enabled() {
            WaitsFor::Plc("set TriggerEnable")
        } else if self.acquisition.is_trigger() {
            WaitsFor::Plc("drop Trigger, which it has held since the part before")
        } else {
            WaitsFor::Plc("set Trigger when a part is at the camera")
        };
        let result = match (self.delivery.is_valid(), self.delivery.is_ack()) {
            (true, _) => Some(WaitsFor::Plc(
                "copy the result and set InspectionResultsAck",
            )),
            (false, true) if self.delivery.len() > 0 => Some(WaitsFor::Plc(
                "drop InspectionResultsAck, so that the next result can become valid",
            )),
            (false, _) if self.in_flight > 0 => Some(WaitsFor::Station("decide about the part")),
            (false, _) => None,
        };
        Waiting { trigger, result }
    }
}
