//! One connection writes, what people and the station did stands in one order with the results, and whoever carries
//! results on gets all of them.

use super::log::{late, record, start};
use inspector::ports::journal::{Entry, Journal};
use inspector::ports::log::{LogError, ResultLog};
use inspector::results::feed::{Cursor, Feed, FeedError, Item};
use inspector::results::open;
use inspector::results::verify::gaps;
use inspector::results::writer::Writer;
use inspector::station::part::PartNo;
use inspector::station::result::{Gap, GapCause, Record};
use inspector::station::time::WallTime;
use inspector::telemetry::catalogue::Code;
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::time::Duration;

fn entry(message: &str) -> Entry {
    Entry {
        message: message.to_owned(),
        actor: "Li".to_owned(),
        subject: "gear".to_owned(),
        details: vec![("from", "0.4".to_owned()), ("to", "0.5".to_owned())],
        ..Entry::of_station(WallTime(7), Code::LogExported)
    }
}

fn gap(first: u64, last: u64, to: i64) -> Record {
    Record::Gap(Gap {
        first: PartNo(first),
        last: PartNo(last),
        from: WallTime(1),
        to: WallTime(to),
        accepted: 0,
        cause: GapCause::LogFull,
    })
}

/// What an item is, in a word.
fn told(item: &Item) -> String {
    match item {
        Item::Result(part) => format!("{}/{}", part.job, part.part_no),
        Item::Late(late) => format!("late {}", late.result & 0xFFFF_FFFF),
        Item::Gap(gap) => format!("gap {}-{}", gap.first, gap.last.unwrap_or(0)),
        Item::Event(event) if event.code == "log_exported" => event.message.clone(),
        Item::Event(event) => event.code.clone(),
    }
}

/// Everything after the cursor, in pages of `limit`, and the cursor then.
fn rest(feed: &Feed, from: &Cursor, limit: usize) -> (Vec<String>, Cursor) {
    let (mut all, mut cursor) = (Vec::new(), from.clone());
    loop {
        let page = feed.since(&cursor, limit).unwrap();
        assert!(page.items.len() <= limit);
        all.extend(page.items.iter().map(told));
        cursor = page.next;
        if !page.has_more {
            return (all, cursor);
        }
    }
}

fn everything(data: &Path) -> Vec<String> {
    let feed = Feed::open(data).unwrap();
    rest(&feed, &feed.start(), 3).0
}

#[test]
fn results_and_what_people_did_stand_in_one_order() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    log.append(&[record(1), record(3)]).unwrap();
    log.record(entry("threshold")).unwrap();
    // Part 2 leaves after part 3, as one does that was one too many on the belt: its number says nothing of when.
    log.append(&[record(2), late(1), gap(4, 6, 5)]).unwrap();
    log.append(&[gap(4, 6, 9), record(7)]).unwrap();
    log.finish(WallTime(9), 7).unwrap();
    let expected = [
        "station_started",
        "recipe_in_use",
        "signing_key_made",
        "1/1",
        "1/3",
        "threshold",
        "1/2",
        "late 1",
        "gap 4-6",
        // It grew.
        "gap 4-6",
        "1/7",
        "station_stopped",
    ];
    assert_eq!(everything(data.path()), expected);
    let feed = Feed::open(data.path()).unwrap();
    let page = feed.since(&feed.start(), 100).unwrap();
    let Item::Event(noted) = &page.items[5] else {
        panic!("{:?}", page.items[5]);
    };
    assert_eq!(
        (noted.actor.as_str(), noted.subject.as_str()),
        ("Li", "gear")
    );
    assert_eq!(
        noted.details.as_deref(),
        Some(r#"{"from":"0.4","to":"0.5"}"#)
    );
}

