//! Parts of which something was taken for theirs that may be another's.

use super::IdentifyStage;
use crate::pipeline::message::Inbound;
use crate::station::identity::Who;
use crate::station::part::{PartId, PartNo};
use crate::station::result::Identity;
use crate::station::verdict::Cause;

impl IdentifyStage {
    /// It keeps none of the IDs that were read of it.
    pub(super) fn doubted(&mut self, part_no: PartNo) {
        let counted = PartId::counted(self.with.job.0, part_no);
        self.doubt(part_no, Some(counted), Cause::NoIdentity);
    }

    /// Its frame may be another part's; and so may an ID that was read in it.
    pub(super) fn frame_doubted(&mut self, part_no: PartNo, camera: u8, is_named: bool) {
        let code = self.with.identity.code.as_ref();
        let reads_here = code.is_some_and(|code| code.camera == camera);
        let counted = (reads_here && !is_named).then(|| PartId::counted(self.with.job.0, part_no));
        self.doubt(part_no, counted, Cause::FrameAmbiguous);
    }

    fn doubt(&mut self, part_no: PartNo, counted: Option<PartId>, cause: Cause) {
        match self.place_of(part_no) {
            Some(at) if self.held[at].part.who == Who::Awaited => {
                let trigger = &mut self.held[at].part.trigger;
                if let Some(counted) = counted {
                    (trigger.part_id, trigger.identity) = (counted, Identity::Counter);
                }
                self.unknown(at, cause);
            }
            _ => drop(self.with.triggers.push(Inbound::Doubtful {
                part_no,
                counted,
                cause,
            })),
        }
    }
}
