//! Programs that are not ours read what was exported: pyarrow, DuckDB, openpyxl, aqdefreader.

use super::exported::{IDS, NIGHT, inspector, night};
use inspector::export::parquet::Parquet;
use inspector::export::{Export, parts};
use inspector::results::reader::Filter;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

/// The Python that has the programs; `None`, loudly, where they were not installed.
pub fn readers() -> Option<OsString> {
    let python = std::env::var_os("INSPECTOR_READERS").filter(|path| !path.is_empty());
    if python.is_none() {
        eprintln!("SKIPPED: needs INSPECTOR_READERS=$(tests/export/readers.sh), as in `make test`");
    }
    python
}

/// What a script of `tests/export` finds in a folder.
pub fn read_by(python: &OsString, script: &str, folder: &Path) -> Value {
    let read = Command::new(python)
        .arg(Path::new("tests/export").join(script))
        .arg(folder)
        .output()
        .unwrap();
    assert!(
        read.status.success(),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
    serde_json::from_slice(&read.stdout).unwrap()
}

#[test]
fn programs_that_are_not_ours_read_what_was_recorded() {
    let Some(python) = readers() else { return };
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
    let found = read_by(&python, "read.py", out.path());
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
    let sheets = &found["openpyxl"];
    assert_eq!(ids(&sheets["part_id"])[..5], IDS);
    assert!(
        !sheets["kinds"].as_array().unwrap().contains(&"f".into()),
        "a formula: {sheets}"
    );
    assert_eq!(sheets["triggered_at"][2], "2026-10-24T22:00:00");
    assert_eq!(
        (&sheets["charts"], &sheets["images"]),
        (&1.into(), &0.into())
    );
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
