//! The log as CSV: what stands in its cells is what was recorded, in a spreadsheet and in a program, and however slowly
//! it is taken, the station's own files do not grow by it.

use super::log::{context, record, start};
use inspector::export::csv::{COLUMNS, Chunks, Export};
use inspector::ports::log::ResultLog;
use inspector::results::open;
use inspector::results::reader::Filter;
use inspector::results::writer::Writer;
use inspector::station::lane::{LaneBy, LaneNo};
use inspector::station::part::{PartId, Style};
use inspector::station::result::{Confirm, Identity, Record};
use inspector::station::time::WallTime;
use inspector::station::truth::SimulatedTruth;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::sync_channel;

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

fn exported(data: &Path) -> Vec<u8> {
    let mut file = Vec::new();
    let export = Export::begin(data, &Filter::default()).unwrap();
    export.write(&mut file).unwrap();
    file
}

/// Cells by the names of their columns, as they stand there.
fn column(file: &[u8], name: &str) -> Vec<String> {
    let at = COLUMNS.iter().position(|column| *column == name).unwrap();
    let mut rows = csv::Reader::from_reader(file.strip_prefix(b"\xEF\xBB\xBF").unwrap());
    assert_eq!(rows.headers().unwrap(), COLUMNS.as_slice());
    rows.records()
        .map(|row| row.unwrap()[at].to_owned())
        .collect()
}

#[test]
fn a_text_is_text_to_a_spreadsheet_and_comes_back_as_it_was() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    let records = IDS
        .iter()
        .zip(1..)
        .map(|(id, part_no)| with(part_no, id, if part_no == 1 { "gear" } else { "3-4" }));
    log.append(&records.collect::<Vec<_>>()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.csv");
    assert!(export_to(data.path(), &out).0);
    let file = std::fs::read(&out).unwrap();
    assert_eq!(file, exported(data.path()));
    let text = String::from_utf8(file.clone()).unwrap();
    assert!(
        text.starts_with("\u{FEFF}id,job,part_no,part_id,"),
        "{text}"
    );
    assert_eq!(text.matches('\n').count(), IDS.len() + 1);
    assert_eq!(text.matches("\r\n").count(), IDS.len() + 1);
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
    let file = exported(data.path());
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
fn export_to(data: &Path, out: &Path) -> (bool, String) {
    let mut export = Command::new(env!("CARGO_BIN_EXE_inspector"));
    export.args(["export", "--data"]).arg(data);
    let ran = export.arg("--out").arg(out).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    (ran.status.success(), said)
}

#[test]
fn an_export_stands_under_its_name_whole_or_not_at_all() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    append(&mut log, 1..=2_000);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("day.csv");
    std::fs::write(&out, "of yesterday").unwrap();
    // Files cannot grow beyond 4 KiB, as on a disk that is full.
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\"";
    let mut limited = Command::new("bash");
    limited.args([
        "-c",
        script,
        env!("CARGO_BIN_EXE_inspector"),
        "export",
        "--data",
    ]);
    let ran = limited
        .arg(data.path())
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(6), "{said}");
    assert!(said.contains("day.csv"), "{said}");
    assert_eq!(std::fs::read(&out).unwrap(), b"of yesterday");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let (is_well, said) = export_to(data.path(), &out);
    assert!(is_well && said.contains("exported 2000 results"), "{said}");
    assert_eq!(std::fs::read(&out).unwrap(), exported(data.path()));
    assert!(export_to(data.path(), Path::new("/dev/null")).0);
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    for name in ["results.sqlite", "results.sqlite-wal"] {
        let (is_well, said) = export_to(data.path(), &data.path().join(name));
        assert!(!is_well && said.contains(name), "{said}");
    }
    assert_eq!(column(&exported(data.path()), "id").len(), 2_000);
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
    let told = column(&exported(data.path()), "simulated_truth");
    assert_eq!(told, ["defective", "scratch", "'good", "good"]);
}

fn append(log: &mut Writer, parts: std::ops::RangeInclusive<u64>) {
    let records: Vec<Record> = parts.map(record).collect();
    for batch in records.chunks(500) {
        log.append(batch).unwrap();
    }
}

fn wal_bytes(data: &Path) -> u64 {
    std::fs::metadata(data.join("results.sqlite-wal"))
        .unwrap()
        .len()
}

#[test]
fn an_export_that_nobody_takes_holds_the_log_as_it_was_and_lets_its_files_be() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    append(&mut log, 1..=6_000);
    let usual = wal_bytes(data.path());
    let (taken, take) = sync_channel::<Vec<u8>>(0);
    let (begun, has_begun) = sync_channel(1);
    let folder = data.path().to_owned();
    let exporting = std::thread::spawn(move || {
        let export = Export::begin(&folder, &Filter::default()).unwrap();
        begun.send(export.until_seq()).unwrap();
        let mut sink = Chunks::new(|chunk| taken.send(chunk).is_ok());
        export.write(&mut sink).unwrap()
    });
    let until_seq = has_begun.recv().unwrap();
    let mut file = take.recv().unwrap();
    // Nobody takes the next piece, while the station writes three times as much.
    append(&mut log, 6_001..=24_000);
    let stalled = wal_bytes(data.path());
    assert!(
        stalled <= usual + 1_000_000,
        "{stalled} bytes, {usual} without an export"
    );
    while let Ok(chunk) = take.recv() {
        file.extend(chunk);
    }
    assert_eq!(exporting.join().unwrap(), 6_000);
    let numbers = column(&file, "part_no");
    let wanted: Vec<String> = (1..=6_000).map(|part_no| part_no.to_string()).collect();
    assert!(
        numbers == wanted,
        "{} rows, not those at its beginning",
        numbers.len()
    );
    let connection = open::readable(data.path()).unwrap();
    let count = "select count(*) from feed where kind = 1 and seq <= ?1";
    let recorded: i64 = connection
        .query_row(count, [until_seq], |row| row.get(0))
        .unwrap();
    assert_eq!(recorded, 6_000);
    // What an export that looks at an older state would have done: the test can tell.
    let older = connection.unchecked_transaction().unwrap();
    let _: i64 = older
        .query_row("select max(id) from result", [], |row| row.get(0))
        .unwrap();
    append(&mut log, 24_001..=30_000);
    assert!(
        wal_bytes(data.path()) > usual + 1_000_000,
        "{} bytes",
        wal_bytes(data.path())
    );
}
