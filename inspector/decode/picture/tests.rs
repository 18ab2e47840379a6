//! Pictures that are what they seem are read, upright; others are refused with the reason.

use super::*;
use image::{GrayAlphaImage, GrayImage, ImageBuffer, ImageEncoder, Luma, Rgb, RgbImage, RgbaImage};

const MEMORY: u64 = 64 << 20;
const SIDES: (u32, u32) = (48, 32);

fn colours() -> RgbImage {
    RgbImage::from_fn(SIDES.0, SIDES.1, |x, y| {
        Rgb([(x * 5) as u8, (y * 7) as u8, (x ^ y) as u8])
    })
}

fn greys() -> GrayImage {
    GrayImage::from_fn(SIDES.0, SIDES.1, |x, y| Luma([(x * 5 + y) as u8]))
}

fn written(image: &DynamicImage, kind: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, kind).expect("written");
    bytes.into_inner()
}

fn refusal(bytes: &[u8]) -> PictureError {
    let refused = decode(bytes, MEMORY).expect_err("refused");
    assert!(refused.to_string().len() > 20, "{refused}");
    refused
}

/// Values of a TIFF's first picture, each of a tag, as unsigned numbers.
struct Page {
    sides: (u32, u32),
    bits: u32,
    /// 1 whole numbers, 3 floating point.
    format: u32,
    channels: u32,
    orientation: u32,
    is_reduced: bool,
    compression: u32,
    strip: Vec<u8>,
}

impl Page {
    fn grey(pixels: &GrayImage) -> Self {
        Self {
            sides: pixels.dimensions(),
            bits: 8,
            format: 1,
            channels: 1,
            orientation: 1,
            is_reduced: false,
            compression: 1,
            strip: pixels.as_raw().clone(),
        }
    }
}

/// A TIFF of one strip a page (TIFF 6.0), lowest byte first.
fn tiff(pages: &[Page]) -> Vec<u8> {
    let mut file = b"II*\0".to_vec();
    let mut link = file.len();
    file.extend([0; 4]);
    for page in pages {
        let strip_at = file.len() as u32;
        file.extend(&page.strip);
        file.resize(file.len().next_multiple_of(2), 0);
        let bits_at = file.len() as u32;
        // Values of more than four bytes stand apart.
        let several =
            |value: u32| (0..page.channels).flat_map(move |_| (value as u16).to_le_bytes());
        file.extend(several(page.bits));
        let format_at = file.len() as u32;
        file.extend(several(page.format));
        let place = |value: u32, at: u32| if page.channels == 1 { value } else { at };
        let photometric = if page.channels == 1 { 1 } else { 2 };
        let tags = [
            (254, 4, 1, u32::from(page.is_reduced)),
            (256, 4, 1, page.sides.0),
            (257, 4, 1, page.sides.1),
            (258, 3, page.channels, place(page.bits, bits_at)),
            (259, 3, 1, page.compression),
            (262, 3, 1, photometric),
            (273, 4, 1, strip_at),
            (274, 3, 1, page.orientation),
            (277, 3, 1, page.channels),
            (278, 4, 1, page.sides.1),
            (279, 4, 1, page.strip.len() as u32),
            (339, 3, page.channels, place(page.format, format_at)),
        ];
        let begins = (file.len() as u32).to_le_bytes();
        file[link..link + 4].copy_from_slice(&begins);
        file.extend((tags.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in tags {
            file.extend((tag as u16).to_le_bytes());
            file.extend((kind as u16).to_le_bytes());
            file.extend(count.to_le_bytes());
            file.extend(value.to_le_bytes());
        }
        link = file.len();
        file.extend([0; 4]);
    }
    file
}

/// Exif that says nothing but how a picture is to be turned.
fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif
}

fn turned_jpeg(image: &DynamicImage, orientation: u8) -> Vec<u8> {
    let plain = written(image, ImageFormat::Jpeg);
    let body = [&b"Exif\0\0"[..], &exif(orientation)].concat();
    let length = (body.len() as u16 + 2).to_be_bytes();
    [&plain[..2], &[0xff, 0xe1], &length, &body, &plain[2..]].concat()
}

#[test]
fn what_the_file_holds_decides_what_it_is_and_its_own_layout_is_kept() {
    for kind in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff] {
        let picture = decode(&written(&colours().into(), kind), MEMORY).expect("decoded");
        assert_eq!(
            (picture.width, picture.height, picture.bits),
            (48, 32, 8),
            "{kind:?}"
        );
        assert_eq!(picture.pixels, colours().into_raw(), "{kind:?}");
        let grey = decode(&written(&greys().into(), kind), MEMORY).expect("decoded");
        assert_eq!(
            grey.clone().into_pixels(PixelFormat::Mono8),
            greys().into_raw(),
            "{kind:?}"
        );
        let is_grey = kind != ImageFormat::Bmp;
        assert_eq!(grey.format == PixelFormat::Mono8, is_grey, "{kind:?}");
        let header = header(&written(&greys().into(), kind)).expect("a header");
        assert_eq!((header.kind, header.width, header.height), (kind, 48, 32));
        assert_eq!(header.has_colour, !is_grey);
    }
    let picture = decode(&written(&colours().into(), ImageFormat::Jpeg), MEMORY).expect("decoded");
    assert_eq!(picture.format, PixelFormat::Rgb8);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("jpeg.png");
    std::fs::write(&path, written(&greys().into(), ImageFormat::Jpeg)).expect("written");
    assert_eq!(
        open(&path).map(|picture| picture.format),
        Ok(PixelFormat::Mono8)
    );
    assert_eq!(
        open_header(&path).map(|header| header.kind),
        Ok(ImageFormat::Jpeg)
    );
    let gone = open(&folder.path().join("gone.png"));
    assert!(matches!(gone, Err(PictureError::Unreadable(_))), "{gone:?}");
}

