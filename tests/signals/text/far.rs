//! The far sides of text devices, each real: the other half of a pseudo-terminal, sockets, and for keyboards a pipe with
//! events as the kernel writes them.

use super::suite::Far;
use super::typing::typed;
use inspector::adapters::line::kinds::{DeviceKind, Opening};
use inspector::adapters::line::text::keyboard;
use inspector::adapters::line::text::port::{Got, Port};
use inspector::ports::line::LineDevice;
use inspector::ports::signal::SignalError;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn drain(mut from: impl Read) -> Vec<u8> {
    let mut all = Vec::new();
    let mut some = [0; 1024];
    while let Ok(count @ 1..) = from.read(&mut some) {
        all.extend(&some[..count]);
    }
    all
}

fn push(mut to: impl Write, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match to.write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            // Nobody takes it.
            Err(_) => return,
        }
    }
}

/// A pseudo-terminal behind a link that stays, as udev makes them.
pub struct Serial {
    folder: tempfile::TempDir,
    master: Option<File>,
    more: &'static str,
}

impl Serial {
    pub fn new() -> Self {
        Self::with("baud = 115200\n")
    }

    pub fn with(more: &'static str) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            master: None,
            more,
        }
    }

    fn link(&self) -> PathBuf {
        self.folder.path().join("usb-scanner")
    }
}

/// The master of a new pseudo-terminal, and the path of its slave.
pub fn pseudo_terminal() -> (File, PathBuf) {
    let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_NONBLOCK | libc::O_CLOEXEC;
    // SAFETY: it takes flags and gives a new descriptor, or -1.
    let fd = unsafe { libc::posix_openpt(flags) };
    assert!(fd >= 0, "{}", io::Error::last_os_error());
    // SAFETY: nobody else has this descriptor.
    let master = unsafe { File::from_raw_fd(fd) };
    let mut name = [0; 64];
    // SAFETY: the descriptor is a master, and the buffer has the length that is said.
    let named = unsafe {
        libc::grantpt(fd) == 0
            && libc::unlockpt(fd) == 0
            && libc::ptsname_r(fd, name.as_mut_ptr(), name.len()) == 0
    };
    assert!(named, "{}", io::Error::last_os_error());
    let name = name.iter().map(|byte| *byte as u8 as char);
    let name: String = name.take_while(|byte| *byte != '\0').collect();
    (master, name.into())
}

impl Far for Serial {
    fn section(&self) -> String {
        format!("kind = \"text\"\nport = {:?}\n{}", self.link(), self.more)
    }

    fn plug(&mut self, _turn: &mut dyn FnMut()) {
        let (master, path) = pseudo_terminal();
        std::os::unix::fs::symlink(path, self.link()).unwrap();
        self.master = Some(master);
    }

    fn unplug(&mut self) {
        self.master = None;
        let _ = std::fs::remove_file(self.link());
    }

    fn send(&mut self, bytes: &[u8]) {
        push(self.master.as_ref().expect("plugged"), bytes);
    }

    fn sent(&mut self) -> Vec<u8> {
        drain(self.master.as_ref().expect("plugged"))
    }
}

/// A scanner that listens.
pub struct Listening {
    at: SocketAddr,
    stream: Option<TcpStream>,
}

impl Listening {
    pub fn new() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            at: free.local_addr().unwrap(),
            stream: None,
        }
    }
}

impl Far for Listening {
    fn section(&self) -> String {
        format!("kind = \"text\"\nconnect = \"{}\"\n", self.at)
    }

    fn plug(&mut self, turn: &mut dyn FnMut()) {
        let listener = TcpListener::bind(self.at).unwrap();
        listener.set_nonblocking(true).unwrap();
        for _ in 0..5_000 {
            turn();
            if let Ok((stream, _)) = listener.accept() {
                stream.set_nonblocking(true).unwrap();
                self.stream = Some(stream);
                return;
            }
        }
        panic!("the station did not connect");
    }

    fn unplug(&mut self) {
        self.stream = None;
    }

