//! A station with a history is asked how good its parts were.

use super::log::{record_at, start};
use crate::served::{self, Station};
use inspector::ports::log::ResultLog;
use inspector::results::reader::Reader;
use inspector::results::reader::quality::{Counting, NamedBy};
use inspector::station::challenge::Challenged;
use inspector::station::part::{PartId, Style};
use inspector::station::result::Record;
use inspector::station::time::WallTime;
use inspector::station::verdict::{Disposition, Score, Verdict};
use serde_json::Value;
use std::path::Path;

/// 2026-03-02 00:00 in Shanghai, which has no summer time.
const MIDNIGHT_US: i64 = 1_772_380_800_000_000;
const HOUR_US: i64 = 3_600_000_000;
const PITCH_US: i64 = 20_000_000;
const PARTS: u64 = 6_000;
/// The first part of the ones that are worse.
const WORSE: u64 = 4_001;

/// A part every 20 s: each 50th is rejected, and from one on each 8th. Each third is a cap.
fn part(number: u64) -> Record {
    let every = if number < WORSE { 50 } else { 8 };
    let at = MIDNIGHT_US + PITCH_US * number as i64;
    let Record::Result(mut result) = record_at(number, WallTime(at)) else {
        unreachable!("it is a result");
    };
    if number.is_multiple_of(3) {
        result.style = Style::new("cap").ok();
    }
    if !number.is_multiple_of(every) {
        result.verdict = Verdict::Pass;
        result.cause = None;
        result.disposition = Disposition::Accept;
        result.score = Score::new(0.1 + (number % 7) as f32 / 100.0);
        result.views.clear();
    }
    Record::Result(result)
}

fn history(data: &Path) {
    std::fs::create_dir_all(data).unwrap();
    let (mut log, _) = start(data);
    let parts: Vec<Record> = (1..=PARTS).map(part).collect();
    for batch in parts.chunks(1_000) {
        log.append(batch).unwrap();
    }
    // A known-bad part after them, which says nothing of production.
    let Record::Result(mut bad) = part(WORSE + 1_999 + 50) else {
        unreachable!("it is a result");
    };
    (bad.part_no.0, bad.part_id) = (PARTS + 1, PartId::new("BAD-1").unwrap());
    bad.challenge = Some(Challenged::Passed);
    log.append(&[Record::Result(bad)]).unwrap();
}

fn everything() -> Counting {
    Counting {
        from_us: i64::MIN,
        to_us: i64::MAX,
        style: None,
        challenge_parts: vec!["BAD-1".to_owned()],
    }
}

#[test]
fn parts_are_counted_without_challenge_parts_by_style_and_cause() {
    let data = tempfile::tempdir().unwrap();
    history(data.path());
    let reader = Reader::open(data.path()).unwrap();
    let series = reader.series(&everything()).unwrap();
    assert_eq!(series.parts() as u64, PARTS);
    assert_eq!(series.rejected.len(), 80 + 250);
    assert_eq!(series.places()[0], 49);
    let caps = Counting {
        style: Some("cap".to_owned()),
        ..everything()
    };
    assert_eq!(reader.series(&caps).unwrap().parts() as u64, PARTS / 3);
    let styles = reader.by_name(NamedBy::Style, &everything()).unwrap();
    let counted: Vec<_> = styles
        .iter()
        .map(|it| (it.name.as_deref(), it.accepted + it.rejected))
        .collect();
    assert!(counted.contains(&(Some("cap"), PARTS / 3)), "{counted:?}");
    let causes = reader.by_name(NamedBy::Cause, &everything()).unwrap();
    assert_eq!(
        (causes.len(), causes[0].name.as_deref()),
        (1, Some("defect"))
    );
    let day = Counting {
        from_us: MIDNIGHT_US,
        to_us: MIDNIGHT_US + 24 * HOUR_US,
        ..everything()
    };
    assert_eq!(reader.series(&day).unwrap().parts(), 24 * 180 - 1);
}

