//! The encoder's entropy coding: scans, restart intervals, codes and bits.

use super::super::huffman::{STANDARD_AC, STANDARD_DC};
use super::encoder::{Plane, Tables, Wanted, segment};

/// Codes by symbol: length and bits.
type Codes = Vec<(u32, u32)>;

fn flat(class: usize) -> ([u8; 16], Vec<u8>) {
    let mut counts = [0; 16];
    if class == 0 {
        counts[3] = 12;
        return (counts, (0..12).collect());
    }
    // 126 codes of 8 bits and 258 of 9 fit; the one of ones only must not be used.
    (counts[7], counts[8]) = (126, 130);
    (counts, (0..=255).collect())
}

pub(super) fn table(tables: Tables, class: usize, destination: usize) -> ([u8; 16], Vec<u8>) {
    if tables == Tables::Flat {
        return flat(class);
    }
    let (counts, symbols) = [&STANDARD_DC, &STANDARD_AC][class][destination];
    (*counts, symbols.to_vec())
}

fn codes((counts, symbols): &([u8; 16], Vec<u8>)) -> Codes {
    let mut codes = vec![(0, 0); 256];
    let (mut code, mut symbols) = (0, symbols.iter());
    for (length, count) in (1..).zip(counts) {
        code <<= 1;
        for symbol in symbols.by_ref().take(usize::from(*count)) {
            codes[usize::from(*symbol)] = (length, code);
            code += 1;
        }
    }
    codes
}

/// Bits into bytes, stuffed.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u64,
    count: u32,
}

impl Bits {
    fn put(&mut self, count: u32, value: u32) {
        self.held = self.held << count | u64::from(value) & ((1 << count) - 1);
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.held >> self.count) as u8;
            self.bytes.push(byte);
            if byte == 0xff {
                self.bytes.push(0);
            }
        }
    }

    fn symbol(&mut self, codes: &Codes, symbol: usize) {
        let (length, code) = codes[symbol];
        assert!(length > 0, "no code for {symbol:#x}");
        self.put(length, code);
    }

    fn value(&mut self, value: i32) {
        let size = size(value);
        self.put(size, if value < 0 { value - 1 } else { value } as u32);
    }

    fn end(&mut self) {
        if self.count > 0 {
            self.put(8 - self.count, 0xff);
        }
    }
}

fn size(value: i32) -> u32 {
    32 - value.unsigned_abs().leading_zeros()
}

pub(super) fn write_scan(
    file: &mut Vec<u8>,
    wanted: &Wanted,
    planes: &[Plane],
    components: &[usize],
    (first, last): (usize, usize),
    (high, low): (u32, u32),
) {
    let mut body = vec![components.len() as u8];
    for index in components {
        body.extend([*index as u8 + 1, (index.min(&1) << 4 | index.min(&1)) as u8]);
    }
    body.extend([first as u8, last as u8, (high << 4 | low) as u8]);
    segment(file, 0xda, &body);
    let coded = |class| [0, 1].map(|destination| codes(&table(wanted.tables, class, destination)));
    let tables = [coded(0), coded(1)];
    let mcus: Vec<Vec<(usize, usize)>> = match components {
        [alone] => {
            let plane = &planes[*alone];
            let (across, down) = plane.alone;
            let at = |n: usize| vec![(*alone, n / across * plane.stride + n % across)];
            (0..across * down).map(at).collect()
        }
        _ => {
            let (h, _) = wanted.sampling[components[0]];
            let across = planes[components[0]].stride / h;
            let (_, v) = wanted.sampling[components[0]];
            let down = planes[components[0]].blocks.len() / planes[components[0]].stride / v;
            let of_mcu = |n: usize| {
                let (x, y) = (n % across, n / across);
                let mut all = Vec::new();
                for component in components {
                    let (h, v) = wanted.sampling[*component];
                    for (row, column) in (0..v).flat_map(|row| (0..h).map(move |c| (row, c))) {
                        let block = (y * v + row) * planes[*component].stride + x * h + column;
                        all.push((*component, block));
                    }
                }
                all
            };
            (0..across * down).map(of_mcu).collect()
        }
    };
    let interval = if wanted.restarts > 0 {
        wanted.restarts
    } else {
        mcus.len()
    };
    let intervals: Vec<_> = mcus.chunks(interval).collect();
    for (n, interval) in intervals.iter().enumerate() {
        let mut bits = Bits::default();
        let mut means = [0; 4];
        for (component, block) in interval.iter().flatten() {
            let block = &planes[*component].blocks[*block];
            let [dc, ac] = [0, 1].map(|class: usize| &tables[class][*component.min(&1)]);
            if first == 0 && high > 0 {
                bits.put(1, (block[0] >> low) as u32 & 1);
            } else if first == 0 {
                let mean = block[0] >> low;
                let difference = mean - means[*component];
                means[*component] = mean;
                bits.symbol(dc, size(difference) as usize);
                bits.value(difference);
            }
            let band = first.max(1)..last + 1;
            if high == 0 {
                first_of_band(&mut bits, ac, block, band, low);
            } else {
                more_of_band(&mut bits, ac, block, band, low);
            }
        }
        bits.end();
        file.extend(&bits.bytes);
        if n + 1 < intervals.len() {
            file.extend([0xff, 0xd0 + (n % 8) as u8]);
        }
    }
}

fn shifted(value: i32, low: u32) -> i32 {
    value.signum() * (value.abs() >> low)
}

fn first_of_band(
    bits: &mut Bits,
    codes: &Codes,
    block: &[i32; 64],
    band: std::ops::Range<usize>,
    low: u32,
) {
    if band.is_empty() {
        return;
    }
    let mut run = 0;
    for k in band {
        let value = shifted(block[k], low);
        if value == 0 {
            run += 1;
            continue;
        }
        while run > 15 {
            bits.symbol(codes, 0xf0);
            run -= 16;
        }
        bits.symbol(codes, run << 4 | size(value) as usize);
        bits.value(value);
        run = 0;
    }
    if run > 0 {
        bits.symbol(codes, 0);
    }
}

fn more_of_band(
    bits: &mut Bits,
    codes: &Codes,
    block: &[i32; 64],
    band: std::ops::Range<usize>,
    low: u32,
) {
    let value = |k: usize| block[k].abs() >> low;
    let newest = band
        .clone()
        .rev()
        .find(|k| value(*k) == 1)
        .map_or(0, |k| k + 1);
    let (mut run, mut more) = (0, Vec::new());
    for k in band {
        match value(k) {
            0 => run += 1,
            1 => {
                bits.symbol(codes, run << 4 | 1);
                bits.put(1, u32::from(block[k] > 0));
                more.drain(..).for_each(|bit| bits.put(1, bit));
                run = 0;
            }
            known => more.push(known as u32 & 1),
        }
        if run == 16 && k < newest {
            bits.symbol(codes, 0xf0);
            more.drain(..).for_each(|bit| bits.put(1, bit));
            run = 0;
        }
    }
    if run > 0 || !more.is_empty() {
        bits.symbol(codes, 0);
        more.drain(..).for_each(|bit| bits.put(1, bit));
    }
}
