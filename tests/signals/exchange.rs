//! The exchange around a device in memory, with a clock that moves only when told.

use crate::memory::Bench;
use crate::rig::{all, outcome};
use inspector::ports::line::{Arrival, Feedback, Heard, LineDevice, LineStatus, Sensor, Told};
use inspector::station::time::Instant;
use inspector::station::verdict::Disposition::{Accept, Reject};
use inspector::telemetry::catalogue::Code;
use inspector::telemetry::signals::SignalValue;

pub const LINE: &str = "[[device]]\nname = \"io\"\nkind = \"modbus\"\naddress = \"127.0.0.1\"\nperiod_ms = 1\n\
    [device.watchdog]\npreset = \"crevis-na9189\"\nsafe = [\"holding:0\"]\n\
    [[input]]\ndevice = \"io\"\naddress = \"input:0\"\nmeaning = \"encoder\"\n\
    [[input]]\ndevice = \"io\"\naddress = \"discrete:0\"\nmeaning = \"trigger\"\nfilter_ms = 3\n\
    [[input]]\ndevice = \"io\"\naddress = \"discrete:1\"\nmeaning = \"bin-full\"\ninvert = true\n\
    [[output]]\ndevice = \"io\"\naddress = \"coil:0\"\nmeaning = \"lane\"\nlane = \"accept\"\nhold_ms = 20\n\
    [[output]]\ndevice = \"io\"\naddress = \"coil:1\"\nmeaning = \"heartbeat\"\nperiod_ms = 100\n\
    [[output]]\ndevice = \"io\"\naddress = \"coil:2\"\nmeaning = \"line-stop\"\n";

pub fn acknowledged(feedback: &[Feedback]) -> Vec<u64> {
    let of = |it: &Feedback| match it {
        Feedback::Acknowledged { part_no, .. } => Some(part_no.0),
        _ => None,
    };
    feedback.iter().filter_map(of).collect()
}

fn failed(feedback: &[Feedback]) -> Vec<(u64, String)> {
    let of = |it: &Feedback| match it {
        Feedback::Failed {
            part_no, reason, ..
        } => Some((part_no.0, reason.clone())),
        _ => None,
    };
    feedback.iter().filter_map(of).collect()
}

#[test]
fn a_trigger_counts_when_it_has_lasted_and_its_time_and_count_are_those_of_its_edge() {
    let mut bench = Bench::new(LINE);
    for counts in [30_000, 60_000, u16::MAX] {
        bench.memory().counts = counts;
        bench.run(2);
    }
    // A spike of 2 ms is shorter than the filter.
    bench.memory().inputs[0] = true;
    bench.run(2);
    bench.memory().inputs[0] = false;
    bench.run(5);
    assert_eq!(all(&bench.station.triggers), []);
    let edge = bench.ms + 1;
    bench.memory().inputs[0] = true;
    bench.memory().counts = 3;
    bench.run(1);
    bench.memory().counts = 900;
    bench.run(10);
    let expected = Arrival {
        counts: Some(u32::from(u16::MAX) + 4),
        ..Arrival::at(Instant::from_millis(edge))
    };
    assert_eq!(all(&bench.station.triggers), [Heard::Arrival(expected)]);
    let last = all(&bench.station.positions).pop().expect("readings");
    assert_eq!(
        last.counts,
        u32::from(u16::MAX) + 901,
        "16 bits go on over their end"
    );
}

#[test]
fn a_part_gets_the_id_that_was_read_after_its_trigger() {
    let mut bench = with_part_id();
    bench.memory().next_part = Some("P-2".to_owned());
    bench.run(1);
    assert_eq!(
        arrivals(&bench),
        [],
        "what was read is the ID of the part before"
    );
    let seen_at = Instant::from_millis(bench.ms);
    bench.run(1);
    assert_eq!(arrivals(&bench), [(seen_at, Some("P-2".to_owned()))]);
    // It is switched off before the ID is read: the part is told, and no ID with it.
    bench.memory().inputs[0] = false;
    bench.run(1);
    bench.memory().next_part = Some("P-3".to_owned());
    bench.run(1);
    let seen_at = Instant::from_millis(bench.ms);
    bench.memory().is_gone = true;
    bench.run(1);
    assert_eq!(arrivals(&bench), [(seen_at, None)]);
}

#[test]
fn a_part_whose_trigger_is_off_before_its_id_is_read_gets_none() {
    let mut bench = with_part_id();
    bench.memory().next_part = Some("P-2".to_owned());
    bench.run(1);
    let seen_at = Instant::from_millis(bench.ms);
    // The PLC has gone on to the next part.
    bench.memory().inputs[0] = false;
    bench.memory().part_id = Some("P-3".to_owned());
    bench.run(1);
    assert_eq!(arrivals(&bench), [(seen_at, None)]);
}

