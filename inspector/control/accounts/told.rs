//! How much is told of attempts: the journal keeps all that it is told for good, and whoever tries a million passwords
//! must not fill the disk.

use crate::station::time::WallTime;

/// Told in a minute; the others are counted.
const TOLD_MAX: u32 = 30;
const MINUTE_US: i64 = 60_000_000;

/// See the module.
#[derive(Debug, Default)]
pub struct Quota {
    minute: i64,
    told: u32,
    untold: u64,
}

impl Quota {
    /// Whether one more may be told, and how many were not since the last.
    pub fn may(&mut self, wall: WallTime) -> Option<u64> {
        let minute = wall.0.div_euclid(MINUTE_US);
        if minute != self.minute {
            (self.minute, self.told) = (minute, 0);
        }
        if self.told >= TOLD_MAX {
            self.untold += 1;
            return None;
        }
        self.told += 1;
        Some(std::mem::take(&mut self.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_in_part_and_counted() {
        let mut quota = Quota::default();
        let mut told = |minute: i64, times: usize| -> Vec<u64> {
            let at = WallTime(minute * MINUTE_US);
            (0..times).filter_map(|_| quota.may(at)).collect()
        };
        assert_eq!(told(1, 100).len(), TOLD_MAX as usize);
        assert_eq!(told(2, 2), [70, 0]);
    }
}
