//! A client's connection: one request, one answer, in a time.

use super::frame::{FRAME_BYTES_MAX, Frame, FrameBytes, NotModbus, Writing};
use super::pdu::{AnswerError, Exception, Request};
use crate::adapters::line::client::tcp::{Tcp, TcpError};
use crate::clock::Clock;
use crate::station::time::Instant;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Why a request was not answered.
#[derive(Debug)]
pub enum LinkError {
    /// Nothing was exchanged.
    Tcp(TcpError),
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
            LinkError::Tcp(error) => error.fmt(f),
            LinkError::NotModbus(to, error) => write!(f, "{to}: {error}; check the port"),
            LinkError::Wrong(to) => write!(f, "{to}: the answer does not belong to the request"),
            LinkError::Refused(to, exception) => write!(
                f,
                "{to}: refused with {exception}; check address and unit in the settings"
            ),
        }
    }
}

impl From<TcpError> for LinkError {
    fn from(error: TcpError) -> Self {
        LinkError::Tcp(error)
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
    tcp: Tcp,
    unit: u8,
    transaction: u16,
    frame: FrameBytes,
    come: [u8; FRAME_BYTES_MAX],
}

impl Link {
    /// Of a device; `limit` is for each request with its answer, and with connecting where that is needed.
    pub fn new(to: SocketAddr, unit: u8, limit: Duration, clock: Arc<dyn Clock>) -> Self {
        Self {
            tcp: Tcp::new(to, limit, clock),
            unit,
            transaction: 0,
            frame: FrameBytes::new(),
            come: [0; FRAME_BYTES_MAX],
        }
    }

    /// Whether a connection stands, as far as is known without asking.
    pub const fn is_connected(&self) -> bool {
        self.tcp.is_connected()
    }

    /// Gives the connection up.
    pub fn close(&mut self) {
        self.tcp.close();
    }

    /// Until when what begins now must be answered.
    pub fn deadline(&self) -> Instant {
        self.tcp.deadline()
    }

    /// Asks and returns what was read. Does not allocate while the connection stands.
    ///
    /// # Errors
    /// Why it was not answered. The next call connects again, where that is needed.
    pub fn ask(&mut self, request: &Request<'_>) -> Result<&[u8], LinkError> {
        self.ask_by(self.deadline(), request)
    }

    /// The same, of several requests that share a time.
    ///
    /// # Errors
    /// As of [`Self::ask`].
    pub fn ask_by(&mut self, deadline: Instant, request: &Request<'_>) -> Result<&[u8], LinkError> {
        let to = self.tcp.to();
        let end = match self.exchange(request, deadline) {
            Ok(end) => end,
            Err(error) => {
                self.close();
                return Err(error);
            }
        };
        let pdu = &self.come[7..end];
        match request.answer(pdu) {
            Ok(data) => Ok(data),
            Err(AnswerError::Exception(exception)) => Err(LinkError::Refused(to, exception)),
            Err(AnswerError::Wrong) => {
                self.tcp.close();
                Err(LinkError::Wrong(to))
            }
        }
    }

    /// Sends, and waits for a whole frame of this transaction; where it ends in `come`.
    fn exchange(&mut self, request: &Request<'_>, deadline: Instant) -> Result<usize, LinkError> {
        let to = self.tcp.to();
        self.tcp.ready(deadline)?;
        self.transaction = self.transaction.wrapping_add(1);
        let mut writing = Writing::begin(&mut self.frame, self.transaction, self.unit);
        request.encode(&mut writing);
        writing.end();
        self.tcp.send(&self.frame, deadline)?;
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
                Ok(None) => held += self.tcp.receive(&mut self.come[held..], deadline)?,
            }
        }
    }
}

#[cfg(test)]
#[path = "link/tests.rs"]
mod tests;
