//! `kind = "http"`: robots, test programs and manual stations announce parts by a request, and are answered with what is
//! decided. The control plane takes the requests; here they become parts, and no socket is touched.

use super::exchange::link::Link;
use super::kinds::{Opening, Role, SIGNALS};
use super::listeners::Listeners;
use crate::clock::Clock;
use crate::ports::line::{
    Arrival, Feedback, Heard, LineDevice, LineStatus, PartRequest, PartWord, Told,
};
use crate::ports::signal::{AddressError, Width};
use crate::queue::Outlet;
use crate::station::outcome::Outcome;
use crate::station::part::PartNo;
use crate::station::time::Instant;
use serde::Deserialize;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// As in the settings.
pub const KIND: &str = "http";
/// Whoever asks announces parts, with their IDs; where the settings say so, they take them out too.
pub const ROLE: Role = Role {
    has_signals: false,
    announces: true,
    ..SIGNALS
};
/// The most parts that may be asked for at a time.
pub const IN_FLIGHT_MAX: usize = 64;
/// How long a request waits to be looked at while a part is on its way, and an answer while a request is.
const LOOKS_EVERY: Duration = Duration::from_millis(1);

/// A `[[device]]` of this kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether whoever asks takes the part out, by the answer.
    #[serde(default)]
    pub takes_out: bool,
    /// How many parts may be on their way at a time.
    #[serde(default = "in_flight")]
    pub in_flight_max: usize,
    /// Without an outcome for so long, whoever asked is told to look it up.
    #[serde(default = "answer_within")]
    pub answer_within_ms: u64,
}

const fn in_flight() -> usize {
    8
}

const fn answer_within() -> u64 {
    10_000
}

/// What does not go together in the settings, one line each.
pub fn problems(settings: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
    if !(1..=IN_FLIGHT_MAX).contains(&settings.in_flight_max) {
        problems.push(format!(
            "in_flight_max: expected 1 to {IN_FLIGHT_MAX}, found {}",
            settings.in_flight_max
        ));
    }
    if !(100..=60_000).contains(&settings.answer_within_ms) {
        problems.push(format!(
            "answer_within_ms: expected 100 to 60000, found {}",
            settings.answer_within_ms
        ));
    }
    problems
}

/// Whoever asks sees by the missing answer that the station died.
pub const fn proves(_: &Settings) -> bool {
    false
}

/// It has no addresses: a request is a part.
///
/// # Errors
/// Always, because of that.
pub fn width(_: &Settings, address: &str, _is_output: bool) -> Result<Width, AddressError> {
    Err(AddressError {
        expected: "no address, because each request is a part",
        found: address.to_owned(),
    })
}

/// A part that was asked for and is not answered yet.
struct Asked {
    part_no: PartNo,
    at: Instant,
    /// `None` where it was told already that the part is rejected, because the station was not ready for it.
    request: Option<PartRequest>,
}

/// Requests of programs as a device of the line.
pub struct Requests {
    requests: Option<Outlet<PartRequest>>,
    told: Outlet<Told>,
    listeners: Listeners,
    link: Link,
    clock: Arc<dyn Clock>,
    /// In the order of their numbers.
    asked: VecDeque<Asked>,
    in_flight_max: usize,
    answer_within: Duration,
    /// The number of the last part: the job counts what this device announces.
    last: PartNo,
    status: Option<LineStatus>,
    end: End,
}

/// Whether requests are parts of the job.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Runs,
    /// The job ends: what was asked before that is still a part.
    Ending,
    /// The job has ended: nothing is announced any more.
    Ended,
}

/// A device of these settings. It is there from its first turn on.
pub fn open(settings: &Settings, from: Opening<'_>) -> Requests {
    Requests {
        link: Link::new(&from),
        requests: from.requests,
        told: from.told,
        listeners: from.listeners,
        clock: from.clock,
        asked: VecDeque::with_capacity(settings.in_flight_max),
        in_flight_max: settings.in_flight_max,
        answer_within: Duration::from_millis(settings.answer_within_ms),
        last: PartNo(0),
        status: None,
        end: End::Runs,
    }
}

