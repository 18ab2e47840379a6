//! What a model said of an image, whatever its task.

pub mod score_map;

use score_map::ScoreMap;
use std::fmt;

/// An answer, borrowed from its session until the next run. Every number was checked.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// From 0 to 1: what the threshold is held against.
    pub score: f32,
    /// The class that gave it: index into the manifest's classes.
    pub class: usize,
    /// Where, when the model tells.
    pub map: Option<ScoreMap<'a>>,
    /// Boxes that it found, best first, those of classes that are no defect among them.
    pub detections: &'a [Detection],
    /// One score per class, when the whole image is classified.
    pub classes: &'a [f32],
}

/// A box that a model found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Index into the manifest's classes.
    pub class: usize,
    /// From 0 to 1.
    pub score: f32,
    /// Pixels of the image.
    pub centre: [f32; 2],
    /// Width and height in pixels of the image, before it is turned.
    pub size: [f32; 2],
    /// Radians, clockwise on the screen; 0 for an upright box.
    pub angle: f32,
    /// Square pixels of the image: of its mask, else of the box.
    pub area: f32,
}

impl Detection {
    /// The upright box around it: left, top, right, bottom.
    pub fn bounds(&self) -> [f32; 4] {
        let (sin, cos) = self.angle.sin_cos();
        let [width, height] = self.size;
        let half = [
            (width * cos.abs() + height * sin.abs()) / 2.0,
            (width * sin.abs() + height * cos.abs()) / 2.0,
        ];
        let [x, y] = self.centre;
        [x - half[0], y - half[1], x + half[0], y + half[1]]
    }

    /// How much two boxes have in common, from 0 to 1: intersection over union where both are upright, else one
    /// minus the Hellinger distance of the Gaussians of the same extent (Llerena et al., arXiv:2106.06072).
    pub fn overlap(&self, other: &Self) -> f32 {
        if (self.centre, self.size, self.angle) == (other.centre, other.size, other.angle) {
            // Also where there is no area.
            return 1.0;
        }
        if self.angle == 0.0 && other.angle == 0.0 {
            return intersection_over_union(self.bounds(), other.bounds());
        }
        let ([x1, y1], [x2, y2]) = (self.centre, other.centre);
        let ([a1, b1, c1], [a2, b2, c2]) = (self.covariance(), other.covariance());
        let (a, b, c) = (a1 + a2, b1 + b2, c1 + c2);
        let (dx, dy) = (x1 - x2, y1 - y2);
        let whole = a * b - c * c + TINY;
        let apart = (a * dy * dy + b * dx * dx) / whole * 0.25 - c * dx * dy / whole * 0.5;
        let own = ((a1 * b1 - c1 * c1).max(0.0) * (a2 * b2 - c2 * c2).max(0.0)).sqrt();
        let shape = ((a * b - c * c) / (4.0 * own + TINY) + TINY).ln() * 0.5;
        let distance = (apart + shape).clamp(TINY, 100.0);
        1.0 - (1.0 - (-distance).exp() + TINY).sqrt()
    }

    fn covariance(&self) -> [f32; 3] {
        let [a, b] = self.size.map(|side| side * side / 12.0);
        let (sin, cos) = self.angle.sin_cos();
        [
            a * cos * cos + b * sin * sin,
            a * sin * sin + b * cos * cos,
            (a - b) * cos * sin,
        ]
    }
}

const TINY: f32 = 1e-7;

fn intersection_over_union(a: [f32; 4], b: [f32; 4]) -> f32 {
    let width = a[2].min(b[2]) - a[0].max(b[0]);
    let height = a[3].min(b[3]) - a[1].max(b[1]);
    let shared = width.max(0.0) * height.max(0.0);
    let area = |[left, top, right, bottom]: [f32; 4]| (right - left) * (bottom - top);
    let union = area(a) + area(b) - shared;
    if union > 0.0 { shared / union } else { 0.0 }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunError {
    /// No image was loaded since the last run.
    NoInput,
    /// The model could not be run.
    Run {
        /// ONNX Runtime's own words.
        message: String,
    },
    /// It ran, and its answer is none.
    Output {
        /// What was found, and where.
        message: String,
    },
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::NoInput => write!(f, "run the model: no image was loaded since the last run"),
            RunError::Run { message } => write!(f, "run the model: {message}"),
            RunError::Output { message } => write!(f, "read the model's answer: {message}"),
        }
    }
}

impl std::error::Error for RunError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(centre: [f32; 2], size: [f32; 2], angle: f32) -> Detection {
        let (class, score, area) = (0, 1.0, size[0] * size[1]);
        Detection {
            class,
            score,
            centre,
            size,
            angle,
            area,
        }
    }

    #[test]
    fn two_boxes_side_by_side_share_a_third() {
        let (a, b) = (
            at([5.0, 5.0], [10.0, 10.0], 0.0),
            at([10.0, 5.0], [10.0, 10.0], 0.0),
        );
        assert!((a.overlap(&b) - 1.0 / 3.0).abs() < 1e-6);
        assert!((a.overlap(&a) - 1.0).abs() < 1e-6);
        assert_eq!(a.overlap(&at([30.0, 5.0], [10.0, 10.0], 0.0)), 0.0);
    }

    #[test]
    fn turned_boxes_overlap_as_ultralytics_says() {
        // ultralytics.utils.metrics.probiou of [50, 40, 30, 10, 0.3] and [52, 41, 28, 12, 0.5], 8.4
        let (a, b) = (
            at([50.0, 40.0], [30.0, 10.0], 0.3),
            at([52.0, 41.0], [28.0, 12.0], 0.5),
        );
        assert!((a.overlap(&b) - 0.7955).abs() < 1e-4, "{}", a.overlap(&b));
        assert!(a.overlap(&a) > 0.999);
    }

    #[test]
    fn a_box_turned_by_a_quarter_lies_across() {
        let bounds = at([10.0, 10.0], [8.0, 2.0], std::f32::consts::FRAC_PI_2).bounds();
        for (found, expected) in bounds.iter().zip([9.0, 6.0, 11.0, 14.0]) {
            assert!((found - expected).abs() < 1e-5, "{bounds:?}");
        }
    }
}
