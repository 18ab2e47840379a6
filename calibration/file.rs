//! Files that are whole or not there.

use crate::configuration_error::ConfigurationError;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::Path;

/// Files of a camera's configuration are no larger than this.
const BYTES_MAX: u64 = 256 << 20;

pub(crate) fn failed(path: &Path, error: std::io::Error) -> ConfigurationError {
    ConfigurationError::File {
        path: path.to_owned(),
        error,
    }
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, ConfigurationError> {
    let length = fs::metadata(path)
        .map_err(|error| failed(path, error))?
        .len();
    if length > BYTES_MAX {
        return Err(ConfigurationError::Content {
            message: format!("{}: {length} bytes, at most {BYTES_MAX}", path.display()),
        });
    }
    fs::read(path).map_err(|error| failed(path, error))
}

/// Whole and on the disk, or not at all.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), ConfigurationError> {
    let half = path.with_extension("partial");
    let written = fs::File::create(&half).and_then(|mut out| {
        out.write_all(bytes)?;
        out.sync_all()
    });
    let moved = written.and_then(|()| {
        fs::rename(&half, path)?;
        fs::File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
    });
    moved.map_err(|error| {
        // The half file is of no use; what matters is the first error.
        let _ = fs::remove_file(&half);
        failed(path, error)
    })
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
