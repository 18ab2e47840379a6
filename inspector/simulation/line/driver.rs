//! One line from a seed: the belt moves, devices tell, the stages that number, track and command parts take their turns.

use super::camera::{Coming, Shots};
use super::scenario::{Scenario, Taking};
use super::world::{Seen, World, takes};
use super::{Outcome, Sabotage, laws, stages};
use crate::clock::SimulatedClock;
use crate::pipeline::acquire::AcquireStage;
use crate::pipeline::actuate::ActuateStage;
use crate::pipeline::announce::{Announcer, Command};
use crate::pipeline::identify::IdentifyStage;
use crate::pipeline::line_ends::DeviceEnds;
use crate::pipeline::message::{Decision, Emitted, FrameItem};
use crate::ports::line::{Feedback, OutputError, PartOutput, Sensor, Told};
use crate::queue::{Outlet, Queue};
use crate::simulation::Violation;
use crate::station::gates::GateNo;
use crate::station::guard::RestartBy;
use crate::station::lane::LaneNo;
use crate::station::outcome::Outcome as PartOutcome;
use crate::station::part::PartNo;
use crate::station::position::Reading;
use crate::station::result::{PartResult, Record};
use crate::station::time::{Instant, WallTime};
use crate::station::verdict::Disposition;
use crate::telemetry::alarm::AlarmChange;
use crate::telemetry::stats::Stats;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(super) type Shared = Arc<Mutex<World>>;
/// Answers of the PLC that are on their way: when they come, for which part, and to which lane it was sent.
pub(super) type Answers = Arc<Mutex<VecDeque<(u64, PartNo, LaneNo)>>>;

