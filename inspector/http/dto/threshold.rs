//! What the API says of a threshold by reviewed parts.

use crate::statistics::thresholds;
use serde::Serialize;
use utoipa::ToSchema;

/// A number that is told from some parts for all of them.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Estimate {
    /// The likeliest; null where nobody looked at parts of a kind that is there.
    #[schema(required)]
    pub value: Option<f64>,
    /// At least this, with 95 % confidence.
    pub low: f64,
    /// And at most this.
    pub high: f64,
}

impl From<thresholds::Estimate> for Estimate {
    fn from(estimate: thresholds::Estimate) -> Self {
        let thresholds::Estimate { value, low, high } = estimate;
        Self { value, low, high }
    }
}

/// What becomes of the parts that were looked through, with one threshold.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ThresholdOutcome {
    /// From this score on a part does not pass.
    pub accept_below: f64,
    /// Parts that do not pass, counted one by one.
    pub rejects: u64,
    /// Defective parts that pass.
    pub escapes: Estimate,
    /// Defective parts that are rejected.
    pub caught: Estimate,
    /// Good parts that are rejected.
    pub false_rejects: Estimate,
    /// The share of rejects that are defective.
    pub right: Estimate,
    /// Cost of wrong verdicts for a thousand parts, in the unit of the costs; null without costs.
    #[schema(required)]
    pub cost: Option<Estimate>,
}

/// Parts that come to be looked at in the same way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StratumCounts {
    /// `reject`, `not_decided`, `near` (a pass near its threshold) or `pass` (another, looked at where it was drawn).
    pub stratum: &'static str,
    /// All of them.
    pub parts: u64,
    /// Those whose reviews count.
    pub reviewed: u64,
    /// Those of them that are defective.
    pub defective: u64,
}

/// A claim that people would make of a threshold, and what shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Need {
    /// `escapes` (of all parts that pass), `false_rejects` (of all parts) or `defects` (how many were reviewed).
    pub claim: &'static str,
    /// The share that is to be shown; of `defects` the count.
    pub wanted: f64,
    /// What is shown: at most this share; of `defects` the count.
    pub shown: f64,
    /// Whether that is enough.
    pub is_shown: bool,
    /// So many more parts have to be reviewed at least: passes that were drawn and wait, all of them good; rejects; defects. Null
    /// where what waits would not show it.
    #[schema(required)]
    pub more: Option<u64>,
}

/// One point of a curve over all thresholds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ThresholdPoint {
    /// From this score on a part does not pass.
    pub accept_below: f64,
    /// The likeliest number of defective parts that pass.
    #[schema(required)]
    pub escapes: Option<f64>,
    /// The likeliest number of good parts that are rejected.
    #[schema(required)]
    pub false_rejects: Option<f64>,
    /// The likeliest cost for a thousand parts.
    #[schema(required)]
    pub cost: Option<f64>,
}

/// What reviewed parts say of a threshold, and of the one in use.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ThresholdEvidence {
    /// The newest scored parts, as far back as the model in use judged and passes were drawn from the same share.
    pub examined: u64,
    /// When the oldest of them was triggered, in microseconds since 1970; null where there is none.
    #[schema(required)]
    pub since_us: Option<i64>,
    /// How they came to be looked at.
    pub strata: Vec<StratumCounts>,
    /// Reviewed parts that nobody could tell, or of which people say different things: they count for nothing.
    pub unclear: u64,
    /// With the thresholds that were asked for.
    pub asked: ThresholdOutcome,
    /// With those in use.
    pub in_use: ThresholdOutcome,
    /// Over all thresholds, in steps of 0.01.
    pub curve: Vec<ThresholdPoint>,
    /// Reviewed defects by score, in 100 bins.
    pub defective: Vec<u64>,
    /// Reviewed good parts by score, in 100 bins.
    pub good: Vec<u64>,
    /// What has to be shown for a threshold to be trusted.
    pub needs: Vec<Need>,
}
