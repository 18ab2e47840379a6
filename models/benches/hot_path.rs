//! Preprocessing, and what a session adds to the model's own run. Each asserts its answer first.
//!
//! `cargo bench -p models`. The graph is a single 1×1 convolution, so that `run` shows our own part.

#[path = "../tests/bundles/mod.rs"]
mod bundles;

use bundles::{Folder, MANIFEST, fixture, runtime};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use models::{Bundle, Channels, ImageView, Session, SessionOptions};
use std::hint::black_box;

const SOURCE: (u32, u32) = (1280, 960);

fn bundle(width: u32, height: u32, resize: &str) -> (Folder, Bundle) {
    let manifest = MANIFEST
        .replace(
            "width = 16",
            &format!("width = {width}\nresize = \"{resize}\""),
        )
        .replace("height = 12", &format!("height = {height}"));
    let folder = Folder::with(&manifest, &fixture("free-sides"));
    let bundle = Bundle::load(&folder.0).unwrap();
    (folder, bundle)
}

fn session(width: u32, height: u32, resize: &str, threads: usize) -> Session {
    let (_folder, bundle) = bundle(width, height, resize);
    let options = SessionOptions {
        threads,
        ..SessionOptions::default()
    };
    Session::new(runtime(), &bundle, &options).unwrap()
}

/// A gradient, so that every cell has its own value.
fn source() -> Vec<u8> {
    let (width, height) = SOURCE;
    let pixel = |x: u32, y: u32| [(x / 5) as u8, (y / 4) as u8, ((x + y) / 9) as u8];
    (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| pixel(x, y)))
        .collect()
}

fn preprocess(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("preprocess 1280x960 RGB");
    let pixels = source();
    let (width, height, channels) = (SOURCE.0, SOURCE.1, Channels::Rgb);
    let image = ImageView {
        pixels: &pixels,
        width,
        height,
        channels,
    };
    let targets = [
        (256, 192, "area"),
        (320, 240, "area"),
        (224, 224, "area"),
        (640, 480, "area"),
        (640, 480, "linear"),
        (256, 256, "triangle"),
        (224, 224, "pillow"),
    ];
    let cases = targets.into_iter().flat_map(|one| [(one, 1), (one, 2)]);
    for ((width, height, resize), threads) in cases {
        let mut session = session(width, height, resize, threads);
        session.preprocess(&image).unwrap();
        let total: f64 = session.input().iter().map(|value| f64::from(*value)).sum();
        let mean = total / session.input().len() as f64;
        let expected: f64 =
            pixels.iter().map(|byte| f64::from(*byte)).sum::<f64>() / pixels.len() as f64 / 255.0;
        assert!((mean - expected).abs() < 3e-3, "{mean} {expected}");
        let many = if threads > 1 { ", 2 threads" } else { "" };
        let id = BenchmarkId::from_parameter(format!("{width}x{height} {resize}{many}"));
        group.bench_function(id, |bencher| {
            bencher.iter(|| session.preprocess(black_box(&image)).unwrap());
        });
    }
    let mut session = session(256, 192, "area", 1);
    let resized = &pixels[..256 * 192 * 3];
    group.bench_function("already 256x192", |bencher| {
        bencher.iter(|| session.load_resized(black_box(resized)).unwrap());
    });
}

fn run(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("run 256x192, 1x1 convolution");
    let mut session = session(256, 192, "area", 1);
    let resized = &source()[..256 * 192 * 3];
    session.load_resized(resized).unwrap();
    // Class 0 is red - 0.5 as a logit, at every second pixel.
    let score = session.run().unwrap().map.unwrap().score_at(0, 5, 0);
    let red = f32::from(resized[10 * 3]) / 255.0;
    assert!(
        (score - 1.0 / (1.0 + (0.5 - red).exp())).abs() < 1e-6,
        "{score}"
    );
    group.bench_function("ours, with loading", |bencher| {
        bencher.iter(|| {
            session.load_resized(resized).unwrap();
            black_box(session.run().unwrap().score)
        });
    });
    session.load_resized(resized).unwrap();
    let mut cells = vec![0.0; 128 * 96];
    let map = session.run().unwrap().map.unwrap();
    group.bench_function("fold_max and peak", |bencher| {
        bencher.iter(|| {
            map.fold_max(black_box(&mut cells));
            black_box(map.peak())
        });
    });
}

criterion_group!(benches, preprocess, run);
criterion_main!(benches);
