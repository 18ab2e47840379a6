//! What every input and output of the line is, and its last edges, for a page and a command that show them live. Each
//! signal is written by the thread of its device, which never waits: nothing here is locked but a text, and that only where
//! nobody reads it at that moment.

use crate::station::time::Instant;
use arrayvec::ArrayString;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Edges that are remembered of each signal.
pub const EDGES: usize = 32;
/// The longest text that is shown of a signal, in bytes.
pub const SHOWN_BYTES_MAX: usize = 128;

/// Which signal it is, in the words of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalName {
    /// Index of its device.
    pub device: u8,
    /// In the device's own notation.
    pub address: String,
    /// What it is to the station.
    pub meaning: String,
    /// Whether the station sets it.
    pub is_output: bool,
}

/// One change of a bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// When, to the microsecond.
    pub at: Instant,
    /// What it is since then.
    pub is_on: bool,
}

/// What a signal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignalValue {
    /// Its device does not answer, or has not yet.
    Unknown,
    /// On or off, as the station understands it: inverted where the settings say so.
    Bit(bool),
    /// A number, as the device has it.
    Number(u32),
    /// A text, as the device has it.
    Text(String),
}

/// A signal at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalState {
    /// Which one it is.
    pub name: SignalName,
    /// What it is.
    pub value: SignalValue,
    /// Its last edges in the order of time, where it is a bit.
    pub edges: Vec<Edge>,
}

/// A device at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceState {
    /// As in the settings.
    pub name: String,
    /// As in the settings.
    pub kind: &'static str,
    /// Whether it answers.
    pub is_connected: bool,
    /// Whether its outputs may accept parts: it has proved that they are safe when the station dies, or need not.
    pub is_armed: bool,
}

const UNKNOWN: u64 = 0;
const BIT: u64 = 1 << 32;
const NUMBER: u64 = 2 << 32;
const TEXT: u64 = 3 << 32;

struct Signal {
    name: SignalName,
    /// What kind of value, and 32 bits of it.
    value: AtomicU64,
    text: Mutex<ArrayString<SHOWN_BYTES_MAX>>,
    /// Microseconds × 2, plus 1 where it turned on; 0 where there was none.
    edges: [AtomicU64; EDGES],
    count: AtomicU64,
}

struct DeviceEntry {
    name: String,
    kind: &'static str,
    is_connected: AtomicBool,
    is_armed: AtomicBool,
}

/// Every device and signal of a station.
pub struct SignalBoard {
    devices: Vec<DeviceEntry>,
    signals: Vec<Signal>,
}

