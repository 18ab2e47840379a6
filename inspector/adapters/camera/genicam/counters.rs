//! Block ids and times of arrival, as they are, made into ones that can be trusted.

use crate::station::time::{Instant, WallTime};
use std::time::Duration;

/// Ids of GigE Vision 1 go from 1 to this, and then to 1 again: 0 is none.
const WRAPS_AT: u64 = 65_535;

/// Widens block ids of 16 bits; those of 64 bits pass as they are.
#[derive(Debug, Default)]
pub struct BlockIds {
    last: Option<(u64, u64)>,
}

impl BlockIds {
    /// The block id of the frame with this number. A number that repeats or steps back a little counts as the next frame:
    /// no loss can be told from it.
    pub fn next(&mut self, number: u64) -> u64 {
        let id = match self.last {
            None => number,
            Some((last, id)) if number > last => id + (number - last),
            Some((last, id)) => {
                let step = (number + WRAPS_AT).saturating_sub(last);
                let has_wrapped = last <= WRAPS_AT && step > 0 && step <= WRAPS_AT / 2;
                id + if has_wrapped { step } else { 1 }
            }
        };
        self.last = Some((number, id));
        id
    }
}

/// When the first packet of a frame arrived, on our clock: the library says it by the wall clock, which may have been set
/// meanwhile. What is not between `earliest` and `now` cannot be true.
pub fn arrived_at(arrived: WallTime, wall: WallTime, now: Instant, earliest: Instant) -> Instant {
    let ago = u64::try_from(wall.0.saturating_sub(arrived.0)).ok();
    match ago.map(Duration::from_micros) {
        Some(ago) if now.since(earliest) >= ago => now - ago,
        _ => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(numbers: &[u64]) -> Vec<u64> {
        let mut ids = BlockIds::default();
        numbers.iter().map(|number| ids.next(*number)).collect()
    }

    #[test]
    fn sixteen_bits_wrap_from_their_largest_to_one() {
        assert_eq!(
            ids(&[65_533, 65_535, 1, 2, 5]),
            [65_533, 65_535, 65_536, 65_537, 65_540]
        );
        // Two frames were lost over the wrap: 65535 and 1.
        assert_eq!(ids(&[65_534, 2]), [65_534, 65_537]);
    }

    #[test]
    fn sixty_four_bits_stay_as_they_are() {
        assert_eq!(
            ids(&[0, 1, 65_535, 65_536, 70_000]),
            [0, 1, 65_535, 65_536, 70_000]
        );
        assert_eq!(ids(&[70_000, 3, 4]), [70_000, 70_001, 70_002]);
    }

    #[test]
    fn a_number_that_repeats_or_steps_back_is_no_loss() {
        assert_eq!(ids(&[7, 7, 8, 6, 7]), [7, 8, 9, 10, 11]);
        assert_eq!(ids(&[40_000, 39_998, 39_999]), [40_000, 40_001, 40_002]);
    }

    #[test]
    fn a_wall_clock_that_was_set_moves_no_frame() {
        let (earliest, now) = (Instant::from_millis(1_000), Instant::from_millis(5_000));
        let at = |arrived: i64, wall: i64| {
            arrived_at(
                WallTime(arrived * 1_000),
                WallTime(wall * 1_000),
                now,
                earliest,
            )
        };
        assert_eq!(at(90_000, 90_012), Instant::from_millis(4_988));
        assert_eq!(at(90_000, 89_000), now);
        assert_eq!(at(90_000, 3_690_012), now);
    }
}
