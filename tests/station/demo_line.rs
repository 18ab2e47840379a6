//! The demo's second line: its PLC and its belt are programs that are not the station's, and what they counted is what the
//! station recorded.

use crate::line::free_port;
use crate::peer::python;
use crate::served::Station;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const DEMO: &str = "inspector/demo";
/// Pictures on the belt; of this seed some are defective and both kinds come early.
const PICTURES: usize = 12;

/// A folder as `make demo-line` has it, with ports that nobody has; that of the module is given back.
fn home() -> (tempfile::TempDir, u16) {
    crate::accept_demo();
    let home = tempfile::tempdir().unwrap();
    let ports = [free_port(), free_port(), free_port()];
    let models = Path::new("models/assets").canonicalize().unwrap();
    let recipes = Path::new(DEMO).join("recipes").canonicalize().unwrap();
    let settings = std::fs::read_to_string(Path::new(DEMO).join("line.toml")).unwrap();
    for was in [
        "127.0.0.1:5020",
        "127.0.0.1:5021",
        "\"models\"",
        "\"recipes\"",
    ] {
        assert!(settings.contains(was), "{was}");
    }
    let settings = settings
        .replace("127.0.0.1:5020", &format!("127.0.0.1:{}", ports[0]))
        .replace("127.0.0.1:5021", &format!("127.0.0.1:{}", ports[1]))
        .replace("models = \"models\"", &format!("models = {models:?}"))
        .replace("recipes = \"recipes\"", &format!("recipes = {recipes:?}"));
    let settings = format!("{settings}\n[http]\nlisten = \"127.0.0.1:{}\"\n", ports[2]);
    for name in ["station.toml", "line.toml"] {
        std::fs::write(home.path().join(name), &settings).unwrap();
    }
    let rendered = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["render", "--seed", "11", "--defect-rate", "0.3", "--count"])
        .arg(PICTURES.to_string())
        .arg("--out")
        .arg(home.path().join("belt"))
        .output()
        .unwrap();
    assert!(rendered.status.success(), "{rendered:?}");
    std::fs::create_dir(home.path().join("camera")).unwrap();
    symlink("../belt/000000.png", home.path().join("camera/now.png")).unwrap();
    (home, ports[1])
}

/// Style of each picture, and whether its part is defective.
fn truth(home: &Path) -> Vec<(String, bool)> {
    let text = std::fs::read_to_string(home.join("belt/truth.csv")).unwrap();
    let rows = text.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        (cells[3].to_owned(), cells[5] == "true")
    });
    rows.collect()
}

fn results(station: &Station) -> Vec<Value> {
    let page = station.get("/api/results?limit=200");
    let mut items = page["items"].as_array().unwrap().clone();
    items.reverse();
    items
}

fn until(what: &str, seconds: u32, mut is_so: impl FnMut() -> bool) {
    for _ in 0..seconds * 10 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("not within {seconds} s: {what}");
}

