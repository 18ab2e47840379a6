//! Where in a camera's frames a view of a recipe looks: a region, and places in which nothing is a defect.

use super::align::{AlignMistake, ViewAlign};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Most ignored shapes of a view.
pub const IGNORED_MAX: usize = 32;
/// Fewest and most corners of one.
const CORNERS: std::ops::RangeInclusive<usize> = 3..=64;

/// In what a place is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LengthUnit {
    /// Pixels of the frame as the camera gives it, from its upper left corner.
    #[default]
    Px,
    /// Millimetres on the part, along the axes of the board that the camera was calibrated with.
    Mm,
}

/// See the module. The default is the whole frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewPlace {
    /// Of all numbers.
    #[serde(default)]
    unit: LengthUnit,
    /// Left, top, width and height.
    #[serde(default)]
    region: Option<[f64; 4]>,
    /// Left, top, width and height of a rectangle, or x and y of three corners or more.
    #[serde(default)]
    ignore: Vec<Vec<f64>>,
    /// Where parts do not lie still: by what region and ignored places follow them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    align: Option<ViewAlign>,
}

/// What is wrong with a place, whatever camera it is for.
#[derive(Clone, Debug, PartialEq)]
pub enum PlaceMistake {
    /// The region is not four numbers, or has no area, or no whole pixels.
    Region {
        /// As they were written.
        found: Vec<f64>,
        /// In what the numbers are told.
        unit: LengthUnit,
    },
    /// An ignored shape is none.
    Shape {
        /// Number of the shape, from 1.
        shape: usize,
        /// As they were written.
        found: Vec<f64>,
    },
    /// There are too many of them.
    Shapes {
        /// How many there are.
        found: usize,
    },
    /// By what parts are found is none.
    Align(AlignMistake),
}

impl fmt::Display for PlaceMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlaceMistake::Region { found, unit } => {
                let what = match unit {
                    LengthUnit::Px => "whole numbers of pixels, none below 0",
                    LengthUnit::Mm => "millimetres",
                };
                write!(
                    f,
                    "`region`: expected left, top, width and height in {what}, width and height above 0; found {found:?}"
                )
            }
            PlaceMistake::Shape { shape, found } => write!(
                f,
                "`ignore`: shape {shape}: expected left, top, width and height of a rectangle, or x and y of 3 to {} \
                 corners; found {found:?}",
                CORNERS.end()
            ),
            PlaceMistake::Align(mistake) => mistake.fmt(f),
            PlaceMistake::Shapes { found } => {
                write!(
                    f,
                    "`ignore`: expected at most {IGNORED_MAX} shapes, found {found}"
                )
            }
        }
    }
}

impl std::error::Error for PlaceMistake {}

impl ViewPlace {
    /// Of numbers as people write them.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn new(
        unit: LengthUnit,
        region: Option<Vec<f64>>,
        ignore: Vec<Vec<f64>>,
    ) -> Result<Self, PlaceMistake> {
        // Far beyond every frame, and exact as `f32`.
        let is_sane = |number: &f64| number.is_finite() && number.abs() <= 1e6;
        let region = region.map(|found| {
            let four = <[f64; 4]>::try_from(&found[..]).ok();
            let is_whole = |number: &f64| *number >= 0.0 && number.fract() == 0.0;
            let is_good = |four: &[f64; 4]| {
                four.iter().all(is_sane)
                    && four[2] > 0.0
                    && four[3] > 0.0
                    && (unit == LengthUnit::Mm || four.iter().all(is_whole))
            };
            four.filter(is_good)
                .ok_or(PlaceMistake::Region { found, unit })
        });
        if ignore.len() > IGNORED_MAX {
            return Err(PlaceMistake::Shapes {
                found: ignore.len(),
            });
        }
        for (n, found) in ignore.iter().enumerate() {
            let is_shape = match found[..] {
                [_, _, width, height] => width > 0.0 && height > 0.0,
                _ => found.len() % 2 == 0 && CORNERS.contains(&(found.len() / 2)),
            };
            if !is_shape || !found.iter().all(is_sane) {
                let (shape, found) = (n + 1, found.clone());
                return Err(PlaceMistake::Shape { shape, found });
            }
        }
        Ok(Self {
            unit,
            region: region.transpose()?,
            ignore,
            align: None,
        })
    }

    /// The same place of a part that is found by this first.
    #[must_use]
    pub fn aligned(self, align: Option<ViewAlign>) -> Self {
        Self { align, ..self }
    }

    /// By what parts are found that do not lie still.
    pub fn align(&self) -> Option<&ViewAlign> {
        self.align.as_ref()
    }

    /// Whether all of a frame counts.
    pub fn is_whole(&self) -> bool {
        self.region.is_none() && self.ignore.is_empty()
    }

    /// Of all numbers.
    pub fn unit(&self) -> LengthUnit {
        self.unit
    }

    /// Left, top, width and height.
    pub fn region(&self) -> Option<[f64; 4]> {
        self.region
    }

    /// Numbers of each ignored shape.
    pub fn ignore(&self) -> &[Vec<f64>] {
        &self.ignore
    }
}

impl fmt::Display for ViewPlace {
    /// As in a recipe, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.is_whole() {
            parts.push("the whole frame".to_owned());
        }
        if self.unit == LengthUnit::Mm && !self.is_whole() {
            parts.push("unit = \"mm\"".to_owned());
        }
        if let Some(region) = self.region {
            parts.push(format!("region = {region:?}"));
        }
        if !self.ignore.is_empty() {
            parts.push(format!("ignore = {:?}", self.ignore));
        }
        parts.extend(self.align.as_ref().map(ViewAlign::to_string));
        f.write_str(&parts.join("  "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_no_place_are_named_by_their_key() {
        let px = |region: &[f64], ignore: &[&[f64]]| {
            let ignore = ignore.iter().map(|shape| shape.to_vec()).collect();
            ViewPlace::new(LengthUnit::Px, Some(region.to_vec()), ignore)
        };
        let good = px(&[10.0, 20.0, 300.0, 200.0], &[&[0.0, 0.0, 5.0, 5.0]]).expect("a place");
        assert_eq!(
            good.to_string(),
            "region = [10.0, 20.0, 300.0, 200.0]  ignore = [[0.0, 0.0, 5.0, 5.0]]"
        );
        for region in [
            &[10.0, 20.0, 300.0][..],
            &[-1.0, 0.0, 9.0, 9.0],
            &[0.5, 0.0, 9.0, 9.0],
            &[0.0, 0.0, 0.0, 9.0],
            &[0.0, 0.0, f64::NAN, 9.0],
            &[0.0, 0.0, 1e300, 9.0],
        ] {
            let error = px(region, &[]).expect_err("no region").to_string();
            assert!(error.starts_with("`region`: expected left, top"), "{error}");
        }
        let shape = [0.0, 0.0, 100.0, 100.0];
        let error = px(&shape, &[&shape, &[1.0, 2.0]])
            .expect_err("no shape")
            .to_string();
        assert!(error.starts_with("`ignore`: shape 2: expected"), "{error}");
        let many = vec![&shape[..]; IGNORED_MAX + 1];
        let error = px(&shape, &many).expect_err("too many").to_string();
        assert!(error.contains("at most 32 shapes, found 33"), "{error}");
        // In millimetres the origin lies on the board.
        let mm = ViewPlace::new(
            LengthUnit::Mm,
            Some(vec![-5.5, -2.0, 30.0, 20.0]),
            Vec::new(),
        );
        assert!(mm.is_ok());
    }
}
