//! Thresholds held against what people said of past parts.

use super::dto::{Need, StratumCounts, ThresholdEvidence, ThresholdOutcome, ThresholdPoint};
use super::extract::{Json, Path, Query};
use super::status::readable;
use super::{ApiError, App, JsonReply, ask};
use crate::results::reader::{BINS, Judged, JudgedScore, Range};
use crate::station::verdict::{Score, Thresholds, Verdict};
use crate::statistics::thresholds::{Costs, Evidence, Part, Stratum};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

/// The share of passes that may be defective, and of parts that may be rejected although good, for a threshold to be trusted.
const SHARE_WANTED: f64 = 0.01;
/// So many reviewed defects say something of the next.
const DEFECTS_WANTED: u64 = 10;

/// Which past parts, the thresholds to hold them against, and what wrong verdicts cost.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Index of the view; 0 unless told.
    #[serde(default)]
    #[param(required = false)]
    pub view: u8,
    /// At or after, microseconds since 1970.
    pub from_us: Option<i64>,
    /// Only before then, in microseconds since 1970.
    pub to_us: Option<i64>,
    /// From here on it fails; as in use unless told.
    #[param(minimum = 0, maximum = 1)]
    pub reject_above: Option<f32>,
    /// Below it passes; `reject_above` unless told.
    #[param(minimum = 0, maximum = 1)]
    pub accept_below: Option<f32>,
    /// What a defect that passes costs, in any unit.
    #[param(minimum = 0)]
    pub cost_escape: Option<f64>,
    /// What a good part that is rejected costs, in the same unit.
    #[param(minimum = 0)]
    pub cost_false_reject: Option<f64>,
    /// The share of parts that are defective; what reviewed parts say unless told.
    #[param(minimum = 0, maximum = 1)]
    pub prevalence: Option<f64>,
}

/// Escapes and false rejects among all past parts, told from those that people reviewed.
#[utoipa::path(get, path = "/api/recipes/{style}/evidence", params(("style" = String, Path), Asked),
    responses((status = 200, body = ThresholdEvidence), (status = 404, description = "There is no such recipe or view.")))]
pub async fn threshold_evidence(
    State(app): State<App>,
    Path(style): Path<String>,
    Query(asked): Query<Asked>,
) -> JsonReply<ThresholdEvidence> {
    let recipes = app.handle.recipes().in_use();
    let recipe = recipes.iter().find(|recipe| recipe.style.as_str() == style);
    let view = recipe.and_then(|recipe| recipe.views.get(usize::from(asked.view)));
    let Some(in_use) = view.map(|view| view.thresholds) else {
        return Err(ApiError::not_found(format!(
            "there is no recipe {style:?} with a view {}",
            asked.view
        )));
    };
    let limits = asked.limits(in_use)?;
    let costs = asked.costs()?;
    let range = Range {
        style,
        view: asked.view,
        from_us: asked.from_us,
        to_us: asked.to_us,
    };
    let evidence = ask(&app, move |reader| {
        let judged = reader.judged(&range)?;
        Ok(shown(&judged, (limits, in_use), costs))
    })
    .await?;
    Ok(Json(evidence))
}

impl Asked {
    fn limits(&self, in_use: Thresholds) -> Result<Thresholds, ApiError> {
        let (reject, accept) = match (self.reject_above, self.accept_below) {
            (None, None) => return Ok(in_use),
            (Some(reject), accept) => (reject, accept.unwrap_or(reject)),
            (None, Some(accept)) => (in_use.reject_above().get(), accept),
        };
        let limits = Score::new(accept)
            .zip(Score::new(reject))
            .and_then(|(accept, reject)| Thresholds::new(accept, reject));
        limits.ok_or_else(|| {
            ApiError::bad_request(format!(
                "expected 0 <= accept_below <= reject_above <= 1, found {accept} and {reject}"
            ))
        })
    }

    fn costs(&self) -> Result<Option<Costs>, ApiError> {
        let is_cost = |cost: f64| cost.is_finite() && (0.0..=1e12).contains(&cost);
        let is_right = self.cost_escape.is_none_or(is_cost)
            && self.cost_false_reject.is_none_or(is_cost)
            && self
                .prevalence
                .is_none_or(|share| (0.0..=1.0).contains(&share));
        if !is_right {
            let message = "expected costs of 0 or more and a prevalence from 0 to 1";
            return Err(ApiError::bad_request(message.to_owned()));
        }
        let (Some(escape), Some(false_reject)) = (self.cost_escape, self.cost_false_reject) else {
            return Ok(None);
        };
        Ok(Some(Costs {
            prevalence: self.prevalence,
            escape,
            false_reject,
        }))
    }
}

