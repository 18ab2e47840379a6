//! `[proof]`: who else vouches for the log.

use super::super::document::Document;
use crate::adapters::web::is_address;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Who else vouches for the log; nobody by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProofSettings {
    /// Whose clock confirms when a checkpoint was there (RFC 3161).
    pub timestamp: Option<TimestampSettings>,
    /// Who cosigns what the log grows by (c2sp.org/tlog-witness).
    pub witnesses: Vec<WitnessSettings>,
    /// PEM with the certificates that vouch for `https` addresses, instead of the system's.
    pub ca: Option<PathBuf>,
}

/// A time-stamp server, and how often it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampSettings {
    /// Where it is asked, over HTTP.
    pub url: String,
    /// It is asked at most so often, but for the ends of shifts and jobs.
    pub every: Duration,
}

/// One table `[[proof.witness]]`: a witness that cosigns what the log grows by.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessSettings {
    /// The address before `/add-checkpoint`.
    pub url: String,
    /// The witness's verifier key, as it prints it.
    pub key: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProof {
    timestamp_url: Option<String>,
    timestamp_every_min: Option<u64>,
    ca: Option<PathBuf>,
    #[serde(default)]
    witness: Vec<WitnessSettings>,
}

const EVERY_MIN: u64 = 60;
const EVERY_MIN_MAX: u64 = 10_080;

/// The section, as far as it could be read: every mistake has been told.
pub(super) fn checked(document: &mut Document<'_>, folder: &Path) -> ProofSettings {
    let raw: RawProof = document.section_or_default("proof").unwrap_or_default();
    let every_min = raw.timestamp_every_min.unwrap_or(EVERY_MIN);
    if !(1..=EVERY_MIN_MAX).contains(&every_min) {
        document.problem(
            None,
            format!("proof.timestamp_every_min: expected 1 to {EVERY_MIN_MAX}, found {every_min}"),
        );
    }
    let url = raw.timestamp_url;
    if let Some(url) = url.as_ref().filter(|url| !is_address(url)) {
        document.problem(
            None,
            format!(
                "proof.timestamp_url: expected an address as \"http://timestamp.example/tsa\", found {url:?}"
            ),
        );
    }
    for witness in raw.witness.iter().filter(|one| !is_address(&one.url)) {
        let found = &witness.url;
        document.problem(
            None,
            format!("proof.witness.url: expected an address as \"https://witness.example\", found {found:?}"),
        );
    }
    ProofSettings {
        witnesses: raw.witness,
        timestamp: url.map(|url| TimestampSettings {
            url,
            every: Duration::from_secs(every_min * 60),
        }),
        ca: raw.ca.map(|ca| folder.join(ca)),
    }
}
