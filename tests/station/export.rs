//! The log as CSV: what stands in its cells is what was recorded, in a spreadsheet and in a program, and however slowly
//! it is taken, the station's own files do not grow by it.

use super::log::{context, record, start};
use inspector::export::csv::Csv;
use inspector::export::jsonl::JsonLines;
use inspector::export::{Export, parts};
use inspector::ports::log::ResultLog;
use inspector::results::reader::Filter;
use inspector::results::writer::Writer;
use inspector::station::lane::{LaneBy, LaneNo};
use inspector::station::part::{PartId, Style};
use inspector::station::result::{Confirm, Identity, Measured, Record, ViewResult};
use inspector::station::time::WallTime;
use inspector::station::truth::SimulatedTruth;
use inspector::station::verdict::Score;
use std::path::Path;
use std::process::Command;

/// What spreadsheets take for numbers, dates, truth values and formulas, and what a CSV must quote.
const IDS: [&str; 22] = [
    "00012345",
    "1E5",
    "3-4",
    "3/4",
    "12345678901234567890",
    "MAR1",
    "1.10",
    "TRUE",
    "12:30",
    "50%",
    "10,5",
    "=1+1",
    "+49",
    "-5",
    "@SUM(A1)",
    "'5",
    "''",
    "a,b",
    "\"quoted\"",
    "工件-007",
    "=\"7\"",
    "é",
];

fn with(part_no: u64, part_id: &str, style: &str) -> Record {
    let Record::Result(mut result) = record(part_no) else {
        unreachable!("it is a result");
    };
    result.part_id = PartId::new(part_id).unwrap();
    result.style = Style::new(style).ok();
    Record::Result(result)
}

pub fn exported(data: &Path, is_for_excel: bool) -> Vec<u8> {
    let mut file = Vec::new();
    let export = Export::begin(data, &Filter::default()).unwrap();
    let mut csv = Csv::begin(&mut file, is_for_excel).unwrap();
    export.write(&mut csv).unwrap();
    drop(csv);
    file
}

/// Cells by the names of their columns, as they stand there.
pub fn column(file: &[u8], name: &str) -> Vec<String> {
    let names = parts::names();
    let at = names.iter().position(|column| *column == name).unwrap();
    let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    let mut rows = csv::Reader::from_reader(file);
    assert_eq!(rows.headers().unwrap(), names);
    rows.records()
        .map(|row| row.unwrap()[at].to_owned())
        .collect()
}

pub fn with_ids() -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    let records = IDS
        .iter()
        .zip(1..)
        .map(|(id, part_no)| with(part_no, id, if part_no == 1 { "gear" } else { "3-4" }));
    log.append(&records.collect::<Vec<_>>()).unwrap();
    data
}

#[test]
fn as_evidence_every_text_is_what_was_recorded() {
    let data = with_ids();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.csv");
    assert!(export_to(data.path(), &["--out", out.to_str().unwrap()]).0);
    let file = std::fs::read(&out).unwrap();
    assert_eq!(file, exported(data.path(), false));
    let text = String::from_utf8(file.clone()).unwrap();
    assert!(text.starts_with("id,job,part_no,part_id,"), "{text}");
    assert_eq!(text.matches('\n').count(), IDS.len() + 1);
    assert_eq!(text.matches("\r\n").count(), IDS.len() + 1);
    assert_eq!(column(&file, "part_id"), IDS);
    assert!(column(&file, "style")[1..].iter().all(|cell| cell == "3-4"));
}

