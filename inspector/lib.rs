//! A station that looks at every part and rejects what it cannot vouch for.

pub mod bench;
pub mod camera;
pub mod cli;
pub mod clock;
pub mod error;
pub mod export;
pub mod http;
pub mod io;
pub mod pipeline;
pub mod ports;
pub mod priority;
pub mod results;
pub mod scoring;
pub mod settings;
pub mod simulation;
pub mod station;
pub mod teaching;
