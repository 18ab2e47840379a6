//! A head: along which direction of a level's features reviewed defects differ from good places.
//!
//! Fisher's linear discriminant (1936), its covariance that of good places, of which there are thousands, and drawn
//! towards a sphere (Friedman 1989). Where in its picture a defect lies nobody has said: at first it is where the
//! memories find the picture most unusual, then also where the direction itself points.

use super::memory::{Features, Place};
use super::projection::Projection;

/// Good places that the covariance is told from.
const SAMPLES_MAX: usize = 20_000;
/// Share of the mean variance that is added to each.
const RIDGE: f64 = 0.1;
/// Of each picture, cells of an eighth of its resolution that are taken for the defect, and fewest of any level.
const CELLS: (usize, usize) = (3, 2);
/// How often the cells are picked.
const ROUNDS: usize = 3;

/// Of a level.
#[derive(Clone, Debug)]
pub struct Head {
    pub place: Place,
    /// One number per channel.
    pub axis: Vec<f32>,
    pub offset: f32,
}

/// A reviewed defect, of one level.
pub(super) struct Defect<'a> {
    pub(super) features: &'a Features,
    /// How unusual each cell is.
    pub(super) unusual: &'a [f32],
}

/// What good places are, where descriptions are short.
struct Good {
    mean: Vec<f64>,
    /// With the ridge.
    covariance: Vec<f64>,
}

impl Head {
    /// `cells`: of a map of an eighth of the resolution.
    pub(super) fn of(place: Place, good: &[&Features], bad: &[Defect], cells: usize) -> Self {
        let projection = Projection::of(place, good);
        let numbers = projection.numbers;
        let usual = Good::of(&projection, good);
        let found: Vec<Vec<f32>> = bad.iter().map(|d| projection.project(d.features)).collect();
        let count = (CELLS.0 * place.grid.0 * place.grid.1).div_ceil(cells);
        let count = count.max(CELLS.1);
        let unusual: Vec<f32> = bad.iter().flat_map(|d| d.unusual.iter().copied()).collect();
        let mut ranks = unit(unusual.clone());
        let mut axis = vec![0.0; numbers];
        for _ in 0..ROUNDS {
            let mut mean = vec![0.0; numbers];
            let mut picked = 0.0;
            for (of, ranks) in found.iter().zip(ranks.chunks(place.grid.0 * place.grid.1)) {
                for cell in largest(ranks, count) {
                    let values = &of[cell * numbers..][..numbers];
                    let sums = mean.iter_mut().zip(values);
                    sums.for_each(|(sum, value)| *sum += f64::from(*value));
                    picked += 1.0;
                }
            }
            let both = mean.iter().zip(&usual.mean);
            let away: Vec<f64> = both.map(|(sum, usual)| sum / picked - usual).collect();
            axis = usual.discriminant(&away);
            let along = found.iter().flat_map(|of| of.chunks_exact(numbers));
            let along: Vec<f32> = along.map(|cell| dot(&axis, cell) as f32).collect();
            let both = unit(unusual.clone()).into_iter().zip(unit(along));
            ranks = both.map(|(unusual, along)| unusual + along).collect();
        }
        Self::folded(place, &projection, &axis, &usual.mean)
    }

    /// Over the channels themselves.
    fn folded(place: Place, projection: &Projection, axis: &[f64], mean: &[f64]) -> Self {
        let mut channels = vec![0.0; projection.channels];
        let mut offset = 0.0;
        let rows = projection.axes.chunks_exact(projection.channels);
        for (((row, shift), weight), mean) in rows.zip(&projection.offset).zip(axis).zip(mean) {
            let sums = channels.iter_mut().zip(row);
            sums.for_each(|(sum, value)| *sum += weight * f64::from(*value));
            offset += weight * (f64::from(*shift) - mean);
        }
        Self {
            place,
            axis: channels.into_iter().map(|value| value as f32).collect(),
            offset: offset as f32,
        }
    }
}

impl Good {
    fn of(projection: &Projection, images: &[&Features]) -> Self {
        let numbers = projection.numbers;
        let (mut mean, mut squares) = (vec![0.0; numbers], vec![0.0; numbers * numbers]);
        let mut count = 0.0;
        for image in images {
            let found = projection.project(image);
            let cells = found.len() / numbers;
            let step = (cells * images.len()).div_ceil(SAMPLES_MAX).max(1);
            for cell in found.chunks_exact(numbers).step_by(step) {
                count += 1.0;
                let rows = squares.chunks_exact_mut(numbers).zip(&mut mean).zip(cell);
                for ((row, mean), value) in rows {
                    let value = f64::from(*value);
                    *mean += value;
                    let sums = row.iter_mut().zip(cell);
                    sums.for_each(|(sum, other)| *sum += value * f64::from(*other));
                }
            }
        }
        mean.iter_mut().for_each(|sum| *sum /= count);
        for (at, sum) in squares.iter_mut().enumerate() {
            *sum = *sum / count - mean[at / numbers] * mean[at % numbers];
        }
        let trace: f64 = squares.iter().step_by(numbers + 1).sum();
        let ridge = (RIDGE * trace / numbers as f64).max(1e-9);
        let diagonal = squares.iter_mut().step_by(numbers + 1);
        diagonal.for_each(|variance| *variance += ridge);
        Self {
            mean,
            covariance: squares,
        }
    }

