//! The corners of one board in one image, or why they are not there.

use crate::OpencvError;
use crate::board::Board;
use crate::refusal::ImageRefusal;
use crate::view::{Channels, ImageView, Size, matrix};
use opencv::calib3d;
use opencv::core::{
    Mat, MatTraitConst, MatTraitConstManual, Point2f, Size as CvSize, TermCriteria, Vector,
};
use opencv::imgproc;

/// Wider edges than this between squares are blur. OpenCV's documentation of
/// `estimateChessboardSharpness` advises 3 and less; half as much again still places corners to 0.1 px.
const EDGE_MAX_PX: f64 = 5.0;
/// Squares narrower than this leave the sub-pixel window no room.
const SQUARE_MIN_PX: f64 = 8.0;
/// Less difference between dark and bright than this is no board.
const CONTRAST_MIN: u8 = 24;

/// Corners in the frame, row by row from the board's corner nearest the frame's top left.
pub(crate) type Corners = Vec<(f64, f64)>;

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
    let grey = grey(view)?;
    let (contrast, mean) = contrast(grey.data_bytes()?);
    if contrast < CONTRAST_MIN {
        return Ok(Err(ImageRefusal::NoContrast {
            found: contrast,
            mean,
        }));
    }
    let pattern = CvSize::new(board.columns() as i32, board.rows() as i32);
    let Some(mut corners) = find(&grey, pattern)? else {
        return Ok(Err(reason(&grey, view.size(), board)?));
    };
    let narrowest = narrowest_square_px(&corners, board);
    if narrowest < SQUARE_MIN_PX {
        return Ok(Err(ImageRefusal::TooSmall {
            found_px: narrowest,
            limit_px: SQUARE_MIN_PX,
        }));
    }
    let edge_px = edge_width_px(&grey, pattern, &corners)?;
    if edge_px > EDGE_MAX_PX {
        return Ok(Err(ImageRefusal::Blurred {
            found_px: edge_px,
            limit_px: EDGE_MAX_PX,
        }));
    }
    put_in_order(&mut corners, board);
    Ok(Ok(Detection { corners, edge_px }))
}

fn grey(view: &ImageView<'_>) -> opencv::Result<Mat> {
    let source = matrix(view.pixels(), view.size(), view.channels())?;
    match view.channels() {
        Channels::Grey => source.try_clone(),
        Channels::Rgb => {
            let mut grey = Mat::default();
            imgproc::cvt_color(&source, &mut grey, imgproc::COLOR_RGB2GRAY, 0)?;
            Ok(grey)
        }
    }
}

/// Difference between the first and the last percentile of brightness, and the mean.
fn contrast(grey: &[u8]) -> (u8, u8) {
    let mut counts = [0_usize; 256];
    for &value in grey {
        counts[usize::from(value)] += 1;
    }
    let few = grey.len() / 1_000 + 1;
    let nth = |values: &[usize]| {
        let mut seen = 0;
        values.iter().position(|count| {
            seen += count;
            seen >= few
        })
    };
    let dark = nth(&counts).unwrap_or(0);
    counts.reverse();
    let bright = 255 - nth(&counts).unwrap_or(255);
    counts.reverse();
    let sum: usize = counts
        .iter()
        .enumerate()
        .map(|(value, count)| value * count)
        .sum();
    (
        bright.saturating_sub(dark) as u8,
        (sum / grey.len().max(1)) as u8,
    )
}

/// The sector-based finder first (Duda and Frese, BMVC 2018), which bears blur and noise; where it
/// finds nothing, the older one, refined to sub-pixels.
fn find(grey: &Mat, pattern: CvSize) -> opencv::Result<Option<Corners>> {
    let mut found = Vector::<Point2f>::new();
    let flags = calib3d::CALIB_CB_NORMALIZE_IMAGE | calib3d::CALIB_CB_ACCURACY;
    if calib3d::find_chessboard_corners_sb(grey, pattern, &mut found, flags)? {
        return Ok(Some(pairs(&found)));
    }
    let flags = calib3d::CALIB_CB_ADAPTIVE_THRESH
        | calib3d::CALIB_CB_NORMALIZE_IMAGE
        | calib3d::CALIB_CB_FAST_CHECK;
    if !calib3d::find_chessboard_corners(grey, pattern, &mut found, flags)? {
        return Ok(None);
    }
    // Half of the narrowest gap, so that the window never reaches the next corner.
    let corners = pairs(&found);
    let gap = smallest_gap_px(&corners, pattern.width as usize);
    let half = ((gap * 0.4) as i32).clamp(2, 11);
    imgproc::corner_sub_pix(
        grey,
        &mut found,
        CvSize::new(half, half),
        CvSize::new(-1, -1),
        TermCriteria::new(3, 40, 0.001)?,
    )?;
    Ok(Some(pairs(&found)))
}

