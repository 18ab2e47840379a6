//! The kinds of devices: the one place that lists them. Each exports `KIND`, `ROLE`, `Settings`, `problems()`, `proves()`,
//! `width()` and `open()`.

use super::gpio;
use super::http;
use super::listeners::Listeners;
use super::modbus;
use super::modbus::exchange::Joined;
use super::s7;
use super::slmp;
use super::text;
use super::wiring::{Device, Input, Output, Wiring};
use crate::clock::Clock;
use crate::error::Error;
use crate::ports::line::{LineDevice, PartRequest, Told};
use crate::ports::signal::{AddressError, Width};
use crate::queue::Outlet;
use crate::station::handshake::map::Preset;
use crate::telemetry::alarm::AlarmSender;
use crate::telemetry::signals::SignalBoard;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// What a kind of device does by itself, without inputs and outputs in the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// It has inputs and outputs with addresses.
    pub has_signals: bool,
    /// It announces parts.
    pub announces: bool,
    /// It takes parts out.
    pub acts: bool,
    /// It says who parts are.
    pub identifies: bool,
    /// Such devices have a watchdog that can be read back.
    pub has_watchdog: bool,
    /// It goes through the signals of the handshake, which are shown.
    pub has_handshake: bool,
}

/// Bits and words with addresses, which only an input or output of the settings gives a meaning.
pub const SIGNALS: Role = Role {
    has_signals: true,
    announces: false,
    acts: false,
    identifies: false,
    has_watchdog: false,
    has_handshake: false,
};

/// Who reads the keys of one device, and tells of every mistake.
pub trait ReadSettings {
    /// The keys as this adapter's settings; `None` where that was not possible, which has been told.
    fn read<T: DeserializeOwned>(self) -> Option<T>;
}

/// What a device is opened with.
pub struct Opening<'a> {
    /// The whole line.
    pub wiring: &'a Wiring,
    /// Index of the device in it.
    pub device: u8,
    /// What the station tells this device.
    pub told: Outlet<Told>,
    /// What programs ask of it, where it takes requests.
    pub requests: Option<Outlet<PartRequest>>,
    /// Where it sends what it hears.
    pub listeners: Listeners,
    /// Where it tells of conditions.
    pub alarms: AlarmSender,
    /// Where it shows its signals; made by [`Wiring::board`].
    pub board: Arc<SignalBoard>,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
}

impl Opening<'_> {
    /// The settings of this device.
    pub fn settings(&self) -> &Device {
        &self.wiring.devices[usize::from(self.device)]
    }

    /// What a device with a handshake needs of it.
    fn joined(self) -> Joined {
        Joined {
            name: self.settings().name.clone(),
            device: self.device,
            told: self.told,
            listeners: self.listeners,
            board: self.board,
            clock: self.clock,
        }
    }

    /// The inputs of this device, in order, each with its place on the board.
    pub fn inputs(&self) -> impl Iterator<Item = (usize, &Input)> {
        let all = self.wiring.inputs.iter().enumerate();
        all.filter(|(_, input)| input.device == self.device)
    }

    /// The outputs of this device, in order, each with its place on the board.
    pub fn outputs(&self) -> impl Iterator<Item = (usize, &Output)> {
        let first = self.wiring.inputs.len();
        let all = self.wiring.outputs.iter().enumerate();
        let ours = all.filter(|(_, output)| output.device == self.device);
        ours.map(move |(at, output)| (first + at, output))
    }
}

/// Opens a device of the line, closed: its first turn connects, and it connects again by itself.
///
/// # Errors
/// Where this computer cannot offer what a PLC is to connect to. A device that is missing is none: a station starts
/// without it.
pub fn open(from: Opening<'_>) -> Result<Box<dyn LineDevice>, Error> {
    match &from.wiring.devices[usize::from(from.device)].kind {
        DeviceKind::Modbus(settings) => Ok(modbus::client::open(settings, from)),
        DeviceKind::S7(settings) => Ok(s7::client::open(settings, from)),
        DeviceKind::Slmp(settings) => Ok(slmp::client::open(settings, from)),
        DeviceKind::Gpio(settings) => Ok(gpio::client::open(settings, from)),
        DeviceKind::ModbusServer(settings) => {
            Ok(Box::new(modbus::server::open(settings, from.joined())?))
        }
        DeviceKind::ModbusPoll(settings) => {
            Ok(Box::new(modbus::polling::open(settings, from.joined())?))
        }
        DeviceKind::Http(settings) => Ok(Box::new(http::open(settings, from))),
        DeviceKind::Text(settings) => text::scanner::open(settings, from),
        DeviceKind::Keyboard(settings) => Ok(text::keyboard::open(settings, from)),
    }
}

