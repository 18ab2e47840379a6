//! What travels between the stages. Nothing here allocates when made, sent or dropped after warm-up.

use super::pool::Loan;
use crate::station::frame::{FrameMeta, FrameShape};
use crate::station::identity::Who;
use crate::station::part::{PartId, PartNo, Style, Trigger};
use crate::station::recipe::Recipe;
use crate::station::result::{Gap, PartResult, RecipeRef, Record, ViewResult};
use crate::station::review::Draw;
use crate::station::time::{Instant, micros};
use crate::station::verdict::{Cause, Disposition, Verdict};
use std::sync::Arc;

/// A part, from its trigger on: who it is, how it will be judged, when it must be known. The recipe is
/// chosen once per part, so all its views are judged by one version.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// Number, ID, style and time of the part.
    pub trigger: Trigger,
    /// Its recipe; `None` when its style has none. The control plane holds every version of the job,
    /// so dropping this never frees one.
    pub recipe: Option<(RecipeRef, Arc<Recipe>)>,
    /// Whether ID, style and recipe are what they will be.
    pub who: Who,
    /// How many frames come of it: one for each view, or for each camera where the recipe is not known yet.
    pub frames: usize,
    /// The encoder's count at the trigger, where the device latched it.
    pub counts: Option<u32>,
    /// Whether the station was not ready for it: it is recorded and rejected.
    pub is_missed: bool,
    /// When it reaches the ejector; `None` where that depends on the belt.
    pub act_at: Option<Instant>,
}

impl Announcement {
    /// Whether a verdict now still meets the part, as far as the time alone says.
    pub fn is_here(&self, now: Instant) -> bool {
        self.act_at.is_none_or(|act_at| now < act_at)
    }

    /// The view of its recipe that looks through this camera; the only one there is without a recipe.
    pub fn view_of(&self, camera: u8) -> Option<u8> {
        match &self.recipe {
            Some((_, recipe)) => recipe.view_of(camera),
            None => Some(0),
        }
    }
}

/// trigger, acq or identify → actuate.
#[derive(Clone, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "boxing would allocate on the hot path"
)]
pub enum Inbound {
    /// A part to track.
    Part(Announcement),
    /// A part that was awaited is known, or will not be.
    Identified(Announcement),
    /// Something that was taken for this part's may be another's: it is not decided.
    Doubtful {
        /// Number of the part in its job.
        part_no: PartNo,
        /// What it is called by our own counter, where its ID may be another's.
        counted: Option<PartId>,
        /// What may be another's.
        cause: Cause,
    },
    /// Parts that could not be tracked.
    Gap(Gap),
}

/// acq or identify → inspect: one frame of one part.
pub struct FrameItem {
    /// The part that the frame shows.
    pub part: Announcement,
    /// Index into the station's cameras.
    pub camera: u8,
    /// Index into the recipe's views; 0 for parts without a recipe.
    pub view: u8,
    /// What came with the frame.
    pub meta: FrameMeta,
    /// When it was in our buffer.
    pub received_at: Instant,
    /// The frame's pixels, in a buffer that goes home when this is dropped.
    pub pixels: Loan,
}

/// trigger or acq → identify: a part of which it is not known who it is, and its frames.
#[allow(
    clippy::large_enum_variant,
    reason = "boxing would allocate on the hot path"
)]
pub enum Unidentified {
    /// Announced. Comes before its frames.
    Part(Announcement),
    /// A frame of it; the view is not known yet.
    Frame(FrameItem),
    /// One camera has no frame of it.
    NoFrame {
        /// Number of the part in its job.
        part_no: PartNo,
        /// Index into the station's cameras.
        camera: u8,
        /// Why there is none.
        cause: Cause,
    },
    /// The frame of one camera may be another part's.
    Doubtful {
        /// Number of the part in its job.
        part_no: PartNo,
        /// Index into the station's cameras.
        camera: u8,
        /// Whether its trigger said its ID, which is in doubt with no frame.
        is_named: bool,
    },
    /// Parts that are announced from now on are judged by this version.
    UseRecipe(Arc<Recipe>),
}

/// inspect or acq → actuate: the word of one view.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Number of the part in its job.
    pub part_no: PartNo,
    /// What is said of it.
    pub view: ViewResult,
}

impl Decision {
    /// A view that says nothing of its part, and why.
    pub fn not_decided(part: &Announcement, view: u8, cause: Cause, now: Instant) -> Self {
        let mut view = ViewResult::not_decided(view, cause);
        view.times.decided_after_us = micros(now.since(part.trigger.at));
        Self {
            part_no: part.trigger.part_no,
            view,
        }
    }
}

/// actuate → record: a row, and since when it waits to be durable.
pub struct Emitted {
    /// When it was handed over.
    pub at: Instant,
    /// The row to write.
    pub record: Record,
}

/// Whether a picture is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Stored in any case: this view alone rejects the part, or the part is in the declared share.
    Always,
    /// Stored if the part turns out rejected, or near to it, which this view alone does not say.
    IfPartIs,
}

/// inspect → images: the frame, when inspection is done with it.
pub struct ImageItem {
    /// Number of the part in its job.
    pub part_no: PartNo,
    /// Who it is.
    pub part_id: PartId,
    /// What it is.
    pub style: Option<Style>,
    /// Index into the station's cameras.
    pub camera: u8,
    /// Index into the recipe's views.
    pub view: u8,
    /// What this view said.
    pub verdict: Verdict,
    /// Whether to store it.
    pub keep: Keep,
    /// The frame's pixels, in a buffer that goes home when this is dropped.
    pub pixels: Loan,
    /// Width, height and layout of the pixels.
    pub shape: FrameShape,
    /// The score map as bytes; `None` when no model ran.
    pub map: Option<Loan>,
    /// Width and height of the map.
    pub map_size: (u32, u32),
}

/// actuate → images: what became of a part with parked pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartDisposition {
    /// Number of the part in its job.
    pub part_no: PartNo,
    /// What the ejector was told.
    pub disposition: Disposition,
    /// It passed, and one of its views nearly did not: whoever looks at it wants to see all of them.
    pub is_near: bool,
}

impl PartDisposition {
    /// Of a part whose result will not change.
    pub fn of(result: &PartResult, draw: &Draw) -> Self {
        Self {
            part_no: result.part_no,
            disposition: result.disposition,
            is_near: draw.is_part_near(result),
        }
    }

    /// Whether all pictures of the part are stored.
    pub fn keeps_all(self) -> bool {
        self.disposition == Disposition::Reject || self.is_near
    }
}
