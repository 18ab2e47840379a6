//! The stages of a simulated line: those that number, track and command parts.

use super::camera::{Shots, SimCamera};
use super::driver::{Answers, Line, Shared, SimOutput};
use super::naming::{FRAME_BYTES, Naming, SimCodes, SimLookUp, style};
use super::plan::plan;
use super::scenario::{Scenario, Taking};
use crate::clock::{Clock, SimulatedClock};
use crate::pipeline::acquire::{AcquireSetup, AcquireStage, Role};
use crate::pipeline::actuate::{ActuateSetup, ActuateStage, LinePlan};
use crate::pipeline::announce::{Announcer, AnnouncerSetup, Asks, Command};
use crate::pipeline::identify::{CodeCamera, IdentifySetup, IdentifyStage, IdentityPlan};
use crate::pipeline::line_ends::lay;
use crate::pipeline::message::{Announcement, Decision, FrameItem, Inbound, Unidentified};
use crate::pipeline::pool::Pool;
use crate::ports::line::PartOutput;
use crate::queue::{Outlet, Queue, WhenFull, queue};
use crate::station::budget::CycleBudget;
use crate::station::identity::Identified;
use crate::station::part::JobId;
use crate::station::recipe::{Recipe, RecipeView, Recipes};
use crate::station::review::Draw;
use crate::station::sorting::{LaneRule, LaneRules};
use crate::station::time::WallTime;
use crate::station::verdict::{Score, Thresholds};
use crate::telemetry::alarm::AlarmSender;
use crate::telemetry::stats::Stats;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The stages of a line, and the other ends of their queues.
pub(super) fn line(
    scenario: &Scenario,
    world: &Shared,
    clock: &Arc<SimulatedClock>,
    answers: &Answers,
) -> Line {
    let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
    let (ends, devices, mut told) = lay(1);
    let stats = stats();
    let (alarm_tx, alarms) = queue("alarms", 1_024, WhenFull::DropNewest, None);
    let alarm_sender = AlarmSender::new(alarm_tx);
    let (triggers, trigger_rx) = queue("triggers", 256, WhenFull::Fault, None);
    let (decisions, decision_rx) = queue("decisions", 256, WhenFull::Fault, None);
    let (results, results_rx) = queue("results", 4_096, WhenFull::Fault, None);
    let (dispositions, _) = queue("dispositions", 256, WhenFull::DropNewest, None);
    let (restarts, restart_rx) = queue("restarts", 4, WhenFull::DropNewest, None);
    let reads = ends.identities.clone();
    let plan = LinePlan {
        ends: Some(ends),
        ..plan(scenario, world, output(scenario, world, answers))
    };
    let around = Around::of((scenario, world), &stats, &alarm_sender, &clock);
    let before = around.before(&plan, reads, (triggers, decisions.clone()));
    let actuate = ActuateStage::new(ActuateSetup {
        line: plan,
        triggers: trigger_rx,
        decisions: decision_rx,
        restarts: restart_rx,
        exposures: queue("exposures", 1, WhenFull::DropNewest, None).1,
        results,
        dispositions,
        draw: Draw::NONE,
        stats: Arc::clone(&stats),
        alarms: alarm_sender,
        clock,
    });
    Line {
        announcer: before.announcer,
        actuate,
        identify: before.identify,
        acquire: before.acquire,
        shots: before.shots,
        frames: before.frames,
        decisions,
        results: results_rx,
        devices,
        told: told.remove(0),
        restarts,
        commands: before.commands,
        alarms,
        stats,
    }
}

/// Of a line with one camera, which is there.
fn stats() -> Arc<Stats> {
    let stats = Stats::new(1);
    stats.cameras[0].is_connected.store(true, Ordering::Relaxed);
    Arc::new(stats)
}

/// What is before the ejector, and the other ends of its queues.
struct Before {
    announcer: Announcer,
    identify: Option<IdentifyStage>,
    acquire: AcquireStage,
    shots: Shots,
    frames: Outlet<FrameItem>,
    commands: Queue<Command>,
}

/// What every stage is given.
struct Around<'a> {
    scenario: &'a Scenario,
    world: &'a Shared,
    stats: &'a Arc<Stats>,
    alarms: &'a AlarmSender,
    clock: &'a Arc<dyn Clock>,
}

impl<'a> Around<'a> {
    fn of(
        (scenario, world): (&'a Scenario, &'a Shared),
        stats: &'a Arc<Stats>,
        alarms: &'a AlarmSender,
        clock: &'a Arc<dyn Clock>,
    ) -> Self {
        Self {
            scenario,
            world,
            stats,
            alarms,
            clock,
        }
    }

    fn before(
        &self,
        plan: &LinePlan,
        reads: Outlet<Identified>,
        (triggers, decisions): (Queue<Inbound>, Queue<Decision>),
    ) -> Before {
        let (commands, asked) = queue("commands", 1, WhenFull::DropNewest, None);
        let (frames_in, frames) = queue("frames", 256, WhenFull::Fault, None);
        let (unidentified, unidentified_rx) = queue("unidentified", 256, WhenFull::Fault, None);
        let (arrivals, parts) = queue("parts", 256, WhenFull::Fault, None);
        let shots = Shots::default();
        let awaited = self.scenario.naming.map(|_| unidentified.clone());
        let to = (triggers.clone(), frames_in.clone(), decisions.clone());
        let parts_max = plan.budget.parts_max();
        Before {
            identify: self.identify((unidentified_rx, reads), to, parts_max),
            acquire: self.acquire(
                (parts, &shots),
                (frames_in, awaited, decisions),
                &plan.budget,
            ),
            announcer: self.announcer(plan.decide_by(), (triggers, arrivals, unidentified), asked),
            shots,
            frames,
            commands,
        }
    }

