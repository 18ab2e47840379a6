//! The columns of a resized row: each is a weighted sum of neighbouring pixels of a source row.

use crate::bundle::manifest::Input;
use crate::image::Channels;

/// Outputs that are made together.
const GROUP: usize = 4;
/// Values that are read of a pixel: red, green, blue, and the next pixel's red, which is not used.
const LANES: usize = 4;

/// Which pixels of a source row make each output, and how much each of them weighs.
#[derive(Debug)]
pub(crate) struct Columns {
    channels: usize,
    spans: Vec<Span>,
    /// One after another.
    weights: Vec<f32>,
    groups: Vec<Group>,
    /// Per tap of a group: the weight for each lane of each output; 0 where an output has fewer taps.
    lanes: Vec<[f32; GROUP * LANES]>,
}

/// What makes one output.
#[derive(Debug)]
struct Span {
    /// The first value.
    start: usize,
    /// First of the weights, and one past the last.
    weights: (usize, usize),
}

/// Four outputs side by side.
#[derive(Debug)]
struct Group {
    /// How many are wanted.
    count: usize,
    /// The first value that each reads.
    starts: [usize; GROUP],
    /// First of the lanes, and one past the last.
    taps: (usize, usize),
}

/// What each channel's sums are multiplied with, and what is added then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Affine {
    factors: [f32; LANES],
    offsets: [f32; LANES],
}

impl Affine {
    /// `(pixel * gain / scale - mean) / std` as one multiplication and one addition.
    pub(crate) fn of(input: &Input, gain: f32) -> Self {
        let mut affine = Self {
            factors: [0.0; LANES],
            offsets: [0.0; LANES],
        };
        for channel in 0..input.channels.count() {
            let (factor, offset) = input.gain_and_offset(channel);
            affine.factors[channel] = factor * gain;
            affine.offsets[channel] = offset;
        }
        affine
    }

    #[inline(always)]
    pub(crate) fn apply(&self, channel: usize, value: f32) -> f32 {
        value * self.factors[channel] + self.offsets[channel]
    }
}

impl Columns {
    /// Of each output in turn: the first source pixel, and the weights of that and of those after it.
    pub(crate) fn new(outputs: &[(usize, Vec<f32>)], channels: Channels) -> Self {
        let channels = channels.count();
        let (mut spans, mut weights) = (Vec::new(), Vec::new());
        for (pixel, own) in outputs {
            let first = weights.len();
            weights.extend(own);
            spans.push(Span {
                start: pixel * channels,
                weights: (first, weights.len()),
            });
        }
        let (mut groups, mut lanes) = (Vec::new(), Vec::new());
        for outputs in outputs.chunks(GROUP) {
            let first = lanes.len();
            let taps = outputs.iter().map(|(_, own)| own.len()).max().unwrap_or(0);
            for tap in 0..taps {
                let mut all = [0.0; GROUP * LANES];
                for (lanes, (_, own)) in all.chunks_exact_mut(LANES).zip(outputs) {
                    lanes.fill(own.get(tap).copied().unwrap_or(0.0));
                }
                lanes.push(all);
            }
            let start = |n: usize| outputs[n.min(outputs.len() - 1)].0 * channels;
            groups.push(Group {
                count: outputs.len(),
                starts: std::array::from_fn(start),
                taps: (first, lanes.len()),
            });
        }
        Self {
            channels,
            spans,
            weights,
            groups,
            lanes,
        }
    }

    /// How many values a source row must have. What lies beyond its last pixel weighs nothing, but is read.
    pub(crate) fn reach(&self) -> usize {
        let reach = |group: &Group| {
            let last = group.starts.into_iter().max().unwrap_or(0);
            last + (group.taps.1 - group.taps.0) * self.channels + LANES
        };
        self.groups.iter().map(reach).max().unwrap_or(0)
    }

