//! The lens and the part plane as formulas. Pixel centres have whole coordinates, as in OpenCV.

use crate::view::Size;
use serde::{Deserialize, Serialize};

/// A pinhole camera with radial and tangential distortion: OpenCV's `k1, k2, p1, p2` (k3 = 0), from
/// D. C. Brown, "Close-Range Camera Calibration", 1971, as in OpenCV's calib3d documentation.
///
/// k3 is left out because a dozen boards seldom reach the corners where it could be told from k2.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lens {
    /// Focal length along x, in pixels.
    pub fx: f64,
    /// Focal length along y, in pixels.
    pub fy: f64,
    /// Principal point, in pixels.
    pub cx: f64,
    /// Principal point, in pixels.
    pub cy: f64,
    /// Radial, of the squared distance from the principal point.
    pub k1: f64,
    /// Radial, of its fourth power.
    pub k2: f64,
    /// Tangential: times 2xy in x, times r² + 2y² in y.
    pub p1: f64,
    /// Tangential: times r² + 2x² in x, times 2xy in y.
    pub p2: f64,
}

impl Lens {
    /// Where the undistorted pixel `(x, y)` is in the frame as the camera gives it.
    pub fn distort(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = self.distort_normalised((x - self.cx) / self.fx, (y - self.cy) / self.fy);
        (x * self.fx + self.cx, y * self.fy + self.cy)
    }

    /// Where the camera's pixel `(x, y)` is in the undistorted frame: the inverse of
    /// [`Lens::distort`], by fixed-point iteration. `None` where it does not converge to 0.001 pixel,
    /// which only happens far outside the frame.
    pub fn undistort(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (goal_x, goal_y) = ((x - self.cx) / self.fx, (y - self.cy) / self.fy);
        let (mut at_x, mut at_y) = (goal_x, goal_y);
        for _ in 0..100 {
            let (found_x, found_y) = self.distort_normalised(at_x, at_y);
            let (step_x, step_y) = (goal_x - found_x, goal_y - found_y);
            if !step_x.is_finite() || !step_y.is_finite() {
                return None;
            }
            if (step_x * self.fx).hypot(step_y * self.fy) < 1e-6 {
                return Some((at_x * self.fx + self.cx, at_y * self.fy + self.cy));
            }
            at_x += step_x;
            at_y += step_y;
        }
        let (found_x, found_y) = self.distort_normalised(at_x, at_y);
        let error = ((goal_x - found_x) * self.fx).hypot((goal_y - found_y) * self.fy);
        (error < 1e-3).then_some((at_x * self.fx + self.cx, at_y * self.fy + self.cy))
    }

    fn distort_normalised(&self, x: f64, y: f64) -> (f64, f64) {
        let r2 = x * x + y * y;
        let radial = 1.0 + r2 * (self.k1 + r2 * self.k2);
        (
            x * radial + 2.0 * self.p1 * x * y + self.p2 * (r2 + 2.0 * x * x),
            y * radial + self.p1 * (r2 + 2.0 * y * y) + 2.0 * self.p2 * x * y,
        )
    }
}

/// The part plane: undistorted pixel to millimetres by a homography. The origin is the board's corner
/// nearest the top left of the plane image, x along its rows, y along its columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plane {
    /// Row by row; the last entry is 1.
    to_mm: [[f64; 3]; 3],
}

impl Plane {
    /// From a homography pixel → mm, row by row. `None` when it is not finite, cannot be inverted,
    /// or sends a pixel of a frame of this size through infinity.
    pub fn new(to_mm: [[f64; 3]; 3], size: Size) -> Option<Self> {
        let last = to_mm[2][2];
        let is_finite = to_mm.iter().flatten().all(|v| v.is_finite());
        if !is_finite || last.abs() < 1e-12 {
            return None;
        }
        let plane = Self {
            to_mm: to_mm.map(|row| row.map(|v| v / last)),
        };
        let (right, bottom) = (f64::from(size.width) - 0.5, f64::from(size.height) - 0.5);
        // The denominator is linear, so its sign at the corners is its sign all over the frame.
        let corners = [(-0.5, -0.5), (right, -0.5), (-0.5, bottom), (right, bottom)];
        let first = plane.denominator(-0.5, -0.5);
        let is_one_sided = corners.iter().all(|&(x, y)| {
            let here = plane.denominator(x, y);
            here * first > 0.0 && here.abs() > 1e-9
        });
        let determinant = determinant(&plane.to_mm);
        let is_invertible = determinant.is_finite()
            && corners.iter().all(|&(x, y)| {
                let area = plane.mm2_per_px(x, y);
                area.is_finite() && (1e-12..1e12).contains(&area)
            });
        (is_one_sided && is_invertible).then_some(plane)
    }

