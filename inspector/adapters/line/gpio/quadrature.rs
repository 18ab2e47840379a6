//! Two lines of an encoder that are a quarter of a period apart, as a count of 32 bits that wraps. Pure.

use crate::station::time::Instant;
use std::time::Duration;

/// So many edges that no encoder makes are noise, or come faster than they are seen.
const WRONG_MAX: u32 = 4;
/// Within this time.
const WRONG_WITHIN: Duration = Duration::from_secs(1);
/// What a count that is not to be trusted jumps by: no belt runs so fast, and a second jump does not undo it.
const JUMP: u32 = 0x5555_5555;

/// The count of every edge of both lines: four for each period of the encoder.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quadrature {
    levels: [bool; 2],
    counts: u32,
    wrong: u32,
    wrong_since: Instant,
    /// Whether a jump has not been told yet.
    is_jumping: bool,
}

/// Where the lines are in their period, forward: 00, 10, 11, 01.
const fn phase(levels: [bool; 2]) -> u32 {
    match levels {
        [false, false] => 0,
        [true, false] => 1,
        [true, true] => 2,
        [false, true] => 3,
    }
}

impl Quadrature {
    /// Both lines are so, whatever was before: nothing is counted.
    pub const fn settle(&mut self, levels: [bool; 2]) {
        self.levels = levels;
        self.wrong = 0;
    }

    /// One line has changed to this level. An edge to where it is already says that one before it was not seen.
    pub fn edge(&mut self, line: usize, level: bool, at: Instant) {
        let before = phase(self.levels);
        if self.levels[line] == level {
            return self.wrong(at);
        }
        self.levels[line] = level;
        let step = phase(self.levels).wrapping_sub(before) % 4;
        self.counts = match step {
            1 => self.counts.wrapping_add(1),
            _ => self.counts.wrapping_sub(1),
        };
    }

    fn wrong(&mut self, at: Instant) {
        if at.since(self.wrong_since) > WRONG_WITHIN {
            self.wrong_since = at;
            self.wrong = 0;
        }
        self.wrong += 1;
        if self.wrong > WRONG_MAX {
            self.wrong = 0;
            self.distrust();
        }
    }

    /// Counts may be missing: makes of it a jump that whoever tracks the belt takes for a fault.
    pub const fn distrust(&mut self) {
        if !self.is_jumping {
            self.is_jumping = true;
            self.counts = self.counts.wrapping_add(JUMP);
        }
    }

    /// The count, to be told.
    pub const fn told(&mut self) -> u32 {
        self.is_jumping = false;
        self.counts
    }

    /// What the lines are by the edges that were seen.
    pub const fn levels(&self) -> [bool; 2] {
        self.levels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORWARD: [(usize, bool); 4] = [(0, true), (1, true), (0, false), (1, false)];

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    fn turned(encoder: &mut Quadrature, periods: usize, is_forward: bool) {
        for _ in 0..periods {
            match is_forward {
                true => FORWARD
                    .iter()
                    .for_each(|(line, level)| encoder.edge(*line, *level, at(0))),
                false => {
                    for (line, level) in FORWARD.iter().rev() {
                        encoder.edge(*line, !*level, at(0));
                    }
                }
            }
        }
    }

    #[test]
    fn every_edge_counts_and_the_count_wraps_backward_and_forward() {
        let mut encoder = Quadrature::default();
        turned(&mut encoder, 3, true);
        assert_eq!(encoder.told(), 12);
        turned(&mut encoder, 4, false);
        assert_eq!(encoder.told(), u32::MAX - 3);
        turned(&mut encoder, 2, true);
        assert_eq!(encoder.told(), 4);
    }

    #[test]
    fn a_line_that_trembles_counts_nothing_in_the_end() {
        let mut encoder = Quadrature::default();
        for _ in 0..50 {
            encoder.edge(0, true, at(0));
            encoder.edge(0, false, at(0));
        }
        assert_eq!(encoder.told(), 0);
    }

    #[test]
    fn edges_that_no_encoder_makes_become_a_jump_that_no_belt_can_run() {
        let mut encoder = Quadrature::default();
        for ms in 0..4 {
            encoder.edge(0, false, at(ms));
        }
        assert_eq!(encoder.told(), 0, "a few are noise that is no harm");
        // Long after, it begins anew.
        for ms in 0..4 {
            encoder.edge(0, false, at(5_000 + ms));
        }
        assert_eq!(encoder.told(), 0);
        encoder.edge(0, false, at(5_005));
        let first = encoder.told();
        assert!((first as i32).unsigned_abs() > 1 << 30, "{first}");
        // Two jumps before one is told are one: the second may not take the first back.
        encoder.distrust();
        encoder.distrust();
        let step = encoder.told().wrapping_sub(first) as i32;
        assert!(step.unsigned_abs() > 1 << 30, "{step}");
    }
}
