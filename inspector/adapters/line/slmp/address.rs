//! Addresses as the programming software writes them: `M100`, `X17`, `D100`; of a word `.A` is a bit (hexadecimal, as
//! there), `.u32` takes the next one too, `.text20` holds 20 bytes of text.

use crate::adapters::line::client::words::Part;
use crate::ports::signal::{AddressError, Width};
use serde::Deserialize;
use std::fmt;

/// Which PLC it is, as far as addresses depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// FX5U, FX5UC, FX5UJ, FX5S: numbers of X and Y are octal.
    Fx5,
    /// MELSEC-Q: numbers of X and Y are hexadecimal, as of L and iQ-R.
    Q,
    /// The L series.
    L,
    /// The iQ-R series.
    IqR,
}

/// What is at an address, by the name and code of SH(NA)-080956ENG 5.2.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Device {
    /// Words are read before bits, so that a count is older than the bit that it belongs to.
    pub is_bit: bool,
    /// In a request.
    pub code: u8,
    /// Before the number.
    pub name: &'static str,
    radix: Radix,
    is_written: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Radix {
    Decimal,
    Hexadecimal,
    /// Octal or hexadecimal, by the family.
    OfFamily,
}

const fn bits(name: &'static str, code: u8, radix: Radix, is_written: bool) -> Device {
    Device {
        is_bit: true,
        code,
        name,
        radix,
        is_written,
    }
}

const fn words(name: &'static str, code: u8, radix: Radix, is_written: bool) -> Device {
    Device {
        is_bit: false,
        code,
        name,
        radix,
        is_written,
    }
}

/// Every device that is read; longer names first.
static DEVICES: [Device; 17] = [
    bits("SM", 0x91, Radix::Decimal, false),
    bits("SB", 0xA1, Radix::Hexadecimal, true),
    words("SD", 0xA9, Radix::Decimal, false),
    words("SW", 0xB5, Radix::Hexadecimal, true),
    words("ZR", 0xB0, Radix::Decimal, true),
    words("TN", 0xC2, Radix::Decimal, false),
    words("CN", 0xC5, Radix::Decimal, false),
    bits("X", 0x9C, Radix::OfFamily, false),
    bits("Y", 0x9D, Radix::OfFamily, true),
    bits("M", 0x90, Radix::Decimal, true),
    bits("L", 0x92, Radix::Decimal, true),
    bits("F", 0x93, Radix::Decimal, true),
    bits("B", 0xA0, Radix::Hexadecimal, true),
    bits("S", 0x98, Radix::Decimal, false),
    words("D", 0xA8, Radix::Decimal, true),
    words("W", 0xB4, Radix::Hexadecimal, true),
    words("R", 0xAF, Radix::Decimal, true),
];

/// The highest number that fits into a request.
const NUMBER_MAX: u32 = 0x00FF_FFFF;

/// A place in a PLC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Bits or words of this kind.
    pub device: &'static Device,
    /// Its number there.
    pub at: u32,
    /// What of it.
    pub part: Part,
    family: Family,
}

const EXPECTED_INPUT: &str = "a device of the PLC that can be read, as the programming software writes it: \"M100\", \
     \"X17\" (octal with plc = \"fx5\", else hexadecimal), \"Y0\", \"L5\", \"B1F\", \"S3\", \"D100\", \"W1A\", \"R7\", \
     \"ZR9\", a bit \"D100.A\", two words \"D10.u32\" or a text \"D100.text20\"";
const EXPECTED_OUTPUT: &str = "a device of the PLC that can be written: \"M100\", \"Y0\", \"L5\", \"B1F\", or a word that is 1 or 0, \"D100\"";

impl Address {
    /// Of an input.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn input(family: Family, text: &str) -> Result<Self, AddressError> {
        parse(family, text).ok_or_else(|| AddressError {
            expected: EXPECTED_INPUT,
            found: text.to_owned(),
        })
    }

    /// Of an output: a bit, or a word that is 1 or 0.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn output(family: Family, text: &str) -> Result<Self, AddressError> {
        let is_writable = |it: &Self| it.device.is_written && it.part == Part::Whole;
        let found = parse(family, text).filter(is_writable);
        found.ok_or_else(|| AddressError {
            expected: EXPECTED_OUTPUT,
            found: text.to_owned(),
        })
    }

    /// What it holds.
    pub fn width(&self) -> Width {
        match (self.device.is_bit, self.part) {
            (true, _) | (_, Part::Bit(_)) => Width::Bit,
            (_, Part::Whole) => Width::Word,
            (_, Part::Double) => Width::Double,
            (_, Part::Text(_)) => Width::Text,
        }
    }
}

