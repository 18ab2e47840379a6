//! The folders of pictures, as long as a station stores into them.

use crate::ports::log::LogError;
use crate::results::open::file_error;
use crate::results::whereabouts::{Identity, Whereabouts};
use crate::station::part::JobId;
use std::fs::File;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// `images` in the data folder, and the job's own folder in it.
pub(super) struct Folders {
    all: Watched,
    /// Made with the first picture.
    of_job: Option<Watched>,
}

struct Watched {
    path: PathBuf,
    identity: Identity,
    /// Kept open, so that the system can tell where it was moved to, and gives its number to no other.
    _open: File,
}

impl Folders {
    pub(super) fn open(data: &Path) -> Result<Self, LogError> {
        let path = data.join("images");
        std::fs::create_dir_all(&path).map_err(|error| file_error(&path, &error))?;
        Ok(Self {
            all: Watched::open(path)?,
            of_job: None,
        })
    }

    /// Whether they are still where the log says that pictures are.
    pub(super) fn check(&self) -> Result<(), LogError> {
        self.all.check()?;
        self.of_job.as_ref().map_or(Ok(()), Watched::check)
    }

    /// The folder of this job is there from now on.
    pub(super) fn begin(&mut self, job: JobId) -> Result<(), LogError> {
        if self.of_job.is_some() {
            return Ok(());
        }
        let path = self.all.path.join(job.0.to_string());
        match std::fs::create_dir(&path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(file_error(&path, &error))
            }
            _ => {
                self.of_job = Some(Watched::open(path)?);
                Ok(())
            }
        }
    }
}

impl Watched {
    fn open(path: PathBuf) -> Result<Self, LogError> {
        let failed = |error: Error| file_error(&path, &error);
        let open = File::open(&path).map_err(failed)?;
        let identity = Identity::of(&open.metadata().map_err(failed)?);
        Ok(Self {
            identity,
            _open: open,
            path,
        })
    }

    fn check(&self) -> Result<(), LogError> {
        let found = match std::fs::metadata(&self.path) {
            Ok(folder) if Identity::of(&folder) == self.identity => return Ok(()),
            Ok(_) => "another".to_owned(),
            Err(error) => error.to_string(),
        };
        let now = match Whereabouts::of(self.identity) {
            Whereabouts::Moved(to) => format!(
                "it was moved to {}. Move it back, and the station goes on by itself",
                to.display()
            ),
            Whereabouts::Deleted(_) | Whereabouts::Unknown => {
                "it was deleted. Put a copy back where there is one, and start the station again"
                    .to_owned()
            }
        };
        Err(LogError::Gone {
            message: format!(
                "{}: expected the folder of pictures, found {found}; {now}",
                self.path.display()
            ),
        })
    }
}
