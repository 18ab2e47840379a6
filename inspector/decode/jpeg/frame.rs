//! Frame and scan headers (ITU-T T.81, B.2.2 and B.2.3): components, where their blocks lie, and which scan has what.

use super::headers::{Reader, damaged};
use super::huffman::{STANDARD_AC, STANDARD_DC};
use super::{Damage, JpegError};
use arrayvec::ArrayVec;
use std::ops::Range;

/// Most components of a frame.
pub(super) const COMPONENTS_MAX: usize = 3;
/// A component, as the frame header and the scan header say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Component {
    id: u8,
    /// Sampling factors across and down.
    pub(super) h: usize,
    pub(super) v: usize,
    quantisation: usize,
    /// Where it lies alone in a scan: blocks a row, and rows of them.
    pub(super) blocks: (usize, usize),
    /// Blocks a row as interleaved scans fill them.
    pub(super) stride: usize,
    /// Where its blocks begin in [`Reader::history`].
    pub(super) first_block: usize,
    /// For which tables the current scan asks.
    pub(super) dc_table: usize,
    pub(super) ac_table: usize,
    /// Largest quantised DC coefficient of 8-bit samples.
    pub(super) dc_max: i32,
    /// Whether a sequential scan had it.
    pub(super) is_scanned: bool,
}

/// What a scan header says.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    /// Indices of components.
    pub(super) components: ArrayVec<usize, COMPONENTS_MAX>,
    /// Spectral selection: which coefficients, in zigzag order.
    pub(super) band: Range<usize>,
    /// Successive approximation: bits that came before.
    pub(super) high: u8,
    pub(super) low: u8,
}

impl Reader {
    pub(super) fn frame(&mut self, marker: u8, body: &[u8]) -> Result<(), JpegError> {
        if !self.components.is_empty() {
            return damaged("two frames in one");
        }
        let Some(([precision, h0, h1, w0, w1, count], all)) = body.split_first_chunk::<6>() else {
            return damaged("a short frame header");
        };
        let count = usize::from(*count);
        let (all, rest) = all.as_chunks::<3>();
        if all.len() != count || !rest.is_empty() || count == 0 {
            return damaged("a frame header of another length");
        }
        if *precision != 8 {
            return Err(JpegError::Unsupported("samples of more than 8 bits"));
        }
        if ![1, 3].contains(&count) {
            return Err(JpegError::Unsupported("neither grey nor three colours"));
        }
        self.height = usize::from(u16::from_be_bytes([*h0, *h1]));
        self.width = usize::from(u16::from_be_bytes([*w0, *w1]));
        if self.height == 0 {
            return Err(JpegError::Unsupported("number of rows behind the image"));
        }
        if self.width == 0 {
            return damaged("no columns");
        }
        self.is_progressive = marker == 0xc2;
        for [id, sampling, quantisation] in all {
            let (h, v) = (usize::from(sampling >> 4), usize::from(sampling & 15));
            if !(1..=4).contains(&h) || !(1..=4).contains(&v) || *quantisation > 3 {
                return damaged("an impossible component");
            }
            self.components.push(Component {
                id: *id,
                h,
                v,
                quantisation: usize::from(*quantisation),
                ..Component::default()
            });
        }
        self.is_rgb |= all.iter().map(|[id, ..]| *id).eq(*b"RGB");
        let (h_max, v_max) = self.sampling_max();
        let is_whole = |one: &Component| h_max % one.h == 0 && v_max % one.v == 0;
        let is_first_finest = (self.components[0].h, self.components[0].v) == (h_max, v_max);
        if !is_first_finest || h_max == 3 || v_max == 3 || !self.components.iter().all(is_whole) {
            // The decoder gives other pixels, or none.
            return Err(JpegError::Unsupported(
                "colour finer than brightness, or at thirds",
            ));
        }
        self.lay_out();
        Ok(())
    }

