//! The place of a recipe's view as a model's session needs it: in pixels of the frame, held against where the model
//! learnt to look.

use crate::error::{ErrorKind, Sorted};
use crate::station::place::{LengthUnit, ViewPlace};
use calibration::{Configuration, Size, Window};
use models::manifest::place::{self, Point};
use models::{Manifest, Place, PlaceError, Session};
use std::fmt;

/// How far the sides of a region in millimetres may be off those that the model learnt from, as a share: calibrating
/// again moves it, but makes it little larger.
const SIDE_OFF_MAX: f64 = 0.05;

/// Why a view's place cannot be looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum PlaceProblem {
    /// It is none in the camera's frames, or none that the model can take.
    Place(PlaceError),
    /// It is in millimetres, and the camera is not calibrated to a plane.
    NoPlane,
    /// The model learnt to look elsewhere.
    Taught {
        /// Where it learnt to look.
        taught: Place,
        /// What the recipe says.
        found: Place,
    },
}

impl From<PlaceError> for PlaceProblem {
    fn from(error: PlaceError) -> Self {
        PlaceProblem::Place(error)
    }
}

impl fmt::Display for PlaceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlaceProblem::Place(error) => error.fmt(f),
            PlaceProblem::NoPlane => write!(
                f,
                "`unit = \"mm\"`: the camera is not calibrated to a plane; calibrate it, or tell the place in pixels"
            ),
            PlaceProblem::Taught { taught, found } => write!(
                f,
                "the model learnt to look at {}, the recipe's view says {}; write the model's place into the view, or \
                 teach a model for this one",
                told(taught),
                told(found)
            ),
        }
    }
}

impl std::error::Error for PlaceProblem {}

impl Sorted for PlaceProblem {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Settings
    }
}

/// As it stands in a recipe, on one line.
fn told(place: &Place) -> String {
    if place.is_whole() {
        return "the whole frame".to_owned();
    }
    let text = place.to_string();
    let keys = text.lines().filter(|line| !line.starts_with("frame"));
    let keys = keys.collect::<Vec<_>>().join("  ");
    match place.frame {
        Some((width, height)) => format!("{keys} of frames of {width}×{height}"),
        None => keys,
    }
}

/// In pixels of frames of this size.
///
/// # Errors
/// When it is none in such frames, or in millimetres without a calibrated plane.
pub fn resolved(
    view: &ViewPlace,
    frame: Size,
    configuration: Option<&Configuration>,
) -> Result<Place, PlaceProblem> {
    if view.is_whole() {
        return Ok(Place::default());
    }
    let shape = |numbers: &[f64]| -> Result<Vec<Point>, PlaceProblem> {
        let numbers: Vec<f32> = numbers.iter().map(|number| *number as f32).collect();
        // `ViewPlace::new` has let only shapes in.
        let corners = place::shape(&numbers).unwrap_or_default();
        let to_px = |[x, y]: [f32; 2]| match view.unit() {
            LengthUnit::Px => Some([x, y]),
            LengthUnit::Mm => {
                let at = Window::frame_px((f64::from(x), f64::from(y)), configuration)?;
                Some([at.0 as f32, at.1 as f32])
            }
        };
        let corners: Option<Vec<Point>> = corners.into_iter().map(to_px).collect();
        corners.ok_or(PlaceProblem::NoPlane)
    };
    let region = match view.region() {
        Some(region) => Some(around(&shape(&region)?)),
        None => None,
    };
    let region = region.filter(|region| *region != [0, 0, frame.width, frame.height]);
    let ignore = view.ignore().iter().map(|numbers| shape(numbers));
    let resolved = Place {
        frame: Some((frame.width, frame.height)),
        region,
        ignore: ignore.collect::<Result<_, _>>()?,
    };
    resolved.check((frame.width, frame.height))?;
    Ok(resolved)
}

/// The upright rectangle of whole pixels about a polygon. What lies left of or above the frame becomes a region that
/// ends beyond every frame, and is refused as such.
fn around(corners: &[Point]) -> [u32; 4] {
    let along = |axis: usize| {
        let places = corners.iter().map(|corner| corner[axis].round());
        let (from, to) = (
            places.clone().fold(f32::MAX, f32::min),
            places.fold(f32::MIN, f32::max),
        );
        match from < 0.0 {
            true => (u32::MAX, (to - from) as u32),
            false => (from as u32, (to - from) as u32),
        }
    };
    let ((left, width), (top, height)) = (along(0), along(1));
    [left, top, width, height]
}

/// Whether the model learnt to look there. What it did not learn to ignore can be ignored all the same.
fn agrees(unit: LengthUnit, taught: &Place, found: &Place) -> bool {
    let (theirs, ours) = (&taught.ignore, &found.ignore);
    let is_ignored_alike = match unit {
        _ if theirs.is_empty() => true,
        LengthUnit::Px => theirs == ours,
        LengthUnit::Mm => theirs.len() == ours.len(),
    };
    is_ignored_alike && looks_alike(unit, taught, found)
}

fn looks_alike(unit: LengthUnit, taught: &Place, found: &Place) -> bool {
    match (unit, taught.region, found.region) {
        (LengthUnit::Px, theirs, ours) => {
            theirs == ours && (theirs.is_none() || taught.frame == found.frame)
        }
        (LengthUnit::Mm, Some([.., width, height]), Some([.., wide, high])) => {
            let is_near = |a: u32, b: u32| {
                let (a, b) = (f64::from(a), f64::from(b));
                (a - b).abs() <= SIDE_OFF_MAX * a.max(b)
            };
            is_near(width, wide) && is_near(height, high)
        }
        (LengthUnit::Mm, theirs, ours) => theirs == ours,
    }
}

/// Makes a session look there, and gives what it sees.
///
/// # Errors
/// When that cannot be looked at, or the model learnt to look elsewhere.
pub fn look(
    session: &mut Session,
    view: &ViewPlace,
    frame: Size,
    configuration: Option<&Configuration>,
) -> Result<Window, PlaceProblem> {
    let found = resolved(view, frame, configuration)?;
    let manifest: &Manifest = session.manifest();
    if let Some(taught) = &manifest.place
        && !agrees(view.unit(), taught, &found)
    {
        let taught = taught.clone();
        return Err(PlaceProblem::Taught { taught, found });
    }
    session.look_at(&found, (frame.width, frame.height))?;
    let window = Window::new(
        frame,
        found.seen((frame.width, frame.height)),
        configuration,
    );
    if configuration.is_some_and(|configuration| configuration.lens.is_some()) {
        let seen = |corner: &Point| {
            let at = (f64::from(corner[0]), f64::from(corner[1]));
            let (x, y) = window.seen(at, configuration).unwrap_or(at);
            [x as f32, y as f32]
        };
        let shape = |shape: &Vec<Point>| shape.iter().map(seen).collect();
        let shapes: Vec<Vec<Point>> = found.ignore.iter().map(shape).collect();
        session.ignore(&shapes)?;
    }
    Ok(window)
}
