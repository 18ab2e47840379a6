//! Shorter descriptions: the features of a level along the few directions in which good parts differ most.

use super::memory::{Features, Place};
use fastrand::Rng;

/// Numbers of a description; of the tried networks' features, 64 keep 95 % and more of the variance.
const NUMBERS: usize = 64;
/// Features that the directions are found from.
const SAMPLES_MAX: usize = 4_000;
/// Subspace iterations; only the space that the directions span matters, which settles quickly.
const ITERATIONS: usize = 12;

/// `axes · x + offset`, of which the mean over good parts is 0 and the mean square 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    pub channels: usize,
    /// Numbers that come out.
    pub numbers: usize,
    /// numbers × channels.
    pub axes: Vec<f32>,
    pub offset: Vec<f32>,
}

impl Projection {
    /// Principal axes of these images' features (Halko, Martinsson and Tropp 2011, algorithm 4.4).
    pub fn of(place: Place, images: &[&Features]) -> Self {
        let channels = place.channels;
        let mean = means(place, images);
        let mut rng = Rng::with_seed(1);
        let samples = samples(place, images, &mean, &mut rng);
        let count = (samples.len() / channels).max(1);
        let squares: f32 = samples.iter().map(|value| value * value).sum();
        let unit = 1.0 / (squares / count as f32).sqrt().max(1e-9);
        let numbers = NUMBERS.min(channels);
        let mut axes = if numbers == channels {
            let one = |at: usize| f32::from(u8::from(at.is_multiple_of(channels + 1)));
            (0..channels * channels).map(one).collect()
        } else {
            principal(&covariance(&samples, channels), channels, numbers, &mut rng)
        };
        axes.iter_mut().for_each(|value| *value *= unit);
        let offset = axes
            .chunks_exact(channels)
            .map(|axis| -dot(axis, &mean))
            .collect();
        Self {
            channels,
            numbers,
            axes,
            offset,
        }
    }

    /// The description of one of an image's cells, as [`project`](Self::project) gives it.
    pub fn project_cell(&self, features: &Features, cell: usize, to: &mut [f32]) {
        let cells = features.len() / self.channels;
        let axes = self.axes.chunks_exact(self.channels);
        for ((number, axis), offset) in to.iter_mut().zip(axes).zip(&self.offset) {
            *number = *offset;
            for (weight, plane) in axis.iter().zip(features.chunks_exact(cells)) {
                *number += weight * plane[cell];
            }
        }
    }

    /// The descriptions of an image's cells, one after the other.
    pub fn project(&self, features: &Features) -> Vec<f32> {
        let cells = features.len() / self.channels;
        let mut found = vec![0.0; cells * self.numbers];
        let mut row = vec![0.0; cells];
        let axes = self.axes.chunks_exact(self.channels);
        for (number, (axis, offset)) in axes.zip(&self.offset).enumerate() {
            row.fill(*offset);
            for (weight, plane) in axis.iter().zip(features.chunks_exact(cells)) {
                let sums = row.iter_mut().zip(plane);
                sums.for_each(|(sum, value)| *sum += weight * value);
            }
            for (cell, value) in row.iter().enumerate() {
                found[cell * self.numbers + number] = *value;
            }
        }
        found
    }
}

/// Mean of each channel.
fn means(place: Place, images: &[&Features]) -> Vec<f32> {
    let cells = place.grid.0 * place.grid.1;
    let count = (cells * images.len()) as f64;
    let of_channel = |channel: usize| {
        let values = images
            .iter()
            .flat_map(|image| &image[channel * cells..][..cells]);
        (values.map(|value| f64::from(*value)).sum::<f64>() / count) as f32
    };
    (0..place.channels).map(of_channel).collect()
}

fn samples(place: Place, images: &[&Features], mean: &[f32], rng: &mut Rng) -> Vec<f32> {
    let cells = place.grid.0 * place.grid.1;
    let mut samples = Vec::new();
    for _ in 0..SAMPLES_MAX.min(cells * images.len()) {
        let (image, cell) = (images[rng.usize(..images.len())], rng.usize(..cells));
        let values =
            (0..place.channels).map(|channel| image[channel * cells + cell] - mean[channel]);
        samples.extend(values);
    }
    samples
}

