//! The steps of one part through the handshake, in their order, and how long each took.

use super::rules::{Bit, Change};
use crate::station::handshake::{Control, Flag};
use crate::station::time::Instant;
use std::time::Duration;

/// What each step waits for: the bit, and what it is to become.
pub(super) const STEPS: [(Bit, bool); 10] = [
    (Bit::Plc(Control::TriggerEnable), true),
    (Bit::Station(Flag::TriggerReady), true),
    (Bit::Plc(Control::Trigger), true),
    (Bit::Station(Flag::TriggerAck), true),
    (Bit::Plc(Control::Trigger), false),
    (Bit::Station(Flag::ExposureComplete), true),
    (Bit::Station(Flag::ResultsValid), true),
    (Bit::Plc(Control::InspectionResultsAck), true),
    (Bit::Station(Flag::ResultsValid), false),
    (Bit::Plc(Control::InspectionResultsAck), false),
];
/// A step that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// Its place in [`STEPS`].
    pub step: usize,
    /// After the step before.
    pub after: Duration,
}

/// How far the first part is.
pub(super) struct Steps {
    /// Bits that are on.
    on: Vec<Bit>,
    /// Steps for which the map has a bit.
    has: [bool; STEPS.len()],
    next: usize,
    taken_at: Instant,
}

impl Steps {
    /// With these bits in the map: those of the PLC, and those of the station.
    pub fn new(plc: &[Control], station: &[Flag], now: Instant) -> Self {
        let has = |(bit, _): (Bit, bool)| match bit {
            Bit::Plc(bit) => plc.contains(&bit),
            Bit::Station(bit) => station.contains(&bit),
        };
        let mut steps = Self {
            on: Vec::new(),
            has: STEPS.map(has),
            next: 0,
            taken_at: now,
        };
        steps.skip();
        steps
    }

    fn skip(&mut self) {
        while self.next < STEPS.len() && !self.has[self.next] {
            self.next += 1;
        }
    }

    /// The step that is waited for; `None` when all are taken.
    pub fn next(&self) -> Option<(Bit, bool)> {
        STEPS.get(self.next).copied()
    }

    /// Takes a change in; says which steps were taken by it: bits that were so already count.
    pub fn change(&mut self, change: Change) -> Vec<Taken> {
        self.on.retain(|bit| *bit != change.bit);
        if change.is_on {
            self.on.push(change.bit);
        }
        let mut taken = Vec::new();
        let mut is_used = false;
        while let Some((bit, is_on)) = self.next() {
            let is_so = self.on.contains(&bit) == is_on;
            let is_change = !is_used && change.bit == bit && change.is_on == is_on;
            if !(is_change || (is_so && lasts(bit, is_on))) {
                break;
            }
            is_used |= is_change;
            taken.push(Taken {
                step: self.next,
                after: change.at.since(self.taken_at),
            });
            self.taken_at = change.at;
            self.next += 1;
            self.skip();
        }
        taken
    }
}

/// A level counts for what lasts, even if it was so before; for what happens once, only its change does.
const fn lasts(bit: Bit, is_on: bool) -> bool {
    let is_level = matches!(
        bit,
        Bit::Plc(Control::TriggerEnable)
            | Bit::Station(Flag::TriggerReady | Flag::ExposureComplete)
    );
    is_level || !is_on
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_takes_every_step_in_order() {
        let at = Instant::from_millis;
        let mut steps = Steps::new(Control::ALL, Flag::ALL, at(0));
        let mut taken = Vec::new();
        let ready = Bit::Station(Flag::TriggerReady);
        for ((bit, is_on), ms) in STEPS.into_iter().zip((10..).step_by(10)) {
            taken.extend(steps.change(Change {
                at: at(ms),
                bit,
                is_on,
            }));
            if (bit, is_on) == (Bit::Plc(Control::Trigger), true) {
                let off = Change {
                    at: at(ms),
                    bit: ready,
                    is_on: false,
                };
                assert_eq!(steps.change(off), []);
            }
        }
        let order: Vec<usize> = taken.iter().map(|taken| taken.step).collect();
        assert_eq!(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert!(
            taken
                .iter()
                .all(|taken| taken.after == Duration::from_millis(10))
        );
        assert_eq!(steps.next(), None);
    }

    #[test]
    fn what_is_so_already_is_taken_with_the_change_that_follows_it() {
        let at = Instant::from_millis;
        let plc = [Control::Trigger, Control::InspectionResultsAck];
        let mut steps = Steps::new(&plc, &[Flag::TriggerReady, Flag::TriggerAck], at(0));
        let ready = Bit::Station(Flag::TriggerReady);
        assert_eq!(
            steps.next(),
            Some((ready, true)),
            "nothing enables triggers here"
        );
        let change = |bit, is_on| Change {
            at: at(5),
            bit,
            is_on,
        };
        assert_eq!(steps.change(change(ready, true)).len(), 1);
        assert_eq!(
            steps.change(change(Bit::Plc(Control::Trigger), true)).len(),
            1
        );
        assert_eq!(steps.next(), Some((Bit::Station(Flag::TriggerAck), true)));
    }
}
