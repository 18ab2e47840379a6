//! Devices with bits and words that mean something to the station: remote I/O, the memory of a PLC, GPIO lines. What they
//! mean is said elsewhere; here they are inputs and outputs by their number.

use crate::station::time::Instant;
use crate::telemetry::why_gone::WhyGone;
use std::fmt;

/// The longest text that a device holds, in bytes.
pub const TEXT_BYTES_MAX: usize = 128;

/// What one address holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// On or off.
    Bit,
    /// 8 bits, as a number.
    Byte,
    /// 16 bits; counts wrap there.
    Word,
    /// 32 bits; counts wrap there.
    Double,
    /// A text of at most [`TEXT_BYTES_MAX`] bytes.
    Text,
}

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Width::Bit => "a bit",
            Width::Byte => "8 bits",
            Width::Word => "16 bits",
            Width::Double => "32 bits",
            Width::Text => "a text",
        })
    }
}

/// What an input is, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// On or off, as the device has it.
    Bit(bool),
    /// A number of 8 or 16 bits.
    Word(u16),
    /// A number of 32 bits.
    Double(u32),
    /// Without padding; may be empty.
    Text(&'a str),
}

/// Why an exchange did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignalError {
    /// The connection is of no more use, and nobody knows whether the device did what it was told: open it again.
    Gone {
        /// As people are told it.
        why: WhyGone,
        /// Which device, what was expected, what was found.
        reason: String,
    },
    /// The device understood and refuses; the connection is sound.
    Refused {
        /// Which device, what it refuses, what to do.
        reason: String,
    },
}

impl fmt::Display for SignalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (SignalError::Gone { reason, .. } | SignalError::Refused { reason }) = self;
        f.write_str(reason)
    }
}

impl SignalError {
    /// As people are told it.
    pub const fn why(&self) -> WhyGone {
        match self {
            SignalError::Gone { why, .. } => *why,
            SignalError::Refused { .. } => WhyGone::OtherKind,
        }
    }
}

impl std::error::Error for SignalError {}

/// A text that is no address of this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressError {
    /// What was expected, with an example.
    pub expected: &'static str,
    /// What stands in the settings.
    pub found: String,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {:?}", self.expected, self.found)
    }
}

impl std::error::Error for AddressError {}

/// A device with inputs and outputs, numbered as the settings list them for it. It is made closed: [`Self::reopen`] comes
/// first. Every call returns within the device's time-out, and after the first calls none allocates unless it fails.
/// `tests/signals/conformance.rs` checks every adapter.
pub trait SignalDevice: Send {
    /// Connects, after a failure or for the first time. Outputs stay as the device has them.
    ///
    /// # Errors
    /// `Gone` where it does not answer.
    fn reopen(&mut self) -> Result<(), SignalError>;

    /// Tells what every input is, and every change of it where the device remembers changes: in the order of time, with
    /// the time at which the device saw it, or else at which it was asked.
    ///
    /// # Errors
    /// `Gone` and `Refused`; what was heard before holds.
    fn poll(&mut self, heard: &mut dyn FnMut(u8, Value<'_>, Instant)) -> Result<(), SignalError>;

    /// Whether changes of every input are remembered between two calls of [`Self::poll`]; else one that is over before the
    /// next call is not seen.
    fn remembers(&self) -> bool {
        false
    }

    /// Sets one output; returns when the device has answered that it did.
    ///
    /// # Errors
    /// `Gone` where that is not certain, `Refused` where it certainly did not.
    fn write(&mut self, output: u8, is_on: bool) -> Result<(), SignalError>;

    /// What an output is, asked of the device; `None` where it cannot say.
    ///
    /// # Errors
    /// `Gone` and `Refused`, as of [`Self::write`].
    fn read_back(&mut self, output: u8) -> Result<Option<bool>, SignalError> {
        let _ = output;
        Ok(None)
    }

    /// Proves that the outputs fall to their safe state by themselves when the station dies. A device that need not prove
    /// it says nothing.
    ///
    /// # Errors
    /// `Refused` with what is missing: outputs that accept parts are not to be set.
    fn prove(&mut self) -> Result<(), SignalError> {
        Ok(())
    }
}
