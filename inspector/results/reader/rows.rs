//! What the reader answers with.

use super::review::RecordedReview;
use crate::station::challenge::Challenged;
use crate::station::result::{Confirm, Identity};
use crate::station::review::Reviewed;
use crate::station::verdict::{Cause, Disposition, Verdict};

/// What a simulated line knows of a part.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// Whether it has a defect.
    pub is_defective: bool,
    /// Only parts with a finding of this class.
    pub defect: Option<String>,
}

/// A view of a part in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewSummary {
    /// As the recipe calls the view.
    pub name: String,
    /// Whether its picture is stored.
    pub has_image: bool,
}

/// A part in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct PartSummary {
    /// Row of the result; `None` until it is durable.
    pub id: Option<i64>,
    /// Number of the job.
    pub job: i64,
    /// Position in the job, from 1.
    pub part_no: i64,
    /// Who it is.
    pub part_id: String,
    /// What it is.
    pub style: Option<String>,
    /// What is known.
    pub verdict: Verdict,
    /// Why it is not a pass.
    pub cause: Option<Cause>,
    /// What the ejector was told.
    pub disposition: Disposition,
    /// The largest score of its views, 0 to 1.
    pub score: Option<f64>,
    /// Class name of the worst finding.
    pub defect: Option<String>,
    /// Microseconds since 1970.
    pub triggered_at_us: i64,
    /// Microseconds from the trigger to the last view's verdict.
    pub decided_after_us: Option<i64>,
    /// Microseconds from the trigger to the ejector's command.
    pub acted_after_us: i64,
    /// Where its ID came from; `None` in jobs of schema versions 1 to 6, as are the lane and why.
    pub identity: Option<Identity>,
    /// Name of the lane to which it was sent.
    pub lane: Option<String>,
    /// Why to that one: `usual`, `look_up`, `rule`.
    pub lane_by: Option<String>,
    /// Which rule of its recipe version, from 1.
    pub lane_rule: Option<i64>,
    /// Microseconds from the trigger to the answer of the device or PLC.
    pub acknowledged_after_us: Option<i64>,
    /// What the sensor of the lane said; `None` where there is none.
    pub confirm: Option<Confirm>,
    /// Microseconds from the trigger to the sensor that saw it.
    pub confirmed_after_us: Option<i64>,
    /// What became of it as a challenge part; `None` of every other part.
    pub challenge: Option<Challenged>,
    /// In the order of the recipe.
    pub views: Vec<ViewSummary>,
    /// On a simulated line.
    pub truth: Option<Truth>,
    /// What its reviews come to; `None` where there is none.
    pub review: Option<Reviewed>,
}

/// An alarm that came or was over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Its row; grows with time.
    pub id: i64,
    /// The job it belongs to.
    pub job: Option<i64>,
    /// Microseconds since 1970.
    pub at_us: i64,
    /// `info` when an alarm is over, else `warning`, or `error` where parts are rejected for it.
    pub severity: String,
    /// As in `StationStatus.alarms`.
    pub kind: String,
    /// A sentence for people.
    pub message: String,
}

/// How many results match, counted up to a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matched {
    /// At least so many.
    pub count: i64,
    /// Whether counting stopped.
    pub is_capped: bool,
}

/// One page, newest first.
#[derive(Clone, Debug)]
pub struct ResultsPage {
    /// The parts of this page, newest first.
    pub items: Vec<PartSummary>,
    /// `before` of the next page; null on the last.
    pub next_before: Option<i64>,
    /// How many match.
    pub matched: Matched,
}

/// Values that occur, for filters.
#[derive(Clone, Debug)]
pub struct Facets {
    /// Styles that occur, by name.
    pub styles: Vec<String>,
    /// Causes that occur, by name.
    pub causes: Vec<String>,
    /// Only parts with a finding of this class.
    pub defects: Vec<String>,
    /// Lanes that occur, by name.
    pub lanes: Vec<String>,
    /// Whether a sensor confirms where parts went, or did.
    pub has_confirms: bool,
}

/// Where a recipe version came from.
#[derive(Clone, Debug)]
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

/// The sorting rule by which a part went to its lane.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleUsed {
    /// Counts from 1 in each version.
    pub rule: i64,
    /// Name of the lane that it sends parts to.
    pub lane: String,
    /// Only parts with this verdict.
    pub verdict: Option<Verdict>,
    /// Only parts whose worst finding is of this class.
    pub class: Option<String>,
    /// Only parts with at least this score.
    pub score_from: Option<f64>,
    /// Only parts with a lower score.
    pub score_below: Option<f64>,
}

/// A verdict that came after its part.
#[derive(Clone, Debug)]
pub struct LateVerdict {
    /// Index of the view.
    pub view: i64,
    /// What it would have been.
    pub verdict: Verdict,
    /// Microseconds from the trigger.
    pub decided_after_us: i64,
    /// From 0 to 1; `None` when no model ran.
    pub score: Option<f64>,
}

