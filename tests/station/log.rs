//! Law 4: what was acknowledged is durable, and what is missing is known.

use arrayvec::ArrayVec;
use inspector::ports::log::{LogError, ResultLog};
use inspector::results::open::{self, OpenError};
use inspector::results::reader::{Filter, Reader};
use inspector::results::result_id;
use inspector::results::writer::{JobContext, RecipeRow, ViewRow, Writer};
use inspector::station::lane::Lanes;
use inspector::station::part::{JobId, PartId, PartNo, Style, Trigger};
use inspector::station::recipe::{Recipe, RecipeView};
use inspector::station::result::{
    Finding, Identity, LateVerdict, PartResult, RecipeRef, Record, ViewResult,
};
use inspector::station::review::Draw;
use inspector::station::time::{Instant, WallTime};
use inspector::station::verdict::{Cause, Disposition, Score, Thresholds, Verdict};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

fn score(value: f32) -> Score {
    Score::new(value).unwrap()
}

pub fn context() -> JobContext {
    let thresholds = Thresholds::new(score(0.4), score(0.5)).unwrap();
    let view = RecipeView {
        name: "top".to_owned(),
        camera: 0,
        model: "demo".to_owned(),
        thresholds,
        place: Default::default(),
    };
    let recipe = Recipe {
        style: Style::new("gear").unwrap(),
        version: 1,
        author: "a".to_owned(),
        reason: "r".to_owned(),
        created_at: WallTime(1),
        rules: Default::default(),
        views: ArrayVec::from_iter([view]),
    };
    let uses = ViewRow {
        configuration: None,
        camera: "top".to_owned(),
        model: "demo".to_owned(),
        model_sha256: "0".repeat(64),
        task: "segment".to_owned(),
        provider: "CPUExecutionProvider".to_owned(),
        acceptance: "0123456789ab".to_owned(),
        classes: vec!["scratch".to_owned()],
    };
    JobContext {
        settings_sha256: "1".repeat(64),
        is_simulated: false,
        lanes: Lanes::two(),
        announcer: None,
        passes_unasked: false,
        draw: Draw::NONE,
        recipes: vec![RecipeRow {
            recipe,
            sha256: "2".repeat(64),
            views: vec![uses],
        }],
    }
}

/// A failed part with one view and one finding.
pub fn record(part_no: u64) -> Record {
    record_at(part_no, WallTime(1_000_000 * part_no as i64))
}

/// The same, triggered at this time.
pub fn record_at(part_no: u64, wall: WallTime) -> Record {
    let part_no = PartNo(part_no);
    let trigger = Trigger {
        part_no,
        part_id: PartId::counted(1, part_no),
        identity: Identity::Counter,
        style: Style::new("gear").ok(),
        lane: None,
        at: Instant::default(),
        wall,
    };
    let mut result = PartResult::of(
        &trigger,
        Some(RecipeRef {
            index: 0,
            version: 1,
        }),
    );
    let finding = Finding {
        class: 0,
        score: score(0.9),
        region: [1, 2, 3, 4],
        area_px: 12.0,
        measured: None,
    };
    result.verdict = Verdict::Fail;
    result.cause = Some(Cause::Defect);
    result.disposition = Disposition::Reject;
    result.score = Some(score(0.9));
    result.views.push(ViewResult {
        verdict: Verdict::Fail,
        cause: Some(Cause::Defect),
        score: Some(score(0.9)),
        thresholds: Thresholds::new(score(0.4), score(0.5)),
        findings: ArrayVec::from_iter([finding]),
        findings_total: 1,
        ..ViewResult::not_decided(0, Cause::Defect)
    });
    Record::Result(result)
}

/// A verdict of its one view that came after the part had left.
pub fn late(part_no: u64) -> Record {
    let view = ViewResult {
        score: Some(score(0.7)),
        ..ViewResult::not_decided(0, Cause::Deadline)
    };
    Record::Late(LateVerdict {
        part_no: PartNo(part_no),
        view,
    })
}