    /// The direction by which places that lie `away` differ most, of unit variance among good ones.
    fn discriminant(&self, away: &[f64]) -> Vec<f64> {
        let mut axis = solved(&self.covariance, away);
        let along: f64 = axis.iter().zip(away).map(|(a, b)| a * b).sum();
        let unit = 1.0 / along.sqrt().max(1e-9);
        axis.iter_mut().for_each(|value| *value *= unit);
        axis
    }
}

/// Solves a system whose matrix is symmetric and positive definite (Cholesky).
fn solved(matrix: &[f64], right: &[f64]) -> Vec<f64> {
    let n = right.len();
    let mut lower = vec![0.0; n * n];
    for row in 0..n {
        for column in 0..=row {
            let sum: f64 = (0..column)
                .map(|k| lower[row * n + k] * lower[column * n + k])
                .sum();
            let rest = matrix[row * n + column] - sum;
            lower[row * n + column] = if row == column {
                rest.max(1e-12).sqrt()
            } else {
                rest / lower[column * n + column]
            };
        }
    }
    let mut found = right.to_vec();
    for row in 0..n {
        let sum: f64 = (0..row).map(|k| lower[row * n + k] * found[k]).sum();
        found[row] = (found[row] - sum) / lower[row * n + row];
    }
    for row in (0..n).rev() {
        let sum: f64 = (row + 1..n).map(|k| lower[k * n + row] * found[k]).sum();
        found[row] = (found[row] - sum) / lower[row * n + row];
    }
    found
}

fn dot(axis: &[f64], cell: &[f32]) -> f64 {
    let both = axis.iter().zip(cell);
    both.map(|(weight, value)| weight * f64::from(*value)).sum()
}

/// Divided by their standard deviation.
fn unit(mut values: Vec<f32>) -> Vec<f32> {
    let count = values.len().max(1) as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / count;
    let squares = values.iter().map(|v| (f64::from(*v) - mean).powi(2));
    let deviation = (squares.sum::<f64>() / count).sqrt().max(1e-9) as f32;
    values.iter_mut().for_each(|value| *value /= deviation);
    values
}

/// Places of the largest.
fn largest(values: &[f32], count: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..values.len()).collect();
    all.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    all.truncate(count);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastrand::Rng;

    #[test]
    fn a_system_is_solved() {
        // 4x + 2y = 2, 2x + 3y = 5: x = -0.5, y = 2.
        let found = solved(&[4.0, 2.0, 2.0, 3.0], &[2.0, 5.0]);
        assert!((found[0] + 0.5).abs() < 1e-12 && (found[1] - 2.0).abs() < 1e-12);
    }

    /// Channels 0 and 1 rise and fall together in good places; a defect is where they do not, one cell of each picture.
    #[test]
    fn a_head_finds_where_channels_part_that_go_together_in_good_places() {
        let place = Place {
            level: 0,
            channels: 4,
            grid: (10, 10),
            stride: 1,
        };
        let mut rng = Rng::with_seed(3);
        let mut picture = |defect: Option<usize>| -> Features {
            let mut features = vec![0.0; 400];
            for cell in 0..100 {
                let common = rng.f32() * 8.0;
                let parted = if defect == Some(cell) { 3.0 } else { 0.0 };
                features[cell] = common + rng.f32() * 0.2 + parted;
                features[100 + cell] = common + rng.f32() * 0.2 - parted;
                features[200 + cell] = rng.f32() * 8.0;
                features[300 + cell] = rng.f32() * 8.0;
            }
            features
        };
        let good: Vec<Features> = (0..10).map(|_| picture(None)).collect();
        let bad: Vec<Features> = (0..6).map(|n| picture(Some(n * 13))).collect();
        let new: Vec<Features> = (0..6).map(|n| picture(Some(7 + n * 15))).collect();
        // What the memories say is of little help: the defect is barely more unusual than the rest.
        let unusual: Vec<Vec<f32>> = (0..6)
            .map(|n| {
                (0..100)
                    .map(|c| f32::from(u8::from(c == n * 13)) + rng.f32() * 0.9)
                    .collect()
            })
            .collect();
        let defects: Vec<Defect> = bad
            .iter()
            .zip(&unusual)
            .map(|(features, unusual)| Defect { features, unusual })
            .collect();
        let head = Head::of(place, &good.iter().collect::<Vec<_>>(), &defects, 100);
        for (n, features) in new.iter().enumerate() {
            let told = |cell: usize| -> f32 {
                let along = (0..4).map(|c| head.axis[c] * features[c * 100 + cell]);
                along.sum::<f32>() + head.offset
            };
            let worst = (0..100).max_by(|a, b| told(*a).total_cmp(&told(*b)));
            assert_eq!(worst, Some(7 + n * 15));
        }
    }
}
