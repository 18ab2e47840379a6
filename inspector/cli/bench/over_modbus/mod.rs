//! The other end of the output for `end-to-end`: the station's own adapters, and over a real socket an I/O module or a PLC.

mod plc;

use super::cases::Chosen;
use super::replay::{Belt, Trigger};
use crate::adapters::line::kinds::{DeviceKind, Opening, open};
use crate::adapters::line::modbus::client::Settings as ClientSettings;
use crate::adapters::line::modbus::exchange::Joined;
use crate::adapters::line::modbus::link::LinkError;
use crate::adapters::line::modbus::module::Module;
use crate::adapters::line::modbus::server;
use crate::adapters::line::queued::{QueuedOutput, QueuedTriggers};
use crate::adapters::line::sim::SimEjector;
use crate::adapters::line::wiring::{Device, Output as Wire, OutputMeaning, Pulses, Wiring};
use crate::bench::case::Output;
use crate::bench::report::OverModbus;
use crate::bench::summary::distribution;
use crate::cli::line_wiring::listeners;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::pipeline::actuate::{LinePlan, TakenOutBy};
use crate::pipeline::line_ends::{DeviceEnds, lay};
use crate::ports::line::{LineDevice, Told, TriggerSource};
use crate::queue::Outlet;
use crate::station::budget::CycleBudget;
use crate::station::lane::LaneNo;
use crate::station::part::Style;
use crate::station::result::PartResult;
use crate::telemetry::signals::{DeviceName, SignalBoard};
use plc::Plc;
use serde::de::DeserializeOwned;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A command is answered within this time or counts as unanswered; far above what is measured.
const ANSWERED_WITHIN: Duration = Duration::from_secs(1);
/// The PLC is gone after so long without a request. It asks ten times as often.
const PLC_TIMEOUT_MS: u64 = 5_000;

/// Why no time is told.
#[derive(Debug)]
pub enum LineError {
    /// There is no socket or thread for the other end.
    Start(io::Error),
    /// The station's adapter cannot be opened.
    Open(Error),
    /// The module saw fewer coils set than parts were answered.
    Unset {
        /// Coils that were set.
        set: u64,
        /// Parts of which the station knows an answer.
        answered: u64,
    },
    /// The PLC was not answered.
    Plc(LinkError),
    /// The PLC fell a whole part behind the belt: it cannot keep the takt.
    Behind {
        /// The first part that was triggered when the next one was there, from 0.
        part: u64,
        /// How late that was.
        late: Duration,
        /// What was asked for.
        takt: Duration,
        /// What the handshake took with a part in the middle of all.
        takes: Duration,
    },
    /// The PLC's thread panicked.
    Panicked,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LineError::Start(error) => write!(f, "a socket and a thread on 127.0.0.1: {error}"),
            LineError::Open(error) => error.fmt(f),
            LineError::Unset { set, answered } => write!(
                f,
                "the module: expected a coil set for each of {answered} parts, found {set}"
            ),
            LineError::Plc(error) => write!(f, "the PLC: {error}"),
            LineError::Behind {
                part,
                late,
                takt,
                takes,
            } => write!(
                f,
                "the PLC cannot keep a takt of {:.1} ms: its handshake takes {:.1} ms with a part (p50, from the trigger until the \
                 next is possible), and part {part} was triggered {:.1} ms late; take a longer takt",
                takt.as_secs_f64() * 1e3,
                takes.as_secs_f64() * 1e3,
                late.as_secs_f64() * 1e3,
            ),
            LineError::Panicked => f.write_str("the PLC's thread panicked"),
        }
    }
}

impl std::error::Error for LineError {}

/// Whoever is at the other end of the socket.
enum Peer {
    Nobody,
    Module(Module),
    Plc(Plc),
}

/// The line of one case.
pub struct Line {
    /// How the data plane sees it.
    pub plan: LinePlan,
    /// What announces parts.
    pub trigger: Box<dyn TriggerSource>,
    /// The station's adapter, in a thread of its own.
    pub devices: Vec<(String, Box<dyn LineDevice>)>,
    /// To be asked when every part has left.
    pub other_end: OtherEnd,
}

/// The other end, running.
pub struct OtherEnd(Peer);

