//! `inspector line` and `inspector check` against a Modbus device and a PLC program that are not ours.

use crate::peer::python;
use inspector::adapters::line::modbus::link::Link;
use inspector::adapters::line::modbus::pdu::{Request, Space};
use inspector::clock::SystemClock;
use inspector::results::open;
use serde_json::Value;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Coils of the device that are inputs here, because nobody can set a discrete input from outside.
pub(crate) const TRIGGER: u16 = 10;
pub(crate) const GATE: u16 = 11;
const ACCEPT: u16 = 0;
const RED: u16 = 3;

pub(crate) fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}

/// A device with coils and registers, in a process of its own.
pub(crate) struct Module(Child, SocketAddr);

impl Module {
    pub(crate) fn start(python: &OsString, port: u16) -> Self {
        let mut child = Command::new(python)
            .args(["tests/signals/plc.py", &port.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let out = child.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut said).unwrap();
        let module = Self(child, SocketAddr::from(([127, 0, 0, 1], port)));
        until("the module listens", || {
            TcpStream::connect(module.1).is_ok()
        });
        module
    }

    fn link(&self) -> Link {
        Link::new(self.1, 1, Duration::from_secs(2), Arc::new(SystemClock))
    }

    pub(crate) fn set(&self, coil: u16, is_on: bool) {
        let request = Request::WriteBits {
            from: coil,
            count: 1,
            bits: if is_on { &[1] } else { &[0] },
            is_single: true,
        };
        self.link().ask(&request).unwrap();
    }

    pub(crate) fn is_on(&self, coil: u16) -> bool {
        let request = Request::Read {
            space: Space::Coils,
            from: coil,
            count: 1,
        };
        self.link().ask(&request).unwrap()[0] & 1 == 1
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("not within 20 s: {what}");
}

/// Settings of a photo-eye, a sensor before the ejector and two outputs on a module; nothing of them is opened but the line.
pub(crate) fn home(port: u16) -> tempfile::TempDir {
    wired(&format!(
        "[[device]]\nname = \"io\"\nkind = \"modbus\"\naddress = \"127.0.0.1:{port}\"\nperiod_ms = 2\nbecause = \"a test\"\n\
         [[input]]\ndevice = \"io\"\naddress = \"coil:{TRIGGER}\"\nmeaning = \"trigger\"\n\
         [[input]]\ndevice = \"io\"\naddress = \"coil:{GATE}\"\nmeaning = \"gate\"\n\
         [[output]]\ndevice = \"io\"\naddress = \"coil:{ACCEPT}\"\nmeaning = \"lane\"\nlane = \"accept\"\n\
         [[output]]\ndevice = \"io\"\naddress = \"coil:{RED}\"\nmeaning = \"red\"\n"
    ))
}

pub(crate) fn wired(line: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for folder in ["recipes", "models", "pictures"] {
        std::fs::create_dir_all(home.path().join(folder)).unwrap();
    }
    let settings = format!(
        "[station]\nname = \"tried\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = \"models\"\n\
         [timing]\npitch_ms_min = 300\ndecide_by_ms = 200\nframe_window_ms = 50\n\
         [trigger]\nsource = \"line\"\nstyle = \"part\"\n\
         [ejector]\nkind = \"line\"\nresting = \"energise-to-accept\"\nhold_ms = 100\n{line}\
         [[camera]]\nname = \"top\"\nkind = \"folder\"\npath = \"pictures\"\ninterval_ms = 60\nrepeat = true\n"
    );
    std::fs::write(home.path().join("station.toml"), settings).unwrap();
    home
}

pub(crate) fn command(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inspector"));
    let settings = home.join("station.toml");
    command
        .arg("line")
        .args(args)
        .arg("--settings")
        .arg(settings);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn line(home: &Path, args: &[&str]) -> Output {
    command(home, args).output().unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    let all = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&all).into_owned()
}

#[test]
fn a_line_is_shown_as_it_is_and_nothing_is_set() {
    let Some(python) = python() else { return };
    let port = free_port();
    let home = home(port);
    let missing = line(home.path(), &["--once"]);
    assert_eq!(missing.status.code(), Some(4), "{}", said(&missing));
    assert!(
        said(&missing).contains("device \"io\" does not answer"),
        "{}",
        said(&missing)
    );
    assert!(
        said(&missing).contains("refused"),
        "what was tried: {}",
        said(&missing)
    );
    let module = Module::start(&python, port);
    module.set(TRIGGER, true);
    module.set(RED, true);
    let shown = line(home.path(), &["--once"]);
    assert!(shown.status.success(), "{}", said(&shown));
    let lines = said(&shown);
    let of = |meaning: &str| {
        let found = lines.lines().find(|line| line.contains(meaning));
        let words = found.unwrap_or_else(|| panic!("{meaning}: {lines}"));
        words.split_whitespace().any(|word| word == "on")
    };
    assert!(of("trigger") && of("red"), "{lines}");
    assert!(!of("gate") && !of("lane accept"), "{lines}");
    let shown = line(home.path(), &["--once", "--json"]);
    let value: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(value["devices"][0]["is_connected"], true);
    assert_eq!(value["signals"][0]["is_on"], true);
    assert!(module.is_on(RED), "it was only looked at");
    // Live: one line for each edge, with its time.
    let mut live = command(home.path(), &[]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(1_500));
    module.set(GATE, true);
    std::thread::sleep(Duration::from_millis(100));
    module.set(GATE, false);
    std::thread::sleep(Duration::from_millis(600));
    stop(&live);
    assert!(live.wait().unwrap().success());
    let told = std::io::read_to_string(live.stdout.take().unwrap()).unwrap();
    let edges: Vec<&str> = told
        .lines()
        .filter(|line| line.contains(" s  ") && line.contains("gate"))
        .collect();
    assert_eq!(edges.len(), 2, "{told}");
    assert!(
        edges[0].ends_with(" on") && edges[1].ends_with(" off"),
        "{edges:?}"
    );
}

fn stop(child: &Child) {
    let done = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(done.unwrap().success());
}

#[test]
fn an_output_is_fired_by_hand_and_ends_at_rest_also_when_it_is_interrupted() {
    let Some(python) = python() else { return };
    let port = free_port();
    let home = home(port);
    let module = Module::start(&python, port);
    let unasked = line(home.path(), &["fire", "lane accept"]);
    assert_eq!(unasked.status.code(), Some(3), "{}", said(&unasked));
    assert!(said(&unasked).contains("--yes"), "{}", said(&unasked));
    let unknown = line(home.path(), &["fire", "coil:99", "--yes"]);
    assert_eq!(unknown.status.code(), Some(3));
    assert!(
        said(&unknown).contains("lane accept"),
        "what there is: {}",
        said(&unknown)
    );
    let mut firing = command(
        home.path(),
        &["fire", "lane accept", "--ms", "700", "--yes"],
    )
    .spawn()
    .unwrap();
    until("it is on", || module.is_on(ACCEPT));
    module.set(GATE, true);
    assert!(firing.wait().unwrap().success());
    assert!(!module.is_on(ACCEPT));
    let told = std::io::read_to_string(firing.stdout.take().unwrap()).unwrap();
    assert!(
        told.contains("read back on") && told.contains("read back off"),
        "{told}"
    );
    assert!(told.contains("gate (coil:11) went on after"), "{told}");
    let mut firing = command(
        home.path(),
        &["fire", "io coil:0", "--ms", "10000", "--yes"],
    )
    .spawn()
    .unwrap();
    until("it is on", || module.is_on(ACCEPT));
    stop(&firing);
    let begun = std::time::Instant::now();
    assert!(firing.wait().unwrap().success());
    assert!(begun.elapsed() < Duration::from_secs(2) && !module.is_on(ACCEPT));
}

#[test]
fn an_output_whose_device_dies_while_it_is_on_is_set_to_rest_when_it_is_back() {
    let Some(python) = python() else { return };
    let port = free_port();
    let home = home(port);
    let module = Module::start(&python, port);
    let mut firing = command(home.path(), &["fire", "red", "--ms", "1500", "--yes"])
        .spawn()
        .unwrap();
    until("it is on", || module.is_on(RED));
    module.kill();
    std::thread::sleep(Duration::from_millis(2_500));
    let again = Module::start(&python, port);
    // As a module that kept what it was told.
    again.set(RED, true);
    assert!(firing.wait().unwrap().success());
    assert!(!again.is_on(RED));
    let told = std::io::read_to_string(firing.stdout.take().unwrap()).unwrap();
    assert!(told.contains("NOT OFF"), "{told}");
}

#[test]
fn nothing_is_tried_while_a_station_runs() {
    let port = free_port();
    let home = home(port);
    let _lock = open::lock(&home.path().join("data")).unwrap();
    for args in [&["fire", "red", "--yes"][..], &["delay"], &["handshake"]] {
        let refused = line(home.path(), args);
        let expected = if args[0] == "handshake" { 3 } else { 6 };
        assert_eq!(
            refused.status.code(),
            Some(expected),
            "{args:?} {}",
            said(&refused)
        );
        let why = if args[0] == "handshake" {
            "with a handshake"
        } else {
            "a station runs on these settings"
        };
        assert!(said(&refused).contains(why), "{}", said(&refused));
    }
}
