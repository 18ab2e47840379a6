//! Which file a name stands for, and what became of one that this process has open.

use std::fs::Metadata;
use std::os::linux::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Which file it is, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    pub(super) fn of(file: &Metadata) -> Self {
        Self {
            device: file.st_dev(),
            inode: file.st_ino(),
        }
    }

    /// The number under which this process has it open.
    pub(super) fn descriptor(self) -> Option<i32> {
        let open = std::fs::read_dir("/proc/self/fd").ok()?;
        let mut links = open.flatten().map(|entry| entry.path());
        let link = links.find(|link| self.is_at(link))?;
        link.file_name()?.to_str()?.parse().ok()
    }

    fn is_at(self, path: &Path) -> bool {
        std::fs::metadata(path).is_ok_and(|file| Self::of(&file) == self)
    }
}

/// What became of a file, or of a folder, that this process has open.
pub(super) enum Whereabouts {
    /// It has this name now.
    Moved(PathBuf),
    /// It has none, and ends with this process. How it can be read until then.
    Deleted(PathBuf),
    /// The system does not say.
    Unknown,
}

impl Whereabouts {
    pub(super) fn of(identity: Identity) -> Self {
        let open = std::fs::read_dir("/proc/self/fd").into_iter().flatten();
        for entry in open.flatten() {
            let link = entry.path();
            if !identity.is_at(&link) {
                continue;
            }
            let Ok(name) = std::fs::read_link(&link) else {
                continue;
            };
            if identity.is_at(&name) {
                return Self::Moved(name);
            }
            let link = link.file_name().unwrap_or_default();
            let process = Path::new("/proc").join(std::process::id().to_string());
            return Self::Deleted(process.join("fd").join(link));
        }
        Self::Unknown
    }
}
