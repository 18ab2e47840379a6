//! What the station tells about itself: alarms, counters, latencies. Nothing here decides.

pub mod alarm;
pub mod board;
pub mod latency;
pub mod stats;
