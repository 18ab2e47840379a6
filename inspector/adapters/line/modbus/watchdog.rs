//! What proves that a module's outputs fall to a safe value when the station dies: a watchdog time and safe values, both
//! read back from the module.

use super::address::{Address, Part};
use super::pdu::Space;
use crate::ports::signal::AddressError;
use serde::Deserialize;
use std::fmt;
use std::time::Duration;

/// The table `[device.watchdog]`. What a preset knows need not be said.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchdogSettings {
    /// A module whose places are known.
    pub preset: Option<Preset>,
    /// Where the watchdog time stands, such as `"holding:0x1020"`.
    pub register: Option<String>,
    /// The unit of that register in milliseconds.
    pub unit_ms: Option<u64>,
    /// The longest that the module may wait before it falls to the safe values, in milliseconds.
    #[serde(default = "five_seconds")]
    pub time_ms_max: u64,
    /// Where the safe values of the outputs stand: coils or registers, one for each output of a lane.
    #[serde(default)]
    pub safe: Vec<String>,
    /// What each of them must be. 0 is without power.
    #[serde(default)]
    pub safe_value: u16,
}

fn five_seconds() -> u64 {
    5_000
}

/// Modules whose places their makers document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Crevis NA-9189: the watchdog time stands in register 0x1020, in units of 100 ms.
    CrevisNa9189,
    /// ICP DAS ET-7000 and PET-7000: the safe values of the outputs are coils from 514 on (00515).
    IcpDasEt7000,
}

/// A watchdog of which everything is known that has to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watchdog {
    /// Where the time stands.
    pub register: Address,
    /// The unit of the time there.
    pub unit: Duration,
    /// The most that is allowed.
    pub time_max: Duration,
    /// Where safe values stand.
    pub safe: Vec<Address>,
    /// What each must be.
    pub safe_value: u16,
}

/// What is missing or wrong in `[device.watchdog]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchdogError {
    /// `register` is missing.
    NoRegister,
    /// `register` is no address.
    Register(AddressError),
    /// `register` is a bit.
    RegisterIsBit,
    /// `unit_ms` is missing or 0.
    Unit,
    /// `safe` is missing, and the preset says where its values stand.
    NoSafe(Option<Preset>),
    /// One of `safe` is no address.
    Safe(AddressError),
    /// One of `safe` is more than a bit or a register.
    SafeIsWide(String),
}

impl fmt::Display for WatchdogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WatchdogError::NoRegister => f.write_str(
                "watchdog.register is missing: expected where the watchdog time stands, as \"holding:0x1020\"",
            ),
            WatchdogError::Register(error) => write!(f, "watchdog.register: {error}"),
            WatchdogError::RegisterIsBit => {
                f.write_str("watchdog.register: expected one register, \"holding:…\" or \"input:…\"")
            }
            WatchdogError::Unit => f.write_str(
                "watchdog.unit_ms: expected the unit of the watchdog time in milliseconds, above 0",
            ),
            WatchdogError::NoSafe(Some(Preset::IcpDasEt7000)) => f.write_str(
                "watchdog.safe is missing: expected the coil of the safe value of each output; of output 0 it is \
                 \"coil:514\"",
            ),
            WatchdogError::NoSafe(_) => f.write_str(
                "watchdog.safe is missing: expected where the safe value of each output of a lane stands, as \
                 [\"coil:514\"]",
            ),
            WatchdogError::Safe(error) => write!(f, "watchdog.safe: {error}"),
            WatchdogError::SafeIsWide(found) => {
                write!(f, "watchdog.safe: expected a bit or one register, found {found:?}")
            }
        }
    }
}

impl std::error::Error for WatchdogError {}

impl WatchdogSettings {
    /// What has to be read.
    ///
    /// # Errors
    /// Everything that is missing or wrong.
    pub fn checked(&self) -> Result<Watchdog, Vec<WatchdogError>> {
        let mut errors = Vec::new();
        let is_crevis = self.preset == Some(Preset::CrevisNa9189);
        let register = self.place(is_crevis);
        let unit_ms = self.unit_ms.or(is_crevis.then_some(100));
        let unit_ms = unit_ms.filter(|unit| *unit > 0).ok_or(WatchdogError::Unit);
        let mut safe = Vec::new();
        for text in &self.safe {
            match Address::input(text) {
                Ok(address) if matches!(address.part, Part::Whole | Part::Bit(_)) => {
                    safe.push(address)
                }
                Ok(_) => errors.push(WatchdogError::SafeIsWide(text.clone())),
                Err(error) => errors.push(WatchdogError::Safe(error)),
            }
        }
        if self.safe.is_empty() {
            errors.push(WatchdogError::NoSafe(self.preset));
        }
        match (register, unit_ms) {
            (Ok(register), Ok(unit_ms)) if errors.is_empty() => Ok(Watchdog {
                register,
                unit: Duration::from_millis(unit_ms),
                time_max: Duration::from_millis(self.time_ms_max),
                safe,
                safe_value: self.safe_value,
            }),
            (register, unit_ms) => {
                errors.extend(register.err().into_iter().chain(unit_ms.err()));
                Err(errors)
            }
        }
    }

    fn place(&self, is_crevis: bool) -> Result<Address, WatchdogError> {
        let preset = is_crevis.then_some("holding:0x1020");
        let text = self
            .register
            .as_deref()
            .or(preset)
            .ok_or(WatchdogError::NoRegister)?;
        let address = Address::input(text).map_err(WatchdogError::Register)?;
        let is_register =
            matches!(address.space, Space::Holdings | Space::Inputs) && address.part == Part::Whole;
        is_register
            .then_some(address)
            .ok_or(WatchdogError::RegisterIsBit)
    }
}
