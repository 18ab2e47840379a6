//! Stamps and signatures at the ends of shifts, and of a log that is another file by then.

use super::log::{record, start};
use super::stamped::{NOON, Rig, rig, settings};
use inspector::clock::Clock;
use inspector::control::shift_ends::ShiftEnds;
use inspector::control::signing_watch::SigningWatch;
use inspector::ports::log::ResultLog;
use inspector::results::proof::stamps::Stamps;
use inspector::station::time::{Instant, WallTime};
use std::path::Path;
use std::sync::Arc;

const SHIFTS: &str =
    "[[shifts]]\nname = \"a\"\nfrom = \"06:00\"\n[[shifts]]\nname = \"b\"\nfrom = \"13:00\"\n";

#[test]
fn the_end_of_a_shift_is_stamped_at_once() {
    let mut rig = rig(&format!("timestamp_every_min = 600\n{SHIFTS}"));
    rig.record(1);
    assert_eq!((rig.look_after(0), rig.stamps()), (None, 1));
    rig.record(2);
    assert_eq!((rig.look_after(3_590), rig.stamps()), (None, 1));
    rig.look_after(20);
    assert_eq!((rig.look_after(6), rig.stamps()), (None, 2));
    rig.record(3);
    assert_eq!((rig.look_after(3_600), rig.stamps()), (None, 2));
}

/// A checkpoint from before the end, which is there when it is looked for, does not cover what came until then.
#[test]
fn the_end_of_a_shift_is_stamped_by_what_was_signed_then_and_not_before() {
    let mut rig = rig(&format!("timestamp_every_min = 600\n{SHIFTS}"));
    rig.record(1);
    assert_eq!((rig.look_after(0), rig.stamps()), (None, 1));
    rig.record(2);
    rig.log.append(&[record(3)]).unwrap();
    rig.look_after(3_601);
    for _ in 0..3 {
        assert_eq!((rig.look_after(6), rig.stamps()), (None, 1), "too soon");
    }
    rig.sign();
    assert_eq!((rig.look_after(6), rig.stamps()), (None, 2));
    let newest = "select max(cast(json_extract(details, '$.size') as integer)) from event where code = 'checkpoint_stamped'";
    let of_part = "select max(seq) from feed where kind = 1";
    assert!(rig.count(newest) >= rig.count(of_part));
}

#[test]
fn a_shift_that_ends_with_nothing_new_makes_no_later_stamp_come_sooner() {
    let mut rig = rig(&format!("timestamp_every_min = 600\n{SHIFTS}"));
    rig.record(1);
    assert_eq!((rig.look_after(0), rig.stamps()), (None, 1));
    rig.sign();
    rig.look_after(3_601);
    assert_eq!((rig.look_after(6), rig.stamps()), (None, 1));
    rig.record(2);
    assert_eq!((rig.look_after(6), rig.stamps()), (None, 1));
    assert_eq!((rig.look_after(600 * 60), rig.stamps()), (None, 2));
}

/// Somebody sets the clock to the next year, and back.
#[test]
fn a_clock_that_was_ahead_by_mistake_silences_no_shift() {
    let calendar = settings(Path::new("."), SHIFTS).days.calendar();
    let mut ends = ShiftEnds::new(calendar, NOON);
    let after = |seconds: i64| WallTime(NOON.0 + seconds * 1_000_000);
    assert!(ends.look(after(366 * 86_400)));
    assert!(!ends.look(after(60)), "it was set back");
    assert!(!ends.look(after(3_599)));
    assert!(ends.look(after(3_600)));
    assert!(!ends.look(after(3_601)));
}

/// The log that the station writes is another file now, as after a rescue; what was stamped of the former is not of it.
#[test]
fn a_log_that_is_another_file_now_is_the_one_that_is_stamped() {
    let mut rig = rig("");
    rig.record(1);
    assert_eq!((rig.look_after(0), rig.stamps()), (None, 1));
    let other = rig.home.path().join("other");
    std::fs::create_dir(&other).unwrap();
    let (mut log, _) = start(&other);
    log.append(&[record(1)]).unwrap();
    log.finish(WallTime(NOON.0), 1).unwrap();
    drop(log);
    let mut stamps = Stamps::of(&rig.data());
    assert_eq!(stamps.due().unwrap().signed, None, "it is stamped");
    std::fs::rename(rig.data(), rig.home.path().join("former")).unwrap();
    std::fs::rename(&other, rig.data()).unwrap();
    let due = stamps.due().unwrap();
    let size = due.signed.expect("the other log was never stamped").size;
    assert_eq!(
        (size as i64, size),
        (rig.count("select max(size) from checkpoint"), due.size)
    );
}

#[test]
fn the_root_is_signed_each_minute_and_at_the_end_of_a_shift() {
    let mut rig = rig(SHIFTS);
    let calendar = settings(rig.home.path(), SHIFTS).days.calendar();
    let clock: Arc<dyn Clock> = Arc::clone(&rig.clock) as _;
    let mut watch = SigningWatch::new(rig.log.clone(), clock, calendar);
    let checkpoints = |rig: &Rig| rig.count("select count(*) from checkpoint");
    let mut number = 0;
    // Looks so many seconds after the start; whether the root was signed then.
    let mut is_signed = |rig: &mut Rig, second: u64, expected: bool| {
        number += 1;
        rig.log.append(&[record(number)]).unwrap();
        let before = checkpoints(rig);
        rig.clock.advance_to(Instant::from_millis(second * 1_000));
        watch.look();
        for _ in 0..if expected { 6_000 } else { 15 } {
            if checkpoints(rig) > before {
                return true;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        false
    };
    for (second, expected) in [
        (1, false),
        (59, false),
        (60, true),
        (119, false),
        (125, true),
        (3_590, true),
        (3_599, false),
        // 13:00.
        (3_600, true),
        (3_601, false),
        (3_659, false),
        (3_660, true),
    ] {
        assert_eq!(
            is_signed(&mut rig, second, expected),
            expected,
            "second {second}"
        );
    }
}
