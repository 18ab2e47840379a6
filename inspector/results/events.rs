//! Alarms as rows, for the audit: when something was wrong, and when it was over.

use super::open::{self, OpenError};
use crate::station::part::JobId;
use crate::telemetry::board::{Alarm, Change};
use crate::telemetry::catalogue::Severity;
use rusqlite::{Connection, params};
use std::path::Path;

/// Changes that may wait for a disk that takes none; the newest are then lost.
const WAITING_MAX: usize = 1_000;

/// The events of one job.
pub struct Events {
    connection: Connection,
    job: JobId,
    waiting: Vec<(Change, Alarm)>,
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
    pub fn record(&mut self, changes: Vec<(Change, Alarm)>) {
        let room = WAITING_MAX - self.waiting.len();
        self.waiting.extend(changes.into_iter().take(room));
        // A disk that takes nothing is an alarm of its own; the rows wait.
        if !self.waiting.is_empty() && self.write().is_ok() {
            self.waiting.clear();
        }
    }

    fn write(&mut self) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        for (change, alarm) in &self.waiting {
            let (severity, at, prefix) = match (change, &alarm.acknowledged) {
                (Change::Began, _) => (alarm.code.severity(), alarm.began, String::new()),
                (Change::Acknowledged, Some(seen)) => {
                    (Severity::Info, seen.at, format!("seen by {}: ", seen.by))
                }
                _ => {
                    let at = alarm.ended.unwrap_or(alarm.last_seen);
                    (Severity::Info, at, "over: ".to_owned())
                }
            };
            let about = if alarm.subject.is_empty() {
                String::new()
            } else {
                format!("{}: ", alarm.subject)
            };
            transaction.execute(
                "insert into event (job_id, at_us, severity, kind, message)
                 values (?1, ?2, ?3, ?4, ?5)",
                params![
                    self.job.0 as i64,
                    at.0,
                    severity.name(),
                    alarm.code.name(),
                    format!("{prefix}{about}{}", alarm.message)
                ],
            )?;
        }
        transaction.commit()
    }
}
