//! Lens and plane from pictures of a board whose truth is known, and every reason to refuse some.

mod scene;

use calibration::{
    Board, BoardImages, Calibration, Channels, ImageOutcome, ImageView, Method, Options,
    PlaneChoice, Size,
    refusal::{ImageRefusal, SetRefusal},
};
use scene::{FRAME, LENS, Pose, chessboard, picture, poses, with_noise};

fn board() -> Board {
    Board::new(9, 6, 10.0).expect("a board")
}

fn view(pixels: &[u8]) -> ImageView<'_> {
    ImageView::new(pixels, FRAME, Channels::Grey).expect("a frame")
}

fn shot(pose: &Pose, seed: u64) -> Vec<u8> {
    with_noise(
        picture(&LENS, pose, FRAME, |x, y| chessboard(&board(), x, y)),
        seed,
    )
}

fn set(poses: &[Pose]) -> BoardImages {
    let mut images = BoardImages::new(board());
    for (i, pose) in poses.iter().enumerate() {
        let name = format!("{i}.png");
        images
            .add(&name, &view(&shot(pose, i as u64)))
            .expect("OpenCV runs");
    }
    images
}

fn named(name: &str) -> Options {
    Options {
        plane: PlaneChoice::Named(name.to_owned()),
        ..Options::default()
    }
}

fn solved() -> Calibration {
    set(&poses(&board()))
        .solve(&named("0.png"))
        .unwrap_or_else(|refusal| {
            panic!("{refusal}: {:#?}", refusal.images);
        })
}

#[test]
fn lens_and_plane_are_those_of_the_scene() {
    let found = solved();
    let lens = found.lens.expect("a lens");
    assert_eq!(found.images_used, 9, "{:#?}", found.images);
    assert!(
        found.rms_px < 0.06,
        "reprojection error {} px",
        found.rms_px
    );
    assert!((lens.fx / LENS.fx - 1.0).abs() < 0.005, "fx {} px", lens.fx);
    // What counts is where pixels go, not single coefficients, which trade off against each other.
    for (x, y) in [
        (20.0, 20.0),
        (620.0, 30.0),
        (320.0, 240.0),
        (30.0, 450.0),
        (610.0, 460.0),
    ] {
        let (expected, moved) = (LENS.undistort(x, y), lens.undistort(x, y));
        let ((ex, ey), (mx, my)) = (expected.expect("inside"), moved.expect("inside"));
        // The principal point may slide a little, which the plane makes good.
        assert!(
            (ex - mx).hypot(ey - my) < 3.0,
            "{x}, {y}: {ex}, {ey} or {mx}, {my}"
        );
    }
    // Millimetres: a pixel is 0.24 mm, and some of these lie outside of the board.
    let flat = poses(&board())[0];
    for (x, y) in [
        (90.0, 80.0),
        (550.0, 90.0),
        (320.0, 240.0),
        (100.0, 400.0),
        (560.0, 390.0),
    ] {
        let (tx, ty) = flat
            .seen_at(&LENS, x, y)
            .expect("the plane fills the frame");
        let (ux, uy) = lens.undistort(x, y).expect("inside");
        let (mx, my) = found.plane.to_mm(ux, uy);
        assert!(
            (tx - mx).hypot(ty - my) < 0.08,
            "{x}, {y}: {tx}, {ty} or {mx}, {my} mm"
        );
    }
}

#[test]
fn a_plane_alone_gives_a_scale() {
    let straight = calibration::Lens {
        k1: 0.0,
        k2: 0.0,
        p1: 0.0,
        p2: 0.0,
        ..LENS
    };
    let pose = Pose::facing(&board(), [6.0, -4.0, 3.0], [0.0, 0.0, 170.0]);
    let pixels = picture(&straight, &pose, FRAME, |x, y| chessboard(&board(), x, y));
    let mut images = BoardImages::new(board());
    images.add("only.png", &view(&pixels)).expect("OpenCV runs");
    let options = Options {
        method: Method::PlaneOnly,
        ..Options::default()
    };
    let found = images.solve(&options).expect("a plane");
    assert_eq!(found.lens, None);
    let (x, y) = pose.seen_at(&straight, 200.0, 300.0).expect("seen");
    let (mx, my) = found.plane.to_mm(200.0, 300.0);
    assert!((x - mx).hypot(y - my) < 0.05, "{x}, {y} or {mx}, {my} mm");
}

