//! Whether a device is heard, as those are told who depend on it. That is a state and not a moment: where a queue has no
//! room for word of it, it is told as soon as there is.

use super::kinds::Opening;
use crate::ports::line::{Feedback, Heard};
use crate::queue::{PushError, Queue};
use crate::station::time::Instant;
use arrayvec::ArrayVec;

/// Words that may wait for room: more become one.
const UNTOLD_MAX: usize = 4;

/// What is told of one device.
pub(super) struct Presence {
    device: u8,
    feedback: Queue<Feedback>,
    /// Where this device announces parts.
    triggers: Option<Queue<Heard>>,
    /// Whether it answers, while `actuate` does not know.
    connected: Option<bool>,
    /// What whoever numbers parts does not know yet, in order.
    untold: ArrayVec<Heard, UNTOLD_MAX>,
    has_ended: bool,
}

impl Presence {
    pub(super) fn new(from: &Opening<'_>) -> Self {
        let announces = from.wiring.announcer() == Some(from.device);
        Self::of(
            from.device,
            from.listeners.feedback.clone(),
            announces.then(|| from.listeners.triggers.clone()),
        )
    }

    pub(super) fn of(
        device: u8,
        feedback: Queue<Feedback>,
        triggers: Option<Queue<Heard>>,
    ) -> Self {
        Self {
            device,
            feedback,
            triggers,
            connected: None,
            untold: ArrayVec::new(),
            has_ended: false,
        }
    }

    /// It cannot be heard, and was heard last at `since`.
    pub(super) fn gone(&mut self, reason: String, since: Instant) {
        self.connected(false);
        self.add(Heard::Gone { reason, since });
    }

    /// It is heard again.
    pub(super) fn back(&mut self) {
        self.connected(true);
        self.add(Heard::Back);
    }

    /// It was asked more rarely than a part shows.
    pub(super) fn unseen(&mut self, since: Instant, until: Instant, is_guess: bool) {
        self.add(Heard::Unseen {
            since,
            until,
            is_guess,
        });
    }

    /// Everything that came is told.
    pub(super) fn ended(&mut self) {
        self.has_ended = true;
        self.tell();
    }

    /// Whether outputs may depend on it.
    pub(super) fn connected(&mut self, is_connected: bool) {
        self.connected = Some(is_connected);
        self.tell();
    }

    fn add(&mut self, heard: Heard) {
        if self.triggers.is_none() {
            return;
        }
        if self.untold.is_full() {
            self.join();
        }
        self.untold.push(heard);
        self.tell();
    }

    /// Makes one time without word of what waits: nobody knows of all of it.
    fn join(&mut self) {
        let is_away = matches!(self.untold.last(), Some(Heard::Gone { .. }));
        let is_back = self.untold.contains(&Heard::Back);
        let mut reason = String::new();
        let mut begun: Option<Instant> = None;
        for heard in self.untold.drain(..) {
            let since = match heard {
                Heard::Gone { reason: why, since } => {
                    reason = why;
                    since
                }
                Heard::Unseen {
                    since,
                    is_guess: false,
                    ..
                } => since,
                Heard::Unseen { is_guess: true, .. }
                | Heard::Arrival(_)
                | Heard::Back
                | Heard::Ended => continue,
            };
            begun = Some(begun.map_or(since, |before| before.min(since)));
        }
        if let Some(since) = begun {
            self.untold.push(Heard::Gone { reason, since });
        }
        if !is_away && (is_back || begun.is_some()) {
            self.untold.push(Heard::Back);
        }
    }

