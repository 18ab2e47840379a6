//! How inputs are read: which requests, and how registers become numbers and texts.

use super::address::Address;
use super::pdu::{READ_BITS_MAX, READ_WORDS_MAX, Space};
use crate::ports::signal::TEXT_BYTES_MAX;
use arrayvec::{ArrayString, ArrayVec};
use serde::Deserialize;

/// Which half comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// As the standard has it.
    #[default]
    HighFirst,
    /// As many PLCs have it.
    LowFirst,
}

/// What is read by one request, and which inputs are in it.
pub(super) struct Block {
    pub space: Space,
    pub from: u16,
    pub count: u16,
    pub items: Vec<(u8, Address)>,
}

/// Requests that read all of these: registers first, so that a count is older than the bit that it belongs to.
pub(super) fn blocks(inputs: &[Address]) -> Vec<Block> {
    let mut sorted: Vec<(u8, Address)> = (0..).zip(inputs.iter().copied()).collect();
    let order = |space: Space| match space {
        Space::Inputs => 0,
        Space::Holdings => 1,
        Space::Discretes => 2,
        Space::Coils => 3,
    };
    sorted.sort_by_key(|(_, address)| (order(address.space), address.at));
    let mut blocks: Vec<Block> = Vec::new();
    for (number, address) in sorted {
        let end = address.at + (address.count() - 1);
        let count_max = match address.space {
            Space::Coils | Space::Discretes => READ_BITS_MAX,
            Space::Holdings | Space::Inputs => READ_WORDS_MAX,
        };
        // Only what the settings name is read: a device may refuse what lies between.
        let joins = |block: &&mut Block| {
            block.space == address.space
                && u32::from(address.at) <= u32::from(block.from) + u32::from(block.count)
                && end - block.from < count_max
        };
        match blocks.last_mut().filter(joins) {
            Some(block) => {
                block.count = block.count.max(end - block.from + 1);
                block.items.push((number, address));
            }
            None => blocks.push(Block {
                space: address.space,
                from: address.at,
                count: address.count(),
                items: vec![(number, address)],
            }),
        }
    }
    blocks
}

/// How registers become numbers.
#[derive(Clone, Copy)]
pub(super) struct Orders {
    pub bytes: Order,
    pub words: Order,
}

impl Orders {
    pub fn word(self, bytes: &[u8], at: usize) -> u16 {
        let pair =
            [bytes.get(at * 2), bytes.get(at * 2 + 1)].map(|byte| byte.copied().unwrap_or(0));
        match self.bytes {
            Order::HighFirst => u16::from_be_bytes(pair),
            Order::LowFirst => u16::from_le_bytes(pair),
        }
    }

    pub fn double(self, bytes: &[u8], at: usize) -> u32 {
        let (first, second) = (
            u32::from(self.word(bytes, at)),
            u32::from(self.word(bytes, at + 1)),
        );
        match self.words {
            Order::HighFirst => first << 16 | second,
            Order::LowFirst => second << 16 | first,
        }
    }

    /// Up to the first byte of padding; what is no UTF-8 becomes `?`.
    pub fn text(self, bytes: &[u8], at: usize, length: u8) -> ArrayString<TEXT_BYTES_MAX> {
        let mut raw = ArrayVec::<u8, TEXT_BYTES_MAX>::new();
        for index in 0..usize::from(length) {
            let [high, low] = self.word(bytes, at + index / 2).to_be_bytes();
            let byte = if index % 2 == 0 { high } else { low };
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

    pub fn bytes(self, word: u16) -> [u8; 2] {
        match self.bytes {
            Order::HighFirst => word.to_be_bytes(),
            Order::LowFirst => word.to_le_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_together_is_read_by_one_request_and_registers_come_first() {
        let inputs = [
            "coil:9",
            "discrete:3",
            "input:10.u32",
            "discrete:4",
            "input:12",
            "discrete:40",
            "coil:9",
        ];
        let inputs: Vec<Address> = inputs
            .iter()
            .map(|text| Address::input(text).expect("one"))
            .collect();
        let found: Vec<_> = blocks(&inputs)
            .iter()
            .map(|block| (block.space, block.from, block.count, block.items.len()))
            .collect();
        let expected = [
            (Space::Inputs, 10, 3, 2),
            (Space::Discretes, 3, 2, 2),
            (Space::Discretes, 40, 1, 1),
            (Space::Coils, 9, 1, 2),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn bytes_and_words_come_in_the_order_that_is_set() {
        let bytes = [0x12, 0x34, 0x56, 0x78];
        let orders = |bytes, words| Orders { bytes, words };
        let (high, low) = (Order::HighFirst, Order::LowFirst);
        for (orders, expected) in [
            (orders(high, high), 0x1234_5678),
            (orders(high, low), 0x5678_1234),
            (orders(low, high), 0x3412_7856),
            (orders(low, low), 0x7856_3412),
        ] {
            assert_eq!(orders.double(&bytes, 0), expected);
        }
        let text = orders(low, high).text(b"BADCE\0", 0, 6);
        assert_eq!(&text, "ABCD", "up to the padding");
        assert_eq!(&orders(high, high).text(b"A\xff ", 0, 3), "A?");
    }
}
