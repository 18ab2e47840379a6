//! Where an export is written: apart from what a station keeps, and under its name only once it is whole.

use crate::error::{Error, ErrorKind};
use crate::path_error::{At, PathError};
use crate::results::copy::MANIFEST;
use std::fs::File;
use std::io::ErrorKind as ErrorKindOfSystem;
use std::path::{Path, PathBuf};

/// Refuses a place among what a station, or a backup, keeps.
pub fn to_place(path: &Path, data: &Path) -> Result<(), Error> {
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

/// Files that are being written. They get their names when all of them are whole and durable; one that broke off, or that
/// nobody waits for any more, must not pass for an export.
#[derive(Default)]
pub struct Unplaced {
    files: Vec<Part>,
}

struct Part {
    part: PathBuf,
    path: PathBuf,
    file: File,
}

impl Unplaced {
    /// A new file that will be called so.
    ///
    /// # Errors
    /// As of the system.
    pub fn create(&mut self, path: &Path) -> std::io::Result<File> {
        let mut part = path.as_os_str().to_owned();
        part.push(format!(".{}.part", std::process::id()));
        let part = PathBuf::from(part);
        // A name that somebody else has is not written over, nor followed.
        let mut options = File::options();
        let file = options
            .read(true)
            .write(true)
            .create_new(true)
            .open(&part)?;
        let writes = file.try_clone();
        self.files.push(Part {
            part,
            path: path.to_owned(),
            file,
        });
        writes
    }

    /// The files that there are.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|file| file.path.clone()).collect()
    }

    /// Gives them their names.
    ///
    /// # Errors
    /// When one cannot be made durable; then none of those that are left has its name.
    pub fn place(mut self) -> Result<(), PathError> {
        for Part { file, path, .. } in &self.files {
            file.sync_all().at("write", path)?;
        }
        for Part { part, path, .. } in self.files.drain(..) {
            let placed = std::fs::rename(&part, &path).and_then(|()| synced_folder_of(&path));
            placed.at("write", &path)?;
        }
        Ok(())
    }
}

impl Drop for Unplaced {
    fn drop(&mut self) {
        for Part { part, .. } in &self.files {
            let _ = std::fs::remove_file(part);
        }
    }
}

fn synced_folder_of(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|path| !path.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// A device or a pipe: no file that could be put in place.
pub fn is_device(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Opens a device or a pipe.
///
/// # Errors
/// As of the system.
pub fn device(path: &Path) -> std::io::Result<File> {
    File::options().write(true).open(path)
}

/// Waits until a device has taken everything, where it can say so.
///
/// # Errors
/// As of the system.
pub fn synced(file: &File) -> std::io::Result<()> {
    match file.sync_all() {
        // Neither a pipe nor a terminal can be made durable.
        Err(error) if error.kind() != ErrorKindOfSystem::InvalidInput => Err(error),
        _ => Ok(()),
    }
}
