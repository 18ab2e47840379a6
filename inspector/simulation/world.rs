//! The world around the station: parts with their truth, the belt, the gate, and what was recorded.
//! Only the ports and the laws look at it; the stages never do.

use super::scenario::Scenario;
use super::versions::Versions;
use crate::clock::{Clock, SimulatedClock};
use crate::station::result::Record;
use crate::station::time::{Instant, WallTime};
use crate::station::verdict::Disposition;
use fastrand::Rng;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A deliberate break, to show that the laws notice it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// The log acknowledges a batch and stores nothing.
    LogForgets,
    /// The log stores all but the last result of a batch and says so of none.
    ResultDropped,
    /// The ejector's sense is reversed.
    EjectorReversed,
    /// The ejector opens for whatever it is told.
    EjectorIgnoresReject,
    /// A camera hands over the picture of the part before.
    WrongPart,
    /// Everything is called defective.
    RejectEverything,
    /// Parts are accepted however long results have waited for the disk.
    HungDiskAccepts,
    /// Rows go into a file that nobody finds again, and are acknowledged.
    GoneLogTakes,
    /// That the log is gone is noticed with the next row only.
    GoneLogUnasked,
    /// Decisions wait for the disk.
    DecisionsWait,
    /// A buffer never comes home.
    LoanLeaks,
    /// Rows lose the thresholds they were judged by.
    Unexplained,
    /// A version that brings models comes without them, and the models before judge its parts.
    ModelForgotten,
    /// Parts on their way are judged by a version that came after they were announced.
    VersionTooEarly,
}

/// What happens to one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameOutcome {
    /// It comes as it should.
    Whole,
    /// It is lost before it reaches us; the block id tells.
    Lost,
    /// It comes damaged.
    Damaged,
}

/// What the model does with one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelOutcome {
    /// It answers as it should.
    Answers,
    /// It takes longer than the part has.
    Slow,
    /// It cannot be run.
    Fails,
    /// It says NaN.
    Nan,
}

/// One frame of one part.
#[derive(Clone, Copy, Debug)]
pub struct Shot {
    /// When it is exposed.
    pub exposed_at: Instant,
    /// When it has reached us.
    pub arrives_at: Instant,
    /// What happens on the way.
    pub frame: FrameOutcome,
    /// What the model makes of it.
    pub model: ModelOutcome,
    /// How long inspection takes, in milliseconds.
    pub inspect_ms: u64,
    /// Whether the defect can be seen from here.
    pub shows_defect: bool,
}

/// What is true of a part.
#[derive(Clone, Debug)]
pub struct Part {
    /// When it is at the camera.
    pub at: Instant,
    /// When it reaches the ejector.
    pub act_at: Instant,
    /// Whether it must not be accepted.
    pub is_defective: bool,
    /// Index of its style; [`UNKNOWN`] has no recipe.
    pub style: usize,
    /// One per camera.
    pub shots: Vec<Shot>,
    /// Whether the ejector refuses the command for it.
    pub is_refused: bool,
    /// The newest version of its recipe when it was announced; none where nobody saw that.
    pub announced_with: Option<u32>,
}

/// Styles of the simulated line: views through camera 0, through the last camera, through all.
pub const STYLES: [&str; 4] = ["gear", "plate", "housing", "stranger"];
/// The style without a recipe.
pub const UNKNOWN: usize = 3;

impl Part {
    /// Cameras that its recipe looks through.
    pub fn cameras(&self, cameras: u8) -> Vec<usize> {
        let last = usize::from(cameras) - 1;
        match self.style {
            0 => vec![0],
            1 => vec![last],
            2 => (0..=last).collect(),
            _ => Vec::new(),
        }
    }
}

/// A time in which something disturbs whatever is in flight.
#[derive(Clone, Copy, Debug)]
pub struct Disturbance {
    /// When it begins, simulated time.
    pub from: Instant,
    /// When it ends, simulated time.
    pub to: Instant,
}

/// A time in which the gate is open.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// When it begins, simulated time.
    pub from: Instant,
    /// When it ends, simulated time.
    pub to: Instant,
}

/// What one job left behind.
#[derive(Default)]
pub struct JobLog {
    /// When each durable row became so.
    pub durable_at: Vec<Instant>,
    /// Parts that the line announced, by index into the world's parts.
    pub announced: Vec<usize>,
    /// On the disk.
    pub durable: Vec<Record>,
    /// What the station calls durable.
    pub acknowledged: Vec<Record>,
    /// What left the ejector, in order.
    pub left: Vec<Record>,
    /// Whether the process was killed.
    pub is_killed: bool,
}

/// Everything that is true.
pub struct Truth {
    /// In the order of the belt.
    pub parts: Vec<Part>,
    /// Times in which the gate was open, in order.
    pub openings: Vec<Opening>,
    /// Stalls and slow inspections.
    pub disturbances: Vec<Disturbance>,
    /// One per job.
    pub jobs: Vec<JobLog>,
    /// Which camera goes away.
    pub gone_camera: usize,
    /// Versions of recipes that there are by now.
    pub versions: Versions,
}