impl Requests {
    fn take(&mut self) {
        while let Some(told) = self.told.pop() {
            match told {
                Told::Status(status) => self.status = Some(status),
                Told::Outcome(outcome) => self.command(&outcome),
                Told::Decided(outcome) => {
                    self.answer(&outcome);
                }
                Told::Last => self.end = End::Ending,
                Told::Numbered(_) | Told::Exposed(_) | Told::Rest | Told::Close(_) => {}
            }
        }
    }

    /// Whether somebody took the answer; `None` where nobody waits for one.
    fn answer(&mut self, outcome: &Outcome) -> Option<bool> {
        let of = |asked: &Asked| asked.part_no == outcome.part_no;
        let at = self.asked.iter().position(of)?;
        let asked = self.asked.remove(at)?;
        let at = self.clock.now();
        Some(match asked.request {
            Some(mut request) => (request.tell)(PartWord::Decided(*outcome, at)),
            None => true,
        })
    }

    /// Whoever asked takes the part out, so the answer is the command.
    fn command(&mut self, outcome: &Outcome) {
        let (part_no, lane) = (outcome.part_no, Some(outcome.lane));
        let answered = self.answer(outcome);
        let at = self.clock.now();
        let name = self.link.name();
        let reason = match answered {
            Some(true) => {
                let _ = self
                    .listeners
                    .feedback
                    .push(Feedback::Acknowledged { part_no, lane, at });
                return;
            }
            Some(false) => "the connection was closed before its answer was there",
            None => "its answer came later than answer_within_ms",
        };
        let _ = self.listeners.feedback.push(Feedback::Failed {
            part_no,
            lane,
            at,
            reason: format!(
                "device {name:?}: expected whoever asked for part {} to take it out by the answer; {reason}",
                part_no.0
            ),
        });
    }

    fn hear(&mut self, patience: Duration) {
        let Some(requests) = self.requests.clone() else {
            return std::thread::sleep(patience);
        };
        let patience = match self.asked.is_empty() {
            true => patience.min(LOOKS_EVERY * 5),
            false => LOOKS_EVERY,
        };
        let mut next = requests.pop_waiting(patience);
        while let Some(request) = next {
            // What was told by now is answered first: it makes room.
            self.take();
            self.request(request);
            next = requests.pop();
        }
    }

    fn request(&mut self, mut request: PartRequest) {
        if self.end == End::Ended {
            (request.tell)(PartWord::Unheard);
            return;
        }
        if self.asked.len() >= self.in_flight_max {
            (request.tell)(PartWord::TooMany(self.in_flight_max));
            return;
        }
        let is_missed = !self.status.is_some_and(|status| status.is_online);
        let arrival = Arrival {
            part_id: request.part_id,
            style: request.style,
            is_missed,
            ..Arrival::at(request.at)
        };
        let pushed = self.listeners.triggers.push(Heard::Arrival(arrival));
        if pushed.is_err() {
            (request.tell)(PartWord::Unheard);
            return;
        }
        self.last.0 += 1;
        let part_no = self.last;
        // Who has hung up by now lost nothing: the part is on its way, and its result recorded.
        let word = match is_missed {
            true => PartWord::Missed(part_no),
            false => PartWord::Taken(part_no),
        };
        (request.tell)(word);
        self.asked.push_back(Asked {
            part_no,
            at: request.at,
            request: (!is_missed).then_some(request),
        });
    }

    fn give_up(&mut self, now: Instant) {
        let limit = self.answer_within;
        let is_over = |asked: &Asked| now.since(asked.at) >= limit;
        while self.asked.front().is_some_and(is_over) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some(asked) = self.asked.pop_front()
            && let Some(mut request) = asked.request
        {
            (request.tell)(PartWord::Late(asked.part_no));
        }
    }
}

impl LineDevice for Requests {
    fn turn(&mut self, patience: Duration) {
        let now = self.clock.now();
        if !self.link.is_connected() {
            self.link.made(now);
        }
        self.take();
        self.give_up(now);
        let is_ending = self.end == End::Ending;
        self.hear(patience);
        if is_ending {
            self.end = End::Ended;
            self.link.ended();
        }
        self.link.tell();
        self.take();
    }

    fn rest(&mut self) {
        while !self.asked.is_empty() {
            self.forget_first();
        }
    }
}

#[cfg(test)]
#[path = "http/tests.rs"]
mod tests;
