//! What reviewed defects change: told on pictures of both kinds that were held out of the choice.

use super::rule::{Rule, Said};
use super::weighing::Weight;
use crate::accept::quality::auroc;

/// Fewest reviewed defects that teaching uses.
pub const BAD_MIN: usize = 4;
/// Parts that pictures are held out in.
const GROUPS: usize = 5;

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

impl Outcome {
    /// One good picture more may be chance; two are a price.
    fn finds_more(&self, other: &Self) -> bool {
        let caught = (self.caught, self.auroc) > (other.caught, other.auroc);
        caught && self.auroc >= other.auroc && self.rejected <= other.rejected + 1
    }
}

/// What reviewed defects changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Reviewed {
    /// Good pictures; each was held out once.
    pub good: usize,
    /// Reviewed defects, likewise.
    pub bad: usize,
    /// By what memories say alone.
    pub without: Outcome,
    /// By heads, too.
    pub with: Outcome,
    /// Whether the model has heads: only where they find more of the held-out defects, and not where they made it worse.
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

/// In how many parts good pictures and reviewed defects are held out.
pub(super) fn groups(good: usize, bad: usize) -> usize {
    GROUPS.min(good).min(bad)
}

/// Places held out in a group, and the others.
pub(super) fn split(total: usize, groups: usize, group: usize) -> (Vec<usize>, Vec<usize>) {
    (0..total).partition(|index| index % groups == group)
}

/// Holds out a part of the pictures of each kind at a time.
pub(super) fn reviewed(
    said: Said,
    untried: &[Weight],
    (good, bad): (&[usize], usize),
    target: f64,
) -> Reviewed {
    let without = outcome(said, untried, (good, bad), target, false);
    let with = outcome(said, untried, (good, bad), target, true);
    Reviewed {
        good: good.len(),
        bad,
        is_used: with.finds_more(&without),
        without,
        with,
    }
}

fn outcome(
    said: Said,
    untried: &[Weight],
    (good, bad): (&[usize], usize),
    target: f64,
    uses_heads: bool,
) -> Outcome {
    let groups = groups(good.len(), bad);
    let of_good = |places: Vec<usize>| places.into_iter().map(|place| good[place]).collect();
    // Scores are told from the threshold on, which differs from group to group.
    let (mut good_margins, mut bad_margins) = (Vec::new(), vec![0.0; bad]);
    for group in 0..groups {
        let (held, rest) = split(good.len(), groups, group);
        let (good_held, good_rest): (Vec<usize>, Vec<usize>) = (of_good(held), of_good(rest));
        let (bad_held, bad_rest) = split(bad, groups, group);
        let mut rule = Rule::plain(said, untried, &good_rest, target);
        if uses_heads {
            rule = rule.with_heads(said, &good_rest, &bad_rest, target);
        }
        good_margins.extend(rule.good_margins(said, &good_held));
        let held = rule.bad_margins(said, &bad_held);
        for (defect, margin) in bad_held.into_iter().zip(held) {
            bad_margins[defect] = margin;
        }
    }
    let above = |margins: &[f32]| margins.iter().filter(|margin| **margin >= 0.0).count();
    Outcome {
        auroc: auroc(&good_margins, &bad_margins),
        caught: above(&bad_margins),
        rejected: above(&good_margins),
        above: bad_margins,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_used_where_more_is_found_and_good_parts_do_not_pay_for_it() {
        let outcome = |auroc: f64, caught: usize, rejected: usize| Outcome {
            auroc,
            caught,
            rejected,
            above: Vec::new(),
        };
        let without = outcome(0.9, 5, 1);
        for (with, is_used) in [
            (outcome(0.9, 5, 1), false),
            (outcome(0.95, 5, 1), true),
            (outcome(0.95, 8, 2), true),
            (outcome(0.95, 8, 3), false),
            (outcome(0.85, 8, 1), false),
            (outcome(0.95, 4, 0), false),
        ] {
            assert_eq!(with.finds_more(&without), is_used, "{with:?}");
        }
    }
}
