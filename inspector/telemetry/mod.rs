//! What the station tells about itself: alarms, counters, latencies. Nothing here decides.

pub mod alarm;
pub mod board;
pub mod catalogue;
pub mod file;
pub mod latency;
mod line;
pub mod line_state;
pub mod log;
pub mod metrics;
pub mod parts_shown;
pub mod readiness;
pub mod signals;
mod sink;
pub mod stats;
mod texts;
pub mod why_gone;
