//! `inspector export`: the log in another format, streamed.

use super::load_settings_of;
use super::proofs::{write_checkpoint, write_leaves, write_proofs};
use super::terminal;
use crate::error::{Error, ErrorKind};
use crate::export::csv::{Export, ExportError};
use crate::path_error::{At, PathError};
use crate::results::copy::MANIFEST;
use crate::results::proof::evidence::EvidenceError;
use crate::results::reader::Filter;
use crate::results::verify::{doubt, gaps};
use std::fs::File;
use std::io::{BufWriter, ErrorKind as ErrorKindOfSystem, Write};
use std::path::{Path, PathBuf};

/// Arguments of `inspector export`.
#[derive(clap::Args)]
pub struct ExportArgs {
    /// The station settings.
    #[arg(long, short, default_value = "station.toml")]
    settings: PathBuf,
    /// A data folder, such as a copy for an audit, instead of the station's.
    #[arg(long, conflicts_with = "settings")]
    data: Option<PathBuf>,
    /// The format that is written: `leaves` is everything that is signed, one a line, and `checkpoint` the newest signed
    /// root, whatever the filters.
    #[arg(long, value_parser = ["csv", "leaves", "checkpoint"], default_value = "csv")]
    format: String,
    /// Triggered at or after, RFC 3339, as 2026-11-24T06:00:00Z.
    #[arg(long, value_parser = time)]
    from: Option<i64>,
    /// Triggered before, RFC 3339.
    #[arg(long, value_parser = time)]
    to: Option<i64>,
    /// Only this style.
    #[arg(long)]
    style: Option<String>,
    /// Only parts that were sent to this lane.
    #[arg(long)]
    lane: Option<String>,
    /// Only parts that the sensor of their lane did not see, or saw elsewhere.
    #[arg(long)]
    unconfirmed: bool,
    /// Where to write; standard output when absent.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Also writes what the log has of each part, and a proof that it was signed, into this empty folder.
    #[arg(long, value_name = "FOLDER")]
    proofs: Option<PathBuf>,
}

/// Microseconds since 1970.
fn time(text: &str) -> Result<i64, String> {
    text.parse::<jiff::Timestamp>()
        .map(jiff::Timestamp::as_microsecond)
        .map_err(|error| format!("expected RFC 3339, as 2026-11-24T06:00:00Z: {error}"))
}

/// Writes the log.
pub fn export(args: &ExportArgs) -> Result<(), Error> {
    let data = match &args.data {
        Some(data) => data.clone(),
        None => load_settings_of(&args.settings)?.data,
    };
    let filter = Filter {
        from_us: args.from,
        to_us: args.to,
        style: args.style.clone(),
        lane: args.lane.clone(),
        is_unconfirmed: args.unconfirmed,
        ..Filter::default()
    };
    if args.format != "csv" {
        return signed(args, &data);
    }
    if let Some(folder) = &args.proofs {
        write_proofs(&data, &filter, folder)?;
    }
    let unread = |error: ExportError| Error::new(ErrorKind::Storage, error);
    let export = Export::begin(&data, &filter).map_err(unread)?;
    let until_seq = export.until_seq();
    let count = match &args.out {
        Some(path) => {
            to_place(path, &data)?;
            to_file(path, |sink| export.write(sink))
        }
        None => export.write(&mut BufWriter::new(terminal::output())),
    };
    let target = args.out.as_deref().unwrap_or(Path::new("/dev/stdout"));
    let count = match count {
        Ok(count) => count,
        Err(ExportError::Write(error)) => {
            let error = Err(error).at("write", target);
            return error.map_err(|error: PathError| Error::new(ErrorKind::Storage, error));
        }
        Err(error) => return Err(unread(error)),
    };
    remark!(
        "exported {count} results as {}: all that match of what was recorded up to number {until_seq}",
        args.format
    );
    let doubt = doubt(&data).map_err(|error| Error::new(ErrorKind::Storage, error))?;
    doubt.iter().for_each(|doubt| remark!("but {doubt}"));
    let between_us = (args.from.unwrap_or(i64::MIN), args.to.unwrap_or(i64::MAX));
    let gaps = gaps(&data, between_us).map_err(|error| Error::new(ErrorKind::Storage, error))?;
    for gap in &gaps {
        remark!("and parts may have passed without a result: {gap}");
    }
    Ok(())
}

