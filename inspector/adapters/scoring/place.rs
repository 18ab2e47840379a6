//! The place of a recipe's view as a model's session needs it: in pixels of the frame, held against where the model
//! learnt to look.

use crate::adapters::scoring::align;
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
    /// The region begins before the frame does.
    Before {
        /// Pixels that it reaches beyond the frame's left edge.
        left: i64,
        /// And beyond its upper one.
        above: i64,
    },
    /// It is in millimetres, and the camera is not calibrated to a plane.
    NoPlane,
    /// It is in millimetres, and parts are aligned: the reference picture is not calibrated again.
    AlignedMm,
    /// The model learnt to look elsewhere.
    Taught {
        /// Where it learnt to look.
        taught: Box<Place>,
        /// What the recipe says.
        found: Box<Place>,
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
            PlaceProblem::Before { left, above } => {
                let reach = [(*left, "left of"), (*above, "above")];
                let beyond = reach.iter().filter(|(pixels, _)| *pixels > 0);
                let beyond =
                    beyond.map(|(pixels, side)| format!("{pixels} pixels {side} the frame"));
                write!(
                    f,
                    "`region`: expected a place within the frame, found one that reaches {}; move the region, or calibrate \
                     again if the camera was moved",
                    beyond.collect::<Vec<_>>().join(" and ")
                )
            }
            PlaceProblem::NoPlane => write!(
                f,
                "`unit = \"mm\"`: the camera is not calibrated to a plane; calibrate it, or tell the place in pixels"
            ),
            PlaceProblem::AlignedMm => write!(
                f,
                "`unit = \"mm\"`: a view that aligns looks at places of the reference picture, which stays what it is when \
                 the camera is calibrated again; tell region and ignored places in its pixels, or take [view.align] out"
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
    let aligned = match &place.align {
        Some(align) => format!(
            ", aligned by {} ({}...)",
            align.reference,
            &align.sha256[..12.min(align.sha256.len())]
        ),
        None => String::new(),
    };
    let unaligned = Place {
        align: None,
        ..place.clone()
    };
    if place.is_whole() {
        return format!("the whole frame{aligned}");
    }
    let text = unaligned.to_string();
    let keys = text.lines().filter(|line| !line.starts_with("frame"));
    let keys = keys.collect::<Vec<_>>().join("  ");
    match place.frame {
        Some((width, height)) => format!("{keys} of frames of {width}×{height}{aligned}"),
        None => format!("{keys}{aligned}"),
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
    let align = view.align().map(|align| align::of_model(align, frame));
    if view.is_whole() {
        return Ok(Place {
            align,
            ..Place::default()
        });
    }
    if align.is_some() && view.unit() == LengthUnit::Mm {
        return Err(PlaceProblem::AlignedMm);
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
        Some(region) => Some(around(&shape(&region)?)?),
        None => None,
    };
    let region = region.filter(|region| *region != [0, 0, frame.width, frame.height]);
    let ignore = view.ignore().iter().map(|numbers| shape(numbers));
    let resolved = Place {
        frame: Some((frame.width, frame.height)),
        region,
        ignore: ignore.collect::<Result<_, _>>()?,
        align,
    };
    resolved.check((frame.width, frame.height))?;
    Ok(resolved)
}

/// The upright rectangle of whole pixels about a polygon.
///
/// # Errors
/// When it begins left of or above the frame.
fn around(corners: &[Point]) -> Result<[u32; 4], PlaceProblem> {
    let along = |axis: usize| {
        let places = corners.iter().map(|corner| corner[axis].round());
        let (from, to) = (
            places.clone().fold(f32::MAX, f32::min),
            places.fold(f32::MIN, f32::max),
        );
        (from as i64, (to - from) as u32)
    };
    let ((left, width), (top, height)) = (along(0), along(1));
    if left < 0 || top < 0 {
        let (left, above) = ((-left).max(0), (-top).max(0));
        return Err(PlaceProblem::Before { left, above });
    }
    Ok([left as u32, top as u32, width, height])
}

/// Whether the model learnt to look there in frames of this size. What it did not learn to ignore can be ignored all the
/// same.
fn agrees(unit: LengthUnit, taught: &Place, found: &Place, frame: (u32, u32)) -> bool {
    let (theirs, ours) = (&taught.ignore, &found.ignore);
    let is_ignored_alike = match unit {
        _ if theirs.is_empty() => true,
        LengthUnit::Px => theirs == ours,
        LengthUnit::Mm => theirs.len() == ours.len(),
    };
    is_ignored_alike && is_aligned_alike(taught, found) && looks_alike(unit, taught, found, frame)
}

/// Whether parts lie in the model's pictures as it learnt them. One that learnt from parts that lay in their place is
/// served by aligning; one that learnt from aligned parts knows no others.
fn is_aligned_alike(taught: &Place, found: &Place) -> bool {
    let picture = |place: &Place| place.align.as_ref().map(|align| align.sha256.clone());
    taught.align.is_none() || picture(taught) == picture(found)
}

fn looks_alike(unit: LengthUnit, taught: &Place, found: &Place, frame: (u32, u32)) -> bool {
    let taught_frame = taught.frame.unwrap_or(frame);
    match unit {
        // A model of whole frames takes them at every size; pixels of a place are those of one.
        LengthUnit::Px if taught.is_whole() => found.seen(frame) == [0, 0, frame.0, frame.1],
        LengthUnit::Px => taught_frame == frame && taught.seen(frame) == found.seen(frame),
        LengthUnit::Mm => {
            let is_whole =
                |place: &Place, frame: (u32, u32)| place.seen(frame) == [0, 0, frame.0, frame.1];
            let ([.., width, height], [.., wide, high]) =
                (taught.seen(taught_frame), found.seen(frame));
            let is_near = |a: u32, b: u32| {
                let (a, b) = (f64::from(a), f64::from(b));
                (a - b).abs() <= SIDE_OFF_MAX * a.max(b)
            };
            match (is_whole(taught, taught_frame), is_whole(found, frame)) {
                (false, false) => is_near(width, wide) && is_near(height, high),
                (theirs, ours) => theirs == ours,
            }
        }
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
        && !agrees(view.unit(), taught, &found, (frame.width, frame.height))
    {
        let (taught, found) = (Box::new(taught.clone()), Box::new(found));
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

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Size = Size::new(640, 480);
    const SHAPE: [f64; 4] = [10.0, 10.0, 60.0, 40.0];

    fn place(region: Option<[f64; 4]>, ignore: &[[f64; 4]], frame: Size) -> Place {
        let ignore = ignore.iter().map(|shape| shape.to_vec()).collect();
        let view = ViewPlace::new(LengthUnit::Px, region.map(Vec::from), ignore);
        resolved(&view.expect("a place"), frame, None).expect("within the frame")
    }

    #[test]
    fn a_place_in_pixels_is_that_of_one_frame_size_with_or_without_a_region() {
        let larger = Size::new(1280, 960);
        let agrees = |taught: &Place, region, ignore: &[[f64; 4]], frame: Size| {
            let found = place(region, ignore, frame);
            super::agrees(LengthUnit::Px, taught, &found, (frame.width, frame.height))
        };
        let ignores = place(None, &[SHAPE], FRAME);
        assert!(agrees(&ignores, None, &[SHAPE], FRAME));
        assert!(
            !agrees(&ignores, None, &[SHAPE], larger),
            "painted elsewhere"
        );
        let region = Some([100.0, 80.0, 200.0, 160.0]);
        let looks = place(region, &[], FRAME);
        assert!(agrees(&looks, region, &[], FRAME));
        assert!(agrees(&looks, region, &[[110.0, 90.0, 20.0, 20.0]], FRAME));
        assert!(!agrees(&looks, region, &[], larger) && !agrees(&looks, None, &[], FRAME));
        let whole = Place::default();
        assert!(agrees(&whole, None, &[], FRAME) && agrees(&whole, None, &[SHAPE], larger));
        assert!(!agrees(&whole, region, &[], FRAME));
    }

    #[test]
    fn millimetres_of_a_view_that_aligns_are_refused_whether_the_camera_is_calibrated_or_not() {
        let region = Some(vec![10.0, 10.0, 60.0, 40.0]);
        let sha256 = "0".repeat(64);
        let align = crate::station::align::ViewAlign::new(
            ("hole.png", &sha256),
            &[10.0, 20.0, 60.0, 40.0],
            None,
            crate::station::align::USUAL,
        );
        let align = align.expect("an alignment");
        let told = |unit| {
            let view = ViewPlace::new(unit, region.clone(), Vec::new()).expect("a place");
            resolved(&view.aligned(Some(align.clone())), FRAME, None)
        };
        assert_eq!(told(LengthUnit::Mm), Err(PlaceProblem::AlignedMm));
        assert!(told(LengthUnit::Px).is_ok());
    }

    #[test]
    fn a_region_as_large_as_the_frame_is_the_whole_frame() {
        let all = [0.0, 0.0, 640.0, 480.0];
        // As an older command wrote it.
        let taught = Place {
            frame: Some((640, 480)),
            region: Some([0, 0, 640, 480]),
            ignore: Vec::new(),
            align: None,
        };
        for region in [None, Some(all)] {
            let found = place(region, &[], FRAME);
            for unit in [LengthUnit::Px, LengthUnit::Mm] {
                assert!(
                    agrees(unit, &taught, &found, (640, 480)),
                    "{unit:?} {region:?}"
                );
                assert!(agrees(unit, &Place::default(), &found, (640, 480)));
            }
        }
    }

    #[test]
    fn a_region_before_the_frame_is_told_by_how_far_it_reaches() {
        let told = |corners: &[Point]| around(corners).expect_err("it begins before").to_string();
        let left = told(&[[-12.4, 5.0], [80.0, 5.0], [80.0, 50.0], [-12.0, 50.0]]);
        assert!(
            left.contains("reaches 12 pixels left of the frame;"),
            "{left}"
        );
        let both = told(&[[-3.0, -7.0], [80.0, 50.0]]);
        let expected = "reaches 3 pixels left of the frame and 7 pixels above the frame;";
        assert!(both.contains(expected), "{both}");
        assert_eq!(around(&[[-0.3, 2.0], [80.0, 50.0]]), Ok([0, 2, 80, 48]));
    }
}
