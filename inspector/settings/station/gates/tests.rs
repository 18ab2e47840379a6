//! Gates that stand apart, as an integrator writes them, and what does not fit.

use crate::settings::station::StationSettings;
use crate::station::gates::{Behind, GateNo};
use crate::station::lane::LaneNo;
use std::path::Path;
use std::time::Duration;

const BY_TIME: &str = "[timing]\npitch_ms_min = 400\ndecide_by_ms = 300\nframe_window_ms = 100\n";
const BY_BELT: &str = "[timing]\nframe_window_ms = 100\n[encoder]\ncounts_per_mm = 2.5\nspeed_max_mm_s = 1000\n\
                       distance_mm = 300\npitch_mm_min = 400\nhold_mm = 100\n\
                       [[input]]\ndevice = \"io\"\naddress = \"input:4.u32\"\nmeaning = \"encoder\"\n";

/// A station with lanes near, far and scrap, which is the safe one; `driven` have outputs.
fn parse(
    way: &str,
    resting: &str,
    lanes: [&str; 3],
    driven: &[&str],
) -> Result<StationSettings, String> {
    let lane = |name: &str, takes: &str, more: &str| {
        format!("[[lane]]\nname = {name:?}\ntakes = {takes:?}\n{more}\n")
    };
    let lanes = [
        lane("near", "accept", lanes[0]),
        lane("far", "accept", lanes[1]),
        lane("scrap", "reject", &format!("safe = true\n{}", lanes[2])),
    ];
    let output = |(at, lane): (usize, &&str)| {
        format!(
            "[[output]]\ndevice = \"io\"\naddress = \"coil:{at}\"\nmeaning = \"lane\"\nlane = \"{lane}\"\n"
        )
    };
    let outputs: String = driven.iter().enumerate().map(output).collect();
    let kind = if driven.is_empty() { "none" } else { "line" };
    let text = format!(
        "[station]\nname = \"A\"\ndata = \"d\"\nrecipes = \"r\"\nmodels = \"m\"\n{way}[trigger]\nsource = \"line\"\n\
         [ejector]\nkind = \"{kind}\"\nresting = \"{resting}\"\nhold_ms = 90\n\
         [[device]]\nname = \"io\"\nkind = \"modbus\"\naddress = \"192.168.1.5\"\nbecause = \"a relay\"\n\
         [[input]]\ndevice = \"io\"\naddress = \"discrete:0\"\nmeaning = \"trigger\"\n\
         [[camera]]\nname = \"top\"\nkind = \"sim\"\n{}{outputs}",
        lanes.concat()
    );
    StationSettings::parse(Path::new("station.toml"), &text).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })
}

const ACCEPT: &str = "energise-to-accept";
const REJECT: &str = "energise-to-reject";

#[test]
fn a_gate_stands_so_many_counts_or_milliseconds_behind_the_first() {
    let lanes = ["", "distance_mm = 900.2", ""];
    let belt = parse(BY_BELT, ACCEPT, lanes, &["near", "far"]).expect("it fits");
    let gates = &belt.line.gates;
    assert_eq!(gates.count(), 2);
    assert_eq!(gates.behind(GateNo(1)), Behind::Counts(2_251 - 750));
    assert_eq!(gates.of(LaneNo(2)), GateNo(1), "the end of the belt");
    assert_eq!(
        belt.budget.leave_by(),
        Duration::from_millis(300) + Duration::from_micros(600_400)
    );
    let lanes = ["", "travel_ms = 900", ""];
    let time = parse(BY_TIME, ACCEPT, lanes, &["near", "far"]).expect("it fits");
    let behind = Behind::Time(Duration::from_millis(600));
    assert_eq!(time.line.gates.behind(GateNo(1)), behind);
    assert_eq!(time.budget.decide_by(), Duration::from_millis(300));
    let single = parse(BY_TIME, ACCEPT, ["", "", ""], &["near", "far"]).expect("it fits");
    assert_eq!(single.line.gates.count(), 1);
    assert!(time.budget.parts_max() > single.budget.parts_max());
}

