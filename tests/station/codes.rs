//! Codes in the image become part IDs, on codes that the test draws and disturbs itself, and on photographed ones.

mod identified;
#[allow(dead_code, reason = "other tests need the rest")]
mod served;

use inspector::adapters::code::{CodeSettings, open, text};
use inspector::clock::SystemClock;
use inspector::ports::code::{Code, CodeError, CodeFormat, CodesRead, Unusable};
use inspector::station::frame::{FrameShape, PixelFormat};
use std::path::Path;
use std::sync::Arc;
use zxingcpp::BarcodeFormat;

/// A grey picture.
#[derive(Clone)]
struct Scene {
    pixels: Vec<u8>,
    width: usize,
    height: usize,
}

impl Scene {
    fn empty(width: usize, height: usize) -> Self {
        let pixels = vec![200; width * height];
        Self {
            pixels,
            width,
            height,
        }
    }

    fn shape(&self) -> FrameShape {
        FrameShape {
            width: self.width as u32,
            height: self.height as u32,
            pixel_format: PixelFormat::Mono8,
        }
    }

    /// Draws a code with its upper left corner here, in shades of a printed label.
    fn with(mut self, format: BarcodeFormat, text: &str, [left, top]: [usize; 2]) -> Self {
        let code = zxingcpp::create(format).from_str(text).unwrap();
        let image = code.to_image_with(&zxingcpp::write().scale(4)).unwrap();
        let (width, data) = (image.width() as usize, image.data());
        for (y, row) in data.chunks(width).enumerate() {
            for (x, value) in row.iter().enumerate() {
                self.pixels[(top + y) * self.width + left + x] = 40 + value / 255 * 160;
            }
        }
        self
    }

    /// A quarter of a turn.
    fn turned(&self) -> Self {
        let mut turned = Self::empty(self.height, self.width);
        for y in 0..self.height {
            for x in 0..self.width {
                turned.pixels[x * self.height + self.height - 1 - y] =
                    self.pixels[y * self.width + x];
            }
        }
        turned
    }

    /// Noise of this amplitude.
    fn noisy(mut self, amplitude: i16) -> Self {
        let mut random = fastrand::Rng::with_seed(7);
        for pixel in &mut self.pixels {
            let noise = random.i16(-amplitude..=amplitude);
            *pixel = (i16::from(*pixel) + noise).clamp(0, 255) as u8;
        }
        self
    }
}

fn read(settings: CodeSettings, scene: &Scene) -> CodesRead {
    let mut reader = open(settings, Arc::new(SystemClock)).unwrap();
    reader.read(&scene.pixels, scene.shape()).unwrap()
}

fn texts(read: &CodesRead) -> Vec<(CodeFormat, &str)> {
    let of = |code: &'_ Code| (code.format, code.part_id);
    let codes = read.codes.iter().map(of);
    codes
        .zip(&read.codes)
        .map(|((format, _), code)| (format, code.part_id.as_str()))
        .collect()
}

#[test]
fn each_usual_format_is_read_in_grey_and_in_colour() {
    for (format, theirs, text) in [
        (CodeFormat::QrCode, BarcodeFormat::QRCode, "批号 2026-11/A7"),
        (
            CodeFormat::DataMatrix,
            BarcodeFormat::DataMatrix,
            "S/N 00012345",
        ),
        (CodeFormat::Code128, BarcodeFormat::Code128, "LOT-88213"),
        (CodeFormat::Ean13, BarcodeFormat::EAN13, "4006381333931"),
    ] {
        let scene = Scene::empty(900, 400)
            .with(theirs, text, [70, 40])
            .noisy(12);
        let found = read(CodeSettings::default(), &scene);
        assert_eq!(texts(&found), [(format, text)]);
        let mut reader = open(CodeSettings::default(), Arc::new(SystemClock)).unwrap();
        let colour: Vec<u8> = scene.pixels.iter().flat_map(|v| [*v, *v, v / 2]).collect();
        let shape = FrameShape {
            pixel_format: PixelFormat::Rgb8,
            ..scene.shape()
        };
        assert_eq!(
            texts(&reader.read(&colour, shape).unwrap()),
            [(format, text)]
        );
    }
}

