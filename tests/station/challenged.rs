//! A running station whose challenge parts are due: a program brings them over HTTP.

use super::log::{record_at, start};
use crate::served::{self, Station};
use crate::wired::until;
use inspector::ports::journal::{Entry, Journal, Phase};
use inspector::ports::log::ResultLog;
use inspector::results::reader::Reader;
use inspector::results::writer::Writer;
use inspector::station::challenge::Challenged;
use inspector::station::result::Record;
use inspector::station::time::WallTime;
use inspector::telemetry::alarm::LeftOpen;
use inspector::telemetry::catalogue::Code;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// A station that takes a part for each request, and a picture of its folder for each part: two defective ones and a good
/// one, again and again. Nothing else decides which.
fn home(challenge: &str) -> tempfile::TempDir {
    crate::accept_demo();
    let home = tempfile::tempdir().unwrap();
    let pictures = served::flat_pictures(home.path());
    served::recipe(home.path(), "part", "demo", 0.45);
    let models = Path::new("models/assets").canonicalize().unwrap();
    let settings = format!(
        "[station]\nname = \"c\"\ndata = \"data\"\nrecipes = \"recipes\"\nmodels = {models:?}\n\
         [timing]\npitch_ms_min = 10\ndecide_by_ms = 2000\nframe_window_ms = 500\n\
         [trigger]\nsource = \"line\"\nstyle = \"part\"\n\
         [ejector]\nkind = \"line\"\nresting = \"energise-to-accept\"\nhold_ms = 5\n\
         [[device]]\nname = \"robot\"\nkind = \"http\"\ntakes_out = true\n\
         [[camera]]\nname = \"top\"\nkind = \"folder\"\npath = {pictures:?}\ntrigger = \"software\"\nrepeat = true\n\
         {challenge}"
    );
    std::fs::write(home.path().join("station.toml"), settings).unwrap();
    home
}

/// Longer than `pitch_ms_min`: parts that come sooner are overruns, however fast the machine is.
const TAKT: Duration = Duration::from_millis(25);

/// What the program is told of a part.
fn part(station: &Station, id: &str) -> Value {
    std::thread::sleep(TAKT);
    let (status, told) = station.ask("POST", "/api/line/robot/parts", &json!({ "part_id": id }));
    assert_eq!(status, 200, "{told}");
    told
}

fn is_accepted(told: &Value) -> bool {
    told["disposition"] == "accept"
}

/// Code and subject of what is active.
fn alarms(station: &Station) -> Vec<[String; 2]> {
    let status = station.get("/api/status");
    let alarms = status["alarms"].as_array().unwrap().iter();
    let active = alarms.filter(|alarm| alarm["ended_us"].is_null());
    let of = |alarm: &Value, key: &str| alarm[key].as_str().unwrap().to_owned();
    active
        .map(|alarm| [of(alarm, "code"), of(alarm, "subject")])
        .collect()
}

/// Challenge parts that the page says are missing, and whether each must pass.
fn to_be_brought(station: &Station) -> Vec<(String, bool)> {
    let status = station.get("/api/status");
    let parts = status["challenge"]["parts"].as_array().unwrap().iter();
    let missing = parts.filter(|part| part["is_brought"] == false);
    let told = |part: &Value| {
        let id = part["part_id"].as_str().unwrap();
        (id.to_owned(), part["must_pass"] == true)
    };
    missing.map(told).collect()
}

fn is_active(station: &Station, code: &str) -> bool {
    alarms(station).iter().any(|[active, _]| active == code)
}

/// The next three parts with other IDs: whether one of them, the good one, is accepted.
fn accepts(station: &Station, round: &str) -> bool {
    let brought = ["a", "b", "c"].map(|n| is_accepted(&part(station, &format!("{round}-{n}"))));
    brought.contains(&true)
}

