//! The corners of one board in one image, or why they are not there.

use crate::board::Board;
use crate::finding::{Corners, find, find_some};
use crate::grid::{Grid, put_in_order};
use crate::opencv_error::OpencvError;
use crate::refusal::ImageRefusal;
use crate::saddle::{self, Grey};
use crate::view::{Channels, ImageView, matrix};
use opencv::calib3d;
use opencv::core::{Mat, MatTraitConst, Point2f, Size as CvSize, TermCriteria, Vector};
use opencv::imgproc;

/// Wider edges than this between squares, from a tenth to nine tenths, are blur. OpenCV's documentation of
/// `estimateChessboardSharpness` advises 3 and less; half as much again still places corners to 0.05 px.
const EDGE_MAX_PX: f64 = 5.0;
/// Squares narrower than this leave the window around a corner no room.
const SQUARE_MIN_PX: f64 = 8.0;
/// Less difference between dark and bright than this is no board.
const CONTRAST_MIN: u8 = 24;
/// Pixels at least this bright have lost what was there...
const BURNT_OUT: u8 = 254;
/// ... and where this share of the picture has, exposure is why no board is seen.
const BURNT_OUT_MAX: f64 = 0.3;

/// A board that was found.
#[derive(Clone, Debug)]
pub(crate) struct Detection {
    pub corners: Corners,
    /// Pixels an edge takes from dark to bright.
    pub edge_px: f64,
}

/// Found, or why not; `Err` only when OpenCV failed.
pub(crate) fn detect(
    view: &ImageView<'_>,
    board: &Board,
) -> Result<Result<Detection, ImageRefusal>, OpencvError> {
    let green = green(view);
    let grey = matrix(&green, view.size(), Channels::Grey)?.try_clone()?;
    let brightness = Brightness::of(&green);
    if brightness.contrast < CONTRAST_MIN {
        return Ok(Err(ImageRefusal::NoContrast {
            found: brightness.contrast,
            mean: brightness.mean,
        }));
    }
    let pixels = Grey {
        pixels: &green,
        width: view.size().width as usize,
        height: view.size().height as usize,
    };
    let Some(roughly) = find(&grey, board)? else {
        return Ok(Err(reason(&grey, pixels, board, brightness)?));
    };
    let columns = board.columns() as usize;
    let narrowest = Grid::new(&roughly, columns).smallest_gap_px();
    if narrowest < SQUARE_MIN_PX {
        return Ok(Err(ImageRefusal::TooSmall {
            found_px: narrowest,
            limit_px: SQUARE_MIN_PX,
        }));
    }
    let (mut corners, width) = refined(&grey, pixels, &roughly, columns)?;
    let edge_px = match width {
        Some(width) => width,
        None => edge_width_px(&grey, board, &roughly)?,
    };
    if edge_px > EDGE_MAX_PX {
        return Ok(Err(ImageRefusal::Blurred {
            found_px: edge_px,
            limit_px: EDGE_MAX_PX,
        }));
    }
    if width.is_none() && brightness.burnt_out > BURNT_OUT_MAX {
        let found = brightness.burnt_out;
        return Ok(Err(ImageRefusal::BurntOut { found }));
    }
    put_in_order(&mut corners, columns);
    Ok(Ok(Detection { corners, edge_px }))
}

/// Grey as it is; of colours the green, of which a Bayer sensor has most, and which no other channel's
/// chromatic aberration moves.
fn green<'a>(view: &ImageView<'a>) -> std::borrow::Cow<'a, [u8]> {
    match view.channels() {
        Channels::Grey => view.pixels().into(),
        Channels::Rgb => {
            let (pixels, _) = view.pixels().as_chunks::<3>();
            pixels.iter().map(|rgb| rgb[1]).collect()
        }
    }
}

/// What the histogram says.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Brightness {
    /// Difference between the first and the last thousandth.
    contrast: u8,
    mean: u8,
    /// Share of pixels that are [`BURNT_OUT`].
    burnt_out: f64,
}

impl Brightness {
    fn of(grey: &[u8]) -> Self {
        let mut counts = [0_usize; 256];
        for &value in grey {
            counts[usize::from(value)] += 1;
        }
        let few = grey.len() / 1_000 + 1;
        let mut seen = 0;
        let dark = counts.iter().position(|count| {
            seen += count;
            seen >= few
        });
        let dark = dark.unwrap_or(0);
        let mut seen = 0;
        let bright = counts.iter().rposition(|count| {
            seen += count;
            seen >= few
        });
        let bright = bright.unwrap_or(255);
        let all = grey.len().max(1);
        let sum: usize = counts.iter().enumerate().map(|(v, count)| v * count).sum();
        let burnt_out: usize = counts[usize::from(BURNT_OUT)..].iter().sum();
        Self {
            contrast: bright.saturating_sub(dark) as u8,
            mean: (sum / all) as u8,
            burnt_out: burnt_out as f64 / all as f64,
        }
    }
}