#[test]
fn pictures_stand_upright_whatever_wrote_them() {
    let image = DynamicImage::from(colours());
    for orientation in 1..=8 {
        let mut upright = image.clone();
        upright.apply_orientation(Orientation::from_exif(orientation).expect("one of eight"));
        let sides = (upright.width(), upright.height());
        let mut stored = decode(&written(&image, ImageFormat::Jpeg), MEMORY).expect("decoded");
        let stored_image = RgbImage::from_raw(48, 32, std::mem::take(&mut stored.pixels));
        let mut expected = DynamicImage::from(stored_image.expect("pixels"));
        expected.apply_orientation(Orientation::from_exif(orientation).expect("one of eight"));
        let file = turned_jpeg(&image, orientation);
        let found = decode(&file, MEMORY).expect("decoded");
        assert_eq!((found.width, found.height), sides, "JPEG {orientation}");
        assert_eq!(found.pixels, expected.into_bytes(), "JPEG {orientation}");
        let told = header(&file).map(|header| (header.width, header.height));
        assert_eq!(told, Ok(sides), "JPEG {orientation}");

        let mut png = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
        encoder.set_exif_metadata(exif(orientation)).expect("Exif");
        encoder
            .write_image(image.as_bytes(), 48, 32, image::ExtendedColorType::Rgb8)
            .expect("written");
        let page = Page {
            channels: 3,
            orientation: u32::from(orientation),
            strip: image.as_bytes().to_vec(),
            ..Page::grey(&greys())
        };
        for (name, file) in [("PNG", png), ("TIFF", tiff(&[page]))] {
            let found = decode(&file, MEMORY).expect("decoded");
            assert_eq!((found.width, found.height), sides, "{name} {orientation}");
            assert_eq!(found.pixels, upright.as_bytes(), "{name} {orientation}");
        }
    }
}

