//! Corrects, scores and judges one frame, then passes it on to be stored.

use super::message::{Announcement, Decision, FrameItem, ImageItem, Keep};
use super::pool::{Loan, Pool};
use super::scorers::ScorerSet;
use crate::clock::Clock;
use crate::ports::scorer::{ScoreError, ViewScore};
use crate::queue::Queue;
use crate::station::identity::Who;
use crate::station::part::PartNo;
use crate::station::result::{ViewResult, ViewTimes};
use crate::station::review::Draw;
use crate::station::time::{Instant, micros};
use crate::station::verdict::{Cause, Verdict, judge};
use crate::telemetry::alarm::{AlarmSender, Condition};
use crate::telemetry::catalogue::Code;
use crate::telemetry::stats::Stats;
use std::sync::Arc;
use std::time::Duration;

/// What an inspect stage is made of.
pub struct InspectSetup {
    /// Loaded and warm.
    pub scorers: ScorerSet,
    /// Buffers for score maps.
    pub maps: Pool,
    /// One of so many passes is stored, by part number; 0 stores none.
    pub keep_one_pass_in: u64,
    /// Which passes are put before people: their pictures are stored.
    pub draw: Draw,
    /// After so long without a frame a model runs on nothing; zero is never.
    pub keep_warm: Duration,
    /// What each view says, to the `actuate` stage.
    pub decisions: Queue<Decision>,
    /// Inspected frames, to the `images` stage.
    pub images: Queue<ImageItem>,
    /// Where times of the stage and dropped pictures are counted.
    pub stats: Arc<Stats>,
    /// Which of the threads that inspect this is, from 0.
    pub thread: usize,
    /// Where a model that cannot be run is raised.
    pub alarms: AlarmSender,
    /// Times each step, and tells when a deadline has passed.
    pub clock: Arc<dyn Clock>,
}

/// The stage of one inspect thread.
pub struct InspectStage {
    with: InspectSetup,
    model: Condition,
    /// When a model ran last.
    ran_at: Instant,
}

impl InspectStage {
    /// Ready to step.
    pub fn new(with: InspectSetup) -> Self {
        let ran_at = with.clock.now();
        let name = format!("inspect-{}", with.thread);
        Self {
            model: with.alarms.condition(Code::Model, &name),
            with,
            ran_at,
        }
    }

    /// How long it may wait for a frame before it is to be told that there is none.
    pub fn patience(&self, most: Duration) -> Duration {
        match self.with.keep_warm {
            Duration::ZERO => most,
            keep_warm => {
                let idle = self.with.clock.now().since(self.ran_at);
                most.min(keep_warm.saturating_sub(idle))
            }
        }
    }

    /// There is no frame. A part that comes while a model runs on nothing waits for its end.
    pub fn idle(&mut self) {
        let keep_warm = self.with.keep_warm;
        if !keep_warm.is_zero() && self.with.clock.now().since(self.ran_at) >= keep_warm {
            self.with.scorers.keep_warm();
            self.ran_at = self.with.clock.now();
        }
    }

    /// Buffers for score maps that are not at home.
    pub fn loans_out(&self) -> usize {
        self.with.maps.out()
    }

    /// Judges one frame.
    pub fn step(&mut self, item: FrameItem) {
        self.with.scorers.take_new();
        let started_at = self.with.clock.now();
        let waited = started_at.since(item.received_at);
        self.with.stats.stages.wait.record(waited);
        let mut view = self.undecided(&item, started_at);
        let mut map = None;
        let mut map_size = (0, 0);
        if let Who::Unknown(cause) = item.part.who {
            view.cause = Some(cause);
        } else if item.part.recipe.is_none() {
            view.cause = Some(Cause::UnknownStyle);
        } else if item.part.is_here(started_at) {
            (map, map_size) = self.score(&item, &mut view);
        }
        let decided_at = self.with.clock.now();
        self.ran_at = decided_at;
        let decided_after = decided_at.since(item.part.trigger.at);
        view.times.decided_after_us = micros(decided_after);
        self.with.stats.stages.decide.record(decided_after);
        let is_late = !item.part.is_here(decided_at);
        let verdict = view.verdict;
        let is_near = self.with.draw.is_near(view.score, view.thresholds);
        let keep = self.keep(&item.part, verdict, is_late || is_near);
        let decision = Decision {
            part_no: item.part.trigger.part_no,
            view,
        };
        // Should `actuate` not take it, the part stays undecided and is rejected all the same.
        drop(self.with.decisions.push(decision));
        let picture = ImageItem {
            part_no: item.part.trigger.part_no,
            part_id: item.part.trigger.part_id,
            style: item.part.trigger.style,
            camera: item.camera,
            view: item.view,
            verdict,
            keep,
            shape: item.meta.shape,
            pixels: item.pixels,
            map,
            map_size,
        };
        if self.with.images.push(picture).is_err() {
            self.with.stats.counts.images_dropped.add(1);
        }
    }

