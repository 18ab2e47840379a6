//! Every layout against a reference that looks at one pixel at a time, in floating point.

use super::*;

/// Every layout, with a name for messages.
fn layouts() -> Vec<(String, Layout)> {
    let samples = [
        Sample::Byte,
        Sample::Word(2),
        Sample::Word(4),
        Sample::Word(8),
        Sample::Packed10,
        Sample::Packed12,
        Sample::Outer,
    ];
    let starts = [(0, 0), (1, 0), (0, 1), (1, 1)];
    let grey = samples.map(Layout::Grey);
    let bayer = samples.map(|sample| starts.map(|(x, y)| Layout::Bayer(x, y, sample)));
    let others = [
        Layout::Yuyv,
        Layout::Uyvy,
        Layout::Nv12,
        Layout::Rgb24,
        Layout::Bgr24,
        Layout::Rgb32,
        Layout::Bgr32,
        Layout::Mjpg,
    ];
    let all = grey
        .into_iter()
        .chain(bayer.into_iter().flatten())
        .chain(others);
    all.map(|layout| (format!("{layout:?}"), layout)).collect()
}

/// The sample as its standard describes it, bit by bit, as eight bits.
fn bits(sample: Sample, row: &[u8], x: usize) -> u8 {
    let bit = |at: usize| u32::from(row[at / 8] >> (at % 8) & 1);
    let value = |from: usize, count: usize| (0..count).map(|n| bit(from + n) << n).sum::<u32>();
    let eight = match sample {
        Sample::Byte => value(8 * x, 8),
        Sample::Word(shift) => (value(16 * x, 16) >> shift).min(255),
        Sample::Packed10 => value(10 * x, 10) >> 2,
        Sample::Packed12 => value(12 * x, 12) >> 4,
        // The middle byte holds the lower bits of both.
        Sample::Outer => value(24 * (x / 2) + 16 * (x % 2), 8),
    };
    u8::try_from(eight).unwrap()
}

/// Sizes with odd sides and one of a single pixel, and bytes of padding a row.
const SIZES: [(usize, usize, usize); 4] = [(8, 6, 0), (7, 5, 0), (9, 3, 6), (1, 1, 4)];

/// Noise of just the bytes that a frame needs: the last row lacks its padding.
fn noise(source: &Source) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(source.width as u64);
    (0..source.frame_bytes()).map(|_| random.u8(..)).collect()
}

fn source(
    layout: Layout,
    (width, height, padding): (usize, usize, usize),
    matrix: Matrix,
) -> Source {
    let mut source = Source {
        layout,
        width,
        height,
        stride: 0,
        matrix,
    };
    source.stride = source.row_bytes() + padding;
    source
}

/// Kr and Kb of the recommendation, and its range, as it defines them.
fn yuv(y: u8, u: u8, v: u8, bt709: bool, full: bool) -> [f64; 3] {
    let (kr, kb) = if bt709 {
        (0.2126, 0.0722)
    } else {
        (0.299, 0.114)
    };
    let (black, luma, chroma) = if full {
        (0.0, 255.0, 255.0)
    } else {
        (16.0, 219.0, 224.0)
    };
    let y = (f64::from(y) - black) / luma;
    let (pb, pr) = (
        (f64::from(u) - 128.0) / chroma,
        (f64::from(v) - 128.0) / chroma,
    );
    let (r, b) = (y + 2.0 * (1.0 - kr) * pr, y + 2.0 * (1.0 - kb) * pb);
    let g = (y - kr * r - kb * b) / (1.0 - kr - kb);
    [r, g, b].map(|value| (value * 255.0).clamp(0.0, 255.0))
}

/// The colour of a Bayer cell: 0 red, 1 green, 2 blue.
fn cell(x: usize, y: usize, red: (usize, usize)) -> usize {
    usize::from(x % 2 != red.0) + usize::from(y % 2 != red.1)
}

/// Each colour is the mean of the nearest cells that have it, the picture mirrored at its edges.
fn bayer(
    source: &Source,
    data: &[u8],
    x: usize,
    y: usize,
    (red, sample): ((usize, usize), Sample),
) -> [f64; 3] {
    let at = |x: usize, y: usize| f64::from(bits(sample, &data[y * source.stride..], x));
    let mirrored = |at: usize, step: isize, size: usize| match at as isize + step {
        -1 => 1,
        at if at as usize == size => size - 2,
        at => at as usize,
    };
    let here = cell(x, y, red);
    [0, 1, 2].map(|colour| {
        if colour == here {
            return at(x, y);
        }
        let mut found = Vec::new();
        for (dx, dy) in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (dx, dy))) {
            let (x, y) = (
                mirrored(x, dx, source.width),
                mirrored(y, dy, source.height),
            );
            // Beside a green cell, green is also at the corners; beside others only the cross is green.
            if cell(x, y, red) == colour {
                found.push(at(x, y));
            }
        }
        found.iter().sum::<f64>() / found.len() as f64
    })
}