/// Parts that were announced and found no room have no number, and others that had one could not be followed: neither
/// stands for the other.
#[test]
fn gaps_of_different_kinds_before_the_same_part_are_kept_apart() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    let gap = |last: u64, (from, to): (i64, i64), cause| {
        Record::Gap(Gap {
            first: PartNo(2),
            last: PartNo(last),
            from: WallTime(from),
            to: WallTime(to),
            accepted: 0,
            cause,
        })
    };
    log.append(&[record(1)]).unwrap();
    for cause in [GapCause::TriggersLost, GapCause::TriggerSlow] {
        log.append(&[gap(1, (10_000, 20_000), cause)]).unwrap();
    }
    log.append(&[gap(4, (30_000, 40_000), GapCause::Overrun)])
        .unwrap();
    // It is told again, and has begun before.
    log.append(&[gap(1, (5_000, 60_000), GapCause::TriggerSlow)])
        .unwrap();
    log.append(&[record(5)]).unwrap();
    log.finish(WallTime(90_000), 5).unwrap();
    let mut told = Vec::new();
    gaps(data.path(), (i64::MIN, i64::MAX), &mut |gap| told.push(gap)).unwrap();
    let found: Vec<&str> = told.iter().map(String::as_str).collect();
    let has = |words: [&str; 3]| {
        let mut all = found.iter();
        let is_it = |gap: &&&str| words.iter().all(|word| gap.contains(word));
        all.any(|gap| is_it(&gap))
    };
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(has(["parts 2 to 4", "overrun", "00.030Z to"]), "{found:?}");
    assert!(has(["from part 2 on", "triggers_lost", "00.010Z to"]));
    assert!(has(["from part 2 on", "trigger_slow", "00.005Z to"]));
}

#[test]
fn a_cursor_outlives_restarts_and_a_page_can_be_asked_for_again() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    log.append(&[record(1), record(2)]).unwrap();
    let feed = Feed::open(data.path()).unwrap();
    let (first, cursor) = rest(&feed, &feed.start(), 2);
    let text = cursor.to_string();
    drop((feed, log));
    // Killed, as far as the log can tell.
    let (mut log, _) = start(data.path());
    log.append(&[record(1)]).unwrap();
    let feed = Feed::open(data.path()).unwrap();
    let cursor: Cursor = text.parse().unwrap();
    let (then, end) = rest(&feed, &cursor, 2);
    assert_eq!(
        then,
        [
            "gap 3-0",
            // The second start is at 5 us, and the second part came after 2 s.
            "clock_behind",
            "job_interrupted",
            "station_started",
            "recipe_in_use",
            "2/1"
        ]
    );
    // Whoever was killed before he had the page safe gets it once more.
    assert_eq!(rest(&feed, &cursor, 100), (then.clone(), end));
    assert_eq!(everything(data.path()), [first, then].concat());
}

#[test]
fn rows_that_are_given_twice_stand_in_the_feed_once() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    log.append(&[record(1), late(1)]).unwrap();
    log.append(&[record(1), late(1), record(2)]).unwrap();
    let all = everything(data.path());
    assert_eq!(all[3..], ["1/1", "late 1", "1/2"]);
}

#[test]
fn a_cursor_of_another_log_or_of_its_future_is_refused() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (log, _) = start(one.path());
    drop(start(other.path()));
    std::fs::create_dir(other.path().join("copy")).unwrap();
    let copied = other.path().join("copy");
    log.record(entry("in both")).unwrap();
    drop(log);
    std::fs::copy(open::database(one.path()), open::database(&copied)).unwrap();
    let (log, _) = start(one.path());
    drop(log);
    let feed = Feed::open(one.path()).unwrap();
    let (_, end) = rest(&feed, &feed.start(), 100);
    let foreign = Feed::open(other.path()).unwrap().since(&end, 1);
    assert!(
        matches!(foreign, Err(FeedError::AnotherLog { .. })),
        "{foreign:?}"
    );
    let older = Feed::open(&copied).unwrap().since(&end, 1);
    assert!(
        matches!(older, Err(FeedError::BehindEnd { .. })),
        "{older:?}"
    );
    assert!("abc".parse::<Cursor>().is_err());
    assert!("abc--1".parse::<Cursor>().is_err());
}

