//! A board's corners, roughly: OpenCV's finders one after the other, until one sees it.
//!
//! Where a corner is to a fraction of a pixel is `saddle.rs`'s matter. What a finder does to the picture
//! to see more (equalising, enlarging) moves corners by tenths of a pixel, so nothing measured comes from here.

use crate::board::Board;
use opencv::calib3d;
use opencv::core::{Mat, MatTraitConst, Point2f, Size as CvSize, Vector};
use opencv::imgproc;

/// Corners in the frame, row by row from the board's corner nearest the frame's top left.
pub(crate) type Corners = Vec<(f64, f64)>;

/// Larger pictures are searched at half their size first, or a quarter, because a search of 3 million
/// pixels takes seconds.
const SEARCHED_SIDE_MAX: i32 = 1_600;
/// Smaller pictures are also searched at twice their size, which finds squares of 4 pixels.
const ENLARGED_SIDE_MAX: i32 = 1_000;

#[derive(Clone, Copy, Debug)]
enum Finder {
    /// The sector-based one (Duda and Frese, BMVC 2018), which bears blur and noise.
    Sectors(i32),
    /// The older one, which bears uneven light.
    Squares(i32),
}

const PLAIN: Finder = Finder::Sectors(0);
const QUICK: Finder =
    Finder::Squares(calib3d::CALIB_CB_ADAPTIVE_THRESH | calib3d::CALIB_CB_FAST_CHECK);

/// Finders in order, and at which size of the picture. Equalising comes after the finders that see the
/// picture as it is; the quick check's misses are looked at again last, because that may take long.
const SEARCH: [(f64, Finder); 8] = [
    (1.0, PLAIN),
    (1.0, QUICK),
    (1.0, Finder::Sectors(calib3d::CALIB_CB_EXHAUSTIVE)),
    (
        1.0,
        Finder::Sectors(calib3d::CALIB_CB_EXHAUSTIVE | calib3d::CALIB_CB_NORMALIZE_IMAGE),
    ),
    // A blurred board is sharp enough when it is smaller; a small one is seen when it is larger.
    (0.5, PLAIN),
    (0.25, PLAIN),
    (2.0, PLAIN),
    (1.0, Finder::Squares(calib3d::CALIB_CB_ADAPTIVE_THRESH)),
];

/// The corners of a whole board, or `None` where every finder misses it.
pub(crate) fn find(grey: &Mat, board: &Board) -> opencv::Result<Option<Corners>> {
    let side = grey.cols().max(grey.rows());
    let mut searched = 1.0;
    while f64::from(side) * searched > f64::from(SEARCHED_SIDE_MAX) {
        searched /= 2.0;
    }
    for (scale, finder) in SEARCH {
        if scale > 1.0 && side > ENLARGED_SIDE_MAX {
            continue;
        }
        if let Some(corners) = find_at(grey, board, scale * searched, finder)? {
            return Ok(Some(corners));
        }
    }
    if searched < 1.0 {
        for finder in [PLAIN, QUICK] {
            if let Some(corners) = find_at(grey, board, 1.0, finder)? {
                return Ok(Some(corners));
            }
        }
    }
    Ok(None)
}

fn find_at(
    grey: &Mat,
    board: &Board,
    scale: f64,
    finder: Finder,
) -> opencv::Result<Option<Corners>> {
    let pattern = CvSize::new(board.columns() as i32, board.rows() as i32);
    let mut found = Vector::<Point2f>::new();
    let mut scaled = Mat::default();
    let picture = if scale == 1.0 {
        grey
    } else {
        let filter = if scale < 1.0 {
            imgproc::INTER_AREA
        } else {
            imgproc::INTER_CUBIC
        };
        let by_factor = CvSize::default();
        imgproc::resize(grey, &mut scaled, by_factor, scale, scale, filter)?;
        &scaled
    };
    let is_found = match finder {
        Finder::Sectors(flags) => {
            calib3d::find_chessboard_corners_sb(picture, pattern, &mut found, flags)?
        }
        Finder::Squares(flags) => {
            calib3d::find_chessboard_corners(picture, pattern, &mut found, flags)?
        }
    };
    // Sides are rounded to whole pixels, and pixel centres have whole coordinates.
    let back =
        |at: f32, from: i32, to: i32| (f64::from(at) + 0.5) * f64::from(to) / f64::from(from) - 0.5;
    Ok(is_found.then(|| {
        found
            .iter()
            .map(|p| {
                (
                    back(p.x, picture.cols(), grey.cols()),
                    back(p.y, picture.rows(), grey.rows()),
                )
            })
            .collect()
    }))
}

/// The largest part of a chessboard that is seen: its corners, columns and rows.
pub(crate) fn find_some(grey: &Mat) -> opencv::Result<Option<(Corners, (u32, u32))>> {
    let smallest = CvSize::new(3, 3);
    for flags in [0, calib3d::CALIB_CB_NORMALIZE_IMAGE] {
        let (mut found, mut meta) = (Vector::<Point2f>::new(), Mat::default());
        let is_found = calib3d::find_chessboard_corners_sb_with_meta(
            grey,
            smallest,
            &mut found,
            flags | calib3d::CALIB_CB_LARGER,
            &mut meta,
        )?;
        // With `CALIB_CB_LARGER` the size of `meta` is the size of what was found.
        let (columns, rows) = (meta.cols().max(0) as usize, meta.rows().max(0) as usize);
        if is_found && columns >= 3 && rows >= 3 && found.len() == columns * rows {
            let corners = found.iter().map(|p| (f64::from(p.x), f64::from(p.y)));
            return Ok(Some((corners.collect(), (columns as u32, rows as u32))));
        }
    }
    Ok(None)
}
