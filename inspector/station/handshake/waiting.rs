//! Which side waits for what, for whoever puts the two together.

use super::map::Side;
use super::{Flag, Handshake};

macro_rules! awaited {
    ($($name:ident $side:ident $word:literal $en:literal $zh:literal;)*) => {
        /// What has to be done next, and by whom.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each is explained in the list")]
        pub enum Awaited { $($name,)* }

        impl Awaited {
            /// All of them, in order.
            pub const ALL: &[Awaited] = &[$(Awaited::$name,)*];

            /// Who has to do it.
            pub const fn of(self) -> Side {
                match self { $(Awaited::$name => Side::$side,)* }
            }

            /// Its name for machines.
            pub const fn name(self) -> &'static str {
                match self { $(Awaited::$name => $word,)* }
            }

            /// A sentence in English and in Simplified Chinese.
            pub const fn explained(self) -> [&'static str; 2] {
                match self { $(Awaited::$name => [$en, $zh],)* }
            }
        }
    };
}

awaited! {
    Plc Plc "plc"
        "The station waits for the PLC to connect and ask, and to let its heartbeat run where plc_heartbeat_ms is set."
        "工位在等 PLC：它要连接并发出请求；若设了 plc_heartbeat_ms，心跳也要变化。";
    SetOfflineOff Plc "set_offline_off"
        "The station waits for the PLC to drop SetOffline."
        "工位在等 PLC：它要复位 SetOffline。";
    Online Station "online"
        "The PLC waits for the station to go online: it starts, or the line is stopped until a person restarts it."
        "PLC 在等工位上线：它正在启动，或产线已停、等人复位。";
    MissedTriggerOff Plc "missed_trigger_off"
        "The station waits for the PLC to reject the part that was missed, and to drop Trigger."
        "工位在等 PLC：它要剔除漏检的工件，并复位 Trigger。";
    TriggerOff Plc "trigger_off"
        "The trigger was acknowledged: the station waits for the PLC to drop Trigger."
        "触发已应答：工位在等 PLC 复位 Trigger。";
    Exposed Station "exposed"
        "The PLC waits for the station to take the pictures of the part."
        "PLC 在等工位为工件拍照。";
    TriggerEnable Plc "trigger_enable"
        "The station waits for the PLC to set TriggerEnable."
        "工位在等 PLC 置位 TriggerEnable。";
    HeldTriggerOff Plc "held_trigger_off"
        "The station waits for the PLC to drop Trigger, which it has held since the part before."
        "工位在等 PLC 复位 Trigger：从上一个工件起一直保持着。";
    Trigger Plc "trigger"
        "The station is ready: it waits for the PLC to set Trigger when a part is at the camera."
        "工位已就绪：在等 PLC 于工件到相机处时置位 Trigger。";
    ResultsAck Plc "results_ack"
        "A result is valid: the station waits for the PLC to copy it and set InspectionResultsAck."
        "结果有效：工位在等 PLC 读取结果并置位 InspectionResultsAck。";
    ResultsAckOff Plc "results_ack_off"
        "The station waits for the PLC to drop InspectionResultsAck, so that the next result can become valid."
        "工位在等 PLC 复位 InspectionResultsAck，之后下一个结果才会有效。";
    Result Station "result"
        "The PLC waits for the station to decide about the part."
        "PLC 在等工位判定工件。";
}

/// What happens next in both halves of the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// About the next trigger.
    pub trigger: Awaited,
    /// Of results; `None` where none is there.
    pub result: Option<Awaited>,
}

impl Handshake {
    /// Which side waits for what.
    pub fn waiting(&self) -> Waiting {
        let has = |flag| self.status.has(flag);
        let trigger = if !self.presence.is_there() {
            Awaited::Plc
        } else if self.is_set_offline {
            Awaited::SetOfflineOff
        } else if !has(Flag::Online) {
            Awaited::Online
        } else if has(Flag::MissedAcq) && self.acquisition.is_trigger() {
            Awaited::MissedTriggerOff
        } else if has(Flag::TriggerAck) {
            Awaited::TriggerOff
        } else if !self.acquisition.is_idle() {
            Awaited::Exposed
        } else if !self.acquisition.is_enabled() {
            Awaited::TriggerEnable
        } else if self.acquisition.is_trigger() {
            Awaited::HeldTriggerOff
        } else {
            Awaited::Trigger
        };
        let result = match (self.delivery.is_valid(), self.delivery.is_ack()) {
            (true, _) => Some(Awaited::ResultsAck),
            (false, true) if self.delivery.len() > 0 => Some(Awaited::ResultsAckOff),
            (false, _) if self.in_flight > 0 => Some(Awaited::Result),
            // An acknowledgement that stays on keeps the next result from becoming valid.
            (false, true) => Some(Awaited::ResultsAckOff),
            (false, false) => None,
        };
        Waiting { trigger, result }
    }
}
