//! Codes in the frames of parts that have no ID.

use super::{Held, IdentifyStage};
use crate::station::identity::{Identified, Who};
use crate::station::part::PartId;
use crate::station::result::{Identity, VIEWS_MAX};
use arrayvec::ArrayVec;

impl IdentifyStage {
    /// Looks for the code of one part that still needs it. Whether it did.
    pub(super) fn read_a_code(&mut self) -> bool {
        let Some(code) = &mut self.with.identity.code else {
            return false;
        };
        let camera = code.camera;
        let needs = |held: &Held| {
            let is_unnamed = held.part.trigger.identity == Identity::Counter && !held.is_read;
            is_unnamed && held.part.who == Who::Awaited
        };
        let unread = self.held.iter_mut().filter(|held| needs(held));
        let mut found = unread.filter_map(|held| {
            let frames = held.frames.iter();
            let item = frames.clone().position(|item| item.camera == camera)?;
            Some((held, item))
        });
        let Some((held, item)) = found.next() else {
            return false;
        };
        held.is_read = true;
        let part_no = held.part.trigger.part_no;
        let item = &held.frames[item];
        let begun = self.with.clock.now();
        let read = code.reader.read(&item.pixels, item.meta.shape);
        let at = self.with.clock.now();
        self.with.stats.stages.code.record(at.since(begun));
        let part_ids: ArrayVec<PartId, VIEWS_MAX> = match read {
            Ok(read) => read.codes.iter().map(|code| code.part_id).collect(),
            Err(error) => {
                self.raise(format!(
                    "part {}: no code could be read: {error}",
                    part_no.0
                ));
                ArrayVec::new()
            }
        };
        let told = |part_id| Identified {
            part_no: Some(part_no),
            part_id,
            style: None,
            lane: None,
            at,
        };
        match part_ids.as_slice() {
            [] => self.read(told(None)),
            // Several codes are several IDs: the part has none.
            all => {
                for part_id in all {
                    self.read(told(Some(*part_id)));
                }
            }
        }
        true
    }
}
