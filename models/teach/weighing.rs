//! How much each memory counts.

use super::graph::Voice;
use super::memory::Memory;
use crate::network::Array;

/// A memory whose weight is less than this share of the largest is left out.
const SHARE_MIN: f64 = 0.1;
/// Added to the spread of good scores, which a few pictures may underestimate.
const SPREAD_MIN: f64 = 0.02;

/// A memory that was tried, and what it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Weight {
    /// Index of the backbone's level.
    pub level: usize,
    /// Its name.
    pub name: String,
    /// How much the position counts, 0 for not at all.
    pub position_weight: f32,
    /// How far drawn defects stand out: the distance between the mean log scores of defective and good
    /// held-out pictures, in standard deviations of the good ones.
    pub separation: f64,
    /// What it counts in the sum; the weights sum to 1, and 0 is left out.
    pub weight: f32,
    /// The usual distance of good places that were held out.
    pub offset: f32,
    /// How much farther the worst place of a typical good picture is.
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
            offset: 0.0,
            scale: 1.0,
        }
    }

    /// With its memory.
    pub(super) fn voice(&self, memory: Memory) -> Voice {
        Voice {
            memory,
            gain: self.weight / self.scale,
            offset: self.offset,
        }
    }
}

/// The largest value of the weighted sum of maps, at least 0.
pub(super) fn sum_max(weights: &[Weight], maps: &[Array]) -> f32 {
    let cells = maps.first().map_or(0, |map| map.values.len());
    let value = |cell: usize| {
        let terms = weights
            .iter()
            .zip(maps)
            .map(|(weight, map)| weight.weight * (map.values[cell] - weight.offset) / weight.scale);
        terms.sum::<f32>()
    };
    (0..cells).map(value).fold(0.0, f32::max)
}

/// Distance maps of held-out pictures: per memory, the largest and the median cell.
pub(super) struct Trials {
    good: Vec<Vec<(f32, f32)>>,
    bad: Vec<Vec<f32>>,
}

impl Trials {
    pub(super) fn new(memories: usize) -> Self {
        Self {
            good: vec![Vec::new(); memories],
            bad: vec![Vec::new(); memories],
        }
    }

    /// Maps of a good picture, one per memory.
    pub(super) fn good(&mut self, maps: Vec<Array>) {
        for (seen, mut map) in self.good.iter_mut().zip(maps) {
            map.values.sort_by(f32::total_cmp);
            let largest = map.values.last().copied().unwrap_or(0.0);
            seen.push((largest, map.values[map.values.len() / 2]));
        }
    }

    /// Maps of one with a drawn defect.
    pub(super) fn bad(&mut self, maps: Vec<Array>) {
        for (seen, map) in self.bad.iter_mut().zip(maps) {
            seen.push(map.values.iter().copied().fold(0.0, f32::max));
        }
    }

    /// Sets scales and weights.
    pub(super) fn weigh(&self, weights: &mut [Weight]) {
        for ((weight, good), bad) in weights.iter_mut().zip(&self.good).zip(&self.bad) {
            let medians: Vec<f32> = good.iter().map(|(_, median)| *median).collect();
            let largest: Vec<f32> = good.iter().map(|(largest, _)| *largest).collect();
            weight.offset = median(&medians);
            weight.scale = (median(&largest) - weight.offset).max(1e-6);
            let log = |score: &f32| {
                let standard = f64::from((score - weight.offset) / weight.scale);
                standard.max(0.05).ln()
            };
            let good: Vec<f64> = largest.iter().map(log).collect();
            let bad: Vec<f64> = bad.iter().map(log).collect();
            let (mean, spread) = moments(&good);
            weight.separation = (moments(&bad).0 - mean) / (spread + SPREAD_MIN);
        }
        let power = |weight: &Weight| weight.separation.max(0.0).powi(4);
        let largest = weights.iter().map(power).fold(0.0, f64::max);
        let count = weights.len() as f64;
        let mut raw: Vec<f64> = weights.iter().map(power).collect();
        if largest > 0.0 {
            raw.iter_mut()
                .filter(|raw| **raw < largest * SHARE_MIN)
                .for_each(|raw| *raw = 0.0);
        } else {
            // No drawn defect stood out anywhere, so there is nothing to choose by.
            raw.fill(1.0 / count);
        }
        let total: f64 = raw.iter().sum();
        for (weight, raw) in weights.iter_mut().zip(raw) {
            weight.weight = (raw / total) as f32;
        }
    }
}

fn median(values: &[f32]) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / count).sqrt())
}
