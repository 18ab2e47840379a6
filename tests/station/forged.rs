//! Law 7, against somebody who knows how the log is made: rows and leaves fit each other again, or all is written anew.

use super::log::{record, start};
use super::tampered::{Copy, SCOPE, log};
use inspector::ports::log::ResultLog;
use inspector::results::open;
use inspector::results::proof::evidence::Evidence;
use inspector::results::proof::key;
use inspector::results::proof::leaf::Kind;
use inspector::results::proof::note::Verifier;
use inspector::results::verify::{Outside, verify, verify_against};
use inspector::station::time::WallTime;
use std::path::PathBuf;

/// Leaf and row fit each other again: only what was signed says that they are others.
#[test]
fn a_fail_that_became_a_pass_with_its_leaf_is_found_by_the_signature() {
    let data = log();
    let part_2 = 2 << 32 | 2;
    let copy = Copy::of(data.path());
    copy.forge(&format!(
        "delete from finding where result_id = {part_2};
         update view_result set verdict = 1, cause = null where result_id = {part_2};
         update result set verdict = 1, cause = null, disposition = 'accept', defect = null where id = {part_2};
         delete from waiting where result_id = {part_2}"
    ));
    let problems = copy.problems();
    let named = "the result of job 2, part 2 (row 8589934594): is not as it was recorded";
    assert_eq!(problems, [named]);
    copy.leaf_again(Kind::Result, part_2, None);
    let problems = copy.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].contains("another root than what is there"),
        "{problems:?}"
    );
    assert!(
        problems[0].contains("from the end of job 1"),
        "{problems:?}"
    );
}

#[test]
fn two_results_that_changed_places_are_found() {
    let data = log();
    let copy = Copy::of(data.path());
    // Rows keep their leaves, and stand in another order.
    copy.forge(
        "create temp table one as select seq, row_id, leaf from feed where kind = 1 and row_id = 8589934593;
         create temp table two as select seq, row_id, leaf from feed where kind = 1 and row_id = 8589934594;
         update feed set (row_id, leaf) = (select row_id, leaf from two) where seq = (select seq from one);
         update feed set (row_id, leaf) = (select row_id, leaf from one) where seq = (select seq from two);",
    );
    let problems = copy.problems();
    assert!(
        problems.len() == 1 && problems[0].contains("moved"),
        "{problems:?}"
    );
}

#[test]
fn pictures_that_changed_places_are_found_even_with_their_rows() {
    let data = log();
    let copy = Copy::of(data.path());
    copy.forge(
        "create temp table former as select * from image;
         update image set (path, sha256, map_path, map_sha256) =
           (select path, sha256, map_path, map_sha256 from former where former.part_no <> image.part_no)",
    );
    let problems = copy.problems();
    let expected = [1, 2].map(|part| {
        format!("the picture of job 2, part {part}, view 0: is not as it was recorded")
    });
    assert_eq!(problems, expected);
    let (one, two) = (
        data.path().join("images/2/1-0.png"),
        data.path().join("images/2/2-0.png"),
    );
    let (first, second) = (std::fs::read(&one).unwrap(), std::fs::read(&two).unwrap());
    std::fs::write(&one, second).unwrap();
    std::fs::write(&two, first).unwrap();
    let problems = verify(data.path(), SCOPE).unwrap().problems;
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("job 2, part 1: ") && problems[0].contains("expected SHA-256"));
}

pub fn outside(key: Option<Verifier>, checkpoint: Option<&str>) -> Outside {
    Outside {
        witnesses: Vec::new(),
        keys: key.into_iter().collect(),
        checkpoints: checkpoint
            .map(|text| (PathBuf::from("kept"), text.to_owned()))
            .into_iter()
            .collect(),
        beside: Vec::new(),
    }
}

