//! Resizing as OpenCV's `INTER_LINEAR` does it on bytes: between the four nearest pixels, in its fixed-point
//! arithmetic (`resize.cpp`, `INTER_RESIZE_COEF_BITS` = 11), so that a model sees the very grey levels that it learnt
//! from. The same to the last bit where images are shrunk; one level off in a thousandth of the pixels where they
//! are enlarged.

use crate::manifest::{Channels, Input};

/// A weight of 1.
const WHOLE: f32 = 2048.0;

/// The two source pixels along one side that make an output pixel, and their weights.
#[derive(Clone, Copy, Debug)]
struct Pair {
    first: usize,
    second: usize,
    weights: [i32; 2],
}

/// Resizes images of one size to one size.
#[derive(Debug)]
pub(crate) struct Linear {
    rows: Vec<Pair>,
    columns: Vec<Pair>,
    channels: usize,
    /// Bytes of a source row.
    source_row: usize,
    /// The source rows of the output row at hand, at the target's width and 128 times their value.
    narrow: [Vec<i16>; 2],
    /// Which rows they are.
    held: [Option<usize>; 2],
    /// The output row at hand.
    levels: Vec<f32>,
}

impl Linear {
    /// Tables from `source` to `target`, both width and height.
    pub(crate) fn new(source: (u32, u32), target: (u32, u32), channels: Channels) -> Self {
        let channels = channels.count();
        let row = vec![0; target.0 as usize * channels];
        let levels = vec![0.0; row.len()];
        Self {
            rows: pairs(source.1, target.1),
            columns: pairs(source.0, target.0),
            channels,
            source_row: source.0 as usize * channels,
            narrow: [row.clone(), row],
            held: [None; 2],
            levels,
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
        match self.channels {
            3 => self.resize_of::<3>(pixels, input, planes),
            _ => self.resize_of::<1>(pixels, input, planes),
        }
    }

    #[inline(always)]
    fn resize_of<const CHANNELS: usize>(
        &mut self,
        pixels: &[u8],
        input: &Input,
        planes: &mut [f32],
    ) {
        self.held = [None; 2];
        let (width, height) = (self.columns.len(), self.rows.len());
        for y in 0..height {
            let Pair {
                first,
                second,
                weights,
            } = self.rows[y];
            if self.held[1] == Some(first) {
                self.held.swap(0, 1);
                self.narrow.swap(0, 1);
            }
            self.hold::<CHANNELS>(0, first, pixels);
            self.hold::<CHANNELS>(1, second, pixels);
            let [above, below] = &self.narrow;
            // First as they lie, which the compiler turns into vector code, then channel by channel.
            let levels = self.levels.iter_mut().zip(above.iter().zip(below));
            for (level, (above, below)) in levels {
                let sum = ((weights[0] * i32::from(*above)) >> 16)
                    + ((weights[1] * i32::from(*below)) >> 16);
                *level = ((sum + 2) >> 2).clamp(0, 255) as f32;
            }
            let (levels, _) = self.levels.as_chunks::<CHANNELS>();
            for channel in 0..CHANNELS {
                let (gain, offset) = input.gain_and_offset(channel);
                let out = &mut planes[(channel * height + y) * width..][..width];
                for (value, level) in out.iter_mut().zip(levels) {
                    *value = level[channel] * gain + offset;
                }
            }
        }
    }

    /// Has a source row at hand.
    #[inline(always)]
    fn hold<const CHANNELS: usize>(&mut self, place: usize, row: usize, pixels: &[u8]) {
        if self.held[place] == Some(row) {
            return;
        }
        self.held[place] = Some(row);
        let row = &pixels[row * self.source_row..][..self.source_row];
        let (row, _) = row.as_chunks::<CHANNELS>();
        let (cells, _) = self.narrow[place].as_chunks_mut::<CHANNELS>();
        for (cell, pair) in cells.iter_mut().zip(&self.columns) {
            let (first, second) = (&row[pair.first], &row[pair.second]);
            for (value, (first, second)) in cell.iter_mut().zip(first.iter().zip(second)) {
                let sum =
                    pair.weights[0] * i32::from(*first) + pair.weights[1] * i32::from(*second);
                *value = (sum >> 4) as i16;
            }
        }
    }
}

fn pairs(source: u32, target: u32) -> Vec<Pair> {
    let factor = f64::from(source) / f64::from(target);
    let last = source as usize - 1;
    let pair = |index: u32| {
        let at = ((f64::from(index) + 0.5) * factor - 0.5) as f32;
        let (first, share) = match at.floor() {
            below if below < 0.0 => (0, 0.0),
            below if below as usize >= last => (last, 0.0),
            below => (below as usize, at - below),
        };
        let weight = |share: f32| (share * WHOLE).round_ties_even() as i32;
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

    fn resized(pixels: &[u8], source: (u32, u32), target: (u32, u32)) -> Vec<f32> {
        let input = Input {
            name: "image".to_owned(),
            width: target.0,
            height: target.1,
            channels: Channels::Mono,
            fit: Fit::Stretch,
            resize: Resize::Linear,
            scale: 1.0,
            mean: vec![0.0],
            std: vec![1.0],
        };
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
}
