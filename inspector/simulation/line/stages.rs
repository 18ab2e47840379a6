//! The stages of a simulated line: those that number, track and command parts.

use super::Sabotage;
use super::driver::{Answers, Line, Shared, SimOutput, locked};
use super::naming::{FRAME_BYTES, Naming, SimCodes, SimLookUp, style};
use super::scenario::{
    COUNTS_PER_MM, HOLD_MM, PITCH_MM, Scenario, TO_GATE_MM, TO_SENSOR_MM, Taking,
};
use super::world::{SAFE, takes};
use crate::clock::{Clock, SimulatedClock};
use crate::pipeline::actuate::{ActuateSetup, ActuateStage, BeltPlan, LinePlan, TakenOutBy};
use crate::pipeline::announce::{Announcer, AnnouncerSetup, Asks, Command};
use crate::pipeline::identify::{CodeCamera, IdentifySetup, IdentifyStage, IdentityPlan};
use crate::pipeline::line_ends::lay;
use crate::pipeline::message::{Decision, FrameItem, Inbound, Unidentified};
use crate::pipeline::pool::Pool;
use crate::ports::line::PartOutput;
use crate::queue::{Outlet, Queue, WhenFull, queue};
use crate::station::awaiting::{AwaitPlan, Window};
use crate::station::belt::BeltLimits;
use crate::station::budget::CycleBudget;
use crate::station::challenge::{ChallengeBefore, ChallengePlan};
use crate::station::guard::{GuardSettings, Reaction, Trouble};
use crate::station::identity::Identified;
use crate::station::lane::{LANES_MAX, Lane, LaneNo, Lanes};
use crate::station::part::JobId;
use crate::station::position::{Reverse, Scale};
use crate::station::recipe::{Recipe, RecipeView, Recipes};
use crate::station::sorting::{LaneRule, LaneRules};
use crate::station::time::WallTime;
use crate::station::travel::BeltWay;
use crate::station::verdict::{Disposition, Score, Thresholds};
use crate::telemetry::alarm::AlarmSender;
use crate::telemetry::stats::Stats;
use arrayvec::ArrayString;
use jiff::tz::TimeZone;
use std::collections::VecDeque;
use std::sync::Arc;
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
    let stats = Arc::new(Stats::new(0));
    let (alarm_tx, alarms) = queue("alarms", 1_024, WhenFull::DropNewest, None);
    let alarm_sender = AlarmSender::new(alarm_tx);
    let (triggers, trigger_rx) = queue("triggers", 256, WhenFull::Fault, None);
    let (decisions, decision_rx) = queue("decisions", 256, WhenFull::Fault, None);
    let (results, results_rx) = queue("results", 4_096, WhenFull::Fault, None);
    let (dispositions, _) = queue("dispositions", 256, WhenFull::DropNewest, None);
    let (_, exposure_rx) = queue("exposures", 1, WhenFull::DropNewest, None);
    let (restarts, restart_rx) = queue("restarts", 4, WhenFull::DropNewest, None);
    let (commands_in, commands) = queue("commands", 1, WhenFull::DropNewest, None);
    let (frames_in, frames) = queue("frames", 256, WhenFull::Fault, None);
    let reads = ends.identities.clone();
    let plan = LinePlan {
        ends: Some(ends),
        ..plan(scenario, world, output(scenario, world, answers))
    };
    let (unidentified, unidentified_rx) = queue("unidentified", 256, WhenFull::Fault, None);
    let around = Around::of((scenario, world), &stats, &alarm_sender, &clock);
    let parts_max = plan.budget.parts_max();
    let to = (triggers.clone(), frames_in.clone(), decisions.clone());
    let identify = around.identify((unidentified_rx, reads), to, parts_max);
    let announcer = around.announcer(plan.decide_by(), (triggers, unidentified.clone()), commands);
    let actuate = ActuateStage::new(ActuateSetup {
        line: plan,
        triggers: trigger_rx,
        decisions: decision_rx,
        restarts: restart_rx,
        exposures: exposure_rx,
        results,
        dispositions,
        stats: Arc::clone(&stats),
        alarms: alarm_sender,
        clock,
    });
    Line {
        announcer,
        actuate,
        identify,
        unidentified: scenario.naming.map(|_| unidentified),
        frames_in,
        frames,
        // As many as parts can wait for an ID, and some that are looked at.
        pool: Pool::new(64, FRAME_BYTES),
        decisions,
        results: results_rx,
        devices,
        told: told.remove(0),
        restarts,
        commands: commands_in,
        alarms,
        stats,
    }
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

    fn announcer(
        &self,
        decide_by: Option<Duration>,
        (triggers, identify): (Queue<Inbound>, Queue<Unidentified>),
        commands: Outlet<Command>,
    ) -> Announcer {
        Announcer::new(AnnouncerSetup {
            job: JobId(1),
            recipes: recipes(),
            default_style: Some(style(false)),
            decide_by,
            triggers,
            arrivals: Vec::new(),
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

fn plan(scenario: &Scenario, world: &Shared, output: Box<dyn PartOutput>) -> LinePlan {
    let ms = |mm: f64| (mm / scenario.speed_max_mm_s * 1e3) as u64;
    let decide_ms = ms(TO_GATE_MM);
    let budget = CycleBudget::new(ms(PITCH_MM), decide_ms, decide_ms / 4, ms(HOLD_MM));
    let reverse = reverse(scenario, world);
    let scale = Scale::new(COUNTS_PER_MM, scenario.speed_max_mm_s, reverse);
    let way = scale.map(|scale| BeltWay::new(scale, PITCH_MM, TO_GATE_MM, HOLD_MM));
    let (Ok(budget), Ok(Ok(way))) = (budget, way) else {
        unreachable!("seed {}: times and distances fit", scenario.seed);
    };
    let lanes = lanes();
    let mut watched = [false; LANES_MAX];
    for (lane, _) in lanes.iter() {
        watched[usize::from(lane.0)] = match takes(lane) {
            Disposition::Accept => scenario.sensors[1],
            Disposition::Reject => scenario.sensors[0],
        };
    }
    let by_encoder = scenario.taking == Taking::Encoder;
    let (from_mm, to_mm) = (TO_SENSOR_MM * 0.5, TO_SENSOR_MM * 1.4);
    let window = match by_encoder {
        true => Window::Counts(scale_counts(from_mm), scale_counts(to_mm)),
        false => Window::Time(
            Duration::from_millis(ms(from_mm)),
            Duration::from_millis(ms(to_mm)),
        ),
    };
    LinePlan {
        belt: by_encoder.then_some(BeltPlan {
            way,
            limits: BeltLimits {
                silent_after: Duration::from_millis(200),
                // At full speed a part travels through half of the room that the gate has.
                dead_after: Duration::from_millis(ms(HOLD_MM.min(PITCH_MM - HOLD_MM) / 2.0)),
                starts_within: Duration::ZERO,
            },
        }),
        settles_for: match scenario.is_asked {
            true => Duration::ZERO,
            false => budget.pitch_min(),
        },
        rejects_by_power: scenario.by_power && !locked(world).breaks(Sabotage::PowerForgotten),
        keeps_pitch: !scenario.is_asked,
        taken_out_by: match scenario.taking {
            Taking::Plc => TakenOutBy::Plc,
            _ => TakenOutBy::Station,
        },
        awaits: AwaitPlan {
            answers_within: None,
            watched,
            window,
        },
        lanes,
        has_gate_sensor: true,
        guard: guard(scenario, world),
        challenge: challenge(scenario, world),
        challenge_before: match (&scenario.challenge, locked(world).sabotage) {
            (None, _) | (_, Some(Sabotage::LockForgotten)) => ChallengeBefore::default(),
            (Some(challenge), _) => challenge.before,
        },
        ..LinePlan::plain(budget, output)
    }
}

fn guard(scenario: &Scenario, world: &Shared) -> GuardSettings {
    let mut guard = GuardSettings {
        rejects_in_a_row: scenario.rejects_in_a_row,
        // The belt stands at once, and a person comes soon.
        stops_within: Duration::from_millis(200),
        ..GuardSettings::default()
    };
    if locked(world).breaks(Sabotage::ChallengeOnlyTold) {
        for trouble in [Trouble::ChallengeOverdue, Trouble::ChallengeFailed] {
            guard.reactions[trouble as usize] = Reaction::Alarm;
        }
    }
    guard
}

fn challenge(scenario: &Scenario, world: &Shared) -> Option<(ChallengePlan, TimeZone)> {
    let challenge = scenario.challenge.as_ref()?;
    let is_known = !locked(world).breaks(Sabotage::ChallengeForgotten);
    is_known.then(|| (challenge.plan(), TimeZone::UTC))
}

/// What a belt that runs backward does, as the station's settings have it.
fn reverse(scenario: &Scenario, world: &Shared) -> Reverse {
    match scenario.reverse {
        real if !locked(world).breaks(Sabotage::ReverseMistaken(real)) => real,
        Reverse::Track => Reverse::Both,
        Reverse::Ignore | Reverse::Both => Reverse::Track,
    }
}

/// Another version of the recipe of usual parts comes.
pub(super) fn other_version() -> Command {
    Command::UseRecipe(Arc::new(Recipe {
        version: 2,
        ..recipe(false)
    }))
}

fn scale_counts(mm: f64) -> i64 {
    (mm * COUNTS_PER_MM).round() as i64
}

fn lanes() -> Lanes {
    let names = ["accept", "reject", "second", "rework"];
    let lanes = (0..).zip(names).map(|(number, name)| Lane {
        name: ArrayString::from(name).unwrap_or_default(),
        takes: takes(LaneNo(number)),
    });
    let Ok(lanes) = Lanes::new(lanes.collect(), SAFE) else {
        unreachable!("they fit");
    };
    lanes
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
        }]
        .into_iter()
        .collect(),
    }
}