    /// T.81 A.1.1 and A.2.
    fn lay_out(&mut self) {
        let (h_max, v_max) = self.sampling_max();
        let mcu = |side: usize, sampling: usize| side.div_ceil(8 * sampling);
        self.mcus = (mcu(self.width, h_max), mcu(self.height, v_max));
        let mut first_block = 0;
        for component in &mut self.components {
            let alone =
                |side: usize, own: usize, max: usize| (side * own).div_ceil(max).div_ceil(8);
            component.blocks = (
                alone(self.width, component.h, h_max),
                alone(self.height, component.v, v_max),
            );
            component.stride = self.mcus.0 * component.h;
            component.first_block = first_block;
            first_block += component.stride * self.mcus.1 * component.v;
        }
        self.history.clear();
        if self.is_progressive {
            self.history.resize(first_block, 0);
        }
    }

    pub(super) fn sampling_max(&self) -> (usize, usize) {
        let all = self.components.iter();
        all.fold((1, 1), |(h, v), one| (h.max(one.h), v.max(one.v)))
    }

    pub(super) fn scan_header(&mut self, body: &[u8]) -> Result<Scan, JpegError> {
        if self.components.is_empty() {
            return damaged("a scan before the frame header");
        }
        let Some((count, rest)) = body.split_first() else {
            return damaged("a short scan header");
        };
        let count = usize::from(*count);
        let (all, last) = rest.as_chunks::<2>();
        let (true, &[first, end, approximation]) = (
            body.len() == 4 + 2 * count,
            &rest[rest.len().min(2 * count)..],
        ) else {
            return damaged("a scan header of another length");
        };
        debug_assert_eq!(last.len(), 1);
        let mut components = ArrayVec::new();
        for [id, tables] in all.iter().take(count) {
            let found = (0..self.components.len())
                .find(|index| self.components[*index].id == *id && !components.contains(index));
            let (dc_table, ac_table) = (usize::from(tables >> 4), usize::from(tables & 15));
            let (Some(index), 0..4, 0..4) = (found, dc_table, ac_table) else {
                return damaged("a scan of a component that there is not");
            };
            if components.try_push(index).is_err() {
                return damaged("a scan of more components than there are");
            }
            let component = &mut self.components[index];
            (component.dc_table, component.ac_table) = (dc_table, ac_table);
            let Some(quantiser) = self.quantisers[component.quantisation] else {
                return damaged("no quantisation table");
            };
            // Samples from -128 to 127 have means from -1024 to 1016 (T.81 A.3.3), rounded by half a quantiser.
            component.dc_max = 1024 / i32::from(quantiser) + 1;
        }
        if components.is_empty() {
            return damaged("a scan of nothing");
        }
        let scan = Scan {
            components,
            band: usize::from(first)..usize::from(end) + 1,
            high: approximation >> 4,
            low: approximation & 15,
        };
        Ok(scan)
    }

    /// Sees to it that a table is there: one that is missing is the standard's.
    pub(super) fn want_tables(
        &mut self,
        component: usize,
        dc: bool,
        ac: bool,
    ) -> Result<(), JpegError> {
        let Component {
            dc_table, ac_table, ..
        } = self.components[component];
        let wanted = [
            (dc, 0_u8, dc_table, &STANDARD_DC, &mut self.dc),
            (ac, 1, ac_table, &STANDARD_AC, &mut self.ac),
        ];
        for (is_wanted, class, destination, standard, tables) in wanted {
            if !is_wanted || tables[destination].is_defined() {
                continue;
            }
            let Some((counts, symbols)) = standard.get(destination) else {
                return damaged("no Huffman table");
            };
            let defined = tables[destination].define(counts, symbols);
            defined.map_err(JpegError::Damaged)?;
            // Four places: two of each class.
            self.meant.push(class << 4 | destination as u8);
        }
        Ok(())
    }

    pub(super) fn all_scanned(&self) -> Result<(), JpegError> {
        let is_known = |index: usize| match self.is_progressive {
            true => self.known_to[index].iter().all(|low| *low == 0),
            false => self.components[index].is_scanned,
        };
        let count = self.components.len();
        if count > 0 && (0..count).all(is_known) {
            return Ok(());
        }
        Err(JpegError::Damaged(Damage::ScanMissing))
    }
}