#[test]
fn a_format_that_was_not_asked_for_is_not_read() {
    let scene = Scene::empty(900, 400).with(BarcodeFormat::Code128, "LOT-88213", [70, 40]);
    let settings = CodeSettings {
        formats: vec![CodeFormat::QrCode, CodeFormat::Ean13],
        ..CodeSettings::default()
    };
    assert_eq!(texts(&read(settings, &scene)), []);
}

#[test]
fn only_the_region_is_looked_at_and_corners_are_of_the_frame() {
    let scene = Scene::empty(1000, 400)
        .with(BarcodeFormat::QRCode, "left", [40, 60])
        .with(BarcodeFormat::QRCode, "right", [620, 100]);
    let region = Some([560, 40, 300, 300]);
    let settings = CodeSettings {
        region,
        ..CodeSettings::default()
    };
    let found = read(settings, &scene);
    assert_eq!(texts(&found), [(CodeFormat::QrCode, "right")]);
    let [upper_left, ..] = found.codes[0].corners;
    // The quiet zone is four modules of four pixels wide.
    assert!((616..=640).contains(&upper_left[0]), "{upper_left:?}");
    assert!((96..=120).contains(&upper_left[1]), "{upper_left:?}");
    let beyond = CodeSettings {
        region: Some([800, 40, 300, 300]),
        ..CodeSettings::default()
    };
    let mut reader = open(beyond, Arc::new(SystemClock)).unwrap();
    let refused = reader.read(&scene.pixels, scene.shape()).unwrap_err();
    let CodeError::Settings { message } = refused else {
        panic!("{refused:?}");
    };
    assert!(message.contains("1000×400"), "{message}");
}

#[test]
fn two_codes_are_told_when_two_are_expected() {
    let scene = Scene::empty(1000, 400)
        .with(BarcodeFormat::QRCode, "left", [40, 60])
        .with(BarcodeFormat::DataMatrix, "right", [620, 100]);
    let settings = CodeSettings {
        count: 2,
        ..CodeSettings::default()
    };
    let found = read(settings, &scene);
    let mut both = texts(&found);
    both.sort_by_key(|(_, text)| *text);
    let expected = [
        (CodeFormat::QrCode, "left"),
        (CodeFormat::DataMatrix, "right"),
    ];
    assert_eq!(both, expected);
    // The same text twice is one ID.
    let twice = Scene::empty(1000, 400)
        .with(BarcodeFormat::QRCode, "one", [40, 60])
        .with(BarcodeFormat::QRCode, "one", [620, 100]);
    let found = read(CodeSettings::default(), &twice);
    assert_eq!(texts(&found), [(CodeFormat::QrCode, "one")]);
}

#[test]
fn a_linear_code_that_stands_upright_needs_the_second_look() {
    let scene = Scene::empty(900, 400).with(BarcodeFormat::Code128, "LOT-88213", [70, 40]);
    let upright = scene.turned();
    let found = read(CodeSettings::default(), &upright);
    assert_eq!(texts(&found), [(CodeFormat::Code128, "LOT-88213")]);
    let lying_only = CodeSettings {
        rotate: false,
        ..CodeSettings::default()
    };
    assert_eq!(texts(&read(lying_only, &upright)), []);
}

#[test]
fn group_separators_can_be_seen() {
    let creator = zxingcpp::create(BarcodeFormat::DataMatrix).options("gs1");
    let code = creator
        .from_str("(01)09501101530003(10)AB-123(21)77")
        .unwrap();
    let image = code.to_image_with(&zxingcpp::write().scale(4)).unwrap();
    let scene = Scene {
        pixels: image.data(),
        width: image.width() as usize,
        height: image.height() as usize,
    };
    let found = read(CodeSettings::default(), &scene);
    let expected = (CodeFormat::DataMatrix, "010950110153000310AB-123<GS>2177");
    assert_eq!(texts(&found), [expected]);
}

#[test]
fn what_cannot_be_a_part_id_is_told_as_that() {
    let long = "x".repeat(200);
    let scene = Scene::empty(900, 400).with(BarcodeFormat::QRCode, &long, [70, 20]);
    let found = read(CodeSettings::default(), &scene);
    assert_eq!(texts(&found), []);
    assert_eq!(found.unusable[..], [Unusable::TooLong { bytes: 200 }]);
    let creator = zxingcpp::create(BarcodeFormat::QRCode);
    let code = creator.from_slice([1, 0, 255, 0, 254, 128, 3]).unwrap();
    let image = code.to_image_with(&zxingcpp::write().scale(4)).unwrap();
    let scene = Scene {
        pixels: image.data(),
        width: image.width() as usize,
        height: image.height() as usize,
    };
    let found = read(CodeSettings::default(), &scene);
    assert_eq!(texts(&found), []);
    assert_eq!(found.unusable[..], [Unusable::NotText]);
}

