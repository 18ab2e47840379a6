//! `inspector backup` and `restore`: the result log and its pictures, copied while the station runs, and put back.

use super::load_settings_of;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};

use crate::results::copy::{self, CopyError, Manifest};
use std::path::{Path, PathBuf};

/// Arguments of `inspector backup` and `inspector restore`.
#[derive(clap::Args)]
pub struct CopyArgs {
    /// The folder of the backup: for `backup` empty or not there yet.
    folder: PathBuf,
    /// The station settings.
    #[arg(long, short, default_value = "station.toml")]
    settings: PathBuf,
    /// A data folder instead of the station's.
    #[arg(long, conflicts_with = "settings")]
    data: Option<PathBuf>,
}

impl CopyArgs {
    fn data(&self) -> Result<PathBuf, Error> {
        match &self.data {
            Some(data) => Ok(data.clone()),
            None => Ok(load_settings_of(&self.settings)?.data),
        }
    }
}

/// Copies, and says what the backup holds.
///
/// # Errors
/// When there is no backup; and when there is one, but the log or a picture was wrong already.
pub fn backup(args: &CopyArgs) -> Result<(), Error> {
    let data = args.data()?;
    // The station's threads come first.
    let _ = rustix::process::nice(10);
    let wall = SystemClock.wall();
    let copied = copy::backup(&data, &args.folder, wall).map_err(failed)?;
    print(&args.folder, &copied.manifest);
    if copied.deleted_meanwhile > 0 {
        say!(
            "pictures   {} were deleted meanwhile to keep within the quota",
            copied.deleted_meanwhile
        );
    }
    match copied.problems.is_empty() {
        true => Ok(()),
        false => Err(Error::all(ErrorKind::Verification, copied.problems)),
    }
}

/// Puts a backup into an empty data folder.
///
/// # Errors
/// When the backup is not whole, or something is there already: then nothing is changed.
pub fn restore(args: &CopyArgs) -> Result<(), Error> {
    let data = args.data()?;
    let wall = SystemClock.wall();
    let restored = copy::restore(&args.folder, &data, wall, &actor()).map_err(failed)?;
    print(&data, &restored.manifest);
    Ok(())
}

fn print(folder: &Path, manifest: &Manifest) {
    say!("folder     {}", folder.display());
    say!("made at    {}", manifest.made_at);
    say!("jobs       {}", manifest.jobs);
    say!("results    {}", manifest.results);
    say!(
        "ends with  part {} of job {}{}",
        manifest.last_part_no,
        manifest.last_job,
        match manifest.is_job_open {
            true => ", which was running",
            false => "",
        }
    );
    say!(
        "pictures   {}, {} bytes",
        manifest.pictures,
        manifest.picture_bytes
    );
}

/// Who sits at the terminal, for the audit.
pub(super) fn actor() -> String {
    let user = rustix::process::getuid().as_raw();
    format!("user {user} at the terminal")
}

fn failed(error: CopyError) -> Error {
    let kind = match &error {
        CopyError::NotEmpty { .. } | CopyError::Inside { .. } | CopyError::NoBackup { .. } => {
            ErrorKind::Settings
        }
        CopyError::Broken { .. } => ErrorKind::Verification,
        CopyError::Open(_) | CopyError::Storage(_) | CopyError::NoRoom { .. } => ErrorKind::Storage,
    };
    Error::new(kind, error)
}