/// The world, shared by every port.
pub struct World {
    /// What the seed says.
    pub scenario: Scenario,
    /// What is broken on purpose.
    pub sabotage: Option<Sabotage>,
    /// The simulated time of everything.
    pub clock: SimulatedClock,
    truth: Mutex<Truth>,
}

impl World {
    /// Draws every part of a scenario.
    pub fn draw(scenario: Scenario, sabotage: Option<Sabotage>) -> Arc<Self> {
        let mut rng = Rng::with_seed(scenario.seed ^ 0x005E_ED0F_7477);
        let times = scenario.triggers_ms.clone();
        let parts = times
            .into_iter()
            .map(|at| draw_part(&scenario, &mut rng, at))
            .collect();
        let gone_camera = rng.usize(..usize::from(scenario.cameras));
        Arc::new(Self {
            scenario,
            sabotage,
            clock: SimulatedClock::new(WallTime(1_700_000_000_000_000)),
            truth: Mutex::new(Truth {
                parts,
                openings: Vec::new(),
                disturbances: Vec::new(),
                jobs: Vec::new(),
                gone_camera,
                versions: Versions::first(),
            }),
        })
    }

    /// What is true now.
    pub fn truth(&self) -> MutexGuard<'_, Truth> {
        self.truth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Simulated time since the start.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Whether the world breaks in this way.
    pub fn breaks(&self, sabotage: Sabotage) -> bool {
        self.sabotage == Some(sabotage)
    }

    /// Whether now lies in this span of milliseconds.
    pub fn is_in(&self, span: Option<(u64, u64)>) -> bool {
        let now = self.now();
        span.is_some_and(|(from, to)| {
            Instant::from_millis(from) <= now && now < Instant::from_millis(to)
        })
    }

    /// Moves the gate, which closes by itself after the hold time.
    pub fn gate(&self, disposition: Disposition) {
        let now = self.now();
        let mut truth = self.truth();
        if let Some(last) = truth.openings.last_mut() {
            last.to = last.to.min(now);
        }
        if disposition == Disposition::Accept {
            let to = now + self.scenario.budget.accept_hold();
            truth.openings.push(Opening { from: now, to });
        }
    }
}

impl Truth {
    /// This part is announced now.
    pub fn announce(&mut self, part: usize) {
        let part = &mut self.parts[part];
        part.announced_with = Some(self.versions.newest(part.style)).filter(|version| *version > 0);
    }

    /// Whether the gate is open at any instant in which this part is in front of it.
    pub fn is_accepted(&self, part: &Part, late_max: Duration) -> bool {
        let (from, to) = (part.act_at, part.act_at + late_max);
        self.openings
            .iter()
            .any(|open| open.from < open.to && open.from <= to && open.to > from)
    }
}

fn draw_part(scenario: &Scenario, rng: &mut Rng, at_ms: u64) -> Part {
    let at = Instant::from_millis(at_ms);
    let style = if rng.u8(..12) == 0 {
        UNKNOWN
    } else {
        rng.usize(..3)
    };
    let is_defective = rng.u8(..100) < 35;
    let mut part = Part {
        at,
        act_at: at + scenario.budget.decide_by(),
        is_defective,
        style,
        shots: Vec::new(),
        is_refused: rng.u8(..100) < scenario.ejector_percent,
        announced_with: None,
    };
    let seen_by = part.cameras(scenario.cameras);
    let shown_to = if seen_by.is_empty() {
        0
    } else {
        seen_by[rng.usize(..seen_by.len())]
    };
    for camera in 0..usize::from(scenario.cameras) {
        let mut shot = draw_shot(scenario, rng, at, camera == 0 && scenario.camera_leads);
        shot.shows_defect = is_defective && (camera == shown_to || rng.bool());
        part.shots.push(shot);
    }
    part
}

fn draw_shot(scenario: &Scenario, rng: &mut Rng, at: Instant, leads: bool) -> Shot {
    let window_ms = scenario.budget.frame_window().as_millis();
    let delay_ms = rng.u64(..u64::try_from(window_ms).unwrap_or(8).min(8));
    let exposed_at = at + Duration::from_millis(if leads { 0 } else { delay_ms });
    let frame = match rng.u8(..100) {
        n if n < scenario.lost_percent => FrameOutcome::Lost,
        n if n < scenario.lost_percent + scenario.incomplete_percent => FrameOutcome::Damaged,
        _ => FrameOutcome::Whole,
    };
    let (slow, fails) = (scenario.slow_percent, scenario.model_error_percent);
    let model = match rng.u8(..130) {
        n if n < slow => ModelOutcome::Slow,
        n if n < slow + fails => ModelOutcome::Fails,
        n if n < slow + fails + scenario.model_nan_percent => ModelOutcome::Nan,
        _ => ModelOutcome::Answers,
    };
    let deadline_ms = u64::try_from(scenario.budget.decide_by().as_millis()).unwrap_or(u64::MAX);
    let inspect_ms = match model {
        ModelOutcome::Slow => deadline_ms + rng.u64(1..50),
        _ => rng.u64(1..6),
    };
    Shot {
        exposed_at,
        arrives_at: exposed_at + Duration::from_millis(rng.u64(1..4)),
        frame,
        model,
        inspect_ms,
        shows_defect: false,
    }
}
