//! Resizing by area and normalising in one go: 8-bit pixels in, planes of `f32` out, nothing kept in
//! between but one row of sums.
//!
//! Each output cell is the mean of the source area it covers, as OpenCV's `INTER_AREA` has it when
//! it shrinks: no pixel is skipped, so a scratch one pixel wide dims but does not vanish. When it
//! enlarges, a cell is the mean of the fraction of pixels it covers, which is nearest neighbour.
//!
//! Written here, because `fast_image_resize` allocates on every call and OpenCV belongs to another
//! room; the figures are in `docs/bundles.md`.

use crate::manifest::{Channels, Input};

/// Weights of the rows that make one output row sum to this, so that sums of bytes fit 16 bits.
const ROW_WEIGHTS_SUM: u32 = 256;

/// Most source pixels a side per output pixel; with more, the row weights would be too coarse.
pub(crate) const FACTOR_MAX: u32 = 64;

/// The source pixels along one side that make one output pixel.
#[derive(Clone, Copy, Debug)]
struct Span {
    /// First source pixel.
    start: usize,
    /// First weight, and one past the last.
    weights: (usize, usize),
}

/// Resizes images of one size to the model's input; made anew when the size changes.
#[derive(Debug)]
pub(crate) struct Area {
    source: (u32, u32),
    rows: Vec<Span>,
    row_weights: Vec<u16>,
    columns: Vec<Span>,
    column_weights: Vec<f32>,
    /// Weighted sums of source rows, one per channel and column, and one more to read past the end.
    sums: Vec<u16>,
    /// What a mean of the summed rows is multiplied with to be a mean of pixels.
    row_gain: f32,
}

impl Area {
    /// Tables from `source` (width, height) to the model's input.
    pub(crate) fn new(source: (u32, u32), input: &Input) -> Self {
        let (rows, row_weights, row_gain) = rows(source.1, input.height);
        let (columns, column_weights) = columns(source.0, input.width);
        let sums = vec![0; source.0 as usize * input.channels.count() + 1];
        Self {
            source,
            rows,
            row_weights,
            columns,
            column_weights,
            sums,
            row_gain,
        }
    }

    /// Width and height of the images it was made for.
    pub(crate) fn source(&self) -> (u32, u32) {
        self.source
    }

    /// `pixels` are the source, packed; `planes` are the model's input, channel by channel.
    pub(crate) fn resize(&mut self, pixels: &[u8], input: &Input, planes: &mut [f32]) {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") {
            // SAFETY: this processor has the instructions, as was just asked.
            return unsafe { self.resize_avx2(pixels, input, planes) };
        }
        self.resize_any(pixels, input, planes);
    }

    /// The same code, compiled to twice as wide vectors.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn resize_avx2(&mut self, pixels: &[u8], input: &Input, planes: &mut [f32]) {
        self.resize_any(pixels, input, planes);
    }

    #[inline(always)]
    fn resize_any(&mut self, pixels: &[u8], input: &Input, planes: &mut [f32]) {
        let row_bytes = self.sums.len() - 1;
        let width = input.width as usize;
        let affine = |channel| Affine::of(input, channel, self.row_gain);
        for (y, span) in self.rows.iter().enumerate() {
            let weights = &self.row_weights[span.weights.0..span.weights.1];
            let rows = &pixels[span.start * row_bytes..][..weights.len() * row_bytes];
            sum_rows(rows, weights, &mut self.sums[..row_bytes]);
            let (sums, columns, weights) = (&self.sums, &self.columns, &self.column_weights);
            let cells = y * width..(y + 1) * width;
            match input.channels {
                Channels::Mono => mono_row(sums, columns, weights, affine(0), &mut planes[cells]),
                Channels::Rgb => {
                    let (red, rest) = planes.split_at_mut(width * input.height as usize);
                    let (green, blue) = rest.split_at_mut(red.len());
                    let out = [red, green, blue].map(|plane| &mut plane[cells.clone()]);
                    rgb_row(sums, columns, weights, [0, 1, 2].map(affine), out);
                }
            }
        }
    }
}