    /// The homography, row by row; the last entry is 1.
    pub fn homography(&self) -> [[f64; 3]; 3] {
        self.to_mm
    }

    fn denominator(&self, x: f64, y: f64) -> f64 {
        self.to_mm[2][0] * x + self.to_mm[2][1] * y + self.to_mm[2][2]
    }

    /// Millimetres on the plane, of an undistorted pixel.
    pub fn to_mm(&self, x: f64, y: f64) -> (f64, f64) {
        let [row_x, row_y, _] = &self.to_mm;
        let w = self.denominator(x, y);
        (
            (row_x[0] * x + row_x[1] * y + row_x[2]) / w,
            (row_y[0] * x + row_y[1] * y + row_y[2]) / w,
        )
    }

    /// The undistorted pixel that shows a place of the plane; `None` where there is none.
    pub fn to_px(&self, x_mm: f64, y_mm: f64) -> Option<(f64, f64)> {
        let [row_x, row_y, row_w] = inverse(&self.to_mm)?;
        let of = |row: [f64; 3]| row[0] * x_mm + row[1] * y_mm + row[2];
        let w = of(row_w);
        let found = (of(row_x) / w, of(row_y) / w);
        (found.0.is_finite() && found.1.is_finite()).then_some(found)
    }

    /// Square millimetres that one pixel at `(x, y)` covers: the homography's Jacobian determinant
    /// there, det(H) / w³.
    pub fn mm2_per_px(&self, x: f64, y: f64) -> f64 {
        (determinant(&self.to_mm) / self.denominator(x, y).powi(3)).abs()
    }

    /// Side of the square that covers as much as one pixel at `(x, y)`.
    pub fn mm_per_px(&self, x: f64, y: f64) -> f64 {
        self.mm2_per_px(x, y).sqrt()
    }

    /// Exact area in mm² of the axis-parallel rectangle of undistorted pixels with its top left at
    /// `(left, top)`: a homography keeps straight lines, so it is a quadrilateral's.
    pub fn rectangle_mm2(&self, left: f64, top: f64, width: f64, height: f64) -> f64 {
        let corners = [
            self.to_mm(left, top),
            self.to_mm(left + width, top),
            self.to_mm(left + width, top + height),
            self.to_mm(left, top + height),
        ];
        let twice: f64 = (0..4)
            .map(|i| {
                let (a, b) = (corners[i], corners[(i + 1) % 4]);
                // Relative to one corner, so that an origin far away costs no digits.
                let (ax, ay) = (a.0 - corners[0].0, a.1 - corners[0].1);
                let (bx, by) = (b.0 - corners[0].0, b.1 - corners[0].1);
                ax * by - bx * ay
            })
            .sum();
        twice.abs() / 2.0
    }
}

fn determinant(m: &[[f64; 3]; 3]) -> f64 {
    m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
        - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
}

/// The inverse of a 3×3 matrix; `None` when it has none.
pub(crate) fn inverse(m: &[[f64; 3]; 3]) -> Option<[[f64; 3]; 3]> {
    let d = determinant(m);
    if !d.is_finite() || d == 0.0 {
        return None;
    }
    let cofactor = |r: usize, c: usize| {
        let (r1, r2, c1, c2) = ((r + 1) % 3, (r + 2) % 3, (c + 1) % 3, (c + 2) % 3);
        m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]
    };
    let mut inverse = [[0.0; 3]; 3];
    for (r, row) in inverse.iter_mut().enumerate() {
        for (c, v) in row.iter_mut().enumerate() {
            *v = cofactor(c, r) / d;
        }
    }
    Some(inverse)
}

/// `a · b`.
pub(crate) fn product(a: &[[f64; 3]; 3], b: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let mut out = [[0.0; 3]; 3];
    for (r, row) in out.iter_mut().enumerate() {
        for (c, v) in row.iter_mut().enumerate() {
            *v = (0..3).map(|i| a[r][i] * b[i][c]).sum();
        }
    }
    out
}
