//! `[proof]`: who else vouches for the log.

use super::super::document::Document;
use crate::adapters::web::{is_address, shown};
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
    /// The address of a proxy that stands between.
    pub proxy: Option<String>,
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
    /// The address of a proxy that stands between.
    pub proxy: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProof {
    timestamp_url: Option<String>,
    timestamp_every_min: Option<u64>,
    timestamp_proxy: Option<String>,
    ca: Option<PathBuf>,
    #[serde(default)]
    witness: Vec<WitnessSettings>,
}

const EVERY_MIN: u64 = 60;
const EVERY_MIN_MAX: u64 = 10_080;

/// The section, as far as it could be read: every mistake has been told.
pub(super) fn checked(document: &mut Document<'_>, folder: &Path) -> ProofSettings {
    let raw: RawProof = document.section_or_default("proof").unwrap_or_default();
    problems(&raw)
        .into_iter()
        .for_each(|problem| document.problem(None, problem));
    let every_min = raw.timestamp_every_min.unwrap_or(EVERY_MIN);
    ProofSettings {
        timestamp: raw.timestamp_url.map(|url| TimestampSettings {
            url,
            proxy: raw.timestamp_proxy,
            every: Duration::from_secs(every_min.clamp(1, EVERY_MIN_MAX) * 60),
        }),
        witnesses: raw.witness,
        ca: raw.ca.map(|ca| folder.join(ca)),
    }
}

fn problems(raw: &RawProof) -> Vec<String> {
    let mut problems = Vec::new();
    let every_min = raw.timestamp_every_min.unwrap_or(EVERY_MIN);
    if !(1..=EVERY_MIN_MAX).contains(&every_min) {
        problems.push(format!(
            "proof.timestamp_every_min: expected 1 to {EVERY_MIN_MAX}, found {every_min}"
        ));
    }
    // What says nothing without an address was meant to have one.
    let has_url = raw.timestamp_url.is_some();
    let of_server = [
        ("timestamp_every_min", raw.timestamp_every_min.is_some()),
        ("timestamp_proxy", raw.timestamp_proxy.is_some()),
    ];
    for (name, _) in of_server
        .into_iter()
        .filter(|(_, is_set)| *is_set && !has_url)
    {
        problems.push(format!(
            "proof.{name}: expected proof.timestamp_url beside it, found none: nobody is asked for a stamp"
        ));
    }
    if raw.ca.is_some() && !has_url && raw.witness.is_empty() {
        problems.push(
            "proof.ca: expected proof.timestamp_url or [[proof.witness]] beside it, found neither: nobody is asked".to_owned(),
        );
    }
    let witnesses = raw.witness.iter();
    let urls = witnesses.map(|witness| ("witness.url", "https://witness.example", &witness.url));
    let proxies = raw
        .witness
        .iter()
        .filter_map(|witness| witness.proxy.as_ref());
    let proxies = proxies.map(|proxy| ("witness.proxy", "http://proxy.example:3128", proxy));
    let server = raw.timestamp_url.iter();
    let server = server.map(|url| ("timestamp_url", "http://timestamp.example/tsa", url));
    let proxy = raw.timestamp_proxy.iter();
    let proxy = proxy.map(|proxy| ("timestamp_proxy", "http://proxy.example:3128", proxy));
    let all = server.chain(proxy).chain(urls).chain(proxies);
    for (name, example, found) in all.filter(|(_, _, found)| !is_address(found)) {
        let found = shown(found);
        problems.push(format!(
            "proof.{name}: expected an address as {example:?}, found {found:?}"
        ));
    }
    problems
}
