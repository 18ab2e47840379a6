//! Scans of baseline and extended sequential frames (ITU-T T.81, annex F), and the turns of restart intervals.

use super::bits::Bits;
use super::frame::{COMPONENTS_MAX, Scan};
use super::headers::Reader;
use super::huffman::{DC_BITS_MAX, END, Table};
use super::{Damage, JpegError, LEFT_OVER_BYTES_MAX};
use arrayvec::ArrayVec;

/// Most blocks of an MCU (T.81 B.2.3).
const MCU_BLOCKS_MAX: usize = 10;

/// What a block of an MCU needs.
#[derive(Clone, Copy)]
struct Place {
    /// Which component of the scan.
    nth: usize,
    dc: usize,
    ac: usize,
    dc_max: i32,
}

impl Reader {
    /// Walks through a sequential scan; says where the marker behind it is.
    pub(super) fn sequential(
        &mut self,
        scan: &Scan,
        data: &[u8],
        at: usize,
    ) -> Result<usize, JpegError> {
        let mut places: ArrayVec<Place, MCU_BLOCKS_MAX> = ArrayVec::new();
        let is_alone = scan.components.len() == 1;
        let is_split = scan.components.len() < self.components.len();
        let is_tall = self.components.iter().any(|component| component.v > 1);
        if is_split && (self.restarts > 0 || is_tall) {
            // The decoder goes on counting restarts from one scan to the next, and mixes rows up: it gives other
            // pixels without a word.
            return Err(JpegError::Unsupported(
                "restarts in scans of single components",
            ));
        }
        for (nth, index) in scan.components.iter().enumerate() {
            self.want_tables(*index, true, true)?;
            let component = &mut self.components[*index];
            if component.is_scanned {
                return Err(JpegError::Damaged(Damage::Header(
                    "a component scanned twice",
                )));
            }
            component.is_scanned = true;
            let place = Place {
                nth,
                dc: component.dc_table,
                ac: component.ac_table,
                dc_max: component.dc_max,
            };
            let blocks = if is_alone {
                1
            } else {
                component.h * component.v
            };
            for _ in 0..blocks {
                if places.try_push(place).is_err() {
                    return Err(JpegError::Unsupported("more than ten blocks in an MCU"));
                }
            }
        }
        let mut turns = Turns::new(self, scan, at);
        while let Some((mcus, from)) = turns.next() {
            let mut bits = Bits::new(data, from);
            let mut means = [0; COMPONENTS_MAX];
            for _ in mcus {
                for place in &places {
                    let (dc, ac) = (&self.dc[place.dc], &self.ac[place.ac]);
                    block(&mut bits, dc, ac, &mut means[place.nth], place.dc_max)?;
                }
                if bits.is_overdrawn() {
                    return Err(JpegError::Damaged(Damage::EndsEarly));
                }
            }
            turns.ended(self, data, bits)?;
        }
        Ok(turns.at)
    }
}

/// Skips a block (T.81 F.2.2).
#[inline(always)]
fn block(
    bits: &mut Bits<'_>,
    dc: &Table,
    ac: &Table,
    mean: &mut i32,
    dc_max: i32,
) -> Result<(), JpegError> {
    let size = dc.symbol(bits)?;
    if size > DC_BITS_MAX {
        return Err(JpegError::Damaged(Damage::Code));
    }
    *mean += bits.take_signed(u32::from(size));
    if mean.abs() > dc_max {
        return overflow(bits, Damage::DcOverflow);
    }
    let mut k = 1;
    while k < 64 {
        k = ac.skip(bits, k)?;
    }
    if k > 64 && k < END {
        return overflow(bits, Damage::BlockOverflow);
    }
    Ok(())
}

/// Zeros that were made up behind the end decode to anything.
#[cold]
fn overflow(bits: &Bits<'_>, damage: Damage) -> Result<(), JpegError> {
    Err(JpegError::Damaged(match bits.is_overdrawn() {
        true => Damage::EndsEarly,
        false => damage,
    }))
}

/// Restart intervals of a scan, one after the other.
pub(super) struct Turns {
    /// MCUs from where on the next one is, and how many there are.
    next: usize,
    mcus: usize,
    interval: usize,
    restarts: u8,
    /// Where the next data are; at the end, the marker behind the scan.
    pub(super) at: usize,
}

impl Turns {
    pub(super) fn new(reader: &Reader, scan: &Scan, at: usize) -> Self {
        let (across, down) = match scan.components[..] {
            [alone] => reader.components[alone].blocks,
            _ => reader.mcus,
        };
        let mcus = across * down;
        Self {
            next: 0,
            mcus,
            interval: if reader.restarts == 0 {
                mcus
            } else {
                reader.restarts
            },
            restarts: 0,
            at,
        }
    }

    /// The MCUs of the next interval, and where its data begin.
    pub(super) fn next(&mut self) -> Option<(std::ops::Range<usize>, usize)> {
        let from = self.next;
        self.next = self.mcus.min(from + self.interval);
        (from < self.mcus).then_some((from..self.next, self.at))
    }

    /// Looks at what stands between the last block of an interval and the marker, and at the marker.
    pub(super) fn ended(
        &mut self,
        reader: &mut Reader,
        data: &[u8],
        bits: Bits<'_>,
    ) -> Result<(), JpegError> {
        let left = bits.finish();
        if left.bytes.len() > LEFT_OVER_BYTES_MAX && !left.is_padding {
            return Err(JpegError::Damaged(Damage::LeftOver));
        }
        let begins = left.bytes.end;
        let fill = data[begins..]
            .iter()
            .take_while(|byte| **byte == 0xff)
            .count();
        let Some(marker) = data.get(begins + fill) else {
            let is_last = self.next == self.mcus;
            let damage = if is_last {
                Damage::NoEnd
            } else {
                Damage::EndsEarly
            };
            return Err(JpegError::Damaged(damage));
        };
        let marker_at = begins + fill - 1;
        if marker_at > left.bytes.start {
            reader.cuts.push(left.bytes.start..marker_at);
        }
        let is_turn = *marker == 0xd0 + self.restarts % 8;
        self.restarts = (self.restarts + 1) % 8;
        if self.next < self.mcus {
            if !is_turn {
                return Err(JpegError::Damaged(match marker {
                    0xd0..=0xd7 => Damage::Restart,
                    _ => Damage::EndsEarly,
                }));
            }
            self.at = marker_at + 2;
        } else if is_turn && reader.restarts > 0 {
            // Some encoders end the last interval with a restart, too.
            reader.cuts.push(marker_at..marker_at + 2);
            self.at = marker_at + 2;
        } else if matches!(marker, 0xd0..=0xd7) {
            return Err(JpegError::Damaged(Damage::Restart));
        } else {
            self.at = marker_at;
        }
        Ok(())
    }
}
