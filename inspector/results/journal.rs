//! Entries of the journal as rows of `event`.

use super::append;
use super::writer::{Change, Writer};
use crate::ports::journal::{Entry, Journal};
use crate::ports::log::LogError;
use crate::station::part::JobId;
use rusqlite::{Transaction, params};

/// In the transaction of whatever else is recorded at this moment; without a job where none runs.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    job: impl Into<Option<JobId>>,
    entry: &Entry,
) -> rusqlite::Result<()> {
    let details = (!entry.details.is_empty()).then(|| {
        let pairs = entry.details.iter();
        let pairs = pairs.map(|(name, value)| ((*name).to_owned(), value.clone().into()));
        serde_json::Value::Object(pairs.collect()).to_string()
    });
    transaction
        .prepare_cached(
            "insert into event (job_id, at_us, severity, code, phase, subject, actor, message, details)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            job.into().map(|job| job.0 as i64),
            entry.at.0,
            entry.severity().name(),
            entry.code.name(),
            entry.phase.name(),
            entry.subject,
            entry.actor,
            entry.message,
            details,
        ])?;
    append::event(transaction, transaction.last_insert_rowid())
}

impl Journal for Writer {
    fn note(&self, entry: Entry) {
        self.tell(entry);
    }

    fn record(&self, entry: Entry) -> Result<(), LogError> {
        self.ask(Change::Entry(Box::new(entry)))
            .map(drop)
            .map_err(|error| error.into_log_error())
    }
}
