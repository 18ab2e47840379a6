//! `cargo bench --bench log`: writing results durably, and asking a log of a million of them. Every bench
//! asserts its answer before it is timed. Makes the log first, which takes about a minute.

use arrayvec::ArrayVec;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use inspector::ports::log::ResultLog;
use inspector::results::reader::{Filter, Range, Reader};
use inspector::results::writer::{JobContext, RecipeRow, ViewRow, Writer};
use inspector::station::part::{PartId, PartNo, Style, Trigger};
use inspector::station::recipe::{Recipe, RecipeView};
use inspector::station::result::{Finding, PartResult, RecipeRef, Record, ViewResult};
use inspector::station::time::{Instant, WallTime};
use inspector::station::verdict::{Cause, Disposition, Score, Thresholds, Verdict};

/// Two weeks of a part every 1.2 seconds.
const PARTS: u64 = 1_000_000;
const PITCH_US: i64 = 500_000;

fn score(value: f32) -> Score {
    Score::new(value).expect("between 0 and 1")
}

fn thresholds() -> Thresholds {
    Thresholds::new(score(0.4), score(0.5)).expect("in order")
}

fn context() -> JobContext {
    let recipe = Recipe {
        style: Style::new("part").expect("a style"),
        version: 1,
        author: "a".to_owned(),
        reason: "r".to_owned(),
        created_at: WallTime(1),
        views: ArrayVec::from_iter([RecipeView {
            name: "top".to_owned(),
            camera: 0,
            model: "demo".to_owned(),
            thresholds: thresholds(),
        }]),
    };
    let uses = ViewRow {
        camera: "top".to_owned(),
        model: "demo".to_owned(),
        model_sha256: "0".repeat(64),
        task: "segment".to_owned(),
        provider: "CPUExecutionProvider".to_owned(),
        acceptance: "0123456789ab".to_owned(),
        classes: vec!["scratch".to_owned()],
        configuration: None,
    };
    JobContext {
        settings_sha256: "1".repeat(64),
        is_simulated: false,
        recipes: vec![RecipeRow {
            recipe,
            sha256: "2".repeat(64),
            views: vec![uses],
        }],
    }
}

/// One view; one part in ten is defective and has a finding.
fn record(part_no: u64) -> Record {
    let part_no = PartNo(part_no);
    let trigger = Trigger {
        part_no,
        part_id: PartId::counted(1, part_no),
        style: Style::new("part").ok(),
        at: Instant::default(),
        wall: WallTime(500_000 * part_no.0 as i64),
    };
    let reference = RecipeRef {
        index: 0,
        version: 1,
    };
    let mut result = PartResult::of(&trigger, Some(reference));
    let is_defective = part_no.0.is_multiple_of(10);
    let value = score(if is_defective { 0.9 } else { 0.1 });
    (result.verdict, result.cause, result.disposition) = if is_defective {
        (Verdict::Fail, Some(Cause::Defect), Disposition::Reject)
    } else {
        (Verdict::Pass, None, Disposition::Accept)
    };
    result.score = Some(value);
    let findings = is_defective.then_some(Finding {
        class: 0,
        score: value,
        region: [1, 2, 3, 4],
        area_px: 12.0,
        measured: None,
    });
    result.views.push(ViewResult {
        verdict: result.verdict,
        cause: result.cause,
        score: result.score,
        thresholds: Some(thresholds()),
        findings: findings.into_iter().collect(),
        findings_total: u32::from(is_defective),
        ..ViewResult::not_decided(0, Cause::Deadline)
    });
    Record::Result(result)
}

fn result_log(criterion: &mut Criterion) {
    let data = tempfile::tempdir().expect("a folder");
    let start = Writer::start(data.path(), &context(), None, WallTime(5));
    let (mut log, _) = start.expect("a log");
    let mut next = 0;
    let mut batch = |size: u64| {
        let batch: Vec<Record> = (next + 1..=next + size).map(record).collect();
        next += size;
        batch
    };
    log.append(&batch(100)).expect("durable");
    let reader = Reader::open(data.path()).expect("readable");
    let all = Filter {
        limit: Some(500),
        ..Filter::default()
    };
    let page = reader.list(&all).expect("a page");
    assert_eq!(page.items.len(), 100, "what was acknowledged is there");
    let rejected = page.items.iter().filter(|part| part.defect.is_some());
    assert_eq!(rejected.count(), 10);
    let mut group = criterion.benchmark_group("result log, durable");
    group.sample_size(20);
    for size in [1, 64, 1_024] {
        group.throughput(Throughput::Elements(size));
        group.bench_function(format!("batch of {size}"), |bencher| {
            bencher.iter_batched(
                || batch(size),
                |batch| log.append(&batch).expect("durable"),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

/// What the Rejects, Part and Tuning pages ask.
fn history(criterion: &mut Criterion) {
    let data = tempfile::tempdir().expect("a folder");
    let start = Writer::start(data.path(), &context(), None, WallTime(5));
    let (mut log, _) = start.expect("a log");
    for first in (1..=PARTS).step_by(10_000) {
        let batch: Vec<Record> = (first..first + 10_000).map(record).collect();
        log.append(&batch).expect("durable");
    }
    let reader = Reader::open(data.path()).expect("readable");
    let rejects = Filter {
        disposition: Some(Disposition::Reject),
        ..Filter::default()
    };
    let an_old_hour = |from: i64| Filter {
        from_us: Some(from),
        to_us: Some(from + 3_600_000_000),
        ..rejects.clone()
    };
    let with_part = |part_id: &str| Filter {
        part_id: Some(part_id.to_owned()),
        ..rejects.clone()
    };
    let one_id = PartId::counted(1, PartNo(500_000)).to_string();
    let questions = [
        ("newest rejects", rejects.clone(), 50),
        (
            "rejects, a page from the middle",
            Filter {
                before: Some(inspector::results::result_id(
                    inspector::station::part::JobId(1),
                    PartNo(PARTS / 2),
                )),
                ..rejects.clone()
            },
            50,
        ),
        (
            "rejects of one hour long ago",
            an_old_hour(PITCH_US * 1_000),
            50,
        ),
        ("rejects by a part ID", with_part(&one_id), 1),
        (
            "rejects by a beginning that all IDs have",
            with_part("J1-"),
            50,
        ),
        ("rejects by a beginning that no ID has", with_part("X"), 0),
        (
            "rejects by style and defect, of which there are none",
            Filter {
                style: Style::new("part").ok().map(|style| style.to_string()),
                defect: Some("stain".to_owned()),
                ..rejects.clone()
            },
            0,
        ),
        (
            "all parts by a beginning that all IDs have",
            Filter {
                disposition: None,
                ..with_part("J1-")
            },
            50,
        ),
    ];
    let mut group = criterion.benchmark_group("a log of a million results");
    group.sample_size(10);
    for (name, filter, expected) in questions {
        let page = reader.list(&filter).expect("a page");
        assert_eq!(page.items.len(), expected, "{name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| reader.list(&filter).expect("a page"));
        });
    }
    assert_eq!(reader.facets().expect("facets").styles, ["part"]);
    group.bench_function("values for the filters", |bencher| {
        bencher.iter(|| reader.facets().expect("facets"));
    });
    let range = Range {
        style: "part".to_owned(),
        view: 0,
        from_us: None,
        to_us: None,
    };
    assert_eq!(reader.histogram(&range).expect("counts").1, 200_000);
    group.bench_function("histogram of the newest 200,000 scores", |bencher| {
        bencher.iter(|| reader.histogram(&range).expect("counts"));
    });
    group.finish();
}

criterion_group!(benches, result_log, history);
criterion_main!(benches);
