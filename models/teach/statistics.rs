//! What held-out scores of good parts allow to say of a threshold.

use crate::accept::shares::{bisect, images_needed, share_at_most};

/// A threshold, what it aims at, and what is known about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proposal {
    /// Scores at or above it are rejected.
    pub threshold: f32,
    /// The share of good parts that it aims to reject.
    pub target: f64,
    /// Held-out good images.
    pub images: usize,
    /// How many of them it rejects.
    pub rejected: usize,
    /// With 95 % confidence and no assumption on the scores, the true share of good parts rejected is at
    /// most this (Clopper and Pearson 1934).
    pub at_most: f64,
    /// Good images, none of them rejected, that would show a share of at most `target`.
    pub images_needed: usize,
}

/// Standard deviation of good parts' scores that is usual: the root mean square of four sets of parts
/// (toy, screws, baked goods and rendered brackets).
const SPREAD_USUAL: f64 = 0.55;
/// What is usual counts as much as so many scores more.
const FREEDOM_USUAL: f64 = 4.0;
/// A score farther from the median than so many robust standard deviations counts as if it lay there: an image that
/// should not be among the good ones does not lift the threshold above its like.
const CLIPPED: f64 = 2.5;
/// Standard deviations of a normal distribution in its median absolute deviation.
const DEVIATIONS: f64 = 1.4826;

/// Share of usual pictures that would be taken for odd.
const ODD: f64 = 0.002;

/// Whether one of these scores, which are about normal, lies above the prediction limit of the others, odd ones
/// clipped.
pub(super) fn is_odd(scores: &[f64], one: usize) -> bool {
    let mut others = scores.to_vec();
    let own = others.swap_remove(one);
    own > Usual::of(&others).limit(ODD)
}

/// Median, and standard deviation by the median absolute deviation, which a few odd values do not move.
pub(super) fn robust(values: &[f64]) -> (f64, f64) {
    let middle = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(0.0)
    };
    let median = middle(values.to_vec());
    let away = values.iter().map(|value| (value - median).abs());
    (median, DEVIATIONS * middle(away.collect()))
}

/// What scores are usual, told from some of them, odd ones clipped (`CLIPPED`).
pub(super) struct Usual {
    pub count: f64,
    pub mean: f64,
    /// Degrees of freedom and spread of the moderated t of Smyth (2004): from few scores alone the spread is so
    /// uncertain that a limit would have to lie far above all of them.
    pub freedom: f64,
    pub spread: f64,
    /// Above it a score is clipped.
    most: f64,
}

impl Usual {
    pub fn of(scores: &[f64]) -> Self {
        let count = scores.len() as f64;
        let usual = FREEDOM_USUAL * SPREAD_USUAL.powi(2);
        let (median, deviation) = robust(scores);
        let robust = deviation.powi(2) * count + usual;
        let reach = CLIPPED * (robust / (count + FREEDOM_USUAL)).sqrt();
        let clipped = scores
            .iter()
            .map(|score| score.clamp(median - reach, median + reach));
        let mean = clipped.clone().sum::<f64>() / count.max(1.0);
        let squares = clipped.map(|score| (score - mean).powi(2)).sum::<f64>();
        let freedom = (count - 1.0).max(0.0) + FREEDOM_USUAL;
        Self {
            count,
            mean,
            freedom,
            spread: ((squares + usual) / freedom).sqrt(),
            most: median + reach,
        }
    }

    /// What a new score exceeds with this probability.
    fn limit(&self, probability: f64) -> f64 {
        let widened = self.spread * (1.0 + 1.0 / self.count).sqrt();
        self.mean + student_t(1.0 - probability, self.freedom) * widened
    }
}

impl Proposal {
    /// From at least two held-out scores, which are about normal, and a target above 0 and below 1.
    ///
    /// With enough images the threshold lies just above the largest score that may be passed. With fewer
    /// than `1 / target`, where no score stands for so small a share, and where more are odd than may be rejected, it
    /// is the prediction limit of a
    /// normal score (Student's t) whose spread is told from these scores, odd ones clipped (`CLIPPED`), and from what
    /// is usual (`SPREAD_USUAL`).
    pub fn of(scores: &[f32], target: f64) -> Self {
        let mut sorted: Vec<f64> = scores.iter().copied().map(f64::from).collect();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let count = sorted.len();
        let may_reject = (target * count as f64).floor() as usize;
        let usual = Usual::of(&sorted);
        let largest = sorted.get(may_reject).copied().unwrap_or(usual.mean);
        let seen = largest + usual.spread * 1e-3;
        let odd = sorted.iter().filter(|score| **score > usual.most).count();
        let threshold = match may_reject >= odd.max(1) {
            true => seen,
            false => usual.limit(target),
        };
        Self::at(threshold as f32, scores, target)
    }

    /// What is known of a threshold by these scores.
    pub(super) fn at(threshold: f32, scores: &[f32], target: f64) -> Self {
        let count = scores.len();
        let rejected = scores.iter().filter(|score| **score >= threshold).count();
        Self {
            threshold,
            target,
            images: count,
            rejected,
            at_most: share_at_most(rejected, count),
            images_needed: images_needed(target),
        }
    }
}

