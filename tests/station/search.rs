//! Lists of parts find the same parts whichever way they are looked for.

use super::log::{record, start};
use inspector::ports::log::ResultLog;
use inspector::results::reader::{Filter, Reader};
use inspector::results::result_id;
use inspector::station::part::{JobId, PartNo};
use inspector::station::result::Record;
use inspector::station::verdict::{Cause, Disposition};

#[test]
fn filters_together_leave_the_parts_that_each_leaves() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    let batch: Vec<Record> = (1..=6_000).map(record).collect();
    log.append(&batch).unwrap();
    let reader = Reader::open(data.path()).unwrap();
    let numbers = |filter: Filter| -> (Vec<i64>, i64) {
        let page = reader.list(&filter).unwrap();
        let numbers = page.items.iter().map(|item| item.part_no).collect();
        (numbers, page.matched.count)
    };
    let some = |from: i64, to: i64| Filter {
        disposition: Some(Disposition::Reject),
        style: Some("gear".to_owned()),
        defect: Some("scratch".to_owned()),
        cause: Some(Cause::Defect),
        part_id: Some("J1-".to_owned()),
        from_us: Some(from * 1_000_000),
        to_us: Some(to * 1_000_000),
        ..Filter::default()
    };
    // All 6,000 IDs begin so: more than are sorted.
    assert_eq!(numbers(some(20, 23)), (vec![22, 21, 20], 3));
    assert_eq!(numbers(some(9_000, 9_001)), (vec![], 0));
    let few = Filter {
        part_id: Some("J1-00002".to_owned()),
        ..some(0, 9_000)
    };
    assert_eq!(numbers(few.clone()).1, 10);
    let paged = Filter {
        before: Some(result_id(JobId(1), PartNo(23))),
        limit: Some(2),
        ..few
    };
    assert_eq!(numbers(paged).0, [22, 21]);
    let none = Filter {
        defect: Some("stain".to_owned()),
        ..some(0, 9_000)
    };
    assert_eq!(numbers(none), (vec![], 0));
    assert_eq!(numbers(some(0, 9_000)).1, 6_000);
}
