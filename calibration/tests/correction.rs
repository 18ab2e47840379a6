//! What correction does to pixels and to millimetres, held against scenes whose truth is known.

mod scene;

use calibration::{
    Board, Channels, Configuration, Correction, FlatField, FlatFieldError, FrameMean, ImageView,
    Lens, Normalisation, Plane, Regions, Size, Surface, Window,
};
use scene::{FRAME, LENS, Pose, picture};

const PIXELS: Normalisation = Normalisation {
    gain: 1.0,
    offset: 0.0,
};

fn configuration() -> Configuration {
    Configuration::new("top", "2026-11-24T00:00:00Z", FRAME)
}

fn level() -> Pose {
    let board = Board::new(9, 6, 10.0).expect("a board");
    Pose::facing(&board, [7.0, -5.0, 8.0], [0.0, 0.0, 170.0])
}

fn as_planes(pixels: &[u8]) -> Vec<f32> {
    pixels.iter().map(|pixel| f32::from(*pixel)).collect()
}

fn grid(x: f64, y: f64) -> f64 {
    (x / 6.0).sin() * (y / 6.0).sin() / 2.0 + 0.5
}

#[test]
fn a_corrected_frame_is_what_a_straight_lens_would_have_shown() {
    let straight = Lens {
        k1: 0.0,
        k2: 0.0,
        p1: 0.0,
        p2: 0.0,
        ..LENS
    };
    let bent = picture(&LENS, &level(), FRAME, grid);
    let expected = as_planes(&picture(&straight, &level(), FRAME, grid));
    let lens = Configuration {
        lens: Some(LENS),
        ..configuration()
    };
    let mut correction =
        Correction::new(&lens, Window::whole(FRAME), FRAME, &[PIXELS]).expect("it fits");
    let mut planes = as_planes(&bent);
    let before = worst_inside(&planes, &expected);
    correction.apply(&mut planes);
    let after = worst_inside(&planes, &expected);
    assert!(before > 40.0, "the lens bends: {before} grey values");
    assert!(
        after < 3.0,
        "worst difference {after} grey values, {before} before"
    );
}

/// The largest difference 20 pixels inside the frame.
fn worst_inside(a: &[f32], b: &[f32]) -> f32 {
    let (width, height) = (FRAME.width as usize, FRAME.height as usize);
    let inside = (20..height - 20).flat_map(|y| (20..width - 20).map(move |x| y * width + x));
    inside.map(|i| (a[i] - b[i]).abs()).fold(0.0, f32::max)
}

#[test]
fn a_corrected_input_is_the_input_of_a_corrected_frame() {
    // Corrected after resizing, as the station does it, against a straight lens resized.
    let straight = Lens {
        k1: 0.0,
        k2: 0.0,
        p1: 0.0,
        p2: 0.0,
        ..LENS
    };
    let small = Size::new(160, 120);
    let lens = Configuration {
        lens: Some(LENS),
        ..configuration()
    };
    let mut correction =
        Correction::new(&lens, Window::whole(FRAME), small, &[PIXELS]).expect("it fits");
    let coarse = |x: f64, y: f64| (x / 12.0).sin() * (y / 12.0).sin() / 2.0 + 0.5;
    let mut planes = quarter(&picture(&LENS, &level(), FRAME, coarse));
    let expected = quarter(&picture(&straight, &level(), FRAME, coarse));
    correction.apply(&mut planes);
    let rows = 6..114_usize;
    let worst = rows
        .flat_map(|y| (6..154).map(move |x| y * 160 + x))
        .map(|i| (planes[i] - expected[i]).abs())
        .fold(0.0, f32::max);
    assert!(worst < 4.0, "worst difference {worst} grey values");
}