/// Quantile of Student's distribution.
pub fn student_t(probability: f64, freedom: f64) -> f64 {
    let half = std::f64::consts::FRAC_PI_2;
    let whole = area(half, freedom);
    let wanted = probability - 0.5;
    let angle = bisect(0.0, half, |angle| {
        area(angle, freedom) / whole * 0.5 < wanted
    });
    freedom.sqrt() * angle.tan()
}

/// The chance that Student's variable exceeds `t`.
pub(super) fn student_above(t: f64, freedom: f64) -> f64 {
    let angle = (t / freedom.sqrt()).atan();
    let beside = area(angle, freedom) / area(std::f64::consts::FRAC_PI_2, freedom);
    (0.5 - 0.5 * beside).clamp(0.0, 1.0)
}

/// The integral of Student's density from 0, but for a factor, by Simpson's rule after t = √ν · tan θ, where it is a
/// power of a cosine over a finite range.
fn area(to: f64, freedom: f64) -> f64 {
    const STEPS: u32 = 400;
    let step = to / f64::from(STEPS);
    let sum: f64 = (0..=STEPS)
        .map(|n| {
            let weight = match n {
                0 | STEPS => 1.0,
                n if n % 2 == 1 => 4.0,
                _ => 2.0,
            };
            weight * (f64::from(n) * step).cos().max(0.0).powf(freedom - 1.0)
        })
        .sum();
    sum * step / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_t_is_that_of_the_tables() {
        for (freedom, expected) in [(1.0, 31.821), (5.0, 3.365), (30.0, 2.457), (1e3, 2.330)] {
            let found = student_t(0.99, freedom);
            assert!((found - expected).abs() < 2e-3, "{freedom}: {found}");
            let above = student_above(found, freedom);
            assert!((above - 0.01).abs() < 1e-6, "{freedom}: {above}");
            let below = student_above(-found, freedom);
            assert!((below - 0.99).abs() < 1e-6, "{freedom}: {below}");
        }
    }

    #[test]
    fn few_images_are_extrapolated_and_many_are_counted() {
        let few: Vec<f32> = (0..20).map(|n| 1.0 + n as f32 * 0.01).collect();
        let proposal = Proposal::of(&few, 0.01);
        assert!(proposal.threshold > 1.2, "{proposal:?}");
        assert_eq!((proposal.rejected, proposal.images_needed), (0, 299));
        let many: Vec<f32> = (0..1_000).map(|n| 1.0 + n as f32 * 0.001).collect();
        let proposal = Proposal::of(&many, 0.01);
        assert!((8..=10).contains(&proposal.rejected), "{proposal:?}");
        assert!((1.98..2.0).contains(&proposal.threshold), "{proposal:?}");
        assert!(proposal.at_most > 0.01 && proposal.at_most < 0.02);
    }

    /// One or two defects among thirty good parts do not lift the threshold above themselves.
    #[test]
    fn odd_pictures_do_not_place_the_threshold() {
        let usual = |count: usize| (0..count).map(|n| -0.9 + n as f32 * 0.06);
        let threshold = |odd: &[f32]| {
            let scores: Vec<f32> = usual(30 - odd.len()).chain(odd.iter().copied()).collect();
            Proposal::of(&scores, 0.02)
        };
        let (none, one, two) = (threshold(&[]), threshold(&[4.0]), threshold(&[4.0, 4.1]));
        assert_eq!((none.rejected, one.rejected, two.rejected), (0, 1, 2));
        // Nor do six among a hundred, of which two may be rejected.
        let mut many: Vec<f32> = (0..94)
            .map(|n| ((n as f32 + 0.5) / 47.0 - 1.0) * 1.2)
            .collect();
        many.extend([4.0, 4.1, 4.2, 4.3, 4.4, 4.5]);
        let many = Proposal::of(&many, 0.02);
        assert!(many.rejected == 6 && many.threshold < 3.0, "{many:?}");
        assert!(two.threshold < none.threshold + 0.5, "{none:?} {two:?}");
        // What may be said of it without assumption counts the odd ones.
        assert!((two.at_most - share_at_most(2, 30)).abs() < 1e-9);
    }

    /// Of 2,000 teachings on normal scores, the share that a new good part is rejected by is about the target where
    /// scores are spread as usual; half and one and a half times as much change it as far as said here.
    #[test]
    fn the_share_rejected_is_the_target_on_average() {
        let mut rng = fastrand::Rng::with_seed(7);
        let mut normal = move || {
            let (a, b) = (1.0 - rng.f64(), rng.f64());
            (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
        };
        for (images, spread, least, most) in [
            (10, 0.55, 0.03, 0.07),
            (40, 0.55, 0.03, 0.07),
            (10, 0.28, 0.0, 0.03),
            (10, 0.82, 0.04, 0.09),
            (40, 0.82, 0.04, 0.08),
        ] {
            let mut rejected = 0;
            for _ in 0..2_000 {
                let mut score = || (spread * normal()) as f32;
                let scores: Vec<f32> = (0..images).map(|_| score()).collect();
                let threshold = Proposal::of(&scores, 0.05).threshold;
                rejected += usize::from(score() >= threshold);
            }
            let share = rejected as f64 / 2_000.0;
            assert!(
                (least..most).contains(&share),
                "{images} images, spread {spread}: {share}"
            );
        }
    }
}
