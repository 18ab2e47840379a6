//! The station's decisions, with no threads, clocks, or I/O.

pub mod awaiting;
pub mod belt;
pub mod budget;
pub mod challenge;
pub mod durability;
pub mod frame;
pub mod guard;
pub mod handshake;
pub mod identify;
pub mod identity;
pub mod lane;
pub mod name;
pub mod newest;
pub mod outcome;
pub mod part;
pub mod place;
pub mod position;
pub mod recipe;
pub mod result;
pub mod sorting;
pub mod state;
pub mod time;
pub mod tracker;
pub mod travel;
pub mod truth;
pub mod verdict;
