//! Two reports beside each other: which cases changed beyond noise, and whether it was the machine.
//!
//! There is one run of each case on each side. What differs from one run to the next though nothing was changed
//! (where memory came to lie, what else the machine did that hour) is not in it: only the noise within a run is
//! known. A change that matters should be seen again in a second pair of runs.

mod figures;
mod machines;
mod resample;
mod text;

pub use text::text;

use super::case::Case;
use super::report::{CaseResult, Figures, Outcome, Report};
use resample::Effort;
use serde::Serialize;

/// The smallest change worth telling: 2 %. Less is found in long runs, and moves with the weather.
pub const CHANGE_MIN: f64 = 0.02;

/// Chance of a false alarm over all figures together, which Holm's correction keeps.
pub const ALARM: f64 = 0.05;

/// What one run of each side cannot know; to be said wherever a comparison is shown.
pub const ONE_RUN: &str = "One run of each side tells the noise within a run, not from one run to the next: \
    repeat both before relying on a small change.";

/// Two reports beside each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The report that is compared with.
    pub a: Side,
    /// The report that is compared.
    pub b: Side,
    /// In what their machines differ.
    pub differences: Vec<Difference>,
    /// What to know before reading on.
    pub warnings: Vec<String>,
    /// Cases of both.
    pub pairs: Vec<Pair>,
    /// Cases of A only, in words.
    pub only_a: Vec<String>,
    /// Cases of B only, in words.
    pub only_b: Vec<String>,
}

/// Which report stands on a side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// Program and version.
    pub made_by: String,
    /// When it was begun, RFC 3339.
    pub started_at: String,
    /// Name of the plan.
    pub plan: String,
    /// Whether every case of the plan has a result.
    pub is_complete: bool,
}

/// Something that both machines tell differently.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// What they tell differently.
    pub what: String,
    /// Of A; empty where it does not tell.
    pub a: String,
    /// Of B; empty where it does not tell.
    pub b: String,
}

/// One case in both reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// The case in words.
    pub case: String,
    /// What to know of this pair.
    pub remarks: Vec<String>,
    /// Figures that are tested.
    pub changes: Vec<Change>,
    /// Figures that are only shown.
    pub shown: Vec<Shown>,
}

/// A figure, and whether it changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Its name, as `latency p50`.
    pub figure: String,
    /// `µs` or `parts/s`.
    pub unit: String,
    /// The value of A.
    pub a: f64,
    /// The value of B.
    pub b: f64,
    /// B / A.
    pub ratio: f64,
    /// Of the ratio, with 95 % confidence.
    pub interval: Option<[f64; 2]>,
    /// Of a ratio as far from 1, if nothing had changed.
    pub chance: Option<f64>,
    /// The same, corrected for all figures of all cases (Holm 1979).
    pub chance_corrected: Option<f64>,
    /// What that allows to say.
    pub finding: Finding,
}

/// What a change allows to say.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// B is faster, by more than noise and [`CHANGE_MIN`].
    Faster,
    /// B is slower, by more than both.
    Slower,
    /// No change beyond noise, or a smaller one.
    NoChange,
    /// Why it cannot be told.
    NotComparable(String),
}

/// A figure that is not tested.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// Its name, as `latency p50`.
    pub figure: String,
    /// `parts`, `cameras`, `ms`.
    pub unit: String,
    /// The value of A.
    pub a: f64,
    /// The value of B.
    pub b: f64,
    /// Of how many, where it counts some of them.
    pub of: Option<[u64; 2]>,
}

/// Compares each case of `b` with the equal one of `a`.
pub fn compare(a: &Report, b: &Report) -> Comparison {
    compare_with(a, b, resample::FULL)
}

fn compare_with(a: &Report, b: &Report, effort: Effort) -> Comparison {
    let mut left: Vec<&CaseResult> = b.results.iter().collect();
    let mut pairs = Vec::new();
    let mut only_a = Vec::new();
    for of_a in &a.results {
        let equal = left
            .iter()
            .position(|of_b| key(&of_b.case) == key(&of_a.case));
        match equal {
            Some(at) => pairs.push(pair(of_a, left.remove(at), effort)),
            None => only_a.push(label(&of_a.case)),
        }
    }
    let changes = pairs.iter_mut().flat_map(|pair| &mut pair.changes);
    judge(&mut changes.collect::<Vec<_>>());
    let differences = machines::differences(&a.machine, &b.machine);
    let warnings = machines::warnings([a, b], &differences);
    Comparison {
        a: side(a),
        b: side(b),
        differences,
        warnings,
        pairs,
        only_a,
        only_b: left.iter().map(|of_b| label(&of_b.case)).collect(),
    }
}

