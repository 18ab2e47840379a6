//! The exchange at the end of a job, before a device that answers late, and where its queues are full: what came is told.

use crate::exchange::{LINE, acknowledged, with_part_id};
use crate::memory::Bench;
use crate::rig::{all, outcome};
use inspector::ports::line::{Arrival, Feedback, Heard, Sensor, Told};
use inspector::station::lane::LaneNo;
use inspector::station::part::{PartId, PartNo};
use inspector::station::time::Instant;
use inspector::station::verdict::Disposition::{Accept, Reject};
use inspector::telemetry::signals::Unseen;
use std::time::Duration;

#[test]
fn a_part_that_waits_for_its_id_when_the_job_ends_is_told_and_none_after_it() {
    let mut bench = with_part_id();
    bench.memory().next_part = Some("P-2".to_owned());
    bench.run(1);
    let seen_at = Instant::from_millis(bench.ms);
    assert_eq!(all(&bench.station.triggers), [], "its ID is not read yet");
    bench.tell(Told::Last);
    bench.run(1);
    let expected = Arrival {
        part_id: PartId::new("P-2").ok(),
        counts: Some(0),
        ..Arrival::at(seen_at)
    };
    assert_eq!(
        all(&bench.station.triggers),
        [Heard::Arrival(expected), Heard::Ended]
    );
    for is_on in [false, true, false] {
        bench.memory().inputs[0] = is_on;
        bench.run(10);
    }
    assert_eq!(all(&bench.station.triggers), [], "the job is over");
}

#[test]
fn a_part_whose_trigger_has_not_lasted_when_the_job_ends_is_told() {
    let mut bench = Bench::new(LINE);
    bench.memory().inputs[0] = true;
    bench.run(1);
    let seen_at = Instant::from_millis(bench.ms);
    bench.tell(Told::Last);
    bench.run(10);
    let heard = all(&bench.station.triggers);
    assert!(
        matches!(heard[..], [Heard::Arrival(it), Heard::Ended] if it.at == seen_at),
        "{heard:?}"
    );
    // One that is away has told everything before.
    let mut bench = Bench::new(LINE);
    bench.memory().is_gone = true;
    bench.run(2);
    bench.tell(Told::Last);
    bench.run(1);
    let heard = all(&bench.station.triggers);
    assert!(
        matches!(heard[..], [Heard::Gone { .. }, Heard::Ended]),
        "{heard:?}"
    );
}

#[test]
fn a_trigger_that_is_looked_at_more_rarely_than_it_lasts_is_told_as_unseen() {
    let line = LINE.replace("filter_ms = 3", "pulse_ms_min = 20");
    let mut bench = Bench::new(&line);
    bench.memory().answers_after = Duration::from_millis(9);
    bench.run(20);
    assert_eq!(all(&bench.station.triggers), [], "fast enough: 10 + 9 ms");
    bench.memory().answers_after = Duration::from_millis(40);
    bench.run(1);
    // It went on and off while the device was thinking.
    let heard = all(&bench.station.triggers);
    let [
        Heard::Unseen {
            since,
            until,
            is_guess: false,
        },
    ] = heard[..]
    else {
        panic!("{heard:?}");
    };
    let took = until.since(since).as_millis();
    assert!((41..=60).contains(&took), "{took} ms");
    let shown = &bench.station.board.signals(until)[1];
    let expected = Unseen {
        since,
        until,
        times: 1,
    };
    assert_eq!(shown.unseen, Some(expected));
    assert_eq!(shown.changes, 0, "nobody saw it change");
    // Away for longer is away, and no more.
    bench.memory().is_gone = true;
    bench.run(2);
    bench.memory().is_gone = false;
    bench.memory().answers_after = Duration::ZERO;
    bench.run(1_100);
    let heard = all(&bench.station.triggers);
    assert!(
        matches!(heard[..], [Heard::Gone { .. }, Heard::Back]),
        "{heard:?}"
    );
}

#[test]
fn a_state_is_told_though_there_was_no_room_for_it() {
    let mut bench = Bench::new(LINE);
    all(&bench.station.feedback);
    let bound = bench.station.feedback.gauge().bound as u64;
    for part in 0..bound + 5 {
        bench.tell(outcome(part, Accept, None));
        bench.run(1);
    }
    bench.memory().inputs[1] = false;
    bench.run(2);
    bench.memory().is_gone = true;
    bench.run(2);
    let is_full = all(&bench.station.feedback);
    assert_eq!(is_full.len() as u64, bound);
    assert!(acknowledged(&is_full).len() as u64 == bound);
    bench.memory().is_gone = false;
    bench.run(100);
    let feedback = all(&bench.station.feedback);
    let told = |is_so: &dyn Fn(&Feedback) -> bool| feedback.iter().any(is_so);
    assert!(told(&|it| matches!(
        it,
        Feedback::Connected {
            is_connected: false,
            ..
        }
    )));
    assert!(told(&|it| matches!(
        it,
        Feedback::Sensed {
            sensor: Sensor::BinFull,
            is_on: true,
            ..
        }
    )));
}

