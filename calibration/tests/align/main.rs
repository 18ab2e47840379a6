//! A part that was moved, turned and zoomed is found where it lies, and what is no part is found nowhere.

mod limits;

use calibration::align::{AlignError, NotAligned, Pose};
use calibration::{AlignLimits, Aligner, Channels, ImageView, Size, Straightener};

const FRAME: Size = Size::new(640, 480);
/// The middle of a part that has its edges at about 100 pixels from there.
const REGION: [u32; 4] = [208, 128, 224, 224];
const MIDDLE: (f64, f64) = (320.0, 240.0);

const LIMITS: AlignLimits = AlignLimits {
    shift_px_max: 64.0,
    turn_deg_max: 15.0,
    zoom_max: 0.1,
    quality_min: 0.7,
};

/// The same numbers for everybody who asks for the same seed.
struct Chance(u64);

impl Chance {
    /// Between -1 and 1.
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// Soft from 1 inside to 0 outside, over two pixels.
fn edge(distance: f64) -> f64 {
    0.5 - 0.5 * (distance / 1.5).tanh()
}

/// A plate with a hole, a slot and a mark, in grey values about the frame's middle.
fn plate(x: f64, y: f64) -> f64 {
    let plate = edge((x.abs() / 1.25).max(y.abs()) - 84.0);
    let hole = edge((x + 50.0).hypot(y + 30.0) - 20.0);
    let slot = edge(((x - 30.0).abs() - 40.0).max((y - 35.0).abs() - 8.0));
    let mark = edge((x - 60.0).hypot(y + 45.0) - 9.0);
    60.0 + 110.0 * plate - 90.0 * hole - 80.0 * slot + 50.0 * mark
}

/// Another one: a cross.
fn cross(x: f64, y: f64) -> f64 {
    let bar = |a: f64, b: f64| edge((a.abs() - 90.0).max(b.abs() - 18.0));
    60.0 + 120.0 * bar(x, y).max(bar(y, x)) - 70.0 * edge(x.hypot(y) - 12.0)
}

/// A grid of dots, which looks the same every 40 pixels.
fn dots(x: f64, y: f64) -> f64 {
    let near = |at: f64| (at / 40.0 - (at / 40.0).round()) * 40.0;
    80.0 + 100.0 * edge(near(x).hypot(near(y)) - 9.0)
}

/// A frame that shows a scene about the reference's middle so, `gain` times as bright, with noise.
fn frame(scene: impl Fn(f64, f64) -> f64, pose: &Pose, gain: f64, noise: f64) -> Vec<u8> {
    let mut chance = Chance(7);
    let mut pixels = Vec::with_capacity(FRAME.area());
    for y in 0..FRAME.height {
        for x in 0..FRAME.width {
            let (x, y) = pose.to_reference((f64::from(x) + 0.5, f64::from(y) + 0.5));
            let value = scene(x - MIDDLE.0, y - MIDDLE.1) * gain + noise * chance.next();
            pixels.push(value.round().clamp(0.0, 255.0) as u8);
        }
    }
    pixels
}

fn view(pixels: &[u8]) -> ImageView<'_> {
    ImageView::new(pixels, FRAME, Channels::Grey).expect("a frame")
}

fn aligner(limits: AlignLimits) -> Aligner {
    let reference = frame(plate, &Pose::still(MIDDLE), 1.0, 4.0);
    Aligner::new(&view(&reference), REGION, limits).expect("a reference")
}

/// Farthest that a corner of the region is told from where it lies.
fn off_px(found: &Pose, truth: &Pose) -> f64 {
    let [left, top, width, height] = REGION.map(f64::from);
    let corners = [
        (left, top),
        (left + width, top),
        (left, top + height),
        (left + width, top + height),
    ];
    let off = |corner: (f64, f64)| {
        let (a, b) = (found.to_frame(corner), truth.to_frame(corner));
        (a.0 - b.0).hypot(a.1 - b.1)
    };
    corners.map(off).into_iter().fold(0.0, f64::max)
}

fn refusal(aligner: &mut Aligner, pixels: &[u8]) -> NotAligned {
    match aligner.align(&view(pixels)) {
        Err(AlignError::Part(refusal)) => refusal,
        other => panic!("expected the part to be refused, found {other:?}"),
    }
}

#[test]
fn a_part_that_was_moved_turned_and_zoomed_is_found_to_half_a_pixel() {
    let mut aligner = aligner(LIMITS);
    let mut chance = Chance(20);
    for seed in 0..40 {
        let pose = Pose {
            about: MIDDLE,
            shift_px: (chance.next() * 42.0, chance.next() * 42.0),
            turn_deg: chance.next() * 14.0,
            zoom: 1.0 + chance.next() * 0.09,
        };
        let (gain, noise) = (1.0 + 0.3 * chance.next(), 12.0);
        let pixels = frame(plate, &pose, gain, noise);
        let found = aligner.align(&view(&pixels));
        let found = found.unwrap_or_else(|error| panic!("{seed}: {pose:?}: {error}"));
        let off = off_px(&found.pose, &pose);
        assert!(off < 0.5, "{seed}: {off:.2} px off: {pose:?} {found:?}");
        assert!(found.quality > 0.95, "{seed}: {found:?}");
    }
}

