//! Requests and answers: functions 1 to 6, 15, 16 and 23 (MODBUS Application Protocol V1.1b3, 6).

use super::frame::Writing;
use std::fmt;

/// The most bits that one request reads.
pub const READ_BITS_MAX: u16 = 2000;
/// The most registers that one request reads.
pub const READ_WORDS_MAX: u16 = 125;
/// The most bits that one request writes.
pub const WRITE_BITS_MAX: u16 = 1968;
/// The most registers that one request writes.
pub const WRITE_WORDS_MAX: u16 = 123;
/// The most registers that a request writes which also reads.
pub const EXCHANGE_WORDS_MAX: u16 = 121;

/// Four blocks of addresses, each from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// Bits that can be written.
    Coils,
    /// Bits that can only be read.
    Discretes,
    /// Words that can be written.
    Holdings,
    /// Words that can only be read.
    Inputs,
}

impl Space {
    /// As in a message.
    pub const fn name(self) -> &'static str {
        match self {
            Space::Coils => "coil",
            Space::Discretes => "discrete input",
            Space::Holdings => "holding register",
            Space::Inputs => "input register",
        }
    }

    const fn read_code(self) -> u8 {
        match self {
            Space::Coils => 1,
            Space::Discretes => 2,
            Space::Holdings => 3,
            Space::Inputs => 4,
        }
    }

    const fn is_bits(self) -> bool {
        matches!(self, Space::Coils | Space::Discretes)
    }
}

/// Why a server does not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exception(pub u8);

impl Exception {
    /// It does not know the function.
    pub const FUNCTION: Self = Self(1);
    /// It has nothing at this address, or nothing that can be written.
    pub const ADDRESS: Self = Self(2);
    /// A number of the request is out of range.
    pub const VALUE: Self = Self(3);
    /// It failed while it did it.
    pub const FAILURE: Self = Self(4);
    /// It is busy with another request.
    pub const BUSY: Self = Self(6);
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self.0 {
            1 => "illegal function: the device does not know it",
            2 => "illegal address: the device has nothing there, or it cannot be written",
            3 => "illegal value",
            4 => "device failure",
            5 => "not done yet",
            6 => "device busy",
            8 => "memory parity error",
            10 => "gateway has no path to the unit",
            11 => "the unit behind the gateway does not answer",
            _ => "an exception that the standard does not name",
        };
        write!(f, "exception {} ({words})", self.0)
    }
}

/// What a client asks. Bits are packed, the first in the lowest bit; registers are high byte first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// Functions 1 to 4.
    Read {
        /// Of which block.
        space: Space,
        /// The first address.
        from: u16,
        /// How many of them.
        count: u16,
    },
    /// Function 5, or 15.
    WriteBits {
        /// The first address.
        from: u16,
        /// How many of them.
        count: u16,
        /// As they are packed.
        bits: &'a [u8],
        /// Whether it is function 5.
        is_single: bool,
    },
    /// Function 6, or 16.
    WriteWords {
        /// The first address.
        from: u16,
        /// Two for each.
        bytes: &'a [u8],
        /// Whether it is function 6.
        is_single: bool,
    },
    /// Function 23: writes, then reads.
    Exchange {
        /// First address to read.
        from: u16,
        /// How many to read.
        count: u16,
        /// First address to write.
        to: u16,
        /// Two for each to write.
        bytes: &'a [u8],
    },
}

/// One bit as it is packed.
const fn packed(is_on: bool) -> &'static [u8] {
    if is_on { &[1] } else { &[0] }
}

fn word(bytes: &[u8], at: usize) -> Result<u16, Exception> {
    match bytes.get(at..at + 2) {
        Some(found) => Ok(u16::from_be_bytes([found[0], found[1]])),
        None => Err(Exception::VALUE),
    }
}

/// Whether so many can be there from this address on.
fn span(from: u16, count: u16, count_max: u16) -> Result<(), Exception> {
    if count == 0 || count > count_max {
        return Err(Exception::VALUE);
    }
    match from.checked_add(count - 1) {
        Some(_) => Ok(()),
        None => Err(Exception::ADDRESS),
    }
}

/// What follows a byte that counts them, and nothing behind.
fn counted(pdu: &[u8], at: usize, expected: usize) -> Result<&[u8], Exception> {
    let bytes = pdu.get(at + 1..).ok_or(Exception::VALUE)?;
    match usize::from(pdu[at]) == expected && bytes.len() == expected {
        true => Ok(bytes),
        false => Err(Exception::VALUE),
    }
}

impl<'a> Request<'a> {
    /// What a client asked.
    ///
    /// # Errors
    /// What to answer where that cannot be done.
    pub fn decode(pdu: &'a [u8]) -> Result<Self, Exception> {
        let code = *pdu.first().ok_or(Exception::FUNCTION)?;
        let read = |space: Space, count_max| {
            let (from, count) = (word(pdu, 1)?, word(pdu, 3)?);
            span(from, count, count_max)?;
            match pdu.len() {
                5 => Ok(Request::Read { space, from, count }),
                _ => Err(Exception::VALUE),
            }
        };
        match code {
            1 => read(Space::Coils, READ_BITS_MAX),
            2 => read(Space::Discretes, READ_BITS_MAX),
            3 => read(Space::Holdings, READ_WORDS_MAX),
            4 => read(Space::Inputs, READ_WORDS_MAX),
            5 | 6 => Self::single(code, pdu),
            15 => {
                let (from, count) = (word(pdu, 1)?, word(pdu, 3)?);
                span(from, count, WRITE_BITS_MAX)?;
                let bits = counted(pdu, 5, usize::from(count.div_ceil(8)))?;
                Ok(Request::WriteBits {
                    from,
                    count,
                    bits,
                    is_single: false,
                })
            }
            16 => {
                let (from, count) = (word(pdu, 1)?, word(pdu, 3)?);
                span(from, count, WRITE_WORDS_MAX)?;
                let bytes = counted(pdu, 5, usize::from(count) * 2)?;
                Ok(Request::WriteWords {
                    from,
                    bytes,
                    is_single: false,
                })
            }
            23 => {
                let (from, count) = (word(pdu, 1)?, word(pdu, 3)?);
                let (to, written) = (word(pdu, 5)?, word(pdu, 7)?);
                span(from, count, READ_WORDS_MAX)?;
                span(to, written, EXCHANGE_WORDS_MAX)?;
                let bytes = counted(pdu, 9, usize::from(written) * 2)?;
                Ok(Request::Exchange {
                    from,
                    count,
                    to,
                    bytes,
                })
            }
            _ => Err(Exception::FUNCTION),
        }
    }

