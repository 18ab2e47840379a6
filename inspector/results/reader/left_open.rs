//! What the log says when a job starts of what jobs before left open: what holds a line outlives the process that saw why.

use super::Reader;
use crate::telemetry::alarm::LeftOpen;
use crate::telemetry::catalogue::Code;
use rusqlite::{OptionalExtension, params};
use std::time::Duration;

/// A row may be durable before the alarm that follows from it: so many of the newest entries are looked through for one.
/// Alarms are handed over ten times a second.
const NEWEST: i64 = 10_000;
/// The subject of what troubles the line.
const LINE: &str = "line";

impl Reader {
    /// What jobs before left open. Too many parts on the line were once told as a line that is too fast. To be asked before the job that is about to run tells of anything.
    pub fn left_open(&self) -> rusqlite::Result<LeftOpen> {
        let mut open = self.connection.prepare(
            "select iif(code = ?2, ?3, code) as now from event
             where subject = ?1 and phase in ('began', 'ended') group by now
             having max(iif(phase = 'began', id, 0)) > max(iif(phase = 'ended', id, 0))",
        )?;
        let (before, now) = (Code::LineTooFast.name(), Code::TooManyParts.name());
        let names = open.query_map([LINE, before, now], |row| row.get::<_, String>(0))?;
        let names = names.collect::<rusqlite::Result<Vec<_>>>()?;
        let is_open = |code: &Code| names.iter().any(|name| name == code.name());
        let mut alarms: Vec<Code> = Code::ALL.iter().copied().filter(is_open).collect();
        if !alarms.contains(&Code::ChallengeFailed) && self.has_failed_row()? {
            alarms.push(Code::ChallengeFailed);
        }
        Ok(LeftOpen {
            alarms,
            challenge_due_for: self.due_for()?,
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_parts_are_left_open_under_the_name_they_had_before_until_they_end_under_the_one_of_today()
     {
        let folder = tempfile::tempdir().expect("a folder");
        let log = crate::results::open::writable(folder.path()).expect("a log");
        let insert = |code: &str, phase: &str, subject: &str| {
            let row = "insert into event (at_us, severity, code, phase, subject, actor, message)
                       values (1, 'error', ?1, ?2, ?3, 'station', 'm')";
            log.execute(row, [code, phase, subject]).expect("a row");
        };
        let open = || {
            let reader = Reader::open(folder.path()).expect("it opens");
            reader.left_open().expect("read").alarms
        };
        // Of the pitch, and not of the line: nothing that a person has to let go on.
        insert("line_too_fast", "began", "");
        assert_eq!(open(), []);
        insert("line_too_fast", "began", "line");
        assert_eq!(open(), [Code::TooManyParts]);
        insert("too_many_parts", "ended", "line");
        assert_eq!(open(), []);
        insert("too_many_parts", "began", "line");
        assert_eq!(open(), [Code::TooManyParts]);
    }
}
