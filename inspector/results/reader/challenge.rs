//! What the log says of challenge parts when a job starts: a lock outlives the process that saw why.

use super::Reader;
use crate::station::challenge::ChallengeBefore;
use crate::telemetry::catalogue::Code;
use rusqlite::{OptionalExtension, params};
use std::time::Duration;

/// A row may be durable before the alarm that follows from it: so many of the newest entries are looked through for one.
/// Alarms are handed over ten times a second.
const NEWEST: i64 = 10_000;

impl Reader {
    /// What the jobs before left open. To be asked before the job that is about to run tells of anything.
    pub fn challenge_before(&self) -> rusqlite::Result<ChallengeBefore> {
        let mut before = ChallengeBefore {
            is_failed: self.is_open(Code::ChallengeFailed)? || self.has_failed_row()?,
            is_overdue: self.is_open(Code::ChallengeOverdue)?,
            due_for: Duration::ZERO,
        };
        if self.is_open(Code::ChallengeDue)? {
            before.due_for = self.due_for()?;
        }
        Ok(before)
    }

    /// The newest end of such an alarm, by its row; 0 where there is none.
    fn ended(&self, code: Code) -> rusqlite::Result<i64> {
        let ended: Option<i64> = self.connection.query_row(
            "select max(id) from event where code = ?1 and phase = 'ended'",
            [code.name()],
            |row| row.get(0),
        )?;
        Ok(ended.unwrap_or(0))
    }

    /// Whether such an alarm began and has not ended. One that holds the line ends when a person lets it go on.
    fn is_open(&self, code: Code) -> rusqlite::Result<bool> {
        self.connection.query_row(
            "select exists (select 1 from event where code = ?1 and phase = 'began' and id > ?2)",
            params![code.name(), self.ended(code)?],
            |row| row.get(0),
        )
    }

    /// Whether a challenge part has failed since the alarm of one ended last.
    fn has_failed_row(&self) -> rusqlite::Result<bool> {
        let newest: Option<i64> =
            self.connection
                .query_row("select max(seq) from feed", [], |row| row.get(0))?;
        let from = newest.unwrap_or(0) - NEWEST;
        let ended: Option<i64> = self
            .connection
            .query_row(
                "select max(seq) from feed where seq > ?1 and kind = 4 and row_id = ?2",
                params![from, self.ended(Code::ChallengeFailed)?],
                |row| row.get(0),
            )
            .optional()?
            .flatten();
        self.connection.query_row(
            "select exists (select 1 from feed join result on result.id = feed.row_id
             where feed.seq > ?1 and feed.kind = 1 and result.challenge = 'failed')",
            [ended.unwrap_or(from)],
            |row| row.get(0),
        )
    }

    /// How long jobs have run while challenge parts were due, until the last thing that each recorded. Where the clock was
    /// set back meanwhile, a job counts for nothing.
    fn due_for(&self) -> rusqlite::Result<Duration> {
        let mut jobs = self.connection.prepare(
            "select due.at_us, coalesce(iif(job.ended = 'crashed', null, job.stopped_at_us), max(
               (select max(at_us) from event where event.job_id = job.id),
               coalesce((select triggered_at_us from result where result.job_id = job.id
                         order by result.id desc limit 1), 0)))
             from (select job_id, min(at_us) as at_us from event
                   where code = ?1 and phase = 'began' and id > ?2 group by job_id) as due
             join job on job.id = due.job_id",
        )?;
        let ended = self.ended(Code::ChallengeDue)?;
        let spans = jobs.query_map(params![Code::ChallengeDue.name(), ended], |row| {
            let (from, to): (i64, i64) = (row.get(0)?, row.get(1)?);
            Ok(u64::try_from(to.saturating_sub(from)).unwrap_or(0))
        })?;
        let mut sum = Duration::ZERO;
        for span in spans {
            sum = sum.saturating_add(Duration::from_micros(span?));
        }
        Ok(sum)
    }
}
