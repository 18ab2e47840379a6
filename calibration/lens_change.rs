//! Whether the lens was changed between two images: why a set fits no single lens.

use crate::board::Board;
use crate::finding::Corners;
use crate::solution::{Misfit, Solution, solve};
use crate::view::Size;

/// Fewest images that show a lens of their own.
const IMAGES_MIN: usize = 3;
/// Two lenses explain the images when what is left is at most this share of what one leaves.
const REST_MAX: f64 = 0.5;
/// The focal lengths differ when they do by this share...
const FOCAL_DIFFERENCE_MIN: f64 = 0.005;
/// ... and by so many standard deviations.
const DEVIATIONS_MIN: f64 = 4.0;

/// Of many images so many places are tried for a change, and then those around the best.
const PLACES: usize = 16;

/// How many images come before the change, and the focal length before and after it.
pub(crate) fn lens_change(
    board: &Board,
    size: Size,
    images: &[&Corners],
) -> Option<(usize, [f64; 2])> {
    // What OpenCV cannot solve shows nothing.
    let whole = rms_px(&[&solve(board, size, images).ok()?]);
    let last = images.len().checked_sub(IMAGES_MIN)?;
    let split = |at: usize| {
        let before = solve(board, size, &images[..at]).ok()?;
        let after = solve(board, size, &images[at..]).ok()?;
        let rest = rms_px(&[&before, &after]);
        differ(&before, &after).then_some((rest, at, [before.lens.fx, after.lens.fx]))
    };
    let best = |places: &mut dyn Iterator<Item = usize>| {
        places.filter_map(split).min_by(|a, b| a.0.total_cmp(&b.0))
    };
    let step = images.len().div_ceil(PLACES);
    let mut found = best(&mut (IMAGES_MIN..=last).step_by(step))?;
    if step > 1 {
        let around = found.1.saturating_sub(step).max(IMAGES_MIN)..=(found.1 + step).min(last);
        found = best(&mut around.into_iter())?;
    }
    let (rest, at, focal_px) = found;
    (rest <= REST_MAX * whole).then_some((at, focal_px))
}

fn differ(a: &Solution, b: &Solution) -> bool {
    let difference = (a.lens.fx - b.lens.fx).abs();
    let deviation = a.focal_deviation_px.hypot(b.focal_deviation_px);
    difference > FOCAL_DIFFERENCE_MIN * a.lens.fx && difference > DEVIATIONS_MIN * deviation
}

fn rms_px(solutions: &[&Solution]) -> f64 {
    let errors: Vec<Misfit> = solutions.iter().flat_map(|s| s.errors.clone()).collect();
    Misfit::over(&errors).rms_px
}
