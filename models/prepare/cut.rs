//! What a model sees of a frame: the region cut out, and ignored places painted over. Nothing allocates after `new`.

use crate::bundle::manifest::place::{self, Place, PlaceError, Point};
use crate::image::{ImageView, InputError};

/// Of painted pixels, in every channel: the same for teaching and for running, and in the middle, so that it is as near
/// to any part as it can be.
pub const PAINT: u8 = 128;

/// For frames of one size.
#[derive(Clone, Debug)]
pub struct Cut {
    frame: (u32, u32),
    /// Left, top, width and height.
    region: [u32; 4],
    /// Painted pixels of the region, row by row: row, first column, and the one after the last.
    painted: Vec<[u32; 3]>,
}

impl Cut {
    /// For frames of this size; ignored places are painted where the model was taught so.
    ///
    /// # Errors
    /// When the place is none in such frames.
    pub fn new(place: &Place, frame: (u32, u32), is_painted: bool) -> Result<Self, PlaceError> {
        place.check(frame)?;
        let region = place.seen(frame);
        let shapes: &[Vec<Point>] = if is_painted { &place.ignore } else { &[] };
        Ok(Self {
            frame,
            region,
            painted: shapes
                .iter()
                .flat_map(|shape| spans(shape, region))
                .collect(),
        })
    }

    /// Whether it leaves frames as they are.
    pub fn is_nothing(&self) -> bool {
        self.painted.is_empty() && self.region == [0, 0, self.frame.0, self.frame.1]
    }

    /// Width and height of what the model sees.
    pub fn size(&self) -> (u32, u32) {
        (self.region[2], self.region[3])
    }

    /// Bytes of what the model sees of such frames.
    pub(crate) fn bytes(&self, channels: usize) -> usize {
        self.region[2] as usize * self.region[3] as usize * channels
    }

    /// The image as the model sees it. `into` has room for it, or is made larger.
    ///
    /// # Errors
    /// When the image has another size, or not as many bytes as it says.
    pub fn apply<'a>(
        &self,
        image: &ImageView,
        into: &'a mut Vec<u8>,
    ) -> Result<ImageView<'a>, InputError> {
        let found = (image.width, image.height);
        if found != self.frame {
            let expected = self.frame;
            return Err(InputError::Frame { expected, found });
        }
        let lanes = image.channels.count();
        let expected = image.width as usize * image.height as usize * lanes;
        if image.pixels.len() != expected {
            let found = image.pixels.len();
            return Err(InputError::Length { expected, found });
        }
        let [left, top, width, height] = self.region.map(|side| side as usize);
        into.clear();
        for row in image
            .pixels
            .chunks_exact(image.width as usize * lanes)
            .skip(top)
            .take(height)
        {
            into.extend_from_slice(&row[left * lanes..][..width * lanes]);
        }
        for [row, from, to] in self.painted.iter().map(|span| span.map(|at| at as usize)) {
            into[(row * width + from) * lanes..(row * width + to) * lanes].fill(PAINT);
        }
        Ok(ImageView {
            pixels: into,
            width: self.region[2],
            height: self.region[3],
            channels: image.channels,
        })
    }
}

/// Pixels of the region whose middle lies in a polygon.
fn spans(shape: &[Point], region: [u32; 4]) -> Vec<[u32; 3]> {
    let [left, top, right, bottom] = place::bounds(shape, region);
    let mut spans = Vec::new();
    for y in top..bottom {
        let is_in = |x: &u32| place::is_inside(shape, (*x as f32 + 0.5, y as f32 + 0.5));
        let mut x = left;
        while let Some(from) = (x..right).find(is_in) {
            let to = (from..right).find(|x| !is_in(x)).unwrap_or(right);
            spans.push([y - region[1], from - region[0], to - region[0]]);
            x = to;
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Channels;

    /// A frame whose pixels say where they are.
    fn frame(width: u32, height: u32, channels: Channels) -> Vec<u8> {
        let lanes = channels.count() as u32;
        let value = |at: u32| ((at / lanes) % width + at / lanes / width * 2) as u8;
        (0..width * height * lanes).map(value).collect()
    }

    #[test]
    fn the_region_is_cut_and_what_is_ignored_is_painted() {
        for channels in [Channels::Mono, Channels::Rgb] {
            let pixels = frame(40, 30, channels);
            let image = ImageView {
                pixels: &pixels,
                width: 40,
                height: 30,
                channels,
            };
            let place = Place {
                frame: Some((40, 30)),
                region: Some([10, 5, 20, 16]),
                ignore: vec![place::shape(&[12.0, 6.0, 3.0, 2.0]).expect("a rectangle")],
                align: None,
            };
            let mut into = Vec::new();
            let cut = Cut::new(&place, (40, 30), true).expect("a place");
            let seen = cut.apply(&image, &mut into).expect("a frame");
            assert_eq!(
                (seen.width, seen.height, seen.pixels.len()),
                (20, 16, cut.bytes(channels.count()))
            );
            for y in 0..16 {
                for x in 0..20 {
                    let is_painted = (2..5).contains(&x) && (1..3).contains(&y);
                    let expected = if is_painted {
                        PAINT
                    } else {
                        (x + 10 + (y + 5) * 2) as u8
                    };
                    let at = (y * 20 + x) as usize * channels.count();
                    assert!(
                        seen.pixels[at..][..channels.count()]
                            .iter()
                            .all(|v| *v == expected)
                    );
                }
            }
            let cut = Cut::new(&place, (40, 30), false).expect("a place");
            let seen = cut.apply(&image, &mut into).expect("a frame");
            assert!(!seen.pixels.contains(&PAINT));
            let small = ImageView {
                width: 20,
                height: 30,
                ..image
            };
            assert!(matches!(
                cut.apply(&small, &mut into),
                Err(InputError::Frame { .. })
            ));
        }
    }
}