#[test]
fn an_empty_log_says_nothing_and_is_no_error() {
    let data = tempfile::tempdir().unwrap();
    drop(start(data.path()));
    let reader = Reader::open(data.path()).unwrap();
    assert_eq!(reader.newest_us().unwrap(), None);
    let series = reader.series(&everything()).unwrap();
    assert_eq!(
        (series.parts(), series.row(0), series.places()),
        (0, None, vec![])
    );
    for by in [NamedBy::Cause, NamedBy::Defect, NamedBy::Style] {
        assert_eq!(reader.by_name(by, &everything()).unwrap(), []);
    }
}

const SHIFTS: &str = "[[shifts]]\nname = \"night\"\nfrom = \"22:00\"\n[[shifts]]\nname = \"early\"\nfrom = \"06:00\"\n\
                      [[shifts]]\nname = \"late\"\nfrom = \"14:00\"\n";

fn settings(home: &Path, more: &str) {
    let file = home.join("station.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let zoned = text.replacen(
        "[station]\n",
        "[station]\ntime_zone = \"Asia/Shanghai\"\n",
        1,
    );
    std::fs::write(file, format!("{zoned}{more}")).unwrap();
}

#[test]
fn the_page_is_told_shares_limits_and_since_when() {
    let home = served::home("");
    settings(home.path(), SHIFTS);
    history(&home.path().join("data"));
    let station = Station::start(home.path());
    let to = MIDNIGHT_US + PITCH_US * (PARTS as i64 + 1);
    let ask = |more: &str| {
        station.get(&format!(
            "/api/quality?from_us={MIDNIGHT_US}&to_us={to}{more}"
        ))
    };
    let told = ask("");
    assert_eq!(told["zone"], "Asia/Shanghai");
    // The known-bad part is none of the settings' and is counted: it came after the time.
    assert_eq!(told["total"]["parts"], PARTS);
    assert_eq!(told["total"]["rejected"], 330);
    let shifts: Vec<&str> = told["shifts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["name"].as_str())
        .collect();
    assert_eq!(shifts, ["early", "late", "night"]);
    let early = &told["shifts"][0]["share"]["parts"];
    assert_eq!(early, 8 * 180 + 601, "06:00 to 14:00, and to 09:20");
    let change = &told["change"];
    let first = change["first"]["triggered_at_us"].as_i64().unwrap();
    let number = (first - MIDNIGHT_US) / PITCH_US;
    assert!((number - WORSE as i64).abs() <= 60, "{number}");
    assert!(
        change["earliest"]["triggered_at_us"].as_i64().unwrap()
            <= MIDNIGHT_US + PITCH_US * WORSE as i64 + 8 * PITCH_US
    );
    assert!(change["chance"].as_f64().unwrap() <= 0.01);
    let points = told["chart"]["points"].as_array().unwrap();
    assert_eq!(points.len(), 34, "hours that have begun");
    assert!(points.iter().any(|point| point["is_outside"] == true));
    assert_eq!(told["good"]["missing"], "several_styles");
    assert_eq!(told["escapes"]["missing"], "no_audit");
    let by_parts = ask("&by=parts&parts=1000&style=cap&chart=laney");
    assert_eq!(by_parts["total"]["parts"], PARTS / 3);
    assert_eq!(by_parts["chart"]["kind"], "laney");
    let groups = by_parts["chart"]["points"].as_array().unwrap();
    let sizes: Vec<&Value> = groups.iter().map(|point| &point["parts"]).collect();
    assert_eq!(sizes, [1_000, 1_000]);
    assert_eq!(by_parts["good"]["missing"], "few_groups");
    let none = ask("&style=nothing");
    assert_eq!(none["total"]["parts"], 0);
    assert_eq!(none["change_missing"], "few_parts");
    let hours = ask("&by=shift");
    assert_eq!(hours["chart"]["points"][0]["shift"], "night");
    for (wrong, word) in [
        ("parts=9", "parts: expected 10 to"),
        ("last_h=0", "last_h: expected 1 to"),
    ] {
        let (status, body) = station.ask("GET", &format!("/api/quality?{wrong}"), &Value::Null);
        assert_eq!(status, 400, "{body}");
        assert!(
            body["error"]["message"].as_str().unwrap().contains(word),
            "{body}"
        );
    }
    station.stop();
}