impl fmt::Display for Address {
    /// As settings write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, at) = (self.device.name, self.at);
        match base(&self.device.radix, self.family) {
            8 => write!(f, "{name}{at:o}"),
            16 => write!(f, "{name}{at:X}"),
            _ => write!(f, "{name}{at}"),
        }?;
        match self.part {
            Part::Whole => Ok(()),
            Part::Bit(bit) => write!(f, ".{bit:X}"),
            Part::Double => f.write_str(".u32"),
            Part::Text(bytes) => write!(f, ".text{bytes}"),
        }
    }
}

const fn base(radix: &Radix, family: Family) -> u32 {
    match (radix, family) {
        (Radix::Decimal, _) => 10,
        (Radix::OfFamily, Family::Fx5) => 8,
        (Radix::Hexadecimal, _) | (Radix::OfFamily, Family::Q | Family::L | Family::IqR) => 16,
    }
}

fn parse(family: Family, text: &str) -> Option<Address> {
    let found = DEVICES.iter().find(|it| text.starts_with(it.name));
    let device = found?;
    let place = text.strip_prefix(device.name)?;
    let (digits, part) = match place.split_once('.') {
        None => (place, Part::Whole),
        Some(_) if device.is_bit => return None,
        Some((digits, part)) => (digits, word_part(part)?),
    };
    let base = base(&device.radix, family);
    // A sign is no digit.
    let is_number = digits.chars().all(|digit| digit.is_digit(base));
    let at = u32::from_str_radix(digits, base).ok()?;
    let end = at.checked_add(u32::from(part.words()) - 1)?;
    (is_number && end <= NUMBER_MAX).then_some(Address {
        device,
        at,
        part,
        family,
    })
}

fn word_part(part: &str) -> Option<Part> {
    let bit = match part.as_bytes() {
        [digit @ (b'0'..=b'9' | b'A'..=b'F')] => char::from(*digit).to_digit(16),
        _ => None,
    };
    let bit = bit.and_then(|bit| u8::try_from(bit).ok());
    bit.map(Part::Bit).or_else(|| Part::wide(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_the_programming_software_writes_them() {
        for (family, text, code, at, part, width) in [
            (Family::Fx5, "M100", 0x90, 100, Part::Whole, Width::Bit),
            (Family::Fx5, "X17", 0x9C, 0o17, Part::Whole, Width::Bit),
            (Family::Q, "X17", 0x9C, 0x17, Part::Whole, Width::Bit),
            (Family::IqR, "Y1F", 0x9D, 0x1F, Part::Whole, Width::Bit),
            (Family::Fx5, "B1F", 0xA0, 0x1F, Part::Whole, Width::Bit),
            (Family::Fx5, "SB10", 0xA1, 0x10, Part::Whole, Width::Bit),
            (Family::Fx5, "S10", 0x98, 10, Part::Whole, Width::Bit),
            (Family::Fx5, "D100", 0xA8, 100, Part::Whole, Width::Word),
            (Family::Fx5, "D100.A", 0xA8, 100, Part::Bit(10), Width::Bit),
            (Family::L, "W1A", 0xB4, 0x1A, Part::Whole, Width::Word),
            (Family::Q, "ZR70000", 0xB0, 70_000, Part::Whole, Width::Word),
            (Family::Q, "R7.u32", 0xAF, 7, Part::Double, Width::Double),
            (
                Family::Fx5,
                "D200.text21",
                0xA8,
                200,
                Part::Text(21),
                Width::Text,
            ),
        ] {
            let address = Address::input(family, text).expect(text);
            assert_eq!(
                (address.device.code, address.at, address.part),
                (code, at, part),
                "{text}"
            );
            assert_eq!(address.width(), width, "{text}");
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_is_said_with_what_one_is() {
        for text in [
            "",
            "M",
            "m1",
            "M-1",
            "M+1",
            "M 1",
            "M1.0",
            "X8",
            "X1F",
            "Q1",
            "D1.10",
            "D1.G",
            "D1.a",
            "D1.u16",
            "D",
            "D1.text0",
            "D16777216",
            "D16777215.u32",
            "holding:1",
        ] {
            let error = Address::input(Family::Fx5, text).expect_err(text);
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
            assert!(error.to_string().contains("octal"), "{error}");
        }
        for text in ["X1", "SM400", "SD0", "S1", "D1.3", "D1.u32", "CN3"] {
            assert!(Address::input(Family::Fx5, text).is_ok(), "{text} is read");
            assert!(Address::output(Family::Fx5, text).is_err(), "{text}");
        }
        for text in ["Y7", "M1", "D1", "ZR1"] {
            assert!(Address::output(Family::Fx5, text).is_ok(), "{text}");
        }
    }
}
