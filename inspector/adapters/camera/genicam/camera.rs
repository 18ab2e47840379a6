//! The camera behind the port. Whatever may wait for a device that is gone is done on a thread beside.

use super::settings::GenicamSettings;
use super::stream::{Opened, picture_of};
use crate::clock::Clock;
use crate::decode::layout::Source;
use crate::ports::camera::{AcquireError, AcquisitionSettings, Camera, OpenError};
use crate::station::frame::{FrameMeta, FrameShape, PixelFormat};
use aravis::{Buffer, BufferStatus};
use std::mem;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

/// How often a wait for a frame looks whether the device is still ours.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long a reopening is waited for; it goes on by itself, and the next attempt takes what came of it.
const REOPEN_WAIT: Duration = Duration::from_secs(2);

/// A GigE Vision or USB3 Vision camera.
pub struct GenicamCamera {
    settings: GenicamSettings,
    clock: Arc<dyn Clock>,
    shape: FrameShape,
    state: State,
}

enum State {
    Open(Box<Opened>),
    /// Gone, and what is left to be closed.
    Lost(String, Option<Box<Opened>>),
    /// A thread closes the old one and opens anew.
    Opening(String, Receiver<Result<Opened, OpenError>>),
}

impl GenicamCamera {
    /// Finds and sets the device and starts it.
    pub fn open(settings: GenicamSettings, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let opened = Opened::start(&settings, &*clock)?;
        let shape = shape(&opened.source, &settings);
        Ok(Self {
            settings,
            clock,
            shape,
            state: State::Open(Box::new(opened)),
        })
    }

    fn lost<T>(&mut self, reason: String) -> Result<T, AcquireError> {
        let state = mem::replace(&mut self.state, State::Lost(reason.clone(), None));
        if let State::Open(opened) = state {
            self.state = State::Lost(reason.clone(), Some(opened));
        }
        Err(AcquireError::Disconnected { reason })
    }

    fn opened(&mut self) -> Result<&mut Opened, AcquireError> {
        match &mut self.state {
            State::Open(opened) => Ok(opened),
            State::Lost(reason, _) | State::Opening(reason, _) => Err(AcquireError::Disconnected {
                reason: reason.clone(),
            }),
        }
    }

    /// What is in a buffer, copied to `pixels`. `None` for a buffer that never was a frame.
    fn frame(
        &mut self,
        buffer: &Buffer,
        pixels: &mut [u8],
    ) -> Option<Result<FrameMeta, AcquireError>> {
        let status = buffer.status();
        if matches!(status, BufferStatus::Aborted | BufferStatus::Cleared) {
            return None;
        }
        let (shape, clock) = (self.shape, Arc::clone(&self.clock));
        let Ok(opened) = self.opened() else {
            return None;
        };
        let block_id = opened.block_id(buffer);
        let mut source = opened.source;
        let (start, length) = buffer.data();
        let incomplete = Err(AcquireError::Incomplete {
            block_id: Some(block_id),
            received: length,
            expected: source.frame_bytes(),
            part_id: None,
            style: None,
        });
        if status != BufferStatus::Success || start.is_null() || pixels.len() != shape.bytes() {
            return Some(incomplete);
        }
        let Some((width, height, format, padding)) = picture_of(buffer) else {
            return Some(incomplete);
        };
        let is_as_before = usize::try_from(width) == Ok(source.width)
            && usize::try_from(height) == Ok(source.height)
            && super::formats::of_number(format).is_some_and(|(_, layout)| layout == source.layout);
        if !is_as_before {
            let reason = format!(
                "it sends {width}×{height} pixels in format {format:#x}, where the station expects {}×{}; somebody else set it",
                source.width, source.height
            );
            return Some(self.lost(reason));
        }
        source.stride = source.row_bytes() + padding;
        // SAFETY: the buffer holds `length` bytes from `start` and is ours until it is given back.
        let data = unsafe { std::slice::from_raw_parts(start, length) };
        if !source.convert(data, shape.pixel_format, pixels) {
            return Some(incomplete);
        }
        let latched = opened.latched(buffer);
        Some(Ok(FrameMeta {
            block_id,
            device_timestamp_ns: Some(buffer.timestamp()).filter(|time| *time > 0),
            exposed_at: opened.arrived_at(buffer, &*clock),
            shape,
            part_id: None,
            style: None,
            counts: latched.counts,
            lines: latched.lines,
        }))
    }

