//! Turns the stages in simulated time, in an order drawn from the seed, and kills and restarts them.

use super::laws::{self, Violation};
use super::plan::plan;
use super::ports::scorer;
use super::scenario::Scenario;
use super::versions;
use super::world::{Disturbance, JobLog, ModelOutcome, Opening, Sabotage, World};
use crate::pipeline::assembly::{Assembly, assemble};
use crate::pipeline::entrance::{Entrance, NewModel};
use crate::pipeline::message::FrameItem;
use crate::station::result::Record;
use crate::station::time::Instant;
use fastrand::Rng;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What a run that kept every law came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// From which everything was drawn.
    pub seed: u64,
    /// Parts on the belt.
    pub parts: u64,
    /// Parts recorded as accepted.
    pub accepted: u64,
    /// Parts that nothing disturbed, whose verdict had to be right.
    pub untouched: u64,
    /// Simulated time, in milliseconds.
    pub simulated_ms: u64,
    /// Causes recorded, and faults met, by name.
    pub tally: BTreeMap<&'static str, u64>,
    /// A digest of every record and every opening of the gate, to compare two runs.
    pub digest: u64,
}

const TICK: Duration = Duration::from_millis(1);
const IDLE_TICKS: u64 = 10;

/// Runs one seed and checks every law.
pub fn run(seed: u64) -> Result<Outcome, Violation> {
    run_sabotaged(seed, None)
}

/// Runs one seed in a world that is broken on purpose.
pub fn run_sabotaged(seed: u64, sabotage: Option<Sabotage>) -> Result<Outcome, Violation> {
    let world = World::draw(Scenario::draw(seed), sabotage);
    let mut driver = Driver {
        rng: Rng::with_seed(seed ^ 0x0D21_7E12),
        station: None,
        is_wall_stepped: false,
        is_killed: false,
        versions_made: 0,
        world,
    };
    driver.start();
    let quiet_at = Instant(driver.world.scenario.quiet_at());
    while driver.world.now() < quiet_at {
        driver.tick()?;
    }
    driver.end()?;
    laws::check(&driver.world)
}

/// One running station.
struct Station {
    stages: Assembly,
    busy: Vec<Option<(Instant, FrameItem)>>,
    stalled_until: Vec<Instant>,
    order: Vec<usize>,
}

struct Driver {
    world: Arc<World>,
    rng: Rng,
    station: Option<Station>,
    is_wall_stepped: bool,
    is_killed: bool,
    versions_made: usize,
}

impl Driver {
    fn start(&mut self) {
        let job = self.world.truth().jobs.len();
        self.world.truth().jobs.push(JobLog::default());
        let stages = assemble(plan(&self.world, job));
        let threads = stages.inspect.len();
        let turns = stages.acquire.len() + threads + 4;
        self.station = Some(Station {
            busy: (0..threads).map(|_| None).collect(),
            stalled_until: vec![Instant::default(); turns],
            order: (0..turns).collect(),
            stages,
        });
    }

    fn tick(&mut self) -> Result<(), Violation> {
        let ticks = if self.is_idle() { IDLE_TICKS } else { 1 };
        let now = self.world.now() + TICK * u32::try_from(ticks).unwrap_or(1);
        self.world.clock.advance_to(now);
        self.step_wall(now);
        self.kill_or_restart(now);
        self.make_version(now);
        if let Some(station) = &mut self.station {
            station.turn(&self.world, &mut self.rng);
            laws::bounds(&self.world, &station.stages)?;
        }
        Ok(())
    }

    /// Whether no part is near: time may run faster.
    fn is_idle(&self) -> bool {
        let now = self.world.now();
        let soon = now + TICK * 20;
        let truth = self.world.truth();
        !truth
            .parts
            .iter()
            .any(|part| part.at <= soon && now <= part.act_at + Duration::from_millis(500))
    }

    fn step_wall(&mut self, now: Instant) {
        if let Some((at, by_us)) = self.world.scenario.wall_step
            && Instant::from_millis(at) <= now
            && !std::mem::replace(&mut self.is_wall_stepped, true)
        {
            self.world.clock.step_wall(by_us);
        }
    }

    fn kill_or_restart(&mut self, now: Instant) {
        let Some(at) = self.world.scenario.killed_at_ms else {
            return;
        };
        if !self.is_killed && Instant::from_millis(at) <= now {
            self.is_killed = true;
            self.station = None;
            if let Some(job) = self.world.truth().jobs.last_mut() {
                job.is_killed = true;
            }
        }
        let back_at = self.world.scenario.restarted_at_ms();
        let is_back = back_at.is_some_and(|at| Instant::from_millis(at) <= now);
        if self.is_killed && self.station.is_none() && is_back {
            self.start();
        }
    }

