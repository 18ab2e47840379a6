//! Requests that are wrong: each is answered as JSON with what was expected, and changes nothing.

use crate::line::{Answer, Line};
use serde_json::{Value, json};

/// What every browser is told, whatever the answer.
const HEADERS: [&str; 6] = [
    "content-security-policy: default-src 'none'",
    "x-content-type-options: nosniff",
    "x-frame-options: deny",
    "referrer-policy: no-referrer",
    "cross-origin-opener-policy: same-origin",
    "cross-origin-resource-policy: same-origin",
];

fn is_protected(answer: &Answer) {
    for header in HEADERS {
        assert!(answer.head.contains(header), "{header}: {}", answer.head);
    }
}

/// Status and kind of the error, whose message names everything in `named`.
fn refused(answer: &Answer, status: u16, kind: &str, named: &[&str]) {
    let (found, message) = answer.error();
    assert_eq!((answer.status, found.as_str()), (status, kind), "{message}");
    for word in named {
        assert!(message.contains(word), "{word:?} is not in {message:?}");
    }
    is_protected(answer);
}

fn post(line: &Line, path: &str, kind: &str, body: &[u8]) -> Answer {
    let lines = format!("content-type: {kind}\r\ncontent-length: {}\r\n", body.len());
    line.ask(&format!("POST {path}"), &lines, body)
}

#[test]
fn what_is_unknown_misspelt_or_unreadable_is_refused_and_named() {
    let line = Line::start();
    for (path, named) in [
        ("/api/results?stlye=cap", &["stlye", "style", "part_id"][..]),
        ("/api/results/export?from=yesterday", &["from", "from_us"]),
        ("/api/results/export?stlye=x", &["stlye", "style"]),
        ("/api/results/export?format=pdf", &["format", "xlsx"]),
        (
            "/api/results/export?format=jsonl&excel=true",
            &["excel", "csv"],
        ),
        // Known to a list, and nothing an export would heed.
        ("/api/results/export?limit=5", &["limit"]),
        ("/api/status?verbose=1", &["verbose", "none"]),
        (
            "/api/recipes/bracket/histogram?reject_above=0.5",
            &["reject_above", "view"],
        ),
        ("/api/live/0/image.jpg?width=100", &["width"]),
        ("/health?deep=1", &["deep"]),
        ("/api/results?from_us=yesterday", &["from_us"]),
        ("/api/results?verdict=good", &["verdict", "not_decided"]),
        ("/api/results?style=cap&style=gear", &["style"]),
        ("/api/results?limit=0", &["limit", "500", "0"]),
        ("/api/results?limit=501", &["limit", "500", "501"]),
        ("/api/results?limit=-1", &["limit"]),
        ("/api/alarms?limit=100000", &["limit"]),
        ("/api/results?part_id=%ff%fe", &["UTF-8"]),
        ("/api/results/abc", &["whole number", "abc"]),
        ("/api/results/99999999999999999999", &["whole number"]),
        ("/api/results/1/views/256/image", &["whole number", "256"]),
        ("/api/recipes/%ff/histogram", &["UTF-8"]),
        ("/api/recipes/bracket/would-change", &["reject_above"]),
        (
            "/api/recipes/bracket/would-change?reject_above=2",
            &["reject_above", "2"],
        ),
        (
            "/api/recipes/bracket/would-change?reject_above=nan",
            &["reject_above", "NaN"],
        ),
    ] {
        let answer = line.ask(&format!("GET {path}"), "", b"");
        refused(&answer, 400, "bad_request", named);
    }
    line.ends_with_every_row();
}

#[test]
fn what_is_not_there_is_json_too_and_no_path_leads_out() {
    let line = Line::start();
    for path in [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/results/1/views/0/image/more",
        "/api/results/999999",
        "/api/results/-1",
        "/api/live/7/image.jpg",
        "/api/teaching/1/images/1",
        "/nothing.js",
        "/assets/nothing.css",
        "/../Cargo.toml",
        "/../../../../etc/passwd.txt",
        "/%2e%2e/%2e%2e/etc/passwd.txt",
        "/assets/..%2f..%2fCargo.toml",
        "/assets/../../station.toml",
        "/..%2f..%2fetc%2fpasswd",
        "/index.html.gz",
    ] {
        let answer = line.ask(&format!("GET {path}"), "", b"");
        refused(&answer, 404, "not_found", &[]);
    }
    // An address inside the app is the app, whatever it is called.
    for path in ["/parts/1", "/%00", "//evil", "/data/results"] {
        let answer = line.ask(&format!("GET {path}"), "", b"");
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.head.contains("content-type: text/html"), "{path}");
        is_protected(&answer);
    }
    line.ends_with_every_row();
}