/// Normalises pixels that already have the model's size.
pub(crate) fn normalise(pixels: &[u8], input: &Input, planes: &mut [f32]) {
    let count = input.channels.count();
    let plane_cells = input.width as usize * input.height as usize;
    for (channel, plane) in planes.chunks_exact_mut(plane_cells).enumerate() {
        let affine = Affine::of(input, channel, 1.0);
        for (value, pixel) in plane.iter_mut().zip(pixels.chunks_exact(count)) {
            *value = affine.of_value(f32::from(pixel[channel]));
        }
    }
}

/// `(pixel * gain / scale - mean) / std` as one multiplication and one addition.
#[derive(Clone, Copy)]
struct Affine {
    factor: f32,
    offset: f32,
}

impl Affine {
    fn of(input: &Input, channel: usize, gain: f32) -> Self {
        let std = input.std[channel];
        Self {
            factor: gain / (input.scale * std),
            offset: -input.mean[channel] / std,
        }
    }

    fn of_value(self, value: f32) -> f32 {
        value * self.factor + self.offset
    }
}

/// How many sums are kept in registers while the rows are gone through.
const STRIPE: usize = 64;

/// Sums source rows into 16 bits. The weights sum to 256 or are all 1 for at most 64 rows, so no
/// sum exceeds 65,535.
#[inline(always)]
fn sum_rows(rows: &[u8], weights: &[u16], sums: &mut [u16]) {
    let row_bytes = sums.len();
    let is_plain = weights.iter().all(|weight| *weight == 1);
    let (stripes, rest) = sums.as_chunks_mut::<STRIPE>();
    let rest_at = stripes.len() * STRIPE;
    for (index, stripe) in stripes.iter_mut().enumerate() {
        let mut totals = [0u16; STRIPE];
        for (row, &weight) in rows.chunks_exact(row_bytes).zip(weights) {
            let Some(bytes) = row[index * STRIPE..].first_chunk::<STRIPE>() else {
                continue;
            };
            for (total, byte) in totals.iter_mut().zip(bytes) {
                let byte = u16::from(*byte);
                let share = if is_plain {
                    byte
                } else {
                    byte.wrapping_mul(weight)
                };
                *total = total.wrapping_add(share);
            }
        }
        *stripe = totals;
    }
    for (index, sum) in rest.iter_mut().enumerate() {
        let column = rows
            .chunks_exact(row_bytes)
            .map(|row| u16::from(row[rest_at + index]));
        *sum = column
            .zip(weights)
            .fold(0, |sum, (byte, weight)| sum + byte * weight);
    }
}

#[inline(always)]
fn mono_row(sums: &[u16], columns: &[Span], weights: &[f32], affine: Affine, out: &mut [f32]) {
    for (value, span) in out.iter_mut().zip(columns) {
        let weights = &weights[span.weights.0..span.weights.1];
        let sum: f32 = sums[span.start..]
            .iter()
            .zip(weights)
            .map(|(sum, weight)| f32::from(*sum) * weight)
            .sum();
        *value = affine.of_value(sum);
    }
}

#[inline(always)]
fn rgb_row(
    sums: &[u16],
    columns: &[Span],
    weights: &[f32],
    affine: [Affine; 3],
    out: [&mut [f32]; 3],
) {
    let [red, green, blue] = out;
    let outs = red.iter_mut().zip(green.iter_mut()).zip(blue.iter_mut());
    for (((red, green), blue), span) in outs.zip(columns) {
        let weights = &weights[span.weights.0..span.weights.1];
        // Four lanes fill a vector register; the fourth reads the next pixel's red and is unused.
        let mut lanes = [0.0f32; 4];
        let window = &sums[span.start * 3..][..weights.len() * 3 + 1];
        for (pixel, weight) in window.windows(4).step_by(3).zip(weights) {
            for (lane, sum) in lanes.iter_mut().zip(pixel) {
                *lane += f32::from(*sum) * weight;
            }
        }
        *red = affine[0].of_value(lanes[0]);
        *green = affine[1].of_value(lanes[1]);
        *blue = affine[2].of_value(lanes[2]);
    }
}