#[test]
fn a_part_with_a_quarter_of_it_missing_is_still_found() {
    let mut aligner = aligner(LIMITS);
    let pose = Pose {
        shift_px: (20.0, -14.0),
        turn_deg: 6.0,
        ..Pose::still(MIDDLE)
    };
    let broken = |x: f64, y: f64| {
        if x > 0.0 && y > 0.0 {
            60.0
        } else {
            plate(x, y)
        }
    };
    let found = aligner
        .align(&view(&frame(broken, &pose, 1.0, 6.0)))
        .expect("found");
    assert!(off_px(&found.pose, &pose) < 6.0, "{found:?}");
    assert!(
        found.quality < 0.95,
        "what is missing is told by the likeness: {found:?}"
    );
}

#[test]
fn what_is_not_the_part_is_refused_by_what_it_is() {
    let mut aligner = aligner(LIMITS);
    let still = Pose::still(MIDDLE);
    for (what, pixels) in [
        ("black", vec![0; FRAME.area()]),
        ("white", vec![255; FRAME.area()]),
    ] {
        let refusal = refusal(&mut aligner, &pixels);
        assert!(
            matches!(refusal, NotAligned::Blank { .. }),
            "{what}: {refusal}"
        );
    }
    let noise = frame(|_, _| 60.0, &still, 1.0, 12.0);
    let other = frame(cross, &still, 1.0, 4.0);
    for (what, pixels) in [("an empty belt", noise), ("another part", other)] {
        let refusal = refusal(&mut aligner, &pixels);
        let is_none = matches!(
            refusal,
            NotAligned::Unlike { .. } | NotAligned::Blank { .. }
        );
        assert!(is_none, "{what}: {refusal}");
    }
    let narrow = |x: f64, y: f64| if x.abs() < 50.0 { plate(x, y) } else { 60.0 };
    let reference = frame(narrow, &still, 1.0, 4.0);
    let region = [260, 140, 120, 200];
    let mut narrow_one = Aligner::new(&view(&reference), region, LIMITS).expect("a reference");
    let two_of_them = frame(
        |x, y| {
            if x < 0.0 {
                narrow(x + 58.0, y)
            } else {
                narrow(x - 58.0, y)
            }
        },
        &still,
        1.0,
        4.0,
    );
    let found = refusal(&mut narrow_one, &two_of_them);
    assert!(matches!(found, NotAligned::Ambiguous { .. }), "{found}");
}

#[test]
fn a_part_beyond_its_limits_is_told_by_how_far_it_moved() {
    let narrow = AlignLimits {
        shift_px_max: 20.0,
        turn_deg_max: 5.0,
        zoom_max: 0.03,
        quality_min: 0.7,
    };
    let mut aligner = aligner(narrow);
    let still = Pose::still(MIDDLE);
    for (key, pose) in [
        (
            "shift_px_max",
            Pose {
                shift_px: (23.0, 3.0),
                ..still
            },
        ),
        (
            "turn_deg_max",
            Pose {
                turn_deg: 6.5,
                ..still
            },
        ),
        (
            "zoom_max",
            Pose {
                zoom: 1.05,
                ..still
            },
        ),
    ] {
        match refusal(&mut aligner, &frame(plate, &pose, 1.0, 4.0)) {
            NotAligned::Beyond { limit, .. } => assert_eq!(limit, key),
            other => panic!("{key}: {other}"),
        }
    }
}

#[test]
fn what_parts_do_not_do_is_not_looked_for() {
    let shift_only = AlignLimits {
        turn_deg_max: 0.0,
        zoom_max: 0.0,
        ..LIMITS
    };
    let mut aligner = aligner(shift_only);
    let pose = Pose {
        shift_px: (31.0, 12.5),
        ..Pose::still(MIDDLE)
    };
    let found = aligner
        .align(&view(&frame(plate, &pose, 1.0, 6.0)))
        .expect("found");
    assert_eq!((found.pose.turn_deg, found.pose.zoom), (0.0, 1.0));
    assert!(off_px(&found.pose, &pose) < 0.3, "{found:?}");
}

#[test]
fn a_straightened_frame_shows_the_part_in_its_place() {
    let pose = Pose {
        about: MIDDLE,
        shift_px: (25.0, -18.0),
        turn_deg: 9.0,
        zoom: 1.06,
    };
    let pixels = frame(plate, &pose, 1.0, 0.0);
    let expected = frame(plate, &Pose::still(MIDDLE), 1.0, 0.0);
    let mut straightener = Straightener::new(FRAME, Channels::Grey, REGION).expect("a region");
    let straight = straightener
        .apply(&view(&pixels), &pose)
        .expect("straightened");
    let [left, top, width, height] = REGION;
    let mut worst = 0;
    for y in top..top + height {
        for x in left..left + width {
            let at = (y * FRAME.width + x) as usize;
            worst = worst.max(straight[at].abs_diff(expected[at]));
        }
    }
    assert!(worst < 16, "{worst} grey values off");
    assert_eq!(straight[0], 0, "nothing is made of what is not seen");
}

#[test]
fn colour_is_seen_as_brightness() {
    let grey = frame(plate, &Pose::still(MIDDLE), 1.0, 4.0);
    let mut aligner = aligner(LIMITS);
    let rgb: Vec<u8> = grey.iter().flat_map(|value| [*value; 3]).collect();
    let rgb = ImageView::new(&rgb, FRAME, Channels::Rgb).expect("a frame");
    let found = aligner.align(&rgb).expect("found");
    assert!(
        found.quality > 0.99 && found.pose.distance_px() < 0.1,
        "{found:?}"
    );
    let small = vec![0; 64 * 48];
    let small = ImageView::new(&small, Size::new(64, 48), Channels::Grey).expect("a frame");
    let error = aligner.align(&small).expect_err("another size").to_string();
    assert!(
        error.contains("640x480 pixels, the frame of 64x48"),
        "{error}"
    );
}
