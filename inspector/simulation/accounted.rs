//! Law 1: triggers = results and gaps.

use super::laws::{Checked, Law, broken, overlaps};
use super::ports::part_of;
use super::world::{FrameOutcome, Truth, World};
use crate::station::result::{Gap, GapCause, PartResult, Record};
use crate::station::time::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// Law 1: results and gaps number the parts of a job without a hole, in order, each once.
pub fn accounted(
    world: &World,
    truth: &Truth,
    job: usize,
    recorded: &mut BTreeMap<usize, PartResult>,
    crashed: &mut BTreeSet<usize>,
) -> Checked {
    let log = &truth.jobs[job];
    let mut covered = Vec::new();
    let mut results = Vec::new();
    let mut gaps = Vec::new();
    for record in &log.durable {
        match record {
            Record::Result(result) => {
                covered.push((result.part_no.0, result.part_no.0));
                results.push(result);
            }
            Record::Gap(gap) if gap.first <= gap.last => covered.push((gap.first.0, gap.last.0)),
            Record::Gap(gap) => gaps.push(gap),
            Record::Late(_) => {}
        }
    }
    let mut next = 1;
    for (first, last) in covered {
        if first != next {
            let details = format!("job {}: part {next} has no row, {first} has", job + 1);
            return Err(broken(world, Law::Accounted, None, details));
        }
        next = last + 1;
    }
    if world.scenario.camera_leads {
        revealed(world, truth, job, &results, &gaps)?;
    } else {
        announced(world, truth, job, next - 1, crashed)?;
        for result in &results {
            let index = log.announced[usize::try_from(result.part_no.0 - 1).unwrap_or(0)];
            if part_of(&result.part_id) != Some(index) {
                let details = format!(
                    "its row {} carries the ID {}",
                    result.part_no.0, result.part_id
                );
                return Err(broken(world, Law::Accounted, Some(index), details));
            }
        }
    }
    for result in results {
        if let Some(index) = part_of(&result.part_id)
            && recorded.insert(index, result.clone()).is_some()
        {
            return Err(broken(
                world,
                Law::Accounted,
                Some(index),
                "it has two rows".to_owned(),
            ));
        }
    }
    if log.is_killed && world.scenario.camera_leads {
        // What a dead process had seen and not recorded has no number outside of it.
        let last = recorded.keys().next_back().map_or(0, |last| last + 1);
        let killed_at = Instant::from_millis(world.scenario.killed_at_ms.unwrap_or(0));
        crashed
            .extend((last..truth.parts.len()).filter(|index| truth.parts[*index].at <= killed_at));
    }
    Ok(())
}

/// Where the line announces parts, each announced one has its number; a crash loses only the end.
fn announced(
    world: &World,
    truth: &Truth,
    job: usize,
    rows: u64,
    crashed: &mut BTreeSet<usize>,
) -> Checked {
    let log = &truth.jobs[job];
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    if rows > log.announced.len() || (rows < log.announced.len() && !log.is_killed) {
        let details = format!(
            "job {}: {} triggers, {rows} rows",
            job + 1,
            log.announced.len()
        );
        return Err(broken(world, Law::Accounted, None, details));
    }
    crashed.extend(&log.announced[rows..]);
    Ok(())
}

/// Where a camera leads, its block ids reveal every lost part between two frames, unless it was away.
fn revealed(
    world: &World,
    truth: &Truth,
    job: usize,
    results: &[&PartResult],
    gaps: &[&Gap],
) -> Checked {
    let known: Vec<(u64, usize)> = results
        .iter()
        .filter_map(|result| Some((result.part_no.0, part_of(&result.part_id)?)))
        .collect();
    for pair in known.windows(2) {
        let [(number, index), (next_number, next_index)] = [pair[0], pair[1]];
        let is_unseen = gaps.iter().any(|gap| {
            gap.cause == GapCause::CameraGone && number < gap.first.0 && gap.first.0 <= next_number
        });
        let (rows, parts) = (next_number - number, next_index as u64 - index as u64);
        if next_index <= index || rows > parts || (rows < parts && !is_unseen) {
            let details = format!("job {}: {rows} rows for {parts} parts after it", job + 1);
            return Err(broken(world, Law::Accounted, Some(index), details));
        }
    }
    let Some((_, last)) = known.last() else {
        return Ok(());
    };
    if truth.jobs[job].is_killed {
        return Ok(());
    }
    let away = world
        .scenario
        .camera_gone_ms
        .filter(|_| truth.gone_camera == 0);
    for (index, part) in truth.parts.iter().enumerate().skip(last + 1) {
        let is_away =
            away.is_some_and(|(from, to)| overlaps(part.at, part.act_at, from, to + 1_200));
        let is_seen = part.shots[0].frame == FrameOutcome::Whole && !is_away;
        if is_seen {
            return Err(broken(
                world,
                Law::Accounted,
                Some(index),
                "it was seen and has no row".to_owned(),
            ));
        }
    }
    Ok(())
}
