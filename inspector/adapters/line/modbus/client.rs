//! Modbus TCP client of a PLC or of remote I/O.

use super::address::{Address, Part};
use super::link::{Link, LinkError};
use super::pdu::{Request, Space};
use super::reading::{Block, Orders, blocks, request};
use super::watchdog::{Watchdog, WatchdogSettings};
use crate::adapters::line::client::tcp::{self, NOWHERE, TIMEOUT_MS};
use crate::adapters::line::client::words::Order;
use crate::adapters::line::exchange::Exchange;
use crate::adapters::line::kinds::{Opening, Role, SIGNALS};
use crate::clock::Clock;
use crate::ports::line::LineDevice;
use crate::ports::signal::{AddressError, SignalDevice, SignalError, Value, Width};
use crate::station::time::Instant;
use crate::telemetry::why_gone::WhyGone;
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// In the settings.
pub const KIND: &str = "modbus";
/// Inputs and outputs with addresses.
pub const ROLE: Role = Role {
    has_watchdog: true,
    ..SIGNALS
};
/// Where Modbus TCP listens.
const PORT: u16 = 502;

/// A `[[device]]` of this kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// IP address, with a port where it is not 502.
    pub address: String,
    /// Unit behind a gateway; devices without units ignore it.
    #[serde(default = "one")]
    pub unit: u8,
    /// How long an answer may take before the connection is given up.
    #[serde(default = "timeout")]
    pub timeout_ms: u64,
    /// Which byte of a register comes first.
    #[serde(default)]
    pub byte_order: Order,
    /// Which register of two holds the higher half.
    #[serde(default)]
    pub word_order: Order,
    /// What proves that outputs are safe when the station dies.
    #[serde(default)]
    pub watchdog: Option<WatchdogSettings>,
}

fn one() -> u8 {
    1
}

fn timeout() -> u64 {
    TIMEOUT_MS
}

impl Settings {
    /// Where it listens; `None` where the settings do not say.
    pub fn socket_address(&self) -> Option<SocketAddr> {
        tcp::socket_address(&self.address, Some(PORT))
    }
}

/// What does not go together in the settings.
pub fn problems(settings: &Settings) -> Vec<String> {
    let mut problems = tcp::problems(&settings.address, Some(PORT), settings.timeout_ms);
    if let Some(Err(more)) = settings.watchdog.as_ref().map(WatchdogSettings::checked) {
        problems.extend(more.iter().map(ToString::to_string));
    }
    problems
}

/// Whether it is asked for its watchdog.
pub fn proves(settings: &Settings) -> bool {
    settings.watchdog.is_some()
}

/// What an address holds.
///
/// # Errors
/// Where it is none.
pub fn width(_: &Settings, address: &str, is_output: bool) -> Result<Width, AddressError> {
    match is_output {
        true => Address::output(address).map(|_| Width::Bit),
        false => Address::input(address).map(|address| address.width()),
    }
}

/// A client of one device.
pub struct ModbusClient {
    link: Link,
    clock: Arc<dyn Clock>,
    blocks: Vec<Block>,
    outputs: Vec<Address>,
    orders: Orders,
    watchdog: Option<Watchdog>,
}

fn error(error: LinkError) -> SignalError {
    let reason = error.to_string();
    let why = match error {
        LinkError::Refused(..) => return SignalError::Refused { reason },
        LinkError::Tcp(error) => error.why(),
        LinkError::NotModbus(..) | LinkError::Wrong(_) => WhyGone::Garbled,
    };
    SignalError::Gone { why, reason }
}

impl ModbusClient {
    /// Of checked settings and addresses; closed.
    pub fn new(
        settings: &Settings,
        inputs: Vec<Address>,
        outputs: Vec<Address>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let to = settings.socket_address().unwrap_or(NOWHERE);
        let timeout = Duration::from_millis(settings.timeout_ms);
        Self {
            link: Link::new(to, settings.unit, timeout, Arc::clone(&clock)),
            clock,
            blocks: blocks(&inputs),
            outputs,
            orders: Orders {
                bytes: settings.byte_order,
                words: settings.word_order,
            },
            watchdog: settings.watchdog.as_ref().and_then(|it| it.checked().ok()),
        }
    }

    fn word(&mut self, address: &Address, deadline: Instant) -> Result<u16, SignalError> {
        let request = Request::Read {
            space: address.space,
            from: address.at,
            count: 1,
        };
        let orders = self.orders;
        let data = self.link.ask_by(deadline, &request).map_err(error)?;
        Ok(match (address.space, address.part) {
            (Space::Coils | Space::Discretes, _) => u16::from(data[0] & 1),
            (_, Part::Bit(bit)) => orders.word(data, 0) >> bit & 1,
            _ => orders.word(data, 0),
        })
    }
}

