//! The laws of ARCHITECTURE.md, checked against what is true.

use super::accounted::accounted;
use super::driver::{Outcome, digest};
use super::explained::{explained, is_beside_guess};
use super::unrecorded;
use super::world::{FrameOutcome, ModelOutcome, Part, Truth, UNKNOWN, World};
use crate::pipeline::assembly::Assembly;
use crate::station::result::{PartResult, Record};
use crate::station::time::Instant;
use crate::station::verdict::{Cause, Disposition, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

/// The laws of the station that can be broken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// 1: every part is accounted for.
    Accounted,
    /// 2: the default is the safe one.
    SafeDefault,
    /// 3: nothing that decides ever waits.
    NeverWaits,
    /// 4: what was acknowledged is durable.
    Durable,
    /// 5: nothing grows, everything comes home.
    Bounded,
    /// 6: a result can be explained.
    Explained,
}

/// A broken law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The seed that shows it.
    pub seed: u64,
    /// The law that did not hold.
    pub law: Law,
    /// Which part, where one is meant: its index on the belt.
    pub part: Option<usize>,
    /// What was expected and found.
    pub details: String,
    /// Options of `inspector simulate` beside the seed with which it happens again, each after a space.
    pub options: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}: law {:?} is broken", self.seed, self.law)?;
        if let Some(part) = self.part {
            write!(f, " at part P{part}")?;
        }
        write!(
            f,
            ": {}. Replay: inspector simulate{} --seed {}",
            self.details, self.options, self.seed
        )
    }
}

impl std::error::Error for Violation {}

/// What a check says.
pub type Checked = Result<(), Violation>;

/// A violation of this run.
pub fn broken(world: &World, law: Law, part: Option<usize>, details: String) -> Violation {
    Violation {
        seed: world.scenario.seed,
        law,
        part,
        details,
        options: String::new(),
    }
}

/// Law 5 while running: every queue within its bound.
pub fn bounds(world: &World, stages: &Assembly) -> Checked {
    for gauge in &stages.controls.gauges {
        if gauge.depth() > gauge.bound {
            let details = format!(
                "queue {} holds {} of {}",
                gauge.name,
                gauge.depth(),
                gauge.bound
            );
            return Err(broken(world, Law::Bounded, None, details));
        }
    }
    Ok(())
}

/// Law 5 at the end: nothing is in flight and every loan is home. Pictures parked for their part's
/// disposition keep a buffer each, and there are none when every part has left.
pub fn at_rest(world: &World, stages: &Assembly) -> Checked {
    let frames: usize = stages.acquire.iter().map(|stage| stage.loans_out()).sum();
    let maps = stages.inspect.first().map_or(0, |stage| stage.loans_out());
    let dispositions_lost = stages
        .controls
        .gauges
        .iter()
        .any(|gauge| gauge.name == "dispositions" && gauge.dropped() > 0);
    // Only a picture whose part's disposition was lost behind a stalled disk may still wait for the next.
    let parked = if dispositions_lost {
        stages.images.parked()
    } else {
        0
    };
    if frames > parked || maps > parked {
        let details = format!("{frames} frame buffers and {maps} map buffers never came home");
        return Err(broken(world, Law::Bounded, None, details));
    }
    if stages.record.waiting() > 0 {
        let details = format!("{} rows are still not durable", stages.record.waiting());
        return Err(broken(world, Law::Durable, None, details));
    }
    Ok(())
}

/// Every law, after the run.
pub fn check(world: &World) -> Result<Outcome, Violation> {
    let truth = world.truth();
    let mut recorded = BTreeMap::new();
    let mut crashed = BTreeSet::new();
    let mut tally = BTreeMap::new();
    for job in 0..truth.jobs.len() {
        durable(world, &truth, job)?;
        unrecorded::rejected(world, &truth, job)?;
        unrecorded::gone(world, &truth)?;
        accounted(world, &truth, job, &mut recorded, &mut crashed)?;
        for record in &truth.jobs[job].durable {
            let name = match record {
                Record::Result(result) => result.cause.map_or("pass", Cause::name),
                Record::Late(_) => "late verdict",
                Record::Gap(_) => "gap",
            };
            *tally.entry(name).or_insert(0) += 1;
        }
    }
    let mut outcome = Outcome {
        seed: world.scenario.seed,
        ..Outcome::default()
    };
    for (index, part) in truth.parts.iter().enumerate() {
        let result = recorded.get(&index);
        safe(world, &truth, index, result, crashed.contains(&index))?;
        if !crashed.contains(&index) && is_untouched(world, &truth, index) {
            outcome.untouched += 1;
            decided(world, index, part, result)?;
        }
        if let Some(result) = result {
            explained(world, &truth, index, result)?;
            outcome.accepted += u64::from(result.disposition == Disposition::Accept);
        }
    }
    faults(world, &mut tally);
    outcome.parts = truth.parts.len() as u64;
    outcome.simulated_ms =
        u64::try_from(crate::clock::Clock::now(&world.clock).0.as_millis()).unwrap_or(u64::MAX);
    outcome.digest = digest(&truth.jobs, &truth.openings);
    outcome.tally = tally;
    Ok(outcome)
}

fn faults(world: &World, tally: &mut BTreeMap<&'static str, u64>) {
    let scenario = &world.scenario;
    for (name, is_met) in [
        ("run: clean", scenario.is_clean()),
        ("run: killed", scenario.killed_at_ms.is_some()),
        ("run: camera away", scenario.camera_gone_ms.is_some()),
        ("run: disk stalled", scenario.disk_stalled_ms.is_some()),
        ("run: disk full", scenario.disk_full_ms.is_some()),
        ("run: log gone", scenario.log_gone_ms.is_some()),
        ("run: wall clock set", scenario.wall_step.is_some()),
        ("run: threads stalled", scenario.has_stalls),
        ("run: bursts", scenario.has_bursts),
        ("run: camera leads", scenario.camera_leads),
        (
            "run: new models while it runs",
            scenario.new_versions.iter().any(|new| new.has_models),
        ),
        (
            "run: new thresholds while it runs",
            scenario.new_versions.iter().any(|new| !new.has_models),
        ),
    ] {
        *tally.entry(name).or_insert(0) += u64::from(is_met);
    }
}

