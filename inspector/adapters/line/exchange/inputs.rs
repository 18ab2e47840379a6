//! Inputs: what was heard becomes edges, once each has lasted; edges become what they mean.

use super::arrivals::Arrivals;
use crate::adapters::line::kinds::Opening;
use crate::adapters::line::listeners::Listeners;
use crate::adapters::line::wiring::{Input, InputMeaning};
use crate::ports::line::{Feedback, Sensor};
use crate::ports::signal::Value;
use crate::station::position::Reading;
use crate::station::time::Instant;
use crate::telemetry::alarm::Condition;
use crate::telemetry::catalogue::Code;
use crate::telemetry::signals::SignalBoard;
use arrayvec::ArrayString;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

/// Every input of a device.
pub(super) struct Inputs {
    all: Vec<Watched>,
    listeners: Listeners,
    board: Arc<SignalBoard>,
    arrivals: Arrivals,
    /// Whether the device remembers changes, so that none is missed between two polls.
    remembers: bool,
    /// Between these times a trigger may have come unseen.
    unseen: Option<Unseen>,
    /// Of the encoder, extended to 32 bits.
    counts: Option<u32>,
    low: u16,
    heartbeat: Condition,
    name: String,
}

/// A trigger may have come and gone between two looks.
#[derive(Clone, Copy)]
pub(super) struct Unseen {
    pub(super) since: Instant,
    pub(super) until: Instant,
    /// Whether nobody told how long a trigger lasts.
    pub(super) is_guess: bool,
}

struct Watched {
    on_board: usize,
    meaning: InputMeaning,
    is_inverted: bool,
    filter: Duration,
    /// It stays on, and off between two times, at least so long.
    pulse_min: Duration,
    is_pulse_guessed: bool,
    /// When it was looked at last; `None` before the first time.
    looked_at: Option<Instant>,
    /// What a sensor says that lasts, while nobody could be told of it.
    untold: Option<(Sensor, bool, Instant)>,
    /// What it was when it was last heard of.
    is_on: bool,
    /// What it is since it last lasted; `None` before anything was heard of it.
    stable: Option<bool>,
    /// Since when it is something else, and the encoder's count then.
    changing: Option<(Instant, Option<u32>)>,
    /// Of a heartbeat: what it was, and when it last changed.
    beat: (u32, Option<Instant>),
}

impl Inputs {
    /// `remembers` says whether the device keeps what changes between two polls.
    pub(super) fn new(from: &Opening<'_>, remembers: bool) -> Self {
        let watched = |(on_board, input): (usize, &Input)| Watched {
            on_board,
            meaning: input.meaning,
            is_inverted: input.is_inverted,
            filter: input.filter,
            pulse_min: input.pulse_min,
            is_pulse_guessed: input.is_pulse_guessed,
            looked_at: None,
            untold: None,
            is_on: false,
            stable: None,
            changing: None,
            beat: (0, None),
        };
        let name = from.settings().name.clone();
        Self {
            all: from.inputs().map(watched).collect(),
            arrivals: Arrivals::new(from),
            remembers,
            unseen: None,
            listeners: from.listeners.clone(),
            board: Arc::clone(&from.board),
            counts: None,
            low: 0,
            heartbeat: from.alarms.condition(Code::HeartbeatLost, &name),
            name,
        }
    }

    /// One value, as the device told it; it came now.
    pub(super) fn heard(&mut self, input: u8, value: Value<'_>, (at, now): (Instant, Instant)) {
        let Some(watched) = self.all.get_mut(usize::from(input)) else {
            return;
        };
        let (on_board, meaning) = (watched.on_board, watched.meaning);
        if let InputMeaning::PlcHeartbeat(_) = meaning {
            watched.beat(value, at);
        }
        match value {
            Value::Bit(is_on) => {
                self.look(usize::from(input), (at, now));
                self.bit(usize::from(input), is_on, at);
            }
            Value::Word(number) if meaning == InputMeaning::Encoder => {
                let step = i32::from(number.wrapping_sub(self.low) as i16);
                self.low = number;
                let counts = match self.counts {
                    Some(counts) => counts.wrapping_add_signed(step),
                    None => u32::from(number),
                };
                self.reading(on_board, counts, (at, now));
            }
            Value::Double(counts) if meaning == InputMeaning::Encoder => {
                self.reading(on_board, counts, (at, now));
            }
            Value::Word(_) | Value::Double(_) => {
                let number = match value {
                    Value::Word(word) => u32::from(word),
                    Value::Double(double) => double,
                    Value::Bit(_) | Value::Text(_) => 0,
                };
                self.board.set_number(on_board, number, at);
                let mut text = ArrayString::<10>::new();
                let _ = write!(text, "{number}");
                // Nothing was written where the PLC has 0.
                let text = if number == 0 { "" } else { &text };
                self.arrivals.read(meaning, text, at);
            }
            Value::Text(text) => {
                self.board.set_text(on_board, text, at);
                self.arrivals.read(meaning, text, at);
            }
        }
    }

