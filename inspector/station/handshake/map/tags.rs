//! The map as files that programs for PLCs import, and as tables for people. All of the same tables as the adapters.

use super::super::error;
use super::super::signals::{Control, Flag, SOFT_EVENTS_AT, cause_number};
use super::super::{OfflineReason, RESULTS_MAX};
use super::{Bit, COILS_OF_STATION, Field, Kind, Preset, Side};
use crate::station::verdict::Cause;
use std::fmt::Write as _;

/// One signal with its address.
struct Tag {
    name: String,
    side: Side,
    /// Register, or coil or discrete input.
    address: u16,
    /// Of a bit within two registers.
    bit: Option<u8>,
    /// `None` for a bit with an address of its own.
    kind: Option<Kind>,
    explained: &'static str,
}

/// Name and meaning of a bit in the control or status block.
fn block_bit(side: Side, place: u8) -> Option<(String, &'static str)> {
    let place_of_event = u32::from(place).checked_sub(SOFT_EVENTS_AT);
    match (side, place_of_event) {
        (Side::Plc, Some(event)) => Some((format!("SoftEvent{event}"), "A soft event of the PLC.")),
        (Side::Station, Some(event)) => {
            Some((format!("SoftEventAck{event}"), "The soft event was seen."))
        }
        (Side::Plc, None) => {
            let mut all = Control::ALL.iter();
            let bit = all.find(|bit| **bit as u8 == place)?;
            Some((bit.name().to_owned(), bit.explained()))
        }
        (Side::Station, None) => {
            let flag = Flag::ALL.iter().find(|flag| **flag as u8 == place)?;
            Some((flag.name().to_owned(), flag.explained()))
        }
    }
}

fn bit(side: Side, bit: Bit) -> Option<(String, &'static str)> {
    match (bit, side) {
        (Bit::Block(place), _) => block_bit(side, place),
        (Bit::Heartbeat, Side::Plc) => Some((
            Field::PLCHeartbeat.name().to_owned(),
            Field::PLCHeartbeat.explained(),
        )),
        (Bit::Heartbeat, Side::Station) => Some((
            "HeartbeatBit".to_owned(),
            "Changes while the station decides.",
        )),
        (Bit::Reject, _) => Some((
            "JobFail".to_owned(),
            "The result is to reject the part; only with ResultsValid.",
        )),
    }
}

/// Every word, with the bits of its block behind it, then every bit with an address of its own that no block has.
fn tags(preset: Preset) -> Vec<Tag> {
    let map = preset.map();
    let mut all = Vec::new();
    for (address, field) in map.plc.iter().chain(map.station) {
        let side = field.side();
        all.push(Tag {
            name: field.name().to_owned(),
            side,
            address: *address,
            bit: None,
            kind: Some(field.kind()),
            explained: field.explained(),
        });
        if field.kind() == Kind::Bits {
            let bits = (0..32).filter_map(|at| Some((at, block_bit(side, at)?)));
            all.extend(bits.map(|(place, (name, explained))| Tag {
                name,
                side,
                address: address + u16::from(place / 16),
                bit: Some(place % 16),
                kind: None,
                explained,
            }));
        }
    }
    if preset == Preset::Simple {
        for (side, bits) in [(Side::Plc, map.plc_bits), (Side::Station, map.station_bits)] {
            all.extend(bits.iter().filter_map(|(address, found)| {
                let (name, explained) = bit(side, *found)?;
                Some(Tag {
                    name,
                    side,
                    address: *address,
                    bit: None,
                    kind: None,
                    explained,
                })
            }));
        }
    }
    all
}

/// What a file of tags is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Addresses on the wire, for whoever writes the PLC's side by hand.
    Csv,
    /// Global labels of GX Works (Mitsubishi): D and M devices from the base on.
    Gxworks,
    /// A tag table of TIA Portal (Siemens): bit memory from the base on.
    Tia,
    /// Tables for people, in Markdown.
    Markdown,
}

impl Format {
    /// Where tags begin unless that is said.
    pub const BASE: u16 = 1000;
}

/// The file. `base` is where the PLC keeps its copy of the map: D or M device, or byte of bit memory.
pub fn file(preset: Preset, format: Format, base: u16) -> String {
    match format {
        Format::Csv => csv(preset),
        Format::Gxworks => gxworks(preset, u32::from(base)),
        Format::Tia => tia(preset, u32::from(base)),
        Format::Markdown => markdown(preset),
    }
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Plc => "PLC",
        Side::Station => "station",
    }
}

