//! GenICam cameras against Aravis' simulator, over real sockets: the contract of the port, pixel formats, features by
//! name, triggers, and everything that happens to a camera in a network.

#![allow(clippy::print_stderr, reason = "what was skipped is told")]

mod cases;
#[path = "../station/conformance.rs"]
mod conformance;
#[path = "../station/allocation/counting.rs"]
mod counting;
mod device;
mod faults;
mod formats;
mod namespace;

use inspector::{clock, ports, station};
