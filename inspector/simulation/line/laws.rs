//! The laws of a line, checked against where every part really went.

use super::Outcome;
use super::challenge_laws::unchallenged;
use super::confirm_laws::{mistold, unconfirmed};
use super::driver::Left;
use super::identity_laws::misnamed;
use super::scenario::{HOLD_MM, PITCH_MM, Scenario, Taking};
use super::stages::lines_of;
use super::thing::Thing;
use super::world::{REWORK, SAFE, SECOND, World};
use crate::simulation::{Law, Violation};
use crate::station::challenge::Challenged;
use crate::station::lane::LaneNo;
use crate::station::position::Reverse;
use crate::station::result::PartResult;
use crate::station::verdict::{Cause, Disposition, Verdict};
use crate::telemetry::catalogue::Code;
use std::collections::BTreeMap;

/// Every law, or the first that did not hold.
pub(super) fn check(left: &Left) -> Result<Outcome, Violation> {
    let world = &left.world;
    let of = |thing: &Thing| [thing.part_no, thing.before].into_iter().flatten();
    let announced = world.things.iter().flat_map(of);
    let numbers: Vec<u64> = left.rows.iter().map(|row| row.part_no.0).collect();
    let expected: Vec<u64> = (1..=announced.count() as u64).collect();
    if numbers != expected {
        let details = format!("{} triggers, rows of parts {numbers:?}", expected.len());
        return Err(broken(world, Law::Accounted, None, details));
    }
    if let Some((index, details)) = unseen(left) {
        return Err(broken(world, Law::SafeDefault, Some(index), details));
    }
    for (index, thing) in world.things.iter().enumerate() {
        let row = thing
            .part_no
            .and_then(|number| left.rows.get(number.0 as usize - 1));
        of_part(world, index, row)?;
        let before = thing
            .before
            .and_then(|number| left.rows.get(number.0 as usize - 1));
        if let Some(details) = doubled(before, row) {
            return Err(broken(world, Law::Accounted, Some(index), details));
        }
    }
    if let Some(details) = unnoticed(left) {
        return Err(broken(world, Law::Accounted, None, details));
    }
    if left.alarms.contains(&Code::LineRunsOn) {
        let details = "parts came although the line was told to stand still".to_owned();
        return Err(broken(world, Law::SafeDefault, None, details));
    }
    if let Some(details) = unconfirmed(left).or_else(|| mistold(left)) {
        return Err(broken(world, Law::Accounted, None, details));
    }
    if let Some(details) = unchallenged(left) {
        return Err(broken(world, Law::SafeDefault, None, details));
    }
    let accepted = left
        .rows
        .iter()
        .filter(|row| row.verdict == Verdict::Pass)
        .count();
    Ok(Outcome {
        parts: world.things.len() as u64,
        accepted: accepted as u64,
        simulated_ms: world.ms,
        tally: tally(left),
    })
}

pub(super) fn broken(world: &World, law: Law, part: Option<usize>, details: String) -> Violation {
    Violation {
        seed: world.scenario.seed,
        law,
        part,
        details: format!("on a line: {details}"),
        options: options(&world.scenario),
    }
}

/// What draws this scenario beside its seed.
fn options(scenario: &Scenario) -> String {
    match scenario.pace {
        None => " --line".to_owned(),
        Some(parts_per_s) => {
            let hours = scenario.more as f64 / (3_600.0 * f64::from(parts_per_s));
            format!(" --line --parts-per-s {parts_per_s} --hours {hours}")
        }
    }
}

/// The laws of one thing and its row.
pub(super) fn of_part(
    world: &World,
    index: usize,
    row: Option<&PartResult>,
) -> Result<(), Violation> {
    let of = |law, details: Option<String>| match details {
        Some(details) => Err(broken(world, law, Some(index), details)),
        None => Ok(()),
    };
    of(Law::SafeDefault, unsafe_end(world, index, row))?;
    let Some(row) = row else { return Ok(()) };
    of(Law::Explained, misnamed(world, index, row))?;
    of(Law::SafeDefault, missorted(world, index, row))?;
    of(Law::SafeDefault, wrong(world, index, row))
}