#[test]
fn for_excel_a_text_is_text_and_comes_back_as_it_was() {
    let data = with_ids();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.csv");
    let (is_well, said) = export_to(data.path(), &["--excel", "--out", out.to_str().unwrap()]);
    assert!(is_well && said.contains("apostrophe"), "{said}");
    let file = std::fs::read(&out).unwrap();
    assert_eq!(file, exported(data.path(), true));
    assert!(file.starts_with(b"\xEF\xBB\xBFid,job,"));
    let read: Vec<String> = column(&file, "part_id")
        .iter()
        .map(|cell| cell.strip_prefix('\'').unwrap_or(cell).to_owned())
        .collect();
    assert_eq!(read, IDS);
    assert!(
        column(&file, "style")[1..]
            .iter()
            .all(|cell| cell == "'3-4")
    );
    let mut rows = csv::Reader::from_reader(file.as_slice());
    for row in rows.records() {
        for cell in row.unwrap().iter() {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell:?}"
            );
        }
    }
    // What a spreadsheet leaves alone stands as it is: all others it would change or run.
    let plain = column(&file, "part_id");
    let plain = plain.iter().filter(|cell| !cell.starts_with('\''));
    assert_eq!(
        plain.collect::<Vec<_>>(),
        ["a,b", "\"quoted\"", "工件-007", "é"]
    );
    for name in ["defect", "verdict", "cause", "score", "triggered_at"] {
        let mut cells = column(&file, name);
        cells.retain(|cell| !cell.is_empty());
        assert!(!cells.is_empty(), "{name}");
        assert!(cells.iter().all(|cell| !cell.starts_with('\'')), "{name}");
    }
}

/// A part of two views with three findings, one of them measured.
fn with_findings(part_no: u64) -> Record {
    let Record::Result(mut result) = record(part_no) else {
        unreachable!("it is a result");
    };
    let mut small = result.views[0].findings[0];
    small.score = Score::new(0.6).unwrap();
    small.region = [3, 20, 30, 40];
    let mut measured = small;
    measured.measured = Some(Measured {
        area_mm2: 1.25,
        x_mm: 10.0,
        y_mm: 20.5,
        width_mm: 2.0,
        height_mm: 0.5,
    });
    result.views[0].findings.push(small);
    result.views[0].findings_total = 11;
    let mut side = ViewResult {
        view: 1,
        ..result.views[0].clone()
    };
    (side.findings, side.findings_total) = ([measured].into_iter().collect(), 1);
    result.views.push(side);
    Record::Result(result)
}

#[test]
fn an_export_has_all_findings_with_their_places_and_millimetres() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    log.append(&[with_findings(1), record(2)]).unwrap();
    let file = exported(data.path(), false);
    assert_eq!(column(&file, "findings_total"), ["12", "1"]);
    assert_eq!(column(&file, "recipe_author"), ["a", "a"]);
    let findings = column(&file, "findings");
    let findings: serde_json::Value = serde_json::from_str(&findings[0]).unwrap();
    let view = |n: usize, name: &str| findings[n][name].clone();
    assert_eq!(findings.as_array().unwrap().len(), 3);
    assert_eq!((view(0, "view"), view(0, "rank")), ("top".into(), 1.into()));
    assert_eq!((view(1, "rank"), view(1, "left_px")), (2.into(), 3.into()));
    assert!(view(1, "area_mm2").is_null());
    assert_eq!(view(2, "area_mm2"), 1.25);
    assert_eq!(
        (view(2, "y_mm"), view(2, "height_mm")),
        (20.5.into(), 0.5.into())
    );
}

