//! `inspector bench`: whether a machine holds the cycle. Loads, measurements, what they allow to say, and how
//! it is shown.
//!
//! Belongs here: how queries are sent, timed and counted, the report and its forms. Deliberately absent: how a
//! model is loaded (`cli::bench`), so that a server with known stalls can stand in its place.

pub mod case;
pub mod compare;
pub mod disturbance;
pub mod drive;
pub mod energy;
pub mod machine;
mod nvml;
pub mod page;
pub mod plan;
pub mod read;
pub mod report;
#[cfg(test)]
mod sample;
pub mod schema;
pub mod server;
pub mod statistics;
pub mod summary;
pub mod surroundings;
pub mod table;
pub mod usage;
