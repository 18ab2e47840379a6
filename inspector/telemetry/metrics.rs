//! What `/metrics` says, in the text format of Prometheus.
//!
//! Names follow its rules (prometheus.io/docs/practices/naming): one prefix, base units at the end, `_total` for what
//! only grows. No part, no ID and no path is a label.

mod families;

use super::board::Alarm;
use super::catalogue::{Code, Duty};
use super::log;
use super::readiness;
use super::stats::Stats;
use crate::queue::Gauge;
use crate::station::time::{Instant, WallTime};
use families::Families;
use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::{Registry, Unit};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Upper bounds of the buckets of durations, in microseconds.
const BOUNDS_US: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000, 10_000_000,
];

/// What is scraped.
pub struct Scraped<'a> {
    /// Counters and histograms of the job.
    pub stats: &'a Stats,
    /// Lengths and drops of every queue.
    pub gauges: &'a [Arc<Gauge>],
    /// Names of the cameras, in order.
    pub cameras: Vec<&'a str>,
    /// Alarms of the job.
    pub alarms: &'a [Alarm],
    /// When the job began.
    pub started_at: WallTime,
    /// Now, to say how long the oldest result has waited.
    pub now: Instant,
    /// Event streams that are open.
    pub event_streams: usize,
}

enum Value {
    Counter(u64),
    Gauge(f64),
    Histogram { sum: f64, buckets: Vec<(f64, u64)> },
}