    fn single(code: u8, pdu: &'a [u8]) -> Result<Self, Exception> {
        let (from, value) = (word(pdu, 1)?, word(pdu, 3)?);
        match (code, value, pdu.len()) {
            (6, _, 5) => Ok(Request::WriteWords {
                from,
                bytes: &pdu[3..],
                is_single: true,
            }),
            (5, 0 | 0xFF00, 5) => Ok(Request::WriteBits {
                from,
                count: 1,
                bits: packed(value != 0),
                is_single: true,
            }),
            _ => Err(Exception::VALUE),
        }
    }

    /// The function's code.
    pub const fn code(&self) -> u8 {
        match self {
            Request::Read { space, .. } => space.read_code(),
            Request::WriteBits { is_single, .. } => match is_single {
                true => 5,
                false => 15,
            },
            Request::WriteWords { is_single, .. } => match is_single {
                true => 6,
                false => 16,
            },
            Request::Exchange { .. } => 23,
        }
    }

    /// Writes it down. What is longer than the standard allows becomes a frame that every server refuses.
    pub fn encode(&self, out: &mut Writing<'_>) {
        out.byte(self.code());
        match *self {
            Request::Read { from, count, .. } => {
                out.word(from);
                out.word(count);
            }
            Request::WriteBits {
                from,
                count,
                bits,
                is_single,
            } => {
                out.word(from);
                if is_single {
                    let is_on = bits.first().is_some_and(|bits| bits & 1 == 1);
                    out.word(if is_on { 0xFF00 } else { 0 });
                } else {
                    out.word(count);
                    out.byte(bits.len() as u8);
                    out.bytes(bits);
                }
            }
            Request::WriteWords {
                from,
                bytes,
                is_single,
            } => {
                out.word(from);
                if !is_single {
                    out.word((bytes.len() / 2) as u16);
                    out.byte(bytes.len() as u8);
                }
                out.bytes(bytes);
            }
            Request::Exchange {
                from,
                count,
                to,
                bytes,
            } => {
                out.word(from);
                out.word(count);
                out.word(to);
                out.word((bytes.len() / 2) as u16);
                out.byte(bytes.len() as u8);
                out.bytes(bytes);
            }
        }
    }

    /// What the server answered: the bits or registers that were read, or nothing where none were.
    ///
    /// # Errors
    /// That it refused, or that this is no answer to the request.
    pub fn answer<'b>(&self, pdu: &'b [u8]) -> Result<&'b [u8], AnswerError> {
        let code = self.code();
        match pdu {
            [found, exception] if *found == code | 0x80 => {
                Err(AnswerError::Exception(Exception(*exception)))
            }
            [found, rest @ ..] if *found == code => self.of_answer(rest),
            _ => Err(AnswerError::Wrong),
        }
    }

    fn of_answer<'b>(&self, rest: &'b [u8]) -> Result<&'b [u8], AnswerError> {
        let read = match *self {
            Request::Read { space, count, .. } if space.is_bits() => count.div_ceil(8),
            Request::Read { count, .. } | Request::Exchange { count, .. } => count * 2,
            Request::WriteBits { from, count, .. } => {
                return self.echoed(rest, from, count);
            }
            Request::WriteWords { from, bytes, .. } => {
                return self.echoed(rest, from, (bytes.len() / 2) as u16);
            }
        };
        match rest.split_first() {
            Some((count, bytes))
                if u16::from(*count) == read && bytes.len() == usize::from(read) =>
            {
                Ok(bytes)
            }
            _ => Err(AnswerError::Wrong),
        }
    }

    /// The answer to what was written repeats the address, and the value or how many.
    fn echoed<'b>(&self, rest: &'b [u8], from: u16, count: u16) -> Result<&'b [u8], AnswerError> {
        let value = match *self {
            Request::WriteBits {
                bits,
                is_single: true,
                ..
            } => match bits.first().is_some_and(|bits| bits & 1 == 1) {
                true => 0xFF00,
                false => 0,
            },
            Request::WriteWords {
                bytes: [high, low],
                is_single: true,
                ..
            } => u16::from_be_bytes([*high, *low]),
            _ => count,
        };
        let [a, b] = from.to_be_bytes();
        let [c, d] = value.to_be_bytes();
        match rest == [a, b, c, d] {
            true => Ok(&[]),
            false => Err(AnswerError::Wrong),
        }
    }
}

/// Why an answer brings nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerError {
    /// The server refused.
    Exception(Exception),
    /// It is no answer to what was asked.
    Wrong,
}

#[cfg(test)]
#[path = "pdu/tests.rs"]
mod tests;
