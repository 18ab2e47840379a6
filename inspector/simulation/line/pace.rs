//! A line without faults at the pace of a fast one, for as long as is asked: no part is lost, doubled, misjudged or sent to
//! another lane, and nothing grows. Things and rows are checked when they have left, and forgotten.

use super::Sabotage;
use super::driver::{Run, locked};
use super::laws::{broken, of_part};
use super::scenario::Scenario;
use crate::simulation::{Law, Violation};
use crate::station::result::Confirm;
use crate::station::verdict::Verdict;

/// The fastest line that millisecond steps can show, in parts a second.
pub const PARTS_PER_S_MAX: u32 = 100;
/// So many things and rows at most are in memory at a time: those on the belt, and some.
const HELD_MAX: usize = 64;

/// What a run at a pace has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// Parts that have left, each with its row.
    pub parts: u64,
    /// Parts recorded as accepted.
    pub accepted: u64,
    /// Parts that the sensor of their lane confirmed.
    pub confirmed: u64,
    /// Simulated time, in milliseconds.
    pub simulated_ms: u64,
    /// The most things and rows that were in memory at a time.
    pub held_max: usize,
}

/// Runs so many parts, at `parts_per_s` on average; tells what it has come to after each simulated second.
///
/// # Errors
/// The first law that did not hold.
pub fn run(
    seed: u64,
    (parts_per_s, parts): (u32, u64),
    sabotage: Option<Sabotage>,
    told: &mut dyn FnMut(&Pace),
) -> Result<Pace, Violation> {
    let mut run = Run::of(Scenario::paced(seed, parts_per_s, parts), sabotage);
    let mut pace = Pace::default();
    while pace.parts < parts {
        run.tick();
        forget(&mut run, &mut pace)?;
        if pace.simulated_ms.is_multiple_of(1_000) {
            told(&pace);
        }
    }
    closed(&run, &pace)?;
    Ok(pace)
}

/// Checks things that have passed everything, with their rows, and forgets them.
fn forget(run: &mut Run, pace: &mut Pace) -> Result<(), Violation> {
    let mut world = locked(&run.world);
    pace.simulated_ms = world.ms;
    pace.held_max = pace.held_max.max(world.things.len().max(run.rows.len()));
    let lost = |details| Err(broken(&world, Law::Accounted, None, details));
    if let Some(row) = run.rows.get(1)
        && run.rows[0].part_no.0 + 1 != row.part_no.0
    {
        let details = format!(
            "after part {} came {}",
            run.rows[0].part_no.0, row.part_no.0
        );
        return lost(details);
    }
    if pace.held_max > HELD_MAX {
        let details = format!(
            "{} things or rows wait after {} parts",
            pace.held_max, pace.parts
        );
        return lost(details);
    }
    while let (Some(thing), Some(row)) = (world.things.front(), run.rows.front())
        && thing.passed[2]
    {
        let index = world.gone;
        if thing.part_no != Some(row.part_no) || row.part_no.0 != pace.parts + 1 {
            let details = format!("part {:?} has the row of {:?}", thing.part_no, row.part_no);
            return Err(broken(&world, Law::Accounted, Some(index), details));
        }
        of_part(&world, index, Some(row))?;
        pace.parts += 1;
        pace.accepted += u64::from(row.verdict == Verdict::Pass);
        pace.confirmed += u64::from(row.confirm == Some(Confirm::Seen));
        run.rows.pop_front();
        world.forget();
    }
    Ok(())
}

/// What was counted is what came.
fn closed(run: &Run, pace: &Pace) -> Result<(), Violation> {
    let counts = &run.line.stats.counts;
    let counted = [&counts.announced, &counts.parts].map(|count| count.get());
    let world = locked(&run.world);
    if counted != [pace.parts; 2] || !run.rows.is_empty() {
        let details = format!("{} parts came, {counted:?} were counted", pace.parts);
        return Err(broken(&world, Law::Accounted, None, details));
    }
    if counts.confirmed.get() != pace.confirmed || counts.confirm_faults.get() > 0 {
        let details = format!("{} confirms of {}", counts.confirmed.get(), pace.confirmed);
        return Err(broken(&world, Law::Accounted, None, details));
    }
    match run.alarms.first() {
        Some(code) => {
            let details = format!("{} on a line without faults", code.name());
            Err(broken(&world, Law::NeverWaits, None, details))
        }
        None => Ok(()),
    }
}
