//! `[http]`: where the page is served, under which names, and who may change something there.

use super::super::document::Document;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the page is served, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// The address of this machine.
    pub listen: SocketAddr,
    /// Names, and addresses that are not this machine's own, by which it is asked; in lower case.
    pub hosts: Vec<String>,
    /// Why whoever reaches the page from the network may change the station, without an account.
    pub insecure_because: Option<String>,
    /// After how long without a request whoever is logged in is not any more.
    pub session_idle: Duration,
    /// After how long since the log-in, whatever is asked.
    pub session_max: Duration,
    /// Whether nobody on the way can read or change what is sent.
    pub tls: TlsSettings,
}

/// With which certificate the page is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsSettings {
    /// It is served without TLS.
    Off,
    /// With one that the station makes.
    Made,
    /// With one that was got elsewhere.
    Own {
        /// PEM: the station's own, then those that vouch for it.
        certificate: PathBuf,
        /// PEM: its private key.
        key: PathBuf,
    },
}

impl HttpSettings {
    /// What addresses of the page begin with.
    pub fn scheme(&self) -> &'static str {
        match self.tls {
            TlsSettings::Off => "http",
            TlsSettings::Made | TlsSettings::Own { .. } => "https",
        }
    }
}

/// How long a session may be said to last, in seconds: a minute to a week.
const SESSION_S: RangeInclusive<u64> = 60..=604_800;
/// Characters of a reason.
const REASON_MAX: usize = 200;
/// Characters of a name in the domain name system, RFC 1035.
const HOST_MAX: usize = 253;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawHttp {
    listen: SocketAddr,
    hosts: Vec<String>,
    insecure_because: Option<String>,
    session_idle_s: u64,
    session_s_max: u64,
    tls: Option<bool>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
}

impl Default for RawHttp {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            hosts: Vec::new(),
            insecure_because: None,
            session_idle_s: 1_800,
            session_s_max: 43_200,
            tls: None,
            tls_cert: None,
            tls_key: None,
        }
    }
}

pub(super) fn checked(document: &mut Document<'_>, folder: &Path) -> HttpSettings {
    let raw: RawHttp = document.section_or_default("http").unwrap_or_default();
    for host in raw.hosts.iter().filter(|host| !is_host(host)) {
        let message = format!(
            "http.hosts: expected a name or an address without scheme, port or path, as \"station3.local\"; \
             found {host:?}"
        );
        document.problem(None, message);
    }
    if let Some(reason) = &raw.insecure_because
        && !is_reason(reason)
    {
        let message = format!(
            "http.insecure_because: expected why everybody in the network may change this station, in 1 to \
             {REASON_MAX} characters; every page shows it. Found {reason:?}"
        );
        document.problem(None, message);
    }
    let (idle, most) = (raw.session_idle_s, raw.session_s_max);
    for (name, found) in [("session_idle_s", idle), ("session_s_max", most)] {
        if !SESSION_S.contains(&found) {
            let message = format!(
                "http.{name}: expected {} to {} seconds, found {found}",
                SESSION_S.start(),
                SESSION_S.end()
            );
            document.problem(None, message);
        }
    }
    if idle > most {
        let message = format!(
            "http.session_idle_s: expected at most http.session_s_max, which is {most}; found {idle}"
        );
        document.problem(None, message);
    }
    let tls = checked_tls(document, (raw.tls, raw.tls_cert, raw.tls_key), folder);
    HttpSettings {
        tls,
        listen: raw.listen,
        hosts: raw.hosts.iter().map(|host| host.to_lowercase()).collect(),
        insecure_because: raw.insecure_because.map(|reason| reason.trim().to_owned()),
        session_idle: Duration::from_secs(idle),
        session_max: Duration::from_secs(most),
    }
}