/// For each output pixel: the first source pixel it touches, and how much of each it covers, as
/// running totals in source pixels.
fn coverage(source: u32, target: u32) -> impl Iterator<Item = (usize, impl Iterator<Item = f64>)> {
    // In units of 1/target source pixels everything is a whole number.
    let (source, target) = (u64::from(source), u64::from(target));
    (0..target).map(move |index| {
        let (from, to) = (index * source, (index + 1) * source);
        let totals = (from / target + 1..=to.div_ceil(target))
            .map(move |end| ((end * target).min(to) - from) as f64 / target as f64);
        ((from / target) as usize, totals)
    })
}

fn rows(source: u32, target: u32) -> (Vec<Span>, Vec<u16>, f32) {
    let factor = f64::from(source) / f64::from(target);
    let is_whole = source.is_multiple_of(target);
    let (mut spans, mut weights) = (Vec::new(), Vec::new());
    for (start, totals) in coverage(source, target) {
        let first = weights.len();
        let mut before = 0;
        for total in totals {
            // Rounding the running total, not the weight, keeps the sum exact.
            let scaled = if is_whole {
                total
            } else {
                total / factor * f64::from(ROW_WEIGHTS_SUM)
            };
            let upto = scaled.round() as u16;
            weights.push(upto - before);
            before = upto;
        }
        spans.push(Span {
            start,
            weights: (first, weights.len()),
        });
    }
    let sum = if is_whole {
        factor as f32
    } else {
        ROW_WEIGHTS_SUM as f32
    };
    (spans, weights, 1.0 / sum)
}

