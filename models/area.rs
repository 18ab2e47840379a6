//! Resizing by area and normalising in one go: 8-bit pixels in, planes of `f32` out, nothing kept in
//! between but one row of sums.
//!
//! Each output cell is the mean of the source area it covers, as OpenCV's `INTER_AREA` has it when
//! it shrinks: no pixel is skipped, so a scratch one pixel wide dims but does not vanish. When it
//! enlarges, a cell is the mean of the fraction of pixels it covers, which is nearest neighbour.
//!
//! Written here, because `fast_image_resize` allocates on every call and OpenCV belongs to another
//! room; figures: `docs/bundles.md`.

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
    target: (u32, u32),
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
    /// Tables from `source` to `target`, both width and height.
    pub(crate) fn new(source: (u32, u32), target: (u32, u32), channels: Channels) -> Self {
        let (rows, row_weights, row_gain) = rows(source.1, target.1);
        let (columns, column_weights) = columns(source.0, target.0);
        let sums = vec![0; source.0 as usize * channels.count() + 1];
        Self {
            target,
            rows,
            row_weights,
            columns,
            column_weights,
            sums,
            row_gain,
        }
    }

    /// `pixels` are the source, packed; `planes` are the target, channel by channel, normalised.
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
        let (width, height) = (self.target.0 as usize, self.target.1 as usize);
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
                    let (red, rest) = planes.split_at_mut(width * height);
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
    let affine = |channel| Affine::of(input, channel, 1.0);
    match input.channels {
        Channels::Mono => {
            let affine = affine(0);
            for (value, pixel) in planes.iter_mut().zip(pixels) {
                *value = affine.of_value(f32::from(*pixel));
            }
        }
        Channels::Rgb => {
            let affine = [0, 1, 2].map(affine);
            let (red, rest) = planes.split_at_mut(planes.len() / 3);
            let (green, blue) = rest.split_at_mut(rest.len() / 2);
            let (pixels, _) = pixels.as_chunks::<3>();
            let planes = red.iter_mut().zip(green).zip(blue);
            for (((red, green), blue), pixel) in planes.zip(pixels) {
                *red = affine[0].of_value(f32::from(pixel[0]));
                *green = affine[1].of_value(f32::from(pixel[1]));
                *blue = affine[2].of_value(f32::from(pixel[2]));
            }
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
        let (factor, offset) = input.gain_and_offset(channel);
        Self {
            factor: factor * gain,
            offset,
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
mod tests;
