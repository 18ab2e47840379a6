//! `inspector export`: the log in another format, streamed.

use super::load_settings_of;
use super::terminal;
use crate::error::{Error, ErrorKind};
use crate::export::csv::{Export, ExportError};
use crate::path_error::{At, PathError};
use crate::results::reader::Filter;
use std::io::{BufWriter, Write};
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
    /// The format.
    #[arg(long, value_parser = ["csv"], default_value = "csv")]
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
    /// Where to write; standard output when absent.
    #[arg(long)]
    out: Option<PathBuf>,
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
        ..Filter::default()
    };
    let storage = |error: PathError| Error::new(ErrorKind::Storage, error);
    let unread = |error: ExportError| Error::new(ErrorKind::Storage, error);
    // Before the target is made anew: an earlier export stays where there is nothing to put in its place.
    let export = Export::begin(&data, &filter).map_err(unread)?;
    let until_seq = export.until_seq();
    let mut sink: Box<dyn Write> = match &args.out {
        Some(path) => Box::new(
            std::fs::File::create(path)
                .at("create", path)
                .map_err(storage)?,
        ),
        None => terminal::output(),
    };
    let mut buffered = BufWriter::new(&mut sink);
    let target = args.out.as_deref().unwrap_or(Path::new("/dev/stdout"));
    let count = match export.write(&mut buffered) {
        Ok(count) => count,
        Err(ExportError::Write(error)) => {
            return Err(error).at("write", target).map_err(storage);
        }
        Err(error) => return Err(unread(error)),
    };
    let flushed = buffered.flush();
    flushed.at("write", target).map_err(storage)?;
    remark!(
        "exported {count} results as {}: all that match of what was recorded up to number {until_seq}",
        args.format
    );
    Ok(())
}
