//! Binary frames on TCP: subheader, route, length, and a request or an answer (SH(NA)-080956ENG 4.2).

use super::address::Device;
use super::end_code::EndCode;
use arrayvec::ArrayVec;
use serde::Deserialize;
use std::time::Duration;

/// The most words that one request reads; an FX5U has no more.
pub const READ_WORDS_MAX: u32 = 960;
/// The most bits that one request reads on an FX5U; others read twice as many.
pub const READ_BITS_MAX: u32 = 3_584;
/// The longest answer in bytes: its header, and the words or bits (two a byte).
pub const ANSWER_BYTES_MAX: usize = 15 + 2 + 2 * READ_WORDS_MAX as usize;
/// The longest request in bytes.
pub const REQUEST_BYTES_MAX: usize = 32;
/// The unit of the time that the PLC is given.
const MONITORING_UNIT_MS: u128 = 250;
/// Nothing in an answer is longer.
const LENGTH_MAX: usize = ANSWER_BYTES_MAX - 15;

/// Which frames a PLC is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Kind {
    /// Every PLC with SLMP or MC protocol knows these.
    #[default]
    #[serde(rename = "3e")]
    ThreeE,
    /// With a number that the answer repeats.
    #[serde(rename = "4e")]
    FourE,
}

impl Kind {
    /// Bytes before those that the length counts.
    const fn header_bytes(self) -> usize {
        match self {
            Kind::ThreeE => 9,
            Kind::FourE => 13,
        }
    }
}

/// Which PLC is meant: the one that is connected, or one behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// 0 is its own.
    pub network: u8,
    /// 255 is itself.
    pub station: u8,
}

/// What is asked. Bits and words are apart: a PLC does not mix them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// So many in a row.
    Read {
        /// Bits or words.
        device: &'static Device,
        /// The first of them.
        from: u32,
        /// How many there are.
        count: u16,
    },
    /// One bit, or one word that is 1 or 0.
    Write {
        /// Bits or words.
        device: &'static Device,
        /// Which of them.
        at: u32,
        /// What it is to be.
        is_on: bool,
    },
}

/// One frame on its way out.
pub type RequestBytes = ArrayVec<u8, REQUEST_BYTES_MAX>;

/// How long the PLC may take before it answers that it cannot, in units of 250 ms.
pub fn monitoring_units(limit: Duration) -> u16 {
    u16::try_from(limit.as_millis().div_ceil(MONITORING_UNIT_MS)).unwrap_or(u16::MAX)
}

impl Request {
    /// Writes the whole frame.
    pub fn encode(
        &self,
        kind: Kind,
        serial: u16,
        route: Route,
        timer: u16,
        into: &mut RequestBytes,
    ) {
        into.clear();
        let [low, high] = serial.to_le_bytes();
        match kind {
            Kind::ThreeE => into.extend([0x50, 0x00]),
            Kind::FourE => into.extend([0x54, 0x00, low, high, 0, 0]),
        }
        into.extend([route.network, route.station, 0xFF, 0x03, 0x00, 0, 0]);
        into.extend(timer.to_le_bytes());
        let (command, device, at, count) = match *self {
            Request::Read {
                device,
                from,
                count,
            } => (0x0401_u16, device, from, count),
            Request::Write { device, at, .. } => (0x1401, device, at, 1),
        };
        into.extend(command.to_le_bytes());
        into.extend(u16::from(device.is_bit).to_le_bytes());
        let [low, middle, high, _] = at.to_le_bytes();
        into.extend([low, middle, high, device.code]);
        into.extend(count.to_le_bytes());
        match *self {
            Request::Write { is_on, .. } if device.is_bit => into.push(u8::from(is_on) << 4),
            Request::Write { is_on, .. } => into.extend([u8::from(is_on), 0]),
            Request::Read { .. } => {}
        }
        let header = kind.header_bytes();
        let length = u16::try_from(into.len() - header).unwrap_or(u16::MAX);
        into[header - 2..header].copy_from_slice(&length.to_le_bytes());
    }

    /// How many bytes of data answer it.
    fn data_bytes(&self) -> usize {
        match *self {
            Request::Read { device, count, .. } if device.is_bit => usize::from(count).div_ceil(2),
            Request::Read { count, .. } => usize::from(count) * 2,
            Request::Write { .. } => 0,
        }
    }

    /// What its answer holds: words with the low byte first, or bits, the first one in the upper half of a byte. `None`
    /// where it answers something else.
    ///
    /// # Errors
    /// Where the PLC refuses.
    pub fn answer<'a>(&self, answer: &Answer<'a>) -> Result<Option<&'a [u8]>, EndCode> {
        match answer.end_code {
            EndCode(0) => Ok((answer.data.len() == self.data_bytes()).then_some(answer.data)),
            refused => Err(refused),
        }
    }
}

/// One bit of an answer.
pub fn bit(data: &[u8], at: usize) -> bool {
    let pair = data.get(at / 2).copied().unwrap_or(0);
    let half = if at.is_multiple_of(2) {
        pair >> 4
    } else {
        pair
    };
    half & 1 == 1
}

/// One whole frame as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The number of the request; 0 in a frame without.
    pub serial: u16,
    /// Repeats the request's.
    pub route: Route,
    /// 0 where it was done.
    pub end_code: EndCode,
    /// What was read, or why it was refused.
    pub data: &'a [u8],
    /// Bytes of the whole frame.
    pub bytes: usize,
}

