//! What the sensors of the lanes saw is in the rows, or was told.

use super::driver::Left;
use super::laws::is_lost;
use super::world::takes;
use crate::station::lane::LaneNo;
use crate::station::result::Confirm;
use crate::station::verdict::Disposition;

/// Commands are as many as confirms and faults, where a sensor confirms; and a confirm is true.
pub(super) fn unconfirmed(left: &Left) -> Option<String> {
    let scenario = &left.world.scenario;
    let [rejects, accepts, _] = scenario.sensors;
    let is_blind = is_lost(left);
    for row in &left.rows {
        let is_watched = match takes(row.lane) {
            Disposition::Accept => accepts,
            Disposition::Reject => rejects,
        };
        // A part that could not be tracked was never commanded.
        let is_commanded = row.acted_after_us > 0;
        if is_watched && is_commanded && row.confirm.is_none() && !is_blind {
            return Some(format!(
                "part {} was commanded, and nothing is known of it",
                row.part_no.0
            ));
        }
        if !is_watched && matches!(row.confirm, Some(Confirm::Seen | Confirm::Missing)) {
            return Some(format!(
                "part {} was confirmed where no sensor is",
                row.part_no.0
            ));
        }
    }
    let seen = left
        .rows
        .iter()
        .filter(|row| row.confirm == Some(Confirm::Seen))
        .count() as u64;
    let counted = left.stats.counts.confirmed.get();
    match seen == counted {
        true => None,
        false => Some(format!(
            "{counted} confirms, {seen} rows that were confirmed"
        )),
    }
}

/// A part that a sensor saw in another lane than the one to which it was sent is told, though nobody may know which one it
/// was: parts that come close together are in the window of each other. One that its own sensor missed may hide it.
pub(super) fn mistold(left: &Left) -> Option<String> {
    let [rejects, accepts, _] = left.world.scenario.sensors;
    let is_watched = |lane: LaneNo| match takes(lane) {
        Disposition::Accept => accepts,
        Disposition::Reject => rejects,
    };
    if is_lost(left) {
        return None;
    }
    let (mut astray, mut hidden) = (0, 0);
    for thing in &left.world.things {
        let row = thing
            .part_no
            .and_then(|number| left.rows.get(number.0 as usize - 1));
        let Some(row) = row.filter(|_| thing.passed[2]) else {
            continue;
        };
        hidden += u64::from(thing.coming.is_overlooked);
        let is_seen = is_watched(thing.went_to) && !thing.coming.is_overlooked;
        astray += u64::from(is_seen && thing.went_to != row.lane);
    }
    let told = left.stats.counts.confirm_faults.get();
    (astray > told + hidden).then(|| {
        format!("{astray} parts were seen in a lane to which they were not sent, and {told} faults were told")
    })
}
