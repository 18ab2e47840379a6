//! The stages of a simulated line: those that number, track and command parts.

use super::driver::{Answers, Line, Shared, SimOutput};
use super::scenario::{
    COUNTS_PER_MM, HOLD_MM, PITCH_MM, Scenario, TO_GATE_MM, TO_SENSOR_MM, Taking,
};
use super::world::{SAFE, takes};
use crate::clock::{Clock, SimulatedClock};
use crate::pipeline::actuate::{ActuateSetup, ActuateStage, BeltPlan, LinePlan, TakenOutBy};
use crate::pipeline::announce::{Announcer, AnnouncerSetup};
use crate::pipeline::line_ends::lay;
use crate::ports::line::PartOutput;
use crate::queue::{WhenFull, queue};
use crate::station::awaiting::{AwaitPlan, Window};
use crate::station::belt::BeltLimits;
use crate::station::budget::CycleBudget;
use crate::station::guard::GuardSettings;
use crate::station::lane::{LANES_MAX, Lane, LaneNo, Lanes};
use crate::station::part::{JobId, Style};
use crate::station::position::Scale;
use crate::station::recipe::{Recipe, RecipeView, Recipes};
use crate::station::sorting::{LaneRule, LaneRules};
use crate::station::time::WallTime;
use crate::station::travel::BeltWay;
use crate::station::verdict::{Disposition, Score, Thresholds};
use crate::telemetry::alarm::AlarmSender;
use crate::telemetry::stats::Stats;
use arrayvec::ArrayString;
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
    let (_, commands) = queue("commands", 1, WhenFull::DropNewest, None);
    let plan = LinePlan {
        ends: Some(ends),
        ..plan(scenario, output(scenario, world, answers))
    };
    let announcer = Announcer::new(AnnouncerSetup {
        job: JobId(1),
        recipes: Recipes::new(vec![Arc::new(recipe())]),
        default_style: Style::new("part").ok(),
        decide_by: plan.decide_by(),
        triggers,
        arrivals: Vec::new(),
        told: Vec::new(),
        asks: None,
        commands,
        stats: Arc::clone(&stats),
        alarms: alarm_sender.clone(),
        clock: Arc::clone(&clock),
    });
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
        decisions,
        results: results_rx,
        devices,
        told: told.remove(0),
        restarts,
        alarms,
        stats,
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

fn plan(scenario: &Scenario, output: Box<dyn PartOutput>) -> LinePlan {
    let ms = |mm: f64| (mm / scenario.speed_max_mm_s * 1e3) as u64;
    let decide_ms = ms(TO_GATE_MM);
    let budget = CycleBudget::new(ms(PITCH_MM), decide_ms, decide_ms / 4, ms(HOLD_MM));
    let scale = Scale::new(COUNTS_PER_MM, scenario.speed_max_mm_s, scenario.reverse);
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
        settles_for: budget.pitch_min(),
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
        guard: GuardSettings {
            rejects_in_a_row: scenario.rejects_in_a_row,
            ..GuardSettings::default()
        },
        ..LinePlan::plain(budget, output)
    }
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

/// Good parts with a score from 0.2 are of second choice; defective ones below 0.7 can be mended.
fn rules() -> LaneRules {
    let rules = [
        LaneRule::new(1, "second", (None, None), (Some(0.2), None)),
        LaneRule::new(2, "rework", (None, None), (None, Some(0.7))),
    ];
    let rules = rules.into_iter().collect::<Result<Vec<_>, _>>();
    let Ok(rules) = rules.and_then(LaneRules::new) else {
        unreachable!("they are well formed");
    };
    rules
}

fn recipe() -> Recipe {
    let (Some(line), Ok(style)) = (Score::new(0.5), Style::new("part")) else {
        unreachable!("both are well formed");
    };
    let Some(thresholds) = Thresholds::new(line, line) else {
        unreachable!("in order");
    };
    Recipe {
        style,
        version: 1,
        author: "simulation".to_owned(),
        reason: "simulation".to_owned(),
        created_at: WallTime(0),
        rules: rules(),
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
