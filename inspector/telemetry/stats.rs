//! Counters and histograms that stages write and the control plane reads. Atomics only.

use super::latency::Latency;
use crate::station::state::SharedState;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A counter of this job.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// So far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What happened to the parts of this job.
#[derive(Debug, Default)]
pub struct PartCounters {
    /// Numbers given out, which is triggers.
    pub announced: Counter,
    /// Results.
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
    /// Pictures dropped because the images queue was full.
    pub images_dropped: Counter,
    /// Gap records.
    pub gaps: Counter,
}

/// What happened at one camera in this job.
#[derive(Debug, Default)]
pub struct CameraCounters {
    /// Whether it answers.
    pub is_connected: AtomicBool,
    /// Frames acquired.
    pub frames: Counter,
    /// Parts for which no frame came.
    pub lost: Counter,
    /// Damaged frames.
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
    pub fn all(&self) -> [&Latency; 10] {
        [
            &self.capture,
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
    /// Parts.
    pub parts: PartCounters,
    /// Cameras, in the station's order.
    pub cameras: Vec<CameraCounters>,
    /// Time.
    pub stages: Stages,
    /// Bytes of stored pictures, of this job and of earlier ones.
    pub images_bytes: AtomicU64,
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
