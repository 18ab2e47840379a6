//! Connections that are held and not used.

use crate::line::{Line, SIM};
use crate::rows;
use crate::served::{self, Station};
use inspector::results::writer::Writer;
use inspector::station::time::WallTime;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

/// As many as ended the page of 0.1.
const HELD: usize = 1_100;

/// The test holds as many as the station.
fn more_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: now.maximum,
        ..now
    };
    setrlimit(Resource::Nofile, wanted).expect("more descriptors");
}

fn page_answers(line: &Line) {
    let answer = line.ask("GET /", "", b"");
    assert_eq!(answer.status, 200);
    let answer = line.ask("GET /api/live/0/image.jpg", "", b"");
    assert_eq!((answer.status, &answer.body[..2]), (200, &[0xFF, 0xD8][..]));
    line.station.get("/api/results?limit=5");
}

/// Whether the other end has closed it.
fn is_closed(stream: &mut TcpStream) -> bool {
    stream.set_nonblocking(true).expect("no waiting");
    let mut rest = [0; 64 * 1024];
    loop {
        match stream.read(&mut rest) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }
}

#[test]
fn a_thousand_half_open_connections_take_neither_the_page_nor_a_part_away() {
    more_descriptors();
    let line = Line::start();
    let mut held: Vec<TcpStream> = (0..HELD)
        .map(|_| line.send(b"GET /api/status HTTP/1.1\r\nhost: 127.0.0.1\r\nx-a: "))
        .collect();
    page_answers(&line);
    // Kept alive drop by drop, as long as they are let.
    for _ in 0..4 {
        for stream in &mut held {
            let _ = stream.write_all(b"a");
        }
        page_answers(&line);
    }
    line.goes_on();
    let closed = held
        .iter_mut()
        .filter_map(|stream| is_closed(stream).then_some(()));
    let closed = closed.count();
    assert!(closed >= HELD - 64, "{closed} of {HELD} were closed");
    line.ends_with_every_row();
}

#[test]
fn a_head_that_never_ends_is_cut_whatever_comes_of_it() {
    let line = Line::start();
    let mut slow = line.send(b"GET /api/status HTTP/1.1\r\nhost: 127.0.0.1\r\nx-a: ");
    let mut idle = line.send(b"");
    let begun = Instant::now();
    while !is_closed(&mut slow) || !is_closed(&mut idle) {
        let _ = slow.set_nonblocking(false);
        let _ = slow.write_all(b"a");
        std::thread::sleep(Duration::from_millis(200));
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "it waits for ever"
        );
    }
    line.ends_with_every_row();
}

