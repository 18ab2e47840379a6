//! Segments between the start and the end of a JPEG (ITU-T T.81, annex B), and the order of scans.

use super::bits::next_marker;
use super::frame::{COMPONENTS_MAX, Component};
use super::huffman::{STANDARD_AC, STANDARD_DC, Standard, Table};
use super::{Damage, JpegError, JpegHeader, LEFT_OVER_BYTES_MAX};
use arrayvec::ArrayVec;
use std::ops::Range;

/// Most scans: a small file with very many of them would keep the thread busy for minutes.
const SCANS_MAX: usize = 100;

/// What has been read of one JPEG. Buffers are kept for the next.
pub(super) struct Reader {
    pub(super) dc: [Table; 4],
    pub(super) ac: [Table; 4],
    /// The quantiser of each table's DC coefficient.
    pub(super) quantisers: [Option<u16>; 4],
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) is_progressive: bool,
    /// Whether its components are red, green and blue as they are.
    pub(super) is_rgb: bool,
    exif: Option<Range<usize>>,
    pub(super) components: ArrayVec<Component, COMPONENTS_MAX>,
    pub(super) mcus: (usize, usize),
    /// Interval of restarts in MCUs; 0 for none.
    pub(super) restarts: usize,
    /// Progressive: a bit for each coefficient of each block that is known not to be zero.
    pub(super) history: Vec<u64>,
    /// Progressive: down to which bit each coefficient of each component is known.
    pub(super) known_to: [[u8; 64]; COMPONENTS_MAX],
    /// What has to be left out for decoders that are strict.
    pub(super) cuts: Vec<Range<usize>>,
    /// Tables of the standard that are meant: class and destination, as a table segment has them.
    pub(super) meant: ArrayVec<u8, 4>,
    copy: Vec<u8>,
}

/// Nothing is known of a coefficient yet.
pub(super) const UNKNOWN: u8 = u8::MAX;

pub(super) fn damaged<T>(what: &'static str) -> Result<T, JpegError> {
    Err(JpegError::Damaged(Damage::Header(what)))
}

impl Reader {
    pub(super) fn new() -> Self {
        Self {
            dc: [Table::UNDEFINED; 4],
            ac: [Table::UNDEFINED; 4],
            quantisers: [None; 4],
            width: 0,
            height: 0,
            is_progressive: false,
            is_rgb: false,
            exif: None,
            components: ArrayVec::new(),
            mcus: (0, 0),
            restarts: 0,
            history: Vec::new(),
            known_to: [[UNKNOWN; 64]; COMPONENTS_MAX],
            cuts: Vec::new(),
            meant: ArrayVec::new(),
            copy: Vec::new(),
        }
    }

    /// Forgets the one before.
    fn begin(&mut self) {
        self.dc
            .iter_mut()
            .chain(&mut self.ac)
            .for_each(Table::forget);
        self.quantisers = [None; 4];
        self.components.clear();
        (self.is_progressive, self.is_rgb) = (false, false);
        self.exif = None;
        self.restarts = 0;
        self.known_to = [[UNKNOWN; 64]; COMPONENTS_MAX];
        self.cuts.clear();
        self.meant.clear();
    }

    fn told(&self) -> JpegHeader {
        JpegHeader {
            width: self.width as u32,
            height: self.height as u32,
            has_colour: self.components.len() > 1,
            exif: self.exif.clone(),
        }
    }

    /// Reads as far as the frame header.
    pub(super) fn header(&mut self, data: &[u8]) -> Result<JpegHeader, JpegError> {
        self.walk(data, true)
    }

    /// Walks through all of it.
    pub(super) fn check(&mut self, data: &[u8]) -> Result<JpegHeader, JpegError> {
        self.walk(data, false)
    }

    fn walk(&mut self, data: &[u8], headers_only: bool) -> Result<JpegHeader, JpegError> {
        self.begin();
        if !data.starts_with(&[0xff, 0xd8]) {
            return Err(JpegError::NotAJpeg);
        }
        let mut at = 2;
        let mut scans = 0;
        loop {
            let (marker, begins) = self.marker(data, at)?;
            if marker == 0xd8 && self.components.is_empty() {
                // Some cameras begin twice.
                self.cuts.push(begins - 2..begins);
                at = begins;
                continue;
            }
            if marker == 0xd9 {
                self.all_scanned()?;
                return Ok(self.told());
            }
            let place = segment(data, begins)?;
            at = place.end;
            let body = &data[place.clone()];
            match marker {
                0xc0..=0xc2 => {
                    self.frame(marker, body)?;
                    if headers_only {
                        return Ok(self.told());
                    }
                }
                0xc4 => self.huffman(body)?,
                0xdb => self.quantisation(body)?,
                0xdd => {
                    let Some(interval) = body.first_chunk::<2>() else {
                        return damaged("a short restart interval");
                    };
                    self.restarts = usize::from(u16::from_be_bytes(*interval));
                }
                0xda => {
                    scans += 1;
                    if scans > SCANS_MAX {
                        return Err(JpegError::Unsupported("more than 100 scans"));
                    }
                    let scan = self.scan_header(body)?;
                    at = match self.is_progressive {
                        true => self.progressive(&scan, data, at)?,
                        false => self.sequential(&scan, data, at)?,
                    };
                }
                0xc3 | 0xc7 | 0xcb | 0xcf => return Err(JpegError::Unsupported("lossless")),
                0xc5 | 0xc6 | 0xcd | 0xce | 0xde | 0xdf => {
                    return Err(JpegError::Unsupported("hierarchical"));
                }
                0xc9 | 0xca | 0xcc => return Err(JpegError::Unsupported("arithmetic coding")),
                0xdc => return Err(JpegError::Unsupported("number of rows behind the image")),
                // Exif 2.3, 4.7.2: six bytes name it.
                0xe1 if body.starts_with(b"Exif\0\0") && self.exif.is_none() => {
                    self.exif = Some(place.start + 6..place.end);
                }
                // Adobe: behind its name and seven more bytes stands how colours were transformed.
                0xee if body.starts_with(b"Adobe") => self.is_rgb = body.get(11) == Some(&0),
                // Application data and comments.
                0xe0..=0xef | 0xfe => {}
                _ => return damaged("a marker that belongs to no image"),
            }
        }
    }

