//! `cargo bench --bench log`: writing results durably, and asking a log of a million of them. Every bench
//! asserts its answer before it is timed. Makes the log first, which takes about a minute.

mod rows;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use inspector::ports::log::ResultLog;
use inspector::results::proof::table::{FINDING, RESULT, Table, VIEW_RESULT};
use inspector::results::reader::{Filter, Range, Reader};
use inspector::results::writer::Writer;
use inspector::results::{open, result_id};
use inspector::station::part::{JobId, PartId, PartNo, Style};
use inspector::station::result::Record;
use inspector::station::time::WallTime;
use inspector::station::verdict::Disposition;
use rows::{context, record};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
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

/// What the tree of the log costs: the same rows, durable, by the log and by the same statements without feed and leaves.
/// One run, one disk, in turns.
fn proof(criterion: &mut Criterion) {
    const ROWS: u64 = 20_480;
    const BATCH: u64 = 1_024;
    let by_log = || {
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
        (data, durable)
    };
    let (data, _) = by_log();
    let rows = Rows::of(
        &Connection::open(open::database(data.path())).expect("a log"),
        ROWS,
    );
    let (mut with, mut without) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..5 {
        with += by_log().1;
        without += rows.alone(BATCH as usize);
    }
    let share = with.as_secs_f64() / without.as_secs_f64() - 1.0;
    let mut group = criterion.benchmark_group(format!("leaves, {:.1} % of rows", share * 100.0));
    group.sample_size(10);
    group.throughput(Throughput::Elements(ROWS));
    group.bench_function("20,480 results, with leaves", |bencher| {
        bencher.iter_custom(|times| (0..times).map(|_| by_log().1).sum());
    });
    group.bench_function("20,480 results, rows alone", |bencher| {
        bencher.iter_custom(|times| (0..times).map(|_| rows.alone(BATCH as usize)).sum());
    });
    group.finish();
}

/// What a log has of each part: table and values.
struct Rows(Vec<Vec<(&'static Table, Vec<Value>)>>);

impl Rows {
    fn of(log: &Connection, parts: u64) -> Self {
        let read = |table: &'static Table, id: i64| -> Vec<(&'static Table, Vec<Value>)> {
            let mut select = log.prepare_cached(table.select()).expect("a question");
            let columns = select.column_count();
            let rows = select.query_map([id], |row| {
                (0..columns).map(|at| row.get::<_, Value>(at)).collect()
            });
            rows.expect("rows")
                .map(|row| (table, row.expect("a row")))
                .collect()
        };
        let ids = (1..=parts).map(|part| result_id(JobId(1), PartNo(part)));
        Self(
            ids.map(|id| {
                [&RESULT, &VIEW_RESULT, &FINDING]
                    .into_iter()
                    .flat_map(|table| read(table, id))
                    .collect()
            })
            .collect(),
        )
    }

    /// How long they take in a log of their own, so many parts a transaction.
    fn alone(&self, batch: usize) -> Duration {
        let data = tempfile::tempdir().expect("a folder");
        drop(Writer::start(data.path(), &context(), None, WallTime(5)).expect("a log"));
        let mut log = Connection::open(open::database(data.path())).expect("a log");
        log.execute_batch(
            "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;",
        )
        .expect("as a station opens it");
        log.set_prepared_statement_cache_capacity(64);
        let mut durable = Duration::ZERO;
        for parts in self.0.chunks(batch) {
            let begun = Instant::now();
            let transaction = log.transaction().expect("begun");
            for (table, row) in parts.iter().flatten() {
                let mut insert = transaction
                    .prepare_cached(table.insert())
                    .expect("an insert");
                insert.execute(params_from_iter(row)).expect("inserted");
            }
            transaction.commit().expect("durable");
            durable += begun.elapsed();
        }
        durable
    }
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
