//! Modbus TCP client of a PLC that is the server: the station polls the PLC's registers, takes a trigger by writing it back
//! to 0, and writes results beside them. What it wrote is read back before it counts.

use super::exchange::{Exchange, Joined, Terms, jobs};
use super::link::{Link, LinkError};
use super::pdu::{Request, Space};
use crate::adapters::line::kinds::Role;
use crate::error::{Error, ErrorKind};
use crate::ports::line::LineDevice;
use crate::ports::signal::{AddressError, Width};
use crate::station::handshake::map::{ByteOrder, Field, Preset};
use crate::station::handshake::{Control, Flag};
use crate::station::time::Instant;
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// As in the settings.
pub const KIND: &str = "modbus-poll";
/// The PLC announces parts, takes them out and says who they are.
pub const ROLE: Role = Role {
    has_signals: false,
    announces: true,
    acts: true,
    identifies: true,
    has_watchdog: false,
    has_handshake: true,
};
/// After a failure it is tried again so much later.
const AGAIN_AFTER: Duration = Duration::from_millis(200);
/// The station's registers.
const STATION_WORDS: usize = 19;
/// The status bits, at their beginning.
const STATUS_WORDS: usize = 2;

/// A `[[device]]` of this kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address and port of the PLC.
    pub address: SocketAddr,
    /// Unit behind a gateway; PLCs without units ignore it.
    #[serde(default = "one")]
    pub unit: u8,
    /// How long an answer may take before the connection is given up.
    #[serde(default = "timeout")]
    pub timeout_ms: u64,
    /// How often the PLC is asked.
    #[serde(default = "every")]
    pub every_ms: u64,
    /// First holding register of the PLC's part.
    #[serde(default)]
    pub plc_base: u16,
    /// First holding register of the station's part.
    #[serde(default = "station_base")]
    pub station_base: u16,
    /// `abcd`, `cdab`, `badc` or `dcba`.
    #[serde(default)]
    pub byte_order: ByteOrder,
    /// Without an answer for so long, the PLC is gone.
    #[serde(default = "plc_timeout")]
    pub plc_timeout_ms: u64,
    /// The PLC's heartbeat changes at least so often; without it the PLC has none.
    #[serde(default)]
    pub plc_heartbeat_ms: Option<u64>,
    /// How often the station's heartbeat counts.
    #[serde(default = "heartbeat")]
    pub heartbeat_ms: u64,
    /// Styles that the PLC chooses by number; the first is job 1.
    #[serde(default)]
    pub jobs: Vec<String>,
}

const fn one() -> u8 {
    1
}

const fn timeout() -> u64 {
    200
}

const fn every() -> u64 {
    5
}

const fn station_base() -> u16 {
    100
}

const fn plc_timeout() -> u64 {
    800
}

const fn heartbeat() -> u64 {
    500
}

/// What does not go together in the settings, one line each.
pub fn problems(settings: &Settings) -> Vec<String> {
    let refused = jobs(&settings.jobs).err();
    let mut problems: Vec<String> = refused.iter().map(ToString::to_string).collect();
    let times = [
        ("timeout_ms", Some(settings.timeout_ms)),
        ("every_ms", Some(settings.every_ms)),
        ("plc_timeout_ms", Some(settings.plc_timeout_ms)),
        ("plc_heartbeat_ms", settings.plc_heartbeat_ms),
        ("heartbeat_ms", Some(settings.heartbeat_ms)),
    ];
    for (key, value) in times {
        if value.is_some_and(|ms| !(1..=60_000).contains(&ms)) {
            let found = value.unwrap_or_default();
            problems.push(format!("{key}: expected 1 to 60000, found {found}"));
        }
    }
    let plc = u32::from(settings.plc_base);
    let station = u32::from(settings.station_base);
    let (plc_end, end) = (plc + 84, station + STATION_WORDS as u32);
    if plc < end && station < plc_end {
        problems.push(format!(
            "plc_base, station_base: registers {plc} to {} and {station} to {} overlap",
            plc_end - 1,
            end - 1
        ));
    }
    if plc_end.max(end) > 0x1_0000 {
        problems.push("plc_base, station_base: registers end at 65535".to_owned());
    }
    problems
}

/// The PLC's own program sees by the heartbeat that the station died; nothing of it can be read back.
pub const fn proves(_: &Settings) -> bool {
    false
}

/// Its addresses are those of the handshake, and no input or output can have one.
///
/// # Errors
/// Always, because of that.
pub fn width(_: &Settings, address: &str, _is_output: bool) -> Result<Width, AddressError> {
    Err(AddressError {
        expected: "no address, because the handshake has those of its preset",
        found: address.to_owned(),
    })
}

/// The client, and the handshake behind it.
pub struct Polling {
    exchange: Exchange,
    link: Link,
    plc_base: u16,
    station_base: u16,
    every: Duration,
    next_at: Instant,
    /// What the PLC is known to hold.
    written: Option<[u16; STATION_WORDS]>,
}

