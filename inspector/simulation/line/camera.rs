//! What is before the ejector on a simulated line: triggers, readers, frames, and what is found in them.

use super::driver::{Line, Shared, locked};
use super::naming::{FRAME_BYTES, How, Named, StyleBy, draw, foreign_id, shown, style};
use super::scenario::TO_GATE_MM;
use super::thing::Read;
use super::{Sabotage, scenario};
use crate::pipeline::message::{Announcement, Decision, FrameItem, Unidentified};
use crate::pipeline::pool::Loan;
use crate::ports::line::Arrival;
use crate::station::frame::{FrameMeta, FrameShape, PixelFormat};
use crate::station::identity::{Identified, Who};
use crate::station::part::PartId;
use crate::station::result::ViewResult;
use crate::station::time::Instant;
use crate::station::verdict::{Cause, Score, Verdict};

/// What is on its way.
#[derive(Default)]
pub(super) struct Coming {
    /// Words of the readers.
    reads: Vec<Read>,
    /// Frames: when, and of which thing.
    frames: Vec<(u64, Announcement, usize)>,
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
        let (coming, own, has_naming, told_ms, pitch_ms) = {
            let world = locked(world);
            let (coming, scenario) = (world.at(index).coming, &world.scenario);
            let told_ms = ms + coming.named.told_after_ms(scenario);
            let pitch_ms = scenario::PITCH_MM / scenario.speed_max_mm_s * 1e3;
            let own = world.id_of(index);
            (coming, own, scenario.naming.is_some(), told_ms, pitch_ms)
        };
        let named = coming.named;
        let is_told = has_naming && named.how == How::Trigger;
        let arrival = Arrival {
            is_missed: coming.is_missed,
            part_id: is_told.then_some(own),
            style: (is_told && named.style_by == StyleBy::Told).then(|| style(named.is_other)),
            ..Arrival::at(Instant::from_millis(ms))
        };
        let announcement = line.announcer.announce(&arrival);
        {
            let mut world = locked(world);
            let thing = world.at_mut(index);
            thing.before = thing.part_no.replace(announcement.trigger.part_no);
            thing.is_unannounced = false;
            thing.triggered_ms = ms;
        }
        if has_naming {
            self.name((index, own), named, (ms, told_ms));
        }
        if !coming.is_missed {
            let exposed_ms = ms + 1 + (pitch_ms * 0.2) as u64;
            self.frames.push((exposed_ms, announcement, index));
        }
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
        self.read(world, line, ms);
        self.expose(world, line, ms);
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
            if read.ms > ms {
                return true;
            }
            let thing = world.at(read.of);
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
            world.reads.push_back(Read { part_id, ..*read });
            drop(line.devices.identities.push(told));
            false
        });
    }

    fn expose(&mut self, world: &Shared, line: &Line, ms: u64) {
        self.frames.retain(|(at, part, index)| {
            if *at > ms {
                return true;
            }
            let world = locked(world);
            let coming = world.at(*index).coming;
            let awaited = line.unidentified.as_ref();
            let awaited = awaited.filter(|_| part.who == Who::Awaited);
            let now = Instant::from_millis(ms);
            let pixels = line.pool.loan().filter(|_| !coming.is_unseen);
            match (pixels, awaited) {
                (Some(mut pixels), awaited) => {
                    let has_code = coming.named.how == How::Code;
                    draw(&mut pixels, *index, has_code, coming.challenge);
                    let item = frame(part, pixels, now);
                    match awaited {
                        Some(identify) => drop(identify.push(Unidentified::Frame(item))),
                        None => drop(line.frames_in.push(item)),
                    }
                }
                (None, Some(identify)) => drop(identify.push(Unidentified::NoFrame {
                    part_no: part.trigger.part_no,
                    camera: 0,
                    cause: Cause::FrameLost,
                })),
                (None, None) => {
                    let lost = Decision::not_decided(part, 0, Cause::FrameLost, now);
                    drop(line.decisions.push(lost));
                }
            }
            false
        });
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

fn frame(part: &Announcement, pixels: Loan, now: Instant) -> FrameItem {
    FrameItem {
        part: part.clone(),
        camera: 0,
        view: 0,
        meta: FrameMeta {
            block_id: part.trigger.part_no.0,
            device_timestamp_ns: None,
            exposed_at: now,
            shape: SHAPE,
            part_id: None,
            style: None,
            counts: None,
            lines: None,
        },
        received_at: now,
        pixels,
    }
}
