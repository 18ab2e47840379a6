//! A part's ID and recipe are its own, or it is known that they are not known: then it is rejected to the safe lane.

use super::naming::{How, StyleBy, style};
use super::thing::Read;
use super::world::World;
use crate::station::identify::IdentifyPlan;
use crate::station::part::{JobId, PartId};
use crate::station::result::{Identity, PartResult};
use crate::station::verdict::{Disposition, Verdict};

/// Why this row names another part, or a part is accepted that nobody knew.
pub(super) fn misnamed(world: &World, index: usize, row: &PartResult) -> Option<String> {
    let details = not_its_own(world, index, row)?;
    let triggered_ms = world.at(index).triggered_ms;
    let near = |read: &&Read| read.of.abs_diff(index) <= 3;
    let reads: Vec<_> = world.reads.iter().filter(near).collect();
    Some(format!(
        "{details} (triggered at {triggered_ms} ms, acted after {} us, {:?} {:?}; read: {reads:?})",
        row.acted_after_us, row.verdict, row.cause
    ))
}

fn not_its_own(world: &World, index: usize, row: &PartResult) -> Option<String> {
    let counted = PartId::counted(JobId(1).0, row.part_no);
    let is_counted = row.identity == Identity::Counter;
    let Some(naming) = &world.scenario.naming else {
        let is_wrong = !is_counted || row.part_id != counted;
        return is_wrong.then(|| format!("counted, and called {}", row.part_id));
    };
    let (thing, own) = (world.at(index), world.id_of(index));
    let named = thing.coming.named;
    let plan = naming.plan(&world.scenario);
    let is_accepted = row.disposition == Disposition::Accept;
    if is_counted && row.part_id != counted {
        return Some(format!(
            "nobody told its ID, and it is called {}",
            row.part_id
        ));
    }
    let acted_ms = thing.triggered_ms + u64::from(row.acted_after_us) / 1_000;
    if !is_counted && row.part_id != own {
        let mut misled = read_of(world, plan, index);
        let is_misled = misled.any(|read| read.part_id == Some(row.part_id));
        // Crowded parts cannot be told apart by the time of a read; they are rejected. Else its own ID came too late.
        let mut in_time = read_in_time(world, plan, index, acted_ms);
        let is_known = in_time.any(|part_id| part_id == own);
        let is_doubtful = named.how == How::Doubtful && !is_known;
        if !is_misled || (is_accepted && !is_doubtful) {
            return Some(format!("it is {own}, and called {}", row.part_id));
        }
    }
    if let Some(other) =
        read_in_time(world, plan, index, acted_ms).find(|read| *read != row.part_id)
        && !is_counted
        && (named.how != How::Trigger || other != own)
    {
        return Some(format!(
            "{other} was read of it in time and it is called {}: two IDs are none",
            row.part_id
        ));
    }
    unknown(world, index, row)
}

/// A part is accepted by the recipe of its own style alone, and not where nobody knew it.
fn unknown(world: &World, index: usize, row: &PartResult) -> Option<String> {
    let naming = world.scenario.naming?;
    let named = world.at(index).coming.named;
    let is_counted = row.identity == Identity::Counter;
    let is_unknown = matches!(named.style_by, StyleBy::Unanswered | StyleBy::Unknown);
    if row.verdict == Verdict::Pass {
        if is_counted && naming.is_required {
            return Some("accepted without an ID".to_owned());
        }
        if !is_counted && is_unknown {
            return Some("accepted, and nobody knew its style".to_owned());
        }
    }
    let is_other = named.is_other && !is_counted;
    let is_judged = row
        .recipe
        .is_some_and(|recipe| recipe.index == u16::from(is_other));
    let is_own = is_judged && row.style == Some(style(is_other));
    if row.verdict == Verdict::Pass && !is_own {
        return Some(format!(
            "accepted as {:?} by recipe {:?}",
            row.style, row.recipe
        ));
    }
    if world.scenario.is_clean() && is_counted {
        return Some("its ID was told in time, and it has none".to_owned());
    }
    None
}

/// IDs that can have been taken for this thing's.
fn read_of(world: &World, plan: IdentifyPlan, index: usize) -> impl Iterator<Item = &Read> {
    let triggered_us = world.at(index).triggered_ms as i64 * 1_000;
    let fits = move |read: &&Read| match read.is_numbered {
        true => read.of == index,
        false => {
            let after = read.ms as i64 * 1_000 - triggered_us;
            (plan.window.from_us..=plan.window.until_us).contains(&after)
        }
    };
    world.reads.iter().filter(fits)
}

/// IDs that were certainly read of this thing before it left. What was read before word of the trigger came went to the part
/// before, where that was at the reader too; what came after it was given up is too late.
fn read_in_time(
    world: &World,
    plan: IdentifyPlan,
    index: usize,
    acted_ms: u64,
) -> impl Iterator<Item = PartId> {
    let triggered_ms = world.at(index).triggered_ms;
    let from_ms = triggered_ms + world.scenario.camera.heard_after_ms;
    let until_ms = (triggered_ms + plan.within.as_millis() as u64).min(acted_ms);
    let reads = read_of(world, plan, index);
    let in_time = reads.filter(move |read| (from_ms..until_ms).contains(&read.ms));
    in_time.filter_map(|read| read.part_id)
}
