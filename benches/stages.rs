//! `cargo bench --bench stages`: each stage of the hot path, and whole parts. Every bench asserts its
//! answer before it is timed. Preprocessing alone is in `cargo bench -p models`, the result log in
//! `cargo bench --bench log`.
//!
//! Read the figures as ratios within one run. "Our own work" is `part, stub model` plus `correct` and
//! `findings`, and `preprocess` of the other bench; the model's own run is `part, demo model` less that.

mod rig;

use calibration::{Configuration, Correction, Lens, Normalisation, Regions, Size, Window};
use criterion::{Criterion, criterion_group, criterion_main};
use inspector::decode::jpeg;
use inspector::ports::scorer::Scorer;
use inspector::queue::{WhenFull, queue};
use inspector::station::frame::PixelFormat;
use inspector::station::verdict::{Verdict, judge};
use rig::{Rig, SHAPE, StubScorer, demo_scorer, pictures, score, thresholds};
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::Ordering;

const MAP: Size = Size::new(256, 192);

fn correct(criterion: &mut Criterion) {
    let mut configuration = Configuration::new("top", "now", Size::new(1280, 960));
    configuration.lens = Some(Lens {
        fx: 2_000.0,
        fy: 2_000.0,
        cx: 640.0,
        cy: 480.0,
        k1: -0.1,
        k2: 0.0,
        p1: 0.0,
        p2: 0.0,
    });
    let one = Normalisation {
        gain: 1.0,
        offset: 0.0,
    };
    let frame = configuration.frame;
    let mut correction =
        Correction::new(&configuration, Window::whole(frame), MAP, &[one; 3]).expect("it fits");
    let mut planes: Vec<f32> = (0..MAP.area() * 3).map(|i| (i % 256) as f32).collect();
    let before = planes.clone();
    correction.apply(&mut planes);
    let middle = MAP.area() / 2 + MAP.width as usize / 2;
    assert!(
        (planes[middle] - before[middle]).abs() < 1.0,
        "the middle stays"
    );
    assert_ne!(planes[5], before[5], "the corner moves");
    let mut group = criterion.benchmark_group("correct");
    group.bench_function("lens, 256x192 RGB", |bencher| {
        bencher.iter(|| correction.apply(black_box(&mut planes)));
    });
    group.finish();
}

fn findings(criterion: &mut Criterion) {
    calibration::use_one_opencv_thread().expect("OpenCV");
    let mut clean = vec![0.02; MAP.area()];
    clean[77] = 0.3;
    let mut spotted = clean.clone();
    // Twelve spots of nine cells.
    for spot in 0..12 {
        for cell in 0..9 {
            spotted[(20 + cell / 3) * 256 + 10 + spot * 20 + cell % 3] = 0.8;
        }
    }
    let mut regions = Regions::new(MAP);
    let weights = vec![0.25; MAP.area()];
    let found = regions.find(&spotted, 0.45, &weights).expect("OpenCV");
    assert_eq!(
        (found.len(), found[0].cells, found[0].weight),
        (12, 9, 2.25)
    );
    assert!(
        regions
            .find(&clean, 0.45, &weights)
            .expect("OpenCV")
            .is_empty()
    );
    let mut group = criterion.benchmark_group("findings 256x192");
    for (name, map) in [("none", &clean), ("twelve", &spotted)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| regions.find(black_box(map), 0.45, &weights).map(<[_]>::len));
        });
    }
    group.finish();
}

fn verdicts(criterion: &mut Criterion) {
    let limits = thresholds();
    let cases = [
        (0.1, Verdict::Pass),
        (0.42, Verdict::NotDecided),
        (0.9, Verdict::Fail),
    ];
    for (value, expected) in cases {
        assert_eq!(judge(score(value), limits), expected);
    }
    let (tx, rx) = queue("bench", 16, WhenFull::Fault, None);
    tx.push(7_u64).expect("there is room");
    assert_eq!(rx.pop(), Some(7));
    let mut group = criterion.benchmark_group("step");
    group.bench_function("judge", |bencher| {
        bencher.iter(|| judge(black_box(score(0.42)), black_box(limits)));
    });
    group.bench_function("queue hop", |bencher| {
        bencher.iter(|| {
            // What comes back is checked above.
            let _ = tx.push(black_box(7));
            rx.pop()
        });
    });
    group.finish();
}

