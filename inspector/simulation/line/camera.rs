//! What is before the ejector on a simulated line: triggers, readers, frames, and what is found in them.

use super::Sabotage;
use super::driver::{Line, Shared, locked};
use super::naming::{FRAME_BYTES, How, Named, StyleBy, draw, foreign_id, shown, style};
use super::scenario::{PITCH_MM, TO_GATE_MM};
use super::thing::Read;
use crate::pipeline::acquire::Acquired;
use crate::pipeline::message::Decision;
use crate::ports::camera::{AcquireError, AcquisitionSettings, Camera, OpenError};
use crate::ports::line::Arrival;
use crate::station::frame::{FrameMeta, FrameShape, PixelFormat};
use crate::station::identity::Identified;
use crate::station::part::PartId;
use crate::station::result::ViewResult;
use crate::station::time::Instant;
use crate::station::verdict::{Cause, Score, Verdict};
use fastrand::Rng;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Frames that are being taken: when each is exposed, and of which thing.
pub(super) type Shots = Arc<Mutex<VecDeque<(u64, usize)>>>;

/// When a camera takes its frames, and when the station hears of what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposing {
    /// Whether it exposes as soon as a thing is at the trigger; else a fifth of the shortest time between two parts later.
    pub is_at_once: bool,
    /// So long after a thing was at the trigger the station hears of it, in milliseconds.
    pub heard_after_ms: u64,
}

impl Exposing {
    /// Later than that, and parts are judged before word of the next comes.
    const HEARD_AFTER_MS_MAX: u64 = 8;

    /// What a seed says.
    pub fn draw(seed: u64) -> Self {
        let rng = &mut Rng::with_seed(seed ^ 0xCA3);
        Self {
            is_at_once: rng.bool(),
            heard_after_ms: rng.u64(..=Self::HEARD_AFTER_MS_MAX) * u64::from(rng.bool()),
        }
    }

    fn exposes_after_ms(self, speed_max_mm_s: f64) -> u64 {
        let pitch_ms = PITCH_MM / speed_max_mm_s * 1e3;
        1 + u64::from(!self.is_at_once) * (pitch_ms * 0.2) as u64
    }
}

/// The camera over the trigger; whatever triggers it, it is not the station.
pub(super) struct SimCamera {
    pub(super) world: Shared,
    pub(super) shots: Shots,
    pub(super) block_id: u64,
}

impl Camera for SimCamera {
    fn shape(&self) -> FrameShape {
        SHAPE
    }

    fn acquire(&mut self, pixels: &mut [u8], _: Duration) -> Result<FrameMeta, AcquireError> {
        let world = locked(&self.world);
        let mut shots = self.shots.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((exposed_ms, index)) = shots.pop_front_if(|(at, _)| *at <= world.ms) {
            self.block_id += 1;
            let coming = world.at(index).coming;
            if coming.is_unseen {
                continue;
            }
            draw(
                pixels,
                index,
                coming.named.how == How::Code,
                coming.challenge,
            );
            return Ok(FrameMeta {
                block_id: self.block_id,
                device_timestamp_ns: None,
                exposed_at: Instant::from_millis(exposed_ms),
                shape: SHAPE,
                part_id: None,
                style: None,
                counts: None,
                lines: None,
            });
        }
        Err(AcquireError::Timeout)
    }

    fn waits_for_trigger(&self) -> bool {
        locked(&self.world).breaks(Sabotage::CameraMistaken)
    }

    fn trigger(&mut self) -> Result<(), OpenError> {
        Ok(())
    }

    fn apply(&mut self, settings: &AcquisitionSettings) -> Result<AcquisitionSettings, OpenError> {
        Ok(*settings)
    }

    fn reopen(&mut self) -> Result<(), OpenError> {
        Ok(())
    }
}

/// What is on its way.
#[derive(Default)]
pub(super) struct Coming {
    /// Words of the readers.
    reads: Vec<Read>,
    /// Word of triggers: when it is heard, and of which thing.
    words: VecDeque<(u64, Arrival, usize)>,
    /// What is found: when.
    decisions: Vec<(u64, Decision)>,
}

const SHAPE: FrameShape = FrameShape {
    width: FRAME_BYTES as u32,
    height: 1,
    pixel_format: PixelFormat::Mono8,
};

impl Coming {
    /// A thing passes the reader before the trigger.
    pub(super) fn passed_reader(&mut self, world: &Shared, index: usize, ms: u64) {
        let world = locked(world);
        if world.at(index).coming.named.how == How::Before {
            self.will_read(index, ms, world.id_of(index), false);
        }
    }

    fn will_read(&mut self, index: usize, ms: u64, part_id: PartId, is_numbered: bool) {
        self.reads.push(Read {
            ms,
            of: index,
            part_id: Some(part_id),
            is_numbered,
        });
    }

