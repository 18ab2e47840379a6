//! Inputs: what was heard becomes edges, once each has lasted; edges become what they mean.

use crate::adapters::line::kinds::Opening;
use crate::adapters::line::listeners::Listeners;
use crate::adapters::line::wiring::{Input, InputMeaning};
use crate::ports::line::{Arrival, Feedback, Heard, Sensor};
use crate::ports::signal::{TEXT_BYTES_MAX, Value};
use crate::station::identity::Identified;
use crate::station::part::{PartId, Style};
use crate::station::position::Reading;
use crate::station::time::Instant;
use crate::telemetry::alarm::Condition;
use crate::telemetry::catalogue::Code;
use crate::telemetry::signals::SignalBoard;
use arrayvec::{ArrayString, ArrayVec};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

/// Parts that can arrive between two polls of a device that remembers edges.
const ARRIVALS_MAX: usize = 64;

/// Every input of a device.
pub(super) struct Inputs {
    all: Vec<Watched>,
    listeners: Listeners,
    board: Arc<SignalBoard>,
    device: u8,
    has_trigger: bool,
    /// Of the encoder, extended to 32 bits.
    counts: Option<u32>,
    low: u16,
    /// Triggers whose part's ID and style were not read yet.
    arrivals: ArrayVec<(Instant, Option<u32>), ARRIVALS_MAX>,
    part_id: Text,
    style: Text,
    /// When ID and style were last read; `None` where the device has none, or before the first time.
    read_at: [Option<Instant>; 2],
    has_texts: [bool; 2],
    /// Whether an ID or a style is new, since then.
    identified_at: Option<Instant>,
    heartbeat: Condition,
    name: String,
}

type Text = ArrayString<TEXT_BYTES_MAX>;

struct Watched {
    on_board: usize,
    meaning: InputMeaning,
    is_inverted: bool,
    filter: Duration,
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
    pub(super) fn new(from: &Opening<'_>) -> Self {
        let watched = |(on_board, input): (usize, &Input)| Watched {
            on_board,
            meaning: input.meaning,
            is_inverted: input.is_inverted,
            filter: input.filter,
            is_on: false,
            stable: None,
            changing: None,
            beat: (0, None),
        };
        let all: Vec<Watched> = from.inputs().map(watched).collect();
        let name = from.settings().name.clone();
        let has = |meaning| all.iter().any(|it| it.meaning == meaning);
        Self {
            has_trigger: has(InputMeaning::Trigger),
            has_texts: [has(InputMeaning::PartId), has(InputMeaning::Style)],
            read_at: [None; 2],
            all,
            listeners: from.listeners.clone(),
            board: Arc::clone(&from.board),
            device: from.device,
            counts: None,
            low: 0,
            arrivals: ArrayVec::new(),
            part_id: Text::new(),
            style: Text::new(),
            identified_at: None,
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
            Value::Bit(is_on) => self.bit(usize::from(input), is_on, at),
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
                self.text(meaning, if number == 0 { "" } else { &text }, at);
            }
            Value::Text(text) => {
                self.board.set_text(on_board, text, at);
                self.text(meaning, text, at);
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

    fn text(&mut self, meaning: InputMeaning, text: &str, at: Instant) {
        let (held, read_at) = match meaning {
            InputMeaning::PartId => (&mut self.part_id, &mut self.read_at[0]),
            InputMeaning::Style => (&mut self.style, &mut self.read_at[1]),
            _ => return,
        };
        *read_at = Some(at);
        if held.as_str() != text {
            let end = text.floor_char_boundary(TEXT_BYTES_MAX);
            held.clear();
            held.push_str(&text[..end]);
            self.identified_at = Some(at);
        }
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
                self.sensed(sensor, is_on, at);
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
            Some(sensor) => self.sensed(sensor, is_on, at),
            None if watched.meaning == InputMeaning::Trigger && is_on => {
                if self.arrivals.is_full() {
                    self.arrive_unread();
                }
                self.arrivals.push((at, counts));
            }
            None => {}
        }
    }

    fn sensed(&self, sensor: Sensor, is_on: bool, at: Instant) {
        let _ = self
            .listeners
            .feedback
            .push(Feedback::Sensed { sensor, is_on, at });
    }

    /// Announces the parts whose ID and style were read after their trigger: what was read before is that of the part
    /// before, in a device that is asked by several requests.
    fn arrive(&mut self) {
        // A trigger that is off again by now may have been that of a part that has gone.
        let mut triggers = self
            .all
            .iter()
            .filter(|it| it.meaning == InputMeaning::Trigger);
        let is_its = !self.has_texts.contains(&true) || triggers.any(|it| it.is_on);
        let part_id = PartId::new(&self.part_id).ok().filter(|_| is_its);
        let style = Style::new(&self.style).ok().filter(|_| is_its);
        let (has_texts, read_at, listeners) = (self.has_texts, self.read_at, &self.listeners);
        self.arrivals.retain(|(at, counts)| {
            let mut texts = has_texts.iter().zip(read_at);
            let is_read = texts.all(|(has, read_at)| !has || read_at >= Some(*at));
            if is_read {
                announce(listeners, (*at, *counts), (part_id, style));
            }
            !is_read
        });
    }

    /// Announces parts of which nothing more can be read.
    fn arrive_unread(&mut self) {
        for arrival in self.arrivals.drain(..) {
            announce(&self.listeners, arrival, (None, None));
        }
    }

    /// Sends on what one poll brought together.
    pub(super) fn tell(&mut self, now: Instant) {
        self.arrive();
        if let Some(at) = self.identified_at.take()
            && !self.has_trigger
            && !(self.part_id.is_empty() && self.style.is_empty())
        {
            let _ = self.listeners.identities.push(Identified {
                part_no: None,
                part_id: PartId::new(&self.part_id).ok(),
                style: Style::new(&self.style).ok(),
                lane: None,
                at,
            });
        }
        self.watch_heartbeat(now);
    }

    fn watch_heartbeat(&mut self, now: Instant) {
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
                self.alive(false);
            }
            None if is_lost => {
                self.heartbeat.end();
                self.alive(true);
            }
            _ => {}
        }
    }

    fn alive(&self, is_connected: bool) {
        let _ = self.listeners.feedback.push(Feedback::Connected {
            device: self.device,
            is_connected,
        });
    }

    /// What was before a connection broke says nothing of edges after it.
    pub(super) fn forget(&mut self) {
        for watched in &mut self.all {
            watched.stable = None;
            watched.changing = None;
            watched.beat.1 = None;
        }
        self.counts = None;
    }

    /// Nobody can see them.
    pub(super) fn unknown(&mut self) {
        self.arrive_unread();
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

fn announce(
    listeners: &Listeners,
    (at, counts): (Instant, Option<u32>),
    (part_id, style): (Option<PartId>, Option<Style>),
) {
    let arrival = Arrival {
        part_id,
        style,
        counts,
        ..Arrival::at(at)
    };
    // The reader counts what found no room, as a fault.
    let _ = listeners.triggers.push(Heard::Arrival(arrival));
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