fn shown(
    judged: &Judged,
    (limits, in_use): (Thresholds, Thresholds),
    costs: Option<Costs>,
) -> ThresholdEvidence {
    let parts: Vec<Part> = judged.parts.iter().map(part).collect();
    let evidence = Evidence::of(&parts);
    let strata = Stratum::ALL.into_iter().map(|stratum| {
        let (parts, reviewed, defective) = evidence.counts(stratum);
        StratumCounts {
            stratum: stratum.name(),
            parts: parts as u64,
            reviewed: reviewed as u64,
            defective: defective as u64,
        }
    });
    let curve = (0..=BINS).map(|at| {
        let threshold = at as f32 / BINS as f32;
        let outcome = evidence.at(threshold);
        ThresholdPoint {
            accept_below: at as f64 / BINS as f64,
            escapes: outcome.escapes.value,
            false_rejects: outcome.false_rejects.value,
            cost: costs.and_then(|costs| evidence.cost(threshold, costs).value),
        }
    });
    // What lies between the two is not decided, and rejected as well.
    let outcome = |limits: Thresholds| {
        let threshold = limits.accept_below();
        let found = evidence.at(threshold.get());
        ThresholdOutcome {
            accept_below: readable(threshold),
            rejects: found.rejects,
            escapes: found.escapes.into(),
            caught: found.caught.into(),
            false_rejects: found.false_rejects.into(),
            right: found.right.into(),
            cost: costs.map(|costs| evidence.cost(threshold.get(), costs).into()),
        }
    };
    ThresholdEvidence {
        examined: judged.parts.len() as u64,
        since_us: judged.since_us,
        strata: strata.collect(),
        unclear: judged.unclear,
        needs: needs(judged, &evidence, limits.accept_below().get()),
        asked: outcome(limits),
        in_use: outcome(in_use),
        curve: curve.collect(),
        defective: bins(&judged.said[0]),
        good: bins(&judged.said[1]),
    }
}

fn part(judged: &JudgedScore) -> Part {
    let stratum = match judged.verdict {
        Verdict::Fail => Stratum::Reject,
        Verdict::NotDecided => Stratum::NotDecided,
        Verdict::Pass if judged.is_near => Stratum::Near,
        Verdict::Pass => Stratum::Pass,
    };
    Part {
        stratum,
        score: judged.score,
        is_rejected_anyway: judged.is_rejected_anyway,
        is_defective: judged.is_defective,
    }
}

fn bins(scores: &[f32]) -> Vec<u64> {
    let mut bins = vec![0; BINS];
    for score in scores {
        bins[((score * BINS as f32) as usize).min(BINS - 1)] += 1;
    }
    bins
}

/// What is missing for three claims that a threshold is trusted by.
fn needs(judged: &Judged, evidence: &Evidence, threshold: f32) -> Vec<Need> {
    let found = evidence.at(threshold);
    let share = |count: f64, of: u64| {
        if of > 0 {
            (count / of as f64).min(1.0)
        } else {
            1.0
        }
    };
    let escapes = |more: u64| {
        share(
            evidence.escapes_with_good(threshold, more as usize),
            found.passes,
        )
    };
    let waiting: u64 = [Stratum::Reject, Stratum::NotDecided]
        .iter()
        .map(|stratum| {
            let (parts, reviewed, _) = evidence.counts(*stratum);
            (parts - reviewed) as u64
        })
        .sum();
    let false_rejects = share(found.false_rejects.high, evidence.parts() as u64);
    let defects: usize = Stratum::ALL
        .iter()
        .map(|stratum| evidence.counts(*stratum).2)
        .sum();
    let defects = defects as u64;
    let need = |claim, shown, more| Need {
        claim,
        wanted: SHARE_WANTED,
        shown,
        is_shown: shown <= SHARE_WANTED,
        more,
    };
    vec![
        need(
            "escapes",
            escapes(0),
            fewest(judged.drawn_waiting, |more| escapes(more) <= SHARE_WANTED),
        ),
        need(
            "false_rejects",
            false_rejects,
            (waiting > 0).then_some(waiting),
        ),
        Need {
            claim: "defects",
            wanted: DEFECTS_WANTED as f64,
            shown: defects as f64,
            is_shown: defects >= DEFECTS_WANTED,
            more: DEFECTS_WANTED.checked_sub(defects),
        },
    ]
}

/// The fewest up to `most` that are enough; more of them are, too.
fn fewest(most: u64, is_enough: impl Fn(u64) -> bool) -> Option<u64> {
    if !is_enough(most) {
        return None;
    }
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = u64::midpoint(low, high);
        match is_enough(middle) {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    Some(low)
}
