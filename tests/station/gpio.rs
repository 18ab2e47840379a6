//! GPIO lines where there is no chip: what is said, and what to do. With chips, they run in the virtual machine of
//! `tests/guest`.

use std::path::Path;
use std::process::{Command, Output};

fn inspector(arguments: &[&str], settings: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(arguments)
        .arg("--settings")
        .arg(settings)
        .output()
        .unwrap()
}

/// The settings file of the guide, on a chip that no computer has.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let settings = std::fs::read_to_string("docs/guide/wiring/gpio.toml").unwrap();
    let settings = settings.replace("pinctrl-rp1", "no such chip");
    std::fs::write(home.path().join("station.toml"), settings).unwrap();
    home
}

fn has_chips() -> bool {
    let entries = std::fs::read_dir("/dev").unwrap().flatten();
    let mut names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.any(|name| name.starts_with("gpiochip"))
}

#[test]
fn lines_are_listed_without_settings() {
    let listed = inspector(&["line", "gpio"], Path::new("no-such-file.toml"));
    let told = String::from_utf8_lossy(&listed.stdout).into_owned();
    let why = String::from_utf8_lossy(&listed.stderr).into_owned();
    match has_chips() {
        true => assert!(told.contains("/dev/gpiochip") || why.contains("may not be opened")),
        false => {
            assert_eq!(listed.status.code(), Some(4), "{listed:?}");
            assert!(
                why.contains("no GPIO chip") && why.contains("load its driver"),
                "{why}"
            );
        }
    }
}

#[test]
fn a_chip_that_is_missing_is_said_to_be_with_what_to_do() {
    let home = home();
    let settings = home.path().join("station.toml");
    let shown = inspector(&["line", "--once"], &settings);
    assert_eq!(shown.status.code(), Some(4), "{shown:?}");
    let told = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(
        told.contains("GPIO chip") && told.contains("plug"),
        "{told}"
    );
    let fired = inspector(&["line", "fire", "lane accept", "--yes"], &settings);
    let why = String::from_utf8_lossy(&fired.stderr).into_owned();
    assert_eq!(fired.status.code(), Some(4), "{fired:?}");
    assert!(
        why.contains("GPIO chip") && why.contains("load its driver"),
        "{why}"
    );
}

#[test]
fn lanes_on_lines_need_a_heartbeat_or_a_reason() {
    let home = home();
    let settings = home.path().join("station.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let heartbeat = text.find("meaning = \"heartbeat\"").unwrap();
    let from = text[..heartbeat].rfind("[[output]]").unwrap();
    let to = heartbeat + text[heartbeat..].find("[[output]]").unwrap();
    std::fs::write(&settings, format!("{}{}", &text[..from], &text[to..])).unwrap();
    let refused = inspector(&["line", "--once"], &settings);
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(3), "{refused:?}");
    assert!(
        why.contains("nothing makes them safe when the station dies"),
        "{why}"
    );
    assert!(why.contains("watchdog relay"), "{why}");
}
