//! Lists of parts find the same parts whichever way they are looked for.

use super::log::{record, start};
use inspector::ports::log::ResultLog;
use inspector::results::reader::{Filter, Reader};
use inspector::results::result_id;
use inspector::station::lane::{LaneBy, LaneNo};
use inspector::station::part::{JobId, PartNo};
use inspector::station::result::{Confirm, Record};
use inspector::station::verdict::{Cause, Disposition};

#[test]
fn parts_are_found_by_their_lane_and_by_what_its_sensor_did_not_see() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    let confirms = [
        Some(Confirm::Seen),
        Some(Confirm::Missing),
        Some(Confirm::Elsewhere),
        None,
    ];
    let batch = (1..=400_u64).map(|part_no| {
        let Record::Result(mut result) = record(part_no) else {
            unreachable!("it is a result");
        };
        result.confirm = confirms[part_no as usize % 4];
        if part_no % 100 == 7 {
            (result.lane, result.lane_by) = (LaneNo(0), LaneBy::Rule(3));
        }
        Record::Result(result)
    });
    log.append(&batch.collect::<Vec<_>>()).unwrap();
    let reader = Reader::open(data.path()).unwrap();
    let numbers = |filter: Filter| -> Vec<i64> {
        let page = reader.list(&filter).unwrap();
        assert_eq!(page.matched.count, page.items.len() as i64);
        page.items.iter().map(|item| item.part_no).collect()
    };
    let lane = |name: &str| Filter {
        lane: Some(name.to_owned()),
        limit: Some(500),
        ..Filter::default()
    };
    assert_eq!(numbers(lane("accept")), [307, 207, 107, 7]);
    assert_eq!(numbers(lane("reject")).len(), 396);
    assert_eq!(numbers(lane("gone")), [0_i64; 0]);
    let rejected = Filter {
        disposition: Some(Disposition::Reject),
        ..lane("accept")
    };
    assert_eq!(numbers(rejected), [307, 207, 107, 7]);
    let unconfirmed = Filter {
        is_unconfirmed: true,
        limit: Some(500),
        ..Filter::default()
    };
    let found = numbers(unconfirmed.clone());
    assert_eq!(found.len(), 200);
    assert!(found.iter().all(|number| [1, 2].contains(&(number % 4))));
    let both = Filter {
        lane: Some("accept".to_owned()),
        ..unconfirmed
    };
    assert_eq!(numbers(both), [0_i64; 0]);
    let facets = reader.facets().unwrap();
    assert_eq!(
        (facets.lanes, facets.has_confirms),
        (vec!["accept".to_owned(), "reject".to_owned()], true)
    );
    let item = &reader.list(&lane("accept")).unwrap().items[0];
    assert_eq!(
        (item.lane_by.as_deref(), item.lane_rule),
        (Some("rule"), Some(3))
    );
}

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
