//! What passes between station and PLC: bits in the order of Cognex In-Sight's control and status block (Modbus TCP factory
//! interface 5.3), and the words beside them.

use crate::station::outcome::Outcome;
use crate::station::part::{PartId, Style};
use crate::station::time::Instant;
use crate::station::verdict::{Cause, Disposition, Verdict};
use arrayvec::ArrayString;

/// Bytes of a part ID as it is handed over.
pub const PART_ID_FIELD_BYTES: usize = 128;
/// Bytes of a style as it is handed over.
pub const STYLE_FIELD_BYTES: usize = 32;
/// Bytes of a string command, and of its answer.
pub const STRING_BYTES: usize = 192;
/// What stands where there is no number: no class was found, no deadline is known.
pub const NONE: u16 = 0xFFFF;

macro_rules! bits {
    ($(#[$doc:meta])* $name:ident { $($bit:ident = $at:literal $explained:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each is explained in the list")]
        pub enum $name { $($bit = $at,)* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[$name] = &[$($name::$bit,)*];

            /// As in tag files and docs.
            pub const fn name(self) -> &'static str {
                match self { $($name::$bit => stringify!($bit),)* }
            }

            /// What it means.
            pub const fn explained(self) -> &'static str {
                match self { $($name::$bit => $explained,)* }
            }

            /// It alone in its block.
            pub const fn mask(self) -> u32 {
                1 << self as u32
            }

            /// Whether it is on.
            pub const fn of(self, block: u32) -> bool {
                block & self.mask() != 0
            }
        }
    };
}

bits! {
    /// What the PLC sets. `SoftEvent0` to `SoftEvent7` follow from bit 24 on.
    Control {
        TriggerEnable = 0 "Triggers are taken while it is on; off for half a second resets the handshake.",
        Trigger = 1 "A part is at the camera. Held until TriggerAck or MissedAcq.",
        BufferResultsEnable = 2 "Up to 8 results wait for the PLC; else one.",
        InspectionResultsAck = 3 "The result was copied. Held until ResultsValid is off.",
        ExecuteCommand = 4 "Do what Command says. Held until CommandCompleted or CommandFailed.",
        SetOffline = 7 "Take no triggers while it is on.",
        SetUserData = 16 "Part ID and style stand in the user data. Held until SetUserDataAck.",
        InitiateStringCommand = 17 "Do what the string command says. Held until StringCmdAck.",
        ClearError = 18 "Error and ResultsBufferOverrun were seen.",
        ClearExposureComplete = 19 "ExposureComplete was seen.",
        SoftEvent0 = 24 "Soft event 0; events 1 to 7 are the next bits.",
    }
}

bits! {
    /// What the station sets. `SoftEventAck0` to `SoftEventAck7` follow from bit 24 on.
    Flag {
        TriggerReady = 0 "A trigger would be taken now.",
        TriggerAck = 1 "The trigger was taken; AcquisitionID is that of its part.",
        MissedAcq = 3 "A trigger came while TriggerReady was off: that part is to be rejected and gets no result.",
        OfflineReason0 = 4 "Why it is offline, bit 0 of 3.",
        OfflineReason1 = 5 "Why it is offline, bit 1 of 3.",
        OfflineReason2 = 6 "Why it is offline, bit 2 of 3.",
        Online = 7 "Parts are inspected.",
        SystemBusy = 8 "A part is being inspected.",
        InspectionCompleted = 9 "Changes with each result.",
        ResultsBufferOverrun = 10 "A result was lost because no more could wait: that part is to be rejected.",
        ResultsValid = 11 "The result of InspectionID stands in the words; else they hold none.",
        CommandExecuting = 12 "The command is being done.",
        CommandCompleted = 13 "The command was done.",
        CommandFailed = 14 "The command was not done; ErrorCode says why.",
        Error = 15 "Something went wrong; ErrorCode says what.",
        SetUserDataAck = 16 "The user data was taken.",
        StringCmdAck = 17 "The string command was answered.",
        StringCmdError = 18 "The string command was not understood.",
        ExposureComplete = 19 "Every picture of the part was taken: it may move on.",
        JobPass = 20 "The result is to accept the part; only with ResultsValid.",
        SoftEventAck0 = 24 "Soft event 0 was seen; events 1 to 7 are the next bits.",
    }
}

/// Where soft events begin in both blocks.
pub const SOFT_EVENTS_AT: u32 = 24;