/// What nobody announced is noticed before the ejector.
fn unnoticed(left: &Left) -> Option<String> {
    let [.., has_gate_sensor] = left.world.scenario.sensors;
    if !has_gate_sensor {
        return None;
    }
    let things = left.world.things.iter();
    let unannounced =
        things.filter(|thing| (thing.is_stray || thing.is_unannounced) && thing.passed[0]);
    let (strays, noticed) = (
        unannounced.count() as u64,
        left.stats.counts.unknown_parts.get(),
    );
    let taking = left.world.scenario.taking;
    // Where the encoder lied, parts that it knows look unknown too; a line that was stopped has others where one that acts
    // by the time expects its own.
    let is_lost = is_lost(left);
    let is_taken_along = is_lost && taking != Taking::Encoder;
    let is_wrong = (noticed < strays && !is_taken_along) || (noticed > strays && !is_lost);
    is_wrong.then(|| {
        format!(
            "{strays} parts were put there, {noticed} were noticed ({taking:?}, {} stops)",
            left.stops
        )
    })
}

/// Causes, alarms and stops, by name.
fn tally(left: &Left) -> BTreeMap<&'static str, u64> {
    let mut tally = BTreeMap::new();
    for cause in left.rows.iter().filter_map(|row| row.cause) {
        *tally.entry(cause.name()).or_insert(0) += 1;
    }
    for code in &left.alarms {
        *tally.entry(code.name()).or_insert(0) += 1;
    }
    for challenge in left.rows.iter().filter_map(|row| row.challenge) {
        let name = match challenge {
            Challenged::Passed => "challenge_passed",
            Challenged::Failed => "challenge_missed",
        };
        *tally.entry(name).or_insert(0) += 1;
    }
    let world = &left.world;
    let again = world.things.iter().filter(|thing| thing.before.is_some());
    tally.insert("triggered_again", again.count() as u64);
    let left_over = world.scenario.left_over_mm.len() as u64;
    tally.insert("left_over", left_over * u64::from(world.scenario.by_power));
    tally.insert("line_stops", left.stops);
    let unannounced = world.things.iter().filter(|thing| thing.is_unannounced);
    tally.insert("unannounced", unannounced.count() as u64);
    let is_left = |thing: &&Thing| thing.coming.challenge.is_some() && thing.coming.is_ignored;
    let not_taken = world.things.iter().filter(is_left).count();
    tally.insert("challenge_not_taken_out", not_taken as u64);
    let went_back = world.scenario.backward_ms.map(|_| world.scenario.reverse);
    for (name, reverse) in [
        ("back_and_tracked", Reverse::Track),
        ("back_and_ignored", Reverse::Ignore),
        ("back_and_both", Reverse::Both),
    ] {
        tally.insert(name, u64::from(went_back == Some(reverse)));
    }
    tally
}

/// A part that the belt took back passes the trigger again; it is not counted as two good parts.
fn doubled(before: Option<&PartResult>, row: Option<&PartResult>) -> Option<String> {
    let (before, row) = (before?, row?);
    let is_doubled = [before, row].map(|row| row.verdict) == [Verdict::Pass; 2];
    is_doubled.then(|| {
        let numbers = (before.part_no.0, row.part_no.0);
        format!(
            "one thing is accepted as parts {} and {}",
            numbers.0, numbers.1
        )
    })
}

/// No defective part goes where accepted ones go, and no part that the record calls rejected.
fn unsafe_end(world: &World, index: usize, row: Option<&PartResult>) -> Option<String> {
    let thing = world.at(index);
    if thing.is_unannounced && world.scenario.by_power {
        // Its own law says until when.
        return None;
    }
    // What the model calls good is accepted where nobody knows that it is a challenge part.
    let is_known = |row: &PartResult| row.part_id == world.id_of(index);
    if thing.coming.is_misjudged && thing.is_defective && !row.is_some_and(is_known) {
        return None;
    }
    if thing.went != Some(Disposition::Accept) {
        return None;
    }
    if thing.is_defective {
        let what = match row {
            Some(row) => format!("recorded as {:?}, {:?}", row.verdict, row.cause),
            None => "which nobody announced".to_owned(),
        };
        return Some(format!("a defective part was accepted, {what}"));
    }
    // A good part may slip through where its answer came too late to be believed.
    let is_doubted = row.is_some_and(|row| row.acknowledged_after_us.is_none());
    match row {
        Some(row) if row.disposition == Disposition::Reject && !is_doubted => Some(format!(
            "accepted, and recorded as {:?}, {:?}",
            row.verdict, row.cause
        )),
        _ => None,
    }
}