#[test]
fn each_bad_image_is_refused_for_its_own_reason() {
    let good = poses(&board());
    let of = |pixels: Vec<u8>| {
        let mut images = BoardImages::new(board());
        match images
            .add("it", &view(&pixels))
            .expect("OpenCV runs")
            .outcome
            .clone()
        {
            ImageOutcome::Refused(refusal) => refusal,
            other => panic!("not refused: {other:?}"),
        }
    };
    let blank = of(vec![90; FRAME.area()]);
    assert!(
        matches!(blank, ImageRefusal::NoContrast { mean: 90, .. }),
        "{blank}"
    );
    let stripes = of(picture(&LENS, &good[0], FRAME, |x, _| {
        (x / 9.0).sin().abs()
    }));
    assert_eq!(stripes, ImageRefusal::NoBoard);
    let aside = Pose::facing(&board(), [0.0; 3], [60.0, 0.0, 170.0]);
    let cut = of(shot(&aside, 1));
    assert!(
        matches!(
            cut,
            ImageRefusal::CutByEdge {
                expected: (9, 6),
                ..
            }
        ),
        "{cut}"
    );
    let smaller = Board::new(7, 5, 10.0).expect("a board");
    let middle = Pose::facing(&smaller, [0.0; 3], [0.0, 0.0, 170.0]);
    let other = of(picture(&LENS, &middle, FRAME, |x, y| {
        chessboard(&smaller, x, y)
    }));
    assert!(matches!(other, ImageRefusal::OtherBoard { .. }), "{other}");
    let far = Pose::facing(&board(), [0.0; 3], [0.0, 0.0, 950.0]);
    let small = of(picture(&LENS, &far, FRAME, |x, y| {
        chessboard(&board(), x, y)
    }));
    assert!(matches!(small, ImageRefusal::TooSmall { .. }), "{small}");
    let blurred = of(blur(&shot(&good[0], 1), 7));
    assert!(matches!(blurred, ImageRefusal::Blurred { .. }), "{blurred}");
}

/// The mean over a square of `2 · reach + 1` pixels a side.
fn blur(pixels: &[u8], reach: i64) -> Vec<u8> {
    let (width, height) = (i64::from(FRAME.width), i64::from(FRAME.height));
    let at = |x: i64, y: i64| {
        let (x, y) = (x.clamp(0, width - 1), y.clamp(0, height - 1));
        u32::from(pixels[(y * width + x) as usize])
    };
    let count = ((2 * reach + 1) * (2 * reach + 1)) as u32;
    (0..width * height)
        .map(|i| {
            let (x, y) = (i % width, i / width);
            let sum: u32 = (-reach..=reach)
                .flat_map(|dy| (-reach..=reach).map(move |dx| (dx, dy)))
                .map(|(dx, dy)| at(x + dx, y + dy))
                .sum();
            (sum / count) as u8
        })
        .collect()
}

