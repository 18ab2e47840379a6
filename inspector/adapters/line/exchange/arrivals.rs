//! Parts that a trigger input has seen: each is announced with the ID and style that were read after it.

use crate::adapters::line::kinds::Opening;
use crate::adapters::line::listeners::Listeners;
use crate::adapters::line::wiring::InputMeaning;
use crate::ports::line::{Arrival, Heard};
use crate::ports::signal::TEXT_BYTES_MAX;
use crate::station::identity::Identified;
use crate::station::part::{PartId, Style};
use crate::station::time::Instant;
use arrayvec::{ArrayString, ArrayVec};

/// Parts that can arrive between two polls of a device that remembers edges.
const ARRIVALS_MAX: usize = 64;

type Text = ArrayString<TEXT_BYTES_MAX>;

/// Parts that wait for their ID and style, and what was read of these.
pub(super) struct Arrivals {
    listeners: Listeners,
    has_trigger: bool,
    /// Triggers whose part's ID and style were not read yet.
    waiting: ArrayVec<(Instant, Option<u32>), ARRIVALS_MAX>,
    part_id: Text,
    style: Text,
    /// When ID and style were last read; `None` where the device has none, or before the first time.
    read_at: [Option<Instant>; 2],
    has_texts: [bool; 2],
    /// Whether an ID or a style is new, since then.
    identified_at: Option<Instant>,
    /// The job has ended: what comes is no part of it.
    has_ended: bool,
}

impl Arrivals {
    pub(super) fn new(from: &Opening<'_>) -> Self {
        let has = |meaning| from.inputs().any(|(_, it)| it.meaning == meaning);
        Self {
            has_trigger: has(InputMeaning::Trigger),
            has_texts: [has(InputMeaning::PartId), has(InputMeaning::Style)],
            listeners: from.listeners.clone(),
            waiting: ArrayVec::new(),
            part_id: Text::new(),
            style: Text::new(),
            read_at: [None; 2],
            identified_at: None,
            has_ended: false,
        }
    }

    /// A part is at the camera.
    pub(super) fn came(&mut self, at: Instant, counts: Option<u32>) {
        if self.has_ended {
            return;
        }
        if self.waiting.is_full() {
            self.announce_unread();
        }
        self.waiting.push((at, counts));
    }

    pub(super) fn read(&mut self, meaning: InputMeaning, text: &str, at: Instant) {
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

    /// Announces the parts whose ID and style were read after their trigger: what was read before is that of the part
    /// before, in a device that is asked by several requests. A trigger that is off again by now may have been that of a
    /// part that has gone.
    pub(super) fn announce_read(&mut self, is_trigger_on: bool) {
        let is_its = !self.has_texts.contains(&true) || is_trigger_on;
        let part_id = PartId::new(&self.part_id).ok().filter(|_| is_its);
        let style = Style::new(&self.style).ok().filter(|_| is_its);
        let (has_texts, read_at, listeners) = (self.has_texts, self.read_at, &self.listeners);
        self.waiting.retain(|(at, counts)| {
            let mut texts = has_texts.iter().zip(read_at);
            let is_read = texts.all(|(has, read_at)| !has || read_at >= Some(*at));
            if is_read {
                announce(listeners, (*at, *counts), (part_id, style));
            }
            !is_read
        });
        self.identify();
    }

    /// Announces parts of which nothing more can be read.
    pub(super) fn announce_unread(&mut self) {
        for arrival in self.waiting.drain(..) {
            announce(&self.listeners, arrival, (None, None));
        }
    }

    /// Where another device announces parts: who the part is.
    fn identify(&mut self) {
        let is_empty = self.part_id.is_empty() && self.style.is_empty();
        if let Some(at) = self.identified_at.take()
            && !self.has_trigger
            && !is_empty
        {
            let _ = self.listeners.identities.push(Identified {
                part_no: None,
                part_id: PartId::new(&self.part_id).ok(),
                style: Style::new(&self.style).ok(),
                lane: None,
                at,
            });
        }
    }

    /// Whether parts wait for what is read of them.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Announces what waits, as it is, and nothing any more.
    pub(super) fn end(&mut self) {
        self.announce_unread();
        self.has_ended = true;
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