#[test]
fn a_log_that_was_cut_or_written_anew_is_found_by_what_was_kept_elsewhere() {
    let data = log();
    let evidence = Evidence::open(data.path()).unwrap();
    let (checkpoint, key) = (evidence.checkpoint.clone(), evidence.key.clone());
    let kept = outside(Some(key.clone()), Some(&checkpoint));
    let found = verify_against(data.path(), SCOPE, &kept).unwrap();
    assert_eq!((found.problems, found.remarks), (vec![], vec![]));

    // Everything after the first job's end is gone, with the checkpoint that covered it.
    let copy = Copy::of(data.path());
    copy.forge(
        "delete from feed where seq > (select min(size) from checkpoint);
         delete from checkpoint where size > (select min(size) from checkpoint);
         delete from finding where result_id > 8589934592; delete from view_result where result_id > 8589934592;
         delete from simulated_truth; delete from result where job_id = 2; delete from late_verdict;
         delete from gap; delete from image; delete from recipe_view where job_id = 2; delete from event where job_id = 2;
         delete from job where id = 2; update sqlite_sequence set seq = 1 where name = 'job';
         update job set stopped_at_us = null, ended = null;",
    );
    // Its pictures are another matter.
    let without = tempfile::tempdir().unwrap();
    std::fs::copy(
        open::database(copy.0.path()),
        open::database(without.path()),
    )
    .unwrap();
    let cut = verify_against(without.path(), SCOPE, &kept)
        .unwrap()
        .problems
        .join("\n");
    assert!(cut.contains("kept, kept elsewhere is over"), "{cut}");
    assert!(cut.contains("were removed"), "{cut}");

    // Another log with another key, in its place: by itself it is whole.
    let other = log();
    let by_itself = verify(other.path(), SCOPE).unwrap();
    assert_eq!(by_itself.problems, Vec::<String>::new());
    let by_key = verify_against(other.path(), SCOPE, &outside(Some(key), None)).unwrap();
    assert!(
        by_key.problems[0].contains("not signed by the key that was given"),
        "{by_key:?}"
    );
    let by_checkpoint =
        verify_against(other.path(), SCOPE, &outside(None, Some(&checkpoint))).unwrap();
    assert!(
        by_checkpoint.problems[0].contains("no right signature"),
        "{by_checkpoint:?}"
    );
}

#[test]
fn a_key_that_is_gone_is_told_and_replaced_and_all_stays_verified() {
    let data = log();
    let before = key::read(data.path()).unwrap().unwrap();
    std::fs::remove_file(key::path(data.path())).unwrap();
    let (mut log, _) = start(data.path());
    let told: Vec<&str> = log
        .remarks()
        .iter()
        .map(|entry| entry.code.name())
        .collect();
    assert!(told.contains(&"signing_key_changed"), "{told:?}");
    log.append(&[record(1)]).unwrap();
    log.finish(WallTime(20_000_000), 1).unwrap();
    drop(log);
    let report = verify(data.path(), SCOPE).unwrap();
    assert_eq!((report.problems, report.unsigned_leaves), (vec![], 0));
    let after = key::read(data.path()).unwrap().unwrap();
    assert_ne!(before.verifier(), after.verifier());
    let given = outside(Some(before.verifier().clone()), None);
    // Nobody who knows the former alone can say whose the other is, …
    let report = verify_against(data.path(), SCOPE, &given).unwrap();
    let problems = report.problems.join("\n");
    assert!(
        problems.contains("for which the one before it did not sign"),
        "{problems}"
    );
    assert!(
        problems.contains("are signed by other keys alone"),
        "{problems}"
    );
    // … until he was told of it as he was of the first.
    let both = Outside {
        keys: vec![before.verifier().clone(), after.verifier().clone()],
        ..Outside::default()
    };
    let report = verify_against(data.path(), SCOPE, &both).unwrap();
    assert_eq!(report.problems, Vec::<String>::new());

    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(key::path(data.path()))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    // One that nobody can use stops no station.
    std::fs::write(key::path(data.path()), "no key").unwrap();
    let (mut log, _) = start(data.path());
    let told: Vec<&str> = log
        .remarks()
        .iter()
        .map(|entry| entry.code.name())
        .collect();
    assert!(told.contains(&"signing_key_unusable"), "{told:?}");
    log.append(&[record(1)]).unwrap();
    log.finish(WallTime(30_000_000), 1).unwrap();
    drop(log);
    let report = verify(data.path(), SCOPE).unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    assert!(report.unsigned_leaves > 0, "{report:?}");
}
