//! Alarms of all jobs, as they were recorded.

use super::{Reader, RecordedEvent};
use crate::telemetry::catalogue::Code;
use rusqlite::params;

const LIMIT_MAX: u32 = 500;

impl Reader {
    /// The newest ends of alarms before row `before`, newest first.
    pub fn events(&self, before: Option<i64>, limit: u32) -> rusqlite::Result<Vec<RecordedEvent>> {
        let mut events = self.connection.prepare_cached(
            "select id, job_id, at_us, severity, code,
               case phase when 'ended' then 'over: ' when 'acknowledged' then 'seen by ' || actor || ': '
                 else '' end || iif(subject = '', '', subject || ': ') || message
             from event
             where id < ?1 and phase <> 'happened' order by id desc limit ?2",
        )?;
        events
            .query_map(
                params![before.unwrap_or(i64::MAX), limit.min(LIMIT_MAX)],
                |row| {
                    Ok(RecordedEvent {
                        id: row.get(0)?,
                        job: row.get(1)?,
                        at_us: row.get(2)?,
                        severity: row.get(3)?,
                        kind: row.get(4)?,
                        message: row.get(5)?,
                    })
                },
            )?
            .collect()
    }

    /// Whether the journal has an entry of this code.
    pub fn has_event(&self, code: Code) -> rusqlite::Result<bool> {
        let sql = "select exists (select 1 from event where code = ?1)";
        self.connection
            .query_row(sql, [code.name()], |row| row.get(0))
    }
}
