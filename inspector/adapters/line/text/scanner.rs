//! `kind = "text"`: a code scanner or RFID reader on a serial port or a TCP connection.

use super::device::TextDevice;
use super::framing::{Framer, MARK_BYTES_MAX, Mark};
use super::hearing::Terms;
use super::reading::{Encoding, Reader};
use super::serial::{Line, Parity, Serial};
use super::socket::{Client, Server};
use crate::adapters::line::kinds::{Opening, Role, SIGNALS};
use crate::error::Error;
use crate::ports::line::LineDevice;
use crate::ports::signal::{AddressError, Width};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// As in the settings.
pub const KIND: &str = "text";
/// It says who parts are; where the settings say so, it announces them too.
pub const ROLE: Role = Role {
    has_signals: false,
    identifies: true,
    ..SIGNALS
};
/// The longest text that triggers a scanner, in bytes.
const TRIGGER_BYTES_MAX: usize = 64;

/// A `[[device]]` of this kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Path of a serial port, as in `/dev/serial/by-id`.
    #[serde(default)]
    pub port: Option<PathBuf>,
    /// Address and port of a scanner that listens.
    #[serde(default)]
    pub connect: Option<SocketAddr>,
    /// Address and port where a scanner connects to.
    #[serde(default)]
    pub listen: Option<SocketAddr>,
    /// With `listen`: the only address that may connect.
    #[serde(default)]
    pub only_from: Option<IpAddr>,
    /// With `listen`: whether the scanner stays connected between two texts, and is gone where it is not.
    #[serde(default)]
    pub stays_connected: Option<bool>,
    /// With `port`: bits in a second.
    #[serde(default)]
    pub baud: Option<u32>,
    /// With `port`: 7 or 8.
    #[serde(default)]
    pub data_bits: Option<u8>,
    /// With `port`: `none`, `even` or `odd`.
    #[serde(default)]
    pub parity: Option<Parity>,
    /// With `port`: 1 or 2.
    #[serde(default)]
    pub stop_bits: Option<u8>,
    /// What every text begins with on the wire, as STX.
    #[serde(default)]
    pub start: String,
    /// What every text ends with on the wire; without it, CR or LF.
    #[serde(default)]
    pub end: String,
    /// How characters are sent.
    #[serde(default)]
    pub encoding: Encoding,
    /// Stripped from the beginning of each text.
    #[serde(default)]
    pub prefix: String,
    /// Stripped from the end of each text.
    #[serde(default)]
    pub suffix: String,
    /// Texts that say that nothing could be read.
    #[serde(default)]
    pub no_read: Vec<String>,
    /// A text whose end has not come after so long without a byte is thrown away.
    #[serde(default = "partial_timeout")]
    pub partial_timeout_ms: u64,
    /// The same text again within so long is the same part.
    #[serde(default)]
    pub ignore_repeat_ms: u64,
    /// Whether each text is a part at the camera.
    #[serde(default)]
    pub announces: bool,
    /// Sent to the scanner for each part that the station numbers.
    #[serde(default)]
    pub trigger_text: String,
}

const fn partial_timeout() -> u64 {
    200
}

const BAUD: u32 = 9_600;

impl Settings {
    fn line(&self) -> Line {
        Line {
            baud: self.baud.unwrap_or(BAUD),
            data_bits: self.data_bits.unwrap_or(8),
            parity: self.parity.unwrap_or_default(),
            stop_bits: self.stop_bits.unwrap_or(1),
        }
    }

    fn is_serial_set(&self) -> bool {
        self.baud.is_some()
            || self.data_bits.is_some()
            || self.parity.is_some()
            || self.stop_bits.is_some()
    }
}

