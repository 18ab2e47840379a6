//! The station's decisions, with no threads, clocks, or I/O.

pub mod frame;
pub mod part;
pub mod result;
pub mod time;
pub mod verdict;