/// What the PLC has set by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controls {
    /// Bits as [`Control`] names them.
    pub bits: u32,
    /// What `ExecuteCommand` is to do: 1 to 999 choose that job.
    pub command: u16,
    /// Changes while the PLC is alive.
    pub heartbeat: u16,
    /// Whose the user data is: the low 16 bits of a part number, or 0 for the next trigger's part.
    pub user_data_part: u16,
    /// Part ID in UTF-8, ended by a zero byte or the end of the field.
    pub part_id: [u8; PART_ID_FIELD_BYTES],
    /// Style in UTF-8, ended as the part ID.
    pub style: [u8; STYLE_FIELD_BYTES],
    /// Whether part ID and style are read at each trigger, without `SetUserData`.
    pub is_id_at_trigger: bool,
    /// String command in UTF-8.
    pub string: [u8; STRING_BYTES],
    /// How many bytes it has.
    pub string_bytes: u16,
}

impl Default for Controls {
    fn default() -> Self {
        Self {
            bits: 0,
            command: 0,
            heartbeat: 0,
            user_data_part: 0,
            part_id: [0; PART_ID_FIELD_BYTES],
            style: [0; STYLE_FIELD_BYTES],
            is_id_at_trigger: false,
            string: [0; STRING_BYTES],
            string_bytes: 0,
        }
    }
}

impl Controls {
    /// Whether this bit is on.
    pub const fn has(&self, bit: Control) -> bool {
        bit.of(self.bits)
    }
}

/// One part's result in numbers. All zero while none is valid, so that nobody finds the previous part's there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ResultWords {
    /// Low 16 bits of its part number.
    pub inspection_id: u16,
    /// 1 pass, 2 fail, 3 not decided (OPC 40001-101 `ResultEvaluation`); 0 no result.
    pub code: u16,
    /// 1 accept, 2 reject; 0 no result.
    pub disposition: u16,
    /// Lane to which it goes, from 0.
    pub lane: u16,
    /// The worst finding's class in its model, from 0; [`NONE`] where nothing was found.
    pub class: u16,
    /// Why it did not pass, from 1 in the order of the causes; 0 where it did.
    pub cause: u16,
    /// 0 to 1; -1 where no model ran in time.
    pub score: f32,
    /// Low 32 bits of its part number.
    pub part_no: u32,
    /// Within how many milliseconds it must be taken out, from when the result became valid; [`NONE`] where only the
    /// belt says.
    pub act_within_ms: u16,
    /// The part's own ID.
    pub part_id: Option<PartId>,
    /// The part's own style.
    pub style: Option<Style>,
}

/// The number of a cause for PLCs: these are in their programs, and stay.
pub fn cause_number(cause: Cause) -> u16 {
    let at = Cause::ALL.iter().position(|known| *known == cause);
    at.map_or(0, |at| u16::try_from(at + 1).unwrap_or(NONE))
}

/// The low 16 bits of a part number.
pub const fn low(part_no: u64) -> u16 {
    part_no as u16
}

impl ResultWords {
    /// Of an outcome that becomes valid now.
    pub fn of(outcome: &Outcome, now: Instant) -> Self {
        let left = outcome.act_by.map(|by| by.since(now).as_millis());
        Self {
            inspection_id: low(outcome.part_no.0),
            code: u16::from(outcome.verdict.evaluation()),
            disposition: match outcome.disposition {
                Disposition::Accept => 1,
                Disposition::Reject => 2,
            },
            lane: u16::from(outcome.lane.0),
            class: outcome.class.unwrap_or(NONE),
            cause: outcome.cause.map_or(0, cause_number),
            score: outcome.score.map_or(-1.0, |score| score.get()),
            part_no: outcome.part_no.0 as u32,
            act_within_ms: left.map_or(NONE, |ms| u16::try_from(ms).unwrap_or(NONE - 1)),
            part_id: Some(outcome.part_id),
            style: outcome.style,
        }
    }

    /// Whether it says to accept its part. Both numbers must say so.
    pub const fn is_accept(&self) -> bool {
        self.disposition == 1 && self.code == Verdict::Pass.evaluation() as u16
    }
}

/// What the station has set by now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// Bits as [`Flag`] names them.
    pub bits: u32,
    /// The job that was chosen; 0 for none.
    pub current_job: u16,
    /// What went wrong last; 0 for nothing.
    pub error_code: u16,
    /// Low 16 bits of the number of the part whose trigger was taken last.
    pub acquisition_id: u16,
    /// Counts on while the station decides.
    pub heartbeat: u16,
    /// The result that is valid.
    pub result: ResultWords,
    /// 0 when the string command was done, else an error code.
    pub string_code: u16,
    /// The answer to the string command.
    pub string_answer: ArrayString<STRING_BYTES>,
}

impl Status {
    /// Whether this bit is on.
    pub const fn has(&self, flag: Flag) -> bool {
        flag.of(self.bits)
    }
}
