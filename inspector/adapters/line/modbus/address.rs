//! Addresses as settings write them: `coil:3`, `discrete:0`, `holding:100`, `input:0x1020`, counted from 0 as on the wire;
//! of a register `.7` is a bit, `.u32` takes two of them, `.text20` holds 20 bytes of text.

use super::pdu::Space;
pub use crate::adapters::line::client::words::Part;
use crate::adapters::line::client::words::number;
use crate::ports::signal::{AddressError, Width};
use std::fmt;

/// A place in a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Of this block.
    pub space: Space,
    /// From 0, as on the wire.
    pub at: u16,
    /// What of it.
    pub part: Part,
}

const EXPECTED_INPUT: &str = "a Modbus address that can be read, counted from 0: \"coil:3\", \"discrete:0\", \
     \"holding:100\", \"input:0x1020\", a bit \"holding:100.7\", two registers \"input:10.u32\" or a text \
     \"holding:100.text20\"";
const EXPECTED_OUTPUT: &str =
    "a Modbus address that can be written, counted from 0: \"coil:3\" or \"holding:100\"";

impl Address {
    /// Of an input.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn input(text: &str) -> Result<Self, AddressError> {
        parse(text).ok_or_else(|| AddressError {
            expected: EXPECTED_INPUT,
            found: text.to_owned(),
        })
    }

    /// Of an output: a coil, or a register that is 1 or 0.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn output(text: &str) -> Result<Self, AddressError> {
        let is_writable = |address: &Self| {
            matches!(address.space, Space::Coils | Space::Holdings) && address.part == Part::Whole
        };
        parse(text).filter(is_writable).ok_or_else(|| AddressError {
            expected: EXPECTED_OUTPUT,
            found: text.to_owned(),
        })
    }

    /// How many bits or registers it takes.
    pub fn count(&self) -> u16 {
        self.part.words()
    }

    /// What it holds.
    pub fn width(&self) -> Width {
        match (self.space, self.part) {
            (Space::Coils | Space::Discretes, _) | (_, Part::Bit(_)) => Width::Bit,
            (_, Part::Whole) => Width::Word,
            (_, Part::Double) => Width::Double,
            (_, Part::Text(_)) => Width::Text,
        }
    }
}

impl fmt::Display for Address {
    /// As settings write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = match self.space {
            Space::Coils => "coil",
            Space::Discretes => "discrete",
            Space::Holdings => "holding",
            Space::Inputs => "input",
        };
        write!(f, "{space}:{}", self.at)?;
        match self.part {
            Part::Whole => Ok(()),
            Part::Bit(bit) => write!(f, ".{bit}"),
            Part::Double => f.write_str(".u32"),
            Part::Text(bytes) => write!(f, ".text{bytes}"),
        }
    }
}

fn parse(text: &str) -> Option<Address> {
    let (space, place) = text.split_once(':')?;
    let space = match space {
        "coil" => Space::Coils,
        "discrete" => Space::Discretes,
        "holding" => Space::Holdings,
        "input" => Space::Inputs,
        _ => return None,
    };
    let (at, part) = match place.split_once('.') {
        None => (place, Part::Whole),
        Some(_) if matches!(space, Space::Coils | Space::Discretes) => return None,
        Some((at, part)) => (at, register_part(part)?),
    };
    let address = Address {
        space,
        at: number(at)?,
        part,
    };
    address.at.checked_add(address.count() - 1)?;
    Some(address)
}

fn register_part(part: &str) -> Option<Part> {
    if let Some(part) = Part::wide(part) {
        return Some(part);
    }
    let bit = number(part).and_then(|bit| u8::try_from(bit).ok())?;
    (bit < 16).then_some(Part::Bit(bit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_documented() {
        for (text, space, at, part, count, width) in [
            ("coil:3", Space::Coils, 3, Part::Whole, 1, Width::Bit),
            (
                "discrete:0",
                Space::Discretes,
                0,
                Part::Whole,
                1,
                Width::Bit,
            ),
            (
                "holding:65535",
                Space::Holdings,
                65535,
                Part::Whole,
                1,
                Width::Word,
            ),
            (
                "input:0x1020",
                Space::Inputs,
                0x1020,
                Part::Whole,
                1,
                Width::Word,
            ),
            (
                "holding:100.15",
                Space::Holdings,
                100,
                Part::Bit(15),
                1,
                Width::Bit,
            ),
            (
                "input:10.u32",
                Space::Inputs,
                10,
                Part::Double,
                2,
                Width::Double,
            ),
            (
                "holding:7.text21",
                Space::Holdings,
                7,
                Part::Text(21),
                11,
                Width::Text,
            ),
        ] {
            let address = Address::input(text).expect(text);
            assert_eq!(address, Address { space, at, part }, "{text}");
            assert_eq!((address.count(), address.width()), (count, width), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_said_with_what_one_is() {
        for text in [
            "",
            "3",
            "coil",
            "coil:",
            "coil:-1",
            "coil:65536",
            "coil:+3",
            "coil:3.1",
            "holding:1.16",
            "holding:1.u16",
            "holding:65535.u32",
            "input:65500.text128",
            "input:1.text129",
            "input:1.text0",
            "register:1",
            "Coil:1",
        ] {
            let error = Address::input(text).expect_err(text).to_string();
            assert!(
                error.contains("coil:3") && error.contains(&format!("{text:?}")),
                "{error}"
            );
        }
        for text in ["discrete:1", "input:1", "holding:1.3", "holding:1.u32"] {
            assert!(Address::input(text).is_ok(), "{text} can be read");
            assert!(Address::output(text).is_err(), "{text} cannot be written");
        }
        assert!(Address::output("holding:1").is_ok());
    }
}
