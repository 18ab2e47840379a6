//! Alarms as entries of the journal: when something was wrong, when it was over, and who has seen it.

use crate::ports::journal::{Entry, Phase};
use crate::telemetry::board::{Alarm, Change};

/// What changed about an alarm.
pub fn entry_of(change: Change, alarm: &Alarm) -> Entry {
    let (phase, at) = match change {
        Change::Began => (Phase::Began, alarm.began),
        Change::Ended => (Phase::Ended, alarm.ended.unwrap_or(alarm.last_seen)),
        Change::Acknowledged => {
            let seen = alarm.acknowledged.as_ref();
            (
                Phase::Acknowledged,
                seen.map_or(alarm.last_seen, |seen| seen.at),
            )
        }
    };
    let mut entry = Entry {
        phase,
        subject: alarm.subject.clone(),
        message: alarm.message.clone(),
        ..Entry::of_station(at, alarm.code)
    };
    match (change, &alarm.acknowledged) {
        (Change::Acknowledged, Some(seen)) => entry.actor.clone_from(&seen.by),
        (Change::Ended, _) => entry.details.push(("count", alarm.count.to_string())),
        _ => {}
    }
    entry
}
