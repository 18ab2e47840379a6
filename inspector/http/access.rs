//! From where may be asked, and from where something may be changed. Who may is said in `rights`.
//!
//! A page from elsewhere that a browser shows can send requests to this station too. What it cannot do is name it: its
//! requests carry where they come from (`Origin`, `Sec-Fetch-Site`), or, where its own name was pointed here (DNS
//! rebinding), that name as the host.

use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Uri, header};
use std::net::IpAddr;

const COOKIE: &str = "inspector_session";
const HOST_COOKIE: &str = "__Host-inspector_session";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// How the station is asked, and why the network may change it.
#[derive(Clone, Debug)]
pub struct Access {
    is_loopback: bool,
    has_tls: bool,
    hosts: Vec<String>,
    insecure_because: Option<String>,
}

impl Access {
    /// `is_loopback` says that only this machine can ask. `hosts` are names in lower case by which it is asked.
    pub const fn new(
        (is_loopback, has_tls): (bool, bool),
        hosts: Vec<String>,
        insecure_because: Option<String>,
    ) -> Self {
        Self {
            is_loopback,
            has_tls,
            hosts,
            insecure_because,
        }
    }

    /// Whether nothing can be changed over the network. A station that would be so does not start.
    pub const fn is_read_only(&self) -> bool {
        !self.is_loopback && !self.has_tls && self.insecure_because.is_none()
    }

    /// The name of a session's cookie. With TLS a browser takes the one with the prefix from this station alone, and
    /// sends it nowhere else (RFC 6265bis, 4.1.3.2).
    pub const fn cookie(&self) -> &'static str {
        if self.has_tls { HOST_COOKIE } else { COOKIE }
    }

    /// Whether nobody on the way can read or change what is sent.
    pub const fn has_tls(&self) -> bool {
        self.has_tls
    }

    /// Why whoever asks may change things without an account, as the settings say.
    pub fn insecure_because(&self) -> Option<&str> {
        self.insecure_because.as_deref()
    }

    /// Why a change is refused, whoever asks; `None` when changes are taken.
    pub fn refusal(&self) -> Option<&'static str> {
        self.is_read_only().then_some(
            "this station is read-only over the network, because it has no TLS: whoever reaches its address \
             could change what it rejects. Change it at the station itself, with http.listen at an address of this PC \
             alone (127.0.0.1); or say in station.toml why the network may change it: [http] insecure_because = \"…\"",
        )
    }

    /// Whether the request names this machine: by the address that it came to, or as the settings say. A request that
    /// changes something has to.
    ///
    /// # Errors
    /// What was expected and found.
    pub fn check_host(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        here: IpAddr,
        is_change: bool,
    ) -> Result<(), String> {
        let mut named = headers.get_all(header::HOST).iter();
        let host = match (named.next(), named.next()) {
            (Some(_), Some(_)) => return Err("expected one host, found several".to_owned()),
            (Some(host), None) => Some(host.as_bytes()),
            (None, _) => None,
        };
        let host = host.map(|host| String::from_utf8_lossy(host).into_owned());
        let in_target = uri.authority().map(|authority| authority.to_string());
        let all: Vec<String> = host.into_iter().chain(in_target).collect();
        if all.is_empty() && is_change {
            return Err("expected a host, found none".to_owned());
        }
        for host in all {
            if !self.is_known(&host, here) {
                return Err(format!(
                    "expected a request to this machine by the address {here}{}; found {host:?}. A name by which the \
                     network asks stands in station.toml: [http] hosts = [\"…\"]",
                    if self.is_loopback {
                        " or as localhost"
                    } else {
                        ""
                    }
                ));
            }
        }
        Ok(())
    }

    fn is_known(&self, host: &str, here: IpAddr) -> bool {
        let Some((name, _)) = name_and_port(host) else {
            return false;
        };
        let here = here.to_canonical();
        let is_here = match address(&name) {
            Some(address) => address.to_canonical() == here,
            None => name == "localhost" && here.is_loopback(),
        };
        is_here || self.hosts.contains(&name)
    }
}

/// Whether a request that changes something comes from a page of this station, or from no page at all.
///
/// With TLS, a page that came without it is another's.
///
/// # Errors
/// What was expected and found.
pub fn check_origin(headers: &HeaderMap, has_tls: bool) -> Result<(), String> {
    let site = headers.get_all(SEC_FETCH_SITE).iter();
    for site in site.map(|site| String::from_utf8_lossy(site.as_bytes())) {
        if site != "same-origin" && site != "none" {
            return Err(format!(
                "expected a request from this station's own page, found one from another site ({site})"
            ));
        }
    }
    let host = headers.get(header::HOST).map(|host| host.as_bytes());
    let host = host.map_or(String::new(), |host| {
        String::from_utf8_lossy(host).into_owned()
    });
    for origin in headers.get_all(header::ORIGIN) {
        let origin = String::from_utf8_lossy(origin.as_bytes());
        if !is_same(&origin, &host, has_tls) {
            return Err(format!(
                "expected a request from this station's own page at {host}, found one from {origin:?}"
            ));
        }
    }
    Ok(())
}

/// Whether a page of this origin was served under this host: scheme, host and port as in RFC 6454.
fn is_same(origin: &str, host: &str, has_tls: bool) -> bool {
    let (default_port, rest) = match origin.split_once("://") {
        Some(("http", rest)) if !has_tls => (80, rest),
        Some(("https", rest)) => (443, rest),
        _ => return false,
    };
    let named = name_and_port(rest).zip(name_and_port(host));
    named.is_some_and(|((from, from_port), (to, to_port))| {
        from == to && from_port.unwrap_or(default_port) == to_port.unwrap_or(default_port)
    })
}

