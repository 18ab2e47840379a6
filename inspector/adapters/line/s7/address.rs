//! Addresses as the programming software writes them: `DB1.DBX0.3`, `DB1.DBW2`, `DB1.DBD4`, `M10.1`, `IW64`, `Q0.0`, also with
//! the German letters `E` and `A`; of a byte, `.text20` is 20 characters from there, `.string20` a STRING[20].

use crate::adapters::line::client::words::{Part, number};
use crate::ports::signal::{AddressError, TEXT_BYTES_MAX, Width};

/// Where a variable lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// This data block.
    Db(u16),
    /// Markers, also called flags.
    Markers,
    /// The process image of inputs.
    Inputs,
    /// The process image of outputs.
    Outputs,
}

/// What is taken from a byte on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// This bit of the byte; 0 is the lowest.
    Bit(u8),
    /// The byte itself.
    Byte,
    /// Two bytes, the higher one first.
    Word,
    /// Four bytes, the highest one first.
    Double,
    /// Characters up to a byte 0, so many at most.
    Text(u8),
    /// A STRING: how many it can hold, how many it holds, then so many characters at most.
    String(u8),
}

/// A place in a PLC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Of this area.
    pub area: Area,
    /// Its first byte there.
    pub at: u16,
    /// What of it.
    pub taken: Taken,
}

const EXPECTED_INPUT: &str = "an address of the PLC that can be read: a bit \"DB1.DBX0.3\", \"M10.1\", \"I0.0\", \"Q0.0\" (or \
     \"E0.0\", \"A0.0\"), a byte \"DB1.DBB2\", 16 bits \"DB1.DBW2\", \"MW20\", 32 bits \"DB1.DBD4\", characters \
     \"DB1.DBB20.text20\" or a STRING[20] \"DB1.DBB20.string20\"";
const EXPECTED_OUTPUT: &str =
    "a bit of the PLC that can be written: \"DB1.DBX0.3\", \"M10.1\" or \"Q0.0\" (or \"A0.0\")";

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

    /// Of an output, which is a bit.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn output(text: &str) -> Result<Self, AddressError> {
        let is_writable = |it: &Self| it.area != Area::Inputs && matches!(it.taken, Taken::Bit(_));
        let found = parse(text).filter(is_writable);
        found.ok_or_else(|| AddressError {
            expected: EXPECTED_OUTPUT,
            found: text.to_owned(),
        })
    }

    /// How many bytes it takes.
    pub fn bytes(&self) -> u16 {
        match self.taken {
            Taken::Bit(_) | Taken::Byte => 1,
            Taken::Word => 2,
            Taken::Double => 4,
            Taken::Text(bytes) => bytes.into(),
            Taken::String(bytes) => u16::from(bytes) + 2,
        }
    }

    /// What it holds.
    pub fn width(&self) -> Width {
        match self.taken {
            Taken::Bit(_) => Width::Bit,
            Taken::Byte => Width::Byte,
            Taken::Word => Width::Word,
            Taken::Double => Width::Double,
            Taken::Text(_) | Taken::String(_) => Width::Text,
        }
    }
}

/// A decimal number without a sign.
fn decimal(text: &str) -> Option<u16> {
    number(text).filter(|_| !text.starts_with("0x"))
}

fn parse(text: &str) -> Option<Address> {
    let text = text.strip_prefix('%').unwrap_or(text);
    let (area, place, is_bit) = match text.strip_prefix("DB") {
        Some(block) => {
            let (block, place) = block.split_once(".DB")?;
            let block = decimal(block).filter(|block| *block > 0)?;
            let bit = place.strip_prefix('X');
            (Area::Db(block), bit.unwrap_or(place), bit.is_some())
        }
        None => {
            let area = match text.chars().next()? {
                'M' => Area::Markers,
                'I' | 'E' => Area::Inputs,
                'Q' | 'A' => Area::Outputs,
                _ => return None,
            };
            let place = &text[1..];
            let is_bit = place.starts_with(|c: char| c.is_ascii_digit());
            (area, place, is_bit)
        }
    };
    let (at, taken) = match place.chars().next()? {
        _ if is_bit => {
            let (at, bit) = place.split_once('.')?;
            let bit = u8::try_from(decimal(bit)?).ok().filter(|bit| *bit < 8)?;
            (at, Taken::Bit(bit))
        }
        'B' => match place[1..].split_once('.') {
            None => (&place[1..], Taken::Byte),
            Some((at, held)) => (at, characters(held)?),
        },
        'W' => (&place[1..], Taken::Word),
        'D' => (&place[1..], Taken::Double),
        _ => return None,
    };
    let at = decimal(at)?;
    let address = Address { area, at, taken };
    address.at.checked_add(address.bytes() - 1)?;
    Some(address)
}

fn characters(held: &str) -> Option<Taken> {
    if let Some(bytes) = held.strip_prefix("string") {
        let bytes = u8::try_from(decimal(bytes)?).ok()?;
        let is_held = (1..=TEXT_BYTES_MAX).contains(&usize::from(bytes));
        return is_held.then_some(Taken::String(bytes));
    }
    match Part::wide(held)? {
        Part::Text(bytes) => Some(Taken::Text(bytes)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_the_programming_software_writes_them() {
        use Area::{Db, Inputs, Markers, Outputs};
        for (text, area, at, taken) in [
            ("DB1.DBX0.3", Db(1), 0, Taken::Bit(3)),
            ("%DB12.DBW2", Db(12), 2, Taken::Word),
            ("DB1.DBB7", Db(1), 7, Taken::Byte),
            ("DB1.DBD4", Db(1), 4, Taken::Double),
            ("DB1.DBB20.text20", Db(1), 20, Taken::Text(20)),
            ("DB1.DBB20.string30", Db(1), 20, Taken::String(30)),
            ("M10.1", Markers, 10, Taken::Bit(1)),
            ("MD20", Markers, 20, Taken::Double),
            ("I0.7", Inputs, 0, Taken::Bit(7)),
            ("E0.7", Inputs, 0, Taken::Bit(7)),
            ("EW64", Inputs, 64, Taken::Word),
            ("Q4.0", Outputs, 4, Taken::Bit(0)),
            ("A4.0", Outputs, 4, Taken::Bit(0)),
        ] {
            let found = Address::input(text).expect(text);
            assert_eq!(found, Address { area, at, taken }, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_said_with_what_one_is() {
        for text in [
            "",
            "DB1",
            "DB1.",
            "DB1.DB",
            "DB1.DBX",
            "DB1.DBX0",
            "DB1.DBX0.8",
            "DB1.DB0.3",
            "DB0.DBW2",
            "DB1.DBW",
            "DB1.DBW-2",
            "DB1.DBW0x2",
            "DB1.DBW65535",
            "DB1.DBXW2",
            "DB1.DBB2.u32",
            "DB1.DBB2.string0",
            "DB1.DBB2.text129",
            "DBW2",
            "M10",
            "M10.1.2",
            "X0.0",
            "m1.0",
            "%%M1.0",
            "M+1.0",
            "Ä1.0",
        ] {
            let error = Address::input(text).expect_err(text);
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
        for text in ["I0.0", "MW2", "DB1.DBB2", "DB1.DBB2.text4"] {
            assert!(Address::input(text).is_ok(), "{text} is read");
            assert!(Address::output(text).is_err(), "{text}");
        }
        for text in ["Q0.0", "M1.0", "DB1.DBX2.0"] {
            assert!(Address::output(text).is_ok(), "{text}");
        }
    }
}