fn checked_tls(
    document: &mut Document<'_>,
    raw: (Option<bool>, Option<PathBuf>, Option<PathBuf>),
    folder: &Path,
) -> TlsSettings {
    match raw {
        (None | Some(true), Some(certificate), Some(key)) => TlsSettings::Own {
            certificate: folder.join(certificate),
            key: folder.join(key),
        },
        (Some(true), None, None) => TlsSettings::Made,
        (None | Some(false), None, None) => TlsSettings::Off,
        (Some(false), ..) => {
            let message = "http.tls: expected true, or left out, beside http.tls_cert and http.tls_key; found false";
            document.problem(None, message.to_owned());
            TlsSettings::Off
        }
        (_, certificate, _) => {
            let (found, missing) = match certificate {
                Some(_) => ("tls_cert", "tls_key"),
                None => ("tls_key", "tls_cert"),
            };
            let message = format!(
                "http.{missing}: expected a file in PEM beside http.{found}, found none; with http.tls = true alone the \
                 station makes both"
            );
            document.problem(None, message);
            TlsSettings::Off
        }
    }
}

fn is_host(text: &str) -> bool {
    let of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let is_name = (1..=HOST_MAX).contains(&text.len()) && text.chars().all(of_name);
    is_name || text.parse::<IpAddr>().is_ok()
}

fn is_reason(text: &str) -> bool {
    let length = text.trim().chars().count();
    (1..=REASON_MAX).contains(&length) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<HttpSettings, String> {
        let mut document = Document::parse(Path::new("station.toml"), text).expect("TOML");
        let read = checked(&mut document, Path::new("/line"));
        let problems = document.finish(&["http"]);
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        if said.is_empty() {
            Ok(read)
        } else {
            Err(said.join("\n"))
        }
    }

    #[test]
    fn a_station_listens_to_its_own_machine_unless_told_otherwise() {
        let read = read("").expect("a default");
        assert!(read.listen.ip().is_loopback());
        assert_eq!((read.hosts.len(), read.insecure_because), (0, None));
    }

    #[test]
    fn tls_is_off_made_here_or_of_files_beside_the_settings() {
        let tls = |text: &str| read(&format!("[http]\n{text}\n")).map(|read| read.tls);
        assert_eq!(tls(""), Ok(TlsSettings::Off));
        assert_eq!(tls("tls = false"), Ok(TlsSettings::Off));
        assert_eq!(tls("tls = true"), Ok(TlsSettings::Made));
        let own = TlsSettings::Own {
            certificate: PathBuf::from("/line/a.pem"),
            key: PathBuf::from("/etc/b.pem"),
        };
        let files = "tls_cert = \"a.pem\"\ntls_key = \"/etc/b.pem\"";
        assert_eq!(tls(files), Ok(own.clone()));
        assert_eq!(tls(&format!("tls = true\n{files}")), Ok(own));
        for (text, named) in [
            (format!("tls = false\n{files}"), "http.tls:"),
            ("tls_cert = \"a.pem\"".to_owned(), "http.tls_key"),
            ("tls_key = \"a.pem\"".to_owned(), "http.tls_cert"),
        ] {
            let said = tls(&text).expect_err(named);
            assert!(said.contains(named), "{said}");
        }
    }

    #[test]
    fn a_reason_says_something_and_a_host_is_one() {
        let good = "[http]\nhosts = [\"Station3.local\", \"10.0.0.5\", \"fd00::1\"]\n\
            insecure_because = \" a network of its own \"\n";
        let good = read(good).expect("good");
        assert_eq!(good.hosts, ["station3.local", "10.0.0.5", "fd00::1"]);
        assert_eq!(
            good.insecure_because.as_deref(),
            Some("a network of its own")
        );
        for (bad, named) in [
            ("insecure_because = \"\"", "insecure_because"),
            ("insecure_because = \"  \"", "insecure_because"),
            ("insecure_because = true", "insecure_because"),
            ("insecure_becouse = \"x\"", "insecure_becouse"),
            ("hosts = [\"http://station\"]", "http://station"),
            ("hosts = [\"station:8080\"]", "station:8080"),
            ("hosts = [\"\"]", "hosts"),
            ("session_idle_s = 59", "session_idle_s"),
            ("session_s_max = 604801", "session_s_max"),
            ("session_idle_s = 43201", "at most http.session_s_max"),
        ] {
            let said = read(&format!("[http]\n{bad}\n")).expect_err(bad);
            assert!(said.contains(named), "{said}");
        }
        let long = "x".repeat(REASON_MAX + 1);
        let said = read(&format!("[http]\ninsecure_because = \"{long}\"\n"));
        assert!(said.is_err());
    }
}
