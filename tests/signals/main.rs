//! Signal devices: what the exchange around every one of them does, what every one of them promises (`conformance`), and each
//! against a PLC or a module that is not ours.

#![allow(clippy::print_stderr, reason = "what was skipped is told")]

mod adapters;
mod conformance;
#[path = "../station/allocation/counting.rs"]
mod counting;
mod exchange;
mod memory;
mod modbus;
mod nothing_lost;
mod parts;
mod peer;
mod promises;
mod rig;
mod s7;
mod slmp;
mod text;
