//! S7 client of a Siemens PLC.

use super::address::{Address, Area, Taken};
use super::frame::{Variable, Variables, fitting, read, write};
use super::link::{Link, LinkError, Partner};
use super::refusal::Refusal;
use crate::adapters::line::client::blocks::{self, Span};
use crate::adapters::line::client::tcp::{self, NOWHERE, TIMEOUT_MS};
use crate::adapters::line::client::words::{Order, pair, text};
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
pub const KIND: &str = "s7";
/// Inputs and outputs with addresses.
pub const ROLE: Role = SIGNALS;
/// Where ISO-on-TCP listens.
const PORT: u16 = 102;
/// The highest rack and slot.
const CHASSIS_MAX: u8 = 7;
const SLOT_MAX: u8 = 31;
/// The most bytes of a block, which fit into the shortest answer.
const BLOCK_BYTES_MAX: u32 = 200;
const READ: u8 = 4;
const WRITE: u8 = 5;

/// A `[[device]]` of this kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// IP address, with a port where it is not 102.
    pub address: String,
    /// Rack of the processor.
    #[serde(default, rename = "rack")]
    pub chassis: u8,
    /// Slot of the processor: 1 of S7-1200 and 1500, 2 of S7-300.
    #[serde(default = "one")]
    pub slot: u8,
    /// As what the station connects.
    #[serde(default)]
    pub connection: Connection,
    /// How long an answer may take before the connection is given up.
    #[serde(default = "timeout")]
    pub timeout_ms: u64,
}

/// Of which of its connections a PLC gives one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Connection {
    /// Those of a programming device.
    Pg,
    /// Those of an operator panel.
    Op,
    /// Those of anything else.
    #[default]
    Basic,
}

fn one() -> u8 {
    1
}

fn timeout() -> u64 {
    TIMEOUT_MS
}

/// What does not go together in the settings.
pub fn problems(settings: &Settings) -> Vec<String> {
    let mut problems = tcp::problems(&settings.address, Some(PORT), settings.timeout_ms);
    for (name, found, max) in [
        ("rack", settings.chassis, CHASSIS_MAX),
        ("slot", settings.slot, SLOT_MAX),
    ] {
        if found > max {
            problems.push(format!("{name}: expected 0 to {max}, found {found}"));
        }
    }
    problems
}

/// Whether it is asked for its watchdog.
pub fn proves(_: &Settings) -> bool {
    false
}

/// What an address holds.
///
/// # Errors
/// Where it is none.
pub fn width(_: &Settings, address: &str, is_output: bool) -> Result<Width, AddressError> {
    match is_output {
        true => Address::output(address).map(|address| address.width()),
        false => Address::input(address).map(|address| address.width()),
    }
}

/// Bits come after everything else, so that a count is no newer than the bit that it belongs to.
type Block = blocks::Block<(bool, Area), Address>;

fn blocks_of(inputs: &[Address]) -> Vec<Block> {
    let span = |address: &Address| Span {
        space: (matches!(address.taken, Taken::Bit(_)), address.area),
        from: address.at.into(),
        count: address.bytes().into(),
    };
    blocks::blocks(inputs, span, |_| BLOCK_BYTES_MAX)
}

/// Bytes of areas are numbered by 16 bits, and blocks are shorter.
fn bytes_of(block: &Block) -> u16 {
    u16::try_from(block.count).unwrap_or(u16::MAX)
}

fn variable(block: &Block) -> Variable {
    Variable {
        area: block.space.1,
        from: u16::try_from(block.from).unwrap_or(u16::MAX),
        bytes: bytes_of(block),
    }
}

/// A client of one PLC.
pub struct S7Client {
    link: Link,
    clock: Arc<dyn Clock>,
    blocks: Vec<Block>,
    outputs: Vec<Address>,
}

fn error(error: LinkError) -> SignalError {
    let reason = error.to_string();
    let why = match error {
        LinkError::Refused(..) => return SignalError::Refused { reason },
        LinkError::Tcp(error) => error.why(),
        LinkError::NotLetIn(_) => WhyGone::NotLetIn,
        LinkError::NotS7(..) | LinkError::Wrong(_) => WhyGone::Garbled,
        LinkError::TooShort(..) => WhyGone::OtherKind,
    };
    SignalError::Gone { why, reason }
}

impl S7Client {
    /// Of checked settings and addresses; closed.
    pub fn new(
        settings: &Settings,
        inputs: &[Address],
        outputs: Vec<Address>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let to = tcp::socket_address(&settings.address, Some(PORT)).unwrap_or(NOWHERE);
        let timeout = Duration::from_millis(settings.timeout_ms);
        let partner = Partner {
            kind: match settings.connection {
                Connection::Pg => 1,
                Connection::Op => 2,
                Connection::Basic => 3,
            },
            chassis: settings.chassis,
            slot: settings.slot,
        };
        Self {
            link: Link::new(to, partner, timeout, Arc::clone(&clock)),
            clock,
            blocks: blocks_of(inputs),
            outputs,
        }
    }

