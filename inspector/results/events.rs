//! Alarms as rows, for the audit: when something was wrong, and when it was over.

use super::open::{self, OpenError};
use crate::station::part::JobId;
use crate::telemetry::board::ActiveAlarm;
use rusqlite::{Connection, params};
use std::path::Path;

/// Changes that may wait for a disk that takes none; the newest are then lost.
const WAITING_MAX: usize = 1_000;

/// The events of one job.
pub struct Events {
    connection: Connection,
    job: JobId,
    waiting: Vec<ActiveAlarm>,
}

impl Events {
    /// On a connection of its own.
    ///
    /// # Errors
    /// When the log cannot be opened.
    pub fn open(data: &Path, job: JobId) -> Result<Self, OpenError> {
        Ok(Self {
            connection: open::writable(data)?,
            job,
            waiting: Vec::new(),
        })
    }

    /// Records changes, and those that the disk did not take before.
    pub fn record(&mut self, changes: Vec<ActiveAlarm>) {
        let room = WAITING_MAX - self.waiting.len();
        self.waiting.extend(changes.into_iter().take(room));
        // A disk that takes nothing is an alarm of its own; the rows wait.
        if !self.waiting.is_empty() && self.write().is_ok() {
            self.waiting.clear();
        }
    }

    fn write(&mut self) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        for change in &self.waiting {
            let severity = match (change.is_active, change.kind.rejects_parts()) {
                (false, _) => "info",
                (true, false) => "warning",
                (true, true) => "error",
            };
            let about = if change.subject.is_empty() {
                String::new()
            } else {
                format!("{}: ", change.subject)
            };
            let over = if change.is_active { "" } else { "over: " };
            transaction.execute(
                "insert into event (job_id, at_us, severity, kind, message)
                 values (?1, ?2, ?3, ?4, ?5)",
                params![
                    self.job.0 as i64,
                    change.since.0,
                    severity,
                    change.kind.name(),
                    format!("{over}{about}{}", change.message)
                ],
            )?;
        }
        transaction.commit()
    }
}
