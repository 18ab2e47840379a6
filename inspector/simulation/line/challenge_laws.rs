//! While challenge parts are overdue, or one has failed, nothing is accepted until a person says by name that they have
//! seen it. Worked out anew here from what happened, millisecond by millisecond.

use super::challenging::Challenging;
use super::driver::Left;
use super::scenario::PITCH_MM;
use super::thing::Thing;
use super::world::World;
use crate::station::challenge::Challenged;
use crate::station::guard::RestartBy;
use crate::station::part::PartNo;
use crate::station::result::PartResult;
use crate::station::verdict::{Cause, Disposition};
use crate::telemetry::catalogue::Code;
use std::collections::BTreeSet;

/// What a person would know who watches the line with a stop-watch.
struct Account<'a> {
    challenging: &'a Challenging,
    /// Until when it is accounted for.
    ms: u64,
    due_since: Option<u64>,
    brought: Vec<bool>,
    complete_at: u64,
    /// How long they had been due in the job before.
    due_before_ms: u64,
    /// The version of each recipe that has judged.
    versions: [Option<u32>; 2],
    is_failed: bool,
    was_overdue: bool,
}

impl<'a> Account<'a> {
    fn new(challenging: &'a Challenging) -> Self {
        Self {
            challenging,
            ms: 0,
            due_since: Some(0),
            brought: vec![false; challenging.parts.len()],
            complete_at: 0,
            due_before_ms: challenging.before.challenge_due_for.as_millis() as u64,
            versions: [None; 2],
            is_failed: challenging.before.alarms.contains(&Code::ChallengeFailed),
            was_overdue: challenging.before.alarms.contains(&Code::ChallengeOverdue),
        }
    }

    fn become_due(&mut self) {
        if self.due_since.is_none() {
            self.due_since = Some(self.ms);
            self.brought.fill(false);
        }
    }

    fn is_overdue(&self) -> bool {
        let within = self.challenging.within_ms;
        self.due_since
            .is_some_and(|since| self.ms - since + self.due_before_ms >= within)
    }

    fn is_locked(&self) -> bool {
        self.is_failed || self.was_overdue
    }

    fn until(&mut self, ms: u64) {
        while self.ms < ms {
            self.ms += 1;
            let every = self.challenging.every_ms;
            let is_long_ago = every.is_some_and(|every| self.ms - self.complete_at >= every);
            let second = (self.ms / 1_000) as u32;
            let is_time = self.ms.is_multiple_of(1_000) && self.challenging.at_s.contains(&second);
            if is_long_ago || is_time {
                self.become_due();
            }
            self.was_overdue |= self.is_overdue();
        }
    }

    fn judged(&mut self, number: Option<u8>, row: &PartResult) {
        // What could not be tracked was never judged.
        if row.acted_after_us == 0 {
            return;
        }
        if let Some(recipe) = row.recipe
            && let Some(known) = self.versions.get_mut(usize::from(recipe.index))
            && known
                .replace(recipe.version)
                .is_some_and(|it| it != recipe.version)
            && self.challenging.on_recipe_change
        {
            self.become_due();
            self.brought.fill(false);
        }
        match (row.challenge, number) {
            (Some(Challenged::Failed), _) => {
                self.is_failed = true;
                self.become_due();
                self.brought.fill(false);
            }
            (Some(Challenged::Passed), Some(number)) if self.due_since.is_some() => {
                self.brought[usize::from(number)] = true;
                if self.brought.iter().all(|is_brought| *is_brought) {
                    self.due_since = None;
                    self.due_before_ms = 0;
                    self.complete_at = self.ms;
                    self.brought.fill(false);
                }
            }
            _ => {}
        }
    }

    fn restarted(&mut self, by: RestartBy) {
        if by == RestartBy::NameForChallenge && !self.is_overdue() {
            (self.is_failed, self.was_overdue) = (false, false);
        }
    }
}

