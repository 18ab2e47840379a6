//! Frames go on with the part they belong to; of a part without one it is told why.

use super::AcquireStage;
use crate::pipeline::message::{Announcement, Decision, FrameItem, Unidentified};
use crate::pipeline::pool::Loan;
use crate::queue::{PushError, Queue};
use crate::station::frame::FrameMeta;
use crate::station::identity::Who;
use crate::station::time::Instant;
use crate::station::verdict::Cause;

impl AcquireStage {
    pub(super) fn hand_on(
        &mut self,
        part: Announcement,
        meta: FrameMeta,
        received_at: Instant,
        pixels: Option<Loan>,
    ) {
        let Some(view) = part.view_of(self.with.camera) else {
            return;
        };
        let Some(pixels) = pixels else {
            return self.not_decided(&part, Cause::Overrun);
        };
        self.exposed(&part);
        let item = FrameItem {
            part,
            camera: self.with.camera,
            view,
            meta,
            received_at,
            pixels,
        };
        let refused = match self.unidentified(&item.part) {
            Some(identify) => match identify.push(Unidentified::Frame(item)) {
                Err(error) => match error.into_inner() {
                    Unidentified::Frame(item) => Some(item),
                    _ => None,
                },
                Ok(()) => None,
            },
            None => self.with.frames.push(item).err().map(PushError::into_inner),
        };
        if let Some(item) = refused {
            self.not_decided(&item.part, Cause::Overrun);
        }
    }

    /// Where frames of this part go while it is not known who it is.
    pub(super) fn unidentified(&self, part: &Announcement) -> Option<&Queue<Unidentified>> {
        let identify = self.with.unidentified.as_ref();
        identify.filter(|_| part.who == Who::Awaited)
    }

    /// Told once or twice for a view; a part that leaves is exposed in any case.
    fn exposed(&self, part: &Announcement) {
        if let Some(exposures) = &self.with.exposures {
            drop(exposures.push(part.trigger.part_no));
        }
    }

    pub(super) fn not_decided(&mut self, part: &Announcement, cause: Cause) {
        let Some(view) = part.view_of(self.with.camera) else {
            return;
        };
        if part.is_missed {
            // It is rejected, and nobody waits for its frame.
            return;
        }
        self.exposed(part);
        if matches!(cause, Cause::FrameLost | Cause::CameraGone) {
            self.counters().lost.add(1);
        }
        if let Some(identify) = self.unidentified(part) {
            // Should it not take it, the view stays unsaid and the part is rejected all the same.
            return drop(identify.push(Unidentified::NoFrame {
                part_no: part.trigger.part_no,
                camera: self.with.camera,
                cause,
            }));
        }
        let decision = Decision::not_decided(part, view, cause, self.with.clock.now());
        // Should `actuate` not take it, the part stays undecided and is rejected all the same.
        drop(self.with.decisions.push(decision));
    }
}
