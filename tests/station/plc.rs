//! The handshake with a PLC: its documents, and PLC programs that are not ours over real sockets.

use crate::peer::python;
use inspector::adapters::line::listeners::Listeners;
use inspector::adapters::line::modbus::exchange::Joined;
use inspector::adapters::line::modbus::server;
use inspector::clock::{Clock, SystemClock};
use inspector::ports::line::{Feedback, Heard, LineDevice, LineStatus, Told};
use inspector::queue::{WhenFull, queue};
use inspector::station::handshake::map::Preset;
use inspector::station::handshake::map::tags::{self, Format};
use inspector::station::lane::LaneNo;
use inspector::station::outcome::Outcome;
use inspector::station::part::{PartId, PartNo};
use inspector::station::time::Instant;
use inspector::station::verdict::{Cause, Disposition, Score, Verdict};
use inspector::telemetry::signals::{DeviceName, SignalBoard};
use std::fs;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

const DOCUMENT: &str = "docs/ref/plc.md";

/// `INSPECTOR_WRITE_DOCS=1` writes the tables anew.
#[test]
fn the_tables_of_addresses_are_those_of_the_program() {
    let before = fs::read_to_string(DOCUMENT).unwrap();
    let mut parts: Vec<(&str, String)> = Preset::ALL
        .map(|preset| (preset.name(), tags::file(preset, Format::Markdown, 0)))
        .to_vec();
    parts.push(("numbers", tags::numbers()));
    let mut after = before.clone();
    for (name, table) in parts {
        let mark = format!("<!-- {name} -->\n");
        let from = after.find(&mark).expect("its place is marked") + mark.len();
        let to = from
            + after[from..]
                .find("<!-- end -->")
                .expect("its end is marked");
        after.replace_range(from..to, &format!("\n{table}\n"));
    }
    if std::env::var_os("INSPECTOR_WRITE_DOCS").is_some() {
        fs::write(DOCUMENT, &after).unwrap();
    } else {
        assert!(
            before == after,
            "{DOCUMENT}: write it anew with INSPECTOR_WRITE_DOCS=1"
        );
    }
}

/// The server on a thread, with a station behind it that accepts what is no third part.
struct Line {
    address: SocketAddr,
    gone: Arc<AtomicU64>,
    back: Arc<AtomicU64>,
    acknowledged: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

fn is_accepted(part_no: u64) -> bool {
    !part_no.is_multiple_of(3)
}

fn outcome(part_no: u64, part_id: Option<PartId>) -> Outcome {
    let is_pass = is_accepted(part_no);
    Outcome {
        part_no: PartNo(part_no),
        part_id: part_id.unwrap_or(PartId::counted(1, PartNo(part_no))),
        style: None,
        verdict: if is_pass {
            Verdict::Pass
        } else {
            Verdict::Fail
        },
        cause: (!is_pass).then_some(Cause::Defect),
        disposition: if is_pass {
            Disposition::Accept
        } else {
            Disposition::Reject
        },
        lane: LaneNo(u8::from(!is_pass)),
        score: Score::new(0.5),
        class: None,
        act_by: None,
    }
}

impl Line {
    fn new(more: &str) -> Self {
        let settings = format!("listen = \"127.0.0.1:0\"\n{more}");
        let settings: server::Settings = toml::from_str(&settings).unwrap();
        let (told, told_here) = queue("told", 256, WhenFull::Fault, None);
        let (triggers, arrivals) = queue("triggers", 256, WhenFull::Fault, None);
        let (feedback, answers) = queue("feedback", 4096, WhenFull::Fault, None);
        let (positions, _) = queue("positions", 1, WhenFull::DropNewest, None);
        let (identities, _) = queue("identities", 1, WhenFull::DropNewest, None);
        let joined = Joined {
            name: "plc".to_owned(),
            device: 0,
            told: told_here,
            listeners: Listeners {
                triggers,
                feedback,
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
        let mut server = server::open(&settings, joined).unwrap();
        let mut line = Self {
            address: server.local_addr().unwrap(),
            gone: Arc::default(),
            back: Arc::default(),
            acknowledged: Arc::default(),
            is_over: Arc::default(),
            threads: Vec::new(),
        };
        let is_over = Arc::clone(&line.is_over);
        line.threads.push(std::thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                server.turn(Duration::from_millis(20));
            }
        }));
        let (gone, back, acknowledged, is_over) = (
            Arc::clone(&line.gone),
            Arc::clone(&line.back),
            Arc::clone(&line.acknowledged),
            Arc::clone(&line.is_over),
        );
        line.threads.push(std::thread::spawn(move || {
            let mut part_no = 0;
            let mut told_at = Instant::from_millis(0);
            while !is_over.load(Ordering::Relaxed) {
                let now = SystemClock.now();
                if now.since(told_at) > Duration::from_millis(500) {
                    told_at = now;
                    let is_online = true;
                    let status = LineStatus {
                        is_online,
                        ..LineStatus::default()
                    };
                    told.push(Told::Status(status)).unwrap();
                }
                match arrivals.pop_waiting(Duration::from_millis(20)) {
                    Some(Heard::Arrival(arrival)) => {
                        part_no += 1;
                        told.push(Told::Numbered(PartNo(part_no))).unwrap();
                        std::thread::sleep(Duration::from_millis(1));
                        told.push(Told::Exposed(PartNo(part_no))).unwrap();
                        let outcome = outcome(part_no, arrival.part_id);
                        told.push(Told::Outcome(outcome)).unwrap();
                    }
                    Some(Heard::Gone { .. }) => drop(gone.fetch_add(1, Ordering::Relaxed)),
                    Some(Heard::Back) => drop(back.fetch_add(1, Ordering::Relaxed)),
                    Some(Heard::Unseen { .. } | Heard::Ended) => {}
                    None => {}
                }
                while let Some(answer) = answers.pop() {
                    let is_taken = matches!(answer, Feedback::Acknowledged { .. });
                    acknowledged.fetch_add(u64::from(is_taken), Ordering::Relaxed);
                }
            }
        }));
        line
    }

