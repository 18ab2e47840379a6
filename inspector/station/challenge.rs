//! Challenge parts: parts of known quality that show that the station still finds what it is to find (BRC Global Standard
//! Food Safety, clause 4.10, and what auditors expect of reject systems). Known defective ones must be called defective,
//! golden ones must pass. When they are due and not brought in time, or one is judged otherwise than expected, nothing more
//! is accepted until a person has seen to it.

use super::part::PartId;
use super::time::Instant;
use super::verdict::Verdict;
use arrayvec::ArrayVec;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The most challenge parts of a station.
pub const CHALLENGE_PARTS_MAX: usize = 32;
/// Recipes whose versions are watched.
const RECIPES_MAX: usize = 256;
/// A clock that gains so many seconds between two looks was set.
const SET_MIN_S: i64 = 60;
/// Seconds of a day.
pub const DAY_S: i64 = 86_400;

/// What a challenge part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// It has a defect and must be called defective.
    Defective,
    /// It must pass.
    Golden,
}

/// When which parts are to be brought: when a job starts, and as this says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChallengePlan {
    /// At most [`CHALLENGE_PARTS_MAX`], each once.
    pub parts: Vec<(PartId, Quality)>,
    /// When a recipe judges by another version than before.
    pub on_recipe_change: bool,
    /// So long after they were last complete.
    pub every: Option<Duration>,
    /// Times of the local day, in seconds since midnight.
    pub at: Vec<u32>,
    /// So long after they became due, nothing more is accepted until they were brought.
    pub within: Duration,
}

/// What became of one challenge part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Challenged {
    /// It was judged as expected.
    Passed,
    /// It was not.
    Failed,
}

impl Challenged {
    /// Every one, for filters and tests.
    pub const ALL: [Challenged; 2] = [Challenged::Passed, Challenged::Failed];

    /// What has this stable name.
    pub fn from_name(name: &str) -> Option<Challenged> {
        Challenged::ALL
            .into_iter()
            .find(|known| known.name() == name)
    }

    /// The stable name, as in SQL and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Challenged::Passed => "passed",
            Challenged::Failed => "failed",
        }
    }
}

/// Why they are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The job has started.
    Start,
    /// Another version of a recipe judges.
    Recipe,
    /// So long ago were they last complete.
    Interval,
    /// It is the time of the day.
    Time,
    /// The clock was set, and it is later than a time of the day that never was.
    Clock,
    /// One was judged otherwise than expected.
    Failed,
}

impl Why {
    /// What the alarm says after "because".
    pub const fn told(self) -> &'static str {
        match self {
            Why::Start => "the job has started",
            Why::Recipe => "another version of a recipe judges",
            Why::Interval => "challenge.every_h has passed",
            Why::Time => "it is a time of challenge.at",
            Why::Clock => "the clock was set past a time of challenge.at",
            Why::Failed => "one was judged otherwise than expected",
        }
    }
}

/// Keeps account of the challenge parts.
#[derive(Debug)]
pub struct Challenge {
    plan: ChallengePlan,
    due: Option<(Instant, Why)>,
    /// So long they had been due in jobs before.
    due_before: Duration,
    /// Of each part of the plan, whether it was judged as expected since they became due.
    brought: Vec<bool>,
    complete_at: Instant,
    /// The last look, and the local time then in seconds since 1970.
    looked_at: Option<(Instant, i64)>,
    /// Index and version of the recipes that have judged.
    recipes: ArrayVec<(u16, u32), RECIPES_MAX>,
}

impl Challenge {
    /// At the start of a job. What was due before it goes on being due for as long as it has been: starting anew gives no
    /// more time.
    pub fn new(plan: ChallengePlan, due_before: Duration, now: Instant) -> Self {
        let mut challenge = Self {
            brought: vec![false; plan.parts.len()],
            due: None,
            due_before,
            complete_at: now,
            looked_at: None,
            recipes: ArrayVec::new(),
            plan,
        };
        challenge.become_due(now, Why::Start);
        challenge
    }

    /// What it was made of.
    pub const fn plan(&self) -> &ChallengePlan {
        &self.plan
    }

    fn become_due(&mut self, now: Instant, why: Why) {
        if self.due.is_none() {
            self.due = Some((now, why));
            self.brought.fill(false);
        }
    }