type Labels = Vec<(&'static str, String)>;

struct Family {
    name: &'static str,
    help: &'static str,
    unit: Option<Unit>,
    samples: Vec<(Labels, Value)>,
}

/// The text, or what could not be written.
///
/// # Errors
/// Never with a string as the writer, which is what it uses.
pub fn text(scraped: &Scraped<'_>) -> Result<String, fmt::Error> {
    let mut families = of_parts(scraped);
    families.extend(of_cameras(scraped));
    families.extend(of_queues(scraped));
    families.extend(of_results(scraped));
    families.extend(of_events(scraped));
    let mut registry = Registry::with_prefix("inspector");
    registry.register_collector(Box::new(Families(families)));
    let mut text = String::new();
    prometheus_text::encode(&mut text, &registry)?;
    Ok(text)
}

fn counter(name: &'static str, help: &'static str, samples: Vec<(Labels, u64)>) -> Family {
    let samples = samples.into_iter();
    Family {
        name,
        help,
        unit: None,
        samples: samples
            .map(|(labels, n)| (labels, Value::Counter(n)))
            .collect(),
    }
}

fn gauge(
    name: &'static str,
    help: &'static str,
    unit: Option<Unit>,
    samples: Vec<(Labels, f64)>,
) -> Family {
    let samples = samples.into_iter();
    Family {
        name,
        help,
        unit,
        samples: samples
            .map(|(labels, n)| (labels, Value::Gauge(n)))
            .collect(),
    }
}

fn only<T>(value: T) -> Vec<(Labels, T)> {
    vec![(Vec::new(), value)]
}

fn of_parts(scraped: &Scraped<'_>) -> Vec<Family> {
    let parts = &scraped.stats.counts;
    let by_verdict = [
        ("pass", parts.pass.get()),
        ("fail", parts.fail.get()),
        ("not_decided", parts.not_decided.get()),
    ];
    let by_verdict = by_verdict.map(|(verdict, n)| (vec![("verdict", verdict.to_owned())], n));
    let stages = scraped.stats.stages.all().map(|stage| {
        let labels = vec![("stage", stage.name.to_owned())];
        let (sum_us, buckets) = stage.buckets(&BOUNDS_US);
        let bounds = BOUNDS_US.iter().map(|us| *us as f64 / 1e6);
        let bounds = bounds.chain(std::iter::once(f64::MAX));
        let value = Value::Histogram {
            sum: sum_us as f64 / 1e6,
            buckets: bounds.zip(buckets).collect(),
        };
        (labels, value)
    });
    let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
    vec![
        gauge(
            "build_info",
            "Version of the program.",
            None,
            vec![(version, 1.0)],
        ),
        gauge(
            "job_start_time",
            "When the job began, since 1970-01-01T00:00:00Z.",
            Some(Unit::Seconds),
            only(scraped.started_at.0 as f64 / 1e6),
        ),
        counter(
            "triggers",
            "Parts announced in this job.",
            only(parts.announced.get()),
        ),
        counter(
            "parts",
            "Parts that left in this job, by verdict.",
            by_verdict.to_vec(),
        ),
        counter(
            "parts_rejected",
            "Parts that were taken out.",
            only(parts.rejected.get()),
        ),
        counter(
            "deadline_misses",
            "Parts without a verdict when they reached the ejector.",
            only(parts.deadline_misses.get()),
        ),
        counter(
            "late_verdicts",
            "Verdicts that came after their part had left.",
            only(parts.late_verdicts.get()),
        ),
        counter(
            "gaps",
            "Gaps recorded: parts without rows.",
            only(parts.gaps.get()),
        ),
        Family {
            name: "stage_duration",
            help: "Time of each stage of a part's life. A bucket may lack values up to 6 % below its bound.",
            unit: Some(Unit::Seconds),
            samples: stages.into(),
        },
    ]
}

fn of_cameras(scraped: &Scraped<'_>) -> Vec<Family> {
    let cameras = || scraped.cameras.iter().zip(&scraped.stats.cameras);
    let labels = |name: &str| vec![("camera", name.to_owned())];
    let connected = cameras().map(|(name, counted)| {
        let is_connected = counted.is_connected.load(Ordering::Relaxed);
        (labels(name), f64::from(u8::from(is_connected)))
    });
    let mut families = vec![gauge(
        "camera_connected",
        "Whether the camera answers: 1 or 0.",
        None,
        connected.collect(),
    )];
    type Counted = fn(&super::stats::CameraCounters) -> u64;
    let counters: [(&'static str, &'static str, Counted); 5] = [
        ("camera_frames", "Frames acquired.", |camera| {
            camera.frames.get()
        }),
        (
            "camera_frames_lost",
            "Parts for which no frame came.",
            |camera| camera.lost.get(),
        ),
        ("camera_frames_incomplete", "Damaged frames.", |camera| {
            camera.incomplete.get()
        }),
        (
            "camera_frames_unexpected",
            "Frames that no trigger explains.",
            |camera| camera.unexpected.get(),
        ),
        (
            "camera_reopened",
            "Times the camera was opened again.",
            |camera| camera.reopened.get(),
        ),
    ];
    for (name, help, count) in counters {
        let samples = cameras().map(|(name, counted)| (labels(name), count(counted)));
        families.push(counter(name, help, samples.collect()));
    }
    families
}

fn of_queues(scraped: &Scraped<'_>) -> Vec<Family> {
    // Several queues may have one name, as one for each camera has.
    let mut seen = BTreeMap::<&str, usize>::new();
    let named: Vec<(Labels, &Gauge)> = scraped
        .gauges
        .iter()
        .map(|gauge| {
            let n = seen.entry(gauge.name).or_default();
            let number = n.to_string();
            *n += 1;
            let labels = vec![("queue", gauge.name.to_owned()), ("number", number)];
            (labels, &**gauge)
        })
        .collect();
    let each = |value: fn(&Gauge) -> usize| {
        let samples = named.iter();
        samples
            .map(|(labels, of)| (labels.clone(), value(of) as f64))
            .collect()
    };
    let dropped = named
        .iter()
        .map(|(labels, of)| (labels.clone(), of.dropped()));
    vec![
        gauge("queue_items", "Items that wait.", None, each(Gauge::depth)),
        gauge(
            "queue_items_max",
            "Items that may wait.",
            None,
            each(|of| of.bound),
        ),
        gauge(
            "queue_items_high_water",
            "The most items that ever waited.",
            None,
            each(Gauge::high_water),
        ),
        counter(
            "queue_items_dropped",
            "Items refused because it was full.",
            dropped.collect(),
        ),
    ]
}

fn of_results(scraped: &Scraped<'_>) -> Vec<Family> {
    let stats = scraped.stats;
    let oldest = stats.oldest_waiting.get();
    let waited = oldest.map_or(0.0, |since| scraped.now.since(since).as_secs_f64());
    vec![
        gauge(
            "results_oldest_wait",
            "How long the oldest result has waited to be durable; 0 when none waits.",
            Some(Unit::Seconds),
            only(waited),
        ),
        gauge(
            "images_stored",
            "Pictures on the disk, of this job and of earlier ones.",
            Some(Unit::Bytes),
            only(stats.images_bytes.load(Ordering::Relaxed) as f64),
        ),
        counter(
            "images_dropped",
            "Pictures that were not stored although they should have been.",
            only(stats.counts.images_dropped.get()),
        ),
        gauge(
            "event_streams",
            "Event streams that are open: one for each browser, however many tabs it has.",
            None,
            only(scraped.event_streams as f64),
        ),
    ]
}

fn of_events(scraped: &Scraped<'_>) -> Vec<Family> {
    let labels = |code: Code| {
        vec![
            ("code", code.name().to_owned()),
            ("severity", code.severity().name().to_owned()),
        ]
    };
    let active = |code: Code| {
        let of_code = scraped.alarms.iter().filter(|alarm| alarm.code == code);
        of_code.filter(|alarm| alarm.is_active()).count() as f64
    };
    let codes = || Code::ALL.iter().copied();
    let alarms = codes().filter(|code| code.is_alarm());
    let reasons = readiness::reasons(scraped.stats.state.get(), scraped.alarms);
    let duties = [Duty::Deciding, Duty::Recording, Duty::Line].map(|duty| {
        let is_ready = !reasons.iter().any(|reason| reason.duty == duty);
        (
            vec![("duty", duty.name().to_owned())],
            f64::from(u8::from(is_ready)),
        )
    });
    let dropped = log::installed().map_or(Vec::new(), |log| {
        let sinks = log.dropped().into_iter();
        sinks
            .map(|(sink, n)| (vec![("sink", sink.to_owned())], n))
            .collect()
    });
    vec![
        gauge(
            "alarm_active",
            "Alarms that last now, by code.",
            None,
            alarms.map(|code| (labels(code), active(code))).collect(),
        ),
        gauge(
            "ready",
            "Whether the station does this duty, as /ready says: 1 or 0.",
            None,
            duties.to_vec(),
        ),
        counter(
            "events",
            "Events logged since the program began, by code.",
            codes()
                .map(|code| (labels(code), log::counted(code)))
                .collect(),
        ),
        counter(
            "log_lines_dropped",
            "Lines of the log that the terminal or the disk did not take.",
            dropped,
        ),
    ]
}

#[cfg(test)]
mod tests;
