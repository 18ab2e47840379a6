//! The folder of all pictures, as long as a station stores into it.

use crate::ports::log::LogError;
use crate::results::open::file_error;
use crate::results::whereabouts::{Identity, Whereabouts};
use std::fs::File;
use std::io::Error;
use std::path::{Path, PathBuf};

/// `images` in the data folder.
pub(super) struct Folder {
    path: PathBuf,
    identity: Identity,
    /// Kept open, so that the system can tell where it was moved to, and gives its number to no other.
    _open: File,
}

impl Folder {
    /// Made where it is not there.
    pub(super) fn open(data: &Path) -> Result<Self, LogError> {
        let path = data.join("images");
        let failed = |error: Error| file_error(&path, &error);
        std::fs::create_dir_all(&path).map_err(failed)?;
        let open = File::open(&path).map_err(failed)?;
        let identity = Identity::of(&open.metadata().map_err(failed)?);
        Ok(Self {
            path,
            identity,
            _open: open,
        })
    }

    /// Whether it is still where the log says that pictures are.
    pub(super) fn check(&self) -> Result<(), LogError> {
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