fn pairs(points: &Vector<Point2f>) -> Corners {
    points
        .iter()
        .map(|p| (f64::from(p.x), f64::from(p.y)))
        .collect()
}

/// Why no board was found: what part of a board, if any, is there.
fn reason(grey: &Mat, size: Size, board: &Board) -> opencv::Result<ImageRefusal> {
    let mut found = Vector::<Point2f>::new();
    let mut meta = Mat::default();
    let flags = calib3d::CALIB_CB_NORMALIZE_IMAGE | calib3d::CALIB_CB_LARGER;
    let smallest = CvSize::new(3, 3);
    let is_found = calib3d::find_chessboard_corners_sb_with_meta(
        grey, smallest, &mut found, flags, &mut meta,
    )?;
    // With `CALIB_CB_LARGER` the size of `meta` is the size of what was found.
    if !is_found || meta.rows() < 3 || meta.cols() < 3 {
        return Ok(ImageRefusal::NoBoard);
    }
    let corners = pairs(&found);
    let columns = meta.cols() as usize;
    if corners.len() != columns * meta.rows() as usize {
        return Ok(ImageRefusal::NoBoard);
    }
    let seen = (meta.cols() as u32, meta.rows() as u32);
    let expected = (board.columns(), board.rows());
    let is_smaller = seen.0.max(seen.1) <= expected.0.max(expected.1)
        && seen.0.min(seen.1) <= expected.0.min(expected.1);
    // A board inside the frame shows a whole square, and its border, around its outermost corners.
    let reach = 1.5 * largest_gap_px(&corners, columns);
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let is_at_edge = corners
        .iter()
        .any(|&(x, y)| x < reach || y < reach || x > width - reach || y > height - reach);
    Ok(if is_smaller && is_at_edge {
        ImageRefusal::CutByEdge {
            found: seen,
            expected,
        }
    } else {
        ImageRefusal::OtherBoard {
            found: seen,
            expected,
        }
    })
}

fn gaps_px(corners: &[(f64, f64)], columns: usize) -> impl Iterator<Item = f64> + '_ {
    let gap =
        move |a: usize, b: usize| (corners[a].0 - corners[b].0).hypot(corners[a].1 - corners[b].1);
    (0..corners.len()).flat_map(move |i| {
        let right = ((i + 1) % columns != 0).then(|| gap(i, i + 1));
        let below = (i + columns < corners.len()).then(|| gap(i, i + columns));
        right.into_iter().chain(below)
    })
}

fn smallest_gap_px(corners: &[(f64, f64)], columns: usize) -> f64 {
    gaps_px(corners, columns).fold(f64::INFINITY, f64::min)
}

fn largest_gap_px(corners: &[(f64, f64)], columns: usize) -> f64 {
    gaps_px(corners, columns).fold(0.0, f64::max)
}

fn narrowest_square_px(corners: &[(f64, f64)], board: &Board) -> f64 {
    smallest_gap_px(corners, board.columns() as usize)
}

/// Mean width of the edges between squares, along rows and columns, from a tenth to nine tenths.
fn edge_width_px(grey: &Mat, pattern: CvSize, corners: &Corners) -> opencv::Result<f64> {
    let points: Vector<Point2f> = corners
        .iter()
        .map(|&(x, y)| Point2f::new(x as f32, y as f32))
        .collect();
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

/// Starts at the corner nearest the frame's top left, so that the board's axes point the same way in
/// every image whichever way the finder walked. Reversing is a turn by 180°, which no chessboard shows.
fn put_in_order(corners: &mut Corners, board: &Board) {
    let (first, last) = (corners[0], corners[board.corners() - 1]);
    if first.0 + first.1 > last.0 + last.1 {
        corners.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_ignores_single_bright_pixels() {
        let mut pixels = vec![100_u8; 10_000];
        pixels[0] = 255;
        assert_eq!(contrast(&pixels), (0, 100));
        pixels[..5_000].fill(200);
        assert_eq!(contrast(&pixels), (100, 150));
    }

    #[test]
    fn gaps_are_those_between_neighbours() {
        let corners: Corners = vec![(0.0, 0.0), (3.0, 0.0), (0.0, 4.0), (3.0, 4.0)];
        let mut gaps: Vec<_> = gaps_px(&corners, 2).collect();
        gaps.sort_by(f64::total_cmp);
        assert_eq!(gaps, [3.0, 3.0, 4.0, 4.0]);
    }
}
