//! The report's file: begun, gone on with, and written after every case, so that nothing measured is lost.

use crate::bench::case::Case;
use crate::bench::report::{CaseResult, Machine, Report, SCHEMA};
use crate::clock::SystemClock;
use crate::control::teaching::bundle::now;
use crate::error::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// A report and the file it is kept in, if any.
pub struct ReportFile {
    /// All so far.
    pub report: Report,
    file: Option<PathBuf>,
}

impl ReportFile {
    /// A new one, or the one in the file where it is to be gone on with; it is written at once, because a file that
    /// cannot be is better known before hours of measuring.
    ///
    /// # Errors
    /// When there is a file that holds something and nobody said to go on with it, it is of another machine, or it
    /// cannot be written.
    pub fn open(
        file: Option<&Path>,
        resumes: bool,
        plan: &str,
        station: Option<&str>,
        machine: Machine,
    ) -> Result<Self, Error> {
        let wrong = |message: String| Error::new(ErrorKind::Settings, message);
        let new = |machine| Report {
            schema: SCHEMA,
            made_by: format!("inspector {}", env!("CARGO_PKG_VERSION")),
            started_at: now(&SystemClock).to_string(),
            ended_at: now(&SystemClock).to_string(),
            plan: plan.to_owned(),
            station: station.map(str::to_owned),
            is_complete: false,
            machine,
            results: Vec::new(),
        };
        let Some(path) = file else {
            return Ok(Self {
                report: new(machine),
                file: None,
            });
        };
        // One that was stopped before its first result holds nothing that could be lost.
        let holds_nothing = || read(path).is_ok_and(|found| found.results.is_empty());
        let report = if path.exists() && (resumes || !holds_nothing()) {
            if !resumes {
                return Err(wrong(format!(
                    "{}: there is one already; give another --out, or --resume to go on with it",
                    path.display()
                )));
            }
            let found = read(path)?;
            same_machine(&found.machine, &machine)
                .map_err(|message| wrong(format!("{}: {message}", path.display())))?;
            if found.station.as_deref() != station {
                let told = |name: Option<&str>| {
                    name.map_or("no station".to_owned(), |name| format!("{name:?}"))
                };
                return Err(wrong(format!(
                    "{}: it is of another station; expected {}, found {}; give another --out",
                    path.display(),
                    told(station),
                    told(found.station.as_deref())
                )));
            }
            found
        } else {
            new(machine)
        };
        let output = Self {
            report,
            file: file.map(Path::to_owned),
        };
        output.write()?;
        Ok(output)
    }

    /// Whether this case has a result.
    pub fn has(&self, case: &Case) -> bool {
        self.report
            .results
            .iter()
            .any(|result| result.case == *case)
    }

    /// Takes a result in, and writes the file anew.
    ///
    /// # Errors
    /// When it cannot be written; what was there before is still there.
    pub fn add(&mut self, result: CaseResult) -> Result<(), Error> {
        self.report.results.push(result);
        self.report.ended_at = now(&SystemClock).to_string();
        self.write()
    }

    /// Says whether every case has a result.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn close(&mut self, is_complete: bool) -> Result<(), Error> {
        self.report.is_complete = is_complete;
        self.write()
    }

    fn write(&self) -> Result<(), Error> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        let text = serde_json::to_string(&self.report)
            .map_err(|error| Error::new(ErrorKind::Internal, error))?;
        write(path, &text)
    }
}

/// Puts a text in the place of a file, whole or not at all.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, text: &str) -> Result<(), Error> {
    let part = part_of(path);
    let written = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, path));
    written.map_err(|error| {
        // Half a file helps nobody.
        let _ = std::fs::remove_file(&part);
        unwritable(path, &error)
    })
}

/// Finds out whether [`write`] could, and leaves everything as it is.
///
/// # Errors
/// When it could not.
pub fn try_write(path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        return Err(unwritable(path, &"it is a folder"));
    }
    let part = part_of(path);
    let tried = std::fs::write(&part, "").and_then(|()| std::fs::remove_file(&part));
    tried.map_err(|error| unwritable(path, &error))
}

fn part_of(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    PathBuf::from(part)
}

fn unwritable(path: &Path, why: &dyn std::fmt::Display) -> Error {
    let message = format!("write {}: {why}", path.display());
    Error::new(ErrorKind::Storage, message)
}

/// A report.
///
/// # Errors
/// What was expected and found.
pub fn read(path: &Path) -> Result<Report, Error> {
    let wrong = |message: String| Error::new(ErrorKind::Settings, message);
    let text = std::fs::read_to_string(path)
        .map_err(|error| wrong(format!("read {}: {error}", path.display())))?;
    Report::parse(&text, &path.display().to_string()).map_err(wrong)
}

fn same_machine(found: &Machine, here: &Machine) -> Result<(), String> {
    let told = |machine: &Machine| {
        format!(
            "{} with {} cores, {}, {}",
            machine.processor, machine.cores, machine.kernel, machine.onnxruntime
        )
    };
    if told(found) == told(here) {
        Ok(())
    } else {
        Err(format!(
            "it was begun on another machine; expected {}, found {}; give another --out",
            told(here),
            told(found)
        ))
    }
}