/// Connects with the first turn.
///
/// # Errors
/// Where the settings are wrong.
pub fn open(settings: &Settings, joined: Joined) -> Result<Polling, Error> {
    let refused = |message| Error::new(ErrorKind::Settings, message);
    let terms = Terms {
        preset: Preset::Poll,
        order: settings.byte_order,
        plc_timeout: Duration::from_millis(settings.plc_timeout_ms),
        plc_heartbeat_max: settings.plc_heartbeat_ms.map(Duration::from_millis),
        heartbeat_period: Duration::from_millis(settings.heartbeat_ms),
        jobs: jobs(&settings.jobs).map_err(refused)?,
        soft_events: Vec::new(),
    };
    let limit = Duration::from_millis(settings.timeout_ms);
    let clock = Arc::clone(&joined.clock);
    Ok(Polling {
        next_at: clock.now(),
        exchange: Exchange::new(terms, joined),
        link: Link::new(settings.address, settings.unit, limit, clock),
        plc_base: settings.plc_base,
        station_base: settings.station_base,
        every: Duration::from_millis(settings.every_ms),
        written: None,
    })
}

impl Polling {
    /// State machine and registers.
    pub const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    fn poll(&mut self) -> Result<(), LinkError> {
        let read = Request::Read {
            space: Space::Holdings,
            from: self.plc_base,
            count: Preset::Poll.map().plc_words,
        };
        let set = self.link.ask(&read)?;
        // The answer has as many registers as the map.
        let _ = self.exchange.memory.write_words(0, set);
        if self.written.is_some() {
            self.exchange.heard();
        }
        self.exchange.step();
        self.take_trigger()?;
        self.exchange.memory.look_again();
        self.publish()
    }

    /// Writes the trigger back to 0, once it is taken or missed.
    fn take_trigger(&mut self) -> Result<(), LinkError> {
        let status = self.exchange.machine().status();
        let is_answered = status.has(Flag::TriggerAck) || status.has(Flag::MissedAcq);
        if !is_answered || !self.exchange.memory.controls().has(Control::Trigger) {
            return Ok(());
        }
        let at = Preset::Poll.map().find(Field::TriggerWord).unwrap_or(0);
        let back = Request::WriteWords {
            from: self.plc_base + at,
            bytes: &[0, 0],
            is_single: true,
        };
        self.link.ask(&back)?;
        let _ = self.exchange.memory.write_words(at, &[0, 0]);
        self.exchange.step();
        Ok(())
    }

    /// Shows the PLC what changed: a result's words before its `ResultsValid`, and away with that before its words go.
    fn publish(&mut self) -> Result<(), LinkError> {
        let mut now = [0; STATION_WORDS];
        now.copy_from_slice(&self.exchange.memory.station_words()[..STATION_WORDS]);
        if self.written == Some(now) {
            return Ok(());
        }
        let was_valid = self
            .written
            .is_some_and(|words| words[STATUS_WORDS + 1] != 0);
        self.written = None;
        let (words, status) = (STATUS_WORDS..STATION_WORDS, 0..STATUS_WORDS);
        match was_valid {
            true => {
                self.write(&now, status)?;
                self.write(&now, words)?;
            }
            false => {
                self.write(&now, words)?;
                self.write(&now, status)?;
            }
        }
        let back = Request::Read {
            space: Space::Holdings,
            from: self.station_base,
            count: STATION_WORDS as u16,
        };
        let found = self.link.ask(&back)?;
        let pairs = found.chunks_exact(2).zip(now);
        let is_same = pairs.fold(true, |same, (found, word)| {
            same && found == word.to_be_bytes()
        });
        // A PLC that keeps something else is not there: nothing may be believed of what it holds.
        self.written = is_same.then_some(now);
        Ok(())
    }

    fn write(
        &mut self,
        words: &[u16; STATION_WORDS],
        range: std::ops::Range<usize>,
    ) -> Result<(), LinkError> {
        let mut bytes = [0; STATION_WORDS * 2];
        for (pair, word) in bytes.chunks_exact_mut(2).zip(words) {
            pair.copy_from_slice(&word.to_be_bytes());
        }
        let write = Request::WriteWords {
            from: self.station_base + range.start as u16,
            bytes: &bytes[range.start * 2..range.end * 2],
            is_single: false,
        };
        self.link.ask(&write).map(|_| ())
    }
}

impl LineDevice for Polling {
    fn turn(&mut self, patience: Duration) {
        let now = self.exchange.now();
        let left = self.next_at.since(now);
        if left > patience {
            std::thread::sleep(patience);
            self.exchange.step();
            return;
        }
        std::thread::sleep(left);
        self.next_at = self.exchange.now() + self.every;
        if self.poll().is_err() {
            self.written = None;
            self.next_at = self.exchange.now() + AGAIN_AFTER;
            self.exchange.step();
        }
    }

    fn rest(&mut self) {
        self.exchange.rest();
        let _ = self.publish();
    }
}

#[cfg(test)]
#[path = "polling/tests.rs"]
mod tests;