    fn reading(&mut self, on_board: usize, counts: u32, (at, known_at): (Instant, Instant)) {
        self.counts = Some(counts);
        self.board.set_number(on_board, counts, at);
        // A full queue counts the loss in its gauge; the next reading says the same and more.
        let _ = self.listeners.positions.push(Reading {
            counts,
            at,
            known_at,
        });
    }

    /// A trigger that was asked for at `at` and is known now: whether one may have come and gone since the last look.
    fn look(&mut self, input: usize, (at, now): (Instant, Instant)) {
        let watched = &mut self.all[input];
        if watched.meaning != InputMeaning::Trigger || self.remembers {
            return;
        }
        if let Some(since) = watched.looked_at.replace(at)
            && now.since(since) > watched.pulse_min
        {
            self.board.unseen(watched.on_board, since, now);
            let before = self.unseen;
            self.unseen = Some(Unseen {
                since: before.map_or(since, |before| before.since),
                until: now,
                is_guess: watched.is_pulse_guessed && before.is_none_or(|before| before.is_guess),
            });
        }
    }

    /// Between which times a trigger may have come unseen; told once.
    pub(super) fn unseen(&mut self) -> Option<Unseen> {
        self.unseen.take()
    }

    fn bit(&mut self, input: usize, raw: bool, at: Instant) {
        let counts = self.counts;
        let watched = &mut self.all[input];
        let is_on = raw != watched.is_inverted;
        watched.is_on = is_on;
        let Some(stable) = watched.stable else {
            watched.stable = Some(is_on);
            self.board.set_bit(watched.on_board, is_on, at);
            // What was so before anybody looked is a state, and no part that comes.
            if let Some(sensor) = sensor(watched.meaning).filter(|it| is_state(*it)) {
                self.sensed(input, sensor, is_on, at);
            }
            return;
        };
        // What lasted until now has lasted, even if it is over now.
        if let Some((since, then)) = watched.changing
            && at.since(since) >= watched.filter
        {
            self.edge(input, !stable, since, then);
        }
        let watched = &mut self.all[input];
        if watched.stable == Some(is_on) {
            watched.changing = None;
        } else if watched.filter.is_zero() {
            self.edge(input, is_on, at, counts);
        } else if watched.changing.is_none() {
            watched.changing = Some((at, counts));
        }
    }

    fn edge(&mut self, input: usize, is_on: bool, at: Instant, counts: Option<u32>) {
        let watched = &mut self.all[input];
        watched.stable = Some(is_on);
        watched.changing = None;
        self.board.set_bit(watched.on_board, is_on, at);
        match sensor(watched.meaning) {
            Some(sensor) => self.sensed(input, sensor, is_on, at),
            None if watched.meaning == InputMeaning::Trigger && is_on => {
                self.arrivals.came(at, counts);
            }
            None => {}
        }
    }

    /// What lasts is told once there is room; where a moment is lost, its part is missing a confirmation, which is told.
    fn sensed(&mut self, input: usize, sensor: Sensor, is_on: bool, at: Instant) {
        let feedback = Feedback::Sensed { sensor, is_on, at };
        let pushed = self.listeners.feedback.push(feedback);
        let is_untold = pushed.is_err() && is_state(sensor);
        self.all[input].untold = is_untold.then_some((sensor, is_on, at));
    }

    fn tell_states(&mut self) {
        for input in 0..self.all.len() {
            if let Some((sensor, is_on, at)) = self.all[input].untold {
                self.sensed(input, sensor, is_on, at);
            }
        }
    }