macro_rules! kinds {
    ($($kind:ident $($module:ident)::+;)*) => {
        /// Which adapter talks to a device, with its own settings.
        #[derive(Clone, Debug)]
        #[allow(missing_docs, reason = "each is explained by its own module")]
        pub enum DeviceKind { $($kind(Box<$($module)::+::Settings>),)* }

        impl DeviceKind {
            /// What `kind` may be in the settings.
            pub const NAMES: &[&str] = &[$($($module)::+::KIND,)*];

            /// The settings of a kind; `None` where it is not known or its settings have mistakes.
            pub fn read(kind: &str, from: impl ReadSettings) -> Option<Self> {
                match kind {
                    $($($module)::+::KIND => Some(DeviceKind::$kind(Box::new(from.read()?))),)*
                    _ => None,
                }
            }

            /// As in the settings.
            pub const fn name(&self) -> &'static str {
                match self { $(DeviceKind::$kind(_) => $($module)::+::KIND,)* }
            }

            /// What such devices do by themselves.
            const fn usual_role(&self) -> Role {
                match self { $(DeviceKind::$kind(_) => $($module)::+::ROLE,)* }
            }

            /// What does not go together in its own settings, one line each.
            pub fn problems(&self) -> Vec<String> {
                match self { $(DeviceKind::$kind(settings) => $($module)::+::problems(settings),)* }
            }

            /// Whether such devices have a watchdog that can be read back.
            pub const fn has_watchdog(&self) -> bool {
                self.role().has_watchdog
            }

            /// Whether it is asked to prove that its outputs are safe when the station dies.
            pub fn proves(&self) -> bool {
                match self { $(DeviceKind::$kind(settings) => $($module)::+::proves(settings),)* }
            }

            /// What an address holds.
            ///
            /// # Errors
            /// Where it is none, or cannot be written and is to be.
            pub fn width(&self, address: &str, is_output: bool) -> Result<Width, AddressError> {
                match self { $(DeviceKind::$kind(settings) => $($module)::+::width(settings, address, is_output),)* }
            }
        }
    };
}

kinds! {
    Modbus modbus::client;
    ModbusServer modbus::server;
    ModbusPoll modbus::polling;
    Slmp slmp::client;
    S7 s7::client;
    Gpio gpio::client;
    Text text::scanner;
    Keyboard text::keyboard;
    Http http;
}

impl DeviceKind {
    /// Whether programs ask it for parts, and are answered.
    pub const fn takes_requests(&self) -> bool {
        matches!(self, DeviceKind::Http(_))
    }

    /// Whether it tells each verdict with the number of its part; a PLC may read the coils of `simple` alone.
    pub fn numbers_parts(&self) -> bool {
        match self {
            DeviceKind::ModbusServer(settings) => settings.preset == Preset::Insight,
            DeviceKind::ModbusPoll(_) => true,
            _ => false,
        }
    }

    /// What it does by itself, by its settings too.
    pub const fn role(&self) -> Role {
        let announces = match self {
            DeviceKind::Text(settings) => settings.announces,
            DeviceKind::Keyboard(settings) => settings.announces,
            DeviceKind::Http(settings) => {
                return Role {
                    acts: settings.takes_out,
                    ..self.usual_role()
                };
            }
            _ => return self.usual_role(),
        };
        Role {
            announces,
            // With its parts it tells their IDs, and tells none apart from them.
            identifies: !announces,
            ..self.usual_role()
        }
    }
}