#[test]
fn gates_that_do_not_fit_are_told_by_their_key() {
    let both = &["near", "far"][..];
    let rejecting = &["far", "scrap"][..];
    for (way, resting, lanes, driven, expected) in [
        (
            BY_BELT,
            ACCEPT,
            ["", "distance_mm = 200", ""],
            both,
            "lane \"far\": distance_mm is 200; expected at least encoder.distance_mm, which is 300",
        ),
        (
            BY_TIME,
            ACCEPT,
            ["", "travel_ms = 299", ""],
            both,
            "lane \"far\": travel_ms is 299; expected at least timing.decide_by_ms, which is 300",
        ),
        (
            BY_BELT,
            ACCEPT,
            ["", "distance_mm = nan", ""],
            both,
            "lane \"far\": distance_mm is NaN",
        ),
        (
            BY_BELT,
            ACCEPT,
            ["", "travel_ms = 900", ""],
            both,
            "travel_ms: with [encoder] a distance says",
        ),
        (
            BY_TIME,
            ACCEPT,
            ["", "distance_mm = 900", ""],
            both,
            "distance_mm: without [encoder] a time says",
        ),
        (
            BY_BELT,
            ACCEPT,
            ["distance_mm = 500", "distance_mm = 900", ""],
            both,
            "lane \"near\": its gate is the first, and stands behind encoder.distance_mm, which is 300",
        ),
        (
            BY_TIME,
            ACCEPT,
            ["", "travel_ms = 500000", ""],
            both,
            "lane \"far\": travel_ms / timing.pitch_ms_min means 1250 parts in flight; expected at most 1000",
        ),
        (
            BY_TIME,
            ACCEPT,
            ["", "travel_ms = 900", "travel_ms = 500000"],
            both,
            "lane \"scrap\": travel_ms / timing.pitch_ms_min means 1250 parts in flight; expected at most 1000",
        ),
        (
            BY_BELT,
            ACCEPT,
            ["", "", "distance_mm = 1e300"],
            both,
            "lane \"scrap\": distance_mm / encoder.pitch_mm_min means",
        ),
        (
            BY_TIME,
            ACCEPT,
            ["", "travel_ms = 900", "travel_ms = 400"],
            both,
            "lane \"scrap\": it has no [[output]], so parts come to it behind the last gate; expected travel_ms",
        ),
        (
            BY_TIME,
            REJECT,
            ["", "travel_ms = 900", ""],
            rejecting,
            "lane \"far\": its gate stands behind that of the safe lane \"scrap\"",
        ),
        (
            BY_TIME,
            ACCEPT,
            ["", "travel_ms = 900", ""],
            &[][..],
            "found no such output",
        ),
        (
            BY_TIME,
            ACCEPT,
            ["", "travel_ms = -1", ""],
            both,
            "travel_ms",
        ),
    ] {
        let found = parse(way, resting, lanes, driven).expect_err(expected);
        assert!(found.contains(expected), "{expected}:\n{found}");
    }
    let apart = ["", "travel_ms = 900", ""];
    let long = BY_TIME.replace("pitch_ms_min = 400", "pitch_ms_min = 91");
    assert!(parse(&long, ACCEPT, apart, both).is_ok());
    let held = |lanes| {
        // The output of the far lane comes last.
        let driven = ["near", "far\"\nhold_ms = 400 #"];
        parse(BY_TIME, ACCEPT, lanes, &driven)
    };
    assert!(held(["", "", ""]).is_ok(), "one gate");
    let found = held(apart).expect_err("it stands open");
    let expected = "lane \"far\": hold_ms of its [[output]] is 400; expected less than timing.pitch_ms_min, which is 400";
    assert!(found.contains(expected), "{found}");
    let lanes = ["", "", "travel_ms = 900"];
    let fits = parse(BY_TIME, REJECT, lanes, rejecting);
    assert!(fits.is_ok(), "the safe gate is the last: {fits:?}");
}

#[test]
fn a_mistake_in_the_encoder_is_not_told_as_if_there_were_none() {
    let wrong = BY_BELT.replace("counts_per_mm = 2.5", "counts_per_mm = 0");
    let lanes = ["", "distance_mm = 900", ""];
    let told = parse(&wrong, ACCEPT, lanes, &["near", "far"]).unwrap_err();
    assert!(told.contains("counts_per_mm"), "{told}");
    assert!(!told.contains("without [encoder]"), "{told}");
}

#[test]
fn more_parts_than_are_waited_for_do_not_come_before_a_sensor_has_seen_the_first() {
    let sensed = |to_ms: u32| {
        let way = format!(
            "{BY_TIME}[confirm]\nfrom_ms = 10\nto_ms = {to_ms}\n[[input]]\ndevice = \"io\"\naddress = \"discrete:1\"\n\
             meaning = \"lane-confirm\"\nlane = \"near\"\n"
        );
        parse(&way, ACCEPT, ["", "", ""], &["near", "far"])
    };
    // Ten can be in flight, and ten more wait.
    assert!(sensed(8_000).is_ok());
    let found = sensed(8_001).expect_err("too many");
    let expected = "confirm.to_ms / timing.pitch_ms_min means that 21 parts wait for a sensor; expected at most 20";
    assert!(found.contains(expected), "{found}");
}