fn quarter(pixels: &[u8]) -> Vec<f32> {
    let width = FRAME.width as usize;
    let mean = |x: usize, y: usize| {
        let cells = (0..4).flat_map(|dy| (0..4).map(move |dx| (dx, dy)));
        cells
            .map(|(dx, dy)| f32::from(pixels[(y * 4 + dy) * width + x * 4 + dx]))
            .sum::<f32>()
            / 16.0
    };
    (0..120)
        .flat_map(|y| (0..160).map(move |x| (x, y)))
        .map(|(x, y)| mean(x, y))
        .collect()
}

/// Light that falls off to a third in the corners.
fn light(x: u32, y: u32) -> f64 {
    let (x, y) = (f64::from(x) / 640.0 - 0.5, f64::from(y) / 480.0 - 0.5);
    1.0 - 1.3 * (x * x + y * y)
}

const DARK: f64 = 9.0;

fn lit(reflectance: impl Fn(u32, u32, usize) -> f64) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(FRAME.area() * 3);
    for y in 0..FRAME.height {
        for x in 0..FRAME.width {
            for channel in 0..3 {
                let value = DARK + light(x, y) * reflectance(x, y, channel);
                pixels.push(value.round() as u8);
            }
        }
    }
    pixels
}

fn rgb(pixels: &[u8]) -> ImageView<'_> {
    ImageView::new(pixels, FRAME, Channels::Rgb).expect("a frame")
}

fn field() -> FlatField {
    let flat = FrameMean::of(&rgb(&lit(|_, _, channel| 200.0 - 20.0 * channel as f64)));
    let dark = FrameMean::of(&rgb(&vec![DARK as u8; FRAME.area() * 3]));
    FlatField::new(&flat, Some(&dark)).expect("a flat field")
}

#[test]
fn a_flat_field_takes_uneven_light_away() {
    let with_field = Configuration {
        flat_field: Some(field()),
        ..configuration()
    };
    let input = Size::new(64, 48);
    let normalisation = [0.0_f32, 0.1, -0.2].map(|offset| Normalisation {
        gain: 1.0 / 255.0,
        offset,
    });
    let mut correction =
        Correction::new(&with_field, Window::whole(FRAME), input, &normalisation).expect("it fits");
    // An even grey card, resized by area and normalised.
    let card = lit(|_, _, channel| 120.0 - 12.0 * channel as f64);
    let mut planes = vec![0.0; input.area() * 3];
    for (i, value) in planes.iter_mut().enumerate() {
        let (channel, x, y) = (i / input.area(), i % 64, i % input.area() / 64);
        let cells = (0..10).flat_map(|dy| (0..10).map(move |dx| (dx, dy)));
        let sum: f32 = cells
            .map(|(dx, dy)| f32::from(card[((y * 10 + dy) * 640 + x * 10 + dx) * 3 + channel]))
            .sum();
        *value = sum / 100.0 / 255.0 + normalisation[channel].offset;
    }
    let spread = |planes: &[f32]| {
        let plane = &planes[..input.area()];
        let low = plane.iter().copied().fold(f32::MAX, f32::min);
        plane.iter().copied().fold(f32::MIN, f32::max) - low
    };
    let before = spread(&planes);
    correction.apply(&mut planes);
    let after = spread(&planes);
    assert!(
        before > 0.2 && after < 0.01,
        "spread {before} before, {after} after"
    );
    // The card is 0.6 of the white surface, in each channel, on whichever scale.
    let means = [0, 1, 2].map(|channel: usize| {
        let plane = &planes[channel * input.area()..][..input.area()];
        plane.iter().sum::<f32>() / plane.len() as f32 - normalisation[channel].offset
    });
    assert!((means[1] / means[0] - 0.9).abs() < 0.02, "{means:?}");
}

