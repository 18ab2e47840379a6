//! A station that begins with nothing: no settings, no camera, no recipe, no model.

use crate::served::{Station, home};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A line on which nothing comes but good brackets.
const BRACKETS: &str = "[sim]\nwidth = 320\nheight = 240\ndefect_rate = 0.0\npitch_ms = 300\njitter_ms = 0\n\
     styles = [\"bracket\"]\n";

fn is_alarmed(status: &Value, code: &str) -> bool {
    let alarms = status["alarms"].as_array().expect("alarms");
    let mut active = alarms.iter().filter(|alarm| alarm["ended_us"].is_null());
    active.any(|alarm| alarm["code"] == code)
}

#[test]
fn a_station_without_a_recipe_rejects_says_so_and_learns_its_first_style() {
    let home = home(BRACKETS);
    std::fs::remove_dir_all(home.path().join("recipes/bracket")).expect("removed");
    std::fs::remove_dir_all(home.path().join("models/demo")).expect("removed");
    let station = Station::start(home.path());
    let status = station.until("/api/status", |status| {
        is_alarmed(status, "no_recipe") && status["counts"]["rejected"].as_u64() > Some(2)
    });
    assert_eq!(status["counts"]["pass"], 0, "{status}");
    assert_eq!(status["last"]["cause"], "unknown_style", "{status}");
    let (status, reasons) = station.ask("GET", "/ready", &Value::Null);
    assert_eq!(
        (status, &reasons["is_ready"]),
        (503, &json!(false)),
        "{reasons}"
    );

    let lesson = json!({"camera": "top", "style": "bracket", "only_passes": false, "author": "Li", "wanted": 12,
        "source": "line"});
    assert_eq!(station.ask("POST", "/api/teaching", &lesson).0, 200);
    let id = station.settled()["id"].clone();
    let model = json!({"lesson": id, "name": "brackets", "author": "Li"});
    assert_eq!(station.ask("POST", "/api/teaching/model", &model).0, 200);
    let lesson = station.settled();
    assert_eq!(lesson["phase"], "taught", "{lesson}");
    let used = json!({"lesson": id, "style": "bracket", "based_on": 0, "reject_above": 0.99, "accept_below": 0.99,
        "author": "Li", "reason": "the first"});
    let (status, said) = station.ask("POST", "/api/teaching/use", &used);
    assert_eq!(
        (status, said),
        (201, json!({"style": "bracket", "version": 1}))
    );
    station.until("/api/status", |status| {
        !is_alarmed(status, "no_recipe") && status["counts"]["pass"].as_u64() > Some(2)
    });
    assert_eq!(station.get("/ready")["is_ready"], true);
    station.stop();

    // The next run has it from the start, and never was without.
    let station = Station::start(home.path());
    let status = station.until("/api/status", |status| {
        status["counts"]["pass"].as_u64() > Some(0)
    });
    assert!(!is_alarmed(&status, "no_recipe"), "{status}");
    station.stop();
}

/// What a service manager hears, until this is among it.
fn heard_until(manager: &UnixDatagram, wanted: &str) -> Vec<String> {
    let mut heard = Vec::new();
    let mut buffer = [0; 4096];
    for _ in 0..600 {
        match manager.recv(&mut buffer) {
            Ok(length) => {
                let text = String::from_utf8_lossy(&buffer[..length]);
                heard.extend(text.lines().map(str::to_owned));
                if heard.iter().any(|line| line == wanted) {
                    return heard;
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("waited in vain for {wanted}: {heard:?}");
}

#[test]
fn an_empty_folder_becomes_a_station_that_tells_its_service_manager_how_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("notify");
    let manager = UnixDatagram::bind(&socket).expect("a socket");
    manager
        .set_read_timeout(Some(Duration::from_millis(200)))
        .expect("set");
    let home = folder.path().join("station");
    std::fs::create_dir(&home).expect("made");
    // No --settings: the folder is where it is started.
    let mut station = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["run", "--listen", "127.0.0.1:0"])
        .current_dir(&home)
        .env("NOTIFY_SOCKET", &socket)
        .env("WATCHDOG_USEC", "400000")
        .env("ORT_DYLIB_PATH", runtime())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("it runs");
    let heard = heard_until(&manager, "READY=1");
    assert_eq!(heard, ["READY=1"], "nothing before it is so");
    heard_until(&manager, "WATCHDOG=1");
    for name in ["station.toml", "recipes", "models", "configuration", "data"] {
        assert!(home.join(name).exists(), "{name}");
    }
    let stopped = Command::new("kill")
        .args(["-TERM", &station.id().to_string()])
        .status();
    assert!(stopped.expect("kill runs").success());
    heard_until(&manager, "STOPPING=1");
    assert!(station.wait().expect("it ends").success());
}

/// A station in another folder finds the library only where it is told to look.
fn runtime() -> std::path::PathBuf {
    let runtime = Path::new(".cache/onnxruntime/current/libonnxruntime.so");
    let from_env = std::env::var_os("ORT_DYLIB_PATH").map(std::path::PathBuf::from);
    from_env.unwrap_or_else(|| runtime.canonicalize().expect("`make onnxruntime` was run"))
}
