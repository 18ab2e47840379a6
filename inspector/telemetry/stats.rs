//! Counters and histograms that stages write and the control plane reads. Atomics only.

use super::latency::Latency;
use super::line_state::LineState;
use crate::station::state::SharedState;
use crate::station::time::Instant;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// A counter of this job.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts `n` more.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// The count so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A moment that one thread sets and any thread reads; none at first.
#[derive(Debug, Default)]
pub struct SharedInstant(AtomicU64);

impl SharedInstant {
    /// From now on.
    pub fn set(&self, at: Option<Instant>) {
        // Zero is none, and the moment zero itself is told as one nanosecond later.
        let nanoseconds = at.map_or(0, |at| {
            u64::try_from(at.0.as_nanos()).unwrap_or(u64::MAX).max(1)
        });
        self.0.store(nanoseconds, Ordering::Release);
    }

    /// What was set last.
    pub fn get(&self) -> Option<Instant> {
        match self.0.load(Ordering::Acquire) {
            0 => None,
            nanoseconds => Some(Instant(Duration::from_nanos(nanoseconds))),
        }
    }
}

/// What happened to the parts of this job.
#[derive(Debug, Default)]
pub struct PartCounters {
    /// Numbers given out, which is triggers.
    pub announced: Counter,
    /// Parts that left, with a result.
    pub parts: Counter,
    /// … that passed.
    pub pass: Counter,
    /// … that failed.
    pub fail: Counter,
    /// … that were not decided.
    pub not_decided: Counter,
    /// … whose disposition was reject.
    pub rejected: Counter,
    /// … that had no verdict in time.
    pub deadline_misses: Counter,
    /// Verdicts that came after their part.
    pub late_verdicts: Counter,
    /// Parts that the sensor of their lane saw.
    pub confirmed: Counter,
    /// Parts that it did not see in time, and parts that it saw and nobody sent there.
    pub confirm_faults: Counter,
    /// Parts at the ejector that no trigger announced.
    pub unknown_parts: Counter,
    /// Pictures dropped because the images queue was full.
    pub images_dropped: Counter,
    /// Gaps that were recorded: parts that no result tells of.
    pub gaps: Counter,
}

/// What happened at one camera in this job.
#[derive(Debug, Default)]
pub struct CameraCounters {
    /// Whether it answers.
    pub is_connected: AtomicBool,
    /// Frames that came whole.
    pub frames: Counter,
    /// Parts for which no frame came.
    pub lost: Counter,
    /// Frames that came damaged.
    pub incomplete: Counter,
    /// Frames that no trigger explains.
    pub unexpected: Counter,
    /// Times it was reopened.
    pub reopened: Counter,
}

/// A histogram per stage of a part's life.
#[derive(Debug)]
pub struct Stages {
    /// Exposure to frame in our buffer.
    pub capture: Latency,
    /// Codes read in one frame.
    pub code: Latency,
    /// Frame in our buffer to the start of inspection.
    pub wait: Latency,
    /// Lens, flat-field and alignment correction.
    pub correct: Latency,
    /// Resize and normalise.
    pub preprocess: Latency,
    /// The model's own run.
    pub run: Latency,
    /// Regions and areas.
    pub findings: Latency,
    /// Trigger to verdict.
    pub decide: Latency,
    /// Due time to the ejector's command.
    pub actuate: Latency,
    /// One batch made durable.
    pub record: Latency,
    /// One picture stored.
    pub image: Latency,
}

impl Default for Stages {
    fn default() -> Self {
        Self {
            capture: Latency::new("capture"),
            code: Latency::new("code"),
            wait: Latency::new("wait"),
            correct: Latency::new("correct"),
            preprocess: Latency::new("preprocess"),
            run: Latency::new("run"),
            findings: Latency::new("findings"),
            decide: Latency::new("decide"),
            actuate: Latency::new("actuate"),
            record: Latency::new("record"),
            image: Latency::new("image"),
        }
    }
}

impl Stages {
    /// All of them, in the order of a part's life.
    pub fn all(&self) -> [&Latency; 11] {
        [
            &self.capture,
            &self.code,
            &self.wait,
            &self.correct,
            &self.preprocess,
            &self.run,
            &self.findings,
            &self.decide,
            &self.actuate,
            &self.record,
            &self.image,
        ]
    }
}

/// Everything the stages tell about themselves.
#[derive(Debug, Default)]
pub struct Stats {
    /// The station's state.
    pub state: SharedState,
    /// What happened to the parts of this job.
    pub counts: PartCounters,
    /// Cameras, in the station's order.
    pub cameras: Vec<CameraCounters>,
    /// How long each stage takes.
    pub stages: Stages,
    /// What the line is told.
    pub line: LineState,
    /// Bytes of stored pictures, of this job and of earlier ones.
    pub images_bytes: AtomicU64,
    /// Since when the oldest result waits to be durable, or would wait if there were one.
    pub oldest_waiting: SharedInstant,
    /// Results that `record` has taken and not made durable yet.
    pub held: AtomicUsize,
}

impl Stats {
    /// All zero, for this many cameras.
    pub fn new(cameras: usize) -> Self {
        Self {
            cameras: (0..cameras).map(|_| CameraCounters::default()).collect(),
            ..Self::default()
        }
    }
}
