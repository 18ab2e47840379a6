//! `cargo bench --bench export --features full`: rows a second of each format, from a log of a million parts, one in ten with a
//! finding. Makes the log first. `PARTS=100000` takes fewer. What was written is counted before its time is said.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench tells what it measured"
)]

mod rows;

use inspector::export::csv::Csv;
use inspector::export::jsonl::JsonLines;
use inspector::export::parquet::Parquet;
use inspector::export::qdas::Qdas;
use inspector::export::xlsx::Xlsx;
use inspector::export::{Export, Format};
use inspector::ports::log::ResultLog;
use inspector::results::reader::Filter;
use inspector::results::writer::Writer;
use inspector::station::result::Record;
use inspector::station::time::WallTime;
use rows::{context, record};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::Instant;

const BATCH: u64 = 10_000;

fn main() {
    let parts = std::env::var("PARTS")
        .ok()
        .and_then(|text| text.parse().ok());
    let parts = parts.unwrap_or(1_000_000);
    let data = tempfile::tempdir().expect("a folder");
    let start = Writer::start(data.path(), &context(), None, WallTime(5));
    let (mut log, _) = start.expect("a log");
    for first in (1..=parts).step_by(BATCH as usize) {
        let last = (first + BATCH - 1).min(parts);
        let batch: Vec<Record> = (first..=last).map(record).collect();
        log.append(&batch).expect("durable");
    }
    let out = tempfile::tempdir().expect("a folder");
    let folder = out.path();
    let file = |name: &str| BufWriter::new(File::create(folder.join(name)).expect("a file"));
    let timed = |name: &str, format: &mut dyn Format| measure(data.path(), parts, name, format);
    let mut csv = Csv::begin(file("csv"), false).expect("begun");
    timed("csv", &mut csv);
    let mut csv = Csv::begin(file("excel"), true).expect("begun");
    timed("csv --excel", &mut csv);
    timed("jsonl", &mut JsonLines::begin(file("jsonl")));
    timed("qdas", &mut Qdas::of_one_style(file("qdas")));
    let open = Box::new(|day, kind: &str, n| Ok(file(&format!("{day}_{kind}_{n}"))));
    timed("parquet", &mut Parquet::begin(open));
    let mut xlsx = Xlsx::begin(file("xlsx"), folder, u64::MAX).expect("begun");
    timed("xlsx", &mut xlsx);
}

fn measure(data: &Path, parts: u64, name: &str, format: &mut dyn Format) {
    let begun = Instant::now();
    let export = Export::begin(data, &Filter::default()).expect("begun");
    let count = export.write(format).expect("written");
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!(count, parts, "{name}");
    println!(
        "{name:12} {seconds:6.2} s {:9.0} rows/s",
        count as f64 / seconds
    );
}
