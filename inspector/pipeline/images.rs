//! Stores pictures and shows the newest. Pictures of views that passed wait here for their part's disposition.

use super::message::{ImageItem, Keep, PartDisposition};
use super::samples::Sampler;
use crate::clock::Clock;
use crate::ports::log::{ImageStore, LogError, Picture};
use crate::queue::Outlet;
use crate::station::part::PartNo;
use crate::station::time::Instant;
use crate::telemetry::alarm::{AlarmSender, Condition};
use crate::telemetry::catalogue::Code;
use crate::telemetry::stats::Stats;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// While no picture comes, the store is asked this often whether it is still there.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// So long after the last unreviewed picture went it is over: on a full disk one goes every now and then.
const UNREVIEWED_FOR: Duration = Duration::from_secs(3_600);

/// A picture waits so long for its part's disposition: parts stay on a belt that stands over a break, and nothing else
/// needs the buffers.
const PARKED_FOR: Duration = Duration::from_secs(3_600);
/// Dispositions that are remembered for pictures that come after them, as behind a disk that stood still.
const KNOWN_MAX: usize = 1_024;

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
    /// The most pictures of each camera that wait for their part's disposition.
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
    /// With the time at which each came, the oldest first. Parts leave in any order, so each waits for its own.
    parked: VecDeque<(Instant, ImageItem)>,
    /// Dispositions that came, the newest last.
    known: VecDeque<PartDisposition>,
    not_stored: Condition,
    /// Pictures go that nobody has reviewed.
    unreviewed: Condition,
    /// So many went before.
    unreviewed_before: u64,
    /// When the last of them went.
    unreviewed_at: Instant,
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
            unreviewed: with.alarms.condition(Code::UnreviewedDeleted, ""),
            unreviewed_before: 0,
            unreviewed_at: with.clock.now(),
            look_at: with.clock.now() + LOOK_EVERY,
            parked: VecDeque::with_capacity(with.parked_max),
            known: VecDeque::with_capacity(KNOWN_MAX),
            with,
            is_gone: false,
        }
    }

    /// Deals with one picture, and with every disposition that has come.
    pub fn step(&mut self) {
        self.take_dispositions();
        self.forget_old();
        let Some(item) = self.with.images.pop() else {
            return self.look();
        };
        self.with.preview.show(&item);
        self.with.sampler.offer(&item);
        match item.keep {
            Keep::Always => self.save(&item),
            Keep::IfPartIs => match self.disposition_of(item.part_no) {
                Some(disposed) if disposed.keeps_all() => self.save(&item),
                Some(_) => {}
                None => self.park(item),
            },
        }
    }

    /// Whether every picture was dealt with and no more will come, nor what became of a part.
    pub fn is_done(&self) -> bool {
        self.with.images.is_closed() && self.with.dispositions.is_closed()
    }

    /// Nobody will tell any more what became of the parts whose pictures wait.
    pub fn finish(&mut self) {
        while self.parked.pop_front().is_some() {
            self.with.stats.counts.images_dropped.add(1);
        }
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
        self.look_at_unreviewed();
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

    fn disposition_of(&self, part_no: PartNo) -> Option<PartDisposition> {
        // The newest are those that are asked for.
        let mut known = self.known.iter().rev();
        known.find(|disposed| disposed.part_no == part_no).copied()
    }

    fn take_dispositions(&mut self) {
        while let Some(disposed) = self.with.dispositions.pop() {
            if self.known.len() == KNOWN_MAX {
                self.known.pop_front();
            }
            self.known.push_back(disposed);
            let is_of = |(_, item): &(Instant, ImageItem)| item.part_no == disposed.part_no;
            while let Some(index) = self.parked.iter().position(is_of) {
                let Some((_, item)) = self.parked.remove(index) else {
                    break;
                };
                if disposed.keeps_all() {
                    self.save(&item);
                }
            }
        }
    }

    /// What became of their parts was lost, or is known too late for them.
    fn forget_old(&mut self) {
        let now = self.with.clock.now();
        let is_old = |(at, _): &mut (Instant, ImageItem)| now.since(*at) >= PARKED_FOR;
        while self.parked.pop_front_if(is_old).is_some() {
            self.with.stats.counts.images_dropped.add(1);
        }
    }

    /// Pictures that wait for their part's disposition.
    pub fn parked(&self) -> usize {
        self.parked.len()
    }

    fn park(&mut self, item: ImageItem) {
        // Each camera has buffers of its own, so none has its pictures dropped for those of another.
        let camera = item.camera;
        let is_same = |(_, parked): &&(Instant, ImageItem)| parked.camera == camera;
        if self.parked.iter().filter(is_same).count() >= self.with.parked_max {
            let oldest = self.parked.iter().position(|parked| is_same(&parked));
            drop(oldest.and_then(|oldest| self.parked.remove(oldest)));
            self.with.stats.counts.images_dropped.add(1);
        }
        self.parked.push_back((self.with.clock.now(), item));
    }

    /// It is over once none of them has gone for a while.
    fn look_at_unreviewed(&mut self) {
        let now = self.with.clock.now();
        let deleted = self.with.store.unreviewed_deleted();
        if deleted == std::mem::replace(&mut self.unreviewed_before, deleted) {
            if now.since(self.unreviewed_at) >= UNREVIEWED_FOR {
                self.unreviewed.end();
            }
            return;
        }
        self.unreviewed_at = now;
        self.unreviewed.raise(format!(
            "{deleted} pictures of rejects and drawn passes that nobody had reviewed were deleted, because images.quota_bytes has no \
             room for more"
        ));
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
        self.look_at_unreviewed();
        match saved {
            Ok(()) => self.not_stored.end(),
            Err(error) => {
                self.with.stats.counts.images_dropped.add(1);
                self.failed(&error);
            }
        }
    }
}

#[cfg(test)]
mod tests;