/// Each corner where its own pixels say it is; where they do not say (beside the frame's edge, or under a
/// speck), where brightness changes least around it. And the edges' median width, where they say it.
fn refined(
    grey: &Mat,
    pixels: Grey<'_>,
    roughly: &[(f64, f64)],
    columns: usize,
) -> opencv::Result<(Corners, Option<f64>)> {
    let grid = Grid::new(roughly, columns);
    let mut others = points(roughly);
    // Less than half of the narrowest gap, so that the window never reaches the next corner.
    let half = ((grid.smallest_gap_px() * 0.4) as i32).clamp(2, 11);
    imgproc::corner_sub_pix(
        grey,
        &mut others,
        CvSize::new(half, half),
        CvSize::new(-1, -1),
        TermCriteria::new(3, 40, 0.001)?,
    )?;
    let mut widths = Vec::new();
    let mut corners = Vec::new();
    for (i, start) in roughly.iter().enumerate() {
        let (along, across) = grid.directions(i);
        corners.push(match saddle::locate(pixels, *start, along, across) {
            Some(corner) => {
                widths.push(corner.edge_px);
                corner.at
            }
            None => others.get(i).map(|p| (f64::from(p.x), f64::from(p.y)))?,
        });
    }
    widths.sort_by(f64::total_cmp);
    let is_told = widths.len() * 2 > corners.len();
    Ok((corners, is_told.then(|| widths[widths.len() / 2])))
}

fn points(corners: &[(f64, f64)]) -> Vector<Point2f> {
    corners
        .iter()
        .map(|&(x, y)| Point2f::new(x as f32, y as f32))
        .collect()
}

/// Why no board was found: what part of a board, if any, is there.
fn reason(
    grey: &Mat,
    pixels: Grey<'_>,
    board: &Board,
    brightness: Brightness,
) -> opencv::Result<ImageRefusal> {
    let Some((corners, seen)) = find_some(grey)? else {
        return Ok(if brightness.burnt_out > BURNT_OUT_MAX {
            ImageRefusal::BurntOut {
                found: brightness.burnt_out,
            }
        } else {
            ImageRefusal::NoBoard
        });
    };
    let expected = (board.columns(), board.rows());
    let is_part = seen.0.max(seen.1) <= expected.0.max(expected.1)
        && seen.0.min(seen.1) <= expected.0.min(expected.1);
    let grid = Grid::new(&corners, seen.0 as usize);
    let inside = |margin: f64, (x, y): (f64, f64)| {
        let (width, height) = (f64::from(grey.cols()), f64::from(grey.rows()));
        x >= margin && y >= margin && x <= width - margin && y <= height - margin
    };
    let gap = grid.largest_gap_px();
    // At a board's end there are no corners beyond. Those beside the frame's edge a finder may miss.
    let is_corner = |&(at, beside): &((f64, f64), usize)| {
        let (along, across) = grid.directions(beside);
        inside(gap, at) && saddle::locate(pixels, at, along, across).is_some()
    };
    let goes_on = grid.beyond().filter(is_corner).count() >= 2;
    // A board inside the frame shows a whole square, and its border, around its outermost corners.
    let is_at_edge = corners.iter().any(|&at| !inside(1.5 * gap, at));
    let found = seen;
    Ok(match (goes_on, is_at_edge) {
        _ if !is_part => ImageRefusal::OtherBoard { found, expected },
        (true, _) if brightness.burnt_out > BURNT_OUT_MAX => ImageRefusal::BurntOut {
            found: brightness.burnt_out,
        },
        (true, _) => ImageRefusal::Covered { found, expected },
        (false, true) => ImageRefusal::CutByEdge { found, expected },
        (false, false) => ImageRefusal::OtherBoard { found, expected },
    })
}

/// Mean width of the edges between squares, along rows and columns, from a tenth to nine tenths. Uneven
/// light passes for blur here.
fn edge_width_px(grey: &Mat, board: &Board, corners: &[(f64, f64)]) -> opencv::Result<f64> {
    let pattern = CvSize::new(board.columns() as i32, board.rows() as i32);
    let points = points(corners);
    let mut each = Mat::default();
    let mut widest = 0.0_f64;
    for is_vertical in [false, true] {
        let mean = calib3d::estimate_chessboard_sharpness(
            grey,
            pattern,
            &points,
            0.8,
            is_vertical,
            &mut each,
        )?;
        widest = widest.max(mean[0]);
    }
    Ok(widest)
}

#[cfg(test)]
mod tests;
