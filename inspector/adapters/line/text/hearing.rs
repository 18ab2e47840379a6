//! What is said by a text device becomes parts and their IDs. Bounded, whatever the device does.

use super::device::Said;
use super::reading::{Reader, Reading};
use crate::adapters::line::exchange::link::Link;
use crate::adapters::line::kinds::Opening;
use crate::adapters::line::listeners::Listeners;
use crate::ports::line::{Arrival, Heard};
use crate::station::identity::Identified;
use crate::station::part::PartId;
use crate::station::time::Instant;
use crate::telemetry::alarm::Condition;
use crate::telemetry::catalogue::Code;
use std::fmt;
use std::time::Duration;

/// What the settings say of every text device.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// Whether each text, or each press, is a part at the camera.
    pub announces: bool,
    /// The same text, or press, again within so long is the same part.
    pub repeat: Duration,
    /// What its texts mean.
    pub reader: Reader,
}

/// Where a device's texts go.
pub(super) struct Hearing {
    pub(super) link: Link,
    terms: Terms,
    listeners: Listeners,
    refused: Condition,
    /// What was heard last; `None` in it is a press, or that nothing was read.
    last: Option<(Option<PartId>, Instant)>,
    /// The job has ended: what is said is no part of it.
    has_ended: bool,
}

impl Hearing {
    pub(super) fn new(terms: Terms, from: &Opening<'_>) -> Self {
        Self {
            link: Link::new(from),
            terms,
            listeners: from.listeners.clone(),
            refused: from
                .alarms
                .condition(Code::TextRefused, &from.settings().name),
            last: None,
            has_ended: false,
        }
    }

    /// Everything that was said before the end of the job is told; nothing is announced any more.
    pub(super) fn end(&mut self) {
        self.has_ended = true;
        self.link.ended();
    }

    pub(super) fn said(&mut self, said: Said<'_>) {
        match &said {
            Said::Text(text, at) => self.link.said(text, *at),
            Said::Press(at) => self.link.said(b"", *at),
            Said::Unframed(_) => {}
        }
        match said {
            Said::Press(at) => self.part(None, at),
            // Half a text is no word about a part: the scanner may send it again.
            Said::Unframed(error) => self.refuse(&error),
            Said::Text(text, at) => match self.terms.reader.read(text) {
                Ok(Reading::Id(part_id)) => {
                    self.refused.end();
                    self.part(Some(part_id), at);
                }
                Ok(Reading::NoRead) => {
                    self.refused.end();
                    self.part(None, at);
                }
                // There was a part with something to read on it.
                Err(refusal) => {
                    self.refuse(&refusal);
                    self.part(None, at);
                }
            },
        }
    }

    fn refuse(&mut self, why: &dyn fmt::Display) {
        let message = format!("device {:?}: {why}", self.link.name());
        self.refused.raise(message);
    }

    fn part(&mut self, part_id: Option<PartId>, at: Instant) {
        let is_again = self.last.is_some_and(|(last, last_at)| {
            last == part_id && at.since(last_at) < self.terms.repeat
        });
        // A code that stays before the scanner stays the same part, however long.
        self.last = Some((part_id, at));
        if is_again {
            return;
        }
        if self.terms.announces {
            if self.has_ended {
                return;
            }
            let arrival = Arrival {
                part_id,
                ..Arrival::at(at)
            };
            // A full queue counts the loss in its gauge.
            let _ = self.listeners.triggers.push(Heard::Arrival(arrival));
            return;
        }
        let _ = self.listeners.identities.push(Identified {
            part_no: None,
            part_id,
            style: None,
            lane: None,
            at,
        });
    }
}
