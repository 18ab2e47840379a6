//! The far side of a signal device: a simulator in a process of its own, and what may happen to bytes on the way to it.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// `None`, told loudly, where the simulators are not installed.
pub fn python() -> Option<OsString> {
    let python = std::env::var_os("INSPECTOR_PYMODBUS");
    if python.is_none() {
        eprintln!(
            "SKIPPED: needs simulators of PLCs; INSPECTOR_PYMODBUS=$(tests/plc/pymodbus.sh), as in `make test`"
        );
    }
    python
}

/// A port of loopback that nobody has.
pub fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("it is bound")
}

/// A simulator that obeys commands.
pub struct Peer {
    python: OsString,
    script: String,
    pub at: SocketAddr,
    child: Child,
    says: BufReader<ChildStdout>,
    hears: ChildStdin,
}

fn spawn(
    python: &OsStr,
    script: &str,
    at: SocketAddr,
) -> (Child, BufReader<ChildStdout>, ChildStdin) {
    let mut words = script.split(' ');
    let file = words.next().expect("a script");
    let mut child = Command::new(python)
        .arg(format!(
            "{}/tests/signals/peers/{file}",
            env!("CARGO_MANIFEST_DIR")
        ))
        .arg(at.port().to_string())
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut says = BufReader::new(child.stdout.take().expect("it is piped"));
    let hears = child.stdin.take().expect("it is piped");
    let mut said = String::new();
    says.read_line(&mut said).expect("it says something");
    assert_eq!(said.trim(), "listening", "{script}");
    (child, says, hears)
}

impl Peer {
    pub fn start(python: &OsStr, script: &str) -> Self {
        let at = free();
        let (child, says, hears) = spawn(python, script, at);
        Self {
            python: python.to_owned(),
            script: script.to_owned(),
            at,
            child,
            says,
            hears,
        }
    }

    pub fn ask(&mut self, command: &str) -> String {
        writeln!(self.hears, "{command}").expect("it listens");
        let mut said = String::new();
        self.says.read_line(&mut said).expect("it answers");
        assert!(!said.is_empty(), "it ended at {command:?}");
        said.trim().to_owned()
    }

    pub fn set(&mut self, input: u8, value: impl std::fmt::Display) {
        assert_eq!(self.ask(&format!("set {input} {value}")), "ok");
    }

    /// What the device has at an output.
    pub fn is_on(&mut self, output: u8) -> bool {
        self.ask(&format!("get {output}")) == "1"
    }

    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let done = Command::new("kill").args([signal, &pid]).status();
        assert!(done.expect("kill runs").success());
    }

    pub fn kill(&mut self) {
        self.child.kill().expect("it ran");
        self.child.wait().expect("it ends");
    }

    /// After it was killed, at the same address; its memory is empty.
    pub fn restart(&mut self) {
        (self.child, self.says, self.hears) = spawn(&self.python, &self.script, self.at);
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What happens to answers on their way.
#[derive(Default)]
struct Weather {
    delay_ms: AtomicU64,
    is_silent: AtomicBool,
    is_doubled: AtomicBool,
    in_pieces: AtomicBool,
    /// Answers that still come whole; the next one is cut in the middle, and the connection ends.
    cut: AtomicBool,
    connections: AtomicUsize,
}

/// Stands between a client and its peer.
pub struct Proxy {
    pub at: SocketAddr,
    weather: Arc<Weather>,
}

impl Proxy {
    pub fn before(peer: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("it is bound");
        let weather = Arc::new(Weather::default());
        let shared = Arc::clone(&weather);
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let Ok(peer) = TcpStream::connect(peer) else {
                    continue;
                };
                let (mut up, mut back) = (
                    peer.try_clone().expect("a socket"),
                    client.try_clone().expect("a socket"),
                );
                thread::spawn(move || {
                    let _ = std::io::copy(&mut back, &mut up);
                    let _ = up.shutdown(Shutdown::Both);
                });
                let weather = Arc::clone(&shared);
                thread::spawn(move || carry(peer, client, &weather));
            }
        });
        Self { at, weather }
    }

    pub fn connections(&self) -> usize {
        self.weather.connections.load(Ordering::SeqCst)
    }

    pub fn delay(&self, delay: Duration) {
        let ms = u64::try_from(delay.as_millis()).expect("short");
        self.weather.delay_ms.store(ms, Ordering::SeqCst);
    }

    pub fn silent(&self, is_silent: bool) {
        self.weather.is_silent.store(is_silent, Ordering::SeqCst);
    }

    pub fn doubled(&self, is_doubled: bool) {
        self.weather.is_doubled.store(is_doubled, Ordering::SeqCst);
    }

    pub fn pieces(&self, in_pieces: bool) {
        self.weather.in_pieces.store(in_pieces, Ordering::SeqCst);
    }

    pub fn cut(&self) {
        self.weather.cut.store(true, Ordering::SeqCst);
    }
}

fn carry(mut peer: TcpStream, mut client: TcpStream, weather: &Weather) {
    let _ = client.set_nodelay(true);
    let mut answer = [0; 4096];
    while let Ok(read @ 1..) = peer.read(&mut answer) {
        let answer = &answer[..read];
        thread::sleep(Duration::from_millis(
            weather.delay_ms.load(Ordering::SeqCst),
        ));
        if weather.is_silent.load(Ordering::SeqCst) {
            continue;
        }
        let carried = if weather.cut.swap(false, Ordering::SeqCst) {
            let _ = client.write_all(&answer[..read / 2]);
            break;
        } else if weather.in_pieces.load(Ordering::SeqCst) {
            answer.chunks(3).try_for_each(|piece| {
                thread::sleep(Duration::from_micros(300));
                client.write_all(piece)
            })
        } else {
            client.write_all(answer)
        };
        if carried.is_err() {
            break;
        }
        if weather.is_doubled.load(Ordering::SeqCst) && client.write_all(answer).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = peer.shutdown(Shutdown::Both);
}
