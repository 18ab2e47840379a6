//! Whether a picture shows anything at all: black frames and frames of one brightness teach nothing.

use crate::station::frame::PixelFormat;

/// Least difference between dark and bright; sensors' noise on a plain surface has as much.
const CONTRAST_MIN: u8 = 8;
/// Pixels that all stay below this are black to every model.
const BLACK_MAX: u8 = 16;

/// The darkest and the brightest value of the channel that differs most, a thousandth of the pixels aside at each end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contrast {
    /// 0 to 255.
    pub dark: u8,
    /// 0 to 255.
    pub bright: u8,
}

impl Contrast {
    /// Of pixels whose rows are packed.
    pub fn of(pixels: &[u8], format: PixelFormat) -> Self {
        let channels = format.bytes();
        let of_channel = |channel: usize| {
            let mut counts = [0_usize; 256];
            for pixel in pixels.chunks_exact(channels) {
                counts[usize::from(pixel[channel])] += 1;
            }
            let few = pixels.len() / channels / 1_000;
            let mut seen = 0;
            let mut is_reached = |count: &usize| {
                seen += count;
                seen > few
            };
            let dark = counts.iter().position(&mut is_reached).unwrap_or(0) as u8;
            seen = 0;
            let mut is_reached = |count: &usize| {
                seen += count;
                seen > few
            };
            let bright = counts.iter().rposition(&mut is_reached).unwrap_or(0) as u8;
            Self { dark, bright }
        };
        let differs = |found: &Self| (found.bright.saturating_sub(found.dark), found.bright);
        let most = (0..channels).map(of_channel).max_by_key(differs);
        most.unwrap_or(Self { dark: 0, bright: 0 })
    }

    /// Whether it is enough to see a part by.
    ///
    /// # Errors
    /// What it shows instead.
    pub fn is_enough(self) -> Result<(), String> {
        let Self { dark, bright } = self;
        if bright < BLACK_MAX {
            return Err(format!("it is black (no value over {bright} of 255)"));
        }
        if bright.saturating_sub(dark) < CONTRAST_MIN {
            return Err(format!(
                "it has no contrast (values from {dark} to {bright} of 255)"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pixels: &[u8], format: PixelFormat) -> Result<(), String> {
        Contrast::of(pixels, format).is_enough()
    }

    #[test]
    fn what_shows_nothing_is_told_from_what_shows_little() {
        use PixelFormat::{Mono8, Rgb8};
        let noise = |level: u8, grain: u8| {
            let mut random = fastrand::Rng::with_seed(1);
            (0..3_000)
                .map(|_| level + random.u8(0..=grain))
                .collect::<Vec<u8>>()
        };
        assert!(told(&noise(0, 12), Mono8).is_err_and(|told| told.contains("black")));
        assert!(told(&noise(200, 5), Mono8).is_err_and(|told| told.contains("no contrast")));
        assert!(told(&noise(200, 5), Rgb8).is_err());
        assert_eq!(told(&noise(200, 12), Mono8), Ok(()));
        // One colour all over has channels that differ, and nothing to see.
        let red: Vec<u8> = [200, 10, 10].repeat(1_000);
        assert!(told(&red, Rgb8).is_err_and(|told| told.contains("no contrast")));
        // A few hot pixels are no picture; a small part in the dark is one.
        let mut dark = noise(0, 3);
        dark[7] = 255;
        assert!(told(&dark, Mono8).is_err());
        dark[100..160].fill(90);
        assert_eq!(told(&dark, Mono8), Ok(()));
        assert!(told(&[], Mono8).is_err());
    }
}
