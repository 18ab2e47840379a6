//! A running station that asks the devices of its line: a PLC or module that is not ours has the trigger, the part's ID and
//! the output, in each protocol.

use crate::peer::{Peer, python};
use crate::served::{self, Station};
use crate::wired::until;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A protocol, and the addresses that the simulator has.
struct Device {
    peer: &'static str,
    keys: &'static str,
    trigger: &'static str,
    part_id: &'static str,
    output: &'static str,
}

/// Inputs of the simulators by number.
const TRIGGER: u8 = 0;
const PART_ID: u8 = 3;
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// An answer that says whether the part was let through comes well within this time.
const TAKEN_OUT: Duration = Duration::from_millis(1_500);
const PARTS: usize = 9;

fn home(device: &Device, peer: &Peer) -> tempfile::TempDir {
    crate::accept_demo();
    let home = tempfile::tempdir().unwrap();
    let pictures = served::flat_pictures(home.path());
    served::recipe(home.path(), "part", "demo", 0.45);
    let models = Path::new("models/assets").canonicalize().unwrap();
    let (keys, at) = (device.keys, peer.at);
    let signal = |kind: &str, address: &str, meaning: &str| {
        format!("[[{kind}]]\ndevice = \"plc\"\naddress = {address:?}\nmeaning = {meaning}\n")
    };
    let settings = format!(
        "[station]\nname = \"wired\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = {models:?}\n\
         [timing]\npitch_ms_min = 400\ndecide_by_ms = 800\nframe_window_ms = 380\n\
         [trigger]\nsource = \"line\"\nstyle = \"part\"\n\
         [ejector]\nkind = \"line\"\nresting = \"energise-to-accept\"\nhold_ms = 300\n\
         [[device]]\nname = \"plc\"\naddress = \"{at}\"\nbecause = \"nothing moves\"\n{keys}\n{}{}{}\
         [[camera]]\nname = \"top\"\nkind = \"folder\"\npath = {pictures:?}\ntrigger = \"software\"\nrepeat = true\n",
        signal("input", device.trigger, "\"trigger\""),
        signal("input", device.part_id, "\"part-id\""),
        signal("output", device.output, "\"lane\"\nlane = \"accept\""),
    );
    std::fs::write(home.path().join("station.toml"), settings).unwrap();
    home
}

/// Brings a part to the camera; whether the gate opened for it.
fn part(peer: &mut Peer, id: &str) -> bool {
    peer.set(PART_ID, id);
    passes(peer)
}

/// A part comes to the camera and goes on; whether the gate opened for it.
fn passes(peer: &mut Peer) -> bool {
    peer.set(TRIGGER, 1);
    let since = Instant::now();
    let mut is_let_through = false;
    while since.elapsed() < TAKEN_OUT {
        is_let_through |= peer.is_on(0);
        std::thread::sleep(LOOK_EVERY);
    }
    peer.set(TRIGGER, 0);
    assert!(!peer.is_on(0), "the gate is closed again behind it");
    // The input must be seen to be off before the next part.
    std::thread::sleep(Duration::from_millis(100));
    is_let_through
}

fn is_connected(station: &Station) -> bool {
    station.get("/api/line")["devices"][0]["is_connected"] == true
}

/// What is recorded of each part by its ID, and whether it was accepted.
fn recorded(station: &Station) -> BTreeMap<String, Value> {
    let page = station.get("/api/results?limit=100");
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|item| (item["part_id"].as_str().unwrap().to_owned(), item.clone()))
        .collect()
}

