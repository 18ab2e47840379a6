//! Edges in the order in which they came, and none lost without a word. Pure.

use crate::station::time::Instant;
use std::time::Duration;

/// Each line has an interrupt thread of its own, so edges of two lines may be queued in another order. One that is missing for
/// longer than this is lost.
const LATE_MAX: Duration = Duration::from_millis(20);
/// A line that is not what its edges say has lost one, when it is so for this long.
const DEAF_AFTER: Duration = Duration::from_millis(50);

/// One change of one input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) at: Instant,
    /// Which input of the device.
    pub(super) input: u8,
    /// Which of its lines.
    pub(super) line: u8,
    pub(super) level: bool,
    /// As the kernel counts the edges of the input.
    pub(super) sequence: u32,
}

/// The edges of one input, by their numbers.
pub(super) struct Sequence {
    /// The number of the next edge.
    next: u32,
    /// Edges that were fetched and not told.
    held: Vec<Edge>,
    late_max: Duration,
    missing_since: Option<Instant>,
    /// Since when the lines are not what their edges say.
    deaf_since: Option<Instant>,
}

impl Sequence {
    /// Of an input with so many lines; holds at most so many edges.
    pub(super) fn new(lines: usize, edges_max: usize) -> Self {
        Self {
            // The kernel's first.
            next: 1,
            held: Vec::with_capacity(edges_max),
            late_max: match lines {
                1 => Duration::ZERO,
                _ => LATE_MAX,
            },
            missing_since: None,
            deaf_since: None,
        }
    }

    /// The most edges that one call of [`Self::take`] brings.
    pub(super) const fn edges_max(&self) -> usize {
        self.held.capacity()
    }

    /// How many more it holds.
    pub(super) fn free(&self) -> usize {
        self.held.capacity() - self.held.len()
    }

    /// Takes one that was fetched, of which there are no more than [`Self::free`].
    pub(super) fn push(&mut self, edge: Edge) {
        self.held.push(edge);
    }

    /// Whether there was anything to forget: what comes next follows it.
    pub(super) fn forget(&mut self) -> bool {
        let next = self.next;
        let ahead = |edge: &Edge| edge.sequence.wrapping_sub(next);
        let Some(ahead) = self.held.iter().map(ahead).max() else {
            return false;
        };
        self.next = next.wrapping_add(ahead).wrapping_add(1);
        self.held.clear();
        true
    }

    /// Hands over what has come, in order, and says how many are lost where some are.
    pub(super) fn take(&mut self, edges: &mut Vec<Edge>, now: Instant) -> Option<u32> {
        let next = self.next;
        self.held
            .sort_unstable_by_key(|edge| edge.sequence.wrapping_sub(next));
        let is_next =
            |(at, edge): &(usize, &Edge)| edge.sequence.wrapping_sub(next) as usize == *at;
        let taken = self.held.iter().enumerate().take_while(is_next).count();
        self.next = next.wrapping_add(taken as u32);
        edges.extend(self.held.drain(..taken));
        let Some(first) = self.held.first() else {
            self.missing_since = None;
            return None;
        };
        if taken > 0 {
            self.missing_since = None;
        }
        let since = *self.missing_since.get_or_insert(now);
        if now.since(since) < self.late_max {
            return None;
        }
        let lost = first.sequence.wrapping_sub(self.next);
        // Those that came are parts all the same.
        edges.append(&mut self.held);
        Some(lost)
    }

    /// Whether the lines have been something else than their edges say for too long.
    pub(super) fn is_deaf(&mut self, is_other: bool, now: Instant) -> bool {
        if !is_other || !self.held.is_empty() {
            self.deaf_since = None;
            return false;
        }
        let since = *self.deaf_since.get_or_insert(now);
        now.since(since) >= DEAF_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    fn fetched(sequence: &mut Sequence, numbers: &[u32]) {
        for number in numbers {
            sequence.push(Edge {
                at: at(0),
                input: 0,
                line: 0,
                level: false,
                sequence: *number,
            });
        }
    }

    fn taken(sequence: &mut Sequence, now: Instant) -> (Vec<u32>, Option<u32>) {
        let mut edges = Vec::new();
        let lost = sequence.take(&mut edges, now);
        (edges.iter().map(|edge| edge.sequence).collect(), lost)
    }

    #[test]
    fn edges_of_two_lines_are_waited_for_and_put_in_order() {
        let mut sequence = Sequence::new(2, 16);
        fetched(&mut sequence, &[2, 1, 4]);
        assert_eq!(taken(&mut sequence, at(0)), (vec![1, 2], None));
        assert_eq!(taken(&mut sequence, at(19)), (vec![], None));
        fetched(&mut sequence, &[5, 3]);
        assert_eq!(taken(&mut sequence, at(19)), (vec![3, 4, 5], None));
        fetched(&mut sequence, &[9, 8]);
        assert_eq!(taken(&mut sequence, at(30)), (vec![], None));
        assert_eq!(taken(&mut sequence, at(50)), (vec![8, 9], Some(2)));
    }

    #[test]
    fn an_edge_of_one_line_that_is_missing_is_lost() {
        let mut sequence = Sequence::new(1, 16);
        fetched(&mut sequence, &[1, 2]);
        assert_eq!(taken(&mut sequence, at(0)), (vec![1, 2], None));
        fetched(&mut sequence, &[5, 6]);
        assert_eq!(taken(&mut sequence, at(1)), (vec![5, 6], Some(2)));
    }

    #[test]
    fn numbers_go_on_over_the_end_of_32_bits() {
        let mut sequence = Sequence::new(1, 16);
        fetched(&mut sequence, &[u32::MAX - 1]);
        assert!(sequence.forget());
        assert!(!sequence.forget());
        fetched(&mut sequence, &[0, u32::MAX, 1]);
        assert_eq!(taken(&mut sequence, at(0)), (vec![u32::MAX, 0, 1], None));
    }

    #[test]
    fn a_line_that_changed_without_an_edge_is_deaf_after_a_while() {
        let mut sequence = Sequence::new(1, 16);
        assert!(!sequence.is_deaf(true, at(0)));
        assert!(!sequence.is_deaf(true, at(49)));
        assert!(sequence.is_deaf(true, at(50)));
        // It was only late.
        assert!(!sequence.is_deaf(false, at(51)));
        assert!(!sequence.is_deaf(true, at(52)));
        assert!(!sequence.is_deaf(true, at(101)));
    }
}
