//! Pictures of rejects stay until somebody has reviewed them.

use super::quota::Store;
use inspector::ports::log::ImageStore;
use inspector::results::result_id;
use inspector::results::review::{NewReview, TakenBack};
use inspector::station::part::PartNo;
use inspector::station::review::Judgement;
use inspector::station::time::WallTime;
use inspector::station::verdict::Disposition::{Accept, Reject};

fn said(store: &Store, part: u64) -> i64 {
    let review = NewReview {
        result_id: result_id(store.log.job(), PartNo(part)),
        at: WallTime(1),
        author: "Li".to_owned(),
        judgement: Judgement::Defect,
        class: None,
        region: None,
        reason: None,
    };
    store.log.review(review).expect("recorded")
}

/// The newest pass goes before the oldest reject that nobody has looked at.
#[test]
fn a_picture_of_a_reject_goes_only_when_it_was_reviewed_or_nothing_else_is_left() {
    let mut store = Store::new(6);
    for part_no in 1..=6 {
        let disposition = if part_no == 6 { Accept } else { Reject };
        store.part(part_no, disposition);
    }
    store.part(7, Reject);
    assert_eq!(store.kept(), [1, 2, 3, 4, 5, 7]);
    assert_eq!(store.images().unreviewed_deleted(), 0);
    // Reviewed, and taken back: it is as if nobody had said anything.
    let taken_back = said(&store, 1);
    let back = TakenBack {
        review: taken_back,
        at: WallTime(2),
        author: "Li".to_owned(),
        reason: None,
    };
    store.log.take_back(back).expect("recorded");
    said(&store, 4);
    said(&store, 3);
    store.part(8, Reject);
    assert_eq!(
        store.kept(),
        [1, 2, 4, 5, 7, 8],
        "the oldest that was reviewed"
    );
    store.part(9, Accept);
    assert_eq!(store.kept(), [1, 2, 5, 7, 8, 9]);
    said(&store, 2);
    store.part(10, Reject);
    assert_eq!(
        store.kept(),
        [1, 5, 7, 8, 9, 10],
        "reviewed later, and older than the pass"
    );
    store.part(11, Reject);
    assert_eq!(store.kept(), [1, 5, 7, 8, 10, 11]);
    assert_eq!(store.images().unreviewed_deleted(), 0);
    store.part(12, Reject);
    assert_eq!(store.kept(), [5, 7, 8, 10, 11, 12], "nothing else is left");
    assert_eq!(store.images().unreviewed_deleted(), 1);
}
