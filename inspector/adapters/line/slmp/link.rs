//! A connection to a PLC: one request, one answer, in a time. A second request before the first is answered would lose one
//! of them without a word on an FX5U, so there is none.

use super::end_code::EndCode;
use super::frame::monitoring_units;
use super::frame::{ANSWER_BYTES_MAX, Answer, Kind, NotSlmp, Request, RequestBytes, Route};
use crate::adapters::line::client::tcp::{Tcp, TcpError};
use crate::clock::Clock;
use crate::station::time::Instant;
use std::fmt;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Why a request was not answered.
#[derive(Debug)]
pub enum LinkError {
    /// Nothing was exchanged.
    Tcp(TcpError),
    /// It was closed before it ever answered.
    ClosedAtOnce(SocketAddr),
    /// It never answered anything on this connection.
    Silent(SocketAddr, Duration),
    /// What came is no SLMP.
    NotSlmp(SocketAddr, NotSlmp),
    /// What came is no answer to the request.
    Wrong(SocketAddr),
    /// The PLC refused. The connection stands.
    Refused(SocketAddr, EndCode),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::Tcp(error) => error.fmt(f),
            LinkError::ClosedAtOnce(to) => write!(
                f,
                "{to}: the PLC closed the connection at once: each connection of its parameters serves one client, and \
                 another one has this; give the station one of its own"
            ),
            LinkError::Silent(to, limit) => write!(
                f,
                "{to}: connected, but no answer within {} ms; check that the PLC's connection is set to SLMP (MC \
                 protocol) and binary, and frame, or raise timeout_ms",
                limit.as_millis()
            ),
            LinkError::NotSlmp(to, error) => write!(f, "{to}: {error}"),
            LinkError::Wrong(to) => write!(f, "{to}: the answer does not belong to the request"),
            LinkError::Refused(to, code) => write!(f, "{to}: the PLC refused, {code}"),
        }
    }
}

impl std::error::Error for LinkError {}

impl From<TcpError> for LinkError {
    fn from(error: TcpError) -> Self {
        LinkError::Tcp(error)
    }
}

/// A client of one PLC. Connects when it is asked and not connected.
pub struct Link {
    tcp: Tcp,
    kind: Kind,
    route: Route,
    timer: u16,
    serial: u16,
    /// Whether this connection has brought an answer.
    has_answered: bool,
    request: RequestBytes,
    come: [u8; ANSWER_BYTES_MAX],
}

impl Link {
    /// Of a PLC; `limit` is for what one deadline covers.
    pub fn new(
        to: SocketAddr,
        kind: Kind,
        route: Route,
        limit: Duration,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            tcp: Tcp::new(to, limit, clock),
            kind,
            route,
            timer: monitoring_units(limit),
            serial: 0,
            has_answered: false,
            request: RequestBytes::new(),
            come: [0; ANSWER_BYTES_MAX],
        }
    }

    /// Until when what begins now must be answered.
    pub fn deadline(&self) -> Instant {
        self.tcp.deadline()
    }

    /// Asks and returns what was read. Does not allocate while the connection stands.
    ///
    /// # Errors
    /// Why it was not answered. The next call connects again, where that is needed.
    pub fn ask_by(&mut self, deadline: Instant, request: &Request) -> Result<&[u8], LinkError> {
        let end = match self.exchange(request, deadline) {
            Ok(end) => end,
            Err(error) => {
                self.tcp.close();
                return Err(error);
            }
        };
        let to = self.tcp.to();
        let wrong = Err(LinkError::Wrong(to));
        let Ok(Some(answer)) = Answer::first(self.kind, &self.come[..end]) else {
            return wrong;
        };
        match request.answer(&answer) {
            Ok(Some(data)) => Ok(data),
            Err(code) => Err(LinkError::Refused(to, code)),
            Ok(None) => {
                self.tcp.close();
                wrong
            }
        }
    }

    /// Sends, and waits for the whole answer; where it ends in `come`.
    fn exchange(&mut self, request: &Request, deadline: Instant) -> Result<usize, LinkError> {
        let to = self.tcp.to();
        self.has_answered &= self.tcp.is_connected();
        self.tcp.ready(deadline)?;
        self.serial = self.serial.wrapping_add(1);
        let (kind, serial, route) = (self.kind, self.serial, self.route);
        request.encode(kind, serial, route, self.timer, &mut self.request);
        self.tcp.send(&self.request, deadline)?;
        let mut held = 0;
        loop {
            match Answer::first(kind, &self.come[..held]) {
                Err(error) => return Err(LinkError::NotSlmp(to, error)),
                Ok(Some(found)) => {
                    let is_ours =
                        found.route == route && (kind == Kind::ThreeE || found.serial == serial);
                    if !is_ours || found.bytes != held {
                        return Err(LinkError::Wrong(to));
                    }
                    self.has_answered = true;
                    return Ok(held);
                }
                Ok(None) => {
                    let come = self.tcp.receive(&mut self.come[held..], deadline);
                    held += come.map_err(|error| self.first_answer(error, held))?;
                }
            }
        }
    }

    /// What it means that not even a first answer came.
    fn first_answer(&self, error: TcpError, held: usize) -> LinkError {
        if self.has_answered || held > 0 {
            return LinkError::Tcp(error);
        }
        match error {
            TcpError::Broken(to, error)
                if [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset]
                    .contains(&error.kind()) =>
            {
                LinkError::ClosedAtOnce(to)
            }
            TcpError::Timeout(to, limit) => LinkError::Silent(to, limit),
            error => LinkError::Tcp(error),
        }
    }
}
