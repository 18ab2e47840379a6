//! Resizing as training tools do it, for models that learnt from such images: by a triangle (Pillow, torchvision).

use crate::manifest::{Channels, Input, Resize};

/// The source pixels along one side that make one output pixel.
#[derive(Debug)]
struct Span {
    start: usize,
    /// First weight, and one past the last.
    weights: (usize, usize),
}

/// Of all output pixels along one side.
#[derive(Debug)]
struct Spans {
    spans: Vec<Span>,
    weights: Vec<f32>,
}

/// Resizes images of one size to one size.
#[derive(Debug)]
pub(crate) struct Filter {
    rows: Spans,
    columns: Spans,
    channels: usize,
    sums: Vec<f32>,
    /// Rows of the source at the target's width, where they are rounded first; else empty.
    narrow: Vec<u8>,
}

impl Filter {
    /// Tables from `source` to `target`, both width and height. By area, see [`Area`](crate::area::Area).
    pub(crate) fn new(
        source: (u32, u32),
        target: (u32, u32),
        how: Resize,
        channels: Channels,
    ) -> Self {
        let row = if how == Resize::Pillow {
            target.0
        } else {
            source.0
        } as usize
            * channels.count();
        let narrow = if how == Resize::Pillow {
            row * source.1 as usize
        } else {
            0
        };
        Self {
            rows: triangle(source.1, target.1),
            columns: triangle(source.0, target.0),
            channels: channels.count(),
            sums: vec![0.0; row],
            narrow: vec![0; narrow],
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
        if !self.narrow.is_empty() {
            self.rows_then_columns::<CHANNELS>(pixels, input, planes);
            return;
        }
        let row_bytes = self.sums.len();
        let (width, height) = (self.columns.spans.len(), self.rows.spans.len());
        for (y, span) in self.rows.spans.iter().enumerate() {
            let weights = &self.rows.weights[span.weights.0..span.weights.1];
            self.sums.fill(0.0);
            let rows = pixels[span.start * row_bytes..].chunks_exact(row_bytes);
            for (row, weight) in rows.zip(weights) {
                for (sum, byte) in self.sums.iter_mut().zip(row) {
                    *sum += f32::from(*byte) * weight;
                }
            }
            let affine: [(f32, f32); CHANNELS] =
                std::array::from_fn(|channel| input.gain_and_offset(channel));
            let (sums, _) = self.sums.as_chunks::<CHANNELS>();
            for (x, span) in self.columns.spans.iter().enumerate() {
                let weights = &self.columns.weights[span.weights.0..span.weights.1];
                let pixel = weighted(&sums[span.start..], weights, |sum| sum);
                for (channel, (gain, offset)) in affine.iter().enumerate() {
                    planes[(channel * height + y) * width + x] = pixel[channel] * gain + offset;
                }
            }
        }
    }
}

/// Sum of pixels times their weights, channel by channel.
#[inline(always)]
fn weighted<const CHANNELS: usize, T: Copy>(
    pixels: &[[T; CHANNELS]],
    weights: &[f32],
    value: impl Fn(T) -> f32,
) -> [f32; CHANNELS] {
    let mut sums = [0.0; CHANNELS];
    for (pixel, weight) in pixels.iter().zip(weights) {
        for (sum, channel) in sums.iter_mut().zip(pixel) {
            *sum += value(*channel) * weight;
        }
    }
    sums
}

impl Filter {
    /// As Pillow does it: all rows first, and grey levels in between.
    #[inline(always)]
    fn rows_then_columns<const CHANNELS: usize>(
        &mut self,
        pixels: &[u8],
        input: &Input,
        planes: &mut [f32],
    ) {
        let (channels, row) = (CHANNELS, self.sums.len());
        let (width, height) = (self.columns.spans.len(), self.rows.spans.len());
        let source_row = pixels.len() / (self.narrow.len() / row);
        let rows = self
            .narrow
            .chunks_exact_mut(row)
            .zip(pixels.chunks_exact(source_row));
        for (out, row) in rows {
            let (cells, _) = out.as_chunks_mut::<CHANNELS>();
            let (row, _) = row.as_chunks::<CHANNELS>();
            for (cell, span) in cells.iter_mut().zip(&self.columns.spans) {
                let weights = &self.columns.weights[span.weights.0..span.weights.1];
                let sums = weighted(&row[span.start..], weights, f32::from);
                *cell = sums.map(|sum| (sum + 0.5) as u8);
            }
        }
        for (y, span) in self.rows.spans.iter().enumerate() {
            let weights = &self.rows.weights[span.weights.0..span.weights.1];
            self.sums.fill(0.0);
            let rows = self.narrow[span.start * row..].chunks_exact(row);
            for (narrow, weight) in rows.zip(weights) {
                for (sum, byte) in self.sums.iter_mut().zip(narrow) {
                    *sum += f32::from(*byte) * weight;
                }
            }
            for channel in 0..channels {
                let (gain, offset) = input.gain_and_offset(channel);
                let out = &mut planes[(channel * height + y) * width..][..width];
                for (value, sum) in out
                    .iter_mut()
                    .zip(self.sums[channel..].iter().step_by(channels))
                {
                    *value = (sum + 0.5).floor() * gain + offset;
                }
            }
        }
    }
}

fn collected(spans: impl Iterator<Item = (usize, Vec<f32>)>) -> Spans {
    let (mut all, mut weights) = (Vec::new(), Vec::new());
    for (start, own) in spans {
        let first = weights.len();
        weights.extend(own);
        let weights = (first, weights.len());
        all.push(Span { start, weights });
    }
    Spans {
        spans: all,
        weights,
    }
}

fn triangle(source: u32, target: u32) -> Spans {
    let factor = f64::from(source) / f64::from(target);
    let half = factor.max(1.0);
    collected((0..target).map(|index| {
        let centre = (f64::from(index) + 0.5) * factor;
        let from = (centre - half + 0.5).max(0.0) as usize;
        let to = ((centre + half + 0.5) as usize).min(source as usize);
        let weight = |pixel: usize| (1.0 - ((pixel as f64 + 0.5 - centre) / half).abs()).max(0.0);
        let sum: f64 = (from..to).map(weight).sum();
        (
            from,
            (from..to)
                .map(|pixel| (weight(pixel) / sum) as f32)
                .collect(),
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Fit;

    fn resized(pixels: &[u8], source: (u32, u32), target: (u32, u32), how: Resize) -> Vec<f32> {
        let input = Input {
            name: "image".to_owned(),
            width: target.0,
            height: target.1,
            channels: Channels::Mono,
            fit: Fit::Stretch,
            resize: how,
            scale: 1.0,
            mean: vec![0.0],
            std: vec![1.0],
        };
        let mut planes = vec![f32::NAN; (target.0 * target.1) as usize];
        Filter::new(source, target, how, Channels::Mono).resize(pixels, &input, &mut planes);
        planes
    }

    #[test]
    fn triangle_is_what_torch_and_pillow_give() {
        // torch.nn.functional.interpolate(…, (1, 4), mode="bilinear", antialias=True), and
        // PIL.Image.fromarray(numpy.array([[0, 0, 0, 255, 0, 0, 0, 0]], numpy.uint8)).resize((4, 1), BILINEAR)
        let pixels = [0, 0, 0, 255, 0, 0, 0, 0];
        let found = resized(&pixels, (8, 1), (4, 1), Resize::Triangle);
        for (found, expected) in found.iter().zip([0.0, 95.625, 31.875, 0.0]) {
            assert!((found - expected).abs() <= 1e-3, "{found} {expected}");
        }
        let found = resized(&pixels, (8, 1), (4, 1), Resize::Pillow);
        assert_eq!(found, [0.0, 96.0, 32.0, 0.0]);
    }

    #[test]
    fn columns_are_done_as_rows_are() {
        let pixels = [10, 20, 90, 200, 30, 5, 7, 8];
        for how in [Resize::Triangle, Resize::Pillow] {
            let across = resized(&pixels, (8, 1), (3, 1), how);
            assert_eq!(across, resized(&pixels, (1, 8), (1, 3), how), "{how:?}");
        }
    }
}
