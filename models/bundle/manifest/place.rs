//! Where the part lies in a frame, and what of the frame does not count: in pixels of the frame as the camera gives it.

use super::align::{self, Align};
use crate::bundle::tables::{Problems, Table, number};
use crate::image::InputError;
use std::fmt;
use toml::de::DeValue;

/// A point, x and y.
pub type Point = [f32; 2];

/// Fewest pixels of a side of a region.
pub const REGION_SIDE_MIN: u32 = 8;
/// Most corners of one.
pub const CORNERS_MAX: usize = 64;

/// See the module. [`Default`] is the whole frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// Width and height of the frames in pixels; `None` where all of any frame counts.
    pub frame: Option<(u32, u32)>,
    /// Left, top, width and height of what the model sees; `None` is all of it.
    pub region: Option<[u32; 4]>,
    /// Polygons in which nothing is a defect: three corners or more each.
    pub ignore: Vec<Vec<Point>>,
    /// By what frames are aligned first; region and polygons are then those of the reference picture.
    pub align: Option<Align>,
}

/// What is wrong with a place.
#[derive(Clone, Debug, PartialEq)]
pub enum PlaceError {
    /// The region has too few pixels.
    Small {
        /// Left, top, width and height.
        region: [u32; 4],
    },
    /// The region reaches beyond the frame.
    Outside {
        /// Left, top, width and height.
        region: [u32; 4],
        /// Width and height of the frame.
        frame: (u32, u32),
    },
    /// The place is for frames of another size.
    Frame {
        /// Those that it is for.
        expected: (u32, u32),
        /// Those that there are.
        found: (u32, u32),
    },
    /// An ignored shape lies outside of what the model sees.
    IgnoredOutside {
        /// Which, from 1.
        shape: usize,
    },
    /// Nothing is left to look at.
    AllIgnored,
    /// An ignored shape holds no cell of the model's map.
    Fine {
        /// Which, from 1.
        shape: usize,
        /// Width and height of a cell in pixels of the frame.
        cell: (u32, u32),
    },
    /// The model gives one score for the whole image.
    NoMap,
    /// What is seen cannot be made the model's input.
    Input(InputError),
}

impl fmt::Display for PlaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlaceError::Small {
                region: [_, _, width, height],
            } => write!(
                f,
                "`region`: expected {REGION_SIDE_MIN}×{REGION_SIDE_MIN} pixels at least, found {width}×{height}"
            ),
            PlaceError::Outside {
                region: [left, top, width, height],
                frame,
            } => write!(
                f,
                "`region`: expected a place within frames of {}×{} pixels, found {width}×{height} at ({left}, {top}), \
                 which ends at ({}, {})",
                frame.0,
                frame.1,
                u64::from(*left) + u64::from(*width),
                u64::from(*top) + u64::from(*height)
            ),
            PlaceError::Frame { expected, found } => write!(
                f,
                "`region` and `ignore` are for frames of {}×{} pixels, found {}×{}; set the camera's size back, or teach \
                 again",
                expected.0, expected.1, found.0, found.1
            ),
            PlaceError::IgnoredOutside { shape } => write!(
                f,
                "`ignore`: shape {shape} lies outside of what the model sees; expected it within the region and the frame"
            ),
            PlaceError::AllIgnored => write!(
                f,
                "`ignore`: the shapes cover all that the model sees, so nothing would be looked at; leave a part of it out"
            ),
            PlaceError::Fine { shape, cell } => write!(
                f,
                "`ignore`: shape {shape} holds the middle of no cell of the model's map, which are {}×{} pixels each; \
                 make it larger, or teach a model with it",
                cell.0, cell.1
            ),
            PlaceError::Input(error) => error.fmt(f),
            PlaceError::NoMap => write!(
                f,
                "`ignore`: this model gives one score for the whole image, so no place of it can be left out; use \
                 `region`, or a model that says where"
            ),
        }
    }
}

impl std::error::Error for PlaceError {}

impl Place {
    /// Whether all of a frame counts.
    pub fn is_whole(&self) -> bool {
        self.region.is_none() && self.ignore.is_empty()
    }

    /// The same, for frames of any size where all of one counts.
    #[must_use]
    pub fn normal(self) -> Self {
        match self.is_whole() {
            true => Self {
                align: self.align,
                ..Self::default()
            },
            false => self,
        }
    }