    /// A thing is at the trigger: it is announced; its ID, its frame and what is found come after a while.
    pub(super) fn trigger(&mut self, world: &Shared, line: &mut Line, index: usize, ms: u64) {
        let (coming, own, has_naming, told_ms, exposed_ms, heard_ms) = {
            let mut world = locked(world);
            world.at_mut(index).triggered_ms = ms;
            let (coming, scenario) = (world.at(index).coming, &world.scenario);
            let told_ms = ms + coming.named.told_after_ms(scenario);
            let exposed_ms = ms + scenario.camera.exposes_after_ms(scenario.speed_max_mm_s);
            let heard_ms = ms + scenario.camera.heard_after_ms;
            let own = world.id_of(index);
            let has_naming = scenario.naming.is_some();
            (coming, own, has_naming, told_ms, exposed_ms, heard_ms)
        };
        let named = coming.named;
        let is_told = has_naming && named.how == How::Trigger;
        let arrival = Arrival {
            is_missed: coming.is_missed,
            part_id: is_told.then_some(own),
            style: (is_told && named.style_by == StyleBy::Told).then(|| style(named.is_other)),
            ..Arrival::at(Instant::from_millis(ms))
        };
        self.words.push_back((heard_ms, arrival, index));
        if has_naming {
            self.name((index, own), named, (ms, told_ms));
        }
        // What triggers the camera need not know that the station is not ready.
        let mut shots = line.shots.lock().unwrap_or_else(PoisonError::into_inner);
        shots.push_back((exposed_ms, index));
    }

    fn name(&mut self, (index, own): (usize, PartId), named: Named, (ms, told_ms): (u64, u64)) {
        match named.how {
            How::After | How::Late => {
                self.will_read(index, told_ms, own, named.is_numbered);
            }
            How::Twice => {
                self.will_read(index, ms, own, false);
                self.will_read(index, told_ms, own, named.is_numbered);
            }
            How::Doubtful => {
                let (first, second) = match index.is_multiple_of(2) {
                    true => (own, foreign_id(index)),
                    false => (foreign_id(index), own),
                };
                self.will_read(index, ms, first, false);
                self.will_read(index, told_ms, second, named.is_numbered);
            }
            How::Blank => self.reads.push(Read {
                ms: told_ms,
                of: index,
                part_id: None,
                is_numbered: named.is_numbered,
            }),
            How::Trigger | How::Before | How::Code | How::Never => {}
        }
    }

    /// What readers, cameras and models come to in this millisecond.
    pub(super) fn tick(&mut self, world: &Shared, line: &mut Line, ms: u64) {
        self.hear(world, line, ms);
        self.read(world, line, ms);
        if let Some(identify) = &mut line.identify {
            while identify.step() {}
        }
        self.inspect(world, line, ms);
        let decisions = &line.decisions;
        self.decisions.retain(|(at, decision)| {
            let is_due = *at <= ms;
            if is_due {
                drop(decisions.push(decision.clone()));
            }
            !is_due
        });
    }

    fn read(&mut self, world: &Shared, line: &Line, ms: u64) {
        let mut world = locked(world);
        self.reads.retain(|read| {
            let thing = world.at(read.of);
            let is_unheard = read.is_numbered && thing.part_no.is_none();
            if read.ms > ms || is_unheard {
                return true;
            }
            let named = thing.coming.named;
            let is_wrong = world.breaks(Sabotage::IdsOfTheNextPart) && read.part_id.is_some();
            let part_id = match is_wrong {
                true => Some(world.id_of(read.of + 1)),
                false => read.part_id,
            };
            let style = style(named.is_other);
            let told = Identified {
                part_no: thing.part_no.filter(|_| read.is_numbered),
                part_id,
                style: (named.style_by == StyleBy::Told && part_id.is_some()).then_some(style),
                lane: None,
                at: Instant::from_millis(ms),
            };
            world.reads.push_back(Read {
                ms,
                part_id,
                ..*read
            });
            drop(line.devices.identities.push(told));
            false
        });
    }

    /// Word of parts comes to the station, and what the camera has taken.
    fn hear(&mut self, world: &Shared, line: &mut Line, ms: u64) {
        while let Some((_, arrival, index)) = self.words.pop_front_if(|(due, ..)| *due <= ms) {
            let announcement = line.announcer.announce(&arrival);
            let mut world = locked(world);
            let thing = world.at_mut(index);
            thing.before = thing.part_no.replace(announcement.trigger.part_no);
            thing.is_unannounced = false;
        }
        while line.acquire.step(Duration::ZERO) == Acquired::Frame {}
    }

    fn inspect(&mut self, world: &Shared, line: &Line, ms: u64) {
        let world = locked(world);
        while let Some(item) = line.frames.pop() {
            let index = shown(&item.pixels);
            let thing = world.at(index);
            let shortest_ms = TO_GATE_MM / world.scenario.speed_max_mm_s * 1e3;
            let takes_ms = (shortest_ms * thing.coming.inspect_share) as u64;
            let due = (thing.triggered_ms + takes_ms).max(ms + 1);
            let part_no = item.part.trigger.part_no;
            let mut view = ViewResult::not_decided(0, Cause::UnknownStyle);
            if let Some((_, recipe)) = &item.part.recipe {
                let thresholds = recipe.views[usize::from(item.view)].thresholds;
                view.score = Score::new(thing.score(index));
                view.thresholds = Some(thresholds);
                let is_bad = view
                    .score
                    .is_none_or(|score| score >= thresholds.reject_above());
                (view.verdict, view.cause) = match is_bad {
                    true => (Verdict::Fail, Some(Cause::Defect)),
                    false => (Verdict::Pass, None),
                };
            }
            self.decisions.push((due, Decision { part_no, view }));
        }
    }
}