    /// Number of planes, and the width of their rows.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.channels, self.spans.len())
    }

    /// Makes a row of each plane. `row` has [`reach`](Self::reach) values.
    pub(crate) fn to_planes(&self, row: &[f32], affine: &Affine, planes: [&mut [f32]; 3]) {
        if self.channels == 1 {
            let [plane, ..] = planes;
            return self.to_plane(row, affine, plane);
        }
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") {
            // SAFETY: this processor has the instructions, as was just asked.
            return unsafe { avx2::to_rgb(self, row, affine, planes) };
        }
        self.to_rgb(row, affine, planes);
    }

    fn to_plane(&self, row: &[f32], affine: &Affine, plane: &mut [f32]) {
        for (value, [sum]) in plane.iter_mut().zip(self.sums::<1>(row)) {
            *value = affine.apply(0, sum);
        }
    }

    fn to_rgb(&self, row: &[f32], affine: &Affine, planes: [&mut [f32]; 3]) {
        for (x, sums) in self.sums::<3>(row).enumerate() {
            for (channel, sum) in sums.into_iter().enumerate() {
                planes[channel][x] = affine.apply(channel, sum);
            }
        }
    }

    /// Makes a row of rounded grey levels, packed as the source is. `row` has [`reach`](Self::reach) values.
    pub(crate) fn to_bytes(&self, row: &[f32], out: &mut [u8]) {
        let rounded = |sum: f32| (sum + 0.5) as u8;
        if self.channels == 1 {
            for (byte, [sum]) in out.iter_mut().zip(self.sums::<1>(row)) {
                *byte = rounded(sum);
            }
            return;
        }
        let (pixels, _) = out.as_chunks_mut::<3>();
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") {
            // SAFETY: this processor has the instructions, as was just asked.
            return unsafe { avx2::to_bytes(self, row, pixels) };
        }
        for (pixel, sums) in pixels.iter_mut().zip(self.sums::<3>(row)) {
            *pixel = sums.map(rounded);
        }
    }

    /// Of each output in turn.
    #[inline(always)]
    fn sums<const CHANNELS: usize>(&self, row: &[f32]) -> impl Iterator<Item = [f32; CHANNELS]> {
        self.spans.iter().map(|span| {
            let mut sums = [0.0; CHANNELS];
            let (pixels, _) = row[span.start..].as_chunks::<CHANNELS>();
            let weights = &self.weights[span.weights.0..span.weights.1];
            for (pixel, weight) in pixels.iter().zip(weights) {
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum += value * weight;
                }
            }
            sums
        })
    }
}

/// The same sums in the same order, two pixels in a register.
#[cfg(target_arch = "x86_64")]
pub(super) mod avx2 {
    use super::{Affine, Columns, GROUP, Group, LANES};
    use std::arch::x86_64::*;
    use std::ops::Range;

    /// Pixels that are made together.
    pub(in crate::prepare::resize) const PIXELS: usize = GROUP;

    #[target_feature(enable = "avx2")]
    pub(super) fn to_rgb(
        columns: &Columns,
        row: &[f32],
        affine: &Affine,
        mut planes: [&mut [f32]; 3],
    ) {
        let (factors, offsets) = affine_of(affine);
        for (index, group) in columns.groups.iter().enumerate() {
            let (first, second) = sums(columns, group, row);
            let first = _mm256_add_ps(_mm256_mul_ps(first, factors), offsets);
            let second = _mm256_add_ps(_mm256_mul_ps(second, factors), offsets);
            let at = index * GROUP..index * GROUP + group.count;
            put_rgb(first, second, at, &mut planes);
        }
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn to_bytes(columns: &Columns, row: &[f32], pixels: &mut [[u8; 3]]) {
        let half = _mm256_set1_ps(0.5);
        let mut outs = pixels.chunks_mut(GROUP);
        for group in &columns.groups {
            let (first, second) = sums(columns, group, row);
            let first = _mm256_cvttps_epi32(_mm256_add_ps(first, half));
            let second = _mm256_cvttps_epi32(_mm256_add_ps(second, half));
            // Both halves of a register are packed apart: pixels 0, 2, 1, 3.
            let words =
                _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi32(first, second));
            let bytes = _mm256_packus_epi16(words, words);
            let mut told = [[0u8; LANES]; 8];
            // SAFETY: 32 bytes are written.
            unsafe { _mm256_storeu_si256(told.as_mut_ptr().cast(), bytes) };
            // Pixels 0 and 1 lie in the lower half, 2 and 3 in the upper.
            let told = [told[0], told[1], told[4], told[5]];
            for (pixel, [red, green, blue, _]) in outs.next().into_iter().flatten().zip(told) {
                *pixel = [red, green, blue];
            }
        }
    }

