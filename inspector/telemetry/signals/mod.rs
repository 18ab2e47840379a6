//! What every device, input and output of the line is, and its last changes, for a page and a command that show them
//! live. Each is written by the thread of its device, which never waits: nothing here is locked.

mod handshake;
mod shared;

pub use self::handshake::{BitState, HandshakeBoard, HandshakeNumbers, HandshakeState};
use self::shared::{Edges, Moment, Rate, Text};
use crate::station::time::Instant;
use crate::telemetry::why_gone::{SharedWhy, WhyGone};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Edges that are remembered of each signal.
pub const EDGES: usize = 32;
/// The longest text that is shown of a signal, in bytes.
pub const SHOWN_BYTES_MAX: usize = 128;
/// The longest reason that is shown of a device, in bytes.
pub const REASON_BYTES_MAX: usize = 320;

/// A device, in the words of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceName {
    /// No other device has it.
    pub name: String,
    /// Which adapter talks to it.
    pub kind: &'static str,
    /// Whether it has a handshake of its own.
    pub has_handshake: bool,
}

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
    /// Where its numbers wrap; 0 for texts.
    pub bits: u8,
}

/// One change of a bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// When, to the microsecond.
    pub at: Instant,
    /// What it is since then.
    pub is_on: bool,
}

/// A time within which changes of an input may have come unseen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// When it was looked at before.
    pub since: Instant,
    /// When it was looked at again.
    pub until: Instant,
    /// How often that happened.
    pub times: u64,
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
#[derive(Clone, Debug, PartialEq)]
pub struct SignalState {
    /// Which one it is.
    pub name: SignalName,
    /// What it is.
    pub value: SignalValue,
    /// When it changed last; `None` where nobody saw it change.
    pub changed_at: Option<Instant>,
    /// How often it changed, where it is a bit.
    pub changes: u64,
    /// Its last edges in the order of time, where it is a bit.
    pub edges: Vec<Edge>,
    /// Between which times it was last looked at so rarely that a change may have come unseen, and how often that was.
    pub unseen: Option<Unseen>,
    /// How fast it counts a second, where it is a number and that is known.
    pub per_second: Option<f64>,
}

/// A device at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceState {
    /// Which one it is.
    pub name: DeviceName,
    /// Whether it answers.
    pub is_connected: bool,
    /// Since when it answers, or does not; `None` before it was tried.
    pub since: Option<Instant>,
    /// Why it did not answer last.
    pub why: WhyGone,
    /// What was found then; empty where it always did.
    pub reason: String,
    /// Whether its outputs may accept parts: it has proved that they are safe when the station dies, or need not.
    pub is_armed: bool,
    /// What it said last and when, where it is one that says texts; empty for a key without text.
    pub said: Option<(String, Instant)>,
    /// How often it said something.
    pub said_times: u64,
    /// Where it has a handshake.
    pub handshake: Option<HandshakeState>,
}

const UNKNOWN: u64 = 0;
const BIT: u64 = 1 << 32;
const NUMBER: u64 = 2 << 32;
const TEXT: u64 = 3 << 32;

#[derive(Debug)]
struct Signal {
    name: SignalName,
    /// What kind of value, and 32 bits of it.
    value: AtomicU64,
    changed_at: Moment,
    text: Text<{ SHOWN_BYTES_MAX / 8 }>,
    edges: Edges,
    unseen: [Moment; 2],
    unseen_times: AtomicU64,
    rate: Rate,
}

#[derive(Debug)]
struct DeviceEntry {
    name: DeviceName,
    is_connected: AtomicBool,
    is_armed: AtomicBool,
    since: Moment,
    why: SharedWhy,
    reason: Text<{ REASON_BYTES_MAX / 8 }>,
    said: Text<{ SHOWN_BYTES_MAX / 8 }>,
    said_at: Moment,
    handshake: Option<Box<HandshakeBoard>>,
}

/// Every device and signal of a station.
#[derive(Debug)]
pub struct SignalBoard {
    devices: Vec<DeviceEntry>,
    signals: Vec<Signal>,
}

impl SignalBoard {
    /// Devices and signals; both are known by their index from then on.
    pub fn new(devices: Vec<DeviceName>, signals: Vec<SignalName>) -> Self {
        let device = |name: DeviceName| DeviceEntry {
            is_connected: AtomicBool::new(false),
            // Until it says that it has something to prove.
            is_armed: AtomicBool::new(true),
            since: Moment::default(),
            why: SharedWhy::default(),
            reason: Text::default(),
            said: Text::default(),
            said_at: Moment::default(),
            handshake: name.has_handshake.then(Box::default),
            name,
        };
        let signal = |name| Signal {
            name,
            value: AtomicU64::new(UNKNOWN),
            changed_at: Moment::default(),
            text: Text::default(),
            edges: Edges::default(),
            unseen: Default::default(),
            unseen_times: AtomicU64::new(0),
            rate: Rate::default(),
        };
        Self {
            devices: devices.into_iter().map(device).collect(),
            signals: signals.into_iter().map(signal).collect(),
        }
    }

