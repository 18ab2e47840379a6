//! The log as CSV (RFC 4180), streamed: memory does not grow with the log.

use crate::results::reader::{Filter, JudgedBy, PartSummary, Reader};
use std::fmt;
use std::io::{self, Write};
use std::path::Path;

/// The columns, in order. Times are RFC 3339 in UTC.
pub const COLUMNS: [&str; 17] = [
    "id",
    "job",
    "part_no",
    "part_id",
    "style",
    "triggered_at",
    "verdict",
    "cause",
    "disposition",
    "score",
    "defect",
    "decided_after_ms",
    "acted_after_ms",
    "recipe_version",
    "model_sha256",
    "acceptance",
    "simulated_truth",
];

/// Why an export broke off.
#[derive(Debug)]
pub enum ExportError {
    /// The log could not be read.
    Log(String),
    /// The target could not be written.
    Write(io::Error),
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExportError::Log(message) => write!(f, "read the result log: {message}"),
            ExportError::Write(error) => write!(f, "write the export: {error}"),
        }
    }
}

impl std::error::Error for ExportError {}

/// Hands on what was written in pieces of some size. `send` says whether to go on.
pub struct Chunks<F: FnMut(Vec<u8>) -> bool> {
    send: F,
    chunk: Vec<u8>,
}

const CHUNK_BYTES: usize = 64 * 1024;

impl<F: FnMut(Vec<u8>) -> bool> Chunks<F> {
    /// Sends into this.
    pub fn new(send: F) -> Self {
        Self {
            send,
            chunk: Vec::with_capacity(CHUNK_BYTES),
        }
    }
}

impl<F: FnMut(Vec<u8>) -> bool> Write for Chunks<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.chunk.extend_from_slice(bytes);
        if self.chunk.len() >= CHUNK_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK_BYTES));
        if chunk.is_empty() || (self.send)(chunk) {
            Ok(())
        } else {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
}

/// A spreadsheet would run a text that begins like a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Writes every result that the filter lets through, oldest first. Returns how many.
pub fn write(data: &Path, filter: &Filter, sink: &mut impl Write) -> Result<u64, ExportError> {
    let reader = Reader::open(data).map_err(|error| ExportError::Log(error.to_string()))?;
    let mut writer = csv::Writer::from_writer(sink);
    let broken = |error: csv::Error| ExportError::Write(io::Error::other(error));
    writer.write_record(COLUMNS).map_err(broken)?;
    let mut count = 0;
    let mut failed = None;
    let read = reader.each(filter, |part, judged_by| {
        let written = writer.write_record(record(&part, judged_by));
        count += 1;
        written.map_err(|error| failed = Some(error)).is_ok()
    });
    if let Some(error) = failed {
        return Err(broken(error));
    }
    read.map_err(|error| ExportError::Log(error.to_string()))?;
    writer.flush().map_err(ExportError::Write)?;
    Ok(count)
}

fn record(part: &PartSummary, judged_by: &JudgedBy) -> [String; 17] {
    let ms = |us: i64| format!("{}.{:03}", us / 1_000, us % 1_000);
    let or_empty = |text: Option<String>| text.unwrap_or_default();
    let at = jiff::Timestamp::from_microsecond(part.triggered_at_us)
        .map_or(String::new(), |at| format!("{at:.6}"));
    [
        or_empty(part.id.map(|id| id.to_string())),
        part.job.to_string(),
        part.part_no.to_string(),
        harmless(&part.part_id),
        harmless(part.style.as_deref().unwrap_or_default()),
        at,
        match part.verdict.evaluation() {
            1 => "pass",
            2 => "fail",
            _ => "not_decided",
        }
        .to_owned(),
        part.cause.map_or("", |cause| cause.name()).to_owned(),
        match part.disposition {
            crate::station::verdict::Disposition::Accept => "accept",
            crate::station::verdict::Disposition::Reject => "reject",
        }
        .to_owned(),
        or_empty(part.score.map(|score| format!("{score:.6}"))),
        harmless(part.defect.as_deref().unwrap_or_default()),
        or_empty(part.decided_after_us.map(ms)),
        ms(part.acted_after_us),
        or_empty(judged_by.recipe_version.map(|version| version.to_string())),
        judged_by.model_sha256.clone(),
        judged_by.acceptance.clone(),
        or_empty(part.truth.as_ref().map(|truth| {
            let defect = truth.defect.clone();
            defect.unwrap_or_else(|| "good".to_owned())
        })),
    ]
}
