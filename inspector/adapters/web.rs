//! Other computers that are asked over HTTP: how long they may take, whom an `https` address is believed, and through which
//! proxy. None is taken from the environment: a variable that somebody set for another program would send questions about
//! parts elsewhere, or make the station wait.

mod shown;

pub use self::shown::{LEFT_OUT, is_secret, shown, shown_in};

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
    let Ok(uri) = url.parse::<ureq::http::Uri>() else {
        return false;
    };
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    is_http && uri.host().is_some_and(|host| !host.is_empty())
}

/// How somebody is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// How long an answer may take.
    pub timeout: Duration,
    /// PEM with the certificates that vouch for an `https` address, instead of the system's, and the name of its setting.
    pub ca: (Option<&'a Path>, &'a str),
    /// The proxy that stands between, and the name of its setting.
    pub proxy: (Option<&'a str>, &'a str),
}

/// An agent that follows nobody elsewhere and takes every status for an answer.
///
/// # Errors
/// Where the certificates cannot be read, or the proxy is none.
pub fn agent(url: &str, asking: Asking<'_>) -> Result<ureq::Agent, Error> {
    let Asking { timeout, ca, proxy } = asking;
    let mut agent = ureq::Agent::config_builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(match proxy {
            (None, _) => None,
            (Some(url), setting) => Some(through(url, setting)?),
        });
    if url.starts_with("https://") {
        let (ca, setting) = ca;
        let ca = ca.unwrap_or(Path::new(SYSTEM_CA));
        let crypto = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(crypto)
            .root_certs(certificates(ca, setting)?);
        agent = agent.tls_config(tls.build());
    }
    Ok(agent.build().into())
}

fn through(url: &str, setting: &str) -> Result<ureq::Proxy, Error> {
    let proxy = ureq::Proxy::new(url).ok().filter(|_| is_address(url));
    proxy.ok_or_else(|| {
        let message = format!(
            "{setting}: expected the address of a proxy, as \"http://proxy.example:3128\", found {:?}",
            shown(url)
        );
        Error::new(ErrorKind::Settings, message)
    })
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
    /// Where the certificates cannot be read, or the proxy is none.
    pub fn open(url: &str, asking: Asking<'_>) -> Result<Self, Error> {
        Ok(Self {
            agent: agent(url, asking)?,
            url: url.to_owned(),
        })
    }

    /// Where it asks, as it may be shown.
    pub fn shown(&self) -> String {
        shown(&self.url)
    }

    /// Sends this, and waits for the answer, of at most so many bytes.
    ///
    /// # Errors
    /// What came instead.
    pub fn post(&self, content_type: &str, body: &[u8], bytes_max: u64) -> Result<Reply, NoAnswer> {
        let failed = |error: ureq::Error| NoAnswer(shown_in(&error.to_string(), &self.url));
        let asked = self.agent.post(&self.url).content_type(content_type);
        let mut reply = asked.send(body).map_err(failed)?;
        let status = reply.status().as_u16();
        let body = reply.body_mut().with_config().limit(bytes_max);
        let body = body.read_to_vec().map_err(failed)?;
        Ok(Reply { status, body })
    }
}
