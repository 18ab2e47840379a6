//! Where the parts on the belt are, as the stage that commands tells it and a page shows it. Nobody waits for anybody: a part
//! may be shown a moment too long, or not yet.

use crate::station::lane::LaneNo;
use crate::station::part::PartNo;
use crate::station::position::Position;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// So many parts are shown at most, the oldest of them.
pub const PARTS_SHOWN_MAX: usize = 64;

/// A part that was announced and has not been seen to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartShown {
    /// Number of the part in its job.
    pub part_no: PartNo,
    /// How far behind the trigger it is: milliseconds or counts, by what parts act by.
    pub behind: i32,
    /// To which lane it was sent; `None` while that is not decided.
    pub lane: Option<LaneNo>,
}

/// 24 bits of the number, 8 of the lane, 32 of the place.
#[derive(Debug)]
pub struct PartsShown {
    slots: [AtomicU64; PARTS_SHOWN_MAX],
    count: AtomicU32,
    oldest: AtomicU64,
}

const NUMBER_BITS: u32 = 24;
const NUMBERS: u64 = (1 << NUMBER_BITS) - 1;
const NO_LANE: u8 = u8::MAX;

impl Default for PartsShown {
    fn default() -> Self {
        Self {
            slots: [const { AtomicU64::new(0) }; PARTS_SHOWN_MAX],
            count: AtomicU32::new(0),
            oldest: AtomicU64::new(0),
        }
    }
}

impl PartsShown {
    /// These are on the belt now, the oldest first.
    pub fn show(&self, parts: impl Iterator<Item = PartShown>) {
        let mut count = 0;
        for (slot, part) in self.slots.iter().zip(parts) {
            let lane = part.lane.map_or(NO_LANE, |lane| lane.0);
            let number = part.part_no.0 & NUMBERS;
            let place = u64::from(part.behind.cast_unsigned());
            slot.store(
                number << 40 | u64::from(lane) << 32 | place,
                Ordering::Relaxed,
            );
            if count == 0 {
                self.oldest.store(part.part_no.0, Ordering::Relaxed);
            }
            count += 1;
        }
        self.count.store(count, Ordering::Relaxed);
    }

    /// Those that are shown, the oldest first.
    pub fn read(&self) -> Vec<PartShown> {
        let count = self.count.load(Ordering::Relaxed) as usize;
        let oldest = self.oldest.load(Ordering::Relaxed);
        let slots = self.slots.iter().take(count);
        let part = |slot: &AtomicU64| {
            let held = slot.load(Ordering::Relaxed);
            // The oldest may have changed meanwhile, by less than half of all numbers that fit.
            let ahead = (held >> 40).wrapping_sub(oldest) & NUMBERS;
            let ahead = (ahead << 40).cast_signed() >> 40;
            let lane = (held >> 32) as u8;
            PartShown {
                part_no: PartNo(oldest.wrapping_add_signed(ahead)),
                behind: (held as u32).cast_signed(),
                lane: (lane != NO_LANE).then_some(LaneNo(lane)),
            }
        };
        slots.map(part).collect()
    }
}

/// How far behind the trigger something is that acts there, `to_act` behind its trigger; `None` where nobody knows.
pub fn behind(
    act_at: Position,
    now: (crate::station::time::Instant, Option<i64>),
    to_act: i64,
) -> Option<i32> {
    let behind = match (act_at, now) {
        (Position::Time(act_at), (now, _)) => {
            let ms = |at: crate::station::time::Instant| {
                i64::try_from(at.0.as_millis()).unwrap_or(i64::MAX)
            };
            ms(now) - ms(act_at) + to_act
        }
        (Position::Counts(act_at), (_, Some(counts))) => counts - act_at + to_act,
        (Position::Counts(_), (_, None)) => return None,
    };
    i32::try_from(behind).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_shown_with_their_whole_number_and_place() {
        let shown = PartsShown::default();
        assert_eq!(shown.read(), []);
        let part = |part_no, behind, lane: Option<u8>| PartShown {
            part_no: PartNo(part_no),
            behind,
            lane: lane.map(LaneNo),
        };
        // Over the end of the bits that are kept of a number.
        let parts = [
            part(0x1FF_FFFE, 4_000, Some(0)),
            part(0x200_0001, -5, None),
            part(0x200_0002, 0, Some(7)),
        ];
        shown.show(parts.into_iter());
        assert_eq!(shown.read(), parts);
        let many = (1..=100).map(|part_no| part(part_no, 1, None));
        shown.show(many);
        assert_eq!(shown.read().len(), PARTS_SHOWN_MAX);
        shown.show(std::iter::empty());
        assert_eq!(shown.read(), []);
    }
}
