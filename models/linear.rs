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
}

impl Linear {
    /// Tables from `source` to `target`, both width and height.
    pub(crate) fn new(source: (u32, u32), target: (u32, u32), channels: Channels) -> Self {
        let channels = channels.count();
        let row = vec![0; target.0 as usize * channels];
        Self {
            rows: pairs(source.1, target.1),
            columns: pairs(source.0, target.0),
            channels,
            source_row: source.0 as usize * channels,
            narrow: [row.clone(), row],
            held: [None; 2],
        }
    }

    /// `pixels` are the source, packed; `planes` are the target, channel by channel, normalised.
    pub(crate) fn resize(&mut self, pixels: &[u8], input: &Input, planes: &mut [f32]) {
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
            self.hold(0, first, pixels);
            self.hold(1, second, pixels);
            let [above, below] = &self.narrow;
            for channel in 0..self.channels {
                let (gain, offset) = input.gain_and_offset(channel);
                let out = &mut planes[(channel * height + y) * width..][..width];
                let above = above[channel..].iter().step_by(self.channels);
                let below = below[channel..].iter().step_by(self.channels);
                for (value, (above, below)) in out.iter_mut().zip(above.zip(below)) {
                    let sum = ((weights[0] * i32::from(*above)) >> 16)
                        + ((weights[1] * i32::from(*below)) >> 16);
                    *value = ((sum + 2) >> 2).clamp(0, 255) as f32 * gain + offset;
                }
            }
        }
    }

    /// Has a source row at hand.
    fn hold(&mut self, place: usize, row: usize, pixels: &[u8]) {
        if self.held[place] == Some(row) {
            return;
        }
        self.held[place] = Some(row);
        let row = &pixels[row * self.source_row..][..self.source_row];
        let cells = self.narrow[place].chunks_exact_mut(self.channels);
        for (cell, pair) in cells.zip(&self.columns) {
            let first = &row[pair.first * self.channels..];
            let second = &row[pair.second * self.channels..];
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
