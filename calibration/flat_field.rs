//! Dark frame and flat field: the camera's own pattern and the light's, taken away.
//!
//! `pixel' = (pixel - dark) · mean(flat - dark) / (flat - dark)`, per channel, as in EMVA 1288's
//! two-point correction. It holds for a linear sensor: the camera's gamma must be 1.

use crate::view::{Channels, ImageView, Size};
use std::borrow::Cow;
use std::fmt;

/// Means are kept in 256ths of a grey value.
pub(crate) const UNIT: f32 = 256.0;
/// A pixel may be amplified by at most this; a darker corner is no light to correct with.
const GAIN_MAX: f32 = 4.0;
/// At least this mean brightness, or noise is amplified.
const MEAN_MIN: f32 = 48.0;
/// A pixel at least this bright may have been clipped.
const CLIPPED: u8 = 250;
/// Largest share of clipped pixels.
const CLIPPED_MAX: f64 = 0.001;
/// A covered camera is at most this bright on average.
const DARK_MAX: f32 = 40.0;

/// Frames of one scene, summed one after the other.
#[derive(Clone, Debug)]
pub struct FrameMean {
    size: Size,
    channels: Channels,
    sums: Vec<u32>,
    frames: u32,
    clipped: u64,
}

/// What a mean was refused for.
#[derive(Clone, Debug, PartialEq)]
pub enum FlatFieldError {
    /// No frame was given.
    NoFrames {
        /// `dark` or `flat`.
        which: &'static str,
    },
    /// A frame unlike the first.
    Shape {
        /// Size and channels of the first frame.
        expected: (Size, Channels),
        /// Size and channels of this frame.
        found: (Size, Channels),
    },
    /// The flat frames are too dark.
    TooDark {
        /// Mean grey value above the dark frame.
        found: f32,
    },
    /// The flat frames are clipped.
    Clipped {
        /// Share of pixels.
        found: f64,
    },
    /// Some place is so dark that it would need too much gain.
    Uneven {
        /// The gain that the darkest place would need.
        found: f32,
        /// Column and row of that place, in pixels.
        at: (u32, u32),
    },
    /// The dark frames are not dark.
    NotDark {
        /// Mean grey value.
        found: f32,
    },
}

impl fmt::Display for FlatFieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FlatFieldError::NoFrames { which } => {
                write!(f, "{which} frames: expected at least one image, found none")
            }
            FlatFieldError::Shape { expected, found } => write!(
                f,
                "expected {} {:?} as in the first image, found {} {:?}; take all images with the same \
                 settings",
                expected.0, expected.1, found.0, found.1
            ),
            FlatFieldError::TooDark { found } => write!(
                f,
                "flat frames: mean brightness {found:.0}, expected at least {MEAN_MIN:.0} of 255; \
                 more light or a longer exposure"
            ),
            FlatFieldError::Clipped { found } => write!(
                f,
                "flat frames: {:.1} % of the values are {CLIPPED} or more, at most {:.1} % are taken; \
                 less light or a shorter exposure",
                found * 100.0,
                CLIPPED_MAX * 100.0
            ),
            FlatFieldError::Uneven { found, at } => write!(
                f,
                "flat frames: the place at {}, {} is {found:.1} times darker than the mean, at most \
                 {GAIN_MAX:.0} times is taken; show an even white surface that fills the frame",
                at.0, at.1
            ),
            FlatFieldError::NotDark { found } => write!(
                f,
                "dark frames: mean brightness {found:.0}, expected at most {DARK_MAX:.0} of 255; cover \
                 the lens"
            ),
        }
    }
}

impl std::error::Error for FlatFieldError {}

impl FrameMean {
    /// Starts with the first frame.
    pub fn of(first: &ImageView<'_>) -> Self {
        let mut mean = Self {
            size: first.size(),
            channels: first.channels(),
            sums: vec![0; first.pixels().len()],
            frames: 0,
            clipped: 0,
        };
        mean.sum(first);
        mean
    }