/// What is on the page Line while parts pass: every device answers, and every wire that a part moves has moved.
fn the_wires_move(line: &Value) {
    for device in line["devices"].as_array().unwrap() {
        assert_eq!(device["is_connected"], true, "{device}");
    }
    let signal = |meaning: &str| {
        let mut signals = line["signals"].as_array().unwrap().iter();
        signals.find(|it| it["meaning"] == meaning).unwrap().clone()
    };
    let encoder = signal("encoder");
    assert!(encoder["number"].as_u64().unwrap() > 1_000, "{encoder}");
    for meaning in ["gate", "lane-confirm accept"] {
        let signal = signal(meaning);
        assert!(signal["changes"].as_u64().unwrap() > 0, "{signal}");
    }
    let bits = line["devices"][0]["handshake"]["station"]
        .as_array()
        .unwrap();
    let valid = bits
        .iter()
        .find(|bit| bit["name"] == "ResultsValid")
        .unwrap();
    assert!(!valid["edges"].as_array().unwrap().is_empty(), "{valid}");
    assert_eq!(
        (&line["rejects"], &line["stops"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn what_the_line_of_the_demo_counted_is_what_the_station_recorded() {
    let Some(python) = python() else { return };
    const PARTS: usize = 16;
    let (home, module) = home();
    let mut line = Command::new(python)
        .arg("inspector/demo/line/line.py")
        .arg(home.path())
        .args(["--parts", &PARTS.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    until("the module listens", 20, || {
        TcpStream::connect(("127.0.0.1", module)).is_ok()
    });
    let station = Station::start(home.path());
    until("parts are recorded", 40, || results(&station).len() >= 6);
    the_wires_move(&station.get("/api/line"));
    let mut told = String::new();
    line.stdout
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    assert!(line.wait().unwrap().success(), "{told}");
    let counted: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    until("every part is recorded", 20, || {
        results(&station).len() == PARTS
    });

    let rows = results(&station);
    let of = |name: &str| counted[name].as_u64().unwrap() as usize;
    assert_eq!(
        (of("at_eye"), of("triggers"), of("missed")),
        (PARTS, PARTS, 0),
        "{counted}"
    );
    let (accepted, rejected): (Vec<_>, Vec<_>) =
        rows.iter().partition(|row| row["disposition"] == "accept");
    assert_eq!(
        (accepted.len(), rejected.len()),
        (of("left"), of("blown_off")),
        "{counted}"
    );
    assert_eq!(
        (accepted.len(), rejected.len()),
        (of("accepted"), of("rejected")),
        "{counted}"
    );
    // Each row is of the part whose picture was before the camera, by the ID that the PLC gave.
    let truth = truth(home.path());
    let mut ids: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["part_id"].as_str())
        .collect();
    assert!(ids.is_sorted(), "{ids:?}");
    ids.dedup();
    assert_eq!(ids.len(), PARTS);
    for (row, (style, is_defective)) in rows.iter().zip(truth.iter().cycle()) {
        assert_eq!(row["style"], style.as_str(), "{row}");
        assert_eq!(row["disposition"] == "reject", *is_defective, "{row}");
        assert_eq!(row["confirm"], "seen", "{row}");
    }
    assert!(!rejected.is_empty() && !accepted.is_empty(), "{rows:?}");
    station.stop();
}

/// The demo as `make demo-line` starts it, with what a person would press.
struct Demo {
    station: Station,
    keys: std::process::ChildStdin,
}

impl Demo {
    fn start(python: &std::ffi::OsStr, home: &Path) -> Self {
        let mut process: Child = Command::new("inspector/demo/line/run.sh")
            .arg(home)
            .env("BIN", env!("CARGO_BIN_EXE_inspector"))
            .env("PYTHON", python)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| {
                line.unwrap()
                    .split_once("http://")
                    .map(|(_, it)| it.to_owned())
            })
            .expect("it says where the station is");
        // Whoever prints must be read.
        std::thread::spawn(move || lines.for_each(drop));
        let keys = process.stdin.take().unwrap();
        Self {
            station: Station::of(process, address),
            keys,
        }
    }

    fn press(&mut self, key: &str) {
        self.keys.write_all(key.as_bytes()).unwrap();
    }

    fn stopped_by(&self) -> String {
        let line = self.station.get("/api/line");
        let code = |why: &str| line[why]["code"].as_str().unwrap_or("-").to_owned();
        format!("{} {}", code("rejects"), code("stops"))
    }

    fn is_on(&self, meaning: &str) -> bool {
        let line = self.station.get("/api/line");
        let mut signals = line["signals"].as_array().unwrap().iter();
        let signal = signals.find(|signal| signal["meaning"] == meaning).unwrap();
        signal["is_on"] == true
    }

    fn is_still(&self) -> bool {
        let line = self.station.get("/api/line");
        line["encoder"]["mm_s"].as_f64() == Some(0.0)
    }

    /// Number of the newest part that was accepted and seen at the end of the belt.
    fn newest_accepted(&self) -> u64 {
        let rows = results(&self.station);
        let accepted = rows
            .iter()
            .filter(|row| row["disposition"] == "accept" && row["confirm"] == "seen");
        accepted
            .filter_map(|row| row["part_no"].as_u64())
            .max()
            .unwrap_or(0)
    }

    fn goes_on(&mut self, what: &str) {
        let before = self.newest_accepted();
        until(what, 30, || self.newest_accepted() > before + 2);
    }
}

#[test]
fn the_demo_stops_by_what_goes_wrong_and_goes_on_by_the_key_switch() {
    let Some(python) = python() else { return };
    let (home, _) = home();
    let mut demo = Demo::start(&python, home.path());
    demo.goes_on("parts pass");
    // A part that is taken off the belt does not come to its lane.
    demo.press("h");
    until("the line is stopped", 20, || {
        demo.stopped_by() == "confirm_missing confirm_missing"
    });
    until("the belt obeys", 10, || {
        demo.is_on("line-stop") && demo.is_still()
    });
    demo.press("r");
    demo.goes_on("parts pass after the restart");
    // A part that is to be taken out passes the jet.
    demo.press("j");
    until("a part in the wrong lane stops the line", 20, || {
        demo.stopped_by() == "wrong_lane wrong_lane"
    });
    demo.press("jr");
    demo.goes_on("parts pass with the jet freed");
    // Without the module nobody knows where parts are; the PLC hands all of them over nevertheless.
    demo.press("w");
    until("the encoder is missed", 20, || {
        demo.stopped_by().starts_with("encoder_dead")
    });
    until("the module is back", 20, || {
        let line = demo.station.get("/api/line");
        line["devices"][1]["is_connected"] == true
    });
    std::thread::sleep(Duration::from_secs(3));
    demo.press("r");
    demo.goes_on("parts pass with the module back");
    // Parts of a PLC that stands still pass unseen, which is recorded.
    demo.press("p");
    until("the PLC is missed", 20, || {
        demo.station.get("/api/line")["devices"][0]["is_connected"] == false
    });
    demo.goes_on("parts pass with the PLC back");
    let rows = results(&demo.station);
    assert!(
        rows.iter().any(|row| row["cause"] == "position_lost"),
        "{rows:?}"
    );
    for row in &rows {
        assert_ne!(row["cause"], "trigger_missed", "{row}");
    }
    demo.station.stop();
    let verified = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["verify", "--settings"])
        .arg(home.path().join("line.toml"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&verified.stdout);
    assert!(verified.status.success(), "{verified:?}");
    let unseen = "trigger_gone: an unknown number of parts may have passed unseen: device \"plc\"";
    let gaps = told.lines().filter(|line| line.contains(unseen));
    assert_eq!(gaps.count(), 1, "{told}");
    let exported = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["export", "--settings"])
        .arg(home.path().join("line.toml"))
        .arg("--out")
        .arg(home.path().join("parts.csv"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&exported.stderr);
    assert!(exported.status.success() && told.contains(unseen), "{told}");
}
