//! A model that runs: its graph held against its manifest, memory that every run reuses, and answers read out of what
//! the graph gives.

mod answers;
pub(crate) mod batch;
mod binding;
mod detections;
pub(crate) mod graph;
mod ignored;
mod looking;
pub(crate) mod network;
mod reading;
mod ready;

pub use answers::Answers;
pub use graph::{LoadError, Mismatch};
pub use ready::Session;