/// Why something was accepted that must not have been, or a challenge part counts for what it did not show.
pub(super) fn unchallenged(left: &Left) -> Option<String> {
    let world = &left.world;
    let challenging = world.scenario.challenge.as_ref()?;
    let plan = challenging.plan();
    let number = |row: &PartResult| {
        let mut known = plan.parts.iter();
        let place = known.position(|(known, _)| *known == row.part_id)?;
        u8::try_from(place).ok()
    };
    let mut account = Account::new(challenging);
    let mut restarts = world.restarts.iter().peekable();
    let mut judged = BTreeSet::new();
    for moment in moments(world) {
        while let Some((ms, by)) = restarts.next_if(|(ms, _)| *ms <= moment.ms) {
            // What a person does is heard before the time is looked at.
            account.until(ms - 1);
            account.restarted(*by);
        }
        account.until(moment.ms);
        let row = left.rows.get((moment.part_no.0 as usize).wrapping_sub(1));
        let Some(row) = row else { continue };
        if judged.insert(moment.part_no) {
            account.judged(number(row), row);
        }
        if account.is_locked() && moment.disposition == Some(Disposition::Accept) {
            return Some(format!(
                "part {} was accepted at {} ms, and a challenge part {}",
                row.part_no.0,
                moment.ms,
                match account.is_failed {
                    true => "had failed",
                    false => "was overdue",
                }
            ));
        }
    }
    let of = |(index, thing): (usize, &Thing)| {
        let row = left.rows.get(thing.part_no?.0 as usize - 1)?;
        uncounted(world, index, row)
    };
    world.things.iter().enumerate().find_map(of)
}

/// When a part was decided or commanded.
struct Moment {
    ms: u64,
    part_no: PartNo,
    /// What was commanded, where that was then.
    disposition: Option<Disposition>,
}

/// In the order of time. A part is decided where it is commanded, or on its way there when it passes the first of several
/// gates: also one that is lost between both, and never commanded.
fn moments(world: &World) -> Vec<Moment> {
    let is_apart = world.gates.len() > 1;
    let decided = world
        .things
        .iter()
        .filter(|_| is_apart)
        .filter_map(|thing| {
            Some(Moment {
                ms: thing.first_gate_ms?,
                part_no: thing.part_no?,
                disposition: None,
            })
        });
    let commanded = world.commanded.iter().map(|command| Moment {
        ms: command.ms,
        part_no: command.part_no,
        disposition: Some(command.disposition),
    });
    // What is decided in a millisecond is so before anything is commanded in it.
    let mut moments: Vec<Moment> = decided.chain(commanded).collect();
    moments.sort_by_key(|moment| moment.ms);
    moments
}

/// Why what is recorded of a challenge part is not what it has shown.
fn uncounted(world: &World, index: usize, row: &PartResult) -> Option<String> {
    let thing = world.at(index);
    if row.part_id != world.id_of(index) {
        // It was taken for another, or nobody knew it.
        return None;
    }
    let number = row.part_no.0;
    let expected = match (thing.coming.challenge, thing.coming.is_misjudged) {
        (None, _) => None,
        (Some(_), false) => Some(Challenged::Passed),
        (Some(_), true) => Some(Challenged::Failed),
    };
    match (row.challenge, expected) {
        (found, expected) if found == expected => None,
        (None, Some(expected)) if is_plain(world, index, row) => Some(format!(
            "part {number} is a challenge part that was judged ({expected:?}), and nobody noticed: {:?}, {:?}, {:?}, {:?}",
            row.verdict, row.cause, thing.coming.named, world.scenario.taking
        )),
        (None, _) => None,
        (Some(found), expected) => Some(format!(
            "part {number} counts as a challenge part that {found:?}; expected {expected:?}"
        )),
    }
}

/// Whether nothing stands in the way of judging this part.
fn is_plain(world: &World, index: usize, row: &PartResult) -> bool {
    let thing = world.at(index);
    let is_judged = row.decided_after_us.is_some()
        && matches!(row.cause, None | Some(Cause::Defect | Cause::LineFault));
    let neighbours = [index.checked_sub(1), Some(index + 1)];
    let mut neighbours = neighbours
        .into_iter()
        .flatten()
        .filter_map(|index| world.get(index));
    let is_alone = neighbours.all(|other| (other.mm - thing.mm).abs() >= PITCH_MM * 1.05);
    let scenario = &world.scenario;
    let is_once = thing.before.is_none() && scenario.backward_ms.is_none();
    // Of one that was given up on a belt of which nobody knew where it was, nothing counts.
    let is_placed = scenario.dead_ms.is_none() && scenario.jump_at_ms.is_none();
    is_judged && is_alone && is_once && is_placed && !thing.coming.is_missed
}