/// Which of the three pictures is the good one: its place in their order.
fn good_one(station: &Station) -> usize {
    let brought = [0, 1, 2].map(|n| {
        let told = part(station, &format!("first-{n}"));
        told["verdict"] == "pass" || told["cause"] == "line_fault"
    });
    let good = brought.iter().position(|is_good| *is_good);
    good.expect("one of three pictures is good")
}

/// Anew, until it takes parts.
fn started_again(home: &Path) -> Station {
    let station = Station::start(home);
    let part = json!({ "part_id": "first" });
    until("it takes parts", || {
        station.ask("POST", "/api/line/robot/parts", &part).0 == 200
    });
    station
}

fn acknowledge(station: &Station, code: &str) {
    let mut active = alarms(station).into_iter();
    let found = active.find(|[active, _]| active == code);
    let [_, subject] = found.unwrap_or_else(|| panic!("no {code}"));
    let seen = json!({ "code": code, "subject": subject, "by": "Li Wei" });
    let (status, told) = station.ask("POST", "/api/alarms/acknowledge", &seen);
    assert_eq!(status, 200, "{told}");
}

#[test]
fn nothing_is_accepted_while_challenge_parts_are_overdue_and_a_person_lets_it_go_on() {
    let home = home("[challenge]\ndefective = [\"BAD\"]\ngolden = [\"GOLD\"]\nwithin_min = 0\n");
    let station = Station::start(home.path());
    until("they are due and overdue", || {
        is_active(&station, "challenge_due") && is_active(&station, "challenge_overdue")
    });
    let good = good_one(&station);
    assert!(!accepts(&station, "locked"), "nothing is accepted");
    assert_eq!(
        to_be_brought(&station),
        [("BAD".to_owned(), false), ("GOLD".to_owned(), true)]
    );
    let due = &station.get("/api/status")["challenge"];
    assert_eq!(
        [&due["why"], &due["is_overdue"]],
        [&json!("start"), &json!(true)]
    );
    for place in 0..3 {
        let id = if place == good { "GOLD" } else { "BAD" };
        assert!(!is_accepted(&part(&station, id)), "{id}");
        if place == 0 && id == "BAD" {
            assert_eq!(to_be_brought(&station), [("GOLD".to_owned(), true)]);
        }
    }
    assert!(station.get("/api/status")["challenge"].is_null());
    until("they are over", || !is_active(&station, "challenge_due"));
    assert!(!accepts(&station, "brought"), "a person has to see to it");
    acknowledge(&station, "challenge_overdue");
    until("the station goes on", || {
        station.get("/api/line")["rejects"].is_null()
    });
    assert!(accepts(&station, "open"));
    let page = station.get("/api/results?limit=100");
    for item in page["items"].as_array().unwrap() {
        let is_challenge = ["BAD", "GOLD"].contains(&item["part_id"].as_str().unwrap());
        let expected = if is_challenge {
            json!("passed")
        } else {
            Value::Null
        };
        assert_eq!(item["challenge"], expected, "{item}");
    }
}

#[test]
fn a_known_defective_part_that_passes_is_not_let_through_and_locks_the_station() {
    let home = home("[challenge]\ndefective = [\"BAD\"]\nevery_h = 8\nwithin_min = 60\n");
    let station = Station::start(home.path());
    let good = good_one(&station);
    for place in 0..=good {
        let id = if place == good { "BAD" } else { "P" };
        let told = part(&station, id);
        assert!(place < good || !is_accepted(&told), "{told}");
    }
    until("it is told", || is_active(&station, "challenge_failed"));
    assert!(!accepts(&station, "locked"));
    acknowledge(&station, "challenge_failed");
    until("the station goes on", || {
        station.get("/api/line")["rejects"].is_null()
    });
    assert!(accepts(&station, "open"));
    let page = station.get("/api/results?limit=100");
    let mut items = page["items"].as_array().unwrap().iter();
    let bad = items.find(|item| item["part_id"] == "BAD").unwrap();
    assert_eq!(bad["challenge"], "failed", "{bad}");
    assert_eq!(bad["disposition"], "reject", "{bad}");
}

