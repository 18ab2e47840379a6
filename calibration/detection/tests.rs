//! Corners held against where the scene has them: in tilted, blurred, noisy and unevenly lit pictures.

use super::*;
use crate::view::Size;

#[path = "../tests/scene/mod.rs"]
mod scene;

use scene::{FRAME, LENS, Pose, poses, soft_chessboard, with_noise};

fn board() -> Board {
    Board::new(9, 6, 10.0).expect("a board")
}

/// A picture of the board: edges of about `4 · soft_mm` (a pixel is 0.25 mm), and light of 0 to 1 by the
/// place in the frame, -0.5 to 0.5 each way.
fn shot(pose: &Pose, soft_mm: f64, light: impl Fn(f64, f64) -> f64) -> Vec<u8> {
    let pixels = scene::picture(&LENS, pose, FRAME, |x, y| {
        soft_chessboard(&board(), soft_mm, x, y)
    });
    let (width, height) = (FRAME.width as usize, FRAME.height as usize);
    let lit = |(i, pixel): (usize, u8)| {
        let x = (i % width) as f64 / width as f64 - 0.5;
        let y = (i / width) as f64 / height as f64 - 0.5;
        (f64::from(pixel) * light(x, y)).round() as u8
    };
    with_noise(pixels.into_iter().enumerate().map(lit).collect(), 7)
}

fn detected(pixels: &[u8], board: &Board) -> Result<Detection, ImageRefusal> {
    let view = ImageView::new(pixels, FRAME, Channels::Grey).expect("a frame");
    detect(&view, board).expect("OpenCV runs")
}

/// Distances between corners found and corners shown, in order of size.
fn errors_px(pose: &Pose, pixels: &[u8]) -> Vec<f64> {
    let found = detected(pixels, &board()).unwrap_or_else(|refusal| panic!("{refusal}"));
    let board = board();
    let shown = board.points_mm().map(|(x, y)| pose.shown_at(&LENS, x, y));
    let error =
        |(found, shown): (&(f64, f64), (f64, f64))| (found.0 - shown.0).hypot(found.1 - shown.1);
    let mut errors: Vec<f64> = found.corners.iter().zip(shown).map(error).collect();
    errors.sort_by(f64::total_cmp);
    errors
}

/// Median and largest error over a level board and two tilted ones.
fn corner_error_px(soft_mm: f64, light: impl Fn(f64, f64) -> f64 + Copy) -> (f64, f64) {
    let poses = poses(&board());
    let mut errors: Vec<f64> = [0, 3, 6]
        .iter()
        .flat_map(|&i| errors_px(&poses[i], &shot(&poses[i], soft_mm, light)))
        .collect();
    errors.sort_by(f64::total_cmp);
    (errors[errors.len() / 2], errors[errors.len() - 1])
}

#[test]
fn corners_are_found_to_a_fiftieth_of_a_pixel_in_sharp_and_in_soft_pictures() {
    for soft_mm in [0.12, 0.25, 0.4] {
        let (median, largest) = corner_error_px(soft_mm, |_, _| 1.0);
        assert!(
            median < 0.02 && largest < 0.08,
            "edges of {soft_mm} mm: {median} px median, {largest} px at most"
        );
    }
}

#[test]
fn uneven_light_does_not_move_corners() {
    let fall_off = |x: f64, y: f64| 1.0 - 1.5 * (x * x + y * y);
    let (median, largest) = corner_error_px(0.2, fall_off);
    assert!(
        median < 0.02 && largest < 0.08,
        "vignette: {median} px median, {largest} px at most"
    );
    let from_the_side = |x: f64, _: f64| 0.55 + 0.85 * x;
    let (median, largest) = corner_error_px(0.2, from_the_side);
    assert!(
        median < 0.03 && largest < 0.12,
        "side: {median} px median, {largest} px at most"
    );
}

#[test]
fn a_board_under_a_lamp_is_found_where_no_finder_that_looks_at_the_whole_frame_sees_it() {
    // One side is lit twenty times as much as the other.
    let lamp = |x: f64, y: f64| 0.05 + 0.95 * (-((x - 0.1).powi(2) + y * y) / 0.03).exp();
    let pose = poses(&board())[0];
    let pixels = shot(&pose, 0.2, lamp);
    let errors = errors_px(&pose, &pixels);
    assert!(errors[errors.len() / 2] < 0.05, "{errors:?}");
}

