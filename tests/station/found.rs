//! Parts are found by any piece of their ID, with the index and where it has not come to.

use super::log::{record, start};
use inspector::ports::log::ResultLog;
use inspector::results::reader::{Filter, Reader};
use inspector::results::search::{self, catch_up};
use inspector::station::part::PartId;
use inspector::station::result::Record;
use std::path::Path;

fn called(part_no: u64, id: &str) -> Record {
    let Record::Result(mut result) = record(part_no) else {
        unreachable!("it is a result");
    };
    result.part_id = PartId::new(id).unwrap();
    Record::Result(result)
}

fn found(data: &Path, piece: &str) -> Vec<i64> {
    let filter = Filter {
        piece: Some(piece.to_owned()),
        ..Filter::default()
    };
    let page = Reader::open(data).unwrap().list(&filter).unwrap();
    assert_eq!(page.matched.count, page.items.len() as i64);
    page.items.iter().map(|part| part.part_no).collect()
}

const IDS: [&str; 7] = [
    "SN-A7-0012345",
    "sn-b8-0012399",
    "法兰盘-壹-0077",
    "50%_off",
    "say \"hi\" it's",
    "ÄRMEL-9",
    "back\\slash*",
];

fn all_are_found(data: &Path) {
    for (piece, parts) in [
        ("012345", &[1][..]),
        ("00123", &[2, 1]),
        ("SN-B8", &[2]),
        ("sn-", &[2, 1]),
        ("法兰盘", &[3]),
        ("兰盘", &[3]),
        ("壹", &[3]),
        ("50%", &[4]),
        ("0%_o", &[4]),
        ("%", &[4]),
        ("_", &[4]),
        ("\"hi\"", &[5]),
        ("it's", &[5]),
        ("ärmel", &[6]),
        ("\\slash*", &[7]),
        ("*", &[7]),
        ("nothing like it", &[]),
        ("0012345 OR 0012399", &[]),
    ] {
        assert_eq!(found(data, piece), parts, "{piece}");
    }
}

#[test]
fn parts_are_found_with_the_index_without_it_and_behind_it() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let (mut log, _) = start(data);
    let rows: Vec<Record> = (1..).zip(IDS).map(|(no, id)| called(no, id)).collect();
    log.append(&rows[..3]).unwrap();
    catch_up(data).unwrap();
    assert!(search::database(data).is_file());
    // The rest is not in the index.
    log.append(&rows[3..]).unwrap();
    all_are_found(data);
    catch_up(data).unwrap();
    all_are_found(data);
    std::fs::remove_file(search::database(data)).unwrap();
    all_are_found(data);
}

#[test]
fn an_index_that_is_damaged_or_of_another_log_is_made_anew() {
    let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let rows: Vec<Record> = (1..).zip(IDS).map(|(no, id)| called(no, id)).collect();
    let (mut log, _) = start(data.path());
    log.append(&rows).unwrap();
    let (mut stranger, _) = start(other.path());
    stranger.append(&[called(1, "0012345-stranger")]).unwrap();
    catch_up(other.path()).unwrap();
    let (of_other, index) = (
        search::database(other.path()),
        search::database(data.path()),
    );
    std::fs::copy(&of_other, &index).unwrap();
    all_are_found(data.path());
    catch_up(data.path()).unwrap();
    all_are_found(data.path());
    std::fs::write(&index, b"no database at all, whatever its name says").unwrap();
    all_are_found(data.path());
    catch_up(data.path()).unwrap();
    all_are_found(data.path());
}
