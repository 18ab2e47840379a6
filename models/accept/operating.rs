//! What thresholds do to the scores of a model of any kind, and which threshold follows from them. By counting alone:
//! scores of detectors and segmenters follow no known distribution.

use super::shares::{Counted, share_at_most};

/// Share of good parts that the second line, `accept_below`, may have above it.
const DOUBTFUL: f64 = 0.10;
/// Parts that images are held out in.
const GROUPS: usize = 4;
/// Thresholds of the curve: 0.05 to 0.95.
const POINTS: u8 = 20;

/// What one threshold does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Scores at or above it are rejected.
    pub threshold: f32,
    /// Good images that it rejects.
    pub good: Counted,
    /// Bad images that it catches.
    pub bad: Counted,
}

/// What is known of a model's thresholds, from labelled images that it did not learn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Operating {
    /// The threshold that is proposed.
    pub proposed: Outcome,
    /// The same, where each image was held out of choosing the threshold, a quarter at a time.
    pub held_out: Outcome,
    /// The second line, at or below the threshold: what scores from here to it is doubtful.
    pub accept_below: f32,
    /// Good images at or above it.
    pub doubtful: Counted,
    /// With 95 % confidence and no assumption on the scores, the proposed threshold rejects at most this share of good
    /// parts: of those held out.
    pub at_most: f64,
    /// From the lowest threshold to the highest.
    pub curve: Vec<Outcome>,
}

impl Operating {
    /// From scores of good and bad images, and the share of good parts that may be rejected.
    pub fn of(good: &[f32], bad: &[f32], target: f64) -> Self {
        let proposed = proposed(good, bad, target);
        let (mut good_rejected, mut bad_caught) = (0, 0);
        for group in 0..GROUPS {
            let (good_held, good_rest) = split(good, group);
            let (bad_held, bad_rest) = split(bad, group);
            let threshold = self::proposed(&good_rest, &bad_rest, target);
            good_rejected += Counted::rejected(&good_held, threshold).count;
            bad_caught += Counted::rejected(&bad_held, threshold).count;
        }
        let held_out = Outcome {
            threshold: proposed,
            good: Counted {
                count: good_rejected,
                of: good.len(),
            },
            bad: Counted {
                count: bad_caught,
                of: bad.len(),
            },
        };
        let accept_below = above(passed(good, DOUBTFUL)).min(proposed);
        let curve = (1..POINTS).map(|n| f32::from(n) / f32::from(POINTS));
        Self {
            proposed: outcome(good, bad, proposed),
            held_out,
            accept_below,
            doubtful: Counted::rejected(good, accept_below),
            at_most: share_at_most(good_rejected, good.len()),
            curve: curve.map(|t| outcome(good, bad, t)).collect(),
        }
    }
}

fn split(scores: &[f32], group: usize) -> (Vec<f32>, Vec<f32>) {
    let (held, rest): (Vec<_>, Vec<_>) = scores
        .iter()
        .enumerate()
        .partition(|(index, _)| index % GROUPS == group);
    let values = |of: Vec<(usize, &f32)>| of.into_iter().map(|(_, score)| *score).collect();
    (values(held), values(rest))
}

fn outcome(good: &[f32], bad: &[f32], threshold: f32) -> Outcome {
    Outcome {
        threshold,
        good: Counted::rejected(good, threshold),
        bad: Counted::rejected(bad, threshold),
    }
}

/// The largest score of a good image that is passed where this share may be rejected.
fn passed(good: &[f32], share: f64) -> f32 {
    let mut sorted = good.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let may_reject = (share * sorted.len() as f64).floor() as usize;
    sorted.get(may_reject).copied().unwrap_or(0.0)
}

/// The next hundredth above a score, 1 at most.
fn above(score: f32) -> f32 {
    (((score * 100.0).floor() + 1.0) / 100.0).min(1.0)
}

