//! How inputs are read: which requests, and how registers become numbers and texts.

use super::address::Address;
use super::pdu::{READ_BITS_MAX, READ_WORDS_MAX, Request, Space};
use crate::adapters::line::client::blocks::{self, Span};
use crate::adapters::line::client::words::{Order, pair, text};
use crate::ports::signal::TEXT_BYTES_MAX;
use arrayvec::ArrayString;

/// What is read by one request, and which inputs are in it. The number orders the spaces.
pub(super) type Block = blocks::Block<(u8, Space), Address>;

/// Requests that read all of these: registers first, so that a count is older than the bit that it belongs to.
pub(super) fn blocks(inputs: &[Address]) -> Vec<Block> {
    let order = |space: Space| match space {
        Space::Inputs => 0,
        Space::Holdings => 1,
        Space::Discretes => 2,
        Space::Coils => 3,
    };
    let span = |address: &Address| Span {
        space: (order(address.space), address.space),
        from: address.at.into(),
        count: address.count().into(),
    };
    blocks::blocks(inputs, span, |(_, space)| match space {
        Space::Coils | Space::Discretes => READ_BITS_MAX.into(),
        Space::Holdings | Space::Inputs => READ_WORDS_MAX.into(),
    })
}

/// What reads a block. Its addresses have 16 bits, and so has the end of it.
pub(super) fn request(block: &Block) -> Request<'static> {
    Request::Read {
        space: block.space.1,
        from: u16::try_from(block.from).unwrap_or(u16::MAX),
        count: u16::try_from(block.count).unwrap_or(u16::MAX),
    }
}

/// How registers become numbers.
#[derive(Clone, Copy)]
pub(super) struct Orders {
    pub bytes: Order,
    pub words: Order,
}

impl Orders {
    pub fn word(self, bytes: &[u8], at: usize) -> u16 {
        self.bytes.word(pair(bytes, at * 2))
    }

    pub fn double(self, bytes: &[u8], at: usize) -> u32 {
        let (first, second) = (self.word(bytes, at), self.word(bytes, at + 1));
        self.words.double(first, second)
    }

    pub fn text(self, bytes: &[u8], at: usize, length: u8) -> ArrayString<TEXT_BYTES_MAX> {
        text((0..usize::from(length)).map(|index| {
            let [high, low] = self.word(bytes, at + index / 2).to_be_bytes();
            if index % 2 == 0 { high } else { low }
        }))
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
            .map(|block| (block.space.1, block.from, block.count, block.items.len()))
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
