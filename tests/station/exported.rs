//! Workbooks, Parquet and Q-DAS, read back by programs that did not write them.

use super::log::{record, record_at, start};
use calamine::{Data, Reader as _, Xlsx as Workbook, open_workbook_from_rs};
use inspector::export::qdas::Qdas;
use inspector::export::xlsx::Xlsx;
use inspector::export::{Export, ExportError, Format};
use inspector::ports::log::ResultLog;
use inspector::results::reader::Filter;
use inspector::station::part::{PartId, PartNo, Style};
use inspector::station::result::{Gap, GapCause, Record};
use inspector::station::time::WallTime;
use inspector::station::verdict::{Cause, Disposition, Score, Verdict};
use jiff::tz::TimeZone;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// 2026-10-24T22:00:00Z: midnight before the night in which clocks in Berlin are set back.
pub const NIGHT: i64 = 1_792_879_200_000_000;
pub const HOUR: i64 = 3_600_000_000;
pub const IDS: [&str; 5] = ["00012345", "=1+1", "工件-007", "1E5", "a;\"b\""];

fn part(part_no: u64, id: &str, verdict: Verdict, at_us: i64) -> Record {
    let Record::Result(mut result) = record_at(part_no, WallTime(at_us)) else {
        unreachable!("it is a result");
    };
    result.part_id = PartId::new(id).unwrap();
    (result.verdict, result.cause) = match verdict {
        Verdict::Pass => (verdict, None),
        Verdict::Fail => (verdict, Some(Cause::Defect)),
        Verdict::NotDecided => (verdict, Some(Cause::Uncertain)),
    };
    result.disposition = verdict.disposition();
    if verdict == Verdict::Pass {
        result.score = Score::new(0.125);
        result.views.clear();
    }
    assert!(matches!(
        result.disposition,
        Disposition::Accept | Disposition::Reject
    ));
    Record::Result(result)
}

/// Parts around the hour that comes twice, each hour one, and a gap.
pub fn night() -> TempDir {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    let verdicts = [
        Verdict::Pass,
        Verdict::Fail,
        Verdict::NotDecided,
        Verdict::Pass,
        Verdict::Fail,
    ];
    let mut records: Vec<Record> = IDS
        .iter()
        .zip(verdicts)
        .zip(1..)
        .map(|((id, verdict), part_no)| {
            part(part_no, id, verdict, NIGHT + (part_no as i64 - 3) * HOUR)
        })
        .collect();
    records.push(Record::Gap(Gap {
        first: PartNo(6),
        last: PartNo(9),
        from: WallTime(NIGHT + 2 * HOUR),
        to: WallTime(NIGHT + 2 * HOUR + 1),
        accepted: 0,
        cause: GapCause::Overrun,
    }));
    log.append(&records).unwrap();
    data
}

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

pub fn write(data: &Path, format: &mut dyn Format) -> Result<u64, ExportError> {
    let export = Export::begin(data, &Filter::default()).unwrap();
    export.in_zone(berlin()).write(format)
}

fn workbook(data: &Path, sheet_rows: u32) -> Workbook<Cursor<Vec<u8>>> {
    let mut file = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    let mut xlsx = Xlsx::with_sheets_of(&mut file, folder.path(), u64::MAX, sheet_rows).unwrap();
    write(data, &mut xlsx).unwrap();
    drop(xlsx);
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 0, "files with rows are left behind");
    open_workbook_from_rs(Cursor::new(file)).unwrap()
}

fn texts(sheets: &mut Workbook<Cursor<Vec<u8>>>, sheet: &str, name: &str) -> Vec<String> {
    let range = sheets.worksheet_range(sheet).unwrap();
    let mut rows = range.rows();
    let head = rows.next().unwrap();
    let at = head
        .iter()
        .position(|cell| cell == &Data::String(name.to_owned()));
    let at = at.unwrap();
    rows.map(|row| row.get(at).map_or(String::new(), ToString::to_string))
        .collect()
}

