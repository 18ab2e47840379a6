//! Results on their way to the PLC: valid, acknowledged, next.

use super::signals::ResultWords;
use super::{Effect, Failure, Sink};
use crate::station::outcome::Outcome;
use crate::station::time::Instant;
use arrayvec::ArrayVec;

/// The most results that wait for the PLC, the valid one among them.
pub const RESULTS_MAX: usize = 8;

#[derive(Clone, Debug)]
pub(super) struct Delivery {
    /// The first is the one that is valid, where one is.
    waiting: ArrayVec<Outcome, RESULTS_MAX>,
    is_valid: bool,
    is_ack: bool,
    pub is_buffered: bool,
    pub is_overrun: bool,
    /// Changes with each result.
    pub is_completed: bool,
    pub shown: ResultWords,
}

impl Delivery {
    pub fn new() -> Self {
        Self {
            waiting: ArrayVec::new(),
            is_valid: false,
            is_ack: false,
            is_buffered: false,
            is_overrun: false,
            is_completed: false,
            shown: ResultWords::default(),
        }
    }

    pub fn step(&mut self, now: Instant, is_ack: bool, sink: Sink<'_>) {
        self.is_ack = is_ack;
        if self.is_valid && is_ack && !self.waiting.is_empty() {
            let taken = self.waiting.remove(0);
            self.is_valid = false;
            self.shown = ResultWords::default();
            sink(Effect::Acknowledged(taken.part_no));
        }
        self.raise(now);
    }

    /// What cannot wait is lost, and the PLC and the station are told. What waits already stays: the PLC may be reading it.
    pub fn outcome(&mut self, now: Instant, outcome: &Outcome, sink: Sink<'_>) {
        self.is_completed = !self.is_completed;
        let most = if self.is_buffered { RESULTS_MAX } else { 1 };
        if self.waiting.len() >= most {
            self.is_overrun = true;
            sink(Effect::Failed(outcome.part_no, Failure::Overrun));
            return;
        }
        self.waiting.push(*outcome);
        self.raise(now);
    }

    /// The next result becomes valid once the PLC has dropped its acknowledgement of the one before.
    fn raise(&mut self, now: Instant) {
        if self.is_valid || self.is_ack {
            return;
        }
        if let Some(next) = self.waiting.first() {
            self.shown = ResultWords::of(next, now);
            self.is_valid = true;
        }
    }

    /// Nobody will take what waits.
    pub fn give_up(&mut self, failure: Failure, sink: Sink<'_>) {
        for lost in self.waiting.drain(..) {
            sink(Effect::Failed(lost.part_no, failure));
        }
        self.is_valid = false;
        self.is_overrun = false;
        self.shown = ResultWords::default();
    }

    pub const fn is_valid(&self) -> bool {
        self.is_valid
    }

    pub const fn is_ack(&self) -> bool {
        self.is_ack
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }
}