/// Halfway between the good images that are passed and the lowest bad one above them: every threshold between the two
/// does the same to these images. Just above the good ones where no bad one is.
fn proposed(good: &[f32], bad: &[f32], target: f64) -> f32 {
    let largest = passed(good, target);
    let higher = bad.iter().copied().filter(|score| *score > largest);
    match higher.reduce(f32::min) {
        Some(lowest) => between(largest, lowest),
        None => above(largest),
    }
}

/// The middle with as few digits as still lie above one score and at or below the other: it is written into a recipe by
/// hand, and must do there what it does here.
fn between(largest: f32, lowest: f32) -> f32 {
    let middle = f64::midpoint(f64::from(largest), f64::from(lowest));
    let rounded =
        [1e3, 1e4, 1e5, 1e6, 1e7].map(|digits| ((middle * digits).round() / digits) as f32);
    let mut fitting = rounded
        .into_iter()
        .filter(|at| *at > largest && *at <= lowest);
    fitting.next().unwrap_or(lowest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_lies_between_both_kinds_and_is_tried_on_images_that_were_held_out() {
        // A detector: nothing found on most good images.
        let mut good = vec![0.0; 48];
        good.extend([0.31, 0.12]);
        let bad: Vec<f32> = (0..20).map(|n| 0.5 + n as f32 * 0.02).collect();
        let operating = Operating::of(&good, &bad, 0.01);
        assert!(
            (operating.proposed.threshold - 0.405).abs() < 1e-6,
            "{operating:?}"
        );
        assert_eq!(
            (operating.proposed.good.count, operating.proposed.bad.count),
            (0, 20)
        );
        // Each fold without its own lowest defect or highest good image still tells them apart here.
        assert_eq!(operating.held_out.bad.count, 20);
        assert!(operating.held_out.good.count <= 1, "{operating:?}");
        assert!(
            (operating.accept_below - 0.01).abs() < 1e-6,
            "{operating:?}"
        );
    }

    #[test]
    fn a_threshold_that_is_copied_does_what_was_counted() {
        for (good, bad) in [
            (0.40041, 0.40049),
            (0.9996, 0.9999),
            (0.00001, 0.00002),
            (0.2, 0.7),
        ] {
            let operating = Operating::of(&[good; 10], &[bad; 10], 0.01);
            let written = format!("{:?}", operating.proposed.threshold);
            let copied: f32 = written.parse().expect("a number");
            assert!(
                copied > good && copied <= bad,
                "{written} between {good} and {bad}"
            );
            assert!(written.len() <= 9, "{written}");
            assert_eq!(
                (operating.proposed.good.count, operating.proposed.bad.count),
                (0, 10)
            );
        }
        let least = f32::from_bits(0.4f32.to_bits() + 1);
        assert_eq!(between(0.4, least), least);
    }

    #[test]
    fn what_cannot_be_told_apart_is_caught_as_rarely_held_out_as_it_deserves() {
        let scores = |from: usize| -> Vec<f32> {
            (0..40)
                .map(|n| ((n * 17 + from * 5) % 41) as f32 / 41.0)
                .collect()
        };
        let (good, bad) = (scores(0), scores(3));
        let operating = Operating::of(&good, &bad, 0.05);
        assert!(operating.proposed.good.count <= 2, "{operating:?}");
        assert!(operating.held_out.bad.count <= 8, "{operating:?}");
        assert!(operating.accept_below <= operating.proposed.threshold);
        assert!(operating.at_most > 0.05);
        for pair in operating.curve.windows(2) {
            assert!(pair[0].threshold < pair[1].threshold);
            assert!(pair[0].good.count >= pair[1].good.count);
            assert!(pair[0].bad.count >= pair[1].bad.count);
        }
    }

    #[test]
    fn a_good_image_of_score_1_leaves_a_threshold_that_a_recipe_takes() {
        let operating = Operating::of(&[1.0, 1.0, 0.9], &[0.2], 0.01);
        assert_eq!(operating.proposed.threshold, 1.0);
        assert_eq!(
            operating.proposed.good.count, 2,
            "and says that it rejects them"
        );
    }
}
