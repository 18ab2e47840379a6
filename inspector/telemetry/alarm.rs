//! How stages tell of a condition that somebody must see to. Told on paths where something has already gone wrong, so
//! allocating the message is allowed.

use super::catalogue::Code;
use crate::queue::Queue;
use std::time::Duration;

/// An alarm as a stage tells it: it is so, or it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmChange {
    /// Which condition it is.
    pub code: Code,
    /// Which thing has it: the name of a camera or a thread, or nothing where there is one only.
    pub subject: String,
    /// What was expected, what was found and what to do. Unused when it is over.
    pub message: String,
    /// Whether it is so.
    pub is_active: bool,
}

/// What the log says, when a job starts, of what jobs before left open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOpen {
    /// Alarms of the line that began and have not ended. Those that hold it end when a person lets it go on.
    pub alarms: Vec<Code>,
    /// So long the station has run while challenge parts were due and not all brought; zero where they were not due.
    pub challenge_due_for: Duration,
}

/// The way from a stage to the alarm board. Clones lead to the same board.
#[derive(Clone)]
pub struct AlarmSender {
    queue: Queue<AlarmChange>,
}

impl AlarmSender {
    /// Sends into this queue. When it is full a change is counted there and lost.
    pub fn new(queue: Queue<AlarmChange>) -> Self {
        Self { queue }
    }

    /// One condition of one thing, quiet so far.
    pub fn condition(&self, code: Code, subject: &str) -> Condition {
        Condition {
            sender: self.clone(),
            code,
            subject: subject.to_owned(),
            is_active: false,
        }
    }

    fn send(&self, code: Code, subject: &str, message: String, is_active: bool) -> bool {
        let change = AlarmChange {
            code,
            subject: subject.to_owned(),
            message,
            is_active,
        };
        self.queue.push(change).is_ok()
    }
}

/// A condition that one stage watches. It can be told often: the board counts. It ends as soon as the stage says so; an
/// end that found no room is told again by the next call.
pub struct Condition {
    sender: AlarmSender,
    code: Code,
    subject: String,
    is_active: bool,
}

impl Condition {
    /// It is so, now or still.
    pub fn raise(&mut self, message: String) {
        self.is_active = true;
        // A full queue counts the loss in its gauge; the next occurrence tells again.
        let _ = self.sender.send(self.code, &self.subject, message, true);
    }

    /// It is over. Costs nothing where it was not so.
    pub fn end(&mut self) {
        if self.is_active {
            self.is_active = !self
                .sender
                .send(self.code, &self.subject, String::new(), false);
        }
    }

    /// Whether it was told and has not ended.
    pub fn is_active(&self) -> bool {
        self.is_active
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::{WhenFull, queue};

    #[test]
    fn an_end_that_found_no_room_is_told_again() {
        let (tx, rx) = queue("alarms", 1, WhenFull::DropNewest, None);
        let sender = AlarmSender::new(tx);
        let mut gone = sender.condition(Code::CameraGone, "top");
        gone.end();
        assert!(rx.is_empty(), "what never began does not end");
        gone.raise("it is gone".to_owned());
        gone.end();
        assert!(gone.is_active(), "there was no room");
        assert!(rx.pop().is_some_and(|change| change.is_active));
        gone.end();
        assert!(rx.pop().is_some_and(|change| !change.is_active));
        assert!(!gone.is_active());
    }
}