    fn undecided(&self, item: &FrameItem, started_at: Instant) -> ViewResult {
        let after = |at: Instant| micros(at.since(item.part.trigger.at));
        ViewResult {
            block_id: Some(item.meta.block_id),
            device_timestamp_ns: item.meta.device_timestamp_ns,
            shape: Some(item.meta.shape),
            times: ViewTimes {
                exposed_after_us: after(item.meta.exposed_at),
                received_after_us: after(item.received_at),
                started_after_us: after(started_at),
                ..ViewTimes::default()
            },
            ..ViewResult::not_decided(item.view, Cause::Deadline)
        }
    }

    fn score(&mut self, item: &FrameItem, view: &mut ViewResult) -> (Option<Loan>, (u32, u32)) {
        let Some((reference, recipe)) = &item.part.recipe else {
            return (None, (0, 0));
        };
        let index = usize::from(item.view);
        let (Some(scorer), Some(spec)) = (
            self.with.scorers.find(*reference, index),
            recipe.views.get(index),
        ) else {
            view.cause = Some(Cause::UnknownStyle);
            return (None, (0, 0));
        };
        let thresholds = spec.thresholds;
        view.thresholds = Some(thresholds);
        let map_size = scorer.map_size();
        let cells = map_size.0 as usize * map_size.1 as usize;
        let mut map = self.with.maps.loan();
        // A model that came later may have a larger map than the buffers were made for: then none is kept.
        map = map.filter(|map| map.len() >= cells);
        let room = match &mut map {
            Some(map) => &mut map[..cells],
            None => &mut [],
        };
        let from = thresholds.reject_above();
        match scorer.score(&item.pixels, item.meta.shape, from, room) {
            Ok(scored) => {
                self.scored(&scored, view, thresholds);
                (map, map_size)
            }
            Err(error) => {
                view.cause = Some(error.cause());
                // That a part lies elsewhere is no fault of the model: its row says so.
                if error.cause() != Cause::NotAligned {
                    self.alarm(&error, item.part.trigger.part_no);
                }
                (None, (0, 0))
            }
        }
    }

    fn scored(
        &mut self,
        scored: &ViewScore,
        view: &mut ViewResult,
        thresholds: crate::station::verdict::Thresholds,
    ) {
        view.verdict = judge(scored.score, thresholds);
        view.cause = match view.verdict {
            Verdict::Pass => None,
            Verdict::Fail => Some(Cause::Defect),
            Verdict::NotDecided => Some(Cause::Uncertain),
        };
        view.score = Some(scored.score);
        view.findings = scored.findings.clone();
        view.findings_total = scored.findings_total;
        let [correct, preprocess, run, findings] = scored.times_us;
        view.times.correct_us = correct;
        view.times.preprocess_us = preprocess;
        view.times.run_us = run;
        view.times.findings_us = findings;
        let stages = &self.with.stats.stages;
        stages.correct.record(us(correct));
        stages.preprocess.record(us(preprocess));
        stages.run.record(us(run));
        stages.findings.record(us(findings));
        self.model.end();
    }

    fn keep(&self, part: &Announcement, verdict: Verdict, is_asked_for: bool) -> Keep {
        let share = self.with.keep_one_pass_in;
        let is_sampled = share > 0 && part.trigger.part_no.0.is_multiple_of(share);
        let is_drawn = self.with.draw.takes(part.trigger.part_no);
        if verdict != Verdict::Pass || is_asked_for || is_sampled || is_drawn {
            Keep::Always
        } else {
            Keep::IfPartIs
        }
    }

    fn alarm(&mut self, error: &ScoreError, part_no: PartNo) {
        self.model.raise(format!(
            "part {}: {error}; it was rejected undecided",
            part_no.0
        ));
    }
}

fn us(us: u32) -> Duration {
    Duration::from_micros(u64::from(us))
}