/// The number that PLC programs often use for an address, which begins with the block and counts from 1.
fn numbered(preset: Preset, tag: &Tag) -> String {
    let number = u32::from(tag.address) + 1;
    let is_own_bit = tag.kind.is_none() && tag.bit.is_none();
    match (is_own_bit, tag.side, preset) {
        (true, Side::Plc, _) => format!("{number:05}"),
        (true, Side::Station, _) => format!("1{number:04}"),
        (false, Side::Plc, _) | (false, _, Preset::Poll) => format!("4{number:04}"),
        (false, Side::Station, _) => format!("3{number:04}"),
    }
}

fn csv(preset: Preset) -> String {
    let mut out =
        "name,set by,address from 0,usual number,bit,registers,type,meaning\r\n".to_owned();
    for tag in tags(preset) {
        let bit = tag.bit.map_or(String::new(), |bit| bit.to_string());
        let registers = tag.kind.map_or(0, Kind::words);
        let kind = tag.kind.map_or("bit".to_owned(), Kind::name);
        let _ = write!(
            out,
            "{},{},{},{},{bit},{registers},\"{kind}\",\"{}\"\r\n",
            tag.name,
            side(tag.side),
            tag.address,
            numbered(preset, &tag),
            tag.explained
        );
    }
    out
}

/// Where a tag stands in the PLC's copy of the map: the PLC's part, then the station's.
fn place(preset: Preset, tag: &Tag) -> u32 {
    let map = preset.map();
    match tag.side {
        Side::Plc => u32::from(tag.address),
        Side::Station => u32::from(map.plc_words + tag.address - map.station_from),
    }
}

/// Bits of their own: the PLC's from the base on, the station's 100 behind them, as among the coils.
fn own_bit(tag: &Tag) -> u32 {
    let behind = match tag.side {
        Side::Plc => 0,
        Side::Station => COILS_OF_STATION,
    };
    u32::from(tag.address + behind)
}

fn gxworks(preset: Preset, base: u32) -> String {
    let mut out =
        "\"Class\",\"Label Name\",\"Data Type\",\"Constant\",\"Device\",\"Address\",\"Comment\"\r\n".to_owned();
    for tag in tags(preset) {
        let at = base + place(preset, &tag);
        let (kind, device) = match (tag.kind, tag.bit) {
            (None, Some(bit)) => ("Bit".to_owned(), format!("D{at}.{bit:X}")),
            (None, None) => ("Bit".to_owned(), format!("M{}", base + own_bit(&tag))),
            (Some(Kind::U16), _) => (
                "Word [Unsigned]/Bit String [16-bit]".to_owned(),
                format!("D{at}"),
            ),
            (Some(Kind::Bits | Kind::U32), _) => (
                "Double Word [Unsigned]/Bit String [32-bit]".to_owned(),
                format!("D{at}"),
            ),
            (Some(Kind::F32), _) => ("FLOAT [Single Precision]".to_owned(), format!("D{at}")),
            (Some(Kind::Text(bytes)), _) => (format!("String({})", bytes - 1), format!("D{at}")),
        };
        let _ = write!(
            out,
            "\"VAR_GLOBAL\",\"INSP_{}\",\"{kind}\",\"\",\"{device}\",\"\",\"{}\"\r\n",
            tag.name, tag.explained
        );
    }
    out
}

/// Bytes of bit memory of which none is a word of the map.
const TIA_BITS_BEHIND: u32 = 1000;

fn tia(preset: Preset, base: u32) -> String {
    let mut out =
        "<?xml version='1.0' encoding='utf-8'?>\n<Tagtable name='inspector'>\n".to_owned();
    for tag in tags(preset) {
        let byte = base + 2 * place(preset, &tag);
        let (kind, address) = match (tag.kind, tag.bit) {
            // The high byte of a word comes first.
            (None, Some(bit)) => {
                let byte = byte + u32::from(bit < 8);
                ("Bool", format!("%M{byte}.{}", bit % 8))
            }
            (None, None) => {
                let at = own_bit(&tag);
                (
                    "Bool",
                    format!("%M{}.{}", base + TIA_BITS_BEHIND + at / 8, at % 8),
                )
            }
            (Some(Kind::U16), _) => ("Word", format!("%MW{byte}")),
            (Some(Kind::Bits | Kind::U32), _) => ("DWord", format!("%MD{byte}")),
            (Some(Kind::F32), _) => ("Real", format!("%MD{byte}")),
            // A tag of bit memory can be no text: it is where the text begins.
            (Some(Kind::Text(_)), _) => ("Byte", format!("%MB{byte}")),
        };
        let _ = writeln!(
            out,
            " <Tag type='{kind}' hmiVisible='True' hmiWriteable='False' hmiAccessible='True' retain='False' \
             remark='{}' addr='{address}'>INSP_{}</Tag>",
            tag.explained, tag.name
        );
    }
    out.push_str("</Tagtable>\n");
    out
}