pub(super) fn locked(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The gate, or the PLC with its own.
pub(super) struct SimOutput {
    pub(super) world: Shared,
    pub(super) answers: Answers,
    pub(super) is_plc: bool,
    pub(super) answer_ms: u64,
}

impl PartOutput for SimOutput {
    fn command(&mut self, outcome: &PartOutcome) -> Result<(), OutputError> {
        let mut world = locked(&self.world);
        let is_taken = world.command(outcome);
        if is_taken {
            let at = world.ms + self.answer_ms;
            let answers = self.answers.lock();
            let mut answers = answers.unwrap_or_else(PoisonError::into_inner);
            answers.push_back((at, outcome.part_no, outcome.lane));
        } else if !self.is_plc {
            let message = "no answer from the output".to_owned();
            return Err(OutputError { message });
        }
        Ok(())
    }

    fn rest(&mut self) -> Result<(), OutputError> {
        locked(&self.world).close(None);
        Ok(())
    }

    fn close(&mut self, gate: GateNo) -> Result<(), OutputError> {
        locked(&self.world).close(Some(gate));
        Ok(())
    }

    fn answers_within(&self) -> Option<Duration> {
        self.is_plc.then_some(Duration::from_millis(60))
    }
}

/// The stages, and the other ends of their queues.
pub(super) struct Line {
    pub(super) announcer: Announcer,
    pub(super) actuate: ActuateStage,
    /// Where it is not known of every part who it is.
    pub(super) identify: Option<IdentifyStage>,
    pub(super) acquire: AcquireStage,
    /// What its camera takes.
    pub(super) shots: Shots,
    /// Frames of parts that are known, to whoever looks at them.
    pub(super) frames: Outlet<FrameItem>,
    pub(super) decisions: Queue<Decision>,
    pub(super) results: Outlet<Emitted>,
    pub(super) devices: DeviceEnds,
    pub(super) told: Outlet<Told>,
    pub(super) restarts: Queue<RestartBy>,
    pub(super) commands: Queue<Command>,
    pub(super) alarms: Outlet<AlarmChange>,
    pub(super) stats: Arc<Stats>,
}

/// What a run left behind.
pub(super) struct Left {
    pub(super) world: World,
    /// In the order in which they left.
    pub(super) rows: Vec<PartResult>,
    pub(super) stats: Arc<Stats>,
    /// Codes of alarms that began.
    pub(super) alarms: Vec<crate::telemetry::catalogue::Code>,
    /// How often the line was stopped.
    pub(super) stops: u64,
}

/// Runs one seed and checks every law.
///
/// # Errors
/// The first law that did not hold.
pub fn run(seed: u64, sabotage: Option<Sabotage>) -> Result<Outcome, Violation> {
    let mut run = Run::of(Scenario::draw(seed), sabotage);
    let mut quiet_ms = 0;
    while quiet_ms < 15_000 && locked(&run.world).ms < 3_600_000 {
        let is_quiet = run.tick();
        quiet_ms = if is_quiet { quiet_ms + 1 } else { 0 };
    }
    laws::check(&run.left())
}

pub(super) struct Run {
    pub(super) line: Line,
    pub(super) world: Shared,
    clock: Arc<SimulatedClock>,
    answers: Answers,
    pub(super) rows: VecDeque<PartResult>,
    pub(super) alarms: Vec<crate::telemetry::catalogue::Code>,
    coming: Coming,
    stops: u64,
    /// Since when a person is waited for.
    waits_since: Option<u64>,
}

impl Run {
    /// Before the first millisecond.
    pub(super) fn of(scenario: Scenario, sabotage: Option<Sabotage>) -> Self {
        let world = Arc::new(Mutex::new(World::new(scenario.clone(), sabotage)));
        let clock = Arc::new(SimulatedClock::new(WallTime(0)));
        let answers = Answers::default();
        let line = stages::line(&scenario, &world, &clock, &answers);
        Self {
            line,
            world,
            clock,
            answers,
            rows: VecDeque::new(),
            alarms: Vec::new(),
            coming: Coming::default(),
            stops: 0,
            waits_since: None,
        }
    }

    /// A millisecond goes by. Whether every part is through.
    pub(super) fn tick(&mut self) -> bool {
        let (seen, ms, is_quiet) = {
            let mut world = locked(&self.world);
            let seen = world.tick();
            let mut things = world.things.iter();
            let is_quiet = things.all(|thing| thing.is_off || thing.passed[2]);
            (seen, world.ms, is_quiet)
        };
        self.clock.advance_to(Instant::from_millis(ms));
        self.change_recipe(ms);
        tell(&self.world, &self.line, &seen, ms, &self.answers);
        for index in seen.read {
            self.coming.passed_reader(&self.world, index, ms);
        }
        let is_away = self.is_away(ms);
        for index in seen.triggered {
            match is_away {
                true => locked(&self.world).at_mut(index).pass_unseen(),
                false => self.coming.trigger(&self.world, &mut self.line, index, ms),
            }
        }
        self.coming.tick(&self.world, &mut self.line, ms);
        self.line.actuate.step();
        self.take();
        self.obey(ms);
        is_quiet
    }

    fn change_recipe(&self, ms: u64) {
        let world = locked(&self.world);
        let challenge = world.scenario.challenge.as_ref();
        if challenge.is_some_and(|it| it.recipe_at_ms == Some(ms)) {
            drop(self.line.commands.push(stages::other_version()));
        }
    }

    fn take(&mut self) {
        let forgets = locked(&self.world).breaks(Sabotage::RowForgotten);
        while let Some(emitted) = self.line.results.pop() {
            if let Record::Result(result) = emitted.record
                && !(result.part_no == PartNo(7) && forgets)
            {
                self.rows.push_back(result);
            }
        }
        while let Some(alarm) = self.line.alarms.pop() {
            if alarm.is_active {
                self.alarms.push(alarm.code);
            }
        }
    }

    /// The line stands when it is told to; a person comes, and again where the cause was not gone.
    fn obey(&mut self, ms: u64) {
        let mut world = locked(&self.world);
        while let Some(told) = self.line.told.pop() {
            let Told::Status(status) = told else { continue };
            self.stops += u64::from(status.is_stopped && !world.is_stopped);
            world.was_stopped |= status.is_stopped;
            world.is_stopped = status.is_stopped && !world.breaks(Sabotage::LineRunsOn);
            self.waits_since = match status.is_rejecting {
                true => Some(self.waits_since.unwrap_or(ms)),
                false => None,
            };
        }
        let after_ms = world.scenario.person_after_ms;
        if self.waits_since.is_some_and(|since| since + after_ms <= ms) {
            self.waits_since = Some(ms);
            self.restart(&mut world);
        }
    }

    /// A person tries the key, then by name, and then by name for what challenge parts have shown.
    fn restart(&self, world: &mut World) {
        let ways = [RestartBy::Key, RestartBy::Name, RestartBy::NameForChallenge];
        let by = match world.scenario.challenge.is_some() {
            true => ways[world.restarts.len() % ways.len()],
            false => RestartBy::Name,
        };
        world.restarts.push((world.ms + 1, by));
        let pushed = match by {
            RestartBy::Key if world.breaks(Sabotage::KeyForName) => {
                self.line.restarts.push(RestartBy::NameForChallenge).is_ok()
            }
            RestartBy::Key => {
                let pressed = Feedback::Sensed {
                    sensor: Sensor::Restart,
                    is_on: true,
                    at: Instant::from_millis(world.ms),
                };
                self.line.devices.feedback.push(pressed).is_ok()
            }
            by => self.line.restarts.push(by).is_ok(),
        };
        debug_assert!(pushed, "there is room");
    }

    fn left(self) -> Left {
        let stats = Arc::clone(&self.line.stats);
        drop(self.line);
        let world = Arc::try_unwrap(self.world).ok();
        let Some(world) = world else {
            unreachable!("every device of the world is gone");
        };
        Left {
            world: world.into_inner().unwrap_or_else(PoisonError::into_inner),
            rows: self.rows.into(),
            stats,
            alarms: self.alarms,
            stops: self.stops,
        }
    }
}

/// What devices tell in this millisecond.
fn tell(world: &Shared, line: &Line, seen: &Seen, ms: u64, answers: &Answers) {
    let at = Instant::from_millis(ms);
    let world = locked(world);
    let scenario = &world.scenario;
    if scenario.taking == Taking::Encoder {
        let counts = world.counts();
        drop(line.devices.positions.push(Reading::exact(counts, at)));
    }
    let sense = |sensor, is_on| {
        let sensed = Feedback::Sensed { sensor, is_on, at };
        drop(line.devices.feedback.push(sensed));
    };
    if seen.belt_runs != seen.belt_ran {
        sense(Sensor::BeltRuns, seen.belt_runs);
    }
    let [rejects, accepts, gate] = scenario.sensors;
    if seen.at_gate && gate && !world.breaks(Sabotage::GateBlind) {
        sense(Sensor::Gate, true);
    }
    for lane in &seen.lanes {
        let is_watched = match takes(*lane) {
            Disposition::Accept => accepts,
            Disposition::Reject => rejects,
        };
        if is_watched {
            sense(Sensor::Lane(*lane), true);
        }
    }
    for (span, sensor) in [
        (scenario.bin_full_ms, Sensor::BinFull),
        (scenario.low_air_ms, Sensor::LowAir),
    ] {
        match span {
            Some((from, _)) if from == ms => sense(sensor, true),
            Some((_, to)) if to == ms => sense(sensor, false),
            _ => {}
        }
    }
    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
    while let Some((_, part_no, lane)) = answers.pop_front_if(|(due, ..)| *due <= ms) {
        let lane = Some(lane);
        drop(
            line.devices
                .feedback
                .push(Feedback::Acknowledged { part_no, lane, at }),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wherever the parts are: before the ejector, or between it and the sensor of their lane.
    #[test]
    fn a_job_ends_on_a_belt_that_stands() {
        let is_fit =
            |scenario: &Scenario| scenario.taking == Taking::Encoder && scenario.is_clean();
        let mut seeds = (0..).map(Scenario::draw).filter(is_fit);
        let fit = seeds.next().expect("there is one");
        for stops_at_ms in (2_000..9_000).step_by(100) {
            let mut run = Run::of(
                Scenario {
                    stands_ms: Some((stops_at_ms, u64::MAX)),
                    sensors: [true; 3],
                    ..fit.clone()
                },
                None,
            );
            for _ in 0..stops_at_ms + 500 {
                run.tick();
            }
            let counts = locked(&run.world).counts();
            let Line {
                announcer,
                identify,
                acquire,
                mut actuate,
                ref devices,
                ..
            } = run.line;
            // All tell of parts: nothing is over while one of them may.
            drop((announcer, identify, acquire));
            for ms in 1..20_000 {
                let at = Instant::from_millis(stops_at_ms + 500 + ms);
                run.clock.advance_to(at);
                drop(devices.positions.push(Reading::exact(counts, at)));
                actuate.step();
                if actuate.is_done() {
                    break;
                }
            }
            assert!(actuate.is_done(), "stopped after {stops_at_ms} ms");
        }
    }
}
