//! `inspector export`: the log in another format, streamed.

mod folder;
mod format;
mod noted;
pub mod pack;
mod reviewed;
mod when;
mod whole;
mod zipped;

use super::proofs::{write_checkpoint, write_leaves, write_proofs};
use super::terminal::{self, Bar};
use super::{interrupt, load_settings_of};
use crate::error::{Error, ErrorKind};
use crate::export::csv::Csv;
use crate::export::jsonl::JsonLines;
use crate::export::name::file_stem;
use crate::export::qdas::Qdas;
use crate::export::reviewed::Layout;
use crate::export::xlsx::Xlsx;
use crate::export::{self, Export, ExportError, caught};
use crate::path_error::{At, PathError};
use crate::results::proof::evidence::EvidenceError;
use crate::results::reader::Filter;
use crate::results::verify::{doubt, gaps};
use format::Format;
use jiff::tz::TimeZone;
use noted::noted;
use pack::Pictures;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use when::{time, zone};
pub use whole::to_place;
use whole::{Unplaced, device, is_device, synced};

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
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
    /// Instead of rows: pictures of reviewed parts with class and box, for teaching. Parts of which people say different
    /// things, or could not tell, are left out and counted.
    #[arg(long, value_enum, conflicts_with_all = ["format", "excel", "proofs", "pictures"])]
    reviewed: Option<Layout>,
    /// CSV that Excel shows as it was recorded: with a byte order mark, and an apostrophe before texts that Excel would change
    /// or run. Without it every text is what was recorded.
    #[arg(long)]
    excel: bool,
    /// The time zone of local times, as Asia/Shanghai; that of this computer when absent.
    #[arg(long, value_parser = zone)]
    zone: Option<TimeZone>,
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
    /// Where to write: a file, or a folder (which is there, or whose name ends with `/`), in which files are called after
    /// station, period and kind. Standard output when absent.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Which pictures an audit pack has.
    #[arg(long, value_enum, default_value = "rejects")]
    pictures: Pictures,
    /// Also writes what the log has of each part, and a proof that it was signed, into this empty folder.
    #[arg(long, value_name = "FOLDER")]
    proofs: Option<PathBuf>,
}

fn storage(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Storage, error)
}

impl ExportArgs {
    fn filter(&self) -> Filter {
        Filter {
            from_us: self.from,
            to_us: self.to,
            style: self.style.clone(),
            lane: self.lane.clone(),
            is_unconfirmed: self.unconfirmed,
            ..Filter::default()
        }
    }

    fn zone(&self) -> TimeZone {
        self.zone.clone().unwrap_or_else(TimeZone::system)
    }

    /// Where files get names of their own.
    fn folder(&self) -> Option<&Path> {
        let out = self.out.as_deref()?;
        let is_folder = out.is_dir() || out.as_os_str().as_encoded_bytes().ends_with(b"/");
        is_folder.then_some(out)
    }

    /// Where rows of a workbook wait until it is whole: beside it.
    fn waits(&self) -> PathBuf {
        let Some(out) = self.out.as_deref().filter(|out| !is_device(out)) else {
            return std::env::temp_dir();
        };
        let folder = match self.folder() {
            Some(folder) => Some(folder),
            None => out.parent(),
        };
        let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or(Path::new(".")).to_owned()
    }

    /// Refuses what would be left undone without a word.
    fn check(&self) -> Result<(), Error> {
        let message = match self {
            Self {
                excel: true,
                format,
                ..
            } if *format != Format::Csv => {
                format!("--excel: expected --format csv, found {}", format.name())
            }
            Self {
                format: Format::Xlsx,
                out: None,
                ..
            } if terminal::is_screen() => {
                "--format xlsx: expected --out with a file; a terminal cannot show a workbook".to_owned()
            }
            Self {
                format: Format::Pack | Format::Leaves | Format::Checkpoint,
                proofs: Some(_),
                ..
            } => "--proofs: expected a format of rows, as csv; a pack has its proofs already".to_owned(),
            Self {
                format: Format::Parquet,
                ..
            } if !cfg!(feature = "parquet") => {
                "--format parquet: this program was built without it; build it with `--features full`, as `make release` does"
                    .to_owned()
            }
            Self {
                from: Some(from),
                to: Some(to),
                ..
            } if from >= to => {
                "--from: expected a time before --to, found one that is not: nothing could match"
                    .to_owned()
            }
            _ => return Ok(()),
        };
        Err(Error::new(ErrorKind::Settings, message))
    }
}