    /// Left, top, width and height of what the model sees of such a frame.
    pub fn seen(&self, (width, height): (u32, u32)) -> [u32; 4] {
        self.region.unwrap_or([0, 0, width, height])
    }

    /// Whether it can be used for frames of this size.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, frame: (u32, u32)) -> Result<(), PlaceError> {
        if self.is_whole() {
            return Ok(());
        }
        if let Some(expected) = self.frame.filter(|expected| *expected != frame) {
            let found = frame;
            return Err(PlaceError::Frame { expected, found });
        }
        let region @ [left, top, width, height] = self.seen(frame);
        if width < REGION_SIDE_MIN || height < REGION_SIDE_MIN {
            return Err(PlaceError::Small { region });
        }
        let is_within =
            |from: u32, side: u32, all: u32| from.checked_add(side).is_some_and(|end| end <= all);
        if !is_within(left, width, frame.0) || !is_within(top, height, frame.1) {
            return Err(PlaceError::Outside { region, frame });
        }
        let pixels = |[left, top, right, bottom]: [u32; 4]| {
            (top..bottom).flat_map(move |y| (left..right).map(move |x| (x, y)))
        };
        let middle = |(x, y): (u32, u32)| (x as f32 + 0.5, y as f32 + 0.5);
        for (n, shape) in self.ignore.iter().enumerate() {
            let within = bounds(shape, region);
            if !pixels(within).any(|pixel| is_inside(shape, middle(pixel))) {
                return Err(PlaceError::IgnoredOutside { shape: n + 1 });
            }
        }
        let is_seen = |pixel| {
            !self
                .ignore
                .iter()
                .any(|shape| is_inside(shape, middle(pixel)))
        };
        let all = [left, top, left + width, top + height];
        match self.ignore.is_empty() || pixels(all).any(is_seen) {
            true => Ok(()),
            false => Err(PlaceError::AllIgnored),
        }
    }
}

/// Left, top, right and bottom of the pixels of a region that a polygon can touch.
pub(crate) fn bounds(polygon: &[Point], [left, top, width, height]: [u32; 4]) -> [u32; 4] {
    let along = |axis: usize, from: u32, side: u32| {
        let places = polygon.iter().map(|corner| corner[axis]);
        let least = places.clone().fold(f32::MAX, f32::min).floor();
        let most = places.fold(f32::MIN, f32::max).ceil();
        // `as` saturates, so that what lies outside of everything comes to nothing.
        let (least, most) = (least as u32, most as u32);
        (
            least.clamp(from, from + side),
            most.clamp(from, from + side),
        )
    };
    let ((left, right), (top, bottom)) = (along(0, left, width), along(1, top, height));
    [left, top, right, bottom]
}

/// Whether a point lies in a polygon, by the even-odd rule.
pub fn is_inside(polygon: &[Point], (x, y): (f32, f32)) -> bool {
    let mut is_inside = false;
    let Some(mut before) = polygon.last() else {
        return false;
    };
    for corner in polygon {
        let ([ax, ay], [bx, by]) = (*before, *corner);
        if (ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax {
            is_inside = !is_inside;
        }
        before = corner;
    }
    is_inside
}

/// The polygon that numbers stand for: left, top, width and height of a rectangle, or x and y of three corners or more.
pub fn shape(numbers: &[f32]) -> Option<Vec<Point>> {
    match *numbers {
        [left, top, width, height] if width > 0.0 && height > 0.0 => {
            let (right, bottom) = (left + width, top + height);
            Some(vec![
                [left, top],
                [right, top],
                [right, bottom],
                [left, bottom],
            ])
        }
        [_, _, _, _] => None,
        _ => {
            let (corners, rest) = numbers.as_chunks::<2>();
            let is_shape = rest.is_empty() && (3..=CORNERS_MAX).contains(&corners.len());
            is_shape.then(|| corners.to_vec())
        }
    }
}

impl fmt::Display for Place {
    /// As it stands below `[place]` in `model.toml`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((width, height)) = self.frame {
            writeln!(f, "frame = [{width}, {height}]")?;
        }
        if let Some(region) = self.region {
            writeln!(f, "region = {region:?}")?;
        }
        if !self.ignore.is_empty() {
            writeln!(f, "ignore = {:?}", flat(&self.ignore))?;
        }
        match &self.align {
            Some(align) => write!(f, "\n[place.align]\n{align}"),
            None => Ok(()),
        }
    }
}

/// The shapes as numbers, one list each.
pub fn flat(shapes: &[Vec<Point>]) -> Vec<Vec<f32>> {
    shapes.iter().map(|shape| shape.concat()).collect()
}