fn all_is_as_recorded(device: &Device) {
    let Some(python) = python() else {
        return;
    };
    let mut peer = Peer::start(&python, device.peer);
    let home = home(device, &peer);
    let station = Station::start(home.path());
    until("the device answers", || is_connected(&station));
    // A part within one pitch of the start could be one that nobody tracks.
    std::thread::sleep(Duration::from_millis(600));
    let mut seen: BTreeMap<String, bool> = BTreeMap::new();
    let mut bring = |peer: &mut Peer, number: usize| {
        let id = format!("P-{number}");
        let is_let_through = part(peer, &id);
        seen.insert(id, is_let_through);
        is_let_through
    };
    for number in 1..=PARTS {
        bring(&mut peer, number);
    }
    peer.kill();
    until("that the device is gone is told", || {
        let line = station.get("/api/line");
        let alarms = station.get("/api/alarms");
        let mut alarms = alarms.as_array().unwrap().iter();
        line["devices"][0]["is_connected"] == false
            && line["rejects"]["code"] == "line_device_gone"
            && alarms.any(|alarm| alarm["kind"] == "line_device_gone")
    });
    peer.restart();
    until("the station goes on by itself", || {
        is_connected(&station) && station.get("/api/line")["rejects"].is_null()
    });
    std::thread::sleep(Duration::from_millis(600));
    // Pictures repeat, so one of three in a row is good.
    let healed = (PARTS + 1..=PARTS + 3).filter(|number| bring(&mut peer, *number));
    assert!(healed.count() > 0, "no part is let through after the fault");
    until("every part is recorded", || {
        recorded(&station).len() == seen.len()
    });
    let recorded = recorded(&station);
    for (id, is_let_through) in &seen {
        let item = &recorded[id];
        let is_accepted = item["disposition"] == "accept";
        assert_eq!(*is_let_through, is_accepted, "{item}");
        assert_eq!(item["identity"], "trigger", "{item}");
        assert!(item["acknowledged_after_us"].is_u64(), "{item}");
    }
    let accepted = seen.values().filter(|is_accepted| **is_accepted).count();
    assert!(
        0 < accepted && accepted < seen.len(),
        "both kinds: {seen:?}"
    );
}

#[test]
fn a_module_over_modbus_has_the_gate_of_a_running_station() {
    all_is_as_recorded(&Device {
        peer: "modbus.py",
        keys: "kind = \"modbus\"",
        trigger: "discrete:10",
        part_id: "holding:40.text20",
        output: "coil:0",
    });
}

#[test]
fn a_mitsubishi_plc_has_the_gate_of_a_running_station() {
    all_is_as_recorded(&Device {
        peer: "slmp.py 3e",
        keys: "kind = \"slmp\"\nplc = \"fx5\"",
        trigger: "M10",
        part_id: "D40.text20",
        output: "M0",
    });
}

#[test]
fn a_siemens_plc_has_the_gate_of_a_running_station() {
    all_is_as_recorded(&Device {
        peer: "s7.py",
        keys: "kind = \"s7\"",
        trigger: "DB1.DBX10.3",
        part_id: "DB1.DBB40.string20",
        output: "DB1.DBX0.0",
    });
}

/// What a scanner upstream sends for each part, and whether the part has an ID then.
const READS: [(&str, bool); 8] = [
    ("SN-1\r", true),
    ("SN-2\r", true),
    ("NOREAD\r", false),
    ("SN-4\rSN-4\r", true),
    ("", false),
    ("端盖-6\r", true),
    ("SN-7\rSN-7b\r", false),
    ("SN-8\r", true),
];