/// Bytes that are no answer in these frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotSlmp {
    /// How they begin.
    pub head: [u8; 2],
}

impl std::fmt::Display for NotSlmp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [first, second] = self.head;
        write!(
            f,
            "expected a binary SLMP answer, found one that begins with {first:02X} {second:02X}; check the port, that its \
             connection is set to SLMP (MC protocol) and binary, and frame"
        )
    }
}

impl std::error::Error for NotSlmp {}

impl<'a> Answer<'a> {
    /// The first frame of what came; `None` while it is not all there.
    ///
    /// # Errors
    /// Where it is no such frame, which is known from the first bytes on.
    pub fn first(kind: Kind, bytes: &'a [u8]) -> Result<Option<Self>, NotSlmp> {
        let expected = match kind {
            Kind::ThreeE => [0xD0, 0x00],
            Kind::FourE => [0xD4, 0x00],
        };
        let Some(head) = bytes.first_chunk::<2>() else {
            return Ok(None);
        };
        let wrong = NotSlmp { head: *head };
        if *head != expected {
            return Err(wrong);
        }
        let header = kind.header_bytes();
        let word = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        if bytes.len() < header {
            return Ok(None);
        }
        let length = usize::from(word(header - 2));
        if !(2..=LENGTH_MAX).contains(&length) {
            return Err(wrong);
        }
        if bytes.len() < header + length {
            return Ok(None);
        }
        Ok(Some(Self {
            serial: if kind == Kind::FourE { word(2) } else { 0 },
            route: Route {
                network: bytes[header - 7],
                station: bytes[header - 6],
            },
            end_code: EndCode(word(header)),
            data: &bytes[header + 2..header + length],
            bytes: header + length,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::{Address, Family};
    use super::*;

    const SELF: Route = Route {
        network: 0,
        station: 255,
    };

    fn device(text: &str) -> (&'static Device, u32) {
        let address = Address::input(Family::Fx5, text).expect(text);
        (address.device, address.at)
    }

    /// The examples of SH(NA)-080956ENG 5.2, and the frame of JY997D56001 p. 21.
    #[test]
    fn requests_and_answers_are_those_of_the_manual() {
        let mut bytes = RequestBytes::new();
        let (m, from) = device("M100");
        let read = Request::Read {
            device: m,
            from,
            count: 8,
        };
        read.encode(Kind::ThreeE, 0, SELF, 16, &mut bytes);
        let expected = [
            0x50, 0, 0, 0xFF, 0xFF, 3, 0, 0x0C, 0, 0x10, 0, 0x01, 0x04, 0x01, 0, 0x64, 0, 0, 0x90,
            8, 0,
        ];
        assert_eq!(bytes[..], expected);
        let bits = [
            0xD0, 0, 0, 0xFF, 0xFF, 3, 0, 6, 0, 0, 0, 0x00, 0x01, 0x00, 0x11,
        ];
        let answer = Answer::first(Kind::ThreeE, &bits).expect("SLMP");
        let data = read.answer(&answer.expect("whole")).expect("done");
        let data = data.expect("of this request");
        let on: Vec<usize> = (0..8).filter(|at| bit(data, *at)).collect();
        assert_eq!(on, [3, 6, 7]);

        let (d, at) = device("D256");
        let is_on = true;
        let write = Request::Write {
            device: d,
            at,
            is_on,
        };
        write.encode(Kind::FourE, 0x1234, SELF, 1, &mut bytes);
        let expected = [
            0x54, 0, 0x34, 0x12, 0, 0, 0, 0xFF, 0xFF, 3, 0, 0x0E, 0, 1, 0, 0x01, 0x14, 0, 0, 0, 1,
            0, 0xA8, 1, 0, 1, 0,
        ];
        assert_eq!(bytes[..], expected);

        let refused = [
            0xD0, 0, 0, 0xFF, 0xFF, 3, 0, 0x0B, 0, 0x51, 0xC0, 0, 0xFF, 0xFF, 3, 0, 1, 4, 0, 0,
        ];
        let answer = Answer::first(Kind::ThreeE, &refused).expect("SLMP");
        let error = read.answer(&answer.expect("whole")).expect_err("refused");
        assert!(error.to_string().contains("0xC051: so many"), "{error}");
    }

    #[test]
    fn pieces_are_waited_for_and_other_protocols_told_at_once() {
        let whole = [0xD4, 0, 9, 0, 0, 0, 1, 2, 0xFF, 3, 0, 4, 0, 0, 0, 7, 0, 99];
        for cut in 0..17 {
            assert_eq!(Answer::first(Kind::FourE, &whole[..cut]), Ok(None), "{cut}");
        }
        let found = Answer::first(Kind::FourE, &whole).expect("SLMP");
        let found = found.expect("whole");
        assert_eq!(
            (found.serial, found.data, found.bytes),
            (9, &[7, 0][..], 17)
        );
        assert!(Answer::first(Kind::ThreeE, &whole).is_err(), "4E is not 3E");
        assert!(Answer::first(Kind::ThreeE, b"HTTP/1.1").is_err());
        assert!(Answer::first(Kind::ThreeE, b"D00000FF").is_err(), "ASCII");
        let long = [0xD0, 0, 0, 0xFF, 0xFF, 3, 0, 0xFF, 0xFF];
        assert!(Answer::first(Kind::ThreeE, &long).is_err());
    }
}
