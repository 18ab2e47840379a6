//! Whose frame is it: frames are matched to announced parts by the time of exposure.

use super::super::message::Announcement;
use super::{AcquireStage, CLOCK_SLACK, Role};
use crate::pipeline::message::{Decision, Unidentified};
use crate::queue::PushError;
use crate::station::result::Identity;
use crate::station::time::Instant;
use crate::station::verdict::Cause;
use std::time::Duration;

/// A camera is looked at so often while one of its frames waits for word of its part.
const WORD_WITHIN: Duration = Duration::from_millis(1);
/// So many frames are remembered with the part to which they were given.
pub(super) const GIVEN_MAX: usize = 8;

/// A frame that was given to a part.
pub(super) struct Given {
    part: Announcement,
    exposed_at: Instant,
    /// It can belong to another part as well, and that is still to be told.
    is_doubted: bool,
}

impl AcquireStage {
    /// Word of a part has come.
    pub(super) fn heard_of(&mut self, part: Announcement) {
        let waits = self.with.device.waits_for_trigger();
        if waits && part.is_missed {
            // Nobody takes a frame of it.
            return;
        }
        if !waits {
            // A frame that the station itself had exposed is that of the part for which it did.
            self.doubt_given(&part);
        }
        self.is_untriggered = waits;
        self.pending.push_back(part);
    }

    /// A frame waits for word of its part: whether word came. Waiting for the next frame instead would hold this one up.
    pub(super) fn await_word(&mut self, timeout: Duration) -> bool {
        let Role::Follows(arrivals) = &self.with.role else {
            return false;
        };
        let part = arrivals.pop_waiting(timeout.min(WORD_WITHIN));
        part.map(|part| self.heard_of(part)).is_some()
    }

    /// A frame that came before word of this part was given to the one before, which may have lost its own.
    fn doubt_given(&mut self, part: &Announcement) {
        let (at, window) = (part.trigger.at, self.with.frame_window);
        for given in &mut self.given {
            let is_before = at <= given.exposed_at + CLOCK_SLACK;
            given.is_doubted |= is_before && given.exposed_at <= at + window;
        }
        // Parts come in order: nobody who comes later can have been before its exposure.
        self.given
            .retain(|given| given.is_doubted || at <= given.exposed_at + CLOCK_SLACK);
    }

    /// Parts of which the frame may be another's are not judged by it. Tried again where nobody takes that.
    pub(super) fn tell_doubts(&mut self) {
        let mut at = 0;
        while at < self.given.len() {
            let given = &self.given[at];
            if given.is_doubted && self.doubt(&given.part) {
                self.given.remove(at);
                self.counters().unexpected.add(1);
            } else {
                at += 1;
            }
        }
    }

    /// Whether somebody was told.
    fn doubt(&self, part: &Announcement) -> bool {
        let camera = self.with.camera;
        if let Some(identify) = self.unidentified(part) {
            let doubtful = Unidentified::Doubtful {
                part_no: part.trigger.part_no,
                camera,
                is_named: part.trigger.identity == Identity::Trigger,
            };
            return identify.push(doubtful).is_ok();
        }
        let Some(view) = part.view_of(camera) else {
            return true;
        };
        let now = self.with.clock.now();
        let decision = Decision::not_decided(part, view, Cause::FrameAmbiguous, now);
        let told = self.with.decisions.push(decision);
        !matches!(told, Err(PushError::Overrun(_)))
    }

    fn give(&mut self, part: &Announcement, exposed_at: Instant) {
        if self.given.is_full() {
            self.given.remove(0);
        }
        self.given.push(Given {
            part: part.clone(),
            exposed_at,
            is_doubted: false,
        });
    }

    /// Gives the held frame to the one part it can belong to, or waits for word of that part.
    pub(super) fn place_held(&mut self) {
        let Some(held) = &self.held else { return };
        let (exposed_at, received_at) = (held.meta.exposed_at, held.received_at);
        let window = self.with.frame_window;
        let may_be = |part: &Announcement| {
            let at = part.trigger.at;
            at <= exposed_at + CLOCK_SLACK && exposed_at <= at + window
        };
        let candidates = self.pending.iter().filter(|part| may_be(part)).count();
        match candidates {
            0 => {
                // Word of the part may still be on its way.
                if self.with.clock.now().since(received_at) >= window {
                    self.held = None;
                    self.counters().unexpected.add(1);
                }
            }
            1 => self.place(exposed_at),
            _ => {
                self.held = None;
                while self
                    .pending
                    .front()
                    .is_some_and(|part| part.trigger.at <= exposed_at + CLOCK_SLACK)
                {
                    if let Some(part) = self.pending.pop_front() {
                        let cause = if may_be(&part) {
                            Cause::FrameAmbiguous
                        } else {
                            Cause::FrameLost
                        };
                        self.not_decided(&part, cause);
                    }
                }
            }
        }
    }

    /// The latest part announced before the exposure is the one; frames come in order, so those
    /// before it have lost theirs.
    fn place(&mut self, exposed_at: Instant) {
        let Some(held) = self.held.take() else { return };
        while let Some(part) = self.pending.pop_front() {
            if exposed_at <= part.trigger.at + self.with.frame_window {
                if part.is_missed {
                    // It shows a part that is rejected already.
                    self.counters().unexpected.add(1);
                    return;
                }
                self.give(&part, held.meta.exposed_at);
                self.hand_on(part, held.meta, held.received_at, held.pixels);
                return;
            }
            self.not_decided(&part, Cause::FrameLost);
        }
    }

    /// Parts whose window has closed have lost their frame.
    pub(super) fn expire(&mut self) {
        let now = self.with.clock.now();
        // A frame is exposed inside the window and arrives later; the deadline bounds how much later.
        while let Some(part) = self.pending.front() {
            let window = part.trigger.at + self.with.frame_window * 2;
            let closes_at = part.act_at.map_or(window, |act_at| window.min(act_at));
            if now < closes_at {
                return;
            }
            let cause = match self.gone_since {
                Some(_) => Cause::CameraGone,
                None => Cause::FrameLost,
            };
            if let Some(part) = self.pending.pop_front() {
                self.not_decided(&part, cause);
            }
        }
    }
}
