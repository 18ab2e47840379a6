//! Challenge parts that are due: which of them are still to be brought, and until when parts are accepted without them.

use super::dto::{ChallengePart, ChallengeStatus};
use crate::control::handle::Handle;
use crate::station::challenge::{Quality, Why};

/// The stable name of why they are due.
const fn named(why: Why) -> &'static str {
    match why {
        Why::Start => "start",
        Why::Recipe => "recipe",
        Why::Interval => "interval",
        Why::Time => "time",
        Why::Clock => "clock",
        Why::Failed => "failed",
    }
}

/// `None` while none are due.
pub(super) fn challenge(handle: &Handle) -> Option<ChallengeStatus> {
    let plan = handle.info().challenge.as_ref()?;
    let (since, why, brought) = handle.stats().line.challenge()?;
    let (now, wall) = (handle.now(), handle.wall());
    let us =
        |duration: std::time::Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    // Starting anew gives no more time.
    let within = plan
        .within
        .saturating_sub(handle.stats().line.challenge_due_before());
    let since_us = wall.0.saturating_sub(us(now.since(since)));
    let parts = plan.parts.iter().enumerate();
    Some(ChallengeStatus {
        why: named(why).to_owned(),
        since_us,
        accepts_until_us: since_us.saturating_add(us(within)),
        is_overdue: now.since(since) >= within,
        parts: parts
            .map(|(place, (part_id, quality))| ChallengePart {
                part_id: part_id.to_string(),
                must_pass: *quality == Quality::Golden,
                is_brought: brought >> place & 1 == 1,
            })
            .collect(),
    })
}
