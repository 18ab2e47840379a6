//! A time-stamp authority for tests: openssl behind a small HTTP server, which can be told to misbehave.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

/// What the server does with a question.
#[derive(Clone, Copy, Debug)]
pub enum Does {
    Stamps,
    Hangs,
    Babbles,
    Refuses,
    StampsAnother,
    IsBusy,
}

const CONFIG: &str = "[tsa]
default_tsa = one
[one]
serial = SERIAL
signer_cert = tsa.pem
certs = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
clock_precision_digits = 3
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
";

/// A time-stamp authority: openssl behind a small HTTP server.
pub struct Authority {
    pub folder: PathBuf,
    does: Arc<Mutex<Does>>,
    pub url: String,
}

pub fn shell(folder: &Path, script: &str) -> Output {
    let mut command = Command::new("sh");
    let output = command.current_dir(folder).args(["-ec", script]).output();
    output.expect("a shell")
}

pub fn done(folder: &Path, script: &str) -> String {
    let output = shell(folder, script);
    assert!(output.status.success(), "{script}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Authority {
    pub fn start(folder: PathBuf) -> Self {
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("tsa.cnf"), CONFIG.replace("SERIAL", "serial")).unwrap();
        std::fs::write(folder.join("serial"), "01\n").unwrap();
        done(
            &folder,
            "openssl req -x509 -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.pem -days 30 \
             -subj '/O=A plant/CN=Its clock' -addext extendedKeyUsage=critical,timeStamping",
        );
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/tsa", listener.local_addr().unwrap());
        let does = Arc::new(Mutex::new(Does::Stamps));
        let (at, doing) = (folder.clone(), Arc::clone(&does));
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming() {
                let does = *doing.lock().unwrap();
                kept.extend(answered(&at, stream.unwrap(), does));
            }
        });
        Self { folder, does, url }
    }

    pub fn now(&self, does: Does) {
        *self.does.lock().unwrap() = does;
    }
}

/// Gives the stream back where nobody is to be answered.
fn answered(folder: &Path, mut stream: TcpStream, does: Does) -> Option<TcpStream> {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut line, mut length, mut is_query) = (String::new(), 0, false);
    while reader.read_line(&mut line).unwrap_or(0) > 2 {
        let lower = line.to_lowercase();
        if let Some(found) = lower.strip_prefix("content-length:") {
            length = found.trim().parse().unwrap();
        }
        is_query |= lower.trim() == "content-type: application/timestamp-query";
        line.clear();
    }
    let mut query = vec![0; length];
    reader.read_exact(&mut query).unwrap();
    assert!(is_query, "the type of a question, RFC 3161, 3.4");
    std::fs::write(folder.join("query"), &query).unwrap();
    const REPLY: &str = "openssl ts -reply -config tsa.cnf -queryfile query -out answer";
    const OTHER: &str =
        "echo other > other; openssl ts -query -data other -sha256 -cert -out query";
    let answer = match does {
        Does::Hangs => return Some(stream),
        Does::Babbles => b"<html>welcome</html>".to_vec(),
        Does::Refuses => vec![0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02],
        Does::IsBusy => Vec::new(),
        Does::Stamps => {
            done(folder, REPLY);
            std::fs::read(folder.join("answer")).unwrap()
        }
        Does::StampsAnother => {
            done(folder, &format!("{OTHER}; {REPLY}"));
            std::fs::read(folder.join("answer")).unwrap()
        }
    };
    let status = if matches!(does, Does::IsBusy) {
        503
    } else {
        200
    };
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/timestamp-reply\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        answer.len()
    );
    let whole = [head.as_bytes(), &answer].concat();
    let _ = stream.write_all(&whole);
    None
}
