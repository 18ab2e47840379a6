//! `cargo bench --bench growth -- FOLDER [MILLIONS]`: one log grows to ten million results, and on the way is asked
//! what the pages ask, opened anew and written to. Prints CSV; `benches/scale.py` draws it. Takes 4 GB of disk in
//! FOLDER, which is removed.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "figures are printed"
)]

mod rows;

use inspector::bench::usage::memory_bytes;
use inspector::clock::{Clock, SystemClock};
use inspector::ports::log::ResultLog;
use inspector::results::reader::{Filter, Range, Reader};
use inspector::results::writer::Writer;
use inspector::station::part::{PartId, PartNo};
use inspector::station::result::Record;
use inspector::station::time::WallTime;
use inspector::station::verdict::Disposition;
use rows::{context, record};
use std::path::Path;

const BATCH: u64 = 500;
/// Each question is asked so often; the median counts.
const ASKED: usize = 15;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    let Some(folder) = arguments.first() else {
        eprintln!(
            "growth: expected a folder with 4 GB of room: cargo bench --bench growth -- FOLDER"
        );
        return;
    };
    let most = arguments
        .get(1)
        .map_or(10.0, |text| text.parse().expect("millions of results"));
    let folder = Path::new(folder).join("growth");
    assert!(!folder.exists(), "{}: is there already", folder.display());
    std::fs::create_dir_all(&folder).expect("room");
    println!(
        "results,start_ms,batch_of_1_ms,batch_of_500_ms,newest_rejects_ms,old_hour_ms,part_id_ms,histogram_ms,database_mb,memory_mb"
    );
    let mut results = 0;
    for step in [0.01, 0.1, 0.3, 1.0, 3.0, 10.0] {
        if step <= most {
            grow(&folder, &mut results, (step * 1e6) as u64);
        }
    }
    std::fs::remove_dir_all(&folder).expect("it is ours");
}

/// Median of several times, in milliseconds.
fn timed(mut ask: impl FnMut()) -> f64 {
    let clock = SystemClock;
    let mut times: Vec<f64> = (0..ASKED)
        .map(|_| {
            let started = clock.now();
            ask();
            clock.now().since(started).as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ASKED / 2]
}

/// Fills up to so many results, and measures.
fn grow(folder: &Path, results: &mut u64, to: u64) {
    let clock = SystemClock;
    let started = clock.now();
    let start = Writer::start(folder, &context(), None, WallTime(5));
    let (mut log, _) = start.expect("a log");
    let start_ms = clock.now().since(started).as_secs_f64() * 1e3;
    // Part numbers begin anew with each job; times go on.
    let (begun, mut in_job) = (*results, 0);
    let job = log.job().0;
    let mut batch = |size: u64| -> Vec<Record> {
        let rows = (0..size).map(|_| {
            in_job += 1;
            *results += 1;
            let mut row = record(in_job);
            if let Record::Result(result) = &mut row {
                result.part_id = PartId::counted(job, PartNo(in_job));
                result.triggered_at = WallTime(500_000 * *results as i64);
            }
            row
        });
        rows.collect()
    };
    for _ in 0..to.saturating_sub(begun) / BATCH {
        log.append(&batch(BATCH)).expect("durable");
    }
    let mut append = |size: u64| {
        let rows: Vec<Vec<Record>> = (0..ASKED).map(|_| batch(size)).collect();
        let mut rows = rows.iter();
        timed(|| {
            log.append(rows.next().expect("one for each"))
                .expect("durable")
        })
    };
    let (one_ms, many_ms) = (append(1), append(BATCH));
    let reader = Reader::open(folder).expect("readable");
    let rejects = Filter {
        disposition: Some(Disposition::Reject),
        ..Filter::default()
    };
    let hour = Filter {
        from_us: Some(1_000_000_000),
        to_us: Some(4_600_000_000),
        ..rejects.clone()
    };
    let one = Filter {
        part_id: Some(PartId::counted(job, PartNo(500)).to_string()),
        ..rejects.clone()
    };
    let list = |filter: &Filter, expected: usize| {
        let found = reader.list(filter).expect("a page").items.len();
        assert_eq!(found, expected);
        timed(|| drop(reader.list(filter)))
    };
    let (newest_ms, hour_ms, one_ms_) = (list(&rejects, 50), list(&hour, 50), list(&one, 1));
    let range = Range {
        style: "part".to_owned(),
        view: 0,
        from_us: None,
        to_us: None,
    };
    let histogram_ms = timed(|| drop(reader.histogram(&range)));
    drop(reader);
    log.finish(WallTime(7), in_job).expect("durable");
    drop(log);
    let bytes: u64 = std::fs::read_dir(folder)
        .expect("it is there")
        .map(|entry| {
            entry
                .and_then(|entry| entry.metadata())
                .map_or(0, |file| file.len())
        })
        .sum();
    println!(
        "{results},{start_ms:.2},{one_ms:.3},{many_ms:.3},{newest_ms:.3},{hour_ms:.3},{one_ms_:.3},{histogram_ms:.1},{:.0},{:.0}",
        bytes as f64 / 1e6,
        memory_bytes() as f64 / 1e6
    );
}