/// What one pixel should be, as RGB; the flag says which matrix.
fn reference(
    source: &Source,
    data: &[u8],
    x: usize,
    y: usize,
    (bt709, full): (bool, bool),
) -> [f64; 3] {
    let row = &data[y * source.stride..];
    let of_yuv = |y, u, v| yuv(y, u, v, bt709, full);
    match source.layout {
        Layout::Grey(sample) => [f64::from(bits(sample, row, x)); 3],
        Layout::Yuyv => of_yuv(row[2 * x], row[x / 2 * 4 + 1], row[x / 2 * 4 + 3]),
        Layout::Uyvy => of_yuv(row[2 * x + 1], row[x / 2 * 4], row[x / 2 * 4 + 2]),
        Layout::Nv12 => {
            let chroma = &data[(source.height + y / 2) * source.stride + x / 2 * 2..];
            of_yuv(row[x], chroma[0], chroma[1])
        }
        Layout::Rgb24 => [0, 1, 2].map(|c| f64::from(row[3 * x + c])),
        Layout::Bgr24 => [2, 1, 0].map(|c| f64::from(row[3 * x + c])),
        Layout::Rgb32 => [0, 1, 2].map(|c| f64::from(row[4 * x + c])),
        Layout::Bgr32 => [2, 1, 0].map(|c| f64::from(row[4 * x + c])),
        Layout::Bayer(red_x, red_y, sample) => bayer(source, data, x, y, ((red_x, red_y), sample)),
        Layout::Mjpg => unreachable!("has tests of its own"),
    }
}

/// Grey is the luma of the standard, except where the device sends luma itself.
fn grey_reference(
    source: &Source,
    rgb: [f64; 3],
    data: &[u8],
    x: usize,
    y: usize,
    full: bool,
) -> f64 {
    let row = &data[y * source.stride..];
    let luma = match source.layout {
        Layout::Yuyv => row[2 * x],
        Layout::Uyvy => row[2 * x + 1],
        Layout::Nv12 => row[x],
        _ => return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2],
    };
    yuv(luma, 128, 128, false, full)[0]
}

#[test]
fn every_layout_of_any_size_padding_and_range_is_converted_like_the_reference() {
    let every = layouts();
    for (name, layout) in every.iter().filter(|(_, layout)| *layout != Layout::Mjpg) {
        for (size, which) in SIZES.into_iter().flat_map(|size| {
            [(false, false), (false, true), (true, false), (true, true)].map(|which| (size, which))
        }) {
            let (width, height, _) = size;
            if matches!(layout, Layout::Bayer(..)) && (width < 2 || height < 2) {
                continue; // refused when the format is set
            }
            let source = source(*layout, size, Matrix::new(which.0, which.1));
            let data = noise(&source);
            let mut rgb = vec![0; width * height * 3];
            let mut grey = vec![0; width * height];
            assert!(
                source.convert(&data, PixelFormat::Rgb8, &mut rgb),
                "{name} {size:?}"
            );
            assert!(
                source.convert(&data, PixelFormat::Mono8, &mut grey),
                "{name} {size:?}"
            );
            for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
                let at = y * width + x;
                let want = reference(&source, &data, x, y, which);
                for (got, want) in rgb[at * 3..at * 3 + 3].iter().zip(want) {
                    let off = (f64::from(*got) - want).abs();
                    assert!(
                        off <= 1.0,
                        "{name} {size:?} {which:?} at {x},{y}: {got}, want {want}"
                    );
                }
                let want = grey_reference(&source, want, &data, x, y, which.1);
                let off = (f64::from(grey[at]) - want).abs();
                assert!(
                    off <= 2.0,
                    "{name} {size:?} {which:?} at {x},{y}: {}, want {want}",
                    grey[at]
                );
            }
        }
    }
}

#[test]
fn a_frame_that_lacks_a_byte_is_incomplete() {
    for (name, layout) in layouts() {
        let source = source(layout, (8, 6, 2), Matrix::new(false, false));
        let short = vec![128; source.frame_bytes() - 1];
        let mut pixels = vec![0; 8 * 6 * 3];
        assert!(
            !source.convert(&short, PixelFormat::Rgb8, &mut pixels),
            "{name}"
        );
        assert!(
            !source.convert(&[], PixelFormat::Rgb8, &mut pixels),
            "{name}"
        );
    }
}

const SIDES: (u32, u32) = (48, 33);

