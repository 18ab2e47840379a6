//! Cameras that Linux drives itself (USB, CSI, HDMI grabbers), through V4L2.

pub mod controls;
pub mod counters;
pub mod device;
pub mod formats;
pub mod list;
pub mod settings;
pub mod stream;

use crate::clock::Clock;
use crate::decode::layout::Source;
use crate::ports::camera::{AcquireError, AcquisitionSettings, Camera, OpenError};
use crate::station::frame::{FrameMeta, FrameShape, PixelFormat};
use crate::station::time::Instant;
use counters::{BlockIds, exposed_at, timestamp_ns};
pub use settings::V4l2Settings;
use std::sync::Arc;
use std::time::Duration;
use stream::{Stream, Wait};
use v4l::Device;
use v4l::v4l_sys::*;

/// A V4L2 capture device, streaming.
pub struct V4l2Camera {
    settings: V4l2Settings,
    clock: Arc<dyn Clock>,
    bus: String,
    shape: FrameShape,
    open: Result<Opened, String>,
}

struct Opened {
    stream: Stream,
    device: Device,
    source: Source,
    ids: BlockIds,
    started: Instant,
}

impl V4l2Camera {
    /// Opens and sets the device and starts it.
    pub fn open(settings: V4l2Settings, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let (opened, bus) = start(&settings, None, &*clock)?;
        let shape = shape(&opened.source, &settings);
        Ok(Self {
            settings,
            clock,
            bus,
            shape,
            open: Ok(opened),
        })
    }

    fn lost<T>(&mut self, reason: String) -> Result<T, AcquireError> {
        self.open = Err(reason.clone());
        Err(AcquireError::Disconnected { reason })
    }

    fn frame(&mut self, deadline: Instant) -> Result<v4l2_buffer, AcquireError> {
        let clock = Arc::clone(&self.clock);
        let opened = match &mut self.open {
            Ok(opened) => opened,
            Err(reason) => {
                return Err(AcquireError::Disconnected {
                    reason: reason.clone(),
                });
            }
        };
        if let Err(error) = opened.stream.queue_all() {
            return self.lost(format!("queueing a buffer: {error}"));
        }
        loop {
            // Dequeue first: what is already there is never a time-out.
            match opened.stream.dequeue() {
                Ok(Some(buffer)) => return Ok(buffer),
                Ok(None) => {}
                Err(error) => return self.lost(error.to_string()),
            }
            let left = deadline.since(clock.now());
            if left.is_zero() {
                return Err(AcquireError::Timeout);
            }
            let milliseconds = i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
            match opened.stream.wait(milliseconds) {
                Ok(Wait::Ready | Wait::TimedOut) => {}
                Ok(Wait::Broken) => match opened.stream.dequeue() {
                    Ok(Some(buffer)) => return Ok(buffer),
                    Ok(None) => return self.lost("poll reports an error".to_owned()),
                    Err(error) => return self.lost(error.to_string()),
                },
                Err(error) => return self.lost(error.to_string()),
            }
        }
    }
}

fn shape(source: &Source, settings: &V4l2Settings) -> FrameShape {
    FrameShape {
        width: source.width as u32,
        height: source.height as u32,
        pixel_format: settings.output.map_or(source.natural(), PixelFormat::from),
    }
}

fn start(
    settings: &V4l2Settings,
    bus: Option<&str>,
    clock: &dyn Clock,
) -> Result<(Opened, String), OpenError> {
    let name = &settings.device;
    let (device, bus) = device::find(name, bus)?;
    let source = device::set_format(&device, settings)?;
    for (control, value) in &settings.controls.0 {
        controls::set(&device, name, control, value)?;
    }
    device::apply(&device, name, &settings.acquisition())?;
    let started = clock.now();
    let stream = Stream::start(device.handle(), settings.buffers.clamp(2, 32))
        .map_err(|e| device::explain(name, "start its stream", &e))?;
    let ids = BlockIds::default();
    Ok((
        Opened {
            stream,
            device,
            source,
            ids,
            started,
        },
        bus,
    ))
}

impl Camera for V4l2Camera {
    fn shape(&self) -> FrameShape {
        self.shape
    }

    fn acquire(&mut self, pixels: &mut [u8], timeout: Duration) -> Result<FrameMeta, AcquireError> {
        let shape = self.shape;
        let buffer = self.frame(self.clock.now() + timeout)?;
        let arrived = self.clock.now();
        let opened = match &mut self.open {
            Ok(opened) => opened,
            Err(reason) => {
                return Err(AcquireError::Disconnected {
                    reason: reason.clone(),
                });
            }
        };
        let block_id = opened.ids.next(buffer.sequence);
        let data = opened.stream.bytes(&buffer);
        let damaged = buffer.flags & V4L2_BUF_FLAG_ERROR != 0;
        let expected = opened.source.frame_bytes();
        if pixels.len() != shape.bytes()
            || damaged
            || !opened.source.convert(data, shape.pixel_format, pixels)
        {
            return Err(AcquireError::Incomplete {
                block_id: Some(block_id),
                received: data.len(),
                expected,
                part_id: None,
                style: None,
            });
        }
        let device_timestamp_ns = timestamp_ns(buffer.timestamp.tv_sec, buffer.timestamp.tv_usec);
        let monotonic =
            buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
        Ok(FrameMeta {
            block_id,
            device_timestamp_ns,
            exposed_at: exposed_at(monotonic, device_timestamp_ns, opened.started, arrived),
            shape,
            part_id: None,
            style: None,
            counts: None,
            lines: None,
        })
    }

    fn apply(&mut self, wanted: &AcquisitionSettings) -> Result<AcquisitionSettings, OpenError> {
        let name = &self.settings.device;
        let opened = self.open.as_ref().map_err(|reason| OpenError::NotFound {
            message: format!("camera {name} is disconnected: {reason}"),
        })?;
        let done = device::apply(&opened.device, name, wanted)?;
        let kept = &mut self.settings;
        kept.exposure_time_us = wanted.exposure_time_us.or(kept.exposure_time_us);
        kept.gain = wanted.gain.or(kept.gain);
        kept.frame_rate_hz = wanted.frame_rate_hz.or(kept.frame_rate_hz);
        Ok(done)
    }

    fn reopen(&mut self) -> Result<(), OpenError> {
        self.open = Err("being reopened".to_owned()); // closes the old one first
        let (opened, _) = start(&self.settings, Some(&self.bus), &*self.clock)?;
        let now = shape(&opened.source, &self.settings);
        if now != self.shape {
            return Err(OpenError::Unsupported {
                message: format!(
                    "camera {}: expected frames of {:?} as before, found {now:?}",
                    self.settings.device, self.shape
                ),
            });
        }
        self.open = Ok(opened);
        Ok(())
    }
}
