use super::*;
use crate::station::part::{PartId, Style};
use std::fmt::Write as _;

/// Every address of a preset, as it is promised to PLC programs.
fn lines(preset: Preset) -> String {
    let map = preset.map();
    let mut all = String::new();
    for (side, fields) in [("plc", map.plc), ("station", map.station)] {
        for (from, field) in fields {
            let words = field.kind().words();
            let _ = write!(all, "{side} {from}+{words} {}; ", field.name());
        }
    }
    for (side, bits) in [("plc", map.plc_bits), ("station", map.station_bits)] {
        for (at, bit) in bits {
            let _ = write!(all, "{side}-bit {at} {bit:?}; ");
        }
    }
    all
}

#[test]
fn no_address_of_version_1_ever_changes() {
    assert_eq!(MAP_VERSION, 1);
    let insight = lines(Preset::Insight);
    let (words, bits) = insight.split_once("plc-bit").expect("bits follow");
    assert_eq!(
        words,
        "plc 0+2 ControlBlock; plc 2+1 Command; plc 3+1 UserDataPart; plc 4+64 UserPartID; plc 68+16 UserStyle; \
         plc 84+1 PLCHeartbeat; plc 100+1 StringCommandLength; plc 101+96 StringCommand; station 1000+2 StatusBlock; \
         station 1002+1 CurrentJobID; station 1003+1 ErrorCode; station 1004+1 AcquisitionID; \
         station 1005+1 InspectionID; station 1006+1 InspectionResultCode; station 1007+1 Disposition; \
         station 1008+1 Lane; station 1009+1 Class; station 1010+1 Cause; station 1011+1 ActWithinMs; \
         station 1012+2 Score; station 1014+2 PartNumber; station 1016+1 Heartbeat; station 1017+1 MapVersion; \
         station 1018+1 TestWord; station 1020+2 TestFloat; station 1022+64 PartID; station 1086+16 Style; \
         station 1110+1 StringResultCode; station 1111+1 StringResultLength; station 1112+96 StringResult; "
    );
    assert!(bits.contains("plc-bit 31 Block(31); station-bit 0 Block(0)"));
    assert_eq!(
        lines(Preset::Simple),
        "station 0+1 MapVersion; station 1+1 TestWord; station 2+2 TestFloat; station 4+1 AcquisitionID; \
         station 5+1 InspectionID; station 6+1 InspectionResultCode; station 7+1 Lane; station 8+1 Class; \
         station 9+1 Cause; station 10+1 ErrorCode; station 11+1 Heartbeat; station 12+2 Score; \
         plc-bit 0 Block(1); plc-bit 1 Block(3); plc-bit 2 Heartbeat; plc-bit 3 Block(18); plc-bit 4 Block(2); \
         plc-bit 5 Block(7); station-bit 0 Block(0); station-bit 1 Block(11); station-bit 2 Block(20); \
         station-bit 3 Reject; station-bit 4 Block(1); station-bit 5 Heartbeat; station-bit 6 Block(15); \
         station-bit 7 Block(7); station-bit 8 Block(3); station-bit 9 Block(10); station-bit 10 Block(8); \
         station-bit 11 Block(19); "
    );
    assert_eq!(
        lines(Preset::Poll),
        "plc 0+1 TriggerWord; plc 1+1 AckWord; plc 2+1 JobWord; plc 3+1 PLCHeartbeat; plc 4+64 UserPartID; \
         plc 68+16 UserStyle; station 0+2 StatusBlock; station 2+1 InspectionID; station 3+1 InspectionResultCode; \
         station 4+1 Disposition; station 5+1 Lane; station 6+1 Class; station 7+1 Cause; station 8+2 Score; \
         station 10+1 ActWithinMs; station 11+1 AcquisitionID; station 12+1 ErrorCode; station 13+1 CurrentJobID; \
         station 14+1 MapVersion; station 15+1 TestWord; station 16+2 TestFloat; station 18+1 Heartbeat; "
    );
}

#[test]
fn fields_do_not_overlap_and_lie_in_their_part() {
    for preset in Preset::ALL {
        let map = preset.map();
        for (fields, from, words) in [
            (map.plc, 0, map.plc_words),
            (map.station, map.station_from, map.station_words),
        ] {
            let mut end = from;
            for (at, field) in fields {
                assert!(*at >= end, "{preset:?} {field:?}");
                end = at + field.kind().words();
            }
            assert!(end <= from + words, "{preset:?}");
        }
    }
}

fn valid() -> Status {
    let result = ResultWords {
        inspection_id: 0xABCD,
        code: 1,
        disposition: 1,
        lane: 2,
        class: 3,
        cause: 4,
        score: 0.5,
        part_no: 0x1234_ABCD,
        act_within_ms: 250,
        part_id: Some(PartId::new("零件7").expect("an ID")),
        style: Some(Style::new("cap").expect("a style")),
    };
    Status {
        bits: Flag::ResultsValid.mask() | Flag::JobPass.mask() | Flag::SoftEventAck0.mask(),
        current_job: 9,
        acquisition_id: 0xABCE,
        heartbeat: 3,
        result,
        ..Status::default()
    }
}

