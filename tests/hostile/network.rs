//! Who may ask, and who may change something.

use crate::line::{Answer, Line, SIM};
use crate::served::{self, Station};
use serde_json::Value;

/// Every route that changes something, from the committed document: new ones are tried too.
fn changes() -> Vec<(String, String)> {
    let document = std::fs::read_to_string("ui/openapi.json").expect("the document");
    let document: Value = serde_json::from_str(&document).expect("JSON");
    let mut changes = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("methods").keys() {
            if method != "get" {
                let path = ["{lesson}", "{n}", "{id}", "{view}"]
                    .iter()
                    .fold(path.replace("{style}", "bracket"), |path, name| {
                        path.replace(name, "1")
                    });
                changes.push((method.to_uppercase(), path));
            }
        }
    }
    assert!(changes.len() > 8, "{changes:?}");
    changes
}

const BODY: &str = r#"{"based_on": 1, "view": 0, "reject_above": 0.9, "accept_below": 0.9, "author": "Li",
    "reason": "r"}"#;

fn with_host(line: &Line, method: &str, path: &str, lines: &str) -> Answer {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nconnection: close\r\n{lines}content-type: application/json\r\n\
         content-length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    line.answer(head.as_bytes())
}

fn is_refused(answer: &Answer, kind: &str, named: &str) {
    let (found, message) = answer.error();
    assert_eq!((answer.status, found.as_str()), (403, kind), "{message}");
    assert!(message.contains(named), "{named:?} is not in {message:?}");
}

#[test]
fn off_loopback_with_a_reason_changes_are_taken_from_this_stations_own_page() {
    let because = "a network of its own, 仅限本线";
    let more = format!(
        "{}[http]\ninsecure_because = \"{because}\"\nhosts = [\"Station3.local\"]\n",
        SIM
    );
    let line = Line::start_with(served::home(&more), Station::start_for_the_network);
    let access = &line.station.get("/api/status")["access"];
    assert_eq!(
        (&access["is_read_only"], &access["insecure_because"]),
        (&false.into(), &because.into())
    );
    let path = "/api/recipes/bracket/versions";
    let address = &line.station.address;
    let port = address.rsplit(':').next().expect("a port");
    for lines in [
        "host: evil.example\r\n".to_owned(),
        format!("host: evil.example:{port}\r\n"),
        "host: 192.0.2.1\r\n".to_owned(),
        format!("host: {address}.evil.example\r\n"),
        format!("host: evil@{address}\r\n"),
        format!("host: {address}\r\norigin: http://evil.example\r\n"),
        format!("host: {address}\r\norigin: null\r\n"),
        format!("host: {address}\r\norigin: http://127.0.0.1:1\r\n"),
        format!("host: {address}\r\nsec-fetch-site: cross-site\r\n"),
        format!("host: {address}\r\nsec-fetch-site: same-site\r\n"),
        format!("host: {address}\r\nhost: evil.example\r\n"),
        String::new(),
    ] {
        let answer = with_host(&line, "POST", path, &lines);
        is_refused(&answer, "forbidden", "expected");
        for (method, path) in changes() {
            assert_eq!(
                with_host(&line, &method, &path, &lines).status,
                403,
                "{method} {path} {lines}"
            );
        }
    }
    let good = format!(
        "host: station3.local:{port}\r\norigin: http://station3.local:{port}\r\nsec-fetch-site: same-origin\r\n"
    );
    assert_eq!(with_host(&line, "POST", path, &good).status, 201);
    // A program that is no browser says nothing of where it comes from.
    let again = with_host(&line, "POST", path, &format!("host: {address}\r\n"));
    assert_eq!(again.status, 409, "somebody was faster");
    line.ends_with_every_row();
}

#[test]
fn on_loopback_a_page_from_elsewhere_can_neither_look_nor_change_anything() {
    let line = Line::start();
    let address = &line.station.address;
    for path in [
        "/api/status",
        "/api/results/export",
        "/",
        "/metrics",
        "/api/live/0/image.jpg",
    ] {
        let head =
            format!("GET {path} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
        is_refused(&line.answer(head.as_bytes()), "forbidden", "evil.example");
    }
    let absolute = format!(
        "GET http://evil.example/api/status HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    );
    is_refused(
        &line.answer(absolute.as_bytes()),
        "forbidden",
        "evil.example",
    );
    let lines =
        format!("host: {address}\r\norigin: http://evil.example\r\nsec-fetch-site: cross-site\r\n");
    for (method, path) in changes() {
        is_refused(
            &with_host(&line, &method, &path, &lines),
            "forbidden",
            "another site",
        );
    }
    let access = &line.station.get("/api/status")["access"];
    assert_eq!(access["is_read_only"], false);
    let port = address.rsplit(':').next().expect("a port");
    let page = format!(
        "host: localhost:{port}\r\norigin: http://localhost:{port}\r\nsec-fetch-site: same-origin\r\n"
    );
    let answer = with_host(&line, "POST", "/api/recipes/bracket/versions", &page);
    assert_eq!(answer.status, 201);
    line.ends_with_every_row();
}
