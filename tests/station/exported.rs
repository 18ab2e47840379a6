//! Workbooks, Parquet and Q-DAS, read back by programs that did not write them.

use super::log::{record, record_at, start};
use calamine::{Data, Reader as _, Xlsx as Workbook, open_workbook_from_rs};
use inspector::export::parquet::Parquet;
use inspector::export::qdas::Qdas;
use inspector::export::xlsx::Xlsx;
use inspector::export::{Export, ExportError, Format, parts};
use inspector::ports::log::ResultLog;
use inspector::results::reader::Filter;
use inspector::station::part::{PartId, PartNo, Style};
use inspector::station::result::{Gap, GapCause, Record};
use inspector::station::time::WallTime;
use inspector::station::verdict::{Cause, Disposition, Score, Verdict};
use jiff::tz::TimeZone;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// 2026-10-24T22:00:00Z: midnight before the night in which clocks in Berlin are set back.
const NIGHT: i64 = 1_792_879_200_000_000;
const HOUR: i64 = 3_600_000_000;
const IDS: [&str; 5] = ["00012345", "=1+1", "工件-007", "1E5", "a;\"b\""];

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
fn night() -> TempDir {
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
        cause: GapCause::Overrun,
    }));
    log.append(&records).unwrap();
    data
}

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn write(data: &Path, format: &mut dyn Format) -> Result<u64, ExportError> {
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

fn texts(book: &mut Workbook<Cursor<Vec<u8>>>, sheet: &str, name: &str) -> Vec<String> {
    let range = book.worksheet_range(sheet).unwrap();
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
    let mut book = workbook(data.path(), 1_048_576);
    assert_eq!(book.sheet_names(), ["Summary", "Parts", "Findings"]);
    let ids = texts(&mut book, "Parts", "part_id");
    assert_eq!(ids[..5], IDS);
    assert!(ids[5].is_empty(), "a gap has none");
    assert_eq!(texts(&mut book, "Parts", "gap")[5], "overrun");
    assert_eq!(
        texts(&mut book, "Findings", "part_id"),
        [IDS[1], IDS[2], IDS[4]]
    );
    let range = book.worksheet_range("Parts").unwrap();
    let kinds = range.rows().nth(2).unwrap();
    assert!(
        matches!(kinds[0], Data::Float(id) if id == 4_294_967_298.0),
        "{kinds:?}"
    );
    let formulas = book.worksheet_formula("Parts").unwrap();
    assert_eq!(
        formulas
            .cells()
            .filter(|(_, _, formula)| !formula.is_empty())
            .count(),
        0
    );
    let summary = book.worksheet_range("Summary").unwrap();
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
    let mut book = workbook(data.path(), 11);
    let names = [
        "Summary",
        "Parts",
        "Findings",
        "Parts 2",
        "Findings 2",
        "Parts 3",
        "Findings 3",
    ];
    assert_eq!(book.sheet_names(), names);
    let mut numbers = Vec::new();
    for sheet in ["Parts", "Parts 2", "Parts 3"] {
        numbers.extend(texts(&mut book, sheet, "part_no"));
    }
    let wanted: Vec<String> = (1..=25).map(|n: u32| n.to_string()).collect();
    assert_eq!(numbers, wanted);
    let mut file = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    let mut xlsx = Xlsx::begin(&mut file, folder.path(), 24).unwrap();
    let refused = write(data.path(), &mut xlsx);
    assert!(matches!(refused, Err(ExportError::Unfit(_))), "{refused:?}");
}

/// Files of Parquet by their names.
fn parquet_of(data: &Path, folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut parquet = Parquet::begin(Box::new(|day, kind, n| {
        let name = format!("{day}_{kind}_{n}.parquet");
        names.push(name.clone());
        Ok(std::fs::File::create(folder.join(name))?)
    }));
    write(data, &mut parquet).unwrap();
    drop(parquet);
    names
}

fn fields(path: &Path, name: &str) -> Vec<Field> {
    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| {
        let row = row.unwrap();
        let found = row.get_column_iter().find(|(column, _)| *column == name);
        found.unwrap().1.clone()
    })
    .collect()
}