#[test]
fn a_body_that_never_ends_is_refused() {
    let line = Line::start();
    let host = &line.station.address;
    let head = format!(
        "POST /api/teaching HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
         content-length: 1000\r\nconnection: close\r\n\r\n{{"
    );
    let answer = line.answer(head.as_bytes());
    assert_eq!(answer.status, 408);
    assert_eq!(answer.error().0, "bad_request");
    line.ends_with_every_row();
}

/// A log whose export is longer than what the kernel keeps of an answer.
fn with_history(home: &Path) {
    let data = home.join("data");
    std::fs::create_dir_all(&data).expect("made");
    let (mut log, _) = Writer::start(&data, &rows::context(), None, WallTime(5)).expect("a log");
    let records: Vec<_> = (1..=20_000).map(rows::record).collect();
    for batch in records.chunks(1_000) {
        inspector::ports::log::ResultLog::append(&mut log, batch).expect("written");
    }
    log.finish(WallTime(6), 20_000).expect("finished");
}

/// A connection with the smallest buffer, so that an answer waits at the other end.
fn narrow(address: &str) -> TcpStream {
    use rustix::net::{AddressFamily, SocketType, connect, socket, sockopt};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    sockopt::set_socket_recv_buffer_size(&socket, 4_096).expect("a size");
    let address: SocketAddr = address.parse().expect("an address");
    connect(&socket, &address).expect("it listens");
    TcpStream::from(socket)
}

#[test]
fn downloads_that_nobody_takes_hold_up_neither_the_log_nor_the_page_and_are_cut() {
    more_descriptors();
    let home = served::home(SIM);
    with_history(home.path());
    let line = Line::start_with(home, Station::start);
    let mut stalled: Vec<TcpStream> = (0..520)
        .map(|_| {
            let mut stream = narrow(&line.station.address);
            let _ =
                stream.write_all(b"GET /api/results/export HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
            stream
        })
        .collect();
    page_answers(&line);
    line.goes_on();
    page_answers(&line);
    // Whoever takes nothing is cut, and the next one has its turn.
    let begun = Instant::now();
    loop {
        let answer = line.ask("GET /api/results/export?style=part", "", b"");
        match answer.status {
            200 => {
                let rows = answer.body.iter().filter(|byte| **byte == b'\n').count();
                assert!(rows > 20_000, "{rows} rows");
                break;
            }
            503 => assert!(answer.head.contains("retry-after: "), "{answer:?}"),
            _ => panic!("{answer:?}"),
        }
        std::thread::sleep(Duration::from_millis(500));
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "no turn for ever"
        );
    }
    drop(stalled.drain(..));
    line.ends_with_every_row();
}

#[test]
fn nobody_takes_so_many_downloads_that_others_get_none() {
    let home = served::home(SIM);
    with_history(home.path());
    let line = Line::start_with(home, Station::start);
    let host = &line.station.address;
    let ask =
        format!("GET /api/results/export HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let mut held: Vec<TcpStream> = (0..6).map(|_| from([127, 0, 0, 2], host)).collect();
    let mut begun = 0;
    for stream in &mut held {
        stream.write_all(ask.as_bytes()).expect("sent");
        let mut first = [0; 12];
        stream.read_exact(&mut first).expect("an answer");
        begun += usize::from(first.ends_with(b"200"));
    }
    assert!((1..=2).contains(&begun), "{begun} downloads of one client");
    let answer = line.ask("GET /api/results/export?style=part", "", b"");
    assert_eq!(answer.status, 200, "{}", answer.head);
    assert!(answer.head.contains("x-until-seq: "), "{}", answer.head);
    // An older HTTP has no end of a file that tells whole ones from those that broke off.
    let mut old = TcpStream::connect(host).expect("it listens");
    let ask = ask.replace("HTTP/1.1", "HTTP/1.0");
    old.write_all(ask.as_bytes()).expect("sent");
    let mut first = [0; 12];
    old.read_exact(&mut first).expect("an answer");
    assert!(first.ends_with(b"505"), "{first:?}");
    line.ends_with_every_row();
}

#[test]
fn a_download_that_nobody_takes_lets_the_log_reuse_its_files() {
    let home = served::home(SIM);
    with_history(home.path());
    let line = Line::start_with(home, Station::start);
    let mut stalled = narrow(&line.station.address);
    let host = &line.station.address;
    let ask = format!("GET /api/results/export HTTP/1.1\r\nhost: {host}\r\n\r\n");
    stalled.write_all(ask.as_bytes()).expect("sent");
    let mut first = [0; 64];
    stalled.read_exact(&mut first).expect("it begins");
    std::thread::sleep(Duration::from_secs(2));
    // Possible only while nobody looks at an older state of the log.
    let path = line.home.path().join("data/results.sqlite");
    let log = rusqlite::Connection::open(path).expect("the log");
    log.busy_timeout(Duration::from_secs(5)).expect("patience");
    let is_busy: i64 = log
        .query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))
        .expect("an answer");
    assert_eq!(is_busy, 0, "the download holds the log");
    assert!(!is_closed(&mut stalled), "it was cut before");
    line.goes_on();
    line.ends_with_every_row();
}

#[test]
fn event_streams_of_one_client_leave_room_for_others() {
    more_descriptors();
    let line = Line::start();
    let host = &line.station.address;
    let ask = format!("GET /api/events HTTP/1.1\r\nhost: {host}\r\n\r\n");
    let mut held: Vec<TcpStream> = (0..100).map(|_| line.send(ask.as_bytes())).collect();
    let statuses: Vec<String> = held
        .iter_mut()
        .map(|stream| {
            let mut first = [0; 12];
            let read = stream.read_exact(&mut first);
            read.map_or(String::new(), |()| {
                String::from_utf8_lossy(&first).into_owned()
            })
        })
        .collect();
    let of = |status: &str| {
        statuses
            .iter()
            .filter(|said| said.ends_with(status))
            .count()
    };
    assert_eq!((of("200"), of("503")), (8, 92), "{statuses:?}");
    page_answers(&line);
    line.goes_on();
    let told = line.ask("GET /api/events", "", b"");
    assert_eq!((told.status, told.error().0.as_str()), (503, "busy"));
    drop(held);
    line.station.until("/api/status", |_| {
        let mut again = line.send(ask.as_bytes());
        let mut first = [0; 12];
        again.read_exact(&mut first).is_ok() && first.ends_with(b"200")
    });
    line.ends_with_every_row();
}

/// A connection from another address of this machine.
fn from(source: [u8; 4], address: &str) -> TcpStream {
    use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    bind(&socket, &SocketAddr::from((source, 0))).expect("an address of this machine");
    let address: SocketAddr = address.parse().expect("an address");
    connect(&socket, &address).expect("it listens");
    TcpStream::from(socket)
}

#[test]
fn who_has_all_his_connections_busy_is_told_so_and_others_are_answered() {
    let line = Line::start();
    let host = &line.station.address;
    let body_that_never_comes = format!(
        "POST /api/teaching HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{{"
    );
    let mut held = Vec::new();
    for _ in 0..64 {
        let mut stream = from([127, 0, 0, 2], host);
        stream
            .write_all(body_that_never_comes.as_bytes())
            .expect("sent");
        held.push(stream);
    }
    let ask = format!("GET /api/status HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let told = || {
        let mut one_more = from([127, 0, 0, 2], host);
        one_more.write_all(ask.as_bytes()).expect("sent");
        let mut said = Vec::new();
        one_more
            .read_to_end(&mut said)
            .expect("an answer, and its end");
        String::from_utf8(said).expect("text")
    };
    let said = told();
    let body = said.split("\r\n\r\n").nth(1).expect("a body");
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert!(said.starts_with("HTTP/1.1 503"), "{said}");
    assert!(said.contains("retry-after: "), "{said}");
    assert_eq!(body["error"]["kind"], "busy", "{said}");
    page_answers(&line);
    line.goes_on();
    // They are over by themselves.
    let begun = Instant::now();
    while !told().starts_with("HTTP/1.1 200") {
        std::thread::sleep(Duration::from_millis(500));
        let waited = begun.elapsed();
        assert!(waited < Duration::from_secs(120), "no turn for ever");
    }
    drop(held);
    line.ends_with_every_row();
}

#[test]
fn a_stream_tells_every_part_and_the_state() {
    let line = Line::start();
    let host = &line.station.address;
    let mut stream =
        line.send(format!("GET /api/events HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes());
    let (mut said, mut piece) = (String::new(), [0; 4_096]);
    while said.matches("event: part").count() < 3 || !said.contains("event: status") {
        let read = stream.read(&mut piece).expect("it goes on");
        assert!(read > 0, "it ended: {said}");
        said.push_str(&String::from_utf8_lossy(&piece[..read]));
    }
    let data = said
        .lines()
        .find_map(|line| line.strip_prefix("data: {\"id\""));
    let part: Value =
        serde_json::from_str(&format!("{{\"id\"{}", data.expect("a part"))).expect("JSON");
    assert!(part["part_id"].is_string(), "{part}");
}
