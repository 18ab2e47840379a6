//! Scans of progressive frames (ITU-T T.81, annex G). Which coefficients are not zero is kept, because later scans say
//! of each of those one bit more.

use super::bits::Bits;
use super::frame::{COMPONENTS_MAX, Component, Scan};
use super::headers::{Reader, UNKNOWN};
use super::huffman::DC_BITS_MAX;
use super::scan::Turns;
use super::{Damage, JpegError};

impl Reader {
    /// Walks through a progressive scan; says where the marker behind it is.
    pub(super) fn progressive(
        &mut self,
        scan: &Scan,
        data: &[u8],
        at: usize,
    ) -> Result<usize, JpegError> {
        let is_dc = scan.band == (0..1);
        let is_ac = scan.band.start > 0 && !scan.band.is_empty() && scan.band.end <= 64;
        if !(is_dc || is_ac && scan.components.len() == 1) {
            return Err(JpegError::Damaged(Damage::Header("an impossible scan")));
        }
        let is_first = scan.high == 0;
        for index in &scan.components {
            self.follow(*index, scan)?;
            self.want_tables(*index, is_dc && is_first, is_ac)?;
        }
        let mut turns = Turns::new(self, scan, at);
        while let Some((mcus, from)) = turns.next() {
            let mut bits = Bits::new(data, from);
            let mut state = State::default();
            for mcu in mcus {
                self.mcu(scan, mcu, &mut bits, &mut state)?;
                if bits.is_overdrawn() {
                    return Err(JpegError::Damaged(Damage::EndsEarly));
                }
            }
            if state.end_of_band_run > 0 {
                return Err(JpegError::Damaged(Damage::Code));
            }
            turns.ended(self, data, bits)?;
        }
        Ok(turns.at)
    }

    /// Every coefficient is first told, then one bit more with each scan (T.81 G.1.1.1.2).
    fn follow(&mut self, component: usize, scan: &Scan) -> Result<(), JpegError> {
        for known_to in &mut self.known_to[component][scan.band.clone()] {
            let is_next = match scan.high {
                0 => *known_to == UNKNOWN,
                high => *known_to == high && scan.low + 1 == high,
            };
            if !is_next || scan.low > 13 {
                return Err(JpegError::Damaged(Damage::ScanMissing));
            }
            *known_to = scan.low;
        }
        Ok(())
    }

    fn mcu(
        &mut self,
        scan: &Scan,
        mcu: usize,
        bits: &mut Bits<'_>,
        state: &mut State,
    ) -> Result<(), JpegError> {
        if let [alone] = scan.components[..] {
            let component = self.components[alone];
            let (across, _) = component.blocks;
            let block = (mcu / across) * component.stride + mcu % across;
            return self.block(
                scan,
                &component,
                0,
                component.first_block + block,
                bits,
                state,
            );
        }
        for (nth, index) in scan.components.iter().enumerate() {
            let component = self.components[*index];
            for _ in 0..component.h * component.v {
                // Scans of several components tell means only, for which no history is needed.
                self.block(scan, &component, nth, component.first_block, bits, state)?;
            }
        }
        Ok(())
    }

    fn block(
        &mut self,
        scan: &Scan,
        component: &Component,
        nth: usize,
        block: usize,
        bits: &mut Bits<'_>,
        state: &mut State,
    ) -> Result<(), JpegError> {
        if scan.band.start == 0 {
            if scan.high > 0 {
                bits.take(1);
                return Ok(());
            }
            let size = self.dc[component.dc_table].symbol(bits)?;
            if size > DC_BITS_MAX {
                return Err(JpegError::Damaged(Damage::Code));
            }
            let mean = &mut state.means[nth];
            *mean += bits.take_signed(u32::from(size));
            if (*mean << scan.low).abs() > component.dc_max + (1 << scan.low) {
                return Err(JpegError::Damaged(Damage::DcOverflow));
            }
            return Ok(());
        }
        if scan.high == 0 {
            self.first_of_band(scan, component, block, bits, state)
        } else {
            self.more_of_band(scan, component, block, bits, state)
        }
    }

    /// The first scan of a band (T.81 G.1.2.2).
    fn first_of_band(
        &mut self,
        scan: &Scan,
        component: &Component,
        block: usize,
        bits: &mut Bits<'_>,
        state: &mut State,
    ) -> Result<(), JpegError> {
        if state.end_of_band_run > 0 {
            state.end_of_band_run -= 1;
            return Ok(());
        }
        let mut k = scan.band.start;
        while k < scan.band.end {
            let symbol = self.ac[component.ac_table].symbol(bits)?;
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            match (run, size) {
                (15, 0) => k += 16,
                (run, 0) => {
                    state.end_of_band_run = (1 << run) + bits.take(run as u32) - 1;
                    return Ok(());
                }
                (run, size) => {
                    k += run;
                    if k >= scan.band.end || size > 11 {
                        return Err(JpegError::Damaged(Damage::BlockOverflow));
                    }
                    bits.take(size);
                    self.history[block] |= 1 << k;
                    k += 1;
                }
            }
        }
        if k > scan.band.end {
            return Err(JpegError::Damaged(Damage::BlockOverflow));
        }
        Ok(())
    }

    /// A later scan, which refines it (T.81 G.1.2.3).
    fn more_of_band(
        &mut self,
        scan: &Scan,
        component: &Component,
        block: usize,
        bits: &mut Bits<'_>,
        state: &mut State,
    ) -> Result<(), JpegError> {
        let mut k = scan.band.start;
        if state.end_of_band_run == 0 {
            while k < scan.band.end {
                let symbol = self.ac[component.ac_table].symbol(bits)?;
                let (mut run, size) = (u32::from(symbol >> 4), symbol & 15);
                match size {
                    0 if run < 15 => {
                        state.end_of_band_run = (1 << run) + bits.take(run);
                        break;
                    }
                    0 => {}
                    1 => {
                        bits.take(1);
                    }
                    _ => return Err(JpegError::Damaged(Damage::Code)),
                }
                // Coefficients that are known not to be zero have a bit each and do not count.
                let mut is_placed = false;
                while k < scan.band.end {
                    if self.history[block] & 1 << k != 0 {
                        bits.take(1);
                    } else if run == 0 {
                        is_placed = true;
                        break;
                    } else {
                        run -= 1;
                    }
                    k += 1;
                }
                if size == 1 {
                    if !is_placed {
                        return Err(JpegError::Damaged(Damage::BlockOverflow));
                    }
                    self.history[block] |= 1 << k;
                }
                k += 1;
            }
        }
        if state.end_of_band_run > 0 {
            state.end_of_band_run -= 1;
            let known = self.history[block] >> k.min(63) << k.min(63);
            let band = (known & (u64::MAX >> (64 - scan.band.end))).count_ones();
            if k < scan.band.end {
                for _ in 0..band {
                    bits.take(1);
                }
            }
        }
        Ok(())
    }
}

/// What one restart interval remembers.
#[derive(Default)]
struct State {
    means: [i32; COMPONENTS_MAX],
    /// Blocks whose band has ended already.
    end_of_band_run: u32,
}
