//! How much each memory counts.

use super::graph::Voice;
use super::memory::Memory;
use crate::network::Array;

/// A memory whose weight is less than this share of the largest is left out.
const SHARE_MIN: f64 = 0.1;
/// Added to the spread of good scores, which a few pictures may underestimate.
const SPREAD_MIN: f64 = 0.05;
/// A defect that raises the logarithm by more than this is found anyway and counts no more.
const RISE_MAX: f64 = 0.5;

/// A memory that was tried, and what it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Weight {
    /// Index of the backbone's level.
    pub level: usize,
    /// Its name.
    pub name: String,
    /// How much the position counts, 0 for not at all.
    pub position_weight: f32,
    /// How far drawn defects stand out: by how much they raise the logarithm of their picture's largest
    /// distance on average, in standard deviations of the good held-out pictures.
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

/// Distance maps of held-out pictures: per memory and good picture, the largest and the median cell; and
/// per picture with a drawn defect, the largest cell over that of the good picture.
pub(super) struct Trials {
    good: Vec<Vec<(f32, f32)>>,
    raised: Vec<Vec<f64>>,
}

impl Trials {
    pub(super) fn new(memories: usize) -> Self {
        Self {
            good: vec![Vec::new(); memories],
            raised: vec![Vec::new(); memories],
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

    /// Maps of the last good picture with a defect drawn into it.
    pub(super) fn bad(&mut self, maps: &[Array]) {
        for ((seen, good), map) in self.raised.iter_mut().zip(&self.good).zip(maps) {
            let largest = map.values.iter().copied().fold(0.0, f32::max);
            let before = good.last().map_or(0.0, |(largest, _)| *largest);
            seen.push((log(largest) - log(before)).clamp(0.0, RISE_MAX));
        }
    }

    /// Sets scales and weights.
    pub(super) fn weigh(&self, weights: &mut [Weight]) {
        for ((weight, good), raised) in weights.iter_mut().zip(&self.good).zip(&self.raised) {
            weight.offset = median(good.iter().map(|(_, median)| *median));
            let typical = median(good.iter().map(|(largest, _)| *largest));
            weight.scale = (typical - weight.offset).max(1e-6);
            let spread = spread(good.iter().map(|(largest, _)| log(*largest)));
            let mean = raised.iter().sum::<f64>() / raised.len().max(1) as f64;
            weight.separation = mean / (spread + SPREAD_MIN);
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

fn log(distance: f32) -> f64 {
    f64::from(distance.max(1e-6)).ln()
}

fn median(values: impl Iterator<Item = f32>) -> f32 {
    let mut sorted: Vec<f32> = values.collect();
    sorted.sort_by(f32::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

fn spread(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / count;
    (values.map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt()
}
