//! The token by which programs of the station's own user, such as `inspector support-bundle`, look at the station that
//! runs. It lies in the data folder, which nobody else can read it in, and is another at each start.

use super::Somebody;
use super::TOKEN_PREFIX;
use super::role::Role;
use super::secret::{self, SecretHash};
use crate::control::private;
use crate::ports::journal::STATION;
use std::path::{Path, PathBuf};

fn path(data: &Path) -> PathBuf {
    data.join("station.token")
}

/// Makes it; `None` where the disk or the system's random numbers fail: then these programs are asked for an account.
pub(super) fn make(data: &Path) -> Option<SecretHash> {
    let (token, kept) = secret::make(TOKEN_PREFIX).ok()?;
    private::write(data, &path(data), &token).ok()?;
    Some(kept)
}

/// Whoever has it looks, and changes nothing.
pub(super) fn somebody() -> Somebody {
    Somebody {
        name: STATION.to_owned(),
        role: Role::Viewer,
    }
}

/// The token of the station that runs over this folder, where there is one and it may be read.
pub fn own_token(data: &Path) -> Option<String> {
    std::fs::read_to_string(path(data)).ok()
}
