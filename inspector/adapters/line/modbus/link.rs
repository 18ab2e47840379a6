//! A client's connection: one request, one answer, in a time. After anything that went wrong on the wire the connection is
//! given up, so that a late answer is never taken for a later request's.

use super::frame::{FRAME_BYTES_MAX, Frame, FrameBytes, NotModbus, Writing};
use super::pdu::{AnswerError, Exception, Request};
use crate::clock::Clock;
use crate::station::time::Instant;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// Why a request was not answered.
#[derive(Debug)]
pub enum LinkError {
    /// Nobody takes connections there.
    Connect(SocketAddr, io::Error),
    /// Nothing whole came in time.
    Timeout(SocketAddr, Duration),
    /// The connection broke or was closed.
    Broken(SocketAddr, io::Error),
    /// What came is no Modbus.
    NotModbus(SocketAddr, NotModbus),
    /// What came is no answer to the request.
    Wrong(SocketAddr),
    /// The device refused. The connection stands.
    Refused(SocketAddr, Exception),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::Connect(to, error) => write!(
                f,
                "{to}: cannot connect: {error}; check power, cable, address and that Modbus TCP is on"
            ),
            LinkError::Timeout(to, limit) => write!(
                f,
                "{to}: no answer within {} ms; check that the device runs, or raise timeout_ms",
                limit.as_millis()
            ),
            LinkError::Broken(to, error) => write!(f, "{to}: the connection broke: {error}"),
            LinkError::NotModbus(to, error) => write!(f, "{to}: {error}; check the port"),
            LinkError::Wrong(to) => write!(f, "{to}: the answer does not belong to the request"),
            LinkError::Refused(to, exception) => write!(
                f,
                "{to}: refused with {exception}; check address and unit in the settings"
            ),
        }
    }
}

impl std::error::Error for LinkError {}

impl LinkError {
    /// Whether the device answers and only this request was not to its liking.
    pub const fn is_refusal(&self) -> bool {
        matches!(self, LinkError::Refused(..))
    }
}

/// A client of one device. Connects when it is asked and not connected.
pub struct Link {
    to: SocketAddr,
    unit: u8,
    limit: Duration,
    clock: Arc<dyn Clock>,
    stream: Option<TcpStream>,
    transaction: u16,
    frame: FrameBytes,
    come: [u8; FRAME_BYTES_MAX],
}

impl Link {
    /// Of a device; `limit` is for connecting, and for each request with its answer.
    pub fn new(to: SocketAddr, unit: u8, limit: Duration, clock: Arc<dyn Clock>) -> Self {
        Self {
            to,
            unit,
            limit,
            clock,
            stream: None,
            transaction: 0,
            frame: FrameBytes::new(),
            come: [0; FRAME_BYTES_MAX],
        }
    }

    /// Whether a connection stands, as far as is known without asking.
    pub const fn is_connected(&self) -> bool {
        self.stream.is_some()
    }

    /// Gives the connection up.
    pub fn close(&mut self) {
        self.stream = None;
    }

    /// Asks and returns what was read. Does not allocate while the connection stands.
    ///
    /// # Errors
    /// Why it was not answered. The next call connects again, where that is needed.
    pub fn ask(&mut self, request: &Request<'_>) -> Result<&[u8], LinkError> {
        let end = match self.exchange(request) {
            Ok(end) => end,
            Err(error) => {
                self.close();
                return Err(error);
            }
        };
        let to = self.to;
        let pdu = &self.come[7..end];
        match request.answer(pdu) {
            Ok(data) => Ok(data),
            Err(AnswerError::Exception(exception)) => Err(LinkError::Refused(to, exception)),
            Err(AnswerError::Wrong) => {
                self.stream = None;
                Err(LinkError::Wrong(to))
            }
        }
    }

    /// Sends, and waits for a whole frame of this transaction; where it ends in `come`.
    fn exchange(&mut self, request: &Request<'_>) -> Result<usize, LinkError> {
        let deadline = self.clock.now() + self.limit;
        let to = self.to;
        if self.stream.is_none() {
            let opened = TcpStream::connect_timeout(&to, self.limit)
                .and_then(|stream| stream.set_nodelay(true).map(|()| stream));
            self.stream = Some(opened.map_err(|error| LinkError::Connect(to, error))?);
        }
        self.transaction = self.transaction.wrapping_add(1);
        let mut writing = Writing::begin(&mut self.frame, self.transaction, self.unit);
        request.encode(&mut writing);
        writing.end();
        self.send(deadline)?;
        let mut held = 0;
        loop {
            match Frame::first(&self.come[..held]) {
                Err(error) => return Err(LinkError::NotModbus(to, error)),
                Ok(Some(found)) => {
                    let is_ours = found.transaction == self.transaction && found.unit == self.unit;
                    let is_alone = found.bytes == held;
                    return match is_ours && is_alone {
                        true => Ok(found.bytes),
                        false => Err(LinkError::Wrong(to)),
                    };
                }
                Ok(None) => held += self.receive(held, deadline)?,
            }
        }
    }

    fn left(&self, deadline: Instant) -> Result<Duration, LinkError> {
        match deadline.since(self.clock.now()) {
            Duration::ZERO => Err(LinkError::Timeout(self.to, self.limit)),
            left => Ok(left),
        }
    }

    fn failed(&self, error: io::Error) -> LinkError {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                LinkError::Timeout(self.to, self.limit)
            }
            _ => LinkError::Broken(self.to, error),
        }
    }

    fn send(&mut self, deadline: Instant) -> Result<(), LinkError> {
        let left = self.left(deadline)?;
        let Some(mut stream) = self.stream.as_ref() else {
            return Err(self.failed(io::ErrorKind::NotConnected.into()));
        };
        let sent = stream.set_write_timeout(Some(left));
        sent.and_then(|()| stream.write_all(&self.frame))
            .map_err(|error| self.failed(error))
    }

    fn receive(&mut self, held: usize, deadline: Instant) -> Result<usize, LinkError> {
        let left = self.left(deadline)?;
        let Some(mut stream) = self.stream.as_ref() else {
            return Err(self.failed(io::ErrorKind::NotConnected.into()));
        };
        let read = stream.set_read_timeout(Some(left));
        match read.and_then(|()| stream.read(&mut self.come[held..])) {
            Ok(0) => Err(self.failed(io::ErrorKind::UnexpectedEof.into())),
            Ok(read) => Ok(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
            Err(error) => Err(self.failed(error)),
        }
    }
}

#[cfg(test)]
#[path = "link/tests.rs"]
mod tests;
