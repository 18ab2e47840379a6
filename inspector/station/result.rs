//! What is recorded of a part: one result per trigger, explained (law 6). Fixed-size, so that the
//! hot path can build and send it without allocating.

use super::challenge::Challenged;
use super::frame::FrameShape;
use super::lane::{LaneBy, LaneNo};
use super::part::{PartId, PartNo, Style, Trigger};
use super::time::WallTime;
use super::verdict::{Cause, Disposition, Score, Thresholds, Verdict};
use arrayvec::ArrayVec;
use serde::{Deserialize, Serialize};

/// The most views (cameras looking at one part) a recipe may have.
pub const VIEWS_MAX: usize = 8;
/// The most findings kept of one view; the largest scores are kept, the rest only counted.
pub const FINDINGS_MAX: usize = 8;

/// One defect on a part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// Index into the model's classes.
    pub class: u16,
    /// The largest score inside the region.
    pub score: Score,
    /// Bounding box in pixels of the frame as the camera gave it: left, top, width, height.
    pub region: [u32; 4],
    /// Area in pixels of the undistorted frame.
    pub area_px: f32,
    /// Where the camera is calibrated.
    pub measured: Option<Measured>,
}

/// A defect in millimetres on the part plane, from the calibration board's first corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Area in mm².
    pub area_mm2: f32,
    /// Middle of the bounding box, along the board's rows.
    pub x_mm: f32,
    /// Middle of the bounding box, along the board's columns.
    pub y_mm: f32,
    /// Width of the bounding box.
    pub width_mm: f32,
    /// Height of the bounding box.
    pub height_mm: f32,
}

/// Where the time of one view went, in microseconds. Stages that did not run are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ViewTimes {
    /// Trigger to exposure.
    pub exposed_after_us: u32,
    /// Trigger to frame in our buffer.
    pub received_after_us: u32,
    /// Trigger to the start of inspection.
    pub started_after_us: u32,
    /// Lens, flat-field and alignment correction.
    pub correct_us: u32,
    /// Resize and normalise into the model's input tensor.
    pub preprocess_us: u32,
    /// The model's own run.
    pub run_us: u32,
    /// Regions and areas from the score map.
    pub findings_us: u32,
    /// Trigger to this view's verdict.
    pub decided_after_us: u32,
}

/// What one view said.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewResult {
    /// Index into the recipe's views.
    pub view: u8,
    /// What it says of the part.
    pub verdict: Verdict,
    /// Why it is not `Pass`.
    pub cause: Option<Cause>,
    /// `None` when no model ran.
    pub score: Option<Score>,
    /// The thresholds the score was held against; `None` when no model ran.
    pub thresholds: Option<Thresholds>,
    /// The worst findings.
    pub findings: ArrayVec<Finding, FINDINGS_MAX>,
    /// How many there were, kept or not.
    pub findings_total: u32,
    /// The frame's block id; `None` when no frame came.
    pub block_id: Option<u64>,
    /// The frame's raw device timestamp.
    pub device_timestamp_ns: Option<u64>,
    /// The frame's shape.
    pub shape: Option<FrameShape>,
    /// Where the time went.
    pub times: ViewTimes,
}

impl ViewResult {
    /// A view without a verdict of its own.
    pub fn not_decided(view: u8, cause: Cause) -> Self {
        Self {
            view,
            verdict: Verdict::NotDecided,
            cause: Some(cause),
            score: None,
            thresholds: None,
            findings: ArrayVec::new(),
            findings_total: 0,
            block_id: None,
            device_timestamp_ns: None,
            shape: None,
            times: ViewTimes::default(),
        }
    }
}

/// Which recipe judged a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecipeRef {
    /// Index into the recipes loaded for this job.
    pub index: u16,
    /// Its version, from 1.
    pub version: u32,
}

/// Where a part's ID came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// Our own counter: nobody told one.
    #[default]
    Counter,
    /// The line told it with the trigger, or the frame did.
    Trigger,
    /// A scanner, a code in the picture, or a PLC told it before or after the trigger.
    Reader,
}

impl Identity {
    /// Every one, for filters and tests.
    pub const ALL: [Identity; 3] = [Identity::Counter, Identity::Trigger, Identity::Reader];

    /// What has this stable name.
    pub fn from_name(name: &str) -> Option<Identity> {
        Identity::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The stable name, as in SQL and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Identity::Counter => "counter",
            Identity::Trigger => "trigger",
            Identity::Reader => "reader",
        }
    }
}

/// What the sensor of a lane said of a part that was sent there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// The sensor saw it in time.
    Seen,
    /// Nothing came in time.
    Missing,
    /// It was seen in another lane.
    Elsewhere,
}

impl Confirm {
    /// Every one, for filters and tests.
    pub const ALL: [Confirm; 3] = [Confirm::Seen, Confirm::Missing, Confirm::Elsewhere];