#[test]
fn a_set_that_cannot_show_the_lens_is_refused() {
    let board = board();
    let reason = |poses: &[Pose], options: &Options| match set(poses).solve(options) {
        Err(refusal) => refusal,
        Ok(found) => panic!("not refused: {found:?}"),
    };
    let good = poses(&board);
    let few = reason(&good[..4], &Options::default());
    let expected = SetRefusal::TooFewImages {
        found: 4,
        expected: 5,
    };
    assert_eq!(few.reason, expected);
    // Seven times the same pose is one image.
    let same = reason(&[good[0]; 7], &Options::default());
    assert_eq!(
        same.reason,
        SetRefusal::TooFewImages {
            found: 1,
            expected: 5
        }
    );
    let repeated = same.images.iter().filter(|image| {
        matches!(
            image.outcome,
            ImageOutcome::Refused(ImageRefusal::SamePose { .. })
        )
    });
    assert_eq!(repeated.count(), 6);
    let level: Vec<Pose> = [-24.0, -12.0, 0.0, 12.0, 24.0]
        .map(|x| Pose::facing(&board, [0.0; 3], [x, x / 2.0, 190.0]))
        .to_vec();
    let level = reason(&level, &Options::default()).reason;
    let is_level = matches!(
        level,
        SetRefusal::TooLittleTilt { .. } | SetRefusal::NoLens { .. }
    );
    assert!(is_level, "{level}");
    let absent = reason(&good[..1], &named("plane.png")).reason;
    assert_eq!(
        absent,
        SetRefusal::NoPlaneImage {
            name: "plane.png".to_owned(),
            known: vec!["0.png".to_owned()],
        }
    );
}

#[test]
fn an_image_of_another_size_is_named() {
    let mut images = set(&poses(&board())[..1]);
    let size = Size::new(320, 240);
    let pixels = vec![0; size.area()];
    let small = ImageView::new(&pixels, size, Channels::Grey).expect("a frame");
    let report = images.add("small.png", &small).expect("OpenCV runs");
    let expected = ImageRefusal::OtherSize {
        found: size,
        expected: FRAME,
    };
    assert_eq!(report.outcome, ImageOutcome::Refused(expected));
}

#[test]
fn a_lens_that_was_changed_between_two_images_is_told() {
    let board = board();
    let zoomed = calibration::Lens {
        fx: LENS.fx * 1.12,
        fy: LENS.fy * 1.12,
        ..LENS
    };
    let poses = poses(&board);
    // Named as the plane, which is why its refusal must not hide the reason of the whole set.
    for (first_changed, options) in [(5, Options::default()), (3, named("0.png"))] {
        let mut images = BoardImages::new(board);
        for (i, pose) in poses.iter().enumerate() {
            let lens = if i < first_changed { LENS } else { zoomed };
            let pixels = picture(&lens, pose, FRAME, |x, y| chessboard(&board, x, y));
            let name = format!("{i}.png");
            images.add(&name, &view(&pixels)).expect("OpenCV runs");
        }
        let refusal = images.solve(&options).expect_err("two lenses");
        let SetRefusal::LensChanged { names, focal_px } = &refusal.reason else {
            panic!("{refusal}: {:#?}", refusal.images);
        };
        let expected = [first_changed - 1, first_changed].map(|i| format!("{i}.png"));
        assert_eq!(*names, expected);
        for (found, lens) in focal_px.iter().zip([LENS, zoomed]) {
            assert!((found / lens.fx - 1.0).abs() < 0.02, "{focal_px:?}");
        }
    }
}

#[test]
fn a_plane_image_that_is_refused_is_told_with_its_own_reason() {
    let mut images = set(&poses(&board())[1..7]);
    images
        .add("plane.png", &view(&vec![3; FRAME.area()]))
        .expect("OpenCV runs");
    let refusal = images.solve(&named("plane.png")).expect_err("no plane");
    let said = refusal.to_string();
    assert!(
        said.contains("\"plane.png\"") && said.contains("the picture is dark"),
        "{said}"
    );
}

#[test]
fn a_lens_that_bends_is_told_where_none_was_asked_for() {
    let mut images = BoardImages::new(board());
    let pose = Pose::facing(&board(), [0.0; 3], [0.0, 0.0, 120.0]);
    images
        .add("only.png", &view(&shot(&pose, 1)))
        .expect("OpenCV runs");
    let options = Options {
        method: Method::PlaneOnly,
        ..Options::default()
    };
    let refusal = images.solve(&options).expect_err("bent lines").reason;
    assert!(
        matches!(refusal, SetRefusal::NotStraight { .. }),
        "{refusal}"
    );
}
