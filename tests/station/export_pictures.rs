//! Pictures of rejects in a workbook, and exports of logs and periods that hold nothing.

use super::exported::{HOUR, inspector as run, names_in};
use super::{log, tampered};
use calamine::{Reader as _, Xlsx as Workbook, open_workbook_from_rs};
use inspector::export::Export;
use inspector::export::xlsx::Xlsx;
use inspector::results::reader::Filter;
use inspector::station::time::WallTime;
use std::io::Cursor;
use std::path::Path;

fn workbook(data: &Path, filter: &Filter) -> Vec<u8> {
    let mut file = Vec::new();
    let waits = tempfile::tempdir().unwrap();
    let mut xlsx = Xlsx::begin(&mut file, waits.path(), u64::MAX).unwrap();
    let export = Export::begin(data, filter).unwrap();
    export.write(&mut xlsx).unwrap();
    drop(xlsx);
    file
}

fn media(file: &[u8]) -> usize {
    let archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    let names = archive.file_names();
    names
        .filter(|name| {
            name.as_ref()
                .is_ok_and(|name| name.starts_with("xl/media/"))
        })
        .count()
}

#[test]
fn rejects_have_their_pictures_in_a_workbook_and_damaged_ones_are_said() {
    let data = tampered::log();
    let file = workbook(data.path(), &Filter::default());
    assert_eq!(media(&file), 2);
    std::fs::write(data.path().join("images/2/1-0.png"), b"no picture").unwrap();
    let file = workbook(data.path(), &Filter::default());
    assert_eq!(media(&file), 1);
    let mut sheets: Workbook<_> = open_workbook_from_rs(Cursor::new(file)).unwrap();
    let parts = sheets.worksheet_range("Parts").unwrap();
    let cells = parts.used_cells().map(|(_, _, cell)| cell.to_string());
    let said = cells.filter(|cell| cell == "the picture cannot be read");
    assert_eq!(said.count(), 1);
    let summary = sheets.worksheet_range("Summary").unwrap();
    let mut cells = summary.used_cells().map(|(_, _, cell)| cell.to_string());
    assert!(cells.any(|cell| cell.starts_with("1 of 2 rejects with a picture")));
}

#[test]
fn a_period_without_parts_is_an_export_without_parts() {
    let data = tempfile::tempdir().unwrap();
    let (log, _) = log::start(data.path());
    let none = Filter {
        from_us: Some(1_000 * HOUR),
        ..Filter::default()
    };
    for filter in [Filter::default(), none] {
        let file = workbook(data.path(), &filter);
        let mut sheets: Workbook<_> = open_workbook_from_rs(Cursor::new(file)).unwrap();
        let parts = sheets.worksheet_range("Parts").unwrap();
        assert_eq!(parts.height(), 1, "only the header");
        assert_eq!(sheets.sheet_names(), ["Summary", "Parts", "Findings"]);
    }
    log.finish(WallTime(6), 0).unwrap();
    let out = tempfile::tempdir().unwrap();
    for format in ["csv", "jsonl", "xlsx", "qdas"] {
        let done = run(data.path(), out.path(), format);
        assert!(done.status.success(), "{done:?}");
    }
    let mut names = names_in(out.path());
    names.sort();
    let [csv, jsonl, xlsx] = names.try_into().unwrap();
    assert!(csv.ends_with("_no-parts_results.csv") && jsonl.ends_with(".jsonl"));
    assert!(xlsx.ends_with(".xlsx"), "{xlsx}");
    let pack = out.path().join("pack");
    let done = run(data.path(), &pack, "pack");
    assert!(done.status.success(), "{done:?}");
    assert!(
        names_in(&pack.join("proofs"))
            .iter()
            .any(|name| name.ends_with(".json"))
    );
}
