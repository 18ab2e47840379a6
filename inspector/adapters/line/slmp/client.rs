//! SLMP client of a Mitsubishi PLC.

use super::address::{Address, Device, Family};
use super::frame::{Kind, READ_BITS_MAX, READ_WORDS_MAX, Request, Route, bit};
use super::link::{Link, LinkError};
use crate::adapters::line::client::blocks::{self, Span};
use crate::adapters::line::client::tcp::{self, NOWHERE, TIMEOUT_MS};
use crate::adapters::line::client::words::{Order, Part, pair, text};
use crate::adapters::line::exchange::Exchange;
use crate::adapters::line::kinds::{Opening, Role, SIGNALS};
use crate::clock::Clock;
use crate::ports::line::LineDevice;
use crate::ports::signal::{AddressError, SignalDevice, SignalError, Value, Width};
use crate::station::time::Instant;
use crate::telemetry::why_gone::WhyGone;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// In the settings.
pub const KIND: &str = "slmp";
/// Inputs and outputs with addresses.
pub const ROLE: Role = SIGNALS;

/// A `[[device]]` of this kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// IP address and port of a connection of the PLC's parameters, which no other client has.
    pub address: String,
    /// Which PLC it is.
    pub plc: Family,
    /// Which frames it is sent.
    #[serde(default)]
    pub frame: Kind,
    /// Network of a PLC behind it.
    #[serde(default)]
    pub network: u8,
    /// Station of a PLC behind it.
    #[serde(default = "itself")]
    pub station: u8,
    /// How long an answer may take before the connection is given up.
    #[serde(default = "timeout")]
    pub timeout_ms: u64,
    /// Which word of two holds the higher half.
    #[serde(default = "low_first")]
    pub word_order: Order,
}

fn itself() -> u8 {
    255
}

fn timeout() -> u64 {
    TIMEOUT_MS
}

fn low_first() -> Order {
    Order::LowFirst
}

/// What does not go together in the settings.
pub fn problems(settings: &Settings) -> Vec<String> {
    tcp::problems(&settings.address, None, settings.timeout_ms)
}

/// Whether it is asked for its watchdog.
pub fn proves(_: &Settings) -> bool {
    false
}

/// What an address holds.
///
/// # Errors
/// Where it is none.
pub fn width(settings: &Settings, address: &str, is_output: bool) -> Result<Width, AddressError> {
    match is_output {
        true => Address::output(settings.plc, address).map(|_| Width::Bit),
        false => Address::input(settings.plc, address).map(|address| address.width()),
    }
}

type Block = blocks::Block<&'static Device, Address>;

/// Requests that read all of these, bits and words apart.
fn blocks_of(inputs: &[Address]) -> Vec<Block> {
    let span = |address: &Address| Span {
        space: address.device,
        from: address.at,
        count: address.part.words().into(),
    };
    blocks::blocks(inputs, span, |device| match device.is_bit {
        true => READ_BITS_MAX,
        false => READ_WORDS_MAX,
    })
}

fn request(block: &Block) -> Request {
    Request::Read {
        device: block.space,
        from: block.from,
        // No block is longer than a request reads.
        count: u16::try_from(block.count).unwrap_or(u16::MAX),
    }
}

/// A client of one PLC.
pub struct SlmpClient {
    link: Link,
    clock: Arc<dyn Clock>,
    blocks: Vec<Block>,
    outputs: Vec<Address>,
    words: Order,
}

fn error(error: LinkError) -> SignalError {
    let reason = error.to_string();
    let why = match error {
        LinkError::Refused(..) => return SignalError::Refused { reason },
        LinkError::Tcp(error) => error.why(),
        LinkError::ClosedAtOnce(_) => WhyGone::NotLetIn,
        LinkError::Silent(..) => WhyGone::Silent,
        LinkError::NotSlmp(..) | LinkError::Wrong(_) => WhyGone::Garbled,
    };
    SignalError::Gone { why, reason }
}

