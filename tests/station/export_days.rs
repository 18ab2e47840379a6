//! Parquet, a file each day, read back by the crate and by programs that are not ours.

use super::exported::{HOUR, IDS, NIGHT, inspector, names_in, night, write};
use super::log::{record_at, start};
use inspector::export::parquet::Parquet;
use inspector::ports::log::ResultLog;
use inspector::station::result::Record;
use inspector::station::time::WallTime;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use std::path::Path;
use std::process::Command;

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

#[test]
fn files_of_many_days_get_their_names_together_or_not_at_all() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    for day in 0..3 {
        let batch: Vec<Record> = (1..=1_000)
            .map(|n| {
                record_at(
                    day * 1_000 + n,
                    WallTime(NIGHT + day as i64 * 30 * HOUR + n as i64),
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
fn days_are_as_many_as_there_are_whatever_files_may_be_open() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    let batch: Vec<Record> = (1..=60)
        .map(|n| record_at(n, WallTime(NIGHT + n as i64 * 24 * HOUR)))
        .collect();
    log.append(&batch).unwrap();
    let out = tempfile::tempdir().unwrap();
    let script = "ulimit -n 64; exec \"$0\" export --format parquet --data \"$1\" --out \"$2\"";
    let mut limited = Command::new("bash");
    limited.args(["-c", script, env!("CARGO_BIN_EXE_inspector")]);
    let ran = limited.arg(data.path()).arg(out.path()).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(names_in(out.path()).len(), 120);
}
