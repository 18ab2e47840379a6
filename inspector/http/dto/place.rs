//! Where in a camera's frames a view looks, as the API says it and is told it.

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
        ViewPlace::new(unit, place.region, place.ignore)
    }
}
