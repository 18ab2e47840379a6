//! From camera pixels to the model's input: resizing and normalising in one go, 8-bit pixels in, planes of `f32`
//! out. Nothing allocates once the tables for a size are made.
//!
//! Written here, because `fast_image_resize` allocates on every call and OpenCV belongs to another room; figures:
//! `docs/design/performance.md`. Where a processor has AVX2 it is used; answers are the same to the last bit without.

/// A function that is compiled twice, for any processor and to the wider vectors of AVX2; the better one is called.
macro_rules! twice {
    ($(#[$doc:meta])* $visible:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        $visible fn $name($($argument: $kind),*) {
            #[inline(always)]
            fn any($($argument: $kind),*) $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            fn avx2($($argument: $kind),*) {
                any($($argument),*);
            }

            #[cfg(target_arch = "x86_64")]
            if std::is_x86_feature_detected!("avx2") {
                // SAFETY: this processor has the instructions, as was just asked.
                return unsafe { avx2($($argument),*) };
            }
            any($($argument),*);
        }
    };
}

mod area;
mod columns;
mod filter;
mod linear;
mod rows;
mod strips;

use self::area::Area;
pub(crate) use self::area::FACTOR_MAX;
use self::columns::Affine;
use self::filter::Filter;
use self::linear::Linear;
use crate::bundle::manifest::{Input, Resize};
use crate::image::Channels;
use crate::prepare::pool::ThreadPool;

/// Brings images of one size to one size.
pub(crate) enum Resizer {
    /// They have the right size already.
    None,
    Area(Box<Area>),
    Linear(Box<Linear>),
    Filter(Box<Filter>),
}

impl Resizer {
    /// Tables from `source` to `target`, both width and height.
    pub(crate) fn new(source: (u32, u32), target: (u32, u32), input: &Input) -> Self {
        let channels = input.channels;
        match input.resize {
            _ if source == target => Self::None,
            Resize::Area => Self::Area(Box::new(Area::new(source, target, channels))),
            Resize::Linear => Self::Linear(Box::new(Linear::new(source, target, channels))),
            how => Self::Filter(Box::new(Filter::new(source, target, how, channels))),
        }
    }

    /// `pixels` are the source, packed; `planes` are the target, channel by channel, normalised. The same to the last
    /// bit however many threads the pool has.
    pub(crate) fn resize(
        &mut self,
        pixels: &[u8],
        input: &Input,
        planes: &mut [f32],
        pool: &mut ThreadPool,
    ) {
        match self {
            Self::None => normalise(pixels, input, planes),
            Self::Area(area) => area.resize(pixels, input, planes, pool),
            Self::Linear(linear) => linear.resize(pixels, input, planes, pool),
            Self::Filter(filter) => filter.resize(pixels, input, planes, pool),
        }
    }
}

/// Normalises pixels that already have the model's size.
fn normalise(pixels: &[u8], input: &Input, planes: &mut [f32]) {
    let affine = Affine::of(input, 1.0);
    match input.channels {
        Channels::Mono => {
            for (value, pixel) in planes.iter_mut().zip(pixels) {
                *value = affine.apply(0, f32::from(*pixel));
            }
        }
        Channels::Rgb => {
            let (red, rest) = planes.split_at_mut(planes.len() / 3);
            let (green, blue) = rest.split_at_mut(rest.len() / 2);
            let (pixels, _) = pixels.as_chunks::<3>();
            let planes = red.iter_mut().zip(green).zip(blue);
            for (((red, green), blue), pixel) in planes.zip(pixels) {
                *red = affine.apply(0, f32::from(pixel[0]));
                *green = affine.apply(1, f32::from(pixel[1]));
                *blue = affine.apply(2, f32::from(pixel[2]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::manifest::Fit;

    fn input(channels: Channels, resize: Resize) -> Input {
        Input {
            name: "image".to_owned(),
            width: 1,
            height: 1,
            channels,
            fit: Fit::Stretch,
            resize,
            scale: 255.0,
            mean: vec![0.4; channels.count()],
            std: vec![0.3; channels.count()],
        }
    }

    /// One whose planes hold the pixels' own values.
    pub(super) fn plain(channels: Channels, resize: Resize) -> Input {
        Input {
            scale: 1.0,
            mean: vec![0.0; channels.count()],
            std: vec![1.0; channels.count()],
            ..input(channels, resize)
        }
    }

    /// A grey image, resized.
    pub(super) fn resized(
        pixels: &[u8],
        source: (u32, u32),
        target: (u32, u32),
        how: Resize,
    ) -> Vec<f32> {
        let input = plain(Channels::Mono, how);
        let mut planes = vec![f32::NAN; (target.0 * target.1) as usize];
        let mut resizer = Resizer::new(source, target, &input);
        resizer.resize(pixels, &input, &mut planes, &mut ThreadPool::default());
        planes
    }

    /// Sizes at which groups of four, stripes of 64 and reads of eight bytes end in all ways.
    const SIZES: [((u32, u32), (u32, u32)); 9] = [
        ((71, 40), (17, 11)),
        ((64, 64), (16, 16)),
        ((43, 9), (43, 3)),
        ((9, 31), (5, 31)),
        ((2, 3), (5, 7)),
        ((1, 5), (3, 2)),
        ((130, 6), (21, 5)),
        ((7, 7), (7, 7)),
        // Long enough for others to come and help.
        ((1280, 960), (641, 480)),
    ];

    #[test]
    fn colour_is_resized_as_each_of_its_channels_and_by_many_as_by_one() {
        let mut pool = ThreadPool::new(3);
        for how in [
            Resize::Area,
            Resize::Linear,
            Resize::Triangle,
            Resize::Pillow,
        ] {
            for (source, target) in SIZES {
                let mut random = fastrand::Rng::with_seed(7);
                let count = (source.0 * source.1) as usize;
                let pixels: Vec<[u8; 3]> = (0..count)
                    .map(|_| [random.u8(..), random.u8(200..), 255])
                    .collect();
                let cells = (target.0 * target.1) as usize;
                let mut resized = |channels, pixels: &[u8]| {
                    let input = input(channels, how);
                    let mut planes = vec![f32::NAN; cells * channels.count()];
                    let mut resizer = Resizer::new(source, target, &input);
                    resizer.resize(pixels, &input, &mut planes, &mut ThreadPool::default());
                    let mut shared = vec![f32::NAN; cells * channels.count()];
                    // Twice, so that nothing that was kept of the first image is of use.
                    for pixels in [&vec![9; pixels.len()], pixels] {
                        resizer.resize(pixels, &input, &mut shared, &mut pool);
                    }
                    assert_eq!(planes, shared, "{how:?} {source:?} {target:?}");
                    planes
                };
                let colour = resized(Channels::Rgb, pixels.as_flattened());
                for channel in 0..3 {
                    let plane: Vec<u8> = pixels.iter().map(|pixel| pixel[channel]).collect();
                    let grey = resized(Channels::Mono, &plane);
                    let found = &colour[channel * cells..][..cells];
                    assert_eq!(found, grey, "{how:?} {source:?} {target:?} {channel}");
                }
            }
        }
    }
}
