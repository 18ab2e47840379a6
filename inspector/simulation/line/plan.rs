//! How a simulated line is made, as a station's settings would have it.

use super::Sabotage;
use super::driver::{Shared, locked};
use super::gates::Placed;
use super::scenario::{
    COUNTS_PER_MM, HOLD_MM, PITCH_MM, Scenario, TO_GATE_MM, TO_SENSOR_MM, Taking,
};
use super::world::{SAFE, takes};
use crate::pipeline::actuate::{AnnouncedBy, BeltPlan, LinePlan, TakenOutBy};
use crate::ports::line::PartOutput;
use crate::station::awaiting::{AwaitPlan, Window};
use crate::station::belt::BeltLimits;
use crate::station::budget::CycleBudget;
use crate::station::challenge::ChallengePlan;
use crate::station::gates::Gates;
use crate::station::guard::{GuardSettings, Reaction, Trouble};
use crate::station::lane::{LANES_MAX, Lane, LaneNo, Lanes};
use crate::station::position::{Reverse, Scale};
use crate::station::travel::BeltWay;
use crate::station::verdict::Disposition;
use crate::telemetry::alarm::LeftOpen;
use arrayvec::ArrayString;
use jiff::tz::TimeZone;
use std::time::Duration;

/// Its times, distances, lanes and sensors, and what follows from what.
pub(super) fn plan(scenario: &Scenario, world: &Shared, output: Box<dyn PartOutput>) -> LinePlan {
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
    let gates = gates(scenario, world);
    let last = gates.behind(gates.last()).time_min(Some(way.scale()));
    let Ok(budget) = budget.leaving(last) else {
        unreachable!("seed {}: not so many are in flight", scenario.seed);
    };
    let by_encoder = scenario.taking == Taking::Encoder;
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
        announcer: announcer(scenario, world),
        keeps_pitch: scenario.keeps_pitch() || locked(world).breaks(Sabotage::PitchKept),
        taken_out_by: match scenario.taking {
            Taking::Plc => TakenOutBy::Plc,
            _ => TakenOutBy::Station,
        },
        awaits: awaits(scenario, &lanes, &gates),
        lanes,
        gates,
        has_gate_sensor: scenario.sensors[2],
        guard: guard(scenario, world),
        challenge: challenge(scenario, world),
        left_open: match (&scenario.challenge, locked(world).sabotage) {
            (None, _) | (_, Some(Sabotage::LockForgotten)) => LeftOpen::default(),
            (Some(challenge), _) => challenge.before.clone(),
        },
        ..LinePlan::plain(budget, output)
    }
}

/// Where the gates stand, as the station's settings have it.
fn gates(scenario: &Scenario, world: &Shared) -> Gates {
    let placed = match locked(world).sabotage {
        Some(Sabotage::GatesTakenForOne) => Placed::default(),
        _ => scenario.placed,
    };
    placed.gates(
        (scenario.taking, scenario.by_power),
        scenario.speed_max_mm_s,
    )
}

/// Where the sensors of the lanes stand.
fn awaits(scenario: &Scenario, lanes: &Lanes, gates: &Gates) -> AwaitPlan {
    let mut watched = [false; LANES_MAX];
    for (lane, _) in lanes.iter() {
        watched[usize::from(lane.0)] = match takes(lane) {
            Disposition::Accept => scenario.sensors[1],
            Disposition::Reject => scenario.sensors[0],
        };
    }
    let (from_mm, to_mm) = (TO_SENSOR_MM * 0.5, TO_SENSOR_MM * 1.4);
    let after = |mm: f64| Duration::from_millis((mm / scenario.speed_max_mm_s * 1e3) as u64);
    let window = match scenario.taking {
        Taking::Encoder => Window::Counts(scale_counts(from_mm), scale_counts(to_mm)),
        Taking::Time | Taking::Plc => Window::Time(after(from_mm), after(to_mm)),
    };
    AwaitPlan {
        watched,
        ..AwaitPlan::NOTHING
    }
    .seen_within(window, gates)
}

fn announcer(scenario: &Scenario, world: &Shared) -> Option<AnnouncedBy> {
    let is_known = !locked(world).breaks(Sabotage::AnnouncerForgotten);
    is_known.then_some(match scenario.camera_announces {
        true => AnnouncedBy::Camera(0),
        false => AnnouncedBy::Device(0),
    })
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
