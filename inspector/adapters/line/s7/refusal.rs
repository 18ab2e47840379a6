//! What a PLC answers instead of data, as sentences that say what to do.

use std::fmt;

/// Why a PLC refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The whole request: error class and code.
    Request(u16),
    /// One variable of it.
    Variable(u8),
}

impl Refusal {
    fn advice(self) -> &'static str {
        match self {
            Refusal::Request(0x8104 | 0x8001) | Refusal::Variable(0x03) => {
                "access is not allowed; in the PLC's protection settings permit PUT/GET communication"
            }
            Refusal::Request(0x8404) => {
                "nothing can be written there; the block or area does not exist, is too short, or is optimised"
            }
            Refusal::Request(0x8500) => "the request is too long for it",
            Refusal::Request(_) => "look the code up in the manual of the PLC",
            Refusal::Variable(0x05) => {
                "the block is shorter than the address, or optimised; switch \"optimised block access\" off"
            }
            Refusal::Variable(0x0A) => {
                "the block does not exist or is optimised; check its number, and switch \"optimised block access\" off"
            }
            Refusal::Variable(0x01) => "a fault of its hardware",
            Refusal::Variable(0x06 | 0x07) => "it does not have that type there; check the address",
            Refusal::Variable(_) => "check the address",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Request(code) => write!(f, "error 0x{code:04X}: {}", self.advice()),
            Refusal::Variable(code) => write!(f, "code 0x{code:02X}: {}", self.advice()),
        }
    }
}

impl std::error::Error for Refusal {}
