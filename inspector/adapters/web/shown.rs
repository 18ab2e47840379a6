//! Addresses as they may be shown: whoever reads an alarm, a line of the log or a support bundle gets no password of them.

/// What stands in the place of a secret.
pub const LEFT_OUT: &str = "(left out)";

/// Words by which names of secrets are known, as `api_token` or `tls-key`.
const SECRETS: [&str; 8] = [
    "password",
    "passphrase",
    "secret",
    "token",
    "private",
    "credential",
    "pin",
    "key",
];

/// Whether what has this name, as a setting or a field of an address, is nobody's to see.
pub fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split(['_', '-']);
    name == "apikey" || words.any(|word| SECRETS.contains(&word))
}

/// The address without user, password, and fields that are secret. What is no address comes back as it is, but for what
/// stands before an `@`.
pub fn shown(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    let (before, query) = match rest.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (rest, None),
    };
    let place = match before.rsplit_once('@') {
        Some((user, host)) if is_user(user) => format!("{LEFT_OUT}@{host}"),
        _ => before.to_owned(),
    };
    let query = query.map_or_else(String::new, |query| {
        let fields = query.split('&').map(|field| match field.split_once('=') {
            Some((name, _)) if is_secret(name) => format!("{name}={LEFT_OUT}"),
            _ => field.to_owned(),
        });
        format!("?{}", fields.collect::<Vec<_>>().join("&"))
    });
    format!("{scheme}{place}{query}")
}

/// Whether it is user and password, and not a host with a path in which an `@` stands: a password with a slash, which ought
/// to be `%2F`, is one all the same.
fn is_user(text: &str) -> bool {
    let Some((host, _)) = text.split_once('/') else {
        return true;
    };
    let port = host.rsplit_once(':').map(|(_, port)| port);
    port.is_some_and(|port| port.parse::<u16>().is_err())
}

/// A sentence in which this address may stand, as it may be shown.
pub fn shown_in(sentence: &str, url: &str) -> String {
    sentence.replace(url, &shown(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_of_an_address_is_shown() {
        for (url, expected) in [
            (
                "https://li:geheim@tsa.example/a",
                "https://(left out)@tsa.example/a",
            ),
            ("http://geheim@10.0.0.7:80", "http://(left out)@10.0.0.7:80"),
            ("http://li:ge/heim@host/a", "http://(left out)@host/a"),
            (
                "http://li:g@heim@host/a?b=c",
                "http://(left out)@host/a?b=c",
            ),
            ("li:geheim@tsa.example", "(left out)@tsa.example"),
            (
                "http://mes/parts/{part_id}?api-key=geheim&line=3&token=geheim",
                "http://mes/parts/{part_id}?api-key=(left out)&line=3&token=(left out)",
            ),
        ] {
            assert_eq!(shown(url), expected);
        }
        for plain in [
            "http://mes.local:8080/parts/{part_id}",
            "http://mes/parts/a@b",
            "http://mes:80/parts/a@b?c=d@e",
            "https://[fe80::1]:443/a",
            "nothing",
            "",
        ] {
            assert_eq!(shown(plain), plain);
        }
        let told = shown_in("no http://li:geheim@host here", "http://li:geheim@host");
        assert_eq!(told, "no http://(left out)@host here");
    }
}
