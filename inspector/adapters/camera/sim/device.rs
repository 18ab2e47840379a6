//! The simulated camera as an adapter of the `Camera` port. The device numbers its frames with few
//! bits, repeats, loses and tears them, and goes away; the adapter must make a clean stream of that.

use super::plan::SimLine;
use super::random::Random;
use super::scene::Painter;
use crate::clock::Clock;
use crate::ports::camera::{AcquireError, AcquisitionSettings, Camera, OpenError};
use crate::station::frame::{FrameMeta, FrameShape, PixelFormat};
use crate::station::time::Instant;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Frames the device holds for a slow reader; it loses what comes when they are full.
const BUFFERS: usize = 4;
/// Exposure at which the picture is as bright as it was set up.
const EXPOSURE_US: u32 = 2000;
/// What is left of the light when it fails.
const DARK: f32 = 0.03;

/// What happens to one frame.
#[derive(Clone, Copy, Debug, Default)]
struct FrameFaults {
    is_unplugged: bool,
    is_lost: bool,
    is_incomplete: bool,
    is_dark: bool,
    is_duplicate: bool,
}

/// Widens a device's frame counter, which wraps after `bits` bits.
#[derive(Clone, Copy, Debug)]
struct Widener {
    bits: u8,
    last: Option<(u64, u64)>,
}

impl Widener {
    /// The widened number, or `None` for the number that came last: the same frame again.
    fn widen(&mut self, raw: u64) -> Option<u64> {
        let wide = match self.last {
            None => raw,
            Some((last_raw, last_wide)) => {
                let step = raw.wrapping_sub(last_raw) & mask_of(self.bits);
                if step == 0 {
                    return None;
                }
                last_wide + step
            }
        };
        self.last = Some((raw, wide));
        Some(wide)
    }
}

fn mask_of(bits: u8) -> u64 {
    u64::MAX >> (64 - u32::from(bits))
}

/// One view of a [`SimLine`].
pub struct SimCamera {
    line: Arc<SimLine>,
    clock: Arc<dyn Clock>,
    painter: Painter,
    view: u8,
    wanted: AcquisitionSettings,
    exposure: f32,
    /// Parts exposed, transferred and not yet read; `true` when sent again.
    held: VecDeque<(u64, bool)>,
    /// The next part to come before the camera.
    incoming: u64,
    /// The part at which the device's counter started.
    counted_from: u64,
    widener: Widener,
    /// While unplugged: when it will be there again.
    gone_until: Option<Instant>,
    /// Parts up to here cannot unplug it any more.
    unplugged_before: u64,
}

impl SimCamera {
    /// Opens the camera of `view`, counted from 0.
    ///
    /// # Errors
    /// `Unsupported` when the line has fewer views.
    pub fn new(line: Arc<SimLine>, view: u8, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let views = line.settings().views;
        if view >= views {
            let message = format!(
                "simulated camera: expected a view below sim.views = {views}, found {view}; raise sim.views"
            );
            return Err(OpenError::Unsupported { message });
        }
        let widener = Widener {
            bits: line.settings().faults.sequence_bits,
            last: None,
        };
        Ok(Self {
            painter: line.painter(),
            line,
            clock,
            view,
            wanted: AcquisitionSettings::default(),
            exposure: 1.0,
            held: VecDeque::with_capacity(BUFFERS + 1),
            incoming: 0,
            counted_from: 0,
            widener,
            gone_until: None,
            unplugged_before: 0,
        })
    }

    fn faults_of(&self, index: u64) -> FrameFaults {
        let faults = &self.line.settings().faults;
        let number = self.line.number(index);
        let mut random = Random::of(&[self.line.settings().seed, number, u64::from(self.view), 77]);
        FrameFaults {
            is_unplugged: random.happens(faults.disconnect) | faults.disconnect_at.contains(&index),
            is_lost: random.happens(faults.lost) | faults.lost_at.contains(&index),
            is_incomplete: random.happens(faults.incomplete),
            is_dark: random.happens(faults.dark),
            is_duplicate: random.happens(faults.duplicate),
        }
    }

    fn exposed_at(&self, index: u64) -> Instant {
        let delay = self.line.settings().exposure_delay_ms;
        self.line.arrives_at(index) + Duration::from_millis(u64::from(delay))
    }

    fn due_at(&self, index: u64) -> Instant {
        self.exposed_at(index) + Duration::from_millis(u64::from(self.line.settings().transfer_ms))
    }

    fn unplugs(&self, index: u64) -> bool {
        index >= self.unplugged_before && self.faults_of(index).is_unplugged
    }

    /// Takes in what the device has received by `now`; stops where it was unplugged.
    fn receive(&mut self, now: Instant) {
        while self.due_at(self.incoming) <= now && !self.unplugs(self.incoming) {
            self.hold_incoming();
        }
    }

