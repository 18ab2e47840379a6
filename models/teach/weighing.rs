//! How much each memory counts.
//!
//! Memories are fused late, as classifiers' scores are (Kittler et al. 1998): each tells by the largest value of its
//! map how unusual a picture is; the logarithm of that is told in standard deviations of held-out good pictures, and
//! the weighted mean of these is the picture's score. A sum of the maps would drown the one that sees the defect.

use super::graph::Detector;
use super::memory::Memory;
use std::collections::HashSet;

/// A memory by which defects stand out less than this share of what they do by the best one is left out.
const SHARE_MIN: f64 = 0.1;
/// Added to the standard deviation of the logarithms of good pictures, which a few of them may underestimate.
const SPREAD_MIN: f64 = 0.05;
/// A defect that stands out by more standard deviations than this is found anyway and counts no more.
const STANDS_OUT_MAX: f64 = 6.0;
/// Smallest value of a map whose logarithm is taken, where the mean square of descriptions is 1: below it is rounding.
pub(super) const VALUE_MIN: f32 = 1e-3;
/// Least that a memory says of a picture or a place, in standard deviations of good pictures: one that sees nothing at
/// all does not hide what the others see.
pub(super) const TOLD_MIN: f32 = -3.0;

/// A memory that was tried, and what it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Weight {
    /// Index of the backbone's level.
    pub level: usize,
    /// What the backbone calls that level.
    pub name: String,
    /// How much the position counts, 0 for not at all.
    pub position_weight: f32,
    /// How far defects stand out on average: by how many standard deviations of good held-out pictures a
    /// picture's score is above the mean of those.
    pub separation: f64,
    /// What it counts in the mean; the weights sum to 1, and 0 is left out.
    pub weight: f32,
    /// Mean of the logarithms of what good pictures score that were held out.
    pub centre: f32,
    /// Their standard deviation.
    pub scale: f32,
}

impl Weight {
    /// Not tried yet.
    pub(super) fn untried(level: usize, name: &str, position_weight: f32) -> Self {
        Self {
            level,
            name: name.to_owned(),
            position_weight,
            separation: 0.0,
            weight: 0.0,
            centre: 0.0,
            scale: 1.0,
        }
    }

    /// With its memory.
    pub(super) fn detector(&self, memory: Memory) -> Detector {
        Detector {
            memory,
            centre: self.centre,
            scale: self.scale,
            weight: self.weight,
        }
    }
}

/// Of one picture, the logarithm of the largest value of each memory's map.
pub(super) type Scores = Vec<f32>;

fn fused(weights: &[Weight], scores: &Scores) -> f32 {
    let told = weights.iter().zip(scores).filter(|(w, _)| w.weight > 0.0);
    told.map(|(w, score)| w.weight * ((score - w.centre) / w.scale).max(TOLD_MIN))
        .sum()
}

/// What memories said of pictures that they had not seen.
pub(super) struct Trials {
    good: Vec<Scores>,
    /// Of every drawn defect, the good picture it was drawn into.
    drawn: Vec<(usize, Scores)>,
    bad: Vec<Scores>,
}

impl Trials {
    pub(super) fn new(good: usize, bad: usize) -> Self {
        Self {
            good: vec![Vec::new(); good],
            drawn: Vec::new(),
            bad: vec![Vec::new(); bad],
        }
    }

    pub(super) fn good(&mut self, picture: usize, scores: Scores) {
        self.good[picture] = scores;
    }

    /// Of a good picture with a defect drawn into it.
    pub(super) fn drawn(&mut self, picture: usize, scores: Scores) {
        self.drawn.push((picture, scores));
    }

    /// Of a reviewed defect.
    pub(super) fn bad(&mut self, picture: usize, scores: Scores) {
        self.bad[picture] = scores;
    }

    pub(super) fn good_scores(&self, weights: &[Weight], of: &[usize]) -> Vec<f32> {
        let scores = of.iter().map(|picture| &self.good[*picture]);
        scores.map(|scores| fused(weights, scores)).collect()
    }

    pub(super) fn bad_scores(&self, weights: &[Weight], of: &[usize]) -> Vec<f32> {
        let scores = of.iter().map(|picture| &self.bad[*picture]);
        scores.map(|scores| fused(weights, scores)).collect()
    }

    /// Of the defects drawn into these good pictures.
    pub(super) fn drawn_scores(&self, weights: &[Weight], good: &[usize]) -> Vec<f32> {
        let drawn = self.drawn.iter().filter(|(of, _)| good.contains(of));
        drawn.map(|(_, scores)| fused(weights, scores)).collect()
    }

    /// Sets centres, scales and weights by these good pictures and the defects drawn into them.
    pub(super) fn weigh(&self, weights: &mut [Weight], good: &[usize]) {
        let seen: HashSet<usize> = good.iter().copied().collect();
        for (n, weight) in weights.iter_mut().enumerate() {
            let good = good.iter().map(|picture| f64::from(self.good[*picture][n]));
            let (centre, spread) = mean_and_spread(good);
            let scale = spread + SPREAD_MIN;
            (weight.centre, weight.scale) = (centre as f32, scale as f32);
            let above = |scores: &Scores| {
                ((f64::from(scores[n]) - centre) / scale).clamp(0.0, STANDS_OUT_MAX)
            };
            let drawn = self.drawn.iter().filter(|(of, _)| seen.contains(of));
            let drawn = mean(drawn.map(|(_, scores)| above(scores)));
            weight.separation = drawn.unwrap_or(0.0);
        }
        // From few pictures, how far drawn defects stand out says that a memory sees nothing, but not which of two
        // that see something is the better.
        let largest = weights.iter().map(|w| w.separation).fold(0.0, f64::max);
        let is_used = |weight: &Weight| weight.separation >= largest * SHARE_MIN;
        let used = weights.iter().filter(|weight| is_used(weight)).count();
        for weight in weights {
            weight.weight = if is_used(weight) {
                1.0 / used as f32
            } else {
                0.0
            };
        }
    }
}

/// None of none.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / f64::from(count))
}

pub(super) fn mean_and_spread(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count();
    let mean = mean(values.clone()).unwrap_or(0.0);
    let squares = values.map(|value| (value - mean).powi(2)).sum::<f64>();
    (
        mean,
        (squares / count.saturating_sub(1).max(1) as f64).sqrt(),
    )
}