    /// Factors and offsets of two pixels.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(in crate::prepare::resize) fn affine_of(affine: &Affine) -> (__m256, __m256) {
        // SAFETY: four values are read of each.
        let (factors, offsets) = unsafe {
            (
                _mm_loadu_ps(affine.factors.as_ptr()),
                _mm_loadu_ps(affine.offsets.as_ptr()),
            )
        };
        (
            _mm256_set_m128(factors, factors),
            _mm256_set_m128(offsets, offsets),
        )
    }

    /// Weighted sums for a group of four output pixels, each in four lanes: red, green, blue and one to spare.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn sums(columns: &Columns, group: &Group, row: &[f32]) -> (__m256, __m256) {
        let weights = &columns.lanes[group.taps.0..group.taps.1];
        let length = weights.len() * 3 + 1;
        let rows = group
            .starts
            .map(|start| row[start..start + length].as_ptr());
        let (mut first, mut second) = (_mm256_setzero_ps(), _mm256_setzero_ps());
        for (tap, weights) in weights.iter().enumerate() {
            // SAFETY: a tap reads four of `length` values from 3 tap on; a weight has 16 lanes.
            unsafe {
                let pixel = |n: usize| _mm_loadu_ps(rows[n].add(3 * tap));
                let weights = weights.as_ptr();
                let left = _mm256_mul_ps(
                    _mm256_set_m128(pixel(1), pixel(0)),
                    _mm256_loadu_ps(weights),
                );
                let right = _mm256_mul_ps(
                    _mm256_set_m128(pixel(3), pixel(2)),
                    _mm256_loadu_ps(weights.add(8)),
                );
                first = _mm256_add_ps(first, left);
                second = _mm256_add_ps(second, right);
            }
        }
        (first, second)
    }

    /// Writes four pixels, or as many of them as `at` has, to their planes.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(in crate::prepare::resize) fn put_rgb(
        first: __m256,
        second: __m256,
        at: Range<usize>,
        planes: &mut [&mut [f32]; 3],
    ) {
        let (mut a, mut b) = (
            _mm256_castps256_ps128(first),
            _mm256_extractf128_ps::<1>(first),
        );
        let (mut c, mut d) = (
            _mm256_castps256_ps128(second),
            _mm256_extractf128_ps::<1>(second),
        );
        _MM_TRANSPOSE4_PS(&mut a, &mut b, &mut c, &mut d);
        let [red, green, blue] = planes;
        put(a, &mut red[at.clone()]);
        put(b, &mut green[at.clone()]);
        put(c, &mut blue[at]);
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn put(values: __m128, out: &mut [f32]) {
        if let Some(out) = out.first_chunk_mut::<GROUP>() {
            // SAFETY: four values are written.
            return unsafe { _mm_storeu_ps(out.as_mut_ptr(), values) };
        }
        let mut all = [0.0; GROUP];
        // SAFETY: four values are written.
        unsafe { _mm_storeu_ps(all.as_mut_ptr(), values) };
        out.copy_from_slice(&all[..out.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_the_same_on_processors_without_avx2() {
        let mut random = fastrand::Rng::with_seed(5);
        let spans: Vec<(usize, Vec<f32>)> = (0..11)
            .map(|n| (2 * n, (0..1 + n % 4).map(|_| random.f32()).collect()))
            .collect();
        let columns = Columns::new(&spans, Channels::Rgb);
        let row: Vec<f32> = (0..columns.reach()).map(|_| random.f32() * 90.0).collect();
        let affine = Affine {
            factors: [0.5, 0.25, 2.0, 0.0],
            offsets: [1.0, -1.0, 3.0, 0.0],
        };
        let mut found = [[f32::NAN; 11]; 3];
        columns.to_planes(&row, &affine, found.each_mut().map(|plane| &mut plane[..]));
        let mut expected = [[f32::NAN; 11]; 3];
        columns.to_rgb(
            &row,
            &affine,
            expected.each_mut().map(|plane| &mut plane[..]),
        );
        assert_eq!(found, expected);
        let mut bytes = [0; 33];
        columns.to_bytes(&row, &mut bytes);
        let sums = columns.sums::<3>(&row);
        let rounded: Vec<u8> = sums.flatten().map(|sum| (sum + 0.5) as u8).collect();
        assert_eq!(bytes[..], rounded);
    }
}
