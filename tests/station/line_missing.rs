//! A station whose I/O module or camera is not there when it starts: it runs, shows what is missing, rejects, and goes on by
//! itself when it comes; and what `inspector check` says of it.

use crate::line::{Module, TRIGGER, free_port, until};
use crate::peer::python;
use crate::served::{Station, recipe};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The pictures of a folder camera: one that is flat.
pub fn flat_picture(home: &Path) {
    let pictures = home.join("pictures");
    std::fs::create_dir_all(&pictures).unwrap();
    let picture = image::RgbImage::from_pixel(320, 240, image::Rgb([120; 3]));
    picture.save(pictures.join("flat.png")).unwrap();
}

/// A station that can judge, with this camera, whose parts come from a module at this port.
pub fn home(port: u16, camera: &str) -> tempfile::TempDir {
    crate::accept_demo();
    let home = tempfile::tempdir().unwrap();
    flat_picture(home.path());
    recipe(home.path(), "part", "demo", 1.0);
    let models = Path::new("models/assets").canonicalize().unwrap();
    let settings = format!(
        "[station]\nname = \"missing\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = {models:?}\n\
         [timing]\npitch_ms_min = 50\ndecide_by_ms = 1500\nframe_window_ms = 500\n\
         [trigger]\nsource = \"line\"\nstyle = \"part\"\n\
         [ejector]\nkind = \"line\"\nresting = \"energise-to-accept\"\nhold_ms = 20\n\
         [[device]]\nname = \"io\"\nkind = \"modbus\"\naddress = \"127.0.0.1:{port}\"\nperiod_ms = 2\nbecause = \"a test\"\n\
         [[input]]\ndevice = \"io\"\naddress = \"coil:{TRIGGER}\"\nmeaning = \"trigger\"\n\
         [[output]]\ndevice = \"io\"\naddress = \"coil:0\"\nmeaning = \"lane\"\nlane = \"accept\"\n\
         [[camera]]\nname = \"top\"\n{camera}\n"
    );
    std::fs::write(home.path().join("station.toml"), settings).unwrap();
    home
}

pub const FOLDER: &str = "kind = \"folder\"\npath = \"pictures\"\ninterval_ms = 40\nrepeat = true";

fn part(module: &Module) {
    module.set(TRIGGER, true);
    std::thread::sleep(Duration::from_millis(60));
    module.set(TRIGGER, false);
    std::thread::sleep(Duration::from_millis(300));
}

fn dispositions(station: &Station) -> Vec<(String, String)> {
    let page = station.get("/api/results?limit=100");
    let items = page["items"].as_array().unwrap().iter();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    items
        .map(|item| (word(&item["disposition"]), word(&item["cause"])))
        .collect()
}

#[test]
fn a_station_starts_without_its_module_shows_it_rejects_and_heals_by_itself() {
    let Some(python) = python() else { return };
    let port = free_port();
    let home = home(port, FOLDER);
    let station = Station::start(home.path());
    until("the missing module is shown", || {
        let line = station.get("/api/line");
        let io = &line["devices"][0];
        io["is_connected"] == false
            && io["reason"]
                .as_str()
                .is_some_and(|why| why.contains("refused"))
            && line["rejects"]["code"] == "line_device_gone"
            && line["signals"][0]["kind"] == "unknown"
    });
    let (status, _) = station.ask_bytes("GET", "/ready", &Value::Null);
    assert_eq!(status, 503, "it is not ready");
    let module = Module::start(&python, port);
    until("it goes on by itself", || {
        let line = station.get("/api/line");
        line["devices"][0]["is_connected"] == true && line["rejects"].is_null()
    });
    // What may have been on the belt has left it.
    std::thread::sleep(Duration::from_millis(1_700));
    // A busy computer may be late for one.
    let parts = (2..=10).find(|parts| {
        part(&module);
        if *parts == 2 {
            part(&module);
        }
        until("the parts are judged", || {
            dispositions(&station).len() >= *parts
        });
        let all = dispositions(&station);
        all.iter().any(|(disposition, _)| disposition == "accept")
    });
    let parts = parts.unwrap_or_else(|| panic!("none accepted: {:?}", dispositions(&station)));
    let changes = 2 * parts;
    let line = station.get("/api/line");
    let trigger = &line["signals"][0];
    assert_eq!(trigger["changes"], changes, "{trigger}");
    assert_eq!(trigger["edges"].as_array().unwrap().len(), changes);
    // The command says what the station says, and tries nothing.
    let shown = crate::line::line(
        home.path(),
        &["--once", "--json", "--listen", &station.address],
    );
    assert!(shown.status.success(), "{shown:?}");
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["signals"][0]["changes"], changes, "{shown}");
    let refused = crate::line::line(home.path(), &["fire", "lane accept", "--yes"]);
    assert_eq!(refused.status.code(), Some(6), "{refused:?}");
}

#[test]
fn a_station_starts_without_its_camera_shows_it_and_rejects() {
    let Some(python) = python() else { return };
    let port = free_port();
    let without_shape = home(port, "kind = \"v4l2\"\ndevice = \"/dev/no-such-camera\"");
    let refused = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["run", "--listen", "127.0.0.1:0", "--settings"])
        .arg(without_shape.path().join("station.toml"))
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("width") && told.contains("output"), "{told}");
    let home = home(
        port,
        "kind = \"v4l2\"\ndevice = \"/dev/no-such-camera\"\nwidth = 320\nheight = 240\noutput = \"rgb8\"",
    );
    let module = Module::start(&python, port);
    let station = Station::start(home.path());
    until("the missing camera is shown", || {
        let status = station.get("/api/status");
        let alarms = status["alarms"].as_array().unwrap();
        status["cameras"][0]["is_connected"] == false
            && alarms.iter().any(|alarm| alarm["code"] == "camera_gone")
    });
    std::thread::sleep(Duration::from_millis(1_700));
    part(&module);
    until("its part is rejected", || {
        !dispositions(&station).is_empty()
    });
    assert_eq!(
        dispositions(&station),
        [("reject".to_owned(), "camera_gone".to_owned())]
    );
}

#[test]
fn check_tells_what_of_the_wiring_answers_what_does_not_and_what_it_cannot_know() {
    let port = free_port();
    let home = home(port, FOLDER);
    let check = || {
        let done = Command::new(env!("CARGO_BIN_EXE_inspector"))
            .args(["check", "--settings"])
            .arg(home.path().join("station.toml"))
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let told = check();
    let warning = told.lines().find(|line| line.starts_with("warning"));
    let warning = warning.unwrap_or_else(|| panic!("{told}"));
    assert!(
        warning.contains("io") && warning.contains(&port.to_string()),
        "what was tried: {warning}"
    );
    assert!(
        told.contains("inspector line fire \"lane accept\""),
        "{told}"
    );
    let Some(python) = python() else { return };
    let module = Module::start(&python, port);
    module.set(TRIGGER, true);
    let told = check();
    assert!(
        !told.lines().any(|line| line.starts_with("warning")),
        "{told}"
    );
    assert!(
        told.contains("trigger is on") && told.contains("lane accept is off"),
        "{told}"
    );
    assert!(told.contains("settings say: a test"), "{told}");
}
