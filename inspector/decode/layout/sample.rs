//! Values of more than eight bits, packed or not.

use super::each;

/// How one value of grey, or of one cell of a Bayer pattern, is stored. Of more than eight bits the upper eight are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// One byte a sample.
    Byte,
    /// A little-endian word of 16 bits, to be shifted right by this much.
    Word(u32),
    /// Four of ten bits in five bytes, lowest bits first: PFNC `10p`.
    Packed10,
    /// Two of twelve bits in three bytes, lowest bits first: PFNC `12p`.
    Packed12,
    /// Two in three bytes, of which the outer ones hold the upper eight bits of each: GigE Vision's `10Packed` and
    /// `12Packed`.
    Outer,
}

impl Sample {
    /// The fewest samples that fill whole bytes. A row of another multiple would end within a byte.
    pub const fn group(self) -> usize {
        match self {
            Sample::Byte | Sample::Word(_) => 1,
            Sample::Packed12 | Sample::Outer => 2,
            Sample::Packed10 => 4,
        }
    }

    pub(super) const fn row_bytes(self, width: usize) -> usize {
        match self {
            Sample::Byte => width,
            Sample::Word(_) => width * 2,
            Sample::Packed10 => (width * 10).div_ceil(8),
            Sample::Packed12 => (width * 12).div_ceil(8),
            Sample::Outer => width.div_ceil(2) * 3,
        }
    }

    /// The upper eight bits of sample `x` of a row.
    #[inline(always)]
    pub(super) fn eight(self, row: &[u8], x: usize) -> u8 {
        match self {
            Sample::Byte => row[x],
            Sample::Word(shift) => {
                (u16::from_le_bytes([row[2 * x], row[2 * x + 1]]) >> shift).min(255) as u8
            }
            Sample::Packed10 => from_bit(row, 10 * x + 2),
            Sample::Packed12 => from_bit(row, 12 * x + 4),
            Sample::Outer => row[x / 2 * 3 + x % 2 * 2],
        }
    }

    /// A row, whole groups at a time.
    pub(super) fn unpack(self, row: &[u8], out: &mut [u8]) {
        match self {
            Sample::Byte => out.copy_from_slice(row),
            Sample::Word(_) => each(row.as_chunks::<2>().0, out, |word| self.eight(&word, 0)),
            Sample::Packed10 => {
                let (groups, rest) = out.as_chunks_mut::<4>();
                let (from, left) = row.as_chunks::<5>();
                each(from, groups, |group| {
                    [0, 1, 2, 3].map(|x| self.eight(&group, x))
                });
                let tail = row.len() - left.len();
                for (x, out) in rest.iter_mut().enumerate() {
                    *out = self.eight(&row[tail..], x);
                }
            }
            Sample::Packed12 | Sample::Outer => {
                let (groups, rest) = out.as_chunks_mut::<2>();
                let (from, left) = row.as_chunks::<3>();
                each(from, groups, |group| [0, 1].map(|x| self.eight(&group, x)));
                if let [last] = rest {
                    // An odd row ends within a group, of which two bytes may be all there is.
                    let tail = groups.len() * 3;
                    *last = self.eight(&row[tail..], 0);
                    debug_assert!(left.len() < 3);
                }
            }
        }
    }
}

/// Eight bits of a stream whose lowest bits come first.
#[inline(always)]
fn from_bit(row: &[u8], bit: usize) -> u8 {
    let (byte, shift) = (bit / 8, bit % 8);
    let next = row.get(byte + 1).copied().unwrap_or(0);
    (u16::from_le_bytes([row[byte], next]) >> shift) as u8
}
