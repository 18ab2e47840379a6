//! Whether a device answers, and who is told of it.

use crate::adapters::line::kinds::Opening;
use crate::adapters::line::presence::Presence;
use crate::ports::line::Feedback;
use crate::ports::signal::SignalError;
use crate::queue::Queue;
use crate::station::time::Instant;
use crate::telemetry::alarm::Condition;
use crate::telemetry::catalogue::Code;
use crate::telemetry::signals::{SHOWN_BYTES_MAX, SignalBoard};
use arrayvec::ArrayString;
use std::sync::Arc;
use std::time::Duration;

/// After a failure it is tried again so soon, then each time after twice as long.
const AGAIN: Duration = Duration::from_millis(50);
/// It is never tried less often.
const AGAIN_MAX: Duration = Duration::from_secs(1);

/// The connection to a device.
pub(in crate::adapters::line) struct Link {
    name: String,
    device: u8,
    feedback: Queue<Feedback>,
    presence: Presence,
    board: Arc<SignalBoard>,
    gone: Condition,
    unproven: Condition,
    state: State,
    /// Whether listeners know that it is gone.
    is_told_gone: bool,
    answered_at: Instant,
}

enum State {
    Connected,
    Lost { again_at: Instant, pause: Duration },
}

impl Link {
    pub(in crate::adapters::line) fn new(from: &Opening<'_>) -> Self {
        let name = &from.settings().name;
        Self {
            name: name.clone(),
            device: from.device,
            feedback: from.listeners.feedback.clone(),
            presence: Presence::new(from),
            board: Arc::clone(&from.board),
            gone: from.alarms.condition(Code::LineDeviceGone, name),
            unproven: from.alarms.condition(Code::WatchdogUnproven, name),
            state: State::Lost {
                again_at: from.clock.now(),
                pause: AGAIN,
            },
            is_told_gone: false,
            answered_at: from.clock.now(),
        }
    }

    pub(in crate::adapters::line) fn name(&self) -> &str {
        &self.name
    }

    pub(in crate::adapters::line) fn is_connected(&self) -> bool {
        matches!(self.state, State::Connected)
    }

    pub(in crate::adapters::line) fn is_due(&self, now: Instant) -> bool {
        matches!(self.state, State::Lost { again_at, .. } if again_at <= now)
    }

    pub(in crate::adapters::line) fn again_at(&self) -> Instant {
        match self.state {
            State::Connected => Instant::default(),
            State::Lost { again_at, .. } => again_at,
        }
    }

    pub(in crate::adapters::line) fn feedback(&self, feedback: Feedback) {
        // A full queue counts the loss in its gauge.
        let _ = self.feedback.push(feedback);
    }

    /// A text came, for whoever looks at the line: what is no UTF-8 in it is shown as such.
    pub(in crate::adapters::line) fn said(&self, text: &[u8], at: Instant) {
        let mut shown = ArrayString::<SHOWN_BYTES_MAX>::new();
        for chunk in text.utf8_chunks() {
            let rest = shown.remaining_capacity();
            let valid = chunk.valid();
            shown.push_str(&valid[..valid.floor_char_boundary(rest)]);
            if !chunk.invalid().is_empty() {
                let _ = shown.try_push(char::REPLACEMENT_CHARACTER);
            }
        }
        self.board.said(self.device, &shown, at);
    }

    /// Tells what there was no room for before. Called with every turn.
    pub(in crate::adapters::line) fn tell(&mut self) {
        self.presence.tell();
    }

    /// Whether it is alive, as its heartbeat says.
    pub(in crate::adapters::line) fn alive(&mut self, is_alive: bool) {
        self.presence.connected(is_alive);
    }

    /// It was asked more rarely than a part shows.
    pub(in crate::adapters::line) fn unseen(
        &mut self,
        since: Instant,
        until: Instant,
        is_guess: bool,
    ) {
        self.presence.unseen(since, until, is_guess);
    }

    /// Every part that it has seen is told, and none will be any more.
    pub(in crate::adapters::line) fn ended(&mut self) {
        self.presence.ended();
    }

    /// It has just told everything that it knows: nothing was missed until now.
    pub(in crate::adapters::line) fn answered(&mut self, now: Instant) {
        self.answered_at = now;
    }

    pub(in crate::adapters::line) fn made(&mut self, now: Instant) {
        self.answered_at = now;
        self.state = State::Connected;
        self.gone.end();
        self.board.connected(self.device, now);
        match self.is_told_gone {
            true => self.presence.back(),
            false => self.presence.connected(true),
        }
        self.is_told_gone = false;
    }

    pub(in crate::adapters::line) fn lost(&mut self, error: &SignalError, now: Instant) {
        let reason = format!("device {:?}: {error}", self.name);
        let pause = match self.state {
            State::Connected => AGAIN,
            State::Lost { pause, .. } => (pause * 2).min(AGAIN_MAX),
        };
        self.state = State::Lost {
            again_at: now + pause,
            pause,
        };
        self.board.lost(self.device, (error.why(), &reason), now);
        if !self.is_told_gone {
            self.is_told_gone = true;
            self.presence.gone(reason.clone(), self.answered_at);
        }
        self.gone.raise(reason);
    }

    pub(in crate::adapters::line) fn proven(&mut self) {
        self.unproven.end();
        self.board.set_armed(self.device, true);
    }

    pub(in crate::adapters::line) fn unproven(&mut self, reason: String) {
        self.unproven.raise(reason);
        self.board.set_armed(self.device, false);
    }
}
