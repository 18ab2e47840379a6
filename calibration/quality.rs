//! Whether a solution can be believed: tilt, error, coverage, outliers.

use crate::board::Board;
use crate::lens_fault::LensFault;
use crate::options::Options;
use crate::refusal::SetRefusal;
use crate::solution::{Misfit, Solution};
use crate::view::Size;

/// Largest standard deviation of the focal length, as a share of it.
const FOCAL_DEVIATION_MAX: f64 = 0.02;

/// The angle between the two boards that differ most, when the lens can be believed.
pub(crate) fn check(solution: &Solution, size: Size, options: &Options) -> Result<f64, SetRefusal> {
    let poses = &solution.poses;
    let tilt_deg = poses
        .iter()
        .enumerate()
        .flat_map(|(i, a)| poses[..i].iter().map(|b| a.angle_deg(b)))
        .fold(0.0, f64::max);
    if tilt_deg < options.tilt_min_deg {
        return Err(SetRefusal::TooLittleTilt {
            found_deg: tilt_deg,
            limit_deg: options.tilt_min_deg,
        });
    }
    if let Some(fault) = solution.lens.fault(size) {
        return Err(SetRefusal::NoLens(fault));
    }
    let rms_px = Misfit::over(&solution.errors).rms_px;
    if rms_px > options.rms_max_px {
        return Err(SetRefusal::ErrorTooLarge {
            found_px: rms_px,
            limit_px: options.rms_max_px,
        });
    }
    let found = solution.focal_deviation_px / solution.lens.fx;
    if found > FOCAL_DEVIATION_MAX {
        return Err(SetRefusal::NoLens(LensFault::Uncertain {
            found,
            limit: FOCAL_DEVIATION_MAX,
        }));
    }
    Ok(tilt_deg)
}

/// The worst image, when it is over the limit and over three times the median.
pub(crate) fn outlier(errors: &[Misfit], limit_px: f64) -> Option<(usize, f64)> {
    let mut sorted: Vec<f64> = errors.iter().map(|e| e.rms_px).collect();
    sorted.sort_by(f64::total_cmp);
    let median = sorted.get(sorted.len() / 2)?;
    let (at, worst) = errors
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.rms_px.total_cmp(&b.1.rms_px))?;
    (worst.rms_px > limit_px && worst.rms_px > 3.0 * median).then_some((at, worst.rms_px))
}

pub(crate) fn mean_distance(a: &[(f64, f64)], b: &[(f64, f64)]) -> f64 {
    let sum: f64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| (a.0 - b.0).hypot(a.1 - b.1))
        .sum();
    sum / a.len().max(1) as f64
}

/// The share of a grid of 32 by 24 points of the frame that lies inside at least one board's outline.
pub(crate) fn coverage<'a>(
    size: Size,
    images: impl Iterator<Item = &'a [(f64, f64)]>,
    board: &Board,
) -> f64 {
    const GRID: (u32, u32) = (32, 24);
    let columns = board.columns() as usize;
    let outlines: Vec<[(f64, f64); 4]> = images
        .filter(|c| c.len() == board.corners())
        .map(|c| [c[0], c[columns - 1], c[c.len() - 1], c[c.len() - columns]])
        .collect();
    let is_inside = |quad: &[(f64, f64); 4], x: f64, y: f64| {
        let side = |i: usize| {
            let (a, b) = (quad[i], quad[(i + 1) % 4]);
            (b.0 - a.0) * (y - a.1) - (b.1 - a.1) * (x - a.0)
        };
        (0..4).all(|i| side(i) >= 0.0) || (0..4).all(|i| side(i) <= 0.0)
    };
    let covered = (0..GRID.0 * GRID.1)
        .filter(|i| {
            let x = (f64::from(i % GRID.0) + 0.5) / f64::from(GRID.0) * f64::from(size.width);
            let y = (f64::from(i / GRID.0) + 0.5) / f64::from(GRID.1) * f64::from(size.height);
            outlines.iter().any(|quad| is_inside(quad, x, y))
        })
        .count();
    covered as f64 / f64::from(GRID.0 * GRID.1)
}
