//! Answers of a running station with their headers, and those that go on without an end.

use crate::served::Station;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

impl Station {
    /// The whole answer to a JSON body, with more headers, each line of them ended.
    pub fn request(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Reply {
        self.open_with(method, path, headers, body).whole()
    }

    /// An answer that is read as it comes.
    pub fn open(&self, method: &str, path: &str, headers: &str) -> Answering {
        self.open_with(method, path, headers, b"")
    }

    /// The same to a JSON body.
    pub fn open_with(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answering {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{headers}\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        // It may answer, and hang up, before it has read everything.
        let _ = stream.write_all(&[head.as_bytes(), body].concat());
        Answering {
            stream,
            came: Vec::new(),
        }
    }
}

/// An answer that may go on without an end.
pub struct Answering {
    stream: TcpStream,
    came: Vec<u8>,
}

impl Answering {
    /// Reads once; whether more came.
    fn goes_on(&mut self, within: Duration) -> bool {
        let within = within.max(Duration::from_millis(1));
        self.stream
            .set_read_timeout(Some(within))
            .expect("a time limit");
        let mut some = [0; 16 * 1024];
        match self.stream.read(&mut some) {
            Ok(count) => {
                self.came.extend(&some[..count]);
                count > 0
            }
            Err(_) => false,
        }
    }

    fn until(&mut self, within: Duration, is_so: impl Fn(&[u8]) -> bool) -> bool {
        let until = Instant::now() + within;
        while !is_so(&self.came) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || !self.goes_on(left) {
                return false;
            }
        }
        true
    }

    /// Whether these bytes come, among those that come from now on.
    pub fn reads(&mut self, wanted: &[u8], within: Duration) -> bool {
        self.came.clear();
        self.until(within, |came| {
            came.windows(wanted.len()).any(|some| some == wanted)
        })
    }

    /// Whether it ends by itself.
    pub fn ends(&mut self, within: Duration) -> bool {
        let until = Instant::now() + within;
        while self.goes_on(until.saturating_duration_since(Instant::now())) {
            self.came.clear();
        }
        Instant::now() < until
    }

    /// The status, as soon as it is there.
    pub fn status(&mut self) -> u16 {
        let has_head = |came: &[u8]| came.windows(4).any(|four| four == b"\r\n\r\n");
        let came = self.until(Duration::from_secs(60), has_head);
        assert!(came, "no answer: {:?}", String::from_utf8_lossy(&self.came));
        Reply::of(&self.came).status
    }

    /// All of it.
    pub fn whole(mut self) -> Reply {
        while self.goes_on(Duration::from_secs(60)) {}
        Reply::of(&self.came)
    }
}

/// A whole answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    head: String,
    body: Vec<u8>,
}

impl Reply {
    fn of(came: &[u8]) -> Self {
        let end = came.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(came)));
        let head = String::from_utf8_lossy(&came[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        Self {
            status: status.expect("a status"),
            head,
            body: came[end + 4..].to_vec(),
        }
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let (_, value) = lines.find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// What kind of error it is.
    pub fn kind(&self) -> String {
        self.json()["error"]["kind"]
            .as_str()
            .expect("a kind")
            .to_owned()
    }
}