/// Where power takes parts out, one that nobody announced goes on until it is noticed that nobody does, and no longer; and
/// that is told.
fn unseen(left: &Left) -> Option<(usize, String)> {
    let world = &left.world;
    let ((from, to), noticed_after_ms) = world.scenario.unheard_ms?;
    let noticed_ms = to.min(from + noticed_after_ms);
    let things = world.things.iter().enumerate();
    let mut escaped =
        things.filter(|(_, thing)| thing.is_unannounced && thing.went == Some(Disposition::Accept));
    escaped.find_map(|(index, thing)| {
        if thing.went_ms > noticed_ms {
            let details = format!(
                "nobody announced it, which was noticed at {noticed_ms} ms, and it was accepted at {} ms",
                thing.went_ms
            );
            return Some((index, details));
        }
        let is_told = left.alarms.contains(&Code::PartsUnseen);
        let details = "nobody announced it, it was accepted, and nobody was told".to_owned();
        (!is_told).then_some((index, details))
    })
}

/// A part is sent by its rule where it was judged, and else to the safe lane; where nothing goes wrong, it goes there.
fn missorted(world: &World, index: usize, row: &PartResult) -> Option<String> {
    let thing = world.at(index);
    let score = thing.score(index);
    let is_other = row.recipe.is_some_and(|recipe| recipe.index == 1);
    let [second, line, rework] = lines_of(is_other);
    let expected = match (row.verdict, row.cause) {
        // It was sent as what it was found to be, before anybody knew that no answer would come.
        (_, Some(Cause::NotAcknowledged)) => return None,
        (Verdict::Pass, _) if (second..line).contains(&score) => SECOND,
        (Verdict::Pass, _) => LaneNo(0),
        (Verdict::Fail, _) if row.lane != SAFE => REWORK,
        _ => SAFE,
    };
    let is_mended = row.lane == REWORK && score >= rework;
    if row.lane != expected || is_mended {
        return Some(format!(
            "sent to lane {}, and lane {} is right: {:?}, {:?}",
            row.lane.0, expected.0, row.verdict, row.cause
        ));
    }
    if let Some(details) = commanded_elsewhere(world, thing, row) {
        return Some(details);
    }
    let is_wrong = world.scenario.is_clean() && index >= 5 && thing.went.is_some();
    if is_wrong && thing.went_to != row.lane {
        return Some(format!(
            "sent to lane {} and went to lane {} on a line without faults",
            row.lane.0, thing.went_to.0
        ));
    }
    None
}

/// The gate of a part's lane is commanded at the moment when the part is there.
fn commanded_elsewhere(world: &World, thing: &Thing, row: &PartResult) -> Option<String> {
    let scenario = &world.scenario;
    // A line that was stopped takes its parts along, and the time does not; a PLC is told before.
    let is_known = match scenario.taking {
        Taking::Plc => false,
        Taking::Time => row.cause != Some(Cause::LineFault) && !world.was_stopped,
        Taking::Encoder => scenario.dead_ms.is_none() && scenario.jump_at_ms.is_none(),
    };
    let off_mm = thing
        .commanded_mm
        .filter(|_| is_known && thing.before.is_none())?;
    let late_mm = HOLD_MM.min(PITCH_MM - HOLD_MM);
    let is_there = (-2.0..=late_mm).contains(&off_mm);
    (!is_there).then(|| {
        format!(
            "lane {} was commanded when the part was {off_mm:.1} mm behind its gate: {:?}, {:?}",
            row.lane.0, row.verdict, row.cause
        )
    })
}

/// A good part on a line on which nothing goes wrong is accepted.
fn wrong(world: &World, index: usize, row: &PartResult) -> Option<String> {
    let thing = world.at(index);
    if !world.scenario.is_clean() || thing.is_defective || index < 5 {
        return None;
    }
    match (row.verdict, thing.went) {
        (Verdict::Pass, Some(Disposition::Accept)) => None,
        (verdict, went) => Some(format!(
            "a good part on a line without faults: {verdict:?}, {:?}, went to {went:?}",
            row.cause
        )),
    }
}

/// Whether somebody could not know where parts were.
pub(super) fn is_lost(left: &Left) -> bool {
    let scenario = &left.world.scenario;
    match scenario.taking {
        // A line that was stopped takes its parts along, and the time does not.
        Taking::Time | Taking::Plc => left.stops > 0,
        Taking::Encoder => {
            scenario.dead_ms.is_some()
                || scenario.jump_at_ms.is_some()
                || scenario.backward_ms.is_some()
        }
    }
}
