//! A TCP connection to a device that answers one request after the other, each by a deadline. After anything that went wrong
//! it is given up, so that a late answer is never taken for a later request's.

use crate::clock::Clock;
use crate::station::time::Instant;
use crate::telemetry::why_gone::WhyGone;
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// The longest time-out: an alarm comes within a second.
pub const TIMEOUT_MS_MAX: u64 = 800;
/// The time-out where the settings do not say.
pub const TIMEOUT_MS: u64 = 200;

/// Where it listens: an IP address, with its port unless there is a usual one; `None` where the text says neither.
pub fn socket_address(text: &str, usual: Option<u16>) -> Option<SocketAddr> {
    let alone = || text.parse::<IpAddr>().ok().zip(usual);
    let with_port = text.parse().ok();
    with_port.or_else(|| alone().map(SocketAddr::from))
}

/// Stands for the address of settings that were not checked.
pub const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// What is wrong with address and time-out in the settings.
pub fn problems(address: &str, usual: Option<u16>, timeout_ms: u64) -> Vec<String> {
    let mut problems = Vec::new();
    if socket_address(address, usual).is_none() {
        let port = match usual {
            Some(port) => format!("a port where it is not {port}, as \"192.168.1.5\" or"),
            None => "the port that is set in the PLC, as".to_owned(),
        };
        problems.push(format!(
            "address: expected an IP address, with {port} \"192.168.1.5:1502\"; found {address:?}"
        ));
    }
    if !(1..=TIMEOUT_MS_MAX).contains(&timeout_ms) {
        problems.push(format!(
            "timeout_ms: expected 1 to {TIMEOUT_MS_MAX}, found {timeout_ms}"
        ));
    }
    problems
}

/// Why nothing was exchanged. The connection is given up.
#[derive(Debug)]
pub enum TcpError {
    /// Nobody takes connections there.
    Connect(SocketAddr, io::Error),
    /// Nothing whole came in time.
    Timeout(SocketAddr, Duration),
    /// The connection broke or was closed.
    Broken(SocketAddr, io::Error),
    /// Before the request something lay there that nobody had asked for.
    Unasked(SocketAddr),
}

impl fmt::Display for TcpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TcpError::Connect(to, error) => write!(
                f,
                "{to}: cannot connect: {error}; check power, cable and address, and that the device listens there"
            ),
            TcpError::Timeout(to, limit) => write!(
                f,
                "{to}: no answer within {} ms; check that the device runs, or raise timeout_ms",
                limit.as_millis()
            ),
            TcpError::Broken(to, error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                write!(f, "{to}: the device closed the connection")
            }
            TcpError::Broken(to, error) => write!(f, "{to}: the connection broke: {error}"),
            TcpError::Unasked(to) => {
                write!(f, "{to}: an answer came that nobody had asked for")
            }
        }
    }
}

impl TcpError {
    /// As people are told it.
    pub fn why(&self) -> WhyGone {
        match self {
            TcpError::Connect(..) => WhyGone::Unreachable,
            TcpError::Timeout(..) => WhyGone::Silent,
            TcpError::Broken(_, error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                WhyGone::Closed
            }
            TcpError::Broken(..) => WhyGone::Broken,
            TcpError::Unasked(_) => WhyGone::Garbled,
        }
    }
}

impl std::error::Error for TcpError {}

/// A connection, or none at the moment.
pub struct Tcp {
    to: SocketAddr,
    limit: Duration,
    clock: Arc<dyn Clock>,
    stream: Option<TcpStream>,
}

impl Tcp {
    /// To a device; closed. `limit` is what [`Self::deadline`] allows.
    pub fn new(to: SocketAddr, limit: Duration, clock: Arc<dyn Clock>) -> Self {
        Self {
            to,
            limit,
            clock,
            stream: None,
        }
    }

    /// The device's address.
    pub const fn to(&self) -> SocketAddr {
        self.to
    }

    /// Until when what begins now must be done.
    pub fn deadline(&self) -> Instant {
        self.clock.now() + self.limit
    }

    /// Whether a connection stands, as far as is known without asking.
    pub const fn is_connected(&self) -> bool {
        self.stream.is_some()
    }

    /// Gives the connection up.
    pub fn close(&mut self) {
        self.stream = None;
    }

    /// Connects where that is needed. On a connection that stands nothing may lie there unread: it would be taken for the
    /// next request's answer.
    ///
    /// # Errors
    /// Why no request can be sent.
    pub fn ready(&mut self, deadline: Instant) -> Result<(), TcpError> {
        let Some(stream) = &self.stream else {
            let left = self.left(deadline)?;
            let opened = TcpStream::connect_timeout(&self.to, left)
                .and_then(|stream| stream.set_nodelay(true).map(|()| stream));
            self.stream = Some(opened.map_err(|error| TcpError::Connect(self.to, error))?);
            return Ok(());
        };
        let mut byte = [0];
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        match recv(stream, &mut byte[..], flags) {
            Err(Errno::AGAIN | Errno::INTR) => Ok(()),
            Err(error) => Err(self.failed(error.into())),
            Ok((_, 0)) => Err(self.failed(io::ErrorKind::UnexpectedEof.into())),
            Ok(_) => {
                self.close();
                Err(TcpError::Unasked(self.to))
            }
        }
    }

    fn left(&mut self, deadline: Instant) -> Result<Duration, TcpError> {
        match deadline.since(self.clock.now()) {
            Duration::ZERO => Err(self.failed(io::ErrorKind::TimedOut.into())),
            left => Ok(left),
        }
    }

    fn failed(&mut self, error: io::Error) -> TcpError {
        self.close();
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                TcpError::Timeout(self.to, self.limit)
            }
            _ => TcpError::Broken(self.to, error),
        }
    }

    /// Sends all of it.
    ///
    /// # Errors
    /// Where that did not succeed by the deadline.
    pub fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), TcpError> {
        let left = self.left(deadline)?;
        let Some(mut stream) = self.stream.as_ref() else {
            return Err(self.failed(io::ErrorKind::NotConnected.into()));
        };
        let sent = stream.set_write_timeout(Some(left));
        sent.and_then(|()| stream.write_all(bytes))
            .map_err(|error| self.failed(error))
    }

    /// Waits for more; says how many bytes came, 0 where it is to be asked again.
    ///
    /// # Errors
    /// Where nothing comes any more, or not by the deadline.
    pub fn receive(&mut self, into: &mut [u8], deadline: Instant) -> Result<usize, TcpError> {
        let left = self.left(deadline)?;
        let Some(mut stream) = self.stream.as_ref() else {
            return Err(self.failed(io::ErrorKind::NotConnected.into()));
        };
        let read = stream.set_read_timeout(Some(left));
        match read.and_then(|()| stream.read(into)) {
            Ok(0) => Err(self.failed(io::ErrorKind::UnexpectedEof.into())),
            Ok(read) => Ok(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
            Err(error) => Err(self.failed(error)),
        }
    }
}
