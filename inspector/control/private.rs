//! Files that nobody but the station's user reads.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

/// A file that its owner alone reads, whole or not at all.
///
/// # Errors
/// When the disk does not take it: then the former is there.
pub fn write(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    let partial = path.with_extension("tmp");
    // One that was left over might be readable by others.
    match std::fs::remove_file(&partial) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&partial)?;
    owned_as(folder, &file)?;
    // Whatever the umask says.
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&partial, path)?;
    File::open(folder)?.sync_all()
}

/// Whoever runs `inspector account` as root writes for the station's user, whose folder it is.
///
/// # Errors
/// When the system does not let him.
pub fn owned_as(folder: &Path, file: &File) -> io::Result<()> {
    let (of_folder, of_file) = (std::fs::metadata(folder)?, file.metadata()?);
    if of_folder.uid() == of_file.uid() {
        return Ok(());
    }
    fchown(file, Some(of_folder.uid()), Some(of_folder.gid()))
}
