//! What the API says of one part and of each of its views.

use super::names;
use super::results::{PartSummary, RuleUsed, Truth, ViewSummary};
use super::review::Review;
use crate::results::reader;
use crate::station::challenge::Challenged;
use crate::station::result::{Confirm, Identity};
use crate::station::review::Reviewed;
use crate::station::verdict::{Cause, Disposition, Verdict};
use serde::Serialize;
use utoipa::ToSchema;

/// Where a recipe version came from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecipeOrigin {
    /// The style that it judges.
    pub style: String,
    /// Counts from 1 in each style.
    pub version: i64,
    /// Who made it.
    pub author: String,
    /// Why it was made.
    pub reason: String,
    /// When it was made, in microseconds since 1970, UTC.
    pub created_at_us: i64,
}

impl From<reader::RecipeOrigin> for RecipeOrigin {
    fn from(found: reader::RecipeOrigin) -> Self {
        Self {
            style: found.style,
            version: found.version,
            author: found.author,
            reason: found.reason,
            created_at_us: found.created_at_us,
        }
    }
}

/// A verdict that came after its part.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LateVerdict {
    /// Index of the view.
    pub view: i64,
    /// What it would have been.
    #[schema(value_type = names::Verdict)]
    pub verdict: Verdict,
    /// Microseconds from the trigger.
    pub decided_after_us: i64,
    /// From 0 to 1; `null` when no model ran.
    #[schema(required)]
    pub score: Option<f64>,
}

impl From<reader::LateVerdict> for LateVerdict {
    fn from(found: reader::LateVerdict) -> Self {
        Self {
            view: found.view,
            verdict: found.verdict,
            decided_after_us: found.decided_after_us,
            score: found.score,
        }
    }
}

/// The model that judged.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ModelUsed {
    /// Name of the bundle.
    pub name: String,
    /// SHA-256 of its graph.
    pub sha256: String,
    /// What the model does: `segment`, `anomaly-map`.
    pub task: String,
    /// The provider that ran it.
    pub provider: String,
    /// Id of its acceptance on this machine; null in jobs from before there were any.
    #[schema(required)]
    pub acceptance: Option<String>,
}

impl From<reader::ModelUsed> for ModelUsed {
    fn from(found: reader::ModelUsed) -> Self {
        Self {
            name: found.name,
            sha256: found.sha256,
            task: found.task,
            provider: found.provider,
            acceptance: found.acceptance,
        }
    }
}

/// The configuration of the camera.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConfigurationUsed {
    /// Name of the camera.
    pub camera: String,
    /// SHA-256 of the file.
    pub file_sha256: String,
    /// Scale at the centre.
    #[schema(required)]
    pub mm_per_px: Option<f64>,
    /// How well it fits.
    #[schema(required)]
    pub reprojection_error_px: Option<f64>,
}

impl From<reader::ConfigurationUsed> for ConfigurationUsed {
    fn from(found: reader::ConfigurationUsed) -> Self {
        Self {
            camera: found.camera,
            file_sha256: found.file_sha256,
            mm_per_px: found.mm_per_px,
            reprojection_error_px: found.reprojection_error_px,
        }
    }
}

/// One place that looks defective.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Finding {
    /// Name of the defect's class.
    pub class: String,
    /// 0 to 1.
    pub score: f64,
    /// Left, top, width, height in pixels of the frame.
    pub region: [i64; 4],
    /// Pixels of the frame.
    pub area_px: f64,
    /// mm², where the camera is calibrated.
    #[schema(required)]
    pub area_mm2: Option<f64>,
    /// Middle (x, y), width and height of the box in mm on the part plane, where the camera is
    /// calibrated.
    #[schema(required)]
    pub box_mm: Option<[f64; 4]>,
}

impl From<reader::Finding> for Finding {
    fn from(found: reader::Finding) -> Self {
        Self {
            class: found.class,
            score: found.score,
            region: found.region,
            area_px: found.area_px,
            area_mm2: found.area_mm2,
            box_mm: found.box_mm,
        }
    }
}

