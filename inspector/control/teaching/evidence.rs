//! What is known of a taught model's thresholds, as `lesson.json` keeps it.

use models::teach;
use serde::{Deserialize, Serialize};

/// So many of so many, and what they say of all parts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remedy {
    /// How many more.
    pub images_more: u32,
    /// At most this share of good parts is rejected, with 95 % confidence.
    pub share: f64,
}

/// A reviewed defect, and what a model says of it whose threshold was placed without it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DefectScore {
    /// Number of the image.
    pub n: u32,
    /// 0 to 1.
    pub score: f64,
}

/// What is known of a model's thresholds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    pub remedy: Option<Remedy>,
}

fn whole(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl From<teach::Counted> for Counted {
    fn from(counted: teach::Counted) -> Self {
        let (low, high) = counted.interval();
        Self {
            count: whole(counted.count),
            of: whole(counted.of),
            low,
            high,
        }
    }
}

impl From<&teach::Point> for CurvePoint {
    fn from(point: &teach::Point) -> Self {
        Self {
            // 0.58 as f64, not 0.5799999833106995.
            threshold: (f64::from(point.threshold) * 1e6).round() / 1e6,
            good: point.good.into(),
            expected: point.expected,
            defects: point.defects.into(),
        }
    }
}

impl Evidence {
    /// Of what was taught with these images of defects, by number.
    pub(super) fn of(taught: &models::Taught, defects: &[u32]) -> Self {
        let evidence = &taught.evidence;
        let scores = defects.iter().zip(&evidence.defects);
        Self {
            accept_below: f64::from(evidence.accept_below),
            doubtful: evidence.doubtful,
            above_accept: evidence.above_accept.into(),
            expected: evidence.expected.share,
            expected_low: evidence.expected.interval.0,
            expected_high: evidence.expected.interval.1,
            curve: evidence.curve.iter().map(Into::into).collect(),
            drawn: evidence.drawn.into(),
            defects: scores
                .map(|(n, score)| DefectScore {
                    n: *n,
                    score: f64::from(*score),
                })
                .collect(),
            caught: evidence.caught(taught.proposal.threshold).into(),
            defects_needed: whole(teach::images_needed(0.1)),
            remedy: evidence.remedy.map(|remedy| Remedy {
                images_more: whole(remedy.images_more),
                share: remedy.share,
            }),
        }
    }
}
