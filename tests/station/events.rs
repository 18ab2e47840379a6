//! Alarms become rows of the log.

use inspector::results::open;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The demo, small and quick, whose camera is unplugged before the third part.
fn station(home: &Path) {
    crate::accept_demo();
    let demo = Path::new("inspector/demo");
    let copied = Command::new("cp")
        .arg("-r")
        .arg(demo.join("recipes"))
        .arg(home)
        .status();
    assert!(copied.expect("cp runs").success());
    let text = std::fs::read_to_string(demo.join("station.toml")).expect("readable");
    let models = std::env::current_dir()
        .expect("a folder")
        .join("models/assets");
    let mut text: String = text
        .lines()
        .filter(|line| {
            !["models", "width", "height", "data"]
                .iter()
                .any(|key| line.starts_with(key))
        })
        .map(|line| match line {
            "[station]" => format!("[station]\nmodels = {models:?}\ndata = \"data\"\n"),
            "[sim]" => "[sim]\nwidth = 320\nheight = 240\n".to_owned(),
            line => format!("{line}\n"),
        })
        .collect();
    text.push_str("[sim.faults]\ndisconnect_at = [2]\ndisconnect_ms = 600\n");
    std::fs::write(home.join("station.toml"), text).expect("written");
}

#[test]
fn a_camera_that_was_gone_and_came_back_is_in_the_log() {
    let home = tempfile::tempdir().expect("a folder");
    station(home.path());
    let mut running = Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(["run", "--listen", "127.0.0.1:0", "--settings"])
        .arg(home.path().join("station.toml"))
        .stdout(Stdio::null())
        .spawn()
        .expect("it runs");
    let data = home.path().join("data");
    let events = || -> Vec<(String, String)> {
        let Ok(connection) = open::readable(&data) else {
            return Vec::new();
        };
        let mut rows = connection
            .prepare(
                "select severity, phase || ' ' || subject from event where code = 'camera_gone'
                 order by id",
            )
            .expect("the query is right");
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.expect("it runs")
            .map(|row| row.expect("text"))
            .collect()
    };
    // Only a bound on waiting; the rows decide.
    for _ in 0..600 {
        if events().len() >= 2 || running.try_wait().expect("a child").is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let pid = running.id().to_string();
    let _ = Command::new("kill").args(["-TERM", &pid]).status();
    let ended = running.wait().expect("it ends");
    assert!(ended.success(), "{ended:?}");
    let events = events();
    assert_eq!(events.len(), 2, "{events:?}");
    assert!(
        events[0] == ("error".to_owned(), "began top".to_owned()),
        "{events:?}"
    );
    assert!(
        events[1] == ("info".to_owned(), "ended top".to_owned()),
        "{events:?}"
    );
}