#[test]
fn a_feed_that_is_read_while_everybody_writes_misses_nothing() {
    const EACH: u64 = 150;
    let data = tempfile::tempdir().unwrap();
    let (log, _) = start(data.path());
    let reading = {
        let data = data.path().to_owned();
        std::thread::spawn(move || {
            let feed = Feed::open(&data).unwrap();
            let (mut all, mut cursor) = (Vec::new(), feed.start());
            while all.last().map(String::as_str) != Some("station_stopped") {
                let (more, next) = rest(&feed, &cursor, 7);
                all.extend(more);
                cursor = next;
            }
            all
        })
    };
    let writing: Vec<_> = (0..4)
        .map(|thread| {
            let mut log = log.clone();
            std::thread::spawn(move || {
                for n in 0..EACH {
                    match thread {
                        0 => log.append(&[record(n + 1), late(n + 1)]).unwrap(),
                        1 => log.note(entry(&format!("note {n}"))),
                        _ => log.record(entry(&format!("{thread} {n}"))).unwrap(),
                    }
                }
            })
        })
        .collect();
    writing
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    log.finish(WallTime(9), EACH).unwrap();
    let all = reading.join().unwrap();
    let of = |begin: &str| -> Vec<String> {
        let ours = all.iter().filter(|item| item.starts_with(begin));
        ours.cloned().collect()
    };
    for begin in ["note ", "2 ", "3 "] {
        let expected: Vec<String> = (0..EACH).map(|n| format!("{begin}{n}")).collect();
        assert_eq!(of(begin), expected);
    }
    let results: Vec<String> = (1..=EACH).map(|n| format!("1/{n}")).collect();
    assert_eq!(of("1/"), results);
    assert_eq!(of("late").len(), EACH as usize);
    assert_eq!(all, everything(data.path()));
}

/// Makes the log refuse what is inserted into a table, as the real thing would: by an error of SQLite.
fn refuse(data: &Path, table: &str) {
    let sql = format!(
        "create trigger refuse before insert on {table} begin select raise(abort, 'refused'); end"
    );
    open::writable(data).unwrap().execute_batch(&sql).unwrap();
}

fn allow(data: &Path) {
    let connection = open::writable(data).unwrap();
    connection.execute_batch("drop trigger refuse").unwrap();
}

#[test]
fn an_entry_that_was_refused_is_neither_lost_nor_in_the_way_of_results() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    refuse(data.path(), "event");
    let refused = log.record(entry("not done")).unwrap_err();
    assert!(refused.to_string().contains("refused"), "{refused}");
    log.note(entry("alarm"));
    log.append(&[record(1)]).unwrap();
    allow(data.path());
    // By itself, half a second later at most; the next entry comes after it in any case.
    log.record(entry("done")).unwrap();
    log.append(&[record(2)]).unwrap();
    for _ in 0..100 {
        if everything(data.path()).len() == 7 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut all = everything(data.path());
    assert_eq!(all[3], "1/1");
    all.sort();
    assert_eq!(
        all,
        [
            "1/1",
            "1/2",
            "alarm",
            "done",
            "recipe_in_use",
            "signing_key_made",
            "station_started"
        ]
    );
}

/// Holds the log as a disk that stands still would.
struct Stall(rusqlite::Connection);

impl Stall {
    fn begin(data: &Path) -> Self {
        let connection = open::writable(data).unwrap();
        connection.execute_batch("begin immediate").unwrap();
        Self(connection)
    }

    fn end(self) {
        self.0.execute_batch("rollback").unwrap();
    }
}

#[test]
fn rows_of_a_disk_that_stands_still_are_told_and_recorded_once() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    let stall = Stall::begin(data.path());
    let first = log.append(&[record(1)]).unwrap_err();
    assert!(matches!(first, LogError::Slow { .. }), "{first:?}");
    assert!(first.to_string().contains("results.sqlite"), "{first}");
    let again = log.append(&[record(1), record(2)]).unwrap_err();
    assert!(matches!(again, LogError::Slow { .. }), "{again:?}");
    stall.end();
    log.append(&[record(1), record(2)]).unwrap();
    assert_eq!(everything(data.path())[3..], ["1/1", "1/2"]);
}

#[test]
fn rows_go_before_whatever_else_waits() {
    const WAITING: usize = 50;
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    let stall = Stall::begin(data.path());
    let ready = Arc::new(Barrier::new(WAITING + 1));
    let threads: Vec<_> = (0..WAITING)
        .map(|n| {
            let (log, ready): (Writer, _) = (log.clone(), Arc::clone(&ready));
            std::thread::spawn(move || {
                ready.wait();
                log.record(entry(&format!("entry {n}"))).unwrap();
            })
        })
        .collect();
    ready.wait();
    // Until they wait; only a bound, the order decides.
    std::thread::sleep(Duration::from_millis(300));
    let slow = log.append(&[record(1)]).unwrap_err();
    assert!(matches!(slow, LogError::Slow { .. }), "{slow:?}");
    stall.end();
    log.append(&[record(1)]).unwrap();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    let all = everything(data.path());
    let place = all.iter().position(|item| item == "1/1").unwrap();
    // Behind those that had been begun, before all others.
    assert!(place < 3 + 20, "{all:?}");
    assert_eq!(all.len(), 3 + WAITING + 1);
}
