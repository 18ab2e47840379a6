//! Pictures of rejects stay until somebody has reviewed them.

use super::quota::{SIDE, Store};
use inspector::ports::log::ImageStore;
use inspector::results::result_id;
use inspector::results::review::{NewReview, TakenBack};
use inspector::results::writer::Writer;
use inspector::station::part::PartNo;
use inspector::station::review::{Draw, Judgement};
use inspector::station::time::WallTime;
use inspector::station::verdict::Disposition::{Accept, Reject};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

fn said(store: &Store, part: u64) -> i64 {
    said_to(&store.log, part)
}

fn said_to(log: &Writer, part: u64) -> i64 {
    let review = NewReview {
        result_id: result_id(log.job(), PartNo(part)),
        at: WallTime(1),
        author: "Li".to_owned(),
        judgement: Judgement::Defect,
        class: None,
        region: None,
        reason: None,
    };
    log.review(review).expect("recorded")
}

fn undone(log: &Writer, review: i64) {
    let back = TakenBack {
        review,
        at: WallTime(2),
        author: "Li".to_owned(),
        reason: None,
    };
    log.take_back(back).expect("recorded");
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
    undone(&store.log, taken_back);
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

/// The pass goes alone before the rejects, though one picture needs the room of several.
#[test]
fn a_large_picture_takes_no_other_twice() {
    let mut store = Store::new(6);
    for part_no in 1..=6 {
        store.part(part_no, if part_no == 2 { Accept } else { Reject });
    }
    store.save_as(7, 0, 2 * SIDE).expect("saved");
    store.counts_right();
    let kept = store.kept();
    assert!(
        !kept.contains(&2) && kept.ends_with(&[6, 7]),
        "the pass, and the oldest rejects: {kept:?}"
    );
    let gone = 6 - kept.len() as u64;
    assert_eq!(store.images().unreviewed_deleted(), gone);
}

#[test]
fn reviews_and_undos_while_pictures_go_leave_what_is_counted_right() {
    let mut store = Store::new(9);
    for part_no in 1..=9 {
        store.part(part_no, Reject);
    }
    let (log, is_over) = (store.log.clone(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Not for ever, where the other fails.
            let rounds = (0..200).take_while(|_| !is_over.load(Ordering::Relaxed));
            for _ in rounds {
                (1..=9).for_each(|part| undone(&log, said_to(&log, part)));
            }
        });
        for part_no in 10..=25 {
            let side = if part_no % 2 == 0 { 2 * SIDE } else { SIDE };
            store.save_as(part_no, 0, side).expect("saved");
            store.leaves(part_no, Reject);
            store.counts_right();
            store.kept();
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_part_whose_review_was_taken_back_is_not_among_those_that_go_next() {
    let mut store = Store::new(4);
    for part_no in 1..=4 {
        store.part(part_no, Reject);
    }
    let reviews = [1, 2, 3].map(|part| said(&store, part));
    store.part(5, Reject);
    assert_eq!(store.kept(), [2, 3, 4, 5]);
    undone(&store.log, reviews[1]);
    store.part(6, Reject);
    assert_eq!(store.kept(), [2, 4, 5, 6]);
    said(&store, 2);
    store.part(7, Reject);
    assert_eq!(store.kept(), [4, 5, 6, 7]);
    assert_eq!(store.images().unreviewed_deleted(), 0);
}

/// The share of defective parts that get away is estimated from those that were drawn.
#[test]
fn pictures_of_drawn_passes_stay_until_they_were_reviewed() {
    let draw = Draw::new(0.5, 0.0, [7; 32]);
    let drawn: Vec<u64> = (1..=40).filter(|no| draw.takes(PartNo(*no))).collect();
    let first: Vec<u64> = drawn.iter().copied().take(6).collect();
    let mut store = Store::drawing(7, draw);
    for part_no in 1..=first[5] {
        store.part(part_no, Accept);
    }
    let kept: BTreeSet<u64> = store.kept().into_iter().collect();
    assert!(
        first.iter().all(|no| kept.contains(no)),
        "{first:?} {kept:?}"
    );
    assert_eq!(store.images().unreviewed_deleted(), 0);
    // One place is left for passes that were not drawn; the second drawn one finds none.
    for part_no in first[5] + 1..=drawn[7] {
        store.part(part_no, Accept);
    }
    assert!(!store.kept().contains(&first[0]), "{:?}", store.kept());
    assert_eq!(store.images().unreviewed_deleted(), 1);
    said(&store, first[3]);
    store.part(drawn[7] + 1, Reject);
    assert!(!store.kept().contains(&first[3]), "{:?}", store.kept());
    assert_eq!(store.images().unreviewed_deleted(), 1);
}

/// Two cameras store at once: the picture of the later view may be there before that of the earlier.
#[test]
fn a_picture_that_was_stored_behind_its_turn_goes_in_its_turn() {
    let mut store = Store::new(3);
    store.part(1, Reject);
    store.part(2, Reject);
    store.save_as(4, 1, SIDE).expect("saved");
    store.leaves(4, Accept);
    store.part(5, Reject);
    assert_eq!(store.kept(), [1, 2, 5]);
    store.save_as(4, 0, SIDE).expect("saved");
    assert_eq!(store.kept(), [2, 4, 5], "nothing else was left");
    store.part(6, Reject);
    assert_eq!(store.kept(), [2, 5, 6]);
    assert_eq!(store.images().unreviewed_deleted(), 1);
}
