//! Which rules of the handshake a PLC was seen to keep or to break, from the bits of both sides in the order of time.

use crate::station::handshake::{Control, Flag};
use crate::station::time::Instant;
use std::time::Duration;

/// A PLC that has not dropped its acknowledgement for so long after `ResultsValid` went off holds up the next result.
const ACK_OFF_WITHIN: Duration = Duration::from_secs(2);

/// One bit of either side that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bit {
    Plc(Control),
    Station(Flag),
}

/// A change of a bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub at: Instant,
    pub bit: Bit,
    pub is_on: bool,
}

/// A rule, and how often it was kept and broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub said: &'static str,
    pub kept: u32,
    pub broken: Vec<Instant>,
}

const READY: usize = 0;
const HELD: usize = 1;
const DROPPED: usize = 2;
const ACK_VALID: usize = 3;
const ACK_HELD: usize = 4;
const ACK_DROPPED: usize = 5;
const IN_TIME: usize = 6;

/// What was seen so far.
pub(super) struct Rules {
    rules: Vec<Rule>,
    trigger: bool,
    trigger_ack: bool,
    is_answered: bool,
    valid: bool,
    ack: bool,
    valid_off_at: Option<Instant>,
}

impl Rules {
    pub fn new() -> Self {
        let said = [
            "Trigger only while TriggerReady is on (else MissedAcq)",
            "Trigger is held until TriggerAck or MissedAcq",
            "Trigger is dropped after TriggerAck, before the next one",
            "InspectionResultsAck only while ResultsValid is on",
            "InspectionResultsAck is held until ResultsValid is off",
            "InspectionResultsAck is dropped within 2 s after ResultsValid went off",
            "results are taken before the next has no place (else ResultsBufferOverrun)",
        ];
        let rule = |said| Rule {
            said,
            kept: 0,
            broken: Vec::new(),
        };
        Self {
            rules: said.map(rule).into(),
            trigger: false,
            trigger_ack: false,
            is_answered: true,
            valid: false,
            ack: false,
            valid_off_at: None,
        }
    }

    pub fn all(&self) -> &[Rule] {
        &self.rules
    }

    pub fn is_broken(&self) -> bool {
        self.rules.iter().any(|rule| !rule.broken.is_empty())
    }

    fn seen(&mut self, rule: usize, is_kept: bool, at: Instant) {
        match is_kept {
            true => self.rules[rule].kept += 1,
            false => self.rules[rule].broken.push(at),
        }
    }

    /// The next change, in the order of time.
    pub fn change(&mut self, change: Change) {
        let Change { at, bit, is_on } = change;
        match (bit, is_on) {
            (Bit::Plc(Control::Trigger), true) => {
                // A trigger while the one before is still acknowledged comes without having been dropped for it.
                if self.trigger_ack {
                    self.seen(DROPPED, false, at);
                }
                (self.trigger, self.is_answered) = (true, false);
            }
            (Bit::Plc(Control::Trigger), false) => {
                self.seen(HELD, self.is_answered, at);
                if self.trigger_ack {
                    self.seen(DROPPED, true, at);
                }
                self.trigger = false;
            }
            (Bit::Station(Flag::TriggerAck), _) => {
                self.trigger_ack = is_on;
                if is_on {
                    self.is_answered = true;
                    self.seen(READY, true, at);
                }
            }
            (Bit::Station(Flag::MissedAcq), true) => {
                self.is_answered = true;
                self.seen(READY, false, at);
            }
            (Bit::Station(Flag::ResultsValid), true) => {
                if self.ack {
                    self.seen(ACK_DROPPED, false, at);
                }
                self.valid = true;
            }
            (Bit::Station(Flag::ResultsValid), false) => {
                self.valid = false;
                self.valid_off_at = self.ack.then_some(at);
                self.seen(IN_TIME, true, at);
            }
            (Bit::Plc(Control::InspectionResultsAck), true) => {
                self.seen(ACK_VALID, self.valid, at);
                self.ack = true;
            }
            (Bit::Plc(Control::InspectionResultsAck), false) => {
                self.seen(ACK_HELD, !self.valid, at);
                if let Some(off_at) = self.valid_off_at.take() {
                    let is_soon = at.since(off_at) <= ACK_OFF_WITHIN;
                    self.seen(ACK_DROPPED, is_soon, at);
                }
                self.ack = false;
            }
            (Bit::Station(Flag::ResultsBufferOverrun), true) => self.seen(IN_TIME, false, at),
            _ => {}
        }
    }

    /// An acknowledgement that stays on is told though nothing changes any more.
    pub fn end(&mut self, now: Instant) {
        if let Some(off_at) = self.valid_off_at.take()
            && now.since(off_at) > ACK_OFF_WITHIN
        {
            self.seen(ACK_DROPPED, false, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Told = (u64, Bit, bool);

    fn run(changes: &[Told]) -> Rules {
        let mut rules = Rules::new();
        for (ms, bit, is_on) in changes {
            rules.change(Change {
                at: Instant::from_millis(*ms),
                bit: *bit,
                is_on: *is_on,
            });
        }
        rules
    }

    const TRIGGER: Bit = Bit::Plc(Control::Trigger);
    const TRIGGER_ACK: Bit = Bit::Station(Flag::TriggerAck);
    const VALID: Bit = Bit::Station(Flag::ResultsValid);
    const ACK: Bit = Bit::Plc(Control::InspectionResultsAck);

    fn counts(rules: &Rules) -> Vec<(u32, usize)> {
        let count = |rule: &Rule| (rule.kept, rule.broken.len());
        rules.all().iter().map(count).collect()
    }

    #[test]
    fn a_part_by_the_rules_keeps_each_of_them() {
        let mut rules = run(&[
            (1, TRIGGER, true),
            (2, TRIGGER_ACK, true),
            (3, TRIGGER, false),
            (3, TRIGGER_ACK, false),
            (50, VALID, true),
            (52, ACK, true),
            (52, VALID, false),
            (54, ACK, false),
        ]);
        rules.end(Instant::from_millis(9_000));
        assert_eq!(counts(&rules), [(1, 0); 7]);
        assert!(!rules.is_broken());
    }

    #[test]
    fn each_rule_is_seen_to_be_broken() {
        let missed = Bit::Station(Flag::MissedAcq);
        let cases: [(usize, Vec<Told>); 7] = [
            (READY, vec![(1, TRIGGER, true), (1, missed, true)]),
            (HELD, vec![(1, TRIGGER, true), (2, TRIGGER, false)]),
            (DROPPED, vec![(1, TRIGGER_ACK, true), (2, TRIGGER, true)]),
            (ACK_VALID, vec![(1, ACK, true)]),
            (
                ACK_HELD,
                vec![(1, VALID, true), (2, ACK, true), (3, ACK, false)],
            ),
            (
                ACK_DROPPED,
                vec![(1, VALID, true), (2, ACK, true), (3, VALID, false)],
            ),
            (
                IN_TIME,
                vec![(1, Bit::Station(Flag::ResultsBufferOverrun), true)],
            ),
        ];
        for (rule, changes) in cases {
            let mut rules = run(&changes);
            rules.end(Instant::from_millis(5_000));
            assert_eq!(
                rules.all()[rule].broken.len(),
                1,
                "{}",
                rules.all()[rule].said
            );
        }
    }
}
