//! How far a part may lie from where the reference shows it, and how much like the reference it must look.

use std::fmt;

/// Farthest that a part is looked for, as a share of the frame's longer side.
const SHIFT_SHARE_MAX: f64 = 0.5;
/// Most degrees that it is looked for turned.
pub const TURN_DEG_MAX: f64 = 45.0;
/// Largest zoom that it is looked for at.
pub const ZOOM_MAX: f64 = 0.25;

/// See the module. A limit of 0 says that parts do not move so, and then that is not looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlignLimits {
    /// Farthest from its place, in pixels of the frame.
    pub shift_px_max: f64,
    /// Most degrees that it is turned, either way.
    pub turn_deg_max: f64,
    /// Most that it is larger or smaller, as a share: 0.05 is 95 to 105 %.
    pub zoom_max: f64,
    /// Least likeness to the reference: correlation of edges, 1 for a picture that differs by brightness and contrast
    /// only.
    pub quality_min: f64,
}

/// A limit that is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimitMistake {
    /// Key of the limit.
    pub key: &'static str,
    /// Least and largest that are taken.
    pub expected: (f64, f64),
    /// What was found.
    pub found: f64,
}

impl fmt::Display for LimitMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = self.expected;
        write!(
            f,
            "`{}`: expected a number from {least} to {most}{}, found {}",
            self.key,
            match self.key {
                "shift_px_max" => " (half of the frame's longer side)",
                _ => "",
            },
            self.found
        )
    }
}

impl std::error::Error for LimitMistake {}

impl AlignLimits {
    /// What is taken where nothing is said: a tenth of the frame's longer side in pixels, 10°, 10 %, and a likeness of
    /// 0.4.
    pub fn of_frame((width, height): (u32, u32)) -> Self {
        Self {
            shift_px_max: (f64::from(width.max(height)) / 10.0).round(),
            ..Self::usual()
        }
    }

    /// The same without a shift, which a frame's size decides.
    pub const fn usual() -> Self {
        Self {
            shift_px_max: 0.0,
            turn_deg_max: 10.0,
            zoom_max: 0.1,
            quality_min: 0.4,
        }
    }

    /// Whether a part can be looked for so in frames of this width and height: not farther than half of the longer side.
    ///
    /// # Errors
    /// The first limit that is none.
    pub fn check(&self, (width, height): (u32, u32)) -> Result<(), LimitMistake> {
        let side = f64::from(width.max(height)) * SHIFT_SHARE_MAX;
        let all = [
            ("shift_px_max", self.shift_px_max, (0.0, side)),
            ("turn_deg_max", self.turn_deg_max, (0.0, TURN_DEG_MAX)),
            ("zoom_max", self.zoom_max, (0.0, ZOOM_MAX)),
            ("quality_min", self.quality_min, (0.1, 0.99)),
        ];
        for (key, found, expected) in all {
            if !(expected.0..=expected.1).contains(&found) {
                return Err(LimitMistake {
                    key,
                    expected,
                    found,
                });
            }
        }
        Ok(())
    }
}
