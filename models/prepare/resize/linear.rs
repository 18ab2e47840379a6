//! Resizing as OpenCV's `INTER_LINEAR` does it on bytes: between the four nearest pixels, in its fixed-point
//! arithmetic (`resize.cpp`, `INTER_RESIZE_COEF_BITS` = 11), so that a model sees the very grey levels that it learnt
//! from. The same to the last bit where images are shrunk; one level off in a thousandth of the pixels where they
//! are enlarged.

use super::columns::Affine;
use super::strips::{self, PerThread};
use crate::bundle::manifest::Input;
use crate::image::Channels;
use crate::prepare::pool::ThreadPool;

/// A weight of 1.
const WHOLE: f32 = 2048.0;

/// Bytes that are read for a pair of pixels of colour at once, of which six are used.
const READ: usize = 8;

/// The two neighbouring source pixels along one side that make an output pixel, and their weights.
#[derive(Clone, Copy, Debug)]
struct Pair {
    first: usize,
    second: usize,
    weights: [i16; 2],
}

/// Resizes images of one size to one size.
#[derive(Debug)]
pub(crate) struct Linear {
    rows: Vec<Pair>,
    across: Across,
    held: PerThread<Held>,
}

/// How rows become narrower.
#[derive(Debug)]
struct Across {
    columns: Vec<Pair>,
    /// Columns before the first whose pixels do not lie side by side with [`READ`] bytes from the first on.
    columns_within: usize,
    channels: usize,
    /// Bytes of a source row.
    row_bytes: usize,
}

/// The source rows of the output row at hand.
#[derive(Debug)]
struct Held {
    /// At the target's width and 128 times their value. A pixel of colour has four places, the last unused.
    narrow: [Vec<i16>; 2],
    /// Which rows they are.
    rows: [Option<usize>; 2],
}

impl Linear {
    /// Tables from `source` to `target`, both width and height.
    pub(crate) fn new(source: (u32, u32), target: (u32, u32), channels: Channels) -> Self {
        let channels = channels.count();
        let length = target.0 as usize * channels.next_power_of_two();
        let held = || Held {
            narrow: [vec![0; length], vec![0; length]],
            rows: [None; 2],
        };
        let row_bytes = source.0 as usize * channels;
        let columns = pairs(source.0, target.0);
        let is_within = |pair: &&Pair| {
            pair.second == pair.first + 1 && pair.first * channels + READ <= row_bytes
        };
        Self {
            rows: pairs(source.1, target.1),
            across: Across {
                columns_within: columns.iter().take_while(is_within).count(),
                columns,
                channels,
                row_bytes,
            },
            held: std::array::from_fn(|_| held()),
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
        let affine = Affine::of(input, 1.0);
        let (pairs, across) = (&self.rows, &self.across);
        let size = (across.channels, across.columns.len());
        // What is held is of the image before.
        self.held.iter_mut().for_each(|held| held.rows = [None; 2]);
        strips::share(pool, planes, size, &mut self.held, |strip, held| {
            for y in strip.rows() {
                let Pair {
                    first,
                    second,
                    weights,
                } = pairs[y];
                held.hold([first, second], pixels, across);
                let [above, below] = &held.narrow;
                let planes = strip.row(y);
                if across.channels == 1 {
                    let [plane, ..] = planes;
                    mono_row(above, below, weights, &affine, plane);
                } else {
                    rgb_row(above, below, weights, &affine, planes);
                }
            }
        });
    }
}

impl Held {
    /// Has two source rows at hand.
    fn hold(&mut self, rows: [usize; 2], pixels: &[u8], across: &Across) {
        if self.rows[1] == Some(rows[0]) {
            self.rows.swap(0, 1);
            self.narrow.swap(0, 1);
        }
        for (place, row) in rows.into_iter().enumerate() {
            if self.rows[place].replace(row) != Some(row) {
                let row = &pixels[row * across.row_bytes..][..across.row_bytes];
                across.narrow(row, &mut self.narrow[place]);
            }
        }
    }
}

impl Across {
    fn narrow(&self, row: &[u8], narrow: &mut [i16]) {
        if self.channels == 1 {
            for (value, pair) in narrow.iter_mut().zip(&self.columns) {
                *value = between([row[pair.first], row[pair.second]], pair.weights);
            }
        } else {
            hold_rgb(row, &self.columns, self.columns_within, narrow);
        }
    }
}

/// 128 times the value between two pixels.
fn between([first, second]: [u8; 2], weights: [i16; 2]) -> i16 {
    let [first, second] = [(first, weights[0]), (second, weights[1])]
        .map(|(level, weight)| i32::from(level) * i32::from(weight));
    ((first + second) >> 4) as i16
}

/// The grey level between two values of 128 times theirs.
#[inline(always)]
fn level(above: i16, below: i16, weights: [i16; 2]) -> f32 {
    let [above, below] = [(above, weights[0]), (below, weights[1])]
        .map(|(value, weight)| (i32::from(value) * i32::from(weight)) >> 16);
    ((above + below + 2) >> 2).clamp(0, 255) as f32
}

twice! {
    fn mono_row(
        above: &[i16],
        below: &[i16],
        weights: [i16; 2],
        affine: &Affine,
        out: &mut [f32],
    ) {
        for (value, (above, below)) in out.iter_mut().zip(above.iter().zip(below)) {
            *value = affine.apply(0, level(*above, *below, weights));
        }
    }
}

fn rgb_row(
    above: &[i16],
    below: &[i16],
    weights: [i16; 2],
    affine: &Affine,
    planes: [&mut [f32]; 3],
) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: this processor has the instructions, as was just asked.
        return unsafe { avx2::rgb_row(above, below, weights, affine, planes) };
    }
    rgb_row_any(0, above, below, weights, affine, planes);
}

