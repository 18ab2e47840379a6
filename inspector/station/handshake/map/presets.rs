//! The tables.

use super::super::signals::{Control, Flag};
use super::{Bit, Field, Map};

/// All bits of a block, at their places.
const BLOCK: [(u16, Bit); 32] = {
    let mut all = [(0, Bit::Heartbeat); 32];
    let mut at = 0;
    while at < 32 {
        all[at] = (at as u16, Bit::Block(at as u8));
        at += 1;
    }
    all
};

const fn control(bit: Control) -> Bit {
    Bit::Block(bit as u8)
}

const fn flag(flag: Flag) -> Bit {
    Bit::Block(flag as u8)
}

pub(super) const INSIGHT: Map = Map {
    plc: &[
        (0, Field::ControlBlock),
        (2, Field::Command),
        (3, Field::UserDataPart),
        (4, Field::UserPartID),
        (68, Field::UserStyle),
        (84, Field::PLCHeartbeat),
        (100, Field::StringCommandLength),
        (101, Field::StringCommand),
    ],
    station: &[
        (1000, Field::StatusBlock),
        (1002, Field::CurrentJobID),
        (1003, Field::ErrorCode),
        (1004, Field::AcquisitionID),
        (1005, Field::InspectionID),
        (1006, Field::InspectionResultCode),
        (1007, Field::Disposition),
        (1008, Field::Lane),
        (1009, Field::Class),
        (1010, Field::Cause),
        (1011, Field::ActWithinMs),
        (1012, Field::Score),
        (1014, Field::PartNumber),
        (1016, Field::Heartbeat),
        (1017, Field::MapVersion),
        (1018, Field::TestWord),
        (1020, Field::TestFloat),
        (1022, Field::PartID),
        (1086, Field::Style),
        (1110, Field::StringResultCode),
        (1111, Field::StringResultLength),
        (1112, Field::StringResult),
    ],
    plc_bits: &BLOCK,
    station_bits: &BLOCK,
    implied: 0,
    plc_words: 200,
    station_from: 1000,
    station_words: 208,
};

pub(super) const SIMPLE: Map = Map {
    plc: &[],
    station: &[
        (0, Field::MapVersion),
        (1, Field::TestWord),
        (2, Field::TestFloat),
        (4, Field::AcquisitionID),
        (5, Field::InspectionID),
        (6, Field::InspectionResultCode),
        (7, Field::Lane),
        (8, Field::Class),
        (9, Field::Cause),
        (10, Field::ErrorCode),
        (11, Field::Heartbeat),
        (12, Field::Score),
    ],
    plc_bits: &[
        (0, control(Control::Trigger)),
        (1, control(Control::InspectionResultsAck)),
        (2, Bit::Heartbeat),
        (3, control(Control::ClearError)),
        (4, control(Control::BufferResultsEnable)),
        (5, control(Control::SetOffline)),
    ],
    station_bits: &[
        (0, flag(Flag::TriggerReady)),
        (1, flag(Flag::ResultsValid)),
        (2, flag(Flag::JobPass)),
        (3, Bit::Reject),
        (4, flag(Flag::TriggerAck)),
        (5, Bit::Heartbeat),
        (6, flag(Flag::Error)),
        (7, flag(Flag::Online)),
        (8, flag(Flag::MissedAcq)),
        (9, flag(Flag::ResultsBufferOverrun)),
        (10, flag(Flag::SystemBusy)),
        (11, flag(Flag::ExposureComplete)),
    ],
    implied: Control::TriggerEnable.mask(),
    plc_words: 0,
    station_from: 0,
    station_words: 14,
};

/// The PLC's part begins at `plc_base`, the station's at `station_base` of the settings.
pub(super) const POLL: Map = Map {
    plc: &[
        (0, Field::TriggerWord),
        (1, Field::AckWord),
        (2, Field::JobWord),
        (3, Field::PLCHeartbeat),
        (4, Field::UserPartID),
        (68, Field::UserStyle),
    ],
    station: &[
        (0, Field::StatusBlock),
        (2, Field::InspectionID),
        (3, Field::InspectionResultCode),
        (4, Field::Disposition),
        (5, Field::Lane),
        (6, Field::Class),
        (7, Field::Cause),
        (8, Field::Score),
        (10, Field::ActWithinMs),
        (11, Field::AcquisitionID),
        (12, Field::ErrorCode),
        (13, Field::CurrentJobID),
        (14, Field::MapVersion),
        (15, Field::TestWord),
        (16, Field::TestFloat),
        (18, Field::Heartbeat),
    ],
    plc_bits: &[],
    station_bits: &[],
    implied: Control::TriggerEnable.mask() | Control::BufferResultsEnable.mask(),
    plc_words: 84,
    station_from: 0,
    station_words: 19,
};
