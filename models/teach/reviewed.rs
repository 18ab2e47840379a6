//! What reviewed defects change: told on pictures of both kinds that were held out of the choice.

use super::statistics::Proposal;
use super::weighing::{Trials, Weight};
use crate::accept::quality::auroc;

/// Fewest reviewed defects that teaching uses.
pub const BAD_MIN: usize = 4;
/// Parts that pictures are held out in.
const GROUPS: usize = 4;

/// How well held-out pictures are told apart, with a threshold chosen without them.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Area under the ROC curve.
    pub auroc: f64,
    /// Defects at or above the threshold.
    pub caught: usize,
    /// Good pictures at or above the threshold.
    pub rejected: usize,
    /// Of each defect, in their order, by how much its score lies above the threshold; below 0 it is missed.
    pub above: Vec<f32>,
}

/// What reviewed defects changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Reviewed {
    /// Good pictures; each was held out once.
    pub good: usize,
    /// Reviewed defects, likewise.
    pub bad: usize,
    /// Weights and threshold from good pictures alone.
    pub without: Outcome,
    /// Weights and threshold from both.
    pub with: Outcome,
    /// Whether the model uses the defects: not where they made it worse on held-out pictures.
    pub is_used: bool,
}

impl Reviewed {
    /// Of the model as it is.
    pub fn outcome(&self) -> &Outcome {
        if self.is_used {
            &self.with
        } else {
            &self.without
        }
    }
}

/// Holds out a quarter of the pictures of each kind at a time.
pub(super) fn reviewed(
    trials: &Trials,
    untried: &[Weight],
    (good, bad): (&[usize], usize),
    target: f64,
) -> Reviewed {
    let without = outcome(trials, untried, (good, bad), target, false);
    let with = outcome(trials, untried, (good, bad), target, true);
    Reviewed {
        good: good.len(),
        bad,
        is_used: with.auroc >= without.auroc,
        without,
        with,
    }
}

fn outcome(
    trials: &Trials,
    untried: &[Weight],
    (good, bad): (&[usize], usize),
    target: f64,
    uses_bad: bool,
) -> Outcome {
    let groups = GROUPS.min(good.len()).min(bad);
    let split = |total: usize, group: usize| -> (Vec<usize>, Vec<usize>) {
        (0..total).partition(|index| index % groups == group)
    };
    let of_good = |places: Vec<usize>| places.into_iter().map(|place| good[place]).collect();
    // Scores are told from the threshold on, which differs from group to group.
    let (mut good_scores, mut bad_scores) = (Vec::new(), vec![0.0; bad]);
    for group in 0..groups {
        let (held, rest) = split(good.len(), group);
        let (good_held, good_rest): (Vec<usize>, Vec<usize>) = (of_good(held), of_good(rest));
        let (bad_held, mut bad_rest) = split(bad, group);
        if !uses_bad {
            bad_rest.clear();
        }
        let mut weights = untried.to_vec();
        trials.weigh(&mut weights, &good_rest, &bad_rest);
        let threshold = Proposal::between(
            &trials.good_scores(&weights, &good_rest),
            &trials.bad_scores(&weights, &bad_rest),
            target,
        )
        .threshold;
        let told = |score: f32| score - threshold;
        let held = trials.good_scores(&weights, &good_held);
        good_scores.extend(held.into_iter().map(told));
        let held = trials.bad_scores(&weights, &bad_held);
        for (defect, score) in bad_held.into_iter().zip(held) {
            bad_scores[defect] = told(score);
        }
    }
    let above = |scores: &[f32]| scores.iter().filter(|score| **score >= 0.0).count();
    Outcome {
        auroc: auroc(&good_scores, &bad_scores),
        caught: above(&bad_scores),
        rejected: above(&good_scores),
        above: bad_scores,
    }
}