#[test]
fn values_that_eight_bits_would_blacken_are_refused_and_others_are_brought_to_eight() {
    let deep = |shift: u32| {
        ImageBuffer::<Luma<u16>, Vec<u16>>::from_fn(48, 32, |x, y| {
            Luma([((x * 80 + y * 8) as u16 & 0xfff) << shift])
        })
    };
    for kind in [ImageFormat::Png, ImageFormat::Tiff] {
        let refused = refusal(&written(&deep(0).into(), kind));
        assert!(
            matches!(
                refused,
                PictureError::Deep {
                    largest: 4000..=4095,
                    is_grey: true
                }
            ),
            "{kind:?}: {refused:?}"
        );
        assert!(refused.to_string().contains("12 are used"), "{refused}");
        let full = decode(&written(&deep(4).into(), kind), MEMORY).expect("decoded");
        assert_eq!((full.bits, full.format), (16, PixelFormat::Mono8));
        let off = full.pixels.iter().zip(deep(4).into_raw());
        let furthest = off
            .map(|(a, b)| (i32::from(*a) - i32::from(b >> 8)).abs())
            .max();
        assert!(furthest <= Some(1), "{kind:?}: off by {furthest:?}");
    }
    let colour = ImageBuffer::<Rgb<u16>, Vec<u16>>::from_fn(48, 32, |x, _| Rgb([x as u16 * 20; 3]));
    let refused = refusal(&written(&colour.into(), ImageFormat::Png));
    assert!(
        matches!(refused, PictureError::Deep { is_grey: false, .. }),
        "{refused:?}"
    );
}

#[test]
fn floating_point_values_are_refused_in_grey_and_in_colour() {
    for channels in [1, 3] {
        let values = (0..48 * 32 * channels).map(|n| (n % 256) as f32);
        let strip = values.flat_map(f32::to_le_bytes).collect();
        let page = Page {
            bits: 32,
            format: 3,
            channels,
            strip,
            ..Page::grey(&greys())
        };
        assert_eq!(refusal(&tiff(&[page])), PictureError::Float);
    }
}

#[test]
fn transparency_is_refused_unless_nothing_is_transparent() {
    let mut glass = RgbaImage::from_pixel(48, 32, image::Rgba([9, 8, 7, 255]));
    let opaque = decode(&written(&glass.clone().into(), ImageFormat::Png), MEMORY);
    assert_eq!(
        opaque.map(|picture| picture.pixels[..3].to_vec()),
        Ok(vec![9, 8, 7])
    );
    glass.put_pixel(40, 30, image::Rgba([9, 8, 7, 254]));
    let refused = refusal(&written(&glass.into(), ImageFormat::Png));
    assert_eq!(refused, PictureError::Transparent { is_grey: false });
    let grey = GrayAlphaImage::from_pixel(48, 32, image::LumaA([5, 0]));
    let refused = refusal(&written(&grey.into(), ImageFormat::Png));
    assert_eq!(refused, PictureError::Transparent { is_grey: true });
}

#[test]
fn a_file_of_several_pictures_is_refused_with_their_sizes_unless_the_others_are_thumbnails() {
    let small = GrayImage::new(12, 8);
    let thumbnail = || Page {
        is_reduced: true,
        ..Page::grey(&small)
    };
    let two = refusal(&tiff(&[Page::grey(&greys()), Page::grey(&greys())]));
    assert_eq!(two, PictureError::Pages("48 × 32, 48 × 32".to_owned()));
    let first = refusal(&tiff(&[thumbnail(), Page::grey(&greys())]));
    assert_eq!(first, PictureError::Pages("12 × 8, 48 × 32".to_owned()));
    let unmarked = refusal(&tiff(&[Page::grey(&small), Page::grey(&greys())]));
    assert_eq!(unmarked, PictureError::Pages("12 × 8, 48 × 32".to_owned()));
    let last = decode(&tiff(&[Page::grey(&greys()), thumbnail()]), MEMORY).expect("decoded");
    assert_eq!(last.pixels, greys().into_raw());
    let mut animated = written(&greys().into(), ImageFormat::Png);
    let chunk = b"\0\0\0\x08acTL\0\0\0\x02\0\0\0\0\xf3\x8d\x93\x70";
    animated.splice(33..33, *chunk);
    assert_eq!(
        refusal(&animated),
        PictureError::Format("animated PNG".to_owned())
    );
}

