//! What is wrong with the numbers of a lens.

use crate::geometry::Lens;
use crate::opencv_error::OpencvError;
use crate::view::Size;
use std::fmt;

/// Numbers that no lens in front of such a frame has, or that the images do not settle.
#[derive(Clone, Debug, PartialEq)]
pub enum LensFault {
    /// A number is infinite or none at all.
    NotFinite,
    /// A focal length is none for this frame.
    FocalLength {
        /// `fx` or `fy`.
        which: &'static str,
        /// The focal length, in pixels.
        found: f64,
        /// A tenth of the longest side to a thousand times as much.
        expected: [f64; 2],
        /// The frame it was held against.
        frame: Size,
    },
    /// The principal point lies more than a frame's width or height outside.
    PrincipalPoint {
        /// x and y, in pixels.
        found: [f64; 2],
        /// The frame it was held against.
        frame: Size,
    },
    /// Some place of the undistorted frame would be seen twice.
    Folds,
    /// The images leave the focal length open.
    Uncertain {
        /// Standard deviation of fx, as a share of it.
        found: f64,
        /// The most that is taken.
        limit: f64,
    },
    /// OpenCV found no first guess: the boards' perspective is too weak.
    NotSolved(OpencvError),
}

impl fmt::Display for LensFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LensFault::NotFinite => f.write_str("a number is not finite"),
            LensFault::FocalLength {
                which,
                found,
                expected,
                frame,
            } => write!(
                f,
                "{which} is {found}: expected {} to {} pixels for a frame of {frame}",
                expected[0], expected[1]
            ),
            LensFault::PrincipalPoint { found, frame } => write!(
                f,
                "the principal point ({}, {}) is far outside {frame}",
                found[0], found[1]
            ),
            LensFault::Folds => f.write_str("the distortion folds the frame over itself"),
            LensFault::Uncertain { found, limit } => write!(
                f,
                "the focal length is only known to {:.1} %, expected {:.0} %",
                found * 100.0,
                limit * 100.0
            ),
            LensFault::NotSolved(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LensFault {}

impl Lens {
    /// What is wrong with the numbers for a frame of this size, if anything: not finite, a focal
    /// length or a principal point no camera has, or a distortion that folds the frame over itself.
    pub fn fault(&self, size: Size) -> Option<LensFault> {
        let Lens {
            fx,
            fy,
            cx,
            cy,
            k1,
            k2,
            p1,
            p2,
        } = *self;
        if ![fx, fy, cx, cy, k1, k2, p1, p2]
            .iter()
            .all(|v| v.is_finite())
        {
            return Some(LensFault::NotFinite);
        }
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        let longest = width.max(height);
        let expected = [longest * 0.1, longest * 1000.0];
        for (which, found) in [("fx", fx), ("fy", fy)] {
            if !(expected[0]..=expected[1]).contains(&found) {
                return Some(LensFault::FocalLength {
                    which,
                    found,
                    expected,
                    frame: size,
                });
            }
        }
        if !(-width..=2.0 * width).contains(&cx) || !(-height..=2.0 * height).contains(&cy) {
            return Some(LensFault::PrincipalPoint {
                found: [cx, cy],
                frame: size,
            });
        }
        self.folds(width, height).then_some(LensFault::Folds)
    }

    /// Whether the distortion turns back somewhere inside the frame: along eight rays from the
    /// principal point, the distance in the distorted frame must grow.
    fn folds(&self, width: f64, height: f64) -> bool {
        const STEPS: u32 = 64;
        [
            (0.0, 0.0),
            (width, 0.0),
            (0.0, height),
            (width, height),
            (width / 2.0, 0.0),
            (0.0, height / 2.0),
            (width / 2.0, height),
            (width, height / 2.0),
        ]
        .iter()
        .any(|&(to_x, to_y)| {
            let (dx, dy) = (to_x - self.cx, to_y - self.cy);
            let length = dx.hypot(dy);
            let mut before = f64::NEG_INFINITY;
            length > 0.0
                && (0..=STEPS).any(|step| {
                    let part = f64::from(step) / f64::from(STEPS);
                    let (x, y) = self.distort(self.cx + dx * part, self.cy + dy * part);
                    let along = ((x - self.cx) * dx + (y - self.cy) * dy) / length;
                    let turns_back = along <= before;
                    before = along;
                    turns_back
                })
        })
    }
}