/// Whose log it is.
pub struct Source {
    data: PathBuf,
    /// As its settings name it; a copy has none.
    station: Option<String>,
}

impl Source {
    fn of(args: &ExportArgs) -> Result<Self, Error> {
        match &args.data {
            Some(data) => Ok(Self {
                data: data.clone(),
                station: None,
            }),
            None => {
                let settings = load_settings_of(&args.settings)?;
                Ok(Self {
                    data: settings.data,
                    station: Some(settings.name),
                })
            }
        }
    }
}

/// Writes the log.
pub fn export(args: &ExportArgs) -> Result<(), Error> {
    args.check()?;
    let source = Source::of(args)?;
    noted(args, &source.data)?;
    if let Some(layout) = args.reviewed {
        return reviewed::reviewed(args, &source, layout);
    }
    if let Format::Leaves | Format::Checkpoint = args.format {
        return signed(args, &source);
    }
    if args.format == Format::Pack {
        pack::pack(args, &source)?;
        return say_doubt(args, &source.data);
    }
    if let Some(folder) = &args.proofs {
        write_proofs(&source.data, &args.filter(), folder)?;
    }
    let export = Export::begin(&source.data, &args.filter()).map_err(failed)?;
    let export = export.in_zone(args.zone());
    let until_seq = export.until_seq();
    let count = match (args.format, args.folder()) {
        (Format::Parquet | Format::Qdas, Some(out)) => folder::write(args, &source, out, export)?,
        (Format::Parquet, None) => {
            let message = "--format parquet: expected --out with a folder, which is there or ends with `/`, for a file each day";
            return Err(Error::new(ErrorKind::Settings, message));
        }
        _ => to_target(args, &source, |sink, go_on| {
            let waits = args.waits();
            caught(|| {
                let mut format: Box<dyn export::Format + '_> = match args.format {
                    Format::Jsonl => Box::new(JsonLines::begin(sink)),
                    Format::Xlsx => Box::new(Xlsx::begin(sink, &waits, u64::MAX)?),
                    Format::Qdas => Box::new(Qdas::of_one_style(sink)),
                    _ => Box::new(Csv::begin(sink, args.excel)?),
                };
                export.write_told(format.as_mut(), go_on)
            })
        })?,
    };
    remark!(
        "exported {count} results as {}: all that match of what was recorded up to number {until_seq}",
        args.format.name()
    );
    if args.excel {
        remark!(
            "for Excel: texts that it would change or run begin with an apostrophe that is not part of them"
        );
    }
    say_doubt(args, &source.data)
}

/// What is known to be missing.
fn say_doubt(args: &ExportArgs, data: &Path) -> Result<(), Error> {
    let doubt = doubt(data).map_err(storage)?;
    doubt.iter().for_each(|doubt| remark!("but {doubt}"));
    let between_us = (args.from.unwrap_or(i64::MIN), args.to.unwrap_or(i64::MAX));
    gaps(data, between_us, &mut |gap| {
        remark!("and parts may have passed without a result: {gap}");
    })
    .map_err(storage)
}

fn failed(error: ExportError) -> Error {
    let kind = match error {
        ExportError::Unfit(_) => ErrorKind::Settings,
        _ => ErrorKind::Storage,
    };
    Error::new(kind, error)
}

