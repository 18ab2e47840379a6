//! A device that streams, from its opening to its end.

use super::chunks::{Chunks, Latched};
use super::counters::{BlockIds, arrived_at};
use super::device;
use super::library::{self, explain};
use super::settings::{GenicamSettings, Trigger};
use crate::clock::Clock;
use crate::decode::layout::Source;
use crate::ports::camera::{AcquisitionSettings, OpenError};
use crate::station::time::{Instant, WallTime};
use aravis::glib::prelude::*;
use aravis::prelude::*;
use aravis::{Buffer, BufferPayloadType, Camera, GvStream, GvStreamPacketResend, Stream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// An open device, streaming. Dropping it stops it, which takes seconds where the device is gone.
pub struct Opened {
    // Ends before the camera does.
    stream: Stream,
    camera: Camera,
    /// How frames are laid out.
    pub source: Source,
    chunks: Option<Chunks>,
    ids: BlockIds,
    /// When the newest frame arrived; at first, when the stream began.
    newest_at: Instant,
    is_lost: Arc<AtomicBool>,
    trigger: Option<(SyncSender<()>, JoinHandle<()>)>,
}

impl Opened {
    /// Finds, sets and starts the device.
    pub fn start(settings: &GenicamSettings, clock: &dyn Clock) -> Result<Self, OpenError> {
        let name = &settings.device;
        let camera = library::open(name)?;
        let source = device::configure(&camera, settings)?;
        let chunks = Chunks::start(&camera, settings)?;
        let is_lost = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_lost);
        device::device_of(&camera, name)?
            .connect_control_lost(move |_| told.store(true, Ordering::Release));
        let stream = camera
            .create_stream()
            .map_err(|error| explain(name, "make a stream", &error))?;
        if let Some(stream) = stream.downcast_ref::<GvStream>() {
            stream.set_packet_resend(match settings.resend {
                true => GvStreamPacketResend::Always,
                false => GvStreamPacketResend::Never,
            });
        }
        let payload = camera
            .payload()
            .map_err(|error| explain(name, "read the size of its frames", &error))?;
        for _ in 0..settings.buffers.clamp(2, 64) {
            stream.push_buffer(Buffer::new_allocate(payload as usize));
        }
        let trigger = (settings.trigger == Trigger::Software)
            .then(|| triggering(camera.clone(), Arc::clone(&is_lost)))
            .transpose()?;
        let newest_at = clock.now();
        camera
            .start_acquisition()
            .map_err(|error| explain(name, "start it", &error))?;
        Ok(Self {
            stream,
            camera,
            source,
            chunks,
            ids: BlockIds::default(),
            newest_at,
            is_lost,
            trigger,
        })
    }

    /// Sets what is given, while it streams; says what the device has.
    pub fn apply(
        &self,
        settings: &GenicamSettings,
        wanted: &AcquisitionSettings,
    ) -> Result<AcquisitionSettings, OpenError> {
        let has = device::apply(&self.camera, settings, wanted)?;
        if wanted.frame_rate_hz.is_some() {
            device::set_trigger(&self.camera, settings)?;
        }
        Ok(has)
    }

    /// Whether the device has left us: it was switched off, unplugged, or taken by another program.
    pub fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Acquire)
    }

    /// The next buffer, whole or damaged.
    pub fn take(&self, timeout: Duration) -> Option<Buffer> {
        let micros = u64::try_from(timeout.as_micros()).unwrap_or(u64::MAX);
        match micros {
            0 => self.stream.try_pop_buffer(),
            _ => self.stream.timeout_pop_buffer(micros),
        }
    }

    /// Gives a buffer back to be filled again.
    pub fn give_back(&self, buffer: Buffer) {
        self.stream.push_buffer(buffer);
    }

    /// The id of the frame in this buffer, widened; each buffer is asked once.
    pub fn block_id(&mut self, buffer: &Buffer) -> u64 {
        self.ids.next(buffer.frame_id())
    }

    /// When the frame began to arrive. Never before the one before it.
    pub fn arrived_at(&mut self, buffer: &Buffer, clock: &dyn Clock) -> Instant {
        let micros = i64::try_from(buffer.system_timestamp() / 1_000).unwrap_or(i64::MAX);
        let (wall, now) = (clock.wall(), clock.now());
        self.newest_at = arrived_at(WallTime(micros), wall, now, self.newest_at);
        self.newest_at
    }

    /// What the device latched with the frame.
    pub fn latched(&self, buffer: &Buffer) -> Latched {
        self.chunks
            .as_ref()
            .map_or(Latched::default(), |chunks| chunks.of(buffer))
    }

    /// Exposes one frame soon.
    pub fn trigger(&self, name: &str) -> Result<(), OpenError> {
        let Some((trigger, _)) = &self.trigger else {
            let message =
                format!("camera {name}: expected trigger = \"software\" to trigger it from here");
            return Err(OpenError::Unsupported { message });
        };
        match trigger.try_send(()) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(())) => Err(OpenError::Busy {
                message: format!("camera {name}: the trigger before this one is still on its way"),
            }),
            Err(TrySendError::Disconnected(())) => Err(OpenError::NotFound {
                message: format!("camera {name}: it takes no trigger any more"),
            }),
        }
    }
}

/// What a buffer says of its picture: pixels a row, rows, PFNC number, bytes of padding a row; `None` for no picture.
pub fn picture_of(buffer: &Buffer) -> Option<(i32, i32, u32, usize)> {
    let is_picture = matches!(
        buffer.payload_type(),
        BufferPayloadType::Image | BufferPayloadType::ExtendedChunkData
    );
    is_picture.then(|| {
        let (padding, _) = buffer.image_padding();
        let format = buffer.image_pixel_format().raw();
        let padding = usize::try_from(padding).unwrap_or(0);
        (buffer.image_width(), buffer.image_height(), format, padding)
    })
}

/// A thread that writes the trigger to the device: a write to one that is gone takes seconds.
fn triggering(
    camera: Camera,
    is_lost: Arc<AtomicBool>,
) -> Result<(SyncSender<()>, JoinHandle<()>), OpenError> {
    let (sender, receiver): (_, Receiver<()>) = sync_channel(1);
    let work = move || {
        while receiver.recv().is_ok() {
            if camera.software_trigger().is_err() {
                is_lost.store(true, Ordering::Release);
                break;
            }
        }
    };
    let thread = std::thread::Builder::new()
        .name("camera-trigger".to_owned())
        .spawn(work);
    let thread = thread.map_err(|error| OpenError::Device {
        message: format!("no thread for software triggers: {error}"),
    })?;
    Ok((sender, thread))
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.trigger.take() {
            drop(sender);
            // It ends with its last trigger; a panic in it has nobody left to tell.
            let _ = thread.join();
        }
        if !self.is_lost() {
            // The device may be gone; there is nobody left to tell.
            let _ = self.camera.stop_acquisition();
        }
    }
}