    /// The next marker from `at` on, and where its segment begins.
    fn marker(&mut self, data: &[u8], at: usize) -> Result<(u8, usize), JpegError> {
        let begins = next_marker(data, at);
        let left = &data[at..begins];
        let is_padding = left.windows(2).all(|two| two[0] == two[1]);
        if left.len() > LEFT_OVER_BYTES_MAX && !is_padding {
            return damaged("bytes that belong to no header");
        }
        let fill = data[begins..]
            .iter()
            .take_while(|byte| **byte == 0xff)
            .count();
        let Some(marker) = data.get(begins + fill) else {
            return Err(JpegError::Damaged(Damage::NoEnd));
        };
        let ends = begins + fill + 1;
        if ends - at > 2 {
            self.cuts.push(at..ends - 2);
        }
        Ok((*marker, ends))
    }

    fn huffman(&mut self, mut body: &[u8]) -> Result<(), JpegError> {
        while let Some((place, rest)) = body.split_first() {
            let (class, destination) = (place >> 4, usize::from(place & 15));
            let Some((counts, rest)) = rest.split_first_chunk::<16>() else {
                return damaged("a short Huffman table");
            };
            let length = counts.iter().map(|count| usize::from(*count)).sum();
            if class > 1 || destination > 3 || length > 256 || length > rest.len() {
                return damaged("an impossible Huffman table");
            }
            let (symbols, rest) = rest.split_at(length);
            let tables = if class == 0 {
                &mut self.dc
            } else {
                &mut self.ac
            };
            let defined = tables[destination].define(counts, symbols);
            defined.map_err(JpegError::Damaged)?;
            body = rest;
        }
        Ok(())
    }

    fn quantisation(&mut self, mut body: &[u8]) -> Result<(), JpegError> {
        while let Some((place, rest)) = body.split_first() {
            let (is_wide, destination) = (place >> 4, usize::from(place & 15));
            let bytes = if is_wide == 0 { 64 } else { 128 };
            if is_wide > 1 || destination > 3 || rest.len() < bytes {
                return damaged("an impossible quantisation table");
            }
            let (values, rest) = rest.split_at(bytes);
            let has_zero = match is_wide {
                0 => values.contains(&0),
                _ => values.as_chunks::<2>().0.contains(&[0, 0]),
            };
            if has_zero {
                return damaged("a quantisation table with a zero");
            }
            self.quantisers[destination] = Some(match is_wide {
                0 => u16::from(values[0]),
                _ => u16::from_be_bytes([values[0], values[1]]),
            });
            body = rest;
        }
        Ok(())
    }

    /// The one that was just walked through, as a strict decoder takes it: what stands where nothing should is left
    /// out, and tables that are meant are there.
    pub(super) fn mended<'a>(&'a mut self, data: &'a [u8]) -> &'a [u8] {
        if self.cuts.is_empty() && self.meant.is_empty() {
            return data;
        }
        self.copy.clear();
        self.copy.extend_from_slice(&data[..2]);
        for place in &self.meant {
            let standard = if place >> 4 == 0 {
                &STANDARD_DC
            } else {
                &STANDARD_AC
            };
            let (counts, symbols): Standard = standard[usize::from(place & 15)];
            let length = (2 + 1 + counts.len() + symbols.len()) as u16;
            self.copy.extend_from_slice(&[0xff, 0xc4]);
            self.copy.extend_from_slice(&length.to_be_bytes());
            self.copy.push(*place);
            self.copy.extend_from_slice(counts);
            self.copy.extend_from_slice(symbols);
        }
        let mut at = 2;
        for cut in &self.cuts {
            self.copy.extend_from_slice(&data[at..cut.start]);
            at = cut.end;
        }
        self.copy.extend_from_slice(&data[at..]);
        &self.copy
    }
}

/// Where the body of a segment lies.
fn segment(data: &[u8], begins: usize) -> Result<Range<usize>, JpegError> {
    let length = data.get(begins..).and_then(<[u8]>::first_chunk::<2>);
    let length = length.map_or(0, |length| usize::from(u16::from_be_bytes(*length)));
    if length < 2 || data.len() < begins + length {
        return damaged("they end too early");
    }
    Ok(begins + 2..begins + length)
}