/// What was not written, with the place where it should be.
fn failed_at(error: ExportError, path: &Path) -> Error {
    match error {
        ExportError::Write(error) => {
            let error: Result<(), PathError> = Err(error).at("write", path);
            error.map_or_else(storage, |()| storage("nothing failed"))
        }
        ExportError::Cancelled => {
            remark!("told to end before the export was whole: nothing stands under its name");
            interrupt::end()
        }
        other => failed(other),
    }
}

type Sink<'a> = &'a mut (dyn Write + Send);
type GoOn<'a> = &'a mut dyn FnMut(u64, f64) -> bool;

/// Standard output, a device, or a file that gets its name when it is whole.
fn to_target(
    args: &ExportArgs,
    source: &Source,
    write: impl FnOnce(Sink<'_>, GoOn<'_>) -> Result<u64, ExportError>,
) -> Result<u64, Error> {
    let Some(out) = &args.out else {
        let written = write(&mut BufWriter::new(terminal::output()), &mut |_, _| true);
        return written.map_err(|error| failed_at(error, Path::new("/dev/stdout")));
    };
    to_place(out, &source.data)?;
    if is_device(out) {
        let written = device(out).map_err(ExportError::Write).and_then(|file| {
            let mut sink = BufWriter::new(&file);
            let count = write(&mut sink, &mut |_, _| true)?;
            sink.flush()?;
            drop(sink);
            synced(&file)?;
            Ok(count)
        });
        return written.map_err(|error| failed_at(error, out));
    }
    let path = path_of(args, source, out)?;
    let mut unplaced = Unplaced::default();
    let written = told(|go_on| {
        let file = match path == *out {
            true => unplaced.create(&path),
            false => unplaced.create_own(&path),
        };
        let mut sink = BufWriter::new(file?);
        let count = write(&mut sink, go_on)?;
        sink.flush()?;
        Ok(count)
    });
    let count = match written {
        Ok(count) => count,
        Err(error) => {
            drop(unplaced);
            return Err(failed_at(error, &path));
        }
    };
    for placed in unplaced.place().map_err(storage)? {
        if placed != *out {
            remark!("wrote {}", placed.display());
        }
    }
    Ok(count)
}

/// The file, or one in that folder with a name that says what it is.
fn path_of(args: &ExportArgs, source: &Source, out: &Path) -> Result<PathBuf, Error> {
    if args.folder().is_none() {
        return Ok(out.to_owned());
    }
    folder::made(out, &source.data)?;
    let stem = stem_of(args, source)?;
    Ok(out.join(format!("{stem}.{}", args.format.ending())))
}

fn stem_of(args: &ExportArgs, source: &Source) -> Result<String, Error> {
    let station = source.station.as_deref();
    file_stem(&source.data, station, &args.filter(), &args.zone()).map_err(failed)
}

/// Shows how far it is, and ends it on Ctrl-C.
fn told<T>(write: impl FnOnce(GoOn<'_>) -> Result<T, ExportError>) -> Result<T, ExportError> {
    interrupt::note();
    let mut bar = Bar::new();
    let written = write(&mut |count, share| {
        if bar.is_drawn() {
            bar.draw("exporting", share, &format!("{count} results"));
        }
        !interrupt::is_told_to_end()
    });
    bar.clear();
    written
}

/// Leaves or the checkpoint.
fn signed(args: &ExportArgs, source: &Source) -> Result<(), Error> {
    let mut wrong = None;
    let count = to_target(args, source, |mut sink, _| {
        let written = match args.format {
            Format::Leaves => write_leaves(&source.data, &mut sink),
            _ => write_checkpoint(&source.data, &mut sink),
        };
        written.map_err(|error| match error {
            EvidenceError::Write(error) => ExportError::Write(error),
            other => {
                let said = std::io::Error::other(other.to_string());
                wrong = Some(storage(other));
                ExportError::Write(said)
            }
        })
    });
    if let Some(error) = wrong {
        return Err(error);
    }
    remark!(
        "exported as {}: what is signed of {} leaves",
        args.format.name(),
        count?
    );
    Ok(())
}
