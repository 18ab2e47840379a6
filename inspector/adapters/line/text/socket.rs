//! TCP: a scanner that listens, or one that connects to the station.

use super::port::{Got, Port, gone, is_nothing, wait};
use crate::error::{Error, ErrorKind};
use crate::ports::signal::SignalError;
use crate::telemetry::why_gone::WhyGone;
use rustix::net::sockopt;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// How long a connection may take.
const CONNECT_WITHIN: Duration = Duration::from_millis(300);
/// A peer whose cable was pulled is given up after three of them.
const PROBE_EVERY: Duration = Duration::from_secs(1);
const PROBES_MAX: u32 = 2;
/// After a listener gave an error.
const PAUSE: Duration = Duration::from_millis(10);

/// Does not wait, and notices when the other computer, or the way to it, is gone.
fn ready(stream: &TcpStream) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    stream.set_nodelay(true)?;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, PROBE_EVERY)?;
    sockopt::set_tcp_keepintvl(stream, PROBE_EVERY)?;
    Ok(sockopt::set_tcp_keepcnt(stream, PROBES_MAX)?)
}

/// `None` where the other end has closed.
fn read(stream: &mut TcpStream, into: &mut [u8]) -> io::Result<Option<Got>> {
    match stream.read(into) {
        Ok(0) => Ok(None),
        Ok(count) => Ok(Some(Got::Bytes(count))),
        Err(error) if is_nothing(&error) => Ok(Some(Got::Nothing)),
        Err(error) => Err(error),
    }
}

fn write(
    stream: &mut TcpStream,
    text: &[u8],
    to: &dyn std::fmt::Display,
) -> Result<(), SignalError> {
    match stream.write(text) {
        Ok(count) if count == text.len() => Ok(()),
        Ok(_) => Err(gone(
            WhyGone::Full,
            format!(
                "{to}: expected it to take {} bytes at once, found it full",
                text.len()
            ),
        )),
        Err(error) => Err(gone(WhyGone::Broken, format!("{to}: {error}"))),
    }
}

/// The station connects to the scanner.
pub(super) struct Client {
    to: SocketAddr,
    stream: Option<TcpStream>,
}

impl Client {
    pub(super) const fn new(to: SocketAddr) -> Self {
        Self { to, stream: None }
    }

    fn closed(&self) -> SignalError {
        gone(
            WhyGone::Closed,
            format!(
                "{}: the scanner closed the connection; it is connected again",
                self.to
            ),
        )
    }
}

impl Port for Client {
    fn reopen(&mut self) -> Result<(), SignalError> {
        self.stream = None;
        let to = self.to;
        let connected = TcpStream::connect_timeout(&to, CONNECT_WITHIN)
            .and_then(|stream| ready(&stream).map(|()| stream));
        let refused = |error| {
            gone(
                WhyGone::Unreachable,
                format!(
                    "{to}: expected a scanner that listens there, found: {error}; check power, cable and address"
                ),
            )
        };
        self.stream = Some(connected.map_err(refused)?);
        Ok(())
    }

    fn read(&mut self, into: &mut [u8], patience: Duration) -> Result<Got, SignalError> {
        let Some(stream) = &mut self.stream else {
            return Err(self.closed());
        };
        if !wait(stream, patience) {
            return Ok(Got::Nothing);
        }
        match read(stream, into) {
            Ok(Some(got)) => Ok(got),
            Ok(None) => Err(self.closed()),
            Err(error) => Err(gone(
                WhyGone::Broken,
                format!("{}: {error}; check power and cable", self.to),
            )),
        }
    }

    fn write(&mut self, text: &[u8]) -> Result<(), SignalError> {
        let to = self.to;
        match &mut self.stream {
            Some(stream) => write(stream, text, &to),
            None => Err(self.closed()),
        }
    }
}

/// The scanner connects to the station. One has the word at a time; what it sent is read before another is looked at.
pub(super) struct Server {
    listen: SocketAddr,
    listener: TcpListener,
    /// The only address that may connect.
    only_from: Option<IpAddr>,
    /// Whether the scanner stays connected, so that it is gone when it is not.
    stays: bool,
    stream: Option<TcpStream>,
}

impl Server {
    /// Binds the address; whoever calls is looked at later.
    pub(super) fn new(
        listen: SocketAddr,
        only_from: Option<IpAddr>,
        stays: bool,
    ) -> Result<Self, Error> {
        let refused = |error: io::Error| {
            let what = match error.kind() {
                io::ErrorKind::AddrInUse => "; another program listens there",
                io::ErrorKind::AddrNotAvailable => "; this computer has no such address",
                _ => "",
            };
            Error::new(
                ErrorKind::Network,
                format!("listen {listen}: {error}{what}"),
            )
        };
        let listener = TcpListener::bind(listen).map_err(refused)?;
        listener.set_nonblocking(true).map_err(refused)?;
        Ok(Self {
            listen,
            listener,
            only_from,
            stays,
            stream: None,
        })
    }

    /// Whoever called first and may.
    fn accept(&mut self) -> bool {
        loop {
            let (stream, from) = match self.listener.accept() {
                Ok(called) => called,
                Err(error) if is_nothing(&error) => return false,
                Err(_) => {
                    // There may be no descriptor left, and whoever called still waits.
                    std::thread::sleep(PAUSE);
                    return false;
                }
            };
            let may = self
                .only_from
                .is_none_or(|only| only.to_canonical() == from.ip().to_canonical());
            if may && ready(&stream).is_ok() {
                self.stream = Some(stream);
                return true;
            }
        }
    }

    fn nobody(&self) -> SignalError {
        let who = match self.only_from {
            Some(only) => only.to_string(),
            None => "the scanner".to_owned(),
        };
        gone(
            WhyGone::NobodyCalled,
            format!(
                "{}: expected {who} to be connected, found nobody; check its power, cable and the address that it sends to",
                self.listen
            ),
        )
    }

    /// Whether something is there to be done.
    fn wait(&self, patience: Duration) -> bool {
        match &self.stream {
            None => wait(&self.listener, patience),
            // Another that calls is looked at when this one has nothing to say.
            Some(stream) => wait(stream, patience) || wait(&self.listener, Duration::ZERO),
        }
    }
}

impl Port for Server {
    fn reopen(&mut self) -> Result<(), SignalError> {
        self.stream = None;
        match self.accept() || !self.stays {
            true => Ok(()),
            false => Err(self.nobody()),
        }
    }

    fn read(&mut self, into: &mut [u8], patience: Duration) -> Result<Got, SignalError> {
        if !self.wait(patience) {
            return Ok(Got::Nothing);
        }
        let got = self.stream.as_mut().map(|stream| read(stream, into));
        if let Some(Ok(Some(Got::Bytes(count)))) = got {
            return Ok(Got::Bytes(count));
        }
        if let Some(Ok(None) | Err(_)) = got {
            self.stream = None;
        }
        let was_there = got.is_some();
        match self.accept() {
            true => Ok(Got::Another),
            false if self.stream.is_none() && self.stays => Err(self.nobody()),
            false if self.stream.is_none() && was_there => Ok(Got::Another),
            false => Ok(Got::Nothing),
        }
    }

    fn write(&mut self, text: &[u8]) -> Result<(), SignalError> {
        let listen = self.listen;
        match &mut self.stream {
            Some(stream) => write(stream, text, &listen),
            None => Err(self.nobody()),
        }
    }

    fn wait_closed(&mut self, nap: Duration) -> bool {
        wait(&self.listener, nap)
    }
}