/// From pixel `from` on.
fn rgb_row_any(
    from: usize,
    above: &[i16],
    below: &[i16],
    weights: [i16; 2],
    affine: &Affine,
    planes: [&mut [f32]; 3],
) {
    let (above, _) = above.as_chunks::<4>();
    let (below, _) = below.as_chunks::<4>();
    for (channel, plane) in planes.into_iter().enumerate() {
        let pairs = above.iter().zip(below).skip(from);
        for (value, (above, below)) in plane[from..].iter_mut().zip(pairs) {
            *value = affine.apply(channel, level(above[channel], below[channel], weights));
        }
    }
}

fn hold_rgb(row: &[u8], columns: &[Pair], within: usize, narrow: &mut [i16]) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: this processor has the instructions, as was just asked.
        return unsafe { avx2::hold_rgb(row, columns, within, narrow) };
    }
    hold_rgb_any(row, columns, narrow);
}

fn hold_rgb_any(row: &[u8], columns: &[Pair], narrow: &mut [i16]) {
    let (row, _) = row.as_chunks::<3>();
    let (cells, _) = narrow.as_chunks_mut::<4>();
    for (cell, pair) in cells.iter_mut().zip(columns) {
        let (first, second) = (row[pair.first], row[pair.second]);
        for (channel, value) in cell[..3].iter_mut().enumerate() {
            *value = between([first[channel], second[channel]], pair.weights);
        }
    }
}