impl SignalDevice for ModbusClient {
    fn reopen(&mut self) -> Result<(), SignalError> {
        self.link.close();
        // A connection that is taken says little: whether every input can be read says that it is the right device.
        self.poll(&mut |_, _, _| {})
    }

    fn poll(&mut self, heard: &mut dyn FnMut(u8, Value<'_>, Instant)) -> Result<(), SignalError> {
        let Self {
            link,
            clock,
            blocks,
            orders,
            ..
        } = self;
        let deadline = link.deadline();
        for block in &*blocks {
            let at = clock.now();
            let asked = link.ask_by(deadline, &request(block));
            let data = asked.map_err(error)?;
            for (number, address) in &block.items {
                let offset = address.at as usize - block.from as usize;
                match (address.space, address.part) {
                    (Space::Coils | Space::Discretes, _) => {
                        let is_on = data[offset / 8] >> (offset % 8) & 1 == 1;
                        heard(*number, Value::Bit(is_on), at);
                    }
                    (_, Part::Bit(bit)) => {
                        heard(
                            *number,
                            Value::Bit(orders.word(data, offset) >> bit & 1 == 1),
                            at,
                        );
                    }
                    (_, Part::Whole) => heard(*number, Value::Word(orders.word(data, offset)), at),
                    (_, Part::Double) => {
                        heard(*number, Value::Double(orders.double(data, offset)), at)
                    }
                    (_, Part::Text(length)) => {
                        heard(*number, Value::Text(&orders.text(data, offset, length)), at);
                    }
                }
            }
        }
        match self.outputs.first().copied() {
            // Without inputs, an output is read as a sign of life.
            Some(output) if self.blocks.is_empty() => self.word(&output, deadline).map(drop),
            _ => Ok(()),
        }
    }

    fn write(&mut self, output: u8, is_on: bool) -> Result<(), SignalError> {
        let Some(address) = self.outputs.get(usize::from(output)) else {
            let reason = format!("output {output}: there is none");
            return Err(SignalError::Refused { reason });
        };
        let bytes = self.orders.bytes.bytes(u16::from(is_on));
        let request = match address.space {
            Space::Coils | Space::Discretes => Request::WriteBits {
                from: address.at,
                count: 1,
                bits: if is_on { &[1] } else { &[0] },
                is_single: true,
            },
            Space::Holdings | Space::Inputs => Request::WriteWords {
                from: address.at,
                bytes: &bytes,
                is_single: true,
            },
        };
        self.link.ask(&request).map(drop).map_err(error)
    }

    fn read_back(&mut self, output: u8) -> Result<Option<bool>, SignalError> {
        match self.outputs.get(usize::from(output)).copied() {
            Some(address) => {
                let word = self.word(&address, self.link.deadline())?;
                Ok(Some(word != 0))
            }
            None => Ok(None),
        }
    }

    fn prove(&mut self) -> Result<(), SignalError> {
        let Some(watchdog) = self.watchdog.take() else {
            return Ok(());
        };
        let proven = self.watched(&watchdog);
        self.watchdog = Some(watchdog);
        proven
    }
}

impl ModbusClient {
    fn watched(&mut self, watchdog: &Watchdog) -> Result<(), SignalError> {
        let deadline = self.link.deadline();
        let time = watchdog.unit * u32::from(self.word(&watchdog.register, deadline)?);
        if time.is_zero() || time > watchdog.time_max {
            let reason = format!(
                "expected a watchdog time above 0 and at most {:?}, found {time:?} at {}; set it on the module",
                watchdog.time_max, watchdog.register
            );
            return Err(SignalError::Refused { reason });
        }
        for address in &watchdog.safe {
            let found = self.word(address, deadline)?;
            if found != watchdog.safe_value {
                let reason = format!(
                    "expected the safe value {} at {address}, found {found}; set it on the module",
                    watchdog.safe_value
                );
                return Err(SignalError::Refused { reason });
            }
        }
        Ok(())
    }
}

/// Opens the device, closed: its first turn connects.
pub fn open(settings: &Settings, from: Opening<'_>) -> Box<dyn LineDevice> {
    // The settings were checked, so every address is one.
    let inputs = from
        .inputs()
        .filter_map(|(_, input)| Address::input(&input.address).ok());
    let outputs = from
        .outputs()
        .filter_map(|(_, output)| Address::output(&output.address).ok());
    let (inputs, outputs) = (inputs.collect(), outputs.collect());
    let device = ModbusClient::new(settings, inputs, outputs, Arc::clone(&from.clock));
    Box::new(Exchange::new(device, from))
}
