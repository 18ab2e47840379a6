//! Modbus TCP server: the PLC asks, and sets what it wants. Plain sockets and one thread: whatever is set is acted on
//! before the next request is looked at, and what the station told before a request is in its answer.

use super::answering::carry_out;
use super::exchange::{Exchange, Joined, SOFT_EVENTS_MAX, SoftEvent, Terms, jobs};
use super::frame::{FRAME_BYTES_MAX, Frame, FrameBytes, Writing};
use super::pdu::{Exception, Request};
use crate::adapters::line::kinds::Role;
use crate::error::{Error, ErrorKind};
use crate::ports::line::LineDevice;
use crate::ports::signal::{AddressError, Width};
use crate::station::handshake::map::{ByteOrder, Preset};
use crate::station::time::Instant;
use arrayvec::ArrayVec;
use rustix::event::{PollFd, PollFlags, poll};
use serde::Deserialize;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// As in the settings.
pub const KIND: &str = "modbus-server";
/// The PLC announces parts, takes them out and says who they are.
pub const ROLE: Role = Role {
    has_signals: false,
    announces: true,
    acts: true,
    identifies: true,
    has_watchdog: false,
    has_handshake: true,
};
/// The most connections; a new one takes the place of the one that was silent for longest.
pub const PEERS_MAX: usize = 8;
/// A connection on which nothing was asked for so long is closed.
const IDLE_MAX: Duration = Duration::from_secs(30);
/// Frames of one connection that are answered before others are looked at.
const FRAMES_MAX: usize = 16;

/// A `[[device]]` of this kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address and port to listen on.
    #[serde(default = "listen")]
    pub listen: SocketAddr,
    /// Which map: `insight` or `simple`.
    #[serde(default)]
    pub preset: Preset,
    /// `abcd`, `cdab`, `badc` or `dcba`.
    #[serde(default)]
    pub byte_order: ByteOrder,
    /// The only address that may set anything; without it the first one that does, while it is there.
    #[serde(default)]
    pub plc: Option<IpAddr>,
    /// Without a request for so long, the PLC is gone.
    #[serde(default = "plc_timeout")]
    pub plc_timeout_ms: u64,
    /// The PLC's heartbeat changes at least so often; without it the PLC has none.
    #[serde(default)]
    pub plc_heartbeat_ms: Option<u64>,
    /// How often the station's heartbeat counts.
    #[serde(default = "heartbeat")]
    pub heartbeat_ms: u64,
    /// Styles that the PLC chooses by number; the first is job 1.
    #[serde(default)]
    pub jobs: Vec<String>,
    /// What soft events mean, from event 0 on.
    #[serde(default)]
    pub soft_events: Vec<SoftEvent>,
}

fn listen() -> SocketAddr {
    SocketAddr::from(([0, 0, 0, 0], 502))
}

const fn plc_timeout() -> u64 {
    800
}

const fn heartbeat() -> u64 {
    500
}

/// What does not go together in the settings, one line each.
pub fn problems(settings: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
    if settings.preset == Preset::Poll {
        problems.push(
            "preset: \"poll\" is for kind = \"modbus-poll\"; expected \"insight\" or \"simple\""
                .to_owned(),
        );
    }
    problems.extend(jobs(&settings.jobs).err().map(|error| error.to_string()));
    if settings.soft_events.len() > SOFT_EVENTS_MAX {
        let found = settings.soft_events.len();
        problems.push(format!(
            "soft_events: expected at most {SOFT_EVENTS_MAX}, found {found}"
        ));
    }
    let times = [
        ("plc_timeout_ms", Some(settings.plc_timeout_ms)),
        ("plc_heartbeat_ms", settings.plc_heartbeat_ms),
        ("heartbeat_ms", Some(settings.heartbeat_ms)),
    ];
    for (key, value) in times {
        if value.is_some_and(|ms| !(10..=60_000).contains(&ms)) {
            let found = value.unwrap_or_default();
            problems.push(format!("{key}: expected 10 to 60000, found {found}"));
        }
    }
    problems
}

/// The PLC's own program sees by the heartbeat that the station died; nothing of it can be read back.
pub const fn proves(_: &Settings) -> bool {
    false
}

/// Its addresses are those of the handshake, and no input or output can have one.
///
/// # Errors
/// Always, because of that.
pub fn width(_: &Settings, address: &str, _is_output: bool) -> Result<Width, AddressError> {
    Err(AddressError {
        expected: "no address, because a PLC that asks has those of its preset",
        found: address.to_owned(),
    })
}

impl Settings {
    fn terms(&self) -> Result<Terms, Error> {
        let refused = |message| Error::new(ErrorKind::Settings, message);
        Ok(Terms {
            preset: self.preset,
            order: self.byte_order,
            plc_timeout: Duration::from_millis(self.plc_timeout_ms),
            plc_heartbeat_max: self.plc_heartbeat_ms.map(Duration::from_millis),
            heartbeat_period: Duration::from_millis(self.heartbeat_ms),
            jobs: jobs(&self.jobs).map_err(refused)?,
            soft_events: self.soft_events.clone(),
        })
    }
}

struct Peer {
    stream: TcpStream,
    ip: IpAddr,
    come: [u8; FRAME_BYTES_MAX],
    held: usize,
    heard_at: Instant,
}

/// The server, and the handshake behind it.
pub struct Server {
    exchange: Exchange,
    listener: TcpListener,
    peers: ArrayVec<Box<Peer>, PEERS_MAX>,
    plc: Option<IpAddr>,
    /// Who may set something, and when it was heard last.
    controller: Option<(IpAddr, Instant)>,
    plc_timeout: Duration,
    frame: FrameBytes,
}

