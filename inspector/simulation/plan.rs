//! The station of a simulated world: its stages over simulated ports.

use super::disk::SimDisk;
use super::ports::{SimCamera, SimGate, SimLine, scorer};
use super::unrecorded::durability;
use super::versions;
use super::world::{STYLES, Sabotage, UNKNOWN, World};
use crate::clock::Clock;
use crate::pipeline::actuate::LinePlan;
use crate::pipeline::assembly::{CameraPlan, Plan};
use crate::pipeline::scorers::Scorers;
use crate::ports::scorer::Scorer;
use crate::station::durability::DurabilityLimits;
use crate::station::part::{JobId, Style};
use crate::station::recipe::{Recipe, Recipes};
use crate::station::review::Draw;
use crate::station::time::{Instant, WallTime};
use std::sync::Arc;
use std::time::Duration;

/// Everything that one job of the simulated station is made of.
pub(super) fn plan(world: &Arc<World>, job: usize) -> Plan {
    let scenario = &world.scenario;
    // As in the files: the newest of each style, with the models that it uses.
    let versions = world.truth().versions.clone();
    let newest = |style| versions::recipe(style, versions.newest(style), scenario.cameras);
    let recipes: Vec<Arc<Recipe>> = (0..UNKNOWN).filter_map(newest).collect();
    let scorers_of = |(style, recipe): (usize, &Arc<Recipe>)| -> Vec<Box<dyn Scorer>> {
        let model = versions.model_of(style, recipe.version).unwrap_or(0);
        let views = recipe.views.iter();
        views.map(|_| scorer(world, model)).collect()
    };
    let scorers: Vec<Scorers> = (0..scenario.inspect_threads)
        .map(|_| recipes.iter().enumerate().map(scorers_of).collect())
        .collect();
    let disk = || SimDisk {
        world: Arc::clone(world),
        job,
    };
    let cameras = (0..usize::from(scenario.cameras))
        .map(|camera| CameraPlan {
            name: format!("camera-{camera}"),
            device: Box::new(SimCamera::open(world, camera)),
            leads: scenario.camera_leads && camera == 0,
        })
        .collect();
    let line = (!scenario.camera_leads).then(|| SimLine::open(world, job));
    let clock: Arc<dyn Clock> = Arc::new(WorldClock(Arc::clone(world)));
    Plan {
        job: JobId(job as u64 + 1),
        recipes: Recipes::new(recipes),
        line: LinePlan {
            settles_for: scenario.budget.pitch_min(),
            durability: limits(world),
            ..LinePlan::plain(
                scenario.budget,
                Box::new(SimGate {
                    world: Arc::clone(world),
                }),
            )
        },
        identity: None,
        tells_repeated: false,
        default_style: Style::new(STYLES[0])
            .ok()
            .filter(|_| scenario.seed.is_multiple_of(2)),
        cameras,
        trigger: line.map(|line| Box::new(line) as _),
        devices: Vec::new(),
        scorers,
        keep_one_pass_in: 10,
        draw: Draw::NONE,
        keep_warm: Duration::ZERO,
        log: Box::new(disk()),
        audience: Box::new(disk()),
        store: Box::new(disk()),
        preview: Box::new(disk()),
        clock,
    }
}

fn limits(world: &World) -> DurabilityLimits {
    match world.breaks(Sabotage::HungDiskAccepts) {
        true => DurabilityLimits::default(),
        false => durability(),
    }
}

struct WorldClock(Arc<World>);

impl Clock for WorldClock {
    fn now(&self) -> Instant {
        self.0.clock.now()
    }

    fn wall(&self) -> WallTime {
        self.0.clock.wall()
    }

    fn sleep_until(&self, _at: Instant) {}
}
