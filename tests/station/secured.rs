//! A page that the network reaches: with accounts and TLS, or not at all.

use crate::logging_in::{PASSWORD, done, token};
use crate::served::{SIM, Station, home};
use inspector::adapters::web;
use inspector::telemetry::file;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const WITHIN: Duration = Duration::from_secs(20);
const TLS: &str = "[http]\ntls = true\n";

/// A browser that believes this certificate, and no other.
fn client(certificate: &Path) -> ureq::Agent {
    let asking = web::Asking {
        timeout: WITHIN,
        ca: (Some(certificate), "ca"),
        proxy: (None, "proxy"),
    };
    web::agent("https://127.0.0.1", asking).expect("a client")
}

struct Answer {
    status: u16,
    cookie: Option<String>,
    text: String,
}

fn answer(came: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Answer, String> {
    let mut came = came.map_err(|error| error.to_string())?;
    let cookie = came.headers().get("set-cookie");
    let cookie = cookie.map(|cookie| cookie.to_str().expect("text").to_owned());
    let status = came.status().as_u16();
    let text = came.body_mut().read_to_string().expect("text");
    Ok(Answer {
        status,
        cookie,
        text,
    })
}

/// By its name and with its port, as a browser would ask.
fn address(station: &Station, path: &str) -> String {
    let (_, port) = station.address.rsplit_once(':').expect("a port");
    format!("https://127.0.0.1:{port}{path}")
}

fn get(
    client: &ureq::Agent,
    station: &Station,
    path: &str,
    header: (&str, &str),
) -> Result<Answer, String> {
    let asked = client
        .get(address(station, path))
        .header(header.0, header.1);
    answer(asked.call())
}

fn post(
    client: &ureq::Agent,
    station: &Station,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let mut asked = client
        .post(address(station, path))
        .content_type("application/json");
    for (name, value) in headers {
        asked = asked.header(*name, *value);
    }
    answer(asked.send(body.to_string())).expect("an answer")
}

fn made(home: &Path) -> PathBuf {
    home.join("data/tls/certificate.pem")
}

/// What it says instead of starting.
fn refused(home: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["run", "--listen", "0.0.0.0:0", "--settings"])
        .arg(home.join("station.toml"))
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn where_the_network_reaches_it_a_station_does_not_start_without_an_account_and_tls() {
    let bare = home(SIM);
    let said = refused(bare.path());
    for named in [
        "no TLS",
        "no account",
        "insecure_because",
        "inspector account add",
    ] {
        assert!(said.contains(named), "{named} is not in {said}");
    }
    done(bare.path(), &["add", "li", "--role", "quality"]);
    let said = refused(bare.path());
    assert!(
        said.contains("no TLS") && !said.contains("no account"),
        "{said}"
    );
    let with_tls = home(&format!("{SIM}{TLS}"));
    let said = refused(with_tls.path());
    assert!(
        !said.contains("no TLS") && said.contains("no account"),
        "{said}"
    );
    done(with_tls.path(), &["add", "li", "--role", "quality"]);
    done(with_tls.path(), &["disable", "li"]);
    let said = refused(with_tls.path());
    assert!(said.contains("no account"), "nobody can log in: {said}");
    assert!(
        !with_tls.path().join("data/results.sqlite").exists(),
        "no job began"
    );
}

#[test]
fn over_tls_somebody_logs_in_by_a_certificate_that_the_station_made() {
    let home = home(&format!("{SIM}{TLS}"));
    done(home.path(), &["add", "wang", "--role", "quality"]);
    let station = Station::start_for_the_network(home.path());
    let key = std::fs::metadata(home.path().join("data/tls/key.pem")).expect("a key");
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
    let client = client(&made(home.path()));
    let nobody = get(&client, &station, "/api/status", ("accept", "*/*")).expect("an answer");
    assert_eq!(nobody.status, 401);
    let credentials = json!({"name": "wang", "password": PASSWORD});
    let answer = post(&client, &station, "/api/session", &[], &credentials);
    let cookie = answer.cookie.expect("a cookie");
    assert!(cookie.starts_with("__Host-inspector_session="), "{cookie}");
    for flag in ["; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"] {
        assert!(cookie.contains(flag), "{flag} is not in {cookie}");
    }
    let session = cookie.split(';').next().expect("a pair");
    let status = get(&client, &station, "/api/status", ("cookie", session)).expect("an answer");
    assert_eq!(status.status, 200, "{}", status.text);
    let status: Value = serde_json::from_str(&status.text).expect("JSON");
    let access = json!({"is_read_only": false, "insecure_because": null});
    assert_eq!(status["access"], access);
    // Without the prefix it may be from a page that was put in between.
    let other = session.trim_start_matches("__Host-");
    let other = get(&client, &station, "/api/status", ("cookie", other)).expect("an answer");
    assert_eq!(other.status, 401);
    let change =
        json!({"based_on": 1, "view": 0, "reject_above": 0.9, "accept_below": 0.9, "reason": "r"});
    let path = "/api/recipes/bracket/versions";
    let own = address(&station, "");
    let in_between = own.replace("https://", "http://");
    let from = |origin: &str| {
        let headers = [("cookie", session), ("origin", origin)];
        post(&client, &station, path, &headers, &change).status
    };
    assert_eq!((from(&in_between), from(&own)), (403, 201));
    // Whoever forgets the s is told.
    let plain = station.request("GET", "/", "", b"");
    assert_eq!(plain.status, 400);
    assert!(plain.text().contains("https://"), "{plain:?}");
    station.stop();
}

#[test]
fn connections_that_never_shake_hands_keep_nobody_out() {
    let home = home(&format!("{SIM}{TLS}"));
    let header = token(home.path(), "mes", "viewer");
    let token = header.trim().split_once(": ").expect("a header").1;
    let station = Station::start_for_the_network(home.path());
    let client = client(&made(home.path()));
    let mut held = Vec::new();
    // Nothing at all, the beginning of a handshake, and something else.
    for begun in [
        &b""[..],
        b"\x16\x03\x01\x02\x00\x01",
        b"\xff\xff\xff\xff\xff\xff\xff",
    ] {
        for _ in 0..100 {
            if let Ok(mut stream) = TcpStream::connect(&station.address) {
                let _ = stream.write_all(begun);
                held.push(stream);
            }
        }
    }
    for _ in 0..20 {
        let status = get(&client, &station, "/api/status", ("authorization", token));
        assert_eq!(status.expect("an answer").status, 200);
    }
    drop(held);
    station.stop();
}

fn pair(folder: &Path, (certificate, key): (&Path, &Path)) -> PathBuf {
    let private = KeyPair::generate().expect("a key");
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let wanted = CertificateParams::new(names).expect("names");
    let made = wanted.self_signed(&private).expect("a certificate");
    std::fs::write(key, private.serialize_pem()).expect("written");
    std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o600)).expect("set");
    std::fs::write(certificate, made.pem()).expect("written");
    let number = std::fs::read_dir(folder).expect("a folder").count();
    let kept = folder.join(format!("{number}.pem"));
    std::fs::write(&kept, made.pem()).expect("written");
    kept
}

