//! A memory: descriptions of good places, few enough to be searched, spread so that every good place has a
//! near one.

use super::Size;
use super::projection::Projection;
use fastrand::Rng;
use std::sync::Arc;

/// Descriptions that are looked at when a memory is chosen.
const CANDIDATES_MAX: usize = 10_000;
/// Numbers that are subtracted at once.
const LANES: usize = 16;

/// Which features of the backbone, and where they lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Index of the backbone's level.
    pub level: usize,
    pub channels: usize,
    /// Width and height after pooling.
    pub grid: Size,
    /// Of the pooling.
    pub stride: usize,
}

/// Features of one level of one image: channels × height × width.
pub type Features = Vec<f32>;

/// What is remembered of one level.
#[derive(Clone, Debug)]
pub struct Memory {
    pub place: Place,
    pub projection: Arc<Projection>,
    /// How much the position counts: a place that lies the whole longer side away is this far, where the
    /// root mean square of descriptions is 1.
    pub position_weight: f32,
    /// What is remembered, `length()` numbers each.
    pub bank: Vec<f32>,
}

impl Memory {
    /// Remembers at most `count` of the descriptions of these images.
    pub fn of(
        place: Place,
        position_weight: f32,
        projection: &Arc<Projection>,
        images: &[&Features],
        count: usize,
        rng: &mut Rng,
    ) -> Self {
        let mut memory = Self {
            place,
            projection: Arc::clone(projection),
            position_weight,
            bank: Vec::new(),
        };
        let cells = place.grid.0 * place.grid.1;
        let numbers = projection.numbers;
        let mut picks: Vec<usize> = (0..cells * images.len()).collect();
        if picks.len() > CANDIDATES_MAX {
            rng.shuffle(&mut picks);
            picks.truncate(CANDIDATES_MAX);
        }
        let positions = memory.positions();
        let length = memory.length();
        let stride = length.next_multiple_of(LANES);
        let mut candidates = vec![0.0; picks.len() * stride];
        for (candidate, pick) in candidates.chunks_exact_mut(stride).zip(picks) {
            let (image, cell) = (images[pick / cells], pick % cells);
            projection.project_cell(image, cell, &mut candidate[..numbers]);
            if let Some(positions) = &positions {
                candidate[numbers..][..2].copy_from_slice(&positions[cell]);
            }
        }
        for chosen in k_centre(&candidates, stride, count, rng) {
            let feature = &candidates[chosen * stride..][..length];
            memory.bank.extend_from_slice(feature);
        }
        memory
    }

    /// Numbers of what is remembered of a place.
    pub fn length(&self) -> usize {
        self.projection.numbers + if self.position_weight > 0.0 { 2 } else { 0 }
    }

    /// Row and column of each cell, times the position's weight. None where the position does not count.
    pub fn positions(&self) -> Option<Vec<[f32; 2]>> {
        let (width, height) = self.place.grid;
        let unit = self.position_weight / width.max(height) as f32;
        let cells = (0..height).flat_map(|y| (0..width).map(move |x| [y, x]));
        let weighed = cells.map(|place| place.map(|number| number as f32 * unit));
        (self.position_weight > 0.0).then(|| weighed.collect())
    }
}

/// Greedy k-centre: each next one is the one that is farthest from all chosen ones. (Sener and Savarese
/// 2018, as in PatchCore.) `stride` numbers each, a multiple of `LANES`.
fn k_centre(candidates: &[f32], stride: usize, count: usize, rng: &mut Rng) -> Vec<usize> {
    let total = candidates.len() / stride;
    if total <= count {
        return (0..total).collect();
    }
    let mut nearest = vec![f32::INFINITY; total];
    let mut chosen = Vec::with_capacity(count);
    let mut next = rng.usize(..total);
    while chosen.len() < count {
        chosen.push(next);
        let centre = &candidates[next * stride..][..stride];
        let mut farthest = (0, -1.0);
        let all = candidates.chunks_exact(stride).zip(&mut nearest);
        for (index, (candidate, near)) in all.enumerate() {
            *near = near.min(squared(candidate, centre));
            if *near > farthest.1 {
                farthest = (index, *near);
            }
        }
        next = farthest.0;
    }
    chosen
}

fn squared(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let chunks = a
        .as_chunks::<LANES>()
        .0
        .iter()
        .zip(b.as_chunks::<LANES>().0);
    for (a, b) in chunks {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += (a - b) * (a - b);
        }
    }
    lanes.iter().sum()
}