#[test]
fn a_large_picture_is_searched_in_a_small_one_and_measured_in_its_own_pixels() {
    let large = Size::new(1_920, 1_440);
    let lens = calibration::Lens {
        fx: LENS.fx * 3.0,
        fy: LENS.fy * 3.0,
        cx: (LENS.cx + 0.5) * 3.0 - 0.5,
        cy: (LENS.cy + 0.5) * 3.0 - 0.5,
        ..LENS
    };
    let pose = poses(&board())[3];
    let pixels = scene::picture(&lens, &pose, large, |x, y| {
        soft_chessboard(&board(), 0.1, x, y)
    });
    let view = ImageView::new(&pixels, large, Channels::Grey).expect("a frame");
    let found = detect(&view, &board())
        .expect("OpenCV runs")
        .expect("a board");
    for (found, (x, y)) in found.corners.iter().zip(board().points_mm()) {
        let shown = pose.shown_at(&lens, x, y);
        let error = (found.0 - shown.0).hypot(found.1 - shown.1);
        assert!(error < 0.05, "{x}, {y} mm: {error} px");
    }
}

#[test]
fn a_square_board_has_the_same_axes_in_every_image() {
    let square = Board::new(7, 7, 10.0).expect("a board");
    for turn in [0.0, 85.0, 180.0, -95.0] {
        let pose = Pose::facing(&square, [12.0, 0.0, turn], [0.0, 0.0, 190.0]);
        let pixels = scene::picture(&LENS, &pose, FRAME, |x, y| {
            soft_chessboard(&square, 0.15, x, y)
        });
        let corners = detected(&pixels, &square).expect("a board").corners;
        let (first, along, below) = (corners[0], corners[6], corners[42]);
        assert!(
            along.0 - first.0 > (along.1 - first.1).abs(),
            "turned by {turn}: {first:?}, {along:?}"
        );
        assert!(
            below.1 - first.1 > (below.0 - first.0).abs(),
            "turned by {turn}: {first:?}, {below:?}"
        );
    }
}

#[test]
fn the_one_reason_is_named_where_no_board_is_found() {
    let level = poses(&board())[0];
    let refusal = |pixels: &[u8]| detected(pixels, &board()).expect_err("no board");
    // A hand over one corner: the rest of the board is seen.
    let covered = scene::picture(&LENS, &level, FRAME, |x, y| {
        if x > 55.0 && y > 25.0 {
            0.5
        } else {
            soft_chessboard(&board(), 0.15, x, y)
        }
    });
    let found = refusal(&covered);
    assert!(
        matches!(
            found,
            ImageRefusal::Covered {
                expected: (9, 6),
                ..
            }
        ),
        "{found}"
    );
    // Blur that no finder sees through is blur nevertheless.
    let found = refusal(&shot(&level, 2.6, |_, _| 1.0));
    assert!(matches!(found, ImageRefusal::Blurred { .. }), "{found}");
    // Squares of three pixels are too small, not absent.
    let far = Pose::facing(&board(), [0.0; 3], [0.0, 0.0, 1_900.0]);
    let found = refusal(&shot(&far, 0.5, |_, _| 1.0));
    assert!(matches!(found, ImageRefusal::TooSmall { .. }), "{found}");
    let burnt_out: Vec<u8> = shot(&level, 0.2, |_, _| 1.0)
        .iter()
        .map(|pixel| if *pixel > 40 { 255 } else { 200 })
        .collect();
    let found = refusal(&burnt_out);
    assert!(matches!(found, ImageRefusal::BurntOut { .. }), "{found}");
}

#[test]
fn contrast_ignores_single_bright_pixels() {
    let mut pixels = vec![100_u8; 10_000];
    pixels[0] = 255;
    let found = Brightness::of(&pixels);
    assert_eq!((found.contrast, found.mean), (0, 100));
    pixels[..5_000].fill(255);
    let found = Brightness::of(&pixels);
    assert_eq!((found.contrast, found.mean), (155, 177));
    assert!((found.burnt_out - 0.5).abs() < 0.001, "{found:?}");
}

#[test]
fn of_colours_the_green_is_measured() {
    let size = Size::new(2, 1);
    let view = ImageView::new(&[1, 2, 3, 4, 5, 6], size, Channels::Rgb).expect("a view");
    assert_eq!(green(&view)[..], [2, 5]);
}