#[test]
fn a_certificate_is_renewed_without_a_restart_and_a_wrong_one_changes_nothing() {
    let home = home(&format!(
        "{SIM}[http]\ntls_cert = \"page.pem\"\ntls_key = \"page.key\"\n"
    ));
    let token = token(home.path(), "mes", "viewer");
    let token = token.trim().split_once(": ").expect("a header").1;
    let (certificate, key) = (home.path().join("page.pem"), home.path().join("page.key"));
    let folder = tempfile::tempdir().expect("a folder");
    let first = client(&pair(folder.path(), (&certificate, &key)));
    let station = Station::start_for_the_network(home.path());
    let asked = |client: &ureq::Agent| {
        get(client, &station, "/api/status", ("authorization", token)).map(|answer| answer.status)
    };
    assert_eq!(asked(&first), Ok(200));
    let second = client(&pair(folder.path(), (&certificate, &key)));
    let until = |what: &str, is_so: &dyn Fn() -> bool| {
        let came = (0..600).any(|_| {
            std::thread::sleep(Duration::from_millis(100));
            is_so()
        });
        assert!(came, "not within a minute: {what}");
    };
    until("the new certificate", &|| asked(&second) == Ok(200));
    // A client that knows the former alone, and has no connection still.
    let former = client(&folder.path().join("0.pem"));
    assert!(asked(&former).is_err());
    std::fs::write(&certificate, "no certificate").expect("written");
    let told = || {
        let log = file::folder_in(&home.path().join("data"));
        let texts = std::fs::read_dir(log)
            .expect("a log")
            .map(|entry| std::fs::read_to_string(entry.expect("an entry").path()).expect("text"));
        texts.collect::<String>()
    };
    until("it is told", &|| told().contains("certificate_unreadable"));
    assert_eq!(asked(&second), Ok(200));
    station.stop();
}

#[test]
fn a_support_bundle_is_whole_with_accounts_and_tls_and_holds_no_secret() {
    let home = home(&format!("{SIM}{TLS}"));
    done(home.path(), &["add", "wang", "--role", "quality"]);
    let header = token(home.path(), "mes", "viewer");
    let secret = header
        .trim()
        .rsplit('_')
        .next()
        .expect("a secret")
        .to_owned();
    let station = Station::start_for_the_network(home.path());
    let client = client(&made(home.path()));
    let credentials = json!({"name": "wang", "password": PASSWORD});
    let answer = post(&client, &station, "/api/session", &[], &credentials);
    let cookie = answer.cookie.expect("a cookie");
    let session = cookie.split([';', '=']).nth(1).expect("a secret");
    let inspector = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_inspector"))
            .args(arguments)
            .args(["--listen", &station.address, "--settings"])
            .arg(home.path().join("station.toml"))
            .output()
            .expect("it runs");
        assert!(output.status.success(), "{output:?}");
        output
    };
    let packed = home.path().join("help.zip");
    let output = inspector(&["support-bundle", "--out", packed.to_str().expect("a name")]);
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(!said.contains("without"), "{said}");
    let own = std::fs::read_to_string(home.path().join("data/station.token")).expect("a token");
    let mode = std::fs::metadata(home.path().join("data/station.token")).expect("a file");
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    let mut zip =
        zip::ZipArchive::new(std::fs::File::open(&packed).expect("a file")).expect("a zip");
    let mut names = Vec::new();
    for n in 0..zip.len() {
        let mut entry = zip.by_index(n).expect("an entry");
        let name = entry.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("read");
        let text = String::from_utf8_lossy(&bytes);
        for secret in [
            PASSWORD,
            &secret,
            session,
            own.trim(),
            "PRIVATE KEY",
            "argon2",
        ] {
            assert!(!text.contains(secret), "{name} has {secret}");
        }
        if name == "station/status.json" {
            assert!(text.contains("\"stages\""), "{text}");
        }
        names.push(name);
    }
    assert!(
        names.iter().any(|name| name == "station/metrics.txt"),
        "{names:?}"
    );
    station.stop();
}