    /// Closes what is left and opens anew, on a thread of its own.
    fn begin_reopening(
        &self,
        old: Option<Box<Opened>>,
    ) -> Result<Receiver<Result<Opened, OpenError>>, OpenError> {
        let (sender, receiver) = sync_channel(1);
        let (settings, clock) = (self.settings.clone(), Arc::clone(&self.clock));
        let work = move || {
            // Two connections to one device would take control from each other.
            drop(old);
            // Nobody may be there any more to take it; then it is closed again.
            let _ = sender.send(Opened::start(&settings, &*clock));
        };
        let thread = std::thread::Builder::new()
            .name("camera-open".to_owned())
            .spawn(work);
        thread.map(|_| receiver).map_err(|error| OpenError::Device {
            message: format!(
                "camera {}: no thread to open it: {error}",
                self.settings.device
            ),
        })
    }
}

fn shape(source: &Source, settings: &GenicamSettings) -> FrameShape {
    FrameShape {
        width: source.width as u32,
        height: source.height as u32,
        pixel_format: settings.output.map_or(source.natural(), PixelFormat::from),
    }
}

impl Camera for GenicamCamera {
    fn shape(&self) -> FrameShape {
        self.shape
    }

    fn acquire(&mut self, pixels: &mut [u8], timeout: Duration) -> Result<FrameMeta, AcquireError> {
        let deadline = self.clock.now() + timeout;
        loop {
            let left = deadline.since(self.clock.now());
            let opened = self.opened()?;
            match opened.take(left.min(LOOK_EVERY)) {
                Some(buffer) => {
                    let said = self.frame(&buffer, pixels);
                    if let State::Open(opened) = &self.state {
                        opened.give_back(buffer);
                    }
                    if let Some(said) = said {
                        return said;
                    }
                }
                None if opened.is_lost() => {
                    let reason = "it answers no more, or another program took control of it";
                    return self.lost(reason.to_owned());
                }
                None if left.is_zero() => return Err(AcquireError::Timeout),
                None => {}
            }
        }
    }

    fn waits_for_trigger(&self) -> bool {
        self.settings.trigger == super::settings::Trigger::Software
    }

    fn trigger(&mut self) -> Result<(), OpenError> {
        let name = &self.settings.device;
        match &self.state {
            State::Open(opened) => opened.trigger(name),
            State::Lost(reason, _) | State::Opening(reason, _) => Err(OpenError::NotFound {
                message: format!("camera {name} is disconnected: {reason}"),
            }),
        }
    }

    fn apply(&mut self, wanted: &AcquisitionSettings) -> Result<AcquisitionSettings, OpenError> {
        let name = &self.settings.device;
        let done = match &self.state {
            State::Open(opened) => opened.apply(&self.settings, wanted)?,
            State::Lost(reason, _) | State::Opening(reason, _) => {
                let message = format!("camera {name} is disconnected: {reason}");
                return Err(OpenError::NotFound { message });
            }
        };
        let kept = &mut self.settings;
        kept.exposure_time_us = wanted.exposure_time_us.or(kept.exposure_time_us);
        kept.gain = wanted.gain.or(kept.gain);
        kept.frame_rate_hz = wanted.frame_rate_hz.or(kept.frame_rate_hz);
        Ok(done)
    }

    fn reopen(&mut self) -> Result<(), OpenError> {
        let name = self.settings.device.clone();
        let being = "being opened again".to_owned();
        let receiver = match mem::replace(&mut self.state, State::Lost(being.clone(), None)) {
            State::Opening(_, receiver) => receiver,
            State::Open(old) => self.begin_reopening(Some(old))?,
            State::Lost(_, old) => self.begin_reopening(old)?,
        };
        let opened = match receiver.recv_timeout(REOPEN_WAIT) {
            Ok(opened) => opened?,
            Err(RecvTimeoutError::Timeout) => {
                self.state = State::Opening(being, receiver);
                return Err(OpenError::NotFound {
                    message: format!(
                        "camera {name}: it has not answered yet; check power, cable and network"
                    ),
                });
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(OpenError::Device {
                    message: format!("camera {name}: opening it failed without a reason"),
                });
            }
        };
        let now = shape(&opened.source, &self.settings);
        if now != self.shape {
            let message = format!(
                "camera {name}: expected frames of {:?} as before, found {now:?}",
                self.shape
            );
            return Err(OpenError::Unsupported { message });
        }
        self.state = State::Open(Box::new(opened));
        Ok(())
    }
}

impl Drop for GenicamCamera {
    fn drop(&mut self) {
        if let State::Lost(_, Some(old)) =
            mem::replace(&mut self.state, State::Lost(String::new(), None))
        {
            // Closing a device that is gone takes seconds, in which nobody need wait.
            let closing = std::thread::Builder::new().name("camera-close".to_owned());
            let _ = closing.spawn(move || drop(old));
        }
    }
}
