//! What becomes of parts while results wait for a disk that hangs or is full, or for a log that is gone.

use super::laws::{Checked, Law, broken, overlaps};
use super::ports::part_of;
use super::scenario::Scenario;
use super::world::{Truth, World};
use crate::station::durability::DurabilityLimits;
use crate::station::result::Record;
use crate::station::time::Instant;
use crate::station::verdict::Disposition;
use std::time::Duration;

const ALARM_AFTER_MS: u64 = 300;
const REJECT_AFTER_MS: u64 = 1_500;
/// A batch that failed is tried again half a second later, and its thread may be set aside for a while.
const SLACK_MS: u64 = 1_000;

/// While no row comes the log is looked for this often.
const LOOK_MS: u64 = 1_000;

/// Limits so short that a run meets them.
pub fn durability() -> DurabilityLimits {
    match DurabilityLimits::new(ALARM_AFTER_MS, REJECT_AFTER_MS) {
        Ok(limits) => limits,
        Err(error) => unreachable!("{error}"),
    }
}

/// Whether a part that is on its way in this time may be rejected because results wait.
pub fn may_reject(scenario: &Scenario, from: Instant, to: Instant) -> bool {
    let spans = [
        scenario.disk_stalled_ms,
        scenario.disk_full_ms,
        scenario.log_gone_ms,
    ];
    // Behind one fault results may have waited already when the next begins.
    let begins = if spans.iter().flatten().count() > 1 {
        0
    } else {
        REJECT_AFTER_MS
    };
    let mut spans = spans.into_iter().flatten();
    spans.any(|(a, b)| overlaps(from, to, a + begins, b + SLACK_MS))
}

/// Laws 2 and 4: no part is accepted long after the log has gone, whether or not a row waits for it.
pub fn gone(world: &World, truth: &Truth) -> Checked {
    let scenario = &world.scenario;
    let Some((from_ms, to_ms)) = scenario.log_gone_ms else {
        return Ok(());
    };
    // Behind a disk that does not answer nobody can see that the log is gone.
    let stalled = scenario.disk_stalled_ms.filter(|(from, _)| *from < to_ms);
    let from_ms = stalled.map_or(from_ms, |(_, to)| from_ms.max(to));
    let rejects_from = Instant::from_millis(from_ms + LOOK_MS + REJECT_AFTER_MS + SLACK_MS);
    let late_max = scenario.budget.act_late_max();
    for (index, part) in truth.parts.iter().enumerate() {
        let is_meant = rejects_from < part.act_at && part.act_at < Instant::from_millis(to_ms);
        if is_meant && truth.is_accepted(part, late_max) {
            let details = format!(
                "accepted {} ms after the log had gone",
                part.act_at.since(Instant::from_millis(from_ms)).as_millis()
            );
            return Err(broken(world, Law::Durable, Some(index), details));
        }
    }
    Ok(())
}

/// Law 4, what is missing is known: no part is accepted while an earlier one has waited too long for its row.
pub fn rejected(world: &World, truth: &Truth, job: usize) -> Checked {
    let log = &truth.jobs[job];
    let patience = durability().reject_after() + Duration::from_millis(SLACK_MS);
    // Of the rows so far: which became durable last, and when it had been handed over.
    let mut waited: Option<(Instant, Instant)> = None;
    for (record, durable_at) in log.durable.iter().zip(&log.durable_at) {
        let Record::Result(result) = record else {
            continue;
        };
        let Some(index) = part_of(&result.part_id) else {
            continue;
        };
        let Some(part) = truth.parts.get(index) else {
            continue;
        };
        let act_at = part.act_at;
        if result.disposition == Disposition::Accept
            && let Some((handed_at, stored_at)) = waited
            && handed_at + patience < act_at
            && act_at < stored_at
        {
            let details = format!(
                "accepted although an earlier row had waited {} ms for the disk",
                act_at.since(handed_at).as_millis()
            );
            return Err(broken(world, Law::Durable, Some(index), details));
        }
        let is_later = waited.is_none_or(|(_, stored_at)| *durable_at > stored_at);
        if is_later {
            waited = Some((act_at, *durable_at));
        }
    }
    Ok(())
}