    fn hold_incoming(&mut self) {
        let faults = self.faults_of(self.incoming);
        if !faults.is_lost && self.held.len() < BUFFERS {
            self.held.push_back((self.incoming, false));
            if faults.is_duplicate && self.held.len() < BUFFERS {
                self.held.push_back((self.incoming, true));
            }
        }
        self.incoming += 1;
    }

    /// The device's own number of a part's frame.
    fn raw_sequence(&self, index: u64) -> u64 {
        let faults = &self.line.settings().faults;
        faults
            .sequence_start
            .wrapping_add(index - self.counted_from)
            & mask_of(faults.sequence_bits)
    }

    fn unplug(&mut self) -> AcquireError {
        let lasts = Duration::from_millis(u64::from(self.line.settings().faults.disconnect_ms));
        self.gone_until = Some(self.line.arrives_at(self.incoming) + lasts);
        self.unplugged_before = self.incoming + 1;
        self.held.clear();
        gone(self.view)
    }

    fn deliver(
        &mut self,
        index: u64,
        block_id: u64,
        pixels: &mut [u8],
    ) -> Result<FrameMeta, AcquireError> {
        let faults = self.faults_of(index);
        let shape = self.shape();
        if faults.is_incomplete {
            self.clock.sleep_until(self.due_at(index));
            let received = shape.bytes() / 3;
            return Err(AcquireError::Incomplete {
                block_id: Some(block_id),
                received,
                expected: shape.bytes(),
                part_id: None,
                style: None,
            });
        }
        let part = self.line.part(index);
        let light = if faults.is_dark { DARK } else { 1.0 };
        let shot = self.line.shot(&part, self.view, self.exposure * light);
        self.painter.paint(&shot, pixels, None);
        self.clock.sleep_until(self.due_at(index));
        let exposed_at = self.exposed_at(index);
        Ok(FrameMeta {
            block_id,
            device_timestamp_ns: u64::try_from(exposed_at.0.as_nanos()).ok(),
            exposed_at,
            shape,
            part_id: None,
            style: None,
            counts: None,
            lines: None,
        })
    }
}

fn gone(view: u8) -> AcquireError {
    AcquireError::Disconnected {
        reason: format!("simulated camera {view} is unplugged"),
    }
}

impl Camera for SimCamera {
    fn shape(&self) -> FrameShape {
        let settings = self.line.settings();
        FrameShape {
            width: settings.width,
            height: settings.height,
            pixel_format: PixelFormat::Rgb8,
        }
    }

    fn acquire(&mut self, pixels: &mut [u8], timeout: Duration) -> Result<FrameMeta, AcquireError> {
        if self.gone_until.is_some() {
            return Err(gone(self.view));
        }
        let deadline = self.clock.now() + timeout;
        self.receive(self.clock.now());
        loop {
            while let Some((index, _)) = self.held.pop_front() {
                // The device's second copy carries the same number, and stops here.
                if let Some(block_id) = self.widener.widen(self.raw_sequence(index)) {
                    return self.deliver(index, block_id, pixels);
                }
            }
            if self.unplugs(self.incoming) {
                let at = self.line.arrives_at(self.incoming);
                if at <= deadline {
                    self.clock.sleep_until(at);
                    return Err(self.unplug());
                }
            } else if self.due_at(self.incoming) <= deadline {
                // Painted while it is still on the wire, so that it comes on time.
                self.hold_incoming();
                continue;
            }
            self.clock.sleep_until(deadline);
            return Err(AcquireError::Timeout);
        }
    }

    fn apply(&mut self, settings: &AcquisitionSettings) -> Result<AcquisitionSettings, OpenError> {
        let exposure_time_us = settings
            .exposure_time_us
            .unwrap_or(EXPOSURE_US)
            .clamp(10, 50_000);
        let gain = settings.gain.unwrap_or(0.0).clamp(0.0, 24.0);
        self.wanted = *settings;
        self.exposure = exposure_time_us as f32 / EXPOSURE_US as f32 * 10f32.powf(gain / 20.0);
        // It is triggered by the line: it has no frame rate of its own.
        Ok(AcquisitionSettings {
            exposure_time_us: Some(exposure_time_us),
            gain: Some(gain),
            frame_rate_hz: None,
        })
    }

    fn reopen(&mut self) -> Result<(), OpenError> {
        let now = self.clock.now();
        if let Some(until) = self.gone_until
            && now < until
        {
            let message = format!(
                "simulated camera {} is still unplugged; try again",
                self.view
            );
            return Err(OpenError::NotFound { message });
        }
        self.gone_until = None;
        self.held.clear();
        while self.exposed_at(self.incoming) < now {
            self.incoming += 1;
        }
        // What would have unplugged it meanwhile found it unplugged.
        self.unplugged_before = self.unplugged_before.max(self.incoming);
        self.counted_from = self.incoming;
        self.widener.last = None;
        let wanted = self.wanted;
        self.apply(&wanted).map(|_| ())
    }
}