#[test]
fn a_failed_challenge_part_locks_the_station_over_a_kill_until_somebody_has_seen_it_by_name() {
    let home = home("[challenge]\ndefective = [\"BAD\"]\nwithin_min = 60\n");
    let station = Station::start(home.path());
    let good = good_one(&station);
    for place in 0..=good {
        part(&station, if place == good { "BAD" } else { "P" });
    }
    station.until("/api/results?limit=1", |page| {
        page["items"][0]["challenge"] == "failed"
    });
    station.kill();
    // Neither one start nor two let it go.
    for round in ["once", "twice"] {
        let station = started_again(home.path());
        until("it is told anew", || {
            is_active(&station, "challenge_failed")
        });
        assert!(!accepts(&station, round), "{round}: nothing is accepted");
        let why = station.get("/api/line")["rejects"]["code"].clone();
        assert_eq!(why, "challenge_failed");
        station.kill();
    }
    let station = started_again(home.path());
    until("it is told anew", || {
        is_active(&station, "challenge_failed")
    });
    acknowledge(&station, "challenge_failed");
    until("the station goes on", || {
        station.get("/api/line")["rejects"].is_null()
    });
    assert!(accepts(&station, "open"));
    until("the log knows", || !is_active(&station, "challenge_failed"));
    station.until("/api/alarms?limit=50", |events| {
        let events = events.as_array().unwrap();
        let is_over = |event: &Value| {
            event["kind"] == "challenge_failed"
                && event["message"].as_str().unwrap().starts_with("over")
        };
        events.iter().any(is_over)
    });
    station.kill();
    let station = started_again(home.path());
    until("a start asks for them", || {
        is_active(&station, "challenge_due")
    });
    assert!(accepts(&station, "after"), "it was seen before the kill");
}

fn note(log: &Writer, (code, phase): (Code, Phase), at_s: i64) {
    let subject = match code {
        Code::ChallengeDue => "",
        _ => "line",
    };
    let entry = Entry {
        phase,
        subject: subject.to_owned(),
        ..Entry::of_station(WallTime(at_s * 1_000_000), code)
    };
    log.record(entry).unwrap();
}

/// Alarms that a start would take up, and for how many seconds challenge parts have been due.
fn before(data: &Path) -> (Vec<Code>, u64) {
    let LeftOpen {
        alarms,
        challenge_due_for,
    } = Reader::open(data).unwrap().left_open().unwrap();
    (alarms, challenge_due_for.as_secs())
}

#[test]
fn what_jobs_before_left_open_is_in_the_log() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let (log, _) = start(data);
    assert_eq!(before(data), (vec![], 0));
    note(&log, (Code::ChallengeDue, Phase::Began), 100);
    note(&log, (Code::ChallengeOverdue, Phase::Began), 160);
    log.finish(WallTime(200_000_000), 0).unwrap();
    assert_eq!(before(data), (vec![Code::ChallengeOverdue], 100));
    drop(log);
    // A job that is killed has run until the last thing that it recorded, and not until the next start.
    let (mut log, _) = start(data);
    note(&log, (Code::ChallengeDue, Phase::Began), 1_000);
    note(&log, (Code::ChallengeOverdue, Phase::Acknowledged), 1_010);
    note(&log, (Code::WrongLane, Phase::Began), 1_020);
    log.append(&[record_at(1, WallTime(1_030_000_000))])
        .unwrap();
    drop(log);
    let (mut log, crashed) = start(data);
    assert_eq!(crashed.len(), 1);
    let both = vec![Code::ChallengeOverdue, Code::WrongLane];
    assert_eq!(
        before(data),
        (both, 130),
        "that somebody saw it ends nothing"
    );
    note(&log, (Code::ChallengeDue, Phase::Began), 2_000);
    note(&log, (Code::ChallengeDue, Phase::Ended), 2_010);
    note(&log, (Code::ChallengeOverdue, Phase::Ended), 2_020);
    note(&log, (Code::WrongLane, Phase::Ended), 2_020);
    assert_eq!(before(data), (vec![], 0));
    // The row may be there before the alarm.
    let Record::Result(mut failed) = record_at(1, WallTime(2_030_000_000)) else {
        panic!("a result");
    };
    failed.challenge = Some(Challenged::Failed);
    log.append(&[Record::Result(failed)]).unwrap();
    assert_eq!(before(data), (vec![Code::ChallengeFailed], 0));
    note(&log, (Code::ChallengeFailed, Phase::Began), 2_031);
    assert_eq!(before(data), (vec![Code::ChallengeFailed], 0));
    note(&log, (Code::ChallengeFailed, Phase::Ended), 2_040);
    assert_eq!(before(data), (vec![], 0));
}

