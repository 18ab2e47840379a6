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
    /// Whether the name is the program's own, so that it replaces nothing.
    is_own: bool,
}

/// The name that something has until it is whole. It is of nobody else: neither of another process, nor of one that was
/// killed and had the same number.
pub fn unfinished(path: &Path) -> PathBuf {
    let mut part = path.components().collect::<PathBuf>().into_os_string();
    part.push(format!(".{:016x}.part", fastrand::u64(..)));
    PathBuf::from(part)
}

impl Unplaced {
    /// A new file that will be called so, as the user said: one of this name is replaced.
    ///
    /// # Errors
    /// As of the system.
    pub fn create(&mut self, path: &Path) -> std::io::Result<File> {
        self.begin(path.to_owned(), false)
    }

    /// A new file with a name that the program made: with `_2`, `_3`, … where there is one already.
    ///
    /// # Errors
    /// As of the system.
    pub fn create_own(&mut self, path: &Path) -> std::io::Result<File> {
        let path = free(path, |path| self.files.iter().any(|file| file.path == path));
        self.begin(path, true)
    }

    fn begin(&mut self, path: PathBuf, is_own: bool) -> std::io::Result<File> {
        let part = unfinished(&path);
        // A name that somebody else has is not written over, nor followed.
        let mut options = File::options();
        let file = options
            .read(true)
            .write(true)
            .create_new(true)
            .open(&part)?;
        self.files.push(Part { part, path, is_own });
        Ok(file)
    }

    /// Gives them their names, and says them.
    ///
    /// # Errors
    /// When one cannot be made durable; then none of those that are left has its name.
    pub fn place(mut self) -> Result<Vec<PathBuf>, PathError> {
        // Only names are kept, not open files: there may be thousands of days.
        for Part { part, path, .. } in &self.files {
            File::open(part)
                .and_then(|file| file.sync_all())
                .at("write", path)?;
        }
        let mut placed = Vec::new();
        self.files.reverse();
        while let Some(Part { part, path, is_own }) = self.files.last() {
            let path = match is_own {
                true => placed_own(part, path)?,
                false => {
                    std::fs::rename(part, path).at("write", path)?;
                    path.clone()
                }
            };
            self.files.pop();
            synced_folder_of(&path).at("write", &path)?;
            placed.push(path);
        }
        Ok(placed)
    }
}

/// Gives a file the path, or the first beside it that is free at that moment: another export may take one meanwhile.
fn placed_own(part: &Path, path: &Path) -> Result<PathBuf, PathError> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    loop {
        let free = free(path, |_| false);
        let renamed = match renameat_with(CWD, part, CWD, &free, RenameFlags::NOREPLACE) {
            Err(Errno::EXIST) => continue,
            // A file system that cannot, as some of the network.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => std::fs::rename(part, &free),
            renamed => renamed.map_err(std::io::Error::from),
        };
        renamed.at("write", &free)?;
        return Ok(free);
    }
}

/// The path, or the first beside it that neither is there nor is taken.
fn free(path: &Path, is_taken: impl Fn(&Path) -> bool) -> PathBuf {
    let ending = path.extension().unwrap_or_default();
    let stem = path.file_stem().unwrap_or_default();
    let mut free = path.to_owned();
    for n in 2.. {
        if !is_taken(&free) && free.symlink_metadata().is_err() {
            break;
        }
        let mut name = stem.to_owned();
        name.push(format!("_{n}."));
        name.push(ending);
        free.set_file_name(name);
    }
    free
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
