use super::super::link::{Link, LinkError};
use super::super::pdu::Space;
use super::*;
use crate::adapters::line::listeners::Listeners;
use crate::clock::{Clock, SystemClock};
use crate::ports::line::{Feedback, Heard, LineStatus, Told};
use crate::queue::{Outlet, Queue, WhenFull, queue};
use crate::station::handshake::map::MAP_VERSION;
use crate::station::handshake::{Control, Flag};
use crate::station::identity::Identified;
use crate::station::lane::LaneNo;
use crate::station::outcome::Outcome;
use crate::station::part::{PartId, PartNo};
use crate::station::verdict::{Disposition, Verdict};
use crate::telemetry::signals::{DeviceName, SignalBoard};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A server on a thread of its own, and the station's ends of its queues.
struct Rig {
    address: SocketAddr,
    told: Queue<Told>,
    triggers: Outlet<Heard>,
    feedback: Outlet<Feedback>,
    _identities: Outlet<Identified>,
    is_over: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

const ONLINE: LineStatus = LineStatus {
    is_online: true,
    is_rejecting: false,
    is_stopped: false,
    severity: None,
    error_code: 0,
};

impl Rig {
    fn new(more: &str) -> Self {
        let settings: Settings =
            toml::from_str(&format!("listen = \"127.0.0.1:0\"\n{more}")).expect("settings");
        assert_eq!(problems(&settings), [""; 0]);
        let (told, told_here) = queue("told", 64, WhenFull::Fault, None);
        let (to_triggers, triggers) = queue("triggers", 64, WhenFull::Fault, None);
        let (to_feedback, feedback) = queue("feedback", 64, WhenFull::Fault, None);
        let (positions, _) = queue("positions", 1, WhenFull::DropNewest, None);
        let (identities, _identities) = queue("identities", 8, WhenFull::Fault, None);
        let joined = Joined {
            name: "plc".to_owned(),
            device: 3,
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
        let mut server = open(&settings, joined).expect("it listens");
        let address = server.local_addr().expect("it has one");
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                server.turn(Duration::from_millis(20));
            }
            server.rest();
        });
        told.push(Told::Status(ONLINE)).expect("room");
        Self {
            address,
            told,
            triggers,
            feedback,
            _identities,
            is_over,
            thread: Some(thread),
        }
    }

    fn plc(&self) -> Link {
        let limit = Duration::from_secs(2);
        Link::new(self.address, 1, limit, Arc::new(SystemClock))
    }

    fn tell(&self, told: Told) {
        self.told.push(told).expect("room");
    }

    fn heard(&self) -> Heard {
        self.triggers
            .pop_waiting(Duration::from_secs(2))
            .expect("something is heard")
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = self.thread.take().expect("it runs").join();
    }
}

fn set(plc: &mut Link, bits: u32) {
    let words = [bits as u16, (bits >> 16) as u16];
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    let write = Request::WriteWords {
        from: 0,
        bytes: &bytes,
        is_single: false,
    };
    plc.ask(&write).expect("it is written");
}

fn words(plc: &mut Link, from: u16, count: u16) -> Vec<u16> {
    let read = Request::Read {
        space: Space::Inputs,
        from,
        count,
    };
    let bytes = plc.ask(&read).expect("it is read");
    let pairs = bytes.chunks_exact(2);
    pairs.map(|it| u16::from_be_bytes([it[0], it[1]])).collect()
}

fn status(plc: &mut Link) -> u32 {
    let words = words(plc, 1000, 2);
    u32::from(words[0]) | u32::from(words[1]) << 16
}

fn passed(part_no: u64) -> Told {
    let part_no = PartNo(part_no);
    Told::Outcome(Outcome {
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
    })
}

#[test]
fn a_part_goes_through_the_handshake_and_no_answer_is_older_than_what_was_told() {
    let rig = Rig::new("");
    let mut plc = rig.plc();
    set(&mut plc, Control::TriggerEnable.mask());
    assert_eq!(rig.heard(), Heard::Back);
    assert!(Flag::TriggerReady.of(status(&mut plc)));
    assert_eq!(words(&mut plc, 1017, 2), [MAP_VERSION, 0x1234]);
    for part_no in 1..=50 {
        let enabled = Control::TriggerEnable.mask();
        set(&mut plc, enabled | Control::Trigger.mask());
        // The write is answered, so the arrival is there: nothing waits for a next poll.
        let heard = rig.triggers.pop();
        assert!(
            matches!(heard, Some(Heard::Arrival(it)) if !it.is_missed),
            "{heard:?}"
        );
        rig.tell(Told::Numbered(PartNo(part_no)));
        assert!(Flag::TriggerAck.of(status(&mut plc)));
        assert_eq!(u64::from(words(&mut plc, 1004, 1)[0]), part_no);
        set(&mut plc, enabled);
        rig.tell(Told::Exposed(PartNo(part_no)));
        rig.tell(passed(part_no));
        let seen = status(&mut plc);
        assert!(Flag::ResultsValid.of(seen) && Flag::JobPass.of(seen));
        assert_eq!(words(&mut plc, 1005, 3), [part_no as u16, 1, 1]);
        set(&mut plc, enabled | Control::InspectionResultsAck.mask());
        assert!(!Flag::ResultsValid.of(status(&mut plc)));
        set(&mut plc, enabled);
        let answered = loop {
            match rig.feedback.pop().expect("an answer") {
                Feedback::Connected { .. } => {}
                other => break other,
            }
        };
        assert!(
            matches!(answered, Feedback::Acknowledged { part_no: it, .. } if it.0 == part_no),
            "{answered:?}"
        );
    }
}

