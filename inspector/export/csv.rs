//! The log as CSV (RFC 4180), page by page: neither memory nor the log's own files grow with it, however slowly it is
//! taken. A cell is empty, a number, a time, a word of `docs/guide/audit.md`, or a text ([`cell`]).

use super::text::cell;
use crate::ports::log::LogError;
use crate::results::open::{OpenError, database, log_error};
use crate::results::reader::{
    Everything, Exported, Filter, JudgedPart, Reader, RecordedGap, Truth,
};
use crate::station::challenge::Challenged;
use crate::station::result::{Confirm, Identity};
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The columns, in order. Times are RFC 3339 in UTC.
pub const COLUMNS: [&str; 28] = [
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
    "identity",
    "lane",
    "lane_by",
    "lane_rule",
    "acknowledged_after_ms",
    "confirm",
    "confirmed_after_ms",
    "challenge",
    "gap",
    "gap_last_part_no",
    "gap_until",
];

/// By these bytes at the beginning spreadsheets know UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Why an export broke off.
#[derive(Debug)]
pub enum ExportError {
    /// The log could not be opened.
    Open(OpenError),
    /// The log could not be read.
    Log(LogError),
    /// The target could not be written.
    Write(io::Error),
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExportError::Open(error) => error.fmt(f),
            ExportError::Log(error) => error.fmt(f),
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

/// An export of the log as it was when this was begun.
pub struct Export {
    data: PathBuf,
    everything: Everything,
}

impl Export {
    /// Of every result that the filter lets through, and of every gap of its time.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn begin(data: &Path, filter: &Filter) -> Result<Self, ExportError> {
        let reader = Reader::open(data).map_err(ExportError::Open)?;
        let everything = reader.everything(filter);
        Ok(Self {
            data: data.to_owned(),
            everything: everything.map_err(|error| unread(data, &error))?,
        })
    }

    /// The number in the feed of what was recorded last before it was begun: what has a higher one is not in it.
    pub const fn until_seq(&self) -> i64 {
        self.everything.until_seq()
    }

    /// Writes them, oldest first. Returns how many results. However long the sink takes, the log is held up by nothing.
    ///
    /// # Errors
    /// When the log cannot be read or the sink takes no more.
    pub fn write(mut self, sink: &mut impl Write) -> Result<u64, ExportError> {
        sink.write_all(BYTE_ORDER_MARK)
            .map_err(ExportError::Write)?;
        let mut writer = csv::WriterBuilder::new();
        let mut writer = writer.terminator(csv::Terminator::CRLF).from_writer(sink);
        writer.write_record(COLUMNS).map_err(unwritten)?;
        let mut count = 0;
        loop {
            let page = self.everything.page();
            let Some(page) = page.map_err(|error| unread(&self.data, &error))? else {
                break;
            };
            for line in &page {
                let record = match line {
                    Exported::Part(judged) => {
                        count += 1;
                        record(judged)
                    }
                    Exported::Gap(gap) => gap_record(gap),
                };
                writer.write_record(record).map_err(unwritten)?;
            }
        }
        writer.flush().map_err(ExportError::Write)?;
        Ok(count)
    }
}

fn unread(data: &Path, error: &rusqlite::Error) -> ExportError {
    ExportError::Log(log_error(&database(data), error))
}

fn unwritten(error: csv::Error) -> ExportError {
    ExportError::Write(match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    })
}

/// What is known of a part of a simulated line: a word, or the name of its defect.
fn told(truth: &Truth) -> String {
    match (&truth.defect, truth.is_defective) {
        // A model may call a class by one of the words.
        (Some(defect), true) if ["good", "defective"].contains(&defect.as_str()) => {
            format!("'{defect}")
        }
        (Some(defect), true) => cell(defect),
        (None, true) => "defective".to_owned(),
        (_, false) => "good".to_owned(),
    }
}

fn time(at_us: i64) -> String {
    jiff::Timestamp::from_microsecond(at_us).map_or(String::new(), |at| format!("{at:.6}"))
}

/// Parts without rows, in the place of the first: where the job, that part's number and the time stand, and why.
fn gap_record(gap: &RecordedGap) -> [String; COLUMNS.len()] {
    let mut record = [const { String::new() }; COLUMNS.len()];
    let mut put = |column: &str, cell: String| {
        if let Some(at) = COLUMNS.iter().position(|known| *known == column) {
            record[at] = cell;
        }
    };
    put("job", gap.job.to_string());
    put("part_no", gap.first_part_no.to_string());
    put("triggered_at", time(gap.from_us));
    put("gap", gap.kind.clone());
    let last = gap.last_part_no.map(|last| last.to_string());
    put("gap_last_part_no", last.unwrap_or_default());
    put("gap_until", time(gap.to_us));
    record
}

fn record(judged: &JudgedPart) -> [String; COLUMNS.len()] {
    let (part, judged_by) = (&judged.part, &judged.judged_by);
    let ms = |us: i64| format!("{}.{:03}", us / 1_000, us % 1_000);
    let of_views = |text: &str| (!text.is_empty()).then(|| cell(text));
    let or_empty = |text: Option<String>| text.unwrap_or_default();
    [
        or_empty(part.id.map(|id| id.to_string())),
        part.job.to_string(),
        part.part_no.to_string(),
        cell(&part.part_id),
        or_empty(part.style.as_deref().map(cell)),
        time(part.triggered_at_us),
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
        or_empty(part.defect.as_deref().map(cell)),
        or_empty(part.decided_after_us.map(ms)),
        ms(part.acted_after_us),
        or_empty(judged_by.recipe_version.map(|version| version.to_string())),
        or_empty(of_views(&judged_by.model_sha256)),
        or_empty(of_views(&judged_by.acceptance)),
        or_empty(part.truth.as_ref().map(told)),
        part.identity.map_or("", Identity::name).to_owned(),
        or_empty(part.lane.as_deref().map(cell)),
        or_empty(part.lane_by.clone()),
        or_empty(part.lane_rule.map(|rule| rule.to_string())),
        or_empty(part.acknowledged_after_us.map(ms)),
        part.confirm.map_or("", Confirm::name).to_owned(),
        or_empty(part.confirmed_after_us.map(ms)),
        part.challenge.map_or("", Challenged::name).to_owned(),
        String::new(),
        String::new(),
        String::new(),
    ]
}
