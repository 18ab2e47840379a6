//! What stands in for a line and its cameras: parts at a takt, and pictures that were made before.

use super::serving::Ready;
use crate::clock::{Clock, SystemClock};
use crate::pipeline::images::Preview;
use crate::pipeline::message::ImageItem;
use crate::pipeline::record::Audience;
use crate::ports::camera::{AcquireError, AcquisitionSettings, Camera, OpenError};
use crate::ports::line::{Arrival, TriggerError, TriggerSource};
use crate::ports::log::{ImageStore, LogError, Picture as StoredPicture};
use crate::station::frame::{FrameMeta, FrameShape};
use crate::station::part::Style;
use crate::station::result::{PartResult, Record};
use crate::station::time::Instant;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// Time from the trigger to the frame.
const EXPOSED_AFTER: Duration = Duration::from_millis(2);

/// When each part comes. Clones start together.
#[derive(Clone)]
pub struct Belt {
    start: Arc<OnceLock<Instant>>,
    takt: Duration,
    parts: u64,
}

impl Belt {
    /// At rest, with so many parts.
    pub fn new(takt: Duration, parts: u64) -> Self {
        Self {
            start: Arc::default(),
            takt,
            parts,
        }
    }

    /// Starts it, once; the first part comes then.
    pub fn start(&self, first: Instant) {
        let _ = self.start.set(first);
    }

    /// When it brings this part; `None` while it is at rest.
    pub fn at(&self, part: u64) -> Option<Instant> {
        let first = self.start.get()?;
        Some(*first + self.takt * u32::try_from(part).unwrap_or(u32::MAX))
    }
}

/// Waits for a moment, but no longer than the timeout, and says whether it has come.
fn wait_for(at: Option<Instant>, timeout: Duration) -> Option<Instant> {
    let clock = SystemClock;
    let latest = clock.now() + timeout;
    clock.sleep_until(at.map_or(latest, |at| at.min(latest)));
    at.filter(|at| *at <= latest)
}

/// Announces them, all of one style.
pub struct Trigger {
    belt: Belt,
    style: Style,
    next: u64,
}

impl Trigger {
    /// Before the first.
    pub fn new(belt: Belt, style: Style) -> Self {
        Self {
            belt,
            style,
            next: 0,
        }
    }
}

impl TriggerSource for Trigger {
    fn wait(&mut self, timeout: Duration) -> Result<Arrival, TriggerError> {
        if self.next == self.belt.parts {
            return Err(TriggerError::Ended);
        }
        let at = wait_for(self.belt.at(self.next), timeout).ok_or(TriggerError::Timeout)?;
        self.next += 1;
        Ok(Arrival {
            part_id: None,
            style: Some(self.style),
            ..Arrival::at(at)
        })
    }
}

/// A view's pictures in turn, at the cost of one copy as from a driver's buffer; painting them would cost more than
/// looking at them.
pub struct Replay {
    belt: Belt,
    ready: Ready,
    next: u64,
}

impl Replay {
    /// Before the first.
    pub fn new(belt: Belt, ready: Ready) -> Self {
        Self {
            belt,
            ready,
            next: 0,
        }
    }
}

impl Camera for Replay {
    fn shape(&self) -> FrameShape {
        self.ready.view.shape
    }

    fn acquire(&mut self, pixels: &mut [u8], timeout: Duration) -> Result<FrameMeta, AcquireError> {
        if self.next == self.belt.parts {
            return Err(AcquireError::Ended);
        }
        let exposed_at = self.belt.at(self.next).map(|at| at + EXPOSED_AFTER);
        let exposed_at = wait_for(exposed_at, timeout).ok_or(AcquireError::Timeout)?;
        let pictures = &self.ready.pictures;
        pixels.copy_from_slice(&pictures[(self.next % pictures.len() as u64) as usize].pixels);
        self.next += 1;
        Ok(FrameMeta {
            block_id: self.next,
            device_timestamp_ns: None,
            exposed_at,
            shape: self.shape(),
            part_id: None,
            style: None,
            counts: None,
            lines: None,
        })
    }

    fn apply(&mut self, wanted: &AcquisitionSettings) -> Result<AcquisitionSettings, OpenError> {
        Ok(*wanted)
    }

    fn reopen(&mut self) -> Result<(), OpenError> {
        Ok(())
    }
}

/// Keeps what leaves; shows and stores no picture.
#[derive(Clone, Default)]
pub struct Witness(Arc<Mutex<Vec<PartResult>>>);

impl Witness {
    /// All that left so far, in order.
    pub fn parts(&self) -> Vec<PartResult> {
        self.0.lock().map(|all| all.clone()).unwrap_or_default()
    }
}

impl Audience for Witness {
    fn left(&mut self, record: &Record) {
        if let (Record::Result(result), Ok(mut all)) = (record, self.0.lock()) {
            all.push(result.clone());
        }
    }
    fn durable(&mut self, _: &[Record]) {}
}

impl Preview for Witness {
    fn show(&mut self, _: &ImageItem) {}
}

impl ImageStore for Witness {
    fn save(&mut self, _: &StoredPicture<'_>) -> Result<(), LogError> {
        Ok(())
    }
    fn check(&mut self) -> Result<(), LogError> {
        Ok(())
    }
    fn stored_bytes(&self) -> u64 {
        0
    }
}