    /// One more frame.
    ///
    /// # Errors
    /// When it is unlike the first; the mean is then as it was.
    pub fn add(&mut self, view: &ImageView<'_>) -> Result<(), FlatFieldError> {
        let (expected, found) = ((self.size, self.channels), (view.size(), view.channels()));
        if expected != found {
            return Err(FlatFieldError::Shape { expected, found });
        }
        self.sum(view);
        Ok(())
    }

    fn sum(&mut self, view: &ImageView<'_>) {
        for (sum, pixel) in self.sums.iter_mut().zip(view.pixels()) {
            *sum += u32::from(*pixel);
            self.clipped += u64::from(*pixel >= CLIPPED);
        }
        self.frames += 1;
    }

    /// How many frames were summed so far.
    pub fn frames(&self) -> u32 {
        self.frames
    }

    /// In 256ths of a grey value.
    fn mean(&self) -> Vec<u16> {
        let frames = f64::from(self.frames.max(1));
        let scaled = |sum: &u32| (f64::from(*sum) / frames * f64::from(UNIT)).round() as u16;
        self.sums.iter().map(scaled).collect()
    }
}

/// The mean flat frame and, where one was taken, the mean dark frame, at the frame's full size.
#[derive(Clone, Debug, PartialEq)]
pub struct FlatField {
    size: Size,
    channels: Channels,
    /// In 256ths of a grey value, channels interleaved.
    flat: Vec<u16>,
    dark: Option<Vec<u16>>,
}

impl FlatField {
    /// From frames of an even white surface and, better, of a covered lens.
    ///
    /// # Errors
    /// When the frames are not such.
    pub fn new(flat: &FrameMean, dark: Option<&FrameMean>) -> Result<Self, FlatFieldError> {
        let clipped = flat.clipped as f64 / (flat.sums.len() as f64 * f64::from(flat.frames));
        if clipped > CLIPPED_MAX {
            return Err(FlatFieldError::Clipped { found: clipped });
        }
        if let Some(dark) = dark {
            let (expected, found) = ((flat.size, flat.channels), (dark.size, dark.channels));
            if expected != found {
                return Err(FlatFieldError::Shape { expected, found });
            }
        }
        Self::of_means(
            flat.size,
            flat.channels,
            flat.mean(),
            dark.map(FrameMean::mean),
        )
    }

    /// From means in 256ths, as read from files. Both have a value per pixel and channel.
    pub(crate) fn of_means(
        size: Size,
        channels: Channels,
        flat: Vec<u16>,
        dark: Option<Vec<u16>>,
    ) -> Result<Self, FlatFieldError> {
        let field = Self {
            size,
            channels,
            flat,
            dark,
        };
        if let Some(dark) = &field.dark {
            let sum: f64 = dark.iter().map(|value| f64::from(*value)).sum();
            let found = (sum / dark.len().max(1) as f64) as f32 / UNIT;
            if found > DARK_MAX {
                return Err(FlatFieldError::NotDark { found });
            }
        }
        // A single dead pixel is no unevenness, so a grid of means is looked at.
        let grid = Size::new(size.width.min(64), size.height.min(48));
        for channel in 0..channels.count() {
            let light = field.light(channel, grid);
            let mean = mean(light.iter().copied());
            if mean < MEAN_MIN {
                return Err(FlatFieldError::TooDark { found: mean });
            }
            for (cell, light) in light.iter().enumerate() {
                let found = mean / light.max(0.01);
                if found > GAIN_MAX {
                    let cell = cell as u32;
                    let at = (
                        cell % grid.width * size.width / grid.width,
                        cell / grid.width * size.height / grid.height,
                    );
                    return Err(FlatFieldError::Uneven { found, at });
                }
            }
        }
        Ok(field)
    }

    /// Width and height of the frames it is for.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Channels of the frames it is for.
    pub fn channels(&self) -> Channels {
        self.channels
    }

    /// The largest difference of brightness it takes away: the brightest over the darkest place of a
    /// grid of 64 by 48.
    pub fn unevenness(&self) -> f32 {
        let grid = Size::new(self.size.width.min(64), self.size.height.min(48));
        let of_channel = |channel| {
            let light = self.light(channel, grid);
            let (low, high) = light.iter().fold((f32::MAX, f32::MIN), |(low, high), v| {
                (low.min(*v), high.max(*v))
            });
            high / low.max(0.01)
        };
        (0..self.channels.count())
            .map(of_channel)
            .fold(1.0, f32::max)
    }

