//! `cargo bench --bench codes --features codes`: reading one code in a frame of 1280×960, where the quick look finds it,
//! where it takes the thorough one, and where there is none. Every bench asserts its answer before it is timed.

use criterion::{Criterion, criterion_group, criterion_main};
use inspector::adapters::code::{CodeSettings, open};
use inspector::clock::SystemClock;
use inspector::station::frame::{FrameShape, PixelFormat};
use std::hint::black_box;
use std::sync::Arc;
use zxingcpp::BarcodeFormat;

const SHAPE: FrameShape = FrameShape {
    width: 1280,
    height: 960,
    pixel_format: PixelFormat::Mono8,
};

/// A frame with this code in its middle, or none, lying or upright.
fn frame(code: Option<(BarcodeFormat, &str)>, is_upright: bool) -> Vec<u8> {
    let (width, height) = (SHAPE.width as usize, SHAPE.height as usize);
    let mut random = fastrand::Rng::with_seed(1);
    let mut pixels: Vec<u8> = (0..width * height).map(|_| random.u8(180..200)).collect();
    if let Some((format, text)) = code {
        let code = zxingcpp::create(format).from_str(text).expect("a code");
        let image = code
            .to_image_with(&zxingcpp::write().scale(4))
            .expect("its picture");
        let (wide, high) = (image.width() as usize, image.height() as usize);
        let data = image.data();
        for y in 0..high {
            for x in 0..wide {
                let (x_to, y_to) = if is_upright {
                    (500 + y, 200 + x)
                } else {
                    (400 + x, 400 + y)
                };
                pixels[y_to * width + x_to] = 40 + data[y * wide + x] / 2;
            }
        }
    }
    pixels
}

fn read(criterion: &mut Criterion) {
    let part = Some([360, 160, 560, 640]);
    let mut group = criterion.benchmark_group("read one code");
    for (name, code, is_upright, region) in [
        (
            "QR code",
            Some((BarcodeFormat::QRCode, "A7-000123")),
            false,
            None,
        ),
        (
            "QR code in a region",
            Some((BarcodeFormat::QRCode, "A7-000123")),
            false,
            part,
        ),
        (
            "Code 128 that stands upright",
            Some((BarcodeFormat::Code128, "A7-000123")),
            true,
            None,
        ),
        ("none", None, false, None),
        ("none in a region", None, false, part),
    ] {
        let settings = CodeSettings {
            region,
            ..CodeSettings::default()
        };
        let mut reader = open(settings, Arc::new(SystemClock)).expect("a reader");
        let pixels = frame(code, is_upright);
        let found = reader.read(&pixels, SHAPE).expect("an answer");
        let texts: Vec<&str> = found
            .codes
            .iter()
            .map(|code| code.part_id.as_str())
            .collect();
        let expected: &[&str] = if code.is_some() { &["A7-000123"] } else { &[] };
        assert_eq!(texts, expected, "{name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| reader.read(black_box(&pixels), SHAPE));
        });
    }
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
