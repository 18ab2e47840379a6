//! What held-out scores of good parts allow to say of a threshold.

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

/// Confidence of every bound given.
pub const CONFIDENCE: f64 = 0.95;

/// Standard deviation of the logarithms of good parts' scores that is usual: the root mean square of six sets of
/// parts and two backbones (`docs/design/teaching.md`).
const SPREAD_USUAL: f64 = 0.28;
/// What is usual counts as much as so many scores more. Of the six sets, standard deviations differ from each other
/// as if told from 12 to 20 scores; six catch as many defects and are safer where a part is unlike them.
const FREEDOM_USUAL: f64 = 6.0;

impl Proposal {
    /// From at least two held-out scores above 0 and a target above 0 and below 1.
    ///
    /// With enough images the threshold lies just above the largest score that may be passed. With fewer
    /// than `1 / target`, where no score stands for so small a share, it is the prediction limit of a
    /// log-normal score (Student's t) whose spread is told from these scores and from what is usual
    /// (`SPREAD_USUAL`), and never at or below the second largest score: one picture may be a mistake or an odd one,
    /// two are a kind of part.
    pub fn of(scores: &[f32], target: f64) -> Self {
        Self::between(scores, &[], target)
    }

    /// As [`of`](Self::of), and with held-out scores of reviewed defects: where all of these lie above the
    /// good ones that may be passed, the threshold lies halfway between them, on the scale of logarithms.
    pub fn between(good: &[f32], bad: &[f32], target: f64) -> Self {
        let mut sorted: Vec<f64> = good
            .iter()
            .map(|score| f64::from(score.max(1e-6)))
            .collect();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let count = sorted.len();
        let lowest = bad.iter().copied().reduce(f32::min).map(f64::from);
        let may_reject = (target * count as f64).floor() as usize;
        let above = |place: usize| sorted.get(place).copied().unwrap_or(0.0) * 1.001;
        let seen = above(may_reject);
        let logs: Vec<f64> = sorted.iter().map(|score| score.ln()).collect();
        let mean = logs.iter().sum::<f64>() / count as f64;
        let squares: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
        // The moderated t of Smyth (2004): from few scores alone the spread is so uncertain that the limit would
        // have to lie far above all of them.
        let freedom = count.saturating_sub(1) as f64 + FREEDOM_USUAL;
        let usual = FREEDOM_USUAL * SPREAD_USUAL.powi(2);
        let spread = ((squares + usual) / freedom).sqrt();
        let widened = spread * (1.0 + 1.0 / count as f64).sqrt();
        let predicted = (mean + student_t(1.0 - target, freedom) * widened).exp();
        let threshold = match lowest {
            Some(lowest) if lowest > seen => (seen * lowest).sqrt(),
            _ if may_reject >= 1 => seen,
            _ => predicted.max(above(1)),
        };
        let rejected = sorted.iter().filter(|score| **score >= threshold).count();
        Self {
            threshold: threshold as f32,
            target,
            images: count,
            rejected,
            at_most: share_at_most(rejected, count),
            images_needed: images_needed(target),
        }
    }
}

/// The largest share that would still give at most `events` in `trials` with a chance of 5 %.
pub fn share_at_most(events: usize, trials: usize) -> f64 {
    if events >= trials {
        return 1.0;
    }
    let chance = |share: f64| {
        let mut term = (1.0 - share).powi(trials as i32);
        let mut sum = term;
        for k in 0..events {
            term *= (trials - k) as f64 / (k + 1) as f64 * share / (1.0 - share);
            sum += term;
        }
        sum
    };
    bisect(0.0, 1.0, |share| chance(share) > 1.0 - CONFIDENCE)
}

/// Images without an event that show a share of at most `share`.
pub fn images_needed(share: f64) -> usize {
    ((1.0 - CONFIDENCE).ln() / (1.0 - share).ln()).ceil() as usize
}

