//! A memory: features of good parts, few enough to be searched, spread so that every good place has a
//! near one.

use super::Size;
use fastrand::Rng;

/// Features that are looked at when a memory is chosen.
const CANDIDATES_MAX: usize = 10_000;
/// Numbers that a feature is projected to while a memory is chosen; distances hold to a tenth or so.
const PROJECTED: usize = 64;

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
    /// How much the position counts: a feature that lies the whole longer side away is this far.
    pub position_weight: f32,
    /// Of each channel over the good images.
    pub mean: Vec<f32>,
    pub scale: Vec<f32>,
    /// Remembered features, `length()` numbers each.
    pub bank: Vec<f32>,
}

impl Memory {
    /// Remembers at most `count` features of these images.
    pub fn of(
        place: Place,
        position_weight: f32,
        images: &[&Features],
        count: usize,
        rng: &mut Rng,
    ) -> Self {
        let (mean, scale) = scales(place, images);
        let bank = Vec::new();
        let mut memory = Self {
            place,
            position_weight,
            mean,
            scale,
            bank,
        };
        let cells = place.grid.0 * place.grid.1;
        let mut picks: Vec<usize> = (0..cells * images.len()).collect();
        if picks.len() > CANDIDATES_MAX {
            rng.shuffle(&mut picks);
            picks.truncate(CANDIDATES_MAX);
        }
        let positions = memory.positions();
        let mut candidates = Vec::with_capacity(picks.len() * memory.length());
        for pick in picks {
            let (image, cell) = (images[pick / cells], pick % cells);
            for channel in 0..place.channels {
                let value = image[channel * cells + cell] - memory.mean[channel];
                candidates.push(value * memory.scale[channel]);
            }
            if let Some(positions) = &positions {
                candidates.extend([positions[cell], positions[cells + cell]]);
            }
        }
        let length = memory.length();
        for chosen in k_centre(&candidates, length, count, rng) {
            memory
                .bank
                .extend_from_slice(&candidates[chosen * length..][..length]);
        }
        memory
    }

    /// Numbers of a remembered feature.
    pub fn length(&self) -> usize {
        self.place.channels + if self.position_weight > 0.0 { 2 } else { 0 }
    }

    /// Rows and columns of the cells, times the position's weight: 2 × height × width. None where the
    /// position does not count.
    pub fn positions(&self) -> Option<Vec<f32>> {
        let (width, height) = self.place.grid;
        let unit = self.position_weight / width.max(height) as f32;
        let cells = || (0..height).flat_map(move |y| (0..width).map(move |x| (x, y)));
        let rows = cells().map(|(_, y)| y as f32 * unit);
        let columns = cells().map(|(x, _)| x as f32 * unit);
        (self.position_weight > 0.0).then(|| rows.chain(columns).collect())
    }
}

/// Mean of each channel, and what it is multiplied with: halfway between giving every channel the same
/// weight and leaving them as they are, and such that a distance does not grow with their number.
fn scales(place: Place, images: &[&Features]) -> (Vec<f32>, Vec<f32>) {
    let cells = place.grid.0 * place.grid.1;
    let count = (cells * images.len()) as f64;
    let moments = (0..place.channels).map(|channel| {
        let (mut sum, mut squares) = (0.0f64, 0.0f64);
        for image in images {
            for value in &image[channel * cells..][..cells] {
                sum += f64::from(*value);
                squares += f64::from(*value) * f64::from(*value);
            }
        }
        let mean = sum / count;
        (mean, (squares / count - mean * mean).max(0.0).sqrt())
    });
    let (means, spreads): (Vec<f64>, Vec<f64>) = moments.unzip();
    let typical = spreads.iter().sum::<f64>() / spreads.len() as f64;
    let root = (place.channels as f64).sqrt();
    let scale =
        |spread: &f64| 1.0 / ((spread.max(typical * 1e-3) * typical).sqrt().max(1e-9) * root);
    (
        means.iter().map(|mean| *mean as f32).collect(),
        spreads.iter().map(|spread| scale(spread) as f32).collect(),
    )
}

/// Greedy k-centre: each next one is the feature that is farthest from all chosen ones. Distances are
/// taken between random projections. (Sener and Savarese 2018, as in PatchCore.)
fn k_centre(features: &[f32], length: usize, count: usize, rng: &mut Rng) -> Vec<usize> {
    let total = features.len() / length;
    if total <= count {
        return (0..total).collect();
    }
    let projected = projections(features, length, rng);
    let mut nearest = vec![f32::INFINITY; total];
    let mut chosen = Vec::with_capacity(count);
    let mut next = rng.usize(..total);
    while chosen.len() < count {
        chosen.push(next);
        let centre = projected[next];
        let mut farthest = (0, -1.0);
        for (index, (feature, near)) in projected.iter().zip(&mut nearest).enumerate() {
            let distance = squared(feature, &centre);
            *near = near.min(distance);
            if *near > farthest.1 {
                farthest = (index, *near);
            }
        }
        next = farthest.0;
    }
    chosen
}

fn projections(features: &[f32], length: usize, rng: &mut Rng) -> Vec<[f32; PROJECTED]> {
    // Signs do as well as a Gaussian (Achlioptas 2003).
    let signs: Vec<[f32; PROJECTED]> = (0..length)
        .map(|_| std::array::from_fn(|_| if rng.bool() { 1.0 } else { -1.0 }))
        .collect();
    let project = |feature: &[f32]| {
        let mut sum = [0.0f32; PROJECTED];
        for (value, signs) in feature.iter().zip(&signs) {
            for (sum, sign) in sum.iter_mut().zip(signs) {
                *sum += value * sign;
            }
        }
        sum
    };
    features.chunks_exact(length).map(project).collect()
}

fn squared(a: &[f32; PROJECTED], b: &[f32; PROJECTED]) -> f32 {
    let mut lanes = [0.0f32; 16];
    for (a, b) in a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += (a - b) * (a - b);
        }
    }
    lanes.iter().sum()
}
