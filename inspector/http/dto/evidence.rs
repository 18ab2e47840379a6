//! What the API says of a taught model's thresholds.

use crate::control::teaching::evidence;
use serde::Serialize;
use utoipa::ToSchema;

/// So many of so many, and what they say of all parts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Counted {
    /// Those that are meant.
    pub count: u32,
    /// All of them.
    pub of: u32,
    /// The share of all parts is at least this, with 95 % confidence (Clopper and Pearson, two-sided).
    pub low: f64,
    /// And at most this.
    pub high: f64,
}

/// What one threshold does to images that were held out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CurvePoint {
    /// Scores at or above it are rejected.
    pub threshold: f64,
    /// Good images that it rejects.
    pub good: Counted,
    /// Share of good parts that it rejects, were scores normal.
    pub expected: f64,
    /// Reviewed defects that it catches.
    pub defects: Counted,
}

/// More good images, none of them rejected, and what they would show.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Remedy {
    /// How many more.
    pub images_more: u32,
    /// At most this share of good parts is rejected, with 95 % confidence.
    pub share: f64,
}

/// A reviewed defect, and what a model says of it whose threshold was placed without it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DefectScore {
    /// Number of the image.
    pub n: u32,
    /// 0 to 1.
    pub score: f64,
}

/// What is known of a model's thresholds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Evidence {
    /// The second line: what scores from here to the threshold is doubtful.
    pub accept_below: f64,
    /// Share of good parts that it aims to have above it.
    pub doubtful: f64,
    /// Held-out good images above it.
    pub above_accept: Counted,
    /// Share of good parts that the proposed threshold rejects, were scores normal.
    pub expected: f64,
    /// It is at least this, with 95 % confidence, were scores normal.
    pub expected_low: f64,
    /// And at most this.
    pub expected_high: f64,
    /// From the lowest threshold to the highest.
    pub curve: Vec<CurvePoint>,
    /// Defects drawn into good images that the proposed threshold catches.
    pub drawn: Counted,
    /// Of every reviewed defect; none where there were too few to use.
    pub defects: Vec<DefectScore>,
    /// Reviewed defects that the proposed threshold catches.
    pub caught: Counted,
    /// Reviewed defects, all of them caught, that would show that at least 90 % are.
    pub defects_needed: u32,
    /// What more good images would show; null where nothing is left to show.
    #[schema(required)]
    pub remedy: Option<Remedy>,
}

impl From<evidence::Counted> for Counted {
    fn from(found: evidence::Counted) -> Self {
        Self {
            count: found.count,
            of: found.of,
            low: found.low,
            high: found.high,
        }
    }
}

impl From<evidence::CurvePoint> for CurvePoint {
    fn from(found: evidence::CurvePoint) -> Self {
        Self {
            threshold: found.threshold,
            good: found.good.into(),
            expected: found.expected,
            defects: found.defects.into(),
        }
    }
}

impl From<evidence::Remedy> for Remedy {
    fn from(found: evidence::Remedy) -> Self {
        Self {
            images_more: found.images_more,
            share: found.share,
        }
    }
}

impl From<evidence::DefectScore> for DefectScore {
    fn from(found: evidence::DefectScore) -> Self {
        Self {
            n: found.n,
            score: found.score,
        }
    }
}

impl From<evidence::Evidence> for Evidence {
    fn from(found: evidence::Evidence) -> Self {
        Self {
            accept_below: found.accept_below,
            doubtful: found.doubtful,
            above_accept: found.above_accept.into(),
            expected: found.expected,
            expected_low: found.expected_low,
            expected_high: found.expected_high,
            curve: found.curve.into_iter().map(Into::into).collect(),
            drawn: found.drawn.into(),
            defects: found.defects.into_iter().map(Into::into).collect(),
            caught: found.caught.into(),
            defects_needed: found.defects_needed,
            remedy: found.remedy.map(Into::into),
        }
    }
}
