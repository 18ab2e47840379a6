//! Resizing as training tools do it, for models that learnt from such images: by a triangle (Pillow, torchvision).

use super::columns::{Affine, Columns};
use super::rows;
use super::strips::{self, PerThread};
use crate::bundle::manifest::{Input, Resize};
use crate::image::Channels;
use crate::prepare::pool::ThreadPool;
use std::array;

/// The source rows that make one output row.
#[derive(Debug)]
struct Span {
    start: usize,
    weights: Vec<f32>,
}

/// Resizes images of one size to one size.
#[derive(Debug)]
pub(crate) struct Filter {
    rows: Vec<Span>,
    columns: Columns,
    /// Bytes of a source row.
    row_bytes: usize,
    /// A row of the source, or sums of rows, and as many more as are read beyond the end.
    wide: PerThread<Vec<f32>>,
    /// All rows of the source at the target's width, where they are rounded first, and sums of them; else empty.
    narrow: (Vec<u8>, PerThread<Vec<f32>>),
}

impl Filter {
    /// Tables from `source` to `target`, both width and height. By area, see [`Area`](super::area::Area).
    pub(crate) fn new(
        source: (u32, u32),
        target: (u32, u32),
        how: Resize,
        channels: Channels,
    ) -> Self {
        let columns = Columns::new(&triangle(source.0, target.0), channels);
        let channels = channels.count();
        let row_bytes = source.0 as usize * channels;
        let narrow = match how {
            Resize::Pillow => target.0 as usize * channels,
            _ => 0,
        };
        let span = |(start, weights)| Span { start, weights };
        Self {
            rows: triangle(source.1, target.1).into_iter().map(span).collect(),
            wide: array::from_fn(|_| vec![0.0; row_bytes.max(columns.reach())]),
            columns,
            row_bytes,
            narrow: (
                vec![0; narrow * source.1 as usize],
                array::from_fn(|_| vec![0.0; narrow]),
            ),
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
        if !self.narrow.0.is_empty() {
            return self.columns_then_rows(pixels, &affine, planes, pool);
        }
        let row_bytes = self.row_bytes;
        let (spans, columns) = (&self.rows, &self.columns);
        strips::share(
            pool,
            planes,
            columns.size(),
            &mut self.wide,
            |strip, wide| {
                for y in strip.rows() {
                    let span = &spans[y];
                    let rows = &pixels[span.start * row_bytes..][..span.weights.len() * row_bytes];
                    rows::weigh(rows, &span.weights, &mut wide[..row_bytes]);
                    columns.to_planes(wide, &affine, strip.row(y));
                }
            },
        );
    }

    /// As Pillow does it: grey levels in between.
    fn columns_then_rows(
        &mut self,
        pixels: &[u8],
        affine: &Affine,
        planes: &mut [f32],
        pool: &mut ThreadPool,
    ) {
        let (narrow, sums) = &mut self.narrow;
        let (channels, width) = self.columns.size();
        let (spans, columns, row_bytes) = (&self.rows, &self.columns, self.row_bytes);
        let length = channels * width;
        strips::share(pool, narrow, (1, length), &mut self.wide, |strip, wide| {
            for y in strip.rows() {
                for (wide, byte) in wide.iter_mut().zip(&pixels[y * row_bytes..][..row_bytes]) {
                    *wide = f32::from(*byte);
                }
                let [out, ..] = strip.row(y);
                columns.to_bytes(wide, out);
            }
        });
        let narrow = &narrow[..];
        strips::share(pool, planes, (channels, width), sums, |strip, sums| {
            for y in strip.rows() {
                let span = &spans[y];
                let rows = &narrow[span.start * length..][..span.weights.len() * length];
                rows::weigh(rows, &span.weights, sums);
                let planes = strip.row(y).into_iter().take(channels).enumerate();
                for (channel, out) in planes {
                    let sums = sums[channel..].iter().step_by(channels);
                    for (value, sum) in out.iter_mut().zip(sums) {
                        *value = affine.apply(channel, (sum + 0.5).floor());
                    }
                }
            }
        });
    }
}

fn triangle(source: u32, target: u32) -> Vec<(usize, Vec<f32>)> {
    let factor = f64::from(source) / f64::from(target);
    let half = factor.max(1.0);
    let span = |index: u32| {
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
    };
    (0..target).map(span).collect()
}

#[cfg(test)]
mod tests {
    use crate::bundle::manifest::Resize;
    use crate::prepare::resize::tests::resized;

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
