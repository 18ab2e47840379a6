//! `inspector events`: what the station told, now and before, and the reference of all events.

use super::{StationArgs, load_settings, terminal};
use crate::error::{Error, ErrorKind};
use crate::telemetry::catalogue::{self, Severity};
use crate::telemetry::file;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Arguments of `inspector events`.
#[derive(clap::Args)]
pub struct EventsArgs {
    #[command(flatten)]
    station: StationArgs,
    /// A data folder, such as a copy or a support bundle, instead of the station's.
    #[arg(long, conflicts_with = "settings")]
    data: Option<PathBuf>,
    /// Goes on with what comes, until Ctrl-C.
    #[arg(long, short)]
    follow: bool,
    /// Only the newest so many; all by default.
    #[arg(long, short = 'n')]
    lines: Option<usize>,
    /// Only events with this code, as `camera_gone`.
    #[arg(long, value_parser = known_code)]
    code: Option<String>,
    /// Only events so urgent, or more.
    #[arg(long, value_enum)]
    severity: Option<SeverityArg>,
    /// As the station wrote them: one JSON object a line.
    #[arg(long)]
    json: bool,
    /// Prints the reference of all events as Markdown instead.
    #[arg(long)]
    catalogue: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum SeverityArg {
    Info,
    Warning,
    Error,
}

impl From<SeverityArg> for Severity {
    fn from(severity: SeverityArg) -> Self {
        match severity {
            SeverityArg::Info => Severity::Info,
            SeverityArg::Warning => Severity::Warning,
            SeverityArg::Error => Severity::Error,
        }
    }
}

fn known_code(text: &str) -> Result<String, String> {
    match catalogue::Code::from_name(text) {
        Some(_) => Ok(text.to_owned()),
        None => {
            Err("expected a code of docs/ref/events.md (inspector events --catalogue)".to_owned())
        }
    }
}

/// Prints events, oldest first.
pub fn events(args: &EventsArgs) -> Result<(), Error> {
    if args.catalogue {
        terminal::answer(&catalogue::reference());
        return Ok(());
    }
    let data = match &args.data {
        Some(data) => data.clone(),
        None => load_settings(&args.station)?.data,
    };
    let folder = file::folder_in(&data);
    let mut lines = Vec::new();
    for path in file::files(&folder) {
        if let Some(file) = opened(&path)? {
            lines.extend(BufReader::new(file).lines().map_while(Result::ok));
        }
    }
    if lines.is_empty() && !args.follow {
        let message = format!(
            "{}: there are no events; expected the data folder of a station that has run",
            folder.display()
        );
        return Err(Error::new(ErrorKind::Storage, message));
    }
    let wanted: Vec<&String> = lines.iter().filter(|line| is_wanted(args, line)).collect();
    let skipped = args
        .lines
        .map_or(0, |most| wanted.len().saturating_sub(most));
    for line in &wanted[skipped..] {
        print(args, line);
    }
    if args.follow {
        follow(args, &folder)
    } else {
        Ok(())
    }
}

fn opened(path: &Path) -> Result<Option<File>, Error> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let message = format!("{}: {error}", path.display());
            Err(Error::new(ErrorKind::Storage, message))
        }
    }
}

/// Looks for what was added, and for a new file when the station has put the old one aside.
fn follow(args: &EventsArgs, folder: &Path) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt;
    let path = folder.join("events.jsonl");
    let mut open: Option<(u64, BufReader<File>)> = None;
    let mut is_first = true;
    let mut partial = String::new();
    loop {
        let inode = std::fs::metadata(&path).map(|found| found.ino()).ok();
        if open.as_ref().map(|(known, _)| *known) != inode {
            // The rest of the file before, then the new one from its start.
            if let Some((_, reader)) = &mut open {
                take(args, reader, &mut partial);
            }
            partial.clear();
            open = match opened(&path)? {
                Some(mut file) => {
                    let from = if is_first {
                        SeekFrom::End(0)
                    } else {
                        SeekFrom::Start(0)
                    };
                    let failed = |error| {
                        Error::new(ErrorKind::Storage, format!("{}: {error}", path.display()))
                    };
                    file.seek(from).map_err(failed)?;
                    inode.map(|inode| (inode, BufReader::new(file)))
                }
                None => None,
            };
        }
        is_first = false;
        if let Some((_, reader)) = &mut open {
            take(args, reader, &mut partial);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Whole lines only: one may still be being written.
fn take(args: &EventsArgs, reader: &mut BufReader<File>, partial: &mut String) {
    while reader.read_line(partial).is_ok_and(|bytes| bytes > 0) {
        if partial.ends_with('\n') {
            let line = partial.trim_end();
            if is_wanted(args, line) {
                print(args, line);
            }
            partial.clear();
        }
    }
}

fn is_wanted(args: &EventsArgs, line: &str) -> bool {
    if args.code.is_none() && args.severity.is_none() {
        return true;
    }
    let object: Value = serde_json::from_str(line).unwrap_or_default();
    let is_of_code = args
        .code
        .as_ref()
        .is_none_or(|code| object["code"] == **code);
    let severity = serde_json::from_value(object["severity"].clone()).unwrap_or(Severity::Info);
    let least = args.severity.map_or(Severity::Info, Severity::from);
    is_of_code && severity >= least
}

fn print(args: &EventsArgs, line: &str) {
    match serde_json::from_str(line) {
        Ok(Value::Object(_)) if args.json => terminal::answer_json(line),
        Ok(Value::Object(object)) => terminal::answer(&for_people(&object.into())),
        _ => say!("{line}"),
    }
}

/// Time, severity, code, message, then the remedy where there is something to do.
fn for_people(object: &Value) -> String {
    let text = |key: &str| object[key].as_str().unwrap_or("-").to_owned();
    let mut shown = format!(
        "{}  {:<7}  {:<16}  {}\n",
        text("at"),
        text("severity"),
        text("code"),
        text("message")
    );
    if object["remedy"].is_string() {
        shown.push_str(&format!("    {}\n", text("remedy")));
    }
    shown
}
