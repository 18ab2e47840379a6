//! How much each memory counts.

use super::graph::Voice;
use super::memory::Memory;
use std::collections::HashSet;

/// A memory whose weight is less than this share of the largest is left out.
const SHARE_MIN: f64 = 0.1;
/// Share of the typical score that is added to the spread of good scores, which a few pictures may
/// underestimate.
const SPREAD_MIN: f64 = 0.05;
/// A defect that stands out by more standard deviations than this is found anyway and counts no more.
const STANDS_OUT_MAX: f64 = 6.0;

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
    /// picture's largest score is above the median of those.
    pub separation: f64,
    /// What it counts in the sum; the weights sum to 1, and 0 is left out.
    pub weight: f32,
    /// Standard deviation of the scores of good places that were held out.
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
            scale: 1.0,
        }
    }

    /// With its memory.
    pub(super) fn voice(&self, memory: Memory) -> Voice {
        Voice {
            memory,
            gain: self.weight / self.scale,
        }
    }
}

/// Scores of the cells of one picture.
pub(super) type Map = Vec<f32>;

/// The largest value of the weighted sum of one picture's maps, at least 0.
fn largest_sum(weights: &[Weight], maps: &[Map]) -> f32 {
    let cells = maps.first().map_or(0, Vec::len);
    let mut sums = vec![0.0; cells];
    for (weight, map) in weights.iter().zip(maps).filter(|(w, _)| w.weight > 0.0) {
        let gain = weight.weight / weight.scale;
        let values = sums.iter_mut().zip(map);
        values.for_each(|(sum, value)| *sum += gain * value);
    }
    sums.into_iter().fold(0.0, f32::max)
}

/// What memories said of pictures that they had not seen. A picture has one map per memory.
pub(super) struct Trials {
    good: Vec<Vec<Map>>,
    /// Of every drawn defect, the good picture it was drawn into and the largest value of each map.
    drawn: Vec<(usize, Vec<f32>)>,
    bad: Vec<Vec<Map>>,
}

impl Trials {
    pub(super) fn new(good: usize, bad: usize) -> Self {
        Self {
            good: vec![Vec::new(); good],
            drawn: Vec::new(),
            bad: vec![Vec::new(); bad],
        }
    }

    pub(super) fn good(&mut self, picture: usize, maps: Vec<Map>) {
        self.good[picture] = maps;
    }

    /// Maps of a good picture with a defect drawn into it.
    pub(super) fn drawn(&mut self, picture: usize, maps: &[Map]) {
        self.drawn
            .push((picture, maps.iter().map(|map| largest(map)).collect()));
    }

    /// Maps of a reviewed defect.
    pub(super) fn bad(&mut self, picture: usize, maps: Vec<Map>) {
        self.bad[picture] = maps;
    }

    pub(super) fn good_scores(&self, weights: &[Weight], of: &[usize]) -> Vec<f32> {
        of.iter()
            .map(|picture| largest_sum(weights, &self.good[*picture]))
            .collect()
    }

    pub(super) fn bad_scores(&self, weights: &[Weight], of: &[usize]) -> Vec<f32> {
        of.iter()
            .map(|picture| largest_sum(weights, &self.bad[*picture]))
            .collect()
    }

    /// Sets scales and weights by these good pictures, the defects drawn into them, and these reviewed
    /// ones: what stands out is the mean of what drawn and reviewed ones do.
    pub(super) fn weigh(&self, weights: &mut [Weight], good: &[usize], bad: &[usize]) {
        let seen: HashSet<usize> = good.iter().copied().collect();
        for (n, weight) in weights.iter_mut().enumerate() {
            let cells = || good.iter().flat_map(|picture| &self.good[*picture][n]);
            weight.scale = spread(cells().map(|value| f64::from(*value))).max(1e-6) as f32;
            let good: Vec<f64> = good
                .iter()
                .map(|picture| f64::from(largest(&self.good[*picture][n])))
                .collect();
            let drawn = self.drawn.iter().filter(|(of, _)| seen.contains(of));
            let drawn = stands_out(&good, drawn.map(|(_, largest)| f64::from(largest[n])));
            let bad = bad
                .iter()
                .map(|picture| f64::from(largest(&self.bad[*picture][n])));
            let bad = stands_out(&good, bad);
            let both: Vec<f64> = [drawn, bad].into_iter().flatten().collect();
            weight.separation = both.iter().sum::<f64>() / both.len().max(1) as f64;
        }
        // Not a higher power of it: from few pictures, how far drawn defects stand out says that a memory is
        // useless, but hardly which of two good ones is the better.
        let mut raw: Vec<f64> = weights.iter().map(|weight| weight.separation).collect();
        let largest = raw.iter().copied().fold(0.0, f64::max);
        let count = weights.len() as f64;
        if largest > 0.0 {
            raw.iter_mut()
                .filter(|raw| **raw < largest * SHARE_MIN)
                .for_each(|raw| *raw = 0.0);
        } else {
            // No defect stood out anywhere, so there is nothing to choose by.
            raw.fill(1.0 / count);
        }
        let total: f64 = raw.iter().sum();
        for (weight, raw) in weights.iter_mut().zip(raw) {
            weight.weight = (raw / total) as f32;
        }
    }
}

/// Mean number of standard deviations that these are above the typical good one; none without any.
fn stands_out(good: &[f64], bad: impl Iterator<Item = f64>) -> Option<f64> {
    let typical = median(good);
    let spread = spread(good.iter().copied()) + SPREAD_MIN * typical.abs() + 1e-9;
    let above: Vec<f64> = bad
        .map(|score| ((score - typical) / spread).clamp(0.0, STANDS_OUT_MAX))
        .collect();
    (!above.is_empty()).then(|| above.iter().sum::<f64>() / above.len() as f64)
}

fn largest(map: &[f32]) -> f32 {
    map.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

fn spread(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count();
    let mean = values.clone().sum::<f64>() / count.max(1) as f64;
    let squares = values.map(|value| (value - mean).powi(2)).sum::<f64>();
    (squares / count.saturating_sub(1).max(1) as f64).sqrt()
}