    fn send(&mut self, bytes: &[u8]) {
        push(self.stream.as_ref().expect("plugged"), bytes);
    }

    fn sent(&mut self) -> Vec<u8> {
        drain(self.stream.as_ref().expect("plugged"))
    }
}

/// A scanner that connects to the station.
pub struct Calling {
    at: SocketAddr,
    stream: Option<TcpStream>,
    more: &'static str,
}

impl Calling {
    pub fn new() -> Self {
        Self::with("")
    }

    pub fn with(more: &'static str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            at: free.local_addr().unwrap(),
            stream: None,
            more,
        }
    }

    pub fn at(&self) -> SocketAddr {
        self.at
    }
}

impl Far for Calling {
    fn section(&self) -> String {
        format!("kind = \"text\"\nlisten = \"{}\"\n{}", self.at, self.more)
    }

    fn plug(&mut self, _turn: &mut dyn FnMut()) {
        let stream = TcpStream::connect(self.at).unwrap();
        stream.set_nonblocking(true).unwrap();
        self.stream = Some(stream);
    }

    fn unplug(&mut self) {
        self.stream = None;
    }

    fn send(&mut self, bytes: &[u8]) {
        push(self.stream.as_ref().expect("plugged"), bytes);
    }

    fn sent(&mut self) -> Vec<u8> {
        drain(self.stream.as_ref().expect("plugged"))
    }
}

/// A keyboard whose events come through a pipe: everything but opening and taking the device, for which a kernel with
/// input devices is needed.
#[derive(Default)]
pub struct Typing {
    to: Option<io::PipeWriter>,
    from: Pipe,
}

#[derive(Clone, Default)]
struct Pipe {
    next: Arc<Mutex<Option<io::PipeReader>>>,
    open: Arc<Mutex<Option<File>>>,
}

fn unplugged() -> SignalError {
    SignalError::Gone {
        why: inspector::telemetry::why_gone::WhyGone::Unplugged,
        reason: "unplugged".to_owned(),
    }
}

impl Port for Pipe {
    fn reopen(&mut self) -> Result<(), SignalError> {
        let next = self.next.lock().unwrap().take().ok_or_else(unplugged)?;
        // SAFETY: the descriptor is open, and stays with the reader.
        unsafe { libc::fcntl(next.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) };
        *self.open.lock().unwrap() = Some(File::from(std::os::fd::OwnedFd::from(next)));
        Ok(())
    }

    fn read(&mut self, into: &mut [u8], patience: Duration) -> Result<Got, SignalError> {
        let read = match &mut *self.open.lock().unwrap() {
            Some(file) => file.read(into),
            None => return Err(unplugged()),
        };
        match read {
            Ok(0) => Err(unplugged()),
            Ok(count) => Ok(Got::Bytes(count)),
            Err(_) => {
                std::thread::sleep(patience);
                Ok(Got::Nothing)
            }
        }
    }

    fn write(&mut self, _text: &[u8]) -> Result<(), SignalError> {
        Err(unplugged())
    }
}

impl Far for Typing {
    fn section(&self) -> String {
        "kind = \"keyboard\"\ninput = \"/dev/input/by-id/usb-wedge-event-kbd\"\npartial_timeout_ms = 200\n".to_owned()
    }

    fn open(&self, from: Opening<'_>) -> Box<dyn LineDevice> {
        let DeviceKind::Keyboard(settings) = from.settings().kind.clone() else {
            panic!("another kind");
        };
        Box::new(keyboard::device(&settings, self.from.clone(), from))
    }

    fn plug(&mut self, _turn: &mut dyn FnMut()) {
        let (from, to) = io::pipe().unwrap();
        *self.from.next.lock().unwrap() = Some(from);
        self.to = Some(to);
    }

    fn unplug(&mut self) {
        self.to = None;
    }

    fn send(&mut self, bytes: &[u8]) {
        let events = typed(bytes).concat();
        push(self.to.as_ref().expect("plugged"), &events);
    }

    fn is_of_bytes(&self) -> bool {
        false
    }
}