#[test]
fn json_lines_have_every_column_with_its_type_and_texts_as_they_are() {
    let data = with_ids();
    let mut file = Vec::new();
    let export = Export::begin(data.path(), &Filter::default()).unwrap();
    let berlin = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let written = export
        .in_zone(berlin)
        .write(&mut JsonLines::begin(&mut file));
    assert_eq!(written.unwrap(), IDS.len() as u64);
    let text = String::from_utf8(file).unwrap();
    assert_eq!(text.lines().count(), IDS.len());
    for (line, id) in text.lines().zip(IDS) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["part_id"], *id);
        let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
        assert_eq!(keys.len(), parts::COLUMNS.len());
        assert!(line["id"].is_i64() && line["score"].is_f64() && line["gap"].is_null());
        assert_eq!(line["findings"][0]["class"], "scratch");
        let local = line["triggered_at_local"].as_str().unwrap();
        assert!(
            local.starts_with("1970-01-01T01:00:") && local.ends_with("+01:00"),
            "{local}"
        );
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let data = with_ids();
    for (args, why) in [
        (vec!["--excel", "--format", "jsonl"], "--excel"),
        (vec!["--zone", "Mars/Olympus"], "Asia/Shanghai"),
        (
            vec![
                "--from",
                "2026-11-25T00:00:00Z",
                "--to",
                "2026-11-24T00:00:00Z",
            ],
            "--from",
        ),
    ] {
        let (is_well, said) = export_to(data.path(), &args);
        assert!(!is_well && said.contains(why), "{said}");
    }
}

#[test]
fn an_export_says_to_which_lane_a_part_went_and_whether_it_came_there() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    let part = |part_no, confirm| {
        let Record::Result(mut result) = record(part_no) else {
            unreachable!("it is a result");
        };
        (result.confirm, result.lane_by) = (confirm, LaneBy::Rule(2));
        result.acknowledged_after_us = Some(1_250);
        result.confirmed_after_us = confirm.map(|_| 310_007);
        (result.identity, result.lane) = (Identity::Reader, LaneNo(1));
        result.part_id = PartId::new(&"件".repeat(40)).unwrap();
        Record::Result(result)
    };
    log.append(&[part(1, Some(Confirm::Elsewhere)), part(2, None)])
        .unwrap();
    let file = exported(data.path(), false);
    for (name, cells) in [
        ("part_id", ["件".repeat(40), "件".repeat(40)]),
        ("identity", ["reader", "reader"].map(str::to_owned)),
        ("lane", ["reject", "reject"].map(str::to_owned)),
        ("lane_by", ["rule", "rule"].map(str::to_owned)),
        ("lane_rule", ["2", "2"].map(str::to_owned)),
        (
            "acknowledged_after_ms",
            ["1.250", "1.250"].map(str::to_owned),
        ),
        ("confirm", ["elsewhere", ""].map(str::to_owned)),
        ("confirmed_after_ms", ["310.007", ""].map(str::to_owned)),
    ] {
        assert_eq!(column(&file, name), cells, "{name}");
    }
}

/// What `inspector export` said, and whether it went well.
pub fn export_to(data: &Path, args: &[&str]) -> (bool, String) {
    let mut export = Command::new(env!("CARGO_BIN_EXE_inspector"));
    export.args(["export", "--data"]).arg(data);
    let ran = export.args(args).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    (ran.status.success(), said)
}

#[test]
fn a_defect_without_a_name_is_no_good_part() {
    let data = tempfile::tempdir().unwrap();
    let truth = |id: &PartId| {
        let (is_defective, defect) = match id.as_str() {
            "unnamed" => (true, None),
            "named" => (true, Some("scratch".to_owned())),
            // A class may be called so.
            "odd" => (true, Some("good".to_owned())),
            _ => (false, None),
        };
        Some(SimulatedTruth {
            is_defective,
            defect,
        })
    };
    let (mut log, _) =
        Writer::start(data.path(), &context(), Some(Box::new(truth)), WallTime(5)).unwrap();
    let ids = ["unnamed", "named", "odd", "fine"];
    let records = ids
        .iter()
        .zip(1..)
        .map(|(id, part_no)| with(part_no, id, "gear"));
    log.append(&records.collect::<Vec<_>>()).unwrap();
    let told = column(&exported(data.path(), false), "simulated_truth");
    assert_eq!(told, ["defective", "scratch", "'good", "good"]);
}

pub fn append(log: &mut Writer, parts: std::ops::RangeInclusive<u64>) {
    let records: Vec<Record> = parts.map(record).collect();
    for batch in records.chunks(500) {
        log.append(batch).unwrap();
    }
}