#[test]
fn frames_that_are_no_flat_field_are_refused() {
    let flat = |pixels: &[u8]| FlatField::new(&FrameMean::of(&rgb(pixels)), None);
    let even = |value: u8| vec![value; FRAME.area() * 3];
    assert!(matches!(
        flat(&even(20)),
        Err(FlatFieldError::TooDark { .. })
    ));
    assert!(matches!(
        flat(&even(255)),
        Err(FlatFieldError::Clipped { .. })
    ));
    let mut spotted = even(180);
    for y in 100..160 {
        spotted[(y * 640 + 200) * 3..][..180].fill(10);
    }
    assert!(matches!(flat(&spotted), Err(FlatFieldError::Uneven { .. })));
    let white = FrameMean::of(&rgb(&even(180)));
    let not_dark = FlatField::new(&white, Some(&white));
    assert!(
        matches!(not_dark, Err(FlatFieldError::NotDark { .. })),
        "{not_dark:?}"
    );
}

#[test]
fn areas_in_square_millimetres_are_those_of_the_part() {
    let pose = level();
    // A disc of 8 mm radius, well off the centre, where perspective and lens count.
    let (cx, cy, radius) = (68.0, 6.0, 8.0);
    let disc = |x: f64, y: f64| {
        if (x - cx).hypot(y - cy) < radius {
            1.0
        } else {
            0.0
        }
    };
    let frame = picture(&LENS, &pose, FRAME, disc);
    let plane = plane_of(&pose);
    let with_plane = Configuration {
        lens: Some(LENS),
        plane: Some(plane),
        ..configuration()
    };
    let mut correction =
        Correction::new(&with_plane, Window::whole(FRAME), FRAME, &[PIXELS]).expect("it fits");
    let surface = Surface::new(Window::whole(FRAME), FRAME, Some(&with_plane));
    let mut planes = as_planes(&frame);
    correction.apply(&mut planes);
    let mut regions = Regions::new(FRAME);
    let found = regions
        .find(&planes, 120.0, surface.cell_mm2())
        .expect("OpenCV labels it");
    assert_eq!(found.len(), 1, "{found:?}");
    let expected = std::f64::consts::PI * radius * radius;
    let error = f64::from(found[0].weight) / expected - 1.0;
    assert!(
        error.abs() < 0.01,
        "{} mm², expected {expected}",
        found[0].weight
    );
    let extent = surface
        .extent(surface.cells_px(found[0].bounds))
        .expect("calibrated");
    assert!(
        (extent.x_mm - cx).hypot(extent.y_mm - cy) < 0.3,
        "{extent:?}"
    );
    // The board is turned by 8 degrees, and a box is not: a disc's box stays near its diameter.
    assert!((extent.width_mm - 16.0).abs() < 1.0, "{extent:?}");
    assert!((extent.height_mm - 16.0).abs() < 1.0, "{extent:?}");
    // The box in the frame as the camera gave it holds the disc's bright pixels and no more.
    let [left, top, width, height] = surface.box_px(surface.cells_px(found[0].bounds));
    let bright: Vec<(u32, u32)> = (0..FRAME.area() as u32)
        .filter(|i| frame[*i as usize] > 120)
        .map(|i| (i % FRAME.width, i / FRAME.width))
        .collect();
    let xs = bright.iter().map(|at| at.0);
    let ys = bright.iter().map(|at| at.1);
    let near = |a: u32, b: u32| a.abs_diff(b) <= 3;
    assert!(near(left, xs.clone().min().expect("seen")), "left {left}");
    assert!(near(left + width - 1, xs.max().expect("seen")), "right");
    assert!(near(top, ys.clone().min().expect("seen")), "top {top}");
    assert!(near(top + height - 1, ys.max().expect("seen")), "bottom");
    // The map, laid over the frame, lights the same pixels.
    let mut over = vec![0.0; FRAME.area()];
    assert!(surface.lay_over_frame(&planes, &mut over));
    let differs = |i: &usize| (over[*i] > 120.0) != (frame[*i] > 120);
    let differing = (0..FRAME.area()).filter(differs).count();
    assert!(
        differing * 50 < bright.len(),
        "{differing} of {} pixels",
        bright.len()
    );
}