#[test]
fn an_empty_belt_says_nothing() {
    let every = CodeSettings {
        formats: CodeFormat::ALL.to_vec(),
        invert: true,
        downscale: true,
        ..CodeSettings::default()
    };
    let found = read(every, &Scene::empty(900, 400).noisy(60));
    assert_eq!((texts(&found), found.unusable.len()), (vec![], 0));
}

#[test]
fn settings_that_find_nothing_are_refused() {
    for (settings, part) in [
        (
            CodeSettings {
                formats: vec![],
                ..CodeSettings::default()
            },
            "QRCode",
        ),
        (
            CodeSettings {
                count: 0,
                ..CodeSettings::default()
            },
            "1 to 8",
        ),
        (
            CodeSettings {
                region: Some([0, 0, 0, 9]),
                ..CodeSettings::default()
            },
            "0×9",
        ),
    ] {
        let refused = open(settings, Arc::new(SystemClock)).err().unwrap();
        assert!(refused.to_string().contains(part), "{refused}");
    }
}

/// Read, pictures, and milliseconds a picture.
fn share(folder: &Path, settings: &CodeSettings) -> (usize, usize, f64, Vec<String>) {
    let mut reader = open(settings.clone(), Arc::new(SystemClock)).unwrap();
    let (mut good, mut all, mut took, mut wrong) = (0, 0, 0.0, Vec::new());
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|it| it != "txt" && it != "bin")
        })
        .collect();
    files.sort();
    for file in files {
        let image = image::open(&file).unwrap().into_luma8();
        let shape = FrameShape {
            width: image.width(),
            height: image.height(),
            pixel_format: PixelFormat::Mono8,
        };
        let found = reader.read(image.as_raw(), shape).unwrap();
        took += found.took.as_secs_f64() * 1e3;
        all += 1;
        let expected = std::fs::read_to_string(file.with_extension("txt")).ok();
        let expected = expected.map(|text| text::visible(text.trim_end_matches('\n')));
        let is_read = |expected: &String| {
            found
                .codes
                .iter()
                .any(|code| code.part_id.as_str() == expected)
                || found.unusable.contains(&Unusable::TooLong {
                    bytes: expected.len(),
                })
        };
        if expected.as_ref().is_some_and(is_read) {
            good += 1;
        } else {
            wrong.push(format!(
                "{}: {:?}, expected {expected:?}",
                file.display(),
                texts(&found)
            ));
        }
    }
    (good, all, took / all.max(1) as f64, wrong)
}

/// The photographed and drawn codes of `../shared/data/codes`. Settings were chosen by the first three folders.
#[test]
fn photographed_codes_are_read_and_nothing_is_read_where_there_is_none() {
    let data = Path::new("../shared/data/codes");
    if !data.is_dir() {
        eprintln!(
            "SKIPPED: {} is not there: no photographed code was read",
            data.display()
        );
        return;
    }
    for (name, least) in [
        ("code128-2", 14),
        ("datamatrix-1", 29),
        ("qrcode-2", 53),
        ("datamatrix-2", 13),
        ("ean13-2", 6),
        ("qrcode-4", 15),
    ] {
        let (good, all, ms, wrong) = share(&data.join(name), &CodeSettings::default());
        eprintln!("{name}: {good} of {all} read, {ms:.1} ms a picture");
        assert!(
            good >= least,
            "{name}: {good} of {all}\n{}",
            wrong.join("\n")
        );
    }
    let every = CodeSettings {
        formats: CodeFormat::ALL.to_vec(),
        downscale: true,
        ..CodeSettings::default()
    };
    for (what, settings) in [
        ("usual formats", CodeSettings::default()),
        ("every format", every),
    ] {
        let (_, all, ms, said) = share(&data.join("falsepositives-1"), &settings);
        eprintln!("{what}: {all} pictures without a code, {ms:.1} ms a picture");
        let read: Vec<_> = said.iter().filter(|line| !line.contains(": [],")).collect();
        assert!(all > 5 && read.is_empty(), "{what}: {read:?}");
    }
}
