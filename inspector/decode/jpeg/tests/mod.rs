//! Whole files of every kind are whole; damaged ones are not.

mod damage;
mod encoder;
mod scans;

use self::encoder::{Tables, Wanted, encode, reference};
use super::*;

const GREY: &[(usize, usize)] = &[(1, 1)];
const SAMPLINGS: [&[(usize, usize)]; 4] = [
    GREY,
    &[(1, 1), (1, 1), (1, 1)],
    &[(2, 1), (1, 1), (1, 1)],
    &[(2, 2), (1, 1), (1, 1)],
];

/// Kinds that are rare: 4:4:0, 4:1:1, and chroma that is halved one way only.
const RARE: [&[(usize, usize)]; 4] = [
    &[(1, 2), (1, 1), (1, 1)],
    &[(4, 1), (1, 1), (1, 1)],
    &[(2, 2), (2, 1), (2, 1)],
    &[(2, 2)],
];

fn pixels(file: &[u8], wanted: &Wanted, format: PixelFormat) -> Vec<u8> {
    let mut pixels = vec![0; wanted.width * wanted.height * format.bytes()];
    let size = (wanted.width, wanted.height);
    let decoded = decode_into(file, size, format, &mut pixels);
    assert_eq!(decoded, Ok(()), "{wanted:?}");
    pixels
}

fn rgb(file: &[u8], wanted: &Wanted) -> Vec<u8> {
    pixels(file, wanted, PixelFormat::Rgb8)
}

/// Sizes that fill their MCUs and one that does not.
fn all_kinds() -> impl Iterator<Item = Wanted> {
    let sizes = [(160, 128), (131, 77)];
    sizes.into_iter().flat_map(|(width, height)| {
        let of = move |sampling: &&[(usize, usize)]| Wanted::new(width, height, sampling);
        SAMPLINGS.iter().chain(&RARE).map(of).collect::<Vec<_>>()
    })
}

/// How far pixels are off at the mean, where chroma may be interpolated or repeated.
fn off(pixels: &[u8], reference: &[[f64; 3]]) -> f64 {
    let both = pixels.as_chunks::<3>().0.iter().zip(reference);
    let of = both.flat_map(|(a, b)| (0..3).map(|c| (f64::from(a[c]) - b[c]).abs()));
    of.sum::<f64>() / pixels.len() as f64
}

#[test]
fn a_whole_file_of_every_kind_gives_the_pixels_that_the_standard_defines() {
    for plain in all_kinds() {
        let (plain_file, reference) = (encode(&plain), reference(&plain));
        let expected = rgb(&plain_file, &plain);
        let coarse = off(&expected, &reference);
        assert!(coarse < 2.6, "off by {coarse:.2}: {plain:?}");
        let grey = pixels(&plain_file, &plain, PixelFormat::Mono8);
        let luma = reference
            .iter()
            .map(|[r, g, b]| 0.299 * r + 0.587 * g + 0.114 * b);
        let furthest = grey
            .iter()
            .zip(luma)
            .map(|(a, b)| (f64::from(*a) - b).abs());
        // Colours that are clipped have another brightness.
        assert!(
            furthest.sum::<f64>() / (grey.len() as f64) < 3.5,
            "{plain:?}"
        );
        let has_colour = plain.sampling.len() > 1;
        assert_eq!(
            header(&plain_file).map(|one| one.has_colour),
            Ok(has_colour)
        );
        let mut kinds = Vec::new();
        for restarts in [1, 5, 64] {
            for tables in [Tables::Standard, Tables::Meant, Tables::Flat] {
                kinds.push(Wanted {
                    tables,
                    restarts,
                    ..plain.clone()
                });
            }
        }
        for (is_interleaved, restarts) in [(true, 0), (true, 11), (false, 0), (false, 4)] {
            let is_progressive = true;
            kinds.push(Wanted {
                is_interleaved,
                is_progressive,
                restarts,
                ..plain.clone()
            });
        }
        if plain.sampling.iter().all(|(_, v)| *v == 1) {
            kinds.push(Wanted {
                is_interleaved: false,
                ..plain.clone()
            });
        }
        for kind in kinds {
            let file = encode(&kind);
            let size = check(&file).map(|one| (one.width as usize, one.height as usize));
            assert_eq!(size, Ok((kind.width, kind.height)), "{kind:?}");
            assert!(rgb(&file, &kind) == expected, "other pixels: {kind:?}");
        }
    }
}

#[test]
fn colours_that_were_not_transformed_stay_as_they_are() {
    let wanted = Wanted {
        is_rgb: true,
        ..Wanted::new(96, 64, SAMPLINGS[1])
    };
    let file = encode(&wanted);
    let off = off(&rgb(&file, &wanted), &reference(&wanted));
    assert!(off < 1.0, "off by {off:.2}");
    let mut grey = vec![0; 96 * 64];
    let decoded = decode_into(&file, (96, 64), PixelFormat::Mono8, &mut grey);
    assert!(
        matches!(decoded, Err(JpegError::Unsupported(_))),
        "{decoded:?}"
    );
}

#[test]
fn kinds_that_are_not_read_say_so() {
    let mut odd = Wanted::new(64, 64, SAMPLINGS[2]);
    (odd.is_interleaved, odd.restarts) = (false, 3);
    assert!(matches!(
        check(&encode(&odd)),
        Err(JpegError::Unsupported(_))
    ));
    let plain = encode(&Wanted::new(64, 64, GREY));
    let frame = plain
        .windows(2)
        .position(|two| two == [0xff, 0xc0])
        .expect("a frame header");
    for (offset, value) in [(1, 0xc9), (1, 0xc3), (1, 0xc5), (4, 12)] {
        let mut other = plain.clone();
        other[frame + offset] = value;
        assert!(
            matches!(check(&other), Err(JpegError::Unsupported(_))),
            "{value:#x}"
        );
    }
    let mut no_rows = plain;
    no_rows[frame + 5..frame + 7].fill(0);
    assert!(matches!(check(&no_rows), Err(JpegError::Unsupported(_))));
    assert_eq!(check(b"BM"), Err(JpegError::NotAJpeg));
    assert_eq!(check(b""), Err(JpegError::NotAJpeg));
}