#[test]
fn parquet_is_typed_and_cut_by_the_days_of_the_stations_clocks() {
    let data = night();
    let folder = tempfile::tempdir().unwrap();
    let names = parquet_of(data.path(), folder.path());
    let days = ["2026-10-24", "2026-10-25"];
    let wanted: Vec<String> = days
        .iter()
        .flat_map(|day| {
            [
                format!("{day}_results_1.parquet"),
                format!("{day}_findings_1.parquet"),
            ]
        })
        .collect();
    assert_eq!(names, wanted);
    let first = folder.path().join(&names[0]);
    let second = folder.path().join(&names[2]);
    let text = |text: &str| Field::Str(text.to_owned());
    assert_eq!(fields(&first, "part_id"), [text(IDS[0]), text(IDS[1])]);
    let ids = fields(&second, "part_id");
    assert_eq!(ids, [text(IDS[2]), text(IDS[3]), text(IDS[4]), Field::Null]);
    let at = fields(&second, "triggered_at");
    assert_eq!(at[0], Field::TimestampMicros(NIGHT));
    assert_eq!(fields(&second, "id")[0], Field::Long(4_294_967_299));
    assert!(matches!(fields(&second, "score")[0], Field::Double(score) if score > 0.89));
    let local = fields(&second, "triggered_at_local");
    assert_eq!(local[0], text("2026-10-25T00:00:00.000000+02:00"));
    assert_eq!(fields(&second, "gap")[3], text("overrun"));
    let found = folder.path().join(&names[3]);
    assert_eq!(fields(&found, "class"), [text("scratch"), text("scratch")]);
    assert_eq!(fields(&found, "left_px"), [Field::Long(1), Field::Long(1)]);
}

#[test]
fn parquet_takes_groups_of_rows_and_days_that_come_again() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    for first in (1..=40_000).step_by(2_000) {
        let batch: Vec<Record> = (first..first + 2_000)
            .map(|n| record_at(n, WallTime(NIGHT + n as i64)))
            .collect();
        log.append(&batch).unwrap();
    }
    // The clock is set back by a day, and comes to the same day once more.
    log.append(&[
        record_at(40_001, WallTime(NIGHT - 10 * HOUR)),
        record_at(40_002, WallTime(NIGHT + HOUR)),
    ])
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let names = parquet_of(data.path(), folder.path());
    let results: Vec<&String> = names
        .iter()
        .filter(|name| name.contains("results"))
        .collect();
    let wanted = [
        "2026-10-25_results_1.parquet",
        "2026-10-24_results_1.parquet",
        "2026-10-25_results_2.parquet",
    ];
    assert_eq!(results, wanted.each_ref());
    let counts = results.iter().map(|name| {
        let file = std::fs::File::open(folder.path().join(name)).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        reader.metadata().file_metadata().num_rows()
    });
    assert_eq!(counts.collect::<Vec<_>>(), [40_000, 1, 1]);
    let numbers = fields(&folder.path().join(wanted[0]), "part_no");
    assert!(
        numbers
            .iter()
            .zip(1..)
            .all(|(found, n)| *found == Field::Long(n))
    );
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

fn inspector(data: &Path, out: &Path, format: &str) -> std::process::Output {
    let mut export = Command::new(env!("CARGO_BIN_EXE_inspector"));
    export.args(["export", "--zone", "Europe/Berlin", "--format", format]);
    export.arg("--data").arg(data).arg("--out").arg(out);
    export.output().unwrap()
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn files_of_many_days_get_their_names_together_or_not_at_all() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    for day in 0..3 {
        let batch: Vec<Record> = (1..=1_000)
            .map(|n| {
                record_at(
                    day * 1_000 + n,
                    WallTime(NIGHT + day as i64 * 24 * HOUR + n as i64),
                )
            })
            .collect();
        log.append(&batch).unwrap();
    }
    let out = tempfile::tempdir().unwrap();
    // Files cannot grow beyond 8 KiB, as on a disk that is full.
    let script =
        "trap '' XFSZ; ulimit -f 8; exec \"$0\" export --format parquet --data \"$1\" --out \"$2\"";
    let mut limited = Command::new("bash");
    limited.args(["-c", script, env!("CARGO_BIN_EXE_inspector")]);
    let ran = limited.arg(data.path()).arg(out.path()).output().unwrap();
    assert_eq!(ran.status.code(), Some(6), "{ran:?}");
    assert!(
        names_in(out.path()).is_empty(),
        "{:?}",
        names_in(out.path())
    );
    let done = inspector(data.path(), out.path(), "parquet");
    assert!(done.status.success(), "{done:?}");
    assert_eq!(names_in(out.path()).len(), 6);
    assert!(
        names_in(out.path())
            .iter()
            .all(|name| name.ends_with(".parquet"))
    );
    let file = out.path().join("no-folder.parquet");
    assert_eq!(
        inspector(data.path(), &file, "parquet").status.code(),
        Some(3)
    );
}

