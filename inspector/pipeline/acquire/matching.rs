//! Whose frame is it: frames are matched to announced parts by the time of exposure.

use super::super::message::Announcement;
use super::{AcquireStage, CLOCK_SLACK};
use crate::station::time::Instant;
use crate::station::verdict::Cause;

impl AcquireStage {
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
