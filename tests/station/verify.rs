//! Law 4: what is missing is known.

use super::log::{record, start};
use super::tampered::recorded;
use inspector::ports::log::ResultLog;
use inspector::results::open;
use inspector::results::proof::leaf::Kind;
use inspector::results::verify::{Report, Scope, verify};
use inspector::station::part::PartNo;
use inspector::station::result::{Gap, GapCause, Record};
use inspector::station::time::WallTime;
use std::path::Path;
use std::process::Command;

fn look(data: &Path) -> Report {
    let scope = Scope {
        with_pictures: true,
    };
    verify(data, scope).unwrap()
}

/// Ten parts in a job that ended.
fn ten_parts(data: &Path) {
    let (mut log, _) = start(data);
    let batch: Vec<Record> = (1..=10).map(record).collect();
    log.append(&batch).unwrap();
    log.finish(WallTime(6), 10).unwrap();
}

fn meddle(data: &Path, sql: &str) {
    let connection = open::writable(data).unwrap();
    let unchecked = format!("pragma foreign_keys = off; {sql}");
    connection.execute_batch(&unchecked).unwrap();
}

/// A picture of part 3, with its row.
fn picture(data: &Path, content: &[u8]) {
    let hash = inspector::hash::sha256(content);
    std::fs::create_dir_all(data.join("images/1")).unwrap();
    std::fs::write(data.join("images/1/3-0.png"), content).unwrap();
    meddle(
        data,
        &format!(
            "insert into image values (1, 3, 0, 'stored', 'images/1/3-0.png', '{hash}', 7, null,
             null, 5)"
        ),
    );
    recorded(data, Kind::Picture, 1 << 32 | 3, Some("0"));
}

#[test]
fn a_whole_log_has_no_problems() {
    let data = tempfile::tempdir().unwrap();
    ten_parts(data.path());
    picture(data.path(), b"picture");
    let report = look(data.path());
    assert_eq!(report.problems, Vec::<String>::new());
    assert_eq!((report.jobs, report.results, report.pictures), (1, 10, 1));
}

#[test]
fn a_row_that_is_gone_is_named() {
    let data = tempfile::tempdir().unwrap();
    ten_parts(data.path());
    let delete = "delete from finding where result_id & 4294967295 in (4, 5);
        delete from view_result where result_id & 4294967295 in (4, 5);
        delete from waiting where result_id & 4294967295 in (4, 5);
        delete from result where part_no in (4, 5);";
    meddle(data.path(), delete);
    let problems = look(data.path()).problems;
    assert_eq!(
        problems,
        [
            "job 1: no result for parts 4 to 5, and no gap says why",
            "the result of job 1, part 4 (row 4294967300): was removed",
            "the result of job 1, part 5 (row 4294967301): was removed",
        ]
    );
}

#[test]
fn rows_that_are_gone_at_the_end_of_a_job_are_known() {
    let data = tempfile::tempdir().unwrap();
    ten_parts(data.path());
    let delete = "delete from finding where result_id & 4294967295 > 7;
        delete from view_result where result_id & 4294967295 > 7;
        delete from waiting where result_id & 4294967295 > 7;
        delete from result where part_no > 7;";
    meddle(data.path(), delete);
    let problems = look(data.path()).problems;
    assert_eq!(
        problems,
        [
            "job 1 ended after 10 parts, and the log has it to part 7",
            "the result of job 1, part 8 (row 4294967304): was removed",
            "the result of job 1, part 9 (row 4294967305): was removed",
            "the result of job 1, part 10 (row 4294967306): was removed",
        ]
    );
}

#[test]
fn a_row_without_its_parent_is_named() {
    let data = tempfile::tempdir().unwrap();
    ten_parts(data.path());
    meddle(data.path(), "delete from result where part_no = 10");
    let problems = look(data.path()).problems;
    assert!(
        problems
            .iter()
            .any(|line| line.contains("view_result names a row of result")),
        "{problems:?}"
    );
}

#[test]
fn a_gap_that_the_log_knows_is_no_problem() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    let gap = Gap {
        first: PartNo(3),
        last: PartNo(6),
        from: WallTime(1),
        to: WallTime(2),
        accepted: 0,
        cause: GapCause::LogFull,
    };
    let batch = [record(1), record(2), Record::Gap(gap), record(7)];
    log.append(&batch).unwrap();
    drop(log);
    // Killed: the next start closes the job.
    let (next, _) = start(data.path());
    next.finish(WallTime(9), 0).unwrap();
    let report = look(data.path());
    assert_eq!(report.problems, Vec::<String>::new());
    assert_eq!(report.known_gaps.len(), 2, "{report:?}");
    assert!(
        report.known_gaps[0].contains("parts 3 to 6: log_full"),
        "{report:?}"
    );
    assert!(
        report.known_gaps[1].contains("from part 8 on: crashed"),
        "{report:?}"
    );
}

#[test]
fn a_changed_a_missing_and_a_stray_picture_are_told_apart() {
    let data = tempfile::tempdir().unwrap();
    ten_parts(data.path());
    picture(data.path(), b"picture");
    let file = data.path().join("images/1/3-0.png");
    std::fs::write(&file, b"another").unwrap();
    let problems = look(data.path()).problems;
    assert!(
        problems.len() == 1 && problems[0].contains("expected SHA-256"),
        "{problems:?}"
    );
    std::fs::remove_file(&file).unwrap();
    let problems = look(data.path()).problems;
    assert!(
        problems.len() == 1 && problems[0].contains("missing"),
        "{problems:?}"
    );
    std::fs::write(&file, b"picture").unwrap();
    std::fs::write(data.path().join("images/1/9-0.png"), b"stray").unwrap();
    let report = look(data.path());
    assert_eq!(report.problems, Vec::<String>::new());
    assert!(report.remarks[0].contains("9-0.png"), "{report:?}");
}

#[test]
fn a_damaged_file_is_a_failed_verification_for_the_command() {
    let data = tempfile::tempdir().unwrap();
    ten_parts(data.path());
    let run = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inspector"));
        command
            .args(["verify", "--data"])
            .arg(data.path())
            .output()
            .unwrap()
    };
    let whole = run();
    assert!(whole.status.success(), "{whole:?}");
    meddle(data.path(), "pragma wal_checkpoint(truncate)");

    let path = open::database(data.path());
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 3000].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    let damaged = run();
    let code = damaged.status.code();
    assert!(code == Some(8) || code == Some(6), "{damaged:?}");
    assert!(!damaged.stderr.is_empty());
}
