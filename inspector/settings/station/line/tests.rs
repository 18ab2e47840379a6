//! What a line may say, and what it is told where it contradicts itself.

use crate::adapters::line::wiring::{InputMeaning, OutputMeaning, Pulses, Width, Wiring};
use crate::settings::station::{StationSettings, TriggerSettings};
use crate::station::lane::{LaneNo, Lanes};
use std::path::Path;
use std::time::Duration;

const DEVICE: &str = "[[device]]\nname = \"io\"\nkind = \"modbus\"\naddress = \"192.168.1.5\"\n[device.watchdog]\n\
                      preset = \"crevis-na9189\"\nsafe = [\"holding:0x1100\"]\n";
const TRIGGER: &str =
    "[[input]]\ndevice = \"io\"\naddress = \"discrete:0\"\nmeaning = \"trigger\"\nfilter_ms = 3\n";
const GATE: &str =
    "[[output]]\ndevice = \"io\"\naddress = \"coil:0\"\nmeaning = \"lane\"\nlane = \"accept\"\n";

/// A station with this line. Each of `trigger.source` and `ejector.kind` is `line`.
fn parse(line: &str, resting: &str) -> Result<Wiring, String> {
    let text = format!(
        "[station]\nname = \"A\"\ndata = \"d\"\nrecipes = \"r\"\nmodels = \"m\"\n[timing]\npitch_ms_min = 400\n\
         decide_by_ms = 300\nframe_window_ms = 100\n[trigger]\nsource = \"line\"\nstyle = \"cap\"\n[ejector]\n\
         kind = \"line\"\nresting = \"{resting}\"\nhold_ms = 150\n[[camera]]\nname = \"top\"\nkind = \"sim\"\n{line}"
    );
    match StationSettings::parse(Path::new("station.toml"), &text) {
        Ok(settings) => {
            assert!(matches!(
                settings.trigger,
                TriggerSettings::Line { style: Some(_) }
            ));
            Ok(settings.line)
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Err(lines.join("\n"))
        }
    }
}

fn accepting(line: &str) -> Result<Wiring, String> {
    parse(line, "energise-to-accept")
}

#[test]
fn a_photo_eye_and_a_relay_are_a_line() {
    let line = accepting(&format!("{DEVICE}{TRIGGER}{GATE}")).expect("it is whole");
    assert_eq!(line.lanes, Lanes::two());
    assert_eq!((line.announcer(), line.ejector()), (Some(0), Some(0)));
    assert_eq!(line.devices[0].period, Duration::from_millis(2));
    let input = &line.inputs[0];
    assert_eq!(
        (input.meaning, input.width),
        (InputMeaning::Trigger, Width::Bit)
    );
    assert_eq!(input.filter, Duration::from_millis(3));
    let expected = OutputMeaning::Lane {
        lane: LaneNo(0),
        hold: Duration::from_millis(150),
        pulses: Pulses::Merge,
    };
    assert_eq!(
        line.outputs[0].meaning, expected,
        "the hold time is the ejector's"
    );
}

#[test]
fn lanes_by_name_have_an_output_each_but_the_safe_one() {
    let lanes = "[[lane]]\nname = \"甲\"\ntakes = \"accept\"\n[[lane]]\nname = \"b\"\ntakes = \"accept\"\n\
                 [[lane]]\nname = \"scrap\"\ntakes = \"reject\"\nsafe = true\n";
    let output = |at: u8, lane: &str| {
        format!(
            "[[output]]\ndevice = \"io\"\naddress = \"coil:{at}\"\nmeaning = \"lane\"\nlane = {lane:?}\nhold_ms = 40\n\
             pulses = \"separate\"\n"
        )
    };
    let two = format!("{}{}", output(0, "甲"), output(1, "b"));
    let line = accepting(&format!("{DEVICE}{TRIGGER}{lanes}{two}")).expect("it is whole");
    assert_eq!((line.lanes.safe(), line.outputs.len()), (LaneNo(2), 2));
    let found =
        accepting(&format!("{DEVICE}{TRIGGER}{lanes}{}", output(0, "甲"))).expect_err("b has none");
    assert!(found.contains("lane = \"b\", found none"), "{found}");
    let three = format!("{two}{}", output(2, "scrap"));
    let found = accepting(&format!("{DEVICE}{TRIGGER}{lanes}{three}")).expect_err("scrap has one");
    assert!(
        found.contains("for lane \"scrap\": parts go there without power"),
        "{found}"
    );
    let rejecting = format!("{}{}", output(1, "b"), output(2, "scrap"));
    let line = parse(
        &format!("{DEVICE}{TRIGGER}{lanes}{rejecting}"),
        "energise-to-reject",
    );
    assert!(line.is_ok(), "甲 is where parts go without power: {line:?}");
}