impl Line {
    /// For the output that the case names. The other end runs from now on.
    ///
    /// # Errors
    /// Where this machine has no socket for it.
    pub fn new(
        chosen: &Chosen,
        (budget, style): (CycleBudget, Style),
        belt: &Belt,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, LineError> {
        let own_trigger = || Box::new(Trigger::new(belt.clone(), style));
        if chosen.case.output.is_sim() {
            return Ok(Self {
                plan: LinePlan::plain(budget, Box::new(SimEjector::new())),
                trigger: own_trigger(),
                devices: Vec::new(),
                other_end: OtherEnd(Peer::Nobody),
            });
        }
        let (ends, shared, mut told) = lay(1);
        let told = told.swap_remove(0);
        let (name, device, peer) = match chosen.case.output {
            Output::Handshake => {
                let (device, at) = handshake(shared, told, clock)?;
                let plc = Plc::start(at, (belt.clone(), chosen.case.queries), Arc::clone(clock))?;
                ("plc", device, Peer::Plc(plc))
            }
            Output::Modbus | Output::Sim => {
                let module = Module::start().map_err(LineError::Start)?;
                let hold = Duration::from_secs_f64(chosen.case.takt_ms / 4e3);
                let device = coil(module.address(), hold, shared, told, clock)?;
                ("module", device, Peer::Module(module))
            }
        };
        let trigger: Box<dyn TriggerSource> = match &peer {
            Peer::Plc(_) => Box::new(QueuedTriggers::new(
                ends.heard.clone(),
                ends.told_of(0),
                Duration::ZERO,
            )),
            Peer::Module(_) | Peer::Nobody => own_trigger(),
        };
        let ejector = QueuedOutput::new(ends.told_of(0), name.to_owned(), ANSWERED_WITHIN);
        Ok(Self {
            plan: LinePlan {
                taken_out_by: TakenOutBy::Plc,
                ejector_device: Some(0),
                ends: Some(ends),
                ..LinePlan::plain(budget, Box::new(ejector))
            },
            trigger,
            devices: vec![(name.to_owned(), device)],
            other_end: OtherEnd(peer),
        })
    }
}

/// As an integrator would write them.
fn settings<T: DeserializeOwned>(keys: &str) -> Result<T, LineError> {
    let wrong = |error| LineError::Open(Error::new(ErrorKind::Settings, error));
    toml::from_str(keys).map_err(wrong)
}

/// A client of the module; one coil for each lane, so that every part sets one.
fn coil(
    at: SocketAddr,
    hold: Duration,
    shared: DeviceEnds,
    told: Outlet<Told>,
    clock: &Arc<dyn Clock>,
) -> Result<Box<dyn LineDevice>, LineError> {
    let settings = settings(&format!("address = \"{at}\""))?;
    let wire = |lane: u8| Wire {
        device: 0,
        address: format!("coil:{lane}"),
        meaning: OutputMeaning::Lane {
            lane: LaneNo(lane),
            hold,
            // Each part sets the coil, even where the one before is still on.
            pulses: Pulses::Separate,
        },
        is_inverted: false,
    };
    let wiring = Wiring {
        devices: vec![Device {
            name: "module".to_owned(),
            kind: DeviceKind::Modbus(Box::<ClientSettings>::new(settings)),
            period: Duration::from_millis(10),
            because: Some("it moves nothing".to_owned()),
        }],
        outputs: vec![wire(0), wire(1)],
        ..Wiring::none()
    };
    let alarms = shared.alarms.clone();
    let opening = Opening {
        wiring: &wiring,
        device: 0,
        told,
        requests: None,
        listeners: listeners(&shared),
        alarms,
        board: Arc::new(wiring.board()),
        clock: Arc::clone(clock),
    };
    open(opening).map_err(LineError::Open)
}

fn handshake(
    shared: DeviceEnds,
    told: Outlet<Told>,
    clock: &Arc<dyn Clock>,
) -> Result<(Box<dyn LineDevice>, SocketAddr), LineError> {
    let keys = format!("listen = \"127.0.0.1:0\"\nplc_timeout_ms = {PLC_TIMEOUT_MS}");
    let settings: server::Settings = settings(&keys)?;
    let device = DeviceName {
        name: "plc".to_owned(),
        kind: server::KIND,
        has_handshake: true,
    };
    let joined = Joined {
        name: "plc".to_owned(),
        device: 0,
        told,
        listeners: listeners(&shared),
        board: Arc::new(SignalBoard::new(vec![device], Vec::new())),
        clock: Arc::clone(clock),
    };
    let server = server::open(&settings, joined).map_err(LineError::Open)?;
    let at = server.local_addr().map_err(LineError::Start)?;
    Ok((Box::new(server), at))
}

impl OtherEnd {
    /// What was seen of these parts, all that left, in order. Ends the other end.
    ///
    /// # Errors
    /// Where the other end saw something else than the station says, or the PLC could not go on.
    pub fn end(self, parts: &[PartResult]) -> Result<Option<OverModbus>, LineError> {
        let took: Vec<Option<Duration>> = match self.0 {
            Peer::Nobody => return Ok(None),
            Peer::Module(module) => {
                let set = module.end();
                let answered = parts.iter().filter_map(answered_after);
                let answered = answered.count() as u64;
                if set < answered {
                    return Err(LineError::Unset { set, answered });
                }
                parts.iter().map(since_frame).collect()
            }
            Peer::Plc(plc) => {
                let took = plc.end()?;
                let ends = took.into_iter().chain(std::iter::repeat(None));
                let both = parts.iter().zip(ends);
                both.map(|(part, took)| {
                    Some(took?.saturating_sub(of_model(part) + exposed_after(part)))
                })
                .collect()
            }
        };
        let answered = took.iter().flatten();
        Ok(Some(OverModbus {
            took: distribution(answered.copied()).unwrap_or_default(),
            unanswered: took.iter().filter(|took| took.is_none()).count() as u64,
        }))
    }
}

fn answered_after(part: &PartResult) -> Option<Duration> {
    let us = part.acknowledged_after_us?;
    Some(Duration::from_micros(u64::from(us)))
}

/// The model's own run in the picture that came last; others may have been over before.
fn of_model(part: &PartResult) -> Duration {
    let last = part
        .views
        .iter()
        .max_by_key(|view| view.times.received_after_us);
    let us = last.map_or(0, |view| u64::from(view.times.run_us));
    Duration::from_micros(us)
}

/// What the camera took: to the exposure of its last view.
fn exposed_after(part: &PartResult) -> Duration {
    let views = part.views.iter();
    let us = views.map(|view| view.times.exposed_after_us).max();
    Duration::from_micros(u64::from(us.unwrap_or(0)))
}

/// From the last frame in its buffer to the module's answer.
fn since_frame(part: &PartResult) -> Option<Duration> {
    let views = part.views.iter();
    let frame_us = views.map(|view| view.times.received_after_us).max()?;
    let frame = Duration::from_micros(u64::from(frame_us)) + of_model(part);
    Some(answered_after(part)?.saturating_sub(frame))
}
