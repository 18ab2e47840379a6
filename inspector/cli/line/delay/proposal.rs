//! What the settings should say by what was measured.

use crate::control::handle::LaneWay;
use crate::settings::StationSettings;
use crate::station::gates::Behind;
use crate::station::lane::LaneNo;

/// For the sensor with this meaning, in or before the gate of this lane, that sees parts so long after their trigger at the
/// least and at the most, in milliseconds. `ways` are those of the lanes by number.
pub(super) fn proposal(
    settings: &StationSettings,
    ways: &[LaneWay],
    (meaning, lane): (&str, Option<LaneNo>),
    [least, most]: [f64; 2],
) -> String {
    let way = lane.and_then(|lane| ways.get(usize::from(lane.0)));
    let name = lane.and_then(|lane| settings.line.lanes.get(lane));
    let name = name.map(|lane| lane.name.as_str());
    let decide_by = settings.budget.decide_by();
    let begins = match way.map(|way| way.from_trigger) {
        Some(Behind::Time(time)) => time,
        _ => decide_by,
    };
    let is_first = begins <= decide_by;
    let at_gate = least.floor();
    match (meaning, name) {
        _ if settings.encoder.is_some() => {
            let key = match name.filter(|_| meaning == "gate" || !is_first) {
                Some(name) => format!("distance_mm of [[lane]] {name:?}"),
                None => "encoder.distance_mm".to_owned(),
            };
            format!(
                "with [encoder] parts act by distances: take these times at a known speed, and {key} from them"
            )
        }
        ("gate", None) => format!(
            "proposal  [timing] decide_by_ms = {at_gate:.0}   # the gate sensor is right before the first gate"
        ),
        ("gate", Some(name)) => {
            let first = match is_first {
                true => format!(
                    "; [timing] decide_by_ms = {at_gate:.0} instead, if no gate stands before it"
                ),
                false => String::new(),
            };
            format!(
                "proposal  [[lane]] name = {name:?}, travel_ms = {at_gate:.0}   # the gate sensor stood right before its \
                 gate{first}"
            )
        }
        _ => {
            let key = match name.filter(|_| !is_first) {
                Some(name) => format!("travel_ms of [[lane]] {name:?}"),
                None => "timing.decide_by_ms".to_owned(),
            };
            confirm(&key, begins.as_secs_f64() * 1e3, [least, most])
        }
    }
}

/// When the sensor of a lane sees a part that comes to where the lane begins so long after its trigger.
fn confirm(key: &str, begins_ms: f64, [least, most]: [f64; 2]) -> String {
    let room = (most - least).max(20.0);
    let (from, to) = (least - begins_ms - room, most - begins_ms + room);
    match from > 0.0 {
        true => format!(
            "proposal  [confirm] from_ms = {from:.0}, to_ms = {to:.0}   # with {key} = {begins_ms:.0}"
        ),
        false => format!(
            "proposal  the sensor sees parts {least:.0} ms after the trigger, not clearly after {key} = {begins_ms:.0}: \
             the gate would be told too late; take a smaller {key}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::time::Duration;

    const SETTINGS: &str = "[station]\nname = \"A\"\ndata = \"d\"\nrecipes = \"r\"\nmodels = \"m\"\n\
         [timing]\npitch_ms_min = 400\ndecide_by_ms = 300\nframe_window_ms = 100\n[trigger]\nsource = \"line\"\n\
         [ejector]\nkind = \"line\"\nresting = \"energise-to-accept\"\nhold_ms = 90\n\
         [[lane]]\nname = \"near\"\ntakes = \"accept\"\n[[lane]]\nname = \"far\"\ntakes = \"accept\"\ntravel_ms = 900\n\
         [[lane]]\nname = \"scrap\"\ntakes = \"reject\"\nsafe = true\n\
         [[device]]\nname = \"io\"\nkind = \"modbus\"\naddress = \"192.168.1.5\"\nbecause = \"a relay\"\n\
         [[input]]\ndevice = \"io\"\naddress = \"discrete:0\"\nmeaning = \"trigger\"\n\
         [[output]]\ndevice = \"io\"\naddress = \"coil:0\"\nmeaning = \"lane\"\nlane = \"near\"\n\
         [[output]]\ndevice = \"io\"\naddress = \"coil:1\"\nmeaning = \"lane\"\nlane = \"far\"\n\
         [[camera]]\nname = \"top\"\nkind = \"sim\"\n";

    fn proposed(meaning: &str, lane: Option<u8>, measured: [f64; 2]) -> String {
        let settings =
            StationSettings::parse(Path::new("station.toml"), SETTINGS).expect("it fits");
        let way = |ms| LaneWay {
            from_trigger: Behind::Time(Duration::from_millis(ms)),
            has_gate: true,
        };
        let ways = [way(300), way(900), way(900)];
        proposal(&settings, &ways, (meaning, lane.map(LaneNo)), measured)
    }

    #[test]
    fn what_is_proposed_is_of_the_lane_that_was_measured() {
        let first = proposed("gate", None, [310.7, 330.0]);
        assert!(first.contains("[timing] decide_by_ms = 310 "), "{first}");
        let far = proposed("gate", Some(1), [950.2, 960.0]);
        assert!(far.contains("name = \"far\", travel_ms = 950 "), "{far}");
        assert!(!far.contains("decide_by_ms"), "{far}");
        // Its travel_ms may not be written yet.
        let near = proposed("gate", Some(0), [320.0, 321.0]);
        assert!(near.contains("name = \"near\", travel_ms = 320 "), "{near}");
        assert!(near.contains("decide_by_ms = 320 instead"), "{near}");
        let seen = proposed("lane-confirm near", Some(0), [400.0, 410.0]);
        assert!(
            seen.contains("from_ms = 80, to_ms = 130   # with timing.decide_by_ms = 300"),
            "{seen}"
        );
        let seen = proposed("lane-confirm far", Some(1), [1_000.0, 1_010.0]);
        assert!(
            seen.contains("from_ms = 80, to_ms = 130   # with travel_ms of [[lane]] \"far\" = 900"),
            "{seen}"
        );
        let early = proposed("lane-confirm far", Some(1), [905.0, 910.0]);
        assert!(
            early.contains("take a smaller travel_ms of [[lane]] \"far\""),
            "{early}"
        );
    }
}
