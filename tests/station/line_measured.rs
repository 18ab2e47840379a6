//! `inspector line delay` and `inspector line handshake`, against a Modbus device and PLC programs that are not ours.

use crate::line::{GATE, Module, TRIGGER, command, free_port, home, line, said, wired};
use crate::peer::python;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

#[test]
fn the_delay_from_trigger_to_sensor_is_measured_over_several_parts() {
    let Some(python) = python() else { return };
    let port = free_port();
    let home = home(port);
    let module = Module::start(&python, port);
    let mut measuring = command(home.path(), &["delay", "--parts", "5", "--json"])
        .spawn()
        .unwrap();
    let mut notes = BufReader::new(measuring.stderr.take().unwrap());
    let mut note = String::new();
    notes.read_line(&mut note).unwrap();
    assert!(note.contains("empty belt"), "{note}");
    let mut passed = 0;
    // A sensor is on for a moment only, which a busy computer may not see: then one part more comes.
    while passed < 5 || (measuring.try_wait().unwrap().is_none() && passed < 20) {
        passed += 1;
        module.set(TRIGGER, true);
        std::thread::sleep(Duration::from_millis(50));
        module.set(TRIGGER, false);
        std::thread::sleep(Duration::from_millis(100));
        module.set(GATE, true);
        std::thread::sleep(Duration::from_millis(30));
        module.set(GATE, false);
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(measuring.wait().unwrap().success());
    let told = std::io::read_to_string(measuring.stdout.take().unwrap()).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (&told["sensor"], &told["parts"]),
        (&Value::from("gate"), &Value::from(5))
    );
    let median = told["median_ms"].as_f64().unwrap();
    assert!((145.0..260.0).contains(&median), "{told}");
    assert!(told["min_ms"].as_f64().unwrap() >= 145.0, "{told}");
}

fn with_plc(port: u16) -> tempfile::TempDir {
    wired(&format!(
        "[[device]]\nname = \"plc\"\nkind = \"modbus-server\"\nlisten = \"127.0.0.1:{port}\"\nplc_timeout_ms = 3000\n"
    ))
}

#[test]
fn the_handshake_is_gone_through_step_by_step_with_a_plc_that_keeps_the_rules() {
    let Some(python) = python() else { return };
    let port = free_port();
    let home = with_plc(port);
    let trial = command(home.path(), &["handshake", "--parts", "4"])
        .spawn()
        .unwrap();
    let mut plc = Command::new(python)
        .args([
            "tests/plc/insight.py",
            "127.0.0.1",
            &port.to_string(),
            "6",
            "5",
        ])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let output = trial.wait_with_output().unwrap();
    let _ = plc.kill();
    let _ = plc.wait();
    let told = said(&output);
    assert!(output.status.success(), "{told}");
    let steps = told
        .lines()
        .filter(|line| line.contains(" ok "))
        .map(|line| line.split(" ok ").nth(1).unwrap().trim());
    let steps: Vec<&str> = steps.collect();
    let expected = [
        "1. PLC sets TriggerEnable",
        "2. station sets TriggerReady",
        "3. PLC sets Trigger",
        "4. station sets TriggerAck",
        "5. PLC drops Trigger",
        "6. station sets ExposureComplete",
        "7. station sets ResultsValid",
        "8. PLC sets InspectionResultsAck",
        "9. station drops ResultsValid",
        "10. PLC drops InspectionResultsAck",
    ];
    assert_eq!(steps.len(), expected.len(), "{told}");
    for (step, expected) in steps.iter().zip(expected) {
        assert!(step.starts_with(expected), "{step}: {told}");
    }
    assert!(!told.contains("BROKEN"), "{told}");
    assert_eq!(told.matches("kept   ").count(), 7, "{told}");
}

#[test]
fn a_plc_that_breaks_rules_or_does_not_come_is_told_what_is_awaited_of_it() {
    let port = free_port();
    let home = with_plc(port);
    let nobody = line(home.path(), &["handshake", "--wait-s", "1"]);
    assert_eq!(nobody.status.code(), Some(4), "{}", said(&nobody));
    assert!(
        said(&nobody).contains("waits for the PLC to connect"),
        "{}",
        said(&nobody)
    );
    let Some(python) = python() else { return };
    let trial = command(home.path(), &["handshake", "--parts", "1", "--wait-s", "5"])
        .spawn()
        .unwrap();
    let mut plc = Command::new(python)
        .args(["tests/plc/hasty.py", "127.0.0.1", &port.to_string()])
        .spawn()
        .unwrap();
    let output = trial.wait_with_output().unwrap();
    let _ = plc.kill();
    let _ = plc.wait();
    let told = said(&output);
    assert_eq!(output.status.code(), Some(4), "{told}");
    let broken: Vec<&str> = told
        .lines()
        .filter(|line| line.starts_with("BROKEN"))
        .collect();
    assert!(
        broken
            .iter()
            .any(|line| line.contains("InspectionResultsAck only while")),
        "{told}"
    );
    assert!(
        broken
            .iter()
            .any(|line| line.contains("dropped within 2 s")),
        "{told}"
    );
}