    fn identify(
        &self,
        (unidentified, reads): (Outlet<Unidentified>, Outlet<Identified>),
        (triggers, frames, decisions): (Queue<Inbound>, Queue<FrameItem>, Queue<Decision>),
        parts_max: usize,
    ) -> Option<IdentifyStage> {
        let naming = self.scenario.naming?;
        Some(IdentifyStage::new(IdentifySetup {
            job: JobId(1),
            identity: identity(naming, self.scenario, self.world),
            recipes: recipes(),
            default_style: Some(style(false)),
            unidentified,
            reads: Some(reads),
            triggers,
            frames,
            decisions,
            parts_max,
            stats: Arc::clone(self.stats),
            alarms: self.alarms.clone(),
            clock: Arc::clone(self.clock),
        }))
    }

    fn acquire(
        &self,
        (parts, shots): (Outlet<Announcement>, &Shots),
        (frames, unidentified, decisions): (
            Queue<FrameItem>,
            Option<Queue<Unidentified>>,
            Queue<Decision>,
        ),
        budget: &CycleBudget,
    ) -> AcquireStage {
        AcquireStage::new(AcquireSetup {
            camera: 0,
            name: "top".to_owned(),
            device: Box::new(SimCamera {
                world: Arc::clone(self.world),
                shots: Arc::clone(shots),
                block_id: 0,
            }),
            role: Role::Follows(parts),
            // As many as parts can wait for an ID, and some that are looked at.
            pool: Pool::new(64, FRAME_BYTES),
            frame_window: budget.frame_window(),
            parts_max: budget.parts_max(),
            frames,
            unidentified,
            decisions,
            exposures: None,
            stats: Arc::clone(self.stats),
            alarms: self.alarms.clone(),
            clock: Arc::clone(self.clock),
        })
    }

    fn announcer(
        &self,
        decide_by: Option<Duration>,
        (triggers, arrivals, identify): (Queue<Inbound>, Queue<Announcement>, Queue<Unidentified>),
        commands: Outlet<Command>,
    ) -> Announcer {
        Announcer::new(AnnouncerSetup {
            job: JobId(1),
            recipes: recipes(),
            default_style: Some(style(false)),
            decide_by,
            triggers,
            arrivals: vec![arrivals],
            told: Vec::new(),
            asks: self.scenario.naming.map(|naming| Asks {
                part_id: true,
                style: naming.has_look_up,
                lane: false,
                identify,
                cameras: 1,
            }),
            commands,
            stats: Arc::clone(self.stats),
            alarms: self.alarms.clone(),
            clock: Arc::clone(self.clock),
        })
    }
}

fn recipes() -> Recipes {
    Recipes::new(vec![Arc::new(recipe(false)), Arc::new(recipe(true))])
}

fn identity(naming: Naming, scenario: &Scenario, world: &Shared) -> IdentityPlan {
    IdentityPlan {
        has_readers: naming.has_reader || naming.has_code,
        plan: naming.plan(scenario),
        is_required: naming.is_required,
        code: naming.has_code.then(|| CodeCamera {
            camera: 0,
            reader: Box::new(SimCodes),
        }),
        look_up: naming.has_look_up.then(|| {
            Box::new(SimLookUp {
                world: Arc::clone(world),
                asked: VecDeque::new(),
            }) as _
        }),
        looks_up_lanes: false,
    }
}

fn output(scenario: &Scenario, world: &Shared, answers: &Answers) -> Box<dyn PartOutput> {
    Box::new(SimOutput {
        world: Arc::clone(world),
        answers: Arc::clone(answers),
        is_plc: scenario.taking == Taking::Plc,
        answer_ms: scenario.answer_ms,
    })
}

/// Another version of the recipe of usual parts comes.
pub(super) fn other_version() -> Command {
    Command::UseRecipe(Arc::new(Recipe {
        version: 2,
        ..recipe(false)
    }))
}

/// Scores of a style: from this on a good part is of second choice, from this on it is defective, below this it can be
/// mended then.
pub(super) const fn lines_of(is_other: bool) -> [f32; 3] {
    match is_other {
        false => [0.2, 0.5, 0.7],
        true => [0.4, 0.65, 0.8],
    }
}

fn rules(is_other: bool) -> LaneRules {
    let [second, _, rework] = lines_of(is_other).map(f64::from);
    let rules = [
        LaneRule::new(1, "second", (None, None), (Some(second), None)),
        LaneRule::new(2, "rework", (None, None), (None, Some(rework))),
    ];
    let rules = rules.into_iter().collect::<Result<Vec<_>, _>>();
    let Ok(rules) = rules.and_then(LaneRules::new) else {
        unreachable!("they are well formed");
    };
    rules
}

fn recipe(is_other: bool) -> Recipe {
    let Some(line) = Score::new(lines_of(is_other)[1]) else {
        unreachable!("it is well formed");
    };
    let Some(thresholds) = Thresholds::new(line, line) else {
        unreachable!("in order");
    };
    Recipe {
        style: style(is_other),
        version: 1,
        author: "simulation".to_owned(),
        reason: "simulation".to_owned(),
        created_at: WallTime(0),
        rules: rules(is_other),
        views: [RecipeView {
            name: "top".to_owned(),
            camera: 0,
            model: "any".to_owned(),
            thresholds,
            place: Default::default(),
        }]
        .into_iter()
        .collect(),
    }
}
