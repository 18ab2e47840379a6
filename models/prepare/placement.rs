//! Where an image lies in the model's input once it is resized.

use crate::bundle::manifest::{Fit, Input};

/// Most cells a side of the resized image per cell of the input: an image much longer than wide would
/// otherwise be enlarged without end when its middle is taken.
const CROPPED_MAX: u32 = 8;

/// Of images of one size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Placement {
    /// Width and height of the image.
    pub(crate) source: (u32, u32),
    /// Width and height of the resized image.
    pub(crate) content: (u32, u32),
    /// Its upper left corner in the input; negative where it reaches beyond.
    offset: (i64, i64),
    /// Whether both sides were meant to be resized alike.
    is_even: bool,
}

impl Placement {
    /// `None` when the image is too long for its middle to be taken.
    pub(crate) fn new(source: (u32, u32), input: &Input) -> Option<Self> {
        let (width, height) = (f64::from(input.width), f64::from(input.height));
        let (across, down) = (width / f64::from(source.0), height / f64::from(source.1));
        let sides = |factor: f64, whole: fn(f64) -> f64| {
            let side = |side: u32| whole(f64::from(side) * factor).max(1.0) as u32;
            (side(source.0), side(source.1))
        };
        let content = match input.fit {
            Fit::Stretch => (input.width, input.height),
            Fit::Letterbox { .. } => {
                let (content_width, content_height) = sides(across.min(down), f64::round_ties_even);
                (
                    content_width.min(input.width),
                    content_height.min(input.height),
                )
            }
            Fit::Crop { share } => {
                let share = f64::from(share);
                // What should be a whole number may come out a hair below it.
                let (content_width, content_height) =
                    sides(across.max(down) / share, |side| (side + 1e-6).floor());
                (
                    content_width.max(input.width),
                    content_height.max(input.height),
                )
            }
        };
        let is_long =
            content.0 / CROPPED_MAX > input.width || content.1 / CROPPED_MAX > input.height;
        let middle = |input: u32, content: u32| {
            let rest = (f64::from(input) - f64::from(content)) / 2.0;
            // As Ultralytics and torchvision have it when the rest is odd.
            let rest = if rest > 0.0 {
                (rest - 0.1).round()
            } else {
                -(-rest).round_ties_even()
            };
            rest as i64
        };
        let offset = (
            middle(input.width, content.0),
            middle(input.height, content.1),
        );
        let is_even = matches!(input.fit, Fit::Letterbox { .. });
        (!is_long).then_some(Self {
            is_even,
            source,
            content,
            offset,
        })
    }

    /// Whether the resized image is the input.
    pub(crate) fn is_input(&self, input: &Input) -> bool {
        self.content == (input.width, input.height)
    }

    /// Fills the planes of the input with what stands where no image is.
    pub(crate) fn pad(&self, input: &Input, planes: &mut [f32]) {
        let Fit::Letterbox { pad } = input.fit else {
            return;
        };
        let plane = input.width as usize * input.height as usize;
        for (channel, plane) in planes.chunks_exact_mut(plane).enumerate() {
            let (gain, offset) = input.gain_and_offset(channel);
            plane.fill(pad * gain + offset);
        }
    }

    /// Brings the planes of the resized image into those of the input. What lies around it stays.
    pub(crate) fn place(&self, content: &[f32], input: &Input, planes: &mut [f32]) {
        let (width, height) = (input.width as usize, input.height as usize);
        let (content_width, content_height) = (self.content.0 as usize, self.content.1 as usize);
        let (left, columns) = shared(self.offset.0, content_width, width);
        let from_column = (-self.offset.0).max(0) as usize;
        let (top, rows) = shared(self.offset.1, content_height, height);
        let from_row = (-self.offset.1).max(0) as usize;
        let contents = content.chunks_exact(content_width * content_height);
        for (plane, content) in planes.chunks_exact_mut(width * height).zip(contents) {
            for row in 0..rows {
                let from = (from_row + row) * content_width + from_column;
                plane[(top + row) * width + left..][..columns]
                    .copy_from_slice(&content[from..from + columns]);
            }
        }
    }