#[test]
fn a_separate_pulse_is_carried_out_when_the_device_has_answered() {
    let line = LINE.replace("hold_ms = 20", "hold_ms = 20\npulses = \"separate\"");
    let mut bench = Bench::new(&line);
    bench.tell(outcome(1, Accept, None));
    bench.run(3);
    all(&bench.station.feedback);
    bench.tell(outcome(2, Accept, None));
    bench.run(1);
    bench.memory().answers_after = Duration::from_millis(4);
    bench.run(10);
    let mut writes = bench.writes_of(0).into_iter();
    let (on_at, _) = writes.rfind(|(_, is_on)| *is_on).expect("it is on again");
    let expected = Feedback::Acknowledged {
        part_no: PartNo(2),
        lane: Some(LaneNo(0)),
        at: Instant::from_millis(on_at),
    };
    let feedback = all(&bench.station.feedback);
    assert!(feedback.contains(&expected), "{on_at}: {feedback:?}");
}

#[test]
fn a_pulse_that_waits_when_another_command_comes_has_failed_and_the_other_is_carried_out() {
    let line = LINE.replace("hold_ms = 20", "hold_ms = 20\npulses = \"separate\"");
    let mut bench = Bench::new(&line);
    bench.tell(outcome(1, Accept, None));
    bench.run(3);
    all(&bench.station.feedback);
    bench.memory().writes.clear();
    // Both in one turn, while the pulse of part 1 lasts.
    bench.tell(outcome(2, Accept, None));
    bench.tell(outcome(3, Accept, None));
    bench.run(40);
    let feedback = all(&bench.station.feedback);
    assert_eq!(failed(&feedback), [2], "{feedback:?}");
    assert_eq!(acknowledged(&feedback), [3], "{feedback:?}");
    let writes = bench.writes_of(0);
    let is_on: Vec<bool> = writes.iter().map(|(_, is_on)| *is_on).collect();
    assert_eq!(is_on, [false, true, false], "{writes:?}");
    assert!(
        writes[1].0 >= writes[0].0 + 5,
        "they stay apart: {writes:?}"
    );
    // A reject puts the lane to rest, and so does the station's word.
    for other in [outcome(5, Reject, None), Told::Rest] {
        bench.tell(outcome(3, Accept, None));
        bench.run(3);
        all(&bench.station.feedback);
        bench.tell(outcome(4, Accept, None));
        bench.tell(other);
        bench.run(40);
        let feedback = all(&bench.station.feedback);
        assert_eq!(failed(&feedback), [4], "{other:?}: {feedback:?}");
        assert!(!acknowledged(&feedback).contains(&4), "{feedback:?}");
    }
}

fn failed(feedback: &[Feedback]) -> Vec<u64> {
    let of = |it: &Feedback| match it {
        Feedback::Failed { part_no, .. } => Some(part_no.0),
        _ => None,
    };
    feedback.iter().filter_map(of).collect()
}

#[test]
fn a_trigger_that_has_to_last_for_long_is_told_at_the_end_of_a_job_too() {
    let line = LINE.replace("filter_ms = 3", "filter_ms = 2000");
    let mut bench = Bench::new(&line);
    bench.memory().inputs[0] = true;
    bench.run(5);
    bench.tell(Told::Last);
    bench.run(1_900);
    assert_eq!(all(&bench.station.triggers), [], "it has not lasted yet");
    bench.run(120);
    let heard = all(&bench.station.triggers);
    assert!(
        matches!(heard[..], [Heard::Arrival(_), Heard::Ended]),
        "{heard:?}"
    );
}

#[test]
fn where_nobody_told_how_long_a_trigger_lasts_a_late_look_is_a_guess() {
    let line = LINE.replace("filter_ms = 3", "filter_ms = 0");
    let mut bench = Bench::new(&line);
    bench.run(20);
    bench.memory().answers_after = Duration::from_millis(80);
    bench.run(1);
    let heard = all(&bench.station.triggers);
    assert!(
        matches!(heard[..], [Heard::Unseen { is_guess: true, .. }]),
        "{heard:?}"
    );
}
