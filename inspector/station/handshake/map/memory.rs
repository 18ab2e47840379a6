//! The registers and bits of one preset: what the PLC has set becomes [`Controls`], and [`Status`] what it reads.

use super::super::signals::{Control, Controls, Flag, ResultWords, Status};
use super::{Bit, ByteOrder, COILS_OF_STATION, Field, Kind, MAP_VERSION, Map, Preset};
use super::{TEST_FLOAT, TEST_WORD};

/// There is nothing at this address, or nothing that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMap;

/// Registers are kept as they travel.
#[derive(Clone, Debug)]
pub struct Memory {
    preset: Preset,
    order: ByteOrder,
    plc: Box<[u16]>,
    station: Box<[u16]>,
    controls: Controls,
    status_bits: u32,
    heartbeat: u16,
    is_reject: bool,
    /// What `poll` compares the PLC's acknowledgement and job with.
    shown: (ResultWords, u16),
}

impl Memory {
    /// All zero but for what is constant.
    pub fn new(preset: Preset, order: ByteOrder) -> Self {
        let map = preset.map();
        let mut memory = Self {
            preset,
            order,
            plc: vec![0; usize::from(map.plc_words)].into_boxed_slice(),
            station: vec![0; usize::from(map.station_words)].into_boxed_slice(),
            controls: Controls {
                is_id_at_trigger: preset == Preset::Poll,
                ..Controls::default()
            },
            status_bits: 0,
            heartbeat: 0,
            is_reject: false,
            shown: (ResultWords::default(), 0),
        };
        memory.show(&Status::default());
        memory.read_controls();
        memory
    }

    fn map(&self) -> &'static Map {
        self.preset.map()
    }

    /// What the PLC has set.
    pub const fn controls(&self) -> &Controls {
        &self.controls
    }

    /// What the PLC has set counts no more: it is as before its first write.
    pub fn forget_controls(&mut self) {
        self.plc.fill(0);
        self.controls.bits = 0;
        self.controls.heartbeat = 0;
        self.read_controls();
    }

    /// The station's registers in their order.
    pub fn station_words(&self) -> &[u16] {
        &self.station
    }

    /// A holding register, the PLC's or the station's.
    ///
    /// # Errors
    /// Where there is none.
    pub fn holding(&self, at: u16) -> Result<u16, OutOfMap> {
        match self.plc.get(usize::from(at)) {
            Some(word) => Ok(*word),
            None => self.input(at),
        }
    }

    /// An input register: the station's.
    ///
    /// # Errors
    /// Where there is none.
    pub fn input(&self, at: u16) -> Result<u16, OutOfMap> {
        let at = at.checked_sub(self.map().station_from).ok_or(OutOfMap)?;
        self.station.get(usize::from(at)).copied().ok_or(OutOfMap)
    }

    /// A discrete input: the station's.
    ///
    /// # Errors
    /// Where there is none.
    pub fn discrete(&self, at: u16) -> Result<bool, OutOfMap> {
        let bits = self.map().station_bits;
        let (_, bit) = bits.iter().find(|(from, _)| *from == at).ok_or(OutOfMap)?;
        Ok(match bit {
            Bit::Block(place) => self.status_bits >> place & 1 == 1,
            Bit::Heartbeat => self.heartbeat & 1 == 1,
            Bit::Reject => self.is_reject,
        })
    }

    /// A coil: the PLC's, or the station's behind [`COILS_OF_STATION`].
    ///
    /// # Errors
    /// Where there is none.
    pub fn coil(&self, at: u16) -> Result<bool, OutOfMap> {
        if let Some(at) = at.checked_sub(COILS_OF_STATION) {
            return self.discrete(at);
        }
        match self.plc_bit(at)? {
            Bit::Block(place) => Ok(self.controls.bits >> place & 1 == 1),
            Bit::Heartbeat | Bit::Reject => Ok(self.controls.heartbeat & 1 == 1),
        }
    }

    fn plc_bit(&self, at: u16) -> Result<Bit, OutOfMap> {
        let bits = self.map().plc_bits;
        let found = bits.iter().find(|(from, _)| *from == at);
        found.map(|(_, bit)| *bit).ok_or(OutOfMap)
    }

    /// Writes coils, all or none. `is_on` says what each is to be, from 0.
    ///
    /// # Errors
    /// Where one is not there, or is the station's.
    pub fn write_coils(
        &mut self,
        from: u16,
        count: u16,
        is_on: impl Fn(u16) -> bool,
    ) -> Result<(), OutOfMap> {
        for at in 0..count {
            self.plc_bit(from.checked_add(at).ok_or(OutOfMap)?)?;
        }
        for at in 0..count {
            let is_on = is_on(at);
            match self.plc_bit(from + at)? {
                Bit::Block(place) => {
                    let mask = 1 << place;
                    self.controls.bits = match is_on {
                        true => self.controls.bits | mask,
                        false => self.controls.bits & !mask,
                    };
                }
                Bit::Heartbeat | Bit::Reject => self.controls.heartbeat = u16::from(is_on),
            }
        }
        self.controls.bits |= self.map().implied;
        // The same bits stand in registers.
        if let Some(at) = self.map().find(Field::ControlBlock) {
            let [low, high] = self.block(self.controls.bits);
            self.plc[usize::from(at)] = low;
            self.plc[usize::from(at) + 1] = high;
        }
        Ok(())
    }

    /// Writes holding registers, all or none, each two bytes, high byte first.
    ///
    /// # Errors
    /// Where one is not there, or is the station's.
    pub fn write_words(&mut self, from: u16, bytes: &[u8]) -> Result<(), OutOfMap> {
        let from = usize::from(from);
        let into = self.plc.get_mut(from..from + bytes.len() / 2);
        let words = bytes.chunks_exact(2);
        for (into, word) in into.ok_or(OutOfMap)?.iter_mut().zip(words) {
            *into = u16::from_be_bytes([word[0], word[1]]);
        }
        self.read_controls();
        Ok(())
    }

    fn block(&self, bits: u32) -> [u16; 2] {
        [
            self.order.word(bits as u16),
            self.order.word((bits >> 16) as u16),
        ]
    }

    fn read_controls(&mut self) {
        let mut controls = std::mem::take(&mut self.controls);
        let poll = self.preset == Preset::Poll;
        if poll {
            controls.bits = 0;
        }
        for (from, field) in self.map().plc {
            let at = usize::from(*from);
            let word = self.order.word(self.plc[at]);
            let text = |into: &mut [u8]| {
                for (pair, word) in into.chunks_exact_mut(2).zip(&self.plc[at..]) {
                    pair.copy_from_slice(&self.order.word(*word).to_be_bytes());
                }
            };
            let mut set = |bit: Control, is_on| {
                controls.bits |= if is_on { bit.mask() } else { 0 };
            };
            match field {
                Field::ControlBlock => {
                    let high = self.order.word(self.plc[at + 1]);
                    controls.bits = u32::from(word) | u32::from(high) << 16;
                }
                Field::Command => controls.command = word,
                Field::UserDataPart => controls.user_data_part = word,
                Field::PLCHeartbeat => controls.heartbeat = word,
                Field::StringCommandLength => controls.string_bytes = word,
                Field::UserPartID => text(&mut controls.part_id),
                Field::UserStyle => text(&mut controls.style),
                Field::StringCommand => text(&mut controls.string),
                Field::TriggerWord => set(Control::Trigger, word != 0),
                Field::AckWord => {
                    let (result, _) = &self.shown;
                    let is_ack = result.code != 0 && word == result.inspection_id;
                    set(Control::InspectionResultsAck, is_ack);
                }
                Field::JobWord => {
                    set(Control::ExecuteCommand, word != 0 && word != self.shown.1);
                    controls.command = word;
                }
                _ => {}
            }
        }
        controls.bits |= self.map().implied;
        controls.is_id_at_trigger = poll;
        self.controls = controls;
    }

    /// Puts down what the PLC is to see.
    pub fn show(&mut self, status: &Status) {
        self.status_bits = status.bits;
        self.heartbeat = status.heartbeat;
        self.is_reject = status.has(Flag::ResultsValid) && !status.result.is_accept();
        self.shown = (status.result, status.current_job);
        let map = self.map();
        for (from, field) in map.station {
            let at = usize::from(from - map.station_from);
            let end = at + usize::from(field.kind().words());
            let into = &mut self.station[at..end];
            put(into, *field, status, self.order);
        }
    }

    /// Looks again at what the PLC has set, where that depends on what it was shown.
    pub fn look_again(&mut self) {
        self.read_controls();
    }
}

