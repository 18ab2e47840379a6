//! How the line behind the camera is made.

use crate::pipeline::line_ends::LineEnds;
use crate::ports::line::{PartOutput, Told};
use crate::queue::Queue;
use crate::station::awaiting::AwaitPlan;
use crate::station::belt::BeltLimits;
use crate::station::budget::CycleBudget;
use crate::station::challenge::ChallengePlan;
use crate::station::durability::DurabilityLimits;
use crate::station::gates::{Behind, Gates};
use crate::station::guard::GuardSettings;
use crate::station::lane::{LANES_MAX, Lanes};
use crate::station::travel::{BeltWay, Travel};
use crate::telemetry::alarm::LeftOpen;
use jiff::tz::TimeZone;
use std::time::Duration;

/// Who takes parts out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TakenOutBy {
    /// The station commands the ejector when the part is in front of it.
    #[default]
    Station,
    /// A PLC, which is told as soon as everything is known, and at the latest when the part reaches the ejector.
    Plc,
}

/// Who announces parts, by its place in the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnnouncedBy {
    /// A device of the line.
    Device(u8),
    /// A camera, whose frames are the parts.
    Camera(u8),
}

/// A belt with an encoder.
#[derive(Clone, Copy, Debug)]
pub struct BeltPlan {
    /// Distances in counts.
    pub way: BeltWay,
    /// After how long something is wrong with the encoder.
    pub limits: BeltLimits,
}

/// How the line behind the camera is made.
pub struct LinePlan {
    /// Times and limits; on a belt with an encoder, those of the fastest belt.
    pub budget: CycleBudget,
    /// Where parts act by the encoder; `None` where they act by the time.
    pub belt: Option<BeltPlan>,
    /// No part is accepted that was triggered within this time of the start: one from before, which
    /// nobody tracks, may follow it too closely for the gate. The smallest pitch; zero without a gate.
    pub settles_for: Duration,
    /// How long results may wait to be durable before somebody must see to it, and before parts are rejected.
    pub durability: DurabilityLimits,
    /// Where parts can go.
    pub lanes: Lanes,
    /// Where the gates of the lanes stand.
    pub gates: Gates,
    /// Who takes parts out.
    pub taken_out_by: TakenOutBy,
    /// Index of the device that takes parts out; `None` where that is no device of the line.
    pub ejector_device: Option<u8>,
    /// Whether a part is taken out by power, so that one passes for which no command comes.
    pub rejects_by_power: bool,
    /// Whether parts are told apart by their distance; not where a program asks for each and acts on the answer.
    pub keeps_pitch: bool,
    /// So long the ejector works after one command, where power takes parts out.
    pub flush_hold: Duration,
    /// So long the gate of each lane works by itself after one command, by the number of the lane; zero where nothing does.
    pub holds: [Duration; LANES_MAX],
    /// Who announces parts; `None` where that cannot be away.
    pub announcer: Option<AnnouncedBy>,
    /// What comes after a command; the output says within which time it answers.
    pub awaits: AwaitPlan,
    /// Whether a sensor stands right before the ejector.
    pub has_gate_sensor: bool,
    /// What follows from what goes wrong.
    pub guard: GuardSettings,
    /// Challenge parts, and the zone of their times of the day; `None` where the station has none.
    pub challenge: Option<(ChallengePlan, TimeZone)>,
    /// What jobs before left open: what held the line then still does.
    pub left_open: LeftOpen,
    /// The queues to and from the devices of the line; `None` where there are none.
    pub ends: Option<LineEnds>,
    /// To the device that announces parts and is to hear what became of each.
    pub answers: Option<Queue<Told>>,
    /// What is told to accept or reject each part.
    pub ejector: Box<dyn PartOutput>,
}

impl LinePlan {
    /// A line of which nothing but its output is known: no encoder, no sensors, no devices.
    pub fn plain(budget: CycleBudget, ejector: Box<dyn PartOutput>) -> Self {
        Self {
            budget,
            belt: None,
            settles_for: Duration::ZERO,
            durability: DurabilityLimits::default(),
            lanes: Lanes::two(),
            gates: Gates::one(Behind::Time(Duration::ZERO)),
            taken_out_by: TakenOutBy::Station,
            ejector_device: None,
            rejects_by_power: false,
            flush_hold: budget.accept_hold(),
            holds: [budget.accept_hold(); LANES_MAX],
            announcer: None,
            keeps_pitch: true,
            awaits: AwaitPlan::NOTHING,
            has_gate_sensor: false,
            guard: GuardSettings::default(),
            challenge: None,
            left_open: LeftOpen::default(),
            ends: None,
            answers: None,
            ejector,
        }
    }

    /// How parts get to the ejector.
    pub fn travel(&self) -> Travel {
        match self.belt {
            Some(belt) => Travel::Belt(belt.way),
            None => Travel::Time(self.budget),
        }
    }

    /// To each device of the line.
    pub fn told(&self) -> Vec<Queue<Told>> {
        self.ends
            .as_ref()
            .map_or_else(Vec::new, |ends| ends.told.clone())
    }

    /// Trigger to ejector; `None` where that depends on the belt.
    pub fn decide_by(&self) -> Option<Duration> {
        self.belt.is_none().then(|| self.budget.decide_by())
    }
}
