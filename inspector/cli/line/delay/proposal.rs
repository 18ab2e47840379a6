//! What the settings should say by what was measured.

use crate::control::handle::LaneWay;
use crate::settings::StationSettings;
use crate::station::gates::Behind;
use crate::station::lane::LaneNo;

/// In what parts act, and the keys of it.
struct Unit {
    name: &'static str,
    /// From the trigger to the first gate.
    first: f64,
    first_key: &'static str,
    lane_key: &'static str,
    /// What a sensor's window has to spare at least, on each side.
    room: f64,
    /// What the sensor right before a gate saw is entered rounded down to this.
    step: f64,
}

fn unit(settings: &StationSettings) -> Unit {
    match &settings.encoder {
        Some(encoder) => Unit {
            name: "mm",
            first: encoder.way.scale().mm(encoder.way.counts_to_gate()),
            first_key: "[encoder] distance_mm",
            lane_key: "distance_mm",
            room: 10.0,
            step: 0.1,
        },
        None => Unit {
            name: "ms",
            first: settings.budget.decide_by().as_secs_f64() * 1e3,
            first_key: "[timing] decide_by_ms",
            lane_key: "travel_ms",
            room: 20.0,
            step: 1.0,
        },
    }
}

/// For the sensor with this meaning, in or before the gate of this lane, that sees parts so far behind their trigger at the
/// least and at the most: in millimetres of belt with an encoder, else in milliseconds. `ways` are those of the lanes by
/// number.
pub(super) fn proposal(
    settings: &StationSettings,
    ways: &[LaneWay],
    (meaning, lane): (&str, Option<LaneNo>),
    [least, most]: [f64; 2],
) -> String {
    let unit = unit(settings);
    let way = lane.and_then(|lane| ways.get(usize::from(lane.0)));
    let name = lane.and_then(|lane| settings.line.lanes.get(lane));
    let name = name.map(|lane| lane.name.as_str());
    let begins = match (way.map(|way| way.from_trigger), &settings.encoder) {
        (Some(Behind::Time(time)), None) => time.as_secs_f64() * 1e3,
        (Some(Behind::Counts(counts)), Some(encoder)) => encoder.way.scale().mm(counts),
        _ => unit.first,
    };
    let is_first = begins <= unit.first;
    // A shade more, so that what is a whole number of steps stays one.
    let at_gate = ((least + 1e-6) / unit.step).floor() * unit.step;
    let at_gate = match settings.encoder {
        Some(_) => format!("{at_gate:.1}"),
        None => format!("{at_gate:.0}"),
    };
    let (first_key, lane_key) = (unit.first_key, unit.lane_key);
    match (meaning, name) {
        ("gate", None) => format!(
            "proposal  {first_key} = {at_gate}   # the gate sensor is right before the first gate"
        ),
        ("gate", Some(name)) => {
            let first = match is_first {
                true => format!("; {first_key} = {at_gate} instead, if no gate stands before it"),
                false => String::new(),
            };
            format!(
                "proposal  [[lane]] name = {name:?}, {lane_key} = {at_gate}   # the gate sensor stood right before its \
                 gate{first}"
            )
        }
        _ => {
            let key = match name.filter(|_| !is_first) {
                Some(name) => format!("{lane_key} of [[lane]] {name:?}"),
                None => first_key.replace("[", "").replace("] ", "."),
            };
            confirm(&unit, (&key, begins), [least, most])
        }
    }
}

/// When the sensor of a lane sees a part that comes to where the lane begins so far behind its trigger.
fn confirm(unit: &Unit, (key, begins): (&str, f64), [least, most]: [f64; 2]) -> String {
    let room = (most - least).max(unit.room);
    let (from, to) = (least - begins - room, most - begins + room);
    let name = unit.name;
    match from > 0.0 {
        true => format!(
            "proposal  [confirm] from_{name} = {from:.0}, to_{name} = {to:.0}   # with {key} = {begins:.0}"
        ),
        false => format!(
            "proposal  the sensor sees parts {least:.0} {name} after the trigger, not clearly after {key} = {begins:.0}: \
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

    /// 400 mm from the trigger to the first gate, 40 counts a millimetre.
    fn proposed_on_belt(meaning: &str, lane: Option<u8>, measured: [f64; 2]) -> String {
        let encoder = "frame_window_ms = 100\n[encoder]\ncounts_per_mm = 40\nspeed_max_mm_s = 500\ndistance_mm = 400\n\
                       pitch_mm_min = 200\nhold_mm = 45\n[[input]]\ndevice = \"io\"\naddress = \"input:0\"\n\
                       meaning = \"encoder\"\n";
        let text = SETTINGS
            .replace(
                "pitch_ms_min = 400\ndecide_by_ms = 300\nframe_window_ms = 100\n",
                encoder,
            )
            .replace("travel_ms = 900", "distance_mm = 700");
        let settings = StationSettings::parse(Path::new("station.toml"), &text)
            .unwrap_or_else(|problems| panic!("{problems:?}"));
        let way = |mm: i64| LaneWay {
            from_trigger: Behind::Counts(mm * 40),
            has_gate: true,
        };
        let ways = [way(400), way(700), way(700)];
        proposal(&settings, &ways, (meaning, lane.map(LaneNo)), measured)
    }

    #[test]
    fn with_an_encoder_it_is_told_in_millimetres_which_settings_to_enter() {
        let first = proposed_on_belt("gate", None, [402.37, 403.0]);
        assert!(first.contains("[encoder] distance_mm = 402.3 "), "{first}");
        let far = proposed_on_belt("gate", Some(1), [702.0, 703.0]);
        assert!(
            far.contains("name = \"far\", distance_mm = 702.0 "),
            "{far}"
        );
        let seen = proposed_on_belt("lane-confirm near", Some(0), [450.0, 452.0]);
        assert!(
            seen.contains("from_mm = 40, to_mm = 62   # with encoder.distance_mm = 400"),
            "{seen}"
        );
        let seen = proposed_on_belt("lane-confirm far", Some(1), [760.0, 790.0]);
        assert!(
            seen.contains(
                "from_mm = 30, to_mm = 120   # with distance_mm of [[lane]] \"far\" = 700"
            ),
            "{seen}"
        );
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