/// Listens for the PLC.
///
/// # Errors
/// Where the settings are wrong, or the address cannot be had.
pub fn open(settings: &Settings, joined: Joined) -> Result<Server, Error> {
    let listen = settings.listen;
    let refused = |error: io::Error| {
        let more = match error.kind() {
            io::ErrorKind::PermissionDenied if listen.port() < 1024 => {
                "; ports below 1024 need AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit, or another port in `listen`"
            }
            io::ErrorKind::AddrInUse => "; another program listens there",
            _ => "",
        };
        Error::new(
            ErrorKind::Network,
            format!("listen {listen}: {error}{more}"),
        )
    };
    let terms = settings.terms()?;
    let listener = TcpListener::bind(listen).map_err(refused)?;
    listener.set_nonblocking(true).map_err(refused)?;
    Ok(Server {
        plc_timeout: terms.plc_timeout,
        exchange: Exchange::new(terms, joined),
        listener,
        peers: ArrayVec::new(),
        plc: settings.plc,
        controller: None,
        frame: FrameBytes::new(),
    })
}

impl Server {
    /// Where it listens.
    ///
    /// # Errors
    /// Where the system does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// State machine and registers.
    pub const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Sleeps until somebody asks, or for `patience`.
    fn wait(&self, patience: Duration) {
        let mut all = ArrayVec::<PollFd<'_>, { PEERS_MAX + 1 }>::new();
        all.push(PollFd::new(&self.listener, PollFlags::IN));
        for peer in &self.peers {
            all.push(PollFd::new(&peer.stream, PollFlags::IN));
        }
        let patience = rustix::event::Timespec {
            tv_sec: i64::try_from(patience.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(patience.subsec_nanos()),
        };
        let _ = poll(&mut all, Some(&patience));
    }

    fn accept(&mut self) {
        while let Ok((stream, from)) = self.listener.accept() {
            let is_set = stream.set_nonblocking(true).and(stream.set_nodelay(true));
            if is_set.is_err() {
                continue;
            }
            if self.peers.is_full() {
                let silent = self.peers.iter().enumerate();
                let longest = silent.min_by_key(|(_, peer)| peer.heard_at);
                if let Some((at, _)) = longest {
                    self.peers.swap_remove(at);
                }
            }
            self.peers.push(Box::new(Peer {
                stream,
                ip: from.ip(),
                come: [0; FRAME_BYTES_MAX],
                held: 0,
                heard_at: self.exchange.now(),
            }));
        }
    }

    /// Answers what one connection asked; whether it goes on.
    fn serve(&mut self, at: usize) -> bool {
        for _ in 0..FRAMES_MAX {
            let peer = &mut self.peers[at];
            match Frame::first(&peer.come[..peer.held]) {
                Err(_) => return false,
                Ok(Some(_)) => {
                    if !self.answer(at) {
                        return false;
                    }
                }
                Ok(None) => match peer.stream.read(&mut peer.come[peer.held..]) {
                    Ok(0) => return false,
                    Ok(read) => peer.held += read,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        let silent = self.exchange.now().since(peer.heard_at);
                        return silent < IDLE_MAX;
                    }
                    Err(_) => return false,
                },
            }
        }
        true
    }

    /// Answers the first frame of a connection. A peer that does not take its answers is given up.
    fn answer(&mut self, at: usize) -> bool {
        let now = self.exchange.now();
        let peer = &mut self.peers[at];
        let Ok(Some(asked)) = Frame::first(&peer.come[..peer.held]) else {
            return false;
        };
        peer.heard_at = now;
        let code = asked.pdu[0];
        let is_heard = matches!(self.controller, Some((ip, _)) if ip == peer.ip);
        if is_heard {
            self.controller = Some((peer.ip, now));
            self.exchange.heard();
        }
        let mut out = Writing::begin(&mut self.frame, asked.transaction, asked.unit);
        let done = Request::decode(asked.pdu).and_then(|request| {
            let is_writing = !matches!(request, Request::Read { .. });
            if is_writing {
                let may = may_control(
                    &mut self.controller,
                    self.plc,
                    peer.ip,
                    now,
                    self.plc_timeout,
                );
                if !may {
                    return Err(Exception::BUSY);
                }
                self.exchange.heard();
            }
            // A write is acted on before it is answered; a read sees what is so now.
            self.exchange.step();
            carry_out(&mut self.exchange, &request, asked.pdu, &mut out)
        });
        if let Err(exception) = done {
            out = Writing::begin(&mut self.frame, asked.transaction, asked.unit);
            out.byte(code | 0x80);
            out.byte(exception.0);
        }
        out.end();
        let bytes = asked.bytes;
        peer.come.copy_within(bytes..peer.held, 0);
        peer.held -= bytes;
        let sent = peer.stream.write(&self.frame);
        matches!(sent, Ok(sent) if sent == self.frame.len())
    }
}

/// Whether this address may set something: the one in the settings, else the first that does, until it was silent.
fn may_control(
    controller: &mut Option<(IpAddr, Instant)>,
    plc: Option<IpAddr>,
    ip: IpAddr,
    now: Instant,
    limit: Duration,
) -> bool {
    let may = match (plc, *controller) {
        (Some(plc), _) => plc == ip,
        (None, Some((held, heard_at))) => held == ip || now.since(heard_at) > limit,
        (None, None) => true,
    };
    if may {
        *controller = Some((ip, now));
    }
    may
}

impl LineDevice for Server {
    fn turn(&mut self, patience: Duration) {
        self.exchange.step();
        self.wait(patience);
        self.accept();
        for at in (0..self.peers.len()).rev() {
            if !self.serve(at) {
                self.peers.swap_remove(at);
            }
        }
        self.exchange.step();
    }

    fn rest(&mut self) {
        self.exchange.rest();
    }
}

#[cfg(test)]
#[path = "server/tests.rs"]
mod tests;