fn markdown(preset: Preset) -> String {
    let mut out =
        "| address | usual number | name | set by | holds | meaning |\n|--:|--:|---|---|---|---|\n"
            .to_owned();
    for tag in tags(preset) {
        let bit = tag.bit.map_or(String::new(), |bit| format!(".{bit}"));
        let _ = writeln!(
            out,
            "| {}{bit} | {}{bit} | {} | {} | {} | {} |",
            tag.address,
            numbered(preset, &tag),
            tag.name,
            side(tag.side),
            tag.kind.map_or("bit".to_owned(), Kind::name),
            tag.explained
        );
    }
    out
}

/// The numbers of causes, errors and offline reasons, in Markdown.
pub fn numbers() -> String {
    let mut out = "| Cause | name |\n|--:|---|\n".to_owned();
    for cause in Cause::ALL {
        let _ = writeln!(out, "| {} | `{}` |", cause_number(cause), cause.name());
    }
    out.push_str("\n| ErrorCode | meaning |\n|--:|---|\n");
    for (code, explained) in error::ALL {
        let _ = writeln!(out, "| {code} | {explained} |");
    }
    out.push_str("\n| OfflineReason | meaning |\n|--:|---|\n");
    for (reason, explained) in OfflineReason::ALL {
        let _ = writeln!(out, "| {} | {explained} |", *reason as u8);
    }
    let _ = writeln!(out, "\nResults that wait at most: {RESULTS_MAX}.");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(text: &str, line: &str) {
        let found = text.lines().any(|it| it.trim() == line);
        assert!(found, "{line}\nis not in\n{text}");
    }

    #[test]
    fn tag_files_are_made_of_the_map() {
        let csv = file(Preset::Insight, Format::Csv, 0);
        has(
            &csv,
            "Trigger,PLC,0,40001,1,0,\"bit\",\"A part is at the camera. Held until TriggerAck or MissedAcq.\"",
        );
        has(
            &csv,
            "SetUserData,PLC,1,40002,0,0,\"bit\",\"Part ID and style stand in the user data. Held until SetUserDataAck.\"",
        );
        has(
            &csv,
            "InspectionID,station,1005,31006,,1,\"uint16\",\"Low 16 bits of the number of the part whose result this is.\"",
        );
        let simple = file(Preset::Simple, Format::Csv, 0);
        has(
            &simple,
            "Trigger,PLC,0,00001,,0,\"bit\",\"A part is at the camera. Held until TriggerAck or MissedAcq.\"",
        );
        has(
            &simple,
            "JobFail,station,3,10004,,0,\"bit\",\"The result is to reject the part; only with ResultsValid.\"",
        );

        let gx = file(Preset::Insight, Format::Gxworks, 1000);
        assert!(gx.starts_with("\"Class\",\"Label Name\",\"Data Type\",\"Constant\",\"Device\",\"Address\",\"Comment\"\r\n"));
        has(
            &gx,
            "\"VAR_GLOBAL\",\"INSP_ResultsValid\",\"Bit\",\"\",\"D1200.B\",\"\",\"The result of InspectionID stands in the words; else they hold none.\"",
        );
        has(
            &gx,
            "\"VAR_GLOBAL\",\"INSP_Score\",\"FLOAT [Single Precision]\",\"\",\"D1212\",\"\",\"0 (like good parts) to 1; -1 where no model ran in time.\"",
        );

        let tia = file(Preset::Insight, Format::Tia, 1000);
        has(
            &tia,
            "<Tag type='Bool' hmiVisible='True' hmiWriteable='False' hmiAccessible='True' retain='False' remark='The result of InspectionID stands in the words; else they hold none.' addr='%M1400.3'>INSP_ResultsValid</Tag>",
        );
        has(
            &tia,
            "<Tag type='Bool' hmiVisible='True' hmiWriteable='False' hmiAccessible='True' retain='False' remark='A trigger would be taken now.' addr='%M1401.0'>INSP_TriggerReady</Tag>",
        );
        assert!(tia.ends_with("</Tagtable>\n"));
    }

    #[test]
    fn names_are_unique_and_nothing_in_a_tag_file_needs_escaping() {
        for preset in Preset::ALL {
            let all = tags(preset);
            for (at, tag) in all.iter().enumerate() {
                let is_twice = all[..at].iter().any(|other| other.name == tag.name);
                assert!(!is_twice, "{preset:?}: {}", tag.name);
                assert!(
                    !tag.explained.contains(['"', '\'', '<', '>', '&', '|']),
                    "{}",
                    tag.name
                );
            }
        }
    }
}
