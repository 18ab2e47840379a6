//! The whole data plane under faults drawn from a seed, in simulated time: the same stages, the same
//! queues, another world. Every law of ARCHITECTURE.md is checked on every run; a failing seed replays.

mod accounted;
mod disk;
mod driver;
mod explained;
mod laws;
pub mod line;
mod plan;
mod ports;
mod scenario;
mod unrecorded;
mod versions;
mod world;

pub use driver::{Outcome, run, run_sabotaged};
pub use laws::{Law, Violation};
pub use scenario::Scenario;
pub use world::Sabotage;
