//! The kinds of devices: the one place that lists them. Each exports `KIND`, `ROLE`, `Settings`, `problems()`, `proves()`,
//! `width()` and `open()`.

use super::modbus;
use crate::ports::signal::{AddressError, Width};
use serde::de::DeserializeOwned;

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
}

/// Bits and words with addresses, which only an input or output of the settings gives a meaning.
pub const SIGNALS: Role = Role {
    has_signals: true,
    announces: false,
    acts: false,
    identifies: false,
    has_watchdog: false,
};

/// Who reads the keys of one device, and tells of every mistake.
pub trait ReadSettings {
    /// The keys as this adapter's settings; `None` where that was not possible, which has been told.
    fn read<T: DeserializeOwned>(self) -> Option<T>;
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

            /// What it does by itself.
            pub const fn role(&self) -> Role {
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
                match self { $(DeviceKind::$kind(_) => $($module)::+::width(address, is_output),)* }
            }
        }
    };
}

kinds! {
    Modbus modbus::client;
    ModbusServer modbus::server;
    ModbusPoll modbus::polling;
}
