//! A station that looks at every part and rejects what it cannot vouch for.

pub mod adapters;
pub mod bench;
pub mod cli;
pub mod clock;
pub mod control;
pub mod decode;
pub mod error;
pub mod export;
pub mod hash;
pub mod http;
pub mod lists;
pub mod path_error;
pub mod pipeline;
pub mod ports;
pub mod priority;
pub mod queue;
pub mod results;
pub mod settings;
pub mod simulation;
pub mod station;
pub mod statistics;
pub mod telemetry;