    fn is_on(&mut self, output: Address, deadline: Instant) -> Result<bool, SignalError> {
        let byte = Variable {
            area: output.area,
            from: output.at,
            bytes: 1,
        };
        let asked = self.link.ask_by(deadline, READ, |frame, reference| {
            read(frame, reference, [byte].into_iter());
        });
        let found = asked.map_err(error)?.variables().next(1);
        let found = found.map(|data| data.and_then(|data| data.first().copied()));
        match (found, output.taken) {
            (Ok(Some(byte)), Taken::Bit(bit)) => Ok(byte >> bit & 1 == 1),
            (Err(refusal), _) => Err(error(self.link.refused(refusal))),
            _ => Err(error(self.link.wrong())),
        }
    }
}

/// What came of some blocks. `None` where the answer is not theirs.
fn tell(
    blocks: &[Block],
    mut variables: Variables<'_>,
    at: Instant,
    heard: &mut dyn FnMut(u8, Value<'_>, Instant),
) -> Result<Option<()>, Refusal> {
    for block in blocks {
        let Some(data) = variables.next(bytes_of(block))? else {
            return Ok(None);
        };
        for (number, address) in &block.items {
            let here = &data[(u32::from(address.at) - block.from) as usize..];
            value(address.taken, here, |value| heard(*number, value, at));
        }
    }
    Ok(Some(()))
}

fn value(taken: Taken, here: &[u8], tell: impl FnOnce(Value<'_>)) {
    let word = |at: usize| Order::HighFirst.word(pair(here, at));
    let [first, second] = pair(here, 0);
    let value = match taken {
        Taken::Bit(bit) => Value::Bit(first >> bit & 1 == 1),
        Taken::Byte => Value::Word(first.into()),
        Taken::Word => Value::Word(word(0)),
        Taken::Double => Value::Double(Order::HighFirst.double(word(0), word(2))),
        Taken::Text(bytes) => {
            let bytes = here.iter().take(bytes.into());
            return tell(Value::Text(&text(bytes.copied())));
        }
        Taken::String(bytes) => {
            let held = usize::from(bytes.min(first).min(second));
            let bytes = here.iter().skip(2).take(held);
            return tell(Value::Text(&text(bytes.copied())));
        }
    };
    tell(value);
}

impl SignalDevice for S7Client {
    fn reopen(&mut self) -> Result<(), SignalError> {
        // A connection that is taken says little: whether every input can be read says that it is the right PLC.
        self.poll(&mut |_, _, _| {})
    }

    fn poll(&mut self, heard: &mut dyn FnMut(u8, Value<'_>, Instant)) -> Result<(), SignalError> {
        let deadline = self.link.deadline();
        let pdu_bytes = self.link.ready(deadline).map_err(error)?;
        let mut left = &self.blocks[..];
        while !left.is_empty() {
            let count = fitting(left.iter().map(bytes_of), pdu_bytes).max(1);
            let (now, later) = left.split_at(count);
            left = later;
            let at = self.clock.now();
            let asked = self.link.ask_by(deadline, READ, |frame, reference| {
                read(frame, reference, now.iter().map(variable));
            });
            match tell(now, asked.map_err(error)?.variables(), at, heard) {
                Ok(Some(())) => {}
                Ok(None) => return Err(error(self.link.wrong())),
                Err(refusal) => return Err(error(self.link.refused(refusal))),
            }
        }
        match self.outputs.first().copied() {
            // Without inputs, an output is read as a sign of life.
            Some(output) if self.blocks.is_empty() => self.is_on(output, deadline).map(drop),
            _ => Ok(()),
        }
    }

    fn write(&mut self, output: u8, is_on: bool) -> Result<(), SignalError> {
        let address = self.outputs.get(usize::from(output));
        let Some((address, Taken::Bit(bit))) = address.map(|it| (*it, it.taken)) else {
            let reason = format!("output {output}: there is none");
            return Err(SignalError::Refused { reason });
        };
        let deadline = self.link.deadline();
        let asked = self.link.ask_by(deadline, WRITE, |frame, reference| {
            write(frame, reference, address.area, address.at, bit, is_on);
        });
        match asked.map_err(error)?.written() {
            Ok(Some(())) => Ok(()),
            Ok(None) => Err(error(self.link.wrong())),
            Err(refusal) => Err(error(self.link.refused(refusal))),
        }
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
    let inputs = inputs.filter_map(|(_, it)| Address::input(&it.address).ok());
    let inputs: Vec<Address> = inputs.collect();
    let outputs = from.outputs();
    let outputs = outputs.filter_map(|(_, it)| Address::output(&it.address).ok());
    let outputs = outputs.collect();
    let device = S7Client::new(settings, &inputs, outputs, Arc::clone(&from.clock));
    Box::new(Exchange::new(device, from))
}