/// By four points, without a solver: the homography that the pose gives.
fn plane_of(pose: &Pose) -> Plane {
    let straight = Lens {
        k1: 0.0,
        k2: 0.0,
        p1: 0.0,
        p2: 0.0,
        ..LENS
    };
    let r = |x: f64, y: f64| pose.seen_at(&straight, x, y).expect("seen");
    // A homography with h22 = 1 from four pairs, by elimination.
    let pairs =
        [(0.0, 0.0), (639.0, 0.0), (639.0, 479.0), (0.0, 479.0)].map(|(x, y)| (x, y, r(x, y)));
    let mut rows: Vec<[f64; 9]> = Vec::new();
    for (x, y, (u, v)) in pairs {
        rows.push([x, y, 1.0, 0.0, 0.0, 0.0, -x * u, -y * u, u]);
        rows.push([0.0, 0.0, 0.0, x, y, 1.0, -x * v, -y * v, v]);
    }
    for i in 0..8 {
        let pivot = (i..8)
            .max_by(|a, b| rows[*a][i].abs().total_cmp(&rows[*b][i].abs()))
            .expect("rows");
        rows.swap(i, pivot);
        let lead = rows[i];
        for (j, row) in rows.iter_mut().enumerate() {
            if j != i {
                let factor = row[i] / lead[i];
                row.iter_mut().zip(lead).for_each(|(v, l)| *v -= factor * l);
            }
        }
    }
    let h: Vec<f64> = (0..8).map(|i| rows[i][8] / rows[i][i]).collect();
    Plane::new(
        [[h[0], h[1], h[2]], [h[3], h[4], h[5]], [h[6], h[7], 1.0]],
        FRAME,
    )
    .expect("a plane")
}

#[test]
fn a_configuration_survives_its_file_and_refuses_a_changed_one() {
    let folder =
        std::env::temp_dir().join(format!("inspector-configuration-{}", std::process::id()));
    let written = Configuration {
        lens: Some(LENS),
        plane: Some(plane_of(&level())),
        flat_field: Some(field()),
        ..configuration()
    };
    let first = written.save(&folder).expect("it is written");
    let (read, sha256) = Configuration::load(&folder, "top")
        .expect("it is read")
        .expect("it is there");
    assert_eq!((&read, &sha256), (&written, &first));
    assert_eq!(
        Configuration::load(&folder, "side").expect("no file is no error"),
        None
    );
    // A new one leaves the former for the audit.
    let second = Configuration {
        made_at: "later".to_owned(),
        ..written
    }
    .save(&folder)
    .expect("again");
    assert_ne!(first, second);
    let former = folder
        .join("former")
        .join(format!("top-{}.toml", &first[..12]));
    assert!(former.exists(), "{}", former.display());
    let path = folder.join("top.toml");
    let text = std::fs::read_to_string(&path).expect("readable");
    for (from, to, expected) in [
        ("fx = 700.0", "fx = nan", "not finite"),
        ("fx = 700.0", "fz = 700.0", "unknown field"),
        ("camera = \"top\"", "camera = \"side\"", "\"side\""),
        ("width = 640", "width = 0", "0x480"),
        ("k1 = -0.18", "k1 = -9.0", "folds"),
    ] {
        assert!(text.contains(from), "{from} in {text}");
        std::fs::write(&path, text.replacen(from, to, 1)).expect("writable");
        let error = Configuration::load(&folder, "top")
            .expect_err(to)
            .to_string();
        assert!(
            error.contains(expected) && error.contains("top.toml"),
            "{to}: {error}"
        );
    }
    std::fs::write(&path, &text).expect("writable");
    for entry in std::fs::read_dir(&folder).expect("readable") {
        let file = entry.expect("an entry").path();
        if file.to_string_lossy().contains("-flat-") {
            std::fs::write(&file, b"not a picture").expect("writable");
        }
    }
    let error = Configuration::load(&folder, "top")
        .expect_err("another mean frame")
        .to_string();
    assert!(error.contains("SHA-256"), "{error}");
    std::fs::remove_dir_all(&folder).expect("removable");
}
