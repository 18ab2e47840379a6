//! What the network can do to a running station: the real binary with a small simulated line, attacked over its port.
//!
//! Under every attack the station goes on deciding and recording each part in time, its memory and descriptors stay
//! bounded, and its page answers. The deadline of the line is long, so that a busy machine alone misses none.

mod answers;
mod connections;
mod fuzzed;
mod line;
mod network;
mod pictures;
#[path = "../../benches/rows/mod.rs"]
mod rows;
#[path = "../station/served.rs"]
#[allow(dead_code, reason = "shared with the tests of the station as a whole")]
mod served;
