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

    /// How long jobs have run while challenge parts were due, until the last thing that each recorded. What the clock was set
    /// forward or back meanwhile is no time that went by.
    fn due_for(&self) -> rusqlite::Result<Duration> {
        let mut jobs = self.connection.prepare(
            "select job.id, due.id, due.at_us, iif(job.ended = 'crashed', null, job.stopped_at_us)
             from (select job_id, min(id) as id, at_us from event
                   where code = ?1 and phase = 'began' and id > ?2 group by job_id) as due
             join job on job.id = due.job_id",
        )?;
        let ended = self.ended(Code::ChallengeDue)?;
        let jobs = jobs.query_map(params![Code::ChallengeDue.name(), ended], |row| {
            let (due, stopped_at_us) = ((row.get(1)?, row.get(2)?), row.get(3)?);
            Ok((row.get(0)?, due, stopped_at_us))
        })?;
        let mut sum = Duration::ZERO;
        for job in jobs {
            let (job_id, due, stopped_at_us) = job?;
            sum = sum.saturating_add(self.due_in(job_id, due, stopped_at_us)?);
        }
        Ok(sum)
    }

    /// In one job, from the event with this id and time on; until then, where it was stopped in good order.
    fn due_in(
        &self,
        job_id: i64,
        (due_id, due_us): (i64, i64),
        stopped_at_us: Option<i64>,
    ) -> rusqlite::Result<Duration> {
        let steps = self.clock_steps(job_id, due_id)?;
        let since = |at_us: i64, seq: i64| {
            let stepped = steps.iter().filter(|(of, _)| *of <= seq);
            let by_us = stepped.fold(0_i64, |sum, (_, by_us)| sum.saturating_add(*by_us));
            let us = at_us.saturating_sub(by_us).saturating_sub(due_us);
            Duration::from_micros(u64::try_from(us).unwrap_or(0))
        };
        if let Some(at_us) = stopped_at_us {
            return Ok(since(at_us, i64::MAX));
        }
        let newest = [
            (
                4,
                "select id, at_us from event where job_id = ?1 order by id desc limit 1",
            ),
            (
                1,
                "select id, triggered_at_us from result where job_id = ?1 order by id desc limit 1",
            ),
        ];
        let mut longest = Duration::ZERO;
        for (kind, query) in newest {
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            let found: Option<(i64, i64)> =
                self.connection.query_row(query, [job_id], row).optional()?;
            if let Some((id, at_us)) = found {
                let seq = match steps.is_empty() {
                    true => i64::MAX,
                    false => self.seq_of(kind, id)?,
                };
                longest = longest.max(since(at_us, seq));
            }
        }
        Ok(longest)
    }

    /// By how many microseconds the clock was set in a job after this event, each with its place in the feed.
    fn clock_steps(&self, job_id: i64, after_id: i64) -> rusqlite::Result<Vec<(i64, i64)>> {
        let mut steps = self.connection.prepare(
            "select id, cast(json_extract(details, '$.by_us') as integer) from event
             where job_id = ?1 and id > ?2 and code = ?3 and phase = 'happened'
               and json_extract(details, '$.by_us') is not null",
        )?;
        let name = Code::ClockStepped.name();
        let steps = steps.query_map(params![job_id, after_id, name], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        let place = |step: rusqlite::Result<(i64, i64)>| {
            let (id, by_us) = step?;
            Ok((self.seq_of(4, id)?, by_us))
        };
        steps.map(place).collect()
    }

    /// Place of a row in the feed, which is read from its beginning: only what happens rarely is looked for.
    fn seq_of(&self, kind: i64, row_id: i64) -> rusqlite::Result<i64> {
        let query = "select max(seq) from feed where kind = ?1 and row_id = ?2";
        let seq: Option<i64> = self
            .connection
            .query_row(query, [kind, row_id], |row| row.get(0))?;
        Ok(seq.unwrap_or(i64::MAX))
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