    fn device(&self, device: u8) -> Option<&DeviceEntry> {
        self.devices.get(usize::from(device))
    }

    /// The device answers from now on.
    pub fn connected(&self, device: u8, at: Instant) {
        if let Some(device) = self.device(device)
            && !device.is_connected.swap(true, Ordering::Relaxed)
        {
            device.since.set(at);
        }
    }

    /// The device does not answer, and why.
    pub fn lost(&self, device: u8, (why, reason): (WhyGone, &str), at: Instant) {
        let Some(device) = self.device(device) else {
            return;
        };
        let was_connected = device.is_connected.swap(false, Ordering::Relaxed);
        if was_connected || device.since.get().is_none() {
            device.since.set(at);
        }
        device.why.set(why);
        if !device.reason.is(reason) {
            device.reason.set(reason);
        }
    }

    /// The device said this text, cut where it is longer than shown; empty for a key without text.
    pub fn said(&self, device: u8, text: &str, at: Instant) {
        if let Some(device) = self.device(device) {
            device.said.set(text);
            device.said_at.set(at);
        }
    }

    /// Its outputs may accept parts, or no more.
    pub fn set_armed(&self, device: u8, is_armed: bool) {
        if let Some(device) = self.device(device) {
            device.is_armed.store(is_armed, Ordering::Relaxed);
        }
    }

    /// Where the handshake of a device is shown.
    pub fn handshake(&self, device: u8) -> Option<&HandshakeBoard> {
        self.device(device)?.handshake.as_deref()
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
        signal.edges.push(is_on, at);
        signal.changed_at.set(at);
    }

    /// It was looked at so rarely that a change between these times may have come unseen.
    pub fn unseen(&self, signal: usize, since: Instant, until: Instant) {
        if let Some(signal) = self.signals.get(signal) {
            signal.unseen[0].set(since);
            signal.unseen[1].set(until);
            signal.unseen_times.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A number is this now.
    pub fn set_number(&self, signal: usize, number: u32, at: Instant) {
        let Some(signal) = self.signals.get(signal) else {
            return;
        };
        let value = NUMBER | u64::from(number);
        let before = signal.value.swap(value, Ordering::Relaxed);
        if before != value && before != UNKNOWN {
            signal.changed_at.set(at);
        }
        signal.rate.push(number, signal.name.bits, at);
    }

    /// A text is this now, cut where it is longer than shown.
    pub fn set_text(&self, signal: usize, text: &str, at: Instant) {
        let Some(signal) = self.signals.get(signal) else {
            return;
        };
        if !signal.text.is(text) {
            signal.text.set(text);
            signal.changed_at.set(at);
        }
        signal.value.store(TEXT, Ordering::Relaxed);
    }

    /// Nobody knows what this is any more.
    pub fn forget(&self, signal: usize) {
        if let Some(signal) = self.signals.get(signal) {
            signal.value.store(UNKNOWN, Ordering::Relaxed);
            signal.rate.forget();
        }
    }

    /// Every device, in the order of the settings.
    pub fn devices(&self) -> Vec<DeviceState> {
        let state = |device: &DeviceEntry| DeviceState {
            name: device.name.clone(),
            is_connected: device.is_connected.load(Ordering::Relaxed),
            since: device.since.get(),
            why: device.why.get(),
            reason: device.reason.get(),
            is_armed: device.is_armed.load(Ordering::Relaxed),
            said_times: device.said.times(),
            said: device.said_at.get().map(|at| (device.said.get(), at)),
            handshake: device.handshake.as_ref().map(|it| it.read()),
        };
        self.devices.iter().map(state).collect()
    }

    /// Every signal as it is now: inputs, then outputs, in the order of the settings. A signal that changes meanwhile may
    /// show an edge more or less.
    pub fn signals(&self, now: Instant) -> Vec<SignalState> {
        self.signals
            .iter()
            .map(|signal| signal.state(now))
            .collect()
    }
}

impl Signal {
    fn state(&self, now: Instant) -> SignalState {
        let value = self.value.load(Ordering::Relaxed);
        let low = value as u32;
        let value = match value & !u64::from(u32::MAX) {
            BIT => SignalValue::Bit(low == 1),
            NUMBER => SignalValue::Number(low),
            TEXT => SignalValue::Text(self.text.get()),
            _ => SignalValue::Unknown,
        };
        let (changes, edges) = self.edges.read();
        SignalState {
            name: self.name.clone(),
            per_second: match value {
                SignalValue::Number(_) => self.rate.per_second(now),
                _ => None,
            },
            value,
            changed_at: self.changed_at.get(),
            changes,
            edges,
            unseen: self.unseen(),
        }
    }
}

impl Signal {
    fn unseen(&self) -> Option<Unseen> {
        Some(Unseen {
            since: self.unseen[0].get()?,
            until: self.unseen[1].get()?,
            times: self.unseen_times.load(Ordering::Relaxed),
        })
    }
}

#[cfg(test)]
mod tests;