#[test]
fn a_workbook_has_texts_as_they_were_recorded_and_counts_them() {
    let data = night();
    let mut sheets = workbook(data.path(), 1_048_576);
    assert_eq!(sheets.sheet_names(), ["Summary", "Parts", "Findings"]);
    let ids = texts(&mut sheets, "Parts", "part_id");
    assert_eq!(ids[..5], IDS);
    assert!(ids[5].is_empty(), "a gap has none");
    assert_eq!(texts(&mut sheets, "Parts", "gap")[5], "overrun");
    assert_eq!(
        texts(&mut sheets, "Findings", "part_id"),
        [IDS[1], IDS[2], IDS[4]]
    );
    let range = sheets.worksheet_range("Parts").unwrap();
    let kinds = range.rows().nth(2).unwrap();
    assert!(
        matches!(kinds[0], Data::Float(id) if id == 4_294_967_298.0),
        "{kinds:?}"
    );
    let formulas = sheets.worksheet_formula("Parts").unwrap();
    assert_eq!(
        formulas
            .cells()
            .filter(|(_, _, formula)| !formula.is_empty())
            .count(),
        0
    );
    let summary = sheets.worksheet_range("Summary").unwrap();
    let gear = summary
        .rows()
        .find(|row| row[0] == Data::String("gear".to_owned()));
    let counts: Vec<String> = gear.unwrap()[1..6]
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(counts, ["2", "2", "1", "3", "5"]);
}

#[test]
fn more_rows_than_a_sheet_holds_go_on_in_the_next() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    log.append(&(1..=25).map(record).collect::<Vec<_>>())
        .unwrap();
    let mut sheets = workbook(data.path(), 11);
    let names = [
        "Summary",
        "Parts",
        "Findings",
        "Parts 2",
        "Findings 2",
        "Parts 3",
        "Findings 3",
    ];
    assert_eq!(sheets.sheet_names(), names);
    let mut numbers = Vec::new();
    for sheet in ["Parts", "Parts 2", "Parts 3"] {
        numbers.extend(texts(&mut sheets, sheet, "part_no"));
    }
    let wanted: Vec<String> = (1..=25).map(|n: u32| n.to_string()).collect();
    assert_eq!(numbers, wanted);
    let mut file = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    let mut xlsx = Xlsx::begin(&mut file, folder.path(), 24).unwrap();
    let refused = write(data.path(), &mut xlsx);
    assert!(matches!(refused, Err(ExportError::Unfit(_))), "{refused:?}");
}

fn qdas_of(data: &Path) -> Result<String, ExportError> {
    let mut file = Vec::new();
    let mut qdas = Qdas::of_one_style(&mut file);
    write(data, &mut qdas)?;
    drop(qdas);
    Ok(String::from_utf8(file).unwrap())
}

#[test]
fn qdas_has_verdict_and_score_in_its_compact_form() {
    let data = night();
    let text = qdas_of(data.path()).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0], "\u{FEFF}K0100 2");
    assert!(lines.contains(&"K1001/1 gear") && lines.contains(&"K2004/1 1"));
    let values: Vec<&&str> = lines
        .iter()
        .filter(|line| line.contains('\u{0F}'))
        .collect();
    assert_eq!(values.len(), IDS.len(), "a gap has no line");
    assert_eq!(
        *values[1],
        "1\u{14}1\u{14}0\u{14}0\u{14}24.10.2026/23:00:00\u{14}\u{14}=1+1\u{14}0\u{14}0\u{0F}\
         0.900000\u{14}0\u{14}24.10.2026/23:00:00\u{14}\u{14}=1+1\u{14}0\u{14}0"
    );
    assert!(values[2].starts_with("1\u{14}0\u{14}0\u{14}256\u{14}25.10.2026/00:00:00"));
    assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']));
}

#[test]
fn a_second_style_has_no_place_in_one_file_of_qdas() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    let Record::Result(mut other) = record(2) else {
        unreachable!("it is a result");
    };
    other.style = Style::new("支架").ok();
    log.append(&[record(1), Record::Result(other)]).unwrap();
    let refused = qdas_of(data.path()).unwrap_err().to_string();
    assert!(
        refused.contains("支架") && refused.contains("folder"),
        "{refused}"
    );
    let out = tempfile::tempdir().unwrap();
    let done = inspector(data.path(), out.path(), "qdas");
    assert!(done.status.success(), "{done:?}");
    let mut names = names_in(out.path());
    names.sort();
    assert!(names[0].ends_with("_results_gear.dfq"), "{names:?}");
    assert!(names[1].ends_with("_results_支架.dfq"), "{names:?}");
}

pub fn inspector(data: &Path, out: &Path, format: &str) -> std::process::Output {
    let mut export = Command::new(env!("CARGO_BIN_EXE_inspector"));
    export.args(["export", "--zone", "Europe/Berlin", "--format", format]);
    export.arg("--data").arg(data).arg("--out").arg(out);
    export.output().unwrap()
}

pub fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}