impl SlmpClient {
    /// Of checked settings and addresses; closed.
    pub fn new(
        settings: &Settings,
        inputs: &[Address],
        outputs: Vec<Address>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let to = tcp::socket_address(&settings.address, None).unwrap_or(NOWHERE);
        let timeout = Duration::from_millis(settings.timeout_ms);
        let route = Route {
            network: settings.network,
            station: settings.station,
        };
        Self {
            link: Link::new(to, settings.frame, route, timeout, Arc::clone(&clock)),
            clock,
            blocks: blocks_of(inputs),
            outputs,
            words: settings.word_order,
        }
    }

    fn is_on(&mut self, output: Address, deadline: Instant) -> Result<bool, SignalError> {
        let read = Request::Read {
            device: output.device,
            from: output.at,
            count: 1,
        };
        let data = self.link.ask_by(deadline, &read).map_err(error)?;
        Ok(match output.device.is_bit {
            true => bit(data, 0),
            false => data.iter().any(|byte| *byte != 0),
        })
    }
}

/// What of an answer belongs to an address.
fn tell(
    (number, address): &(u8, Address),
    data: &[u8],
    from: u32,
    words: Order,
    at: Instant,
    heard: &mut dyn FnMut(u8, Value<'_>, Instant),
) {
    let offset = (address.at - from) as usize;
    let word = |at: usize| Order::LowFirst.word(pair(data, at * 2));
    let text_of = |bytes: u8| {
        let bytes = data.iter().skip(offset * 2).take(bytes.into());
        text(bytes.copied())
    };
    let value = match address.part {
        _ if address.device.is_bit => Value::Bit(bit(data, offset)),
        Part::Whole => Value::Word(word(offset)),
        Part::Bit(bit) => Value::Bit(word(offset) >> bit & 1 == 1),
        Part::Double => Value::Double(words.double(word(offset), word(offset + 1))),
        Part::Text(bytes) => return heard(*number, Value::Text(&text_of(bytes)), at),
    };
    heard(*number, value, at);
}

impl SignalDevice for SlmpClient {
    /// A connection that stands is kept: the PLC lets nobody in for a moment after it was closed.
    fn reopen(&mut self) -> Result<(), SignalError> {
        // A connection that is taken says little: whether every input can be read says that it is the right PLC.
        self.poll(&mut |_, _, _| {})
    }

    fn poll(&mut self, heard: &mut dyn FnMut(u8, Value<'_>, Instant)) -> Result<(), SignalError> {
        let deadline = self.link.deadline();
        for block in &self.blocks {
            let at = self.clock.now();
            let data = self.link.ask_by(deadline, &request(block));
            let data = data.map_err(error)?;
            for item in &block.items {
                tell(item, data, block.from, self.words, at, heard);
            }
        }
        match self.outputs.first().copied() {
            // Without inputs, an output is read as a sign of life.
            Some(output) if self.blocks.is_empty() => self.is_on(output, deadline).map(drop),
            _ => Ok(()),
        }
    }

    fn write(&mut self, output: u8, is_on: bool) -> Result<(), SignalError> {
        let Some(address) = self.outputs.get(usize::from(output)) else {
            let reason = format!("output {output}: there is none");
            return Err(SignalError::Refused { reason });
        };
        let write = Request::Write {
            device: address.device,
            at: address.at,
            is_on,
        };
        let deadline = self.link.deadline();
        let answered = self.link.ask_by(deadline, &write);
        answered.map(drop).map_err(error)
    }

    fn read_back(&mut self, output: u8) -> Result<Option<bool>, SignalError> {
        let deadline = self.link.deadline();
        match self.outputs.get(usize::from(output)).copied() {
            Some(address) => self.is_on(address, deadline).map(Some),
            None => Ok(None),
        }
    }
}

/// Opens the device, closed: its first turn connects.
pub fn open(settings: &Settings, from: Opening<'_>) -> Box<dyn LineDevice> {
    // The settings were checked, so every address is one.
    let inputs = from.inputs();
    let inputs = inputs.filter_map(|(_, it)| Address::input(settings.plc, &it.address).ok());
    let inputs: Vec<Address> = inputs.collect();
    let outputs = from.outputs();
    let outputs = outputs.filter_map(|(_, it)| Address::output(settings.plc, &it.address).ok());
    let outputs = outputs.collect();
    let device = SlmpClient::new(settings, &inputs, outputs, Arc::clone(&from.clock));
    Box::new(Exchange::new(device, from))
}
