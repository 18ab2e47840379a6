//! A connection to a PLC: made in three steps, then one request, one answer, in a time.

use super::frame::{
    self, Answer, Carried, FRAME_BYTES_MAX, FrameBytes, NotS7, PDU_BYTES, PDU_BYTES_MIN,
};
use super::refusal::Refusal;
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
    /// Something listens, and gives no S7 connection.
    NotLetIn(SocketAddr),
    /// What came is no S7 communication.
    NotS7(SocketAddr, NotS7),
    /// What came is no answer to the request.
    Wrong(SocketAddr),
    /// Its requests are too short for anything.
    TooShort(SocketAddr, u16),
    /// The PLC refused. The connection stands.
    Refused(SocketAddr, Refusal),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::Tcp(error) => error.fmt(f),
            LinkError::NotLetIn(to) => write!(
                f,
                "{to}: the PLC gives no connection; check rack and slot (0 and 1 of S7-1200 and 1500, 0 and 2 of S7-300), \
                 and whether it has a connection free, or set connection"
            ),
            LinkError::NotS7(to, error) => write!(f, "{to}: {error}"),
            LinkError::Wrong(to) => write!(f, "{to}: the answer does not belong to the request"),
            LinkError::TooShort(to, found) => write!(
                f,
                "{to}: expected requests of at least {PDU_BYTES_MIN} bytes, the PLC takes {found}"
            ),
            LinkError::Refused(to, refusal) => write!(f, "{to}: the PLC refused, {refusal}"),
        }
    }
}

impl std::error::Error for LinkError {}

impl From<TcpError> for LinkError {
    fn from(error: TcpError) -> Self {
        LinkError::Tcp(error)
    }
}

/// Whom a PLC is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partner {
    /// Which kind of connection, by its number.
    pub kind: u8,
    /// Of the processor.
    pub chassis: u8,
    /// The processor's place in it.
    pub slot: u8,
}

/// A client of one PLC. Connects when it is asked and not connected.
pub struct Link {
    tcp: Tcp,
    partner: Partner,
    reference: u16,
    pdu_bytes: u16,
    frame: FrameBytes,
    come: [u8; FRAME_BYTES_MAX],
}

impl Link {
    /// Of a PLC; `limit` is for what one deadline covers.
    pub fn new(to: SocketAddr, partner: Partner, limit: Duration, clock: Arc<dyn Clock>) -> Self {
        Self {
            tcp: Tcp::new(to, limit, clock),
            partner,
            reference: 0,
            pdu_bytes: PDU_BYTES_MIN,
            frame: FrameBytes::new(),
            come: [0; FRAME_BYTES_MAX],
        }
    }

    /// Until when what begins now must be answered.
    pub fn deadline(&self) -> Instant {
        self.tcp.deadline()
    }

    /// Connects where that is needed; how long answers may be.
    ///
    /// # Errors
    /// Why no request can be sent.
    pub fn ready(&mut self, deadline: Instant) -> Result<u16, LinkError> {
        let was_connected = self.tcp.is_connected();
        self.tcp.ready(deadline)?;
        if !was_connected {
            let made = self.make(deadline);
            if made.is_err() {
                self.tcp.close();
            }
            made?;
        }
        Ok(self.pdu_bytes)
    }

    fn make(&mut self, deadline: Instant) -> Result<(), LinkError> {
        let to = self.tcp.to();
        let Partner {
            kind,
            chassis,
            slot,
        } = self.partner;
        frame::connect(&mut self.frame, kind, chassis, slot);
        let (from, end) = self.exchange(deadline).map_err(|error| match error {
            LinkError::Tcp(TcpError::Broken(to, error))
                if [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset]
                    .contains(&error.kind()) =>
            {
                LinkError::NotLetIn(to)
            }
            error => error,
        })?;
        match frame::first(&self.come[from..end]) {
            Ok(Some((Carried::Connected, _))) => {}
            Ok(Some((Carried::Disconnected, _))) => return Err(LinkError::NotLetIn(to)),
            _ => return Err(LinkError::Wrong(to)),
        }
        self.reference = self.reference.wrapping_add(1);
        frame::set_up(&mut self.frame, self.reference);
        let found = self.answered(deadline, 0xF0)?.pdu_bytes();
        match found {
            Some(bytes) if bytes >= PDU_BYTES_MIN => {
                self.pdu_bytes = bytes.min(PDU_BYTES);
                Ok(())
            }
            Some(bytes) => Err(LinkError::TooShort(to, bytes)),
            None => Err(LinkError::Wrong(to)),
        }
    }

    /// Asks what `encode` writes and returns the answer. Does not allocate while the connection stands.
    ///
    /// # Errors
    /// Why it was not answered. The next call connects again, where that is needed.
    pub fn ask_by(
        &mut self,
        deadline: Instant,
        function: u8,
        encode: impl FnOnce(&mut FrameBytes, u16),
    ) -> Result<Answer<'_>, LinkError> {
        self.ready(deadline)?;
        self.reference = self.reference.wrapping_add(1);
        encode(&mut self.frame, self.reference);
        self.answered(deadline, function)
    }

    /// Gives the connection up: what came was no answer to the request.
    pub fn wrong(&mut self) -> LinkError {
        self.tcp.close();
        LinkError::Wrong(self.tcp.to())
    }

    /// What refused it, on a connection that stands.
    pub const fn refused(&self, refusal: Refusal) -> LinkError {
        LinkError::Refused(self.tcp.to(), refusal)
    }

    fn answered(&mut self, deadline: Instant, function: u8) -> Result<Answer<'_>, LinkError> {
        let to = self.tcp.to();
        let (from, end) = match self.exchange(deadline) {
            Ok(range) => range,
            Err(error) => {
                self.tcp.close();
                return Err(error);
            }
        };
        let Ok(Some((Carried::Pdu(pdu), _))) = frame::first(&self.come[from..end]) else {
            self.tcp.close();
            return Err(LinkError::Wrong(to));
        };
        match frame::answer(pdu, self.reference, function) {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => {
                self.tcp.close();
                Err(LinkError::Wrong(to))
            }
            Err(refusal) => Err(LinkError::Refused(to, refusal)),
        }
    }

    /// Sends, and waits for a frame that carries something; from where to where it is in `come`.
    fn exchange(&mut self, deadline: Instant) -> Result<(usize, usize), LinkError> {
        let to = self.tcp.to();
        self.tcp.send(&self.frame, deadline)?;
        let (mut from, mut held) = (0, 0);
        loop {
            match frame::first(&self.come[from..held]) {
                Err(error) => return Err(LinkError::NotS7(to, error)),
                Ok(Some((Carried::Nothing, length))) => from += length,
                Ok(Some((_, length))) if from + length == held => return Ok((from, held)),
                Ok(Some(_)) => return Err(LinkError::Wrong(to)),
                Ok(None) if held == self.come.len() => return Err(LinkError::Wrong(to)),
                Ok(None) => held += self.tcp.receive(&mut self.come[held..], deadline)?,
            }
        }
    }
}
