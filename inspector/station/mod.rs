//! The station's decisions, with no threads, clocks, or I/O.

pub mod budget;
pub mod durability;
pub mod frame;
pub mod name;
pub mod part;
pub mod recipe;
pub mod result;
pub mod state;
pub mod time;
pub mod tracker;
pub mod truth;
pub mod verdict;
