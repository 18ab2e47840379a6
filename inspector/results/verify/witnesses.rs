//! Cosignatures of witnesses, held against the checkpoints that they are over.

use super::{Outside, Report, name};
use crate::results::proof::cosign::WitnessKey;
use crate::results::proof::evidence::Unproven;
use crate::results::proof::note::Note;
use rusqlite::{Connection, OptionalExtension};

/// A station that reaches its witness leaves about a minute uncosigned. One that does not is an alarm after five minutes and
/// asks again every ten.
const LATE_US: i64 = 15 * 60 * 1_000_000;

/// What witnesses cosigned whose keys were given: how much, and when last.
pub(super) fn witnesses(
    connection: &Connection,
    outside: &Outside,
    report: &mut Report,
) -> rusqlite::Result<()> {
    for key in &outside.witnesses {
        let (mut count, mut newest, mut problems) = (0_u64, None, Vec::new());
        let mut statement =
            connection.prepare("select size, note from checkpoint order by size")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (size, note): (i64, String) = (row.get(0)?, row.get(1)?);
            // What is no note is named elsewhere.
            let Ok(note) = note.parse::<Note>() else {
                continue;
            };
            match key.has_cosigned(&note) {
                Ok(None) => {}
                Ok(Some(time)) => (count, newest) = (count + 1, Some((size, time))),
                Err(Unproven(found)) => {
                    problems.push(format!("the checkpoint over {size} leaves: {found}"));
                }
            }
        }
        match newest {
            Some((size, time)) => {
                let after = After::of(connection, size)?;
                report
                    .cosigned
                    .push(told(key, count, (size, time)) + &after.until);
                match after.problem(key) {
                    Some(problem) if after.is_late() => problems.push(problem),
                    remark => report.remarks.extend(remark),
                }
            }
            None => problems.push(format!(
                "no checkpoint is cosigned by {}: expected some, by the key that was given ({key})",
                key.name
            )),
        }
        name(report, problems);
    }
    Ok(())
}

/// What was recorded after the newest cosignature, and is covered by none.
struct After {
    /// The last part that is covered, as the end of a sentence.
    until: String,
    leaves: i64,
    /// Of the first and of the last of them that has a time, microseconds since 1970.
    between_us: Option<(i64, i64)>,
}

impl After {
    fn of(connection: &Connection, size: i64) -> rusqlite::Result<Self> {
        // Leaves that are told of cosignatures and stamps themselves come after what they are about.
        let mut after = connection.prepare(
            "select count(*), min(at), max(at) from (
               select coalesce(result.triggered_at_us, event.at_us, review.at_us, job.stopped_at_us, job.started_at_us) as at
               from feed
               left join result on kind in (1, 2, 5, 6) and result.id = row_id
               left join event on kind = 4 and event.id = row_id
               left join review on kind = 12 and review.id = row_id
               left join job on kind in (7, 8) and job.id = row_id
               where seq > ?1
                 and coalesce(code, '') not in ('checkpoint_stamped', 'stamping_failed', 'witness_failed', 'witness_refused'))",
        )?;
        let (leaves, from, to): (i64, Option<i64>, Option<i64>) =
            after.query_row([size], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let mut last = connection.prepare(
            "select job_id, part_no, triggered_at_us from feed join result on result.id = row_id
             where kind = 1 and seq <= ?1 order by seq desc limit 1",
        )?;
        let last: Option<(i64, i64, i64)> = last
            .query_row([size], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        Ok(Self {
            until: last.map_or_else(String::new, |(job, part, at_us)| {
                format!(
                    ", up to part {part} of job {job}, triggered at {}",
                    time(at_us)
                )
            }),
            leaves,
            between_us: from.zip(to),
        })
    }

    /// Whether the station has gone on for longer without the witness than one that is reached leaves it.
    fn is_late(&self) -> bool {
        self.between_us
            .is_some_and(|(from, to)| to - from > LATE_US)
    }

    fn problem(&self, key: &WitnessKey) -> Option<String> {
        let (from, to) = self.between_us?;
        Some(format!(
            "{} leaves after the newest cosignature of {}, recorded from {} to {}, are cosigned by nobody: whoever has the \
             station's key could have written them anew{}",
            self.leaves,
            key.name,
            time(from),
            time(to),
            match self.is_late() {
                true =>
                    "; a station that reaches its witness leaves a minute or two (see alarm witness_failed)",
                false => "; verify again once the station had them cosigned",
            }
        ))
    }
}

fn time(at_us: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(at_us);
    at.map_or_else(|_| "?".to_owned(), |at| at.to_string())
}

fn told(key: &WitnessKey, count: u64, (size, time): (i64, u64)) -> String {
    let at = i64::try_from(time).ok();
    let at = at.and_then(|at| jiff::Timestamp::from_second(at).ok());
    let at = at.map_or_else(|| "?".to_owned(), |at| at.to_string());
    format!(
        "{count} checkpoints by {}, the newest over {size} leaves at {at}",
        key.name
    )
}
