//! A JPEG encoder for tests: slow and plain, with whatever sampling, tables, restarts and scans a test asks for.

use super::scans::{table, write_scan};

/// Which Huffman tables a file has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tables {
    /// Those of the standard.
    Standard,
    /// Those of the standard, not told.
    Meant,
    /// Every code has 4 bits, or 8 and 9.
    Flat,
}

/// What a file is to be.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Sampling factors; one for grey.
    pub(super) sampling: Vec<(usize, usize)>,
    /// 1 to 100.
    pub(super) quality: u32,
    pub(super) restarts: usize,
    pub(super) tables: Tables,
    pub(super) is_progressive: bool,
    /// Whether scans of means, and of everything where it is not progressive, have all components.
    pub(super) is_interleaved: bool,
    /// Red, green and blue are not transformed, and Adobe's segment says so.
    pub(super) is_rgb: bool,
    pub(super) seed: u64,
}

impl Wanted {
    pub(super) fn new(width: usize, height: usize, sampling: &[(usize, usize)]) -> Self {
        Self {
            width,
            height,
            sampling: sampling.to_vec(),
            quality: 85,
            restarts: 0,
            tables: Tables::Standard,
            is_progressive: false,
            is_interleaved: true,
            is_rgb: false,
            seed: 1,
        }
    }
}

const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Blocks of a component, row by row, coefficients in zigzag order.
pub(super) struct Plane {
    /// Blocks a row, filled up to whole MCUs.
    pub(super) stride: usize,
    /// Blocks across and down that a scan of its own has.
    pub(super) alone: (usize, usize),
    pub(super) blocks: Vec<[i32; 64]>,
}

/// A part on a belt: smooth light, a few bright shapes with edges, grain.
fn sample(component: usize, x: f64, y: f64, seed: u64, grain: f64) -> f64 {
    let s = seed as f64;
    let light = 40.0 * (x / 90.0 + s).sin() + 30.0 * (y / 60.0 + s * 0.7).cos();
    let ring = ((x - 90.0 - s).hypot(y - 70.0) / 9.0).sin() * 45.0;
    let edge = if ((x + 2.0 * y + 13.0 * s) % 74.0) < 30.0 {
        35.0
    } else {
        -20.0
    };
    let all = if component == 0 {
        light + ring + edge + grain
    } else {
        light * 0.5 - edge * 0.6 + grain * 0.3
    };
    all.clamp(-128.0, 127.0)
}

fn quantisation(quality: u32, component: usize) -> [u16; 64] {
    let scale = if quality < 50 {
        5000 / quality
    } else {
        200 - 2 * quality
    };
    std::array::from_fn(|k| {
        let base = 12 + (k as u32) * if component == 0 { 2 } else { 3 };
        ((base * scale + 50) / 100).clamp(1, 255) as u16
    })
}

/// The basis of the transform (T.81 A.3.3): by frequency and place.
fn cosines() -> [[f64; 8]; 8] {
    std::array::from_fn(|u| {
        std::array::from_fn(|x| {
            let c = if u == 0 { 0.5_f64.sqrt() } else { 1.0 };
            0.5 * c * ((2 * x + 1) as f64 * u as f64 * std::f64::consts::PI / 16.0).cos()
        })
    })
}

/// What a decoder should make of it, as red, green and blue; chroma is repeated, not interpolated.
pub(super) fn reference(wanted: &Wanted) -> Vec<[f64; 3]> {
    let (planes, cosines) = (planes(wanted), cosines());
    let h_max = wanted.sampling.iter().map(|(h, _)| *h).max().unwrap_or(1);
    let v_max = wanted.sampling.iter().map(|(_, v)| *v).max().unwrap_or(1);
    let value = |component: usize, x: usize, y: usize| {
        let Some((h, v)) = wanted.sampling.get(component) else {
            return 0.0;
        };
        let (x, y) = (x * h / h_max, y * v / v_max);
        let plane = &planes[component];
        let block = &plane.blocks[y / 8 * plane.stride + x / 8];
        let quantisers = quantisation(wanted.quality, component);
        let all = (0..64).map(|k| {
            let (u, v) = (ZIGZAG[k] % 8, ZIGZAG[k] / 8);
            f64::from(block[k]) * f64::from(quantisers[k]) * cosines[u][x % 8] * cosines[v][y % 8]
        });
        all.sum::<f64>().clamp(-128.0, 127.0)
    };
    let pixel = |n: usize| {
        let (x, y) = (n % wanted.width, n / wanted.width);
        let (luma, blue, red) = (value(0, x, y) + 128.0, value(1, x, y), value(2, x, y));
        if wanted.is_rgb {
            return [luma, blue + 128.0, red + 128.0];
        }
        let rgb = [
            luma + 1.402 * red,
            luma - 0.344_14 * blue - 0.714_14 * red,
            luma + 1.772 * blue,
        ];
        rgb.map(|value| value.clamp(0.0, 255.0))
    };
    (0..wanted.width * wanted.height).map(pixel).collect()
}