    /// The time goes on; `local_s` is the local time in seconds since 1970, which only times of the day need.
    pub fn look(&mut self, now: Instant, local_s: Option<i64>) {
        if self
            .plan
            .every
            .is_some_and(|every| now.since(self.complete_at) >= every)
        {
            self.become_due(now, Why::Interval);
        }
        let Some(local_s) = local_s else { return };
        let before = self.looked_at.replace((now, local_s));
        // A clock that is set forward passes the times in between; one that is set back passes none twice at once.
        let Some((looked_at, before)) = before.filter(|(_, before)| *before < local_s) else {
            return;
        };
        let passed_s = i64::try_from(now.since(looked_at).as_secs()).unwrap_or(i64::MAX);
        let is_set = local_s - before > passed_s.saturating_add(SET_MIN_S);
        let is_passed = |at: &u32| {
            let midnight = local_s - local_s.rem_euclid(DAY_S);
            let today = midnight + i64::from(*at);
            [today, today - DAY_S]
                .iter()
                .any(|at| before < *at && *at <= local_s)
        };
        if self.plan.at.iter().any(is_passed) {
            self.become_due(now, if is_set { Why::Clock } else { Why::Time });
        }
    }

    /// Whether they are due, since when and why.
    pub const fn due(&self) -> Option<(Instant, Why)> {
        self.due
    }

    /// How long they had been due in jobs before, and still are.
    pub const fn due_before(&self) -> Duration {
        self.due_before
    }

    /// Whether they are due for so long that nothing more is accepted.
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.due
            .is_some_and(|(since, _)| now.since(since) + self.due_before >= self.plan.within)
    }

    /// What it is, where this ID is that of a challenge part.
    pub fn quality(&self, part_id: &PartId) -> Option<Quality> {
        let mut parts = self.plan.parts.iter();
        parts
            .find(|(known, _)| known == part_id)
            .map(|(_, quality)| *quality)
    }

    /// A part was judged by this recipe (index and version), by a model where `is_judged`. What became of a challenge
    /// part; `None` of another, and where nothing was judged, which proves nothing.
    pub fn judged(
        &mut self,
        part_id: &PartId,
        (verdict, is_judged): (Verdict, bool),
        recipe: Option<(u16, u32)>,
        now: Instant,
    ) -> Option<Challenged> {
        if recipe.is_some_and(|recipe| self.is_changed(recipe)) && self.plan.on_recipe_change {
            self.become_due(now, Why::Recipe);
            // What the version before has shown shows nothing of this one.
            self.brought.fill(false);
        }
        let mut parts = self.plan.parts.iter();
        let at = parts.position(|(known, _)| known == part_id)?;
        if !is_judged {
            return None;
        }
        let expected = match self.plan.parts[at].1 {
            Quality::Defective => Verdict::Fail,
            Quality::Golden => Verdict::Pass,
        };
        if verdict != expected {
            self.become_due(now, Why::Failed);
            self.brought.fill(false);
            return Some(Challenged::Failed);
        }
        if self.due.is_none() {
            return Some(Challenged::Passed);
        }
        self.brought[at] = true;
        if self.brought.iter().all(|is_brought| *is_brought) {
            self.due = None;
            self.due_before = Duration::ZERO;
            self.complete_at = now;
            self.brought.fill(false);
        }
        Some(Challenged::Passed)
    }

    /// Whether this recipe has judged by another version before. Of more than [`RECIPES_MAX`] recipes, the first are known.
    fn is_changed(&mut self, (index, version): (u16, u32)) -> bool {
        let mut known = self.recipes.iter_mut();
        match known.find(|(known, _)| *known == index) {
            Some((_, before)) => std::mem::replace(before, version) != version,
            None => {
                let _ = self.recipes.try_push((index, version));
                false
            }
        }
    }

    /// Those that are still to be brought.
    pub fn missing(&self) -> impl Iterator<Item = &(PartId, Quality)> {
        let all = self.plan.parts.iter().zip(&self.brought);
        all.filter(|(_, is_brought)| !**is_brought)
            .map(|(part, _)| part)
    }
}

#[cfg(test)]
mod tests;
