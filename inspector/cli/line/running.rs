//! What a station that runs says of its line.

use super::super::asking::asked;
use crate::error::{Error, ErrorKind};
use crate::settings::StationSettings;
use serde_json::Value;
use std::net::SocketAddr;

/// `/api/line` of the station that is served there.
///
/// # Errors
/// Where it does not answer.
pub(super) fn line(settings: &StationSettings, listen: SocketAddr) -> Result<Value, Error> {
    let told = asked(settings, listen, "/api/line").map_err(|error| {
        let message = format!(
            "a station runs on these settings, and does not answer at {listen}: {error}; --listen says where it serves its page"
        );
        Error::new(ErrorKind::Network, message)
    })?;
    serde_json::from_slice(&told).map_err(|error| {
        let message = format!("{listen}/api/line: expected JSON: {error}");
        Error::new(ErrorKind::Network, message)
    })
}
