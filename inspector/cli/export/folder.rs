//! Exports of many files: each day's, or each style's.

#[cfg(feature = "parquet")]
use super::Format;
use super::whole::{Unplaced, to_place};
use super::{ExportArgs, Source, failed_at, stem_of, storage, told};
use crate::error::Error;
use crate::export::name::safe;
#[cfg(feature = "parquet")]
use crate::export::name::{scope, station_of};
#[cfg(feature = "parquet")]
use crate::export::parquet::Parquet;
use crate::export::qdas::Qdas;
use crate::export::{self, Export, ExportError};
use crate::path_error::{At, PathError};
#[cfg(feature = "parquet")]
use crate::results::reader::Reader;
use std::cell::RefCell;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Makes the folder, where it may be.
pub fn made(out: &Path, data: &Path) -> Result<(), Error> {
    // Before it is there, its parent says where it would be.
    to_place(out, data)?;
    std::fs::create_dir_all(out)
        .at("make", out)
        .map_err(|error: PathError| storage(error))?;
    to_place(&out.join("file"), data)
}

/// Writes them all. None has its name before the last is whole.
pub fn write(args: &ExportArgs, source: &Source, out: &Path, export: Export) -> Result<u64, Error> {
    made(out, &source.data)?;
    #[cfg(feature = "parquet")]
    let station = {
        let reader = Reader::open(&source.data).map_err(storage)?;
        station_of(&reader, source.station.as_deref()).map_err(storage)?
    };
    let stem = stem_of(args, source)?;
    #[cfg(feature = "parquet")]
    let scope = scope(&args.filter());
    let unplaced = RefCell::new(Unplaced::default());
    let create = |name: String| -> Result<BufWriter<File>, ExportError> {
        let mut unplaced = unplaced.borrow_mut();
        Ok(BufWriter::new(unplaced.create_own(&out.join(name))?))
    };
    let written = told(|go_on| {
        let mut format: Box<dyn export::Format + '_> = match args.format {
            #[cfg(feature = "parquet")]
            Format::Parquet => Box::new(Parquet::begin(Box::new(|day, kind, n| {
                create(match n {
                    1 => format!("{station}_{day}_{kind}{scope}.parquet"),
                    n => format!("{station}_{day}_{kind}{scope}_{n}.parquet"),
                })
            }))),
            _ => Box::new(Qdas::begin(Box::new(|style| {
                let style = style.map_or("no-style".to_owned(), safe);
                let file = create(match args.style.is_some() {
                    true => format!("{stem}.dfq"),
                    false => format!("{stem}_{style}.dfq"),
                })?;
                Ok(Box::new(file) as Box<dyn Write>)
            }))),
        };
        export.write_told(format.as_mut(), go_on)
    });
    let unplaced = unplaced.into_inner();
    let count = match written {
        Ok(count) => count,
        Err(error) => {
            drop(unplaced);
            return Err(failed_at(error, out));
        }
    };
    let files = unplaced.place().map_err(storage)?;
    files
        .iter()
        .for_each(|file| remark!("wrote {}", file.display()));
    if files.is_empty() {
        remark!("nothing matches: no file was written");
    }
    Ok(count)
}
