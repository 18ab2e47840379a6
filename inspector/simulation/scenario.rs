//! What a seed says will happen: times, parts, faults.

use super::versions::{self, NewVersion};
use crate::station::budget::CycleBudget;
use fastrand::Rng;
use std::time::Duration;

/// Every choice that a seed makes before the run; the rest is drawn while it runs.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// From which everything is drawn.
    pub seed: u64,
    /// Times of the line.
    pub budget: CycleBudget,
    /// Cameras, 1 or 2; recipes use one or both.
    pub cameras: u8,
    /// Whether the first camera's frames are the triggers.
    pub camera_leads: bool,
    /// Inspect threads, 1 or 2.
    pub inspect_threads: usize,
    /// Milliseconds from the start: one trigger each.
    pub triggers_ms: Vec<u64>,
    /// Per hundred frames: lost between sensor and us.
    pub lost_percent: u8,
    /// Per hundred frames: damaged.
    pub incomplete_percent: u8,
    /// Per hundred frames: the model takes longer than the deadline.
    pub slow_percent: u8,
    /// Per hundred frames: the model cannot be run.
    pub model_error_percent: u8,
    /// Per hundred frames: the model says NaN.
    pub model_nan_percent: u8,
    /// Per hundred commands: the ejector does not take it.
    pub ejector_percent: u8,
    /// From, to: the camera is away.
    pub camera_gone_ms: Option<(u64, u64)>,
    /// From, to: the disk does not answer.
    pub disk_stalled_ms: Option<(u64, u64)>,
    /// From, to: the disk is full.
    pub disk_full_ms: Option<(u64, u64)>,
    /// From, to: the file of the log is not where it was; somebody moves it away, and back.
    pub log_gone_ms: Option<(u64, u64)>,
    /// When, by how much: somebody sets the wall clock.
    pub wall_step: Option<(u64, i64)>,
    /// When: the process is killed. It starts again `restart_after_ms` later.
    pub killed_at_ms: Option<u64>,
    /// How long it is down.
    pub restart_after_ms: u64,
    /// Whether threads are sometimes not run for a while.
    pub has_stalls: bool,
    /// Whether some parts come in bursts.
    pub has_bursts: bool,
    /// Versions of recipes that come while the line runs, in order.
    pub new_versions: Vec<NewVersion>,
}

impl Scenario {
    /// Drawn from `seed` alone. One seed in eight has no fault at all.
    pub fn draw(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let is_clean = rng.u8(..8) == 0;
        let mut chance = |percent: u8| !is_clean && rng.u8(..100) < percent;
        let faults: [bool; 12] = std::array::from_fn(|_| chance(25));
        let pitch_ms = rng.u64(60..400);
        let hold_ms = rng.u64(10..pitch_ms - 10);
        // A burst is seen in time only if the belt is at least one pitch long.
        let decide_ms = pitch_ms * rng.u64(1..5) + rng.u64(20..100);
        let window_ms = rng.u64(10..pitch_ms.min(decide_ms) - 5);
        let budget = match CycleBudget::new(pitch_ms, decide_ms, window_ms, hold_ms) {
            Ok(budget) => budget,
            Err(error) => unreachable!("seed {seed}: {error}"),
        };
        let camera_leads = rng.u8(..4) == 0;
        // Parts closer than the pitch that nobody can see cannot be told apart by anybody.
        let has_bursts = faults[9] && !faults[10] && !camera_leads;
        let mut triggers_ms = triggers(&mut rng, pitch_ms, has_bursts);
        let log_gone_ms = match is_clean {
            true => None,
            false => log_gone(seed, decide_ms, &mut triggers_ms),
        };
        let end_ms = triggers_ms.last().copied().unwrap_or(0);
        let mut span = |is_on: bool, longest_ms: u64| {
            is_on.then(|| {
                let from = rng.u64(..end_ms);
                (from, from + rng.u64(1..longest_ms))
            })
        };
        let camera_gone_ms = span(faults[2], 5_000);
        let disk_stalled_ms = span(faults[6], 20_000);
        let disk_full_ms = span(faults[7], 20_000);
        let percent = |is_on: bool, percent: u8| if is_on { percent } else { 0 };
        Self {
            seed,
            budget,
            cameras: rng.u8(1..3),
            camera_leads,
            inspect_threads: rng.usize(1..3),
            lost_percent: percent(faults[0], rng.u8(1..40)),
            incomplete_percent: percent(faults[1], rng.u8(1..40)),
            slow_percent: percent(faults[3], rng.u8(1..30)),
            model_error_percent: percent(faults[4], rng.u8(1..50)),
            model_nan_percent: percent(faults[5], rng.u8(1..50)),
            ejector_percent: percent(faults[11], rng.u8(1..30)),
            camera_gone_ms,
            disk_stalled_ms,
            disk_full_ms,
            log_gone_ms,
            wall_step: faults[8].then(|| (rng.u64(..end_ms), rng.i64(-4_000..4_000) * 1_000_000)),
            killed_at_ms: faults[10].then(|| rng.u64(..end_ms + 500)),
            restart_after_ms: rng.u64(200..3_000),
            // A gate that is closed late cannot also tell crowded parts apart.
            has_stalls: !has_bursts && !is_clean && rng.bool(),
            has_bursts,
            new_versions: versions::draw(seed, budget.decide_by(), end_ms),
            triggers_ms,
        }
    }

