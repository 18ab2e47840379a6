//! Huffman tables (ITU-T T.81, annexes C and K.3.3), laid out for finding the end of codes, not their values.

use super::bits::Bits;
use super::{Damage, JpegError};

/// Codes up to this length are found in one look.
const LOOK: u32 = 10;

/// Largest number of bits of a coefficient of 8-bit samples (T.81, table F.2) and of a difference of two DC
/// coefficients (table F.1).
const AC_BITS_MAX: u8 = 10;
pub(super) const DC_BITS_MAX: u8 = 11;

/// Bits in which several coefficients are found in one look.
const LOOK_FAR: u32 = 12;
/// How far one look may go, so that all of it is in one block.
const FAR_MAX: u16 = 31;

/// How far a block goes on behind its end, as [`Table::skip`] counts: an end of block is no overflow.
pub(super) const END: u32 = 128;

/// One table, of DC or AC codes.
pub(super) struct Table {
    is_defined: bool,
    counts: [u8; 16],
    symbols: [u8; 256],
    /// By the next bits: the length of the code in the lower byte and its symbol in the upper one; 0 for a longer code, or
    /// none.
    symbols_by_bits: [u16; 1 << LOOK],
    /// Likewise, of a code with its value: their bits together, and how many coefficients they are.
    step_by_bits: [u16; 1 << LOOK],
    /// Likewise, of all codes with their values that these bits show.
    steps_by_bits: [u16; 1 << LOOK_FAR],
    /// Behind the last code of each length, in 16 bits.
    ends: [u32; 17],
    /// What to add to a code of each length to find its symbol.
    offsets: [i32; 17],
}

impl Table {
    pub(super) const UNDEFINED: Table = Table {
        is_defined: false,
        counts: [0; 16],
        symbols: [0; 256],
        symbols_by_bits: [0; 1 << LOOK],
        step_by_bits: [0; 1 << LOOK],
        steps_by_bits: [0; 1 << LOOK_FAR],
        ends: [0; 17],
        offsets: [0; 17],
    };

    pub(super) fn is_defined(&self) -> bool {
        self.is_defined
    }

    pub(super) fn forget(&mut self) {
        self.is_defined = false;
    }

    /// Takes over a table as it stands in a file: how many codes there are of each length, and their symbols.
    pub(super) fn define(&mut self, counts: &[u8; 16], symbols: &[u8]) -> Result<(), Damage> {
        // Most frames have the tables of the one before.
        if self.counts != *counts || !self.symbols.starts_with(symbols) {
            self.counts = [0; 16];
            self.build(counts, symbols)?;
            self.counts = *counts;
            self.look_far();
        }
        self.is_defined = true;
        Ok(())
    }

    fn build(&mut self, counts: &[u8; 16], symbols: &[u8]) -> Result<(), Damage> {
        self.symbols_by_bits.fill(0);
        let (mut code, mut index) = (0_u32, 0_usize);
        for length in 1..=16_u32 {
            code <<= 1;
            self.offsets[length as usize] = index as i32 - code as i32;
            for _ in 0..counts[length as usize - 1] {
                let symbol = *symbols.get(index).ok_or(Damage::HuffmanTable)?;
                self.symbols[index] = symbol;
                if length <= LOOK {
                    let spread = 1 << (LOOK - length);
                    let first = (code << (LOOK - length)) as usize;
                    let places = self.symbols_by_bits.get_mut(first..first + spread);
                    let by_symbol = u16::from(symbol) << 8 | length as u16;
                    places.ok_or(Damage::HuffmanTable)?.fill(by_symbol);
                }
                code += 1;
                index += 1;
            }
            if code > 1 << length {
                return Err(Damage::HuffmanTable);
            }
            self.ends[length as usize] = code << (16 - length);
        }
        Ok(())
    }

    /// Puts together what can be seen in one look.
    fn look_far(&mut self) {
        for (found, near) in self.symbols_by_bits.iter().zip(&mut self.step_by_bits) {
            let seen = (*found != 0).then(|| step(u32::from(found & 0xff), (found >> 8) as u8));
            *near = seen.flatten().unwrap_or(0);
        }
        for (bits, far) in (0_u32..).zip(&mut self.steps_by_bits) {
            let (mut used, mut coefficients) = (0, 0);
            while used < LOOK_FAR {
                let rest = bits << used & ((1 << LOOK_FAR) - 1);
                let found = self.symbols_by_bits[(rest >> (LOOK_FAR - LOOK)) as usize];
                let length = u32::from(found & 0xff);
                if found == 0 || used + length > LOOK_FAR {
                    break;
                }
                let Some(step) = step(length, (found >> 8) as u8) else {
                    break;
                };
                let further = step >> 8;
                if further < END as u16 && coefficients + further > FAR_MAX {
                    break;
                }
                used += u32::from(step & 0xff);
                coefficients += further;
                if further == END as u16 {
                    break;
                }
            }
            *far = coefficients << 8 | used as u16;
        }
    }

