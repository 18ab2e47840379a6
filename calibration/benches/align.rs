//! `cargo bench -p calibration --bench align`: finding a part in a frame of 1280×960 by a taught feature, and putting it in its place.
//! Every bench asserts its answer before it is timed.

use calibration::{AlignLimits, Aligner, Channels, ImageView, Pose, Size, Straightener};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

const FRAME: Size = Size::new(1280, 960);
const MIDDLE: (f64, f64) = (640.0, 480.0);
/// As it lies in the frame that is timed.
const POSE: Pose = Pose {
    about: MIDDLE,
    shift_px: (38.0, -29.0),
    turn_deg: 5.0,
    zoom: 1.05,
};

fn edge(distance: f64) -> f64 {
    0.5 - 0.5 * (distance / 1.5).tanh()
}

/// A plate with a hole, a slot and a mark.
fn plate(x: f64, y: f64) -> f64 {
    let plate = edge((x.abs() / 1.25).max(y.abs()) - 240.0);
    let hole = edge((x + 150.0).hypot(y + 90.0) - 60.0);
    let slot = edge(((x - 90.0).abs() - 120.0).max((y - 105.0).abs() - 24.0));
    let mark = edge((x - 180.0).hypot(y + 135.0) - 27.0);
    60.0 + 110.0 * plate - 90.0 * hole - 80.0 * slot + 50.0 * mark
}

fn frame(pose: &Pose, channels: Channels) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut pixels = Vec::with_capacity(FRAME.area() * channels.count());
    for y in 0..FRAME.height {
        for x in 0..FRAME.width {
            let (x, y) = pose.to_reference((f64::from(x) + 0.5, f64::from(y) + 0.5));
            let value = plate(x - MIDDLE.0, y - MIDDLE.1) + f64::from(random.u8(0..12));
            pixels.extend(vec![value as u8; channels.count()]);
        }
    }
    pixels
}

fn align(criterion: &mut Criterion) {
    let usual = AlignLimits::of_frame((FRAME.width, FRAME.height));
    let shift_only = AlignLimits {
        turn_deg_max: 0.0,
        zoom_max: 0.0,
        ..usual
    };
    let shifted = Pose {
        turn_deg: 0.0,
        zoom: 1.0,
        ..POSE
    };
    let part = [320, 220, 640, 520];
    let hole = [420, 300, 140, 180];
    let still = frame(&Pose::still(MIDDLE), Channels::Grey);
    let still = ImageView::new(&still, FRAME, Channels::Grey).expect("a picture");
    let mut group = criterion.benchmark_group("find a part");
    for (name, channels, region, limits, pose) in [
        ("grey, the whole part", Channels::Grey, part, usual, POSE),
        ("colour, the whole part", Channels::Rgb, part, usual, POSE),
        (
            "grey, all of the frame",
            Channels::Grey,
            [0, 0, 1280, 960],
            usual,
            POSE,
        ),
        (
            "grey, a hole that shifts",
            Channels::Grey,
            hole,
            shift_only,
            shifted,
        ),
    ] {
        let mut aligner = Aligner::new(&still, region, limits).expect("a reference");
        let pixels = frame(&pose, channels);
        let view = ImageView::new(&pixels, FRAME, channels).expect("a frame");
        let found = aligner.align(&view).expect(name).pose;
        let at = (f64::from(region[0]), f64::from(region[1]));
        let (found, truth) = (found.to_frame(at), pose.to_frame(at));
        let off = (found.0 - truth.0).hypot(found.1 - truth.1);
        assert!(off < 1.5, "{name}: {off} pixels off");
        group.bench_function(name, |bencher| {
            bencher.iter(|| aligner.align(black_box(&view)))
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("put a part in its place");
    for (name, channels, region) in [
        ("grey, a region of 640×520", Channels::Grey, part),
        ("colour, a region of 640×520", Channels::Rgb, part),
        ("colour, all of the frame", Channels::Rgb, [0, 0, 1280, 960]),
    ] {
        let pixels = frame(&POSE, channels);
        let view = ImageView::new(&pixels, FRAME, channels).expect("a frame");
        let mut straightener = Straightener::new(FRAME, channels, region).expect("a region");
        let straight = straightener.apply(&view, &POSE).expect("straight");
        let middle = (480 * 1280 + 640) * channels.count();
        let expected = plate(0.5, 0.5) as u8;
        assert!(straight[middle].abs_diff(expected) < 16, "{name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| straightener.apply(black_box(&view), &POSE).map(<[u8]>::len));
        });
    }
    group.finish();
}

criterion_group!(benches, align);
criterion_main!(benches);
