//! Modbus TCP client of a PLC or of remote I/O.

use super::address::Address;
use super::watchdog::WatchdogSettings;
use crate::adapters::line::kinds::{Role, SIGNALS};
use crate::ports::signal::{AddressError, Width};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};

/// In the settings.
pub const KIND: &str = "modbus";
/// Inputs and outputs with addresses.
pub const ROLE: Role = Role {
    has_watchdog: true,
    ..SIGNALS
};
/// Where Modbus TCP listens.
const PORT: u16 = 502;
/// The longest time-out: an alarm comes within a second.
const TIMEOUT_MS_MAX: u64 = 800;

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
    200
}

/// Which half comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// As the standard has it.
    #[default]
    HighFirst,
    /// As many PLCs have it.
    LowFirst,
}

impl Settings {
    /// Where it listens; `None` where the settings do not say.
    pub fn socket_address(&self) -> Option<SocketAddr> {
        let alone = || self.address.parse::<IpAddr>().ok();
        let with_port = self.address.parse().ok();
        with_port.or_else(|| alone().map(|ip| SocketAddr::new(ip, PORT)))
    }
}

/// What does not go together in the settings.
pub fn problems(settings: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
    if settings.socket_address().is_none() {
        problems.push(format!(
            "address: expected an IP address, with a port where it is not {PORT}, as \"192.168.1.5\" or \
             \"192.168.1.5:1502\"; found {:?}",
            settings.address
        ));
    }
    if !(1..=TIMEOUT_MS_MAX).contains(&settings.timeout_ms) {
        problems.push(format!(
            "timeout_ms: expected 1 to {TIMEOUT_MS_MAX}, found {}",
            settings.timeout_ms
        ));
    }
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
pub fn width(address: &str, is_output: bool) -> Result<Width, AddressError> {
    match is_output {
        true => Address::output(address).map(|_| Width::Bit),
        false => Address::input(address).map(|address| address.width()),
    }
}
