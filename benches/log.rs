//! `cargo bench --bench log`: writing results durably, and asking a log of a million of them. Every bench
//! asserts its answer before it is timed. Makes the log first, which takes about a minute.

mod rows;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use inspector::ports::log::ResultLog;
use inspector::results::proof::hash;
use inspector::results::proof::leaf::{self, Kind};
use inspector::results::reader::{Filter, Range, Reader};
use inspector::results::writer::Writer;
use inspector::results::{open, result_id};
use inspector::station::part::{JobId, PartId, PartNo, Style};
use inspector::station::result::Record;
use inspector::station::time::WallTime;
use inspector::station::verdict::Disposition;
use rows::{context, record};
use rusqlite::{Connection, params};
use std::time::{Duration, Instant};

/// Two weeks of a part every 1.2 seconds.
const PARTS: u64 = 1_000_000;
const PITCH_US: i64 = 500_000;

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

/// What the tree of the log costs: of the time that a batch takes, the share that reading rows back, hashing them and
/// writing their places takes. One run, one disk, the same rows.
fn proof(criterion: &mut Criterion) {
    const ROWS: u64 = 20_480;
    const BATCH: u64 = 1_024;
    let data = tempfile::tempdir().expect("a folder");
    let start = Writer::start(data.path(), &context(), None, WallTime(5));
    let (mut log, _) = start.expect("a log");
    let mut durable = Duration::ZERO;
    for first in (1..=ROWS).step_by(BATCH as usize) {
        let batch: Vec<Record> = (first..first + BATCH).map(record).collect();
        let begun = Instant::now();
        log.append(&batch).expect("durable");
        durable += begun.elapsed();
    }
    drop(log);
    let connection = Connection::open(open::database(data.path())).expect("a log");
    connection.set_prepared_statement_cache_capacity(64);
    let leaves = || {
        let begun = Instant::now();
        connection
            .execute_batch(
                "begin; create temp table place (seq integer primary key, kind integer not null, row_id integer not null,
                 detail text, leaf blob not null, body text) strict;",
            )
            .expect("a table");
        for part in 1..=ROWS {
            let id = result_id(JobId(1), PartNo(part));
            let content = leaf::content(&connection, Kind::Result, id, None);
            let content = content.expect("read").expect("there");
            connection
                .prepare_cached("insert into place (kind, row_id, detail, leaf, body) values (1, ?1, null, ?2, null)")
                .and_then(|mut insert| insert.execute(params![id, hash::leaf(&content)]))
                .expect("inserted");
        }
        connection.execute_batch("rollback").expect("as before");
        begun.elapsed()
    };
    leaves();
    let proof = leaves();
    let share = proof.as_secs_f64() / (durable.saturating_sub(proof)).as_secs_f64();
    let mut group = criterion.benchmark_group(format!("leaves, {:.1} % of rows", share * 100.0));
    group.sample_size(10);
    group.throughput(Throughput::Elements(ROWS));
    group.bench_function("of 20,480 results", |bencher| bencher.iter(leaves));
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

criterion_group!(benches, result_log, proof, history);
criterion_main!(benches);