#[test]
fn a_scanner_upstream_names_the_parts_of_a_running_station() {
    let Some(python) = python() else {
        return;
    };
    let mut peer = Peer::start(&python, "modbus.py");
    let device = Device {
        peer: "modbus.py",
        keys: "kind = \"modbus\"",
        trigger: "discrete:10",
        part_id: "",
        output: "coil:0",
    };
    let home = home(&device, &peer);
    let scanner = TcpListener::bind("127.0.0.1:0").unwrap();
    let file = home.path().join("station.toml");
    let settings = std::fs::read_to_string(&file).unwrap();
    let without_id = "[[input]]\ndevice = \"plc\"\naddress = \"\"\nmeaning = \"part-id\"\n";
    assert!(settings.contains(without_id));
    let settings = settings
        .replace(without_id, "")
        .replace("style = \"part\"\n", "")
        .replace("pitch_ms_min = 400", "pitch_ms_min = 500");
    let settings = format!(
        "{settings}[[device]]\nname = \"scanner\"\nkind = \"text\"\nconnect = \"{}\"\nend = \"\\r\"\nno_read = [\"NOREAD\"]\n\
         [identity]\nwithin_ms = 300\n[identity.reader]\nfrom_ms = -450\nuntil_ms = -20\n\
         [[identity.rule]]\nprefix = \"SN-\"\nstyle = \"part\"\n\
         [identity.table]\nfile = \"styles.csv\"\n",
        scanner.local_addr().unwrap()
    );
    std::fs::write(&file, settings).unwrap();
    std::fs::write(
        home.path().join("styles.csv"),
        "part_id,style\n端盖-6,part\n",
    )
    .unwrap();
    let station = Station::start(home.path());
    let (mut scanner, _) = scanner.accept().unwrap();
    until("both devices answer", || {
        let line = station.get("/api/line");
        let mut devices = line["devices"].as_array().unwrap().iter();
        devices.all(|device| device["is_connected"] == true)
    });
    std::thread::sleep(Duration::from_millis(700));
    let mut seen = Vec::new();
    for (text, _) in READS {
        scanner.write_all(text.as_bytes()).unwrap();
        // The belt takes the part from the scanner to the camera.
        std::thread::sleep(Duration::from_millis(200));
        seen.push(passes(&mut peer));
    }
    until("every part is recorded", || {
        station.get("/api/results?limit=100")["items"]
            .as_array()
            .unwrap()
            .len()
            == READS.len()
    });
    let page = station.get("/api/results?limit=100");
    let mut items = page["items"].as_array().unwrap().clone();
    items.sort_by_key(|item| item["part_no"].as_u64());
    for ((item, (text, has_id)), is_let_through) in items.iter().zip(READS).zip(seen) {
        assert_eq!(item["disposition"] == "accept", is_let_through, "{item}");
        let id = text.split('\r').next().unwrap();
        match has_id {
            true => {
                assert_eq!(
                    (&item["part_id"], &item["identity"]),
                    (&json!(id), &json!("reader"))
                );
                assert_eq!(item["style"], "part", "{item}");
                assert_ne!(item["cause"], "no_identity", "{item}");
            }
            // One that fails by its picture too says that.
            false => {
                assert_eq!(item["identity"], "counter", "{text:?}: {item}");
                assert_eq!(item["disposition"], "reject", "{text:?}: {item}");
            }
        }
    }
}

#[test]
fn a_plc_that_waits_in_its_own_registers_gets_what_is_recorded() {
    let Some(python) = python() else {
        return;
    };
    let (home, port) = crate::wired::home();
    let file = home.path().join("station.toml");
    let settings = std::fs::read_to_string(&file).unwrap();
    let server = format!("kind = \"modbus-server\"\nlisten = \"127.0.0.1:{port}\"");
    assert!(settings.contains(&server));
    let client = format!("kind = \"modbus-poll\"\naddress = \"127.0.0.1:{port}\"\nevery_ms = 2");
    std::fs::write(&file, settings.replace(&server, &client)).unwrap();
    let station = Station::start(home.path());
    let plc = Command::new(python)
        .args(["tests/plc/poll.py", &port.to_string(), "20"])
        .output()
        .unwrap();
    assert!(plc.status.success(), "{plc:?}");
    let told = String::from_utf8_lossy(&plc.stdout).into_owned();
    let told = told.lines().filter_map(|line| {
        let part: Value = serde_json::from_str(line).ok()?;
        Some((part["id"].as_str()?.to_owned(), part["accept"].as_bool()?))
    });
    let told: BTreeMap<String, bool> = told.collect();
    assert_eq!(told.len(), 20, "{told:?}");
    until("every part is recorded", || {
        recorded(&station).len() == told.len()
    });
    let recorded = recorded(&station);
    for (id, is_accepted) in &told {
        assert_eq!(
            recorded[id]["disposition"] == "accept",
            *is_accepted,
            "{id}"
        );
        assert_ne!(recorded[id]["cause"], "not_acknowledged", "{id}");
    }
    let accepted = told.values().filter(|is_accepted| **is_accepted).count();
    assert!(
        0 < accepted && accepted < told.len(),
        "both kinds: {told:?}"
    );
    until("that the PLC is gone is told", || {
        station.get("/api/line")["rejects"]["code"] == "line_device_gone"
    });
}