/// Leaves or the checkpoint.
fn signed(args: &ExportArgs, data: &Path) -> Result<(), Error> {
    let mut wrong = None;
    let mut write = |mut sink: &mut dyn Write| {
        let written = match args.format.as_str() {
            "leaves" => write_leaves(data, &mut sink),
            _ => write_checkpoint(data, &mut sink),
        };
        written.map_err(|error| match error {
            EvidenceError::Write(error) => ExportError::Write(error),
            other => {
                let said = std::io::Error::other(other.to_string());
                wrong = Some(Error::new(ErrorKind::Storage, other));
                ExportError::Write(said)
            }
        })
    };
    let count = match &args.out {
        Some(path) => {
            to_place(path, data)?;
            to_file(path, |sink| write(sink))
        }
        None => write(&mut BufWriter::new(terminal::output())),
    };
    match (count, wrong) {
        (_, Some(error)) => Err(error),
        (Ok(count), _) => {
            remark!(
                "exported as {}: what is signed of {count} leaves",
                args.format
            );
            Ok(())
        }
        (Err(error), _) => Err(Error::new(ErrorKind::Storage, error)),
    }
}

/// Refuses a place among what a station, or a backup, keeps.
pub(super) fn to_place(path: &Path, data: &Path) -> Result<(), Error> {
    if !is_of_log(path, data) {
        return Ok(());
    }
    let message = format!(
        "{}: expected a place apart from the data folder and from backups, where an export could take a file's place; take \
         another",
        path.display()
    );
    Err(Error::new(ErrorKind::Settings, message))
}

/// Whether the export would lie among what a station, or a backup, keeps.
fn is_of_log(path: &Path, data: &Path) -> bool {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let Ok(folder) = folder.unwrap_or(Path::new(".")).canonicalize() else {
        return false;
    };
    let is_below = data
        .canonicalize()
        .is_ok_and(|data| folder.starts_with(data));
    is_below
        || folder
            .ancestors()
            .any(|above| above.join(MANIFEST).exists())
}

/// Under its name only once it is whole and durable: one that broke off must not pass for an export.
fn to_file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<u64, ExportError>,
) -> Result<u64, ExportError> {
    let is_file = std::fs::metadata(path).map_or(true, |found| found.is_file());
    let mut part = path.as_os_str().to_owned();
    part.push(format!(".{}.part", std::process::id()));
    // A device or a pipe is no file that could be put in place.
    let writes_to = if is_file { Path::new(&part) } else { path };
    let written = write_to(write, writes_to, is_file);
    if !is_file {
        return written;
    }
    let placed = written.and_then(|count| {
        let placed = std::fs::rename(writes_to, path).and_then(|()| synced_folder_of(path));
        placed.map(|()| count).map_err(ExportError::Write)
    });
    if placed.is_err() {
        let _ = std::fs::remove_file(writes_to);
    }
    placed
}

fn synced_folder_of(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|path| !path.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn write_to(
    write: impl FnOnce(&mut BufWriter<File>) -> Result<u64, ExportError>,
    path: &Path,
    is_new: bool,
) -> Result<u64, ExportError> {
    let mut options = File::options();
    // A name that somebody else has is not written over, nor followed.
    options.write(true).create_new(is_new).truncate(!is_new);
    let file = options.open(path).map_err(ExportError::Write)?;
    let mut file = BufWriter::new(file);
    let count = write(&mut file)?;
    let file = file.into_inner().map_err(|error| error.into_error());
    let file = file.map_err(ExportError::Write)?;
    match file.sync_all() {
        // Neither a pipe nor a terminal can be made durable.
        Err(error) if error.kind() != ErrorKindOfSystem::InvalidInput => {
            Err(ExportError::Write(error))
        }
        _ => Ok(count),
    }
}
