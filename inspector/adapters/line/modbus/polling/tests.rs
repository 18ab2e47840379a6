use super::super::frame::{Frame, FrameBytes, Writing};
use super::*;
use crate::adapters::line::listeners::Listeners;
use crate::clock::{Clock, SystemClock};
use crate::ports::line::{Feedback, Heard, LineStatus, Told};
use crate::queue::{Outlet, Queue, WhenFull, queue};
use crate::station::identity::Identified;
use crate::station::lane::LaneNo;
use crate::station::outcome::Outcome;
use crate::station::part::{PartId, PartNo};
use crate::station::verdict::{Disposition, Verdict};
use crate::telemetry::signals::{DeviceName, SignalBoard};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A PLC that is a server: its registers, and faults that it can have.
struct Plc {
    registers: Arc<Mutex<[u16; 200]>>,
    is_hung: Arc<AtomicBool>,
    is_deaf: Arc<AtomicBool>,
    address: SocketAddr,
}

impl Plc {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let plc = Self {
            registers: Arc::new(Mutex::new([0; 200])),
            is_hung: Arc::default(),
            is_deaf: Arc::default(),
            address: listener.local_addr().expect("it has one"),
        };
        let (registers, is_hung, is_deaf) = (
            Arc::clone(&plc.registers),
            Arc::clone(&plc.is_hung),
            Arc::clone(&plc.is_deaf),
        );
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut bytes = Vec::new();
                let mut come = [0; 300];
                while let Ok(read @ 1..) = stream.read(&mut come) {
                    bytes.extend_from_slice(&come[..read]);
                    while is_hung.load(Ordering::Relaxed) {
                        thread::sleep(Duration::from_millis(5));
                    }
                    let is_deaf = is_deaf.load(Ordering::Relaxed);
                    let Ok(Some(frame)) = Frame::first(&bytes) else {
                        continue;
                    };
                    let answer = answered(&registers, &frame, is_deaf);
                    bytes.clear();
                    if stream.write_all(&answer).is_err() {
                        break;
                    }
                }
            }
        });
        plc
    }

    fn get(&self, at: usize) -> u16 {
        self.registers.lock().expect("whole")[at]
    }

    fn set(&self, at: usize, value: u16) {
        self.registers.lock().expect("whole")[at] = value;
    }
}

/// One that is deaf answers as if it had written.
fn answered(registers: &Mutex<[u16; 200]>, frame: &Frame<'_>, is_deaf: bool) -> FrameBytes {
    let mut registers = registers.lock().expect("whole");
    let mut out = FrameBytes::new();
    let mut writing = Writing::begin(&mut out, frame.transaction, frame.unit);
    match Request::decode(frame.pdu).expect("a request") {
        Request::Read { from, count, .. } => {
            writing.byte(3);
            writing.byte(count as u8 * 2);
            for word in &registers[usize::from(from)..usize::from(from + count)] {
                writing.word(*word);
            }
        }
        Request::WriteWords { from, bytes, .. } => {
            for (at, word) in bytes.chunks_exact(2).enumerate() {
                if !is_deaf {
                    let word = u16::from_be_bytes([word[0], word[1]]);
                    registers[usize::from(from) + at] = word;
                }
            }
            writing.bytes(&frame.pdu[..5]);
        }
        other => panic!("unexpected {other:?}"),
    }
    writing.end();
    out
}

struct Rig {
    polling: Polling,
    told: Queue<Told>,
    triggers: Outlet<Heard>,
    feedback: Outlet<Feedback>,
    _identities: Outlet<Identified>,
}

const ONLINE: Told = Told::Status(LineStatus {
    is_online: true,
    is_rejecting: false,
    is_stopped: false,
    severity: None,
    error_code: 0,
});

impl Rig {
    fn new(plc: &Plc) -> Self {
        let settings = format!(
            "address = \"{}\"\nevery_ms = 1\ntimeout_ms = 100\nplc_timeout_ms = 300\njobs = [\"cap\"]",
            plc.address
        );
        let settings: Settings = toml::from_str(&settings).expect("settings");
        assert_eq!(problems(&settings), [""; 0]);
        let (told, told_here) = queue("told", 64, WhenFull::Fault, None);
        let (to_triggers, triggers) = queue("triggers", 64, WhenFull::Fault, None);
        let (to_feedback, feedback) = queue("feedback", 64, WhenFull::Fault, None);
        let (positions, _) = queue("positions", 1, WhenFull::DropNewest, None);
        let (identities, _identities) = queue("identities", 8, WhenFull::Fault, None);
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
        Self {
            polling: open(&settings, joined).expect("settings"),
            told,
            triggers,
            feedback,
            _identities,
        }
    }

