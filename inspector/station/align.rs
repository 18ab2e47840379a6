//! By what a view of a recipe finds where the part lies, before it looks at a place of it.

use super::name;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What every limit may be, by its key.
const RANGES: [(&str, f64, f64); 4] = [
    ("shift_px_max", 0.0, 8192.0),
    ("turn_deg_max", 0.0, 45.0),
    ("zoom_max", 0.0, 0.25),
    ("quality_min", 0.1, 0.99),
];

/// A feature of a reference picture, and how far parts may lie from where the picture shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewAlign {
    /// File name of the picture, in the folder of models.
    pub reference: String,
    /// SHA-256 of the file, in hex: a recipe says by which picture its parts were aligned.
    pub sha256: String,
    /// The feature: left, top, width and height in pixels of the reference picture, whatever the unit of the view is.
    /// The picture stays what it is when the camera is calibrated again.
    pub region: [u32; 4],
    /// Farthest that a part lies from its place, in pixels; a tenth of the frame's longer side where it is not said.
    #[serde(default)]
    pub shift_px_max: Option<f64>,
    /// Most degrees that a part is turned, either way.
    pub turn_deg_max: f64,
    /// Most that it is larger or smaller, as a share.
    pub zoom_max: f64,
    /// Least correlation of its edges with the reference's.
    pub quality_min: f64,
}

/// What is taken where a recipe says nothing: 10°, a tenth larger or smaller, a likeness of 0.4.
pub const USUAL: (f64, f64, f64) = (10.0, 0.1, 0.4);

/// What is wrong with an alignment, whatever picture it is for.
#[derive(Clone, Debug, PartialEq)]
pub enum AlignMistake {
    /// The name is none of a file in the folder of models.
    Reference {
        /// As it was written.
        found: String,
    },
    /// Those are no 64 digits.
    Sha256 {
        /// As it was written.
        found: String,
    },
    /// The region is none.
    Region {
        /// As it was written.
        found: Vec<f64>,
    },
    /// A limit is none.
    Limit {
        /// Key of the limit.
        key: &'static str,
        /// Least and largest that are taken.
        expected: (f64, f64),
        /// As it was written.
        found: f64,
    },
}

impl fmt::Display for AlignMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AlignMistake::Reference { found } => write!(
                f,
                "`align.reference`: expected the name of a PNG picture in the folder of models, as plates-place.png; \
                 found {found:?}"
            ),
            AlignMistake::Sha256 { found } => write!(
                f,
                "`align.sha256`: expected the 64 hexadecimal digits that `inspector align teach` told; found {found:?}"
            ),
            AlignMistake::Region { found } => write!(
                f,
                "`align.region`: expected left, top, width and height of the feature in whole pixels of the reference \
                 picture, width and height above 0; found {found:?}"
            ),
            AlignMistake::Limit {
                key,
                expected: (least, most),
                found,
            } => write!(
                f,
                "`align.{key}`: expected a number from {least} to {most}, found {found}"
            ),
        }
    }
}

impl std::error::Error for AlignMistake {}

impl ViewAlign {
    /// With a region as people write it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(
        (reference, sha256): (&str, &str),
        region: &[f64],
        shift_px_max: Option<f64>,
        (turn_deg_max, zoom_max, quality_min): (f64, f64, f64),
    ) -> Result<Self, AlignMistake> {
        if name::file_name(reference).is_err() || !reference.ends_with(".png") {
            let found = reference.to_owned();
            return Err(AlignMistake::Reference { found });
        }
        let is_digit = |digit: u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
        if sha256.len() != 64 || !sha256.bytes().all(is_digit) {
            let found = sha256.to_owned();
            return Err(AlignMistake::Sha256 { found });
        }
        let is_side = |side: &f64| (0.0..=1e6).contains(side) && side.fract() == 0.0;
        let four = <[f64; 4]>::try_from(region).ok();
        let four = four.filter(|four| four.iter().all(is_side) && four[2] > 0.0 && four[3] > 0.0);
        let Some(four) = four else {
            let found = region.to_vec();
            return Err(AlignMistake::Region { found });
        };
        let found = [
            shift_px_max.unwrap_or(0.0),
            turn_deg_max,
            zoom_max,
            quality_min,
        ];
        for ((key, least, most), found) in RANGES.into_iter().zip(found) {
            if !(least..=most).contains(&found) {
                let expected = (least, most);
                return Err(AlignMistake::Limit {
                    key,
                    expected,
                    found,
                });
            }
        }
        Ok(Self {
            reference: reference.to_owned(),
            sha256: sha256.to_owned(),
            region: four.map(|side| side as u32),
            shift_px_max,
            turn_deg_max,
            zoom_max,
            quality_min,
        })
    }
}

impl fmt::Display for ViewAlign {
    /// On one line, for the log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "align = {} {}, region {:?}, ",
            self.reference,
            &self.sha256[..12.min(self.sha256.len())],
            self.region
        )?;
        if let Some(shift) = self.shift_px_max {
            write!(f, "shift_px_max {shift}, ")?;
        }
        write!(
            f,
            "turn_deg_max {}, zoom_max {}, quality_min {}",
            self.turn_deg_max, self.zoom_max, self.quality_min
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_alignment_is_named_by_its_key() {
        let sha256 = "0123456789abcdef".repeat(4);
        let region = [10.0, 20.0, 300.0, 200.0];
        let new = |name: &str, sha256: &str, region: &[f64], turn, zoom, quality| {
            ViewAlign::new((name, sha256), region, Some(40.0), (turn, zoom, quality))
        };
        let good = new("hole.png", &sha256, &region, 5.0, 0.0, 0.7).expect("an alignment");
        assert_eq!(
            good.to_string(),
            "align = hole.png 0123456789ab, region [10, 20, 300, 200], shift_px_max 40, turn_deg_max 5, zoom_max 0, \
             quality_min 0.7"
        );
        let small = [10.0, 20.0, 0.0, 200.0];
        for (key, wrong) in [
            (
                "`align.reference`",
                new("../hole.png", &sha256, &region, 5.0, 0.0, 0.7),
            ),
            (
                "`align.reference`",
                new("hole.jpg", &sha256, &region, 5.0, 0.0, 0.7),
            ),
            (
                "`align.sha256`",
                new("hole.png", &sha256[1..], &region, 5.0, 0.0, 0.7),
            ),
            (
                "`align.region`",
                new("hole.png", &sha256, &small, 5.0, 0.0, 0.7),
            ),
            (
                "`align.region`",
                new("hole.png", &sha256, &region[..3], 5.0, 0.0, 0.7),
            ),
            (
                "`align.turn_deg_max`",
                new("hole.png", &sha256, &region, 46.0, 0.0, 0.7),
            ),
            (
                "`align.zoom_max`",
                new("hole.png", &sha256, &region, 5.0, f64::NAN, 0.7),
            ),
            (
                "`align.quality_min`",
                new("hole.png", &sha256, &region, 5.0, 0.0, 0.0),
            ),
        ] {
            let error = wrong.expect_err(key).to_string();
            assert!(error.starts_with(key), "{error}");
        }
    }
}