/// Law 4: what was acknowledged is durable.
fn durable(world: &World, truth: &Truth, job: usize) -> Checked {
    let log = &truth.jobs[job];
    let same = |(ours, disks): (&Record, &Record)| number(ours) == number(disks);
    let is_kept = log.acknowledged.len() == log.durable.len()
        && log.acknowledged.iter().zip(&log.durable).all(same);
    if is_kept {
        return Ok(());
    }
    let (said, are) = (log.acknowledged.len(), log.durable.len());
    let details = format!("job {}: {said} rows acknowledged, {are} durable", job + 1);
    Err(broken(world, Law::Durable, None, details))
}

fn number(record: &Record) -> (u8, u64) {
    match record {
        Record::Result(result) => (0, result.part_no.0),
        Record::Late(late) => (1, late.part_no.0),
        Record::Gap(gap) => (2, gap.first.0),
    }
}

/// Whether a span of time meets one in milliseconds.
pub fn overlaps(from: Instant, to: Instant, other_from: u64, other_to: u64) -> bool {
    from <= Instant::from_millis(other_to) && Instant::from_millis(other_from) <= to
}

/// Law 2: the default is the safe one.
fn safe(
    world: &World,
    truth: &Truth,
    index: usize,
    result: Option<&PartResult>,
    crashed: bool,
) -> Checked {
    let part = &truth.parts[index];
    let is_accepted = truth.is_accepted(part, world.scenario.budget.act_late_max());
    let says = result.map(|result| (result.verdict, result.disposition));
    let seen = part.cameras(world.scenario.cameras);
    let is_visible = seen.iter().any(|camera| part.shots[*camera].shows_defect);
    let details = match says {
        _ if is_accepted && part.is_defective && (is_visible || part.style == UNKNOWN) => {
            "a defective part was accepted"
        }
        Some((_, Disposition::Reject)) if is_accepted => "recorded as rejected, and accepted",
        Some((Verdict::Pass, Disposition::Accept)) if !is_accepted => {
            "recorded as accepted, and rejected"
        }
        Some((Verdict::NotDecided | Verdict::Fail, Disposition::Accept)) => {
            "accepted without a pass"
        }
        None if is_accepted && !crashed => "accepted without a row",
        _ => return Ok(()),
    };
    Err(broken(
        world,
        Law::SafeDefault,
        Some(index),
        format!("{details}: {says:?}"),
    ))
}

/// Whether no fault of its own, of its neighbours or of the threads can have met this part.
fn is_untouched(world: &World, truth: &Truth, index: usize) -> bool {
    let (scenario, part) = (&world.scenario, &truth.parts[index]);
    let (from, to) = (part.at, part.act_at + scenario.budget.act_late_max());
    let leads = scenario.camera_leads;
    let mut cameras = part.cameras(scenario.cameras);
    if leads && !cameras.contains(&0) {
        cameras.push(0);
    }
    let is_whole = cameras.iter().all(|camera| {
        let shot = &part.shots[*camera];
        shot.frame == FrameOutcome::Whole && shot.model == ModelOutcome::Answers
    });
    let is_away = cameras.contains(&truth.gone_camera)
        && scenario
            .camera_gone_ms
            .is_some_and(|(a, b)| overlaps(from, to, a, b + 600));
    // Nothing is accepted in the first pitch after a start.
    let pitch = scenario.budget.pitch_min();
    let settles_ms = u64::try_from(pitch.as_millis()).unwrap_or(u64::MAX) + 11;
    let killed_ms = scenario.killed_at_ms.zip(scenario.restarted_at_ms());
    let is_down = killed_ms.is_some_and(|(at, back)| overlaps(from, to, at, back + settles_ms));
    let is_settling = overlaps(from, to, 0, settles_ms);
    let is_disturbed = truth
        .disturbances
        .iter()
        .any(|d| d.from <= to && from <= d.to);
    let is_close = |other: &Part| other.at.since(part.at).max(part.at.since(other.at)) < pitch;
    let is_crowded = truth
        .parts
        .iter()
        .enumerate()
        .any(|(n, other)| n != index && is_close(other));
    // A burst fills the queues for those who come next.
    let is_behind = scenario.has_bursts
        && index > 0
        && truth.parts[..index].windows(2).any(|pair| {
            pair[1].at.since(pair[0].at) < pitch && from < pair[1].at + Duration::from_millis(100)
        });
    part.style != UNKNOWN
        && is_whole
        && !part.is_refused
        && !is_away
        && !is_down
        && !is_settling
        && !unrecorded::may_reject(scenario, from, to)
        && !is_disturbed
        && !is_crowded
        && !is_behind
        && !is_beside_guess(truth, index, leads)
}

/// Law 3: what nothing disturbs is decided rightly and in time, whatever the disk does.
fn decided(world: &World, index: usize, part: &Part, result: Option<&PartResult>) -> Checked {
    let want = if part.is_defective {
        Verdict::Fail
    } else {
        Verdict::Pass
    };
    match result {
        Some(result) if result.verdict == want => Ok(()),
        found => {
            let found = found.map(|result| (result.verdict, result.cause));
            let details = format!("nothing disturbed it; expected {want:?}, found {found:?}");
            Err(broken(world, Law::NeverWaits, Some(index), details))
        }
    }
}
