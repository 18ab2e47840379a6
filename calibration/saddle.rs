//! The place of one corner, to a hundredth of a pixel, from the pixels as the camera gave them.
//!
//! A corner of a chessboard is where two edges cross. The brightness around it is fitted as
//! `a + b · tanh(u / s) · tanh(v / s)`, with u and v the distances from the two edges, s their
//! softness, and a and b planes, because light is seldom even: then neither blur nor a shade across the
//! board moves the corner. (Finders that fit a polynomial, or that look where gradients vanish, are
//! off by a tenth of a pixel in uneven light: see the tests.)

/// Parameters: corner x and y, both edges' angles, softness, and a and b with their slopes.
const PARAMETERS: usize = 11;
const STEPS_MAX: usize = 20;
/// A step smaller than this is the end.
const STEP_MIN_PX: f64 = 1e-4;
/// The fit may leave this share of b unexplained (root mean square).
const RESIDUAL_MAX: f64 = 0.3;
/// Half the side of the window around a corner.
const REACH: std::ops::RangeInclusive<i32> = 3..=11;
/// The window's share of the distance to the next corner.
const REACH_SHARE: f64 = 0.4;
/// Softness of edges, in pixels.
const SOFTNESS_PX: std::ops::RangeInclusive<f64> = 0.3..=8.0;

/// Pixels in one channel, row by row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grey<'a> {
    pub pixels: &'a [u8],
    pub width: usize,
    pub height: usize,
}

/// A corner that was fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Corner {
    /// x and y in pixels.
    pub at: (f64, f64),
    /// Pixels that its edges take from a tenth to nine tenths of the brightness between dark and bright.
    pub edge_px: f64,
}

/// Width of `tanh(u)` from a tenth to nine tenths: 2 · artanh 0.8.
const EDGE_OF_SOFTNESS: f64 = 2.197_224_577_336_219;

type Vector = [f64; PARAMETERS];

/// Pixels of the window as `(x, y, brightness, weight)`, x and y counted from its middle.
type Window = Vec<(f64, f64, f64, f64)>;

/// Where the corner near `start` is, in pixels. `along` and `across` lead to the next corners of its
/// row and of its column. `None` where the window leaves the picture or shows no corner.
pub(crate) fn locate(
    grey: Grey<'_>,
    start: (f64, f64),
    along: (f64, f64),
    across: (f64, f64),
) -> Option<Corner> {
    let gap = along.0.hypot(along.1).min(across.0.hypot(across.1));
    let reach = ((gap * REACH_SHARE) as i32).clamp(*REACH.start(), *REACH.end());
    let (x, y) = (start.0.round() as i32, start.1.round() as i32);
    let window = window(grey, x, y, reach)?;
    let offset = (start.0 - f64::from(x), start.1 - f64::from(y));
    let angles = (along.1.atan2(along.0), across.1.atan2(across.0));
    let found = fit(&window, first_guess(&window, offset, angles))?;
    let moved = (found[0] - offset.0).hypot(found[1] - offset.1);
    (moved <= f64::from(reach) / 2.0).then_some(Corner {
        at: (f64::from(x) + found[0], f64::from(y) + found[1]),
        edge_px: EDGE_OF_SOFTNESS * found[4],
    })
}

fn window(grey: Grey<'_>, x: i32, y: i32, reach: i32) -> Option<Window> {
    let is_inside = |at: i32, side: usize| at - reach >= 0 && at + reach < side as i32;
    if !is_inside(x, grey.width) || !is_inside(y, grey.height) {
        return None;
    }
    let spread = 2.0 * (0.6 * f64::from(reach)).powi(2);
    let places = (-reach..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| (dx, dy)));
    let pixels = places.map(|(dx, dy)| {
        let pixel = grey.pixels[(y + dy) as usize * grey.width + (x + dx) as usize];
        let (dx, dy) = (f64::from(dx), f64::from(dy));
        let weight = (-(dx * dx + dy * dy) / spread).exp();
        (dx, dy, f64::from(pixel), weight)
    });
    Some(pixels.collect())
}