fn covariance(samples: &[f32], channels: usize) -> Vec<f32> {
    let mut sums = vec![0.0f32; channels * channels];
    for sample in samples.chunks_exact(channels) {
        for (row, value) in sums.chunks_exact_mut(channels).zip(sample) {
            let cells = row.iter_mut().zip(sample);
            cells.for_each(|(sum, other)| *sum += value * other);
        }
    }
    let total: f32 = sums.iter().step_by(channels + 1).sum();
    sums.iter_mut().for_each(|sum| *sum /= total.max(1e-9));
    sums
}

/// Orthonormal rows that span what most of the variance lies in.
fn principal(covariance: &[f32], channels: usize, numbers: usize, rng: &mut Rng) -> Vec<f32> {
    let mut axes: Vec<f32> = (0..numbers * channels).map(|_| rng.f32() - 0.5).collect();
    for _ in 0..ITERATIONS {
        let turned = axes.chunks_exact(channels).flat_map(|axis| {
            covariance
                .chunks_exact(channels)
                .map(move |row| dot(row, axis))
        });
        axes = turned.collect();
        orthonormalise(&mut axes, channels, rng);
    }
    axes
}

/// Gram and Schmidt, each row twice, which is enough (Giraud et al. 2005). A row with nothing of its own
/// starts again from a random one.
fn orthonormalise(axes: &mut [f32], channels: usize, rng: &mut Rng) {
    for at in 0..axes.len() / channels {
        let (done, rest) = axes.split_at_mut(at * channels);
        let axis = &mut rest[..channels];
        for attempt in 0..4 {
            let before = dot(axis, axis).sqrt();
            for other in done.chunks_exact(channels) {
                let along = dot(axis, other);
                let parts = axis.iter_mut().zip(other);
                parts.for_each(|(value, other)| *value -= along * other);
            }
            let length = dot(axis, axis).sqrt();
            let is_spent = length < before * 1e-4 || length < 1e-12;
            if is_spent {
                axis.iter_mut().for_each(|value| *value = rng.f32() - 0.5);
            } else {
                axis.iter_mut().for_each(|value| *value /= length);
                if attempt > 0 {
                    break;
                }
            }
        }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, a_rest) = a.as_chunks::<16>();
    let (b, b_rest) = b.as_chunks::<16>();
    let mut lanes = [0.0f32; 16];
    for (a, b) in a.iter().zip(b) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Features that lie along 40 directions of 100 lose nothing of their distances.
    #[test]
    fn distances_survive_where_the_variance_lies_in_few_directions() {
        let place = Place {
            level: 0,
            channels: 100,
            grid: (20, 20),
            stride: 1,
        };
        let mut rng = Rng::with_seed(4);
        let directions: Vec<f32> = (0..40 * 100).map(|_| rng.f32() - 0.5).collect();
        let mut features = vec![7.0; 100 * 400];
        for cell in 0..400 {
            for direction in directions.chunks_exact(100) {
                let along = rng.f32();
                for (channel, value) in direction.iter().enumerate() {
                    features[channel * 400 + cell] += along * value;
                }
            }
        }
        let projection = Projection::of(place, &[&features]);
        assert_eq!((projection.numbers, projection.axes.len()), (64, 6_400));
        let found = projection.project(&features);
        let mean = means(place, &[&features]);
        let whole = |cell: usize| -> Vec<f32> {
            let value = |c: usize| features[c * 400 + cell] - mean[c];
            (0..100).map(value).collect()
        };
        let far =
            |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum() };
        let ratios: Vec<f32> = (1..400)
            .map(|cell| {
                let short = far(&found[..64], &found[cell * 64..][..64]);
                short / far(&whole(0), &whole(cell))
            })
            .collect();
        let (least, most) = (
            ratios.iter().copied().fold(f32::MAX, f32::min),
            ratios.iter().copied().fold(0.0, f32::max),
        );
        assert!(least > 0.0 && most / least < 1.001, "{least} to {most}");
        let square: f32 = found.iter().map(|v| v * v).sum::<f32>() / 400.0;
        assert!((square - 1.0).abs() < 0.1, "{square}");
    }
}