    /// Sends on what one poll brought together. Says whether the device is alive, where that is other than before.
    pub(super) fn tell(&mut self, now: Instant) -> Option<bool> {
        self.announce();
        self.tell_states();
        self.watch_heartbeat(now)
    }

    fn announce(&mut self) {
        let is_on = self.triggers().any(|it| it.is_on);
        self.arrivals.announce_read(is_on);
    }

    fn triggers(&self) -> impl Iterator<Item = &Watched> {
        let all = self.all.iter();
        all.filter(|it| it.meaning == InputMeaning::Trigger)
    }

    /// Whether parts have come that are not announced yet: their trigger has not lasted, or their ID is not read.
    pub(super) fn is_waiting(&self) -> bool {
        let is_coming = |it: &Watched| it.changing.is_some() && it.stable == Some(false);
        self.arrivals.is_waiting() || self.triggers().any(is_coming)
    }

    /// What has come is waited for so long at the end of a job: until its trigger has lasted, and then for its ID.
    pub(super) fn told_within(&self, ids_within: Duration) -> Duration {
        let filters = self.triggers().map(|it| it.filter);
        ids_within + filters.max().unwrap_or_default()
    }

    /// Announces what has come, and nothing any more.
    pub(super) fn end(&mut self) {
        self.arrivals.end();
    }

    fn watch_heartbeat(&mut self, now: Instant) -> Option<bool> {
        let mut late = None;
        for watched in &mut self.all {
            let InputMeaning::PlcHeartbeat(within) = watched.meaning else {
                continue;
            };
            let since = *watched.beat.1.get_or_insert(now);
            let for_so_long = now.since(since);
            if for_so_long > within {
                late = Some((within, for_so_long));
            }
        }
        let is_lost = self.heartbeat.is_active();
        match late {
            Some((within, for_so_long)) if !is_lost => {
                self.heartbeat.raise(format!(
                    "device {:?}: expected its heartbeat to change within {within:?}, found it the same for \
                     {for_so_long:?}; see that its program runs",
                    self.name
                ));
                Some(false)
            }
            None if is_lost => {
                self.heartbeat.end();
                Some(true)
            }
            _ => None,
        }
    }

    /// What was before a connection broke says nothing of edges after it.
    pub(super) fn forget(&mut self) {
        for watched in &mut self.all {
            watched.stable = None;
            watched.changing = None;
            watched.looked_at = None;
            watched.beat.1 = None;
        }
        self.counts = None;
    }

    /// Nobody can see them.
    pub(super) fn unknown(&mut self) {
        self.arrivals.announce_unread();
        for watched in &self.all {
            self.board.forget(watched.on_board);
        }
    }
}

impl Watched {
    fn beat(&mut self, value: Value<'_>, at: Instant) {
        let now = match value {
            Value::Bit(is_on) => u32::from(is_on),
            Value::Word(word) => u32::from(word),
            Value::Double(double) => double,
            Value::Text(_) => return,
        };
        if self.beat.1.is_none() || self.beat.0 != now {
            self.beat = (now, Some(at));
        }
    }
}

fn sensor(meaning: InputMeaning) -> Option<Sensor> {
    Some(match meaning {
        InputMeaning::LaneConfirm(lane) => Sensor::Lane(lane),
        InputMeaning::Gate => Sensor::Gate,
        InputMeaning::BinFull => Sensor::BinFull,
        InputMeaning::BinOpen => Sensor::BinOpen,
        InputMeaning::LowAir => Sensor::LowAir,
        InputMeaning::BeltRuns => Sensor::BeltRuns,
        InputMeaning::Restart => Sensor::Restart,
        InputMeaning::Trigger
        | InputMeaning::Encoder
        | InputMeaning::PlcHeartbeat(_)
        | InputMeaning::PartId
        | InputMeaning::Style => return None,
    })
}

/// Whether it lasts; the others tell of a part or a person at a moment.
fn is_state(sensor: Sensor) -> bool {
    match sensor {
        Sensor::BinFull | Sensor::BinOpen | Sensor::LowAir | Sensor::BeltRuns => true,
        Sensor::Lane(_) | Sensor::Gate | Sensor::Restart => false,
    }
}
