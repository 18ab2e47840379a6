//! The log in other people's formats, page by page: neither memory nor the log's own files grow with it, however slowly it
//! is taken. Which columns there are is said once ([`parts`], [`findings`]); a format says how they are written.

pub mod column;
pub mod csv;
pub mod findings;
pub mod jsonl;
pub mod name;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod parts;
pub mod proved;
pub mod qdas;
pub mod reviewed;
mod text;
pub mod xlsx;

use crate::ports::log::LogError;
use crate::results::open::{OpenError, database, log_error};
use crate::results::reader::{Everything, Exported, Filter, Reader};
use column::Line;
use jiff::tz::TimeZone;
use std::fmt;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Why an export broke off.
#[derive(Debug)]
pub enum ExportError {
    /// The log could not be opened.
    Open(OpenError),
    /// The log could not be read.
    Log(LogError),
    /// The target could not be written.
    Write(io::Error),
    /// What was asked for does not fit the format.
    Unfit(String),
    /// Whoever asked for it wants it no more.
    Cancelled,
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExportError::Open(error) => error.fmt(f),
            ExportError::Log(error) => error.fmt(f),
            ExportError::Write(error) => write!(f, "write the export: {error}"),
            ExportError::Unfit(why) => f.write_str(why),
            ExportError::Cancelled => f.write_str("the export was told to end before it was whole"),
        }
    }
}

impl std::error::Error for ExportError {}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> Self {
        ExportError::Write(error)
    }
}

/// Writes, and makes an error of a panic, as of a library that met a full disk: what broke off must not look whole.
///
/// # Errors
/// As of what is written, and where it panicked.
pub fn caught<T>(write: impl FnOnce() -> Result<T, ExportError>) -> Result<T, ExportError> {
    catch_unwind(AssertUnwindSafe(write)).unwrap_or_else(|said| {
        let why = said.downcast_ref::<String>().map(String::as_str);
        let why = why.or_else(|| said.downcast_ref::<&str>().copied());
        Err(ExportError::Write(io::Error::other(format!(
            "it broke off; mostly there is no room left where the file is written, or in the folder for temporary files ({})",
            why.unwrap_or("no reason was given")
        ))))
    })
}

/// How lines are written.
pub trait Format {
    /// Takes the next line; lines of parts come in the order of their rows.
    ///
    /// # Errors
    /// When it cannot be written.
    fn line(&mut self, line: &Line<'_>) -> Result<(), ExportError>;

    /// There are no more. Until then what was written is not whole.
    ///
    /// # Errors
    /// When the rest cannot be written.
    fn end(&mut self) -> Result<(), ExportError>;
}

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
    zone: TimeZone,
}

impl Export {
    /// Of every result that the filter lets through, and of every gap of its time. Local times are of the computer's zone.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn begin(data: &Path, filter: &Filter) -> Result<Self, ExportError> {
        let reader = Reader::open(data).map_err(ExportError::Open)?;
        let everything = reader.everything(filter);
        Ok(Self {
            data: data.to_owned(),
            everything: everything.map_err(|error| unread(data, &error))?,
            zone: TimeZone::system(),
        })
    }

    /// With local times of another zone.
    pub fn in_zone(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// Without results that were recorded after this number, as those that are not signed yet.
    pub fn until(self, seq: i64) -> Self {
        let everything = self.everything.until(seq);
        Self { everything, ..self }
    }

    /// The number in the feed of what was recorded last before it was begun: what has a higher one is not in it.
    pub const fn until_seq(&self) -> i64 {
        self.everything.until_seq()
    }

    /// Writes them, oldest first. Returns how many results. However long the format takes, the log is held up by nothing.
    ///
    /// # Errors
    /// When the log cannot be read or the format takes no more.
    pub fn write(self, format: &mut dyn Format) -> Result<u64, ExportError> {
        self.write_told(format, &mut |_, _| true)
    }

    /// The same, and tells now and then how many results it has written and which share of the log it has looked at, from 0
    /// to 1. Breaks off where the answer is no.
    ///
    /// # Errors
    /// As above, and `Cancelled`.
    pub fn write_told(
        mut self,
        format: &mut dyn Format,
        go_on: &mut dyn FnMut(u64, f64) -> bool,
    ) -> Result<u64, ExportError> {
        let mut count = 0;
        loop {
            if !go_on(count, self.everything.share()) {
                return Err(ExportError::Cancelled);
            }
            let page = self.everything.page();
            let Some(page) = page.map_err(|error| unread(&self.data, &error))? else {
                break;
            };
            for what in &page {
                count += u64::from(matches!(what, Exported::Part(_)));
                format.line(&Line {
                    what,
                    finding: None,
                    zone: &self.zone,
                })?;
            }
        }
        format.end()?;
        Ok(count)
    }
}

fn unread(data: &Path, error: &rusqlite::Error) -> ExportError {
    ExportError::Log(log_error(&database(data), error))
}