#[test]
fn a_plc_that_is_silent_is_gone_within_a_second_and_back_by_itself() {
    let rig = Rig::new("plc_timeout_ms = 300");
    let mut plc = rig.plc();
    set(&mut plc, Control::TriggerEnable.mask());
    assert_eq!(rig.heard(), Heard::Back);
    let began = SystemClock.now();
    let heard = rig.heard();
    assert!(
        matches!(&heard, Heard::Gone { reason, .. } if reason.contains("plc")),
        "{heard:?}"
    );
    assert!(SystemClock.now().since(began) < Duration::from_secs(1));
    for is_connected in [true, false] {
        let told = rig.feedback.pop_waiting(Duration::from_secs(2));
        let device = 3;
        let expected = Feedback::Connected {
            device,
            is_connected,
        };
        assert_eq!(told, Some(expected));
    }
    // What it had set is forgotten; it sets it again.
    let first = status(&mut plc);
    assert!(!Flag::TriggerReady.of(first));
    rig.tell(Told::Status(ONLINE));
    set(&mut plc, Control::TriggerEnable.mask());
    assert_eq!(rig.heard(), Heard::Back);
    assert!(Flag::TriggerReady.of(status(&mut plc)));
}

#[test]
fn only_one_address_sets_anything_and_others_may_read() {
    let rig = Rig::new("plc = \"127.0.0.9\"");
    let mut other = rig.plc();
    assert_eq!(words(&mut other, 1018, 1), [0x1234]);
    let write = Request::WriteWords {
        from: 0,
        bytes: &[0, 3],
        is_single: true,
    };
    let refused = other.ask(&write);
    assert!(
        matches!(refused, Err(LinkError::Refused(_, Exception::BUSY))),
        "{refused:?}"
    );
    assert!(
        rig.triggers
            .pop_waiting(Duration::from_millis(50))
            .is_none()
    );
}

#[test]
fn wrong_addresses_and_functions_are_refused_and_rubbish_closes_the_connection() {
    let rig = Rig::new("");
    let mut plc = rig.plc();
    for (space, from, count) in [
        (Space::Inputs, 0, 1),
        (Space::Holdings, 199, 2),
        (Space::Discretes, 31, 2),
        (Space::Coils, 32, 1),
    ] {
        let asked = plc
            .ask(&Request::Read { space, from, count })
            .map(<[u8]>::to_vec);
        assert!(
            matches!(asked, Err(LinkError::Refused(_, Exception::ADDRESS))),
            "{space:?} {from}: {asked:?}"
        );
    }
    let mut raw = TcpStream::connect(rig.address).expect("it listens");
    raw.write_all(&[0, 1, 0, 0, 0, 2, 1, 43]).expect("sent");
    let mut answer = [0; 9];
    raw.read_exact(&mut answer).expect("answered");
    assert_eq!(answer, [0, 1, 0, 0, 0, 3, 1, 43 | 0x80, 1]);
    raw.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("sent");
    assert_eq!(raw.read(&mut answer).unwrap_or(0), 0, "closed");
    assert_eq!(words(&mut plc, 1018, 1), [0x1234]);
}

#[test]
fn two_requests_at_once_and_one_in_pieces_are_answered_in_order() {
    let rig = Rig::new("");
    let mut raw = TcpStream::connect(rig.address).expect("it listens");
    let ask = |transaction: u8| [0, transaction, 0, 0, 0, 6, 1, 4, 0x03, 0xFA, 0, 1];
    raw.write_all(&[ask(1), ask(2)].concat()).expect("sent");
    for byte in ask(3) {
        raw.write_all(&[byte]).expect("sent");
    }
    let mut answers = [0; 33];
    raw.read_exact(&mut answers).expect("answered");
    for (at, answer) in answers.chunks(11).enumerate() {
        assert_eq!(answer, [0, at as u8 + 1, 0, 0, 0, 5, 1, 4, 2, 0x12, 0x34]);
    }
}

#[test]
fn half_open_connections_never_keep_the_plc_out_and_rubbish_harms_nobody() {
    let rig = Rig::new("");
    let mut plc = rig.plc();
    let hung: Vec<_> = (0..30)
        .map(|_| TcpStream::connect(rig.address).expect("it listens"))
        .collect();
    let mut random = fastrand::Rng::with_seed(3);
    for round in 0..300 {
        let mut raw = TcpStream::connect(rig.address).expect("it listens");
        let mut bytes: Vec<u8> = (0..random.usize(1..300)).map(|_| random.u8(..)).collect();
        if round % 2 == 0 && bytes.len() > 7 {
            // A header that is one, and anything behind it.
            let length = (bytes.len() - 6).min(254) as u8;
            bytes[2..6].copy_from_slice(&[0, 0, 0, length]);
        }
        let _ = raw.write_all(&bytes);
    }
    // The connection of before may have given place to others; a new one is taken.
    let asked = plc.ask(&Request::Read {
        space: Space::Inputs,
        from: 1018,
        count: 1,
    });
    if asked.is_err() {
        assert_eq!(words(&mut plc, 1018, 1), [0x1234]);
    }
    drop(hung);
}
