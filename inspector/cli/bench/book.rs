//! The report's file: begun, gone on with, and written after every case, so that nothing measured is lost.

use crate::bench::case::Case;
use crate::bench::report::{CaseResult, Machine, Report, SCHEMA};
use crate::clock::SystemClock;
use crate::error::{Error, ErrorKind};
use crate::teaching::bundle::now;
use std::path::{Path, PathBuf};

/// A report and the file it is kept in, if any.
pub struct Book {
    /// All so far.
    pub report: Report,
    file: Option<PathBuf>,
}

impl Book {
    /// A new one, or the one in the file where it is to be gone on with.
    ///
    /// # Errors
    /// When there is a file and nobody said to go on with it, or it is of another machine or plan.
    pub fn open(
        file: Option<&Path>,
        resumes: bool,
        plan: &str,
        machine: Machine,
    ) -> Result<Self, Error> {
        let wrong = |message: String| Error::new(ErrorKind::Settings, message);
        let new = |machine| Report {
            schema: SCHEMA,
            made_by: format!("inspector {}", env!("CARGO_PKG_VERSION")),
            started_at: now(&SystemClock).to_string(),
            ended_at: now(&SystemClock).to_string(),
            plan: plan.to_owned(),
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
        let report = if path.exists() {
            if !resumes {
                return Err(wrong(format!(
                    "{}: there is one already; give another --out, or --resume to go on with it",
                    path.display()
                )));
            }
            let found = read(path)?;
            same_machine(&found.machine, &machine)
                .map_err(|message| wrong(format!("{}: {message}", path.display())))?;
            found
        } else {
            new(machine)
        };
        Ok(Self {
            report,
            file: file.map(Path::to_owned),
        })
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
    let failed = |error| {
        Error::new(
            ErrorKind::Storage,
            format!("write {}: {error}", path.display()),
        )
    };
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    std::fs::write(&part, text).map_err(|error| {
        // Half a file helps nobody.
        let _ = std::fs::remove_file(&part);
        failed(error)
    })?;
    std::fs::rename(&part, path).map_err(failed)
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