fn columns(source: u32, target: u32) -> (Vec<Span>, Vec<f32>) {
    let factor = f64::from(source) / f64::from(target);
    let (mut spans, mut weights) = (Vec::new(), Vec::new());
    for (start, totals) in coverage(source, target) {
        let first = weights.len();
        let mut before = 0.0;
        for total in totals {
            weights.push(((total - before) / factor) as f32);
            before = total;
        }
        spans.push(Span {
            start,
            weights: (first, weights.len()),
        });
    }
    (spans, weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(width: u32, height: u32, channels: Channels) -> Input {
        let (mean, std) = match channels {
            Channels::Mono => (vec![0.25], vec![0.5]),
            Channels::Rgb => (vec![0.485, 0.456, 0.406], vec![0.229, 0.224, 0.225]),
        };
        Input {
            name: "image".to_owned(),
            width,
            height,
            channels,
            scale: 255.0,
            mean,
            std,
        }
    }

    /// The definition, in double precision: integrate the source over each cell.
    fn reference(pixels: &[u8], source: (u32, u32), input: &Input) -> Vec<f64> {
        let count = input.channels.count();
        let overlap = |index: u32, factor: f64, pixel: u32| {
            let (from, to) = (f64::from(index) * factor, f64::from(index + 1) * factor);
            (to.min(f64::from(pixel + 1)) - from.max(f64::from(pixel))).max(0.0)
        };
        let factor_x = f64::from(source.0) / f64::from(input.width);
        let factor_y = f64::from(source.1) / f64::from(input.height);
        let mut planes = Vec::new();
        for channel in 0..count {
            for y in 0..input.height {
                for x in 0..input.width {
                    let mut sum = 0.0;
                    for row in 0..source.1 {
                        let share = overlap(y, factor_y, row);
                        for column in 0..source.0 {
                            let at = (row * source.0 + column) as usize * count + channel;
                            sum += share * overlap(x, factor_x, column) * f64::from(pixels[at]);
                        }
                    }
                    let mean = sum / factor_x / factor_y / f64::from(input.scale);
                    let std = f64::from(input.std[channel]);
                    planes.push((mean - f64::from(input.mean[channel])) / std);
                }
            }
        }
        planes
    }

    fn noise(bytes: usize) -> Vec<u8> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..bytes).map(|_| next()).collect()
    }

    /// The largest difference from the definition, in steps of a byte before normalisation.
    fn largest_error(source: (u32, u32), input: &Input) -> f64 {
        let pixels = noise((source.0 * source.1) as usize * input.channels.count());
        let expected = reference(&pixels, source, input);
        let mut planes = vec![f32::NAN; expected.len()];
        Area::new(source, input).resize(&pixels, input, &mut planes);
        let std = f64::from(*input.std.iter().min_by(|a, b| a.total_cmp(b)).unwrap());
        let errors = expected
            .iter()
            .zip(&planes)
            .map(|(a, b)| (a - f64::from(*b)).abs());
        errors.fold(0.0, f64::max) * std * 255.0
    }

    #[test]
    fn whole_factors_give_the_mean_of_the_area() {
        for channels in [Channels::Mono, Channels::Rgb] {
            assert!(largest_error((80, 60), &input(16, 12, channels)) < 1e-3);
            assert!(largest_error((64, 64), &input(32, 8, channels)) < 1e-3);
        }
    }

    #[test]
    fn other_factors_are_within_a_grey_level_of_the_mean_of_the_area() {
        for channels in [Channels::Mono, Channels::Rgb] {
            for source in [(83, 61), (100, 37), (71, 127), (17, 13)] {
                let error = largest_error(source, &input(16, 12, channels));
                assert!(error < 1.0, "{source:?}: {error}");
            }
        }
    }

    #[test]
    fn white_stays_white_and_black_stays_black_at_every_factor() {
        for source in [(16, 12), (17, 13), (160, 121), (1024, 768), (5, 3)] {
            for level in [0u8, 255] {
                let input = input(16, 12, Channels::Rgb);
                let pixels = vec![level; (source.0 * source.1 * 3) as usize];
                let mut planes = vec![f32::NAN; 16 * 12 * 3];
                Area::new(source, &input).resize(&pixels, &input, &mut planes);
                for (index, value) in planes.iter().enumerate() {
                    let channel = index / (16 * 12);
                    let expected =
                        (f32::from(level) / 255.0 - input.mean[channel]) / input.std[channel];
                    assert!(
                        (value - expected).abs() < 1e-4,
                        "{source:?} {value} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_scratch_one_pixel_wide_survives_wherever_it_lies() {
        let input = Input {
            mean: vec![0.0],
            std: vec![1.0],
            ..input(16, 12, Channels::Mono)
        };
        for column in 0..93usize {
            let mut pixels = vec![0u8; 93 * 61];
            pixels
                .chunks_exact_mut(93)
                .for_each(|row| row[column] = 255);
            let mut planes = vec![f32::NAN; 16 * 12];
            Area::new((93, 61), &input).resize(&pixels, &input, &mut planes);
            let row_total: f32 = planes[..16].iter().sum();
            assert!(
                (row_total - 16.0 / 93.0).abs() < 1e-4,
                "column {column}: {row_total}"
            );
        }
    }

    #[test]
    fn normalising_alone_agrees_with_resizing_to_the_same_size() {
        let input = input(16, 12, Channels::Rgb);
        let pixels = noise(16 * 12 * 3);
        let (mut resized, mut normalised) = (vec![0.0; 576], vec![1.0; 576]);
        Area::new((16, 12), &input).resize(&pixels, &input, &mut resized);
        normalise(&pixels, &input, &mut normalised);
        assert!(
            resized
                .iter()
                .zip(&normalised)
                .all(|(a, b)| (a - b).abs() < 1e-5)
        );
    }
}