#[test]
fn a_part_that_was_seen_before_a_device_was_lost_is_told_before_that() {
    let mut bench = with_part_id();
    all(&bench.station.triggers);
    bench.memory().next_part = Some("P-2".to_owned());
    bench.run(1);
    bench.memory().is_gone = true;
    bench.run(1);
    let heard = all(&bench.station.triggers);
    assert!(
        matches!(heard[..], [Heard::Arrival(_), Heard::Gone { .. }]),
        "a gap that an arrival ends is none: {heard:?}"
    );
}

/// Whose PLC has the ID of part P-1, and a trigger without a filter.
pub fn with_part_id() -> Bench {
    let line = LINE.replace("filter_ms = 3\n", "\n")
        + "[[input]]\ndevice = \"io\"\naddress = \"holding:40.text20\"\nmeaning = \"part-id\"\n";
    let mut bench = Bench::new(&line);
    bench.memory().part_id = Some("P-1".to_owned());
    bench.run(3);
    bench
}

/// When each part came, and its ID.
fn arrivals(bench: &Bench) -> Vec<(Instant, Option<String>)> {
    let heard = all(&bench.station.triggers).into_iter();
    heard
        .filter_map(|heard| match heard {
            Heard::Arrival(arrival) => {
                let id = arrival.part_id.map(|id| id.as_str().to_owned());
                Some((arrival.at, id))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn a_state_is_told_at_once_and_an_inverted_input_is_off_while_it_is_on() {
    let mut bench = Bench::new(LINE);
    let sensed = |bench: &Bench| -> Vec<(Sensor, bool)> {
        let feedback = all(&bench.station.feedback);
        let of = |it: &Feedback| match it {
            Feedback::Sensed { sensor, is_on, .. } => Some((*sensor, *is_on)),
            _ => None,
        };
        feedback.iter().filter_map(of).collect()
    };
    assert_eq!(sensed(&bench), [(Sensor::BinFull, false)]);
    bench.memory().inputs[1] = false;
    bench.run(2);
    assert_eq!(sensed(&bench), [(Sensor::BinFull, true)]);
    let shown = bench.station.board.signals(Instant::default());
    assert_eq!(shown[2].value, SignalValue::Bit(true));
    assert_eq!(shown[2].edges.len(), 1);
}

#[test]
fn a_command_is_one_pulse_as_long_as_set_and_is_acknowledged_after_the_write() {
    let mut bench = Bench::new(LINE);
    all(&bench.station.feedback);
    bench.tell(outcome(7, Accept, None));
    bench.run(50);
    assert_eq!(bench.writes_of(0), [(2, true), (22, false)]);
    assert_eq!(acknowledged(&all(&bench.station.feedback)), [7]);
    // A rejected part ends the pulse of the part before: the safe lane has no output.
    bench.tell(outcome(8, Accept, None));
    bench.run(5);
    bench.tell(outcome(9, Reject, None));
    bench.run(50);
    assert_eq!(bench.writes_of(0)[2..], [(52, true), (57, false)]);
    assert_eq!(acknowledged(&all(&bench.station.feedback)), [8, 9]);
}

#[test]
fn pulses_merge_or_stay_separate_as_set() {
    for (pulses, expected) in [
        ("merge", &[(2, true), (32, false)][..]),
        (
            "separate",
            &[(2, true), (12, false), (17, true), (37, false)],
        ),
    ] {
        let line = LINE.replace(
            "hold_ms = 20",
            &format!("hold_ms = 20\npulses = \"{pulses}\""),
        );
        let mut bench = Bench::new(&line);
        bench.tell(outcome(1, Accept, None));
        bench.run(10);
        bench.tell(outcome(2, Accept, None));
        bench.run(60);
        assert_eq!(bench.writes_of(0), expected, "{pulses}");
        assert_eq!(
            acknowledged(&all(&bench.station.feedback)),
            [1, 2],
            "{pulses}"
        );
    }
}

#[test]
fn a_late_command_fails_and_sets_nothing() {
    let mut bench = Bench::new(LINE);
    bench.tell(outcome(1, Accept, Some(Instant::from_millis(1))));
    bench.run(30);
    let found = failed(&all(&bench.station.feedback));
    assert!(
        found.len() == 1 && found[0].1.contains("too late"),
        "{found:?}"
    );
    // Without a limit of its own: the thread stood still for longer than the output is on.
    bench.tell(outcome(2, Accept, None));
    bench.ms += 500;
    bench.run(1);
    let found = failed(&all(&bench.station.feedback));
    assert!(
        found.len() == 1 && found[0].1.contains("the command waited"),
        "{found:?}"
    );
    assert_eq!(bench.writes_of(0), []);
}

#[test]
fn what_was_told_while_a_device_was_gone_is_never_done_and_it_heals_by_itself() {
    let mut bench = Bench::new(LINE);
    bench.tell(outcome(1, Accept, None));
    bench.run(2);
    all(&bench.station.feedback);
    bench.memory().is_gone = true;
    bench.run(2);
    bench.tell(outcome(2, Accept, None));
    bench.run(200);
    let feedback = all(&bench.station.feedback);
    let connected = |is_connected| Feedback::Connected {
        device: 0,
        is_connected,
    };
    assert!(feedback.contains(&connected(false)));
    assert_eq!(failed(&feedback)[0].0, 2);
    assert!(matches!(
        all(&bench.station.triggers)[..],
        [Heard::Gone { .. }]
    ));
    let alarms = all(&bench.station.alarms);
    assert!(
        alarms
            .iter()
            .any(|it| it.code == Code::LineDeviceGone && it.subject == "io" && it.is_active)
    );
    assert_eq!(
        bench.station.board.signals(Instant::default())[1].value,
        SignalValue::Unknown
    );

    // The trigger went on meanwhile: nobody knows when, so it is no part.
    bench.memory().inputs[0] = true;
    bench.memory().is_gone = false;
    bench.memory().writes.clear();
    bench.run(1_100);
    assert_eq!(
        bench.writes_of(0),
        [(bench.writes_of(0)[0].0, false)],
        "to rest, once, and nothing else"
    );
    assert!(all(&bench.station.feedback).contains(&connected(true)));
    assert_eq!(all(&bench.station.triggers), [Heard::Back]);
    assert!(
        all(&bench.station.alarms)
            .iter()
            .any(|it| it.code == Code::LineDeviceGone && !it.is_active)
    );
    bench.tell(outcome(3, Accept, None));
    bench.run(2);
    assert_eq!(acknowledged(&all(&bench.station.feedback)), [3]);
}

#[test]
fn an_output_that_somebody_else_sets_is_set_off_again() {
    let mut bench = Bench::new(LINE);
    bench.memory().outputs[0] = true;
    bench.run(60);
    assert!(!bench.memory().outputs[0]);
    assert_eq!(bench.writes_of(0).len(), 1);
}

#[test]
fn without_proof_of_a_watchdog_parts_are_only_rejected() {
    let mut bench = Bench::new(LINE);
    bench.memory().is_unproven = true;
    bench.memory().is_gone = true;
    bench.run(2);
    bench.memory().is_gone = false;
    bench.run(300);
    all(&bench.station.feedback);
    assert!(!bench.station.board.devices()[0].is_armed);
    bench.tell(outcome(1, Accept, None));
    bench.tell(outcome(2, Reject, None));
    bench.run(2);
    let feedback = all(&bench.station.feedback);
    assert_eq!(
        (failed(&feedback)[0].0, acknowledged(&feedback)),
        (1, vec![2])
    );
    let alarms = all(&bench.station.alarms);
    assert!(
        alarms
            .iter()
            .any(|it| it.code == Code::WatchdogUnproven && it.is_active)
    );
    bench.memory().is_unproven = false;
    bench.run(1_100);
    bench.tell(outcome(3, Accept, None));
    bench.run(2);
    assert_eq!(acknowledged(&all(&bench.station.feedback)), [3]);
}

#[test]
fn the_heartbeat_stops_with_the_station_and_the_line_stop_stays() {
    let mut bench = Bench::new(LINE);
    let status = LineStatus {
        is_online: true,
        is_stopped: true,
        ..LineStatus::default()
    };
    for _ in 0..3 {
        bench.tell(Told::Status(status));
        bench.run(1_000);
    }
    let beats = bench.writes_of(1).len();
    assert!((28..=31).contains(&beats), "{beats} in 3 s");
    assert_eq!(bench.writes_of(2), [(2, true)]);
    // Nothing is told any more: the station is dead.
    bench.run(2_000);
    let beats = bench.writes_of(1).len();
    bench.run(2_000);
    assert_eq!(bench.writes_of(1).len(), beats);
    assert_eq!(bench.writes_of(2).len(), 1);
    bench.exchange.rest();
    assert_eq!(bench.memory().outputs, [false; 8]);
}