fn first_guess(window: &Window, (x, y): (f64, f64), (along, across): (f64, f64)) -> Vector {
    let mut guess = [0.0; PARAMETERS];
    guess[..5].copy_from_slice(&[x, y, along, across, 1.0]);
    let weights: f64 = window.iter().map(|pixel| pixel.3).sum();
    let mean = window.iter().map(|pixel| pixel.2 * pixel.3).sum::<f64>() / weights;
    let (mut with, mut of) = (0.0, 0.0);
    for &(px, py, brightness, weight) in window {
        let (u, v) = distances(&guess, px, py);
        let shape = u.tanh() * v.tanh();
        with += weight * shape * (brightness - mean);
        of += weight * shape * shape;
    }
    guess[5] = mean;
    guess[8] = with / of.max(f64::MIN_POSITIVE);
    guess
}

/// From the two edges, in pixels.
fn distances(at: &Vector, x: f64, y: f64) -> (f64, f64) {
    let (dx, dy) = (x - at[0], y - at[1]);
    (
        at[2].cos() * dy - at[2].sin() * dx,
        at[3].cos() * dy - at[3].sin() * dx,
    )
}

/// Brightness that the model gives a pixel, and its derivative by each parameter.
fn model(at: &Vector, x: f64, y: f64) -> (f64, Vector) {
    let (u, v) = distances(at, x, y);
    let softness = at[4];
    let (tu, tv) = ((u / softness).tanh(), (v / softness).tanh());
    let (shape, b) = (tu * tv, at[8] + at[9] * x + at[10] * y);
    // Of the brightness, by u and by v.
    let by_u = b * tv * (1.0 - tu * tu) / softness;
    let by_v = b * tu * (1.0 - tv * tv) / softness;
    let (dx, dy) = (x - at[0], y - at[1]);
    let slopes = [
        by_u * at[2].sin() + by_v * at[3].sin(),
        -by_u * at[2].cos() - by_v * at[3].cos(),
        by_u * (-at[2].sin() * dy - at[2].cos() * dx),
        by_v * (-at[3].sin() * dy - at[3].cos() * dx),
        -(by_u * u + by_v * v) / softness,
        1.0,
        x,
        y,
        shape,
        shape * x,
        shape * y,
    ];
    (at[5] + at[6] * x + at[7] * y + b * shape, slopes)
}

/// Levenberg and Marquardt's least squares (Marquardt, 1963), weighted towards the middle.
fn fit(window: &Window, mut at: Vector) -> Option<Vector> {
    let cost = |at: &Vector| -> f64 {
        let error = |&(x, y, brightness, weight): &(f64, f64, f64, f64)| {
            weight * (model(at, x, y).0 - brightness).powi(2)
        };
        window.iter().map(error).sum()
    };
    let (mut damping, mut best) = (1e-3, cost(&at));
    'steps: for _ in 0..STEPS_MAX {
        let (normal, gradient) = normal_equations(window, &at);
        for _ in 0..8 {
            let mut damped = normal;
            for (i, row) in damped.iter_mut().enumerate() {
                row[i] += damping * row[i] + 1e-12;
            }
            let step = solved(damped, gradient)?;
            let mut next = at;
            next.iter_mut().zip(step).for_each(|(v, step)| *v -= step);
            next[4] = next[4].clamp(*SOFTNESS_PX.start(), *SOFTNESS_PX.end());
            let found = cost(&next);
            if found < best {
                (at, best) = (next, found);
                damping = (damping / 5.0).max(1e-9);
                if step[0].hypot(step[1]) < STEP_MIN_PX {
                    break 'steps;
                }
                continue 'steps;
            }
            damping *= 5.0;
        }
        break;
    }
    let weights: f64 = window.iter().map(|pixel| pixel.3).sum();
    let residual = (best / weights).sqrt();
    (residual < RESIDUAL_MAX * at[8].abs() && at.iter().all(|v| v.is_finite())).then_some(at)
}