    /// Whether nothing goes wrong by itself.
    pub fn is_clean(&self) -> bool {
        let spans = [
            self.camera_gone_ms,
            self.disk_full_ms,
            self.disk_stalled_ms,
            self.log_gone_ms,
        ];
        let percents = [
            self.lost_percent,
            self.incomplete_percent,
            self.slow_percent,
            self.model_error_percent,
            self.model_nan_percent,
            self.ejector_percent,
        ];
        spans.iter().all(Option::is_none)
            && percents.iter().all(|percent| *percent == 0)
            && self.killed_at_ms.is_none()
            && !self.has_stalls
            && !self.has_bursts
    }

    /// When the process runs again after it was killed: without its log the start is refused.
    pub fn restarted_at_ms(&self) -> Option<u64> {
        let at = self.killed_at_ms? + self.restart_after_ms;
        let back = self.log_gone_ms.filter(|(from, _)| *from <= at);
        Some(back.map_or(at, |(_, to)| at.max(to)))
    }

    /// When the last part has long left and every disk is well again.
    pub fn quiet_at(&self) -> Duration {
        let mut last_ms = self.triggers_ms.last().copied().unwrap_or(0);
        let spans = [
            self.camera_gone_ms,
            self.disk_stalled_ms,
            self.disk_full_ms,
            self.log_gone_ms,
        ];
        for (_, to) in spans.into_iter().flatten() {
            last_ms = last_ms.max(to);
        }
        if let Some(at) = self.restarted_at_ms() {
            last_ms = last_ms.max(at);
        }
        Duration::from_millis(last_ms) + self.budget.decide_by() * 2 + Duration::from_secs(2)
    }
}

/// So long the line stands still while the log goes away, in some runs: longer than it takes to notice.
const STANDS_STILL_MS: u64 = 5_000;

/// Drawn apart, so that what else a seed says stays as it is.
fn log_gone(seed: u64, decide_ms: u64, triggers_ms: &mut [u64]) -> Option<(u64, u64)> {
    let mut rng = Rng::with_seed(seed ^ 0x0106_601E);
    if rng.u8(..100) >= 20 {
        return None;
    }
    if rng.bool() {
        let from = rng.u64(..triggers_ms.last().copied()?);
        return Some((from, from + rng.u64(1..12_000)));
    }
    let next = rng.usize(1..triggers_ms.len());
    for at in &mut triggers_ms[next..] {
        *at += STANDS_STILL_MS;
    }
    // When the part before has long left.
    let from = triggers_ms[next - 1] + decide_ms + 300;
    Some((from, triggers_ms[next] + decide_ms + rng.u64(1..8_000)))
}

fn triggers(rng: &mut Rng, pitch_ms: u64, has_bursts: bool) -> Vec<u64> {
    let parts = rng.usize(20..80);
    let mut at_ms = 100;
    let mut triggers = Vec::with_capacity(parts);
    for _ in 0..parts {
        triggers.push(at_ms);
        let is_close = has_bursts && rng.u8(..100) < 20;
        let is_idle = rng.u8(..100) < 5;
        at_ms += if is_close {
            rng.u64(1..pitch_ms)
        } else if is_idle {
            pitch_ms * rng.u64(2..10)
        } else {
            pitch_ms + rng.u64(..pitch_ms / 4)
        };
    }
    triggers
}