    /// Brings in the next version that is due, as `control::recipes` does.
    fn make_version(&mut self, now: Instant) {
        let next = self.world.scenario.new_versions.get(self.versions_made);
        let (Some(new), Some(station)) = (next.copied(), &self.station) else {
            return;
        };
        let controls = &station.stages.controls;
        while controls.retired.pop().is_some() {}
        if now < Instant::from_millis(new.at_ms) {
            return;
        }
        let cameras = self.world.scenario.cameras;
        let version = self.world.truth().versions.newest(new.style) + 1;
        let Some(recipe) = versions::recipe(new.style, version, cameras) else {
            return;
        };
        let is_forgotten = self.world.breaks(Sabotage::ModelForgotten);
        let brings = new.has_models && !is_forgotten;
        let views = if brings { recipe.views.len() } else { 0 };
        let model = |view: usize| NewModel {
            view: u8::try_from(view).unwrap_or(u8::MAX),
            scorers: (0..station.stages.inspect.len())
                .map(|_| scorer(&self.world, version))
                .collect(),
        };
        let entrance = Entrance {
            scorers: &controls.scorers,
            commands: &controls.commands,
        };
        let index = u16::try_from(new.style).unwrap_or(u16::MAX);
        let models = (0..views).map(model).collect();
        if entrance.has_room(views) && entrance.bring(index, &recipe, models).is_ok() {
            self.world.truth().versions.add(new.style, new.has_models);
            self.versions_made += 1;
        }
    }

    /// Ends the job in good order, as `threads.rs` does: from the front to the back.
    fn end(&mut self) -> Result<(), Violation> {
        let Some(mut station) = self.station.take() else {
            return Ok(());
        };
        for _ in 0..2_000 {
            let now = self.world.now() + TICK;
            self.world.clock.advance_to(now);
            station.turn(&self.world, &mut self.rng);
        }
        laws::at_rest(&self.world, &station.stages)
    }
}

impl Station {
    fn turn(&mut self, world: &World, rng: &mut Rng) {
        let now = world.now();
        rng.shuffle(&mut self.order);
        for turn in 0..self.order.len() {
            let index = self.order[turn];
            if world.scenario.has_stalls && rng.u32(..4_000) == 0 {
                self.stalled_until[index] = now + TICK * rng.u32(2..250);
                self.note_stall(world, index, now);
            }
            if self.stalled_until[index] <= now {
                self.step(world, index, now);
            }
        }
        while self.stages.controls.alarms.pop().is_some() {}
    }

    /// A stalled `record` or `images` must disturb nobody, so it is not noted.
    fn note_stall(&self, world: &World, index: usize, now: Instant) {
        if index < self.order.len() - 2 {
            let to = self.stalled_until[index];
            world
                .truth()
                .disturbances
                .push(Disturbance { from: now, to });
        }
    }

    fn step(&mut self, world: &World, index: usize, now: Instant) {
        let cameras = self.stages.acquire.len();
        let threads = self.busy.len();
        let is_disk_stalled = world.is_in(world.scenario.disk_stalled_ms);
        if index < cameras {
            self.stages.acquire[index].step(Duration::ZERO);
        } else if index < cameras + threads {
            self.inspect(world, index - cameras, now);
        } else {
            match index - cameras - threads {
                0 => {
                    if let Some(trigger) = &mut self.stages.trigger {
                        trigger.step(Duration::ZERO);
                    }
                }
                1 if is_disk_stalled && world.breaks(Sabotage::DecisionsWait) => {}
                1 => self.stages.actuate.step(),
                // A write that hangs has its batch in hand, and more comes behind it.
                2 if is_disk_stalled => self.stages.record.take_in(),
                2 => self.stages.record.step(),
                3 if !is_disk_stalled => self.stages.images.step(),
                _ => {}
            }
        }
    }

    fn inspect(&mut self, world: &World, thread: usize, now: Instant) {
        if self.busy[thread].is_none()
            && let Some(item) = self.stages.frames.pop()
        {
            let (part, camera) = (pixel_part(&item), usize::from(item.pixels[4]));
            let mut truth = world.truth();
            let shot = truth.parts[part].shots[camera];
            let done_at = now + TICK * u32::try_from(shot.inspect_ms).unwrap_or(1);
            if shot.model == ModelOutcome::Slow {
                truth.disturbances.push(Disturbance {
                    from: now,
                    to: done_at,
                });
            }
            self.busy[thread] = Some((done_at, item));
        }
        if let Some((_, mut item)) = self.busy[thread].take_if(|(done_at, _)| *done_at <= now) {
            if world.breaks(Sabotage::LoanLeaks) && item.part.trigger.part_no.0 == 2 {
                std::mem::forget(item.pixels);
                return;
            }
            if world.breaks(Sabotage::VersionTooEarly) {
                renew(world, &mut item);
            }
            self.stages.inspect[thread].step(item);
        }
    }
}

/// As if parts were judged by what is newest when they are inspected.
fn renew(world: &World, item: &mut FrameItem) {
    let truth = world.truth();
    let style = truth.parts[pixel_part(item)].style;
    let version = truth.versions.newest(style);
    let newest = versions::recipe(style, version, world.scenario.cameras);
    if let (Some((reference, recipe)), Some(newest)) = (&mut item.part.recipe, newest) {
        reference.version = version;
        *recipe = newest;
    }
}

fn pixel_part(item: &FrameItem) -> usize {
    let pixels = &item.pixels;
    u32::from_le_bytes([pixels[0], pixels[1], pixels[2], pixels[3]]) as usize
}

/// FNV-1a over everything a run left behind.
pub(super) fn digest(logs: &[JobLog], openings: &[Opening]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |text: String| {
        for byte in text.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    let rows = |log: &JobLog| -> Vec<Record> { log.durable.clone() };
    for log in logs {
        for row in rows(log) {
            add(format!("{row:?}"));
        }
    }
    for opening in openings {
        add(format!("{opening:?}"));
    }
    hash
}
