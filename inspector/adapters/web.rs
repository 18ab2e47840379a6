//! Other computers that are asked over HTTP: how long they may take, and whom an `https` address is believed.

use crate::error::{Error, ErrorKind};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// Where Debian and Ubuntu keep the certificates that the system trusts.
const SYSTEM_CA: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Whether an address is one that can be asked.
pub fn is_address(url: &str) -> bool {
    let host = url.strip_prefix("http://").or(url.strip_prefix("https://"));
    host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'))
}

/// An agent that follows nobody elsewhere and takes every status for an answer. `ca`: PEM with the certificates that vouch for
/// an `https` address, instead of the system's; `setting` is its name.
///
/// # Errors
/// Where the certificates cannot be read.
pub fn agent(
    url: &str,
    timeout: Duration,
    (ca, setting): (Option<&Path>, &str),
) -> Result<ureq::Agent, Error> {
    let mut agent = ureq::Agent::config_builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .max_redirects(0);
    if url.starts_with("https://") {
        let ca = ca.unwrap_or(Path::new(SYSTEM_CA));
        let crypto = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(crypto)
            .root_certs(certificates(ca, setting)?);
        agent = agent.tls_config(tls.build());
    }
    Ok(agent.build().into())
}

fn certificates(file: &Path, setting: &str) -> Result<RootCerts, Error> {
    let wrong = |found: String| {
        let message = format!(
            "{setting}: {}: expected certificates in PEM, {found}",
            file.display()
        );
        Error::new(ErrorKind::Settings, message)
    };
    let bytes =
        std::fs::read(file).map_err(|error| wrong(format!("and it cannot be read: {error}")))?;
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&bytes) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(wrong(format!("found {error}"))),
        }
    }
    if certificates.is_empty() {
        return Err(wrong("found none".to_owned()));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

/// What came instead of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAnswer(pub String);

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for NoAnswer {}

/// What was answered.
pub struct Reply {
    /// The HTTP status of the answer.
    pub status: u16,
    /// The content, undecoded.
    pub body: Vec<u8>,
}

/// One address that is asked, by whoever may wait for it.
pub struct Web {
    agent: ureq::Agent,
    url: String,
}

impl Web {
    /// As [`agent`].
    ///
    /// # Errors
    /// Where the certificates cannot be read.
    pub fn open(url: &str, timeout: Duration, ca: (Option<&Path>, &str)) -> Result<Self, Error> {
        Ok(Self {
            agent: agent(url, timeout, ca)?,
            url: url.to_owned(),
        })
    }

    /// Where it asks.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends this, and waits for the answer, of at most so many bytes.
    ///
    /// # Errors
    /// What came instead.
    pub fn post(&self, content_type: &str, body: &[u8], bytes_max: u64) -> Result<Reply, NoAnswer> {
        let asked = self.agent.post(&self.url).content_type(content_type);
        let mut reply = asked
            .send(body)
            .map_err(|error| NoAnswer(error.to_string()))?;
        let status = reply.status().as_u16();
        let body = reply.body_mut().with_config().limit(bytes_max);
        let body = body
            .read_to_vec()
            .map_err(|error| NoAnswer(error.to_string()))?;
        Ok(Reply { status, body })
    }
}
