//! Challenge parts: told when they are due, and nothing accepted while they are overdue or one has failed.

use super::{ActuateSetup, ActuateStage, undecide};
use crate::clock::Clock;
use crate::station::challenge::{Challenge, Challenged, Quality};
use crate::station::guard::Trouble;
use crate::station::part::PartId;
use crate::station::result::PartResult;
use crate::station::time::WallTime;
use crate::station::tracker::Due;
use crate::station::verdict::{Cause, Disposition, Verdict};
use crate::telemetry::alarm::Condition;
use crate::telemetry::catalogue::Code;
use crate::telemetry::line_state::LineState;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt::Write as _;

/// Challenge parts, and what is told of them.
pub(super) struct ChallengeWatch {
    challenge: Challenge,
    zone: TimeZone,
    due: Condition,
    /// Whether it is shown since when they are due.
    is_shown: bool,
}

impl ChallengeWatch {
    pub(super) fn new(with: &ActuateSetup) -> Option<Self> {
        let (plan, zone) = with.line.challenge.clone()?;
        let due_before = with.line.left_open.challenge_due_for;
        Some(Self {
            challenge: Challenge::new(plan, due_before, with.clock.now()),
            zone,
            due: with.alarms.condition(Code::ChallengeDue, ""),
            is_shown: false,
        })
    }

    /// Seconds since 1970 as the wall clock of the place has them.
    fn local_s(&self, wall: WallTime) -> i64 {
        let at = Timestamp::from_microsecond(wall.0).unwrap_or_default();
        at.as_second() + i64::from(self.zone.to_offset(at).seconds())
    }

    fn look(&mut self, clock: &dyn Clock) {
        // The time of the day is worked out where it matters only: this is looked at very often.
        let has_times = !self.challenge.plan().at.is_empty();
        let local_s = has_times.then(|| self.local_s(clock.wall()));
        self.challenge.look(clock.now(), local_s);
        match (self.challenge.due(), self.due.is_active()) {
            (Some((_, why)), false) => {
                let mut message = format!("challenge parts are due, because {}:", why.told());
                for (part_id, quality) in &self.challenge.plan().parts {
                    let expected = match quality {
                        Quality::Defective => "must be called defective",
                        Quality::Golden => "must pass",
                    };
                    let _ = write!(message, " {part_id} {expected};");
                }
                let minutes = self.challenge.plan().within.as_secs() / 60;
                let _ = write!(
                    message,
                    " without them nothing is accepted after {minutes} minutes"
                );
                self.due.raise(message);
            }
            (None, true) => self.due.end(),
            _ => {}
        }
    }

    /// For whoever shows which are still to be brought.
    fn show(&self, state: &LineState) {
        let is_missing = |part_id: &PartId| {
            let mut missing = self.challenge.missing();
            missing.any(|(missing, _)| missing == part_id)
        };
        let parts = self.challenge.plan().parts.iter().enumerate();
        let brought = parts.filter(|(_, (part_id, _))| !is_missing(part_id));
        let brought = brought.fold(0, |brought, (place, _)| brought | 1_u32 << place);
        state.challenged(self.challenge.due(), brought);
        state.challenged_before(self.challenge.due_before());
    }

    /// Why nothing is accepted any more, for people.
    fn overdue(&self) -> String {
        let why = self.challenge.due().map_or("", |(_, why)| why.told());
        let missing = self.missing();
        let minutes = self.challenge.due_before().as_secs() / 60;
        let before = match minutes {
            0 => String::new(),
            _ => format!("; {minutes} of the minutes were in jobs before this one"),
        };
        format!(
            "challenge parts were due, because {why}, and are still to be brought: {missing}{before}"
        )
    }

    fn missing(&self) -> String {
        let missing = self.challenge.missing();
        let missing: Vec<&str> = missing.map(|(part_id, _)| part_id.as_str()).collect();
        missing.join(", ")
    }
}

impl ActuateStage {
    pub(super) fn look_at_challenge(&mut self) {
        let Some(watch) = &mut self.watch.challenge else {
            return;
        };
        let before = watch.challenge.due();
        watch.look(&*self.with.clock);
        if watch.challenge.due() != before || !watch.is_shown {
            watch.is_shown = true;
            watch.show(&self.with.stats.line);
        }
        let is_overdue = watch.challenge.is_overdue(self.with.clock.now());
        if self.watch.guard.is_so(Trouble::ChallengeOverdue) == is_overdue {
            return;
        }
        let message = watch.overdue();
        self.level(Trouble::ChallengeOverdue, is_overdue, &message);
    }

    /// Before a part is acted on: a challenge part that is judged otherwise than expected is not accepted, and nothing is
    /// after it.
    pub(super) fn challenged(&mut self, due: &mut Due) {
        let now = self.with.clock.now();
        let Some(watch) = &mut self.watch.challenge else {
            return;
        };
        let result = &mut due.result;
        let is_finding = matches!(result.cause, None | Some(Cause::Defect | Cause::Uncertain));
        // One that came too close to another may bear that one's ID.
        let is_itself = !due.is_crowded && !due.is_forced;
        let is_judged = is_finding && is_itself && result.decided_after_us.is_some();
        let recipe = result.recipe.map(|recipe| (recipe.index, recipe.version));
        let judged = (result.verdict, is_judged);
        result.challenge = watch.challenge.judged(&result.part_id, judged, recipe, now);
        if watch.challenge.due().is_some() || result.challenge.is_some() {
            watch.show(&self.with.stats.line);
        }
        if result.challenge == Some(Challenged::Failed) {
            if result.verdict == Verdict::Pass {
                undecide(result, Cause::LineFault);
            }
            let (expected, found) = match watch.challenge.quality(&result.part_id) {
                Some(Quality::Golden) => ("to pass", "rejected"),
                _ => ("to be called defective", "not"),
            };
            let message = format!(
                "challenge part {}: expected it {expected}, and it was {found}; nothing is accepted until a person has seen \
                 to it",
                result.part_id
            );
            self.watch.trouble(Trouble::ChallengeFailed, message);
        }
        self.look_at_challenge();
    }

    /// Many rejects one after another are no bad luck.
    pub(super) fn watch_rejects(&mut self, result: &PartResult) {
        if result.challenge.is_some() {
            return;
        }
        let is_many = self
            .watch
            .guard
            .judged(result.disposition == Disposition::Reject);
        if is_many && self.watch.guard.stops().is_none() {
            let message = format!(
                "with part {} more parts were rejected than the settings allow; look at the last ones",
                result.part_no.0
            );
            self.watch.trouble(Trouble::ManyRejects, message);
        }
    }
}
