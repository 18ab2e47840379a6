//! Where each signal of the handshake stands in a PLC's addresses. One table per preset; adapters, tag files and docs are
//! made of it. Addresses count from 0, as on the wire.

mod field;
mod memory;
mod presets;
pub mod tags;

pub use self::field::{Field, Kind, Side};
pub use self::memory::{Memory, OutOfMap};
use super::signals::{Control, Flag};
use serde::Deserialize;

/// Number of the map, in its own register: a PLC program checks it. Raised with every change of an address or a meaning.
pub const MAP_VERSION: u16 = 1;
/// What the test word holds; seen as 0x3412, bytes are swapped.
pub const TEST_WORD: u16 = 0x1234;
/// What the test number holds.
pub const TEST_FLOAT: f32 = 1.0;
/// Where the station's bits stand among the coils, for PLCs that can read no discrete inputs.
pub const COILS_OF_STATION: u16 = 100;

/// Which of the maps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Blocks of Cognex In-Sight's Modbus TCP server.
    #[default]
    Insight,
    /// A few bits.
    Simple,
    /// Registers of a PLC that the station polls.
    Poll,
}

impl Preset {
    /// All of them, in the order of the docs.
    pub const ALL: [Preset; 3] = [Preset::Insight, Preset::Simple, Preset::Poll];

    /// As in the settings.
    pub const fn name(self) -> &'static str {
        match self {
            Preset::Insight => "insight",
            Preset::Simple => "simple",
            Preset::Poll => "poll",
        }
    }

    /// Its table of addresses.
    pub const fn map(self) -> &'static Map {
        match self {
            Preset::Insight => &presets::INSIGHT,
            Preset::Simple => &presets::SIMPLE,
            Preset::Poll => &presets::POLL,
        }
    }
}

/// In which order bytes travel: that of the four bytes of a 32-bit number whose highest is a.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ByteOrder {
    /// As the standard has it.
    #[default]
    Abcd,
    /// The low word first.
    Cdab,
    /// Both bytes of every register swapped.
    Badc,
    /// The low word first, and both bytes of every register swapped.
    Dcba,
}

impl ByteOrder {
    /// One register as it travels.
    pub const fn word(self, word: u16) -> u16 {
        match self {
            ByteOrder::Abcd | ByteOrder::Cdab => word,
            ByteOrder::Badc | ByteOrder::Dcba => word.swap_bytes(),
        }
    }

    /// The two registers of a 32-bit number as they travel.
    pub const fn pair(self, number: u32) -> [u16; 2] {
        let (high, low) = ((number >> 16) as u16, number as u16);
        match self {
            ByteOrder::Abcd | ByteOrder::Badc => [self.word(high), self.word(low)],
            ByteOrder::Cdab | ByteOrder::Dcba => [self.word(low), self.word(high)],
        }
    }
}

/// A bit with an address of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bit {
    /// Of the PLC's control block, or of the station's status block, by its place there.
    Block(u8),
    /// The lowest bit of the heartbeat.
    Heartbeat,
    /// The result is to reject the part; only with `ResultsValid`.
    Reject,
}

/// The addresses of one preset.
#[derive(Debug)]
pub struct Map {
    /// Words that the PLC sets, and where they begin.
    pub plc: &'static [(u16, Field)],
    /// Words that the station sets, and where they begin.
    pub station: &'static [(u16, Field)],
    /// Bits that the PLC sets.
    pub plc_bits: &'static [(u16, Bit)],
    /// Bits that the station sets.
    pub station_bits: &'static [(u16, Bit)],
    /// Control bits that are always on.
    pub implied: u32,
    /// Registers of the PLC's part, from 0.
    pub plc_words: u16,
    /// The first register of the station's part.
    pub station_from: u16,
    /// Registers of the station's part.
    pub station_words: u16,
}

impl Map {
    /// Bits of the PLC and of the station that mean something here: all of a block, else those with an address or a word
    /// of their own.
    pub fn bits(&self) -> [u32; 2] {
        let block = |bits: &[(u16, Bit)]| {
            let places = bits.iter().filter_map(|(_, bit)| match bit {
                Bit::Block(place) => Some(1 << place),
                Bit::Heartbeat | Bit::Reject => None,
            });
            places.fold(0, |all: u32, bit| all | bit)
        };
        let by_word = [
            (Field::TriggerWord, Control::Trigger),
            (Field::AckWord, Control::InspectionResultsAck),
            (Field::JobWord, Control::ExecuteCommand),
        ];
        let words = by_word
            .iter()
            .filter(|(field, _)| self.find(*field).is_some());
        let words = words.fold(0, |all, (_, control)| all | control.mask());
        let all = |listed: u32, field, every: &[u32]| match self.find(field) {
            Some(_) => every.iter().fold(0, |all, bit| all | bit),
            None => listed,
        };
        let controls: Vec<u32> = Control::ALL.iter().map(|bit| bit.mask()).collect();
        let flags: Vec<u32> = Flag::ALL.iter().map(|bit| bit.mask()).collect();
        [
            all(block(self.plc_bits) | words, Field::ControlBlock, &controls),
            all(block(self.station_bits), Field::StatusBlock, &flags),
        ]
    }

    /// Where a field stands; `None` where this preset has none.
    pub fn find(&self, field: Field) -> Option<u16> {
        let mut all = self.plc.iter().chain(self.station);
        all.find(|(_, found)| *found == field)
            .map(|(from, _)| *from)
    }
}