/// The frame that was judged, as the camera gave it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FrameInfo {
    /// The device's frame counter, widened.
    #[schema(required)]
    pub block_id: Option<i64>,
    /// As the device sent it.
    #[schema(required)]
    pub device_timestamp_ns: Option<i64>,
    /// Pixels a row.
    pub width: i64,
    /// Rows of the frame.
    pub height: i64,
    /// As the PFNC names it.
    pub pixel_format: String,
}

impl From<reader::FrameInfo> for FrameInfo {
    fn from(found: reader::FrameInfo) -> Self {
        Self {
            block_id: found.block_id,
            device_timestamp_ns: found.device_timestamp_ns,
            width: found.width,
            height: found.height,
            pixel_format: found.pixel_format,
        }
    }
}

/// Where the time went, microseconds. Null what did not happen, as without a frame.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ViewTimes {
    /// Trigger to exposure.
    #[schema(required)]
    pub exposed_after: Option<i64>,
    /// Trigger to the whole frame.
    #[schema(required)]
    pub received_after: Option<i64>,
    /// Trigger to the start of inspection.
    #[schema(required)]
    pub started_after: Option<i64>,
    /// Flat field and lens taken out, in microseconds.
    #[schema(required)]
    pub correct: Option<i64>,
    /// Resize and normalise.
    #[schema(required)]
    pub preprocess: Option<i64>,
    /// The model's own run.
    #[schema(required)]
    pub run: Option<i64>,
    /// Regions found in the score map, in microseconds.
    #[schema(required)]
    pub findings: Option<i64>,
    /// Trigger to verdict.
    #[schema(required)]
    pub decided_after: Option<i64>,
}

impl From<reader::ViewTimes> for ViewTimes {
    fn from(found: reader::ViewTimes) -> Self {
        Self {
            exposed_after: found.exposed_after,
            received_after: found.received_after,
            started_after: found.started_after,
            correct: found.correct,
            preprocess: found.preprocess,
            run: found.run,
            findings: found.findings,
            decided_after: found.decided_after,
        }
    }
}

/// Everything about one view of one part.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ViewResult {
    /// Index within the recipe, from 0.
    pub view: i64,
    /// As the recipe calls the view.
    pub name: String,
    /// As the settings call the camera.
    pub camera: String,
    /// What it said.
    #[schema(value_type = names::Verdict)]
    pub verdict: Verdict,
    /// Why not a pass.
    #[schema(required, value_type = Option<names::Cause>)]
    pub cause: Option<Cause>,
    /// The largest score.
    #[schema(required)]
    pub score: Option<f64>,
    /// From here on it fails.
    pub reject_above: f64,
    /// Below it passes.
    pub accept_below: f64,
    /// The model that judged, and how it ran.
    pub model: ModelUsed,
    /// How the camera was calibrated.
    #[schema(required)]
    pub configuration: Option<ConfigurationUsed>,
    /// The worst findings.
    pub findings: Vec<Finding>,
    /// How many there were.
    pub findings_total: i64,
    /// `null` when none came.
    #[schema(required)]
    pub frame: Option<FrameInfo>,
    /// Where the time went.
    pub times_us: ViewTimes,
    /// What became of its picture.
    #[schema(value_type = names::ImageState)]
    pub image: String,
    /// SHA-256 of the picture's file.
    #[schema(required)]
    pub image_sha256: Option<String>,
    /// Whether a heat map is stored.
    pub has_overlay: bool,
}

impl From<reader::ViewResult> for ViewResult {
    fn from(found: reader::ViewResult) -> Self {
        Self {
            view: found.view,
            name: found.name,
            camera: found.camera,
            verdict: found.verdict,
            cause: found.cause,
            score: found.score,
            reject_above: found.reject_above,
            accept_below: found.accept_below,
            model: found.model.into(),
            configuration: found.configuration.map(Into::into),
            findings: found.findings.into_iter().map(Into::into).collect(),
            findings_total: found.findings_total,
            frame: found.frame.map(Into::into),
            times_us: found.times_us.into(),
            image: found.image,
            image_sha256: found.image_sha256,
            has_overlay: found.has_overlay,
        }
    }
}

