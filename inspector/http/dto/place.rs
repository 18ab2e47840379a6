//! Where in a camera's frames a view looks, as the API says it and is told it.

use crate::station::align::ViewAlign;
use crate::station::place::{self, PlaceMistake, ViewPlace};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// In what a place is told.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LengthUnit {
    /// Pixels of the frame as the camera gives it, from its upper left corner.
    Px,
    /// Millimetres on the part, along the axes of the board that the camera was calibrated with.
    Mm,
}

/// By what parts are found that do not lie still: a feature of a reference picture, and how far they may lie from where the
/// picture shows it.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Align {
    /// File name of the picture, in the folder of models.
    pub reference: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// The feature: left, top, width and height in pixels of the picture.
    pub region: Vec<f64>,
    /// Farthest that a part lies from its place, in pixels; null is a tenth of the frame's longer side.
    #[schema(required)]
    pub shift_px_max: Option<f64>,
    /// Most degrees that a part is turned, either way.
    pub turn_deg_max: f64,
    /// Most that it is larger or smaller, as a share.
    pub zoom_max: f64,
    /// Least correlation of its edges with the reference's.
    pub quality_min: f64,
}

/// A region, and places in which nothing is a defect.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Of all numbers.
    pub unit: LengthUnit,
    /// Left, top, width and height; null is the whole frame.
    #[schema(required)]
    pub region: Option<Vec<f64>>,
    /// Of each: left, top, width and height of a rectangle, or x and y of three corners or more.
    pub ignore: Vec<Vec<f64>>,
    /// By what parts are found first; null where they lie still, and to teach as the recipe in use finds them. Region and ignored places are those of its picture.
    #[serde(default)]
    pub align: Option<Align>,
}

impl From<&ViewAlign> for Align {
    fn from(align: &ViewAlign) -> Self {
        Self {
            reference: align.reference.clone(),
            sha256: align.sha256.clone(),
            region: align.region.map(f64::from).to_vec(),
            shift_px_max: align.shift_px_max,
            turn_deg_max: align.turn_deg_max,
            zoom_max: align.zoom_max,
            quality_min: align.quality_min,
        }
    }
}

impl From<&ViewPlace> for Place {
    fn from(place: &ViewPlace) -> Self {
        Self {
            unit: match place.unit() {
                place::LengthUnit::Px => LengthUnit::Px,
                place::LengthUnit::Mm => LengthUnit::Mm,
            },
            region: place.region().map(|region| region.to_vec()),
            ignore: place.ignore().to_vec(),
            align: place.align().map(Align::from),
        }
    }
}

impl TryFrom<Place> for ViewPlace {
    type Error = PlaceMistake;

    fn try_from(place: Place) -> Result<Self, PlaceMistake> {
        let unit = match place.unit {
            LengthUnit::Px => place::LengthUnit::Px,
            LengthUnit::Mm => place::LengthUnit::Mm,
        };
        let align = place.align.map(|align| {
            let limits = (align.turn_deg_max, align.zoom_max, align.quality_min);
            let file = (&*align.reference, &*align.sha256);
            ViewAlign::new(file, &align.region, align.shift_px_max, limits)
        });
        let align = align.transpose().map_err(PlaceMistake::Align)?;
        Ok(ViewPlace::new(unit, place.region, place.ignore)?.aligned(align))
    }
}