/// The model that judged.
#[derive(Clone, Debug)]
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
    pub acceptance: Option<String>,
}

/// The configuration of the camera.
#[derive(Clone, Debug)]
pub struct ConfigurationUsed {
    /// Name of the camera.
    pub camera: String,
    /// SHA-256 of the file.
    pub file_sha256: String,
    /// Scale at the centre.
    pub mm_per_px: Option<f64>,
    /// How well it fits.
    pub reprojection_error_px: Option<f64>,
}

/// One place that looks defective.
#[derive(Clone, Debug)]
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
    pub area_mm2: Option<f64>,
    /// Middle (x, y), width and height of the box in mm on the part plane, where the camera is
    /// calibrated.
    pub box_mm: Option<[f64; 4]>,
}

/// The frame that was judged, as the camera gave it.
#[derive(Clone, Debug)]
pub struct FrameInfo {
    /// The device's frame counter, widened.
    pub block_id: Option<i64>,
    /// As the device sent it.
    pub device_timestamp_ns: Option<i64>,
    /// Pixels a row.
    pub width: i64,
    /// Rows of the frame.
    pub height: i64,
    /// As the PFNC names it.
    pub pixel_format: String,
}

/// Where the time went, microseconds. Null what did not happen, as without a frame.
#[derive(Clone, Debug)]
pub struct ViewTimes {
    /// Trigger to exposure.
    pub exposed_after: Option<i64>,
    /// Trigger to the whole frame.
    pub received_after: Option<i64>,
    /// Trigger to the start of inspection.
    pub started_after: Option<i64>,
    /// Flat field and lens taken out, in microseconds.
    pub correct: Option<i64>,
    /// Resize and normalise.
    pub preprocess: Option<i64>,
    /// The model's own run.
    pub run: Option<i64>,
    /// Regions found in the score map, in microseconds.
    pub findings: Option<i64>,
    /// Trigger to verdict.
    pub decided_after: Option<i64>,
}

/// Everything about one view of one part.
#[derive(Clone, Debug)]
pub struct ViewResult {
    /// Index within the recipe, from 0.
    pub view: i64,
    /// As the recipe calls the view.
    pub name: String,
    /// As the settings call the camera.
    pub camera: String,
    /// What it said.
    pub verdict: Verdict,
    /// Why not a pass.
    pub cause: Option<Cause>,
    /// The largest score.
    pub score: Option<f64>,
    /// From here on it fails.
    pub reject_above: f64,
    /// Below it passes.
    pub accept_below: f64,
    /// The model that judged, and how it ran.
    pub model: ModelUsed,
    /// How the camera was calibrated.
    pub configuration: Option<ConfigurationUsed>,
    /// The worst findings.
    pub findings: Vec<Finding>,
    /// How many there were.
    pub findings_total: i64,
    /// `None` when none came.
    pub frame: Option<FrameInfo>,
    /// Where the time went.
    pub times_us: ViewTimes,
    /// What became of its picture.
    pub image: String,
    /// SHA-256 of the picture's file.
    pub image_sha256: Option<String>,
    /// Whether a heat map is stored.
    pub has_overlay: bool,
}

/// Everything about one part.
#[derive(Clone, Debug)]
pub struct PartDetail {
    /// What a list says.
    pub summary: PartSummary,
    /// Which recipe version.
    pub recipe: Option<RecipeOrigin>,
    /// By which rule of it the part was sorted.
    pub rule: Option<RuleUsed>,
    /// Verdicts that came too late.
    pub late: Vec<LateVerdict>,
    /// One per view.
    pub view_results: Vec<ViewResult>,
    /// What people said of it.
    pub reviews: Vec<RecordedReview>,
    /// Out of which share of passes it was drawn for review.
    pub drawn: Option<f64>,
    /// Classes that a reviewer may choose from.
    pub classes: Vec<String>,
}

/// Scores of past parts of one recipe view, by verdict; bin i counts scores from i/100 to (i+1)/100.
#[derive(Clone, Debug)]
pub struct HistogramCounts {
    /// Passes, by bin of the score.
    pub pass: Vec<i64>,
    /// Fails, by bin of the score.
    pub fail: Vec<i64>,
    /// Those not decided, by bin of the score.
    pub not_decided: Vec<i64>,
}

/// A past part that other thresholds would judge otherwise.
#[derive(Clone, Debug)]
pub struct ChangedPart {
    /// The part as the list shows it.
    pub part: PartSummary,
    /// Its view's verdict.
    pub from: Verdict,
    /// What it would be.
    pub to: Verdict,
}

/// What other thresholds would change.
#[derive(Clone, Debug)]
pub struct WouldChange {
    /// Scored parts looked at.
    pub examined: i64,
    /// Passes that would fail.
    pub pass_to_fail: i64,
    /// Fails that would pass.
    pub fail_to_pass: i64,
    /// Decided parts that would not be.
    pub to_not_decided: i64,
    /// Undecided parts that would be.
    pub from_not_decided: i64,
    /// The newest of them.
    pub items: Vec<ChangedPart>,
}
