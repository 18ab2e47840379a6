//! Entropy-coded bytes as bits, byte stuffing taken out (ITU-T T.81, F.1.2.3). Where the data end, at a marker or at the
//! end of the bytes, zeros follow and are counted, so that a caller need not ask after every bit.

use std::ops::Range;

/// Bits from the highest down.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    /// The next byte to take.
    at: usize,
    /// The next bits, the first of them highest.
    next: u64,
    /// How many there are.
    count: u32,
    /// How many of those, the last ones, stand for bits that are not there.
    made_up: u32,
}

/// What was left when the last block had been read.
pub(super) struct Leftover {
    /// Where in the data.
    pub(super) bytes: Range<usize>,
    /// Whether all of them are alike.
    pub(super) is_padding: bool,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8], at: usize) -> Self {
        Self {
            data,
            at,
            next: 0,
            count: 0,
            made_up: 0,
        }
    }

    /// Sees to it that there are 32 bits or more.
    #[inline(always)]
    pub(super) fn fill(&mut self) {
        if self.count < 32 {
            let four = self.data.get(self.at..).and_then(<[u8]>::first_chunk::<4>);
            match four.map(|four| u32::from_be_bytes(*four)) {
                Some(word) if !has_ff(word) => {
                    self.next |= u64::from(word) << (32 - self.count);
                    self.count += 32;
                    self.at += 4;
                }
                _ => self.fill_bytewise(),
            }
        }
    }

    #[inline(never)]
    fn fill_bytewise(&mut self) {
        while self.count <= 56 {
            let byte = match self.data.get(self.at) {
                Some(0xff) => match stuffed(self.data, self.at) {
                    Some(after) => {
                        self.at = after;
                        0xff
                    }
                    None => self.zeros(),
                },
                Some(byte) => {
                    self.at += 1;
                    *byte
                }
                None => self.zeros(),
            };
            self.next |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    fn zeros(&mut self) -> u8 {
        self.made_up += 8;
        0
    }

    /// The next 16 bits, if [`Bits::fill`] was called since 16 were dropped.
    #[inline(always)]
    pub(super) fn peek(&self) -> u32 {
        (self.next >> 48) as u32
    }

    #[inline(always)]
    pub(super) fn drop(&mut self, count: u32) {
        self.next <<= count;
        self.count -= count;
    }

    /// The next `count` bits, 0 to 16, as a number.
    #[inline(always)]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        self.fill();
        let value = (self.next >> 48) as u32 >> (16 - count);
        self.drop(count);
        value
    }

    /// A value of `size` bits, 0 to 16, as T.81 F.2.2.1 extends it. The bits must be there.
    #[inline(always)]
    pub(super) fn take_signed(&mut self, size: u32) -> i32 {
        let value = ((self.next >> 48) as u32 >> (16 - size)) as i32;
        self.drop(size);
        let half = (1 << size) >> 1;
        if value < half {
            value - (1 << size) + 1
        } else {
            value
        }
    }

    /// Whether more bits were taken than there are.
    #[inline(always)]
    pub(super) fn is_overdrawn(&self) -> bool {
        self.count < self.made_up
    }

    /// Goes on to the next marker and says what stood before it. The marker is where `bytes` end.
    pub(super) fn finish(self) -> Leftover {
        let real = self.count.saturating_sub(self.made_up);
        // The bits that fill up a byte are not looked at: encoders differ in them.
        let whole = real / 8;
        let mut begins = self.at;
        for _ in 0..whole {
            let is_stuffed = begins >= 2 && self.data[begins - 2..begins] == [0xff, 0];
            begins -= if is_stuffed { 2 } else { 1 };
        }
        let ends = next_marker(self.data, self.at);
        let left = &self.data[begins..ends];
        Leftover {
            is_padding: left.windows(2).all(|two| two[0] == two[1]),
            bytes: begins..ends,
        }
    }
}

/// Where the first marker from `at` on begins, fill bytes before it not counted; the end if there is none.
pub(super) fn next_marker(data: &[u8], mut at: usize) -> usize {
    while let Some(found) = data[at..].iter().position(|byte| *byte == 0xff) {
        let begins = at + found;
        match stuffed(data, begins) {
            Some(after) => at = after,
            None => return begins,
        }
    }
    data.len()
}

/// Where it goes on behind a byte 0xff that is stuffed, so that it is no marker. Fill bytes may stand between.
fn stuffed(data: &[u8], at: usize) -> Option<usize> {
    let fill = data[at..].iter().take_while(|byte| **byte == 0xff).count();
    (data.get(at + fill) == Some(&0)).then_some(at + fill + 1)
}

#[inline(always)]
fn has_ff(word: u32) -> bool {
    let inverted = !word;
    (inverted.wrapping_sub(0x0101_0101) & word & 0x8080_8080) != 0
}