/// What a camera's thread spends on a JPEG frame: looking at every block is a part of decoding.
fn jpeg_frames(criterion: &mut Criterion) {
    let (width, height) = (1280_usize, 720_usize);
    let picture = image::RgbImage::from_fn(width as u32, height as u32, |x, y| {
        let ring = (f64::from(x) - 600.0).hypot(f64::from(y) - 300.0) / 9.0;
        let grey = 120.0 + 90.0 * ring.sin() + f64::from(x * 7919 % 13 + y * 104_729 % 11);
        image::Rgb([grey as u8, (grey * 0.9) as u8, (x ^ y) as u8])
    });
    let mut frame = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut frame, 85);
    picture.write_with_encoder(encoder).expect("encoded");
    let mut pixels = vec![0; width * height * 3];
    let mut decode =
        |frame: &[u8]| jpeg::decode_into(frame, (width, height), PixelFormat::Rgb8, &mut pixels);
    assert_eq!(decode(&frame), Ok(()));
    let lost = [&frame[..frame.len() / 2], &frame[frame.len() / 2 + 1020..]].concat();
    assert!(decode(&lost).is_err() && jpeg::check(&frame).is_ok());
    let name = format!("JPEG {width}x{height}, {} kB", frame.len() / 1000);
    let mut group = criterion.benchmark_group(name);
    group.bench_function("look at every block", |bencher| {
        bencher.iter(|| jpeg::check(black_box(&frame)).is_ok());
    });
    group.bench_function("look and decode", |bencher| {
        bencher.iter(|| decode(black_box(&frame)).is_ok());
    });
    group.finish();
}

fn parts(criterion: &mut Criterion) {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let plain = || [vec![10; SHAPE.bytes()], vec![250; SHAPE.bytes()]];
    let rigs: [(&str, Box<dyn Scorer>, _); 3] = [
        ("stub model", Box::new(StubScorer), plain()),
        ("demo model", Box::new(demo_scorer(home, false)), pictures()),
        (
            "demo model, lens",
            Box::new(demo_scorer(home, true)),
            pictures(),
        ),
    ];
    let mut group = criterion.benchmark_group("part 1280x960 RGB");
    for (name, scorer, pictures) in rigs {
        let mut rig = Rig::new(scorer, pictures, false);
        for _ in 0..20 {
            rig.part();
        }
        assert_eq!(
            rig.accepted.load(Ordering::Relaxed),
            10,
            "{name}: every second is good"
        );
        assert_eq!(rig.recorded(), 20, "{name}: each has its row");
        group.bench_function(name, |bencher| bencher.iter(|| rig.part()));
    }
    // The model alone, on what the scorers above prepare for it.
    let runtime = models::runtime::init(None).expect("ONNX Runtime: run `make onnxruntime`");
    let bundle =
        models::Bundle::load(&home.join("models/assets/demo")).expect("the committed bundle");
    let options = models::SessionOptions::default();
    let mut session = models::Session::new(runtime, &bundle, &options).expect("it loads");
    let (width, height) = (
        bundle.manifest().input.width,
        bundle.manifest().input.height,
    );
    let resized = vec![90; (width * height * 3) as usize];
    group.bench_function("the model's own run", |bencher| {
        bencher.iter(|| {
            session.load_resized(&resized).expect("it fits");
            session.run().map(|answer| answer.score).expect("it runs")
        });
    });
    group.finish();
}

criterion_group!(benches, correct, findings, verdicts, jpeg_frames, parts);
criterion_main!(benches);
