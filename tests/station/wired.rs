//! A running station on a wired line: a PLC program that is not ours announces parts, tells their IDs, and takes each
//! part's own result.

use crate::peer::python;
use crate::served::{self, Station};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const WAIT: Duration = Duration::from_millis(50);

/// A station that triggers its camera for each part, over flat pictures, and whose PLC is to connect to the port that is given back.
pub fn home() -> (tempfile::TempDir, u16) {
    crate::accept_demo();
    let home = tempfile::tempdir().unwrap();
    let pictures = served::flat_pictures(home.path());
    served::recipe(home.path(), "part", "demo", 0.45);
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    let models = Path::new("models/assets").canonicalize().unwrap();
    let settings = format!(
        "[station]\nname = \"wired\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = {models:?}\n\
         [timing]\npitch_ms_min = 10\ndecide_by_ms = 2000\nframe_window_ms = 500\n\
         [trigger]\nsource = \"line\"\nstyle = \"part\"\n\
         [ejector]\nkind = \"line\"\nresting = \"energise-to-accept\"\nhold_ms = 5\n\
         [[device]]\nname = \"plc\"\nkind = \"modbus-server\"\nlisten = \"127.0.0.1:{port}\"\n\
         [[camera]]\nname = \"top\"\nkind = \"folder\"\npath = {pictures:?}\ntrigger = \"software\"\nrepeat = true\n"
    );
    std::fs::write(home.path().join("station.toml"), settings).unwrap();
    (home, port)
}

#[test]
fn a_camera_that_is_triggered_announces_no_parts() {
    let (home, _) = home();
    let file = home.path().join("station.toml");
    let settings = std::fs::read_to_string(&file).unwrap();
    let settings = settings.replace("source = \"line\"", "source = \"camera\"");
    std::fs::write(&file, settings).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["run", "--listen", "127.0.0.1:0", "--settings"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("camera \"top\" waits for the station to trigger it"),
        "{told}"
    );
}

pub fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..400 {
        if is_so() {
            return;
        }
        std::thread::sleep(WAIT);
    }
    panic!("not within 20 s: {what}");
}

/// After the PLC has handed over so many parts: what it set, what it was told, and who waits for what.
fn the_line_is_shown(line: &Value, parts: u64) {
    let plc = &line["devices"][0];
    assert_eq!(plc["name"], "plc");
    assert_eq!(
        (&plc["announces"], &plc["takes_out"]),
        (&Value::Bool(true), &Value::Bool(true))
    );
    let handshake = &plc["handshake"];
    let bit = |side: &str, name: &str| {
        let mut bits = handshake[side].as_array().unwrap().iter();
        bits.find(|bit| bit["name"] == name).unwrap().clone()
    };
    for (side, name) in [
        ("plc", "Trigger"),
        ("plc", "SetUserData"),
        ("station", "TriggerAck"),
        ("station", "ResultsValid"),
    ] {
        let bit = bit(side, name);
        let changes = bit["changes"].as_u64().unwrap();
        // The last acknowledgement may not have been dropped when the PLC ended.
        assert!((2 * parts - 1..=2 * parts + 2).contains(&changes), "{bit}");
        let edges = bit["edges"].as_array().unwrap();
        assert_eq!(edges.len(), 32, "the last of them: {bit}");
        let times: Vec<i64> = edges
            .iter()
            .map(|edge| edge["at_us"].as_i64().unwrap())
            .collect();
        assert!(times.is_sorted(), "{bit}");
        let now = line["server_time_us"].as_i64().unwrap();
        assert!(now - times[31] < 30_000_000 && times[31] <= now, "{bit}");
    }
    let taken = handshake["acquisition_id"].as_u64().unwrap();
    assert!((parts..=parts + 1).contains(&taken), "{handshake}");
    assert!(handshake["heartbeat"].as_u64().unwrap() > 0);
    let wait = &handshake["trigger"];
    assert_eq!(wait["is_for_plc"], true, "{wait}");
    assert!(wait["text"]["zh"].as_str().unwrap().contains("PLC"));
    assert_eq!(line["lanes"].as_array().unwrap().len(), 2);
}

#[test]
fn a_plc_hands_parts_over_to_a_running_station_and_gets_what_is_recorded() {
    let Some(python) = python() else {
        return;
    };
    const PARTS: usize = 25;
    let (home, port) = home();
    let station = Station::start(home.path());
    let plc = Command::new(python)
        .args(["tests/plc/insight.py", "127.0.0.1"])
        .args([port.to_string(), PARTS.to_string(), "5".to_owned()])
        .stdout(Stdio::piped())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&plc.stdout).into_owned();
    let told: Vec<Value> = told
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    // What the PLC was told of each part, by the ID that it gave it.
    let told: BTreeMap<&str, bool> = told
        .iter()
        .filter_map(|part| Some((part["why"].as_str()?, part["accept"].as_bool()?)))
        .collect();
    assert_eq!(told.len(), PARTS, "{told:?}");
    until("every part is recorded", || {
        let page = station.get("/api/results?limit=100");
        page["items"].as_array().unwrap().len() == PARTS
    });
    let page = station.get("/api/results?limit=100");
    let mut accepted = 0;
    for item in page["items"].as_array().unwrap() {
        let id = item["part_id"].as_str().unwrap();
        let is_accepted = item["disposition"] == "accept";
        assert_eq!(told.get(id), Some(&is_accepted), "{item}");
        accepted += usize::from(is_accepted);
        assert_ne!(item["cause"], "not_acknowledged", "{item}");
    }
    assert!(
        0 < accepted && accepted < PARTS,
        "pictures of both kinds came: {accepted}"
    );
    the_line_is_shown(&station.get("/api/line"), PARTS as u64);
    // The PLC has gone: parts could pass unseen, and a person is told.
    until("that the PLC is gone is told", || {
        let alarms = station.get("/api/alarms");
        let mut alarms = alarms.as_array().unwrap().iter();
        alarms.any(|alarm| alarm["kind"] == "trigger_gone" || alarm["kind"] == "line_device_gone")
    });
    until("the line shows that it is gone, and rejects", || {
        let line = station.get("/api/line");
        let plc = &line["devices"][0];
        plc["is_connected"] == false
            && plc["reason"]
                .as_str()
                .is_some_and(|why| why.contains("asks or answers nothing"))
            && plc["handshake"]["trigger"]["code"] == "plc"
            && line["rejects"]["code"] == "line_device_gone"
    });
}
