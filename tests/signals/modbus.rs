//! The Modbus client against pymodbus: a device that answers, hangs, dies, and proves its watchdog or not.

use crate::rig::{Station, all, opening, outcome, wiring};
use inspector::adapters::line::kinds::open;
use inspector::adapters::line::modbus::link::Link;
use inspector::adapters::line::modbus::pdu::{Request, Space};
use inspector::clock::{Clock, SystemClock};
use inspector::ports::line::{Feedback, Heard};
use inspector::station::time::Instant;
use inspector::station::verdict::Disposition::{Accept, Reject};
use inspector::telemetry::catalogue::Code;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A server of pymodbus in a process of its own.
struct Plc {
    child: Child,
    at: SocketAddr,
}

/// `None`, told loudly, where pymodbus is not installed.
fn python() -> Option<std::ffi::OsString> {
    let python = std::env::var_os("INSPECTOR_PYMODBUS");
    if python.is_none() {
        eprintln!(
            "SKIPPED: needs pymodbus; INSPECTOR_PYMODBUS=$(tests/plc/pymodbus.sh), as in `make test`"
        );
    }
    python
}

impl Plc {
    fn start(python: &std::ffi::OsStr, at: SocketAddr) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/signals/plc.py");
        let mut child = Command::new(python)
            .args([script, &at.port().to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("python starts");
        let mut said = String::new();
        let out = child.stdout.take().expect("it is piped");
        BufReader::new(out)
            .read_line(&mut said)
            .expect("it says something");
        assert_eq!(said.trim(), "listening");
        let plc = Self { child, at };
        plc.until(Duration::from_secs(5), "it listens", || {
            std::net::TcpStream::connect(at).is_ok()
        });
        plc
    }

    fn until(&self, at_most: Duration, what: &str, mut is_so: impl FnMut() -> bool) {
        let deadline = SystemClock.now() + at_most;
        while !is_so() {
            assert!(
                SystemClock.now() < deadline,
                "not within {at_most:?}: {what}"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let done = Command::new("kill").args([signal, &pid]).status();
        assert!(done.expect("kill runs").success());
    }

    /// Another master, which sees and sets what the tests need.
    fn master(&self) -> Master {
        Master(Link::new(
            self.at,
            1,
            Duration::from_secs(2),
            Arc::new(SystemClock),
        ))
    }
}

impl Drop for Plc {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Master(Link);

impl Master {
    fn coil(&mut self, from: u16) -> bool {
        let request = Request::Read {
            space: Space::Coils,
            from,
            count: 1,
        };
        self.0.ask(&request).expect("it answers")[0] & 1 == 1
    }

    fn set_coil(&mut self, from: u16, is_on: bool) {
        let request = Request::WriteBits {
            from,
            count: 1,
            bits: if is_on { &[1] } else { &[0] },
            is_single: true,
        };
        self.0.ask(&request).expect("it answers");
    }

    fn set_words(&mut self, from: u16, words: &[u16]) {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        let request = Request::WriteWords {
            from,
            bytes: &bytes,
            is_single: false,
        };
        self.0.ask(&request).expect("it answers");
    }
}

/// Coil 0 opens the gate, coil 20 is the photo-eye, 10 and 11 count the belt, 30 holds an ID; 50 is a watchdog in units of
/// 100 ms, 51 a safe value.
fn line(at: SocketAddr) -> String {
    format!(
        "[[device]]\nname = \"io\"\nkind = \"modbus\"\naddress = \"{at}\"\n[device.watchdog]\nregister = \"holding:50\"\n\
         unit_ms = 100\nsafe = [\"holding:51\"]\n\
         [[input]]\ndevice = \"io\"\naddress = \"coil:20\"\nmeaning = \"trigger\"\n\
         [[input]]\ndevice = \"io\"\naddress = \"holding:10.u32\"\nmeaning = \"encoder\"\n\
         [[input]]\ndevice = \"io\"\naddress = \"holding:30.text12\"\nmeaning = \"part-id\"\n\
         [[output]]\ndevice = \"io\"\naddress = \"coil:0\"\nmeaning = \"lane\"\nlane = \"accept\"\nhold_ms = 80\n"
    )
}

/// The device's own thread, as a station has it.
struct Turning {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Turning {
    fn start(sections: &str) -> (Self, Station) {
        let wiring = wiring(sections);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (opening, station) = opening(&wiring, &clock);
        let mut device = open(opening).expect("it is no server");
        let stop = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                device.turn(Duration::from_millis(50));
            }
            device.rest();
        });
        let turning = Self {
            stop,
            thread: Some(thread),
        };
        (turning, station)
    }
}

impl Drop for Turning {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A server with its watchdog set, and a device that is armed.
fn armed() -> Option<(Plc, Master, Turning, Station)> {
    let python = python()?;
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = free.local_addr().expect("it is bound");
    drop(free);
    let plc = Plc::start(&python, at);
    let mut master = plc.master();
    master.set_words(50, &[5]);
    let (turning, station) = Turning::start(&line(at));
    plc.until(Duration::from_secs(3), "armed", || {
        station.board.devices()[0].is_armed
    });
    all(&station.feedback);
    Some((plc, master, turning, station))
}

/// The first answer to a command that comes.
fn answer(station: &Station, plc: &Plc) -> Feedback {
    let mut found = None;
    plc.until(Duration::from_secs(2), "an answer", || {
        let of =
            |it: &Feedback| matches!(it, Feedback::Acknowledged { .. } | Feedback::Failed { .. });
        found = all(&station.feedback).into_iter().find(of);
        found.is_some()
    });
    found.expect("it came")
}

#[test]
fn a_photo_eye_announces_parts_with_count_and_id_and_a_command_is_one_pulse() {
    let Some((plc, mut master, _turning, station)) = armed() else {
        return;
    };
    master.set_words(10, &[1, 2]);
    master.set_words(
        30,
        &[u16::from_be_bytes(*b"A-"), u16::from_be_bytes(*b"17"), 0],
    );
    std::thread::sleep(Duration::from_millis(50));
    all(&station.triggers);
    let before = SystemClock.now();
    master.set_coil(20, true);
    let mut heard = Vec::new();
    plc.until(Duration::from_secs(2), "a part", || {
        heard.extend(all(&station.triggers));
        !heard.is_empty()
    });
    let Heard::Arrival(arrival) = &heard[0] else {
        panic!("{heard:?}");
    };
    assert_eq!(arrival.counts, Some(0x0001_0002));
    assert_eq!(arrival.part_id.expect("an ID").as_str(), "A-17");
    assert_eq!(all(&station.identities), [], "the ID came with its part");
    let took = arrival.at.since(before);
    assert!(took < Duration::from_millis(200), "{took:?}");

    let told_at = SystemClock.now();
    station.told.push(outcome(1, Accept, None)).expect("room");
    plc.until(Duration::from_millis(500), "the coil is set", || {
        master.coil(0)
    });
    assert!(matches!(
        answer(&station, &plc),
        Feedback::Acknowledged { .. }
    ));
    plc.until(Duration::from_millis(500), "the coil is off", || {
        !master.coil(0)
    });
    let took = SystemClock.now().since(told_at);
    assert!((80..250).contains(&took.as_millis()), "{took:?}");
}

#[test]
fn a_hung_server_gets_no_late_command_and_heals_when_it_goes_on() {
    let Some((plc, mut master, _turning, station)) = armed() else {
        return;
    };
    plc.signal("-STOP");
    let hung_at = SystemClock.now();
    plc.until(Duration::from_secs(1), "an alarm within a second", || {
        let mut alarms = all(&station.alarms).into_iter();
        alarms.any(|it| it.code == Code::LineDeviceGone && it.is_active)
    });
    assert!(SystemClock.now().since(hung_at) < Duration::from_secs(1));
    station.told.push(outcome(1, Accept, None)).expect("room");
    assert!(matches!(answer(&station, &plc), Feedback::Failed { .. }));
    std::thread::sleep(Duration::from_millis(500));
    plc.signal("-CONT");
    plc.until(Duration::from_secs(3), "it is back", || {
        let back = |it: &Feedback| {
            matches!(
                it,
                Feedback::Connected {
                    is_connected: true,
                    ..
                }
            )
        };
        all(&station.feedback).iter().any(back)
    });
    for _ in 0..100 {
        assert!(!master.coil(0), "a command of before was carried out");
        std::thread::sleep(Duration::from_millis(2));
    }
    plc.until(Duration::from_secs(3), "armed", || {
        station.board.devices()[0].is_armed
    });
    station.told.push(outcome(2, Accept, None)).expect("room");
    assert!(matches!(
        answer(&station, &plc),
        Feedback::Acknowledged { .. }
    ));
}

#[test]
fn a_command_that_was_in_the_hung_servers_buffer_is_undone_at_once() {
    let Some((plc, mut master, _turning, station)) = armed() else {
        return;
    };
    plc.signal("-STOP");
    // Sent before anybody knows that it hangs: whether it was done is open, so it counts as failed.
    station.told.push(outcome(1, Accept, None)).expect("room");
    assert!(matches!(answer(&station, &plc), Feedback::Failed { .. }));
    plc.signal("-CONT");
    plc.until(Duration::from_secs(3), "it is back", || {
        let back = |it: &Feedback| {
            matches!(
                it,
                Feedback::Connected {
                    is_connected: true,
                    ..
                }
            )
        };
        all(&station.feedback).iter().any(back)
    });
    std::thread::sleep(Duration::from_millis(100));
    assert!(!master.coil(0), "read back and set off");
}

#[test]
fn a_killed_server_fails_commands_and_is_used_again_when_it_is_there_again() {
    let Some((mut plc, _, _turning, station)) = armed() else {
        return;
    };
    let (python, at) = (python().expect("it was there"), plc.at);
    plc.child.kill().expect("it ran");
    plc.child.wait().expect("it ends");
    plc.until(Duration::from_secs(1), "it is told", || {
        all(&station.triggers)
            .iter()
            .any(|it| matches!(it, Heard::Gone { .. }))
    });
    station.told.push(outcome(1, Reject, None)).expect("room");
    assert!(matches!(answer(&station, &plc), Feedback::Failed { .. }));
    plc = Plc::start(&python, at);
    plc.until(Duration::from_secs(3), "it is heard", || {
        all(&station.triggers).contains(&Heard::Back)
    });
    // The new server has no watchdog time: rejects only.
    plc.until(Duration::from_secs(3), "it says why", || {
        let mut alarms = all(&station.alarms).into_iter();
        alarms.any(|it| {
            it.code == Code::WatchdogUnproven && it.is_active && it.message.contains("holding:50")
        })
    });
    all(&station.feedback);
    station
        .told
        .push(outcome(
            2,
            Accept,
            Some(SystemClock.now() + Duration::from_secs(9)),
        ))
        .expect("room");
    assert!(matches!(answer(&station, &plc), Feedback::Failed { .. }));
    plc.master().set_words(50, &[5]);
    plc.until(Duration::from_secs(3), "armed", || {
        station.board.devices()[0].is_armed
    });
    station.told.push(outcome(3, Accept, None)).expect("room");
    assert!(matches!(
        answer(&station, &plc),
        Feedback::Acknowledged { .. }
    ));
    // What was due long ago is not done.
    station
        .told
        .push(outcome(4, Accept, Some(Instant::from_millis(1))))
        .expect("room");
    assert!(matches!(answer(&station, &plc), Feedback::Failed { .. }));
}

#[test]
fn a_wrong_safe_value_or_too_long_a_watchdog_time_is_no_proof() {
    let Some((plc, mut master, turning, _)) = armed() else {
        return;
    };
    drop(turning);
    for (words, expected) in [
        ([5, 1], "expected the safe value 0 at holding:51, found 1"),
        ([51, 0], "found 5.1s"),
    ] {
        master.set_words(50, &words);
        let (_turning, station) = Turning::start(&line(plc.at));
        let mut message = String::new();
        plc.until(Duration::from_secs(3), expected, || {
            let alarms = all(&station.alarms);
            let mut unproven = alarms
                .into_iter()
                .filter(|it| it.code == Code::WatchdogUnproven && it.is_active);
            message = unproven.next().map(|it| it.message).unwrap_or_default();
            !message.is_empty()
        });
        assert!(message.contains(expected), "{message}");
        assert!(!station.board.devices()[0].is_armed);
    }
}