fn put(into: &mut [u16], field: Field, status: &Status, order: ByteOrder) {
    let result = &status.result;
    let text = |text: Option<&str>, into: &mut [u16]| {
        let mut bytes = text.unwrap_or_default().bytes();
        for word in into {
            let pair = [bytes.next().unwrap_or(0), bytes.next().unwrap_or(0)];
            *word = order.word(u16::from_be_bytes(pair));
        }
    };
    let number = match field {
        Field::StatusBlock => {
            into[0] = order.word(status.bits as u16);
            into[1] = order.word((status.bits >> 16) as u16);
            return;
        }
        Field::PartID => return text(result.part_id.as_ref().map(|it| it.as_str()), into),
        Field::Style => return text(result.style.as_ref().map(|it| it.as_str()), into),
        Field::StringResult => return text(Some(&status.string_answer), into),
        Field::Score => result.score.to_bits(),
        Field::TestFloat => TEST_FLOAT.to_bits(),
        Field::PartNumber => result.part_no,
        Field::CurrentJobID => u32::from(status.current_job),
        Field::ErrorCode => u32::from(status.error_code),
        Field::AcquisitionID => u32::from(status.acquisition_id),
        Field::InspectionID => u32::from(result.inspection_id),
        Field::InspectionResultCode => u32::from(result.code),
        Field::Disposition => u32::from(result.disposition),
        Field::Lane => u32::from(result.lane),
        Field::Class => u32::from(result.class),
        Field::Cause => u32::from(result.cause),
        Field::ActWithinMs => u32::from(result.act_within_ms),
        Field::Heartbeat => u32::from(status.heartbeat),
        Field::MapVersion => u32::from(MAP_VERSION),
        Field::TestWord => u32::from(TEST_WORD),
        Field::StringResultCode => u32::from(status.string_code),
        Field::StringResultLength => status.string_answer.len() as u32,
        _ => return,
    };
    match field.kind() {
        Kind::U16 => into[0] = order.word(number as u16),
        _ => into.copy_from_slice(&order.pair(number)),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
