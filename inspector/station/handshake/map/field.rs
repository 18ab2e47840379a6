//! The words of the handshake: whose they are, how wide, and what they mean.

use super::super::signals::{PART_ID_FIELD_BYTES, STRING_BYTES, STYLE_FIELD_BYTES};

/// Who sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The PLC's program.
    Plc,
    /// This station, by itself.
    Station,
}

/// What its registers hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 32 bits in two registers, the first 16 in the first register, whatever the word order.
    Bits,
    /// A number of 16 bits.
    U16,
    /// A number of 32 bits.
    U32,
    /// A number of 32 bits with a point (IEEE 754).
    F32,
    /// So many bytes of UTF-8, filled up with zero bytes.
    Text(u16),
}

impl Kind {
    /// How many registers it takes.
    pub const fn words(self) -> u16 {
        match self {
            Kind::U16 => 1,
            Kind::Bits | Kind::U32 | Kind::F32 => 2,
            Kind::Text(bytes) => bytes / 2,
        }
    }

    /// As in the docs.
    pub fn name(self) -> String {
        match self {
            Kind::Bits => "32 bits".to_owned(),
            Kind::U16 => "uint16".to_owned(),
            Kind::U32 => "uint32".to_owned(),
            Kind::F32 => "float32".to_owned(),
            Kind::Text(bytes) => format!("text, {bytes} bytes"),
        }
    }
}

macro_rules! fields {
    ($($field:ident $side:ident $kind:expr, $explained:literal;)*) => {
        /// One or more registers with a meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each is explained in the list")]
        pub enum Field { $($field,)* }

        impl Field {
            /// All of them, the PLC's first.
            pub const ALL: &[Field] = &[$(Field::$field,)*];

            /// As in tag files and docs.
            pub const fn name(self) -> &'static str {
                match self { $(Field::$field => stringify!($field),)* }
            }

            /// Who sets it.
            pub const fn side(self) -> Side {
                match self { $(Field::$field => Side::$side,)* }
            }

            /// What its registers hold.
            pub const fn kind(self) -> Kind {
                match self { $(Field::$field => $kind,)* }
            }

            /// What it means.
            pub const fn explained(self) -> &'static str {
                match self { $(Field::$field => $explained,)* }
            }
        }
    };
}

fields! {
    ControlBlock Plc Kind::Bits, "Control bits.";
    Command Plc Kind::U16, "What ExecuteCommand is to do: 1 to 999 choose that job.";
    UserDataPart Plc Kind::U16, "Whose the user data is: an AcquisitionID, or 0 for the part of the next trigger.";
    UserPartID Plc Kind::Text(PART_ID_FIELD_BYTES as u16), "Part ID, taken with SetUserData (poll: with the trigger).";
    UserStyle Plc Kind::Text(STYLE_FIELD_BYTES as u16), "Style, taken with the part ID; empty: that of the job.";
    PLCHeartbeat Plc Kind::U16, "Changes while the PLC is alive.";
    StringCommandLength Plc Kind::U16, "Bytes of the string command.";
    StringCommand Plc Kind::Text(STRING_BYTES as u16), "STYLE name, or ID text.";
    TriggerWord Plc Kind::U16, "1: a part is at the camera. The station writes 0 back when it took or missed it.";
    AckWord Plc Kind::U16, "InspectionID of the result that was copied.";
    JobWord Plc Kind::U16, "Job for the next parts; 0 leaves it as it is.";
    StatusBlock Station Kind::Bits, "Status bits.";
    CurrentJobID Station Kind::U16, "The job that was chosen; 0 for none.";
    ErrorCode Station Kind::U16, "What went wrong last; 0 for nothing.";
    AcquisitionID Station Kind::U16, "Low 16 bits of the number of the part whose trigger was taken last.";
    InspectionID Station Kind::U16, "Low 16 bits of the number of the part whose result this is.";
    InspectionResultCode Station Kind::U16, "1 pass, 2 fail, 3 not decided, 0 no result.";
    Disposition Station Kind::U16, "1 accept, 2 reject, 0 no result.";
    Lane Station Kind::U16, "Lane to which the part goes, from 0 in the order of the settings.";
    Class Station Kind::U16, "Class of the worst finding, from 0; 65535 where nothing was found.";
    Cause Station Kind::U16, "Why it did not pass; 0 where it did.";
    Score Station Kind::F32, "0 (like good parts) to 1; -1 where no model ran in time.";
    PartNumber Station Kind::U32, "Low 32 bits of the number of the part in the job.";
    ActWithinMs Station Kind::U16, "Within how many ms it must be taken out, counted from ResultsValid; 65535 where only the belt says.";
    PartID Station Kind::Text(PART_ID_FIELD_BYTES as u16), "ID of the part.";
    Style Station Kind::Text(STYLE_FIELD_BYTES as u16), "Style of the part.";
    Heartbeat Station Kind::U16, "Counts on while the station decides.";
    MapVersion Station Kind::U16, "1: that of this table.";
    TestWord Station Kind::U16, "Always 0x1234 (4660); 0x3412 (13330) means swapped bytes.";
    TestFloat Station Kind::F32, "Always 1.0; anything else means a wrong byte or word order.";
    StringResultCode Station Kind::U16, "0: the string command was done; else an error code.";
    StringResultLength Station Kind::U16, "Bytes of the answer.";
    StringResult Station Kind::Text(STRING_BYTES as u16), "The answer to the string command.";
}