/// The station notices that the clock was set by so many seconds, to this time.
fn stepped(log: &Writer, at_s: i64, by_s: i64) {
    let entry = Entry {
        details: vec![("by_us", (by_s * 1_000_000).to_string())],
        ..Entry::of_station(WallTime(at_s * 1_000_000), Code::ClockStepped)
    };
    log.record(entry).unwrap();
}

#[test]
fn a_clock_that_is_set_while_challenge_parts_are_due_gives_and_takes_no_time() {
    const DAY: i64 = 86_400;
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    // Set three days forward after 40 s, and stopped after a minute.
    let (log, _) = start(data);
    note(&log, (Code::ChallengeDue, Phase::Began), 100);
    stepped(&log, 140 + 3 * DAY, 3 * DAY);
    log.finish(WallTime((160 + 3 * DAY) * 1_000_000), 0)
        .unwrap();
    assert_eq!(before(data), (vec![], 60));
    drop(log);
    // Set back after a result, and killed half a minute after they became due.
    let (mut log, _) = start(data);
    note(&log, (Code::ChallengeDue, Phase::Began), 160 + 3 * DAY);
    log.append(&[record_at(1, WallTime((170 + 3 * DAY) * 1_000_000))])
        .unwrap();
    stepped(&log, 180, -3 * DAY);
    note(&log, (Code::WrongLane, Phase::Began), 190);
    drop(log);
    let (_, crashed) = start(data);
    assert_eq!(crashed.len(), 1);
    assert_eq!(before(data), (vec![Code::WrongLane], 60 + 30));
}

/// Runs a command on the station of this folder, in this time zone.
fn in_zone(home: &Path, zone: &str, command: &[&str]) -> std::process::Output {
    let settings = home.join("station.toml");
    std::process::Command::new(env!("CARGO_BIN_EXE_inspector"))
        .args(command)
        .arg("--settings")
        .arg(settings)
        .env("TZ", zone)
        .output()
        .unwrap()
}

#[test]
fn a_time_of_the_day_in_a_zone_that_nobody_knows_is_refused() {
    let run = ["run", "--listen", "127.0.0.1:0"];
    let at = home("[challenge]\ndefective = [\"BAD\"]\nat = [\"06:00\"]\nwithin_min = 60\n");
    for command in [&run[..], &["check"]] {
        let refused = in_zone(at.path(), "Nowhere/City", command);
        assert_eq!(refused.status.code(), Some(3), "{refused:?}");
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            told.contains("challenge.at") && told.contains("Nowhere/City"),
            "{told}"
        );
    }
    assert!(
        !at.path().join("data/results.sqlite").exists(),
        "no job began"
    );
    let checked = in_zone(at.path(), "CST-8", &["check"]);
    let told = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(told.contains("time zone"), "{told} {checked:?}");
    // Where no time of the day matters, neither does the zone.
    let every = home("[challenge]\ndefective = [\"BAD\"]\nevery_h = 8\nwithin_min = 60\n");
    let checked = in_zone(every.path(), "Nowhere/City", &["check"]);
    assert!(checked.status.success(), "{checked:?}");
}