    /// The next symbol. Afterwards 16 bits are there.
    #[inline(always)]
    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> Result<u8, JpegError> {
        bits.fill();
        let found = self.symbols_by_bits[(bits.peek() >> (16 - LOOK)) as usize];
        match take(bits, found) {
            Some(symbol) => Ok(symbol as u8),
            None => self.long_symbol(bits),
        }
    }

    #[inline(never)]
    fn long_symbol(&self, bits: &mut Bits<'_>) -> Result<u8, JpegError> {
        let next = bits.peek();
        let length = (LOOK + 1..=16).find(|length| next < self.ends[*length as usize]);
        let Some(length) = length else {
            return Err(JpegError::Damaged(Damage::Code));
        };
        let index = (next >> (16 - length)) as i32 + self.offsets[length as usize];
        bits.drop(length);
        let symbol = self.symbols.get(index as usize).copied();
        symbol.ok_or(JpegError::Damaged(Damage::Code))
    }

    /// Skips coefficients from the `k`th of a block on, and says which one is next: 64, or [`END`] and more, at the
    /// end of the block.
    #[inline(always)]
    pub(super) fn skip(&self, bits: &mut Bits<'_>, k: u32) -> Result<u32, JpegError> {
        bits.fill();
        let found = if k + u32::from(FAR_MAX) < 64 {
            self.steps_by_bits[(bits.peek() >> (16 - LOOK_FAR)) as usize]
        } else {
            self.step_by_bits[(bits.peek() >> (16 - LOOK)) as usize]
        };
        match take(bits, found) {
            Some(further) => Ok(k + u32::from(further)),
            None => self.long_skip(bits, k),
        }
    }

    #[inline(never)]
    fn long_skip(&self, bits: &mut Bits<'_>, k: u32) -> Result<u32, JpegError> {
        let symbol = self.symbol(bits)?;
        let step = step(0, symbol).ok_or(JpegError::Damaged(Damage::Code))?;
        bits.drop(u32::from(step & 0xff));
        Ok(k + u32::from(step >> 8))
    }
}

/// Drops the bits of what one look found, and gives what they mean; nothing where one look was not enough.
#[inline(always)]
fn take(bits: &mut Bits<'_>, found: u16) -> Option<u16> {
    if found == 0 {
        return None;
    }
    bits.drop(u32::from(found & 0xff));
    Some(found >> 8)
}

/// Bits of a code and its value, and how many coefficients they are; nothing for what no block of 8-bit samples has.
fn step(length: u32, symbol: u8) -> Option<u16> {
    let (run, size) = (symbol >> 4, symbol & 15);
    let coefficients = match (run, size) {
        (0, 0) => END as u16,
        (15, 0) => 16,
        (_, 1..=AC_BITS_MAX) => u16::from(run) + 1,
        _ => return None,
    };
    Some(coefficients << 8 | (length as u16 + u16::from(size)))
}

/// A table of T.81 K.3.3, which a frame without tables means: counts and symbols.
pub(super) type Standard = (&'static [u8; 16], &'static [u8]);

const DC_SYMBOLS: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

/// Tables K.3 and K.4, by destination.
pub(super) const STANDARD_DC: [Standard; 2] = [
    (
        &[0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
        &DC_SYMBOLS,
    ),
    (
        &[0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
        &DC_SYMBOLS,
    ),
];

/// Tables K.5 and K.6, by destination.
#[rustfmt::skip]
pub(super) const STANDARD_AC: [Standard; 2] = [
    (&[0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d], &[
        0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
        0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72,
        0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37,
        0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
        0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83,
        0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3,
        0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
        0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
        0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
    ]),
    (&[0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77], &[
        0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22,
        0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1,
        0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35, 0x36,
        0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58,
        0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a,
        0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a,
        0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba,
        0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda,
        0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
    ]),
];
