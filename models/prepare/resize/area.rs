//! Resizing by area; nothing is kept in between but a row of sums for each thread.
//!
//! Each output cell is the mean of the source area it covers, as OpenCV's `INTER_AREA` has it when
//! it shrinks: no pixel is skipped, so a scratch one pixel wide dims but does not vanish. When it
//! enlarges, a cell is the mean of the fraction of pixels it covers, which is nearest neighbour.

use super::columns::{Affine, Columns};
use super::rows;
use super::strips::{self, PerThread};
use crate::bundle::manifest::Input;
use crate::image::Channels;
use crate::prepare::pool::ThreadPool;

/// Weights of the rows that make one output row sum to this, so that sums of bytes fit 16 bits.
const ROW_WEIGHTS_SUM: u32 = 256;

/// Most source pixels a side per output pixel; with more, the row weights would be too coarse.
pub(crate) const FACTOR_MAX: u32 = 64;

/// The source rows that make one output row.
#[derive(Clone, Copy, Debug)]
struct Span {
    /// The first of these source rows.
    start: usize,
    /// First weight, and one past the last.
    weights: (usize, usize),
}

/// Resizes images of one size to the model's input; made anew when the size changes.
#[derive(Debug)]
pub(crate) struct Area {
    spans: Vec<Span>,
    weights: Vec<u16>,
    columns: Columns,
    /// Bytes of a source row.
    row_bytes: usize,
    /// Weighted sums of source rows, one per channel and column, and as many more as are read beyond the end.
    sums: PerThread<Vec<f32>>,
    /// What a mean of the summed rows is multiplied with to be a mean of pixels.
    gain: f32,
}

impl Area {
    /// Tables from `source` to `target`, both width and height.
    pub(crate) fn new(source: (u32, u32), target: (u32, u32), channels: Channels) -> Self {
        let (spans, weights, gain) = row_tables(source.1, target.1);
        let columns = Columns::new(&columns(source.0, target.0), channels);
        let row_bytes = source.0 as usize * channels.count();
        Self {
            spans,
            weights,
            row_bytes,
            sums: std::array::from_fn(|_| vec![0.0; row_bytes.max(columns.reach())]),
            columns,
            gain,
        }
    }

    /// `pixels` are the source, packed; `planes` are the target, channel by channel, normalised.
    pub(crate) fn resize(
        &mut self,
        pixels: &[u8],
        input: &Input,
        planes: &mut [f32],
        pool: &mut ThreadPool,
    ) {
        let row_bytes = self.row_bytes;
        let affine = Affine::of(input, self.gain);
        let (spans, columns, weights) = (&self.spans, &self.columns, &self.weights);
        strips::share(
            pool,
            planes,
            columns.size(),
            &mut self.sums,
            |strip, sums| {
                for y in strip.rows() {
                    let span = &spans[y];
                    let weights = &weights[span.weights.0..span.weights.1];
                    let rows = &pixels[span.start * row_bytes..][..weights.len() * row_bytes];
                    rows::sum(rows, weights, &mut sums[..row_bytes]);
                    columns.to_planes(sums, &affine, strip.row(y));
                }
            },
        );
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

fn row_tables(source: u32, target: u32) -> (Vec<Span>, Vec<u16>, f32) {
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

fn columns(source: u32, target: u32) -> Vec<(usize, Vec<f32>)> {
    let factor = f64::from(source) / f64::from(target);
    let spans = coverage(source, target).map(|(start, totals)| {
        let mut before = 0.0;
        let weight = |total: f64| {
            let share = total - std::mem::replace(&mut before, total);
            (share / factor) as f32
        };
        (start, totals.map(weight).collect())
    });
    spans.collect()
}

#[cfg(test)]
mod tests;