    /// What has this stable name.
    pub fn from_name(name: &str) -> Option<Confirm> {
        Confirm::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The stable name, as in SQL and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Confirm::Seen => "seen",
            Confirm::Missing => "missing",
            Confirm::Elsewhere => "elsewhere",
        }
    }
}

/// One row per trigger.
#[derive(Clone, Debug, PartialEq)]
pub struct PartResult {
    /// Position in the job.
    pub part_no: PartNo,
    /// Who it is.
    pub part_id: PartId,
    /// Where its ID came from.
    pub identity: Identity,
    /// What it is, as the line said.
    pub style: Option<Style>,
    /// `None` when the style has no recipe.
    pub recipe: Option<RecipeRef>,
    /// The worst of its views when the part reached the ejector.
    pub verdict: Verdict,
    /// Why it is not `Pass`.
    pub cause: Option<Cause>,
    /// What the ejector was told.
    pub disposition: Disposition,
    /// The largest score of its views; `None` when no model ran in time.
    pub score: Option<Score>,
    /// When the trigger came.
    pub triggered_at: WallTime,
    /// Trigger to the last view's verdict; `None` when not every view had one in time.
    pub decided_after_us: Option<u32>,
    /// To which lane the part was sent.
    pub lane: LaneNo,
    /// Why to that one.
    pub lane_by: LaneBy,
    /// Trigger to the ejector's command.
    pub acted_after_us: u32,
    /// Trigger to the device's or the PLC's answer to the command; `None` where none is expected or none came.
    pub acknowledged_after_us: Option<u32>,
    /// What the sensor of its lane said; `None` where the lane has none.
    pub confirm: Option<Confirm>,
    /// Trigger to the sensor that saw it, in whichever lane.
    pub confirmed_after_us: Option<u32>,
    /// What became of it as a challenge part; `None` of every other part.
    pub challenge: Option<Challenged>,
    /// One entry per view of the recipe; empty when the style has no recipe.
    pub views: ArrayVec<ViewResult, VIEWS_MAX>,
}

/// A verdict that came after the part had left. Recorded, and changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct LateVerdict {
    /// The part that this is about, by its number in the job.
    pub part_no: PartNo,
    /// What the view would have said, and when.
    pub view: ViewResult,
}

/// Parts that were rejected without a row of their own, or may have passed without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The first such part, where numbers are known.
    pub first: PartNo,
    /// The last such part.
    pub last: PartNo,
    /// When the first came.
    pub from: WallTime,
    /// When the last came.
    pub to: WallTime,
    /// So many of them had been told to go on before anybody knew that they would have no row.
    pub accepted: u64,
    /// Why there is no row.
    pub cause: GapCause,
}

/// Why parts have no rows of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GapCause {
    /// The result log took no more: those that came then were rejected.
    LogFull,
    /// The camera whose frames are the triggers was away.
    CameraGone,
    /// The device of the line that announces parts could not be heard.
    TriggerGone,
    /// Numbered parts of which the stages could not be told.
    Overrun,
    /// The line announced more parts than there was room for.
    TriggersLost,
    /// The device of the line that announces parts was asked more rarely than a part shows.
    TriggerSlow,
}

impl GapCause {
    /// Every cause, for whoever keeps one gap of each.
    pub const ALL: [GapCause; 6] = [
        GapCause::LogFull,
        GapCause::CameraGone,
        GapCause::TriggerGone,
        GapCause::Overrun,
        GapCause::TriggersLost,
        GapCause::TriggerSlow,
    ];

    /// As in the log.
    pub const fn name(self) -> &'static str {
        match self {
            GapCause::LogFull => "log_full",
            GapCause::CameraGone => "camera_gone",
            GapCause::TriggerGone => "trigger_gone",
            GapCause::Overrun => "overrun",
            GapCause::TriggersLost => "triggers_lost",
            GapCause::TriggerSlow => "trigger_slow",
        }
    }
}

/// What `actuate` sends to `record`.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "boxing would allocate on the hot path"
)]
pub enum Record {
    /// A part left.
    Result(PartResult),
    /// A verdict missed its part.
    Late(LateVerdict),
    /// Parts without rows of their own.
    Gap(Gap),
}

impl PartResult {
    /// The row a part starts with: rejected, because nothing is known yet.
    pub fn of(trigger: &Trigger, recipe: Option<RecipeRef>) -> Self {
        Self {
            part_no: trigger.part_no,
            part_id: trigger.part_id,
            identity: trigger.identity,
            style: trigger.style,
            recipe,
            verdict: Verdict::NotDecided,
            cause: Some(Cause::Deadline),
            disposition: Disposition::Reject,
            score: None,
            triggered_at: trigger.wall,
            decided_after_us: None,
            lane: LaneNo(1),
            lane_by: LaneBy::Usual,
            acted_after_us: 0,
            acknowledged_after_us: None,
            confirm: None,
            confirmed_after_us: None,
            challenge: None,
            views: ArrayVec::new(),
        }
    }
}
