//! Resizing as OpenCV's `INTER_LINEAR` does it on bytes: between the four nearest pixels, in its fixed-point
//! arithmetic (`resize.cpp`, `INTER_RESIZE_COEF_BITS` = 11), so that a model sees the very grey levels that it learnt
//! from. The same to the last bit where images are shrunk; one level off in a thousandth of the pixels where they
//! are enlarged.

use super::columns::Affine;
use super::rows_of;
use crate::manifest::{Channels, Input};

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
    columns: Vec<Pair>,
    /// Columns before the first whose pixels do not lie side by side with [`READ`] bytes from the first on.
    columns_within: usize,
    channels: usize,
    /// Bytes of a source row.
    row_bytes: usize,
    /// The source rows of the output row at hand, at the target's width and 128 times their value. A pixel of
    /// colour has four places, the last unused.
    narrow: [Vec<i16>; 2],
    /// Which rows they are.
    held: [Option<usize>; 2],
}

impl Linear {
    /// Tables from `source` to `target`, both width and height.
    pub(crate) fn new(source: (u32, u32), target: (u32, u32), channels: Channels) -> Self {
        let channels = channels.count();
        let narrow = vec![0; target.0 as usize * channels.next_power_of_two()];
        let row_bytes = source.0 as usize * channels;
        let columns = pairs(source.0, target.0);
        let is_within = |pair: &&Pair| {
            pair.second == pair.first + 1 && pair.first * channels + READ <= row_bytes
        };
        Self {
            rows: pairs(source.1, target.1),
            columns_within: columns.iter().take_while(is_within).count(),
            columns,
            channels,
            row_bytes,
            narrow: [narrow.clone(), narrow],
            held: [None; 2],
        }
    }

    /// `pixels` are the source, packed; `planes` are the target, channel by channel, normalised.
    pub(crate) fn resize(&mut self, pixels: &[u8], input: &Input, planes: &mut [f32]) {
        self.held = [None; 2];
        let affine = Affine::of(input, 1.0);
        let width = self.columns.len();
        for y in 0..self.rows.len() {
            let Pair {
                first,
                second,
                weights,
            } = self.rows[y];
            if self.held[1] == Some(first) {
                self.held.swap(0, 1);
                self.narrow.swap(0, 1);
            }
            self.hold(0, first, pixels);
            self.hold(1, second, pixels);
            let [above, below] = &self.narrow;
            if self.channels == 1 {
                let [plane] = rows_of(planes, y, width);
                mono_row(above, below, weights, &affine, plane);
            } else {
                rgb_row(above, below, weights, &affine, rows_of(planes, y, width));
            }
        }
    }

    /// Has a source row at hand.
    fn hold(&mut self, place: usize, row: usize, pixels: &[u8]) {
        if self.held[place] == Some(row) {
            return;
        }
        self.held[place] = Some(row);
        let row = &pixels[row * self.row_bytes..][..self.row_bytes];
        let narrow = &mut self.narrow[place];
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
    use crate::resize::columns::Affine;
    use crate::resize::columns::avx2::{PIXELS, affine_of, put_rgb};
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
mod tests {
    use super::*;
    use crate::manifest::{Fit, Resize};

    type RowFn = fn(&[i16], &[i16], [i16; 2], &Affine, [&mut [f32]; 3]);

    fn input_of(channels: Channels, target: (u32, u32)) -> Input {
        Input {
            name: "image".to_owned(),
            width: target.0,
            height: target.1,
            channels,
            fit: Fit::Stretch,
            resize: Resize::Linear,
            scale: 1.0,
            mean: vec![0.0; channels.count()],
            std: vec![1.0; channels.count()],
        }
    }

    fn resized(pixels: &[u8], source: (u32, u32), target: (u32, u32)) -> Vec<f32> {
        let input = input_of(Channels::Mono, target);
        let mut planes = vec![f32::NAN; (target.0 * target.1) as usize];
        Linear::new(source, target, Channels::Mono).resize(pixels, &input, &mut planes);
        planes
    }

    #[test]
    fn it_is_what_opencv_gives() {
        // cv2.resize(numpy.arange(0, 70, 10, numpy.uint8)[None], (3, 1), interpolation=cv2.INTER_LINEAR)
        let pixels: Vec<u8> = (0..7).map(|n| n * 10).collect();
        assert_eq!(resized(&pixels, (7, 1), (3, 1)), [7.0, 30.0, 53.0]);
        // The same to (5, 1) of [0, 100, 200].
        let larger = resized(&[0, 100, 200], (3, 1), (5, 1));
        assert_eq!(larger, [0.0, 40.0, 100.0, 160.0, 200.0]);
        // Where fixed point and rounding differ: numpy.array([[3, 251], [140, 77], [9, 198]], numpy.uint8) to (3, 2).
        let both = resized(&[3, 251, 140, 77, 9, 198], (2, 3), (3, 2));
        assert_eq!(both, [37.0, 122.0, 208.0, 42.0, 105.0, 168.0]);
    }

    #[test]
    fn columns_are_done_as_rows_are() {
        let pixels = [10, 20, 90, 200, 30, 5, 7, 8];
        let across = resized(&pixels, (8, 1), (3, 1));
        assert_eq!(across, resized(&pixels, (1, 8), (1, 3)));
    }

    #[test]
    fn colour_is_the_same_on_processors_without_avx2() {
        let (source, target) = ((37, 5), (18, 4));
        let mut random = fastrand::Rng::with_seed(3);
        let linear = Linear::new(source, target, Channels::Rgb);
        let row: Vec<u8> = (0..37 * 3).map(|_| random.u8(..)).collect();
        let mut narrow = [vec![0; 18 * 4], vec![0; 18 * 4]];
        hold_rgb(&row, &linear.columns, linear.columns_within, &mut narrow[0]);
        hold_rgb_any(&row, &linear.columns, &mut narrow[1]);
        let pixels = |narrow: &[i16]| -> Vec<i16> {
            let cells = narrow.chunks_exact(4);
            cells.flat_map(|cell| cell[..3].to_vec()).collect()
        };
        assert_eq!(pixels(&narrow[0]), pixels(&narrow[1]));
        let affine = Affine::of(&input_of(Channels::Rgb, target), 1.0);
        let other: Vec<i16> = (0..18 * 4).map(|_| random.i16(0..32_641)).collect();
        let rows: [Vec<f32>; 2] = [rgb_row as RowFn, |a, b, w, affine, out| {
            rgb_row_any(0, a, b, w, affine, out)
        }]
        .map(|row| {
            let mut planes = vec![0.0; 18 * 3];
            let (red, rest) = planes.split_at_mut(18);
            let (green, blue) = rest.split_at_mut(18);
            row(&narrow[0], &other, [700, 1348], &affine, [red, green, blue]);
            planes
        });
        assert_eq!(rows[0], rows[1]);
    }
}
