//! Stores pictures and shows the newest. Pictures of views that passed wait here for their part's disposition.

use super::message::{ImageItem, Keep, PartDisposition};
use super::samples::Sampler;
use crate::clock::Clock;
use crate::ports::log::{ImageStore, LogError, Picture};
use crate::queue::Outlet;
use crate::station::part::PartNo;
use crate::station::time::Instant;
use crate::station::verdict::Disposition;
use crate::telemetry::alarm::{AlarmSender, Condition};
use crate::telemetry::catalogue::Code;
use crate::telemetry::stats::Stats;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// While no picture comes, the store is asked this often whether it is still there.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Shows the newest picture of each view to whoever looks.
pub trait Preview: Send {
    /// A part's picture.
    fn show(&mut self, item: &ImageItem);
}

/// What an images stage is made of.
pub struct ImagesSetup {
    /// Pictures, from the `inspect` stages.
    pub images: Outlet<ImageItem>,
    /// What became of each part, from the `actuate` stage.
    pub dispositions: Outlet<PartDisposition>,
    /// Where pictures are stored.
    pub store: Box<dyn ImageStore>,
    /// Is shown every picture, stored or not.
    pub preview: Box<dyn Preview>,
    /// Who is taught.
    pub sampler: Sampler,
    /// The most pictures that wait for their part's disposition.
    pub parked_max: usize,
    /// Where dropped pictures and stored bytes are counted.
    pub stats: Arc<Stats>,
    /// Where it is raised that pictures cannot be stored.
    pub alarms: AlarmSender,
    /// Times how long a picture takes to store.
    pub clock: Arc<dyn Clock>,
}

/// The stage of the image store.
pub struct ImagesStage {
    with: ImagesSetup,
    parked: VecDeque<ImageItem>,
    /// Dispositions that came before their pictures, newest last.
    known: VecDeque<PartDisposition>,
    /// The newest part whose disposition came.
    newest_disposed: Option<PartNo>,
    not_stored: Condition,
    /// When the store is asked next, if no picture comes until then.
    look_at: Instant,
    /// Whether what keeps pictures from being stored is seen without one.
    is_gone: bool,
}

impl ImagesStage {
    /// Ready to step.
    pub fn new(with: ImagesSetup) -> Self {
        let stored = with.store.stored_bytes();
        with.stats.images_bytes.store(stored, Ordering::Relaxed);
        Self {
            not_stored: with.alarms.condition(Code::ImageStore, ""),
            look_at: with.clock.now() + LOOK_EVERY,
            parked: VecDeque::with_capacity(with.parked_max),
            known: VecDeque::with_capacity(with.parked_max),
            with,
            newest_disposed: None,
            is_gone: false,
        }
    }

    /// Deals with one picture, and with every disposition that has come.
    pub fn step(&mut self) {
        self.take_dispositions();
        let Some(item) = self.with.images.pop() else {
            return self.look();
        };
        self.with.preview.show(&item);
        self.with.sampler.offer(&item);
        match item.keep {
            Keep::Always => self.save(&item),
            Keep::IfRejected => match self.disposition_of(item.part_no) {
                Some(Disposition::Reject) => self.save(&item),
                Some(Disposition::Accept) => {}
                None => self.park(item),
            },
        }
    }

    /// Whether every picture was dealt with and no more will come.
    pub fn is_done(&self) -> bool {
        self.with.images.is_closed()
    }

    /// Whether nothing has come.
    pub fn is_idle(&self) -> bool {
        self.with.images.is_empty() && self.with.dispositions.is_empty()
    }

    fn look(&mut self) {
        let now = self.with.clock.now();
        if now < self.look_at {
            return;
        }
        self.look_at = now + LOOK_EVERY;
        match self.with.store.check() {
            Err(error) => {
                self.failed(&error);
                self.is_gone = true;
            }
            // Full, or whatever else was said of a picture, is over with the next one that is stored.
            Ok(()) if std::mem::take(&mut self.is_gone) => self.not_stored.end(),
            Ok(()) => {}
        }
    }

    fn failed(&mut self, error: &LogError) {
        self.is_gone = matches!(error, LogError::Gone { .. });
        self.not_stored
            .raise(format!("pictures are not stored: {error}"));
    }

    fn disposition_of(&self, part_no: PartNo) -> Option<Disposition> {
        let disposed = self
            .known
            .iter()
            .find(|disposed| disposed.part_no == part_no)?;
        Some(disposed.disposition)
    }

    fn take_dispositions(&mut self) {
        while let Some(disposed) = self.with.dispositions.pop() {
            if self.known.len() == self.with.parked_max {
                self.known.pop_front();
            }
            self.known.push_back(disposed);
            self.newest_disposed = Some(disposed.part_no);
            // Parts leave in order, so whatever waits for an earlier part waits in vain.
            while self
                .parked
                .front()
                .is_some_and(|item| item.part_no <= disposed.part_no)
            {
                let Some(item) = self.parked.pop_front() else {
                    break;
                };
                if item.part_no == disposed.part_no && disposed.disposition == Disposition::Reject {
                    self.save(&item);
                }
            }
        }
    }

    /// Pictures that wait for their part's disposition.
    pub fn parked(&self) -> usize {
        self.parked.len()
    }

    fn park(&mut self, item: ImageItem) {
        // Parts leave in order: this one's disposition came and is forgotten, or was lost.
        if self
            .newest_disposed
            .is_some_and(|newest| item.part_no <= newest)
        {
            self.with.stats.counts.images_dropped.add(1);
            return;
        }
        if self.parked.len() == self.with.parked_max {
            self.parked.pop_front();
            self.with.stats.counts.images_dropped.add(1);
        }
        let index = self
            .parked
            .partition_point(|parked| parked.part_no <= item.part_no);
        self.parked.insert(index, item);
    }

    fn save(&mut self, item: &ImageItem) {
        let cells = item.map_size.0 as usize * item.map_size.1 as usize;
        let picture = Picture {
            part_no: item.part_no,
            view: item.view,
            pixels: &item.pixels[..item.shape.bytes().min(item.pixels.len())],
            shape: item.shape,
            map: item.map.as_ref().map_or(&[], |map| &map[..cells]),
            map_size: item.map_size,
        };
        let started: Instant = self.with.clock.now();
        let saved = self.with.store.save(&picture);
        let took = self.with.clock.now().since(started);
        self.with.stats.stages.image.record(took);
        let stored = self.with.store.stored_bytes();
        self.with
            .stats
            .images_bytes
            .store(stored, Ordering::Relaxed);
        match saved {
            Ok(()) => self.not_stored.end(),
            Err(error) => {
                self.with.stats.counts.images_dropped.add(1);
                self.failed(&error);
            }
        }
    }
}