    fn turns(&mut self, turns: usize) {
        for _ in 0..turns {
            self.polling.turn(Duration::from_millis(5));
        }
    }

    fn tell(&mut self, told: Told) {
        self.told.push(told).expect("room");
        self.turns(2);
    }

    /// Turns until it hears something; `None` after two seconds.
    fn heard(&mut self) -> Option<Heard> {
        let began = SystemClock.now();
        while SystemClock.now().since(began) < Duration::from_secs(2) {
            self.turns(1);
            if let Some(heard) = self.triggers.pop() {
                return Some(heard);
            }
        }
        None
    }
}

fn rejected(part_no: u64) -> Told {
    let part_no = PartNo(part_no);
    Told::Outcome(Outcome {
        part_no,
        part_id: PartId::counted(1, part_no),
        style: None,
        verdict: Verdict::NotDecided,
        cause: None,
        disposition: Disposition::Reject,
        lane: LaneNo(1),
        score: None,
        class: None,
        act_by: None,
    })
}

#[test]
fn a_trigger_is_written_back_and_a_result_acknowledged_by_its_number() {
    let plc = Plc::new();
    let mut rig = Rig::new(&plc);
    rig.tell(ONLINE);
    assert_eq!(rig.heard(), Some(Heard::Back));
    rig.turns(2);
    assert_eq!(plc.get(100) & 1, 1, "ready");
    assert_eq!([plc.get(114), plc.get(115)], [1, 0x1234]);
    plc.set(2, 1);
    rig.turns(3);
    assert_eq!(plc.get(113), 1, "the job was taken");
    for part_no in 1..=20_u16 {
        plc.set(4, u16::from_be_bytes(*b"A1"));
        plc.set(0, 1);
        let Some(Heard::Arrival(arrival)) = rig.heard() else {
            panic!("expected an arrival");
        };
        assert!(!arrival.is_missed);
        assert_eq!(arrival.part_id.expect("it was there").as_str(), "A1");
        assert_eq!(arrival.style.expect("of the job").as_str(), "cap");
        rig.tell(Told::Numbered(PartNo(u64::from(part_no))));
        assert_eq!((plc.get(0), plc.get(111)), (0, part_no));
        rig.tell(Told::Exposed(PartNo(u64::from(part_no))));
        rig.tell(rejected(u64::from(part_no)));
        assert_eq!([plc.get(102), plc.get(103), plc.get(104)], [part_no, 3, 2]);
        // The number of the part before acknowledges nothing.
        rig.turns(3);
        assert_eq!(plc.get(102), part_no);
        plc.set(1, part_no);
        rig.turns(3);
        assert_eq!(plc.get(102), 0, "no result is valid");
    }
    let all = std::iter::from_fn(|| rig.feedback.pop());
    let taken = all.filter(|it| matches!(it, Feedback::Acknowledged { .. }));
    assert_eq!(taken.count(), 20);
}

#[test]
fn a_hung_plc_is_gone_within_a_second_and_back_by_itself() {
    let plc = Plc::new();
    let mut rig = Rig::new(&plc);
    rig.tell(ONLINE);
    assert_eq!(rig.heard(), Some(Heard::Back));
    plc.is_hung.store(true, Ordering::Relaxed);
    let began = SystemClock.now();
    assert!(matches!(rig.heard(), Some(Heard::Gone { .. })));
    assert!(SystemClock.now().since(began) < Duration::from_secs(1));
    plc.is_hung.store(false, Ordering::Relaxed);
    assert_eq!(rig.heard(), Some(Heard::Back));
}

#[test]
fn a_plc_that_answers_but_keeps_nothing_is_not_there() {
    let plc = Plc::new();
    plc.is_deaf.store(true, Ordering::Relaxed);
    let mut rig = Rig::new(&plc);
    rig.tell(ONLINE);
    assert_eq!(rig.heard(), None);
    plc.is_deaf.store(false, Ordering::Relaxed);
    assert_eq!(rig.heard(), Some(Heard::Back));
}

#[test]
fn parts_that_overlap_are_refused() {
    let settings: Settings =
        toml::from_str("address = \"127.0.0.1:502\"\nplc_base = 90\n").expect("settings");
    let found = problems(&settings);
    assert!(found[0].contains("overlap"), "{found:?}");
}