/// The same arithmetic, four pixels at a time.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{Pair, hold_rgb_any, rgb_row_any};
    use crate::prepare::resize::columns::Affine;
    use crate::prepare::resize::columns::avx2::{PIXELS, affine_of, put_rgb};
    use std::arch::x86_64::*;

    /// `within` of the columns, and no more, may read [`READ`](super::READ) bytes.
    #[target_feature(enable = "avx2")]
    pub(super) fn hold_rgb(row: &[u8], columns: &[Pair], within: usize, narrow: &mut [i16]) {
        // Red and red, green and green, blue and blue, nothing; of two pairs.
        let side_by_side = _mm_setr_epi8(0, 3, 1, 4, 2, 5, -1, -1, 8, 11, 9, 12, 10, 13, -1, -1);
        let (fours, _) = columns[..within].as_chunks::<PIXELS>();
        let (cells, _) = narrow.as_chunks_mut::<{ 4 * PIXELS }>();
        for (pairs, cells) in fours.iter().zip(cells) {
            // SAFETY: eight bytes from `first` on lie within the row.
            let pixel =
                |n: usize| unsafe { _mm_loadl_epi64(row.as_ptr().add(pairs[n].first * 3).cast()) };
            let weight = |n: usize| {
                // SAFETY: both weights are four bytes.
                let weights = unsafe { _mm_loadu_si32(pairs[n].weights.as_ptr().cast()) };
                _mm_broadcastd_epi32(weights)
            };
            let two = |n: usize| {
                let pixels = _mm_unpacklo_epi64(pixel(n), pixel(n + 1));
                let words = _mm256_cvtepu8_epi16(_mm_shuffle_epi8(pixels, side_by_side));
                let weights = _mm256_set_m128i(weight(n + 1), weight(n));
                _mm256_srai_epi32::<4>(_mm256_madd_epi16(words, weights))
            };
            // Both halves of a register are packed apart: pixels 0, 2, 1, 3.
            let packed = _mm256_packs_epi32(two(0), two(2));
            let packed = _mm256_permute4x64_epi64::<0b11_01_10_00>(packed);
            // SAFETY: `cells` are sixteen words.
            unsafe { _mm256_storeu_si256(cells.as_mut_ptr().cast(), packed) };
        }
        let done = fours.len() * PIXELS;
        hold_rgb_any(row, &columns[done..], &mut narrow[4 * done..]);
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn rgb_row(
        above: &[i16],
        below: &[i16],
        weights: [i16; 2],
        affine: &Affine,
        mut planes: [&mut [f32]; 3],
    ) {
        let (factors, offsets) = affine_of(affine);
        let (of_above, of_below) = (_mm256_set1_epi16(weights[0]), _mm256_set1_epi16(weights[1]));
        let (none, whole) = (_mm256_setzero_si256(), _mm256_set1_epi16(255));
        let mut at = 0;
        for (a, b) in above
            .chunks_exact(4 * PIXELS)
            .zip(below.chunks_exact(4 * PIXELS))
        {
            // SAFETY: both are sixteen words.
            let (a, b) = unsafe {
                let load = |words: &[i16]| _mm256_loadu_si256(words.as_ptr().cast());
                (load(a), load(b))
            };
            let sum = _mm256_add_epi16(
                _mm256_mulhi_epi16(a, of_above),
                _mm256_mulhi_epi16(b, of_below),
            );
            let level = _mm256_srai_epi16::<2>(_mm256_add_epi16(sum, _mm256_set1_epi16(2)));
            let level = _mm256_min_epi16(_mm256_max_epi16(level, none), whole);
            let wide = |half: __m128i| {
                let level = _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(half));
                _mm256_add_ps(_mm256_mul_ps(level, factors), offsets)
            };
            let first = wide(_mm256_castsi256_si128(level));
            let second = wide(_mm256_extracti128_si256::<1>(level));
            put_rgb(first, second, at..at + PIXELS, &mut planes);
            at += PIXELS;
        }
        rgb_row_any(at, above, below, weights, affine, planes);
    }
}

fn pairs(source: u32, target: u32) -> Vec<Pair> {
    let factor = f64::from(source) / f64::from(target);
    let last = source as usize - 1;
    let pair = |index: u32| {
        let at = ((f64::from(index) + 0.5) * factor - 0.5) as f32;
        let (first, share) = match at.floor() {
            below if below < 0.0 => (0, 0.0),
            // All of it is that of the last.
            below if below as usize >= last => (last.saturating_sub(1), 1.0),
            below => (below as usize, at - below),
        };
        let weight = |share: f32| (share * WHOLE).round_ties_even() as i16;
        Pair {
            first,
            second: (first + 1).min(last),
            weights: [weight(1.0 - share), weight(share)],
        }
    };
    (0..target).map(pair).collect()
}

#[cfg(test)]
mod tests;