pub fn start(data: &Path) -> (Writer, Vec<inspector::results::writer::Crashed>) {
    Writer::start(data, &context(), None, WallTime(5)).unwrap()
}

fn all() -> Filter {
    Filter {
        limit: Some(500),
        ..Filter::default()
    }
}

#[test]
fn what_was_written_can_be_read_and_explained() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, crashed) = start(data.path());
    assert!(crashed.is_empty());
    log.append(&[record(1), record(2)]).unwrap();
    let reader = Reader::open(data.path()).unwrap();
    let page = reader.list(&all()).unwrap();
    assert_eq!((page.items.len(), page.matched.count), (2, 2));
    assert_eq!(page.items[0].part_no, 2, "newest first");
    assert_eq!(page.items[0].defect.as_deref(), Some("scratch"));
    let id = result_id(log.job(), PartNo(1));
    let detail = reader.detail(id).unwrap().unwrap();
    let view = &detail.view_results[0];
    assert_eq!(view.model.sha256, "0".repeat(64));
    assert_eq!(view.findings[0].region, [1, 2, 3, 4]);
    assert_eq!(detail.recipe.unwrap().author, "a");
}

#[test]
fn a_batch_that_is_tried_again_is_recorded_once() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    log.append(&[record(1)]).unwrap();
    log.append(&[record(1), record(2)]).unwrap();
    let page = Reader::open(data.path()).unwrap().list(&all()).unwrap();
    assert_eq!(page.items.len(), 2);
}

#[test]
fn a_part_id_filter_matches_beginnings_only() {
    let data = tempfile::tempdir().unwrap();
    let (mut log, _) = start(data.path());
    let batch: Vec<Record> = (1..=20).map(record).collect();
    log.append(&batch).unwrap();
    let reader = Reader::open(data.path()).unwrap();
    let found = |prefix: &str| {
        let filter = Filter {
            part_id: Some(prefix.to_owned()),
            ..all()
        };
        reader.list(&filter).unwrap().items.len()
    };
    assert_eq!(
        (found("J1-00001"), found("J1-"), found("00001")),
        (10, 20, 0)
    );
}

#[test]
fn a_job_that_ended_is_not_reported_as_crashed_and_numbers_go_on() {
    let data = tempfile::tempdir().unwrap();
    let (log, _) = start(data.path());
    assert_eq!(log.job(), JobId(1));
    log.finish(WallTime(6), 0).unwrap();
    drop(log);
    let (log, crashed) = start(data.path());
    assert_eq!((log.job(), crashed.len()), (JobId(2), 0));
}

#[test]
fn files_that_are_no_result_log_are_refused() {
    let data = tempfile::tempdir().unwrap();
    let path = open::database(data.path());
    std::fs::write(
        &path,
        b"something else entirely, and long enough to be looked at",
    )
    .unwrap();
    assert!(matches!(
        open::writable(data.path()),
        Err(OpenError::Foreign { .. })
    ));
    std::fs::remove_file(&path).unwrap();
    drop(open::writable(data.path()).unwrap());
    let connection = open::writable(data.path()).unwrap();
    connection
        .execute_batch("pragma user_version = 99")
        .unwrap();
    assert!(matches!(
        open::writable(data.path()),
        Err(OpenError::Newer { found: 99, .. })
    ));
}

#[test]
fn a_second_station_on_the_same_folder_is_refused_by_name() {
    let data = tempfile::tempdir().unwrap();
    let held = open::lock(data.path()).unwrap();
    let refused = open::lock(data.path()).unwrap_err().to_string();
    assert!(
        refused.contains(&std::process::id().to_string()),
        "{refused}"
    );
    drop(held);
    open::lock(data.path()).unwrap();
}

const CHILD_DATA: &str = "INSPECTOR_TEST_KILLED_CHILD";