/// Quantile of Student's distribution.
pub fn student_t(probability: f64, freedom: f64) -> f64 {
    // The integral of the density from 0, by Simpson's rule after t = √ν · tan θ, where it is a power of
    // a cosine over a finite range.
    let half = std::f64::consts::FRAC_PI_2;
    let area = |to: f64| {
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
    };
    let whole = area(half);
    let wanted = probability - 0.5;
    let angle = bisect(0.0, half, |angle| area(angle) / whole * 0.5 < wanted);
    freedom.sqrt() * angle.tan()
}

/// Where `is_below` turns from true to false.
fn bisect(mut low: f64, mut high: f64, is_below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if is_below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_tables() {
        // Clopper-Pearson, one-sided 95 %: 1 - 0.05^(1/n) without an event.
        assert!((share_at_most(0, 20) - 0.1391).abs() < 1e-4);
        assert!((share_at_most(0, 60) - 0.0487).abs() < 1e-4);
        // R: qbeta(0.95, 2, 29) and qbeta(0.95, 4, 97).
        assert!(
            (share_at_most(1, 30) - 0.14859).abs() < 1e-4,
            "{}",
            share_at_most(1, 30)
        );
        assert!(
            (share_at_most(3, 100) - 0.07571).abs() < 1e-4,
            "{}",
            share_at_most(3, 100)
        );
        assert_eq!(share_at_most(5, 5), 1.0);
        assert_eq!((images_needed(0.05), images_needed(0.01)), (59, 299));
    }

    #[test]
    fn student_t_is_that_of_the_tables() {
        for (freedom, expected) in [(1.0, 31.821), (5.0, 3.365), (30.0, 2.457), (1e3, 2.330)] {
            let found = student_t(0.99, freedom);
            assert!((found - expected).abs() < 2e-3, "{freedom}: {found}");
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

    #[test]
    fn reviewed_defects_place_the_threshold_only_where_they_lie_above_the_good_parts() {
        let good: Vec<f32> = (0..20).map(|n| 1.0 + n as f32 * 0.05).collect();
        let apart = Proposal::between(&good, &[3.0, 5.0, 9.0], 0.01);
        assert!(
            (apart.threshold - (1.95f32 * 1.001 * 3.0).sqrt()).abs() < 1e-4,
            "{apart:?}"
        );
        let mixed = Proposal::between(&good, &[1.5, 5.0, 9.0], 0.01);
        assert_eq!(mixed, Proposal::of(&good, 0.01));
    }

    #[test]
    fn one_odd_picture_does_not_place_the_threshold_and_two_do() {
        let usual = |count: usize| (0..count).map(|n| 1.0 + n as f32 * 0.02);
        let threshold = |odd: &[f32]| {
            let scores: Vec<f32> = usual(24 - odd.len()).chain(odd.iter().copied()).collect();
            Proposal::of(&scores, 0.01)
        };
        let (none, one, two) = (threshold(&[]), threshold(&[4.0]), threshold(&[4.0, 4.1]));
        assert_eq!((none.rejected, one.rejected, two.rejected), (0, 1, 1));
        assert!(one.threshold < 3.0, "{one:?}");
        assert!(two.threshold > 4.0, "{two:?}");
        // What may be said of it without assumption counts the odd one.
        assert!((one.at_most - share_at_most(1, 24)).abs() < 1e-9);
    }

    /// Of 2,000 teachings on log-normal scores, the share that a new good part is rejected by is about the target
    /// where scores are spread as usual; half and one and a half times as much change it as far as said here.
    #[test]
    fn the_share_rejected_is_the_target_on_average() {
        let mut rng = fastrand::Rng::with_seed(7);
        let mut normal = move || {
            let (a, b) = (1.0 - rng.f64(), rng.f64());
            (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
        };
        for (images, spread, least, most) in [
            (10, 0.28, 0.02, 0.07),
            (40, 0.28, 0.02, 0.07),
            (10, 0.14, 0.0, 0.02),
            (10, 0.42, 0.05, 0.10),
            (40, 0.42, 0.04, 0.08),
        ] {
            let mut rejected = 0;
            for _ in 0..2_000 {
                let mut score = || (spread * normal()).exp() as f32;
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
