//! How well scores tell good from bad parts.

use fastrand::Rng;

/// A figure and the range that holds it in 95 of 100 resamplings of the images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// On all images.
    pub value: f64,
    /// 2.5 % and 97.5 % of the bootstrap.
    pub interval: (f64, f64),
}

const RESAMPLINGS: usize = 1_000;

impl Figure {
    /// `of` (good scores, bad scores), and how far it would differ on other images of the same kind.
    pub fn of(good: &[f32], bad: &[f32], seed: u64, of: impl Fn(&[f32], &[f32]) -> f64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut drawn = |from: &[f32]| -> Vec<f32> {
            (0..from.len())
                .map(|_| from[rng.usize(..from.len())])
                .collect()
        };
        let mut values: Vec<f64> = (0..RESAMPLINGS)
            .map(|_| {
                let (good, bad) = (drawn(good), drawn(bad));
                of(&good, &bad)
            })
            .collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[(share * (RESAMPLINGS - 1) as f64).round() as usize];
        Self {
            value: of(good, bad),
            interval: (at(0.025), at(0.975)),
        }
    }
}

/// The chance that a bad part scores higher than a good one, ties counting half: the area under the ROC
/// curve. Not a number when either is empty.
pub fn auroc(good: &[f32], bad: &[f32]) -> f64 {
    let mut scores: Vec<(f32, bool)> = good.iter().map(|score| (*score, false)).collect();
    scores.extend(bad.iter().map(|score| (*score, true)));
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut pairs, mut at) = (0.0, 0.0, 0);
    while at < scores.len() {
        let same = scores[at..]
            .iter()
            .take_while(|other| other.0 == scores[at].0)
            .count();
        let bad_here = scores[at..at + same].iter().filter(|score| score.1).count() as f64;
        let good_here = same as f64 - bad_here;
        pairs += bad_here * (below + good_here / 2.0);
        below += good_here;
        at += same;
    }
    pairs / (good.len() as f64 * bad.len() as f64)
}

/// Share of bad parts above the threshold that at most this share of good parts exceeds.
pub fn recall_at(good: &[f32], bad: &[f32], false_rejects: f64) -> f64 {
    let mut sorted = good.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let allowed = (false_rejects * good.len() as f64).floor() as usize;
    let threshold = sorted.get(allowed).copied().unwrap_or(f32::NEG_INFINITY);
    let caught = bad.iter().filter(|score| **score > threshold).count();
    caught as f64 / bad.len() as f64
}

/// Counts of pixels by score, for an AUROC over millions of them.
#[derive(Clone, Debug)]
pub struct PixelScores {
    good: Vec<u64>,
    bad: Vec<u64>,
}

impl Default for PixelScores {
    fn default() -> Self {
        Self {
            good: vec![0; Self::LEVELS + 1],
            bad: vec![0; Self::LEVELS + 1],
        }
    }
}

impl PixelScores {
    /// Scores are rounded to this many steps.
    const LEVELS: usize = 1 << 16;

    /// Counts a pixel.
    pub fn add(&mut self, score: f32, is_bad: bool) {
        let level = (score.clamp(0.0, 1.0) * Self::LEVELS as f32) as usize;
        let counts = if is_bad {
            &mut self.bad
        } else {
            &mut self.good
        };
        counts[level] += 1;
    }

    /// The area under the ROC curve; none when there are no bad or no good pixels.
    pub fn auroc(&self) -> Option<f64> {
        let (mut below, mut pairs) = (0.0, 0.0);
        for (good, bad) in self.good.iter().zip(&self.bad) {
            pairs += *bad as f64 * (below + *good as f64 / 2.0);
            below += *good as f64;
        }
        let all_bad: u64 = self.bad.iter().sum();
        (below > 0.0 && all_bad > 0).then(|| pairs / below / all_bad as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_worked_out_by_hand() {
        let (good, bad) = ([0.1, 0.2, 0.3, 0.4], [0.25, 0.4, 0.9]);
        // Of 12 pairs: 2 + 3.5 + 4.
        assert!((auroc(&good, &bad) - 9.5 / 12.0).abs() < 1e-12);
        assert!((recall_at(&good, &bad, 0.01) - 1.0 / 3.0).abs() < 1e-12);
        assert!((recall_at(&good, &bad, 0.25) - 2.0 / 3.0).abs() < 1e-12);
        assert!(auroc(&[], &bad).is_nan());
        let mut pixels = PixelScores::default();
        assert_eq!(pixels.auroc(), None);
        good.iter().for_each(|score| pixels.add(*score, false));
        bad.iter().for_each(|score| pixels.add(*score, true));
        assert!((pixels.auroc().unwrap() - 9.5 / 12.0).abs() < 1e-12);
    }

    #[test]
    fn an_interval_holds_its_figure_and_narrows_with_images() {
        let mut rng = Rng::with_seed(3);
        let mut scores =
            |n: usize, by: f32| -> Vec<f32> { (0..n).map(|_| rng.f32() + by).collect() };
        let few = Figure::of(&scores(20, 0.0), &scores(20, 0.3), 1, auroc);
        let many = Figure::of(&scores(500, 0.0), &scores(500, 0.3), 1, auroc);
        for figure in [few, many] {
            assert!(figure.interval.0 <= figure.value && figure.value <= figure.interval.1);
        }
        let width = |figure: Figure| figure.interval.1 - figure.interval.0;
        assert!(width(many) * 3.0 < width(few), "{few:?} {many:?}");
        // 1 - 0.7² / 2, worked out for two uniform scores 0.3 apart.
        assert!((many.value - 0.755).abs() < 0.03, "{many:?}");
    }
}
