//! What a command did with a log that it only reads, left beside the log for the station, which alone writes: a file each, which
//! becomes an entry of the journal while the station runs or at its next start.

use super::copy::MANIFEST;
use super::open::{self, OpenError};
use super::proof::reading::Reading;
use crate::ports::journal::{Entry, Journal};
use crate::station::time::WallTime;
use crate::telemetry::catalogue::Code;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Where they lie in the data folder.
const FOLDER: &str = "to-journal";
/// Longer ones are none of ours.
const BYTES_MAX: u64 = 16 * 1_024;
/// So many are taken at one look; the others have time.
const TAKEN_MAX: usize = 100;

/// An export that began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportNote {
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// Whose command it was.
    pub by: String,
    /// What was to be written, as the command calls it.
    pub format: String,
    /// Where to; `None` is standard output.
    pub out: Option<String>,
    /// Triggered at or after, in microseconds since 1970.
    pub from_us: Option<i64>,
    /// Triggered before, in microseconds since 1970.
    pub to_us: Option<i64>,
    /// Style of the parts, where only one was asked for.
    pub style: Option<String>,
    /// Lane of the parts, where only one was asked for.
    pub lane: Option<String>,
    /// Only parts that no sensor of their lane saw.
    pub unconfirmed: bool,
}

impl ExportNote {
    /// Leaves it for the station whose data folder it is; whether it is one, and not a backup, of which nobody takes it.
    ///
    /// # Errors
    /// When it cannot be written, as in a folder that may only be read.
    pub fn leave(&self, data: &Path) -> io::Result<bool> {
        if !open::database(data).exists() || data.join(MANIFEST).exists() {
            return Ok(false);
        }
        let folder = data.join(FOLDER);
        std::fs::create_dir_all(&folder)?;
        let name = format!("{}-{:016x}", self.at_us, fastrand::u64(..));
        let part = folder.join(format!("{name}.part"));
        let mut file = File::options().write(true).create_new(true).open(&part)?;
        file.write_all(&serde_json::to_vec(self).map_err(io::Error::other)?)?;
        file.sync_all()?;
        std::fs::rename(&part, folder.join(format!("{name}.json")))?;
        File::open(&folder)?.sync_all()?;
        Ok(true)
    }

    fn entry(self, note: &str) -> Entry {
        let time = |at_us: Option<i64>| {
            let at = jiff::Timestamp::from_microsecond(at_us?).ok()?;
            Some(at.to_string())
        };
        let message = format!("{} began to export the log as {}", self.by, self.format);
        let unconfirmed = self.unconfirmed.then(|| "true".to_owned());
        let details = [
            ("note", Some(note.to_owned())),
            ("format", Some(self.format)),
            ("out", self.out),
            ("from", time(self.from_us)),
            ("to", time(self.to_us)),
            ("style", self.style),
            ("lane", self.lane),
            ("unconfirmed", unconfirmed),
        ];
        Entry {
            actor: self.by,
            message,
            details: details
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
            ..Entry::of_station(WallTime(self.at_us), Code::LogExported)
        }
    }
}

/// What was left beside a log.
pub struct LeftNotes {
    folder: PathBuf,
    log: Reading,
}

impl LeftNotes {
    /// Of this data folder, which the station makes, so that it can take notes away that others leave there.
    pub fn of(data: &Path) -> Self {
        let folder = data.join(FOLDER);
        // Where it cannot, nobody can leave anything either.
        let _ = std::fs::create_dir_all(&folder);
        Self {
            folder,
            log: Reading::of(data),
        }
    }

    /// Has each recorded, once, and takes it away; how many were. `now` is when one was found that cannot be read.
    ///
    /// # Errors
    /// When one cannot be recorded: it stays, and so do those after it.
    pub fn take(&mut self, journal: &impl Journal, now: WallTime) -> Result<usize, OpenError> {
        let mut recorded = 0;
        for path in self.found() {
            let Some(name) = path.file_stem().and_then(|name| name.to_str()) else {
                continue;
            };
            if !self.is_known(name)? {
                let entry = match read(&path) {
                    Ok(note) => note.entry(name),
                    Err(error) => Entry {
                        message: format!(
                            "{}: expected a note of an export, found what cannot be read: {error}",
                            path.display()
                        ),
                        details: vec![("note", name.to_owned())],
                        ..Entry::of_station(now, Code::LogExported)
                    },
                };
                journal.record(entry).map_err(OpenError::Log)?;
                recorded += 1;
            }
            // One that stays, as where others own the folder, is known the next time.
            let _ = std::fs::remove_file(&path);
        }
        Ok(recorded)
    }

    /// The oldest of them.
    fn found(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten();
        let paths = entries.flatten().map(|entry| entry.path());
        let is_note = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "json");
        let mut found: Vec<PathBuf> = paths.filter(is_note).collect();
        found.sort();
        found.truncate(TAKEN_MAX);
        found
    }

    /// Whether it was recorded, and only not taken away.
    fn is_known(&mut self, name: &str) -> Result<bool, OpenError> {
        self.log.is_another()?;
        self.log.ask(|log| {
            log.query_row(
                "select exists (select 1 from event where code = ?1 and json_extract(details, '$.note') = ?2)",
                [Code::LogExported.name(), name],
                |row| row.get(0),
            )
        })
    }
}

fn read(path: &Path) -> io::Result<ExportNote> {
    let mut text = Vec::new();
    let file = File::open(path)?;
    file.take(BYTES_MAX + 1).read_to_end(&mut text)?;
    if text.len() as u64 > BYTES_MAX {
        let message = format!("more than {BYTES_MAX} bytes");
        return Err(io::Error::other(message));
    }
    serde_json::from_slice(&text).map_err(io::Error::other)
}
