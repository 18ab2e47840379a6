//! What both sides of a handshake have set, with the last edges of each bit, and who waits for what.

use super::Edge;
use super::shared::{Edges, Moment};
use crate::station::handshake::{Awaited, Waiting};
use crate::station::time::Instant;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// Bits of one side.
pub const BITS: usize = 32;

/// The numbers beside the bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HandshakeNumbers {
    /// Number of the part whose trigger was taken last, its low 16 bits.
    pub acquisition_id: u16,
    /// Number of the part whose result is valid, its low 16 bits.
    pub inspection_id: u16,
    /// What went wrong last; 0 for nothing.
    pub error_code: u16,
    /// The job that the PLC chose; 0 for none.
    pub current_job: u16,
    /// As the PLC counts.
    pub plc_heartbeat: u16,
    /// As the station counts.
    pub heartbeat: u16,
}

/// Everything that is shown of a handshake at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeState {
    /// Bits of the PLC, by their place: whether they are on, and their last edges.
    pub plc: Vec<BitState>,
    /// Bits of the station.
    pub station: Vec<BitState>,
    /// The numbers beside them.
    pub numbers: HandshakeNumbers,
    /// About the next trigger, and since when.
    pub trigger: Option<(Awaited, Instant)>,
    /// About results, and since when; `None` where nobody waits.
    pub result: Option<(Awaited, Instant)>,
    /// When the PLC's heartbeat changed last.
    pub plc_beat_at: Option<Instant>,
}

/// A bit of a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BitState {
    /// Its place in the block.
    pub place: u8,
    /// Whether it is on.
    pub is_on: bool,
    /// How often it changed.
    pub changes: u64,
    /// Its last edges, in the order of time.
    pub edges: Vec<Edge>,
}

#[derive(Debug, Default)]
struct Side {
    bits: AtomicU32,
    /// Those that its map has.
    known: AtomicU32,
    edges: [Edges; BITS],
}

impl Side {
    fn show(&self, bits: u32, now: Instant) {
        let changed = self.bits.swap(bits, Ordering::Relaxed) ^ bits;
        let mut left = changed;
        while left != 0 {
            let place = left.trailing_zeros();
            left &= left - 1;
            self.edges[place as usize].push(bits >> place & 1 == 1, now);
        }
    }

    fn read(&self) -> Vec<BitState> {
        let bits = self.bits.load(Ordering::Relaxed);
        let known = self.known.load(Ordering::Relaxed);
        let places = (0..BITS as u8).filter(|place| known >> place & 1 == 1);
        let bit = |place: u8| {
            let (changes, edges) = self.edges[usize::from(place)].read();
            BitState {
                place,
                is_on: bits >> place & 1 == 1,
                changes,
                edges,
            }
        };
        places.map(bit).collect()
    }
}

/// What is awaited and since when: the place in [`Awaited::ALL`] from 1, above 48 bits of microseconds.
#[derive(Debug, Default)]
struct Wait(AtomicU64);

impl Wait {
    fn set(&self, awaited: Option<Awaited>, now: Instant) {
        let number = awaited.map_or(0, |awaited| awaited as u64 + 1);
        if self.0.load(Ordering::Relaxed) >> 48 != number {
            let us = now.0.as_micros() as u64 & ((1 << 48) - 1);
            self.0.store(number << 48 | us, Ordering::Relaxed);
        }
    }

    fn get(&self) -> Option<(Awaited, Instant)> {
        let held = self.0.load(Ordering::Relaxed);
        let at = (held >> 48).checked_sub(1)?;
        let awaited = *Awaited::ALL.get(at as usize)?;
        let since = Duration::from_micros(held & ((1 << 48) - 1));
        Some((awaited, Instant(since)))
    }
}

/// The handshake of one device, for a page and a command that show it live. Written by the thread of the device.
#[derive(Debug, Default)]
pub struct HandshakeBoard {
    plc: Side,
    station: Side,
    numbers: [AtomicU32; 3],
    trigger: Wait,
    result: Wait,
    plc_beat_at: Moment,
}

impl HandshakeBoard {
    /// Which bits there are, of the PLC and of the station: set once, by the device.
    pub fn set_known(&self, plc: u32, station: u32) {
        self.plc.known.store(plc, Ordering::Relaxed);
        self.station.known.store(station, Ordering::Relaxed);
    }

    /// What is so now.
    pub fn show(
        &self,
        [plc, station]: [u32; 2],
        numbers: HandshakeNumbers,
        waiting: Waiting,
        now: Instant,
    ) {
        self.plc.show(plc, now);
        self.station.show(station, now);
        let pair = |high: u16, low: u16| u32::from(high) << 16 | u32::from(low);
        let beats = pair(numbers.plc_heartbeat, numbers.heartbeat);
        let all = [
            pair(numbers.acquisition_id, numbers.inspection_id),
            pair(numbers.error_code, numbers.current_job),
        ];
        for (held, now) in self.numbers.iter().zip(all) {
            held.store(now, Ordering::Relaxed);
        }
        let before = self.numbers[2].swap(beats, Ordering::Relaxed);
        if before >> 16 != beats >> 16 {
            self.plc_beat_at.set(now);
        }
        self.trigger.set(Some(waiting.trigger), now);
        self.result.set(waiting.result, now);
    }

    /// Everything. What changes meanwhile may be seen in part.
    pub fn read(&self) -> HandshakeState {
        let [ids, codes, beats] =
            [0, 1, 2].map(|at: usize| self.numbers[at].load(Ordering::Relaxed));
        HandshakeState {
            plc: self.plc.read(),
            station: self.station.read(),
            numbers: HandshakeNumbers {
                acquisition_id: (ids >> 16) as u16,
                inspection_id: ids as u16,
                error_code: (codes >> 16) as u16,
                current_job: codes as u16,
                plc_heartbeat: (beats >> 16) as u16,
                heartbeat: beats as u16,
            },
            trigger: self.trigger.get(),
            result: self.result.get(),
            plc_beat_at: self.plc_beat_at.get(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bit_keeps_its_own_edges_and_a_wait_its_beginning() {
        let board = HandshakeBoard::default();
        board.set_known(0b11, 0b1);
        let numbers = |plc_heartbeat| HandshakeNumbers {
            acquisition_id: 7,
            error_code: 3,
            plc_heartbeat,
            ..HandshakeNumbers::default()
        };
        let waiting = |trigger| Waiting {
            trigger,
            result: None,
        };
        let at = Instant::from_millis;
        board.show([0b01, 0b1], numbers(0), waiting(Awaited::Trigger), at(5));
        board.show([0b11, 0b1], numbers(1), waiting(Awaited::Trigger), at(6));
        board.show([0b10, 0b1], numbers(1), waiting(Awaited::TriggerOff), at(7));
        let state = board.read();
        assert_eq!(state.plc.len(), 2);
        let edges: Vec<_> = state.plc[0]
            .edges
            .iter()
            .map(|edge| (edge.at, edge.is_on))
            .collect();
        assert_eq!(edges, [(at(5), true), (at(7), false)]);
        assert_eq!((state.plc[1].is_on, state.plc[1].changes), (true, 1));
        assert_eq!(state.station[0].changes, 1);
        assert_eq!(state.numbers, numbers(1));
        assert_eq!(state.trigger, Some((Awaited::TriggerOff, at(7))));
        assert_eq!((state.result, state.plc_beat_at), (None, Some(at(6))));
    }
}
