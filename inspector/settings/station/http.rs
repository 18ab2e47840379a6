//! `[http]`: where the page is served, under which names, and who may change something there.

use super::super::document::Document;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};

/// Where the page is served, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// The address of this machine.
    pub listen: SocketAddr,
    /// Names, and addresses that are not this machine's own, by which it is asked; in lower case.
    pub hosts: Vec<String>,
    /// Why whoever reaches the page from the network may change the station, without an account.
    pub insecure_because: Option<String>,
}

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
}

impl Default for RawHttp {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            hosts: Vec::new(),
            insecure_because: None,
        }
    }
}

pub(super) fn checked(document: &mut Document<'_>) -> HttpSettings {
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
    HttpSettings {
        listen: raw.listen,
        hosts: raw.hosts.iter().map(|host| host.to_lowercase()).collect(),
        insecure_because: raw.insecure_because.map(|reason| reason.trim().to_owned()),
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
    use std::path::Path;

    fn read(text: &str) -> Result<HttpSettings, String> {
        let mut document = Document::parse(Path::new("station.toml"), text).expect("TOML");
        let read = checked(&mut document);
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
        ] {
            let said = read(&format!("[http]\n{bad}\n")).expect_err(bad);
            assert!(said.contains(named), "{said}");
        }
        let long = "x".repeat(REASON_MAX + 1);
        let said = read(&format!("[http]\ninsecure_because = \"{long}\"\n"));
        assert!(said.is_err());
    }
}