#[test]
fn a_method_that_a_route_does_not_take_is_refused_with_those_that_it_takes() {
    let line = Line::start();
    for (first, allowed) in [
        ("POST /api/status", "get"),
        ("DELETE /api/results/1", "get"),
        ("PUT /api/teaching", "delete"),
        ("PATCH /api/recipes/bracket/versions", "post"),
        ("OPTIONS /api/teaching/model", "post"),
        ("TRACE /", "get"),
        ("POST /", "get"),
        ("PROPFIND /api/status", "get"),
    ] {
        let answer = line.ask(first, "content-length: 0\r\n", b"");
        refused(&answer, 405, "bad_request", &[]);
        let told = answer.head.lines().find(|line| line.starts_with("allow: "));
        assert!(
            told.is_some_and(|told| told.contains(allowed)),
            "{first}: {answer:?}"
        );
    }
    let head = line.ask("HEAD /api/status", "", b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    is_protected(&head);
    line.ends_with_every_row();
}

#[test]
fn a_body_that_cannot_be_read_is_refused_and_nothing_is_changed() {
    let line = Line::start();
    let before = line.station.get("/api/recipes");
    let good = json!({"based_on": 1, "view": 0, "reject_above": 0.9, "accept_below": 0.9,
        "author": "Li", "reason": "r"});
    let with = |field: &str, value: Value| {
        let mut changed = good.clone();
        changed[field] = value;
        changed.to_string().into_bytes()
    };
    let path = "/api/recipes/bracket/versions";
    for (body, named) in [
        (b"".to_vec(), &[][..]),
        (b"{".to_vec(), &["EOF"]),
        (b"no json".to_vec(), &[]),
        (b"[]".to_vec(), &["object"]),
        (b" [1, 0, 0.9, 0.9, \"Li\", \"r\"]".to_vec(), &["object"]),
        (b"{\"author\": \"\xff\xfe\"}".to_vec(), &[]),
        (
            with("reject_abvoe", json!(0.5)),
            &["reject_abvoe", "reject_above"],
        ),
        (with("reject_above", json!("0.5")), &["reject_above"]),
        (with("reject_above", json!(7)), &["7"]),
        (with("view", json!(-1)), &["view"]),
        (with("author", json!("")), &["author", "1 to 80", "0"]),
        (
            with("author", json!("x".repeat(81))),
            &["author", "1 to 80", "81"],
        ),
        (with("author", json!("Li\u{202E}iL")), &["author", "202e"]),
        (with("reason", json!("a\u{200B}b")), &["reason", "200b"]),
        (with("reason", json!("a\nb")), &["reason"]),
        (
            with("reason", json!("x".repeat(501))),
            &["reason", "1 to 500", "501"],
        ),
    ] {
        let answer = post(&line, path, "application/json", &body);
        refused(&answer, 400, "bad_request", named);
    }
    let body = good.to_string().into_bytes();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
    ] {
        refused(
            &post(&line, path, kind, &body),
            415,
            "bad_request",
            &["application/json"],
        );
    }
    let long = with("reason", json!("x".repeat(100_000)));
    refused(
        &post(&line, path, "application/json", &long),
        413,
        "bad_request",
        &["65536"],
    );
    let claimed = line.ask(
        &format!("POST {path}"),
        "content-type: application/json\r\ncontent-length: 99999999999\r\n",
        b"{",
    );
    refused(&claimed, 413, "bad_request", &["65536"]);
    let deep = "[".repeat(60_000);
    refused(
        &post(&line, path, "application/json", deep.as_bytes()),
        400,
        "bad_request",
        &[],
    );
    assert_eq!(line.station.get("/api/recipes"), before);
    let told = line.logged_soon("request_refused", |told| {
        told["message"]
            .as_str()
            .is_some_and(|message| message.contains("reject_abvoe"))
    });
    assert_eq!(told["status"], 400, "{told}");
    let answer = post(&line, path, "application/json", &body);
    assert_eq!(
        (answer.status, answer.json()["version"].as_u64()),
        (201, Some(2))
    );
    let told = line.logged_soon("request_accepted", |_| true);
    assert!(
        told["from"]
            .as_str()
            .is_some_and(|from| from.starts_with("127.0.0.1:")),
        "{told}"
    );
    assert_eq!(
        (&told["method"], &told["path"]),
        (&json!("POST"), &json!(path))
    );
    line.ends_with_every_row();
}

