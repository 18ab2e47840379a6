//! An audit pack as one file, for mail.

use crate::cli::interrupt;
use crate::export::ExportError;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Whether a name asks for one.
pub fn is_wanted(out: &Path) -> bool {
    out.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}

/// Puts all files of a folder into it, by their paths below the folder.
///
/// # Errors
/// When one cannot be read or the file takes no more; `Cancelled` on Ctrl-C.
pub fn write(folder: &Path, file: File) -> Result<(), ExportError> {
    let mut zip = ZipWriter::new(BufWriter::new(file));
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let entries = std::fs::read_dir(next)?.map(|entry| Ok(entry?.path()));
        let mut paths = entries.collect::<std::io::Result<Vec<PathBuf>>>()?;
        paths.sort();
        for path in paths {
            if interrupt::is_told_to_end() {
                return Err(ExportError::Cancelled);
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap_or(&path);
            zip.start_file(name.to_string_lossy(), SimpleFileOptions::default())
                .map_err(std::io::Error::from)?;
            std::io::copy(&mut File::open(&path)?, &mut zip)?;
        }
    }
    let mut sink = zip.finish().map_err(std::io::Error::from)?;
    Ok(sink.flush()?)
}
