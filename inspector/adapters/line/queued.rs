//! The stages' side of devices that have threads of their own: triggers and commands by queues.

use crate::ports::line::{
    Arrival, Heard, OutputError, PartOutput, Told, TriggerError, TriggerSource,
};
use crate::queue::{Outlet, Queue};
use crate::station::gates::GateNo;
use crate::station::outcome::Outcome;
use crate::station::time::Instant;
use std::time::Duration;

/// At the end a device has told within so long, after the filter of its trigger, what it has heard; where it hangs for longer,
/// a gap says that parts may be missing.
const ENDS_WITHIN: Duration = Duration::from_secs(3);

/// Parts that a device of the line announces.
pub struct QueuedTriggers {
    heard: Outlet<Heard>,
    told: Queue<Told>,
    gone: Option<(String, Instant)>,
    /// Parts that found no room, as far as that was told.
    lost: u64,
    end: End,
    ends_within: Duration,
}

/// Whether the device is to tell what it has heard, and no more.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Runs,
    /// It is to end, and had no room for word of it yet.
    Untold,
    Told,
    Ended,
}

impl QueuedTriggers {
    /// Of the one device that announces parts, and is told there. A change of its trigger counts after `filter`.
    pub fn new(heard: Outlet<Heard>, told: Queue<Told>, filter: Duration) -> Self {
        Self {
            heard,
            told,
            gone: None,
            lost: 0,
            end: End::Runs,
            ends_within: ENDS_WITHIN + filter,
        }
    }

    fn tell_end(&mut self) {
        if self.end == End::Untold && self.told.push(Told::Last).is_ok() {
            self.end = End::Told;
        }
    }
}

impl TriggerSource for QueuedTriggers {
    fn wait(&mut self, timeout: Duration) -> Result<Arrival, TriggerError> {
        self.tell_end();
        let lost = self.heard.gauge().dropped();
        if lost > self.lost {
            let more = lost - self.lost;
            self.lost = lost;
            return Err(TriggerError::Lost(more));
        }
        if self.end == End::Ended {
            return Err(TriggerError::Ended);
        }
        match self.heard.pop_waiting(timeout) {
            Some(Heard::Arrival(arrival)) => {
                self.gone = None;
                return Ok(arrival);
            }
            Some(Heard::Gone { reason, since }) => self.gone = Some((reason, since)),
            Some(Heard::Back) => self.gone = None,
            Some(Heard::Unseen {
                since,
                until,
                is_guess,
            }) => {
                return Err(TriggerError::Unseen {
                    since,
                    until,
                    is_guess,
                });
            }
            Some(Heard::Ended) => {
                self.end = End::Ended;
                return self.wait(Duration::ZERO);
            }
            None => {}
        }
        match &self.gone {
            Some((reason, since)) => Err(TriggerError::Disconnected {
                reason: reason.clone(),
                since: *since,
            }),
            None => Err(TriggerError::Timeout),
        }
    }

    fn close(&mut self) -> Option<Duration> {
        self.end = End::Untold;
        self.tell_end();
        Some(self.ends_within)
    }
}

/// Commands to the device that takes parts out, which answers each of them.
pub struct QueuedOutput {
    told: Queue<Told>,
    name: String,
    answers_within: Duration,
}

impl QueuedOutput {
    /// To the device of this name.
    pub fn new(told: Queue<Told>, name: String, answers_within: Duration) -> Self {
        Self {
            told,
            name,
            answers_within,
        }
    }

    fn tell(&self, told: Told) -> Result<(), OutputError> {
        self.told.push(told).map_err(|_| OutputError {
            message: format!(
                "device {:?} takes no commands: expected it to keep up with the line, found its queue full; check \
                 power, cable and address",
                self.name
            ),
        })
    }
}

impl PartOutput for QueuedOutput {
    fn command(&mut self, outcome: &Outcome) -> Result<(), OutputError> {
        self.tell(Told::Outcome(*outcome))
    }

    fn rest(&mut self) -> Result<(), OutputError> {
        self.tell(Told::Rest)
    }

