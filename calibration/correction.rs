//! Correcting what a model sees: flat field, then lens.
//!
//! It works on the model's input, after resizing: there are 20 times fewer cells than pixels in the
//! frame, both corrections are smooth, and so is their order with averaging. Values may already be
//! normalised, as `value = gain · pixel + offset` of each channel: undistorting commutes with that,
//! and the flat field is folded into it.

use crate::configuration::Configuration;
use crate::flat_field::FlatField;
use crate::table::{Table, to_px};
use crate::view::{Channels, Size};
use crate::window::Window;
use std::fmt;

/// How a channel of the input was made from pixels of 0 to 255: `gain · pixel + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalisation {
    /// Input value per grey value of a pixel; never 0.
    pub gain: f32,
    /// The value of a black pixel.
    pub offset: f32,
}

/// Why a configuration does not fit a camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FitError {
    /// It was made for frames of another size.
    Size {
        /// Of the configuration.
        expected: Size,
        /// Of the camera.
        found: Size,
    },
    /// Its flat field was made from frames with other channels.
    Channels {
        /// Of the flat field.
        expected: Channels,
        /// Of the camera.
        found: Channels,
    },
}

impl fmt::Display for FitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FitError::Size { expected, found } => write!(
                f,
                "the configuration was made for frames of {expected}, the camera gives {found}; \
                 calibrate again, or set the camera's size back"
            ),
            FitError::Channels { expected, found } => write!(
                f,
                "the flat field was made from {expected:?} frames, the camera gives {found:?}; take \
                 it again, or set the camera's output back"
            ),
        }
    }
}

impl std::error::Error for FitError {}

/// Tables for one camera and one model input. Made once; applying them does not allocate.
#[derive(Debug)]
pub struct Correction {
    /// For each cell of each channel: what it is multiplied with and what is added.
    flat: Option<Vec<[f32; 2]>>,
    lens: Option<Lens>,
    cells: usize,
}

#[derive(Debug)]
struct Lens {
    table: Table,
    /// A plane as it was.
    before: Vec<f32>,
}

impl Correction {
    /// For the part of frames that `window` shows, resized to `input`, with one normalisation per channel.
    ///
    /// # Errors
    /// When the configuration is not for such frames.
    pub fn new(
        configuration: &Configuration,
        window: Window,
        input: Size,
        normalisation: &[Normalisation],
    ) -> Result<Self, FitError> {
        let (expected, found) = (configuration.frame, window.frame);
        if expected != found {
            return Err(FitError::Size { expected, found });
        }
        let channels = if normalisation.len() == 1 {
            Channels::Grey
        } else {
            Channels::Rgb
        };
        let flat = match &configuration.flat_field {
            Some(field) if field.channels() != channels => {
                return Err(FitError::Channels {
                    expected: field.channels(),
                    found: channels,
                });
            }
            Some(field) => Some(gains(field, window, input, normalisation)),
            None => None,
        };
        let lens = configuration.lens.map(|lens| Lens {
            table: Table::new(input, input, |x, y| {
                let (x, y) = to_px((x, y), input, window.size);
                let (x, y) = lens.distort(x + window.origin.0, y + window.origin.1);
                let (x, y) = (x - window.raw.0, y - window.raw.1);
                Some(to_px((x, y), window.size, input))
            }),
            before: vec![0.0; input.area()],
        });
        Ok(Self {
            flat,
            lens,
            cells: input.area(),
        })
    }

    /// Whether it changes anything.
    pub fn is_needed(&self) -> bool {
        self.flat.is_some() || self.lens.is_some()
    }

    /// Corrects the input in place: channel by channel, row by row.
    ///
    /// # Panics
    /// When `planes` is not as many values as it was made for.
    pub fn apply(&mut self, planes: &mut [f32]) {
        if let Some(flat) = &self.flat {
            assert_eq!(planes.len(), flat.len(), "correction: values of the input");
            for (value, [gain, offset]) in planes.iter_mut().zip(flat) {
                *value = *value * gain + offset;
            }
        }
        if let Some(lens) = &mut self.lens {
            for plane in planes.chunks_exact_mut(self.cells) {
                lens.before.copy_from_slice(plane);
                lens.table.apply(&lens.before, plane);
            }
        }
    }
}

/// `pixel' = (pixel - dark) · g` in terms of `value = a · pixel + b`:
/// `value' = g · value + (1 - g) · b - g · a · dark`.
fn gains(
    field: &FlatField,
    window: Window,
    input: Size,
    normalisation: &[Normalisation],
) -> Vec<[f32; 2]> {
    let mut gains = Vec::with_capacity(input.area() * normalisation.len());
    let (left, top) = (window.raw.0 as usize, window.raw.1 as usize);
    let field = field.cropped((left, top), window.size);
    for (channel, Normalisation { gain, offset }) in normalisation.iter().enumerate() {
        for (dark, g) in field.at_size(channel, input) {
            gains.push([g, (1.0 - g) * offset - g * gain * dark]);
        }
    }
    gains
}