    /// From pixels of the input to pixels of the image.
    pub(crate) fn to_source(self, x: f32, y: f32) -> (f32, f32) {
        let (across, down) = self.factors();
        (
            (x - self.offset.0 as f32) * across,
            (y - self.offset.1 as f32) * down,
        )
    }

    /// The same, not beyond its edges.
    pub(crate) fn to_source_within(self, x: f32, y: f32) -> (f32, f32) {
        let (x, y) = self.to_source(x, y);
        (
            x.clamp(0.0, self.source.0 as f32),
            y.clamp(0.0, self.source.1 as f32),
        )
    }

    /// Pixels of the image per pixel of the input, across and down.
    pub(crate) fn factors(self) -> (f32, f32) {
        let across = self.source.0 as f32 / self.content.0 as f32;
        let down = self.source.1 as f32 / self.content.1 as f32;
        if self.is_even {
            // The sides were rounded to whole pixels. Ultralytics reckons with the side that was not, as it does here.
            let longer = if self.source.0 >= self.source.1 {
                across
            } else {
                down
            };
            (longer, longer)
        } else {
            (across, down)
        }
    }

    /// From pixels of the resized image to pixels of the input.
    pub(crate) fn to_input(self, x: f32, y: f32) -> (f32, f32) {
        (x + self.offset.0 as f32, y + self.offset.1 as f32)
    }
}

/// Where `content` cells put at `offset` begin within `side` cells, and how many lie within.
fn shared(offset: i64, content: usize, side: usize) -> (usize, usize) {
    let from = offset.clamp(0, side as i64);
    let to = (offset + content as i64).clamp(0, side as i64);
    (from as usize, (to - from) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::manifest::Resize;
    use crate::image::Channels;

    fn input(fit: Fit) -> Input {
        Input {
            name: "image".to_owned(),
            width: 8,
            height: 8,
            channels: Channels::Mono,
            fit,
            resize: Resize::Area,
            scale: 1.0,
            mean: vec![0.0],
            std: vec![1.0],
        }
    }

    #[test]
    fn a_wide_image_is_padded_above_and_below() {
        let input = input(Fit::Letterbox { pad: 7.0 });
        let placement = Placement::new((16, 8), &input).unwrap();
        assert_eq!((placement.content, placement.offset), ((8, 4), (0, 2)));
        let mut planes = [f32::NAN; 64];
        placement.pad(&input, &mut planes);
        placement.place(&[1.0; 32], &input, &mut planes);
        let rows: Vec<f32> = planes.chunks(8).map(|row| row.iter().sum()).collect();
        assert_eq!(rows, [56.0, 56.0, 8.0, 8.0, 8.0, 8.0, 56.0, 56.0]);
        assert_eq!(placement.to_source(4.0, 4.0), (8.0, 4.0));
        assert_eq!(placement.to_source(4.0, 1.0), (8.0, -2.0));
        assert_eq!(placement.to_source_within(4.0, 1.0), (8.0, 0.0));
    }

    #[test]
    fn the_middle_of_a_wide_image_fills_the_input() {
        let input = input(Fit::Crop { share: 1.0 });
        let placement = Placement::new((24, 16), &input).unwrap();
        assert_eq!((placement.content, placement.offset), ((12, 8), (-2, 0)));
        let content: Vec<f32> = (0..96).map(|cell| (cell % 12) as f32).collect();
        let mut planes = [f32::NAN; 64];
        placement.place(&content, &input, &mut planes);
        assert_eq!(planes[..8], [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
        assert!(Placement::new((1000, 1), &input).is_none());
    }

    #[test]
    fn an_image_of_the_same_aspect_is_the_input() {
        for fit in [
            Fit::Stretch,
            Fit::Letterbox { pad: 0.0 },
            Fit::Crop { share: 1.0 },
        ] {
            let placement = Placement::new((32, 32), &input(fit)).unwrap();
            assert!(placement.is_input(&input(fit)), "{fit:?}");
        }
    }
}
