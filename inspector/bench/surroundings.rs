//! What is looked at beside the parts while they are measured: energy, others on the machine, heat.

use super::disturbance::Watch;
use super::energy::Meter;
use super::nvml::Gpus;
use super::report::Figures;
use crate::clock::{Clock, SystemClock};
use crate::station::time::Instant;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Counters begin anew after minutes, and GPUs tell only of the moment.
const SAMPLE_EVERY: Duration = Duration::from_secs(10);

/// From the first part to the end of the last.
pub struct Surroundings {
    meter: Meter,
    watch: Watch,
    began: Instant,
    sampled: Instant,
}

impl Surroundings {
    /// Begins to look.
    pub fn begin() -> Self {
        let (root, now) = (Path::new("/"), SystemClock.now());
        let gpus = Gpus::open().map(Arc::new);
        Self {
            meter: Meter::begin(root, gpus.clone()),
            watch: Watch::begin(root, gpus),
            began: now,
            sampled: now,
        }
    }

    /// To be called now and then.
    pub fn sample(&mut self) {
        let now = SystemClock.now();
        if now.since(self.sampled) >= SAMPLE_EVERY {
            self.sampled = now;
            self.meter.sample();
            self.watch.sample();
        }
    }

    /// Puts down what happened, for as many parts as were measured: queries of `batch` each. `own` is the processor
    /// time of this process meanwhile.
    pub fn end(self, own: Duration, batch: usize, figures: &mut Figures) {
        let span = SystemClock.now().since(self.began);
        figures.energy = self.meter.end(figures.queries * batch as u64, span);
        figures.disturbance = self.watch.end(own);
    }
}
