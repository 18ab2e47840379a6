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
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Time from the trigger to the frame.
const EXPOSED_AFTER: Duration = Duration::from_millis(2);

/// When somebody triggered the parts so far, and whether nobody will any more.
#[derive(Default)]
struct Triggered {
    at: Vec<Instant>,
    is_over: bool,
}

/// When each part comes. Clones start together.
#[derive(Clone)]
pub struct Belt {
    start: Arc<OnceLock<Instant>>,
    takt: Duration,
    parts: u64,
    /// When somebody else triggered each part, where somebody does: its picture is taken then.
    triggered: Option<Arc<(Mutex<Triggered>, Condvar)>>,
}

impl Belt {
    /// At rest, with so many parts.
    pub fn new(takt: Duration, parts: u64) -> Self {
        Self {
            start: Arc::default(),
            takt,
            parts,
            triggered: None,
        }
    }

    /// The same belt, where the camera takes its pictures when [`Self::trigger`] says so: a part that is triggered late
    /// keeps its own picture.
    pub fn triggered_by_others(self) -> Self {
        Self {
            triggered: Some(Arc::default()),
            ..self
        }
    }

    /// The next part is triggered; `None` says that no more will be.
    pub fn trigger(&self, at: Option<Instant>) {
        if let Some((triggered, changed)) = self.triggered.as_deref() {
            let mut triggered = triggered.lock().unwrap_or_else(PoisonError::into_inner);
            triggered.at.extend(at);
            triggered.is_over |= at.is_none();
            changed.notify_all();
        }
    }

    /// When the picture of this part is taken.
    ///
    /// # Errors
    /// Where that is not known within the timeout, or never will be.
    fn exposed_at(&self, part: u64, timeout: Duration) -> Result<Option<Instant>, AcquireError> {
        let Some((triggered, changed)) = self.triggered.as_deref() else {
            return Ok(self.at(part).map(|at| at + EXPOSED_AFTER));
        };
        let part = usize::try_from(part).unwrap_or(usize::MAX);
        let triggered = triggered.lock().unwrap_or_else(PoisonError::into_inner);
        let is_open = |all: &mut Triggered| all.at.len() <= part && !all.is_over;
        let (triggered, _) = changed
            .wait_timeout_while(triggered, timeout, is_open)
            .unwrap_or_else(PoisonError::into_inner);
        match triggered.at.get(part) {
            Some(at) => Ok(Some(*at + EXPOSED_AFTER)),
            None if triggered.is_over => Err(AcquireError::Ended),
            None => Err(AcquireError::Timeout),
        }
    }

    /// Between two parts.
    pub fn takt(&self) -> Duration {
        self.takt
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
        let latest = SystemClock.now() + timeout;
        let exposed_at = self.belt.exposed_at(self.next, timeout)?;
        let left = latest.since(SystemClock.now());
        let exposed_at = wait_for(exposed_at, left).ok_or(AcquireError::Timeout)?;
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