    /// Tells what there was no room for before. Called with every turn of the device.
    pub(super) fn tell(&mut self) {
        if let Some(is_connected) = self.connected {
            let feedback = Feedback::Connected {
                device: self.device,
                is_connected,
            };
            match self.feedback.push(feedback) {
                Ok(()) | Err(PushError::Closed(_)) => self.connected = None,
                Err(PushError::Overrun(_) | PushError::Dropped(_)) => {}
            }
        }
        let Some(triggers) = &self.triggers else {
            return;
        };
        // Only this device sends there, so there is room for what is pushed, and no part is counted as lost.
        while !self.untold.is_empty() && triggers.has_room() {
            let _ = triggers.push(self.untold.remove(0));
        }
        if self.has_ended && self.untold.is_empty() && triggers.has_room() {
            let _ = triggers.push(Heard::Ended);
            self.has_ended = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::line::Arrival;
    use crate::queue::{Outlet, WhenFull, queue};

    const AT: fn(u64) -> Instant = Instant::from_millis;

    fn full() -> (Presence, Outlet<Heard>, Outlet<Feedback>) {
        let (triggers, heard) = queue("heard", 2, WhenFull::Fault, None);
        let (feedback, told) = queue("feedback", 1, WhenFull::Fault, None);
        for ms in 0..2 {
            let arrival = Heard::Arrival(Arrival::at(AT(ms)));
            triggers.push(arrival).expect("there is room");
        }
        let other = Feedback::Connected {
            device: 9,
            is_connected: true,
        };
        feedback.push(other).expect("there is room");
        (Presence::of(3, feedback, Some(triggers)), heard, told)
    }

    fn gone(ms: u64) -> Heard {
        Heard::Gone {
            reason: "off".to_owned(),
            since: AT(ms),
        }
    }

    #[test]
    fn being_away_and_back_is_told_once_there_is_room() {
        let (mut presence, heard, told) = full();
        presence.gone("off".to_owned(), AT(5));
        presence.back();
        assert_eq!((heard.len(), heard.gauge().dropped()), (2, 0));
        heard.pop();
        presence.tell();
        assert!(matches!(heard.pop(), Some(Heard::Arrival(_))));
        assert_eq!(heard.pop(), Some(gone(5)));
        presence.ended();
        assert_eq!(heard.pop(), Some(Heard::Back));
        assert_eq!(heard.pop(), Some(Heard::Ended));
        presence.tell();
        assert_eq!(heard.pop(), None, "it ends once");
        told.pop();
        presence.tell();
        let connected = Feedback::Connected {
            device: 3,
            is_connected: true,
        };
        assert_eq!(told.pop(), Some(connected), "the newest state");
        presence.tell();
        assert_eq!(told.pop(), None);
    }

    #[test]
    fn looks_that_may_have_been_too_late_are_no_time_away_however_many() {
        let (mut presence, heard, _told) = full();
        presence.back();
        for ms in 10..60 {
            presence.unseen(AT(ms), AT(ms + 1), true);
        }
        let mut all = Vec::new();
        for _ in 0..9 {
            all.extend(heard.pop());
            presence.tell();
        }
        assert_eq!(all.get(2), Some(&Heard::Back), "{all:?}");
        let is_guess = |it: &Heard| matches!(it, Heard::Unseen { is_guess: true, .. });
        assert!(all.len() > 3 && all.iter().skip(3).all(is_guess), "{all:?}");
    }

    #[test]
    fn however_often_a_device_goes_its_first_and_last_time_are_told() {
        for is_back in [false, true] {
            let (mut presence, heard, _told) = full();
            presence.unseen(AT(3), AT(4), true);
            presence.unseen(AT(7), AT(8), false);
            for ms in 10..60 {
                presence.gone("off".to_owned(), AT(ms));
                presence.back();
            }
            if !is_back {
                presence.gone("off".to_owned(), AT(99));
            }
            let mut all = Vec::new();
            for _ in 0..9 {
                all.extend(heard.pop());
                presence.tell();
            }
            let told: Vec<&Heard> = all.iter().skip(2).collect();
            let first = told.first().expect("something is told");
            assert_eq!(*first, &gone(7), "since before the first");
            let is_last = |heard: &Heard| matches!(heard, Heard::Back) == is_back;
            assert!(told.last().is_some_and(|it| is_last(it)), "{told:?}");
        }
    }
}