fn normal_equations(window: &Window, at: &Vector) -> ([Vector; PARAMETERS], Vector) {
    let (mut normal, mut gradient) = ([[0.0; PARAMETERS]; PARAMETERS], [0.0; PARAMETERS]);
    for &(x, y, brightness, weight) in window {
        let (found, slopes) = model(at, x, y);
        for (i, slope) in slopes.iter().enumerate() {
            gradient[i] += weight * slope * (found - brightness);
            for (sum, other) in normal[i].iter_mut().zip(&slopes) {
                *sum += weight * slope * other;
            }
        }
    }
    (normal, gradient)
}

/// `matrix⁻¹ · right`, by Gauss's elimination with pivots; `None` when there is none.
fn solved(mut matrix: [Vector; PARAMETERS], mut right: Vector) -> Option<Vector> {
    for i in 0..PARAMETERS {
        let pivot = (i..PARAMETERS)
            .max_by(|a, b| matrix[*a][i].abs().total_cmp(&matrix[*b][i].abs()))
            .filter(|row| matrix[*row][i].abs() > 1e-12)?;
        matrix.swap(i, pivot);
        right.swap(i, pivot);
        for row in i + 1..PARAMETERS {
            let factor = matrix[row][i] / matrix[i][i];
            let lead = matrix[i];
            for (v, lead) in matrix[row].iter_mut().zip(lead).skip(i) {
                *v -= factor * lead;
            }
            right[row] -= factor * right[i];
        }
    }
    for i in (0..PARAMETERS).rev() {
        let known: f64 = (i + 1..PARAMETERS).map(|j| matrix[i][j] * right[j]).sum();
        right[i] = (right[i] - known) / matrix[i][i];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 41;

    fn picture(shade: impl Fn(f64, f64) -> f64) -> Vec<u8> {
        (0..SIDE * SIDE)
            .map(|i| shade((i % SIDE) as f64, (i / SIDE) as f64).round() as u8)
            .collect()
    }

    fn located(pixels: &[u8], start: (f64, f64)) -> Option<Corner> {
        let grey = Grey {
            pixels,
            width: SIDE,
            height: SIDE,
        };
        locate(grey, start, (20.0, 2.0), (-1.0, 21.0))
    }

    #[test]
    fn a_corner_in_a_shade_is_found_to_a_hundredth_of_a_pixel() {
        let (cx, cy) = (20.31, 19.74);
        let pixels = picture(|x, y| {
            let (u, v) = ((y - cy) - 0.1 * (x - cx), (x - cx) + 0.06 * (y - cy));
            (110.0 + 80.0 * (u / 1.3).tanh() * (v / 1.3).tanh()) * (0.4 + 0.015 * x + 0.003 * y)
        });
        let found = located(&pixels, (19.6, 20.4)).expect("a corner");
        let error = (found.at.0 - cx).hypot(found.at.1 - cy);
        assert!(error < 0.01, "{found:?}");
        assert!((found.edge_px - 2.2 * 1.3).abs() < 0.1, "{found:?}");
    }

    #[test]
    fn what_is_no_corner_is_not_found() {
        let even = picture(|_, _| 90.0);
        assert_eq!(located(&even, (20.0, 20.0)), None);
        let edge = picture(|x, _| if x < 20.0 { 40.0 } else { 200.0 });
        assert_eq!(located(&edge, (20.0, 20.0)), None);
        let corner = picture(|x, y| {
            if (x < 20.5) == (y < 20.5) {
                40.0
            } else {
                200.0
            }
        });
        assert!(located(&corner, (20.0, 20.0)).is_some());
        assert_eq!(located(&corner, (3.0, 20.0)), None, "at the frame's edge");
    }
}