/// In lower case, an IPv6 address without its brackets. `None` for what is no authority, or names a user.
fn name_and_port(host: &str) -> Option<(String, Option<u16>)> {
    let authority: Authority = host.parse().ok()?;
    if host.contains('@') {
        return None;
    }
    let name = authority.host().to_lowercase();
    let name = name
        .strip_prefix('[')
        .map_or(name.as_str(), |name| name.strip_suffix(']').unwrap_or(name));
    let name = name.strip_suffix('.').unwrap_or(name);
    // A port that is no number is none to the parser, and stands behind the name all the same.
    let has_port = authority.as_str().len() > authority.host().len();
    match authority.port_u16() {
        None if has_port => None,
        port => Some((name.to_owned(), port)),
    }
}

fn address(name: &str) -> Option<IpAddr> {
    name.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let value = HeaderValue::from_str(value).expect("a value");
            (HeaderName::from_static(name), value)
        });
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value);
        }
        headers
    }

    fn is_asked(access: &Access, here: &str, host: &str) -> bool {
        let here = here.parse().expect("an address");
        let headers = headers(&[("host", host)]);
        let uri = Uri::from_static("/api/status");
        access.check_host(&uri, &headers, here, true).is_ok()
    }

    #[test]
    fn a_request_names_the_address_it_came_to_or_a_host_of_the_settings() {
        let access = Access::new((false, false), vec!["station3.local".to_owned()], None);
        let lan = "192.0.2.7";
        for host in [
            "192.0.2.7",
            "192.0.2.7:8080",
            "station3.local",
            "STATION3.local:80",
            "station3.local.",
        ] {
            assert!(is_asked(&access, lan, host), "{host}");
        }
        for host in [
            "localhost",
            "127.0.0.1:8080",
            "192.0.2.8",
            "evil.example",
            "192.0.2.7.evil.example",
            "192.0.2.7@evil.example",
            "evil.example@192.0.2.7",
            "station3.local:x",
            "",
        ] {
            assert!(!is_asked(&access, lan, host), "{host}");
        }
        assert!(is_asked(&access, "::ffff:192.0.2.7", "192.0.2.7"));
        assert!(is_asked(&access, "2001:db8::7", "[2001:db8:0::7]:8080"));
        let loopback = Access::new((true, false), Vec::new(), None);
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080"] {
            assert!(is_asked(&loopback, "127.0.0.1", host), "{host}");
        }
        assert!(is_asked(&loopback, "::1", "[::1]:8080"));
        assert!(!is_asked(&loopback, "127.0.0.1", "evil.example"));
    }

    #[test]
    fn a_host_is_named_once_wherever_it_stands_and_by_whoever_changes_something() {
        let access = Access::new((true, false), Vec::new(), None);
        let here = IpAddr::from([127, 0, 0, 1]);
        let plain = Uri::from_static("/api/status");
        let none = HeaderMap::new();
        assert!(access.check_host(&plain, &none, here, false).is_ok());
        assert!(access.check_host(&plain, &none, here, true).is_err());
        let twice = headers(&[("host", "localhost"), ("host", "localhost")]);
        assert!(access.check_host(&plain, &twice, here, false).is_err());
        let elsewhere = Uri::from_static("http://evil.example/api/status");
        let local = headers(&[("host", "localhost")]);
        assert!(access.check_host(&elsewhere, &local, here, false).is_err());
    }

    #[test]
    fn a_change_comes_from_a_page_of_this_station_or_from_no_page() {
        let host = ("host", "station3.local:8080");
        for good in [
            vec![],
            vec![("origin", "http://station3.local:8080")],
            vec![
                ("origin", "http://STATION3.local:8080"),
                ("sec-fetch-site", "same-origin"),
            ],
            vec![("sec-fetch-site", "none")],
        ] {
            let all: Vec<_> = good.iter().copied().chain([host]).collect();
            assert!(check_origin(&headers(&all), false).is_ok(), "{good:?}");
        }
        for bad in [
            vec![("origin", "http://evil.example")],
            vec![("origin", "null")],
            vec![("origin", "")],
            vec![("origin", "http://station3.local")],
            vec![("origin", "http://station3.local:8080.evil.example")],
            vec![("origin", "http://evil.example@station3.local:8080")],
            vec![("sec-fetch-site", "cross-site")],
            vec![("sec-fetch-site", "same-site")],
            vec![
                ("origin", "http://station3.local:8080"),
                ("origin", "http://evil.example"),
            ],
        ] {
            let all: Vec<_> = bad.iter().copied().chain([host]).collect();
            assert!(check_origin(&headers(&all), false).is_err(), "{bad:?}");
        }
        let behind_tls = headers(&[("host", "station3"), ("origin", "https://station3")]);
        assert!(check_origin(&behind_tls, false).is_ok());
        assert!(check_origin(&behind_tls, true).is_ok());
        // Whoever changes what is sent without TLS could be that page.
        let downgraded = headers(&[("host", "station3"), ("origin", "http://station3")]);
        assert!(check_origin(&downgraded, false).is_ok());
        assert!(check_origin(&downgraded, true).is_err());
    }

    #[test]
    fn off_loopback_nothing_can_be_changed_without_tls_or_a_reason() {
        let because = || Some("a network of its own".to_owned());
        for (reached, reason, is_read_only) in [
            ((true, false), None, false),
            ((true, false), because(), false),
            ((false, false), None, true),
            ((false, true), None, false),
            ((false, false), because(), false),
        ] {
            let access = Access::new(reached, Vec::new(), reason);
            assert_eq!(access.is_read_only(), is_read_only);
            assert_eq!(access.refusal().is_some(), is_read_only);
        }
    }
}