/// Everything about one part: the fields of `PartSummary`, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[allow(missing_docs, reason = "explained in PartSummary")]
pub struct PartDetail {
    #[schema(required)]
    pub id: Option<i64>,
    pub job: i64,
    pub part_no: i64,
    pub part_id: String,
    #[schema(required)]
    pub style: Option<String>,
    #[schema(value_type = names::Verdict)]
    pub verdict: Verdict,
    #[schema(required, value_type = Option<names::Cause>)]
    pub cause: Option<Cause>,
    #[schema(value_type = names::Disposition)]
    pub disposition: Disposition,
    #[schema(required)]
    pub score: Option<f64>,
    #[schema(required)]
    pub defect: Option<String>,
    pub triggered_at_us: i64,
    #[schema(required)]
    pub decided_after_us: Option<i64>,
    pub acted_after_us: i64,
    #[schema(required, value_type = Option<names::Identity>)]
    pub identity: Option<Identity>,
    #[schema(required)]
    pub lane: Option<String>,
    #[schema(required, value_type = Option<names::LaneBy>)]
    pub lane_by: Option<String>,
    #[schema(required)]
    pub lane_rule: Option<i64>,
    #[schema(required)]
    pub acknowledged_after_us: Option<i64>,
    #[schema(required, value_type = Option<names::Confirm>)]
    pub confirm: Option<Confirm>,
    #[schema(required)]
    pub confirmed_after_us: Option<i64>,
    #[schema(required, value_type = Option<names::Challenged>)]
    pub challenge: Option<Challenged>,
    pub views: Vec<ViewSummary>,
    #[schema(required)]
    pub truth: Option<Truth>,
    #[schema(required, value_type = Option<names::Reviewed>)]
    pub review: Option<Reviewed>,
    /// Which recipe version.
    #[schema(required)]
    pub recipe: Option<RecipeOrigin>,
    /// By which rule of it the part was sorted.
    #[schema(required)]
    pub rule: Option<RuleUsed>,
    /// Verdicts that came too late.
    pub late: Vec<LateVerdict>,
    /// One per view.
    pub view_results: Vec<ViewResult>,
    /// What people said of it, oldest first.
    pub reviews: Vec<Review>,
    /// Out of which share of passes it was drawn at random for review; `null` where it was not.
    #[schema(required)]
    pub drawn: Option<f64>,
    /// Classes that a reviewer may choose from.
    pub classes: Vec<String>,
}

impl From<reader::PartDetail> for PartDetail {
    fn from(detail: reader::PartDetail) -> Self {
        let part = PartSummary::from(detail.summary);
        Self {
            id: part.id,
            job: part.job,
            part_no: part.part_no,
            part_id: part.part_id,
            style: part.style,
            verdict: part.verdict,
            cause: part.cause,
            disposition: part.disposition,
            score: part.score,
            defect: part.defect,
            triggered_at_us: part.triggered_at_us,
            decided_after_us: part.decided_after_us,
            acted_after_us: part.acted_after_us,
            identity: part.identity,
            lane: part.lane,
            lane_by: part.lane_by,
            lane_rule: part.lane_rule,
            acknowledged_after_us: part.acknowledged_after_us,
            confirm: part.confirm,
            confirmed_after_us: part.confirmed_after_us,
            challenge: part.challenge,
            views: part.views,
            truth: part.truth,
            review: part.review,
            recipe: detail.recipe.map(Into::into),
            rule: detail.rule.map(Into::into),
            late: detail.late.into_iter().map(Into::into).collect(),
            view_results: detail.view_results.into_iter().map(Into::into).collect(),
            reviews: detail.reviews.into_iter().map(Into::into).collect(),
            drawn: detail.drawn,
            classes: detail.classes,
        }
    }
}
