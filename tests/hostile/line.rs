//! A station under attack, and what must hold meanwhile and afterwards.

use crate::served::{self, Station};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Parts that must leave during an attack.
const PARTS: u64 = 20;
/// What an attack may cost beside what the station held before.
const MEMORY_MAX_KIB: u64 = 96 * 1024;
/// Connections, the files read for them, and what the data plane holds.
const DESCRIPTORS_MAX: usize = 600;

/// Every part is of a style that has a recipe, so that each is decided.
pub const SIM: &str = "[sim]\nwidth = 320\nheight = 240\ndefect_rate = 0.0\npitch_ms = 300\njitter_ms = 0\n\
     styles = [\"bracket\"]\n";

pub struct Line {
    pub home: tempfile::TempDir,
    pub station: Station,
    memory_kib: u64,
}

impl Line {
    /// A simulated line that decides.
    pub fn start() -> Self {
        Self::start_with(served::home(SIM), Station::start)
    }

    pub fn start_with(home: tempfile::TempDir, start: impl Fn(&Path) -> Station) -> Self {
        let station = start(home.path());
        station.until("/api/status", |status| parts(status) >= 3);
        let memory_kib = memory_kib(station.id());
        Self {
            home,
            station,
            memory_kib,
        }
    }

    /// Waits until parts have left, and holds what must hold while somebody attacks.
    pub fn goes_on(&self) {
        let before = self.station.get("/api/status");
        let wanted = parts(&before) + PARTS;
        let after = self
            .station
            .until("/api/status", |status| parts(status) >= wanted);
        // What the model is unsure of is not decided, attack or not.
        for lost in ["deadline_misses", "late_verdicts", "images_dropped", "gaps"] {
            let counts = [&before, &after].map(|status| status["counts"][lost].as_u64());
            assert_eq!(counts[0], counts[1], "{lost} during the attack: {after}");
        }
        assert_eq!(after["state"], "continuous_execution", "{after}");
        let memory = memory_kib(self.station.id()).saturating_sub(self.memory_kib);
        assert!(memory < MEMORY_MAX_KIB, "{memory} KiB more than before");
        let descriptors = std::fs::read_dir(format!("/proc/{}/fd", self.station.id()));
        let descriptors = descriptors.expect("of a process of ours").count();
        assert!(descriptors < DESCRIPTORS_MAX, "{descriptors} descriptors");
    }

    /// Ends it as a person would: every part that came has its row, and its pictures are whole.
    pub fn ends_with_every_row(self) {
        let settings = self.home.path().join("station.toml");
        self.station.stop();
        let verified = Command::new(env!("CARGO_BIN_EXE_inspector"))
            .args(["verify", "--settings"])
            .arg(settings)
            .output();
        let verified = verified.expect("it runs");
        assert!(verified.status.success(), "{verified:?}");
    }

    /// Lines that the station logged with this code.
    pub fn logged(&self, code: &str) -> Vec<Value> {
        let folder = inspector::telemetry::file::folder_in(&self.home.path().join("data"));
        let mut lines = Vec::new();
        for entry in std::fs::read_dir(folder).expect("a folder of logs") {
            let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("text");
            lines.extend(text.lines().map(|line| {
                let line: Value = serde_json::from_str(line).expect("JSON");
                line
            }));
        }
        lines.retain(|line| line["code"] == code);
        lines
    }

    /// The first line with this code that a test looks for; lines are written a moment later.
    pub fn logged_soon(&self, code: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..100 {
            if let Some(line) = self.logged(code).into_iter().find(|line| is_it(line)) {
                return line;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("no such line among {:?}", self.logged(code));
    }

    /// A connection, on which these bytes were sent.
    pub fn send(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(&self.station.address).expect("it listens");
        let within = Some(Duration::from_secs(60));
        stream.set_read_timeout(within).expect("a time limit");
        // It may answer, and hang up, before it has read everything.
        let _ = stream.write_all(bytes);
        stream
    }

    /// What is answered to these bytes until the connection is closed.
    pub fn answer(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.send(bytes);
        let mut said = Vec::new();
        // Closed before everything was read, which resets the connection once the answer is out.
        let _ = stream.read_to_end(&mut said);
        Answer::new(&said)
    }

    /// A head of these lines, with the host that is right and a connection that is closed.
    pub fn ask(&self, first: &str, lines: &str, body: &[u8]) -> Answer {
        let host = &self.station.address;
        let head = format!("{first} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{lines}\r\n");
        self.answer(&[head.as_bytes(), body].concat())
    }
}

fn parts(status: &Value) -> u64 {
    status["counts"]["parts"].as_u64().expect("a number")
}

fn memory_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().split(' ').next());
    number.and_then(|text| text.parse().ok()).expect("a number")
}

/// An answer, taken apart.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// In small letters.
    pub head: String,
    /// As it stands behind `etag`.
    pub tag: Option<String>,
    pub body: Vec<u8>,
}

impl Answer {
    fn new(said: &[u8]) -> Self {
        let end = said.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(said)));
        let head = String::from_utf8_lossy(&said[..end]);
        let tag = head.lines().find_map(|line| line.strip_prefix("etag: "));
        let tag = tag.map(str::to_owned);
        let head = head.to_lowercase();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        Self {
            status: status.expect("a status"),
            head,
            tag,
            body: said[end + 4..].to_vec(),
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The kind and message of an error, which every answer that is not 2xx has.
    pub fn error(&self) -> (String, String) {
        assert!(
            self.head.contains("content-type: application/json"),
            "{self:?}"
        );
        let json = self.json();
        let text = |field: &str| json["error"][field].as_str().map(str::to_owned);
        text("kind").zip(text("message")).expect("an error")
    }
}