/// What does not go together in the settings, one line each.
pub fn problems(settings: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
    let ways = [
        settings.port.is_some(),
        settings.connect.is_some(),
        settings.listen.is_some(),
    ];
    let ways = ways.iter().filter(|is_set| **is_set).count();
    let mut must = |is_so: bool, message: &str| {
        if !is_so {
            problems.push(message.to_owned());
        }
    };
    must(
        ways == 1,
        "expected one of port = \"/dev/serial/by-id/…\", connect = \"192.168.1.20:2001\" and listen = \"0.0.0.0:2001\"",
    );
    must(
        settings.port.is_some() || !settings.is_serial_set(),
        "baud, data_bits, parity and stop_bits go with port = \"…\" only",
    );
    must(
        settings.listen.is_some()
            || (settings.only_from.is_none() && settings.stays_connected.is_none()),
        "only_from and stays_connected go with listen = \"…\" only",
    );
    must(
        (50..=4_000_000).contains(&settings.line().baud),
        "baud: expected 50 to 4000000",
    );
    must(
        matches!(settings.line().data_bits, 7 | 8),
        "data_bits: expected 7 or 8",
    );
    must(
        matches!(settings.line().stop_bits, 1 | 2),
        "stop_bits: expected 1 or 2",
    );
    must(
        settings.start.len() <= MARK_BYTES_MAX && settings.end.len() <= MARK_BYTES_MAX,
        "start, end: expected at most 4 bytes each, as end = \"\\r\\n\" or start = \"\\u0002\"",
    );
    must(
        settings.trigger_text.len() <= TRIGGER_BYTES_MAX,
        "trigger_text: expected at most 64 bytes",
    );
    must(
        settings.trigger_text.is_empty() || !settings.announces,
        "trigger_text: a scanner that announces parts is not triggered by the station; leave out one of announces and \
         trigger_text",
    );
    problems.extend(times(
        settings.partial_timeout_ms,
        settings.ignore_repeat_ms,
    ));
    problems.extend(no_read(&settings.no_read));
    problems
}

/// What is wrong with the times of any text device.
pub(super) fn times(partial_timeout_ms: u64, ignore_repeat_ms: u64) -> Vec<String> {
    let mut problems = Vec::new();
    if !(5..=10_000).contains(&partial_timeout_ms) {
        problems.push(format!(
            "partial_timeout_ms: expected 5 to 10000, found {partial_timeout_ms}"
        ));
    }
    if ignore_repeat_ms > 600_000 {
        problems.push(format!(
            "ignore_repeat_ms: expected at most 600000, found {ignore_repeat_ms}"
        ));
    }
    problems
}

/// What is wrong with the texts that say that nothing could be read.
pub(super) fn no_read(texts: &[String]) -> Option<String> {
    let is_all = |text: &String| text.trim_end_matches('*').is_empty();
    texts.iter().any(is_all).then(|| {
        "no_read: expected texts such as \"NOREAD\" or \"ERROR*\", found one that every text, or none, is like".to_owned()
    })
}

/// Nothing of a scanner moves.
pub const fn proves(_: &Settings) -> bool {
    false
}

/// It has no addresses: everything it says is an ID.
///
/// # Errors
/// Always, because of that.
pub fn width(_: &Settings, address: &str, _is_output: bool) -> Result<Width, AddressError> {
    Err(AddressError {
        expected: "no address, because everything that a scanner says is a part's ID",
        found: address.to_owned(),
    })
}

/// A device of these settings, closed: its first turn connects.
///
/// # Errors
/// Where the address to listen on cannot be had.
pub fn open(settings: &Settings, from: Opening<'_>) -> Result<Box<dyn LineDevice>, Error> {
    let mark = |text: &str| text.bytes().take(MARK_BYTES_MAX).collect::<Mark>();
    let timeout = Duration::from_millis(settings.partial_timeout_ms);
    let framer = Framer::new(mark(&settings.start), mark(&settings.end), timeout);
    let terms = Terms {
        announces: settings.announces,
        repeat: Duration::from_millis(settings.ignore_repeat_ms),
        reader: Reader {
            encoding: settings.encoding,
            prefix: settings.prefix.clone(),
            suffix: settings.suffix.clone(),
            no_read: settings.no_read.clone(),
        },
    };
    let trigger = settings.trigger_text.clone();
    if let Some(listen) = settings.listen {
        let stays = settings.stays_connected.unwrap_or(true);
        let port = Server::new(listen, settings.only_from, stays)?;
        return Ok(Box::new(TextDevice::new(
            port, framer, terms, trigger, from,
        )));
    }
    if let Some(to) = settings.connect {
        let port = Client::new(to);
        return Ok(Box::new(TextDevice::new(
            port, framer, terms, trigger, from,
        )));
    }
    let path = settings.port.clone().unwrap_or_default();
    let port = Serial::new(path, settings.line());
    Ok(Box::new(TextDevice::new(
        port, framer, terms, trigger, from,
    )))
}