fn side(report: &Report) -> Side {
    Side {
        made_by: report.made_by.clone(),
        started_at: report.started_at.clone(),
        plan: report.plan.clone(),
        is_complete: report.is_complete,
    }
}

/// The same case with another graph under the same name is what a comparison may be about.
fn key(case: &Case) -> Case {
    let mut key = case.clone();
    for view in key.subjects.iter_mut().flat_map(|one| &mut one.views) {
        view.model_sha256.clear();
    }
    key
}

/// With what the case's own words leave out, because it may be that in which two cases differ.
fn label(case: &Case) -> String {
    format!(
        "{case} ({} parts after {}, budget {} ms)",
        case.queries, case.warm_up, case.budget_ms
    )
}

fn pair(a: &CaseResult, b: &CaseResult, effort: Effort) -> Pair {
    let mut pair = Pair {
        case: a.case.to_string(),
        remarks: Vec::new(),
        changes: Vec::new(),
        shown: Vec::new(),
    };
    // They are the same but for that.
    if a.case != b.case {
        let remark = "the model differs: another graph has the same name";
        pair.remarks.push(remark.to_owned());
    }
    match (&a.outcome, &b.outcome) {
        (Outcome::Measured(of_a), Outcome::Measured(of_b)) => {
            for (side, figures) in [("A", of_a), ("B", of_b)] {
                pair.remarks
                    .extend(disturbed(side, a.case.queries, figures));
            }
            let cameras =
                |figures: &Figures| figures.streams.as_ref().map(|streams| streams.cameras);
            if cameras(of_a) == cameras(of_b) {
                pair.changes = figures::changes(of_a, of_b, effort);
            } else {
                let remark = "latencies are of other numbers of cameras, and not compared";
                pair.remarks.push(remark.to_owned());
            }
            pair.shown = figures::shown(of_a, of_b);
        }
        (of_a, of_b) => {
            for (side, outcome) in [("A", of_a), ("B", of_b)] {
                if let Outcome::Refused(reason) = outcome {
                    pair.remarks.push(format!("refused in {side}: {reason}"));
                }
            }
        }
    }
    pair
}

/// What makes one side a bad one to compare with.
fn disturbed(side: &str, planned: u64, figures: &Figures) -> Vec<String> {
    /// Shares of time beyond which a run tells of others.
    const OTHERS_MAX: f64 = 0.05;
    const STOLEN_MAX: f64 = 0.01;
    let seen = &figures.disturbance;
    let mut remarks = Vec::new();
    if figures.queries < planned && figures.deadline.is_some() {
        let measured = figures.queries;
        remarks.push(format!(
            "{side} was stopped after {measured} of {planned} parts"
        ));
    }
    if let Some(share) = seen.others_share.filter(|share| *share > OTHERS_MAX) {
        let percent = share * 100.0;
        remarks.push(format!(
            "{side}: others used {percent:.0} % of the processors"
        ));
    }
    if let Some(share) = seen.stolen_share.filter(|share| *share > STOLEN_MAX) {
        let percent = share * 100.0;
        remarks.push(format!(
            "{side}: the host took {percent:.0} % of the processors"
        ));
    }
    if let Some(times) = seen.throttled.filter(|times| *times > 0) {
        remarks.push(format!("{side}: slowed by heat {times} times"));
    }
    for reason in &seen.gpu_slowed {
        remarks.push(format!("{side}: GPU slowed: {reason}"));
    }
    remarks
}

/// Corrects the chances of all figures (Holm 1979, "A simple sequentially rejective multiple test procedure")
/// and says which of them changed.
fn judge(changes: &mut [&mut Change]) {
    changes.sort_by(|x, y| {
        let chance = |change: &Change| change.chance.unwrap_or(f64::INFINITY);
        chance(x).total_cmp(&chance(y))
    });
    let tested = changes
        .iter()
        .filter(|change| change.chance.is_some())
        .count();
    let mut corrected: f64 = 0.0;
    for (at, change) in changes.iter_mut().enumerate().take(tested) {
        let Some(chance) = change.chance else {
            continue;
        };
        corrected = corrected.max((chance * (tested - at) as f64).min(1.0));
        change.chance_corrected = Some(corrected);
        let excludes_one = change
            .interval
            .is_some_and(|[low, high]| low > 1.0 || high < 1.0);
        let is_worth_telling = change.ratio.max(1.0 / change.ratio) > 1.0 + CHANGE_MIN;
        if corrected < ALARM && excludes_one && is_worth_telling {
            let is_more = change.ratio > 1.0;
            let is_faster = is_more == (change.unit == figures::PARTS_PER_S);
            change.finding = if is_faster {
                Finding::Faster
            } else {
                Finding::Slower
            };
        }
    }
}

#[cfg(test)]
mod tests;