fn planes(wanted: &Wanted) -> Vec<Plane> {
    let h_max = wanted.sampling.iter().map(|(h, _)| *h).max().unwrap_or(1);
    let v_max = wanted.sampling.iter().map(|(_, v)| *v).max().unwrap_or(1);
    let mut random = fastrand::Rng::with_seed(wanted.seed);
    let cosines = cosines();
    let of = |(component, (h, v)): (usize, &(usize, usize))| {
        let mcus = |side: usize, max: usize| side.div_ceil(8 * max);
        let (stride, rows) = (
            mcus(wanted.width, h_max) * h,
            mcus(wanted.height, v_max) * v,
        );
        let quantisers = quantisation(wanted.quality, component);
        let block = |index: usize| {
            let (left, top) = (index % stride * 8, index / stride * 8);
            let pixels: [[f64; 8]; 8] = std::array::from_fn(|y| {
                std::array::from_fn(|x| {
                    let (x, y) = ((left + x) * h_max / h, (top + y) * v_max / v);
                    let grain = random.f64() * 14.0 - 7.0;
                    sample(component, x as f64, y as f64, wanted.seed, grain)
                })
            });
            std::array::from_fn(|k| {
                let (u, v) = (ZIGZAG[k] % 8, ZIGZAG[k] / 8);
                let along = |row: &[f64; 8]| (0..8).map(|x| row[x] * cosines[u][x]).sum::<f64>();
                let value: f64 = (0..8).map(|y| along(&pixels[y]) * cosines[v][y]).sum();
                (value / f64::from(quantisers[k])).round() as i32
            })
        };
        let alone = |side: usize, own: usize, max: usize| (side * own).div_ceil(max).div_ceil(8);
        Plane {
            stride,
            alone: (
                alone(wanted.width, *h, h_max),
                alone(wanted.height, *v, v_max),
            ),
            blocks: (0..stride * rows).map(block).collect(),
        }
    };
    wanted.sampling.iter().enumerate().map(of).collect()
}

pub(super) fn segment(file: &mut Vec<u8>, marker: u8, body: &[u8]) {
    file.extend([0xff, marker]);
    file.extend((body.len() as u16 + 2).to_be_bytes());
    file.extend(body);
}

/// The bytes of a whole file.
pub(super) fn encode(wanted: &Wanted) -> Vec<u8> {
    let planes = planes(wanted);
    let mut file = vec![0xff, 0xd8];
    if wanted.is_rgb {
        segment(&mut file, 0xee, b"Adobe\0\x64\0\0\0\0\0");
    }
    let places = wanted.sampling.len().min(2);
    for destination in 0..places {
        let mut body = vec![destination as u8];
        body.extend(quantisation(wanted.quality, destination).map(|value| value as u8));
        segment(&mut file, 0xdb, &body);
    }
    let mut body = vec![8];
    body.extend((wanted.height as u16).to_be_bytes());
    body.extend((wanted.width as u16).to_be_bytes());
    body.push(planes.len() as u8);
    for (index, (h, v)) in wanted.sampling.iter().enumerate() {
        body.extend([index as u8 + 1, (h << 4 | v) as u8, index.min(1) as u8]);
    }
    segment(
        &mut file,
        if wanted.is_progressive { 0xc2 } else { 0xc0 },
        &body,
    );
    if wanted.tables != Tables::Meant {
        for (class, destination) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let (counts, symbols) = table(wanted.tables, class, destination);
            let mut body = vec![(class << 4 | destination) as u8];
            body.extend(counts);
            body.extend(symbols);
            segment(&mut file, 0xc4, &body);
        }
    }
    if wanted.restarts > 0 {
        segment(&mut file, 0xdd, &(wanted.restarts as u16).to_be_bytes());
    }
    let all: Vec<usize> = (0..planes.len()).collect();
    let alone = || all.iter().map(std::slice::from_ref);
    let mut scan = |components: &[usize], band: (usize, usize), high: u32, low: u32| {
        write_scan(&mut file, wanted, &planes, components, band, (high, low));
    };
    if !wanted.is_progressive {
        match wanted.is_interleaved {
            true => scan(&all, (0, 63), 0, 0),
            false => alone().for_each(|one| scan(one, (0, 63), 0, 0)),
        }
    } else {
        match wanted.is_interleaved {
            true => scan(&all, (0, 0), 0, 1),
            false => alone().for_each(|one| scan(one, (0, 0), 0, 1)),
        }
        alone().for_each(|one| scan(one, (1, 5), 0, 2));
        alone().for_each(|one| scan(one, (6, 63), 0, 2));
        alone().for_each(|one| scan(one, (1, 63), 2, 1));
        scan(&all, (0, 0), 1, 0);
        alone().for_each(|one| scan(one, (1, 63), 1, 0));
    }
    file.extend([0xff, 0xd9]);
    file
}