#[test]
fn numbers_travel_in_the_order_that_is_set() {
    for (order, id, test, score, float, first) in [
        (
            ByteOrder::Abcd,
            0xABCD,
            0x1234,
            [0x3F00, 0],
            [0x3F80, 0],
            0xE99B,
        ),
        (
            ByteOrder::Cdab,
            0xABCD,
            0x1234,
            [0, 0x3F00],
            [0, 0x3F80],
            0xE99B,
        ),
        (
            ByteOrder::Badc,
            0xCDAB,
            0x3412,
            [0x003F, 0],
            [0x803F, 0],
            0x9BE9,
        ),
        (
            ByteOrder::Dcba,
            0xCDAB,
            0x3412,
            [0, 0x003F],
            [0, 0x803F],
            0x9BE9,
        ),
    ] {
        let mut memory = Memory::new(Preset::Insight, order);
        memory.show(&valid());
        let read = |at| memory.input(at).expect("it is there");
        assert_eq!(read(1005), id, "{order:?}");
        assert_eq!(read(1018), test);
        assert_eq!([read(1012), read(1013)], score);
        assert_eq!([read(1020), read(1021)], float);
        assert_eq!(read(1022), first, "the first two bytes of the ID");
        // Bits 16 to 31 are in the second register in every order.
        let high = order.word(1 << (20 - 16) | 1 << (24 - 16));
        assert_eq!([read(1000), read(1001)], [order.word(1 << 11), high]);
        assert_eq!(memory.holding(1005), memory.input(1005));
    }
}

#[test]
fn what_the_plc_writes_in_registers_or_coils_is_the_same() {
    for order in [ByteOrder::Abcd, ByteOrder::Dcba] {
        let mut memory = Memory::new(Preset::Insight, order);
        let word = |value: u16| order.word(value).to_be_bytes();
        let trigger = Control::Trigger.mask() | Control::TriggerEnable.mask();
        memory.write_words(0, &word(trigger as u16)).expect("there");
        assert_eq!(memory.controls().bits, trigger);
        assert_eq!(memory.coil(1), Ok(true));
        memory.write_coils(1, 2, |at| at == 1).expect("there");
        let buffered = Control::BufferResultsEnable.mask() | Control::TriggerEnable.mask();
        assert_eq!(memory.controls().bits, buffered);
        assert_eq!(memory.holding(0), Ok(order.word(buffered as u16)));
        // A write of the second register leaves the first.
        memory.write_words(1, &word(1)).expect("there");
        assert_eq!(
            memory.controls().bits,
            buffered | Control::SetUserData.mask()
        );
        let text: Vec<u8> = [word(u16::from_be_bytes(*b"A-")), word(0x3100)].concat();
        memory.write_words(4, &text).expect("there");
        assert_eq!(memory.controls().part_id[..4], *b"A-1\0");
        memory.forget_controls();
        assert_eq!((memory.controls().bits, memory.holding(0)), (0, Ok(0)));
    }
}

#[test]
fn what_is_not_there_or_the_stations_cannot_be_written_and_nothing_is_half_written() {
    let mut memory = Memory::new(Preset::Insight, ByteOrder::Abcd);
    assert_eq!(memory.write_words(1000, &[0, 1]), Err(OutOfMap));
    assert_eq!(memory.write_words(199, &[0, 1, 0, 1]), Err(OutOfMap));
    assert_eq!(memory.holding(199), Ok(0));
    assert_eq!(memory.write_coils(31, 2, |_| true), Err(OutOfMap));
    assert_eq!(memory.coil(31), Ok(false));
    for at in [200, 999, 1208, u16::MAX] {
        assert_eq!(memory.holding(at), Err(OutOfMap), "{at}");
    }
    assert_eq!(memory.input(0), Err(OutOfMap));
    assert_eq!(memory.discrete(32), Err(OutOfMap));
}

#[test]
fn simple_has_pass_and_reject_and_neither_while_no_result_is_valid() {
    let mut memory = Memory::new(Preset::Simple, ByteOrder::Abcd);
    let both = |memory: &Memory| (memory.discrete(2), memory.coil(103));
    assert_eq!(both(&memory), (Ok(false), Ok(false)));
    memory.show(&valid());
    assert_eq!(both(&memory), (Ok(true), Ok(false)));
    let mut rejected = valid();
    rejected.result.disposition = 2;
    rejected.bits = Flag::ResultsValid.mask();
    memory.show(&rejected);
    assert_eq!(both(&memory), (Ok(false), Ok(true)));
    memory.show(&Status::default());
    assert_eq!(both(&memory), (Ok(false), Ok(false)));
    memory.write_coils(0, 1, |_| true).expect("there");
    assert!(memory.controls().has(Control::TriggerEnable));
    assert!(memory.controls().has(Control::Trigger));
}

#[test]
fn poll_takes_only_the_number_of_the_result_as_its_acknowledgement() {
    let mut memory = Memory::new(Preset::Poll, ByteOrder::Abcd);
    let is_ack = |memory: &Memory| memory.controls().has(Control::InspectionResultsAck);
    memory.show(&valid());
    memory.write_words(0, &[0; 168]).expect("there");
    assert!(
        !is_ack(&memory),
        "a PLC that was restarted acknowledges nothing"
    );
    memory.write_words(1, &[0xAB, 0xCC]).expect("there");
    assert!(!is_ack(&memory), "that is the part before");
    memory.write_words(1, &[0xAB, 0xCD]).expect("there");
    assert!(is_ack(&memory));
    memory.show(&Status::default());
    memory.look_again();
    assert!(!is_ack(&memory));
}
