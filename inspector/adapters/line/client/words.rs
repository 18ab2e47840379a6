//! Words of 16 bits that are numbers and texts, as settings name them.

use crate::ports::signal::TEXT_BYTES_MAX;
use arrayvec::{ArrayString, ArrayVec};
use serde::Deserialize;

/// Which half comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// As Modbus has it.
    #[default]
    HighFirst,
    /// As many PLCs have it.
    LowFirst,
}

/// What is taken from a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The bit, or all 16 of a word.
    Whole,
    /// This bit of a word; 0 is the lowest.
    Bit(u8),
    /// This word and the next.
    Double,
    /// A text of so many bytes, two a word.
    Text(u8),
}

impl Part {
    /// `u32` or `text20`.
    pub fn wide(text: &str) -> Option<Self> {
        if text == "u32" {
            return Some(Part::Double);
        }
        let bytes = number(text.strip_prefix("text")?)?;
        let bytes = u8::try_from(bytes).ok()?;
        let is_held = (1..=TEXT_BYTES_MAX).contains(&usize::from(bytes));
        is_held.then_some(Part::Text(bytes))
    }

    /// How many words it takes.
    pub fn words(self) -> u16 {
        match self {
            Part::Whole | Part::Bit(_) => 1,
            Part::Double => 2,
            Part::Text(bytes) => u16::from(bytes).div_ceil(2),
        }
    }
}

/// A number from 0, decimal or `0x…`.
pub fn number(text: &str) -> Option<u16> {
    match text.strip_prefix("0x") {
        Some(hex) => u16::from_str_radix(hex, 16).ok(),
        None => text
            .bytes()
            .all(|c| c.is_ascii_digit())
            .then(|| text.parse().ok())?,
    }
}

impl Order {
    /// A word of two bytes.
    pub const fn word(self, bytes: [u8; 2]) -> u16 {
        match self {
            Order::HighFirst => u16::from_be_bytes(bytes),
            Order::LowFirst => u16::from_le_bytes(bytes),
        }
    }

    /// Two bytes of a word.
    pub const fn bytes(self, word: u16) -> [u8; 2] {
        match self {
            Order::HighFirst => word.to_be_bytes(),
            Order::LowFirst => word.to_le_bytes(),
        }
    }

    /// A number of 32 bits of two words.
    pub fn double(self, first: u16, second: u16) -> u32 {
        let (first, second) = (u32::from(first), u32::from(second));
        match self {
            Order::HighFirst => first << 16 | second,
            Order::LowFirst => second << 16 | first,
        }
    }
}

/// Two bytes from there; 0 for what is missing.
pub fn pair(bytes: &[u8], at: usize) -> [u8; 2] {
    [bytes.get(at), bytes.get(at + 1)].map(|byte| byte.copied().unwrap_or(0))
}

/// A text up to the first byte 0, without blanks at its end; what is no UTF-8 becomes `?`.
pub fn text(bytes: impl Iterator<Item = u8>) -> ArrayString<TEXT_BYTES_MAX> {
    let mut raw = ArrayVec::<u8, TEXT_BYTES_MAX>::new();
    for byte in bytes {
        if byte == 0 || raw.try_push(byte).is_err() {
            break;
        }
    }
    let mut text = ArrayString::new();
    for chunk in raw.utf8_chunks() {
        let _ = text.try_push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            let _ = text.try_push('?');
        }
    }
    let end = text.trim_end().len();
    text.truncate(end);
    text
}