#[test]
fn heads_that_are_too_large_or_no_http_at_all_end_their_connection_and_nothing_else() {
    let line = Line::start();
    let long = format!("/api/results?part_id={}", "x".repeat(9_000));
    refused(
        &line.ask(&format!("GET {long}"), "", b""),
        414,
        "bad_request",
        &["8192"],
    );
    let header = format!("x-a: {}\r\n", "x".repeat(17_000));
    refused(
        &line.ask("GET /api/status", &header, b""),
        431,
        "bad_request",
        &["16384"],
    );
    // Beyond what is parsed at all, the answer has no body.
    let many: String = (0..2_000).map(|n| format!("x-{n}: 1\r\n")).collect();
    for bytes in [
        format!("GET / HTTP/1.1\r\nhost: {}\r\n{many}\r\n", line.station.address).into_bytes(),
        format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(1_000_000)).into_bytes(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
        b"\r\n\r\n\r\n\0\0\0\0".to_vec(),
        b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello".to_vec(),
        b"POST /api/teaching HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n".to_vec(),
    ] {
        let mut stream = line.send(&bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut said = Vec::new();
        let _ = std::io::Read::read_to_end(&mut stream, &mut said);
        let said = String::from_utf8_lossy(&said);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    }
    line.goes_on();
    line.ends_with_every_row();
}

#[test]
fn answers_are_compressed_and_not_sent_again_where_they_are_known() {
    let line = Line::start();
    let page = line.ask("GET /", "", b"");
    let text = String::from_utf8_lossy(&page.body).into_owned();
    let mut paths: Vec<&str> = text
        .split('"')
        .filter(|part| part.starts_with("/assets/"))
        .collect();
    if paths.is_empty() {
        eprintln!("SKIPPED: ui/dist is not built (make ui)");
    }
    for path in &paths {
        let answer = line.ask(&format!("GET {path}"), "accept-encoding: gzip\r\n", b"");
        assert_eq!(
            (answer.status, &answer.body[..2]),
            (200, &[0x1F, 0x8B][..]),
            "{path}"
        );
        assert!(answer.head.contains("immutable"), "{}", answer.head);
        let whole = line.ask(&format!("GET {path}"), "", b"");
        assert!(answer.body.len() * 2 < whole.body.len(), "{path}");
    }
    paths.extend(["/", "/api/recipes", "/api/facets"]);
    for path in paths {
        // A part that comes meanwhile may change what is answered.
        let again = (0..5).find_map(|_| {
            let answer = line.ask(&format!("GET {path}"), "", b"");
            let tag = answer.tag.as_ref();
            let tag = tag.unwrap_or_else(|| panic!("{path} has no tag: {}", answer.head));
            let known = format!("if-none-match: {tag}\r\n");
            let again = line.ask(&format!("GET {path}"), &known, b"");
            (again.status == 304).then_some(again)
        });
        let again = again.unwrap_or_else(|| panic!("{path} is sent again and again"));
        assert_eq!(again.body.len(), 0, "{path}");
        is_protected(&again);
    }
    let list = line.ask("GET /api/openapi.json", "accept-encoding: gzip\r\n", b"");
    assert!(
        list.head.contains("content-encoding: gzip"),
        "{}",
        list.head
    );
    let picture = line.ask(
        "GET /api/live/0/image.jpg",
        "accept-encoding: gzip\r\n",
        b"",
    );
    assert!(
        !picture.head.contains("content-encoding"),
        "{}",
        picture.head
    );
    assert!(
        picture.head.contains("cache-control: no-store"),
        "{}",
        picture.head
    );
    line.ends_with_every_row();
}

#[test]
fn every_format_is_served_under_a_name_that_says_what_it_is() {
    let line = Line::start();
    for (format, ending, begins) in [
        ("csv", "csv", &b"id,job,part_no"[..]),
        ("csv&excel=true", "csv", b"\xEF\xBB\xBFid,job"),
        ("jsonl", "jsonl", b""),
        ("xlsx", "xlsx", b"PK"),
        ("qdas&style=cap", "dfq", b""),
    ] {
        let address = format!("GET /api/results/export?disposition=reject&format={format}");
        let answer = line.ask(&address, "", b"");
        assert_eq!(answer.status, 200, "{format}: {}", answer.head);
        assert!(answer.head.contains("x-until-seq: "), "{}", answer.head);
        let name = answer
            .head
            .lines()
            .find(|line| line.starts_with("content-disposition: "));
        let name = name.unwrap();
        assert!(name.contains("_rejects") && name.contains(ending), "{name}");
        assert!(!name.contains(' ') || name.contains("; filename"), "{name}");
        let body = String::from_utf8_lossy(&answer.body);
        let from = body.find(&*String::from_utf8_lossy(begins));
        assert!(from.is_some_and(|at| at < 16), "{format}: {body:.80}");
    }
    line.ends_with_every_row();
}
