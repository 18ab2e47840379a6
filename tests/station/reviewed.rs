//! What people say of parts: recorded beside what others said, never lost, and what waits for it.

use super::log::{context, record, start};
use super::tampered::SCOPE;
use inspector::ports::log::ResultLog;
use inspector::results::reader::{Filter, Reader, WaitingWanted};
use inspector::results::result_id;
use inspector::results::review::{NewReview, ReviewRefusal, TakenBack};
use inspector::results::verify::verify;
use inspector::results::writer::{JobContext, WriteError, Writer};
use inspector::station::challenge::Challenged;
use inspector::station::part::PartNo;
use inspector::station::result::Record;
use inspector::station::review::{Draw, Judgement, Reviewed, Why};
use inspector::station::time::WallTime;
use inspector::station::verdict::{Disposition, Verdict};
use std::path::Path;

fn review(log: &Writer, part: u64, author: &str, judgement: Judgement) -> NewReview {
    NewReview {
        result_id: result_id(log.job(), PartNo(part)),
        at: WallTime(7),
        author: author.to_owned(),
        judgement,
        class: None,
        region: None,
        reason: None,
    }
}

fn back(review: i64) -> TakenBack {
    TakenBack {
        review,
        at: WallTime(8),
        author: "Li".to_owned(),
        reason: Some("a slip".to_owned()),
    }
}

fn waiting(data: &Path) -> Vec<i64> {
    let wanted = WaitingWanted {
        limit: 10,
        ..WaitingWanted::default()
    };
    let page = Reader::open(data).unwrap().waiting(&wanted).unwrap();
    assert_eq!(page.counts[0], page.items.len() as i64);
    assert!(page.items.iter().all(|item| item.why == Why::Reject));
    page.items.iter().map(|item| item.part.part_no).collect()
}

fn listed(data: &Path, filter: Filter) -> Vec<i64> {
    let page = Reader::open(data).unwrap().list(&filter).unwrap();
    assert_eq!(page.matched.count, page.items.len() as i64);
    page.items.iter().map(|part| part.part_no).collect()
}

#[test]
fn reviewers_may_disagree_and_all_that_they_said_stays() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    log.append(&[record(1), record(2), record(3)]).unwrap();
    assert_eq!(waiting(data.path()), [1, 2, 3]);
    let wang = log
        .review(review(&log, 2, "Wang", Judgement::Defect))
        .unwrap();
    assert_eq!(waiting(data.path()), [1, 3]);
    let li = log.review(review(&log, 2, "Li", Judgement::Good)).unwrap();
    let part = result_id(log.job(), PartNo(2));
    let state = || {
        Reader::open(data.path())
            .unwrap()
            .detail(part)
            .unwrap()
            .unwrap()
    };
    assert_eq!(state().summary.review, Some(Reviewed::Disputed));
    log.take_back(back(wang)).unwrap();
    assert_eq!(state().summary.review, Some(Reviewed::Good));
    assert_eq!(waiting(data.path()), [1, 3], "what Li said stands");
    log.take_back(back(li)).unwrap();
    assert_eq!(state().summary.review, None);
    assert_eq!(waiting(data.path()), [1, 2, 3]);
    let reviews = state().reviews;
    let authors: Vec<&str> = reviews.iter().map(|said| said.author.as_str()).collect();
    assert_eq!(authors, ["Wang", "Li"]);
    assert!(reviews.iter().all(|said| said.undone.is_some()));
}

#[test]
fn what_was_taken_back_is_not_taken_back_again() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    log.append(&[record(1)]).unwrap();
    let said = log.review(review(&log, 1, "Li", Judgement::Good)).unwrap();
    let undo = log.take_back(back(said)).unwrap();
    let refused = |found: Result<i64, WriteError>| match found {
        Err(WriteError::Review(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(log.take_back(back(said))),
        ReviewRefusal::TakenBackAlready(said)
    );
    assert_eq!(
        refused(log.take_back(back(undo))),
        ReviewRefusal::IsTakingBack(undo)
    );
    assert_eq!(
        refused(log.take_back(back(99))),
        ReviewRefusal::NoReview(99)
    );
    let unknown = result_id(log.job(), PartNo(5));
    assert_eq!(
        refused(log.review(review(&log, 5, "Li", Judgement::Good))),
        ReviewRefusal::NoResult(unknown)
    );
}

#[test]
fn lists_are_filtered_by_what_was_said_and_by_pieces_of_ids() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    log.append(&[record(1), record(2), record(12)]).unwrap();
    log.review(review(&log, 1, "李明", Judgement::Defect))
        .unwrap();
    log.review(review(&log, 2, "Li", Judgement::Good)).unwrap();
    let by = |change: fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        listed(data.path(), filter)
    };
    assert_eq!(by(|wanted| wanted.is_reviewed = Some(true)), [2, 1]);
    assert_eq!(by(|wanted| wanted.is_reviewed = Some(false)), [12]);
    assert_eq!(by(|wanted| wanted.reviewer = Some("李明".to_owned())), [1]);
    assert_eq!(by(|wanted| wanted.judgement = Some(Reviewed::Good)), [2]);
    assert_eq!(by(|wanted| wanted.recipe_version = Some(1)), [12, 2, 1]);
    assert!(by(|wanted| wanted.recipe_version = Some(2)).is_empty());
    assert_eq!(by(|wanted| wanted.score_from = Some(0.8)), [12, 2, 1]);
    assert!(by(|wanted| wanted.score_to = Some(0.8)).is_empty());
    assert_eq!(by(|wanted| wanted.piece = Some("00012".to_owned())), [12]);
    for stranger in ["%", "_", "'", "\"", "\\", "一"] {
        let filter = Filter {
            piece: Some(stranger.to_owned()),
            ..Filter::default()
        };
        assert!(listed(data.path(), filter).is_empty(), "{stranger}");
    }
}

/// Whoever brings a known defect knows what it is, and nothing of the production is to be learned from it.
#[test]
fn challenge_parts_wait_for_no_review_and_are_not_drawn() {
    let data = tempfile::tempdir().unwrap();
    let draw = Draw::new(1.0, 0.5, [3; 32]);
    let context = JobContext { draw, ..context() };
    let (mut log, _) = Writer::start(data.path(), &context, None, WallTime(5)).unwrap();
    let brought = |part: u64, verdict: Verdict| {
        let Record::Result(mut result) = record(part) else {
            unreachable!("it is a result");
        };
        result.challenge = Some(Challenged::Passed);
        result.verdict = verdict;
        if verdict == Verdict::Pass {
            (result.cause, result.disposition) = (None, Disposition::Accept);
        }
        Record::Result(result)
    };
    let batch = [
        brought(1, Verdict::Fail),
        brought(2, Verdict::Pass),
        record(3),
    ];
    log.append(&batch).unwrap();
    assert_eq!(waiting(data.path()), [3]);
    let said = log
        .review(review(&log, 1, "Li", Judgement::Defect))
        .unwrap();
    log.take_back(back(said)).unwrap();
    assert_eq!(waiting(data.path()), [3]);
    let connection = inspector::results::open::readable(data.path()).unwrap();
    let chosen = "select count(*) from result where drawn is not null or near is not null";
    let chosen: i64 = connection.query_row(chosen, [], |row| row.get(0)).unwrap();
    assert_eq!(chosen, 0);
    log.finish(WallTime(9), 3).unwrap();
    drop(log);
    let problems = verify(data.path(), SCOPE).unwrap().problems;
    assert_eq!(problems, Vec::<String>::new());
}
