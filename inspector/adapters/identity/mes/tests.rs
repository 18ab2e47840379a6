//! Against a server on a real socket that answers, refuses, hangs and speaks nonsense.

use super::*;
use crate::clock::SystemClock;
use crate::telemetry::alarm::AlarmChange;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Mutex;

/// Answers by what stands in the path; tells which paths were asked.
fn server() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!(
        "http://{}/parts/{PLACE}",
        listener.local_addr().expect("bound")
    );
    let paths = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&paths);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let seen = Arc::clone(&seen);
            std::thread::spawn(move || {
                let mut bytes = [0; 4_096];
                while let Ok(count @ 1..) = stream.read(&mut bytes) {
                    let request = String::from_utf8_lossy(&bytes[..count]).into_owned();
                    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                    seen.lock().expect("no panic").push(path.clone());
                    let (status, body) = match path.as_str() {
                        "/parts/A%2D1" => ("200 OK", "{\"style\": \"gear\", \"order\": 7}"),
                        "/parts/B%2F2%20%C3%A9" => ("200 OK", "端盖\n"),
                        "/parts/sent" => ("200 OK", "{\"style\": \"gear\", \"lane\": \"reject\"}"),
                        "/parts/astray" => ("200 OK", "{\"style\": \"gear\", \"lane\": \"7\"}"),
                        "/parts/counted" => ("200 OK", "{\"style\": \"gear\", \"lane\": 2}"),
                        "/parts/none" => ("200 OK", "{\"style\": \"gear\", \"lane\": null}"),
                        "/parts/number" => ("200 OK", "{\"style\": 5}"),
                        "/parts/bare" => ("200 OK", "{\"order\": 5}"),
                        "/parts/half" => ("200 OK", "{\"style\": "),
                        "/parts/wrong" => ("200 OK", "<html>log in</html>"),
                        "/parts/broken" => ("500 Oh", ""),
                        "/parts/slow" => {
                            std::thread::sleep(Duration::from_secs(2));
                            ("200 OK", "gear")
                        }
                        _ => ("404 Not Found", "none"),
                    };
                    let length = body.len();
                    let reply =
                        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
                    if stream.write_all(reply.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    (url, paths)
}

fn opened(url: &str) -> (Mes, Outlet<AlarmChange>) {
    asking(url, Some(&Lanes::two()))
}

fn asking(url: &str, lanes: Option<&Lanes>) -> (Mes, Outlet<AlarmChange>) {
    let (alarms, heard) = queue("alarms", 16, WhenFull::DropNewest, None);
    let settings = Settings {
        url: url.to_owned(),
        timeout_ms: 300,
        keep: 2,
        keep_s: 60,
        ca: None,
    };
    assert_eq!(settings.problems(), Vec::<String>::new());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mes = open(&settings, lanes, &AlarmSender::new(alarms), &clock).expect("nothing to read");
    (mes, heard)
}

fn id(text: &str) -> PartId {
    PartId::new(text).expect("an ID")
}

fn asked(mes: &mut Mes, text: &str) -> Found {
    assert_eq!(mes.find(&id(text)), Found::Asked, "{text}");
    for _ in 0..500 {
        if let Some((part_id, found)) = mes.answered() {
            assert_eq!(part_id, id(text));
            return found;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{text}: no answer within 5 s");
}

fn style(name: &str) -> Found {
    Found::Known {
        style: Style::new(name).expect("a style"),
        lane: None,
    }
}

#[test]
fn it_is_asked_once_for_each_id_and_forgets_the_oldest() {
    let (url, paths) = server();
    let (mut mes, alarms) = opened(&url);
    assert_eq!(asked(&mut mes, "A-1"), style("gear"));
    assert_eq!(mes.find(&id("A-1")), style("gear"), "remembered");
    assert_eq!(asked(&mut mes, "B/2 é"), style("端盖"));
    assert_eq!(asked(&mut mes, "nobody"), Found::Unknown);
    assert_eq!(
        asked(&mut mes, "nobody"),
        Found::Unknown,
        "it may be known by now"
    );
    assert!(alarms.is_empty(), "to know nothing is no fault");
    assert_eq!(paths.lock().expect("no panic").len(), 4);
    let cap = Style::new("cap").expect("a style");
    mes.known.insert(id("C"), ((cap, None), Instant::default()));
    assert_eq!(mes.find(&id("A-1")), Found::Asked, "forgotten for C");
}

#[test]
fn it_knows_the_lane_too() {
    let (url, _) = server();
    let (mut mes, _) = opened(&url);
    let sent = Found::Known {
        style: Style::new("gear").expect("a style"),
        lane: Some(LaneNo(1)),
    };
    assert_eq!(asked(&mut mes, "sent"), sent);
    assert_eq!(mes.find(&id("sent")), sent, "remembered");
    assert_eq!(asked(&mut mes, "none"), style("gear"), "it knows none");
}

#[test]
fn what_it_says_of_lanes_means_nothing_where_nobody_asks_for_them() {
    let (url, _) = server();
    let (mut mes, alarms) = asking(&url, None);
    for part_id in ["sent", "astray", "counted"] {
        assert_eq!(asked(&mut mes, part_id), style("gear"), "{part_id}");
    }
    assert!(alarms.is_empty(), "that is no fault");
}

#[test]
fn what_is_no_answer_is_told_and_ends() {
    let (url, _) = server();
    let (mut mes, alarms) = opened(&url);
    for (part_id, found) in [
        ("wrong", "log in"),
        ("broken", "500"),
        ("slow", "timeout"),
        (
            "astray",
            "lane \"7\": expected a lane of the station, accept or reject",
        ),
        ("counted", "found lane 2, which is no text"),
        ("number", "found style 5, which is no text"),
        ("bare", "no style in"),
        ("half", "which is no JSON"),
    ] {
        assert_eq!(asked(&mut mes, part_id), Found::Unknown);
        let told = alarms.pop().expect("an alarm");
        assert!(told.is_active && told.message.contains(found), "{told:?}");
    }
    assert_eq!(asked(&mut mes, "A-1"), style("gear"));
    assert!(alarms.pop().is_some_and(|change| !change.is_active));
}

#[test]
fn one_that_is_not_there_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/{PLACE}", listener.local_addr().expect("bound"));
    drop(listener);
    let (mut mes, alarms) = opened(&url);
    assert_eq!(asked(&mut mes, "A-1"), Found::Unknown);
    assert!(
        alarms
            .pop()
            .is_some_and(|told| told.message.contains("refused"))
    );
}

/// Ends the server with the test.
struct Server(std::process::Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// openssl as a server with a certificate of its own.
fn secured(folder: &Path) -> Option<(Server, u16)> {
    let openssl = |args: &[&str]| {
        let mut command = std::process::Command::new("openssl");
        command.args(args).current_dir(folder);
        command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        command
    };
    let made = openssl(&[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ])
    .status()
    .ok()?;
    assert!(made.success());
    std::fs::write(folder.join("A%2D1"), "{\"style\": \"gear\"}").expect("written");
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("bound").port();
    drop(free);
    let server = openssl(&[
        "s_server",
        "-accept",
        &port.to_string(),
        "-cert",
        "cert.pem",
        "-key",
        "key.pem",
        "-WWW",
    ])
    .stdin(std::process::Stdio::piped())
    .spawn()
    .ok()?;
    let server = Server(server);
    for _ in 0..200 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Some((server, port));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    None
}

#[test]
#[allow(clippy::print_stderr, reason = "what was skipped is told")]
fn an_address_with_https_is_believed_by_its_certificates_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some((_server, port)) = secured(folder.path()) else {
        eprintln!("SKIPPED: there is no openssl");
        return;
    };
    let (alarms, heard) = queue("alarms", 16, WhenFull::DropNewest, None);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut settings = Settings {
        url: format!("https://localhost:{port}/{PLACE}"),
        timeout_ms: 3_000,
        keep: 2,
        keep_s: 60,
        ca: Some(folder.path().join("cert.pem")),
    };
    let alarms = AlarmSender::new(alarms);
    let mut mes = open(&settings, Some(&Lanes::two()), &alarms, &clock).expect("certificates");
    assert_eq!(asked(&mut mes, "A-1"), style("gear"));
    assert!(heard.is_empty());
    // Certificates that do not vouch for it, and a file without any.
    std::fs::rename(
        folder.path().join("cert.pem"),
        folder.path().join("old.pem"),
    )
    .expect("renamed");
    let other = tempfile::tempdir().expect("a folder");
    let _other = secured(other.path()).expect("as before");
    settings.ca = Some(other.path().join("cert.pem"));
    let mut mes = open(&settings, Some(&Lanes::two()), &alarms, &clock).expect("certificates");
    assert_eq!(asked(&mut mes, "A-1"), Found::Unknown);
    let told = heard.pop().expect("an alarm");
    assert!(
        told.is_active && told.message.contains("certificate"),
        "{told:?}"
    );
    settings.ca = Some(folder.path().join("key.pem"));
    let Err(error) = open(&settings, Some(&Lanes::two()), &alarms, &clock) else {
        panic!("a key is no certificate");
    };
    assert!(
        error
            .to_string()
            .contains("key.pem: expected certificates in PEM, found none"),
        "{error}"
    );
}