#[test]
fn every_contradiction_is_said() {
    let whole = format!("{DEVICE}{TRIGGER}{GATE}");
    let unproven = DEVICE.split("[device.watchdog]").next().expect("a device");
    let second = DEVICE.replace("\"io\"", "\"b\"");
    let encoder = "[[input]]\ndevice = \"io\"\naddress = \"input:4.u32\"\nmeaning = \"encoder\"\n";
    for (line, expected) in [
        (
            format!("{whole}{TRIGGER}"),
            "meaning = \"trigger\", found a second one",
        ),
        (
            format!("{whole}{encoder}{encoder}"),
            "meaning = \"encoder\", found a second one",
        ),
        (
            format!("{whole}{GATE}"),
            "the same address has a meaning already",
        ),
        (
            format!("{DEVICE}{GATE}"),
            "expected an [[input]] with meaning = \"trigger\"",
        ),
        (
            format!("{DEVICE}{TRIGGER}"),
            "lane = \"accept\", found none",
        ),
        (
            format!("{unproven}{TRIGGER}{GATE}"),
            "nothing makes them safe when the station dies",
        ),
        (format!("{whole}{DEVICE}"), "device \"io\" is there twice"),
        (
            format!("{whole}{second}"),
            "device \"b\": expected an [[input]] or [[output]] of it, found none",
        ),
        (
            whole.replace("discrete:0", "discrete:x"),
            "address: expected a Modbus address",
        ),
        (
            whole.replace("discrete:0", "input:0"),
            "expected a bit, found an address of 16 bits",
        ),
        (whole.replace("coil:0", "discrete:0"), "that can be written"),
        (
            whole.replace("lane = \"accept\"", "lane = \"left\""),
            "one of [\"accept\", \"reject\"], found Some(\"left\")",
        ),
        (whole.replace("lane = \"accept\"\n", ""), "found None"),
        (
            whole.replace("filter_ms = 3", "lane = \"accept\""),
            "goes with meaning = \"lane-confirm\" only",
        ),
        (
            whole.replace("filter_ms = 3", "within_ms = 900"),
            "goes with meaning = \"plc-heartbeat\" only",
        ),
        (
            format!("{whole}period_ms = 10\n"),
            "goes with meaning = \"heartbeat\" only",
        ),
        (
            whole.replace("filter_ms = 3", "filter_ms = 70000"),
            "expected filter_ms from 0 to 60000, found 70000",
        ),
        (
            whole.replace("filter_ms = 3", "filter = 3"),
            "unknown field `filter`",
        ),
        (
            whole.replace("\"trigger\"\n", "\"triggers\"\n"),
            "unknown variant `triggers`",
        ),
        (
            whole.replace("kind = \"modbus\"", "kind = \"modem\""),
            "expected kind to be one of [\"modbus\"",
        ),
        (
            whole.replace("address = \"192.168.1.5\"", "address = \"plc.local\""),
            "expected an IP address",
        ),
        (
            whole.replace("address = \"192.168.1.5\"", "address = \"::1\"\nspeed = 1"),
            "unknown field `speed`",
        ),
        (
            whole.replace(
                "address = \"192.168.1.5\"",
                "address = \"::1\"\ntimeout_ms = 900",
            ),
            "timeout_ms: expected 1 to 800",
        ),
        (
            whole.replace(
                "address = \"192.168.1.5\"",
                "address = \"::1\"\nbecause = \" \"",
            ),
            "because is empty",
        ),
        (
            whole.replace("preset = \"crevis-na9189\"\n", ""),
            "watchdog.register is missing",
        ),
        (
            whole.replace("safe = [\"holding:0x1100\"]\n", ""),
            "watchdog.safe is missing",
        ),
        (
            whole.replace("[\"holding:0x1100\"]", "[\"coil:0.1\"]"),
            "watchdog.safe: expected a Modbus address",
        ),
        (
            format!("{whole}[[lane]]\nname = \"a\"\ntakes = \"accept\"\n"),
            "safe = true in exactly one",
        ),
        (
            format!(
                "{whole}[[lane]]\nname = \"a\"\ntakes = \"accept\"\nsafe = true\n[[lane]]\nname = \"b\"\ntakes = \"reject\"\n"
            ),
            "the safe lane \"a\" takes accepted parts",
        ),
    ] {
        let found = accepting(&line).expect_err(expected);
        assert!(found.contains(expected), "{expected}:\n{found}");
    }
}