fn jpeg() -> (Vec<u8>, image::RgbImage) {
    let picture = image::RgbImage::from_fn(SIDES.0, SIDES.1, |x, y| {
        image::Rgb([5 * x as u8, 7 * y as u8, 90])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 95);
    picture.write_with_encoder(encoder).unwrap();
    (bytes.into_inner(), picture)
}

fn mjpg(data: &[u8], sides: (u32, u32), output: PixelFormat) -> Option<Vec<u8>> {
    let size = (sides.0 as usize, sides.1 as usize, 0);
    let source = source(Layout::Mjpg, size, Matrix::new(false, true));
    let mut pixels = vec![0; size.0 * size.1 * output.bytes()];
    source.convert(data, output, &mut pixels).then_some(pixels)
}

#[test]
fn a_jpeg_is_decoded_to_colour_and_to_grey_whatever_follows_it() {
    let (mut data, picture) = jpeg();
    data.extend([0; 100]); // cameras send whole buffers
    let rgb = mjpg(&data, SIDES, PixelFormat::Rgb8).unwrap();
    let grey = mjpg(&data, SIDES, PixelFormat::Mono8).unwrap();
    let mut off = 0.0;
    for ((got, grey), want) in rgb
        .as_chunks::<3>()
        .0
        .iter()
        .zip(&grey)
        .zip(picture.pixels())
    {
        let want = want.0.map(f64::from);
        off += got
            .iter()
            .zip(want)
            .map(|(g, w)| (f64::from(*g) - w).abs())
            .sum::<f64>()
            / 3.0;
        let luma = 0.299 * want[0] + 0.587 * want[1] + 0.114 * want[2];
        assert!(
            (f64::from(*grey) - luma).abs() < 12.0,
            "{grey}, want {luma}"
        );
    }
    let mean = off / grey.len() as f64;
    assert!(mean < 4.0, "off by {mean} in the mean");
}

#[test]
fn a_jpeg_that_is_cut_short_corrupt_or_of_another_size_is_incomplete() {
    let (whole, _) = jpeg();
    for output in [PixelFormat::Rgb8, PixelFormat::Mono8] {
        assert!(mjpg(&whole, SIDES, output).is_some());
        for kept in [4, 20, whole.len() / 2, whole.len() * 9 / 10] {
            assert!(
                mjpg(&whole[..kept], SIDES, output).is_none(),
                "{kept} bytes"
            );
            // The buffer may be as long as ever, the rest not written.
            let mut padded = whole.clone();
            padded[kept..].fill(0);
            assert!(
                mjpg(&padded, SIDES, output).is_none(),
                "{kept} bytes and zeroes"
            );
        }
        let mut headless = whole.clone();
        headless[..2].fill(0);
        assert!(mjpg(&headless, SIDES, output).is_none());
        assert!(mjpg(&whole, (SIDES.0, SIDES.1 + 1), output).is_none());
        assert!(mjpg(&whole, (SIDES.0 - 1, SIDES.1), output).is_none());
    }
}

#[test]
fn a_jpeg_that_lost_a_packet_is_incomplete_though_it_begins_and_ends_well() {
    let sides = (320, 240);
    let picture = image::RgbImage::from_fn(sides.0, sides.1, |x, y| {
        image::Rgb([((x * 5) ^ (y * 3)) as u8, (7 * y) as u8, (x + y) as u8])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 80);
    picture.write_with_encoder(encoder).unwrap();
    let whole = bytes.into_inner();
    for output in [PixelFormat::Rgb8, PixelFormat::Mono8] {
        assert!(mjpg(&whole, sides, output).is_some());
        for lost in [188, 1020, 3060] {
            for at in (700..whole.len() - lost - 2).step_by(997) {
                let frame = [&whole[..at], &whole[at + lost..]].concat();
                assert!(
                    mjpg(&frame, sides, output).is_none(),
                    "{lost} bytes lost at {at}"
                );
            }
        }
    }
}

/// The cases that were found in the field, where they are at hand.
#[test]
fn frames_without_tables_are_decoded_and_damaged_ones_are_not() {
    let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases");
    let Ok(folder) = std::fs::read_dir(cases.join("mjpg-no-dht")) else {
        println!("SKIPPED: no cases at {}", cases.display());
        return;
    };
    let sides = (320, 240);
    let rgb = |name: &str| {
        let file = std::fs::read(cases.join(name)).expect("a case");
        mjpg(&file, sides, PixelFormat::Rgb8)
    };
    let whole = rgb("mjpg-no-dht/1-whole.jpg").expect("whole");
    for entry in folder {
        let name = entry
            .expect("an entry")
            .file_name()
            .into_string()
            .expect("a name");
        if name.ends_with(".jpg") && !name.contains("rst") {
            let found = rgb(&format!("mjpg-no-dht/{name}"));
            assert!(found.as_ref() == Some(&whole), "{name}");
        }
    }
    assert!(rgb("mjpg-no-dht/12-no-dht-jfif-rst.jpg").is_some());
    assert!(rgb("mjpg-lost-chunk/5-rst-whole.jpg").is_some());
    assert!(rgb("mjpg-lost-chunk/whole.jpg").is_some());
    assert!(rgb("mjpg-lost-chunk/base-00-drop3060.jpg").is_none());
}
