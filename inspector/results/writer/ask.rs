//! A request to the thread that owns the connection, from both sides.

use super::WriteError;
use super::change::Change;
use crate::station::result::Record;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// The row of a review, else 0.
pub(super) type Answer = Result<i64, WriteError>;

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const WITHDRAWN: u8 = 2;

/// Whose turn it is: either the owner begins a request, or whoever made it withdraws it.
#[derive(Clone, Default)]
pub(super) struct Turn(Arc<AtomicU8>);

impl Turn {
    fn becomes(&self, next: u8) -> bool {
        self.0
            .compare_exchange(WAITING, next, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// Whether it will certainly not be carried out.
    pub(super) fn withdraw(&self) -> bool {
        self.becomes(WITHDRAWN)
    }
}

/// A request, as the owner sees it.
pub(super) struct Ask {
    pub(super) change: Change,
    turn: Turn,
    answers: Sender<Answer>,
}

/// A request, as whoever made it sees it.
pub(super) struct Asked {
    pub(super) answer: Receiver<Answer>,
    pub(super) turn: Turn,
}

impl Ask {
    pub(super) fn new(change: Change) -> (Self, Asked) {
        let (answers, answer) = bounded(1);
        let turn = Turn::default();
        let asked = Asked {
            answer,
            turn: turn.clone(),
        };
        let ask = Self {
            change,
            turn,
            answers,
        };
        (ask, asked)
    }

    pub(super) fn rows(batch: Vec<Record>, answers: Sender<Answer>) -> Self {
        Self {
            change: Change::Rows(batch),
            turn: Turn::default(),
            answers,
        }
    }

    /// Takes it on; not where it was withdrawn.
    pub(super) fn begins(&self) -> bool {
        self.turn.becomes(BEGUN)
    }

    /// Nobody may be waiting any more.
    pub(super) fn answer(&self, answer: Answer) {
        let _ = self.answers.send(answer);
    }
}