/// Not a test of its own: the process that the next test kills.
#[test]
fn child_that_records_until_it_is_killed() {
    let Some(data) = std::env::var_os(CHILD_DATA) else {
        return;
    };
    let (mut log, crashed) = start(Path::new(&data));
    println!("JOB {} AFTER {}", log.job().0, crashed.len());
    let mut next = 1;
    loop {
        let batch: Vec<Record> = (next..next + 7).map(record).collect();
        log.append(&batch).unwrap();
        next += 7;
        println!("ACK {} {}", log.job().0, next - 1);
    }
}

#[test]
fn no_acknowledged_result_is_lost_when_the_process_is_killed() {
    const KILLS: u64 = 200;
    let data = tempfile::tempdir().unwrap();
    let mut acknowledged: Vec<(u64, u64)> = Vec::new();
    let mut random = fastrand::Rng::with_seed(7);
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "log::child_that_records_until_it_is_killed",
                "--nocapture",
            ])
            .env(CHILD_DATA, data.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let acks_before_the_kill = random.u64(..6);
        let mut acks = 0;
        let mut last = (kill + 1, 0);
        let mut take = |line: String, last: &mut (u64, u64)| {
            if let Some(rest) = line.split_once("ACK ").map(|(_, rest)| rest.to_owned()) {
                let (job, part) = rest.split_once(' ').unwrap();
                *last = (job.parse().unwrap(), part.parse().unwrap());
                acks += 1;
            } else if let Some((_, rest)) = line.split_once("AFTER ") {
                let crashed: u64 = rest.parse().unwrap();
                assert_eq!(crashed, u64::from(kill > 0), "the crash before is reported");
            }
            acks
        };
        while let Some(Ok(line)) = lines.next() {
            if take(line, &mut last) > acks_before_the_kill {
                break;
            }
        }
        std::thread::sleep(std::time::Duration::from_micros(random.u64(..3_000)));
        child.kill().unwrap();
        for line in lines.map_while(Result::ok) {
            take(line, &mut last);
        }
        child.wait().unwrap();
        assert_eq!(last.0, kill + 1, "job numbering goes on");
        acknowledged.push(last);
    }
    drop(start(data.path()));
    let connection = open::writable(data.path()).unwrap();
    let check: String = connection
        .query_row("pragma integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    for (job, part) in acknowledged
        .iter()
        .map(|(job, part)| (*job as i64, *part as i64))
    {
        let (rows, newest): (i64, i64) = connection
            .query_row(
                "select count(*), coalesce(max(part_no), 0) from result where job_id = ?1",
                [job],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        assert!(
            newest >= part,
            "job {job}: acknowledged {part}, found {newest}"
        );
        assert_eq!(rows, newest, "job {job}: a hole among the recorded");
        let gap: i64 = connection
            .query_row(
                "select first_part_no from gap where job_id = ?1 and kind = 'crashed'",
                [job],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(gap, newest + 1, "job {job}: the gap is known");
    }
}

/// A file system of one megabyte, gone with the value.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None` where mounting is not allowed.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then(|| Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_refuses_whole_batches_and_the_log_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("SKIPPED: mounting a small file system is not allowed here");
        return;
    };
    let data = disk.0.path();
    std::fs::write(data.join("ballast"), vec![0; 400_000]).unwrap();
    let (mut log, _) = start(data);
    let mut next = 1;
    let batch = |first: u64| (first..first + 50).map(record).collect::<Vec<_>>();
    let error = loop {
        match log.append(&batch(next)) {
            Ok(()) => next += 50,
            Err(error) => break error,
        }
    };
    assert!(next > 50, "something fitted");
    assert!(matches!(error, LogError::Full { .. }), "{error:?}");
    assert!(error.to_string().contains("results.sqlite"), "{error}");
    let count = || {
        Reader::open(data)
            .unwrap()
            .list(&all())
            .unwrap()
            .matched
            .count
    };
    assert_eq!(count(), next as i64 - 1, "all of a batch or nothing");
    std::fs::remove_file(data.join("ballast")).unwrap();
    log.append(&batch(next)).unwrap();
    assert_eq!(count(), next as i64 + 49);
}