#[test]
fn mistakes_are_told_with_their_lines_and_none_twice() {
    let line = format!("{DEVICE}{TRIGGER}{GATE}")
        .replace("coil:0", "coil:x")
        .replace("discrete:0", "discrete:x");
    let found = accepting(&line).expect_err("two wrong addresses");
    let lines: Vec<&str> = found
        .lines()
        .filter(|line| line.contains("address:"))
        .collect();
    assert!(
        lines[0].starts_with("station.toml:27:") && lines[1].starts_with("station.toml:32:"),
        "{found}"
    );
    let wrong = DEVICE.replace("kind = \"modbus\"", "kind = \"modem\"");
    let found = accepting(&format!("{wrong}{TRIGGER}{GATE}")).expect_err("a wrong kind");
    assert_eq!(
        found.lines().count(),
        1,
        "what misses the device is no second mistake:\n{found}"
    );
}

#[test]
fn a_program_that_asks_for_parts_may_take_them_out_too() {
    let robot = "[[device]]\nname = \"robot\"\nkind = \"http\"\n";
    let line = accepting(&format!("{robot}takes_out = true\n")).expect("it is whole");
    assert_eq!((line.announcer(), line.ejector()), (Some(0), Some(0)));
    let line = accepting(&format!("{robot}{DEVICE}{GATE}")).expect("a relay takes them out");
    assert_eq!((line.announcer(), line.ejector()), (Some(0), Some(1)));
    let found = accepting(&format!("{robot}{DEVICE}{TRIGGER}{GATE}")).expect_err("two announce");
    assert!(found.contains("found 2"), "{found}");
    let text = format!("{}{robot}takes_out = true\n", crate::settings::DEFAULT);
    let problems = StationSettings::parse(Path::new("station.toml"), &text)
        .expect_err("trigger and ejector are sim");
    let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
    for expected in [
        "announces parts: expected trigger.source",
        "takes parts out: expected ejector.kind",
    ] {
        assert!(
            all.iter().any(|it| it.contains(expected)),
            "{expected}: {all:?}"
        );
    }
}

#[test]
fn a_reason_takes_the_place_of_a_watchdog() {
    let unproven = DEVICE.split("[device.watchdog]").next().expect("a device");
    let line = format!("{unproven}because = \"a safety relay cuts the air\"\n{TRIGGER}{GATE}");
    let line = accepting(&line).expect("there is a reason");
    assert_eq!(
        line.devices[0].because.as_deref(),
        Some("a safety relay cuts the air")
    );
}

#[test]
fn signals_of_a_line_that_is_not_used_are_said() {
    let text = format!("{}{DEVICE}{TRIGGER}{GATE}", crate::settings::DEFAULT);
    let problems = StationSettings::parse(Path::new("station.toml"), &text)
        .expect_err("trigger and ejector are sim");
    let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(
        all.iter()
            .any(|it| it.contains("expected trigger.source = \"line\"")),
        "{all:?}"
    );
    assert!(
        all.iter()
            .any(|it| it.contains("expected ejector.kind = \"line\"")),
        "{all:?}"
    );
}