#[test]
fn programs_that_are_not_ours_read_what_was_recorded() {
    let python = std::env::var_os("INSPECTOR_READERS").filter(|path| !path.is_empty());
    let Some(python) = python else {
        eprintln!("SKIPPED: needs INSPECTOR_READERS=$(tests/export/readers.sh), as in `make test`");
        return;
    };
    let data = night();
    let out = tempfile::tempdir().unwrap();
    for (format, name) in [
        ("csv", "results.csv"),
        ("jsonl", "results.jsonl"),
        ("xlsx", "results.xlsx"),
        ("qdas", "results.dfq"),
    ] {
        let done = inspector(data.path(), &out.path().join(name), format);
        assert!(done.status.success(), "{done:?}");
    }
    // One file of all days, as DuckDB would read them together.
    let path = out.path().join("results.parquet");
    let one = std::fs::File::create(path).unwrap();
    let export = Export::begin(data.path(), &Filter::default()).unwrap();
    let mut parquet = Parquet::begin(Box::new(|_, kind, _| {
        Ok(match kind {
            "results" => one.try_clone()?,
            _ => tempfile::tempfile()?,
        })
    }));
    export
        .in_zone(TimeZone::get("Asia/Shanghai").unwrap())
        .write(&mut parquet)
        .unwrap();
    let read = Command::new(python)
        .arg("tests/export/read.py")
        .arg(out.path())
        .output()
        .unwrap();
    assert!(
        read.status.success(),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
    let found: serde_json::Value = serde_json::from_slice(&read.stdout).unwrap();
    let ids = |found: &serde_json::Value| -> Vec<String> {
        let rows = found.as_array().unwrap().iter();
        rows.map(|row| {
            row.get(0)
                .unwrap_or(row)
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
    };
    let (arrow, duck) = (&found["pyarrow"], &found["duckdb"]);
    assert_eq!(arrow["types"]["triggered_at"], "timestamp[us, tz=UTC]");
    assert_eq!(arrow["types"]["score"], "double");
    assert_eq!(
        arrow["types"].as_object().unwrap().len(),
        parts::COLUMNS.len()
    );
    assert_eq!(ids(&arrow["part_id"])[..5], IDS);
    assert_eq!(arrow["triggered_at"][2], "2026-10-24T22:00:00+00:00");
    assert_eq!(arrow["local"][2], "2026-10-25T06:00:00.000000+08:00");
    for of in ["parquet", "jsonl", "csv"] {
        assert_eq!(ids(&duck[of]), IDS, "{of}");
        assert_eq!(duck[of][2][1], "not_decided");
    }
    assert_eq!(duck["parquet"][2][2], NIGHT);
    assert_eq!(duck["jsonl"][1][2], 1);
    let book = &found["openpyxl"];
    assert_eq!(ids(&book["part_id"])[..5], IDS);
    assert!(
        !book["kinds"].as_array().unwrap().contains(&"f".into()),
        "a formula: {book}"
    );
    assert_eq!(book["triggered_at"][2], "2026-10-24T22:00:00");
    assert_eq!((&book["charts"], &book["images"]), (&1.into(), &0.into()));
    let dfq = &found["aqdefreader"];
    assert_eq!((&dfq["parts"], &dfq["style"]), (&1.into(), &"gear".into()));
    let wanted = serde_json::json!([
        [IDS[0], 1, 0, "2026-10-24T22:00:00"],
        [IDS[1], 1, 1, "2026-10-24T23:00:00"],
        [IDS[3], 1, 0, "2026-10-25T01:00:00"],
        [IDS[4], 1, 1, "2026-10-25T02:00:00"],
    ]);
    assert_eq!(dfq["verdicts"], wanted);
    assert_eq!(ids(&dfq["scores"]), IDS);
    assert_eq!(dfq["scores"][0][1], 0.125);
}