#[test]
fn what_is_no_picture_or_of_another_kind_says_so() {
    assert_eq!(refusal(b""), PictureError::NotAPicture);
    assert_eq!(
        refusal(b"\0\x05\x16\x07\0\x02\0\0Mac OS X        "),
        PictureError::NotAPicture
    );
    assert_eq!(
        refusal(b"GIF89a.............."),
        PictureError::Format("GIF".to_owned())
    );
    let jpeg_inside = Page {
        compression: 7,
        ..Page::grey(&greys())
    };
    assert!(matches!(
        refusal(&tiff(&[jpeg_inside])),
        PictureError::Format(_)
    ));
    let mut runs = written(&colours().into(), ImageFormat::Bmp);
    runs[30] = 1;
    assert!(matches!(refusal(&runs), PictureError::Format(_)));
}

#[test]
fn a_file_that_is_cut_anywhere_is_refused_or_lacks_nothing() {
    let mut noise = fastrand::Rng::with_seed(3);
    let noisy = RgbImage::from_fn(48, 32, |_, _| {
        Rgb([noise.u8(..), noise.u8(..), noise.u8(..)])
    });
    let image = DynamicImage::from(noisy);
    let mut files: Vec<(&str, Vec<u8>)> = vec![
        ("PNG", written(&image, ImageFormat::Png)),
        ("JPEG", written(&image, ImageFormat::Jpeg)),
        ("BMP", written(&image, ImageFormat::Bmp)),
        ("TIFF", written(&image, ImageFormat::Tiff)),
        ("TIFF, directory last", tiff(&[Page::grey(&greys())])),
    ];
    for (name, compression) in [
        ("LZW", tiff::encoder::Compression::Lzw),
        ("packed", tiff::encoder::Compression::Packbits),
    ] {
        let mut bytes = Cursor::new(Vec::new());
        let encoder = tiff::encoder::TiffEncoder::new(&mut bytes).expect("an encoder");
        let mut encoder = encoder.with_compression(compression);
        let pixels = image.as_bytes();
        encoder
            .write_image::<tiff::encoder::colortype::RGB8>(48, 32, pixels)
            .expect("written");
        files.push((name, bytes.into_inner()));
    }
    for (name, whole) in files {
        let expected = decode(&whole, MEMORY).expect("whole");
        for kept in 0..whole.len() {
            let cut = decode(&whole[..kept], MEMORY);
            let is_refused = cut.is_err();
            assert!(
                is_refused || cut.as_ref() == Ok(&expected),
                "{name}: {kept} of {}",
                whole.len()
            );
            // The rest may be there and empty, as where copying stopped.
            let mut empty = whole.clone();
            empty[kept..].fill(0);
            if name != "BMP" && !name.starts_with("TIFF") {
                let found = decode(&empty, MEMORY);
                assert!(
                    found.is_err() || found.as_ref() == Ok(&expected),
                    "{name}: {kept} and zeros"
                );
            }
        }
    }
}

#[test]
fn a_small_file_that_says_it_is_huge_is_refused_before_it_is_unpacked() {
    let mut bomb = Vec::new();
    let mut encoder = png::Encoder::new(&mut bomb, 20_000, 20_000);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().expect("a header");
    writer
        .write_image_data(&vec![0; 20_000 * 20_000 / 8])
        .expect("written");
    writer.finish().expect("an end");
    assert!(
        matches!(refusal(&bomb), PictureError::TooLarge(_)),
        "{:?}",
        refusal(&bomb)
    );
}