    fn close(&mut self, gate: GateNo) -> Result<(), OutputError> {
        self.tell(Told::Close(gate))
    }

    fn answers_within(&self) -> Option<Duration> {
        Some(self.answers_within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::{WhenFull, queue};

    const FILTER: Duration = Duration::from_secs(9);

    #[test]
    fn a_device_that_cannot_be_heard_is_told_until_it_is_back() {
        let (tx, rx) = queue("heard", 8, WhenFull::Fault, None);
        let (told, _) = queue("told", 1, WhenFull::DropNewest, None);
        let mut source = QueuedTriggers::new(rx, told, FILTER);
        let mut wait = |heard: Option<Heard>| {
            if let Some(heard) = heard {
                tx.push(heard).expect("there is room");
            }
            source.wait(Duration::ZERO)
        };
        assert_eq!(wait(None), Err(TriggerError::Timeout));
        let reason = "no answer".to_owned();
        let since = Instant::from_millis(3);
        let gone = Err(TriggerError::Disconnected {
            reason: reason.clone(),
            since,
        });
        assert_eq!(wait(Some(Heard::Gone { reason, since })), gone);
        assert_eq!(wait(None), gone, "still");
        assert_eq!(wait(Some(Heard::Back)), Err(TriggerError::Timeout));
        let arrival = Arrival::at(Instant::from_millis(5));
        assert_eq!(wait(Some(Heard::Arrival(arrival))), Ok(arrival));
    }

    #[test]
    fn parts_that_find_no_room_are_told_once_before_the_next_one() {
        let (tx, rx) = queue("heard", 2, WhenFull::Fault, None);
        let (told, _) = queue("told", 1, WhenFull::DropNewest, None);
        let mut source = QueuedTriggers::new(rx, told, FILTER);
        for ms in 0..5 {
            drop(tx.push(Heard::Arrival(Arrival::at(Instant::from_millis(ms)))));
        }
        assert_eq!(source.wait(Duration::ZERO), Err(TriggerError::Lost(3)));
        for ms in 0..2 {
            let arrival = Arrival::at(Instant::from_millis(ms));
            assert_eq!(source.wait(Duration::ZERO), Ok(arrival));
        }
        assert_eq!(source.wait(Duration::ZERO), Err(TriggerError::Timeout));
    }

    #[test]
    fn a_device_is_told_of_the_end_once_it_takes_it_and_what_it_has_heard_comes_first() {
        let (tx, rx) = queue("heard", 8, WhenFull::Fault, None);
        let (told, device) = queue("told", 1, WhenFull::DropNewest, None);
        let mut source = QueuedTriggers::new(rx, told.clone(), FILTER);
        told.push(Told::Rest).expect("there is room");
        assert_eq!(source.close(), Some(ENDS_WITHIN + FILTER));
        assert_eq!(source.wait(Duration::ZERO), Err(TriggerError::Timeout));
        assert_eq!(device.pop(), Some(Told::Rest));
        assert_eq!(source.wait(Duration::ZERO), Err(TriggerError::Timeout));
        assert_eq!(device.pop(), Some(Told::Last));
        let arrival = Arrival::at(Instant::from_millis(5));
        tx.push(Heard::Arrival(arrival)).expect("there is room");
        tx.push(Heard::Ended).expect("there is room");
        assert_eq!(source.wait(Duration::ZERO), Ok(arrival));
        for _ in 0..2 {
            assert_eq!(source.wait(Duration::ZERO), Err(TriggerError::Ended));
        }
        assert_eq!(device.pop(), None, "it is told once");
    }

    #[test]
    fn a_device_that_takes_no_commands_is_told_by_its_name() {
        let (tx, _rx) = queue("told", 1, WhenFull::DropNewest, None);
        let mut output = QueuedOutput::new(tx, "plc".to_owned(), Duration::from_millis(50));
        assert_eq!(output.rest(), Ok(()));
        let full = output.rest().expect_err("it is full");
        assert!(full.message.contains("plc"), "{full}");
    }
}
