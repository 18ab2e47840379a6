//! A PLC's program and the server that it asks, on one thread and over a real socket.

use inspector::adapters::line::listeners::Listeners;
use inspector::adapters::line::modbus::exchange::Joined;
use inspector::adapters::line::modbus::frame::{Frame, FrameBytes, Writing};
use inspector::adapters::line::modbus::pdu::{Request, Space};
use inspector::adapters::line::modbus::server::{self, Server};
use inspector::clock::SystemClock;
use inspector::ports::line::{Feedback, Heard, LineDevice, LineStatus, Told};
use inspector::queue::{Outlet, Queue, WhenFull, queue};
use inspector::station::handshake::{Control, Flag};
use inspector::station::lane::LaneNo;
use inspector::station::outcome::Outcome;
use inspector::station::part::{PartId, PartNo};
use inspector::station::verdict::{Disposition, Verdict};
use inspector::telemetry::signals::{DeviceName, SignalBoard};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

/// The PLC and the station.
pub struct PlcRig {
    server: Server,
    told: Queue<Told>,
    triggers: Outlet<Heard>,
    feedback: Outlet<Feedback>,
    stream: TcpStream,
    transaction: u16,
    frame: FrameBytes,
    come: [u8; 260],
    part_no: u64,
}

impl PlcRig {
    /// Connected, online, and triggers enabled.
    pub fn new() -> Self {
        let settings = "listen = \"127.0.0.1:0\"\nplc_timeout_ms = 60000";
        let settings: server::Settings = toml::from_str(settings).expect("settings");
        let (told, told_here) = queue("told", 64, WhenFull::Fault, None);
        let (to_triggers, triggers) = queue("triggers", 64, WhenFull::Fault, None);
        let (to_feedback, feedback) = queue("feedback", 64, WhenFull::Fault, None);
        let (positions, _) = queue("positions", 1, WhenFull::DropNewest, None);
        let (identities, _) = queue("identities", 1, WhenFull::DropNewest, None);
        let joined = Joined {
            name: "plc".to_owned(),
            device: 0,
            told: told_here,
            listeners: Listeners {
                triggers: to_triggers,
                feedback: to_feedback,
                positions,
                identities,
            },
            board: Arc::new(SignalBoard::new(
                vec![DeviceName {
                    name: "plc".to_owned(),
                    kind: "modbus-server",
                    has_handshake: true,
                }],
                Vec::new(),
            )),
            clock: Arc::new(SystemClock),
        };
        let server = server::open(&settings, joined).expect("it listens");
        let stream = TcpStream::connect(server.local_addr().expect("an address"));
        let stream = stream.expect("it listens");
        stream.set_nodelay(true).expect("a socket");
        let mut rig = Self {
            server,
            told,
            triggers,
            feedback,
            stream,
            transaction: 0,
            frame: FrameBytes::new(),
            come: [0; 260],
            part_no: 0,
        };
        rig.set(Control::TriggerEnable.mask());
        rig.alive();
        assert!(Flag::TriggerReady.of(rig.status()));
        rig
    }

    /// The station's sign of life.
    pub fn alive(&mut self) {
        let status = LineStatus {
            is_online: true,
            ..LineStatus::default()
        };
        self.told.push(Told::Status(status)).expect("room");
    }

    fn ask(&mut self, request: &Request<'_>) -> &[u8] {
        self.transaction = self.transaction.wrapping_add(1);
        let mut writing = Writing::begin(&mut self.frame, self.transaction, 1);
        request.encode(&mut writing);
        writing.end();
        self.stream.write_all(&self.frame).expect("sent");
        self.server.turn(Duration::from_millis(100));
        let read = self.stream.read(&mut self.come).expect("answered");
        let answer = Frame::first(&self.come[..read])
            .expect("Modbus")
            .expect("whole");
        request.answer(answer.pdu).expect("not refused")
    }

    /// Sets the control bits.
    pub fn set(&mut self, bits: u32) {
        let (low, high) = (
            (bits as u16).to_be_bytes(),
            ((bits >> 16) as u16).to_be_bytes(),
        );
        let bytes = [low[0], low[1], high[0], high[1]];
        self.ask(&Request::WriteWords {
            from: 0,
            bytes: &bytes,
            is_single: false,
        });
    }

    /// Reads status and result in one request; the status bits.
    pub fn status(&mut self) -> u32 {
        let words = self.ask(&Request::Read {
            space: Space::Inputs,
            from: 1000,
            count: 102,
        });
        let word = |at: usize| u32::from(u16::from_be_bytes([words[at], words[at + 1]]));
        word(0) | word(2) << 16
    }

    /// One part: trigger, acknowledgement, exposure, result, acknowledgement.
    pub fn part(&mut self) {
        let enabled = Control::TriggerEnable.mask();
        self.part_no += 1;
        let part_no = PartNo(self.part_no);
        self.set(enabled | Control::Trigger.mask());
        while !matches!(self.triggers.pop(), Some(Heard::Arrival(_))) {}
        self.told.push(Told::Numbered(part_no)).expect("room");
        assert!(Flag::TriggerAck.of(self.status()));
        self.set(enabled);
        self.told.push(Told::Exposed(part_no)).expect("room");
        let outcome = Outcome {
            part_no,
            part_id: PartId::counted(1, part_no),
            style: None,
            verdict: Verdict::Pass,
            cause: None,
            disposition: Disposition::Accept,
            lane: LaneNo(0),
            score: None,
            class: None,
            act_by: None,
        };
        self.told.push(Told::Outcome(outcome)).expect("room");
        let status = self.status();
        assert!(Flag::ResultsValid.of(status) && Flag::JobPass.of(status));
        self.set(enabled | Control::InspectionResultsAck.mask());
        self.set(enabled);
        loop {
            match self.feedback.pop().expect("an answer") {
                Feedback::Acknowledged { part_no: taken, .. } => {
                    assert_eq!(taken, part_no);
                    return;
                }
                _ => continue,
            }
        }
    }
}