    /// Waits until a counter has reached `least`, and how long that took.
    fn until(&self, counter: &AtomicU64, least: u64) -> Duration {
        let began = SystemClock.now();
        while counter.load(Ordering::Relaxed) < least {
            let waited = SystemClock.now().since(began);
            assert!(waited < Duration::from_secs(20), "waited too long");
            std::thread::sleep(Duration::from_millis(2));
        }
        SystemClock.now().since(began)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn program(python: &std::ffi::OsStr, line: &Line, parts: u32, scan_ms: u32) -> Child {
    let (ip, port) = (
        line.address.ip().to_string(),
        line.address.port().to_string(),
    );
    let mut command = Command::new(python);
    command.args(["tests/plc/insight.py", &ip, &port]);
    command.args([parts.to_string(), scan_ms.to_string()]);
    command.stdout(Stdio::piped()).spawn().unwrap()
}

/// What the program told of its parts: each was accepted exactly where the station said so.
fn check(told: &str) -> usize {
    let mut results = 0;
    for line in told.lines() {
        let Ok(told) = serde_json::from_str::<serde_json::Value>(line) else {
            // The last line of a program that was killed.
            continue;
        };
        assert!(told["unexpected"].is_null(), "{line}");
        let (Some(part), Some(accept)) = (told["part"].as_u64(), told["accept"].as_bool()) else {
            continue;
        };
        if told["why"] == "connection lost" {
            assert!(!accept);
            continue;
        }
        assert_eq!(accept, is_accepted(part), "{line}");
        assert!(told["why"].as_str().unwrap().starts_with("P-"), "{line}");
        results += 1;
    }
    results
}

fn told(child: Child) -> String {
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn signal(child: &Child, signal: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn a_plc_program_of_pymodbus_gets_each_parts_own_result() {
    let Some(python) = python() else { return };
    for (more, parts, scan_ms) in [("", 150, 0), ("plc_timeout_ms = 2000", 8, 60)] {
        let line = Line::new(more);
        let told = told(program(&python, &line, parts, scan_ms));
        assert_eq!(check(&told), parts as usize, "{told}");
        line.until(&line.acknowledged, u64::from(parts));
    }
}

#[test]
fn a_plc_that_is_killed_or_hangs_is_told_within_a_second_and_heals() {
    let Some(python) = python() else { return };
    let line = Line::new("");
    let mut killed = program(&python, &line, 0, 0);
    line.until(&line.acknowledged, 20);
    killed.kill().unwrap();
    assert!(line.until(&line.gone, 1) < Duration::from_secs(1));
    assert!(check(&told(killed)) >= 20);

    let before = line.acknowledged.load(Ordering::Relaxed);
    let mut hung = program(&python, &line, 0, 0);
    line.until(&line.acknowledged, before + 20);
    signal(&hung, "-STOP");
    assert!(line.until(&line.gone, 2) < Duration::from_secs(1));
    signal(&hung, "-CONT");
    line.until(&line.back, 3);
    // It holds what it held; a reset by itself would be its own. It was missed, or goes on.
    hung.kill().unwrap();
    check(&told(hung));

    let before = line.acknowledged.load(Ordering::Relaxed);
    let mut again = program(&python, &line, 0, 0);
    line.until(&line.acknowledged, before + 20);
    again.kill().unwrap();
    assert!(check(&told(again)) >= 20);
}

#[test]
fn swapped_bytes_are_found_by_the_test_word_before_the_first_part() {
    let Some(python) = python() else { return };
    let line = Line::new("byte_order = \"badc\"");
    let child = program(&python, &line, 1, 0);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("\"test_word\": 13330"), "{told}");
}

#[test]
fn mbpoll_reads_the_map() {
    let line = Line::new("");
    let port = line.address.port().to_string();
    let asked = Command::new("mbpoll")
        .args([
            "-0",
            "-1",
            "-t",
            "3:hex",
            "-r",
            "1017",
            "-c",
            "2",
            "-p",
            &port,
            "127.0.0.1",
        ])
        .output();
    let Ok(output) = asked else {
        eprintln!("SKIPPED: mbpoll is not installed; make test installs it");
        return;
    };
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        told.contains("[1017]: \t0x0001") && told.contains("[1018]: \t0x1234"),
        "{told}"
    );
}