impl SignalBoard {
    /// Devices by name and kind, and signals; both are known by their index from then on.
    pub fn new(devices: Vec<(String, &'static str)>, signals: Vec<SignalName>) -> Self {
        let device = |(name, kind)| DeviceEntry {
            name,
            kind,
            is_connected: AtomicBool::new(false),
            is_armed: AtomicBool::new(false),
        };
        let signal = |name| Signal {
            name,
            value: AtomicU64::new(UNKNOWN),
            text: Mutex::default(),
            edges: std::array::from_fn(|_| AtomicU64::new(0)),
            count: AtomicU64::new(0),
        };
        Self {
            devices: devices.into_iter().map(device).collect(),
            signals: signals.into_iter().map(signal).collect(),
        }
    }

    /// The device answers, or no more.
    pub fn set_connected(&self, device: u8, is_connected: bool) {
        if let Some(device) = self.devices.get(usize::from(device)) {
            device.is_connected.store(is_connected, Ordering::Relaxed);
        }
    }

    /// Its outputs may accept parts, or no more.
    pub fn set_armed(&self, device: u8, is_armed: bool) {
        if let Some(device) = self.devices.get(usize::from(device)) {
            device.is_armed.store(is_armed, Ordering::Relaxed);
        }
    }

    /// A bit is this since then. Where it was the other, that is an edge.
    pub fn set_bit(&self, signal: usize, is_on: bool, at: Instant) {
        let Some(signal) = self.signals.get(signal) else {
            return;
        };
        let value = BIT | u64::from(is_on);
        let before = signal.value.swap(value, Ordering::Relaxed);
        if before == value || before == UNKNOWN {
            return;
        }
        let at_us = u64::try_from(at.0.as_micros()).unwrap_or(0);
        let count = signal.count.load(Ordering::Relaxed);
        let edge = &signal.edges[count as usize % EDGES];
        edge.store(at_us << 1 | u64::from(is_on), Ordering::Relaxed);
        signal.count.store(count + 1, Ordering::Release);
    }

    /// A number is this now.
    pub fn set_number(&self, signal: usize, number: u32) {
        if let Some(signal) = self.signals.get(signal) {
            signal
                .value
                .store(NUMBER | u64::from(number), Ordering::Relaxed);
        }
    }

    /// A text is this now, cut where it is longer than shown.
    pub fn set_text(&self, signal: usize, text: &str) {
        let Some(signal) = self.signals.get(signal) else {
            return;
        };
        if let Ok(mut shown) = signal.text.try_lock() {
            let end = text.floor_char_boundary(SHOWN_BYTES_MAX);
            shown.clear();
            shown.push_str(&text[..end]);
        }
        signal.value.store(TEXT, Ordering::Relaxed);
    }

    /// Nobody knows what this is any more.
    pub fn forget(&self, signal: usize) {
        if let Some(signal) = self.signals.get(signal) {
            signal.value.store(UNKNOWN, Ordering::Relaxed);
        }
    }

    /// Every device, in the order of the settings.
    pub fn devices(&self) -> Vec<DeviceState> {
        let state = |device: &DeviceEntry| DeviceState {
            name: device.name.clone(),
            kind: device.kind,
            is_connected: device.is_connected.load(Ordering::Relaxed),
            is_armed: device.is_armed.load(Ordering::Relaxed),
        };
        self.devices.iter().map(state).collect()
    }

    /// Every signal: inputs, then outputs, in the order of the settings. A signal that changes meanwhile may show an
    /// edge more or less.
    pub fn signals(&self) -> Vec<SignalState> {
        self.signals.iter().map(Signal::state).collect()
    }
}

impl Signal {
    fn state(&self) -> SignalState {
        let value = self.value.load(Ordering::Relaxed);
        let low = value as u32;
        let value = match value & !u64::from(u32::MAX) {
            BIT => SignalValue::Bit(low == 1),
            NUMBER => SignalValue::Number(low),
            TEXT => match self.text.lock() {
                Ok(text) => SignalValue::Text(text.to_string()),
                Err(_) => SignalValue::Unknown,
            },
            _ => SignalValue::Unknown,
        };
        let count = self.count.load(Ordering::Acquire);
        let first = count.saturating_sub(EDGES as u64);
        let edge = |at: u64| {
            let edge = self.edges[at as usize % EDGES].load(Ordering::Relaxed);
            Edge {
                at: Instant(Duration::from_micros(edge >> 1)),
                is_on: edge & 1 == 1,
            }
        };
        let mut edges: Vec<Edge> = (first..count).map(edge).collect();
        edges.sort_by_key(|edge| edge.at);
        SignalState {
            name: self.name.clone(),
            value,
            edges,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board() -> SignalBoard {
        let name = |address: &str, is_output| SignalName {
            device: 0,
            address: address.to_owned(),
            meaning: "trigger".to_owned(),
            is_output,
        };
        SignalBoard::new(
            vec![("io".to_owned(), "modbus")],
            vec![name("discrete:0", false), name("coil:0", true)],
        )
    }

    #[test]
    fn the_last_edges_are_remembered_and_a_first_value_is_none() {
        let board = board();
        assert_eq!(board.signals()[0].value, SignalValue::Unknown);
        for ms in 0..100 {
            board.set_bit(0, ms % 2 == 1, Instant::from_millis(ms));
            board.set_bit(0, ms % 2 == 1, Instant::from_millis(ms));
        }
        let signal = &board.signals()[0];
        assert_eq!(signal.value, SignalValue::Bit(true));
        assert_eq!(signal.edges.len(), EDGES);
        let expected = Edge {
            at: Instant::from_millis(99),
            is_on: true,
        };
        assert_eq!(signal.edges.last(), Some(&expected));
        assert_eq!(signal.edges[0].at, Instant::from_millis(68));
        board.forget(0);
        board.set_bit(0, false, Instant::from_millis(200));
        let signal = &board.signals()[0];
        assert_eq!(
            signal.edges.last(),
            Some(&expected),
            "what was not seen is no edge"
        );
        assert_eq!(board.signals()[1].value, SignalValue::Unknown);
    }

    #[test]
    fn numbers_and_texts_are_shown_as_they_are() {
        let board = board();
        board.set_number(0, u32::MAX);
        assert_eq!(board.signals()[0].value, SignalValue::Number(u32::MAX));
        let long = "件".repeat(50);
        board.set_text(0, &long);
        assert_eq!(board.signals()[0].value, SignalValue::Text("件".repeat(42)));
        board.set_connected(0, true);
        assert!(board.devices()[0].is_connected && !board.devices()[0].is_armed);
    }
}
