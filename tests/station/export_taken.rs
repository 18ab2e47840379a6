//! However slowly an export is taken, it is of the log as it was, and holds nothing up.

use super::export::{append, column};
use super::log::start;
use inspector::export::csv::Csv;
use inspector::export::{Chunks, Export, ExportError};
use inspector::results::open;
use inspector::results::reader::Filter;
use std::path::Path;
use std::sync::mpsc::sync_channel;

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
        let mut csv = Csv::begin(&mut sink, false).unwrap();
        export.write(&mut csv).unwrap()
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

#[test]
fn an_export_that_nobody_wants_any_more_says_that_it_is_not_whole() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    append(&mut log, 1..=5_000);
    let mut file = Vec::new();
    let mut csv = Csv::begin(&mut file, false).unwrap();
    let mut told = Vec::new();
    let export = Export::begin(data.path(), &Filter::default()).unwrap();
    let ended = export.write_told(&mut csv, &mut |count, share| {
        told.push((count, share));
        count < 4_000
    });
    assert!(matches!(ended, Err(ExportError::Cancelled)), "{ended:?}");
    assert_eq!(
        told.iter().map(|(count, _)| *count).collect::<Vec<_>>(),
        [0, 2_000, 4_000]
    );
    assert!(
        told.iter().all(|(_, share)| (0.0..1.0).contains(share)),
        "{told:?}"
    );
}