    pub(crate) fn flat(&self) -> &[u16] {
        &self.flat
    }

    pub(crate) fn dark(&self) -> Option<&[u16]> {
        self.dark.as_deref()
    }

    /// That of a region of the frame, whose own mean light stays as it is.
    pub(crate) fn cropped(&self, (left, top): (usize, usize), size: Size) -> Cow<'_, Self> {
        if size == self.size {
            return Cow::Borrowed(self);
        }
        let lanes = self.channels.count();
        let (across, width) = (self.size.width as usize, size.width as usize);
        let crop = |values: &Vec<u16>| {
            let rows = values.chunks_exact(across * lanes).skip(top);
            let rows = rows.take(size.height as usize);
            let within = rows.flat_map(|row| &row[left * lanes..][..width * lanes]);
            within.copied().collect()
        };
        Cow::Owned(Self {
            size,
            channels: self.channels,
            flat: crop(&self.flat),
            dark: self.dark.as_ref().map(crop),
        })
    }

    /// Dark value (0 to 255) and gain of each cell, when frames are resized to `size`.
    pub(crate) fn at_size(&self, channel: usize, size: Size) -> Vec<(f32, f32)> {
        let dark = match &self.dark {
            Some(dark) => self.means(dark, channel, size),
            None => vec![0.0; size.area()],
        };
        let light = self.light(channel, size);
        let mean = mean(light.iter().copied());
        let gain = |light: &f32| (mean / light.max(0.01)).clamp(1.0 / GAIN_MAX, GAIN_MAX);
        dark.into_iter().zip(light.iter().map(gain)).collect()
    }

    /// Flat minus dark, 0 to 255, of each cell.
    fn light(&self, channel: usize, size: Size) -> Vec<f32> {
        let mut light = self.means(&self.flat, channel, size);
        if let Some(dark) = &self.dark {
            let dark = self.means(dark, channel, size);
            light
                .iter_mut()
                .zip(dark)
                .for_each(|(light, dark)| *light -= dark);
        }
        light
    }

    /// The mean of the pixels that a cell covers, each counted by the share that is covered.
    fn means(&self, values: &[u16], channel: usize, cells: Size) -> Vec<f32> {
        let step = self.channels.count();
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        // Columns first: one row of cells per row of pixels.
        let columns: Vec<Vec<(usize, f32)>> = covered(self.size.width, cells.width);
        let narrow: Vec<f32> = (0..height)
            .flat_map(|y| {
                let row = &values[y * width * step..][..width * step];
                columns.iter().map(move |cover| {
                    let of = |(x, share): &(usize, f32)| f32::from(row[x * step + channel]) * share;
                    cover.iter().map(of).sum::<f32>() / UNIT
                })
            })
            .collect();
        let across = cells.width as usize;
        covered(self.size.height, cells.height)
            .iter()
            .flat_map(|cover| {
                let narrow = &narrow;
                (0..across).map(move |x| {
                    let of = |(y, share): &(usize, f32)| narrow[y * across + x] * share;
                    cover.iter().map(of).sum()
                })
            })
            .collect()
    }
}

/// For each cell along a side: the pixels under it and their shares, which sum to 1.
fn covered(pixels: u32, cells: u32) -> Vec<Vec<(usize, f32)>> {
    let side = f64::from(pixels) / f64::from(cells);
    let of_cell = |cell: u32| {
        let (from, to) = (f64::from(cell) * side, f64::from(cell + 1) * side);
        let last = (to.ceil() as usize).min(pixels as usize);
        (from as usize..last)
            .map(|pixel| {
                let at = pixel as f64;
                let share = (to.min(at + 1.0) - from.max(at)).max(0.0);
                (pixel, (share / side) as f32)
            })
            .collect()
    };
    (0..cells).map(of_cell).collect()
}

fn mean(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let count = values.len().max(1) as f64;
    (values.map(f64::from).sum::<f64>() / count) as f32
}
