//! A camera whose frames are the parts is taken away, on a line where power takes parts out: parts pass that nobody sees.

use crate::line::{Module, free_port, until};
use crate::line_missing::flat_picture;
use crate::peer::python;
use crate::served::{Station, recipe};
use inspector::results::open;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

const REJECT: u16 = 0;
const STOP: u16 = 1;

/// Each picture of the folder is a part, and passes; the module's coil takes it out.
fn home(port: u16) -> tempfile::TempDir {
    crate::accept_demo();
    let home = tempfile::tempdir().unwrap();
    flat_picture(home.path());
    recipe(home.path(), "part", "demo", 1.0);
    let models = Path::new("models/assets").canonicalize().unwrap();
    let settings = format!(
        "[station]\nname = \"unseen\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = {models:?}\n\
         [timing]\npitch_ms_min = 300\ndecide_by_ms = 1200\nframe_window_ms = 250\n\
         [trigger]\nsource = \"camera\"\ncamera = \"top\"\nstyle = \"part\"\n\
         [ejector]\nkind = \"line\"\nresting = \"energise-to-reject\"\nhold_ms = 200\n\
         [[device]]\nname = \"io\"\nkind = \"modbus\"\naddress = \"127.0.0.1:{port}\"\nperiod_ms = 2\nbecause = \"a test\"\n\
         [[output]]\ndevice = \"io\"\naddress = \"coil:{REJECT}\"\nmeaning = \"lane\"\nlane = \"reject\"\n\
         [[output]]\ndevice = \"io\"\naddress = \"coil:{STOP}\"\nmeaning = \"line-stop\"\n\
         [[camera]]\nname = \"top\"\nkind = \"folder\"\npath = \"pictures\"\ninterval_ms = 500\nrepeat = true\n"
    );
    std::fs::write(home.path().join("station.toml"), settings).unwrap();
    home
}

fn accepted(station: &Station) -> u64 {
    station.get("/api/status")["counts"]["pass"]
        .as_u64()
        .unwrap()
}

fn is_active(station: &Station, code: &str) -> bool {
    let status = station.get("/api/status");
    let alarms = status["alarms"].as_array().unwrap();
    let is_so = |alarm: &Value| alarm["code"] == code && alarm["ended_us"].is_null();
    alarms.iter().any(is_so)
}

#[test]
fn what_passes_unseen_where_power_takes_parts_out_is_taken_out_told_and_stops_the_line() {
    let Some(python) = python() else { return };
    let port = free_port();
    let module = Module::start(&python, port);
    let home = home(port);
    let station = Station::start(home.path());
    until("parts pass", || accepted(&station) > 1);
    assert!(!is_active(&station, "parts_unseen"));
    let (pictures, away) = (home.path().join("pictures"), home.path().join("away"));
    std::fs::rename(&pictures, &away).unwrap();
    until("it is told", || {
        is_active(&station, "camera_gone") && is_active(&station, "parts_unseen")
    });
    until("the line is stopped", || module.is_on(STOP));
    assert_eq!(station.get("/api/line")["stops"]["code"], "parts_unseen");
    // Parts on their way have left by then, and whatever comes is taken out.
    std::thread::sleep(Duration::from_millis(1_500));
    for look in 0..20 {
        assert!(module.is_on(REJECT), "look {look}");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::fs::rename(&away, &pictures).unwrap();
    until("it is back", || !is_active(&station, "camera_gone"));
    let before = accepted(&station);
    std::thread::sleep(Duration::from_millis(2_500));
    assert_eq!(accepted(&station), before, "a person has to see to it");
    let log = rusqlite::Connection::open(open::database(&home.path().join("data"))).unwrap();
    let message: String = log
        .query_row(
            "select message from gap where kind = 'camera_gone'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert!(message.contains("unseen") && message.contains("went on as accepted"));
    drop(log);
    station.kill();
    let station = Station::start(home.path());
    until("a start does not let the line go on", || {
        is_active(&station, "parts_unseen") && module.is_on(STOP)
    });
    let before = accepted(&station);
    std::thread::sleep(Duration::from_millis(2_500));
    assert_eq!(accepted(&station), before, "nor is anything accepted");
    let seen = json!({ "code": "parts_unseen", "subject": "line", "by": "Li Wei" });
    let (status, told) = station.ask("POST", "/api/alarms/acknowledge", &seen);
    assert_eq!(status, 200, "{told}");
    until("parts pass again", || accepted(&station) > before);
    assert!(!module.is_on(STOP) && !is_active(&station, "parts_unseen"));
}

#[test]
fn a_camera_that_is_away_when_the_job_ends_leaves_a_gap() {
    let Some(python) = python() else { return };
    let port = free_port();
    let _module = Module::start(&python, port);
    let home = home(port);
    let station = Station::start(home.path());
    until("parts pass", || accepted(&station) > 1);
    let pictures = home.path().join("pictures");
    std::fs::rename(&pictures, home.path().join("away")).unwrap();
    until("it is told", || is_active(&station, "camera_gone"));
    station.stop();
    let log = rusqlite::Connection::open(open::database(&home.path().join("data"))).unwrap();
    let (kind, took_us): (String, i64) = log
        .query_row("select kind, to_at_us - from_at_us from gap", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(kind, "camera_gone");
    assert!(took_us > 0, "from the last picture to the end");
}