pub(super) fn read(mut table: Table, problems: &mut Problems) -> Option<Place> {
    let whole = |value: &DeValue| number(value).filter(|n| *n >= 0.0 && n.fract() == 0.0);
    let frame = table.optional_list("frame", "width and height in pixels", problems, whole);
    let expected = "left, top, width and height in pixels";
    let region = table.optional_list("region", expected, problems, whole);
    let ignore = table.optional_list("ignore", SHAPES, problems, |value| match value {
        DeValue::Array(numbers) => {
            let numbers = numbers.iter().map(|value| number(value.get_ref()));
            shape(&numbers.collect::<Option<Vec<f32>>>()?)
        }
        _ => None,
    });
    let align = match table.optional_table("align", problems) {
        Some(table) => align::read(table, problems).map(Some),
        None => Some(None),
    };
    let mut four =
        |key: &str, found: Option<(usize, Vec<f32>)>, count: usize, what: &str| match found {
            Some((start, list)) if list.len() != count => {
                table.problem(key, start, &format!("expected {what}"), problems);
                None
            }
            found => Some(found.map(|(_, list)| list)),
        };
    let frame = four("frame", frame?, 2, "width and height in pixels");
    let region = four("region", region?, 4, expected);
    table.finish(problems);
    let place = Place {
        frame: frame?.map(|sides| (sides[0] as u32, sides[1] as u32)),
        region: region?.map(|sides| [0, 1, 2, 3].map(|at| sides[at] as u32)),
        ignore: ignore?.map_or(Vec::new(), |(_, shapes)| shapes),
        align: align?,
    };
    Some(place.normal())
}

const SHAPES: &str = "a list of shapes: left, top, width, height of a rectangle, or x and y of three corners or more";

#[cfg(test)]
mod tests {
    use super::*;

    fn place(region: Option<[u32; 4]>, ignore: &[&[f32]]) -> Place {
        Place {
            frame: Some((100, 80)),
            region,
            ignore: ignore
                .iter()
                .map(|numbers| shape(numbers).expect("a shape"))
                .collect(),
            align: None,
        }
    }

    #[test]
    fn a_place_that_is_none_is_refused_by_what_is_wrong_with_it() {
        let check = |region, ignore: &[&[f32]]| place(region, ignore).check((100, 80));
        assert_eq!(check(Some([0, 0, 100, 80]), &[]), Ok(()));
        for (region, ignore, expected) in [
            (Some([90, 0, 20, 80]), &[][..], "ends at (110, 80)"),
            (
                Some([u32::MAX, 0, 20, 80]),
                &[][..],
                "within frames of 100×80",
            ),
            (Some([0, 0, 0, 80]), &[][..], "found 0×80"),
            (
                Some([0, 0, 50, 50]),
                &[&[60.0, 0.0, 20.0, 20.0][..]][..],
                "shape 1 lies outside",
            ),
            (None, &[&[-1.0, -1.0, 102.0, 82.0][..]][..], "cover all"),
            (
                Some([50, 0, 50, 50]),
                &[&[40.0, 0.0, 70.0, 90.0][..]][..],
                "cover all",
            ),
        ] {
            let error = check(region, ignore).expect_err("it is wrong").to_string();
            assert!(error.contains(expected), "{error}");
        }
        let other = place(Some([0, 0, 50, 50]), &[]).check((200, 160));
        assert_eq!(
            other,
            Err(PlaceError::Frame {
                expected: (100, 80),
                found: (200, 160)
            })
        );
    }

    #[test]
    fn four_numbers_are_a_rectangle_and_six_or_more_are_corners() {
        let square = shape(&[10.0, 20.0, 4.0, 2.0]).expect("a rectangle");
        assert!(is_inside(&square, (13.5, 21.5)) && !is_inside(&square, (14.5, 21.5)));
        let triangle = shape(&[0.0, 0.0, 10.0, 0.0, 0.0, 10.0]).expect("a triangle");
        assert!(is_inside(&triangle, (2.0, 2.0)) && !is_inside(&triangle, (8.0, 8.0)));
        for wrong in [
            &[1.0, 2.0, 3.0][..],
            &[0.0, 0.0, 0.0, 5.0],
            &[1.0; 7],
            &[1.0; 130],
            &[],
        ] {
            assert_eq!(shape(wrong), None, "{wrong:?}");
        }
    }
}
